//! The lines of a conversation in the page: messages, days and gaps. They stay the same elements while others come and
//! go, and of each only what differs is touched.

use std::cell::RefCell;
use std::collections::{HashSet, VecDeque};

use leptos::html;
use leptos::prelude::*;
use leptos::tachys::renderer::Rndr;
use leptos::tachys::renderer::types::Element;

use super::live::follow;
use super::message::{Made, Row, Rows};
use super::words as say;
use crate::state::{Item, State};

thread_local! {
    /// What the list shows. It outlives a conversation: of the next one, most rows differ in texts alone.
    static LINES: RefCell<Option<(Element, Lines)>> = const { RefCell::new(None) };
}

/// Draws the lines of the open conversation into this list from now on; `other` draws those that are no messages.
pub(super) fn draw(
    state: State,
    list: NodeRef<html::Ol>,
    other: impl Fn(Item) -> AnyView + 'static,
) {
    let Some(owner) = Owner::current() else { return };
    follow(move || {
        let Some(list) = list.get() else { return };
        let list: &Element = &list;
        let (with, first) = {
            let open = state.conversation().read();
            open.as_ref().map(|open| (state.person(&open.with), open.new_from)).unzip()
        };
        let name = with.map(|with| with.read().name.clone()).unwrap_or_default();
        let sender = format!("{}: ", say::name(&name));
        let of = Rows { state, owner: &owner, sender: &sender };
        let known = LINES.take().filter(|(of, _)| of == list).map(|(_, lines)| lines);
        let mut lines = known.unwrap_or_default();
        lines.are(list, &state.items().read(), &of, &other);
        let rows = state.rows().read();
        let renamed = lines.sender != sender;
        lines.each(|row| {
            if let Some(now) = rows.get(&row.key) {
                row.becomes(&of, now);
            }
            row.is_new(first.flatten());
            if renamed {
                row.is_from(&sender);
            }
        });
        lines.sender = sender;
        LINES.set(Some((list.clone(), lines)));
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
    fn new(item: Item, of: &Rows<'_>, other: impl Fn(Item) -> AnyView) -> Option<Self> {
        let content = match item {
            Item::Message(key) => {
                let row = of.state.rows().read_untracked().get(&key)?.clone();
                Content::Message(Row::new(of, key, &row)?)
            }
            Item::Day(_) | Item::Gap(_) => Content::Other(Made::of(of.owner, || other(item))?),
        };
        Some(Self { item, content })
    }

    /// The same element, which stands for this now; or what it was, where it cannot.
    fn turned_into(mut self, item: Item, of: &Rows<'_>) -> Result<Self, Self> {
        if let (Content::Message(row), Item::Message(key)) = (&mut self.content, item)
            && let Some(now) = of.state.rows().read_untracked().get(&key)
            && row.turns_into(of, key, now).is_some()
        {
            self.item = item;
            return Ok(self);
        }
        Err(self)
    }

    fn element(&self) -> &Element {
        match &self.content {
            Content::Message(row) => &row.li,
            Content::Other(made) => &made.element,
        }
    }
}

/// All that are drawn, and from whom the other's are.
#[derive(Default)]
struct Lines {
    lines: Vec<Line>,
    sender: String,
}

impl Lines {
    fn each(&mut self, mut act: impl FnMut(&mut Row)) {
        for line in &mut self.lines {
            if let Content::Message(row) = &mut line.content {
                act(row);
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
            return self.turn_into(list, before, items, of, other);
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
                    let line = place
                        .map_or_else(|| Line::new(*item, of, &other), |place| old.remove(place));
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

    /// None of the lines stays: the elements at the same place from the end become the new ones, where they can.
    fn turn_into(
        &mut self,
        list: &Element,
        before: Vec<Line>,
        items: &[Item],
        of: &Rows<'_>,
        other: impl Fn(Item) -> AnyView,
    ) {
        let (old, new) = (before.len(), items.len());
        let mut before = before.into_iter();
        for line in before.by_ref().take(old.saturating_sub(new)) {
            Rndr::remove(line.element());
        }
        let mut before = before.peekable();
        for (place, item) in items.iter().enumerate() {
            let old = if place + old < new { None } else { before.next() };
            let line = match old.map(|line| line.turned_into(*item, of)) {
                Some(Ok(line)) => Some(line),
                old => {
                    let old = old.and_then(Result::err);
                    let line = Line::new(*item, of, &other);
                    if let Some(line) = &line {
                        let marker = old.as_ref().or(before.peek()).map(Line::element);
                        Rndr::insert_node(list, line.element(), marker.map(|marker| &**marker));
                    }
                    if let Some(old) = old {
                        Rndr::remove(old.element());
                    }
                    line
                }
            };
            self.lines.extend(line);
        }
    }
}
