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
                    self.persons.update_value(super::Cells::clear);
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
            Change::Person(id, person) => self.persons.update_value(|cells| cells.set(id, person)),
            Change::Search(search) => {
                self.search.set(search);
            }
            Change::Conversation(conversation) => self.apply_conversation(conversation),
            Change::Rows(rows) => {
                self.rows.update_value(|cells| {
                    for (key, row) in rows {
                        cells.set(key, row);
                    }
                });
                self.draw_items();
            }
            Change::Order(order) => {
                self.rows.update_value(|cells| {
                    let kept: HashSet<_> = order.keys.iter().copied().collect();
                    cells.retain(|key| kept.contains(key));
                });
                let around = (order.above, order.below);
                if *self.around.read_untracked() != around {
                    self.around.set(around);
                }
                self.order.set_value(order.keys);
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
            self.order.set_value(Vec::new());
            self.items.set(Vec::new());
            self.around.set((0, 0));
            self.rows.update_value(super::Cells::clear);
        }
        self.conversation.set(conversation);
    }

    fn draw_items(self) {
        let items = self.rows.with_value(|cells| {
            self.order.with_value(|order| {
                let rows = order.iter().filter_map(|key| {
                    let cell = cells.find(key)?;
                    let row = cell.read_untracked();
                    Some((*key, row.at, row.gap))
                });
                timeline::items(rows, self.locale.day)
            })
        });
        if *self.items.read_untracked() != items {
            self.items.set(items);
        }
    }
}
