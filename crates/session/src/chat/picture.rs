//! What of the chat is drawn: only what has changed, and each part whole.

use std::collections::HashSet;

use chinwag_protocol::UserId;

use super::Chat;
use super::window;
use crate::session::World;
use crate::timeline::Stamp;
use crate::view::{
    AccountView, Change, ConversationView, OrderView, PeopleView, RowKey, RowView, SearchView,
};

/// What has changed since it was drawn last, and what was drawn then.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent marks, each set in one place")]
pub(super) struct Picture {
    people: bool,
    persons: HashSet<UserId>,
    /// Another conversation is open, or none: all of it is drawn anew.
    conversation: bool,
    order: bool,
    rows: HashSet<RowKey>,
    all_rows: bool,
    drawn: Drawn,
}

#[derive(Debug, Default)]
struct Drawn {
    people: Option<PeopleView>,
    conversation: Option<ConversationView>,
    search: Option<SearchView>,
    rows: window::Drawn,
    unread: Option<u64>,
    waiting: Option<usize>,
    account: AccountView,
}

impl Picture {
    /// The list of people may have another order or state.
    pub(super) fn people_changed(&mut self) {
        self.people = true;
    }

    /// Something about this person, and so maybe their place in the list.
    pub(super) fn person_changed(&mut self, id: &UserId) {
        self.people = true;
        self.persons.insert(id.clone());
    }

    /// Another conversation is open.
    pub(super) fn conversation_changed(&mut self) {
        self.conversation = true;
    }

    /// Rows have come, gone or moved, or their list is in another state.
    pub(super) fn order_changed(&mut self) {
        self.order = true;
    }

    /// This row's content or state.
    pub(super) fn row_changed(&mut self, row: RowKey) {
        self.rows.insert(row);
    }

    /// Whether anything that is kept for the next start may have changed.
    pub(super) fn has_changed(&self) -> bool {
        self.order || self.all_rows || !self.rows.is_empty()
    }

    /// Of whom something has changed.
    pub(super) fn persons(&self) -> impl Iterator<Item = &UserId> {
        self.persons.iter()
    }

    /// The rows that are drawn.
    pub(super) fn drawn_rows(&self) -> &window::Drawn {
        &self.drawn.rows
    }

    /// Many rows' states.
    pub(super) fn all_rows_changed(&mut self) {
        self.all_rows = true;
    }
}

impl Chat {
    /// The picture of nobody's chat, for the moment after signing out.
    pub(crate) fn nothing() -> [Change; 6] {
        [
            Change::Conversation(None),
            Change::People(PeopleView::default()),
            Change::Search(None),
            Change::Unread(0),
            Change::Waiting(0),
            Change::Account(AccountView::default()),
        ]
    }

    /// Draws what has changed.
    pub(crate) fn draw(&mut self, world: &mut World) {
        // Persons before the list that names them, rows before their order: a view never meets an unknown key.
        for id in std::mem::take(&mut self.picture.persons) {
            if let Some(person) = self.roster.get(&id) {
                self.bell.counts(&id, person.unread.count());
                let mut view = person.view();
                if self.open.as_ref().is_none_or(|open| open.with != id) {
                    self.drafts.get(&id).trim().clone_into(&mut view.draft);
                }
                world.draw(Change::Person(id, view));
            }
        }
        self.bell.tidy(world);
        if std::mem::take(&mut self.picture.people) {
            let people = self.roster.view();
            if self.picture.drawn.people.as_ref() != Some(&people) {
                self.picture.drawn.people = Some(people.clone());
                world.draw(Change::People(people));
            }
        }
        let search = self.search.view();
        if self.picture.drawn.search != search {
            self.picture.drawn.search.clone_from(&search);
            world.draw(Change::Search(search));
        }
        let unread = self.roster.unread().max(self.unread_in_all.unwrap_or(0));
        if self.picture.drawn.unread != Some(unread) {
            self.picture.drawn.unread = Some(unread);
            world.draw(Change::Unread(unread));
        }
        let waiting = self.outbox.waiting();
        if self.picture.drawn.waiting != Some(waiting) {
            self.picture.drawn.waiting = Some(waiting);
            world.draw(Change::Waiting(waiting));
        }
        if self.picture.drawn.account != *self.account.view() {
            self.picture.drawn.account = self.account.view().clone();
            world.draw(Change::Account(self.account.view().clone()));
        }
        self.draw_conversation(world);
    }

    fn draw_conversation(&mut self, world: &mut World) {
        let afresh = std::mem::take(&mut self.picture.conversation);
        let order_changed = std::mem::take(&mut self.picture.order) || afresh;
        let all = std::mem::take(&mut self.picture.all_rows) || afresh;
        let changed = std::mem::take(&mut self.picture.rows);
        let Some(with) = self.open_with() else {
            if afresh {
                self.picture.drawn.conversation = None;
                self.picture.drawn.rows = window::Drawn::default();
                world.draw(Change::Conversation(None));
            }
            return;
        };
        if afresh {
            self.picture.drawn.rows = window::Drawn::default();
        }
        let view = self.conversation_view(&with);
        if self.picture.drawn.conversation != view {
            self.picture.drawn.conversation.clone_from(&view);
            world.draw(Change::Conversation(view));
        }
        if !order_changed && !all && changed.is_empty() {
            return;
        }
        let Some(places) = self.places(world, &with) else { return };
        let drawn: HashSet<RowKey> = self.picture.drawn.rows.keys.iter().copied().collect();
        let is_new = |key: &RowKey| all || changed.contains(key) || !drawn.contains(key);
        let connected = world.link.is_up();
        let Some(timeline) = self.timelines.get(&with) else { return };
        let stored = timeline.rows().range(places.clone());
        let mut rows: Vec<(RowKey, RowView)> = stored
            .clone()
            .filter(|row| is_new(&row.key))
            .map(|row| (row.key, timeline.view(row)))
            .collect();
        let mut keys: Vec<RowKey> = stored.map(|row| row.key).collect();
        // How those that wait stand depends on the connection as well.
        let waiting = self.outbox.rows(&with, connected && !self.outbox.is_slow());
        let known = timeline.rows().len();
        let total = known + waiting.len();
        let part = places.start.max(known) - known..places.end.max(known) - known;
        for (key, row) in waiting.into_iter().skip(part.start).take(part.len()) {
            keys.push(key);
            rows.push((key, row));
        }
        if !rows.is_empty() {
            world.draw(Change::Rows(rows));
        }
        let now = window::Drawn { keys, places, total };
        if self.picture.drawn.rows != now {
            self.picture.drawn.rows = now.clone();
            let (above, below) = (now.places.start, now.total - now.places.end);
            world.draw(Change::Order(OrderView { keys: now.keys, above, below }));
        }
    }

    fn conversation_view(&mut self, with: &UserId) -> Option<ConversationView> {
        let open = self.open.as_ref()?;
        let (draft, new) = (open.draft.clone(), open.new);
        let (was, left) = (open.was.clone(), open.left.clone());
        let seek = open.seek.as_ref().filter(|seek| seek.goes());
        let (seeking, arrived) = (seek.map(|seek| seek.reached), open.arrived);
        let timeline = self.timeline(with);
        let rows = timeline.rows();
        let at = was.and_then(|(stamp, offset)| Some((rows.find(&stamp.id)?.key, offset)));
        let since = |left: &Stamp| {
            let since = rows.iter().rev().take_while(|row| row.stamp > *left);
            since.filter(|row| !row.mine).count()
        };
        Some(ConversationView {
            with: with.clone(),
            draft,
            status: timeline.status(),
            older: timeline.older().clone(),
            gap: timeline.gap().clone(),
            at,
            seeking,
            arrived,
            begins: timeline.begins(),
            missed: left.as_ref().map_or(0, since),
            new_from: new.and_then(|(newest, count)| timeline.first_of(newest, count)),
        })
    }
}
