//! The rows of a timeline in their order, in blocks of some hundred. Of each block the rows are in memory, or on disk
//! alone: then only what it reaches over is known ([`Extent`]). So a timeline of any length has places for all of its
//! rows and room for a few.
//!
//! What never lives here: when to write, to read or to let go. Nor a decision on what a gap means.

use std::collections::HashMap;
use std::ops::Range;

use chinwag_protocol::{MessageId, Receipts, Status};

use super::{Row, Span, Stamp};
use crate::view::RowKey;

/// The number of a block on disk; no other block of any start has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct BlockId(pub(crate) u64);

/// Where messages may be missing within rows that are on disk alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gaps {
    /// Nowhere.
    Nowhere,
    /// Before the first of them.
    First,
    /// Where the rows themselves say so.
    Within,
    /// Before each of them.
    Each,
}

/// What a block on disk reaches over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Extent {
    pub(crate) first: Stamp,
    pub(crate) last: Stamp,
    pub(crate) count: usize,
    pub(crate) gaps: Gaps,
}

/// A block.
#[derive(Debug)]
pub(crate) struct Block {
    /// Its number on disk; none while it was never written.
    pub(crate) id: Option<BlockId>,
    content: Content,
    /// Whether it is on disk as it is here, or is being written so.
    pub(crate) written: bool,
}

#[derive(Debug)]
enum Content {
    Here(Vec<Row>),
    Away { extent: Extent, asked: bool },
}

/// How the rows of a block have come from the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Filled {
    /// All that were known to be there.
    Whole,
    /// Not all of them: gaps are marked where some are missing. Whether it was the last block.
    Torn { last: bool },
    /// Nobody waits for them.
    Unasked,
}

/// The rows.
#[derive(Debug)]
pub(crate) struct Rows {
    /// At most so many lie in a block.
    most: usize,
    blocks: Vec<Block>,
    len: usize,
    /// Where those in memory stand.
    stamps: HashMap<MessageId, Stamp>,
    /// Blocks that are gone, and on disk.
    gone: Vec<BlockId>,
}

impl Block {
    fn here(rows: Vec<Row>) -> Self {
        Self { id: None, content: Content::Here(rows), written: false }
    }

    /// One that is on disk alone.
    pub(crate) fn away(id: BlockId, extent: Extent) -> Self {
        Self { id: Some(id), content: Content::Away { extent, asked: false }, written: true }
    }

    fn len(&self) -> usize {
        match &self.content {
            Content::Here(rows) => rows.len(),
            Content::Away { extent, .. } => extent.count,
        }
    }

    fn is_here(&self) -> bool {
        matches!(self.content, Content::Here(_))
    }

    /// Its rows, where they are in memory.
    pub(crate) fn rows(&self) -> &[Row] {
        match &self.content {
            Content::Here(rows) => rows,
            Content::Away { .. } => &[],
        }
    }

    /// A block is never empty: where one would be, it is taken out.
    fn first(&self) -> Option<&Stamp> {
        match &self.content {
            Content::Here(rows) => rows.first().map(|row| &row.stamp),
            Content::Away { extent, .. } => Some(&extent.first),
        }
    }

    fn last(&self) -> Option<&Stamp> {
        match &self.content {
            Content::Here(rows) => rows.last().map(|row| &row.stamp),
            Content::Away { extent, .. } => Some(&extent.last),
        }
    }

    /// What it reaches over.
    pub(crate) fn extent(&self) -> Option<Extent> {
        match &self.content {
            Content::Away { extent, .. } => Some(extent.clone()),
            Content::Here(rows) => {
                let inner = rows.iter().skip(1).any(|row| row.gap);
                let gaps = match rows.first()?.gap {
                    _ if inner => Gaps::Within,
                    true => Gaps::First,
                    false => Gaps::Nowhere,
                };
                let (first, last) = (rows.first()?.stamp.clone(), rows.last()?.stamp.clone());
                Some(Extent { first, last, count: rows.len(), gaps })
            }
        }
    }
}

impl Rows {
    /// None yet, in blocks of so many at most.
    pub(crate) fn new(most: usize) -> Self {
        Self::away(Vec::new(), most)
    }

    /// Rows that are all on disk.
    pub(crate) fn away(blocks: Vec<Block>, most: usize) -> Self {
        let len = blocks.iter().map(Block::len).sum();
        Self { most, blocks, len, stamps: HashMap::new(), gone: Vec::new() }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The blocks, from the oldest.
    pub(crate) fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    pub(crate) fn blocks_mut(&mut self) -> impl Iterator<Item = &mut Block> {
        self.blocks.iter_mut()
    }

    /// The blocks to be removed from the disk.
    pub(crate) fn take_gone(&mut self) -> Vec<BlockId> {
        std::mem::take(&mut self.gone)
    }

    /// How many messages are known by their ids.
    #[cfg(test)]
    pub(crate) fn known(&self) -> usize {
        self.stamps.len()
    }

    /// How many are in memory.
    pub(crate) fn loaded(&self) -> usize {
        self.blocks.iter().map(|block| block.rows().len()).sum()
    }

    /// The rows in memory, from the oldest.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &Row> {
        self.blocks.iter().flat_map(Block::rows)
    }

    /// The newest row, where it is in memory.
    pub(crate) fn last(&self) -> Option<&Row> {
        self.blocks.last()?.rows().last()
    }

    /// Where the newest row stands.
    pub(crate) fn last_stamp(&self) -> Option<&Stamp> {
        self.blocks.last()?.last()
    }

    /// Where a message stands whose row is in memory.
    pub(crate) fn stamp_of(&self, id: &MessageId) -> Option<&Stamp> {
        self.stamps.get(id)
    }

    /// The row of a message, where it is in memory.
    pub(crate) fn find(&self, id: &MessageId) -> Option<&Row> {
        let stamp = self.stamps.get(id)?;
        let block = self.blocks.partition_point(|block| block.last() < Some(stamp));
        let rows = self.blocks.get(block)?.rows();
        rows.get(rows.binary_search_by(|row| row.stamp.cmp(stamp)).ok()?)
    }

    /// A message has come this far, and maybe has a name now. Returns its row, where that is in memory.
    pub(crate) fn advance(
        &mut self,
        id: &MessageId,
        status: Status,
        receipts: Receipts,
        named: bool,
    ) -> Option<RowKey> {
        let stamp = self.stamps.get(id)?;
        let block = self.blocks.partition_point(|block| block.last() < Some(stamp));
        let block = self.blocks.get_mut(block)?;
        let Content::Here(rows) = &mut block.content else { return None };
        let place = rows.binary_search_by(|row| row.stamp.cmp(stamp)).ok()?;
        let row = rows.get_mut(place)?;
        let receipts = row.receipts.or(receipts);
        block.written &= row.status >= status && row.named >= named && row.receipts == receipts;
        row.receipts = receipts;
        row.status = row.status.max(status);
        row.named |= named;
        Some(row.key)
    }

    /// What of these rows was not read before was read at the end of that time.
    pub(crate) fn were_read(&mut self, span: Span) {
        for block in &mut self.blocks {
            let Content::Here(rows) = &mut block.content else { continue };
            for row in rows {
                if row.was_read_in(span) {
                    row.receipts.read = Some(span.1);
                    block.written = false;
                }
            }
        }
    }

    /// Where the row of this place stands; of one that is on disk alone, where its block begins.
    pub(crate) fn stamp_at(&self, place: usize) -> Option<Stamp> {
        let mut start = 0;
        for block in &self.blocks {
            let end = start + block.len();
            if place < end {
                let row = block.rows().get(place - start);
                return row.map(|row| &row.stamp).or_else(|| block.first()).cloned();
            }
            start = end;
        }
        None
    }

    /// How many rows stand before this place.
    pub(crate) fn position(&self, stamp: &Stamp) -> usize {
        let block = self.blocks.partition_point(|block| block.last() < Some(stamp));
        let before: usize = self.blocks[..block].iter().map(Block::len).sum();
        let rows = self.blocks.get(block).map_or(&[][..], Block::rows);
        before + rows.partition_point(|row| row.stamp < *stamp)
    }

    /// The rows of these places, as far as they are in memory.
    pub(crate) fn range(&self, range: Range<usize>) -> impl Iterator<Item = &Row> + Clone {
        let mut start = 0;
        self.blocks.iter().flat_map(move |block| {
            let (from, to) = (range.start.saturating_sub(start), range.end.saturating_sub(start));
            start += block.len();
            let rows = block.rows();
            &rows[from.min(rows.len())..to.clamp(from.min(rows.len()), rows.len())]
        })
    }

    /// The largest stretch of places around this one whose rows are all in memory; `None` where this one is not.
    pub(crate) fn stretch(&self, around: usize) -> Option<Range<usize>> {
        let (mut start, mut from) = (0, 0);
        for block in &self.blocks {
            let end = start + block.len();
            if !block.is_here() {
                if around < end && around >= start {
                    return None;
                }
                if start > around {
                    return Some(from..start);
                }
                from = end;
            }
            start = end;
        }
        (around < start).then_some(from..start)
    }

    /// Whether some of these places are on disk alone.
    pub(crate) fn is_away(&self, range: &Range<usize>) -> bool {
        let mut start = 0;
        self.blocks.iter().any(|block| {
            let end = start + block.len();
            let touched = start < range.end && end > range.start;
            start = end;
            touched && !block.is_here()
        })
    }

    /// The blocks of these places that are on disk alone and not asked for yet: they are to be read.
    pub(crate) fn ask(&mut self, range: &Range<usize>) -> Vec<BlockId> {
        let mut start = 0;
        let mut ids = Vec::new();
        for block in &mut self.blocks {
            let end = start + block.len();
            if start < range.end
                && end > range.start
                && let Content::Away { asked: asked @ false, .. } = &mut block.content
            {
                *asked = true;
                ids.extend(block.id);
            }
            start = end;
        }
        ids
    }

    /// The places of all that stands between these two, both included.
    pub(crate) fn places(&self, first: &Stamp, last: &Stamp) -> Range<usize> {
        let from = self.blocks.partition_point(|block| block.last() < Some(first));
        let to = self.blocks.partition_point(|block| block.first() <= Some(last));
        let start = self.blocks[..from].iter().map(Block::len).sum();
        let len: usize = self.blocks[from..to.max(from)].iter().map(Block::len).sum();
        start..start + len
    }

    /// Puts a row in its place. Where that lies among rows that are on disk alone, those are given up first: what is
    /// missing then is marked as a gap.
    ///
    /// Returns whether some were given up.
    pub(crate) fn insert(&mut self, row: Row) -> bool {
        let (place, torn) = self.place_for(&row.stamp);
        if torn {
            self.give_up(place);
        }
        self.stamps.insert(row.stamp.id.clone(), row.stamp.clone());
        self.len += 1;
        let most = self.most;
        let has_room = |block: &&mut Block| block.is_here() && block.len() < most;
        let among = self.blocks.get(place).is_some_and(|block| block.first() < Some(&row.stamp));
        // Between two blocks: after the one, before the other, or in one of its own.
        if !among
            && let Some(block) =
                place.checked_sub(1).and_then(|i| self.blocks.get_mut(i)).filter(has_room)
        {
            block.push(row);
            return torn;
        }
        match self.blocks.get_mut(place) {
            Some(block) if among || has_room(&block) => {
                let second = block.insert(row, most);
                if let Some(second) = second {
                    self.blocks.insert(place + 1, Block::here(second));
                }
            }
            _ => self.blocks.insert(place, Block::here(vec![row])),
        }
        torn
    }

    /// The block that a row belongs into, or before; and whether it lies there among rows that are on disk alone.
    fn place_for(&self, stamp: &Stamp) -> (usize, bool) {
        let place = self.blocks.partition_point(|block| block.last() < Some(stamp));
        let among = |block: &Block| !block.is_here() && block.first() <= Some(stamp);
        (place, self.blocks.get(place).is_some_and(among))
    }

    /// Takes the row of a message out, where it is in memory.
    pub(crate) fn remove(&mut self, id: &MessageId) -> Option<Row> {
        let stamp = self.stamps.remove(id)?;
        let place = self.blocks.partition_point(|block| block.last() < Some(&stamp));
        let block = self.blocks.get_mut(place)?;
        let Content::Here(rows) = &mut block.content else { return None };
        let at = rows.binary_search_by(|row| row.stamp.cmp(&stamp)).ok()?;
        let row = rows.remove(at);
        block.written = false;
        self.len -= 1;
        if rows.is_empty() {
            self.gone.extend(self.blocks.remove(place).id);
        }
        Some(row)
    }

    /// Whether something may be missing before the first row that stands at this place or after it.
    pub(crate) fn gap_after(&self, stamp: &Stamp) -> bool {
        let place = self.blocks.partition_point(|block| block.last() < Some(stamp));
        self.blocks.get(place).is_some_and(|block| match &block.content {
            Content::Here(rows) => {
                let at = rows.partition_point(|row| row.stamp < *stamp);
                rows.get(at).is_some_and(|row| row.gap)
            }
            Content::Away { extent, .. } => extent.gaps != Gaps::Nowhere,
        })
    }

    /// Something may be missing before the first row that stands at this place or after it.
    pub(crate) fn tear(&mut self, stamp: &Stamp) {
        let place = self.blocks.partition_point(|block| block.last() < Some(stamp));
        let Some(block) = self.blocks.get_mut(place) else { return };
        match &mut block.content {
            Content::Here(rows) => {
                let at = rows.partition_point(|row| row.stamp < *stamp);
                if let Some(row) = rows.get_mut(at) {
                    block.written &= row.gap;
                    row.gap = true;
                }
            }
            Content::Away { extent, .. } if extent.gaps == Gaps::Nowhere => {
                extent.gaps = Gaps::First;
            }
            Content::Away { .. } => {}
        }
    }

    /// Says anew of each row but the first one of all whether something may be missing before it, knowing where it
    /// stands and what was said.
    pub(crate) fn mark_gaps(&mut self, gap: impl Fn(&Stamp, bool) -> bool) {
        let mut very_first = true;
        for block in &mut self.blocks {
            match &mut block.content {
                Content::Here(rows) => {
                    for row in rows.iter_mut().skip(usize::from(very_first)) {
                        let now = gap(&row.stamp, row.gap);
                        block.written &= now == row.gap;
                        row.gap = now;
                    }
                }
                Content::Away { extent, .. } => {
                    let before_first =
                        !very_first && gap(&extent.first, extent.gaps != Gaps::Nowhere);
                    // Of the rows between nobody knows where they stand: what may be so of the last of them may be of each.
                    let told = matches!(extent.gaps, Gaps::Each | Gaps::Within);
                    let within = extent.count > 1 && gap(&extent.last, told);
                    extent.gaps = match (extent.gaps, before_first, within) {
                        (Gaps::Within, _, true) => Gaps::Within,
                        (_, _, true) => Gaps::Each,
                        (_, true, false) => Gaps::First,
                        (_, false, false) => Gaps::Nowhere,
                    };
                }
            }
            very_first = false;
        }
    }

    /// The newest row before which something may be missing: its place, and where it stands.
    pub(crate) fn newest_gap(&self) -> Option<(usize, &Stamp)> {
        let mut end = self.len;
        for block in self.blocks.iter().rev() {
            let start = end - block.len();
            let found = match &block.content {
                Content::Here(rows) => rows
                    .iter()
                    .rposition(|row| row.gap)
                    .map(|place| (start + place, &rows[place].stamp)),
                Content::Away { extent, .. } => match extent.gaps {
                    Gaps::Nowhere => None,
                    Gaps::First => Some((start, &extent.first)),
                    Gaps::Within | Gaps::Each => Some((end - 1, &extent.last)),
                },
            };
            if found.is_some() {
                return found;
            }
            end = start;
        }
        None
    }

    /// The oldest row: its place and where it stands.
    pub(crate) fn first_stamp(&self) -> Option<&Stamp> {
        self.blocks.first()?.first()
    }

    /// Everything before this place is no more.
    pub(crate) fn begin_at(&mut self, stamp: &Stamp) {
        while self.blocks.first().is_some_and(|block| block.last() < Some(stamp)) {
            self.drop_first();
        }
        if let Some(block) = self.blocks.first_mut()
            && let Content::Here(rows) = &mut block.content
        {
            let before = rows.partition_point(|row| row.stamp < *stamp);
            for row in rows.drain(..before) {
                self.stamps.remove(&row.stamp.id);
            }
            self.len -= before;
            block.written &= before == 0;
        }
        self.open();
    }

    /// Nothing is missing before the first row of all, or what is missing there is told otherwise.
    pub(crate) fn open(&mut self) {
        match self.blocks.first_mut() {
            Some(Block { content: Content::Here(rows), written, .. }) => {
                if let Some(first) = rows.first_mut() {
                    *written &= !first.gap;
                    first.gap = false;
                }
            }
            Some(Block { content: Content::Away { extent, .. }, .. })
                if extent.gaps == Gaps::First =>
            {
                extent.gaps = Gaps::Nowhere;
            }
            Some(_) | None => {}
        }
    }

    /// Forgets the first block, on disk as well.
    pub(crate) fn drop_first(&mut self) {
        if !self.blocks.is_empty() {
            self.forget(0);
        }
    }

    /// Lets go of the rows of blocks that are on disk as they are, from the oldest, until so many are in memory; none of
    /// those places, and none that `keep` says.
    pub(crate) fn let_go(
        &mut self,
        room: usize,
        places: &[Range<usize>],
        keep: impl Fn(&Row) -> bool,
    ) {
        let mut loaded = self.loaded();
        let mut start = 0;
        for block in &mut self.blocks {
            let end = start + block.len();
            let seen = places.iter().any(|seen| start < seen.end && end > seen.start);
            start = end;
            if loaded <= room {
                return;
            }
            if seen || !block.written || block.id.is_none() || block.rows().iter().any(&keep) {
                continue;
            }
            // Gaps within are not to be told from outside.
            let extent = block.extent().filter(|extent| extent.gaps != Gaps::Within);
            let Some(extent) = extent.filter(|_| block.is_here()) else { continue };
            for row in block.rows() {
                self.stamps.remove(&row.stamp.id);
            }
            loaded -= extent.count;
            block.content = Content::Away { extent, asked: false };
        }
    }

    /// The rows of a block have come from the disk, or could not be read there.
    pub(crate) fn fill(&mut self, id: BlockId, rows: Vec<Row>) -> Filled {
        let place = self.blocks.iter().position(|block| block.id == Some(id) && !block.is_here());
        let Some(place) = place else { return Filled::Unasked };
        let Some(extent) = self.blocks[place].extent() else { return Filled::Unasked };
        let last = place + 1 == self.blocks.len();
        let known = rows.len();
        let (mut inside, outside): (Vec<_>, Vec<_>) = rows
            .into_iter()
            .filter(|row| !self.stamps.contains_key(&row.stamp.id))
            .partition(|row| (&extent.first..=&extent.last).contains(&&row.stamp));
        inside.sort_by(|a, b| a.stamp.cmp(&b.stamp));
        inside.dedup_by(|a, b| a.stamp == b.stamp);
        let whole = inside.len() == extent.count && inside.len() == known;
        for row in &inside {
            self.stamps.insert(row.stamp.id.clone(), row.stamp.clone());
        }
        self.len = self.len - extent.count + inside.len();
        let torn = inside.len() != extent.count;
        for (index, row) in inside.iter_mut().enumerate() {
            row.gap = match extent.gaps {
                Gaps::Each => true,
                Gaps::Within => row.gap,
                Gaps::First => index == 0,
                Gaps::Nowhere => false,
            } || torn;
        }
        let next = place + usize::from(!inside.is_empty());
        if inside.is_empty() {
            self.blocks.remove(place);
        } else {
            let block = &mut self.blocks[place];
            block.content = Content::Here(inside);
            block.written = whole;
        }
        if torn {
            self.tear_block(next);
        }
        // Whether each of a block's rows has a gap before it was never said of the very first.
        self.open();
        for row in outside {
            // Where it lies among rows that are on disk alone, it comes with them.
            if !self.place_for(&row.stamp).1 {
                self.insert(row);
            }
        }
        if torn { Filled::Torn { last } } else { Filled::Whole }
    }

    /// A block is not on disk after all.
    pub(crate) fn is_unwritten(&mut self, id: BlockId) {
        if let Some(block) = self.blocks.iter_mut().find(|block| block.id == Some(id)) {
            block.written &= !block.is_here();
        }
    }

    /// The rows in memory are to be written anew, in blocks of their own.
    pub(crate) fn write_anew(&mut self) {
        self.gone.clear();
        for block in self.blocks.iter_mut().filter(|block| block.is_here()) {
            self.gone.extend(block.id.take());
            block.written = false;
        }
    }

    /// The row that this one is, as a key, if it is among the newest so many in memory.
    pub(crate) fn place_of(&self, key: RowKey) -> Option<usize> {
        let mut end = self.len;
        for block in self.blocks.iter().rev() {
            let start = end - block.len();
            if let Some(place) = block.rows().iter().position(|row| row.key == key) {
                return Some(start + place);
            }
            end = start;
        }
        None
    }

    fn give_up(&mut self, place: usize) {
        self.forget(place);
        self.tear_block(place);
        self.open();
    }

    /// Something may be missing before the first row of this block.
    fn tear_block(&mut self, place: usize) {
        if let Some(first) = self.blocks.get(place).and_then(Block::first).cloned() {
            self.tear(&first);
        }
    }

    fn forget(&mut self, place: usize) {
        let block = self.blocks.remove(place);
        self.len -= block.len();
        for row in block.rows() {
            self.stamps.remove(&row.stamp.id);
        }
        self.gone.extend(block.id);
    }
}

impl Block {
    fn push(&mut self, row: Row) {
        if let Content::Here(rows) = &mut self.content {
            rows.push(row);
            self.written = false;
        }
    }

    /// Puts a row among those in memory. Returns the second half where there are too many then.
    fn insert(&mut self, row: Row, most: usize) -> Option<Vec<Row>> {
        let Content::Here(rows) = &mut self.content else { return None };
        self.written = false;
        let at = rows.partition_point(|other| other.stamp < row.stamp);
        rows.insert(at, row);
        (rows.len() > most).then(|| rows.split_off(rows.len() / 2))
    }
}

#[cfg(test)]
mod tests {
    use chinwag_protocol::Timestamp;

    use super::*;

    fn row(at: i64) -> Row {
        Row {
            key: RowKey(u64::try_from(at).unwrap()),
            stamp: Stamp { at: Timestamp::from_millis(at), id: format!("m{at}").into() },
            content: String::new(),
            mine: false,
            status: Status::Sent,
            receipts: Receipts::default(),
            named: false,
            gap: false,
        }
    }

    fn away(id: u64, first: i64, last: i64, count: usize) -> Block {
        let (first, last) = (row(first).stamp, row(last).stamp);
        Block::away(BlockId(id), Extent { first, last, count, gaps: Gaps::Nowhere })
    }

    #[test]
    fn rows_on_disk_have_their_places_and_are_filled_in() {
        let mut rows = Rows::away(vec![away(1, 1, 3, 3), away(2, 4, 4, 1)], 3);
        assert_eq!((rows.len(), rows.loaded()), (4, 0));
        assert_eq!(rows.ask(&(0..4)), [BlockId(1), BlockId(2)]);
        assert_eq!(rows.ask(&(0..4)), []);
        assert_eq!(rows.fill(BlockId(1), vec![row(1), row(2), row(3)]), Filled::Whole);
        assert_eq!(rows.fill(BlockId(2), vec![row(4)]), Filled::Whole);
        let at: Vec<_> = rows.range(0..4).map(|row| row.key.0).collect();
        assert_eq!(at, [1, 2, 3, 4]);
    }

    #[test]
    fn a_block_that_another_tab_has_written_further_takes_none_of_the_next() {
        let mut rows = Rows::away(vec![away(1, 1, 3, 3), away(2, 4, 6, 3)], 3);
        rows.ask(&(0..6));
        let further = [1, 2, 3, 4, 5].map(row);
        assert_eq!(rows.fill(BlockId(1), further.into()), Filled::Whole);
        assert_eq!(rows.len(), 6);
        assert_eq!(rows.fill(BlockId(2), vec![row(4), row(5), row(6)]), Filled::Whole);
        let at: Vec<_> = rows.range(0..6).map(|row| row.key.0).collect();
        assert_eq!(at, [1, 2, 3, 4, 5, 6]);
    }
}
