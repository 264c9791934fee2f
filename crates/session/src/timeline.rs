//! The messages exchanged with one person: ordered as the server has them, each once, with its gaps marked.
//!
//! Rows lie in the order of (time of storing, id). Where something may be missing after the last row, the timeline
//! says so by being [`Freshness::Stale`], and is read again page by page until a page meets what was there. Where that
//! takes too long, the row before which something may be missing is marked ([`Row::gap`]): ranges never pretend to be
//! contiguous. What is missing before the first row is a gap too ([`Timeline::older`]).

mod rows;

use std::ops::Range;

use chinwag_protocol::answer::MessagesPage;
use chinwag_protocol::{Message, MessageId, Receipts, Status, Timestamp, UserId};

use crate::view::{Failure, ListStatus, OlderStatus, OwnState, RowKey, RowView};
use rows::Filled;
pub(crate) use rows::{Block, BlockId, Extent, Gaps, Rows};

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
    /// When it came so far, where it is one's own and the server has said so.
    pub(crate) receipts: Receipts,
    /// Whether the server knows it by a client's id: then its text proves nothing.
    pub(crate) named: bool,
    /// Whether something may be missing between this row and the one before it.
    pub(crate) gap: bool,
}

impl Row {
    /// Whether it is not known yet when it was read, and was so at the end of this: it was there, and had not been read before.
    fn was_read_in(&self, (after, at): Span) -> bool {
        self.mine
            && self.status < Status::Read
            && self.receipts.read.is_none()
            && self.stamp.at > after
            && self.stamp.at <= at
    }
}

/// What of a timeline is kept for the next start, beside its rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    /// Whether all messages up to then were known.
    pub(crate) fresh: bool,
    /// Whether it is known from its beginning.
    pub(crate) begins: bool,
    pub(crate) page_size: u64,
    pub(crate) read_to: Option<Timestamp>,
    pub(crate) whole_to: Option<Stamp>,
    pub(crate) reads: Vec<Span>,
    /// Its rows, from the oldest.
    pub(crate) blocks: Vec<(BlockId, Extent)>,
}

/// After the one time, up to the other and at that.
pub(crate) type Span = (Timestamp, Timestamp);

/// So many times of reading are kept for rows that are not in memory.
const READS: usize = 32;

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

/// Pages that were read one after the other, away from the newest: at either end a row, and the number of the page that it
/// stood on. It stands on that one still, or on a later one.
#[derive(Debug)]
struct Island {
    oldest: (Stamp, u64),
    newest: (Stamp, u64),
}

/// Where what is missing before a row is to be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Before {
    /// On this page.
    Page(u64),
    /// On the one where this row stands, or after it: which that is has to be found out.
    Somewhere(Stamp),
}

/// The timeline of one conversation.
#[derive(Debug)]
pub(crate) struct Timeline {
    rows: Rows,
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
    /// The pages away from the newest that were read last.
    island: Option<Island>,
    /// Pages of older messages in a row that brought nothing.
    fruitless: u64,
    failed: Option<Failure>,
    older: OlderStatus,
    /// How the filling of the newest gap between rows stands.
    gap: OlderStatus,
    page_size: u64,
    /// The other person has read all that was stored up to here.
    read_to: Option<Timestamp>,
    /// When the other person has read last, and since when that was not read: rows that come from the disk or from a page of before
    /// have their time from there.
    reads: Vec<Span>,
    /// Whether its head is not kept as it is.
    unkept: bool,
}

impl Timeline {
    /// Of which nothing is known. The server's pages are of so many messages, the blocks of rows of so many at most.
    pub(crate) fn new(page_size: u64, block: usize) -> Self {
        Self {
            rows: Rows::new(block),
            freshness: Freshness::Unloaded,
            round: 0,
            reading: false,
            whole_to: None,
            reading_to: None,
            filling: None,
            island: None,
            fruitless: 0,
            failed: None,
            older: OlderStatus::Unknown,
            gap: OlderStatus::More,
            page_size,
            read_to: None,
            reads: Vec::new(),
            unkept: false,
        }
    }

    /// As it was kept. Whether nothing was missed since then only a server that counts events can tell.
    pub(crate) fn restored(head: Head, counted: bool, block: usize) -> Self {
        let mut timeline = Self::new(head.page_size, block);
        timeline.freshness = match (head.fresh, head.whole_to.is_some() || head.begins) {
            (true, _) if counted => Freshness::Fresh,
            (_, true) => Freshness::Stale,
            (_, false) => Freshness::Unloaded,
        };
        timeline.older = match (head.begins, head.blocks.is_empty()) {
            (true, _) => OlderStatus::End,
            (false, true) => OlderStatus::Unknown,
            (false, false) => OlderStatus::More,
        };
        timeline.read_to = head.read_to;
        timeline.whole_to = head.whole_to;
        timeline.reads = head.reads;
        // Blocks that overlap would be no order.
        let mut blocks: Vec<(BlockId, Extent)> = Vec::with_capacity(head.blocks.len());
        for (id, extent) in head.blocks {
            if blocks.last().is_none_or(|(_, before)| before.last < extent.first) {
                blocks.push((id, extent));
            }
        }
        let blocks = blocks.into_iter().map(|(id, extent)| Block::away(id, extent));
        timeline.rows = Rows::away(blocks.collect(), block);
        timeline
    }

    /// What is to be kept of it, where that has changed and all of its rows have their numbers. Where each event that
    /// was heard of is known, nothing is missing up to the last row.
    pub(crate) fn take_head(&mut self, whole: bool) -> Option<Head> {
        if !std::mem::take(&mut self.unkept) {
            return None;
        }
        if whole && self.is_fresh() {
            self.whole_to = self.rows.last_stamp().cloned();
        }
        let blocks = self.rows.blocks().iter().map(|block| block.id.zip(block.extent()));
        Some(Head {
            fresh: self.freshness == Freshness::Fresh,
            begins: self.older == OlderStatus::End,
            page_size: self.page_size,
            read_to: self.read_to,
            whole_to: self.whole_to.clone(),
            reads: self.reads.clone(),
            blocks: blocks.flatten().collect(),
        })
    }

    /// Its head is to be kept again.
    pub(crate) fn keep_again(&mut self) {
        self.unkept = true;
    }

    /// Whether its head is not kept as it is.
    pub(crate) fn is_unkept(&self) -> bool {
        self.unkept
    }

    /// Rows have come from the disk, or could not be read there.
    pub(crate) fn fill(&mut self, id: BlockId, rows: Vec<Row>) {
        let filled = self.rows.fill(id, rows);
        for span in &self.reads {
            self.rows.were_read(*span);
        }
        match filled {
            Filled::Whole | Filled::Unasked => {}
            Filled::Torn { last } => {
                self.unkept = true;
                // What is lost may be the beginning.
                self.older_is_not_known();
                if last {
                    self.is_torn();
                }
            }
        }
    }

    /// Whether a page is awaited that joins on to what is here: all of that stays.
    pub(crate) fn is_held(&self) -> bool {
        self.reading || self.is_filling()
    }

    /// The oldest rows are forgotten: the server is asked for them when they are wanted.
    pub(crate) fn forget_oldest(&mut self) {
        if !self.is_held() {
            self.rows.drop_first();
            self.rows.open();
            self.unkept = true;
            self.older_is_not_known();
        }
    }

    fn older_is_not_known(&mut self) {
        if !self.is_filling() && self.older != OlderStatus::Unknown {
            self.older = OlderStatus::More;
        }
    }

    pub(crate) fn knows(&self, id: &MessageId) -> bool {
        self.rows.stamp_of(id).is_some()
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
        let from = self.rows.iter().rev().skip_while(|row| row.key != newest);
        from.filter(|row| !row.mine).nth(count.checked_sub(1)?).map(|row| row.key)
    }

    /// The text of this row, where it is here.
    pub(crate) fn content_of(&self, key: RowKey) -> Option<&str> {
        self.rows.iter().find(|row| row.key == key).map(|row| row.content.as_str())
    }

    /// Its rows.
    pub(crate) fn rows(&self) -> &Rows {
        &self.rows
    }

    /// Its rows, to be written down, let go and filled in again.
    pub(crate) fn rows_mut(&mut self) -> &mut Rows {
        &mut self.rows
    }

    /// All messages up to now are here: what is not, is not stored.
    pub(crate) fn is_fresh(&self) -> bool {
        self.freshness == Freshness::Fresh && !self.is_away()
    }

    /// Whether its newest rows are on disk alone.
    pub(crate) fn is_away(&self) -> bool {
        self.rows.last().is_none() && !self.rows.is_empty()
    }

    /// Whether there is reason to read its newest messages, and they are not being read.
    pub(crate) fn is_to_be_read(&self) -> bool {
        self.freshness != Freshness::Fresh && !self.reading
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
        self.unkept = true;
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
        self.put_in(message, me, now, Box::new(key))
    }

    /// The same, once for all who ask for it.
    fn put_in<'a>(
        &mut self,
        message: &Message,
        me: &UserId,
        now: Timestamp,
        key: Box<dyn FnOnce() -> RowKey + 'a>,
    ) -> RowKey {
        self.unkept = true;
        // Whoever has read one message has read all before it (protocol §2: `messages_read`).
        if message.status == Status::Read && message.sender.id == *me {
            self.read_by_other(message.created_at);
        }
        let named = message.client_id.is_some();
        let mine = message.sender.id == *me;
        let receipts = if mine { message.receipts } else { Receipts::default() };
        let known = self.rows.find(&message.id).map(|row| row.stamp.at);
        let mut row = match known {
            Some(at) if message.created_at.is_none_or(|told| told == at) => {
                let known = self.rows.advance(&message.id, message.status, receipts, named);
                return known.unwrap_or_else(key);
            }
            Some(_) => self.take_out(&message.id),
            None => None,
        }
        .unwrap_or_else(|| Row {
            key: key(),
            stamp: Stamp { at: now, id: message.id.clone() },
            content: message.content.clone(),
            mine,
            status: message.status,
            receipts,
            named,
            gap: false,
        });
        // A time that the server did not give is the present (guide), but after all that is already there.
        let present = || {
            let after = |newest: &Stamp| Timestamp::from_millis(newest.at.millis() + 1);
            self.rows.last_stamp().map_or(now, |newest| after(newest).max(now))
        };
        row.stamp.at = message.created_at.unwrap_or_else(present);
        row.status = row.status.max(message.status);
        row.receipts = row.receipts.or(receipts);
        let key = row.key;
        // In the middle of a gap there is one on either side of it now; and before what is known to be contiguous, there
        // is one after it.
        let before_all = self.rows.first_stamp().is_none_or(|first| row.stamp < *first)
            && !matches!(self.older, OlderStatus::Unknown | OlderStatus::End);
        if self.rows.last_stamp().is_some_and(|last| row.stamp < *last) {
            row.gap = !before_all && self.rows.gap_after(&row.stamp);
            if before_all {
                self.rows.tear(&row.stamp);
            }
        }
        if self.rows.insert(row) {
            self.is_torn();
        }
        key
    }

    /// Takes out the row of a message that the server's time shows to stand in the wrong place.
    fn take_out(&mut self, id: &MessageId) -> Option<Row> {
        let row = self.rows.remove(id)?;
        if row.gap {
            self.rows.tear(&row.stamp);
        }
        Some(row)
    }

    /// Rows that were on disk are lost: what is known of the newest ones may not hold.
    fn is_torn(&mut self) {
        self.older_is_not_known();
        self.whole_to = None;
        self.doubt();
    }

    /// A message has reached the other person. Returns its row, where it is known.
    pub(crate) fn reached(&mut self, id: &MessageId, receipts: Receipts) -> Option<RowKey> {
        self.rows.advance(id, Status::Delivered, receipts, false)
    }

    /// The other person has read just now, at this time of the server's, what they had not; `surely`, where nothing that
    /// happens is missed: else it may have been before.
    #[inline(never)]
    pub(crate) fn reads_now(&mut self, at: Option<Timestamp>, surely: bool) {
        if let Some(at) = at.filter(|_| surely || self.freshness == Freshness::Fresh) {
            let span = (self.read_to.unwrap_or(Timestamp::from_millis(i64::MIN)), at);
            self.rows.were_read(span);
            self.reads.push(span);
            self.reads.drain(..self.reads.len().saturating_sub(READS));
        }
        self.read_by_other(at);
    }

    /// The other person has read all that was stored up to then; without a time, all that is known.
    pub(crate) fn read_by_other(&mut self, at: Option<Timestamp>) {
        let at = at.or_else(|| self.rows.iter().rev().find(|row| row.mine).map(|row| row.stamp.at));
        self.unkept |= self.read_to < at;
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
            let rows = &self.rows;
            let stamps = answer.messages.rows.iter().filter_map(|row| rows.stamp_of(&row.id));
            self.reading_to = stamps.max().cloned();
        }
        self.unkept = true;
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
        let reaches = back_to.is_none_or(|time| self.reaches(time));
        // What is in doubt is looked for as far back as it may be, unless the server gives the same page for ever.
        let read = if reaches { 0 } else { 2 * self.rows.len() as u64 / self.page_size };
        if (needed || !reaches) && !end && page < CATCH_UP_PAGES + read {
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
        self.rows.mark_gaps(|stamp, gap| {
            let shown = stamp > oldest && Some(stamp) <= to;
            !shown && (gap || Some(stamp) > whole_to && stamp <= oldest)
        });
    }

    /// The server has nothing before this row: what was there is no more.
    fn begins_with(&mut self, oldest: Option<&Stamp>) {
        match oldest {
            Some(oldest) => self.rows.begin_at(oldest),
            None => self.rows.open(),
        }
        self.older = OlderStatus::End;
    }

    /// Where the newest rows begin that are known to be contiguous: their place and where they stand.
    fn newest_run(&self) -> (usize, Option<&Stamp>) {
        let gap = self.rows.newest_gap().filter(|(place, _)| *place > 0);
        gap.map_or((0, self.rows.first_stamp()), |(place, stamp)| (place, Some(stamp)))
    }

    /// Whether all messages stored since then are here, provided that the newest are.
    pub(crate) fn reaches(&self, time: Timestamp) -> bool {
        let (first, stamp) = self.newest_run();
        let from_the_beginning = first == 0 && self.older == OlderStatus::End;
        let since = Stamp { at: time, id: MessageId::from("") };
        let here = !self.rows.is_away(&(self.rows.position(&since)..self.rows.len()));
        here && (from_the_beginning || stamp.is_some_and(|stamp| stamp.at < time))
    }

    /// Lets go of rows that are on disk too, until so many are in memory; none of those places, none of the newest, and
    /// none that a receipt may still change.
    pub(crate) fn let_go(&mut self, room: usize, places: &Range<usize>, newest: usize) {
        if self.reading {
            return;
        }
        let read_to = self.read_to;
        let newest = self.rows.len().saturating_sub(newest)..self.rows.len();
        self.rows.let_go(room, &[places.clone(), newest], |row| {
            row.mine && row.status == Status::Sent && Some(row.stamp.at) > read_to
        });
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
        let (first, stamp) = self.newest_run();
        let (gap, stamp) = (first > 0, stamp.cloned());
        let status = if gap { &mut self.gap } else { &mut self.older };
        let idle = matches!(status, OlderStatus::More | OlderStatus::Failed(_));
        if self.freshness != Freshness::Fresh || !idle {
            return None;
        }
        *status = OlderStatus::Loading;
        self.filling = stamp;
        self.fruitless = 0;
        // Counted in rows, not in pages asked for: new messages push old ones onto later pages.
        let after = (self.rows.len() - first) as u64;
        Some(after / self.page_size + 1)
    }

    /// Begins to fill what is missing before the row of this place, where anything is.
    pub(crate) fn begin_before(&mut self, place: usize) -> Option<Before> {
        if place == self.newest_run().0 {
            return self.begin_older().map(Before::Page);
        }
        let stamp = self.rows.stamp_at(place)?;
        let next = self.island.as_ref().filter(|island| island.oldest.0 == stamp);
        let next = next.map(|island| island.oldest.1 + 1);
        if !self.is_missing_before(&stamp) || self.freshness != Freshness::Fresh {
            return None;
        }
        match next {
            Some(page) => self.fill_before(&stamp).then_some(Before::Page(page)),
            None => Some(Before::Somewhere(stamp)),
        }
    }

    /// Whether anything may be missing before the row that stands there, or the first one after it.
    fn is_missing_before(&self, stamp: &Stamp) -> bool {
        if self.rows.position(stamp) == 0 {
            return matches!(self.older, OlderStatus::More | OlderStatus::Failed(_));
        }
        self.rows.gap_after(stamp)
    }

    /// Begins to fill what is missing before the row that stands there. Returns whether anything is, and nothing else is
    /// being filled.
    pub(crate) fn fill_before(&mut self, stamp: &Stamp) -> bool {
        if self.is_filling() || !self.is_missing_before(stamp) {
            return false;
        }
        let gap = self.rows.position(stamp) > 0;
        let status = if gap { &mut self.gap } else { &mut self.older };
        *status = OlderStatus::Loading;
        self.filling = Some(stamp.clone());
        self.fruitless = 0;
        true
    }

    /// Where one comes from above to a gap before the row of this place: the row above.
    pub(crate) fn gap_at(&self, place: usize) -> Option<Stamp> {
        let mut around = self.rows.range(place.checked_sub(1)?..place + 1);
        let (above, below) = (around.next()?, around.next()?);
        (below.gap && self.freshness == Freshness::Fresh).then(|| above.stamp.clone())
    }

    /// A gap could not be filled.
    pub(crate) fn fill_failed(&mut self, failure: Failure) {
        if !self.is_filling() {
            self.gap = OlderStatus::Failed(failure);
        }
    }

    /// The place of the first row that stands there or after it, where it is known that it is the first; of the last one
    /// where all are before.
    pub(crate) fn known_place(&self, to: &Stamp) -> Option<usize> {
        if let Some(here) = self.rows.stamp_of(&to.id) {
            return Some(self.rows.position(here));
        }
        let place = self.rows.position(to);
        if place == self.rows.len() {
            return place.checked_sub(1).filter(|_| self.is_fresh());
        }
        let known =
            if place == 0 { self.older == OlderStatus::End } else { !self.rows.gap_after(to) };
        known.then_some(place)
    }

    /// A page of the history that is not before there, as late as it surely is.
    pub(crate) fn page_not_before(&self, to: &Stamp) -> u64 {
        let from = self.newest_run().0.max(self.rows.position(to));
        let counted = (self.rows.len() - from) as u64 / self.page_size;
        // What follows a page stands on the one after it, or has been pushed back onto this one.
        let near = self.island.as_ref().filter(|island| island.newest.0 < *to);
        let near = near.filter(|island| to.at == island.newest.0.at);
        counted.max(near.map_or(1, |island| island.newest.1 - 1)).max(1)
    }

    /// A page from the middle of the history has been put in: its rows are contiguous. Returns whether anything may be
    /// missing before them.
    pub(crate) fn island(
        &mut self,
        page: u64,
        answer: &MessagesPage,
        oldest: Option<&Stamp>,
    ) -> bool {
        self.unkept = true;
        let end = self.is_end(page, answer);
        let rows = &self.rows;
        let newest = answer.messages.rows.iter().filter_map(|row| rows.stamp_of(&row.id)).max();
        let (Some(oldest), Some(newest)) = (oldest, newest.cloned()) else { return false };
        self.rows.mark_gaps(|stamp, gap| gap && (stamp <= oldest || *stamp > newest));
        if end {
            self.begins_with(Some(oldest));
        }
        let known = self
            .island
            .take()
            .filter(|island| *oldest <= island.newest.0 && island.newest.0 < newest);
        let first = known.map_or((oldest.clone(), page), |island| island.oldest);
        self.island = Some(Island { oldest: first, newest: (newest, page) });
        !end && self.is_missing_before(oldest)
    }

    /// When the first message of all was stored, once it is known which that is.
    pub(crate) fn begins(&self) -> Option<Timestamp> {
        let first = self.rows.first_stamp().filter(|_| self.older == OlderStatus::End);
        first.map(|first| first.at)
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
        self.unkept = true;
        self.fruitless = if new == 0 { self.fruitless + 1 } else { 0 };
        let end = self.is_end(page, answer);
        let in_vain = self.fruitless > FRUITLESS_PAGES;
        // The page joins on to the row that it was asked for, or overlaps with it and those after it.
        let before = self.filling.as_ref();
        self.rows.mark_gaps(|stamp, gap| {
            gap && (oldest.is_none_or(|oldest| stamp <= oldest) || Some(stamp) > before)
        });
        let filled = self.gap == OlderStatus::Loading
            && before.is_none_or(|before| !self.rows.gap_after(before));
        let next = (new == 0 && !end && !in_vain && !filled).then_some(page + 1);
        let status = if next.is_some() { OlderStatus::Loading } else { OlderStatus::More };
        if let (Some(oldest), Some(before)) = (oldest, before) {
            let joins = self.island.as_mut().filter(|island| island.oldest.0 == *before);
            if let Some(island) = joins {
                island.oldest = (oldest.clone(), page);
            }
        }
        if self.gap != OlderStatus::Loading {
            self.older = if end || in_vain { OlderStatus::End } else { status };
            return next;
        }
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
            _ if self.is_away() => ListStatus::Loading,
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
        let mut receipts = row.receipts;
        if let Some((_, at)) = self.reads.iter().find(|span| row.was_read_in(**span)) {
            receipts.read = Some(*at);
        }
        RowView {
            content: row.content.clone(),
            at: row.stamp.at,
            own: row.mine.then_some(state),
            receipts,
            gap: row.gap,
        }
    }

    fn is_end(&mut self, page: u64, answer: &MessagesPage) -> bool {
        let sent = answer.messages.sent() as u64;
        if let Some(limit) = answer.pagination.limit.filter(|limit| *limit > 0) {
            self.page_size = limit;
        }
        // A page that is full may not be the last, whatever the count says: where that was taken before the page was read, the oldest
        // may have been pushed off it in between.
        let last = answer.pagination.pages.is_none_or(|pages| page >= pages);
        last && sent < self.page_size || sent == 0
    }
}

#[cfg(test)]
mod tests;
