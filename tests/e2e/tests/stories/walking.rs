//! The messages by the keyboard: through them, back in time, quoted; and emoji.

use chinwag_e2e::{Key, Person, tell};
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

/// Frames that come a second late, as on a machine that is busy.
const LATE_FRAMES: &str = "const own = window.requestAnimationFrame;
    window.requestAnimationFrame = (act) => own(() => setTimeout(act, window.late ? 1000 : 0, performance.now()));";

#[test]
fn a_key_that_comes_before_the_opened_conversation_is_painted_is_not_lost() {
    tell(async |house| {
        let (ada_has, béla) = (house.account("ada"), house.account("béla"));
        béla.writes_to(&ada_has, "hello");
        let ada = house.browser("ada").await;
        ada.was_signed_in(&ada_has, &house.server.url()).await;
        ada.begins_pages_with(LATE_FRAMES).await;
        ada.visits(&house.server.url()).await;
        ada.opens("béla").await;
        ada.sees_message("hello").await;
        ada.has_the_whole_program().await;
        ada.presses(Key::Escape).await;
        ada.sees_nobody_chosen().await;
        ada.tabs_to("button.person").await;
        ada.asks("window.late = true", vec![]).await;
        ada.presses(Key::Enter).await;
        ada.presses(Key::Up).await;
        ada.sees_focus_on(".message").await;
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

/// What the message that is pointed at or has the focus says of its times, as far as that is seen; and what the browser makes of
/// these instants.
const TIMES: &str = "
    const time = new Intl.DateTimeFormat(document.documentElement.lang + '-u-nu-latn', { timeStyle: 'short' });
    const when = document.querySelector('.when');
    const seen = when && when.getClientRects().length > 0 ? when.textContent.split('\\n').slice(1) : null;
    return [seen, arguments[0].map(at => at && time.format(new Date(at)))];
";

/// Somebody sees of the message these lines below its date: what happened, and when it did as the server says.
async fn sees_times(person: &Person, at: [Option<String>; 2]) {
    person
        .until("the times of its receipts", async || {
            let told = person.asks(TIMES, vec![json!(at)]).await;
            let words = ["Delivered", "Read"].into_iter().zip(told[1].as_array().unwrap());
            let lines = words.filter_map(|(word, at)| Some(format!("{word}: {}", at.as_str()?)));
            let lines: Vec<String> = lines.collect();
            if told[0] == json!(lines) { Ok(()) } else { Err(format!("{told}, not {lines:?}")) }
        })
        .await;
}

#[test]
fn one_learns_when_a_message_was_delivered_and_read_by_keyboard_and_by_pointer() {
    tell(async |house| {
        let (ada_has, béla_has) = (house.account("ada"), house.account("béla"));
        let ada = house.returns(&ada_has).await;
        ada.opens("béla").await;
        ada.has_the_whole_program().await;
        ada.says("are you there?").await;
        ada.bubble("are you there?").becomes("sent").await;
        ada.presses(Key::Up).await;
        ada.sees_focus_on(".message[aria-describedby=when]").await;
        sees_times(&ada, [None, None]).await;

        let béla = house.returns(&béla_has).await;
        béla.opens("ada").await;
        béla.sees_message("are you there?").await;
        ada.bubble("are you there?").becomes("read").await;
        let at = ada_has.receipts_with(&béla_has);
        assert!(at.iter().all(Option::is_some), "{at:?}");
        sees_times(&ada, at.clone()).await;
        ada.presses(Key::Escape).await;
        ada.sees_focus_on("#composer").await;
        assert_eq!(ada.asks(TIMES, vec![json!([])]).await[0], json!(null));
        ada.points_at(".message time").await;
        sees_times(&ada, at.clone()).await;

        // Another start knows it too.
        ada.reloads().await;
        ada.opens("béla").await;
        ada.sees_message("are you there?").await;
        ada.has_the_whole_program().await;
        ada.points_at("#composer").await;
        ada.points_at(".message time").await;
        sees_times(&ada, at).await;
        ada.has_had_no_trouble().await;
    });
}

#[test]
fn a_server_that_does_not_say_when_is_not_taken_at_any_other_word() {
    tell(async |house| {
        let base = house.base().await;
        let (ada_has, béla_has) = (base.account("ada"), base.account("béla"));
        ada_has.writes_to(&béla_has, "are you there?");
        let béla = house.returns_by(&béla_has, &base.url()).await;
        béla.opens("ada").await;
        béla.sees_message("are you there?").await;
        let ada = house.returns_by(&ada_has, &base.url()).await;
        ada.opens("béla").await;
        ada.bubble("are you there?").becomes("read").await;
        ada.has_the_whole_program().await;
        ada.points_at(".message time").await;
        sees_times(&ada, [None, None]).await;
    });
}
