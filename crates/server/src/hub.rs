//! Who is connected, and the queue of each connection.
//!
//! What never lives here: the store, and what is told to whom. That is decided in [`crate::chat`], whose desk is the
//! only one to add and remove connections and to queue frames; all others just ask who is there.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::ws::Utf8Bytes;
use chinwag_protocol::{User, UserId};
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
    let overflow = CancellationToken::new();
    (
        Outbox { sender, queued: queued.clone(), limit: bytes, overflow: overflow.clone() },
        Inbox { receiver, queued, overflow },
    )
}

/// Where frames for a connection are put.
#[derive(Debug)]
pub(crate) struct Outbox {
    sender: mpsc::Sender<Utf8Bytes>,
    queued: Arc<AtomicUsize>,
    limit: usize,
    overflow: CancellationToken,
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
}

/// Somebody who is connected, once or several times.
#[derive(Debug)]
struct Presence {
    user: User,
    /// The connection with which they came.
    since: ConnectionId,
    connections: Vec<(ConnectionId, Outbox)>,
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
    pub(crate) fn add(&self, user: &User, connection: ConnectionId, outbox: Outbox) -> bool {
        let mut all = self.all();
        let presence = all.entry(user.id.clone()).or_insert_with(|| Presence {
            user: user.clone(),
            since: connection,
            connections: Vec::new(),
        });
        presence.connections.push((connection, outbox));
        presence.connections.len() == 1
    }

    /// Removes a connection. Whether it was the person's last.
    pub(crate) fn remove(&self, user: &UserId, connection: ConnectionId) -> bool {
        let mut all = self.all();
        let Some(presence) = all.get_mut(user) else { return false };
        presence.connections.retain(|(id, _)| *id != connection);
        let last = presence.connections.is_empty();
        if last {
            all.remove(user);
        }
        last
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
            presence.connections.iter().for_each(|(_, outbox)| outbox.push(frame));
        }
    }

    /// Queues a frame for one connection of a person.
    pub(crate) fn tell_one(&self, user: &UserId, connection: ConnectionId, frame: &Utf8Bytes) {
        if let Some(presence) = self.all().get(user) {
            let this = presence.connections.iter().filter(|(id, _)| *id == connection);
            this.for_each(|(_, outbox)| outbox.push(frame));
        }
    }

    /// Queues a frame for everybody else.
    pub(crate) fn tell_others(&self, but: &UserId, frame: &Utf8Bytes) {
        for (_, presence) in self.all().iter().filter(|(user, _)| *user != but) {
            presence.connections.iter().for_each(|(_, outbox)| outbox.push(frame));
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
        assert!(hub.add(&ada, one, queue(100).0));
        assert!(!hub.add(&ada, two, queue(100).0));
        assert!(!hub.remove(&ada.id, one));
        assert!(!hub.remove(&ada.id, one), "twice is once");
        assert!(hub.is_online(&ada.id));
        assert!(hub.remove(&ada.id, two));
        assert!(!hub.is_online(&ada.id) && hub.online().is_empty());
    }

    #[tokio::test]
    async fn a_full_queue_gives_the_connection_up_and_skips_nothing_before() {
        let (hub, ada) = (Hub::default(), user("ada"));
        let (outbox, mut inbox) = queue(10);
        hub.add(&ada, ConnectionId::next(), outbox);
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
        hub.add(&ada, ConnectionId::next(), outbox);
        for _ in 0..100 {
            hub.tell(&ada.id, &Utf8Bytes::from_static("12345"));
            assert_eq!(inbox.next().await.unwrap().as_str(), "12345");
        }
        assert!(!inbox.overflow().is_cancelled());
    }
}
