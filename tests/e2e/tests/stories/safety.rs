//! What must never happen: markup from messages, secrets in the log, a text that goes with the program.

use chinwag_e2e::{Key, tell};

#[test]
fn content_is_never_markup() {
    tell(async |house| {
        let evil = "<img src=x onerror=\"document.title='owned'\"><b>bold</b>";
        let name = "<i>béla</i>";
        let (account, béla) = (house.account("ada"), house.account(name));
        let ada = house.returns(&account).await;
        ada.listens().await;
        béla.writes_to(&account, evil);
        ada.sees_person(name, "the text as it is", |row| row.line == evil).await;
        ada.opens(name).await;
        ada.sees_message(evil).await;
        ada.sees(evil).await;
        ada.says("<script>document.title='owned'</script>").await;
        ada.bubble("<script>document.title='owned'</script>").becomes("sent").await;
        let script =
            "return document.querySelectorAll('#app img, #app b, #app i, #app script').length";
        assert_eq!(ada.asks(script, vec![]).await, 0);
        ada.sees_title("Chat - ada").await;
        ada.has_heard_no_trouble().await;
    });
}

/// What a program does that stops: it tells so, and hears nothing any more.
const STOPS: &str = "window.stops = () => {
    const error = new WebAssembly.RuntimeError('unreachable');
    dispatchEvent(new ErrorEvent('error', { error }));
    addEventListener('input', (event) => event.stopPropagation(), true);
}";

/// Line 3.
#[test]
fn what_is_typed_after_the_program_has_stopped_is_there_in_the_next_page() {
    tell(async |house| {
        let (account, béla) = (house.account("ada"), house.account("béla"));
        let ada = house.browser("ada").await;
        ada.was_signed_in(&account, &house.server.url()).await;
        ada.begins_pages_with(STOPS).await;
        ada.visits(&house.server.url()).await;
        ada.opens("béla").await;
        ada.writes("half a ").await;
        ada.asks("window.stops()", vec![]).await;
        ada.sees_element("#crashed", "Chinwag has stopped working.").await;
        ada.types("thought").await;
        // Nobody is there to send it.
        ada.presses(Key::Enter).await;
        ada.tabs_to(".send").await;
        ada.presses(Key::Enter).await;
        assert_eq!(ada.draft().await, "half a thought\n");
        ada.clicks("#crashed a", None).await;
        ada.sees_the_chat().await;
        // A page that a driver has loaded anew need not have the focus, as one has for whoever is at it.
        ada.clicks("#composer", None).await;
        ada.sees_draft("half a thought\n").await;
        ada.presses(Key::Enter).await;
        ada.bubble("half a thought").becomes("sent").await;
        assert_eq!(account.history_with(&béla), ["half a thought"]);
        ada.reloads().await;
        ada.sees_message("half a thought").await;
        ada.sees_draft("").await;
    });
}

#[test]
fn the_debug_log_is_off_until_wanted_and_never_tells_secrets() {
    tell(async |house| {
        let server = house.server.url();
        house.account("ada");
        house.account("béla");
        let ada = house.visitor("ada").await;
        ada.listens().await;
        ada.signs_in().await;
        assert_eq!(ada.has_heard().await, Vec::<String>::new());
        ada.has_heard_no_trouble().await;

        house.account("chi");
        let chi = house.browser("chi").await;
        chi.wants_the_debug_log(&server).await;
        chi.visits(&server).await;
        chi.listens().await;
        chi.signs_in().await;
        chi.opens("béla").await;
        chi.says("hello").await;
        chi.bubble("hello").becomes("sent").await;
        let (token, heard) = (chi.token().await.unwrap(), chi.has_heard().await);
        for secret in [token.as_str(), "secret1"] {
            let told = heard.iter().find(|line| line.contains(secret));
            assert_eq!(told, None, "the log tells {secret}");
        }
        // Every frame both ways, every call.
        for word in ["connection_established", "chat_message", "message_sent", "/auth/login"] {
            assert!(heard.iter().any(|line| line.contains(word)), "{word} is missing: {heard:#?}");
        }
    });
}
