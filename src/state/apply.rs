//! The one place where signals change.

use std::collections::HashSet;
use std::sync::Arc;

use chinwag_session::{Change, ConversationView, Gate};
use leptos::prelude::*;

use super::{Arrival, Messages, State, timeline};

/// Arrivals kept for those who are told of them.
const ARRIVALS: usize = 8;

impl State {
    /// Makes the picture what the session says it is.
    pub fn apply(self, change: Change) {
        match change {
            Change::Gate(gate) => {
                if matches!(gate, Gate::SignIn { .. }) {
                    // Nobody is signed in any more: everybody they knew is forgotten.
                    self.0.kept.update_value(|kept| kept.persons.clear());
                    self.0.arrivals.set(Vec::new());
                }
                self.0.gate.set(gate);
            }
            Change::Link(link) => {
                self.0.link.set(link);
            }
            Change::People(people) => {
                self.0.people.set(people);
            }
            Change::Person(id, person) => {
                self.0.kept.update_value(|kept| kept.persons.set(id, person));
            }
            Change::Search(search) => {
                self.0.search.set(search);
            }
            Change::Conversation(conversation) => self.apply_conversation(conversation),
            Change::Rows(rows) => {
                self.0.rows.maybe_update(|known| {
                    let mut changed = false;
                    for (key, row) in rows {
                        if known.get(&key).is_none_or(|known| **known != row) {
                            known.insert(key, Arc::new(row));
                            changed = true;
                        }
                    }
                    changed
                });
                self.draw_items();
            }
            Change::Order(order) => {
                let around = (order.above, order.below);
                let drawn: HashSet<_> = order.keys.iter().copied().collect();
                // Whose order tells of what is gone.
                self.0.rows.update_untracked(|rows| rows.retain(|key, _| drawn.contains(key)));
                self.0.kept.update_value(|kept| kept.order = order.keys);
                if *self.0.around.read_untracked() != around {
                    self.0.around.set(around);
                }
                self.draw_items();
            }
            Change::Notice(notice) => {
                self.0.notice.set(notice);
            }
            Change::Waiting(waiting) => {
                self.0.waiting.set(waiting);
            }
            Change::Account(account) => {
                self.0.account.set(account);
            }
            Change::Unread(unread) => {
                self.0.unread.set(unread);
            }
            Change::Received { name, content } => self.0.arrivals.update(|arrivals| {
                let number = arrivals.last().map_or(0, |last| last.number + 1);
                let surplus = (arrivals.len() + 1).saturating_sub(ARRIVALS);
                arrivals.drain(..surplus);
                arrivals.push(Arrival { number, name, content });
            }),
        }
    }

    fn apply_conversation(self, conversation: Option<ConversationView>) {
        let with = |view: &Option<ConversationView>| view.as_ref().map(|view| view.with.clone());
        if with(&self.0.conversation.read_untracked()) != with(&conversation) {
            self.0.items.set(Vec::new());
            self.0.around.set((0, 0));
            self.0.rows.set(Messages::new());
            self.0.kept.update_value(|kept| kept.order.clear());
        }
        self.0.conversation.set(conversation);
    }

    fn draw_items(self) {
        let items = self.0.kept.with_value(|kept| {
            let rows = self.0.rows.read_untracked();
            let drawn = kept
                .order
                .iter()
                .filter_map(|key| rows.get(key).map(|row| (*key, row.at, row.gap)));
            timeline::items(drawn, self.0.locale.day)
        });
        if *self.0.items.read_untracked() != items {
            self.0.items.set(items);
        }
    }
}
