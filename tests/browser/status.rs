//! How things stand: the connection, notices, and what is said aloud.

use chinwag::state::session::{Change, Command, Failure, LinkStatus, Notice};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{Page, chat};

async fn page() -> Page {
    let page = Page::start().await;
    page.show([chat()]).await;
    page
}

fn received(name: &str, content: Option<&str>) -> Change {
    Change::Received { name: name.to_owned(), content: content.map(str::to_owned) }
}

fn notice(number: u64, words: &str) -> Change {
    Change::Notice(Some(Notice { number, what: Failure::Server(words.to_owned()) }))
}

#[wasm_bindgen_test]
async fn the_bar_names_oneself_and_has_the_way_out() {
    let page = page().await;
    assert_eq!(page.text("h1"), "Chat - Grace");
    assert_eq!(page.attribute(".leave", "aria-label").unwrap(), "Logout");
    page.click(".leave").await;
    assert_eq!(page.sent(), [Command::SignOut]);
}

#[wasm_bindgen_test]
async fn each_state_of_the_connection_has_its_words_and_its_way_out() {
    use LinkStatus::{Connected, Connecting, Off, Offline, Reconnecting, Replaced};
    let page = page().await;
    for (link, name, word, trouble, button) in [
        (Off, "off", "Disconnected", "", ""),
        (Connecting, "connecting", "Connecting…", "", ""),
        (Connected, "connected", "Connected", "", ""),
        (
            Reconnecting { retry_in: Some(4), gave_up: false },
            "reconnecting",
            "Disconnected",
            "Not connected to server. Reconnecting in 4 s.",
            "Reconnect now",
        ),
        (
            Reconnecting { retry_in: None, gave_up: false },
            "reconnecting",
            "Disconnected",
            "Not connected to server. Reconnecting…",
            "",
        ),
        (
            Reconnecting { retry_in: Some(30), gave_up: true },
            "reconnecting",
            "Disconnected",
            "Could not reconnect to server. Reconnecting in 30 s.",
            "Reconnect now",
        ),
        (
            Offline { retry_in: Some(8) },
            "offline",
            "Disconnected",
            "You are offline. Messages wait until you are back. Reconnecting in 8 s.",
            "Reconnect now",
        ),
        (
            Offline { retry_in: None },
            "offline",
            "Disconnected",
            "You are offline. Messages wait until you are back. Reconnecting…",
            "",
        ),
        (Replaced, "replaced", "Disconnected", "Chat is open in another place.", "Use it here"),
        (Connected, "connected", "Connected", "", ""),
    ] {
        page.show([Change::Link(link)]).await;
        assert_eq!(page.text(".connection"), word, "{link:?}");
        assert_eq!(page.attribute(".connection", "data-state").unwrap(), name);
        assert_eq!(page.texts(".trouble p").join(""), trouble, "{link:?}");
        assert_eq!(page.texts(".trouble button").join(""), button, "{link:?}");
        if !button.is_empty() {
            page.press(button).await;
            assert_eq!(page.sent(), [Command::ReconnectNow], "{link:?}");
        }
    }
}

#[wasm_bindgen_test]
async fn the_seconds_pass_without_the_line_being_made_anew() {
    let page = page().await;
    let waiting = |seconds| {
        Change::Link(LinkStatus::Reconnecting { retry_in: Some(seconds), gave_up: false })
    };
    page.show([waiting(4)]).await;
    let (line, button) = (page.find(".trouble"), page.find(".trouble button"));
    page.show([waiting(3)]).await;
    assert!(page.text(".trouble p").ends_with("3 s."));
    assert_eq!((page.find(".trouble"), page.find(".trouble button")), (line, button));
    assert!(!page.has(".trouble[role], .trouble [role]"), "nobody has to hear them");
}

#[wasm_bindgen_test]
async fn the_connection_is_said_aloud_when_it_is_lost_and_when_it_is_back() {
    let page = page().await;
    let said = ".chat > [role=status]";
    for (link, words) in [
        (LinkStatus::Connected, "Connected"),
        (LinkStatus::Reconnecting { retry_in: Some(1), gave_up: false }, "Disconnected"),
        (LinkStatus::Connected, "Connected"),
    ] {
        page.show([Change::Link(link)]).await;
        assert_eq!(page.text(said), words);
    }
}

#[wasm_bindgen_test]
async fn a_notice_is_announced_and_goes_at_a_click() {
    let page = page().await;
    let place = page.find(".notices[role=alert]");
    assert_eq!(
        page.text(".notices"),
        "",
        "the place is there before the words, or they are not said"
    );
    page.show([notice(1, "Invalid <b>receiver</b>")]).await;
    assert_eq!(page.text(".notice"), "Invalid <b>receiver</b> Dismiss");
    assert_eq!(page.find(".notices"), place);
    page.click(".notice").await;
    assert_eq!(page.sent(), [Command::DismissNotice]);
    assert!(page.has(".notice"), "it goes once the session says so");
    page.show([notice(2, "Another")]).await;
    assert_eq!(page.texts(".notice"), ["Another Dismiss"]);
    page.show([Change::Notice(None)]).await;
    assert!(!page.has(".notice"));
}

#[wasm_bindgen_test]
async fn the_same_words_again_are_a_new_notice_which_is_announced() {
    let page = page().await;
    page.show([notice(1, "Invalid receiver")]).await;
    let first = page.find(".notice");
    page.show([notice(2, "Invalid receiver")]).await;
    // What stays the same element with the same text is not announced again.
    assert_ne!(page.find(".notice"), first);
}

#[wasm_bindgen_test]
async fn each_arrival_is_said_once() {
    let page = page().await;
    let said = "[role=log] p";
    assert!(!page.has(said));
    page.show([received("Ada", Some("<i>hi</i>")), received("Bob", None)]).await;
    assert_eq!(page.texts(said), ["Ada: <i>hi</i>", "New message from Bob"]);
    let before = page.all(said);
    // The same words again are an arrival of their own, and those that were said stay the same elements.
    page.show([received("Bob", None)]).await;
    assert_eq!(page.texts(said)[1..], ["New message from Bob", "New message from Bob"]);
    assert_eq!(page.all(said)[..2], before);
}

#[wasm_bindgen_test]
async fn of_a_burst_the_latest_are_said_and_the_log_stays_short() {
    let page = page().await;
    page.show((0..20).map(|number| received("Ada", Some(&number.to_string())))).await;
    let said = page.texts("[role=log] p");
    assert_eq!(said.len(), 8);
    assert_eq!(said.last().unwrap(), "Ada: 19");
}
