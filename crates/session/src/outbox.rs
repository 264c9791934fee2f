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
    /// The newest known time of the server's clock when it left: what was stored before cannot be it.
    floor: Timestamp,
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
        self.entries.push(Entry { key, to, content, at, floor: any_time(), stage: Stage::Waiting });
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

    /// It leaves over the socket; what was stored before `floor` is none of it.
    pub(crate) fn sent(&mut self, key: RowKey, now: Millis, floor: Option<Timestamp>) {
        self.leaves(key, floor, Stage::Sent { until: now.plus(ANSWER), error: None });
    }

    /// It leaves as a call; what was stored before `floor` is none of it.
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
    /// that left after something newer was stored. One that failed is it only where none is on its way: of two
    /// equal texts, the refused one must not take the answer to the other.
    pub(crate) fn acknowledge(
        &mut self,
        to: &UserId,
        content: &str,
        at: Option<Timestamp>,
    ) -> Option<Entry> {
        let can_be_it = |entry: &Entry| {
            entry.to == *to
                && entry.content == content
                && entry.stage != Stage::Waiting
                && at.is_none_or(|at| at >= entry.floor)
        };
        let on_its_way = |entry: &Entry| !matches!(entry.stage, Stage::Failed(_));
        let mut entries = self.entries.iter();
        let place = entries
            .position(|entry| can_be_it(entry) && on_its_way(entry))
            .or_else(|| self.entries.iter().position(can_be_it))?;
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
            // That no answer came in time is no wonder on a connection that was dead.
            let unanswered = matches!(
                entry.stage,
                Stage::Sent { .. } | Stage::Doubtful { failure: Some(Failure::NotStored) }
            );
            if unanswered {
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

    /// How far back the history with that person must be read to tell what is in doubt, where anything is.
    pub(crate) fn doubtful_since(&self, with: &UserId) -> Option<Timestamp> {
        let doubtful =
            |entry: &&Entry| entry.to == *with && matches!(entry.stage, Stage::Doubtful { .. });
        self.entries.iter().filter(doubtful).map(|entry| entry.floor).min()
    }

    /// The newest messages with that person have been seen. What is still in doubt is not stored, where they
    /// reach back to its time; where they do not, nobody knows, and the person decides.
    pub(crate) fn settle(&mut self, with: &UserId, reach: impl Fn(Timestamp) -> bool) {
        for entry in self.entries.iter_mut().filter(|entry| entry.to == *with) {
            if let Stage::Doubtful { failure } = &mut entry.stage {
                let failure = failure.take();
                let unknown = (!reach(entry.floor)).then_some(Failure::NotStored);
                entry.stage = failure.or(unknown).map_or(Stage::Waiting, Stage::Failed);
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
            entry.floor = floor.unwrap_or_else(any_time);
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

/// The floor where nothing is known of the server's clock: before all times.
fn any_time() -> Timestamp {
    Timestamp::from_millis(i64::MIN)
}

#[cfg(test)]
mod tests;
