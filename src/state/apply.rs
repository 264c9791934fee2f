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
                    self.kept.update_value(|kept| kept.persons.clear());
                    self.arrivals.set(Vec::new());
                }
                self.gate.set(gate);
            }
            Change::Link(link) => {
                self.link.set(link);
            }
            Change::People(people) => {
                self.people.set(people);
            }
            Change::Person(id, person) => {
                self.kept.update_value(|kept| kept.persons.set(id, person));
            }
            Change::Search(search) => {
                self.search.set(search);
            }
            Change::Conversation(conversation) => self.apply_conversation(conversation),
            Change::Rows(rows) => {
                self.rows.maybe_update(|known| {
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
                self.rows.update_untracked(|rows| rows.retain(|key, _| drawn.contains(key)));
                self.kept.update_value(|kept| kept.order = order.keys);
                if *self.around.read_untracked() != around {
                    self.around.set(around);
                }
                self.draw_items();
            }
            Change::Notice(notice) => {
                self.notice.set(notice);
            }
            Change::Waiting(waiting) => {
                self.waiting.set(waiting);
            }
            Change::Unread(unread) => {
                self.unread.set(unread);
            }
            Change::Received { name, content } => self.arrivals.update(|arrivals| {
                let number = arrivals.last().map_or(0, |last| last.number + 1);
                let surplus = (arrivals.len() + 1).saturating_sub(ARRIVALS);
                arrivals.drain(..surplus);
                arrivals.push(Arrival { number, name, content });
            }),
        }
    }

    fn apply_conversation(self, conversation: Option<ConversationView>) {
        let with = |view: &Option<ConversationView>| view.as_ref().map(|view| view.with.clone());
        if with(&self.conversation.read_untracked()) != with(&conversation) {
            self.items.set(Vec::new());
            self.around.set((0, 0));
            self.rows.set(Messages::new());
            self.kept.update_value(|kept| kept.order.clear());
        }
        self.conversation.set(conversation);
    }

    fn draw_items(self) {
        let items = self.kept.with_value(|kept| {
            let rows = self.rows.read_untracked();
            let drawn = kept
                .order
                .iter()
                .filter_map(|key| rows.get(key).map(|row| (*key, row.at, row.gap)));
            timeline::items(drawn, self.locale.day)
        });
        if *self.items.read_untracked() != items {
            self.items.set(items);
        }
    }
}
