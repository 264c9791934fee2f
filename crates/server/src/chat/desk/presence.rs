//! Who comes and who goes.

use std::collections::{HashSet, VecDeque};
use std::time::Duration;

use chinwag_protocol::frame::feature;
use chinwag_protocol::{Seq, ServerFrame, SessionId, SyncPoint, Timestamp, User, UserId};
use sqlx::SqliteConnection;
use tokio::sync::oneshot;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::{BATCH, Desk, delivered, encode, event};
use crate::chat::Ended;
use crate::error::Error;
use crate::hub::{ConnectionId, Newcomer};
use crate::socket::SESSION_ENDED;
use crate::store::events::Journal;
use crate::store::{messages, sessions, users};

/// So many messages that waited are delivered in one transaction, to all who come in it. Somebody may have thousands waiting: what
/// others do meanwhile must not wait for all of them.
pub(in crate::chat) const PORTION: u64 = 1_000;

/// How long a store that could not be written is left alone before more is delivered.
const AGAIN: Duration = Duration::from_secs(1);

/// What this server can beyond the base protocol.
const FEATURES: [&str; 7] = [
    feature::IDEMPOTENT_SEND,
    feature::SYNC,
    feature::SESSIONS,
    feature::PASSWORD,
    feature::PROFILE,
    feature::CONTENT_10000,
    feature::PRESENCE_CHANGES,
];

/// A socket that was opened.
#[derive(Debug)]
pub(in crate::chat) struct Coming {
    pub(in crate::chat) user: UserId,
    pub(in crate::chat) newcomer: Newcomer,
    pub(in crate::chat) reply: oneshot::Sender<Result<(), Error>>,
}

/// Somebody who was let in.
struct Welcome {
    user: User,
    /// Their last event.
    seq: Seq,
    delivered: Delivered,
}

/// What of the messages that waited for somebody is delivered.
struct Delivered {
    /// What those who wrote them are told.
    frames: Vec<(UserId, Utf8Bytes)>,
    /// Whether more may wait.
    is_part: bool,
}

impl Desk {
    /// Lets in those who come, in one transaction: after a restart of the server thousands do, and each commit waits for
    /// the disk.
    pub(super) async fn connect(&mut self, coming: Vec<Coming>) {
        if coming.is_empty() {
            return;
        }
        match self.welcome(&coming).await {
            Ok(welcomes) => {
                for (Coming { newcomer, reply, .. }, welcome) in coming.into_iter().zip(welcomes) {
                    let done = match welcome {
                        Ok(welcome) => {
                            self.greet(newcomer, welcome).await;
                            Ok(())
                        }
                        Err(error) => Err(error),
                    };
                    // Nobody listens any more where the socket has ended meanwhile; its end is a job to come.
                    let _ = reply.send(done);
                }
            }
            Err(error) => {
                tracing::error!(%error, cause = ?error, sockets = coming.len(), "could not let in");
                for Coming { reply, .. } in coming {
                    let _ = reply.send(Err(Error::internal("could not let in")));
                }
            }
        }
    }

    async fn welcome(&self, coming: &[Coming]) -> Result<Vec<Result<Welcome, Error>>, Error> {
        let now = self.clock.now();
        let mut store = self.store.write().await?;
        let mut journal = Journal::default();
        let mut welcomes = Vec::with_capacity(coming.len());
        let mut room = PORTION;
        for one in coming {
            match Self::admit(&mut store, &mut journal, one, now, &mut room).await {
                Err(error @ Error::Internal(_)) => return Err(error),
                welcome => welcomes.push(welcome),
            }
        }
        journal.write(&mut store, now).await?;
        store.commit().await?;
        Ok(welcomes)
    }

    async fn admit(
        store: &mut SqliteConnection,
        journal: &mut Journal,
        coming: &Coming,
        now: Timestamp,
        room: &mut u64,
    ) -> Result<Welcome, Error> {
        // As they are now: since the token was looked at, either may have changed.
        let user = users::by_id(store, &coming.user).await?.ok_or(Error::NotAuthorized)?;
        if !sessions::is_there(store, &coming.newcomer.session).await? {
            return Err(Error::NotAuthorized);
        }
        users::seen(store, &user.id, now).await?;
        let delivered = deliver(store, journal, &user.id, now, room).await?;
        let seq = journal.last(store, &user.id).await?;
        Ok(Welcome { user, seq, delivered })
    }

    /// Delivers some more of what waited for those who are still there.
    pub(super) async fn deliver_more(&mut self) {
        let mut people = std::mem::take(&mut self.undelivered);
        people.retain(|user| self.hub.is_online(user));
        match self.deliver_to(&people).await {
            Ok(portions) => {
                // Those for whom there was no room come first the next time.
                self.undelivered = people.split_off(portions.len());
                for (user, delivered) in people.into_iter().zip(portions) {
                    self.tell_delivered(user, &delivered);
                }
            }
            Err(error) => {
                tracing::error!(%error, cause = ?error, people = people.len(), "could not deliver");
                // Somebody else comes first then: it may be about one of them alone.
                people.rotate_left(1);
                self.undelivered = people;
                self.deliver_from = Instant::now() + AGAIN;
            }
        }
    }

    /// What is delivered to the first of these, in one transaction.
    async fn deliver_to(&self, people: &VecDeque<UserId>) -> Result<Vec<Delivered>, Error> {
        if people.is_empty() {
            return Ok(Vec::new());
        }
        let now = self.clock.now();
        let mut store = self.store.write().await?;
        let mut journal = Journal::default();
        let (mut portions, mut room) = (Vec::new(), PORTION);
        for user in people.iter().take(BATCH) {
            if room == 0 {
                break;
            }
            portions.push(deliver(&mut store, &mut journal, user, now, &mut room).await?);
        }
        journal.write(&mut store, now).await?;
        store.commit().await?;
        Ok(portions)
    }

    fn tell_delivered(&mut self, user: UserId, delivered: &Delivered) {
        self.tell_all(&delivered.frames);
        if delivered.is_part && !self.undelivered.contains(&user) {
            self.undelivered.push_back(user);
        }
    }

    async fn greet(&mut self, newcomer: Newcomer, welcome: Welcome) {
        let Welcome { user, seq, delivered } = welcome;
        let (now, connection) = (self.clock.now(), newcomer.connection);
        let came = self.hub.add(&user, newcomer);
        let greeting = ServerFrame::ConnectionEstablished {
            message: "Connected to chat server".to_owned(),
            user_id: Some(user.id.clone()),
            username: user.username.clone(),
            features: FEATURES.map(str::to_owned).into(),
            // Whatever comes later comes on this connection: nothing is told between the commit and here but what those
            // cause who came in the same transaction, in their order.
            sync: Some(SyncPoint { store: self.store.id().clone(), seq }),
        };
        self.hub.tell_one(&user.id, connection, &encode(&greeting));
        self.hub.tell_one(&user.id, connection, &self.hub.list(now));
        let id = user.id.clone();
        if let Some(version) = came {
            self.news.add(user, true, now, version);
            self.tell_news();
        }
        self.tell_delivered(id.clone(), &delivered);
        // The oldest goes, not the one that somebody looks at just now: mostly it is a connection of which only this end
        // has not heard that it broke. To the page it is as if another place had taken over, so that it does not come
        // back by itself and take the next one's place.
        for oldest in self.hub.crowd_out(&id, self.sockets) {
            self.disconnect(vec![(id.clone(), oldest)]).await;
        }
    }

    /// Tells what is due of who came and went.
    pub(super) fn tell_news(&mut self) {
        self.news.tell(&self.hub, Instant::now(), self.clock.now());
    }

    pub(super) async fn end(&mut self, user: &UserId, ended: &Ended) -> Result<(), Error> {
        let last_word = encode(&ServerFrame::Error {
            message: SESSION_ENDED.to_owned(),
            timestamp: Some(self.clock.now()),
            code: None,
            client_message_id: None,
            retry_after: None,
        });
        let left = match ended {
            Ended::One(_) | Ended::AllBut(_) => HashSet::new(),
            // One that was begun just now, with a new password, is none of them.
            Ended::Gone => self.sessions_left(user).await?,
        };
        let has_ended = |session: &SessionId| match ended {
            Ended::One(ended) => session == ended,
            Ended::AllBut(left) => session != left,
            Ended::Gone => !left.contains(session),
        };
        let ended = self.hub.end(user, has_ended, &last_word);
        let ended = ended.into_iter().map(|connection| (user.clone(), connection)).collect();
        self.disconnect(ended).await;
        Ok(())
    }

    async fn sessions_left(&self, user: &UserId) -> Result<HashSet<SessionId>, sqlx::Error> {
        sessions::left(&mut *self.store.read().await?, user).await
    }

    /// Lets go of these, and notes in one transaction when those were last seen who have gone with it.
    pub(super) async fn disconnect(&mut self, connections: Vec<(UserId, ConnectionId)>) {
        let connections = connections.into_iter();
        let gone: Vec<_> = connections
            .filter_map(|(user, connection)| self.hub.remove(&user, connection))
            .collect();
        if gone.is_empty() || self.draining {
            return;
        }
        let now = self.clock.now();
        let who: Vec<_> = gone.iter().map(|(user, _)| user.id.clone()).collect();
        if let Err(error) = self.note_seen(who, now).await {
            // They are gone all the same, and the others are told so.
            tracing::error!(%error, "could not note when somebody was last seen");
        }
        for (user, version) in gone {
            self.news.add(user, false, now, version);
            self.tell_news();
        }
    }

    /// One after the other, thousands would take a commit each, and tell each other.
    pub(super) async fn drain(&mut self) {
        self.draining = true;
        self.news.forget();
        let online = self.hub.online().into_iter().map(|user| user.id).collect();
        if let Err(error) = self.note_seen(online, self.clock.now()).await {
            tracing::error!(%error, "could not note who was there until the end");
        }
    }

    async fn note_seen(&self, users: Vec<UserId>, now: Timestamp) -> Result<(), sqlx::Error> {
        let mut store = self.store.write().await?;
        for user in users {
            users::seen(&mut store, &user, now).await?;
        }
        store.commit().await
    }
}

/// Delivers what waits for somebody, as far as there is room for it, and takes that room.
async fn deliver(
    store: &mut SqliteConnection,
    journal: &mut Journal,
    to: &UserId,
    now: Timestamp,
    room: &mut u64,
) -> Result<Delivered, Error> {
    let waiting = messages::deliver_waiting(store, to, now, *room).await?;
    *room = room.saturating_sub(waiting.len() as u64);
    let mut frames = Vec::with_capacity(waiting.len());
    for (message, sender) in waiting {
        frames.push(event(store, journal, &sender, delivered(message, now)).await?);
    }
    Ok(Delivered { frames, is_part: *room == 0 })
}
