//! A server that counts what happens: what was missed is asked for, and nothing else. Behaviour 1, 2, 5 and 6.

use chinwag_protocol::{ClientFrame, UserId};
use chinwag_session::{Command, Input, Outcome};
use serde_json::{Value, json};

use crate::support::{
    Play, Step, answer, at, closed, command, deadline, event, fails, frame, history, input, later,
    open, send, sent, stored, tells, told_by,
};

const HI: &str = r#"say {"type":"chat_message","data":{"receiverId":"bela","content":"hi","messageType":"text"}}"#;

fn says(seq: u64, id: &str, text: &str, seconds: i64) -> Value {
    event(
        seq,
        "new_message",
        json!({ "messageId": id, "senderId": "bela", "senderUsername": "béla", "content": text,
            "createdAt": seconds * 1_000 }),
    )
}

fn missed(events: &[Value], next: u64, more: bool) -> Step {
    answer("GET /sync?", 200, json!({ "events": events, "next": next, "hasMore": more }))
}

#[test]
fn who_has_missed_nothing_asks_for_nothing() {
    let mut play = Play::extended_with_bela(&[]);
    play.check([closed(1006), later(1_600), deadline()], ["open socket tok-1"]);
    play.greet_extended(5);
    assert_eq!(play.pending(), Vec::<&str>::new());
}

/// Behaviour 5.
#[test]
fn messages_receipts_and_read_marks_that_were_missed_are_all_caught_up() {
    let mine = stored("1", "me", "bela", "one", 1);
    let mut play = Play::extended_with_bela(&[mine]);
    assert_eq!(play.picture.lines(), ["one (sent)"]);
    play.reconnect_extended(8);
    assert_eq!(play.pending(), ["GET /sync?since=5&store=s&limit=500"]);
    let elsewhere = json!({ "messageId": "2", "receiverId": "bela", "content": "from my phone",
        "createdAt": 2_000, "status": "sent" });
    let events = [
        event(6, "message_sent", elsewhere),
        says(7, "3", "seen it", 3),
        event(8, "messages_read", json!({ "readBy": "bela", "readAt": 3_000 })),
    ];
    play.run([missed(&events, 8, false)]);
    assert_eq!(play.picture.lines(), ["one (read)", "from my phone (read)", "seen it"]);
    assert_eq!(play.picture.person("bela").unread, 1);
    assert_eq!(play.pending(), Vec::<&str>::new(), "nothing was loaded afresh");
}

#[test]
fn what_was_missed_is_read_page_by_page_and_nothing_is_loaded_afresh() {
    let mut play = Play::extended_with_bela(&[]);
    play.reconnect_extended(7);
    let page = missed(&[says(6, "1", "a", 1)], 6, true);
    play.check([page], ["GET /sync?since=6&store=s&limit=500"]);
    play.check([missed(&[says(7, "2", "b", 2)], 7, false)], []);
    assert_eq!(play.picture.lines(), ["a", "b"]);
}

#[test]
fn an_event_that_is_faster_than_the_one_before_waits_for_it() {
    let mut play = Play::extended_with_bela(&[]);
    play.check([tells(says(7, "2", "b", 2))], ["GET /sync?since=5&store=s&limit=500"]);
    assert_eq!(play.picture.lines(), Vec::<String>::new());
    let both = [says(6, "1", "a", 1), says(7, "2", "b", 2)];
    play.run([tells(both[0].clone()), tells(both[1].clone()), missed(&both, 7, false)]);
    assert_eq!(play.picture.lines(), ["a", "b"]);
    assert_eq!(play.picture.person("bela").unread, 2);
}

#[test]
fn what_is_told_twice_counts_once() {
    let mut play = Play::extended_with_bela(&[]);
    play.run([tells(says(6, "1", "a", 1)), tells(says(6, "1", "a", 1))]);
    assert_eq!((play.picture.lines(), play.picture.unread), (vec!["a".to_owned()], 1));
}

#[test]
fn where_the_count_has_begun_anew_all_is_loaded_afresh_once() {
    let mut play = Play::extended_with_bela(&[stored("1", "me", "bela", "one", 1)]);
    play.reconnect_extended(9);
    let reset = json!({ "reset": true, "next": 9, "store": "s" });
    play.check(
        [answer("GET /sync?", 200, reset)],
        ["GET /messages/conversations", "GET /messages/bela?page=1&limit=50"],
    );
    play.run([history("bela", &[stored("2", "me", "bela", "two", 2)])]);
    assert_eq!(play.picture.lines(), ["two (sent)"], "what the server has no more is gone");
}

#[test]
fn what_could_not_be_asked_for_is_asked_for_again_and_live_events_wait() {
    let mut play = Play::extended_with_bela(&[]);
    play.reconnect_extended(6);
    play.run([fails("GET /sync?", Outcome::TimedOut), tells(says(7, "2", "b", 2))]);
    assert_eq!(play.pending(), ["GET /sync?since=5&store=s&limit=500"], "it was due at once");
    let both = [says(6, "1", "a", 1), says(7, "2", "b", 2)];
    play.run([missed(&both, 7, false)]);
    assert_eq!(play.picture.lines(), ["a", "b"]);
}

/// Behaviour 2.
#[test]
fn what_is_not_acknowledged_is_sent_again_under_the_same_name_without_a_look_at_the_history() {
    let mut play = Play::extended_with_bela(&[]);
    assert_eq!(play.said([send("bela", "hi"), send("bela", "hi")]), [HI, HI], "both at once");
    play.run([closed(1006), later(1_600), deadline()]);
    play.greet_extended(5);
    let names = std::mem::take(&mut play.names);
    let [one, two, ..] = &names[..] else { panic!("{names:?}") };
    assert_ne!(one, two);
    assert_eq!(names[2..], [one.clone(), two.clone()], "the same names, in the same order");
    assert_eq!(play.pending(), Vec::<&str>::new());
    let stored = |seq: u64, id: &str, name: &str| {
        let data = json!({ "messageId": id, "receiverId": "bela", "content": "hi",
            "createdAt": seq * 1_000, "status": "sent", "clientMessageId": name });
        tells(event(seq, "message_sent", data))
    };
    // The second is acknowledged first, as its name says; a text proves nothing here.
    play.run([stored(6, "1", two.as_str())]);
    assert_eq!(play.picture.lines(), ["hi (sent)", "hi (sending)"]);
    play.run([stored(7, "2", one.as_str())]);
    assert_eq!((play.picture.lines(), play.picture.waiting), (vec!["hi (sent)".to_owned(); 2], 0));
}

#[test]
fn a_refusal_fails_the_message_that_it_names_at_once() {
    let mut play = Play::extended_with_bela(&[]);
    play.said([send("bela", "no"), send("bela", "yes")]);
    let name = play.names[0].as_str();
    let refused = json!({ "message": "Not here", "code": "invalid", "clientMessageId": name });
    play.run([frame("error", refused)]);
    assert_eq!(play.picture.lines(), ["no (failed: Not here)", "yes (sending)"]);
    assert_eq!(play.picture.notice, None, "it is said where it belongs");
    // Tried again it goes at once, under its name.
    let row = play.picture.order[0];
    play.said([command(Command::Retry(row))]);
    assert_eq!(play.names[2], play.names[0]);
}

/// That what this names has come too soon.
fn too_soon(play: &Play, which: usize, wait: u64) -> Step {
    let name = play.names[which].as_str();
    let words = "Too much at once. Try again in 2 seconds.";
    let data = json!({ "message": words, "code": "rate_limited", "clientMessageId": name,
        "retryAfter": wait });
    frame("error", data)
}

#[test]
fn what_comes_too_soon_for_the_server_waits_as_long_as_it_says_and_goes_in_its_order() {
    let mut play = Play::extended_with_bela(&[]);
    play.said([at(1_000), send("bela", "a"), send("bela", "b"), send("bela", "c")]);
    play.run([too_soon(&play, 1, 2_000), too_soon(&play, 2, 2_000)]);
    assert_eq!(play.picture.lines(), ["a (sending)", "b (waiting)", "c (waiting)"]);
    assert_eq!(play.picture.said(), Some(&told_by("Too much at once. Try again in 2 seconds.")));
    play.run([command(Command::DismissNotice)]);
    // What is typed meanwhile waits behind them, and so does what is for somebody else.
    assert_eq!(
        play.said([send("bela", "d"), send("ada", "e"), at(2_999), input(Input::Tick)]),
        [""; 0]
    );
    assert_eq!(play.picture.lines()[3], "d (waiting)");
    play.run([tells(event(
        6,
        "message_sent",
        json!({ "messageId": "1", "receiverId": "bela",
        "content": "a", "createdAt": 1_000, "clientMessageId": play.names[0].as_str() }),
    ))]);
    // One after the other from now on: what is sent behind one that is not answered yet might overtake it.
    let said = play.said([deadline()]);
    assert_eq!((play.now, said.len()), (3_000, 2), "the first to each");
    assert_eq!(play.names[3], play.names[1], "under the same name");
    let expected = ["a (sent)", "b (sending)", "c (waiting)", "d (waiting)"];
    assert_eq!(play.picture.lines(), expected);
    assert_eq!(play.picture.notice, None);
    // Too soon again: it is heeded again.
    play.run([too_soon(&play, 3, 500)]);
    assert_eq!(play.picture.lines()[1], "b (waiting)");
    assert_eq!(play.picture.notice, None, "that is known by now");
    assert_eq!(play.said([later(999), input(Input::Tick)]), [""; 0], "a second at least");
    let stored = |play: &Play, seq: u64, which: usize, to: &str| {
        tells(event(
            seq,
            "message_sent",
            json!({ "messageId": seq.to_string(), "receiverId": to,
            "content": "x", "createdAt": seq, "clientMessageId": play.names[which].as_str() }),
        ))
    };
    play.run([later(1), input(Input::Tick)]);
    for (seq, (which, to)) in (7..).zip([(4, "ada"), (5, "bela"), (6, "bela"), (7, "bela")]) {
        play.run([stored(&play, seq, which, to)]);
    }
    assert_eq!(play.names[5..7], play.names[1..3]);
    assert_eq!((play.names.len(), play.picture.waiting), (8, 0));
    // All is well again: several at once, and who is too fast again is told again.
    assert_eq!(play.said([send("bela", "f"), send("bela", "g")]).len(), 2);
    play.run([too_soon(&play, 8, 2_000)]);
    assert!(play.picture.notice.is_some());
}

#[test]
fn a_server_that_wants_one_to_wait_for_ever_is_asked_again_in_ten_minutes() {
    let mut play = Play::extended_with_bela(&[]);
    play.said([at(1_000), send("bela", "a")]);
    play.run([too_soon(&play, 0, u64::MAX)]);
    play.run([at(599_000)]);
    play.reconnect_extended(5);
    play.run([at(600_999), input(Input::Tick)]);
    assert_eq!(play.names.len(), 1, "a new connection is no reason to come sooner");
    play.run([at(601_000), input(Input::Tick)]);
    assert_eq!(play.names.len(), 2);
}

#[test]
fn a_server_without_names_is_told_no_less_and_its_history_is_asked() {
    let mut play = Play::extended_with_bela(&[]);
    play.run([send("bela", "hi"), closed(1006), later(1_600), deadline()]);
    // The same address is served by an older server now.
    play.greet();
    assert!(play.pending().contains(&"GET /messages/bela?page=1&limit=50"));
    let text = ClientFrame::text(UserId::from("bela"), "hi").encode();
    let said = play.said([history("bela", &[])]);
    assert_eq!(said, [format!("say {text}")]);
    play.run([sent("1", "bela", "hi", 1)]);
    assert_eq!(play.picture.lines(), ["hi (sent)"]);
}

#[test]
fn a_server_in_trouble_with_a_message_is_sent_it_again() {
    let mut play = Play::extended_with_bela(&[]);
    play.said([send("bela", "hi")]);
    let name = play.names[0].clone();
    let trouble =
        json!({ "message": "busy", "code": "internal", "clientMessageId": name.as_str() });
    play.run([frame("error", trouble), deadline(), history("bela", &[])]);
    assert_eq!(play.names, [name.clone(), name]);
    assert_eq!(play.picture.lines(), ["hi (sending)"]);
}

#[test]
fn a_read_mark_for_somebody_not_known_yet_has_the_counts_asked_for_again() {
    let mut play = Play::extended_with_bela(&[]);
    let marked = json!({ "senderId": "cyd", "markedCount": 1, "readAt": 1_000 });
    play.check([tells(event(6, "mark_read_success", marked))], ["GET /messages/conversations"]);
}

#[test]
fn a_message_from_before_all_that_is_known_has_a_gap_after_it() {
    let mut play = Play::extended_with_bela(&[]);
    let page = json!({ "messages": [stored("9", "ada", "me", "late", 9)],
        "pagination": { "limit": 1, "pages": 9 } });
    play.run([open("ada"), answer("GET /messages/ada?", 200, page)]);
    let early = json!({ "messageId": "1", "senderId": "ada", "senderUsername": "ada",
        "content": "early", "createdAt": 1_000 });
    play.run([tells(event(6, "new_message", early))]);
    let gaps: Vec<_> = play.picture.rows().map(|(_, row)| (row.content.clone(), row.gap)).collect();
    assert_eq!(gaps, [("early".to_owned(), false), ("late".to_owned(), true)]);
}

#[test]
fn a_read_mark_that_may_be_lost_with_its_connection_has_the_counts_asked_for() {
    let mut play = Play::extended_with_bela(&[]);
    play.run([input(Input::Attention(true)), command(Command::Stand(None))]);
    let mark = r#"say {"type":"mark_read","data":{"senderId":"bela"}}"#;
    play.check([tells(says(6, "1", "a", 1))], ["announce béla: a", mark]);
    play.reconnect_extended(6);
    assert_eq!(play.pending(), ["GET /messages/conversations"]);
}
