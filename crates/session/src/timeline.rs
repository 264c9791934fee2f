//! The messages exchanged with one person: ordered as the server has them, each once, without holes.
//!
//! Rows lie in the order of (time of storing, id). Where something may be missing, the timeline says so
//! by being [`Freshness::Stale`], and is read again page by page until a page meets what was there.

use std::collections::HashMap;

use chinwag_protocol::answer::MessagesPage;
use chinwag_protocol::{Message, MessageId, Status, Timestamp, UserId};

use crate::view::{Failure, ListStatus, OlderStatus, OwnState, RowKey, RowView};

/// Pages to read back for what was missed; beyond, the older rows are dropped and read again when scrolled to.
const CATCH_UP_PAGES: u64 = 10;

/// Where a message stands in the order: by time of storing, then by id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Stamp {
    pub(crate) at: Timestamp,
    pub(crate) id: MessageId,
}

/// A stored message as a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) key: RowKey,
    pub(crate) stamp: Stamp,
    pub(crate) content: String,
    pub(crate) mine: bool,
    pub(crate) status: Status,
}

/// Whether the newest messages are all here.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Freshness {
    /// Nothing was asked yet, or what was known may not be contiguous and is gone.
    Unloaded,
    /// All up to now is here.
    Fresh,
    /// All up to this row is here; something may be missing after it.
    Stale { whole_to: Option<Stamp> },
}

/// What to do after a page of the newest messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Read this page too: it has not met what was known.
    Page(u64),
    /// Nothing is missing any more.
    Whole,
}

/// The timeline of one conversation.
#[derive(Debug)]
pub(crate) struct Timeline {
    rows: Vec<Row>,
    stamps: HashMap<MessageId, Stamp>,
    freshness: Freshness,
    /// Counts the readings of the newest pages, so that an overtaken one does not pass for the latest.
    round: u32,
    reading: bool,
    failed: Option<Failure>,
    older: OlderStatus,
    page_size: u64,
    /// The other person has read all that was stored up to here.
    read_to: Option<Timestamp>,
}

impl Timeline {
    pub(crate) fn new(page_size: u64) -> Self {
        Self {
            rows: Vec::new(),
            stamps: HashMap::new(),
            freshness: Freshness::Unloaded,
            round: 0,
            reading: false,
            failed: None,
            older: OlderStatus::Unknown,
            page_size,
            read_to: None,
        }
    }

    pub(crate) fn knows(&self, id: &MessageId) -> bool {
        self.stamps.contains_key(id)
    }

    pub(crate) fn newest(&self) -> Option<&Row> {
        self.rows.last()
    }

    /// The newest message of the other person.
    pub(crate) fn newest_of_theirs(&self) -> Option<&Row> {
        self.rows.iter().rev().find(|row| !row.mine)
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = RowKey> {
        self.rows.iter().map(|row| row.key)
    }

    pub(crate) fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// All messages up to now are here: what is not, is not stored.
    pub(crate) fn is_fresh(&self) -> bool {
        self.freshness == Freshness::Fresh
    }

    pub(crate) fn is_reading(&self) -> bool {
        self.reading
    }

    /// Whether reading it has failed, so that nothing can be told from it.
    pub(crate) fn has_failed(&self) -> bool {
        self.failed.is_some()
    }

    /// Begins to read the newest pages anew; the number is to be given back with each page.
    pub(crate) fn begin(&mut self) -> u32 {
        self.round += 1;
        self.reading = true;
        self.failed = None;
        self.round
    }

    /// Something may have been missed from now on.
    pub(crate) fn doubt(&mut self) {
        match self.freshness {
            Freshness::Fresh => {
                let whole_to = self.rows.last().map(|row| row.stamp.clone());
                self.freshness = Freshness::Stale { whole_to };
            }
            // Rows that came alone would pretend to be contiguous with what is read later.
            Freshness::Unloaded => self.clear(),
            Freshness::Stale { .. } => {}
        }
        self.reading = false;
    }

    /// Puts a message in its place, or merges it with what is known of it. Returns the row's key.
    pub(crate) fn put(
        &mut self,
        message: &Message,
        me: &UserId,
        now: Timestamp,
        key: impl FnOnce() -> RowKey,
    ) -> RowKey {
        let mut key = Some(key);
        let mut row = match self.take(&message.id, message.created_at) {
            Ok(found) => {
                found.status = found.status.max(message.status);
                return found.key;
            }
            Err(moved) => moved.unwrap_or_else(|| Row {
                key: key.take().map_or(RowKey(0), |key| key()),
                stamp: Stamp { at: now, id: message.id.clone() },
                content: message.content.clone(),
                mine: message.sender.id == *me,
                status: message.status,
            }),
        };
        // A time that the server did not give is the present (guide), but after all that is already there.
        let present = || {
            let after = |newest: &Row| Timestamp::from_millis(newest.stamp.at.millis() + 1);
            self.rows.last().map_or(now, |newest| after(newest).max(now))
        };
        row.stamp.at = message.created_at.unwrap_or_else(present);
        row.status = row.status.max(message.status);
        let key = row.key;
        let place = self.rows.partition_point(|other| other.stamp < row.stamp);
        self.stamps.insert(message.id.clone(), row.stamp.clone());
        self.rows.insert(place, row);
        key
    }

    /// The known row of a message; or, where the server's time shows that it stands in the wrong place,
    /// the row taken out.
    fn take(&mut self, id: &MessageId, at: Option<Timestamp>) -> Result<&mut Row, Option<Row>> {
        let Some(stamp) = self.stamps.get(id) else { return Err(None) };
        let Ok(place) = self.rows.binary_search_by(|row| row.stamp.cmp(stamp)) else {
            return Err(None);
        };
        if at.is_some_and(|at| at != stamp.at) {
            return Err(Some(self.rows.remove(place)));
        }
        Ok(&mut self.rows[place])
    }

    /// A message has come this far. Returns its row, where it is known.
    pub(crate) fn reached(&mut self, id: &MessageId, status: Status) -> Option<RowKey> {
        let row = self.take(id, None).ok()?;
        row.status = row.status.max(status);
        Some(row.key)
    }

    /// The other person has read all that was stored up to then; without a time, all that is known.
    pub(crate) fn read_by_other(&mut self, at: Option<Timestamp>) {
        let at = at.or_else(|| self.rows.iter().rev().find(|row| row.mine).map(|row| row.stamp.at));
        self.read_to = self.read_to.max(at);
    }

    /// A page of the newest messages has been put in; `oldest` is the first of its rows.
    pub(crate) fn newest_page(
        &mut self,
        page: u64,
        round: u32,
        answer: &MessagesPage,
        oldest: Option<&Stamp>,
    ) -> Option<Next> {
        if round != self.round || !self.reading {
            return None;
        }
        let end = self.is_end(page, answer);
        let whole_to = match &self.freshness {
            Freshness::Stale { whole_to: Some(stamp) } => Some(stamp.clone()),
            Freshness::Stale { whole_to: None } | Freshness::Unloaded | Freshness::Fresh => None,
        };
        let met = whole_to.as_ref().is_none_or(|known| oldest.is_none_or(|oldest| oldest <= known));
        if !met && !end && page < CATCH_UP_PAGES {
            return Some(Next::Page(page + 1));
        }
        if !met && !end {
            self.drop_before(oldest);
        }
        if end {
            self.older = OlderStatus::End;
        } else if !met || matches!(self.older, OlderStatus::Unknown) {
            self.older = OlderStatus::More;
        }
        self.freshness = Freshness::Fresh;
        self.reading = false;
        Some(Next::Whole)
    }

    /// Reading the newest pages has failed.
    pub(crate) fn newest_failed(&mut self, round: u32, failure: Failure) {
        if round == self.round && self.reading {
            self.reading = false;
            self.failed = Some(failure);
        }
    }

    /// The page to ask for to get what lies before the oldest row; `None` where there is nothing to ask.
    pub(crate) fn begin_older(&mut self) -> Option<u64> {
        if !self.is_fresh() || !matches!(self.older, OlderStatus::More | OlderStatus::Failed(_)) {
            return None;
        }
        self.older = OlderStatus::Loading;
        // Counted in rows, not in pages asked for: new messages push old ones onto later pages.
        Some(self.rows.len() as u64 / self.page_size + 1)
    }

    /// An older page has been put in, which brought this many unknown rows. Returns the next page to ask for,
    /// where this one brought nothing.
    pub(crate) fn older_page(
        &mut self,
        page: u64,
        answer: &MessagesPage,
        new: usize,
    ) -> Option<u64> {
        self.older = if self.is_end(page, answer) {
            OlderStatus::End
        } else if new == 0 {
            OlderStatus::Loading
        } else {
            OlderStatus::More
        };
        matches!(self.older, OlderStatus::Loading).then_some(page + 1)
    }

    pub(crate) fn older_failed(&mut self, failure: Failure) {
        self.older = OlderStatus::Failed(failure);
    }

    pub(crate) fn status(&self) -> ListStatus {
        match &self.failed {
            _ if !self.rows.is_empty() || self.is_fresh() => ListStatus::Ready,
            Some(failure) => ListStatus::Failed(failure.clone()),
            None => ListStatus::Loading,
        }
    }

    pub(crate) fn older(&self) -> &OlderStatus {
        &self.older
    }

    pub(crate) fn view(&self, row: &Row) -> RowView {
        let read = self.read_to.is_some_and(|read_to| row.stamp.at <= read_to);
        let state = match row.status {
            Status::Read => OwnState::Read,
            Status::Sent | Status::Delivered if read => OwnState::Read,
            Status::Delivered => OwnState::Delivered,
            Status::Sent => OwnState::Sent,
        };
        RowView { content: row.content.clone(), at: row.stamp.at, own: row.mine.then_some(state) }
    }

    fn is_end(&mut self, page: u64, answer: &MessagesPage) -> bool {
        let sent = answer.messages.sent() as u64;
        if let Some(limit) = answer.pagination.limit.filter(|limit| *limit > 0) {
            self.page_size = limit;
        }
        answer.pagination.pages.map_or(sent < self.page_size, |pages| page >= pages) || sent == 0
    }

    fn drop_before(&mut self, oldest: Option<&Stamp>) {
        let Some(oldest) = oldest else { return };
        self.rows.retain(|row| row.stamp >= *oldest);
        self.stamps.retain(|_, stamp| *stamp >= *oldest);
    }

    fn clear(&mut self) {
        self.rows.clear();
        self.stamps.clear();
    }
}

#[cfg(test)]
mod tests {
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
            created_at: Some(Timestamp::from_millis(number * 1_000)),
        }
    }

    struct Bench {
        timeline: Timeline,
        keys: u64,
    }

    impl Bench {
        fn new() -> Self {
            Self { timeline: Timeline::new(10), keys: 0 }
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
            let answer =
                MessagesPage { messages: messages.into(), pagination: Pagination::default() };
            self.timeline.newest_page(page, round, &answer, oldest.as_ref())
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

    #[test]
    fn too_much_missed_drops_the_older_rows_rather_than_hide_a_hole() {
        let mut bench = Bench::new();
        let round = bench.timeline.begin();
        bench.page(20, 1, round);
        bench.timeline.doubt();
        let round = bench.timeline.begin();
        for page in 1..=CATCH_UP_PAGES {
            bench.page(500, page, round);
        }
        assert!(bench.timeline.is_fresh());
        assert_eq!(bench.numbers(), (400..500).collect::<Vec<_>>());
        assert_eq!(bench.timeline.begin_older(), Some(11));
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
            prop_assert_eq!(bench.timeline.stamps.len(), bench.timeline.rows.len());
        }
    }
}
