//! What is unread, and when it is marked as read.

use chinwag_session::{Around, Command, Input, Outcome, RowKey};
use serde_json::{Value, json};

use crate::support::{
    Play, Step, answer, closed, command, fails, frame, history, input, new_message, open, stored,
};

const MARK: &str = r#"say {"type":"mark_read","data":{"senderId":"bela"}}"#;

fn attention(is: bool) -> Step {
    input(Input::Attention(is))
}

fn at_bottom(is: bool) -> Step {
    command(Command::Stand((!is).then_some((RowKey(0), 0))))
}

fn live(number: i64) -> Step {
    new_message(&number.to_string(), "bela", "hi", number)
}

fn marked() -> Step {
    frame("mark_read_success", json!({ "senderId": "bela", "markedCount": 1 }))
}

fn conversations(unread: u64, seconds: i64) -> Step {
    let last = stored("x", "bela", "me", "hi", seconds);
    let row = json!({ "user": { "_id": "bela" }, "unreadCount": unread, "lastMessage": last });
    answer("GET /messages/conv", 200, json!({ "conversations": [row] }))
}

fn read_message(number: i64) -> Value {
    let mut message = stored(&number.to_string(), "bela", "me", "hi", number);
    message["isRead"] = true.into();
    message
}

fn unread(play: &Play) -> (u64, u64) {
    (play.picture.person("bela").unread, play.picture.unread)
}

/// Behaviour 10.
#[test]
fn read_is_marked_only_with_attention_in_the_open_conversation_and_at_its_bottom() {
    for missing in 0..4 {
        let mut play = Play::with_bela(&[]);
        let steps = [attention(true), at_bottom(true), live(1)];
        play.run(
            steps.into_iter().enumerate().filter(|(n, _)| *n != missing).map(|(_, step)| step),
        );
        if missing == 2 {
            play.run([command(Command::Close), live(1)]);
        }
        let expected = if missing < 3 { (1, 1) } else { (0, 0) };
        assert_eq!(unread(&play), expected, "without {missing}");
    }
}

#[test]
fn each_of_the_three_that_comes_last_marks_it_once() {
    let mut play = Play::with_bela(&[]);
    play.run([at_bottom(true), live(1)]);
    play.check([attention(true), attention(true), at_bottom(true)], [MARK]);
    play.run([at_bottom(false), live(2)]);
    assert_eq!(unread(&play), (1, 1));
    play.check([at_bottom(true), marked()], [MARK]);
    assert_eq!(unread(&play), (0, 0));
    play.check([live(3)], ["announce bela: hi", MARK]);
}

#[test]
fn another_conversation_begins_unseen() {
    let mut play = Play::with_bela(&[]);
    play.run([attention(true), at_bottom(true), live(1)]);
    play.run([new_message("9", "ada", "hi", 9), open("ada")]);
    play.check([history("ada", &[stored("9", "ada", "me", "hi", 9)])], []);
    assert_eq!(play.picture.person("ada").unread, 1);
    play.check([at_bottom(true)], [r#"say {"type":"mark_read","data":{"senderId":"ada"}}"#]);
}

#[test]
fn without_a_connection_the_mark_waits_for_it() {
    let mut play = Play::with_bela(&[]);
    play.run([live(1), closed(1006)]);
    play.check([attention(true), at_bottom(true)], ["open socket tok-1"]);
    assert_eq!(unread(&play), (1, 1));
    play.greet();
    play.check([history("bela", &[stored("1", "bela", "me", "hi", 1)])], [MARK]);
}

#[test]
fn a_mark_that_was_lost_with_its_connection_is_made_again() {
    let mut play = Play::with_bela(&[]);
    play.run([attention(true), at_bottom(true), live(1), command(Command::Close), closed(1006)]);
    play.reconnect();
    play.check([conversations(1, 1)], [MARK]);
    assert_eq!(unread(&play), (0, 0));
    play.check([marked()], []);
}

#[test]
fn a_lost_mark_is_not_made_again_where_something_unseen_would_be_marked_too() {
    let mut play = Play::with_bela(&[]);
    play.run([attention(true), at_bottom(true), live(1), command(Command::Close), closed(1006)]);
    play.reconnect();
    play.check([conversations(2, 2)], []);
    assert_eq!(unread(&play), (2, 2));
}

/// Behaviour 9.
#[test]
fn a_count_that_was_made_before_one_has_read_does_not_bring_it_back() {
    let mut play = Play::with_bela(&[]);
    play.run([closed(1006)]);
    play.reconnect();
    play.run([history("bela", &[]), attention(true), live(1)]);
    play.check([at_bottom(true), marked(), conversations(1, 1)], [MARK]);
    assert_eq!(unread(&play), (0, 0));
}

#[test]
fn the_confirmation_of_ones_mark_does_not_read_what_came_after_it() {
    let mut play = Play::with_bela(&[]);
    play.run([attention(true), at_bottom(true), live(1), at_bottom(false), live(2)]);
    play.check([marked()], ["GET /messages/conversations"]);
    assert_eq!(unread(&play), (1, 1), "only the server knows");
    play.run([conversations(0, 2)]);
    assert_eq!(unread(&play), (0, 0));
}

#[test]
fn read_in_another_place_is_read_here() {
    let mut play = Play::with_bela(&[]);
    play.run([live(1), live(2)]);
    assert_eq!(unread(&play), (2, 2));
    play.run([marked()]);
    assert_eq!(unread(&play), (0, 0));
}

#[test]
fn a_message_is_counted_once_whoever_tells_of_it_first() {
    let mut counted_first = Play::chatting();
    counted_first.run([closed(1006)]);
    counted_first.reconnect();
    counted_first.run([conversations(1, 1), live(1), live(1)]);
    assert_eq!(unread(&counted_first), (1, 1));
    let mut told_first = Play::chatting();
    told_first.run([closed(1006)]);
    told_first.reconnect();
    told_first.run([live(1), conversations(1, 1)]);
    assert_eq!(unread(&told_first), (1, 1));
}

#[test]
fn a_message_that_the_history_shows_first_is_unread_and_marked_all_the_same() {
    let message = stored("1", "bela", "me", "hi", 1);
    let mut play = Play::with_bela(std::slice::from_ref(&message));
    play.check([live(1)], []);
    assert_eq!(unread(&play), (1, 1));
    let mut play = Play::chatting();
    play.run([attention(true), open("bela"), at_bottom(true)]);
    play.check([history("bela", &[message]), live(1)], [MARK]);
    assert_eq!(unread(&play), (0, 0));
}

#[test]
fn what_is_read_already_is_not_marked() {
    let mut play = Play::chatting();
    play.run([attention(true), open("bela"), at_bottom(true)]);
    play.check([history("bela", &[read_message(1)])], []);
}

#[test]
fn a_server_that_does_not_count_per_conversation_is_asked_for_its_count_in_all() {
    let mut play = Play::entered(None);
    play.greet();
    let row = json!({ "user": { "_id": "bela", "username": "béla" }, "lastMessage": "hi" });
    let rows = || answer("GET /messages/conv", 200, json!({ "conversations": [row] }));
    let count =
        |count: u64| answer("GET /messages/unread/count", 200, json!({ "unreadCount": count }));
    play.check([rows()], ["GET /messages/unread/count"]);
    assert_eq!(play.run([count(5)]).unread, 5);
    // What comes while it counts is counted afterwards, once.
    play.check(
        [live(1), live(2), live(3)],
        ["GET /messages/unread/count", "announce bela", "announce bela", "announce bela"],
    );
    play.check([count(6)], ["GET /messages/unread/count"]);
    assert_eq!(play.run([count(8)]).unread, 8);
    play.run([attention(true), open("bela"), at_bottom(true)]);
    play.check([history("bela", &[stored("3", "bela", "me", "hi", 3)])], [MARK]);
    play.check([marked()], ["GET /messages/unread/count"]);
    assert_eq!(play.run([count(0)]).unread, 0);
}

#[test]
fn a_read_mark_of_theirs_covers_all_that_was_stored_before_it_and_nothing_after() {
    let own = |id: &str, seconds: i64| stored(id, "me", "bela", id, seconds);
    let mut play = Play::with_bela(&[own("1", 1), own("2", 2), own("3", 3)]);
    let read = frame("messages_read", json!({ "readBy": "bela", "readAt": 2_500 }));
    assert_eq!(play.run([read]).lines(), ["1 (read)", "2 (read)", "3 (sent)"]);
    play.run([closed(1006)]);
    play.reconnect();
    let mut last = own("4", 4);
    last["status"] = "read".into();
    let page = json!({ "messages": [own("3", 3), last], "pagination": { "pages": 2 } });
    let picture = play.run([answer("GET /messages/bela?", 200, page)]);
    assert_eq!(picture.lines(), ["1 (read)", "2 (read)", "3 (read)", "4 (read)"]);
}

#[test]
fn a_mark_that_a_call_could_not_make_is_found_out_by_the_next_count() {
    let mut play = Play::with_bela(&[]);
    play.run([closed(1006)]);
    for _ in 0..5 {
        play.run([command(Command::ReconnectNow), closed(1006)]);
    }
    let message = stored("1", "bela", "me", "hi", 1);
    play.run([attention(true), conversations(1, 1), history("bela", &[message])]);
    play.check([at_bottom(true)], ["PUT /messages/read/bela {}"]);
    play.run([fails("PUT /messages/read/bela", Outcome::NoNetwork), closed(1006)]);
    play.check([conversations(1, 1)], ["PUT /messages/read/bela {}"]);
    assert_eq!(unread(&play), (0, 0));
}

/// The line before what is new stands before this message.
fn divided(play: &Play) -> Option<String> {
    let picture = &play.picture;
    let row = picture.conversation.as_ref()?.new_from?;
    Some(picture.rows[&row].content.clone())
}

fn says(number: i64, text: &str) -> Step {
    new_message(&number.to_string(), "bela", text, number)
}

/// Behaviour 11.
#[test]
fn a_line_stands_before_what_was_unread_when_one_came_until_one_answers_or_leaves() {
    let mut play = Play::with_bela(&[]);
    play.run([attention(true), open("ada"), history("ada", &[]), says(1, "a"), says(2, "b")]);
    play.run([open("bela")]);
    assert_eq!(divided(&play), Some("a".into()), "before anything is drawn at its bottom");
    play.check([at_bottom(true)], [MARK]);
    play.run([marked(), says(3, "c"), at_bottom(false), at_bottom(true), marked()]);
    assert_eq!(divided(&play), Some("a".into()), "it stands still while one reads");
    play.run([crate::support::send("ada", "not to her")]);
    assert_eq!(divided(&play), Some("a".into()));
    play.run([crate::support::send("bela", "hi")]);
    assert_eq!(divided(&play), None, "one has answered");

    play.run([open("ada"), says(4, "d"), open("bela"), at_bottom(true), marked()]);
    assert_eq!(divided(&play), Some("d".into()));
    play.run([open("ada"), open("bela")]);
    assert_eq!(divided(&play), None, "one has come back");
}

/// Behaviour 11.
#[test]
fn what_comes_while_one_looks_is_not_new_and_what_comes_meanwhile_is() {
    let mut play = Play::with_bela(&[]);
    play.run([attention(true), at_bottom(true), says(1, "a"), marked()]);
    assert_eq!(divided(&play), None);
    play.run([attention(false), says(2, "b"), says(3, "c")]);
    assert_eq!(divided(&play), Some("b".into()));
    play.run([attention(true), marked(), says(4, "d"), marked()]);
    assert_eq!(divided(&play), Some("b".into()));
    play.run([at_bottom(false), says(5, "e"), says(6, "f")]);
    assert_eq!(divided(&play), Some("e".into()), "what one has not scrolled to is new");
}

#[test]
fn the_line_waits_for_the_history_that_it_stands_in() {
    let mut play = Play::entered(None);
    play.run([conversations(60, 70)]);
    play.greet();
    play.run([conversations(60, 70), attention(true), open("bela"), at_bottom(true)]);
    let page = |numbers: std::ops::RangeInclusive<i64>| {
        let rows: Vec<Value> = numbers
            .map(|number| stored(&number.to_string(), "bela", "me", &format!("m{number}"), number))
            .collect();
        let pages = json!({ "pages": 2, "limit": 50 });
        answer("GET /messages/bela?", 200, json!({ "messages": rows, "pagination": pages }))
    };
    play.run([page(21..=70)]);
    assert_eq!(divided(&play), None, "the first of sixty is not here yet");
    play.run([command(Command::LoadOlder), page(1..=20)]);
    play.run([command(Command::Look(Around::Place(0)))]);
    assert_eq!(divided(&play), Some("m11".into()));
}

/// Behaviour 11.
#[test]
fn what_is_read_in_another_place_meanwhile_does_not_move_the_line() {
    let mut play = Play::with_bela(&[]);
    play.run([attention(false), says(1, "a"), says(2, "b")]);
    let read_to = json!({ "senderId": "bela", "markedCount": 1, "readAt": 1_000 });
    play.run([frame("mark_read_success", read_to)]);
    assert_eq!(unread(&play), (1, 1));
    assert_eq!(divided(&play), Some("a".into()));
}
