//! The messages exchanged with one person: ordered as the server has them, each once, with its gaps marked.
//!
//! Rows lie in the order of (time of storing, id). Where something may be missing after the last row, the timeline
//! says so by being [`Freshness::Stale`], and is read again page by page until a page meets what was there. Where that
//! takes too long, the row before which something may be missing is marked ([`Row::gap`]): ranges never pretend to be
//! contiguous. What is missing before the first row is a gap too ([`Timeline::older`]).

use std::collections::HashMap;

use chinwag_protocol::answer::MessagesPage;
use chinwag_protocol::{Message, MessageId, Status, Timestamp, UserId};

use crate::view::{Failure, ListStatus, OlderStatus, OwnState, RowKey, RowView};

/// Pages to read back at once for what was missed; the rest is a gap, which is filled when it comes into view.
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
    /// Whether the server knows it by a client's id: then its text proves nothing.
    pub(crate) named: bool,
    /// Whether something may be missing between this row and the one before it.
    pub(crate) gap: bool,
}

/// Further pages to read where a page of older messages brings nothing new: one that new messages have pushed back
/// overlaps with what is known, but a server that gives the same page for ever is not asked for ever.
const FRUITLESS_PAGES: u64 = 10;

/// Whether the newest messages are all here.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Freshness {
    /// Nothing was asked yet.
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
    /// The newest row that a history has shown, if any: up to here whatever is missing is marked. Rows that came alone
    /// do not count, because live delivery is no proof (protocol §2).
    whole_to: Option<Stamp>,
    /// The same of the reading under way, for when it is complete.
    reading_to: Option<Stamp>,
    /// The row before which older ones are being filled in.
    filling: Option<Stamp>,
    /// Pages of older messages in a row that brought nothing.
    fruitless: u64,
    failed: Option<Failure>,
    older: OlderStatus,
    /// How the filling of the newest gap between rows stands.
    gap: OlderStatus,
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
            filling: None,
            fruitless: 0,
            failed: None,
            older: OlderStatus::Unknown,
            gap: OlderStatus::More,
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

    /// The newest message of the other person, of those that were stored up to then, where it is said.
    pub(crate) fn newest_of_theirs(&self, to: Option<Timestamp>) -> Option<&Row> {
        let stored = |row: &&Row| to.is_none_or(|to| row.stamp.at <= to);
        self.rows.iter().rev().filter(stored).find(|row| !row.mine)
    }

    /// The first of so many messages of the other person, this being the last of them; none where they are not all here.
    pub(crate) fn first_of(&self, newest: RowKey, count: usize) -> Option<RowKey> {
        let newest = self.rows.iter().rposition(|row| row.key == newest)?;
        let mut theirs = self.rows[..=newest].iter().rev().filter(|row| !row.mine);
        theirs.nth(count.checked_sub(1)?).map(|row| row.key)
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = RowKey> {
        self.rows.iter().map(|row| row.key)
    }

    /// The text of this row, where it is here.
    pub(crate) fn content_of(&self, key: RowKey) -> Option<&str> {
        self.rows.iter().find(|row| row.key == key).map(|row| row.content.as_str())
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
        if self.freshness == Freshness::Fresh {
            self.freshness = Freshness::Stale;
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
                found.named |= message.client_id.is_some();
                return found.key;
            }
            Err(moved) => moved.unwrap_or_else(|| Row {
                key: key.take().map_or(RowKey(0), |key| key()),
                stamp: Stamp { at: now, id: message.id.clone() },
                content: message.content.clone(),
                mine: message.sender.id == *me,
                status: message.status,
                named: message.client_id.is_some(),
                gap: false,
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
        // In the middle of a gap there is one on either side of it now; and before what is known to be contiguous, there
        // is one after it.
        let before_all =
            place == 0 && !matches!(self.older, OlderStatus::Unknown | OlderStatus::End);
        if let Some(next) = self.rows.get_mut(place) {
            row.gap = next.gap && !before_all;
            next.gap |= before_all;
        }
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
            let row = self.rows.remove(place);
            if let Some(next) = self.rows.get_mut(place) {
                next.gap |= row.gap;
            }
            return Err(Some(row));
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
            (Freshness::Fresh, _) => true,
            (Freshness::Stale, Some(known)) => oldest.is_none_or(|oldest| oldest <= known),
            // Where no history was ever shown, what came alone is not met but joined by what is read when it is seen.
            (Freshness::Unloaded | Freshness::Stale, _) => false,
        };
        if let Some(oldest) = oldest {
            self.mark(oldest);
        }
        // A conversation that was known to be empty is known from its beginning.
        let known = self.whole_to.is_some() || self.older == OlderStatus::End;
        let needed = !met && self.freshness == Freshness::Stale && known;
        let enough = !needed && back_to.is_none_or(|time| self.reaches(time));
        if !enough && !end && page < CATCH_UP_PAGES {
            return Some(Next::Page(page + 1));
        }
        if end {
            self.begins_with(oldest);
        } else if self.older == OlderStatus::Unknown || self.whole_to.is_none() {
            self.older = OlderStatus::More;
        }
        self.freshness = Freshness::Fresh;
        self.whole_to = self.reading_to.take();
        self.reading = false;
        Some(Next::Whole)
    }

    /// The rows that a reading has shown so far, from `oldest` to the newest of its first page, are contiguous. What
    /// lies between them and the last row that an earlier reading has shown came alone: there are gaps around it.
    fn mark(&mut self, oldest: &Stamp) {
        let (to, whole_to) = (self.reading_to.as_ref(), self.whole_to.as_ref());
        for row in self.rows.iter_mut().skip(1) {
            let stamp = Some(&row.stamp);
            row.gap = if &row.stamp > oldest && stamp <= to {
                false
            } else {
                row.gap || stamp > whole_to && &row.stamp <= oldest
            };
        }
    }

    /// The server has nothing before this row: what was there is no more.
    fn begins_with(&mut self, oldest: Option<&Stamp>) {
        if let Some(oldest) = oldest {
            self.rows.retain(|row| row.stamp >= *oldest);
            self.stamps.retain(|_, stamp| *stamp >= *oldest);
        }
        if let Some(first) = self.rows.first_mut() {
            first.gap = false;
        }
        self.older = OlderStatus::End;
    }

    /// Where the newest rows begin that are known to be contiguous.
    fn newest_run(&self) -> usize {
        self.rows.iter().rposition(|row| row.gap).unwrap_or_default()
    }

    /// Whether all messages stored since then are here, provided that the newest are.
    pub(crate) fn reaches(&self, time: Timestamp) -> bool {
        let first = self.newest_run();
        let from_the_beginning = first == 0 && self.older == OlderStatus::End;
        from_the_beginning || self.rows.get(first).is_some_and(|row| row.stamp.at < time)
    }

    /// Reading the newest pages has failed.
    pub(crate) fn newest_failed(&mut self, round: u32, failure: Failure) {
        if round == self.round && self.reading {
            self.reading = false;
            self.failed = Some(failure);
        }
    }

    /// The page to ask for to fill the newest gap, or to get what lies before the oldest row where there is none;
    /// `None` where there is nothing to ask.
    pub(crate) fn begin_older(&mut self) -> Option<u64> {
        // One page at a time, whatever for: it joins on to the rows that it was asked for.
        if self.is_filling() {
            return None;
        }
        let first = self.newest_run();
        let gap = first > 0;
        let status = if gap { &mut self.gap } else { &mut self.older };
        let idle = matches!(status, OlderStatus::More | OlderStatus::Failed(_));
        if self.freshness != Freshness::Fresh || !idle {
            return None;
        }
        *status = OlderStatus::Loading;
        self.filling = self.rows.get(first).map(|row| row.stamp.clone());
        self.fruitless = 0;
        // Counted in rows, not in pages asked for: new messages push old ones onto later pages.
        let after = (self.rows.len() - first) as u64;
        Some(after / self.page_size + 1)
    }

    /// Whether a page of older messages is awaited.
    pub(crate) fn is_filling(&self) -> bool {
        self.older == OlderStatus::Loading || self.gap == OlderStatus::Loading
    }

    /// An older page has been put in, which brought this many unknown rows. Returns the next page to ask for,
    /// where this one brought nothing.
    pub(crate) fn older_page(
        &mut self,
        page: u64,
        answer: &MessagesPage,
        oldest: Option<&Stamp>,
        new: usize,
    ) -> Option<u64> {
        self.fruitless = if new == 0 { self.fruitless + 1 } else { 0 };
        let end = self.is_end(page, answer);
        let in_vain = self.fruitless > FRUITLESS_PAGES;
        let next = (new == 0 && !end && !in_vain).then_some(page + 1);
        let status = if next.is_some() { OlderStatus::Loading } else { OlderStatus::More };
        // The page joins on to the row that it was asked for, or overlaps with it and those after it.
        let before = self.filling.as_ref();
        for row in &mut self.rows {
            row.gap &=
                oldest.is_none_or(|oldest| row.stamp <= *oldest) || Some(&row.stamp) > before;
        }
        if self.gap != OlderStatus::Loading {
            self.older = if end || in_vain { OlderStatus::End } else { status };
            return next;
        }
        let filled = !self.rows.iter().any(|row| row.gap && Some(&row.stamp) <= before);
        if end {
            let first = oldest.or(before).cloned();
            self.begins_with(first.as_ref());
        }
        self.gap = match status {
            _ if filled || end => OlderStatus::More,
            _ if in_vain => OlderStatus::Failed(Failure::Unreadable),
            status => status,
        };
        next.filter(|_| self.gap == OlderStatus::Loading)
    }

    pub(crate) fn older_failed(&mut self, failure: Failure) {
        let gap = self.gap == OlderStatus::Loading;
        let status = if gap { &mut self.gap } else { &mut self.older };
        *status = OlderStatus::Failed(failure);
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

    /// How the filling of the newest gap stands.
    pub(crate) fn gap(&self) -> &OlderStatus {
        &self.gap
    }

    pub(crate) fn view(&self, row: &Row) -> RowView {
        let read = self.read_to.is_some_and(|read_to| row.stamp.at <= read_to);
        let state = match row.status {
            Status::Read => OwnState::Read,
            Status::Sent | Status::Delivered if read => OwnState::Read,
            Status::Delivered => OwnState::Delivered,
            Status::Sent => OwnState::Sent,
        };
        RowView {
            content: row.content.clone(),
            at: row.stamp.at,
            own: row.mine.then_some(state),
            gap: row.gap,
        }
    }

    fn is_end(&mut self, page: u64, answer: &MessagesPage) -> bool {
        let sent = answer.messages.sent() as u64;
        if let Some(limit) = answer.pagination.limit.filter(|limit| *limit > 0) {
            self.page_size = limit;
        }
        answer.pagination.pages.map_or(sent < self.page_size, |pages| page >= pages) || sent == 0
    }
}

#[cfg(test)]
mod tests;
