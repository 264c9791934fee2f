use chinwag_protocol::{Pagination, Party};
use proptest::prelude::*;

use super::*;

fn message(number: i64) -> Message {
    Message {
        id: MessageId::from(format!("m{number:04}")),
        sender: Party::new(UserId::from(if number % 2 == 0 { "me" } else { "you" })),
        receiver: None,
        content: format!("text {number}"),
        message_type: "text".to_owned(),
        status: Status::Sent,
        receipts: Receipts::default(),
        created_at: Some(Timestamp::from_millis(number * 1_000)),
        client_id: None,
    }
}

struct Bench {
    timeline: Timeline,
    keys: u64,
}

impl Bench {
    fn new() -> Self {
        Self { timeline: Timeline::new(10, 4), keys: 0 }
    }

    fn put(&mut self, message: &Message) -> RowKey {
        let keys = &mut self.keys;
        self.timeline.put(message, &UserId::from("me"), Timestamp::from_millis(0), || {
            *keys += 1;
            RowKey(*keys)
        })
    }

    /// Answers as a server that has stored the messages 0 to `total`, newest first.
    fn page(&mut self, total: i64, page: u64, round: u32) -> Option<Next> {
        let from = i64::try_from(page).unwrap() * 10;
        let numbers = (total - from).max(0)..(total - from + 10).max(0);
        let messages: Vec<Message> = numbers.map(message).collect();
        messages.iter().rev().for_each(|message| {
            self.put(message);
        });
        let oldest = messages
            .first()
            .map(|message| Stamp { at: message.created_at.unwrap(), id: message.id.clone() });
        let answer = MessagesPage { messages: messages.into(), pagination: Pagination::default() };
        self.timeline.newest_page(page, round, &answer, oldest.as_ref(), None)
    }

    /// Answers with an older page of the messages 0 to `total`.
    fn older(&mut self, total: i64, page: u64) -> Option<u64> {
        let from = i64::try_from(page).unwrap() * 10;
        let messages: Vec<Message> =
            ((total - from).max(0)..(total - from + 10).max(0)).map(message).collect();
        let known = self.timeline.rows.len();
        for message in &messages {
            self.put(message);
        }
        let oldest = messages
            .first()
            .map(|message| Stamp { at: message.created_at.unwrap(), id: message.id.clone() });
        let answer = MessagesPage { messages: messages.into(), pagination: Pagination::default() };
        let new = self.timeline.rows.len() - known;
        self.timeline.older_page(page, &answer, oldest.as_ref(), new)
    }

    /// The rows before which something may be missing.
    fn gaps(&self) -> Vec<i64> {
        let gaps = self.timeline.rows.iter().filter(|row| row.gap);
        gaps.map(|row| row.stamp.at.millis() / 1_000).collect()
    }

    fn numbers(&self) -> Vec<i64> {
        self.timeline.rows.iter().map(|row| row.stamp.at.millis() / 1_000).collect()
    }
}

#[test]
fn what_was_missed_is_read_back_until_it_meets_what_was_known() {
    let mut bench = Bench::new();
    let round = bench.timeline.begin();
    assert_eq!(bench.page(20, 1, round), Some(Next::Whole));
    bench.timeline.doubt();
    // One that arrives before the history is read must not pass for the meeting point.
    bench.put(&message(44));
    let round = bench.timeline.begin();
    assert_eq!(bench.page(45, 1, round), Some(Next::Page(2)));
    assert!(!bench.timeline.is_fresh());
    assert_eq!(bench.page(45, 2, round), Some(Next::Page(3)));
    assert_eq!(bench.page(45, 3, round), Some(Next::Whole));
    assert_eq!(bench.numbers(), (10..45).collect::<Vec<_>>());
}

/// The next page joins on to the last one, and would close over a hole.
#[test]
fn nothing_is_forgotten_between_the_pages_of_one_reading() {
    let mut bench = Bench::new();
    let round = bench.timeline.begin();
    bench.page(20, 1, round);
    bench.timeline.doubt();
    let round = bench.timeline.begin();
    bench.page(50, 1, round);
    bench.timeline.forget_oldest();
    bench.page(50, 2, round);
    bench.timeline.forget_oldest();
    assert_eq!(bench.numbers(), (10..20).chain(30..50).collect::<Vec<_>>());
    assert_eq!(bench.page(50, 3, round), Some(Next::Page(4)));
    assert_eq!(bench.page(50, 4, round), Some(Next::Whole));
    bench.timeline.forget_oldest();
    assert!(bench.numbers().len() < 40);
}

#[test]
fn too_much_missed_leaves_a_gap_that_is_marked_and_filled_from_its_newer_end() {
    let mut bench = Bench::new();
    let round = bench.timeline.begin();
    bench.page(20, 1, round);
    bench.timeline.doubt();
    let round = bench.timeline.begin();
    for page in 1..=CATCH_UP_PAGES {
        bench.page(500, page, round);
    }
    assert!(bench.timeline.is_fresh());
    assert_eq!(bench.numbers(), (10..20).chain(400..500).collect::<Vec<_>>());
    assert_eq!(bench.gaps(), [400]);
    let mut page = bench.timeline.begin_older();
    assert_eq!(page, Some(11));
    while let Some(number) = page {
        bench.older(500, number);
        page = bench.timeline.begin_older();
        assert!(bench.gaps().len() < 2, "{:?}", bench.gaps());
        if bench.gaps().is_empty() {
            break;
        }
    }
    assert_eq!(bench.numbers(), (10..500).collect::<Vec<_>>());
    assert_eq!(page, Some(50), "what lies before the first row is next");
}

#[test]
fn rows_that_came_alone_before_a_gap_was_left_have_gaps_on_either_side() {
    let mut bench = Bench::new();
    let round = bench.timeline.begin();
    bench.page(20, 1, round);
    bench.put(&message(25));
    bench.timeline.doubt();
    let round = bench.timeline.begin();
    for page in 1..=CATCH_UP_PAGES {
        bench.page(500, page, round);
    }
    assert_eq!(bench.gaps(), [25, 400]);
    assert!(bench.timeline.reaches(Timestamp::from_millis(400_001)));
    assert!(!bench.timeline.reaches(Timestamp::from_millis(400_000)));
}

#[test]
fn a_server_that_has_forgotten_what_was_before_is_believed() {
    let mut bench = Bench::new();
    let round = bench.timeline.begin();
    bench.page(20, 1, round);
    bench.timeline.doubt();
    let round = bench.timeline.begin();
    let messages = vec![message(99)];
    bench.put(&message(99));
    let stamp = bench.timeline.newest().unwrap().stamp.clone();
    let answer = MessagesPage { messages: messages.into(), pagination: Pagination::default() };
    bench.timeline.newest_page(1, round, &answer, Some(&stamp), None);
    assert_eq!((bench.numbers(), bench.gaps()), (vec![99], vec![]));
}

#[test]
fn an_overtaken_reading_does_not_make_it_fresh() {
    let mut bench = Bench::new();
    let first = bench.timeline.begin();
    bench.timeline.doubt();
    let second = bench.timeline.begin();
    assert_eq!(bench.page(5, 1, first), None);
    assert!(!bench.timeline.is_fresh());
    assert_eq!(bench.page(5, 1, second), Some(Next::Whole));
}

#[test]
fn older_pages_are_counted_in_rows_so_that_new_messages_shift_nothing() {
    let mut bench = Bench::new();
    let round = bench.timeline.begin();
    bench.page(100, 1, round);
    (100..113).for_each(|number| {
        bench.put(&message(number));
    });
    assert_eq!(bench.timeline.begin_older(), Some(3));
    assert_eq!(bench.timeline.begin_older(), None);
}

#[test]
fn reading_covers_what_was_stored_before_and_nothing_after() {
    let mut bench = Bench::new();
    bench.put(&message(2));
    bench.timeline.read_by_other(Some(Timestamp::from_millis(3_000)));
    bench.put(&message(0));
    bench.put(&message(4));
    let states: Vec<_> =
        bench.timeline.rows.iter().map(|row| bench.timeline.view(row).own).collect();
    assert_eq!(states, [Some(OwnState::Read), Some(OwnState::Read), Some(OwnState::Sent)]);
}

/// When each of one's own messages was read, as far as that is known, in seconds.
fn read_at(bench: &Bench) -> Vec<Option<i64>> {
    let rows = bench.timeline.rows.iter().filter(|row| row.mine);
    let views = rows.map(|row| bench.timeline.view(row).receipts.read);
    views.map(|at| at.map(|at| at.millis() / 1_000)).collect()
}

fn seconds(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds * 1_000)
}

#[test]
fn each_message_was_read_at_the_first_time_that_came_after_it() {
    let mut bench = Bench::new();
    bench.put(&message(2));
    bench.put(&message(4));
    bench.timeline.reads_now(Some(seconds(5)), true);
    bench.put(&message(6));
    bench.put(&message(8));
    bench.timeline.reads_now(Some(seconds(7)), true);
    assert_eq!(read_at(&bench), [Some(5), Some(5), Some(7), None]);
    // Told again, and later: what was read before stays so.
    bench.timeline.reads_now(Some(seconds(7)), true);
    bench.timeline.reads_now(Some(seconds(9)), true);
    // One that was under way meanwhile.
    bench.put(&message(0));
    assert_eq!(read_at(&bench), [Some(5), Some(5), Some(5), Some(7), Some(9)]);
    // What the server tells of a message itself counts more than what follows from others.
    let told = Receipts { delivered: Some(seconds(11)), read: Some(seconds(12)) };
    bench.put(&Message { status: Status::Read, receipts: told, ..message(10) });
    bench.timeline.reads_now(Some(seconds(13)), true);
    assert_eq!(read_at(&bench).last(), Some(&Some(12)));
}

#[test]
fn no_time_is_made_up_for_what_may_have_been_read_before() {
    let mut bench = Bench::new();
    bench.put(&message(2));
    // Without a time, or where something may have been missed.
    bench.timeline.reads_now(None, true);
    bench.timeline.reads_now(Some(seconds(3)), false);
    assert_eq!(read_at(&bench), [None]);
    let round = bench.timeline.begin();
    bench.page(4, 1, round);
    assert!(bench.timeline.is_fresh());
    bench.put(&Message { status: Status::Read, ..message(4) });
    bench.put(&message(6));
    bench.timeline.reads_now(Some(seconds(7)), false);
    assert_eq!(
        read_at(&bench),
        [None, None, None, Some(7)],
        "the server says of the others only that they were"
    );
}

#[test]
fn rows_that_come_from_the_disk_have_the_times_of_meanwhile() {
    let mut bench = Bench::new();
    for number in [0, 2, 4] {
        bench.put(&message(number));
    }
    let kept: Vec<Row> = bench.timeline.rows.iter().cloned().collect();
    let extent = Extent {
        first: kept[0].stamp.clone(),
        last: kept[2].stamp.clone(),
        count: 3,
        gaps: Gaps::Nowhere,
    };
    let mut head = bench.timeline.take_head(true).unwrap();
    head.blocks = vec![(BlockId(1), extent)];
    let mut bench = Bench { timeline: Timeline::restored(head, true, 4), keys: 9 };
    bench.timeline.reads_now(Some(seconds(3)), true);
    bench.timeline.reads_now(Some(seconds(5)), true);
    bench.timeline.rows_mut().ask(&(0..3));
    bench.timeline.fill(BlockId(1), kept);
    assert_eq!(read_at(&bench), [Some(3), Some(3), Some(5)]);
    assert!(bench.timeline.rows.blocks().iter().all(|block| !block.written), "it is to be kept");
    // Of what is long ago there is no end.
    (6..100).for_each(|number| bench.timeline.reads_now(Some(seconds(number)), true));
    assert_eq!(bench.timeline.reads.len(), READS);
    assert_eq!(read_at(&bench), [Some(3), Some(3), Some(5)]);
}

#[test]
fn a_time_that_the_server_tells_later_moves_the_row() {
    let mut bench = Bench::new();
    bench.put(&message(5));
    let untimed = Message { created_at: None, ..message(2) };
    let key = bench.put(&untimed);
    assert_eq!(bench.timeline.newest().unwrap().key, key);
    assert_eq!(bench.put(&message(2)), key);
    assert_eq!(bench.numbers(), [2, 5]);
}

proptest! {
    #[test]
    fn any_order_of_arrival_gives_the_servers_order_each_once(
        numbers in prop::collection::vec(0i64..60, 0..120)
    ) {
        let mut bench = Bench::new();
        for number in &numbers {
            bench.put(&message(*number));
        }
        let mut expected = numbers;
        expected.sort_unstable();
        expected.dedup();
        prop_assert_eq!(bench.numbers(), expected);
        prop_assert_eq!(bench.timeline.rows.known(), bench.timeline.rows.len());
    }
}

fn on_disk(id: u64, numbers: Range<i64>) -> (BlockId, Extent) {
    let stamp = |number: i64| Stamp {
        at: Timestamp::from_millis(number * 1_000),
        id: MessageId::from(format!("m{number:04}")),
    };
    let (first, last) = (stamp(numbers.start), stamp(numbers.end - 1));
    let count = usize::try_from(numbers.end - numbers.start).unwrap();
    (BlockId(id), Extent { first, last, count, gaps: Gaps::Nowhere })
}

fn rows(numbers: Range<i64>) -> Vec<Row> {
    let row = |number: i64| Row {
        key: RowKey(u64::try_from(number).unwrap()),
        stamp: on_disk(0, number..number + 1).1.first,
        content: format!("text {number}"),
        mine: number % 2 == 0,
        status: Status::Sent,
        receipts: Receipts::default(),
        named: false,
        gap: false,
    };
    numbers.map(row).collect()
}

fn kept(blocks: Vec<(BlockId, Extent)>) -> Bench {
    let whole_to = blocks.last().map(|(_, extent)| extent.last.clone());
    let head = Head {
        fresh: true,
        begins: true,
        page_size: 10,
        read_to: None,
        whole_to,
        reads: Vec::new(),
        blocks,
    };
    Bench { timeline: Timeline::restored(head, true, 4), keys: 100 }
}

#[test]
fn where_the_oldest_rows_are_lost_on_disk_the_server_is_asked_for_them() {
    let mut bench = kept(vec![on_disk(1, 0..4), on_disk(2, 4..8)]);
    bench.timeline.fill(BlockId(2), rows(4..8));
    assert_eq!(bench.timeline.older(), &OlderStatus::End);
    bench.timeline.fill(BlockId(1), Vec::new());
    assert_eq!((bench.numbers(), bench.gaps()), ((4..8).collect(), vec![]));
    assert_eq!(bench.timeline.older(), &OlderStatus::More);
    assert_eq!(bench.timeline.begin_older(), Some(1));
}

#[test]
fn where_rows_in_the_middle_are_lost_on_disk_there_is_a_gap() {
    let mut bench = kept(vec![on_disk(1, 0..4), on_disk(2, 4..8), on_disk(3, 8..12)]);
    bench.timeline.fill(BlockId(3), rows(8..12));
    bench.timeline.fill(BlockId(1), rows(0..4));
    bench.timeline.fill(BlockId(2), rows(5..7));
    assert_eq!(bench.numbers(), [0, 1, 2, 3, 5, 6, 8, 9, 10, 11]);
    assert_eq!(bench.gaps(), [5, 6, 8]);
    assert!(bench.timeline.is_fresh(), "the newest rows are whole");
}

/// Where it was, nothing could fill it: the conversation is known from its beginning.
#[test]
fn no_gap_is_before_the_very_first_row_when_a_block_of_them_comes_from_the_disk() {
    let mut bench = kept(vec![on_disk(1, 0..4), on_disk(2, 4..8)]);
    bench.timeline.whole_to = None;
    bench.timeline.doubt();
    let round = bench.timeline.begin();
    bench.page(18, 1, round);
    bench.timeline.fill(BlockId(2), rows(4..8));
    bench.timeline.fill(BlockId(1), rows(0..4));
    assert_eq!(bench.gaps(), (1..=8).collect::<Vec<_>>());
    assert_eq!(bench.timeline.older(), &OlderStatus::End);
}

#[test]
fn where_the_newest_rows_are_lost_on_disk_the_newest_page_is_read_anew() {
    let mut bench = kept(vec![on_disk(1, 0..4), on_disk(2, 4..8)]);
    assert!(!bench.timeline.is_to_be_read());
    bench.timeline.fill(BlockId(1), rows(0..4));
    bench.timeline.fill(BlockId(2), Vec::new());
    assert!(bench.timeline.is_to_be_read() && !bench.timeline.is_fresh());
}

#[test]
fn what_is_appended_to_rows_on_disk_is_told_apart_from_them() {
    let mut bench = kept(vec![on_disk(1, 0..4)]);
    bench.put(&message(4));
    // Another tab has written the row that is known here already into the same block.
    bench.timeline.fill(BlockId(1), rows(0..5));
    assert_eq!((bench.numbers(), bench.gaps()), ((0..5).collect(), vec![]));
}
