//! The desk: does one job after the other, stores what must be stored, and only then tells.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use chinwag_protocol::{
    ClientId, Message, MessageId, Receipts, ServerFrame, Status, Timestamp, User, UserId,
};
use prometheus_client::metrics::histogram::Histogram;
use sqlx::SqliteConnection;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::{Act, Deed, Draft, Job, Origin};
use crate::clock::Clock;
use crate::error::{Error, millis};
use crate::hub::Hub;
use crate::store::ahead::{Ahead, Asked};
use crate::store::events::Journal;
use crate::store::{Store, messages, users};
use crate::{ids, rules};

mod news;
mod presence;
mod profile;

use news::News;
pub(super) use presence::Coming;
#[cfg(test)]
pub(super) use presence::PORTION;
use profile::changed;

/// How many deeds share one transaction. A commit waits for the disk, and those that queue meanwhile go together in
/// the next: the more there is to do, the less each waits. With fewer than these a disk that is busy with other things,
/// and takes 50 ms for a commit, would hold up two thousand messages a second.
const BATCH: usize = 512;

pub(super) struct Desk {
    store: Store,
    hub: Arc<Hub>,
    clock: Clock,
    /// The most sockets of one person.
    sockets: usize,
    /// The instant given to the newest message, in milliseconds.
    newest: i64,
    /// Whether everybody goes, because the server stops.
    draining: bool,
    /// What is to be told of who came and went.
    news: News,
    /// Those who are there and for whom more may wait than was delivered when they came.
    undelivered: VecDeque<UserId>,
    /// Not before then.
    deliver_from: Instant,
    /// How long deeds take ([`super::Chat::times`]).
    times: Histogram,
}

/// What follows from a deed, once it is stored.
#[derive(Default)]
struct Outcome {
    /// For all connections of these people, in this order: what lasts is numbered, and written down.
    frames: Vec<(UserId, Utf8Bytes)>,
    /// For the one connection that asked.
    answer: Option<Utf8Bytes>,
    /// What was stored.
    message: Option<Message>,
    /// Who has another name or picture: everybody else who is there is told as well, for the moment.
    profile: Option<User>,
}

impl Act {
    /// What it will ask of the store, where it is a message.
    fn asked(&self) -> Option<Asked<'_>> {
        let Deed::Send(draft) = &self.deed else { return None };
        Some((&self.user.id, &draft.to, draft.client_id.as_ref()))
    }
}

impl Desk {
    pub(super) async fn new(
        store: Store,
        hub: Arc<Hub>,
        clock: Clock,
        sockets: usize,
        times: Histogram,
    ) -> Result<Self, Error> {
        let newest = messages::newest(&mut *store.read().await?).await?.unwrap_or(i64::MIN);
        Ok(Self {
            store,
            hub,
            clock,
            sockets,
            newest,
            draining: false,
            news: News::new(Instant::now()),
            undelivered: VecDeque::new(),
            deliver_from: Instant::now(),
            times,
        })
    }

    pub(super) async fn run(mut self, mut queue: mpsc::Receiver<Job>) {
        let mut jobs = Vec::with_capacity(BATCH);
        loop {
            // What others do goes on between one portion and the next.
            let more = (!self.undelivered.is_empty()).then_some(self.deliver_from);
            let due = [self.news.due(), more].into_iter().flatten().min();
            let pause = async move {
                match due {
                    Some(due) => sleep_until(due).await,
                    None => std::future::pending().await,
                }
            };
            let count = tokio::select! {
                count = queue.recv_many(&mut jobs, BATCH) => Some(count),
                () = pause => None,
            };
            match count {
                Some(0) => return,
                Some(_) => self.work(&mut jobs, &mut queue).await,
                None if Instant::now() >= self.deliver_from => self.deliver_more().await,
                None => {}
            }
            self.tell_news();
        }
    }

    /// Does these jobs: those of one kind that follow each other together, for a commit waits for the disk.
    async fn work(&mut self, jobs: &mut Vec<Job>, queue: &mut mpsc::Receiver<Job>) {
        let (mut acts, mut coming, mut going) = (Vec::new(), Vec::new(), Vec::new());
        for job in jobs.drain(..) {
            // Who is there, and what somebody is called, must not change while a batch is decided: what came before is
            // finished first.
            if !matches!(job, Job::Act(_)) {
                self.perform(std::mem::take(&mut acts)).await;
            }
            if !matches!(job, Job::Connect(_)) {
                self.connect(std::mem::take(&mut coming)).await;
            }
            if !matches!(job, Job::Disconnect { .. }) {
                self.disconnect(std::mem::take(&mut going)).await;
            }
            match job {
                Job::Act(act) => {
                    let alone = matches!(act.deed, Deed::ChangeProfile(_));
                    if alone {
                        self.perform(std::mem::take(&mut acts)).await;
                    }
                    acts.push(act);
                    if alone {
                        self.perform(std::mem::take(&mut acts)).await;
                    }
                }
                Job::Connect(one) => coming.push(one),
                Job::Disconnect { user, connection } => going.push((user, connection)),
                Job::End { user, ended, done } => drop(done.send(self.end(&user, &ended).await)),
                Job::Settle(reply) => drop(reply.send(())),
                Job::Drain => self.drain().await,
                Job::Stop => queue.close(),
            }
        }
        self.perform(acts).await;
        self.connect(coming).await;
        self.disconnect(going).await;
    }

    /// Does the deeds in one transaction, then tells what follows from each, in their order.
    async fn perform(&mut self, acts: Vec<Act>) {
        if acts.is_empty() {
            return;
        }
        match self.decide(&acts).await {
            Ok(outcomes) => {
                for (act, outcome) in acts.into_iter().zip(outcomes) {
                    self.tell(act, outcome);
                }
            }
            Err(error) => {
                tracing::error!(%error, cause = ?error, deeds = acts.len(), "could not store");
                // Nothing of the batch is stored, and each is told so.
                for act in acts {
                    self.tell(act, Err(Error::internal("could not store")));
                }
            }
        }
    }

    /// What follows from each deed. All that these deeds store is durable when this returns; if it fails, nothing is
    /// stored. A deed that is refused has stored nothing, for it is refused before the first write.
    async fn decide(&mut self, acts: &[Act]) -> Result<Vec<Result<Outcome, Error>>, Error> {
        let mut store = self.store.write().await?;
        let asked: Vec<_> = acts.iter().filter_map(Act::asked).collect();
        let mut ahead = Ahead::look(&mut store, &asked).await?;
        let mut journal = Journal::of(&ahead);
        let mut list = None;
        let mut outcomes = Vec::with_capacity(acts.len());
        for act in acts {
            match self.decide_one(&mut store, &mut ahead, &mut journal, &mut list, act).await {
                Err(error @ Error::Internal(_)) => return Err(error),
                outcome => outcomes.push(outcome),
            }
        }
        journal.write(&mut store, self.clock.now()).await?;
        store.commit().await?;
        Ok(outcomes)
    }

    async fn decide_one(
        &mut self,
        store: &mut SqliteConnection,
        ahead: &mut Ahead,
        journal: &mut Journal,
        list: &mut Option<Utf8Bytes>,
        act: &Act,
    ) -> Result<Outcome, Error> {
        if let Origin::Connection(connection) = act.origin
            && !self.hub.has(&act.user.id, connection)
        {
            // Its session has ended, or it is written off: what still comes from it counts for nothing.
            return Err(Error::NotAuthorized);
        }
        // A socket knows who opened it by the name that they had then.
        let user = self.hub.user(&act.user.id);
        let user = user.as_ref().unwrap_or(&act.user);
        match &act.deed {
            Deed::Send(draft) => self.send(store, ahead, journal, user, draft).await,
            Deed::MarkRead { sender } => self.mark_read(store, journal, user, sender).await,
            Deed::Type { to, is_typing } => Ok(Self::type_to(user, to, *is_typing)),
            Deed::ChangeProfile(profile) => {
                Self::change_profile(store, journal, &user.id, profile).await
            }
            Deed::AskOnline => {
                // Nobody comes or goes in the midst of a batch: it is the same for all who ask.
                let list = list.get_or_insert_with(|| self.hub.list(self.clock.now()));
                Ok(Outcome { answer: Some(list.clone()), ..Outcome::default() })
            }
            Deed::Refuse(unheeded) => Err(unheeded.error()),
        }
    }

    async fn send(
        &mut self,
        store: &mut SqliteConnection,
        ahead: &mut Ahead,
        journal: &mut Journal,
        sender: &User,
        draft: &Draft,
    ) -> Result<Outcome, Error> {
        let Draft { to, content, message_type, client_id } = draft;
        rules::content(content)?;
        rules::message_type(message_type)?;
        if *to == sender.id {
            return Err(Error::refused("You cannot send messages to yourself"));
        }
        if let Some(name) = client_id {
            rules::client_id(name)?;
            if ahead.may_be_named(&sender.id, name)
                && let Some(message) = messages::named(store, sender, name).await?
            {
                return again(message, draft);
            }
        }
        let receiver = messages::party(ahead.person(to).ok_or(Error::NoReceiver)?);

        let now = self.clock.now();
        // Strictly later than all before, whatever the machine's clock does: ordering by it is ordering by storing.
        self.newest = now.millis().max(self.newest.saturating_add(1));
        let created_at = Timestamp::from_millis(self.newest);
        let is_online = self.hub.is_online(to);
        let message = Message {
            id: MessageId::from(ids::object_id(created_at)?),
            sender: messages::party(sender),
            receiver: Some(receiver),
            content: content.clone(),
            message_type: message_type.clone(),
            status: if is_online { Status::Delivered } else { Status::Sent },
            receipts: Receipts { delivered: is_online.then_some(created_at), read: None },
            created_at: Some(created_at),
            client_id: client_id.clone(),
        };
        if !ahead.are_talking(&sender.id, to) {
            messages::begin(store, &sender.id, to).await?;
        }
        messages::insert(store, &message, to, created_at).await?;
        ahead.stored(&sender.id, to, client_id.as_ref());

        // Delivery is told by a frame of its own (vectors).
        let (status, receipts) = (Status::Sent, Receipts::default());
        let sent = sent(to, Message { status, receipts, ..message.clone() });
        let mut frames = vec![event(store, journal, &sender.id, sent).await?];
        if is_online {
            let delivered = delivered(message.id.clone(), created_at);
            frames.push(event(store, journal, &sender.id, delivered).await?);
        }
        // Also for somebody who is away: they find it in what they missed.
        let new = ServerFrame::NewMessage(message.clone());
        frames.push(event(store, journal, to, new).await?);
        Ok(Outcome { frames, message: Some(message), ..Outcome::default() })
    }

    async fn mark_read(
        &self,
        store: &mut SqliteConnection,
        journal: &mut Journal,
        reader: &User,
        sender: &UserId,
    ) -> Result<Outcome, Error> {
        if users::by_id(store, sender).await?.is_none() {
            return Err(Error::NotFound("User"));
        }
        // Never before what it marks, whatever the machine's clock does.
        let now = self.clock.now().max(Timestamp::from_millis(self.newest));
        let marked_count = messages::mark_read(store, &reader.id, sender, now).await?;
        let (sender_id, read_at) = (sender.clone(), Some(now));
        let marked = ServerFrame::MarkReadSuccess { sender_id, marked_count, read_at };
        if marked_count == 0 {
            // Nothing has changed: no event, and no news to anybody else.
            return Ok(Outcome { answer: Some(encode(&marked)), ..Outcome::default() });
        }
        let read = ServerFrame::MessagesRead {
            read_by: reader.id.clone(),
            read_by_username: reader.username.clone(),
            read_at: Some(now),
        };
        let frames = vec![
            event(store, journal, sender, read).await?,
            event(store, journal, &reader.id, marked).await?,
        ];
        Ok(Outcome { frames, ..Outcome::default() })
    }

    /// Typing is told to whoever it is for, if they are there; it is not worth an error if they are not.
    fn type_to(user: &User, to: &UserId, is_typing: bool) -> Outcome {
        let (user_id, username) = (user.id.clone(), user.username.clone());
        let frame = ServerFrame::TypingIndicator { user_id, username, is_typing };
        let told = || (to.clone(), encode(&frame));
        let frames = if *to == user.id { Vec::new() } else { vec![told()] };
        Outcome { frames, ..Outcome::default() }
    }

    /// Tells what follows. Whoever called has hung up meanwhile perhaps: the sockets are told all the same.
    fn tell(&mut self, act: Act, outcome: Result<Outcome, Error>) {
        if let Ok(Outcome { profile: Some(user), frames, .. }) = &outcome {
            self.hub.is_now(user);
            self.news.is_now(user);
            let told: HashSet<&UserId> = frames.iter().map(|(to, _)| to).collect();
            self.hub.tell_all_but(|other| told.contains(other), &encode(&changed(user)));
        }
        match (act.origin, outcome) {
            (Origin::Call(reply), Ok(outcome)) => {
                self.tell_all(&outcome.frames);
                let _ = reply.send(Ok(outcome.message));
            }
            (Origin::Call(reply), Err(error)) => {
                let _ = reply.send(Err(error));
            }
            (Origin::Connection(connection), Ok(outcome)) => {
                self.tell_all(&outcome.frames);
                if let Some(answer) = outcome.answer {
                    self.hub.tell_one(&act.user.id, connection, &answer);
                }
            }
            (Origin::Connection(connection), Err(error)) => {
                let frame = refusal(&error, act.deed.client_id(), self.clock.now());
                self.hub.tell_one(&act.user.id, connection, &encode(&frame));
            }
        }
        self.times.observe(act.began.elapsed().as_secs_f64());
    }

    fn tell_all(&self, frames: &[(UserId, Utf8Bytes)]) {
        for (user, frame) in frames {
            self.hub.tell(user, frame);
        }
    }
}

/// An `error` frame in the words that a call would be refused with; of a send with a name, which one and why.
fn refusal(error: &Error, name: Option<&ClientId>, now: Timestamp) -> ServerFrame {
    ServerFrame::Error {
        message: error.to_string(),
        timestamp: Some(now),
        code: name.map(|_| error.code().to_owned()),
        client_message_id: name.cloned(),
        retry_after: error.wait().map(millis),
    }
}

/// Numbers a frame that lasts: to whom, and what is told.
async fn event(
    store: &mut SqliteConnection,
    journal: &mut Journal,
    to: &UserId,
    frame: ServerFrame,
) -> Result<(UserId, Utf8Bytes), Error> {
    Ok((to.clone(), Utf8Bytes::from(journal.add(store, to, frame).await?)))
}

/// What follows where a message of this name is stored already: nothing but an answer to whoever asks.
fn again((receiver, stored): (UserId, Message), draft: &Draft) -> Result<Outcome, Error> {
    let Draft { to, content, message_type, .. } = draft;
    if (&receiver, &stored.content, &stored.message_type) != (to, content, message_type) {
        return Err(Error::IdReused);
    }
    let answer = Some(encode(&sent(to, stored.clone())));
    Ok(Outcome { answer, message: Some(stored), ..Outcome::default() })
}

fn sent(to: &UserId, message: Message) -> ServerFrame {
    ServerFrame::MessageSent {
        message_id: message.id,
        receiver_id: to.clone(),
        content: message.content,
        created_at: message.created_at,
        status: message.status,
        receipts: message.receipts,
        client_message_id: message.client_id,
    }
}

fn delivered(message_id: MessageId, at: Timestamp) -> ServerFrame {
    ServerFrame::MessageDelivered { message_id, delivered_at: Some(at) }
}

/// Encoded once, however many connections get it.
fn encode(frame: &ServerFrame) -> Utf8Bytes {
    Utf8Bytes::from(frame.encode())
}
