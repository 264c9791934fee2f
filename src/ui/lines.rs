//! Lines of a list in the page: they stay the same elements while others come and go. One kind of list does for all: for
//! each kind of its own the compiler would make the whole of it anew.

use std::collections::VecDeque;

use chinwag_protocol::UserId;
use leptos::prelude::*;
use leptos::tachys::renderer::Rndr;
use leptos::tachys::renderer::types::Element;

use super::live::soon;
use super::message::Row;
use super::pattern::Made;
use super::walk::focus_on;
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
    fn new(key: &Key, of: &dyn Make) -> Option<Self> {
        Some(Self { key: key.clone(), content: of.make(key)? })
    }

    /// Lets the same element stand for this; not where it cannot.
    fn turn_into(&mut self, key: &Key, of: &dyn Make) -> bool {
        let turned = of.turn(&mut self.content, key);
        if turned {
            self.key = key.clone();
        }
        turned
    }

    fn element(&self) -> &Element {
        match &self.content {
            Content::Message(row) => &row.li,
            Content::Other(made) => &made.element,
        }
    }
}

/// How lines are made.
pub(super) trait Make {
    /// Makes one; nothing where the browser draws nothing.
    fn make(&self, key: &Key) -> Option<Content>;

    /// Makes one of another that is no longer wanted, which is cheaper; not where it cannot.
    fn turn(&self, _: &mut Content, _: &Key) -> bool {
        false
    }
}

impl<F: Fn(&Key) -> Option<Content>> Make for F {
    fn make(&self, key: &Key) -> Option<Content> {
        self(key)
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

    /// The lines are these now. Those that were there stay the same elements. Only one that comes before others which it
    /// stood after is moved: the browser takes it out and puts it in again. All others, also those that it passes, are not
    /// touched. Where the one has the focus, which it would lose, the others are moved around it.
    pub(super) fn are(&mut self, list: &Element, keys: &[Key], of: &dyn Make) {
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
        // A few hundred at most: to look through them takes less than a set of them, in time and in bytes.
        let stays = |line: &Line| wanted.contains(&line.key);
        if head + tail == 0 && !before.iter().any(stays) {
            return self.turn_into(list, before, keys, of);
        }
        let mut old = VecDeque::with_capacity(before.len());
        for line in before {
            if stays(&line) {
                old.push_back(line);
            } else {
                take_out(&line);
            }
        }
        let next = after.first().map(|line| line.element().clone());
        for key in wanted {
            let line = match old.iter().position(|line| line.key == *key) {
                Some(0) => old.pop_front(),
                Some(place) if stays_put(list, &old, place, next.as_ref()) => old.remove(place),
                place => {
                    let line = place.map_or_else(|| Line::new(key, of), |place| old.remove(place));
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

    /// None of the lines stays: the elements at the same place from the end become the new ones, where they can.
    fn turn_into(&mut self, list: &Element, before: Vec<Line>, keys: &[Key], of: &dyn Make) {
        let (old, new) = (before.len(), keys.len());
        let mut before = before.into_iter();
        for line in before.by_ref().take(old.saturating_sub(new)) {
            Rndr::remove(line.element());
        }
        let mut before = before.peekable();
        for (place, key) in keys.iter().enumerate() {
            let mut old = if place + old < new { None } else { before.next() };
            let turned = old.as_mut().is_some_and(|line| line.turn_into(key, of));
            let line = if turned { old.take() } else { Line::new(key, of) };
            if let Some(line) = line.as_ref().filter(|_| !turned) {
                let marker = old.as_ref().or(before.peek()).map(Line::element);
                Rndr::insert_node(list, line.element(), marker.map(|marker| &**marker));
            }
            if let Some(old) = old {
                Rndr::remove(old.element());
            }
            self.0.extend(line);
        }
    }
}

/// Takes a line out. What has lost the focus with that may be drawn anew in another list at the same time: there it has it again.
#[inline(never)]
fn take_out(line: &Line) {
    let focused = document().active_element();
    Rndr::remove(line.element());
    if let Some(focused) = focused.filter(|focused| !focused.is_connected()) {
        soon(move || {
            let anew = document().get_element_by_id(&focused.id());
            let _ = anew.as_ref().is_some_and(focus_on);
        });
    }
}

/// Moves the lines before this one behind it, if that has the focus.
#[inline(never)]
fn stays_put(list: &Element, old: &VecDeque<Line>, place: usize, next: Option<&Element>) -> bool {
    let Some(line) = old.get(place) else { return false };
    let focused = document().active_element();
    if !focused.is_some_and(|focused| line.element().contains(Some(&focused))) {
        return false;
    }
    let marker = old.get(place + 1).map(Line::element).or(next);
    for before in old.iter().take(place) {
        Rndr::insert_node(list, before.element(), marker.map(|marker| &**marker));
    }
    true
}
