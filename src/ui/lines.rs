//! Lines of a list in the page: they stay the same elements while others come and go. One kind of list does for all: for
//! each kind of its own the compiler would make the whole of it anew.

use std::collections::{HashSet, VecDeque};

use chinwag_protocol::UserId;
use leptos::tachys::renderer::Rndr;
use leptos::tachys::renderer::types::Element;

use super::message::{Made, Row};
use crate::state::Item;

/// What a line stands for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// A line of a conversation.
    Item(Item),
    /// A person.
    Person(UserId),
    /// An arrival or a notice, by its number.
    Number(u64),
}

/// What a line is made of.
pub(super) enum Content {
    /// A message.
    Message(Row),
    /// Anything else.
    Other(Made),
}

struct Line {
    key: Key,
    content: Content,
}

impl Line {
    fn element(&self) -> &Element {
        match &self.content {
            Content::Message(row) => &row.li,
            Content::Other(made) => &made.element,
        }
    }
}

/// All that are drawn.
#[derive(Default)]
pub(super) struct Lines(Vec<Line>);

impl Lines {
    /// The messages among them.
    pub(super) fn messages(&mut self) -> impl Iterator<Item = &mut Row> {
        self.0.iter_mut().filter_map(|line| match &mut line.content {
            Content::Message(row) => Some(row),
            Content::Other(_) => None,
        })
    }

    /// The lines are these now. Those that were there stay what they are, and where they are as long as their order is
    /// the same.
    pub(super) fn are(
        &mut self,
        list: &Element,
        keys: &[Key],
        make: &mut dyn FnMut(&Key) -> Option<Content>,
    ) {
        let same = |(line, key): &(&Line, &Key)| line.key == **key;
        let head = self.0.iter().zip(keys).take_while(same).count();
        let ends = self.0[head..].iter().rev().zip(keys[head..].iter().rev());
        let tail = ends.take_while(same).count();
        let wanted = &keys[head..keys.len() - tail];
        let after = self.0.split_off(self.0.len() - tail);
        let before = self.0.split_off(head);
        if wanted.is_empty() && before.is_empty() {
            self.0.extend(after);
            return;
        }
        let stays: HashSet<&Key> = wanted.iter().collect();
        let stays = |line: &Line| stays.contains(&line.key);
        if head + tail == 0 && !before.iter().any(stays) {
            // All at once.
            Rndr::clear_children(list);
        }
        let mut old = VecDeque::with_capacity(before.len());
        for line in before {
            if stays(&line) {
                old.push_back(line);
            } else {
                Rndr::remove(line.element());
            }
        }
        let next = after.first().map(|line| line.element().clone());
        for key in wanted {
            let line = match old.iter().position(|line| line.key == *key) {
                Some(0) => old.pop_front(),
                place => {
                    let line = place.map_or_else(
                        || make(key).map(|content| Line { key: key.clone(), content }),
                        |place| old.remove(place),
                    );
                    if let Some(line) = &line {
                        let marker = old.front().map(Line::element).or(next.as_ref());
                        Rndr::insert_node(list, line.element(), marker.map(|marker| &**marker));
                    }
                    line
                }
            };
            self.0.extend(line);
        }
        self.0.extend(after);
    }
}
