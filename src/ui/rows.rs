//! The lines of a conversation in the page: messages, days and gaps. Of each only what differs is touched.

use std::cell::RefCell;

use leptos::prelude::*;
use leptos::tachys::renderer::types::Element;

use super::lines::{Content, Key, Lines, Make};
use super::live::follow;
use super::message::{self, Row, Rows};
use super::pattern::Made;
use super::scroller::Scroller;
use super::words as say;
use crate::state::{Item, State, goes_on};

thread_local! {
    /// What the list shows. It outlives a conversation, not the chat: of the next one, most rows differ in texts
    /// alone.
    static SHOWN: RefCell<Option<Shown>> = const { RefCell::new(None) };
}

struct Shown {
    list: Element,
    lines: Lines,
    /// Whose the other's messages are, as it is said.
    sender: String,
}

/// Who comes next must find nothing of it.
pub(super) fn forget() {
    SHOWN.take();
    message::forget();
}

/// Draws the lines of the open conversation into this list from now on; `other` draws those that are no messages.
pub(super) fn draw(state: State, scroller: Scroller, other: impl Fn(Item) -> AnyView + 'static) {
    let Some(owner) = Owner::current() else { return };
    follow(move || {
        let Some(list) = scroller.rows.get() else { return };
        let list: &Element = &list;
        let (with, first) = {
            let open = state.conversation().read();
            open.as_ref().map(|open| (state.person(&open.with), open.new_from)).unzip()
        };
        let name = with.map(|with| with.read().name.clone()).unwrap_or_default();
        let sender = say::theirs(&name);
        let whole = *state.whole().read();
        let of = Rows { state, scroller, owner: &owner, sender: &sender, whole };
        let known = SHOWN.take().filter(|shown| shown.list == *list);
        let (mut lines, before) =
            known.map(|shown| (shown.lines, shown.sender)).unwrap_or_default();
        let items = state.items().read();
        let keys: Vec<_> = items.iter().copied().map(Key::Item).collect();
        lines.are(list, &keys, &Drawn { of: &of, other: &other });
        let rows = state.rows().read();
        let runs = goes_on(&items, &rows);
        let ends = runs.iter().skip(1).map(|next| !next).chain([true]);
        for (row, run) in lines.messages().zip(runs.iter().copied().zip(ends)) {
            row.is_in_run(run);
            if let Some(now) = rows.get(&row.key) {
                row.becomes(&of, now);
            }
            row.is_new(first.flatten());
            row.is_whole(&of);
            if before != sender {
                row.is_from(&sender);
            }
        }
        SHOWN.set(Some(Shown { list: list.clone(), lines, sender }));
    });
}

/// How the lines of a conversation are drawn.
struct Drawn<'a> {
    of: &'a Rows<'a>,
    other: &'a dyn Fn(Item) -> AnyView,
}

impl Make for Drawn<'_> {
    fn make(&self, key: &Key) -> Option<Content> {
        match key {
            Key::Item(Item::Message(key)) => {
                let row = self.of.state.rows().read_untracked().get(key)?.clone();
                Some(Content::Message(Row::new(self.of, *key, &row)?))
            }
            Key::Item(item) => {
                Some(Content::Other(Made::of(self.of.owner, || (self.other)(*item))?))
            }
            Key::Person(_) | Key::Number(_) => None,
        }
    }

    fn turn(&self, content: &mut Content, key: &Key) -> bool {
        if let (Content::Message(row), Key::Item(Item::Message(key))) = (content, key)
            && let Some(now) = self.of.state.rows().read_untracked().get(key)
        {
            return row.turns_into(self.of, *key, now).is_some();
        }
        false
    }
}
