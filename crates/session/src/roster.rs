//! Everybody one knows of: merged from every source, never overwritten by less.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::Duration;

use chinwag_protocol::answer::{Conversation, UsersPage};
use chinwag_protocol::{Party, Timestamp, User, UserId};

use crate::time::{Millis, earliest};
use crate::unread::Unread;
use crate::view::{Failure, ListStatus, OlderStatus, PeopleView, PersonView};

/// A typing sign goes by itself after so long without renewal.
const TYPING: Duration = Duration::from_secs(5);

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
}

/// The last message exchanged with somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Last {
    pub(crate) at: Option<Timestamp>,
    pub(crate) mine: bool,
    pub(crate) content: String,
}

/// Everybody.
#[derive(Debug, Default)]
pub(crate) struct Roster {
    people: HashMap<UserId, Person>,
    /// Whose conversations the server listed without a time, in its order: they come last of the recent ones.
    listed: Vec<UserId>,
    /// Whether the socket has told who is online; REST's older word does not count then.
    presence_known: bool,
    status: ListStatus,
    more: OlderStatus,
    pages: u64,
}

impl Roster {
    pub(crate) fn get(&self, id: &UserId) -> Option<&Person> {
        self.people.get(id)
    }

    pub(crate) fn get_mut(&mut self, id: &UserId) -> &mut Person {
        self.people.entry(id.clone()).or_default()
    }

    /// How many messages are not read, of everybody.
    pub(crate) fn unread(&self) -> u64 {
        self.people.values().map(|person| person.unread.count()).sum()
    }

    /// Learns of a user whatever is told.
    pub(crate) fn learn(&mut self, user: &User) {
        let presence_known = self.presence_known;
        let person = self.get_mut(&user.id);
        person.name_is(&user.username);
        person.avatar = user.avatar.clone().or_else(|| person.avatar.take());
        person.last_seen = person.last_seen.max(user.last_seen);
        if let Some(online) = user.is_online.filter(|_| !presence_known) {
            person.online = online;
        }
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
        matches!(self.status, ListStatus::Failed(_))
    }

    /// Learns what the conversations call tells.
    pub(crate) fn conversations(&mut self, rows: &[Conversation], me: &UserId) {
        self.listed = rows.iter().map(|row| row.user.id.clone()).collect();
        for row in rows {
            self.learn(&row.user);
            let person = self.get_mut(&row.user.id);
            let last_at = row.last.as_ref().and_then(|last| last.created_at);
            if let Some(count) = row.unread {
                person.unread.counted(count, last_at);
            }
            if let Some(last) = &row.last {
                person.last_is(Last {
                    at: last.created_at,
                    mine: last.sender_id.as_ref() == Some(me),
                    content: last.content.clone(),
                });
            }
        }
    }

    /// Exactly these are online. Returns who came or went.
    pub(crate) fn online_are(&mut self, users: &[User]) -> BTreeSet<UserId> {
        self.presence_known = true;
        let online: HashSet<&UserId> = users.iter().map(|user| &user.id).collect();
        let mut changed = BTreeSet::new();
        for user in users {
            let known =
                self.people.get(&user.id).is_some_and(|person| person.name == user.username);
            self.learn(user);
            if !known {
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

    /// The socket is gone: what REST says of who is online counts again.
    pub(crate) fn connection_lost(&mut self) -> Vec<UserId> {
        self.presence_known = false;
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
        let listed: HashMap<&UserId, usize> =
            self.listed.iter().enumerate().map(|(place, id)| (id, place)).collect();
        let (mut recent, mut others): (Vec<_>, Vec<_>) = self
            .people
            .iter()
            .partition(|(id, person)| person.last.is_some() || listed.contains_key(id));
        recent.sort_by_cached_key(|(id, person)| {
            let at = person.last.as_ref().and_then(|last| last.at);
            (Reverse(at), listed.get(id).copied().unwrap_or(0), (*id).clone())
        });
        others.sort_by_cached_key(|(id, person)| {
            (!person.online, person.name.to_lowercase(), (*id).clone())
        });
        let ids = |people: Vec<(&UserId, &Person)>| {
            people.into_iter().map(|(id, _)| id.clone()).collect()
        };
        PeopleView {
            recent: ids(recent),
            others: ids(others),
            online: self.people.values().filter(|person| person.online).count(),
            status: self.status.clone(),
            more: self.more.clone(),
        }
    }
}

impl Person {
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// A message was exchanged; an older one than is known changes nothing.
    pub(crate) fn last_is(&mut self, last: Last) {
        let known = self.last.as_ref().and_then(|known| known.at);
        if self.last.is_none() || last.at.is_some() && last.at >= known {
            self.last = Some(last);
        }
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
mod tests {
    use super::*;

    fn user(id: &str, online: bool) -> User {
        User { is_online: Some(online), ..User::named(UserId::from(id), id) }
    }

    fn names(ids: &[UserId]) -> Vec<&str> {
        ids.iter().map(UserId::as_str).collect()
    }

    fn last(at: i64) -> Last {
        Last { at: Some(Timestamp::from_millis(at)), mine: false, content: format!("at {at}") }
    }

    #[test]
    fn conversations_come_first_by_time_then_the_others_online_first_and_by_name() {
        let mut roster = Roster::default();
        for (id, online) in
            [("zoe", true), ("Ann", false), ("bob", true), ("eve", false), ("dan", false)]
        {
            roster.learn(&user(id, online));
        }
        roster.get_mut(&UserId::from("eve")).last_is(last(10));
        roster.get_mut(&UserId::from("dan")).last_is(last(20));
        let view = roster.view();
        assert_eq!(names(&view.recent), ["dan", "eve"]);
        assert_eq!(names(&view.others), ["bob", "zoe", "Ann"]);
        assert_eq!(view.online, 2);
    }

    #[test]
    fn less_never_overwrites_more() {
        let mut roster = Roster::default();
        let seen = Timestamp::from_millis(5);
        roster.learn(&User {
            avatar: Some("a.png".to_owned()),
            last_seen: Some(seen),
            ..user("ada", true)
        });
        roster.learn(&User::named(UserId::from("ada"), ""));
        roster.learn_party(&Party::new(UserId::from("ada")));
        let view = roster.get(&UserId::from("ada")).unwrap().view();
        assert_eq!((view.name.as_str(), view.avatar.as_deref()), ("ada", Some("a.png")));
        assert_eq!((view.online, view.last_seen), (true, Some(seen)));
    }

    #[test]
    fn the_socket_knows_better_than_rest_who_is_online() {
        let mut roster = Roster::default();
        roster.learn(&user("ada", true));
        assert_eq!(roster.online_are(&[user("bob", true)]).len(), 2);
        roster.learn(&user("ada", true));
        assert!(!roster.get(&UserId::from("ada")).unwrap().view().online);
        roster.connection_lost();
        roster.learn(&user("ada", true));
        assert!(roster.get(&UserId::from("ada")).unwrap().view().online);
    }

    #[test]
    fn an_older_message_does_not_become_the_preview() {
        let mut person = Person::default();
        person.last_is(last(20));
        person.last_is(last(10));
        assert_eq!(person.view().preview, Some((false, "at 20".to_owned())));
    }

    #[test]
    fn a_typing_sign_expires_five_seconds_after_its_last_renewal() {
        let (mut roster, ada) = (Roster::default(), UserId::from("ada"));
        roster.typing(Millis(0), &ada, "ada", true);
        roster.typing(Millis(3_000), &ada, "ada", true);
        assert_eq!(roster.tick(Millis(7_999)), []);
        assert_eq!(roster.tick(Millis(8_000)), [ada]);
        assert_eq!(roster.deadline(), None);
    }

    #[test]
    fn pages_follow_each_other_to_the_end() {
        let mut roster = Roster::default();
        assert_eq!(roster.begin_page(), Some(1));
        let full = UsersPage {
            users: (0..20).map(|n| user(&n.to_string(), false)).collect::<Vec<_>>().into(),
            ..UsersPage::default()
        };
        roster.page(1, 20, &full);
        assert_eq!(roster.begin_page(), Some(2));
        assert_eq!(roster.begin_page(), None);
        roster.page(2, 20, &UsersPage::default());
        assert_eq!(roster.begin_page(), None);
    }
}
