//! The one place where signals change.

use std::collections::HashSet;

use chinwag_session::{Change, ConversationView, Gate};
use leptos::prelude::*;

use super::{Arrival, State, timeline};

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
                self.kept.update_value(|kept| {
                    for (key, row) in rows {
                        kept.rows.set(key, row);
                    }
                });
                self.draw_items();
            }
            Change::Order(order) => {
                let around = (order.above, order.below);
                self.kept.update_value(|kept| {
                    let drawn: HashSet<_> = order.keys.iter().copied().collect();
                    kept.rows.retain(|key| drawn.contains(key));
                    kept.order = order.keys;
                });
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
            self.kept.update_value(|kept| {
                kept.order.clear();
                kept.rows.clear();
            });
        }
        self.conversation.set(conversation);
    }

    fn draw_items(self) {
        let items = self.kept.with_value(|kept| {
            let rows = kept.order.iter().filter_map(|key| {
                let cell = kept.rows.find(key)?;
                let row = cell.read_untracked();
                Some((*key, row.at, row.gap))
            });
            timeline::items(rows, self.locale.day)
        });
        if *self.items.read_untracked() != items {
            self.items.set(items);
        }
    }
}
