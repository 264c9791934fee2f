use chinwag_protocol::answer::MessagesPage;
use chinwag_protocol::{Json, Message, Pagination, Party, Status};

use super::*;
use crate::effect::Write;

/// An outbox whose disk answers at once.
struct Bench {
    outbox: Outbox,
    disk: Vec<Write>,
    keeps: u64,
    /// How many messages the server has told to be stored.
    stored: u64,
}

fn ada() -> UserId {
    UserId::from("ada")
}

fn time(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn record(text: &str) -> Option<Record> {
    Record::read(Json::read(text)?.root())
}

fn bench(messages: &[(u64, &str, &str)]) -> Bench {
    let mut outbox = Outbox::default();
    for (key, to, content) in messages {
        let id = ClientId::from(format!("c{key}"));
        outbox.add(RowKey(*key), id, UserId::from(*to), (*content).to_owned(), time(0));
    }
    let mut bench = Bench { outbox, disk: Vec::new(), keeps: 0, stored: 0 };
    bench.write(true);
    bench
}

impl Bench {
    fn write(&mut self, done: bool) {
        self.keeps += 1;
        let keep = KeepId(self.keeps);
        self.disk.extend(self.outbox.unwritten(keep, Millis(0), &"me".into()));
        self.outbox.written(keep, done);
    }

    fn ready(&mut self) -> Vec<u64> {
        self.ready_of(1)
    }

    fn ready_of(&mut self, window: usize) -> Vec<u64> {
        self.outbox.ready(window).iter().map(|(key, _)| key.0).collect()
    }

    /// It leaves at 0 by this clock, when the server's had shown this.
    fn sent_after(&mut self, key: u64, floor: Timestamp, known: &[&str]) {
        let known = known.iter().map(|id| MessageId::from(*id)).collect();
        self.outbox.leaves(RowKey(key), |_| Mark { floor, known });
        self.write(true);
        assert_eq!(self.outbox.next_to_leave(false).map(|entry| entry.key), Some(RowKey(key)));
        self.outbox.sent(RowKey(key), Millis(0));
    }

    fn sent(&mut self, key: u64) {
        self.sent_after(key, any_time(), &[]);
    }

    fn acknowledged(&mut self, to: &str, text: &str, at: Option<i64>) -> Option<u64> {
        self.stored += 1;
        let id = MessageId::from(format!("m{}", self.stored));
        let entry = self.outbox.acknowledge(&to.into(), text, &id, at.map(time));
        entry.map(|entry| entry.key.0)
    }

    fn settle(&mut self, stored: &[(&str, i64)]) -> bool {
        self.outbox.settle(&ada(), &history(stored, true), true)
    }

    fn state(&self, row: usize) -> OwnState {
        self.outbox.rows(&ada(), true)[row].1.own.clone().unwrap()
    }
}

/// The history with ada: one's own texts and when they were stored; from the beginning, or not.
fn history(stored: &[(&str, i64)], whole: bool) -> Timeline {
    let mut timeline = Timeline::new(50, 4);
    let mut messages = Vec::new();
    for (number, (content, at)) in stored.iter().enumerate() {
        let message = Message {
            id: format!("m{number}").into(),
            sender: Party::new("me".into()),
            receiver: None,
            content: (*content).to_owned(),
            message_type: "text".to_owned(),
            status: Status::Sent,
            receipts: Receipts::default(),
            created_at: Some(time(*at)),
            client_id: None,
        };
        timeline.put(&message, &"me".into(), time(0), || RowKey(100 + number as u64));
        messages.push(message);
    }
    let round = timeline.begin();
    let pagination =
        Pagination { pages: Some(if whole { 1 } else { 99 }), ..Pagination::default() };
    let oldest = timeline.rows().iter().next().map(|row| row.stamp.clone());
    let answer = MessagesPage { messages: messages.into(), pagination };
    timeline.newest_page(1, round, &answer, oldest.as_ref(), None);
    timeline
}

#[test]
fn one_is_on_its_way_per_conversation_and_the_next_follows_its_answer() {
    let mut bench = bench(&[(1, "ada", "a"), (2, "ada", "b"), (3, "bob", "c")]);
    assert_eq!(bench.ready(), [1, 3]);
    bench.sent(1);
    assert_eq!(bench.ready(), [3]);
    bench.acknowledged("ada", "a", None);
    assert_eq!(bench.ready(), [2, 3]);
}

#[test]
fn where_the_server_knows_them_apart_several_are_on_their_way_and_none_overtakes() {
    let mut bench = bench(&[(1, "ada", "a"), (2, "ada", "b"), (3, "ada", "c"), (4, "bob", "d")]);
    assert_eq!(bench.ready_of(2), [1, 2, 4]);
    bench.sent(1);
    assert_eq!(bench.ready_of(2), [2, 4]);
    bench.outbox.posted(RowKey(1));
    assert_eq!(bench.ready_of(2), [4], "a call may be slower than a frame");
    assert!(bench.outbox.acknowledge_id(&"c1".into()).is_some());
    bench.outbox.add(RowKey(5), "c5".into(), "bob".into(), "e".to_owned(), time(0));
    bench.outbox.unwritten(KeepId(99), Millis(0), &"me".into());
    bench.outbox.add(RowKey(6), "c6".into(), "bob".into(), "f".to_owned(), time(0));
    assert_eq!(bench.ready_of(9), [2, 3, 4], "nothing passes what is being written down");
}

#[test]
fn nothing_leaves_before_the_disk_has_it_or_hangs() {
    for (done, waits) in [(Some(true), 0), (None, 2_000)] {
        let mut bench = bench(&[(1, "ada", "a")]);
        bench.outbox.leaves(RowKey(1), |_| Mark { floor: time(7), known: vec!["m0".into()] });
        let writes = bench.outbox.unwritten(KeepId(9), Millis(0), &"me".into());
        let value = writes[0].value.clone().unwrap();
        assert!(value.contains(r#""floor":7,"known":["m0"]"#), "{value}");
        assert_eq!(bench.outbox.next_to_leave(false), None);
        match done {
            Some(done) => bench.outbox.written(KeepId(9), done),
            None => assert_eq!(bench.outbox.deadline(), Some(Millis(waits))),
        }
        bench.outbox.disk_is_late(Millis(waits));
        assert!(bench.outbox.next_to_leave(true).is_some(), "{done:?}");
    }
}

#[test]
fn what_is_on_disk_as_if_it_had_never_left_leaves_only_where_the_server_knows_it() {
    for idempotent in [true, false] {
        let mut bench = bench(&[(1, "ada", "a")]);
        bench.outbox.leaves(RowKey(1), |_| Mark { floor: time(7), known: Vec::new() });
        bench.write(false);
        assert_eq!(bench.outbox.next_to_leave(idempotent).is_some(), idempotent);
        let failed = matches!(bench.state(0), OwnState::Failed(Failure::NotKept));
        assert_eq!(failed, !idempotent);
    }
}

#[test]
fn what_is_acknowledged_goes_from_the_disk_and_what_has_failed_stays_with_its_reason() {
    let mut bench = bench(&[(1, "ada", "a"), (2, "ada", "b")]);
    bench.disk.clear();
    bench.sent(1);
    bench.acknowledged("ada", "a", None);
    bench.outbox.failed(RowKey(2), Failure::Server("no".to_owned()));
    bench.write(true);
    let last: Vec<_> =
        bench.disk.iter().map(|write| (&*write.key, write.value.is_some())).collect();
    assert_eq!(last, [("me/message/c1", true), ("me/message/c1", false), ("me/message/c2", true)]);
    assert!(bench.disk[2].value.as_ref().unwrap().contains(r#""failed":"server:no""#));
}

#[test]
fn what_was_on_its_way_when_the_connection_broke_waits_for_the_history() {
    let mut bench = bench(&[(1, "ada", "a"), (2, "ada", "b")]);
    bench.sent(1);
    bench.outbox.connection_lost();
    assert_eq!(bench.ready(), Vec::<u64>::new());
    bench.settle(&[]);
    assert_eq!(bench.ready(), [1]);
}

#[test]
fn a_stored_text_matches_the_oldest_that_left_and_never_one_that_did_not() {
    let mut bench = bench(&[(1, "ada", "hi"), (2, "ada", "hi")]);
    assert_eq!(bench.acknowledged("ada", "hi", None), None);
    bench.sent(1);
    assert_eq!(bench.acknowledged("bob", "hi", None), None);
    assert_eq!(bench.acknowledged("ada", "hi", None), Some(1));
    assert_eq!(bench.acknowledged("ada", "hi", None), None);
}

#[test]
fn an_older_message_of_the_same_text_is_not_taken_for_the_one_on_its_way() {
    let mut bench = bench(&[(1, "ada", "ok")]);
    bench.sent_after(1, time(500), &[]);
    assert_eq!(bench.acknowledged("ada", "ok", Some(499)), None);
    assert_eq!(bench.acknowledged("ada", "ok", Some(500)), Some(1));
}

#[test]
fn a_message_of_the_very_instant_that_was_known_is_not_taken_for_the_one_on_its_way() {
    let mut bench = bench(&[(1, "ada", "ok")]);
    bench.sent_after(1, time(500), &["m1"]);
    assert_eq!(bench.acknowledged("ada", "ok", Some(500)), None);
}

#[test]
fn what_comes_back_from_the_disk_is_looked_for_in_the_history_each_stored_one_once() {
    let mut bench = bench(&[(1, "ada", "ok"), (2, "ada", "ok"), (3, "ada", "new")]);
    bench.sent_after(1, time(10), &[]);
    bench.outbox.failed(RowKey(1), Failure::NotStored);
    bench.sent_after(2, time(10), &[]);
    bench.outbox.retry(&"c1".into());
    bench.write(true);
    let mut values: Vec<_> = bench.disk.iter().filter_map(|write| write.value.clone()).collect();
    values.reverse();
    let mut again = Bench { outbox: Outbox::default(), disk: Vec::new(), keeps: 0, stored: 0 };
    for (value, key) in values.iter().zip(1..) {
        let record = record(value).unwrap();
        again.outbox.restore(record, || RowKey(key));
    }
    assert_eq!(again.outbox.waiting(), 3);
    assert!(again.settle(&[("ok", 5), ("ok", 11)]), "one of both is there");
    assert_eq!(again.outbox.waiting(), 2);
    assert_eq!(again.ready().len(), 1);
}

#[test]
fn an_error_makes_an_unanswered_message_fail_with_its_words_once_the_history_lacks_it() {
    let mut bench = bench(&[(1, "ada", "a")]);
    bench.sent(1);
    bench.outbox.error(Millis(100), "Receiver not found");
    assert_eq!(bench.outbox.deadline(), Some(Millis(1_100)));
    assert_eq!(bench.outbox.tick(Millis(1_100), false), [ada()]);
    bench.settle(&[]);
    let failure = Failure::Server("Receiver not found".to_owned());
    assert_eq!(bench.state(0), OwnState::Failed(failure));
}

#[test]
fn an_answer_that_comes_after_all_heals_a_failed_message() {
    let mut bench = bench(&[(1, "ada", "a")]);
    bench.sent(1);
    bench.outbox.tick(Millis(10_000), false);
    bench.settle(&[]);
    assert_eq!(bench.state(0), OwnState::Failed(Failure::NotStored));
    assert_eq!(bench.acknowledged("ada", "a", None), Some(1));
}

#[test]
fn a_server_that_knows_it_by_its_id_is_sent_it_again_before_the_person_is_asked() {
    let mut bench = bench(&[(1, "ada", "a")]);
    for _ in 1..TRIES {
        bench.sent(1);
        bench.outbox.tick(Millis(10_000), true);
        bench.settle(&[]);
        assert_eq!(bench.ready(), [1]);
    }
    bench.sent(1);
    bench.outbox.tick(Millis(10_000), true);
    bench.settle(&[]);
    assert_eq!(bench.state(0), OwnState::Failed(Failure::NotStored));
}

#[test]
fn a_failed_message_holds_nothing_up_and_can_be_retried_or_discarded() {
    let mut bench = bench(&[(1, "ada", "a"), (2, "ada", "b")]);
    bench.outbox.failed(RowKey(1), Failure::NotStored);
    assert_eq!(bench.ready(), [2]);
    bench.outbox.discard(&"c2".into());
    assert_eq!(bench.outbox.retry(&"c1".into()), Some(ada()));
    bench.write(true);
    assert_eq!(bench.ready(), Vec::<u64>::new(), "it waits for the history");
    bench.outbox.failed(RowKey(1), Failure::NotStored);
    bench.outbox.discard(&"c1".into());
    assert_eq!(bench.ready(), [2]);
}

#[test]
fn a_refused_text_does_not_take_the_answer_to_the_same_text_sent_again() {
    let mut bench = bench(&[(1, "ada", "a"), (2, "ada", "a")]);
    bench.sent(1);
    bench.outbox.failed(RowKey(1), Failure::NotStored);
    bench.sent(2);
    assert_eq!(bench.acknowledged("ada", "a", None), Some(2));
    assert_eq!(bench.acknowledged("ada", "a", None), Some(1));
}

#[test]
fn a_stored_message_is_taken_for_one_only_of_two_equal_ones_also_after_a_crash() {
    let mut bench = bench(&[(1, "ada", "a"), (2, "ada", "a")]);
    bench.sent(1);
    bench.outbox.failed(RowKey(1), Failure::NotStored);
    bench.sent(2);
    // The first was stored after all; its answer is taken for the second's, which is lost.
    assert_eq!(bench.acknowledged("ada", "a", Some(5)), Some(2));
    bench.write(true);
    let value = bench.disk.iter().rev().find_map(|write| write.value.clone()).unwrap();
    let mut again = Bench { outbox: Outbox::default(), disk: Vec::new(), keeps: 0, stored: 0 };
    let record = record(&value).unwrap();
    again.outbox.restore(record, || RowKey(1));
    for mut outbox in [bench.outbox, again.outbox] {
        outbox.retry(&"c1".into());
        outbox.settle(&ada(), &history(&[("x", 1), ("a", 5)], true), true);
        assert_eq!(outbox.waiting(), 1, "it is sent again, not taken for the other");
    }
}

#[test]
fn where_the_history_does_not_reach_back_to_it_nothing_is_sent_again_unasked() {
    let mut bench = bench(&[(1, "ada", "a")]);
    bench.sent_after(1, time(500), &[]);
    assert_eq!(bench.outbox.doubtful_since(&ada()), None);
    bench.outbox.connection_lost();
    assert_eq!(bench.outbox.doubtful_since(&ada()), Some(time(500)));
    bench.outbox.settle(&ada(), &history(&[("b", 501)], false), true);
    assert_eq!(bench.ready(), Vec::<u64>::new());
    assert_eq!(bench.state(0), OwnState::Failed(Failure::NotStored));
}

#[test]
fn no_answer_on_a_connection_that_turns_out_dead_is_no_failure() {
    let mut bench = bench(&[(1, "ada", "a")]);
    bench.sent(1);
    bench.outbox.tick(Millis(10_000), false);
    bench.outbox.connection_lost();
    bench.settle(&[]);
    assert_eq!(bench.ready(), [1]);
}

#[test]
fn a_tab_that_follows_keeps_what_it_typed_until_the_leading_one_shows_that_it_has_it() {
    let mut follower = bench(&[(1, "ada", "mine")]);
    let told = follower.outbox.untold();
    assert_eq!((told.len(), follower.outbox.untold().len()), (1, 0), "told once");
    follower.outbox.mirror(Vec::new(), || RowKey(50));
    assert_eq!(follower.outbox.waiting(), 1, "the leading tab has not seen it yet");

    let mut leader = bench(&[(7, "ada", "theirs")]);
    leader.outbox.restore(told[0].clone(), || RowKey(8));
    leader.outbox.restore(told[0].clone(), || RowKey(9));
    let news = leader.outbox.news().unwrap();
    assert_eq!((news.len(), leader.outbox.news()), (2, None));
    follower.outbox.mirror(news, || RowKey(50));
    let mut keys: Vec<_> =
        follower.outbox.rows(&ada(), true).iter().map(|(key, _)| key.0).collect();
    keys.sort_unstable();
    assert_eq!(keys, [1, 50], "its own row stays the same row");
    follower.outbox.mirror(Vec::new(), || RowKey(60));
    assert_eq!(follower.outbox.waiting(), 0);
}

#[test]
fn a_tab_that_takes_over_learns_from_the_disk_that_its_message_has_left_already() {
    let mut follower = bench(&[(1, "ada", "a")]);
    let mut leader = bench(&[]);
    leader.outbox.restore(follower.outbox.untold()[0].clone(), || RowKey(7));
    leader.sent(7);
    // The leading tab dies before its word of it is heard.
    follower.outbox.take_over();
    let record = record(leader.disk[0].value.as_ref().unwrap());
    follower.outbox.restore(record.unwrap(), || RowKey(50));
    assert_eq!(follower.ready(), Vec::<u64>::new(), "it is in doubt");
    follower.settle(&[("a", 1)]);
    assert_eq!(follower.outbox.waiting(), 0);
}

#[test]
fn a_tab_that_takes_over_keeps_what_the_disk_did_not_take() {
    let mut leader = bench(&[(1, "ada", "kept"), (2, "ada", "unkept")]);
    leader.outbox.leaves(RowKey(1), |_| Mark { floor: time(1), known: Vec::new() });
    leader.write(true);
    leader.outbox.leaves(RowKey(2), |_| Mark { floor: time(1), known: Vec::new() });
    leader.write(false);
    let mut on_disk = leader.disk.iter().rev().filter_map(|write| write.value.clone());
    let on_disk = on_disk.find(|value| value.contains("\"kept\"")).unwrap();
    let on_disk = record(&on_disk).unwrap();
    let mut follower = bench(&[]);
    let mut keys = 10..;
    follower.outbox.mirror(leader.outbox.news().unwrap(), || RowKey(keys.next().unwrap()));
    follower.outbox.take_over();
    assert_eq!(follower.outbox.doubtful(), [ada()], "what is nowhere else is this tab's at once");
    follower.outbox.restore(on_disk, || RowKey(50));
    follower.outbox.restored(&[], &[]);
    let rows = follower.outbox.rows(&ada(), true);
    assert_eq!(rows.iter().map(|(key, _)| key.0).collect::<Vec<_>>(), [10, 11], "the same rows");
}

/// A tab that follows, and mirrors one message that has left and one that has not.
fn mirroring() -> Bench {
    let mut leader = bench(&[(1, "ada", "left"), (2, "ada", "typed")]);
    leader.sent(1);
    let mut follower = bench(&[]);
    let mut keys = 10..;
    follower.outbox.mirror(leader.outbox.news().unwrap(), || RowKey(keys.next().unwrap()));
    follower.outbox.take_over();
    follower
}

#[test]
fn what_the_disk_knows_nothing_of_any_more_was_seen_to_by_the_tab_that_led() {
    let mut follower = mirroring();
    follower.outbox.restored(&[], &[]);
    assert_eq!(follower.outbox.rows(&ada(), true), []);
}

#[test]
fn where_the_disk_cannot_be_read_what_may_have_been_sent_is_not_sent_again_unasked() {
    let mut follower = mirroring();
    follower.outbox.not_restored(false);
    assert_eq!(follower.outbox.doubtful(), [ada()], "what has left is looked up");
    assert_eq!(follower.state(1), OwnState::Failed(Failure::NotKept));
    follower.settle(&[]);
    assert_eq!(follower.ready(), [10]);
    // A server that knows its name stores it once however often it comes.
    let mut follower = mirroring();
    follower.outbox.not_restored(true);
    follower.outbox.send_again();
    assert_eq!(follower.ready_of(WINDOW), [10, 11]);
}

#[test]
fn what_is_to_leave_waits_behind_what_was_typed_before_it_and_waits_again() {
    let mut bench = bench(&[(1, "ada", "a"), (2, "ada", "b")]);
    bench.sent(1);
    bench.outbox.leaves(RowKey(2), |_| Mark { floor: time(1), known: Vec::new() });
    bench.write(true);
    bench.outbox.connection_lost();
    bench.outbox.send_again();
    assert_eq!(bench.outbox.next_to_leave(true), None, "the first goes first");
    assert_eq!(bench.ready_of(WINDOW), [1, 2]);
}

#[test]
fn a_call_that_was_answered_is_no_answer_to_another_equal_text() {
    let mut bench = bench(&[(1, "ada", "a"), (2, "ada", "a")]);
    bench.sent(1);
    bench.outbox.connection_lost();
    bench.outbox.leaves(RowKey(2), |_| Mark { floor: any_time(), known: Vec::new() });
    bench.write(true);
    bench.outbox.posted(RowKey(2));
    bench.outbox.take(RowKey(2), &"m0".into());
    bench.settle(&[("a", 1)]);
    assert_eq!(bench.ready(), [1], "m0 is the other one");
}

#[test]
fn a_stored_message_that_the_server_knows_by_a_name_is_no_other_of_the_same_text() {
    let mut bench = bench(&[(1, "ada", "a")]);
    bench.sent(1);
    bench.outbox.connection_lost();
    let mut timeline = history(&[], true);
    let message = Message {
        id: "m0".into(),
        sender: Party::new("me".into()),
        receiver: None,
        content: "a".to_owned(),
        message_type: "text".to_owned(),
        status: Status::Sent,
        receipts: Receipts::default(),
        created_at: Some(time(1)),
        client_id: Some("another".into()),
    };
    timeline.put(&message, &"me".into(), time(0), || RowKey(100));
    bench.outbox.settle(&ada(), &timeline, true);
    assert_eq!(bench.ready(), [1]);
}

#[test]
fn a_disk_that_answers_late_is_believed_then_and_nothing_leaves_by_it_twice_before() {
    let mut bench = bench(&[(1, "ada", "a")]);
    bench.outbox.leaves(RowKey(1), |_| Mark { floor: any_time(), known: Vec::new() });
    let keep = KeepId(99);
    bench.outbox.unwritten(keep, Millis(0), &"me".into());
    assert!(!bench.outbox.disk_is_late(Millis(1_999)));
    assert!(bench.outbox.disk_is_late(Millis(2_000)));
    // It is there as one that has never left: who finds it so would send it again.
    assert_eq!(bench.outbox.next_to_leave(false), None);
    assert_eq!(bench.state(0), OwnState::Failed(Failure::NotKept));
    bench.outbox.retry(&"c1".into());
    bench.settle(&[]);
    bench.outbox.leaves(RowKey(1), |_| Mark { floor: any_time(), known: Vec::new() });
    bench.write(true);
    assert!(bench.outbox.next_to_leave(false).is_some());
}

#[test]
fn what_a_history_has_shown_already_is_not_shown_again_at_a_word_of_the_leading_tab() {
    let mut leader = bench(&[(1, "ada", "hi")]);
    let news = leader.outbox.news().unwrap();
    let mut follower = bench(&[]);
    follower.outbox.mirror(news.clone(), || RowKey(50));
    assert_eq!(follower.outbox.waiting(), 1);
    follower.outbox.acknowledge_id(&"c1".into());
    follower.outbox.mirror(news, || RowKey(60));
    assert_eq!(follower.outbox.waiting(), 0);
}
