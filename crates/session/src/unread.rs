//! How many messages of one person are not read: derived from what is known, never counted up and down.

use std::collections::BTreeSet;

use chinwag_protocol::Timestamp;

use crate::timeline::Stamp;

/// What is known of the unread messages of one person.
#[derive(Debug, Default)]
pub(crate) struct Unread {
    /// What the server counted last.
    counted: u64,
    /// Messages that came since and are not in that count.
    since: BTreeSet<Stamp>,
    /// The newest message that one has seen.
    seen: Option<Stamp>,
}

impl Unread {
    pub(crate) fn count(&self) -> u64 {
        self.counted + self.since.len() as u64
    }

    /// A message came.
    pub(crate) fn came(&mut self, stamp: Stamp) {
        if self.seen.as_ref() < Some(&stamp) {
            self.since.insert(stamp);
        }
    }

    /// The server counted this many, the newest message then being of this time.
    pub(crate) fn counted(&mut self, count: u64, last: Option<Timestamp>) {
        let seen_all = last.is_some() && last <= self.seen.as_ref().map(|seen| seen.at);
        self.counted = if seen_all { 0 } else { count };
        self.since.retain(|stamp| last.is_some_and(|last| stamp.at > last));
    }

    /// All that is known has been read, the newest being this.
    pub(crate) fn read(&mut self, newest: Option<Stamp>) {
        self.counted = 0;
        self.since.clear();
        self.seen = self.seen.take().max(newest);
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
        unread.counted(1, Some(stamp(1).at));
        assert_eq!(unread.count(), 1);
    }

    #[test]
    fn a_message_that_came_while_the_server_counted_is_added_once() {
        let mut unread = Unread::default();
        unread.came(stamp(5));
        unread.counted(3, Some(stamp(4).at));
        assert_eq!(unread.count(), 4);
    }

    #[test]
    fn a_count_from_before_the_reading_does_not_bring_it_back() {
        let mut unread = Unread::default();
        unread.came(stamp(1));
        unread.read(Some(stamp(1)));
        unread.counted(1, Some(stamp(1).at));
        unread.came(stamp(1));
        assert_eq!(unread.count(), 0);
        unread.counted(2, Some(stamp(2).at));
        assert_eq!(unread.count(), 2);
    }
}
