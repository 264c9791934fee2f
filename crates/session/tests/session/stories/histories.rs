//! The messages of a conversation: pages, failures, live messages beside them.

use chinwag_session::{Around, Command, Failure, ListStatus, OlderStatus, Outcome};
use serde_json::{Value, json};

use crate::support::{
    Play, Step, answer, closed, command, deadline, fails, frame, garbage, later, new_message, open,
    stored, told_by,
};

/// The answer to the oldest call for a page: béla's messages of these numbers, `pages` in all.
fn page(numbers: impl Iterator<Item = i64>, pages: u64) -> Step {
    let messages: Vec<Value> = numbers.map(theirs).collect();
    let data = json!({ "messages": messages, "pagination": { "limit": 3, "pages": pages } });
    answer("GET /messages/bela?", 200, data)
}

fn theirs(number: i64) -> Value {
    stored(&format!("m{number:03}"), "bela", "me", &number.to_string(), number)
}

fn live(number: i64) -> Step {
    new_message(&format!("m{number:03}"), "bela", &number.to_string(), number)
}

fn numbers(play: &Play) -> Vec<i64> {
    play.picture.lines().iter().map(|line| line.parse().unwrap()).collect()
}

fn older(play: &Play) -> OlderStatus {
    play.picture.conversation.as_ref().unwrap().older.clone()
}

#[test]
fn a_conversation_is_shown_in_the_order_of_time_whichever_order_its_page_has() {
    for backwards in [false, true] {
        let mut play = Play::chatting();
        let picture =
            play.check([open("bela")], ["GET /messages/bela?page=1&limit=50", "route bela"]);
        assert_eq!(picture.conversation.as_ref().unwrap().status, ListStatus::Loading);
        play.run([if backwards { page((1..3).rev(), 1) } else { page(1..3, 1) }]);
        assert_eq!((numbers(&play), older(&play)), (vec![1, 2], OlderStatus::End));
        assert_eq!(play.picture.conversation.as_ref().unwrap().status, ListStatus::Ready);
    }
}

#[test]
fn older_pages_come_one_by_one_to_the_beginning() {
    let mut play = Play::chatting();
    play.run([open("bela"), page(4..7, 3)]);
    assert_eq!(older(&play), OlderStatus::More);
    let more = || command(Command::LoadOlder);
    play.check([more(), more()], ["GET /messages/bela?page=2&limit=50"]);
    assert_eq!(older(&play), OlderStatus::Loading);
    play.run([page(1..4, 3)]);
    assert_eq!((numbers(&play), older(&play)), ((1..7).collect(), OlderStatus::More));
    play.check([more()], ["GET /messages/bela?page=3&limit=50"]);
    play.run([page(0..1, 3)]);
    assert_eq!((numbers(&play), older(&play)), ((0..7).collect(), OlderStatus::End));
    play.check([more()], []);
}

#[test]
fn new_messages_that_push_old_ones_onto_later_pages_leave_no_hole() {
    let mut play = Play::chatting();
    play.run([open("bela"), page(4..7, 3), live(7), live(8), live(9)]);
    // Three rows more are three rows further: it is the third page now.
    play.check([command(Command::LoadOlder)], ["GET /messages/bela?page=3&limit=50"]);
    // And three more have come in the meantime, so that it brings nothing: the next one is asked for.
    play.check([page(4..7, 4)], ["GET /messages/bela?page=4&limit=50"]);
    play.run([page(1..4, 4)]);
    assert_eq!(numbers(&play), (1..10).collect::<Vec<_>>());
}

/// A server counts before it reads a page, or after: what is stored in between pushes the oldest onto a page that it does not tell of.
#[test]
fn what_was_pushed_off_a_last_page_that_is_full_is_asked_for_too() {
    let mut play = Play::chatting();
    play.run([open("bela"), page(4..7, 2), command(Command::LoadOlder), page(1..4, 2)]);
    assert_eq!((numbers(&play), older(&play)), ((1..7).collect(), OlderStatus::More));
    play.check([command(Command::LoadOlder)], ["GET /messages/bela?page=3&limit=50"]);
    play.run([page(0..1, 3)]);
    assert_eq!((numbers(&play), older(&play)), ((0..7).collect(), OlderStatus::End));
}

#[test]
fn a_server_that_gives_the_same_page_for_ever_is_not_asked_for_ever() {
    let mut play = Play::chatting();
    play.run([open("bela"), page(4..7, 999), command(Command::LoadOlder)]);
    let mut asked = 0;
    while !play.pending().is_empty() {
        play.run([page(4..7, 999)]);
        asked += 1;
        assert!(asked < 20);
    }
    assert_eq!(older(&play), OlderStatus::End);
}

#[test]
fn a_history_that_fails_says_why_and_can_be_loaded_again() {
    let mut play = Play::chatting();
    let picture = play.run([open("bela"), answer("GET /messages/bela?", 500, json!("Down"))]);
    assert_eq!(picture.conversation.as_ref().unwrap().status, ListStatus::Failed(told_by("Down")));
    play.check([command(Command::Reload)], ["GET /messages/bela?page=1&limit=50"]);
    play.run([fails("GET /messages/bela?", Outcome::TimedOut)]);
    play.check([deadline()], ["GET /messages/bela?page=1&limit=50"]);
    assert_eq!(play.now, 5_000, "it is asked again by itself");
    play.run([page(1..4, 1)]);
    assert_eq!(numbers(&play), [1, 2, 3]);
    play.check([command(Command::Reload)], []);
}

#[test]
fn older_messages_that_fail_say_why_and_can_be_asked_for_again() {
    let mut play = Play::chatting();
    play.run([open("bela"), page(4..7, 2), command(Command::LoadOlder)]);
    play.run([fails("GET /messages/bela?page=2", Outcome::NoNetwork)]);
    assert_eq!(older(&play), OlderStatus::Failed(Failure::NoNetwork));
    play.check([command(Command::LoadOlder)], ["GET /messages/bela?page=2&limit=50"]);
    play.run([page(2..4, 2)]);
    assert_eq!((numbers(&play), older(&play)), ((2..7).collect(), OlderStatus::End));
}

/// Behaviour 6.
#[test]
fn a_live_message_during_a_fetch_is_one_row_whichever_is_first() {
    let mut play = Play::chatting();
    play.run([open("bela"), live(3), page(1..4, 1)]);
    assert_eq!(numbers(&play), [1, 2, 3]);
    let mut play = Play::chatting();
    play.run([open("bela"), page(1..4, 1), live(3)]);
    assert_eq!(numbers(&play), [1, 2, 3]);
}

#[test]
fn a_live_message_is_announced_once_and_its_text_where_it_is_looked_at() {
    let mut play = Play::with_bela(&[]);
    play.check([live(1), live(1)], ["announce bela: 1"]);
    play.check([new_message("2", "ada", "secret", 2)], ["announce ada"]);
}

/// The numbers of the messages before which some may be missing.
fn gaps(play: &Play) -> Vec<i64> {
    let gaps = play.picture.rows().filter(|(_, row)| row.gap);
    gaps.map(|(_, row)| row.content.parse().unwrap()).collect()
}

#[test]
fn what_was_missed_is_read_back_until_it_meets_what_a_history_had_shown() {
    let mut play = Play::chatting();
    play.run([open("bela"), page(1..4, 1), closed(1006)]);
    play.reconnect();
    play.check([page(7..10, 3)], ["GET /messages/bela?page=2&limit=50"]);
    play.check([page(4..7, 3)], ["GET /messages/bela?page=3&limit=50"]);
    play.check([page(1..4, 3)], []);
    assert_eq!(numbers(&play), (1..10).collect::<Vec<_>>());
}

#[test]
fn more_than_a_page_missed_in_an_empty_conversation_leaves_no_hole_at_its_beginning() {
    let mut play = Play::with_bela(&[]);
    play.run([closed(1006)]);
    play.reconnect();
    play.check([page(4..7, 2)], ["GET /messages/bela?page=2&limit=50"]);
    play.run([page(2..4, 2)]);
    assert_eq!((numbers(&play), older(&play)), ((2..7).collect(), OlderStatus::End));
}

#[test]
fn after_too_much_was_missed_there_is_a_gap_which_is_filled_when_it_comes_into_view() {
    let mut play = Play::chatting();
    play.run([open("bela"), page(4..7, 2), command(Command::LoadOlder), closed(1006)]);
    play.reconnect();
    // The call for an older page is still under way: it is the first in the queue.
    let late = page(1..4, 2);
    let mut from = 100;
    play.run_last(page(from..from + 3, 99));
    for _ in 0..9 {
        from -= 3;
        play.run_last(page(from..from + 3, 99));
    }
    assert_eq!((numbers(&play)[0], numbers(&play).len()), (4, 33));
    assert_eq!(gaps(&play), [73], "a hole must not pretend to be none");
    play.check([command(Command::LoadOlder)], []);
    play.run([late, command(Command::Look(Around::Place(0)))]);
    assert_eq!((numbers(&play)[0], gaps(&play)), (1, vec![73]));
    play.check([command(Command::LoadOlder)], ["GET /messages/bela?page=11&limit=50"]);
    play.run([page(70..73, 99)]);
    assert_eq!(gaps(&play), [70]);
    assert_eq!(play.picture.conversation.as_ref().unwrap().gap, OlderStatus::More);
    play.check([command(Command::LoadOlder)], ["GET /messages/bela?page=12&limit=50"]);
    play.run([page(5..70, 99), command(Command::Look(Around::Place(50)))]);
    assert_eq!((gaps(&play), numbers(&play)), (vec![], (1..103).collect()));
}

#[test]
fn of_more_than_one_could_have_read_only_the_end_is_drawn_and_who_is_elsewhere_stays_there() {
    for (at_end, first) in [(true, 43), (false, 7)] {
        let mut play = Play::chatting();
        play.run([open("bela"), page(1..31, 1)]);
        assert_eq!((numbers(&play)[0], numbers(&play).len()), (7, 24));
        let row = play.picture.order[4];
        play.run([command(Command::Stand((!at_end).then_some((row, 0)))), closed(1006)]);
        play.reconnect();
        play.run([page(1..67, 1)]);
        assert_eq!(numbers(&play), (first..67).collect::<Vec<_>>());
        assert_eq!(play.picture.around, (usize::try_from(first).unwrap() - 1, 0));
    }
}

#[test]
fn a_page_of_an_overtaken_reading_is_not_taken_for_the_newest() {
    let mut play = Play::entered(Some("bela"));
    play.greet();
    assert_eq!(play.pending().iter().filter(|call| call.contains("bela")).count(), 2);
    play.run([page(1..4, 1)]);
    assert_eq!(numbers(&play), Vec::<i64>::new());
    play.run([page(7..10, 3)]);
    assert_eq!((numbers(&play), older(&play)), (vec![7, 8, 9], OlderStatus::More));
}

#[test]
fn what_cannot_be_read_is_skipped_and_the_rest_shown() {
    let mut play = Play::chatting();
    let rows = json!({ "messages": [{ "content": "nobody's" }, 7, theirs(1)] });
    play.run([open("bela"), answer("GET /messages/bela?", 200, rows)]);
    play.run([garbage("{"), frame("new_message", json!({ "content": "nobody's" })), live(2)]);
    assert_eq!(numbers(&play), [1, 2]);
}

#[test]
fn the_newest_message_is_the_preview_whatever_came_last() {
    let mut play = Play::with_bela(&[theirs(5)]);
    let picture = play.run([later(1), live(4)]);
    assert_eq!(picture.person("bela").preview, Some((false, "5".to_owned())));
    let picture = play.run([live(6)]);
    assert_eq!(picture.person("bela").preview, Some((false, "6".to_owned())));
}
