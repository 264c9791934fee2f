//! The picture of the session, kept as a view keeps it: by applying each [`Change`] to what was drawn before.

use std::collections::{HashMap, HashSet};

use chinwag_protocol::UserId;
use chinwag_session::{
    AccountView, Change, ConversationView, Failure, Gate, LinkStatus, Notice, OwnState, PeopleView,
    PersonView, RowKey, RowView, SearchView,
};

/// All that is drawn.
#[derive(Debug, Default)]
pub(crate) struct Picture {
    pub(crate) gate: Gate,
    pub(crate) link: LinkStatus,
    pub(crate) people: PeopleView,
    pub(crate) persons: HashMap<UserId, PersonView>,
    pub(crate) search: Option<SearchView>,
    pub(crate) conversation: Option<ConversationView>,
    pub(crate) rows: HashMap<RowKey, RowView>,
    pub(crate) order: Vec<RowKey>,
    /// How many rows are known before and after those.
    pub(crate) around: (usize, usize),
    pub(crate) notice: Option<Notice>,
    pub(crate) unread: u64,
    pub(crate) waiting: usize,
    pub(crate) account: AccountView,
}

impl Picture {
    /// Draws a change.
    ///
    /// # Panics
    /// Where the change names what was never drawn: a view would have a hole there.
    pub(crate) fn apply(&mut self, change: Change) {
        match change {
            Change::Gate(gate) => {
                if matches!(gate, Gate::SignIn { .. }) {
                    self.persons.clear();
                }
                self.gate = gate;
            }
            Change::Link(link) => self.link = link,
            Change::People(people) => {
                let mut once = HashSet::new();
                for id in people.recent.iter().chain(&people.others) {
                    assert!(self.persons.contains_key(id), "the list names the unknown {id}");
                    assert!(once.insert(id), "the list names {id} twice");
                }
                self.people = people;
            }
            Change::Person(id, person) => {
                self.persons.insert(id, person);
            }
            Change::Search(search) => {
                for id in search.iter().flat_map(|search| &search.found) {
                    assert!(self.persons.contains_key(id), "the search names the unknown {id}");
                }
                self.search = search;
            }
            Change::Conversation(conversation) => {
                let with = |view: &Option<ConversationView>| view.as_ref().map(|v| v.with.clone());
                if with(&self.conversation) != with(&conversation) {
                    self.rows.clear();
                    self.order.clear();
                }
                self.conversation = conversation;
            }
            Change::Rows(rows) => {
                assert!(self.conversation.is_some(), "rows of no conversation");
                self.rows.extend(rows);
            }
            Change::Order(order) => {
                assert!(self.conversation.is_some(), "an order of no conversation");
                let mut once = HashSet::new();
                for key in &order.keys {
                    assert!(self.rows.contains_key(key), "the order names the unknown {key:?}");
                    assert!(once.insert(*key), "the order names {key:?} twice");
                }
                self.rows.retain(|key, _| once.contains(key));
                self.order = order.keys;
                self.around = (order.above, order.below);
            }
            Change::Notice(notice) => self.notice = notice,
            Change::Unread(unread) => self.unread = unread,
            Change::Waiting(waiting) => self.waiting = waiting,
            Change::Account(account) => self.account = account,
            Change::Received { .. } => {}
        }
    }

    /// The rows from the oldest to the newest.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (RowKey, &RowView)> {
        self.order.iter().map(|key| (*key, &self.rows[key]))
    }

    /// The rows in words: the other person's text, or one's own with how far it has come.
    pub(crate) fn lines(&self) -> Vec<String> {
        let lines = self.rows().map(|(_, row)| match &row.own {
            None => row.content.clone(),
            Some(state) => format!("{} ({})", row.content, words(state)),
        });
        lines.collect()
    }

    /// The names in the list: the recent conversations, then all others.
    pub(crate) fn names(&self) -> (Vec<&str>, Vec<&str>) {
        let names = |ids: &[UserId]| {
            let named = ids.iter().map(|id| self.persons.get_key_value(id).unwrap());
            named
                .map(|(id, person)| if person.name.is_empty() { id.as_str() } else { &person.name })
                .collect()
        };
        (names(&self.people.recent), names(&self.people.others))
    }

    /// Somebody, as drawn.
    pub(crate) fn person(&self, id: &str) -> &PersonView {
        &self.persons[&UserId::from(id)]
    }

    /// What the notice says.
    pub(crate) fn said(&self) -> Option<&Failure> {
        self.notice.as_ref().map(|notice| &notice.what)
    }
}

fn words(state: &OwnState) -> String {
    match state {
        OwnState::Waiting => "waiting".to_owned(),
        OwnState::Sending => "sending".to_owned(),
        OwnState::Sent => "sent".to_owned(),
        OwnState::Delivered => "delivered".to_owned(),
        OwnState::Read => "read".to_owned(),
        OwnState::Failed(Failure::Server(words)) => format!("failed: {words}"),
        OwnState::Failed(failure) => format!("failed: {failure:?}"),
    }
}
