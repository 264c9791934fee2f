//! Everybody one knows of: merged from every source, never overwritten by less.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::time::Duration;

use chinwag_protocol::answer::{Conversation, UsersPage};
use chinwag_protocol::{Party, Timestamp, User, UserId};

use crate::calls::CallId;
use crate::time::{Millis, earliest};
use crate::timeline::Stamp;
use crate::unread::Unread;
use crate::view::{Failure, ListStatus, OlderStatus, PeopleView, PersonView};

/// A typing sign goes by itself after so long without renewal.
const TYPING: Duration = Duration::from_secs(5);

/// So many characters of a last message are kept.
const PREVIEW: usize = 200;

/// One person, other than oneself.
#[derive(Debug, Default)]
pub(crate) struct Person {
    name: String,
    avatar: Option<String>,
    online: bool,
    last_seen: Option<Timestamp>,
    typing_until: Option<Millis>,
    pub(crate) unread: Unread,
    last: Option<Last>,
    /// The place in the server's list of conversations: it decides where that list tells no times.
    listed: Option<usize>,
}

/// The last message exchanged with somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Last {
    pub(crate) at: Option<Timestamp>,
    pub(crate) mine: bool,
    pub(crate) content: String,
}

/// What of a person is kept for the next start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) name: String,
    pub(crate) avatar: Option<String>,
    pub(crate) last_seen: Option<Timestamp>,
    pub(crate) last: Option<Last>,
    pub(crate) unread: u64,
    pub(crate) counted_to: Option<Timestamp>,
    pub(crate) seen: Option<Stamp>,
}

/// How two names stand to each other: only the browser knows the person's alphabet.
pub type Collation = fn(&str, &str) -> Ordering;

/// Everybody.
#[derive(Debug)]
pub(crate) struct Roster {
    people: HashMap<UserId, Person>,
    collate: Collation,
    /// Whether the socket has told who is online; REST's older word does not count then.
    presence_known: bool,
    status: ListStatus,
    more: OlderStatus,
    pages: u64,
}

impl Roster {
    pub(crate) fn new(collate: Collation) -> Self {
        Self {
            people: HashMap::new(),
            collate,
            presence_known: false,
            status: ListStatus::default(),
            more: OlderStatus::default(),
            pages: 0,
        }
    }

    pub(crate) fn get(&self, id: &UserId) -> Option<&Person> {
        self.people.get(id)
    }

    pub(crate) fn get_mut(&mut self, id: &UserId) -> &mut Person {
        self.people.entry(id.clone()).or_default()
    }

    /// Everybody.
    pub(crate) fn ids(&self) -> impl Iterator<Item = UserId> {
        self.people.keys().cloned()
    }

    /// How many messages are not read, of everybody.
    pub(crate) fn unread(&self) -> u64 {
        let counts = self.people.values().map(|person| person.unread.count());
        counts.fold(0, u64::saturating_add)
    }

    /// Somebody is known as they were kept. Whatever is told now is newer.
    pub(crate) fn restore(&mut self, id: &UserId, known: Known) {
        let person = self.get_mut(id);
        if person.name.is_empty() {
            person.name = known.name;
        }
        person.avatar = person.avatar.take().or(known.avatar);
        person.last_seen = person.last_seen.max(known.last_seen);
        if let Some(last) = known.last {
            person.last_is(last);
        }
        person.unread = Unread::restored(known.unread, known.counted_to, known.seen);
        // They are shown at once, and asked for all the same.
        self.status = ListStatus::Ready;
        self.more = OlderStatus::More;
    }

    /// What of somebody is to be kept.
    pub(crate) fn known(&self, id: &UserId) -> Option<Known> {
        let person = self.people.get(id)?;
        let (unread, counted_to, seen) = person.unread.known();
        // The list shows its beginning.
        let last = person
            .last
            .clone()
            .map(|last| Last { content: last.content.chars().take(PREVIEW).collect(), ..last });
        Some(Known {
            name: person.name.clone(),
            avatar: person.avatar.clone(),
            last_seen: person.last_seen,
            last,
            unread,
            counted_to,
            seen,
        })
    }

    /// Learns of a user whatever is told. Returns whether anything of it is new.
    pub(crate) fn learn(&mut self, user: &User) -> bool {
        let presence_known = self.presence_known;
        let before = self.get(&user.id).map(Person::view);
        let person = self.get_mut(&user.id);
        person.name_is(&user.username);
        person.avatar = user.avatar.clone().or_else(|| person.avatar.take());
        person.last_seen = person.last_seen.max(user.last_seen);
        if let Some(online) = user.is_online.filter(|_| !presence_known) {
            person.online = online;
        }
        before != Some(person.view())
    }

    /// Learns of the other side of a message.
    pub(crate) fn learn_party(&mut self, party: &Party) {
        let person = self.get_mut(&party.id);
        person.name_is(party.username.as_deref().unwrap_or_default());
        person.avatar = party.avatar.clone().or_else(|| person.avatar.take());
    }

    /// The page to ask for next; `None` where it is under way or there is none.
    pub(crate) fn begin_page(&mut self) -> Option<u64> {
        match (&self.status, &self.more) {
            (ListStatus::Loading, _) => {}
            (ListStatus::Failed(_), _) => self.status = ListStatus::Loading,
            (ListStatus::Ready, OlderStatus::More | OlderStatus::Failed(_)) => {
                self.more = OlderStatus::Loading;
            }
            (ListStatus::Ready, OlderStatus::Unknown | OlderStatus::Loading | OlderStatus::End) => {
                return None;
            }
        }
        Some(self.pages + 1)
    }

    pub(crate) fn page(&mut self, page: u64, limit: u64, answer: &UsersPage) {
        let limit = answer.pagination.limit.unwrap_or(limit);
        let sent = answer.users.sent() as u64;
        let end = answer.pagination.pages.map_or(sent < limit, |pages| page >= pages) || sent == 0;
        self.status = ListStatus::Ready;
        self.more = if end { OlderStatus::End } else { OlderStatus::More };
        self.pages = self.pages.max(page);
    }

    pub(crate) fn page_failed(&mut self, failure: Failure) {
        match self.status {
            ListStatus::Ready => self.more = OlderStatus::Failed(failure),
            ListStatus::Loading | ListStatus::Failed(_) => {
                self.status = ListStatus::Failed(failure);
            }
        }
    }

    /// Whether the first page has failed.
    pub(crate) fn has_failed(&self) -> bool {
        let of_the_first = self.pages == 0 && matches!(self.more, OlderStatus::Failed(_));
        of_the_first || matches!(self.status, ListStatus::Failed(_))
    }

    /// Learns what this call for the conversations tells. Returns whose messages the server takes for unread
    /// though all of them were seen.
    pub(crate) fn conversations(
        &mut self,
        call: CallId,
        latest: CallId,
        rows: &[Conversation],
        me: &UserId,
    ) -> Vec<UserId> {
        let mut unmarked = Vec::new();
        self.people.values_mut().for_each(|person| person.listed = None);
        for (place, row) in rows.iter().enumerate() {
            self.learn(&row.user);
            let person = self.get_mut(&row.user.id);
            person.listed = Some(place);
            let last_at = row.last.as_ref().and_then(|last| last.created_at);
            if let Some(count) = row.unread
                && person.unread.counted(call, count, last_at, latest)
            {
                unmarked.push(row.user.id.clone());
            }
            if let Some(last) = &row.last {
                person.last_is(Last {
                    at: last.created_at,
                    mine: last.sender_id.as_ref() == Some(me),
                    content: last.content.clone(),
                });
            }
        }
        unmarked
    }

    /// Exactly these are online. Returns of whom anything is new.
    pub(crate) fn online_are(&mut self, users: &[User]) -> HashSet<UserId> {
        self.presence_known = true;
        let online: HashSet<UserId> = users.iter().map(|user| user.id.clone()).collect();
        let mut changed = HashSet::new();
        for user in users {
            if self.learn(user) {
                changed.insert(user.id.clone());
            }
        }
        for (id, person) in &mut self.people {
            let is = online.contains(id);
            if person.online != is {
                person.online = is;
                changed.insert(id.clone());
            }
        }
        changed
    }

    /// Somebody came or went.
    pub(crate) fn presence(
        &mut self,
        id: &UserId,
        name: &str,
        online: bool,
        at: Option<Timestamp>,
    ) {
        let person = self.get_mut(id);
        person.name_is(name);
        person.online = online;
        if !online {
            person.typing_until = None;
            person.last_seen = person.last_seen.max(at);
        }
    }

    /// Whether a read mark has left that is not confirmed.
    pub(crate) fn is_marking(&self) -> bool {
        self.people.values().any(|person| person.unread.is_marking())
    }

    /// The socket is gone: what REST says of who is online counts again.
    pub(crate) fn connection_lost(&mut self) -> Vec<UserId> {
        self.presence_known = false;
        self.people.values_mut().for_each(|person| person.unread.connection_lost());
        let typing = self.people.iter_mut().filter(|(_, person)| person.typing_until.is_some());
        typing
            .map(|(id, person)| {
                person.typing_until = None;
                id.clone()
            })
            .collect()
    }

    pub(crate) fn typing(&mut self, now: Millis, id: &UserId, name: &str, is_typing: bool) {
        let person = self.get_mut(id);
        person.name_is(name);
        person.typing_until = is_typing.then(|| now.plus(TYPING));
    }

    /// Typing signs that were not renewed go. Returns whose.
    pub(crate) fn tick(&mut self, now: Millis) -> Vec<UserId> {
        let over = self
            .people
            .iter_mut()
            .filter(|(_, person)| person.typing_until.is_some_and(|until| now >= until));
        over.map(|(id, person)| {
            person.typing_until = None;
            id.clone()
        })
        .collect()
    }

    pub(crate) fn deadline(&self) -> Option<Millis> {
        earliest(self.people.values().map(|person| person.typing_until))
    }

    pub(crate) fn view(&self) -> PeopleView {
        // Whom only the page's address names may not exist.
        let known = |person: &Person| !person.name.is_empty() || person.is_recent();
        let mut people: Vec<(&UserId, &Person)> =
            self.people.iter().filter(|(_, person)| known(person)).collect();
        people.sort_unstable_by(|a, b| self.order(*a, *b));
        let recent = people.iter().take_while(|(_, person)| person.is_recent()).count();
        let others = people.split_off(recent);
        let ids =
            |people: &[(&UserId, &Person)]| people.iter().map(|(id, _)| (*id).clone()).collect();
        PeopleView {
            recent: ids(&people),
            others: ids(&others),
            online: self.people.values().filter(|person| person.online).count(),
            status: self.status.clone(),
            more: self.more.clone(),
        }
    }

    /// Conversations first, the latest first; then the others, online first and by name.
    fn order(&self, (a_id, a): (&UserId, &Person), (b_id, b): (&UserId, &Person)) -> Ordering {
        let by_kind = b.is_recent().cmp(&a.is_recent());
        let within = || {
            if a.is_recent() {
                b.last_at().cmp(&a.last_at()).then(a.listed.cmp(&b.listed))
            } else {
                b.online.cmp(&a.online).then_with(|| (self.collate)(&a.name, &b.name))
            }
        };
        by_kind.then_with(within).then_with(|| a_id.cmp(b_id))
    }
}

impl Person {
    /// Whether one has a conversation with them.
    fn is_recent(&self) -> bool {
        self.last.is_some() || self.listed.is_some()
    }

    fn last_at(&self) -> Option<Timestamp> {
        self.last.as_ref().and_then(|last| last.at)
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// A message was exchanged; an older one than is known changes nothing.
    pub(crate) fn last_is(&mut self, last: Last) {
        // A time that is not told counts as the earliest.
        if last.at >= self.last.as_ref().and_then(|known| known.at) {
            self.last = Some(last);
        }
    }

    /// They have this name and picture now, or none.
    pub(crate) fn is_now(&mut self, name: &str, avatar: Option<String>) {
        self.name_is(name);
        self.avatar = avatar;
    }

    /// They have sent what they were writing.
    pub(crate) fn ceased_typing(&mut self) {
        self.typing_until = None;
    }

    pub(crate) fn view(&self) -> PersonView {
        PersonView {
            name: self.name.clone(),
            avatar: self.avatar.clone(),
            online: self.online,
            last_seen: self.last_seen,
            typing: self.typing_until.is_some(),
            unread: self.unread.count(),
            draft: String::new(),
            preview: self.last.as_ref().map(|last| (last.mine, last.content.clone())),
            at: self.last.as_ref().and_then(|last| last.at),
        }
    }

    fn name_is(&mut self, name: &str) {
        if !name.is_empty() {
            name.clone_into(&mut self.name);
        }
    }
}

#[cfg(test)]
mod tests;
