use super::*;

fn outbox(messages: &[(u64, &str, &str)]) -> Outbox {
    let mut outbox = Outbox::default();
    for (key, to, content) in messages {
        let at = Timestamp::from_millis(0);
        outbox.add(RowKey(*key), UserId::from(*to), (*content).to_owned(), at);
    }
    outbox
}

fn ready(outbox: &Outbox) -> Vec<u64> {
    outbox.ready().iter().map(|entry| entry.key.0).collect()
}

#[test]
fn one_is_on_its_way_per_conversation_and_the_next_follows_its_answer() {
    let mut outbox = outbox(&[(1, "ada", "a"), (2, "ada", "b"), (3, "bob", "c")]);
    assert_eq!(ready(&outbox), [1, 3]);
    outbox.sent(RowKey(1), Millis(0), None);
    assert_eq!(ready(&outbox), [3]);
    outbox.acknowledge(&UserId::from("ada"), "a", None);
    assert_eq!(ready(&outbox), [2, 3]);
}

#[test]
fn what_was_on_its_way_when_the_connection_broke_waits_for_the_history() {
    let mut outbox = outbox(&[(1, "ada", "a"), (2, "ada", "b")]);
    outbox.sent(RowKey(1), Millis(0), None);
    outbox.connection_lost();
    assert_eq!(ready(&outbox), Vec::<u64>::new());
    outbox.settle(&UserId::from("ada"), |_| true);
    assert_eq!(ready(&outbox), [1]);
}

#[test]
fn a_stored_text_matches_the_oldest_that_left_and_never_one_that_did_not() {
    let mut outbox = outbox(&[(1, "ada", "hi"), (2, "ada", "hi")]);
    let ada = UserId::from("ada");
    assert_eq!(outbox.acknowledge(&ada, "hi", None), None);
    outbox.sent(RowKey(1), Millis(0), None);
    assert_eq!(outbox.acknowledge(&UserId::from("bob"), "hi", None), None);
    assert_eq!(outbox.acknowledge(&ada, "hi", None).map(|entry| entry.key), Some(RowKey(1)));
    assert_eq!(outbox.acknowledge(&ada, "hi", None), None);
}

#[test]
fn an_older_message_of_the_same_text_is_not_taken_for_the_one_on_its_way() {
    let (mut outbox, ada) = (outbox(&[(1, "ada", "ok")]), UserId::from("ada"));
    let time = |millis| Some(Timestamp::from_millis(millis));
    outbox.sent(RowKey(1), Millis(0), time(500));
    assert_eq!(outbox.acknowledge(&ada, "ok", time(499)), None);
    assert!(outbox.acknowledge(&ada, "ok", time(500)).is_some());
}

#[test]
fn an_error_makes_an_unanswered_message_fail_with_its_words_once_the_history_lacks_it() {
    let mut outbox = outbox(&[(1, "ada", "a")]);
    outbox.sent(RowKey(1), Millis(0), None);
    outbox.error(Millis(100), "Receiver not found");
    assert_eq!(outbox.deadline(), Some(Millis(1_100)));
    assert_eq!(outbox.tick(Millis(1_100)), [UserId::from("ada")]);
    outbox.settle(&UserId::from("ada"), |_| true);
    let rows = outbox.rows(&UserId::from("ada"), true);
    let failure = Failure::Server("Receiver not found".to_owned());
    assert_eq!(rows[0].1.own, Some(OwnState::Failed(failure)));
}

#[test]
fn an_answer_that_comes_after_all_heals_a_failed_message() {
    let mut outbox = outbox(&[(1, "ada", "a")]);
    outbox.sent(RowKey(1), Millis(0), None);
    outbox.tick(Millis(10_000));
    outbox.settle(&UserId::from("ada"), |_| true);
    assert!(outbox.acknowledge(&UserId::from("ada"), "a", None).is_some());
}

#[test]
fn a_failed_message_holds_nothing_up_and_can_be_retried_or_discarded() {
    let mut outbox = outbox(&[(1, "ada", "a"), (2, "ada", "b")]);
    outbox.failed(RowKey(1), Failure::NotStored);
    assert_eq!(ready(&outbox), [2]);
    assert_eq!(outbox.discard(RowKey(2)), None);
    assert_eq!(outbox.retry(RowKey(1)), Some(UserId::from("ada")));
    assert_eq!(ready(&outbox), Vec::<u64>::new(), "it waits for the history");
    outbox.failed(RowKey(1), Failure::NotStored);
    assert_eq!(outbox.discard(RowKey(1)), Some(UserId::from("ada")));
    assert_eq!(ready(&outbox), [2]);
}

#[test]
fn a_refused_text_does_not_take_the_answer_to_the_same_text_sent_again() {
    let (mut outbox, ada) = (outbox(&[(1, "ada", "a"), (2, "ada", "a")]), UserId::from("ada"));
    outbox.sent(RowKey(1), Millis(0), None);
    outbox.failed(RowKey(1), Failure::NotStored);
    outbox.sent(RowKey(2), Millis(0), None);
    assert_eq!(outbox.acknowledge(&ada, "a", None).map(|entry| entry.key), Some(RowKey(2)));
    assert_eq!(outbox.acknowledge(&ada, "a", None).map(|entry| entry.key), Some(RowKey(1)));
}

#[test]
fn where_the_history_does_not_reach_back_to_it_nothing_is_sent_again_unasked() {
    let (mut outbox, ada) = (outbox(&[(1, "ada", "a")]), UserId::from("ada"));
    let left = Timestamp::from_millis(500);
    outbox.sent(RowKey(1), Millis(0), Some(left));
    assert_eq!(outbox.doubtful_since(&ada), None);
    outbox.connection_lost();
    assert_eq!(outbox.doubtful_since(&ada), Some(left));
    outbox.settle(&ada, |floor| floor > left);
    assert_eq!(ready(&outbox), Vec::<u64>::new());
    let rows = outbox.rows(&ada, true);
    assert_eq!(rows[0].1.own, Some(OwnState::Failed(Failure::NotStored)));
}

#[test]
fn no_answer_on_a_connection_that_turns_out_dead_is_no_failure() {
    let mut outbox = outbox(&[(1, "ada", "a")]);
    outbox.sent(RowKey(1), Millis(0), None);
    outbox.tick(Millis(10_000));
    outbox.connection_lost();
    outbox.settle(&UserId::from("ada"), |_| true);
    assert_eq!(ready(&outbox), [1]);
}
