//! What one has seen of the server: kept on disk for the next start, let go from memory, and read again when one comes
//! near. Only the tab that leads writes. Away from the hot path: some time after a change, a few blocks at a time.
//!
//! A value that is missing or damaged is no failure: what it held is asked of the server again.

use std::collections::BTreeSet;
use std::time::Duration;

use chinwag_protocol::answer::MessagesPage;
use chinwag_protocol::{SyncPoint, UserId};

use super::Chat;
use crate::cache::{self, Indexed};
use crate::effect::{Effect, KeepId, Recall, RecallId, Write};
use crate::session::{DISK, World};
use crate::sizes::Sizes;
use crate::time::{Millis, earliest};
use crate::timeline::{BlockId, Stamp, Timeline};
use crate::view::Failure;

/// How long after a change it is written down.
const REST: Duration = Duration::from_secs(1);
/// How long to wait before what the disk did not take is written again, the first time; then as much longer each time,
/// so many times.
const AGAIN: Duration = Duration::from_secs(30);
const LONGER: u32 = 10;
/// How what was seen is kept.
#[derive(Debug, Default)]
pub(super) struct Cache {
    /// When to write what has changed.
    due: Option<Millis>,
    /// What is being written, and not known to be there yet.
    writing: Option<(KeepId, Vec<(UserId, BlockId)>)>,
    /// How often in a row the disk took nothing.
    refused: u32,
    /// When to try again then.
    again: Option<Millis>,
    /// Of whom what is known is not written.
    people: BTreeSet<UserId>,
    /// How far the events were known that was written last.
    point: Option<SyncPoint>,
    /// What is being read: of which conversation, which blocks, and until when to wait.
    reading: Vec<Reading>,
    /// Pages of histories that overlap with rows on disk: put in their places when those are here.
    pages: Vec<PutOff>,
    /// Whether blocks that nobody knows of were looked for.
    tidied: bool,
    /// What was kept could not be read at the start: beside what is written now it would pass for as new.
    unread: bool,
    /// All of it is being thrown away, or was: nothing is written any more.
    pub(super) clearing: Option<KeepId>,
}

#[derive(Debug)]
struct Reading {
    id: RecallId,
    with: UserId,
    blocks: Vec<BlockId>,
    until: Millis,
}

/// A page of a history that waits for the disk.
#[derive(Debug)]
pub(super) struct PutOff {
    pub(super) with: UserId,
    pub(super) page: u64,
    pub(super) way: Way,
    pub(super) answer: MessagesPage,
}

/// What a page of a history is of.
#[derive(Clone, Copy, Debug)]
pub(super) enum Way {
    /// The reading of the newest pages that has this number.
    Newest(u32),
    /// What lies before some row.
    Older,
    /// What was looked for.
    Sought,
}

impl Cache {
    /// Something of what is kept has changed.
    pub(super) fn changed(&mut self, now: Millis) {
        self.due.get_or_insert(now.plus(REST));
    }

    /// The page may go any moment.
    pub(super) fn hurry(&mut self, now: Millis) {
        if self.due.is_some() {
            self.due = Some(now);
        }
    }

    /// The disk may take again what it did not take.
    pub(super) fn write_again(&mut self, now: Millis) {
        self.again = self.again.map(|_| now);
    }

    pub(super) fn deadline(&self) -> Option<Millis> {
        let due = earliest([self.due, self.again]).filter(|_| self.writing.is_none());
        earliest([due, earliest(self.reading.iter().map(|reading| Some(reading.until)))])
    }
}

impl Chat {
    /// What was kept, at the start; `None` where it could not be read.
    pub(crate) fn remember(&mut self, world: &mut World, values: Option<Vec<String>>) {
        let mut heads = Vec::new();
        self.cache.unread = values.is_none();
        for value in values.unwrap_or_default() {
            match Indexed::read(&value) {
                Some(Indexed::Feed(point)) => {
                    self.cache.point = Some(point.clone());
                    self.feed.restore(point);
                }
                Some(Indexed::Person(id, known)) => {
                    self.roster.restore(&id, known);
                    self.picture.person_changed(&id);
                }
                Some(Indexed::Head(with, head)) => heads.push((with, head)),
                None => world.log("what was cached cannot be read, and is ignored"),
            }
        }
        let counted = self.feed.is_counted();
        for (with, head) in heads {
            self.timelines.insert(with, Timeline::restored(head, counted, self.sizes.block));
        }
        // As it was kept: nothing of it is news.
        self.cache.people.clear();
    }

    /// Asks the disk for these blocks.
    pub(super) fn recall(&mut self, world: &mut World, with: &UserId, blocks: Vec<BlockId>) {
        if blocks.is_empty() {
            return;
        }
        let keys = blocks.iter().map(|id| cache::block(&self.me.id, with, *id)).collect();
        let id = world.recall(Recall::Each(keys));
        let until = world.now.plus(DISK);
        self.cache.reading.push(Reading { id, with: with.clone(), blocks, until });
    }

    /// Asks the disk for the newest rows of a conversation, where they are there alone.
    pub(super) fn recall_newest(&mut self, world: &mut World, with: &UserId) {
        let rows = self.timeline(with).rows_mut();
        let newest = rows.len().saturating_sub(1)..rows.len();
        let blocks = rows.ask(&newest);
        self.recall(world, with, blocks);
    }

    /// Blocks have come from the disk; `None` where it could not be read.
    pub(crate) fn recalled(
        &mut self,
        world: &mut World,
        id: RecallId,
        values: Option<Vec<String>>,
    ) {
        let Some(place) = self.cache.reading.iter().position(|reading| reading.id == id) else {
            return world.log("what was recalled too late was ignored");
        };
        let Reading { with, blocks, .. } = self.cache.reading.swap_remove(place);
        let mut values = values.unwrap_or_default().into_iter();
        for block in blocks {
            let value = values.next().unwrap_or_default();
            let rows = cache::read_rows(&value, || world.row_key());
            self.timeline(&with).fill(block, rows);
        }
        // A receipt may have been faster than the disk.
        if let Some(timeline) = self.timelines.get_mut(&with) {
            self.early.retain(|(id, receipts)| timeline.reached(id, *receipts).is_none());
        }
        let waiting = std::mem::take(&mut self.cache.pages);
        let (of_this, others) = waiting.into_iter().partition(|page| page.with == with);
        self.cache.pages = others;
        for PutOff { with, page, way, answer } in of_this {
            match way {
                Way::Newest(round) => self.newest_answered(world, &with, page, round, answer),
                Way::Older => self.older_answered(world, &with, page, answer),
                Way::Sought => self.found(world, &with, page, answer),
            }
        }
        // What was torn is read anew.
        if self.live && self.is_open(&with) {
            self.read_newest(world, &with);
        }
        self.seek_on(world);
        self.picture.order_changed();
        self.picture.all_rows_changed();
    }

    /// Whether a page can be put in now. Where its messages lie among rows that are on disk alone, those are read first,
    /// and the page waits.
    pub(super) fn is_to_wait(
        &mut self,
        world: &mut World,
        with: &UserId,
        answer: &MessagesPage,
    ) -> bool {
        let stamps = || {
            let messages = answer.messages.rows.iter();
            messages.filter_map(|message| {
                Some(Stamp { at: message.created_at?, id: message.id.clone() })
            })
        };
        let timeline = self.timeline(with);
        let (Some(first), Some(last)) = (stamps().min(), stamps().max()) else { return false };
        let mut places = timeline.rows().places(&first, &last);
        // Where nothing of it is known, the newest rows tell where it joins on.
        if timeline.is_away() {
            places.end = timeline.rows().len();
            places.start = places.start.min(places.end.saturating_sub(1));
        }
        if !timeline.rows().is_away(&places) {
            return false;
        }
        let blocks = timeline.rows_mut().ask(&places);
        self.recall(world, with, blocks);
        true
    }

    /// Keeps a page until the rows that it lies among are here.
    pub(super) fn put_off(&mut self, page: PutOff) {
        self.cache.pages.push(page);
    }

    /// A disk that does not answer in time has nothing.
    pub(super) fn cache_ticks(&mut self, world: &mut World) {
        let late = |reading: &&Reading| world.now >= reading.until;
        let late: Vec<_> =
            self.cache.reading.iter().filter(late).map(|reading| reading.id).collect();
        for id in late {
            self.recalled(world, id, None);
        }
    }

    /// Writes what has changed, where it is time.
    pub(super) fn cache(&mut self, world: &mut World) {
        self.cache.people.extend(self.picture.persons().cloned());
        let changed = self.picture.has_changed() || !self.cache.people.is_empty();
        if changed {
            self.cache.changed(world.now);
        }
        let is_time = |at: Option<Millis>| at.is_some_and(|at| world.now >= at);
        let again = is_time(self.cache.again);
        if (again || is_time(self.cache.due)) && self.cache.writing.is_none() {
            self.write(world, again);
        }
    }

    /// Writes a batch of what has changed; `again`, after a disk that was full.
    #[inline(never)]
    fn write(&mut self, world: &mut World, again: bool) {
        self.cache.due = None;
        if self.cache.clearing.is_some() {
            self.cache.again = None;
            return;
        }
        if !world.leads() || !again && self.cache.again.is_some() {
            if !world.leads() {
                self.cache.again = None;
            }
            if !world.leads() || self.cache.refused > 1 {
                self.let_go_without_disk();
            }
            return;
        }
        self.cache.again = None;
        if std::mem::take(&mut self.cache.unread) {
            let prefix = cache::index(&self.me.id);
            world.effects.push_back(Effect::Purge { prefix, but: Vec::new() });
        }
        self.bound();
        let mut writes = Vec::new();
        let mut blocks = Vec::new();
        let me = self.me.id.clone();
        let mut all = true;
        for (with, timeline) in &mut self.timelines {
            for id in timeline.rows_mut().take_gone() {
                writes.push(Write { key: cache::block(&me, with, id), value: None });
            }
            for block in timeline.rows_mut().blocks_mut().filter(|block| !block.written) {
                if blocks.len() == self.sizes.batch {
                    all = false;
                    break;
                }
                let id = *block.id.get_or_insert_with(|| world.block_id());
                block.written = true;
                let value = Some(cache::encode_rows(block.rows()));
                writes.push(Write { key: cache::block(&me, with, id), value });
                blocks.push((with.clone(), id));
            }
        }
        if all {
            self.index(&mut writes);
        } else {
            self.cache.due = Some(world.now);
        }
        if !writes.is_empty() {
            let id = world.next_keep();
            self.cache.writing = Some((id, blocks));
            world.effects.push_back(Effect::Cache { id, writes });
        }
    }

    /// What is to be written besides rows: only together with all rows that it builds on.
    fn index(&mut self, writes: &mut Vec<Write>) {
        let me = self.me.id.clone();
        let mut put = |key: String, value: &Indexed| {
            writes.push(Write { key, value: Some(value.encode()) });
        };
        let whole = self.feed.is_counted() && self.feed.is_whole();
        for (with, timeline) in &mut self.timelines {
            if let Some(head) = timeline.take_head(whole) {
                put(cache::head(&me, with), &Indexed::Head(with.clone(), head));
            }
        }
        for id in std::mem::take(&mut self.cache.people) {
            if let Some(known) = self.roster.known(&id) {
                put(cache::known(&me, &id), &Indexed::Person(id, known));
            }
        }
        let point = self.feed.known().cloned();
        if point != self.cache.point {
            self.cache.point.clone_from(&point);
            match point {
                Some(point) => put(cache::feed(&me), &Indexed::Feed(point)),
                None => writes.push(Write { key: cache::feed(&me), value: None }),
            }
        }
    }

    /// A write has ended. Returns whether it was one of these.
    pub(super) fn cached(&mut self, world: &mut World, id: KeepId, done: bool) -> bool {
        let Some((_, blocks)) = self.cache.writing.take_if(|(writing, _)| *writing == id) else {
            return false;
        };
        if done {
            self.cache.refused = 0;
            self.let_go();
            self.tidy(world);
            return true;
        }
        for (with, id) in blocks {
            let timeline = self.timeline(&with);
            timeline.rows_mut().is_unwritten(id);
        }
        self.write_all_again();
        self.cache.refused += 1;
        if self.cache.refused == 2 {
            world.complaint = Some(Failure::NotCached);
        }
        self.cache.again = Some(world.now.plus(AGAIN * self.cache.refused.min(LONGER)));
        true
    }

    /// All that is not rows is to be written again.
    fn write_all_again(&mut self) {
        self.timelines.values_mut().for_each(Timeline::keep_again);
        self.cache.people.extend(self.roster.ids());
        self.cache.point = None;
    }

    /// This tab writes from now on. What the last one has written since is not known: all is written anew, under numbers
    /// of its own.
    pub(super) fn cache_is_mine(&mut self, world: &World) {
        for timeline in self.timelines.values_mut() {
            timeline.rows_mut().write_anew();
        }
        self.write_all_again();
        self.cache.tidied = false;
        self.cache.changed(world.now);
    }

    /// Keeps no more than there is room for.
    fn bound(&mut self) {
        let count = |timelines: &mut dyn Iterator<Item = &Timeline>| -> usize {
            timelines.map(|timeline| timeline.rows().blocks().len()).sum()
        };
        let mut blocks = count(&mut self.timelines.values());
        while blocks > self.sizes.blocks {
            let open = self.open_with();
            let quiet = self.timelines.iter_mut().filter(|(with, timeline)| {
                timeline.rows().blocks().len() > 2
                    && open.as_ref() != Some(with)
                    && !timeline.is_held()
            });
            let newest = |timeline: &Timeline| timeline.rows().last_stamp().map(|stamp| stamp.at);
            let Some((_, timeline)) = quiet.min_by_key(|(_, timeline)| newest(timeline)) else {
                return;
            };
            timeline.forget_oldest();
            blocks -= 1;
        }
    }

    /// Lets go of rows that nobody looks at and that the disk has.
    fn let_go(&mut self) {
        let open = self.open_with();
        let drawn = self.picture.drawn_rows().places.clone();
        let Sizes { rows, rows_closed, block, .. } = self.sizes;
        let seen = drawn.start.saturating_sub(2 * block)..drawn.end + 2 * block;
        for (with, timeline) in &mut self.timelines {
            if open.as_ref() == Some(with) {
                timeline.let_go(rows, &seen, rows_closed);
            } else {
                timeline.let_go(rows_closed, &(0..0), rows_closed);
            }
        }
    }

    /// Rows that no disk has are forgotten beyond a number: the server has them.
    fn let_go_without_disk(&mut self) {
        let open = self.open_with();
        let drawn = self.picture.drawn_rows().places.start;
        for (with, timeline) in &mut self.timelines {
            let is_open = open.as_ref() == Some(with);
            while timeline.rows().len() > self.sizes.rows_unkept
                && !timeline.is_held()
                && (!is_open || drawn > 4 * self.sizes.block)
            {
                timeline.forget_oldest();
            }
        }
    }

    /// Throws away blocks that no conversation knows of: a tab that was killed has left them.
    fn tidy(&mut self, world: &mut World) {
        let all = self.timelines.values().all(|timeline| !timeline.is_unkept());
        if !all || std::mem::replace(&mut self.cache.tidied, true) {
            return;
        }
        let me = &self.me.id;
        let known = self.timelines.iter().flat_map(|(with, timeline)| {
            let ids = timeline.rows().blocks().iter().filter_map(|block| block.id);
            ids.map(move |id| cache::block(me, with, id))
        });
        let but = known.collect();
        world.effects.push_back(Effect::Purge { prefix: cache::rows(me), but });
    }
}
