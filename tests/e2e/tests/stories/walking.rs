//! The messages by the keyboard: through them, back in time, quoted; and emoji.

use chinwag_e2e::{Key, tell};
use serde_json::json;

#[test]
fn messages_are_walked_back_in_time_and_quoted_without_a_mouse() {
    tell(async |house| {
        let (ada_has, béla) = (house.account("ada"), house.account("béla"));
        for number in 1..=120 {
            béla.writes_to(&ada_has, &format!("message number {number}"));
        }
        let ada = house.returns(&ada_has).await;
        ada.sees_people(&["béla"]).await;
        ada.tabs_to("button.person").await;
        ada.presses(Key::Enter).await;
        ada.sees_message("message number 120").await;
        ada.has_the_later_part().await;
        ada.sees_focus_on("#composer").await;
        let text = "return document.activeElement.querySelector('.content')?.textContent";
        // Back beyond what was loaded at first: older messages come on the way.
        for number in (31..=120).rev() {
            ada.presses(Key::Up).await;
            ada.until(&format!("message {number}"), async || {
                let at = ada.asks(text, vec![]).await;
                if at == json!(format!("message number {number}")) {
                    Ok(())
                } else {
                    Err(at.to_string())
                }
            })
            .await;
        }
        // Its actions: copy, then quote.
        ada.presses(Key::Enter).await;
        ada.sees_focus_on(".actions [aria-label=Copy]").await;
        ada.presses(Key::Right).await;
        ada.sees_focus_on(".actions [aria-label=Quote]").await;
        ada.presses(Key::Enter).await;
        ada.sees_focus_on("#composer").await;
        assert_eq!(ada.draft().await, "> message number 31\n");
        ada.types("That one").await;
        ada.presses(Key::Enter).await;
        ada.sees_element(".message[data-own=true] blockquote", "message number 31").await;
        ada.until("it is stored", async || {
            let history = ada_has.history_with(&béla);
            match history.last() {
                Some(last) if last == "> message number 31\nThat one" => Ok(()),
                last => Err(format!("{last:?}")),
            }
        })
        .await;
        // From a message back to the field, and only then out of the conversation.
        ada.presses(Key::Up).await;
        ada.sees_focus_on(".message").await;
        ada.presses(Key::Escape).await;
        ada.sees_focus_on("#composer").await;
        ada.presses(Key::Escape).await;
        ada.sees_nobody_chosen().await;
        ada.has_had_no_trouble().await;
    });
}

#[test]
fn an_emoji_is_found_by_its_name_and_the_next_is_typed_as_a_code() {
    tell(async |house| {
        let (ada_has, béla) = (house.account("ada"), house.account("béla"));
        let ada = house.returns(&ada_has).await;
        ada.opens("béla").await;
        ada.sees_focus_on("#composer").await;
        ada.types("Well ").await;
        ada.tabs_to(".emoji-tool").await;
        ada.presses(Key::Enter).await;
        ada.sees_focus_on("#emoji-field").await;
        ada.types("party pop").await;
        ada.sees_element("[role=option][aria-selected=true]", "🎉").await;
        ada.presses(Key::Enter).await;
        ada.sees_focus_on("#composer").await;
        assert_eq!(ada.draft().await, "Well 🎉");
        ada.types(" and :hea").await;
        ada.sees_element(".completion [aria-selected=true]", ":heart:").await;
        ada.presses(Key::Enter).await;
        ada.sees_no(".completion").await;
        ada.types(" :tada:").await;
        ada.sees_draft("Well 🎉 and ❤️ 🎉").await;
        ada.presses(Key::Enter).await;
        ada.bubble("Well 🎉 and ❤️ 🎉").becomes("sent").await;
        assert_eq!(ada_has.history_with(&béla), ["Well 🎉 and ❤️ 🎉"]);
        ada.has_had_no_trouble().await;
    });
}
