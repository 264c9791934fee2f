//! What one has sent and the server has not acknowledged, in the order of typing.
//!
//! A message is on disk before it leaves, together with what was known of the history then ([`Mark`]), so that who
//! comes back after a crash can tell whether it was stored.
//!
//! Where the server knows of client message ids (protocol §3, `idempotent_send`), whatever is not acknowledged is
//! simply sent again. The base protocol has neither idempotency nor correlation (protocol §2): one message is on its
//! way per conversation, and what was on its way when a connection broke may or may not be stored. Such an entry is in
//! doubt, and nothing of its conversation goes out until the history has shown whether it is there.
//!
//! In a tab that follows another one this is a mirror of that tab's outbox ([`Stage::Elsewhere`]), and nothing leaves.

mod disk;
mod mirror;
mod record;

use std::collections::VecDeque;
use std::time::Duration;

use chinwag_protocol::{ClientId, MessageId, Receipts, Timestamp, UserId};

use crate::effect::KeepId;
use crate::time::{Millis, earliest};
use crate::timeline::Timeline;
use crate::view::{Failure, OwnState, RowKey, RowView};
pub(crate) use record::Record;

/// How long an answer may take on a living connection before the history is asked.
const ANSWER: Duration = Duration::from_secs(10);
/// How long it may still take once the server has reported some error.
const ANSWER_AFTER_ERROR: Duration = Duration::from_secs(1);
/// How long the disk may take. A disk that hangs holds up no message that the server can tell from others; on a base
/// server, what may be there as if it had never left is the person's to send again.
const DISK: Duration = Duration::from_secs(2);
/// How many messages may be on their way to one person where the server knows them apart.
pub(crate) const WINDOW: usize = 32;
/// How often a message is sent that the server knows by its id, before the person is asked.
const TRIES: u8 = 3;

/// This clock and the server's are taken to agree to so many milliseconds, a day, where the server's is not known.
const CLOCKS_AGREE: i64 = 86_400_000;

/// How many messages are remembered that were here: more than any tab can still speak of.
const DONE: usize = 1_024;

/// What was known of a conversation's history when a message left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    /// The newest known time of the server's clock: what was stored before cannot be it.
    pub(crate) floor: Timestamp,
    /// Messages of the same text and of that very time that were known: they cannot be it either.
    pub(crate) known: Vec<MessageId>,
}

impl Mark {
    fn allows(&self, id: &MessageId, at: Option<Timestamp>) -> bool {
        at.is_none_or(|at| at >= self.floor) && !self.known.contains(id)
    }
}

/// A message that is not acknowledged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) key: RowKey,
    pub(crate) id: ClientId,
    pub(crate) to: UserId,
    pub(crate) content: String,
    /// When it was typed, by this clock: shown until the server's time is known.
    pub(crate) at: Timestamp,
    /// Its place in the order of typing, in all tabs and across starts. No clock's matter.
    order: u64,
    /// What was known when it left; `None` while it never did.
    left: Option<Mark>,
    disk: Disk,
    /// Whether it may be on disk, if not as it is now.
    on_disk: bool,
    stage: Stage,
    /// Whether the tab that leads was told of it.
    told: bool,
    /// How often it was sent without an answer on a living connection.
    tries: u8,
}

/// Whether a message is on disk as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Disk {
    /// It is to be written.
    Unwritten,
    /// It is being written, and not waited for longer than until then.
    Writing(KeepId, Millis),
    /// The disk has not answered in time: it may be there or not.
    Late(KeepId),
    /// It is there.
    Written,
    /// It could not be written: it lasts as long as this tab.
    Failed,
}

impl Disk {
    /// Whether nobody can say that it is there.
    fn is_unsure(self) -> bool {
        matches!(self, Self::Late(_) | Self::Failed)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Stage {
    /// It has not left, or is known not to be stored.
    Waiting,
    /// It is to leave as soon as that is on disk.
    Leaving,
    /// On its way over the socket, to be answered by then.
    Sent { until: Millis, error: Option<String> },
    /// On its way as a call.
    Posted,
    /// It has left and the answer is lost: only the history can tell. With what to say where it is not there;
    /// without, it is sent again.
    Doubtful { failure: Option<Failure> },
    /// It was refused, or is not stored though the connection lives.
    Failed(Failure),
    /// Another tab sees to it.
    Elsewhere { sending: bool },
}

/// The outbox, in the order of typing.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    entries: Vec<Entry>,
    /// What is to be removed from the disk.
    gone: Vec<ClientId>,
    /// What is being removed from there, or could not be.
    going: Vec<(KeepId, ClientId)>,
    /// What was here and is no more, the latest of it. Another tab may still speak of it.
    done: VecDeque<ClientId>,
    /// Those that the other tabs were told of last, to tell them of changes only.
    shared: Option<Vec<Record>>,
    /// Nothing leaves before then: the server takes no more for the moment.
    held: Option<Millis>,
    /// Whether that was so for something that is still here.
    slow: bool,
}

impl Outbox {
    /// A message was typed here.
    pub(crate) fn add(
        &mut self,
        key: RowKey,
        id: ClientId,
        to: UserId,
        content: String,
        at: Timestamp,
    ) {
        let order = self.entries.iter().map(|entry| entry.order).max().map_or(0, |last| last + 1);
        self.insert(Entry {
            key,
            id,
            to,
            content,
            at,
            order,
            left: None,
            disk: Disk::Unwritten,
            on_disk: false,
            stage: Stage::Waiting,
            told: false,
            tries: 0,
        });
    }

    /// Those to whom something is in doubt.
    pub(crate) fn doubtful(&self) -> Vec<UserId> {
        let doubtful = |entry: &&Entry| matches!(entry.stage, Stage::Doubtful { .. });
        self.entries.iter().filter(doubtful).map(|entry| entry.to.clone()).collect()
    }

    fn insert(&mut self, entry: Entry) {
        let place = self
            .entries
            .partition_point(|other| (other.order, &other.id) < (entry.order, &entry.id));
        self.entries.insert(place, entry);
    }

    /// Whether nothing waits, is on its way or has failed.
    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Those that can go out now, `window` to each person at a time: written down, and nothing that they must wait for
    /// is in doubt or waits before them.
    pub(crate) fn ready(&mut self, window: usize) -> Vec<(RowKey, UserId)> {
        self.step_back();
        let mut ready = Vec::new();
        // To whom, how many are on their way, and whether no more may follow.
        let mut lanes: Vec<(&UserId, usize, bool)> = Vec::new();
        for (waits, entry) in self
            .entries
            .iter()
            .filter(|entry| entry.is_under_way())
            .map(|entry| (false, entry))
            .chain(
                self.entries
                    .iter()
                    .filter(|entry| entry.stage == Stage::Waiting)
                    .map(|entry| (true, entry)),
            )
        {
            let place = lanes.iter().position(|(to, ..)| **to == entry.to);
            let place = place.unwrap_or_else(|| {
                lanes.push((&entry.to, 0, false));
                lanes.len() - 1
            });
            let (_, under_way, closed) = &mut lanes[place];
            if waits && (*closed || *under_way >= window || matches!(entry.disk, Disk::Writing(..)))
            {
                *closed = true;
                continue;
            }
            *under_way += 1;
            *closed |= matches!(entry.stage, Stage::Posted | Stage::Doubtful { .. });
            if waits {
                ready.push((entry.key, entry.to.clone()));
            }
        }
        ready
    }

    /// What is to leave does not while something typed before it waits again: it waits behind that.
    fn step_back(&mut self) {
        let mut waiting: Vec<UserId> = Vec::new();
        for entry in &mut self.entries {
            if entry.stage == Stage::Leaving && waiting.contains(&entry.to) {
                entry.stage = Stage::Waiting;
            }
            if entry.stage == Stage::Waiting {
                waiting.push(entry.to.clone());
            }
        }
    }

    /// It is to leave, with what is known of the history now. It does as soon as that is on disk.
    pub(crate) fn leaves(&mut self, key: RowKey, mark: impl FnOnce(&str) -> Mark) {
        if let Some(entry) = self.get_mut(key) {
            entry.left = Some(mark(&entry.content));
            entry.disk = Disk::Unwritten;
            entry.stage = Stage::Leaving;
        }
    }

    /// The next one that is to leave and is on disk, or cannot be. One that is there as if it had never left must not
    /// leave, unless the server knows it by its id: who finds it there would send it again.
    pub(crate) fn next_to_leave(&mut self, idempotent: bool) -> Option<&Entry> {
        for entry in self.entries.iter_mut().filter(|entry| entry.stage == Stage::Leaving) {
            if entry.disk.is_unsure() && entry.on_disk && !idempotent {
                entry.stage = Stage::Failed(Failure::NotKept);
                entry.disk = Disk::Unwritten;
            }
        }
        let mut behind: Vec<&UserId> = Vec::new();
        for entry in &self.entries {
            let leaves = entry.stage == Stage::Leaving;
            let written = entry.disk == Disk::Written || entry.disk.is_unsure();
            if leaves && written && !behind.contains(&&entry.to) {
                return Some(entry);
            }
            // Whatever is to go to the same person later waits for this one.
            if leaves || entry.stage == Stage::Waiting {
                behind.push(&entry.to);
            }
        }
        None
    }

    /// There is no connection to leave by: it waits on.
    pub(crate) fn stays(&mut self) {
        for entry in &mut self.entries {
            if entry.stage == Stage::Leaving {
                entry.stage = Stage::Waiting;
            }
        }
    }

    /// It has left over the socket.
    pub(crate) fn sent(&mut self, key: RowKey, now: Millis) {
        self.set(key, Stage::Sent { until: now.plus(ANSWER), error: None });
    }

    /// It has left as a call.
    pub(crate) fn posted(&mut self, key: RowKey) {
        self.set(key, Stage::Posted);
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

    /// How many wait, are on their way or in doubt.
    pub(crate) fn waiting(&self) -> usize {
        self.entries.iter().filter(|entry| !matches!(entry.stage, Stage::Failed(_))).count()
    }

    /// The call's answer is lost. Returns to whom it was.
    pub(crate) fn post_lost(&mut self, key: RowKey) -> Option<UserId> {
        self.set(key, Stage::Doubtful { failure: None });
        self.get_mut(key).map(|entry| entry.to.clone())
    }

    pub(crate) fn failed(&mut self, key: RowKey, failure: Failure) {
        if let Some(entry) = self.get_mut(key) {
            entry.stage = Stage::Failed(failure);
            entry.disk = Disk::Unwritten;
        }
    }

    /// The server takes no more before then: the one that the client calls so, and whatever is to leave, waits. The server
    /// takes none behind it before it has come again, so that they keep their order. Returns whether that is new.
    pub(crate) fn hold(&mut self, id: Option<&ClientId>, until: Millis) -> bool {
        self.stays();
        self.held = self.held.max(Some(until));
        if let Some(entry) = self.entries.iter_mut().find(|entry| Some(&entry.id) == id)
            && entry.is_under_way()
        {
            entry.stage = Stage::Waiting;
        }
        !std::mem::replace(&mut self.slow, true)
    }

    /// Whether the server takes no more for the moment.
    pub(crate) fn is_held(&self) -> bool {
        self.held.is_some()
    }

    /// Whether the server takes what is here no faster than it likes.
    pub(crate) fn is_slow(&self) -> bool {
        self.slow
    }

    /// The server has closed the connection over something too large: the largest on its way was it.
    pub(crate) fn too_long(&mut self) {
        let sent = self.entries.iter().filter(|entry| matches!(entry.stage, Stage::Sent { .. }));
        if let Some(key) = sent.max_by_key(|entry| entry.content.len()).map(|entry| entry.key) {
            self.failed(key, Failure::TooLong);
        }
    }

    /// The server has refused the one that the client calls so. Returns whether there is one.
    pub(crate) fn refused(&mut self, id: &ClientId, failure: Failure) -> bool {
        let key = self.entries.iter().find(|entry| entry.id == *id).map(|entry| entry.key);
        key.map(|key| self.failed(key, failure)).is_some()
    }

    /// The person wants it tried again. Returns to whom; it goes out once the history is known.
    pub(crate) fn retry(&mut self, id: &ClientId) -> Option<UserId> {
        let entry = self.entries.iter_mut().find(|entry| entry.id == *id)?;
        if !matches!(entry.stage, Stage::Failed(_)) {
            return None;
        }
        entry.stage = Stage::Doubtful { failure: None };
        entry.disk = Disk::Unwritten;
        entry.tries = 0;
        Some(entry.to.clone())
    }

    /// The person throws a failed one away.
    pub(crate) fn discard(&mut self, id: &ClientId) {
        let is_it = |entry: &Entry| entry.id == *id && matches!(entry.stage, Stage::Failed(_));
        if let Some(place) = self.entries.iter().position(is_it) {
            self.remove(place);
        }
    }

    /// What the client calls the message of this row, where it is not acknowledged.
    pub(crate) fn id_of(&self, key: RowKey) -> Option<ClientId> {
        self.entries.iter().find(|entry| entry.key == key).map(|entry| entry.id.clone())
    }

    /// The text of the message of this row, where it is not acknowledged.
    pub(crate) fn content_of(&self, key: RowKey) -> Option<&str> {
        self.entries.iter().find(|entry| entry.key == key).map(|entry| entry.content.as_str())
    }

    /// The server has stored the one that the client calls so: takes it.
    pub(crate) fn acknowledge_id(&mut self, id: &ClientId) -> Option<Entry> {
        let place = self.entries.iter().position(|entry| entry.id == *id)?;
        Some(self.remove(place))
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
        id: &MessageId,
        at: Option<Timestamp>,
    ) -> Option<Entry> {
        let can_be_it = |entry: &Entry| {
            entry.to == *to
                && entry.content == content
                && !matches!(entry.stage, Stage::Waiting | Stage::Leaving)
                && entry.left.as_ref().is_some_and(|mark| mark.allows(id, at))
        };
        let on_its_way = |entry: &Entry| !matches!(entry.stage, Stage::Failed(_));
        let place = self
            .entries
            .iter()
            .position(|entry| can_be_it(entry) && on_its_way(entry))
            .or_else(|| self.entries.iter().position(can_be_it))?;
        let entry = self.remove(place);
        self.is_taken(&entry, id);
        Some(entry)
    }

    /// This stored message is that entry: no other one of the same text may be taken for it, now or after a crash.
    fn is_taken(&mut self, by: &Entry, id: &MessageId) {
        let same = |other: &&mut Entry| other.to == by.to && other.content == by.content;
        for other in self.entries.iter_mut().filter(same) {
            if let Some(mark) = &mut other.left
                && !mark.known.contains(id)
            {
                mark.known.push(id.clone());
                if !matches!(other.stage, Stage::Elsewhere { .. }) {
                    other.disk = Disk::Unwritten;
                }
            }
        }
    }

    /// Takes the entry whose call was answered with success: it is stored as this message.
    pub(crate) fn take(&mut self, key: RowKey, id: &MessageId) -> Option<Entry> {
        let place = self.entries.iter().position(|entry| entry.key == key)?;
        let entry = self.remove(place);
        self.is_taken(&entry, id);
        Some(entry)
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

    /// The server knows messages by their ids: what is in doubt is sent again, and stored once.
    pub(crate) fn send_again(&mut self) {
        for entry in &mut self.entries {
            if entry.stage == (Stage::Doubtful { failure: None }) {
                entry.stage = Stage::Waiting;
            }
        }
    }

    /// The server is in trouble with the one that the client calls so: it is not waited for much longer.
    pub(crate) fn troubled(&mut self, now: Millis, id: &ClientId) {
        let entry = self.entries.iter_mut().find(|entry| entry.id == *id);
        if let Some(Stage::Sent { until, .. }) = entry.map(|entry| &mut entry.stage) {
            *until = (*until).min(now.plus(ANSWER_AFTER_ERROR));
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
    pub(crate) fn tick(&mut self, now: Millis, idempotent: bool) -> Vec<UserId> {
        self.held.take_if(|until| now >= *until);
        let mut people = Vec::new();
        for entry in &mut self.entries {
            if let Stage::Sent { until, error } = &mut entry.stage
                && now >= *until
            {
                entry.tries = entry.tries.saturating_add(1);
                let failure = match error.take() {
                    _ if idempotent && entry.tries < TRIES => None,
                    Some(error) => Some(Failure::Server(error)),
                    None => Some(Failure::NotStored),
                };
                entry.stage = Stage::Doubtful { failure };
                people.push(entry.to.clone());
            }
        }
        people
    }

    /// How far back the history with that person must be read to tell what is in doubt, where anything is.
    pub(crate) fn doubtful_since(&self, with: &UserId) -> Option<Timestamp> {
        let doubtful =
            |entry: &&Entry| entry.to == *with && matches!(entry.stage, Stage::Doubtful { .. });
        self.entries.iter().filter(doubtful).map(Entry::floor).min()
    }

    /// The newest messages with that person have been seen: what is in doubt is there and acknowledged, the oldest
    /// first; or it is not stored, where they reach back to its time; or nobody knows, and the person decides.
    /// Returns whether any was found.
    ///
    /// Where the server knows messages by their ids, texts prove nothing.
    pub(crate) fn settle(&mut self, with: &UserId, timeline: &Timeline, by_text: bool) -> bool {
        let mut found = false;
        let mut index = 0;
        while let Some(entry) = self.entries.get_mut(index) {
            let Stage::Doubtful { failure } = &mut entry.stage else {
                index += 1;
                continue;
            };
            if entry.to != *with {
                index += 1;
                continue;
            }
            let mark = entry.left.as_ref();
            let stored = timeline.rows().iter().find(|row| {
                let (id, at) = (&row.stamp.id, Some(row.stamp.at));
                by_text
                    && row.mine
                    && !row.named
                    && row.content == entry.content
                    && mark.is_some_and(|mark| mark.allows(id, at))
            });
            if let Some(row) = stored {
                let entry = self.remove(index);
                self.is_taken(&entry, &row.stamp.id);
                found = true;
                continue;
            }
            let failure = failure.take();
            let unknown = by_text && !timeline.reaches(entry.floor());
            let unknown = unknown.then_some(Failure::NotStored);
            match failure.or(unknown) {
                None => entry.stage = Stage::Waiting,
                Some(failure) => {
                    entry.stage = Stage::Failed(failure);
                    entry.disk = Disk::Unwritten;
                }
            }
            index += 1;
        }
        found
    }

    pub(crate) fn deadline(&self) -> Option<Millis> {
        let due = |entry: &Entry| {
            let disk = match entry.disk {
                Disk::Writing(_, until) => Some(until),
                Disk::Unwritten | Disk::Late(_) | Disk::Written | Disk::Failed => None,
            };
            let answer = match entry.stage {
                Stage::Sent { until, .. } => Some(until),
                Stage::Waiting
                | Stage::Leaving
                | Stage::Posted
                | Stage::Doubtful { .. }
                | Stage::Failed(_)
                | Stage::Elsewhere { .. } => None,
            };
            earliest([disk, answer])
        };
        earliest(self.entries.iter().map(due).chain([self.held]))
    }

    /// How many wait for that person.
    pub(crate) fn count(&self, to: &UserId) -> usize {
        self.entries.iter().filter(|entry| entry.to == *to).count()
    }

    /// What waits for that person, as rows, from the oldest.
    pub(crate) fn rows(&self, to: &UserId, connected: bool) -> Vec<(RowKey, RowView)> {
        let of = self.entries.iter().filter(|entry| entry.to == *to);
        of.map(|entry| (entry.key, entry.view(connected))).collect()
    }

    /// Whether it is here, or was.
    fn knows(&self, id: &ClientId) -> bool {
        self.entries.iter().any(|entry| entry.id == *id) || self.done.contains(id)
    }

    fn remove(&mut self, place: usize) -> Entry {
        let entry = self.entries.remove(place);
        self.slow &= !self.entries.is_empty();
        self.gone.push(entry.id.clone());
        self.done.truncate(DONE - 1);
        self.done.push_front(entry.id.clone());
        entry
    }

    fn get_mut(&mut self, key: RowKey) -> Option<&mut Entry> {
        self.entries.iter_mut().find(|entry| entry.key == key)
    }

    fn set(&mut self, key: RowKey, stage: Stage) {
        if let Some(entry) = self.get_mut(key) {
            entry.stage = stage;
        }
    }
}

impl Entry {
    fn view(&self, connected: bool) -> RowView {
        let state = match &self.stage {
            Stage::Failed(failure) => OwnState::Failed(failure.clone()),
            Stage::Sent { .. } | Stage::Posted | Stage::Elsewhere { sending: true } => {
                OwnState::Sending
            }
            _ if connected => OwnState::Sending,
            Stage::Waiting
            | Stage::Leaving
            | Stage::Doubtful { .. }
            | Stage::Elsewhere { sending: false } => OwnState::Waiting,
        };
        RowView {
            content: self.content.clone(),
            at: self.at,
            own: Some(state),
            receipts: Receipts::default(),
            gap: false,
        }
    }

    fn is_under_way(&self) -> bool {
        match self.stage {
            Stage::Leaving | Stage::Sent { .. } | Stage::Posted | Stage::Doubtful { .. } => true,
            Stage::Waiting | Stage::Failed(_) | Stage::Elsewhere { .. } => false,
        }
    }

    /// How far back it is looked for: to what was known when it left, or where nothing was, to when it was typed, as
    /// far as clocks agree.
    fn floor(&self) -> Timestamp {
        let known = self.left.as_ref().map(|mark| mark.floor);
        let typed = self.at.millis().saturating_sub(CLOCKS_AGREE);
        known.filter(|floor| *floor > any_time()).unwrap_or(Timestamp::from_millis(typed))
    }

    /// How an entry of an earlier life stands: what has left may be stored.
    fn stage_of_old(&self) -> Stage {
        if self.left.is_some() { Stage::Doubtful { failure: None } } else { Stage::Waiting }
    }
}

/// The floor where nothing is known of the server's clock: before all times.
pub(crate) fn any_time() -> Timestamp {
    Timestamp::from_millis(i64::MIN)
}

#[cfg(test)]
mod tests;
