//! Going to a day or to a message that may not be here: on the disk alone, or known to the server only.
//!
//! What is here or on the disk needs no server, provided that no gap lies just before it. Anything else stands on some page
//! of the history, counted from the newest message, and a base server can only be asked for pages by number. The page is
//! the last one whose newest message is not before where one wants to go. It is found by halving: the rows from the newest
//! gap on are a lower bound, the number of pages is the upper one; where a server does not tell it, each step goes twice as
//! far until it is too far. What lies on the pages between is not kept.
//!
//! While that goes on new messages push old ones onto later pages, never onto earlier ones. So a page that was not before
//! there stays so, and the last answer of all is that of the page itself, which is put in as an island: contiguous in
//! itself, with a gap on either side until one comes near ([`Chat::fill`]). A gap between two islands is filled by the same
//! means: from below by the page that its later row stands on, from above by that which follows its earlier row.

use chinwag_protocol::answer::MessagesPage;
use chinwag_protocol::call::MESSAGES_LIMIT;
use chinwag_protocol::{Call, Json, MessageId, Timestamp, UserId};

use super::caching::{PutOff, Way};
use super::{Chat, answers};
use crate::calls::Purpose;
use crate::session::{Refusal, World};
use crate::timeline::{Before, Stamp, Timeline};
use crate::view::{Failure, RowKey};

/// More pages than that no sound server makes one ask for.
const MOST: u32 = 64;

/// Something that is looked for.
#[derive(Debug)]
pub(super) struct Seek {
    /// Where it stands, or what comes next.
    to: Stamp,
    what_for: WhatFor,
    /// A page that is not before there.
    newer: u64,
    /// The first page that is, as far as it is known.
    older: u64,
    /// The page that is awaited.
    page: Option<u64>,
    asked: u32,
    /// How far one has come.
    pub(super) reached: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum WhatFor {
    /// To go there. What was stored from then on is not what was meant.
    Go(Timestamp),
    /// What is missing before it.
    Before,
    /// What is missing before the next row.
    After,
}

impl Seek {
    fn new(to: Stamp, what_for: WhatFor) -> Self {
        let (newer, older) = (1, u64::MAX);
        Self { to, what_for, newer, older, page: None, asked: 0, reached: None }
    }

    pub(super) fn goes(&self) -> bool {
        matches!(self.what_for, WhatFor::Go(_))
    }

    /// Learns what a page tells. Returns whether it is the one.
    fn learn(&mut self, page: u64, answer: &MessagesPage) -> Result<bool, Failure> {
        let rows = || {
            let rows = answer.messages.rows.iter();
            rows.filter_map(|row| Some((row.created_at?, &row.id)))
        };
        let (first, last) = (rows().min(), rows().max());
        let to = Some((self.to.at, &self.to.id));
        if last.is_none() && answer.messages.sent() > 0 {
            return Err(Failure::Unreadable);
        }
        self.reached = first.map_or(self.reached, |(at, _)| Some(at));
        let reaches = first <= to;
        if last < to {
            self.older = page;
        } else {
            self.newer = page;
        }
        let pages = answer.pagination.pages.unwrap_or(u64::MAX);
        self.older = self.older.min(pages.saturating_add(1)).max(2);
        self.newer = self.newer.min(self.older - 1);
        Ok(page == self.newer && (reaches || self.older == self.newer + 1))
    }

    /// The page to ask for next.
    fn next(&mut self) -> Option<u64> {
        self.asked += 1;
        let step = match self.older {
            u64::MAX => 1 << (self.asked.min(32) - 1),
            older => (older - self.newer) / 2,
        };
        self.page = (self.asked <= MOST).then(|| self.newer.saturating_add(step));
        self.page
    }
}

impl Chat {
    /// Goes to the first message that was stored at that time or after it; what was stored from `until` on is not meant.
    pub(super) fn go_to(
        &mut self,
        world: &mut World,
        at: Timestamp,
        id: MessageId,
        until: Timestamp,
    ) {
        self.seek(world, Stamp { at, id }, WhatFor::Go(until));
    }

    /// Stays where one is.
    pub(super) fn stay(&mut self) {
        if let Some(open) = &mut self.open {
            open.seek.take_if(|seek| seek.goes());
        }
    }

    /// Loads what is missing before this row, for one who comes from below or from above.
    pub(super) fn fill(&mut self, world: &mut World, row: RowKey, from_above: bool) {
        let Some(open) = self.open.as_ref().filter(|open| open.seek.is_none()) else { return };
        let with = open.with.clone();
        let timeline = self.timeline(&with);
        let Some(place) = timeline.rows().place_of(row) else { return };
        if from_above && let Some(before) = timeline.gap_at(place) {
            // Just after the row above.
            let id = MessageId::from(format!("{}\u{0}", before.id));
            return self.seek(world, Stamp { id, ..before }, WhatFor::After);
        }
        match timeline.begin_before(place) {
            Some(Before::Page(page)) => {
                self.read_older_page(world, with, page);
                self.picture.order_changed();
            }
            Some(Before::Somewhere(stamp)) => self.seek(world, stamp, WhatFor::Before),
            None => {}
        }
    }

    fn seek(&mut self, world: &mut World, to: Stamp, what_for: WhatFor) {
        let Some(open) = &mut self.open else { return };
        open.seek = Some(Seek::new(to, what_for));
        self.seek_on(world);
    }

    /// Goes on looking for what is looked for, unless something is awaited.
    pub(super) fn seek_on(&mut self, world: &mut World) {
        if self.open.as_ref().is_some_and(|open| open.seek.is_some()) {
            self.seek_further(world);
        }
    }

    #[inline(never)]
    fn seek_further(&mut self, world: &mut World) {
        let Some(open) = &mut self.open else { return };
        let Some(seek) = open.seek.as_mut().filter(|seek| seek.page.is_none()) else { return };
        let (with, goes, to) = (open.with.clone(), seek.goes(), seek.to.clone());
        let timeline = self.timeline(&with);
        if goes {
            let rows = timeline.rows_mut();
            let place = rows.position(&to);
            let near = place.saturating_sub(1)..(place + 1).min(rows.len());
            if rows.is_away(&near) {
                let blocks = rows.ask(&near);
                return self.recall(world, &with, blocks);
            }
            if let Some(place) = timeline.known_place(&to) {
                return self.arrive(world, place);
            }
        }
        if timeline.is_reading() {
            return;
        }
        if timeline.is_to_be_read() {
            return self.read_newest(world, &with);
        }
        let sure = timeline.page_not_before(&to);
        let Some(seek) = self.open.as_mut().and_then(|open| open.seek.as_mut()) else { return };
        seek.newer = sure.max(seek.newer).min(seek.older - 1);
        let Some(page) = seek.next() else { return self.seek_failed(world, Failure::Unreadable) };
        let call = Call::History { with: with.clone(), page, limit: MESSAGES_LIMIT };
        self.call(world, call, Purpose::Sought { with, page });
    }

    /// What is looked for cannot be had: one stays, and is told.
    pub(super) fn seek_failed(&mut self, world: &mut World, failure: Failure) {
        let Some(open) = &mut self.open else { return };
        let Some(seek) = open.seek.take() else { return };
        let with = open.with.clone();
        if seek.goes() {
            world.complaint = Some(failure);
        } else {
            self.timeline(&with).fill_failed(failure);
        }
    }

    /// A page that was asked for on the way has come.
    pub(super) fn sought(
        &mut self,
        world: &mut World,
        with: &UserId,
        page: u64,
        data: Result<Json<'_>, Refusal>,
    ) {
        let open = self.open.as_mut().filter(|open| open.with == *with);
        let Some(seek) =
            open.and_then(|open| open.seek.as_mut()).filter(|seek| seek.page == Some(page))
        else {
            return world.log("a page that nobody looks for any more was ignored");
        };
        let read = data.and_then(|data| Ok(MessagesPage::read(data.root())?));
        let learnt = read.map_err(|refusal| refusal.failure).and_then(|answer| {
            let found = seek.learn(page, &answer)?;
            Ok((answer, found))
        });
        match learnt {
            Err(failure) => self.seek_failed(world, failure),
            Ok((answer, true)) => {
                answers::log_skipped(world, &answer.messages, "messages");
                self.found(world, with, page, answer);
            }
            Ok((_, false)) => {
                seek.page = None;
                self.seek_on(world);
            }
        }
    }

    /// The page where it stands is here.
    pub(super) fn found(
        &mut self,
        world: &mut World,
        with: &UserId,
        page: u64,
        answer: MessagesPage,
    ) {
        let open = self.open.as_mut().filter(|open| open.with == *with);
        let Some(seek) =
            open.and_then(|open| open.seek.as_mut()).filter(|seek| seek.page == Some(page))
        else {
            return;
        };
        let (to, what_for) = (seek.to.clone(), seek.what_for);
        if self.is_to_wait(world, with, &answer) {
            return self.put_off(PutOff { with: with.clone(), page, way: Way::Sought, answer });
        }
        if what_for == WhatFor::Before {
            if let Some(open) = &mut self.open {
                open.seek = None;
            }
            if self.timeline(with).fill_before(&to) {
                self.older_answered(world, with, page, answer);
            }
            return;
        }
        let oldest = self.put_page(world, with, &answer, false).0;
        let timeline = self.timeline(with);
        let torn = timeline.island(page, &answer, oldest.as_ref());
        // What comes before the very first of them is what one came from, or is next to it.
        let joins = oldest.filter(|oldest| torn && to <= *oldest);
        if joins.is_some_and(|oldest| timeline.fill_before(&oldest)) {
            self.read_older_page(world, with.clone(), page + 1);
        }
        let rows = self.timeline(with).rows();
        let place = rows.position(&to).min(rows.len().saturating_sub(1));
        self.picture.order_changed();
        self.picture.all_rows_changed();
        if matches!(what_for, WhatFor::Go(_)) {
            self.arrive(world, place);
        } else if let Some(open) = &mut self.open {
            open.seek = None;
        }
    }

    /// One has come to the row of this place.
    fn arrive(&mut self, world: &mut World, place: usize) {
        let Some(open) = &mut self.open else { return };
        let Some(seek) = open.seek.take() else { return };
        let rows = self.timelines.get(&open.with).map(Timeline::rows);
        let row = rows.and_then(|rows| rows.range(place..place + 1).next());
        let Some((key, at)) = row.map(|row| (row.key, row.stamp.at)) else { return };
        if let WhatFor::Go(until) = seek.what_for
            && !(seek.to.at..until).contains(&at)
        {
            world.complaint = Some(Failure::NothingThen);
        }
        open.arrived = Some((key, open.arrived.map_or(1, |(_, before)| before + 1)));
        self.stand(Some((key, 0)));
        self.look_at(Some(place));
    }
}
