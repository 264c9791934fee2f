//! How many messages of one person are not read: derived from what is known, never counted up and down.

use chinwag_protocol::Timestamp;

use crate::calls::CallId;
use crate::timeline::Stamp;

/// What is known of the unread messages of one person.
#[derive(Debug, Default)]
pub(crate) struct Unread {
    /// What the server counted last.
    counted: u64,
    /// The time of the newest message in that count.
    counted_to: Option<Timestamp>,
    /// The last call made before that count was heard: an answer to it or an earlier one may be older.
    counted_before: Option<CallId>,
    /// Messages that came since and are not in that count, in order and each once.
    since: Vec<Stamp>,
    /// The newest message that one has seen.
    seen: Option<Stamp>,
    /// The last call made before that was seen: what it or an earlier one counts is out of date.
    seen_after: Option<CallId>,
    /// Read marks that have left and are not confirmed.
    marks: u32,
}

impl Unread {
    /// As it was kept: so many are not read, of those up to then, and this is the newest that was seen.
    pub(crate) fn restored(
        counted: u64,
        counted_to: Option<Timestamp>,
        seen: Option<Stamp>,
    ) -> Self {
        Self { counted, counted_to, seen, ..Self::default() }
    }

    /// What is to be kept: how many are not read, up to when, and the newest that was seen.
    pub(crate) fn known(&self) -> (u64, Option<Timestamp>, Option<Stamp>) {
        let to = self.counted_to.max(self.since.last().map(|stamp| stamp.at));
        (self.count(), to, self.seen.clone())
    }

    pub(crate) fn count(&self) -> u64 {
        self.counted.saturating_add(self.since.len() as u64)
    }

    /// Whether this message is newer than all that was seen.
    pub(crate) fn is_unseen(&self, stamp: &Stamp) -> bool {
        self.seen.as_ref() < Some(stamp)
    }

    /// A message came.
    pub(crate) fn came(&mut self, stamp: Stamp) {
        if self.is_unseen(&stamp)
            && self.counted_to < Some(stamp.at)
            && let Err(place) = self.since.binary_search(&stamp)
        {
            self.since.insert(place, stamp);
        }
    }

    /// The server's answer to this call counts so many, the newest message being of this time; `latest` is the last call
    /// made. Returns whether it has not heard that all of them were seen.
    pub(crate) fn counted(
        &mut self,
        call: CallId,
        count: u64,
        last: Option<Timestamp>,
        latest: CallId,
    ) -> bool {
        let older = Some(call) <= self.counted_before && last < self.counted_to;
        if self.seen_after >= Some(call) || older {
            return false;
        }
        self.counted_before = Some(latest);
        let seen_all = last.is_some() && last <= self.seen.as_ref().map(|seen| seen.at);
        self.counted = if seen_all { 0 } else { count };
        self.counted_to = last;
        self.since.retain(|stamp| last.is_some_and(|last| stamp.at > last));
        seen_all && count > 0 && self.since.is_empty() && self.marks == 0
    }

    /// What was stored up to then has been read, or without a time all that is known; the newest of it is this, and
    /// this the last call made before.
    pub(crate) fn read(&mut self, newest: Option<Stamp>, to: Option<Timestamp>, call: CallId) {
        self.counted = 0;
        self.since.retain(|stamp| to.is_some_and(|to| stamp.at > to));
        self.seen = self.seen.take().max(newest);
        self.seen_after = Some(call);
    }

    /// A read mark has left.
    pub(crate) fn marked(&mut self) {
        self.marks = self.marks.saturating_add(1);
    }

    /// A read mark is stored. Returns whether it left here: what it covers was read then, not now.
    pub(crate) fn confirmed(&mut self) -> bool {
        let here = self.marks > 0;
        self.marks = self.marks.saturating_sub(1);
        here
    }

    /// Whether a read mark has left that is not confirmed.
    pub(crate) fn is_marking(&self) -> bool {
        self.marks > 0
    }

    /// No confirmation will come any more.
    pub(crate) fn connection_lost(&mut self) {
        self.marks = 0;
    }
}

#[cfg(test)]
mod tests {
    use chinwag_protocol::MessageId;

    use super::*;

    fn stamp(at: i64) -> Stamp {
        Stamp { at: Timestamp::from_millis(at), id: MessageId::from(format!("m{at}")) }
    }

    #[test]
    fn a_message_counts_once_however_often_it_comes() {
        let mut unread = Unread::default();
        unread.came(stamp(1));
        unread.came(stamp(1));
        assert_eq!(unread.count(), 1);
        unread.counted(CallId(1), 1, Some(stamp(1).at), CallId(1));
        assert_eq!(unread.count(), 1);
        unread.came(stamp(1));
        assert_eq!(unread.count(), 1);
    }

    #[test]
    fn a_message_that_came_while_the_server_counted_is_added_once() {
        let mut unread = Unread::default();
        unread.came(stamp(5));
        unread.counted(CallId(1), 3, Some(stamp(4).at), CallId(1));
        assert_eq!(unread.count(), 4);
    }

    #[test]
    fn what_came_after_the_reading_stays_unread() {
        let mut unread = Unread::default();
        unread.came(stamp(1));
        unread.came(stamp(3));
        unread.read(Some(stamp(1)), Some(stamp(2).at), CallId(7));
        assert_eq!(unread.count(), 1);
    }

    #[test]
    fn a_count_from_before_the_reading_does_not_bring_it_back() {
        let mut unread = Unread::default();
        unread.came(stamp(1));
        unread.read(Some(stamp(1)), None, CallId(7));
        assert!(!unread.counted(CallId(7), 2, Some(stamp(2).at), CallId(7)));
        unread.came(stamp(1));
        assert_eq!(unread.count(), 0);
        unread.counted(CallId(8), 2, Some(stamp(2).at), CallId(8));
        assert_eq!(unread.count(), 2);
    }

    #[test]
    fn a_count_that_a_later_one_has_overtaken_on_the_way_does_not_hide_what_came() {
        let mut unread = Unread::default();
        unread.came(stamp(1));
        unread.came(stamp(2));
        unread.counted(CallId(3), 2, Some(stamp(2).at), CallId(4));
        unread.counted(CallId(4), 1, Some(stamp(1).at), CallId(4));
        assert_eq!(unread.count(), 2);
        // A call made since knows better: the server may have gone back in time.
        unread.counted(CallId(5), 1, Some(stamp(1).at), CallId(5));
        assert_eq!(unread.count(), 1);
    }

    #[test]
    fn a_later_count_of_what_was_seen_tells_that_the_mark_was_lost() {
        let mut unread = Unread::default();
        unread.came(stamp(1));
        unread.read(Some(stamp(1)), None, CallId(7));
        unread.marked();
        assert!(
            !unread.counted(CallId(8), 1, Some(stamp(1).at), CallId(8)),
            "it may still be under way"
        );
        unread.connection_lost();
        assert!(unread.counted(CallId(9), 1, Some(stamp(1).at), CallId(9)));
        assert_eq!(unread.count(), 0);
        assert!(
            !unread.counted(CallId(10), 2, Some(stamp(2).at), CallId(10)),
            "the second was not seen"
        );
    }
}
