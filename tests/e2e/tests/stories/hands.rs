//! Writing, the keyboard, the search.

use chinwag_e2e::{Key, tell};

#[test]
fn enter_sends_and_shift_enter_breaks_the_line() {
    tell(async |house| {
        let (account, béla) = (house.account("ada"), house.account("béla"));
        let ada = house.returns(&account).await;
        ada.opens("béla").await;
        ada.sees_focus_on("#composer").await;
        ada.sees_element("#composer", "Type a message...").await;
        // Nothing is nothing to send.
        ada.presses(Key::Enter).await;
        ada.types("  ").await;
        ada.presses(Key::Enter).await;
        ada.sees_element("button.send:disabled", None).await;
        ada.types("one").await;
        ada.presses_with(Key::Shift, Key::Enter).await;
        ada.types("two").await;
        assert_eq!(ada.draft().await.trim(), "one\ntwo");
        ada.presses(Key::Enter).await;
        ada.sees_messages(&["one\ntwo"]).await;
        assert_eq!(ada.draft().await, "");
        ada.types("by the button").await;
        ada.clicks("button.send", None).await;
        ada.sees_messages(&["one\ntwo", "by the button"]).await;
        ada.sees_focus_on("#composer").await;
        ada.bubble("by the button").becomes("sent").await;
        assert_eq!(account.history_with(&béla), ["one\ntwo", "by the button"]);
    });
}

#[test]
fn nobody_chosen_is_nobody_to_write_to_and_escape_goes_back() {
    tell(async |house| {
        house.account("béla");
        let ada = house.member("ada").await;
        ada.sees_nobody_chosen().await;
        ada.sees_element("button.send:disabled", None).await;
        ada.opens("béla").await;
        ada.does_not_see("Select a user").await;
        ada.writes("kept").await;
        ada.presses(Key::Escape).await;
        ada.sees_nobody_chosen().await;
        ada.sees_focus_on("button.person").await;
        // What was typed is there again, and went nowhere.
        ada.opens("béla").await;
        ada.sees_messages(&[]).await;
        ada.until("the draft", async || {
            let draft = ada.draft().await;
            if draft == "kept" { Ok(()) } else { Err(draft) }
        })
        .await;
        ada.goes_back().await;
        ada.sees_nobody_chosen().await;
    });
}

#[test]
fn a_draft_belongs_to_the_person_it_was_typed_for() {
    tell(async |house| {
        let (béla, chi) = (house.account("béla"), house.account("chi"));
        let account = house.account("ada");
        let ada = house.returns(&account).await;
        ada.opens("béla").await;
        ada.writes("for béla").await;
        ada.opens("chi").await;
        assert_eq!(ada.draft().await, "");
        ada.says("for chi").await;
        ada.bubble("for chi").becomes("sent").await;
        ada.opens("béla").await;
        assert_eq!(ada.draft().await, "for béla");
        ada.presses(Key::Enter).await;
        ada.bubble("for béla").becomes("sent").await;
        assert_eq!(account.history_with(&béla), ["for béla"]);
        assert_eq!(account.history_with(&chi), ["for chi"]);
    });
}

#[test]
fn the_search_finds_somebody() {
    tell(async |house| {
        house.account("béla");
        house.account("chi");
        let ada = house.member("ada").await;
        ada.sees_people(&["béla", "chi"]).await;
        ada.types_into("#search", "BÉ").await;
        ada.sees_people(&["béla"]).await;
        ada.types_into("#search", "x").await;
        ada.sees("Nobody by that name.").await;
        ada.sees_people(&[]).await;
        ada.presses(Key::Escape).await;
        ada.sees_people(&["béla", "chi"]).await;
        ada.types_into("#search", "chi").await;
        ada.sees_people(&["chi"]).await;
        ada.opens("chi").await;
        ada.sees_people(&["béla", "chi"]).await;
    });
}

#[test]
fn signing_in_and_chatting_need_no_mouse() {
    tell(async |house| {
        let (béla, ada_has) = (house.account("béla"), house.account("ada"));
        house.account("chi");
        let ada = house.visitor("ada").await;
        ada.sees_the_sign_in_page().await;
        ada.tabs_to("#email").await;
        ada.types("ada@example.org").await;
        ada.presses(Key::Tab).await;
        ada.sees_focus_on("#password").await;
        ada.types("secret1").await;
        ada.presses(Key::Enter).await;
        ada.sees_the_chat().await;
        ada.sees_people(&["béla", "chi"]).await;

        let row = format!("button.person[data-user='{}']", béla.id);
        ada.tabs_to(&row).await;
        ada.presses(Key::Enter).await;
        ada.sees_focus_on("#composer").await;
        ada.types("no mouse here").await;
        ada.presses(Key::Enter).await;
        ada.bubble("no mouse here").becomes("sent").await;
        ada.sees_focus_on("#composer").await;
        assert_eq!(ada_has.history_with(&béla), ["no mouse here"]);

        ada.presses(Key::Escape).await;
        ada.sees_nobody_chosen().await;
        ada.sees_focus_on(&row).await;
        ada.tabs_back_to("button[aria-label=Logout]").await;
        ada.presses(Key::Enter).await;
        ada.sees_the_sign_in_page().await;
    });
}
