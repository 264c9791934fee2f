//! What one has sent and the server has not acknowledged: in order, one on its way per conversation.
//!
//! The base protocol has neither idempotency nor correlation (protocol §2): what was on its way when a
//! connection broke may or may not be stored. Such an entry is in doubt, and nothing of its
//! conversation goes out until the history has shown whether it is there.

use std::time::Duration;

use chinwag_protocol::{Timestamp, UserId};

use crate::time::{Millis, earliest};
use crate::view::{Failure, OwnState, RowKey, RowView};

/// How long an answer may take on a living connection before the history is asked.
const ANSWER: Duration = Duration::from_secs(10);
/// How long it may still take once the server has reported some error.
const ANSWER_AFTER_ERROR: Duration = Duration::from_secs(1);

/// A message that is not acknowledged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) key: RowKey,
    pub(crate) to: UserId,
    pub(crate) content: String,
    /// When it was typed, by this clock: shown until the server's time is known.
    pub(crate) at: Timestamp,
    /// The time of the newest stored message when it left: what is older cannot be it.
    floor: Option<Timestamp>,
    stage: Stage,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Stage {
    /// It has not left, or is known not to be stored.
    Waiting,
    /// On its way over the socket, to be answered by then.
    Sent { until: Millis, error: Option<String> },
    /// On its way as a call.
    Posted,
    /// It has left and the answer is lost: only the history can tell. With what to say where it is not there;
    /// without, it is sent again.
    Doubtful { failure: Option<Failure> },
    /// It was refused, or is not stored though the connection lives.
    Failed(Failure),
}

/// The outbox, in the order of typing.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    entries: Vec<Entry>,
}

impl Outbox {
    /// A message was typed.
    pub(crate) fn add(&mut self, key: RowKey, to: UserId, content: String, at: Timestamp) {
        self.entries.push(Entry { key, to, content, at, floor: None, stage: Stage::Waiting });
    }

    /// The next one to go out to each person: nothing is on its way to them or in doubt before it.
    pub(crate) fn ready(&self) -> Vec<Entry> {
        let mut ready: Vec<Entry> = Vec::new();
        for entry in &self.entries {
            let first_waiting = entry.stage == Stage::Waiting
                && !ready.iter().any(|other| other.to == entry.to)
                && !self.is_busy(&entry.to);
            if first_waiting {
                ready.push(entry.clone());
            }
        }
        ready
    }

    /// Those to whom something waits, is on its way or in doubt.
    pub(crate) fn recipients(&self) -> Vec<UserId> {
        let mut people: Vec<UserId> = Vec::new();
        for entry in &self.entries {
            if !matches!(entry.stage, Stage::Failed(_)) && !people.contains(&entry.to) {
                people.push(entry.to.clone());
            }
        }
        people
    }

    /// It leaves over the socket, the newest stored message being of this time.
    pub(crate) fn sent(&mut self, key: RowKey, now: Millis, floor: Option<Timestamp>) {
        self.leaves(key, floor, Stage::Sent { until: now.plus(ANSWER), error: None });
    }

    /// It leaves as a call, the newest stored message being of this time.
    pub(crate) fn posted(&mut self, key: RowKey, floor: Option<Timestamp>) {
        self.leaves(key, floor, Stage::Posted);
    }

    /// The call's answer is lost. Returns to whom it was.
    pub(crate) fn post_lost(&mut self, key: RowKey) -> Option<UserId> {
        self.set(key, Stage::Doubtful { failure: None });
        self.entries.iter().find(|entry| entry.key == key).map(|entry| entry.to.clone())
    }

    pub(crate) fn failed(&mut self, key: RowKey, failure: Failure) {
        self.set(key, Stage::Failed(failure));
    }

    /// The person wants it tried again. Returns to whom; it goes out once the history is known.
    pub(crate) fn retry(&mut self, key: RowKey) -> Option<UserId> {
        let entry = self.entries.iter_mut().find(|entry| entry.key == key)?;
        if !matches!(entry.stage, Stage::Failed(_)) {
            return None;
        }
        entry.stage = Stage::Doubtful { failure: None };
        Some(entry.to.clone())
    }

    /// The person throws a failed one away. Returns to whom it was.
    pub(crate) fn discard(&mut self, key: RowKey) -> Option<UserId> {
        let place = self
            .entries
            .iter()
            .position(|entry| entry.key == key && matches!(entry.stage, Stage::Failed(_)))?;
        Some(self.entries.remove(place).to)
    }

    /// The server has stored this text for that person at that time: takes the oldest entry that can be it.
    ///
    /// Protocol §2: match by receiver and content, oldest first. One that never left cannot be it, nor one
    /// that left after something newer was stored.
    pub(crate) fn acknowledge(
        &mut self,
        to: &UserId,
        content: &str,
        at: Option<Timestamp>,
    ) -> Option<Entry> {
        let place = self.entries.iter().position(|entry| {
            entry.to == *to
                && entry.content == content
                && entry.stage != Stage::Waiting
                && at.is_none_or(|at| entry.floor.is_none_or(|floor| at >= floor))
        })?;
        Some(self.entries.remove(place))
    }

    /// Takes the entry whose call was answered with success.
    pub(crate) fn take(&mut self, key: RowKey) -> Option<Entry> {
        let place = self.entries.iter().position(|entry| entry.key == key)?;
        Some(self.entries.remove(place))
    }

    /// The connection is gone: what was on its way is in doubt.
    pub(crate) fn connection_lost(&mut self) {
        for entry in &mut self.entries {
            if matches!(entry.stage, Stage::Sent { .. }) {
                entry.stage = Stage::Doubtful { failure: None };
            }
        }
    }

    /// The server has reported an error, which names no message: what is on its way may be meant.
    pub(crate) fn error(&mut self, now: Millis, message: &str) {
        for entry in &mut self.entries {
            if let Stage::Sent { until, error, .. } = &mut entry.stage {
                *until = (*until).min(now.plus(ANSWER_AFTER_ERROR));
                error.get_or_insert_with(|| message.to_owned());
            }
        }
    }

    /// Answers that are overdue put their messages in doubt. Returns the people concerned.
    pub(crate) fn tick(&mut self, now: Millis) -> Vec<UserId> {
        let mut people = Vec::new();
        for entry in &mut self.entries {
            if let Stage::Sent { until, error, .. } = &mut entry.stage
                && now >= *until
            {
                let failure = error.take().map_or(Failure::NotStored, Failure::Server);
                entry.stage = Stage::Doubtful { failure: Some(failure) };
                people.push(entry.to.clone());
            }
        }
        people
    }

    /// The whole history with that person has been seen: what is still in doubt is not stored.
    pub(crate) fn settle(&mut self, with: &UserId) {
        for entry in self.entries.iter_mut().filter(|entry| entry.to == *with) {
            if let Stage::Doubtful { failure } = &mut entry.stage {
                entry.stage = failure.take().map_or(Stage::Waiting, Stage::Failed);
            }
        }
    }

    pub(crate) fn deadline(&self) -> Option<Millis> {
        earliest(self.entries.iter().map(|entry| match entry.stage {
            Stage::Sent { until, .. } => Some(until),
            Stage::Waiting | Stage::Posted | Stage::Doubtful { .. } | Stage::Failed(_) => None,
        }))
    }

    /// What waits for that person, as rows, from the oldest.
    pub(crate) fn rows(&self, to: &UserId, connected: bool) -> Vec<(RowKey, RowView)> {
        let of = self.entries.iter().filter(|entry| entry.to == *to);
        of.map(|entry| (entry.key, entry.view(connected))).collect()
    }

    fn is_busy(&self, to: &UserId) -> bool {
        self.entries.iter().any(|entry| {
            entry.to == *to
                && matches!(
                    entry.stage,
                    Stage::Sent { .. } | Stage::Posted | Stage::Doubtful { .. }
                )
        })
    }

    fn leaves(&mut self, key: RowKey, floor: Option<Timestamp>, stage: Stage) {
        if let Some(entry) = self.entries.iter_mut().find(|entry| entry.key == key) {
            entry.floor = floor;
            entry.stage = stage;
        }
    }

    fn set(&mut self, key: RowKey, stage: Stage) {
        if let Some(entry) = self.entries.iter_mut().find(|entry| entry.key == key) {
            entry.stage = stage;
        }
    }
}

impl Entry {
    fn view(&self, connected: bool) -> RowView {
        let state = match &self.stage {
            Stage::Failed(failure) => OwnState::Failed(failure.clone()),
            Stage::Sent { .. } | Stage::Posted => OwnState::Sending,
            Stage::Waiting | Stage::Doubtful { .. } if connected => OwnState::Sending,
            Stage::Waiting | Stage::Doubtful { .. } => OwnState::Waiting,
        };
        RowView { content: self.content.clone(), at: self.at, own: Some(state) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outbox(messages: &[(u64, &str, &str)]) -> Outbox {
        let mut outbox = Outbox::default();
        for (key, to, content) in messages {
            let at = Timestamp::from_millis(0);
            outbox.add(RowKey(*key), UserId::from(*to), (*content).to_owned(), at);
        }
        outbox
    }

    fn ready(outbox: &Outbox) -> Vec<u64> {
        outbox.ready().iter().map(|entry| entry.key.0).collect()
    }

    #[test]
    fn one_is_on_its_way_per_conversation_and_the_next_follows_its_answer() {
        let mut outbox = outbox(&[(1, "ada", "a"), (2, "ada", "b"), (3, "bob", "c")]);
        assert_eq!(ready(&outbox), [1, 3]);
        outbox.sent(RowKey(1), Millis(0), None);
        assert_eq!(ready(&outbox), [3]);
        outbox.acknowledge(&UserId::from("ada"), "a", None);
        assert_eq!(ready(&outbox), [2, 3]);
    }

    #[test]
    fn what_was_on_its_way_when_the_connection_broke_waits_for_the_history() {
        let mut outbox = outbox(&[(1, "ada", "a"), (2, "ada", "b")]);
        outbox.sent(RowKey(1), Millis(0), None);
        outbox.connection_lost();
        assert_eq!(ready(&outbox), Vec::<u64>::new());
        outbox.settle(&UserId::from("ada"));
        assert_eq!(ready(&outbox), [1]);
    }

    #[test]
    fn a_stored_text_matches_the_oldest_that_left_and_never_one_that_did_not() {
        let mut outbox = outbox(&[(1, "ada", "hi"), (2, "ada", "hi")]);
        let ada = UserId::from("ada");
        assert_eq!(outbox.acknowledge(&ada, "hi", None), None);
        outbox.sent(RowKey(1), Millis(0), None);
        assert_eq!(outbox.acknowledge(&UserId::from("bob"), "hi", None), None);
        assert_eq!(outbox.acknowledge(&ada, "hi", None).map(|entry| entry.key), Some(RowKey(1)));
        assert_eq!(outbox.acknowledge(&ada, "hi", None), None);
    }

    #[test]
    fn an_older_message_of_the_same_text_is_not_taken_for_the_one_on_its_way() {
        let (mut outbox, ada) = (outbox(&[(1, "ada", "ok")]), UserId::from("ada"));
        let time = |millis| Some(Timestamp::from_millis(millis));
        outbox.sent(RowKey(1), Millis(0), time(500));
        assert_eq!(outbox.acknowledge(&ada, "ok", time(499)), None);
        assert!(outbox.acknowledge(&ada, "ok", time(500)).is_some());
    }

    #[test]
    fn an_error_makes_an_unanswered_message_fail_with_its_words_once_the_history_lacks_it() {
        let mut outbox = outbox(&[(1, "ada", "a")]);
        outbox.sent(RowKey(1), Millis(0), None);
        outbox.error(Millis(100), "Receiver not found");
        assert_eq!(outbox.deadline(), Some(Millis(1_100)));
        assert_eq!(outbox.tick(Millis(1_100)), [UserId::from("ada")]);
        outbox.settle(&UserId::from("ada"));
        let rows = outbox.rows(&UserId::from("ada"), true);
        let failure = Failure::Server("Receiver not found".to_owned());
        assert_eq!(rows[0].1.own, Some(OwnState::Failed(failure)));
    }

    #[test]
    fn an_answer_that_comes_after_all_heals_a_failed_message() {
        let mut outbox = outbox(&[(1, "ada", "a")]);
        outbox.sent(RowKey(1), Millis(0), None);
        outbox.tick(Millis(10_000));
        outbox.settle(&UserId::from("ada"));
        assert!(outbox.acknowledge(&UserId::from("ada"), "a", None).is_some());
    }

    #[test]
    fn a_failed_message_holds_nothing_up_and_can_be_retried_or_discarded() {
        let mut outbox = outbox(&[(1, "ada", "a"), (2, "ada", "b")]);
        outbox.failed(RowKey(1), Failure::NotStored);
        assert_eq!(ready(&outbox), [2]);
        assert_eq!(outbox.discard(RowKey(2)), None);
        assert_eq!(outbox.retry(RowKey(1)), Some(UserId::from("ada")));
        assert_eq!(ready(&outbox), Vec::<u64>::new(), "it waits for the history");
        outbox.failed(RowKey(1), Failure::NotStored);
        assert_eq!(outbox.discard(RowKey(1)), Some(UserId::from("ada")));
        assert_eq!(ready(&outbox), [2]);
    }
}
