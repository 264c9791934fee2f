//! What has happened to a person, counted by the server (protocol §3, `sync`): how far it is known, and whether anything
//! is missing.
//!
//! An event is applied only when all before it are. What comes too early is not kept: it is asked for together with
//! what is missing before it. So nothing is applied out of order, nothing twice, and no queue grows.

use chinwag_protocol::{Seq, SyncPoint};

/// How far the events of a person are known, where the server counts them.
#[derive(Debug, Default)]
pub(crate) struct Feed {
    known: Option<SyncPoint>,
    /// The newest event that was heard of.
    newest: Seq,
    /// Whether the missing ones are being asked for.
    asking: bool,
}

/// What a greeting means for what is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Since {
    /// Nothing was missed.
    Whole,
    /// Something was, and can be asked for.
    Missed,
    /// Nothing that is known can be built on: all must be loaded afresh.
    Unknown,
}

/// What to do with an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is the next one.
    Apply,
    /// It is known.
    Known,
    /// Others are missing before it.
    Early,
}

impl Feed {
    /// The server has greeted, and says where it stands; `None` for one that does not count.
    pub(crate) fn connected(&mut self, now: Option<SyncPoint>) -> Since {
        let Some(now) = now else {
            *self = Self::default();
            return Since::Unknown;
        };
        self.newest = now.seq;
        match &self.known {
            Some(known) if known.store == now.store && known.seq == now.seq => Since::Whole,
            Some(known) if known.store == now.store && known.seq < now.seq => Since::Missed,
            Some(_) | None => {
                self.known = Some(now);
                self.asking = false;
                Since::Unknown
            }
        }
    }

    /// As it was known at the end of an earlier start.
    pub(crate) fn restore(&mut self, known: SyncPoint) {
        self.newest = known.seq;
        self.known = Some(known);
    }

    /// How far the events are known.
    pub(crate) fn known(&self) -> Option<&SyncPoint> {
        self.known.as_ref()
    }

    /// Whether the server counts events.
    pub(crate) fn is_counted(&self) -> bool {
        self.known.is_some()
    }

    /// Whether all events that were heard of are known.
    pub(crate) fn is_whole(&self) -> bool {
        self.known.as_ref().is_none_or(|known| known.seq >= self.newest)
    }

    /// Where the server stands, as far as was heard of.
    pub(crate) fn newest(&self) -> Option<SyncPoint> {
        let known = self.known.as_ref()?;
        Some(SyncPoint { store: known.store.clone(), seq: self.newest.max(known.seq) })
    }

    /// An event has come. One that has no number, or from a server that does not count, stands for itself.
    pub(crate) fn offer(&mut self, seq: Option<Seq>) -> Verdict {
        let (Some(known), Some(seq)) = (&mut self.known, seq) else { return Verdict::Apply };
        self.newest = self.newest.max(seq);
        if seq <= known.seq {
            Verdict::Known
        } else if seq == known.seq.next() {
            known.seq = seq;
            Verdict::Apply
        } else {
            Verdict::Early
        }
    }

    /// An event has come in answer to a question, in order; those before it that could not be read are not to be had.
    /// Returns whether it is to be applied.
    pub(crate) fn accept(&mut self, seq: Option<Seq>) -> bool {
        let (Some(known), Some(seq)) = (&mut self.known, seq) else { return true };
        let new = seq > known.seq;
        known.seq = known.seq.max(seq);
        new
    }

    /// Whether an answer to what was asked from there is of use.
    pub(crate) fn awaits(&self, since: &SyncPoint) -> bool {
        let same = |known: &SyncPoint| known.store == since.store && known.seq >= since.seq;
        self.asking && self.known.as_ref().is_some_and(same)
    }

    /// From where to ask for what is missing; `None` where that is under way or nothing counts.
    pub(crate) fn ask(&mut self) -> Option<SyncPoint> {
        let since = self.known.clone().filter(|_| !self.asking)?;
        self.asking = true;
        Some(since)
    }

    /// The question was not answered.
    pub(crate) fn ask_failed(&mut self) {
        self.asking = false;
    }

    /// All events up to this one are known, of those that were asked for from there. Returns whether that was a step on.
    pub(crate) fn advance(&mut self, since: Seq, to: Seq) -> bool {
        self.asking = false;
        let Some(known) = &mut self.known else { return false };
        known.seq = known.seq.max(to);
        self.newest = self.newest.max(to);
        known.seq > since
    }

    /// What is missing is not to be had: all is loaded afresh instead.
    pub(crate) fn give_up(&mut self) {
        self.asking = false;
        if let Some(known) = &mut self.known {
            known.seq = self.newest;
        }
    }

    /// All is loaded afresh: from here on it counts.
    pub(crate) fn reset(&mut self, to: SyncPoint) {
        self.asking = false;
        self.newest = to.seq;
        self.known = Some(to);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(store: &str, seq: u64) -> SyncPoint {
        SyncPoint { store: store.into(), seq: Seq(seq) }
    }

    #[test]
    fn a_greeting_tells_whether_anything_was_missed() {
        let mut feed = Feed::default();
        assert_eq!(feed.connected(Some(at("s", 5))), Since::Unknown, "nothing was known");
        assert_eq!(feed.connected(Some(at("s", 5))), Since::Whole);
        assert_eq!(feed.connected(Some(at("s", 7))), Since::Missed);
        assert!(!feed.is_whole());
        assert_eq!(feed.connected(Some(at("s", 4))), Since::Unknown, "a store of an earlier day");
        assert_eq!(feed.connected(Some(at("t", 4))), Since::Unknown, "another store");
        assert_eq!(feed.connected(None), Since::Unknown, "a base server");
        assert!(!feed.is_counted());
    }

    #[test]
    fn each_event_is_applied_once_and_in_order() {
        use Verdict::{Apply, Early, Known};
        let mut feed = Feed::default();
        feed.connected(Some(at("s", 5)));
        let verdicts = [6, 6, 5, 8, 7].map(|seq| feed.offer(Some(Seq(seq))));
        assert_eq!(verdicts, [Apply, Known, Known, Early, Apply]);
        assert!(!feed.is_whole(), "8 was heard of and is not known");
        assert_eq!(feed.ask(), Some(at("s", 7)));
        assert_eq!(feed.ask(), None, "it is under way");
        assert!(feed.advance(Seq(7), Seq(8)));
        assert!(feed.is_whole());
        assert_eq!(feed.offer(None), Apply, "what is not counted stands for itself");
    }
}
