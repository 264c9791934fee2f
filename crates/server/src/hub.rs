//! Who is connected, and the queue of each connection.
//!
//! What never lives here: the store, and what is told to whom. That is decided in [`crate::chat`], whose desk is the
//! only one to add and remove connections and to queue frames; all others just ask who is there.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use chinwag_protocol::frame::close;
use chinwag_protocol::{SessionId, Timestamp, User, UserId};
use tokio_tungstenite::tungstenite::Utf8Bytes;

mod queue;

pub(crate) use queue::{Inbox, Outbox, queue};

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

/// How a connection hears of who comes and goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Ear {
    /// By the base protocol: each by name, and the whole list now and then.
    #[default]
    Lists,
    /// By what has changed (protocol §3, `presence_changes`).
    Changes,
}

/// How often the crowd had changed by some moment: whoever was told of it then knows all up to there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version(pub(crate) u64);

/// One connection of somebody.
#[derive(Debug)]
struct Connection {
    id: ConnectionId,
    session: SessionId,
    outbox: Outbox,
    ear: Ear,
    /// Of what changed up to then it was told.
    told: Version,
    /// The last list that it was sent.
    listed: Version,
}

/// Somebody who is connected, once or several times.
#[derive(Debug)]
struct Presence {
    user: User,
    /// The connection with which they came.
    since: ConnectionId,
    connections: Vec<Connection>,
}

/// A new connection.
#[derive(Debug)]
pub(crate) struct Newcomer {
    /// Which.
    pub(crate) connection: ConnectionId,
    /// By what session.
    pub(crate) session: SessionId,
    /// How it hears.
    pub(crate) ear: Ear,
    /// Its queue.
    pub(crate) outbox: Outbox,
}

/// Everybody who is connected, in figures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Crowd {
    /// People.
    pub(crate) people: usize,
    /// Their connections.
    pub(crate) sockets: usize,
    /// The bytes that wait for all of them.
    pub(crate) queued: usize,
    /// The bytes that wait for the slowest.
    pub(crate) longest: usize,
}

/// Everybody who is connected.
#[derive(Debug, Default)]
pub(crate) struct Hub(Mutex<All>);

#[derive(Debug, Default)]
struct All {
    people: HashMap<UserId, Presence>,
    /// Each as lists tell them, in the order in which they came, by the connection with which they did: a list for each
    /// who comes is put together from these, for to write all of it anew would take some milliseconds with thousands.
    rows: BTreeMap<ConnectionId, Box<str>>,
    version: Version,
    /// Connections that hear of the whole list.
    listeners: usize,
}

impl All {
    fn connections(&self) -> impl Iterator<Item = &Connection> {
        self.people.values().flat_map(|presence| &presence.connections)
    }
}

/// How many there are to be told, and of how many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Size {
    /// People.
    pub(crate) people: usize,
    /// Connections that hear of the whole list.
    pub(crate) listeners: usize,
}

impl Hub {
    /// A panic elsewhere leaves the map whole: no method stops half-way.
    fn all(&self) -> MutexGuard<'_, All> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a connection, which is told who is there next. Where it is the person's first, the version with them.
    pub(crate) fn add(&self, user: &User, newcomer: Newcomer) -> Option<Version> {
        let Newcomer { connection, session, ear, outbox } = newcomer;
        let mut all = self.all();
        let first = !all.people.contains_key(&user.id);
        if first {
            all.version.0 += 1;
            all.rows.insert(connection, row(user));
        }
        all.listeners += usize::from(ear == Ear::Lists);
        let version = all.version;
        let presence = all.people.entry(user.id.clone()).or_insert_with(|| Presence {
            user: user.clone(),
            since: connection,
            connections: Vec::new(),
        });
        let (told, listed) = (version, version);
        let new = Connection { id: connection, session, outbox, ear, told, listed };
        presence.connections.push(new);
        first.then_some(version)
    }

    /// Removes a connection. Whose it was, where it was their last, and the version without them.
    pub(crate) fn remove(
        &self,
        user: &UserId,
        connection: ConnectionId,
    ) -> Option<(User, Version)> {
        let mut all = self.all();
        let presence = all.people.get_mut(user)?;
        let place = presence.connections.iter().position(|known| known.id == connection)?;
        let gone = presence.connections.remove(place);
        let is_last = presence.connections.is_empty();
        all.listeners -= usize::from(gone.ear == Ear::Lists);
        if !is_last {
            return None;
        }
        let gone = all.people.remove(user)?;
        all.rows.remove(&gone.since);
        all.version.0 += 1;
        Some((gone.user, all.version))
    }

    /// How many are to be told, and of how many.
    pub(crate) fn size(&self) -> Size {
        let all = self.all();
        Size { people: all.people.len(), listeners: all.listeners }
    }

    /// The sessions of these connections of a person have ended: each is told so and closes. Which they are.
    pub(crate) fn end(
        &self,
        user: &UserId,
        has_ended: impl Fn(&SessionId) -> bool,
        last_word: &Utf8Bytes,
    ) -> Vec<ConnectionId> {
        let all = self.all();
        let connections = all.people.get(user).map_or(&[][..], |presence| &presence.connections);
        let ended = connections.iter().filter(|connection| has_ended(&connection.session));
        ended
            .map(|connection| {
                connection.outbox.push(last_word);
                connection.outbox.end.want(close::BAD_TOKEN);
                connection.id
            })
            .collect()
    }

    /// A person has so many connections at most: the oldest of more are told that others took over, and close. Which they
    /// are.
    pub(crate) fn crowd_out(&self, user: &UserId, most: usize) -> Vec<ConnectionId> {
        let all = self.all();
        let connections = all.people.get(user).map_or(&[][..], |presence| &presence.connections);
        let oldest = connections.iter().take(connections.len().saturating_sub(most.max(1)));
        oldest
            .map(|connection| {
                connection.outbox.end.want(close::REPLACED);
                connection.id
            })
            .collect()
    }

    /// Whether that connection of a person is still one: not ended, and not let go of.
    pub(crate) fn has(&self, user: &UserId, connection: ConnectionId) -> bool {
        let all = self.all();
        let presence = all.people.get(user);
        presence.is_some_and(|all| all.connections.iter().any(|known| known.id == connection))
    }

    /// A person as others see them now, while they are connected.
    pub(crate) fn user(&self, user: &UserId) -> Option<User> {
        self.all().people.get(user).map(|presence| presence.user.clone())
    }

    /// A person has another name or picture.
    pub(crate) fn is_now(&self, user: &User) {
        let mut all = self.all();
        let All { people, rows, .. } = &mut *all;
        if let Some(presence) = people.get_mut(&user.id) {
            presence.user = user.clone();
            rows.insert(presence.since, row(user));
        }
    }

    /// How many there are, and how much waits for them.
    pub(crate) fn crowd(&self) -> Crowd {
        let all = self.all();
        let waiting = |known: &Connection| known.outbox.waiting();
        let nobody = Crowd { people: all.people.len(), ..Crowd::default() };
        all.connections().map(waiting).fold(nobody, |crowd, bytes| Crowd {
            sockets: crowd.sockets + 1,
            queued: crowd.queued + bytes,
            longest: crowd.longest.max(bytes),
            ..crowd
        })
    }

    /// Whether a person is connected.
    pub(crate) fn is_online(&self, user: &UserId) -> bool {
        self.all().people.contains_key(user)
    }

    /// Everybody who is connected, in the order in which they came: identity, name and picture, as the socket tells
    /// it.
    pub(crate) fn online(&self) -> Vec<User> {
        let all = self.all();
        let mut present: Vec<_> = all.people.values().collect();
        present.sort_unstable_by_key(|presence| presence.since);
        present.into_iter().map(|presence| bare(&presence.user)).collect()
    }

    /// The same as the frame `online_users`.
    pub(crate) fn list(&self, now: Timestamp) -> Utf8Bytes {
        let all = self.all();
        let bytes: usize = all.rows.values().map(|row| row.len() + 1).sum();
        let mut text = String::with_capacity(bytes + 128);
        text.push_str(r#"{"type":"online_users","data":{"users":["#);
        for (place, row) in all.rows.values().enumerate() {
            if place > 0 {
                text.push(',');
            }
            text.push_str(row);
        }
        // Writing to a String never fails.
        let _ =
            write!(text, r#"],"totalOnline":{},"timestamp":"{}"}}}}"#, all.rows.len(), now.iso());
        Utf8Bytes::from(text)
    }

    /// Queues a frame for all connections of a person.
    pub(crate) fn tell(&self, user: &UserId, frame: &Utf8Bytes) {
        if let Some(presence) = self.all().people.get(user) {
            presence.connections.iter().for_each(|known| known.outbox.push(frame));
        }
    }

    /// Queues a frame for one connection of a person.
    pub(crate) fn tell_one(&self, user: &UserId, connection: ConnectionId, frame: &Utf8Bytes) {
        if let Some(presence) = self.all().people.get(user) {
            let this = presence.connections.iter().filter(|known| known.id == connection);
            this.for_each(|known| known.outbox.push(frame));
        }
    }

    /// Queues a frame for everybody but these.
    pub(crate) fn tell_all_but(&self, is_left_out: impl Fn(&UserId) -> bool, frame: &Utf8Bytes) {
        for (_, presence) in self.all().people.iter().filter(|(user, _)| !is_left_out(user)) {
            presence.connections.iter().for_each(|known| known.outbox.push(frame));
        }
    }

    /// Queues what has changed for those who hear of changes and know less. From now on they know it.
    pub(crate) fn tell_changes(&self, changes: &Utf8Bytes) {
        self.tell_ignorant(Ear::Changes, |known| known.outbox.push(changes));
    }

    /// Queues those of these changes that they have not been told of for those who hear of each. From now on they know it.
    pub(crate) fn tell_each(&self, changes: &[(Version, Utf8Bytes)]) {
        self.tell_ignorant(Ear::Lists, |known| {
            let new = changes.iter().filter(|(version, _)| *version > known.told);
            new.for_each(|(_, frame)| known.outbox.push(frame));
        });
    }

    fn tell_ignorant(&self, ear: Ear, tell: impl Fn(&Connection)) {
        let mut all = self.all();
        let version = all.version;
        for known in all.people.values_mut().flat_map(|presence| &mut presence.connections) {
            if known.ear == ear && known.told != version {
                tell(known);
                known.told = version;
            }
        }
    }

    /// Queues a frame for all who hear of changes.
    pub(crate) fn tell_hearers(&self, frame: &Utf8Bytes) {
        let all = self.all();
        let hearers = all.connections().filter(|known| known.ear == Ear::Changes);
        hearers.for_each(|known| known.outbox.push(frame));
    }

    /// Queues the whole list for those who hear of it and were last sent an older one.
    pub(crate) fn tell_list(&self, list: &Utf8Bytes) {
        let mut all = self.all();
        let version = all.version;
        for known in all.people.values_mut().flat_map(|presence| &mut presence.connections) {
            if known.ear == Ear::Lists && known.listed != version {
                known.outbox.push(list);
                (known.told, known.listed) = (version, version);
            }
        }
    }
}

/// Somebody as the socket tells others of them.
fn bare(user: &User) -> User {
    let avatar = user.avatar.clone();
    User { avatar, ..User::named(user.id.clone(), user.username.clone()) }
}

/// The same as it stands in a list. Plain data with text keys always serialises.
fn row(user: &User) -> Box<str> {
    serde_json::to_string(&bare(user)).unwrap_or_default().into()
}

#[cfg(test)]
mod tests;
