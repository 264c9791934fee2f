//! Of what the person is notified, and when that goes.

use chinwag_protocol::Token;
use chinwag_session::{Command, Input};
use serde_json::{Value, json};

use crate::support::{
    Play, Step, answer, closed, command, event, frame, history, input, later, new_message, open,
    sent, stored, tells,
};

fn attention(is: bool) -> Step {
    input(Input::Attention(is))
}

fn at_bottom() -> Step {
    command(Command::Stand(None))
}

fn says(number: i64, text: &str) -> Step {
    new_message(&number.to_string(), "bela", text, number)
}

fn marked() -> Step {
    frame("mark_read_success", json!({ "senderId": "bela", "markedCount": 1 }))
}

/// A message as it is told live, from oneself to béla or the other way round.
fn told(id: &str, mine: bool, seconds: i64) -> Value {
    let (from, to) = if mine { ("me", "bela") } else { ("bela", "me") };
    json!({ "messageId": id, "senderId": from, "receiverId": to, "content": "hi",
        "createdAt": seconds * 1_000 })
}

/// What the person was notified of while this happened.
#[track_caller]
fn notified(play: &mut Play, script: impl IntoIterator<Item = Step>) -> Vec<String> {
    play.notified.clear();
    play.run(script);
    std::mem::take(&mut play.notified)
}

const NOTHING: [&str; 0] = [];

#[test]
fn a_message_that_is_not_seen_is_notified_of() {
    let mut play = Play::with_bela(&[]);
    let not_looking = notified(&mut play, [says(1, "hidden or without the focus")]);
    assert_eq!(not_looking, ["bela (bela): hidden or without the focus!"]);
    play.run([attention(true), open("ada"), history("ada", &[])]);
    let another = notified(&mut play, [later(5_000), says(2, "another conversation is open")]);
    assert_eq!(another, ["bela (bela): another conversation is open!"]);
    play.run([command(Command::Close)]);
    let none = notified(&mut play, [later(5_000), says(3, "none is open")]);
    assert_eq!(none, ["bela (bela): none is open!"]);
}

#[test]
fn what_one_looks_at_is_not_notified_of() {
    let mut play = Play::with_bela(&[]);
    play.run([attention(true), at_bottom()]);
    assert_eq!(notified(&mut play, [says(1, "hi"), marked(), says(2, "ho"), marked()]), NOTHING);
    // One has scrolled up: the count below tells of it.
    play.run([command(Command::Stand(Some((chinwag_session::RowKey(1), 0))))]);
    assert_eq!(notified(&mut play, [says(3, "ha")]), NOTHING);
}

#[test]
fn a_message_that_comes_twice_is_notified_of_once() {
    let mut play = Play::chatting();
    assert_eq!(notified(&mut play, [says(1, "hi"), says(1, "hi")]).len(), 1);
}

#[test]
fn what_is_old_ones_own_or_read_already_is_not_notified_of() {
    let mut play = Play::extended_with_bela(&[stored("1", "bela", "me", "hi", 1)]);
    let mut read = told("9", false, 9);
    read["isRead"] = true.into();
    let script = [
        // A history was faster.
        tells(event(6, "new_message", told("1", false, 1))),
        sent("2", "bela", "an echo", 2),
        tells(event(7, "new_message", told("3", true, 3))),
        tells(event(8, "new_message", read)),
    ];
    assert_eq!(notified(&mut play, script), NOTHING);
    // What was missed is caught up with.
    play.reconnect_extended(9);
    let missed = event(9, "new_message", told("10", false, 10));
    let missed = json!({ "events": [missed], "next": 9, "hasMore": false });
    assert_eq!(notified(&mut play, [answer("GET /sync?", 200, missed)]), NOTHING);
    assert_eq!(play.picture.person("bela").unread, 2);
    play.run([open("ada")]);
    let history = history("ada", &[stored("11", "ada", "me", "hi", 11)]);
    assert_eq!(notified(&mut play, [history]), NOTHING);
}

#[test]
fn what_comes_late_and_is_read_by_then_is_not_notified_of() {
    let mut play = Play::chatting();
    play.run([says(5, "hi"), marked()]);
    assert_eq!(notified(&mut play, [says(3, "overtaken")]), NOTHING);
}

#[test]
fn of_a_burst_only_the_first_is_heard() {
    let mut play = Play::chatting();
    let burst = [says(1, "a"), later(1_000), says(2, "b"), later(999), says(3, "c")];
    assert_eq!(
        notified(&mut play, burst),
        ["bela (bela): a!", "bela (bela): b.", "bela (bela): c."]
    );
    assert_eq!(notified(&mut play, [later(1), says(4, "d")]), ["bela (bela): d!"]);
}

#[test]
fn of_a_long_text_there_is_its_beginning() {
    let mut play = Play::chatting();
    let text = "é".repeat(500);
    let expected = format!("bela (bela): {}!", "é".repeat(200));
    assert_eq!(notified(&mut play, [says(1, &text)]), [expected]);
}

#[test]
fn a_notification_goes_when_its_conversation_is_read_and_others_stay() {
    let mut play = Play::with_bela(&[]);
    play.run([says(1, "hi"), new_message("2", "ada", "ho", 2)]);
    let read_here = notified(&mut play, [attention(true), at_bottom()]);
    assert_eq!(read_here, [r#"none but of ["ada"]"#]);
    assert_eq!(notified(&mut play, [marked()]), NOTHING, "it is gone already");
}

#[test]
fn a_notification_goes_when_its_conversation_is_read_in_another_place() {
    let mut play = Play::with_bela(&[]);
    play.run([says(1, "hi"), says(2, "ho")]);
    let some = json!({ "senderId": "bela", "markedCount": 1, "readAt": 1_000 });
    let read_partly = [frame("mark_read_success", some)];
    assert_eq!(notified(&mut play, read_partly), NOTHING, "one is not read");
    let all = json!({ "senderId": "bela", "markedCount": 1, "readAt": 2_000 });
    assert_eq!(notified(&mut play, [frame("mark_read_success", all)]), ["none but of []"]);
}

#[test]
fn what_was_read_while_no_page_was_open_goes_with_the_first_count() {
    let mut play = Play::entered(None);
    let row = |name: &str, unread: u64| json!({ "user": { "_id": name }, "unreadCount": unread, "lastMessage": "hi" });
    let rows = json!({ "conversations": [row("bela", 2), row("ada", 0)] });
    let counted = notified(&mut play, [answer("GET /messages/conv", 200, rows)]);
    assert_eq!(counted, [r#"none but of ["bela"]"#]);
    // A base server that does not count says nothing of them.
    let mut play = Play::entered(None);
    let rows = json!({ "conversations": [{ "user": { "_id": "bela" }, "lastMessage": "hi" }] });
    assert_eq!(notified(&mut play, [answer("GET /messages/conv", 200, rows)]), NOTHING);
}

#[test]
fn nothing_of_a_person_is_left_who_signs_out() {
    let mut play = Play::chatting();
    play.run([says(1, "hi")]);
    assert_eq!(notified(&mut play, [command(Command::SignOut)]), ["none but of []"]);
    let mut play = Play::new();
    play.run([input(Input::Begin { token: None, route: None, me: None })]);
    assert_eq!(notified(&mut play, [command(Command::SignOut)]), NOTHING);
}

/// A tab that leads and one that follows, both with béla open.
fn two_tabs() -> [Play; 2] {
    let mut following = Play::in_another_tab(8);
    following.run([
        input(Input::Begin { token: Some(Token::from("tok-1")), route: None, me: None }),
        answer("GET /auth/me", 200, json!({ "user": { "_id": "me", "username": "me" } })),
    ]);
    let mut tabs = [Play::with_bela(&[]), following];
    hear(&mut tabs);
    tabs[1].run([open("bela"), history("bela", &[])]);
    hear(&mut tabs);
    tabs
}

/// Each tab hears what the other has said, until nothing more is.
fn hear(tabs: &mut [Play; 2]) {
    while let Some(by) = tabs.iter().position(|tab| !tab.told.is_empty()) {
        for text in std::mem::take(&mut tabs[by].told) {
            tabs[1 - by].run([input(Input::Heard(text))]);
        }
    }
}

/// What either tab has notified of while this happened in one of them.
#[track_caller]
fn notified_by_both(
    tabs: &mut [Play; 2],
    tab: usize,
    script: impl IntoIterator<Item = Step>,
) -> [Vec<String>; 2] {
    for tab in tabs.iter_mut() {
        tab.notified.clear();
    }
    tabs[tab].run(script);
    hear(tabs);
    tabs.each_mut().map(|tab| std::mem::take(&mut tab.notified))
}

const NEITHER: [Vec<String>; 2] = [Vec::new(), Vec::new()];

#[test]
fn only_the_tab_that_leads_notifies_and_takes_away() {
    let mut tabs = two_tabs();
    let [leading, following] = notified_by_both(&mut tabs, 0, [says(1, "hi")]);
    assert_eq!((leading.len(), following.len()), (1, 0));
    let reads = notified_by_both(&mut tabs, 1, [attention(true), at_bottom()]);
    assert_eq!(reads, NEITHER);
    let read = notified_by_both(&mut tabs, 0, [marked()]);
    assert_eq!(read, [vec!["none but of []".to_owned()], vec![]]);
}

#[test]
fn what_one_looks_at_in_another_tab_is_not_notified_of() {
    let mut tabs = two_tabs();
    notified_by_both(&mut tabs, 1, [attention(true)]);
    assert_eq!(notified_by_both(&mut tabs, 0, [says(1, "seen there")]), NEITHER);
    let [other, _] = notified_by_both(&mut tabs, 0, [new_message("9", "ada", "not there", 9)]);
    assert_eq!(other.len(), 1);
    notified_by_both(&mut tabs, 1, [attention(false)]);
    let [away, _] = notified_by_both(&mut tabs, 0, [says(2, "seen by nobody")]);
    assert_eq!(away.len(), 1);
}

#[test]
fn a_tab_that_is_killed_while_one_looks_at_it_is_not_looked_at_for_ever() {
    let mut tabs = two_tabs();
    notified_by_both(&mut tabs, 1, [attention(true)]);
    // It says no more.
    tabs[0].run([open("ada"), history("ada", &[]), attention(true), attention(false)]);
    assert_eq!(notified(&mut tabs[0], [says(1, "hi")]).len(), 1);
}

#[test]
fn a_tab_that_leads_later_knows_what_one_looks_at() {
    let [_, mut looking] = two_tabs();
    looking.run([attention(true)]);
    let mut behind = Play::in_another_tab(9);
    behind.run([
        input(Input::Begin { token: Some(Token::from("tok-1")), route: None, me: None }),
        answer("GET /auth/me", 200, json!({ "user": { "_id": "me", "username": "me" } })),
    ]);
    // The tab that has led is gone by now.
    let mut tabs = [behind, looking];
    tabs[1].told.clear();
    hear(&mut tabs);
    tabs[0].run([input(Input::Leads)]);
    tabs[0].greet();
    hear(&mut tabs);
    assert_eq!(notified_by_both(&mut tabs, 0, [says(1, "seen there")]), NEITHER);
    tabs[1].run([closed(1006)]);
    notified_by_both(&mut tabs, 1, [attention(false)]);
    let [away, _] = notified_by_both(&mut tabs, 0, [says(2, "seen by nobody")]);
    assert_eq!(away.len(), 1);
}
