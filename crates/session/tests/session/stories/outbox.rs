//! Sending: nothing lost, nothing twice, nothing out of order.

use chinwag_protocol::{ClientFrame, UserId};
use chinwag_session::{Around, Command, Input, Outcome, RowKey};
use serde_json::{Value, json};

use crate::support::{
    Play, Step, answer, at, closed, command, deadline, edit, fails, frame, history, input, later,
    new_message, open, send, sent, stored, told_by,
};

fn say(text: &str) -> String {
    format!("say {}", ClientFrame::text(UserId::from("bela"), text).encode())
}

/// The frames that were said since the last look.
#[track_caller]
fn says(play: &mut Play, script: impl IntoIterator<Item = Step>, texts: &[&str]) {
    let said = play.said(script);
    let texts: Vec<String> = texts.iter().map(|text| say(text)).collect();
    assert_eq!(said, texts);
}

fn mine(id: &str, text: &str, seconds: i64) -> Value {
    stored(id, "me", "bela", text, seconds)
}

#[test]
fn a_message_shows_at_once_and_how_far_it_has_come() {
    let mut play = Play::with_bela(&[]);
    says(&mut play, [send("bela", "  hi \n")], &["hi"]);
    let key = play.picture.order[0];
    assert_eq!(play.picture.lines(), ["hi (sending)"]);
    assert_eq!(play.run([sent("1", "bela", "hi", 1)]).lines(), ["hi (sent)"]);
    let delivered = frame("message_delivered", json!({ "messageId": "1" }));
    assert_eq!(play.run([delivered]).lines(), ["hi (delivered)"]);
    let read = frame("messages_read", json!({ "readBy": "bela", "readAt": 2_000 }));
    assert_eq!(play.run([read]).lines(), ["hi (read)"]);
    assert_eq!(play.picture.order, [key], "it is the same row all the way");
    assert_eq!(play.picture.person("bela").preview, Some((true, "hi".to_owned())));
}

#[test]
fn a_receipt_that_is_faster_than_the_answer_is_not_lost() {
    let mut play = Play::with_bela(&[]);
    let delivered = frame("message_delivered", json!({ "messageId": "1" }));
    let picture = play.run([send("bela", "hi"), delivered, sent("1", "bela", "hi", 1)]);
    assert_eq!(picture.lines(), ["hi (delivered)"]);
}

#[test]
fn the_next_message_to_somebody_follows_the_answer_to_the_one_before() {
    let mut play = Play::with_bela(&[]);
    says(&mut play, [send("bela", "a"), send("bela", "b"), send("bela", "c")], &["a"]);
    says(&mut play, [sent("1", "bela", "a", 1)], &["b"]);
    says(&mut play, [sent("2", "bela", "b", 2)], &["c"]);
    assert_eq!(play.picture.lines(), ["a (sent)", "b (sent)", "c (sending)"]);
}

#[test]
fn two_equal_texts_are_two_messages() {
    let mut play = Play::with_bela(&[]);
    says(&mut play, [send("bela", "a"), send("bela", "a")], &["a"]);
    says(&mut play, [sent("1", "bela", "a", 1)], &["a"]);
    says(&mut play, [sent("1", "bela", "a", 1)], &[]);
    assert_eq!(play.picture.lines(), ["a (sent)", "a (sending)"]);
    assert_eq!(play.run([sent("2", "bela", "a", 2)]).lines(), ["a (sent)", "a (sent)"]);
}

/// Behaviour 4.
#[test]
fn the_destination_is_bound_when_the_text_is_typed() {
    let mut play = Play::with_bela(&[]);
    play.run([open("ada"), history("ada", &[])]);
    says(&mut play, [send("bela", "for béla")], &["for béla"]);
    assert!(play.picture.order.is_empty());
    assert_eq!(play.run([open("bela")]).lines(), ["for béla (sending)"]);
}

#[test]
fn what_is_typed_without_a_connection_goes_out_in_order_after_it_is_back() {
    let mut play = Play::with_bela(&[]);
    says(&mut play, [closed(1006), send("bela", "a"), send("bela", "b")], &[]);
    assert_eq!(play.picture.lines(), ["a (waiting)", "b (waiting)"]);
    play.reconnect();
    assert_eq!(play.picture.lines(), ["a (sending)", "b (sending)"]);
    says(&mut play, [history("bela", &[])], &["a"]);
    says(&mut play, [sent("1", "bela", "a", 1)], &["b"]);
}

#[test]
fn a_message_to_somebody_whose_conversation_was_never_opened_waits_for_its_history() {
    let mut play = Play::chatting();
    says(&mut play, [send("bela", "a")], &[]);
    says(&mut play, [history("bela", &[])], &["a"]);
}

#[test]
fn a_message_goes_out_though_the_history_cannot_be_read() {
    let mut play = Play::chatting();
    says(&mut play, [send("bela", "a"), fails("GET /messages/bela?", Outcome::TimedOut)], &["a"]);
}

/// Behaviour 1 and 2.
#[test]
fn stored_and_the_answer_lost_it_is_found_in_the_history_and_not_sent_twice() {
    let mut play = Play::with_bela(&[]);
    play.run([send("bela", "a"), send("bela", "b"), closed(1006)]);
    assert_eq!(play.picture.lines(), ["a (waiting)", "b (waiting)"]);
    let key = play.picture.order[0];
    play.reconnect();
    says(&mut play, [history("bela", &[mine("1", "a", 1)])], &["b"]);
    assert_eq!(play.picture.lines(), ["a (sent)", "b (sending)"]);
    assert_eq!(play.picture.order[0], key);
}

#[test]
fn not_stored_when_the_connection_broke_it_is_sent_once_again() {
    let mut play = Play::with_bela(&[mine("1", "a", 1)]);
    play.run([send("bela", "a"), closed(1006)]);
    play.reconnect();
    // The equal text of before is no answer.
    says(&mut play, [history("bela", &[mine("1", "a", 1)])], &["a"]);
    assert_eq!(play.picture.lines(), ["a (sent)", "a (sending)"]);
}

#[test]
fn an_equal_text_in_a_history_that_could_not_be_read_before_is_no_answer() {
    let mut play = Play::chatting();
    let online = frame("online_users", json!({ "users": [], "timestamp": 500_000 }));
    play.run([online, open("bela"), fails("GET /messages/bela?", Outcome::NoNetwork)]);
    says(&mut play, [send("bela", "a"), closed(1006)], &["a"]);
    play.reconnect();
    says(&mut play, [history("bela", &[mine("1", "a", 1)])], &["a"]);
}

#[test]
fn an_answered_message_does_not_answer_the_next_equal_one_when_the_history_is_read_afresh() {
    let mut play = Play::chatting();
    play.run([open("bela"), fails("GET /messages/bela?", Outcome::NoNetwork)]);
    play.run([send("bela", "a"), sent("1", "bela", "a", 1)]);
    says(&mut play, [send("bela", "a"), closed(1006)], &["a"]);
    play.reconnect();
    says(&mut play, [history("bela", &[mine("1", "a", 1)])], &["a"]);
}

#[test]
fn the_history_is_read_back_to_where_the_message_left() {
    let mut play = Play::chatting();
    let online = frame("online_users", json!({ "users": [], "timestamp": 500 }));
    play.run([online, open("bela"), fails("GET /messages/bela?", Outcome::NoNetwork)]);
    play.run([send("bela", "a"), closed(1006)]);
    play.reconnect();
    let page = |message: Value| {
        answer(
            "GET /messages/bela?",
            200,
            json!({ "messages": [message],
            "pagination": { "limit": 1, "pages": 9 } }),
        )
    };
    says(&mut play, [page(stored("2", "bela", "me", "b", 2))], &[]);
    assert_eq!(play.picture.lines(), ["b", "a (sending)"]);
    assert_eq!(play.run([page(mine("1", "a", 1))]).lines(), ["a (sent)", "b"]);
}

#[test]
fn no_answer_in_time_is_looked_up_in_the_history() {
    for there in [true, false] {
        let mut play = Play::with_bela(&[]);
        play.run([at(1_000), send("bela", "a")]);
        play.check([deadline()], ["GET /messages/bela?page=1&limit=50"]);
        assert_eq!(play.now, 11_000);
        let message = mine("1", "a", 1);
        let found = if there { std::slice::from_ref(&message) } else { &[] };
        let picture = play.run([history("bela", found)]);
        let expected = if there { "a (sent)" } else { "a (failed: NotStored)" };
        assert_eq!(picture.lines(), [expected]);
    }
}

#[test]
fn no_answer_on_a_connection_that_was_dead_is_no_failure() {
    let mut play = Play::with_bela(&[]);
    play.run([later(14_000), send("bela", "a"), deadline()]);
    play.run([fails("GET /messages/bela?", Outcome::NoNetwork), deadline(), closed(1006)]);
    play.reconnect();
    says(&mut play, [history("bela", &[])], &["a"]);
}

#[test]
fn an_error_fails_the_message_on_its_way_once_the_history_lacks_it() {
    let mut play = Play::with_bela(&[]);
    let error = || frame("error", json!({ "message": "Receiver not found" }));
    let picture = play.run([send("bela", "a"), error()]);
    assert_eq!(picture.said(), Some(&told_by("Receiver not found")));
    assert_eq!(picture.lines(), ["a (sending)"], "the error may belong to something else");
    play.run([deadline(), history("bela", &[])]);
    assert_eq!(play.picture.lines(), ["a (failed: Receiver not found)"]);
    // It holds nothing up, and an answer that comes after all heals it.
    says(&mut play, [send("bela", "b")], &["b"]);
    play.run([sent("1", "bela", "a", 1)]);
    assert_eq!(play.picture.lines(), ["a (sent)", "b (sending)"]);
}

/// Behaviour 3.
#[test]
fn a_failed_message_is_retried_after_a_look_at_the_history_or_discarded() {
    let mut play = Play::with_bela(&[]);
    let refuse = |play: &mut Play| {
        play.run([frame("error", json!({ "message": "no" })), deadline(), history("bela", &[])])
            .order[0]
    };
    play.run([send("bela", "a")]);
    let row: RowKey = refuse(&mut play);
    play.check([command(Command::Retry(row))], ["GET /messages/bela?page=1&limit=50"]);
    says(&mut play, [history("bela", &[])], &["a"]);
    let row = refuse(&mut play);
    assert_eq!(play.run([command(Command::Discard(row))]).lines(), Vec::<String>::new());
    says(&mut play, [command(Command::Retry(row)), later(60_000), input(Input::Tick)], &[]);
}

#[test]
fn a_discard_or_a_retry_of_what_has_not_failed_changes_nothing() {
    let mut play = Play::with_bela(&[]);
    let row = play.run([send("bela", "a")]).order[0];
    play.check([command(Command::Discard(row)), command(Command::Retry(row))], []);
    assert_eq!(play.picture.lines(), ["a (sending)"]);
}

/// Behaviour 9.
#[test]
fn ones_own_message_from_another_device_is_ones_own_and_not_unread() {
    let mut play = Play::with_bela(&[]);
    let there = frame(
        "new_message",
        json!({ "messageId": "1", "senderId": "me", "receiverId": "bela",
        "content": "from my phone", "createdAt": 1_000 }),
    );
    let picture = play.check([there], []);
    assert_eq!((picture.lines(), picture.unread), (vec!["from my phone (sent)".into()], 0));
}

#[test]
fn a_message_on_its_way_stays_below_what_is_stored_and_then_takes_the_servers_place() {
    let mut play = Play::with_bela(&[]);
    play.run([send("bela", "mine"), new_message("2", "bela", "theirs", 5)]);
    assert_eq!(play.picture.lines(), ["theirs", "mine (sending)"]);
    let picture = play.run([sent("1", "bela", "mine", 4)]);
    assert_eq!(picture.lines(), ["mine (sent)", "theirs"]);
}

/// Behaviour 3.
#[test]
fn a_draft_is_kept_per_conversation_and_gone_once_sent() {
    let mut play = Play::with_bela(&[]);
    let draft = |play: &mut Play, with: &str| {
        play.run([open(with)]).conversation.as_ref().unwrap().draft.clone()
    };
    play.run([edit("bela", "dear b"), open("ada"), edit("ada", "dear a")]);
    assert_eq!(draft(&mut play, "bela"), "dear b");
    assert_eq!(draft(&mut play, "ada"), "dear a");
    play.run([send("ada", "dear a")]);
    play.run([command(Command::Close)]);
    assert_eq!(draft(&mut play, "ada"), "");
    assert_eq!(draft(&mut play, "bela"), "dear b");
}

#[test]
fn what_was_begun_elsewhere_is_told_in_the_list() {
    let mut play = Play::with_bela(&[]);
    let begun = |play: &Play| ["ada", "bela"].map(|who| play.picture.person(who).draft.clone());
    play.run([open("bela"), edit("bela", " dear b ")]);
    assert_eq!(begun(&play), ["", ""], "one sees it in the field");
    play.run([open("ada")]);
    assert_eq!(begun(&play), ["", "dear b"]);
    play.run([edit("ada", "dear a"), open("bela")]);
    assert_eq!(begun(&play), ["dear a", ""]);
    play.run([edit("bela", ""), open("ada")]);
    assert_eq!(begun(&play), ["", ""]);
}

#[test]
fn nothing_and_nothing_to_oneself_is_sent() {
    let mut play = Play::chatting();
    play.check([send("bela", " \n "), send("me", "hi")], []);
    let oneself = UserId::from("me");
    play.run([sent("1", "me", "hi", 1), frame("mark_read_success", json!({ "senderId": "me" }))]);
    assert!(!play.picture.persons.contains_key(&oneself));
}

/// RFC 6455 §7.4.1. Sent again, it would break every connection.
#[test]
fn a_text_that_is_too_long_for_the_server_fails_with_words_and_is_not_sent_for_ever() {
    let mut play = Play::with_bela(&[]);
    says(&mut play, [send("bela", "long")], &["long"]);
    play.run([closed(1009)]);
    assert_eq!(play.picture.lines(), ["long (failed: TooLong)"]);
    play.reconnect();
    says(&mut play, [history("bela", &[])], &[]);
    let row = play.picture.order[0];
    play.check([command(Command::Copy(row))], ["copy long"]);
}

/// Behaviour 1 and 3: a tab may be killed the moment Enter was pressed.
#[test]
fn a_message_is_on_disk_before_it_leaves_and_goes_when_the_server_has_it() {
    let mut play = Play::with_bela(&[]);
    play.disk_works = false;
    play.run([send("bela", "kept nowhere")]);
    assert!(play.picture.notice.is_some(), "one is told");
    play.run([sent("1", "bela", "kept nowhere", 1)]);
    play.disk_works = true;
    play.run([send("bela", "hi"), closed(1006)]);
    assert_eq!(play.disk.len(), 1);
    let mut next = Play::new();
    next.disk.clone_from(&play.disk);
    let token = Some(chinwag_protocol::Token::from("tok-1"));
    next.run([
        input(Input::Begin { token, route: Some("bela".into()), me: None }),
        answer("GET /auth/me", 200, json!({ "user": { "_id": "me", "username": "me" } })),
    ]);
    assert_eq!((next.picture.lines(), next.picture.waiting), (vec!["hi (waiting)".into()], 1));
    next.greet();
    // It has left: only the history can tell whether it came. Of two that were asked for the first is overtaken.
    let there = [mine("1", "kept nowhere", 1), mine("2", "hi", 2)];
    says(&mut next, [history("bela", &there), history("bela", &there)], &[]);
    assert_eq!(next.picture.lines(), ["kept nowhere (sent)", "hi (sent)"]);
    assert!(next.disk.is_empty(), "{:?}", next.disk);
}

#[test]
fn how_many_wait_is_told_and_the_failed_are_not_among_them() {
    let mut play = Play::with_bela(&[]);
    play.run([closed(1006), send("bela", "a"), send("bela", "b"), send("ada", "c")]);
    assert_eq!(play.picture.waiting, 3);
    play.reconnect();
    play.run([history("bela", &[]), frame("error", json!({ "message": "no" })), deadline()]);
    play.run([history("bela", &[])]);
    assert_eq!(play.picture.waiting, 2);
}

#[test]
fn a_disk_that_could_not_be_read_is_asked_again_and_then_given_what_waits() {
    let mut play = Play::new();
    play.disk_works = false;
    let token = Some(chinwag_protocol::Token::from("tok-1"));
    play.run([
        input(Input::Begin { token, route: None, me: None }),
        answer("GET /auth/me", 200, json!({ "user": { "_id": "me", "username": "me" } })),
        send("bela", "hi"),
    ]);
    play.disk_works = true;
    play.run([later(10_000), input(Input::Tick)]);
    assert_eq!(play.disk.len(), 1, "{:?}", play.disk);
}

/// A page of the history with béla, of two messages stored at these seconds, of forty such pages.
fn page(messages: &[Value; 2]) -> Step {
    let pagination = json!({ "limit": 2, "pages": 40 });
    let data = json!({ "messages": messages, "pagination": pagination });
    answer("GET /messages/bela?", 200, data)
}

fn theirs(seconds: i64) -> Value {
    stored(&seconds.to_string(), "bela", "me", "b", seconds)
}

/// Sent at that second, before anything was known of the history or of the server's clock, and the answer is lost.
fn sent_blindly(second: u64) -> Play {
    let mut play = Play::chatting();
    play.run([open("bela"), fails("GET /messages/bela?", Outcome::NoNetwork), at(second * 1_000)]);
    says(&mut play, [send("bela", "a"), closed(1006)], &["a"]);
    play.reconnect();
    play
}

/// Twelve pages are read, more than are read at once of what was missed: none of them tells.
fn reads_twelve_pages(play: &mut Play, newest: i64) {
    for read in 0..12 {
        let at = newest - 2 * read;
        says(play, [page(&[theirs(at), theirs(at - 1)])], &[]);
        let next = format!("GET /messages/bela?page={}&limit=50", read + 2);
        assert!(play.pending().contains(&next.as_str()), "{:?}", play.pending());
    }
}

#[test]
fn what_was_sent_before_any_history_was_known_is_found_however_much_has_come_since() {
    let mut play = sent_blindly(7);
    reads_twelve_pages(&mut play, 31);
    says(&mut play, [page(&[mine("7", "a", 7), theirs(6)])], &[]);
    let lines = play.run([command(Command::Look(Around::Place(0)))]).lines();
    assert_eq!(lines.iter().filter(|line| line.starts_with('a')).collect::<Vec<_>>(), ["a (sent)"]);
}

/// The clocks are taken to agree to a day.
#[test]
fn what_is_not_there_up_to_a_day_before_it_was_typed_is_sent_again() {
    let day = 86_400;
    let mut play = sent_blindly(2 * day);
    reads_twelve_pages(&mut play, 200_000);
    let day = i64::try_from(day).unwrap();
    says(&mut play, [page(&[theirs(day + 1), theirs(day)])], &[]);
    says(&mut play, [page(&[theirs(day - 1), theirs(day - 2)])], &["a"]);
}

/// The rows of a conversation that nobody looks at are on disk alone soon: not before it is known what is among them.
#[test]
fn what_was_sent_is_looked_for_though_the_pages_come_slowly_and_one_has_gone_on() {
    let mut play = sent_blindly(7);
    play.run([open("ada"), history("ada", &[])]);
    for page in 1..=8 {
        let newest = 1_000 - page * 50;
        let messages: Vec<Value> = (newest..newest + 50).map(theirs).collect();
        let data = json!({ "messages": messages, "pagination": { "limit": 50, "pages": 40 } });
        play.run([answer("GET /messages/bela?", 200, data)]);
        for _ in 0..4 {
            play.run([later(1_000), input(Input::Tick)]);
        }
    }
    says(&mut play, [page(&[theirs(1), theirs(-86_400)])], &["a"]);
}

#[test]
fn a_server_that_gives_the_same_page_for_ever_is_not_asked_for_ever() {
    let mut play = sent_blindly(7);
    let asked =
        |play: &Play| play.pending().iter().any(|call| call.starts_with("GET /messages/bela?"));
    let mut pages = 0;
    while asked(&play) {
        pages += 1;
        assert!(pages < 20, "it asks for ever");
        says(&mut play, [page(&[theirs(9), theirs(8)])], &[]);
    }
    assert_eq!(play.picture.lines(), ["b", "b", "a (failed: NotStored)"]);
}

/// Behaviour 19: who comes back from a long way without a network sees what goes out.
#[test]
fn more_that_waits_than_is_drawn_at_first_does_not_leave_the_page_empty_when_it_has_gone() {
    let mut play = Play::with_bela(&[]);
    play.run([closed(1006), open("ada")]);
    let texts: Vec<String> = (0..60).map(|number| number.to_string()).collect();
    play.run(texts.iter().map(|text| send("bela", text)));
    play.run([open("bela")]);
    assert_eq!(play.picture.order.len(), 24);
    play.reconnect();
    play.run([history("bela", &[]), history("bela", &[])]);
    for (text, second) in texts.iter().zip(1..) {
        play.run([sent(text, "bela", text, second)]);
        assert!(play.picture.order.len() >= 24, "after {text}: {:?}", play.picture.lines());
    }
    assert_eq!(play.picture.lines().last().unwrap(), "59 (sent)");
}
