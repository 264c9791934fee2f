//! The desk: does one job after the other, stores what must be stored, and only then tells.

use std::collections::HashSet;
use std::sync::Arc;

use axum::extract::ws::Utf8Bytes;
use chinwag_protocol::frame::{Presence, feature};
use chinwag_protocol::{
    ClientId, Message, MessageId, Rows, ServerFrame, SessionId, Status, SyncPoint, Timestamp, User,
    UserId,
};
use sqlx::SqliteConnection;
use tokio::sync::mpsc;

use super::{Act, Deed, Draft, Ended, Job, Origin};
use crate::clock::Clock;
use crate::error::Error;
use crate::hub::{ConnectionId, Hub, Outbox};
use crate::socket::SESSION_ENDED;
use crate::store::events::Journal;
use crate::store::{Store, messages, sessions, users};
use crate::{ids, rules};

mod profile;

use profile::changed;

/// How many deeds share one transaction. A commit waits for the disk, and those that queue meanwhile go together in
/// the next: the more there is to do, the less each waits.
const BATCH: usize = 64;

/// What this server can beyond the base protocol.
const FEATURES: [&str; 6] = [
    feature::IDEMPOTENT_SEND,
    feature::SYNC,
    feature::SESSIONS,
    feature::PASSWORD,
    feature::PROFILE,
    feature::CONTENT_10000,
];

pub(super) struct Desk {
    store: Store,
    hub: Arc<Hub>,
    clock: Clock,
    /// The instant given to the newest message, in milliseconds.
    newest: i64,
}

/// What follows from a deed, once it is stored.
#[derive(Default)]
struct Outcome {
    /// For all connections of these people, in this order: what lasts is numbered, and written down.
    frames: Vec<(UserId, Utf8Bytes)>,
    /// For the one connection that asked.
    answer: Option<ServerFrame>,
    /// What was stored.
    message: Option<Message>,
    /// Who has another name or picture: everybody else who is there is told as well, for the moment.
    profile: Option<User>,
}

impl Desk {
    pub(super) async fn new(store: Store, hub: Arc<Hub>, clock: Clock) -> Result<Self, Error> {
        let newest = messages::newest(&mut *store.read().await?).await?.unwrap_or(i64::MIN);
        Ok(Self { store, hub, clock, newest })
    }

    pub(super) async fn run(mut self, mut queue: mpsc::Receiver<Job>) {
        let mut jobs = Vec::with_capacity(BATCH);
        while queue.recv_many(&mut jobs, BATCH).await > 0 {
            let mut acts = Vec::new();
            for job in jobs.drain(..) {
                if let Job::Act(act) = job {
                    // What somebody is called must not change while a batch is decided either.
                    let alone = matches!(act.deed, Deed::ChangeProfile(_));
                    if alone {
                        self.perform(std::mem::take(&mut acts)).await;
                    }
                    acts.push(act);
                    if alone {
                        self.perform(std::mem::take(&mut acts)).await;
                    }
                    continue;
                }
                // Who is there must not change while a batch is decided: what came before is finished first.
                self.perform(std::mem::take(&mut acts)).await;
                match job {
                    Job::Connect { user, session, connection, outbox, reply } => {
                        let done = self.connect(&user.id, session, connection, outbox).await;
                        // Nobody listens any more where the socket has ended meanwhile; its end is a job to come.
                        let _ = reply.send(done);
                    }
                    Job::Disconnect { user, connection } => {
                        self.disconnect(&user.id, connection).await;
                    }
                    Job::End { user, ended } => self.end(&user, &ended).await,
                    Job::Stop => queue.close(),
                    Job::Act(act) => acts.push(act),
                }
            }
            self.perform(acts).await;
        }
    }

    async fn connect(
        &self,
        user: &UserId,
        session: SessionId,
        connection: ConnectionId,
        outbox: Outbox,
    ) -> Result<(), Error> {
        let now = self.clock.now();
        let mut store = self.store.write().await?;
        // As they are now: since the token was looked at, either may have changed.
        let user = users::by_id(&mut store, user).await?.ok_or(Error::NotAuthorized)?;
        if !sessions::is_there(&mut store, &session).await? {
            return Err(Error::NotAuthorized);
        }
        users::seen(&mut store, &user.id, now).await?;
        let mut journal = Journal::default();
        let mut frames = Vec::new();
        for (message, sender) in messages::deliver_waiting(&mut store, &user.id, now).await? {
            let frame = delivered(message, now);
            frames.push(event(&mut store, &mut journal, &sender, frame).await?);
        }
        let seq = journal.last(&mut store, &user.id).await?;
        journal.write(&mut store, now).await?;
        store.commit().await?;

        let first = self.hub.add(&user, session, connection, outbox);
        let greeting = ServerFrame::ConnectionEstablished {
            message: "Connected to chat server".to_owned(),
            user_id: Some(user.id.clone()),
            username: user.username.clone(),
            features: FEATURES.map(str::to_owned).into(),
            // Whatever comes later comes on this connection: nothing else is done between the commit and here.
            sync: Some(SyncPoint { store: self.store.id().clone(), seq }),
        };
        let online = encode(&self.online_users());
        self.hub.tell_one(&user.id, connection, &encode(&greeting));
        self.hub.tell_one(&user.id, connection, &online);
        if first {
            let came = ServerFrame::UserOnline(presence(&user, now));
            self.hub.tell_others(&user.id, &encode(&came));
            self.hub.tell_others(&user.id, &online);
        }
        self.tell_all(&frames);
        Ok(())
    }

    async fn end(&self, user: &UserId, ended: &Ended) {
        let last_word = encode(&ServerFrame::Error {
            message: SESSION_ENDED.to_owned(),
            timestamp: Some(self.clock.now()),
            code: None,
            client_message_id: None,
        });
        for connection in self.hub.end(user, |session| ended.includes(session), &last_word) {
            self.disconnect(user, connection).await;
        }
    }

    async fn disconnect(&self, user: &UserId, connection: ConnectionId) {
        let Some(user) = self.hub.remove(user, connection) else { return };
        let now = self.clock.now();
        if let Err(error) = self.note_seen(&user.id, now).await {
            // They are gone all the same, and the others are told so.
            tracing::error!(%error, "could not note when somebody was last seen");
        }
        let went = ServerFrame::UserOffline(presence(&user, now));
        self.hub.tell_others(&user.id, &encode(&went));
        self.hub.tell_others(&user.id, &encode(&self.online_users()));
    }

    async fn note_seen(&self, user: &UserId, now: Timestamp) -> Result<(), sqlx::Error> {
        let mut store = self.store.write().await?;
        users::seen(&mut store, user, now).await?;
        store.commit().await
    }

    /// Does the deeds in one transaction, then tells what follows from each, in their order.
    async fn perform(&mut self, acts: Vec<Act>) {
        if acts.is_empty() {
            return;
        }
        match self.decide(&acts).await {
            Ok(outcomes) => {
                acts.into_iter().zip(outcomes).for_each(|(act, outcome)| self.tell(act, outcome));
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
        let mut journal = Journal::default();
        let mut outcomes = Vec::with_capacity(acts.len());
        for act in acts {
            match self.decide_one(&mut store, &mut journal, act).await {
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
        journal: &mut Journal,
        act: &Act,
    ) -> Result<Outcome, Error> {
        // A socket knows who opened it by the name that they had then.
        let user = self.hub.user(&act.user.id);
        let user = user.as_ref().unwrap_or(&act.user);
        match &act.deed {
            Deed::Send(draft) => self.send(store, journal, user, draft).await,
            Deed::MarkRead { sender } => self.mark_read(store, journal, user, sender).await,
            Deed::Type { to, is_typing } => Ok(Self::type_to(user, to, *is_typing)),
            Deed::ChangeProfile(profile) => {
                Self::change_profile(store, journal, &user.id, profile).await
            }
            Deed::AskOnline => {
                Ok(Outcome { answer: Some(self.online_users()), ..Outcome::default() })
            }
            Deed::Garble(garbled) => Err(Error::refused(garbled.error.to_string())),
        }
    }

    async fn send(
        &mut self,
        store: &mut SqliteConnection,
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
            if let Some(message) = messages::named(store, sender, name).await? {
                return again(message, draft);
            }
        }
        let receiver = users::by_id(store, to).await?.ok_or(Error::NoReceiver)?;

        let now = self.clock.now();
        // Strictly later than all before, whatever the machine's clock does: ordering by it is ordering by storing.
        self.newest = now.millis().max(self.newest.saturating_add(1));
        let created_at = Timestamp::from_millis(self.newest);
        let is_online = self.hub.is_online(to);
        let message = Message {
            id: MessageId::from(ids::object_id(created_at)?),
            sender: messages::party(sender),
            receiver: Some(messages::party(&receiver)),
            content: content.clone(),
            message_type: message_type.clone(),
            status: if is_online { Status::Delivered } else { Status::Sent },
            created_at: Some(created_at),
            client_id: client_id.clone(),
        };
        messages::insert(store, &message, to, created_at).await?;

        // Delivery is told by a frame of its own (vectors).
        let sent = sent(to, Message { status: Status::Sent, ..message.clone() });
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
            return Ok(Outcome { answer: Some(marked), ..Outcome::default() });
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
    fn tell(&self, act: Act, outcome: Result<Outcome, Error>) {
        if let Ok(Outcome { profile: Some(user), frames, .. }) = &outcome {
            self.hub.is_now(user);
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
                    self.hub.tell_one(&act.user.id, connection, &encode(&answer));
                }
            }
            (Origin::Connection(connection), Err(error)) => {
                let frame = refusal(&error, act.deed.client_id(), self.clock.now());
                self.hub.tell_one(&act.user.id, connection, &encode(&frame));
            }
        }
    }

    fn tell_all(&self, frames: &[(UserId, Utf8Bytes)]) {
        for (user, frame) in frames {
            self.hub.tell(user, frame);
        }
    }

    fn online_users(&self) -> ServerFrame {
        let users = self.hub.online();
        ServerFrame::OnlineUsers {
            total_online: u64::try_from(users.len()).ok(),
            users: Rows::from(users),
            timestamp: Some(self.clock.now()),
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
    let answer = Some(sent(to, stored.clone()));
    Ok(Outcome { answer, message: Some(stored), ..Outcome::default() })
}

fn sent(to: &UserId, message: Message) -> ServerFrame {
    ServerFrame::MessageSent {
        message_id: message.id,
        receiver_id: to.clone(),
        content: message.content,
        created_at: message.created_at,
        status: message.status,
        client_message_id: message.client_id,
    }
}

fn delivered(message_id: MessageId, at: Timestamp) -> ServerFrame {
    ServerFrame::MessageDelivered { message_id, delivered_at: Some(at) }
}

fn presence(user: &User, now: Timestamp) -> Presence {
    Presence { user_id: user.id.clone(), username: user.username.clone(), timestamp: Some(now) }
}

/// Encoded once, however many connections get it.
fn encode(frame: &ServerFrame) -> Utf8Bytes {
    Utf8Bytes::from(frame.encode())
}
