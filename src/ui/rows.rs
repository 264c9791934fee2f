//! The lines of a conversation in the page: messages, days and gaps. Of each only what differs is touched.

use leptos::html;
use leptos::prelude::*;
use leptos::tachys::renderer::Rndr;

use super::lines::{Content, Key, Lines};
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
    let mut patterns = Patterns::default();
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
        if patterns.other_is(name) {
            lines.messages().for_each(|row| row.is_from(&patterns.other));
        }
        let keys: Vec<_> = state.items().read().iter().copied().map(Key::Item).collect();
        lines.are(&list, &keys, &mut |key| match key {
            Key::Item(Item::Message(key)) => {
                let row = state.rows().read_untracked().get(key)?.clone();
                Some(Content::Message(Row::new(&of, *key, &row, &mut patterns)?))
            }
            Key::Item(item) => Some(Content::Other(Made::of(of.owner, || other(*item))?)),
            Key::Person(_) | Key::Number(_) => None,
        });
        let rows = state.rows().read();
        for row in lines.messages() {
            if let Some(now) = rows.get(&row.key) {
                row.becomes(&of, now);
            }
            row.is_new(first.flatten());
        }
    });
}
