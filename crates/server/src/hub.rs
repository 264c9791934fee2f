//! Who is connected, and the queue of each connection.
//!
//! What never lives here: the store, and what is told to whom. That is decided in [`crate::chat`], whose desk is the
//! only one to add and remove connections and to queue frames; all others just ask who is there.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::ws::Utf8Bytes;
use chinwag_protocol::{SessionId, User, UserId};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// The most frames that wait for one connection. Their bytes are bounded apart: this bounds the small ones.
const QUEUED_FRAMES: usize = 8_192;

/// One connection among all that this server ever had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ConnectionId(u64);

impl ConnectionId {
    /// A new one.
    pub(crate) fn next() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

/// Makes the queue of a connection that holds at most `bytes`.
pub(crate) fn queue(bytes: usize) -> (Outbox, Inbox) {
    let (sender, receiver) = mpsc::channel(QUEUED_FRAMES);
    let queued = Arc::new(AtomicUsize::new(0));
    let (overflow, ended) = (CancellationToken::new(), CancellationToken::new());
    (
        Outbox {
            sender,
            queued: queued.clone(),
            limit: bytes,
            overflow: overflow.clone(),
            ended: ended.clone(),
        },
        Inbox { receiver, queued, overflow, ended },
    )
}

/// Where frames for a connection are put.
#[derive(Debug)]
pub(crate) struct Outbox {
    sender: mpsc::Sender<Utf8Bytes>,
    queued: Arc<AtomicUsize>,
    limit: usize,
    overflow: CancellationToken,
    ended: CancellationToken,
}

impl Outbox {
    /// Queues a frame, or gives the connection up: one that reads too slowly is ended, never skipped, for it would
    /// not notice what it missed.
    fn push(&self, frame: &Utf8Bytes) {
        if self.overflow.is_cancelled() {
            return;
        }
        let queued = self.queued.fetch_add(frame.len(), Ordering::AcqRel) + frame.len();
        // One frame always fits, however small the limit.
        let full = queued > self.limit.max(frame.len());
        if full || self.sender.try_send(frame.clone()).is_err() {
            self.overflow.cancel();
        }
    }
}

/// Where a connection takes its frames from.
#[derive(Debug)]
pub(crate) struct Inbox {
    receiver: mpsc::Receiver<Utf8Bytes>,
    queued: Arc<AtomicUsize>,
    overflow: CancellationToken,
    ended: CancellationToken,
}

impl Inbox {
    /// The next frame. May be dropped and asked again without loss.
    pub(crate) async fn next(&mut self) -> Option<Utf8Bytes> {
        let frame = self.receiver.recv().await?;
        self.queued.fetch_sub(frame.len(), Ordering::AcqRel);
        Some(frame)
    }

    /// The next frame, if one waits already.
    pub(crate) fn waiting(&mut self) -> Option<Utf8Bytes> {
        self.receiver.try_recv().ok()
    }

    /// Ends when the connection has been given up as too slow.
    pub(crate) fn overflow(&self) -> CancellationToken {
        self.overflow.clone()
    }

    /// Ends when the session of the connection has ended.
    pub(crate) fn ended(&self) -> CancellationToken {
        self.ended.clone()
    }
}

/// One connection of somebody.
#[derive(Debug)]
struct Connection {
    id: ConnectionId,
    session: SessionId,
    outbox: Outbox,
}

/// Somebody who is connected, once or several times.
#[derive(Debug)]
struct Presence {
    user: User,
    /// The connection with which they came.
    since: ConnectionId,
    connections: Vec<Connection>,
}

/// Everybody who is connected.
#[derive(Debug, Default)]
pub(crate) struct Hub(Mutex<HashMap<UserId, Presence>>);

impl Hub {
    /// A panic elsewhere leaves the map whole: no method stops half-way.
    fn all(&self) -> MutexGuard<'_, HashMap<UserId, Presence>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a connection. Whether it is the person's first.
    pub(crate) fn add(
        &self,
        user: &User,
        session: SessionId,
        connection: ConnectionId,
        outbox: Outbox,
    ) -> bool {
        let mut all = self.all();
        let presence = all.entry(user.id.clone()).or_insert_with(|| Presence {
            user: user.clone(),
            since: connection,
            connections: Vec::new(),
        });
        presence.connections.push(Connection { id: connection, session, outbox });
        presence.connections.len() == 1
    }

    /// Removes a connection. Whose it was, where it was their last.
    pub(crate) fn remove(&self, user: &UserId, connection: ConnectionId) -> Option<User> {
        let mut all = self.all();
        let presence = all.get_mut(user)?;
        presence.connections.retain(|known| known.id != connection);
        if presence.connections.is_empty() { all.remove(user).map(|gone| gone.user) } else { None }
    }

    /// The sessions of these connections of a person have ended: each is told so and closes. Which they are.
    pub(crate) fn end(
        &self,
        user: &UserId,
        has_ended: impl Fn(&SessionId) -> bool,
        last_word: &Utf8Bytes,
    ) -> Vec<ConnectionId> {
        let all = self.all();
        let connections = all.get(user).map_or(&[][..], |presence| &presence.connections);
        let ended = connections.iter().filter(|connection| has_ended(&connection.session));
        ended
            .map(|connection| {
                connection.outbox.push(last_word);
                connection.outbox.ended.cancel();
                connection.id
            })
            .collect()
    }

    /// A person as others see them now, while they are connected.
    pub(crate) fn user(&self, user: &UserId) -> Option<User> {
        self.all().get(user).map(|presence| presence.user.clone())
    }

    /// A person has another name or picture.
    pub(crate) fn is_now(&self, user: &User) {
        if let Some(presence) = self.all().get_mut(&user.id) {
            presence.user = user.clone();
        }
    }

    /// Whether a person is connected.
    pub(crate) fn is_online(&self, user: &UserId) -> bool {
        self.all().contains_key(user)
    }

    /// Everybody who is connected, in the order in which they came: identity, name and picture, as the socket tells
    /// it.
    pub(crate) fn online(&self) -> Vec<User> {
        let bare = |user: &User| User {
            avatar: user.avatar.clone(),
            ..User::named(user.id.clone(), user.username.clone())
        };
        let all = self.all();
        let mut present: Vec<_> = all.values().collect();
        present.sort_unstable_by_key(|presence| presence.since);
        present.into_iter().map(|presence| bare(&presence.user)).collect()
    }

    /// Queues a frame for all connections of a person.
    pub(crate) fn tell(&self, user: &UserId, frame: &Utf8Bytes) {
        if let Some(presence) = self.all().get(user) {
            presence.connections.iter().for_each(|known| known.outbox.push(frame));
        }
    }

    /// Queues a frame for one connection of a person.
    pub(crate) fn tell_one(&self, user: &UserId, connection: ConnectionId, frame: &Utf8Bytes) {
        if let Some(presence) = self.all().get(user) {
            let this = presence.connections.iter().filter(|known| known.id == connection);
            this.for_each(|known| known.outbox.push(frame));
        }
    }

    /// Queues a frame for everybody else.
    pub(crate) fn tell_others(&self, but: &UserId, frame: &Utf8Bytes) {
        self.tell_all_but(|user| user == but, frame);
    }

    /// Queues a frame for everybody but these.
    pub(crate) fn tell_all_but(&self, is_left_out: impl Fn(&UserId) -> bool, frame: &Utf8Bytes) {
        for (_, presence) in self.all().iter().filter(|(user, _)| !is_left_out(user)) {
            presence.connections.iter().for_each(|known| known.outbox.push(frame));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(id: &str) -> User {
        User::named(UserId::from(id), id)
    }

    #[test]
    fn a_person_is_there_from_the_first_connection_to_the_last() {
        let (hub, ada) = (Hub::default(), user("ada"));
        let (one, two) = (ConnectionId::next(), ConnectionId::next());
        assert!(hub.add(&ada, "s".into(), one, queue(100).0));
        assert!(!hub.add(&ada, "s".into(), two, queue(100).0));
        assert_eq!(hub.remove(&ada.id, one), None);
        assert_eq!(hub.remove(&ada.id, one), None, "twice is once");
        assert!(hub.is_online(&ada.id));
        assert_eq!(hub.remove(&ada.id, two), Some(ada.clone()));
        assert!(!hub.is_online(&ada.id) && hub.online().is_empty());
    }

    #[tokio::test]
    async fn a_full_queue_gives_the_connection_up_and_skips_nothing_before() {
        let (hub, ada) = (Hub::default(), user("ada"));
        let (outbox, mut inbox) = queue(10);
        hub.add(&ada, "s".into(), ConnectionId::next(), outbox);
        for frame in ["12345", "67890", "x", "y"] {
            hub.tell(&ada.id, &Utf8Bytes::from_static(frame));
        }
        assert!(inbox.overflow().is_cancelled());
        assert_eq!(inbox.next().await.unwrap().as_str(), "12345");
        assert_eq!(inbox.next().await.unwrap().as_str(), "67890");
        assert!(inbox.waiting().is_none(), "nothing after what did not fit");
    }

    #[tokio::test]
    async fn what_was_taken_makes_room() {
        let (hub, ada) = (Hub::default(), user("ada"));
        let (outbox, mut inbox) = queue(5);
        hub.add(&ada, "s".into(), ConnectionId::next(), outbox);
        for _ in 0..100 {
            hub.tell(&ada.id, &Utf8Bytes::from_static("12345"));
            assert_eq!(inbox.next().await.unwrap().as_str(), "12345");
        }
        assert!(!inbox.overflow().is_cancelled());
    }
}
