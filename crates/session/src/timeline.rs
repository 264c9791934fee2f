//! The messages exchanged with one person: ordered as the server has them, each once, without holes.
//!
//! Rows lie in the order of (time of storing, id). Where something may be missing, the timeline says so
//! by being [`Freshness::Stale`], and is read again page by page until a page meets what was there.

use std::collections::{HashMap, HashSet};

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

/// Further pages to read where a page of older messages brings nothing new: one that new messages have pushed back
/// overlaps with what is known, but a server that gives the same page for ever is not asked for ever.
const FRUITLESS_PAGES: u64 = 10;

/// Whether the newest messages are all here.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Freshness {
    /// Nothing was asked yet, or what was known may not be contiguous and is gone.
    Unloaded,
    /// All up to now is here.
    Fresh,
    /// Something may be missing after the last row that a history has shown.
    Stale,
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
    /// The newest row that a history has shown, if any: up to here nothing is missing. Rows that came alone do not
    /// count, because live delivery is no proof (protocol §2).
    whole_to: Option<Stamp>,
    /// The same of the reading under way, for when it is complete.
    reading_to: Option<Stamp>,
    /// Counts how often older rows were let go: a page that was asked for before leads nowhere now.
    cut: u32,
    /// Pages of older messages in a row that brought nothing.
    fruitless: u64,
    /// Own messages that were ever here. Those let go and read again are no answer to what is sent since.
    own: HashSet<MessageId>,
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
            whole_to: None,
            reading_to: None,
            cut: 0,
            fruitless: 0,
            own: HashSet::new(),
            failed: None,
            older: OlderStatus::Unknown,
            page_size,
            read_to: None,
        }
    }

    pub(crate) fn knows(&self, id: &MessageId) -> bool {
        self.stamps.contains_key(id)
    }

    /// Whether it was ever here, if it is one's own.
    pub(crate) fn knew(&self, id: &MessageId) -> bool {
        self.own.contains(id)
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

    /// Whether this reading is the latest: what an overtaken one brings may not be contiguous with the rest.
    pub(crate) fn awaits(&self, round: u32) -> bool {
        self.reading && self.round == round
    }

    /// Something may have been missed from now on.
    pub(crate) fn doubt(&mut self) {
        match self.freshness {
            Freshness::Fresh => self.freshness = Freshness::Stale,
            // Rows that came alone would pretend to be contiguous with what is read later.
            Freshness::Unloaded => self.clear(),
            Freshness::Stale => {}
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
        // Whoever has read one message has read all before it (protocol §2: `messages_read`).
        if message.status == Status::Read && message.sender.id == *me {
            self.read_by_other(message.created_at);
        }
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
        if row.mine {
            self.own.insert(message.id.clone());
        }
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

    /// A page of the newest messages has been put in; `oldest` is the first of its rows. They are to reach back
    /// to this time, where it is given.
    pub(crate) fn newest_page(
        &mut self,
        page: u64,
        round: u32,
        answer: &MessagesPage,
        oldest: Option<&Stamp>,
        back_to: Option<Timestamp>,
    ) -> Option<Next> {
        if !self.awaits(round) {
            return None;
        }
        if page == 1 {
            let stamps = answer.messages.rows.iter().filter_map(|row| self.stamps.get(&row.id));
            self.reading_to = stamps.max().cloned();
        }
        let end = self.is_end(page, answer);
        let met = match (&self.freshness, &self.whole_to) {
            (Freshness::Unloaded | Freshness::Fresh, _) => true,
            (Freshness::Stale, None) => false,
            (Freshness::Stale, Some(known)) => oldest.is_none_or(|oldest| oldest <= known),
        };
        let enough = met && back_to.is_none_or(|time| self.reaches(time));
        if !enough && !end && page < CATCH_UP_PAGES {
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
        self.whole_to = self.reading_to.take();
        self.reading = false;
        Some(Next::Whole)
    }

    /// Whether all messages stored since then are here, provided that the newest are.
    pub(crate) fn reaches(&self, time: Timestamp) -> bool {
        self.older == OlderStatus::End || self.rows.first().is_some_and(|row| row.stamp.at < time)
    }

    /// Reading the newest pages has failed.
    pub(crate) fn newest_failed(&mut self, round: u32, failure: Failure) {
        if round == self.round && self.reading {
            self.reading = false;
            self.failed = Some(failure);
        }
    }

    /// The page to ask for to get what lies before the oldest row, and the number to give back with it; `None`
    /// where there is nothing to ask.
    pub(crate) fn begin_older(&mut self) -> Option<(u64, u32)> {
        if !self.is_fresh() || !matches!(self.older, OlderStatus::More | OlderStatus::Failed(_)) {
            return None;
        }
        self.older = OlderStatus::Loading;
        self.fruitless = 0;
        // Counted in rows, not in pages asked for: new messages push old ones onto later pages.
        Some((self.rows.len() as u64 / self.page_size + 1, self.cut))
    }

    /// Whether a page of older messages with this number still joins on to the oldest row.
    pub(crate) fn joins(&self, cut: u32) -> bool {
        self.older == OlderStatus::Loading && self.cut == cut
    }

    /// An older page has been put in, which brought this many unknown rows. Returns the next page to ask for,
    /// where this one brought nothing.
    pub(crate) fn older_page(
        &mut self,
        page: u64,
        answer: &MessagesPage,
        new: usize,
    ) -> Option<u64> {
        self.fruitless = if new == 0 { self.fruitless + 1 } else { 0 };
        self.older = if self.is_end(page, answer) || self.fruitless > FRUITLESS_PAGES {
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
        self.cut += 1;
    }

    fn clear(&mut self) {
        self.rows.clear();
        self.stamps.clear();
    }
}

#[cfg(test)]
mod tests;
