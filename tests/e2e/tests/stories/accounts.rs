//! Registering, signing in, staying signed in, and ceasing to be.

use std::time::Duration;

use chinwag_e2e::{Key, PASSWORD, Person, tell};

#[test]
fn somebody_registers_and_is_in_the_chat() {
    tell(async |house| {
        let ada = house.visitor("ada").await;
        ada.sees_the_sign_in_page().await;
        ada.registers().await;
        ada.sees("Chat - ada").await;
        ada.sees_title("Chat - ada").await;
        ada.sees("Users (0 online)").await;
        ada.sees("Nobody else is here yet").await;
        ada.sees_nobody_chosen().await;
        assert!(ada.token().await.is_some());
    });
}

#[test]
fn the_forms_complain_in_the_guides_words() {
    tell(async |house| {
        let ada = house.visitor("ada").await;
        ada.submits().await;
        ada.sees_complaints(&["Please enter email", "Please enter password"]).await;
        ada.sees_focus_on("#email").await;
        ada.types_into("#email", "ada@example.org").await;
        ada.sees_complaints(&["Please enter password"]).await;
        ada.types_into("#password", "12345").await;
        ada.sees_complaints(&["Password must be at least 6 characters"]).await;
        ada.types_into("#password", "6").await;
        ada.sees_complaints(&[]).await;

        ada.presses_button("Don't have an account? Register").await;
        ada.sees_element("h1", "Register").await;
        ada.sees_complaints(&[]).await;
        ada.submits().await;
        ada.sees_complaints(&["Please enter username"]).await;
        ada.presses_button("Already have an account? Login").await;
        ada.sees_element("h1", "Login").await;
        ada.sees_no("#username").await;
    });
}

#[test]
fn what_the_server_refuses_is_shown_in_its_words() {
    tell(async |house| {
        let account = house.account("ada");
        let ada = house.visitor("ada").await;
        ada.tries_to_sign_in("not the one").await;
        ada.sees_error("Invalid credentials").await;
        ada.sees_the_sign_in_page().await;
        assert_eq!(ada.token().await, None);

        let eve = house.visitor("eve").await;
        eve.tries_to_register("ada", "eve@example.org", "secret1").await;
        eve.sees_error("User already exists").await;
        eve.types_into("#username", "-two").await;
        eve.submits().await;
        eve.sees_the_chat().await;
        eve.sees_people(&["ada"]).await;
        drop(account);
    });
}

#[test]
fn whose_password_is_guessed_at_waits_as_long_as_the_server_says_and_nobody_else_does() {
    tell(async |house| {
        house.account("ada").is_guessed_at();
        let béla = house.account("béla");
        let ada = house.visitor("ada").await;
        let button = "form.sign-in button[type=submit]";
        ada.tries_to_sign_in(PASSWORD).await;
        // In so many minutes, of which one may have passed by then.
        ada.sees_element(".form-error", None).await;
        ada.sees_element(&format!("{button}[aria-disabled=true]"), "Please wait").await;
        ada.submits().await;
        let sent = "return performance.getEntriesByType('resource')
            .filter(({ name }) => name.endsWith('/api/auth/login')).length";
        assert_eq!(ada.asks(sent, vec![]).await, 1);
        // Another account at the same browser.
        ada.clicks("#email", None).await;
        ada.presses_letter_with(Key::Control, 'a').await;
        ada.types(&béla.email()).await;
        ada.sees_element(&format!("{button}:not([aria-disabled])"), "Login").await;
        ada.submits().await;
        ada.sees_title("Chat - béla").await;
        assert_eq!(ada.asks(sent, vec![]).await, 2, "that was not sent");
    });
}

#[test]
fn somebody_signs_in_and_a_reload_keeps_them_in() {
    tell(async |house| {
        house.account("ada");
        let ada = house.visitor("ada").await;
        ada.signs_in().await;
        ada.sees_title("Chat - ada").await;
        ada.reloads().await;
        ada.sees_the_chat().await;
        ada.sees_title("Chat - ada").await;
    });
}

#[test]
fn logging_out_forgets_everything_and_back_does_not_lead_in() {
    tell(async |house| {
        let béla = house.account("béla");
        let account = house.account("ada");
        béla.writes_to(&account, "a secret between us");
        let ada = house.visitor("ada").await;
        ada.signs_in().await;
        ada.opens("béla").await;
        ada.sees_message("a secret between us").await;
        ada.presses(Key::Escape).await;
        ada.sees_nobody_chosen().await;
        // By its address, so that there are entries of the history with and without a conversation.
        let conversation = format!("{}/#/{}", house.server.url(), béla.id);
        ada.visits(&conversation).await;
        ada.sees_message("a secret between us").await;

        assert!(ada.token().await.is_some());
        ada.logs_out().await;
        ada.sees_the_sign_in_page().await;
        ada.sees_title("Chinwag").await;
        ada.has_kept_nothing().await;
        sees_nothing_of_the_chat(&ada).await;
        ada.goes_back().await;
        sees_nothing_of_the_chat(&ada).await;
        ada.goes_forward().await;
        sees_nothing_of_the_chat(&ada).await;
        ada.visits(&conversation).await;
        sees_nothing_of_the_chat(&ada).await;
        ada.reloads().await;
        sees_nothing_of_the_chat(&ada).await;
        ada.sees_the_sign_in_page().await;
    });
}

#[test]
fn the_next_person_at_the_same_browser_finds_nothing_of_the_last() {
    tell(async |house| {
        let (béla, account) = (house.account("béla"), house.account("ada"));
        house.account("chi");
        béla.writes_to(&account, "a secret between us");
        let ada = house.returns(&account).await;
        ada.opens("béla").await;
        ada.sees_message("a secret between us").await;
        ada.writes("an unsent answer").await;
        ada.logs_out().await;
        let chi = ada;
        chi.sees_the_sign_in_page().await;
        chi.types_into("#email", "chi@example.org").await;
        chi.types_into("#password", "secret1").await;
        chi.submits().await;
        chi.sees_the_chat().await;
        chi.sees_title("Chat - chi").await;
        chi.sees_nobody_chosen().await;
        chi.sees_people(&["ada", "béla"]).await;
        chi.opens("béla").await;
        chi.sees("No messages yet").await;
        chi.sees_messages(&[]).await;
        assert_eq!(chi.draft().await, "");
        assert!(!chi.page_in_words().await.contains("secret"));
    });
}

/// Nothing for as long as it takes to be sure.
async fn sees_nothing_of_the_chat(person: &Person) {
    person
        .stays("the page without the chat", Duration::from_millis(500), async || {
            let words = person.page_in_words().await;
            let chat = ["béla", "a secret", "Logout", "online)"];
            if chat.iter().any(|word| words.contains(word)) { Err(words) } else { Ok(()) }
        })
        .await;
}

#[test]
fn a_token_that_is_refused_leads_to_the_sign_in_page_with_words() {
    tell(async |house| {
        house.account("ada");
        let ada = house.browser("ada").await;
        ada.has_a_token(&house.server.url(), "no-such-token").await;
        ada.visits(&house.server.url()).await;
        ada.sees_the_sign_in_page().await;
        ada.sees_error("Your session has ended. Please log in again.").await;
        assert_eq!(ada.token().await, None);
        ada.signs_in().await;
    });
}

#[test]
fn a_session_that_the_server_forgot_ends_in_the_middle_of_the_chat() {
    tell(async |house| {
        house.account("béla");
        let ada = house.member("ada").await;
        ada.opens("béla").await;
        house.server.stop().await;
        house.server.forget_everything();
        house.server.start().await;
        ada.within(Duration::from_secs(40), "the session's end", async || {
            let words = ada.page_in_words().await;
            if words.contains("Your session has ended. Please log in again.") {
                Ok(())
            } else {
                Err(words)
            }
        })
        .await;
        ada.sees_the_sign_in_page().await;
        assert_eq!(ada.token().await, None);
        ada.stays_outside().await;
        ada.registers().await;
        ada.sees("Nobody else is here yet").await;
    });
}
