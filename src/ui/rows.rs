//! The lines of a conversation in the page: messages, days and gaps. They stay the same elements while others come and
//! go, and of each only what differs is touched.

use std::collections::{HashSet, VecDeque};

use leptos::html;
use leptos::prelude::*;
use leptos::tachys::renderer::Rndr;
use leptos::tachys::renderer::types::Element;

use super::live::follow;
use super::message::{Made, Patterns, Row, Rows};
use crate::state::{Item, State};

/// Draws the lines of the open conversation into this list from now on; `other` draws those that are no messages.
pub(super) fn draw(
    state: State,
    list: NodeRef<html::Ol>,
    other: impl Fn(Item) -> AnyView + 'static,
) {
    let Some(owner) = Owner::current() else { return };
    let mut lines: Option<Lines> = None;
    follow(move || {
        let Some(list) = list.get() else { return };
        let lines = lines.get_or_insert_with(|| {
            // What an earlier conversation has left there.
            Rndr::clear_children(&list);
            Lines::default()
        });
        let of = Rows { state, owner: &owner };
        let (with, first) = {
            let open = state.conversation().read();
            open.as_ref().map(|open| (state.person(&open.with), open.new_from)).unzip()
        };
        let name = with.map(|with| with.read().name.clone()).unwrap_or_default();
        if lines.patterns.other_is(name) {
            lines.each(|row, patterns| row.is_from(&patterns.other));
        }
        lines.are(&list, &state.items().read(), &of, &other);
        let rows = state.rows().read();
        lines.each(|row, _| {
            if let Some(now) = rows.get(&row.key) {
                row.becomes(&of, now);
            }
            row.is_new(first.flatten());
        });
    });
}

/// A line that is drawn.
struct Line {
    item: Item,
    content: Content,
}

enum Content {
    Message(Row),
    Other(Made),
}

impl Line {
    fn new(
        item: Item,
        of: &Rows<'_>,
        from: &mut Patterns,
        other: impl Fn(Item) -> AnyView,
    ) -> Option<Self> {
        let content = match item {
            Item::Message(key) => {
                let row = of.state.rows().read_untracked().get(&key)?.clone();
                Content::Message(Row::new(of, key, &row, from)?)
            }
            Item::Day(_) | Item::Gap(_) => Content::Other(Made::of(of.owner, || other(item))?),
        };
        Some(Self { item, content })
    }

    fn element(&self) -> &Element {
        match &self.content {
            Content::Message(row) => &row.li,
            Content::Other(made) => &made.element,
        }
    }
}

/// All that are drawn, and what they are made from.
#[derive(Default)]
struct Lines {
    lines: Vec<Line>,
    patterns: Patterns,
}

impl Lines {
    fn each(&mut self, mut act: impl FnMut(&mut Row, &Patterns)) {
        for line in &mut self.lines {
            if let Content::Message(row) = &mut line.content {
                act(row, &self.patterns);
            }
        }
    }

    /// The lines are these now. Those that were there stay what they are, and where they are as long as their order is
    /// the same.
    fn are(
        &mut self,
        list: &Element,
        items: &[Item],
        of: &Rows<'_>,
        other: impl Fn(Item) -> AnyView,
    ) {
        let same = |(line, item): &(&Line, &Item)| line.item == **item;
        let head = self.lines.iter().zip(items).take_while(same).count();
        let ends = self.lines[head..].iter().rev().zip(items[head..].iter().rev());
        let tail = ends.take_while(same).count();
        let wanted = &items[head..items.len() - tail];
        let after = self.lines.split_off(self.lines.len() - tail);
        let before = self.lines.split_off(head);
        if wanted.is_empty() && before.is_empty() {
            self.lines.extend(after);
            return;
        }
        let stays: HashSet<Item> = wanted.iter().copied().collect();
        let stays = |line: &Line| stays.contains(&line.item);
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
        for item in wanted {
            let line = match old.iter().position(|line| line.item == *item) {
                Some(0) => old.pop_front(),
                place => {
                    let line = place.map_or_else(
                        || Line::new(*item, of, &mut self.patterns, &other),
                        |place| old.remove(place),
                    );
                    if let Some(line) = &line {
                        let marker = old.front().map(Line::element).or(next.as_ref());
                        Rndr::insert_node(list, line.element(), marker.map(|marker| &**marker));
                    }
                    line
                }
            };
            self.lines.extend(line);
        }
        self.lines.extend(after);
    }
}
