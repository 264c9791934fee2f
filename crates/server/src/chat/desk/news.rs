//! What is told of who comes and goes, and when. With few people each is told at once. With many it would be a flood: the
//! whole list for everybody whenever one comes is people times people. So what happens within a while is told together,
//! the latest of each person, and whole lists go out as seldom as they are dear.
//!
//! What never lives here: a clock. The instant is an argument.

use std::collections::HashMap;
use std::time::Duration;

use chinwag_protocol::frame::Presence;
use chinwag_protocol::{Rows, ServerFrame, Timestamp, User, UserId};
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::encode;
use crate::hub::{Hub, Size, Version};

/// Up to so many people nothing waits.
const FEW: usize = 32;
/// With more, changes are told together: so much later for each who is there, and never sooner than the least. With five
/// thousand it is half a second.
const LATER_BY: Duration = Duration::from_micros(100);
const LEAST: Duration = Duration::from_millis(50);
const MOST: Duration = Duration::from_secs(1);
/// So many rows of lists a second are told to all together (some five megabytes), whatever happens; a list is never as old
/// as [`OLDEST`] while something has changed. Between two of them each change is told by itself.
const ROWS_A_SECOND: u64 = 50_000;
const OLDEST: Duration = Duration::from_mins(10);
/// Whoever hears of changes alone hears this often that there are none: a client takes long silence for a broken connection
/// and asks for the whole list (the page after 25 s).
const BEAT: Duration = Duration::from_secs(20);
/// So many frames a second that tell of one change each go to all together: with thousands who know the base protocol alone
/// this is a quarter of a processor's time, and each takes notice a little later.
const FRAMES_A_SECOND: u64 = 100_000;
/// More changes than these are not told one by one where the whole list follows at once.
const ONE_BY_ONE: usize = 8;

/// So many changes are never told one by one at once, whoever waits for them: a connection's queue has room for some thousands.
const AT_ONCE: usize = 512;

/// Somebody came or went.
#[derive(Clone, Debug)]
struct Change {
    user: User,
    came: bool,
    at: Timestamp,
    version: Version,
}

/// What has not been told yet.
#[derive(Debug)]
pub(super) struct News {
    /// The latest of each, for those who hear of changes.
    together: HashMap<UserId, Change>,
    /// The same for the others, who hear of each by itself.
    one_by_one: HashMap<UserId, Change>,
    /// Whether some connections hear of lists and know only an older one.
    is_list_due: bool,
    /// When changes may be told again.
    next: Instant,
    /// When they may one by one.
    next_one: Instant,
    /// When lists may.
    next_list: Instant,
    /// When it is to be told that there is no news, with many people.
    beat: Option<Instant>,
}

impl News {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            together: HashMap::new(),
            one_by_one: HashMap::new(),
            is_list_due: false,
            next: now,
            next_one: now,
            next_list: now,
            beat: None,
        }
    }

    /// Somebody came, with their first connection, or went, with their last; the crowd has this version by it.
    pub(super) fn add(&mut self, user: User, came: bool, at: Timestamp, version: Version) {
        self.is_list_due = true;
        let (id, change) = (user.id.clone(), Change { user, came, at, version });
        self.one_by_one.insert(id.clone(), change.clone());
        self.together.insert(id, change);
    }

    /// Somebody has another name or picture, of which all are told. What is told later must not undo it.
    pub(super) fn is_now(&mut self, user: &User) {
        for changes in [&mut self.together, &mut self.one_by_one] {
            if let Some(change) = changes.get_mut(&user.id) {
                change.user = user.clone();
            }
        }
    }

    /// Nobody is told any more.
    pub(super) fn forget(&mut self) {
        self.together.clear();
        self.one_by_one.clear();
        self.is_list_due = false;
        self.beat = None;
    }

    /// When something is to be told.
    pub(super) fn due(&self) -> Option<Instant> {
        let together = (!self.together.is_empty()).then_some(self.next);
        let one = (!self.one_by_one.is_empty()).then_some(self.next_one);
        let list = self.is_list_due.then_some(self.next_list);
        [together, one, list, self.beat].into_iter().flatten().min()
    }

    /// Tells what is due.
    pub(super) fn tell(&mut self, hub: &Hub, now: Instant, clock: Timestamp) {
        let size = hub.size();
        if !self.together.is_empty() && now >= self.next {
            hub.tell_changes(&together(&in_order(&mut self.together), clock));
            self.next = now + gap(size);
            self.beat = (size.people > FEW).then(|| now + BEAT);
        }
        if self.beat.is_some_and(|beat| now >= beat) {
            hub.tell_hearers(&together(&[], clock));
            self.beat = Some(now + BEAT);
        }
        if size.listeners == 0 {
            self.one_by_one.clear();
            self.is_list_due = false;
            return;
        }
        let is_list_time = self.is_list_due && now >= self.next_list;
        let count = self.one_by_one.len();
        if count > 0 && now >= self.next_one {
            if count > AT_ONCE || count >= size.people.max(ONE_BY_ONE) {
                return self.tell_list(hub, size, now, clock);
            }
            if !is_list_time || count <= ONE_BY_ONE {
                let each: Vec<_> = in_order(&mut self.one_by_one).iter().map(one).collect();
                hub.tell_each(&each);
                self.next_one = now + after(count, size.listeners, FRAMES_A_SECOND, size);
            }
        }
        if is_list_time {
            self.tell_list(hub, size, now, clock);
        }
    }

    /// Tells all who hear of lists the whole of it.
    fn tell_list(&mut self, hub: &Hub, size: Size, now: Instant, clock: Timestamp) {
        hub.tell_list(&hub.list(clock));
        // As dear as if each had been told.
        let told = self.one_by_one.len();
        self.next_one = now + after(told, size.listeners, FRAMES_A_SECOND, size);
        self.one_by_one.clear();
        self.is_list_due = false;
        self.next_list = now + after(size.people, size.listeners, ROWS_A_SECOND, size);
    }
}

/// How long it is from one telling of changes to the next.
fn gap(size: Size) -> Duration {
    if size.people <= FEW {
        return Duration::ZERO;
    }
    let people = u32::try_from(size.people).unwrap_or(u32::MAX);
    LATER_BY.saturating_mul(people).clamp(LEAST, MOST)
}

/// How long it is after so much was told to so many, if no more than that a second may be.
fn after(told: usize, to: usize, a_second: u64, size: Size) -> Duration {
    if size.people <= FEW {
        return Duration::ZERO;
    }
    let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    let all = count(told).saturating_mul(count(to));
    Duration::from_millis(all.saturating_mul(1000) / a_second).clamp(LEAST, OLDEST)
}

/// All of these, in the order in which they happened.
fn in_order(changes: &mut HashMap<UserId, Change>) -> Vec<Change> {
    let mut all: Vec<_> = changes.drain().map(|(_, change)| change).collect();
    all.sort_unstable_by_key(|change| change.version);
    all
}

/// A change as the base protocol tells it.
fn one(change: &Change) -> (Version, Utf8Bytes) {
    let Change { user, came, at, version } = change;
    let (user_id, username) = (user.id.clone(), user.username.clone());
    let presence = Presence { user_id, username, timestamp: Some(*at) };
    let frame =
        if *came { ServerFrame::UserOnline(presence) } else { ServerFrame::UserOffline(presence) };
    (*version, encode(&frame))
}

/// Changes in one frame (protocol §3, `presence_changes`).
fn together(changes: &[Change], now: Timestamp) -> Utf8Bytes {
    let row = |Change { user, came, at, .. }: &Change| User {
        avatar: user.avatar.clone(),
        is_online: Some(*came),
        last_seen: (!came).then_some(*at),
        ..User::named(user.id.clone(), user.username.clone())
    };
    let users = Rows::from(changes.iter().map(row).collect::<Vec<_>>());
    encode(&ServerFrame::PresenceChanged { users, timestamp: Some(now) })
}

#[cfg(test)]
mod tests;
