//! What can be done with a message: beside the one that is pointed at or that has the focus.

use std::cell::RefCell;

use leptos::html::{ElementType, Textarea};
use leptos::prelude::*;
use leptos::tachys::renderer::types::Element;
use leptos::tachys::renderer::{CastFrom, Rndr};

use super::icon::{COPY, DONE, QUOTE, icon};
use super::live::{part, words};
use super::pattern::{Made, first};
use super::press::click;
use super::walk::key_of;
use super::words as say;
use crate::state::State;
use crate::state::catalogue::{filled, text};
use crate::state::session::{Command, OwnState, RowKey};

type Field = <Textarea as ElementType>::Output;

/// What a row is described by, and what describes it.
const DESCRIBED: &str = "aria-describedby";
const WHEN: &str = "when";
/// Where one writes.
const COMPOSER: &str = "composer";

/// The one set of buttons, which goes from message to message.
pub(super) struct Actions {
    state: State,
    owner: Owner,
    shown: RefCell<Option<(RowKey, Made)>>,
}

impl Actions {
    /// Nowhere yet.
    pub(super) fn new(state: State) -> Self {
        let owner = Owner::current().unwrap_or_default();
        Self { state, owner, shown: RefCell::new(None) }
    }

    /// Shows them in this row, or nowhere.
    pub(super) fn show_in(&self, row: Option<&Element>) {
        let key = row.and_then(key_of);
        let is_there = match (&*self.shown.borrow(), key) {
            (Some((at, made)), Some(key)) => {
                *at == key
                    && row.is_some_and(|row| {
                        made.element.closest(".message").ok().flatten().as_ref() == Some(row)
                    })
            }
            (None, None) => true,
            _ => false,
        };
        if is_there {
            return;
        }
        if let Some((_, made)) = self.shown.take()
            && let Ok(Some(before)) = made.element.closest(".message")
        {
            Rndr::remove_attribute(&before, DESCRIBED);
        }
        let bubble = row.and_then(|row| Element::cast_from(first(row)?));
        let (Some(key), Some(bubble)) = (key, bubble) else { return };
        let state = self.state;
        let Some(mut made) = Made::of(&self.owner, || actions(state, key)) else { return };
        made.mount(&bubble, None);
        if let Some(row) = row {
            Rndr::set_attribute(row, DESCRIBED, WHEN);
        }
        self.shown.replace(Some((key, made)));
    }
}

/// When it was stored, and when it came how far, as far as the server has said so: a line each.
fn when(state: State, key: RowKey) -> String {
    let (locale, rows) = (state.locale(), state.rows());
    let rows = rows.read();
    let Some(row) = rows.get(&key) else { return String::new() };
    let whole = |at| format!("{}, {}", (locale.date)(at), (locale.time)(at));
    let mut lines = whole(row.at);
    let steps =
        [(OwnState::Delivered, row.receipts.delivered), (OwnState::Read, row.receipts.read)];
    for (how, at) in steps {
        let Some(at) = at else { continue };
        let same_day = (locale.day)(row.at).contains(at);
        let time = if same_day { (locale.time)(at) } else { whole(at) };
        lines.push('\n');
        lines
            .push_str(&filled("message.when", &[("state", say::own_state(&how)), ("time", &time)]));
    }
    lines
}

fn actions(state: State, key: RowKey) -> AnyView {
    let copied = RwSignal::new(false);
    let copy = click(move || {
        state.send(Command::Copy(key));
        copied.set(true);
    });
    view! {
        <div class="actions" role="group" aria-label=text("actions")>
            // Seen beside the message, and heard as what describes it.
            <p class="when" id=WHEN aria-hidden="true">{words(move || when(state, key))}</p>
            <div class="tools">
                <button
                    class="tool"
                    type="button"
                    tabindex="-1"
                    title=text("message.copy")
                    aria-label=text("message.copy")
                    on:click=copy
                >
                    {part(move || icon(if copied.get() { DONE } else { COPY }))}
                </button>
                <button
                    class="tool"
                    type="button"
                    tabindex="-1"
                    title=text("message.quote")
                    aria-label=text("message.quote")
                    on:click=click(move || quote(state, key))
                >
                    {icon(QUOTE)}
                </button>
            </div>
            <span class="visually-hidden" role="status">
                {words(move || if copied.get() { text("message.copied") } else { "" })}
            </span>
        </div>
    }
    .into_any()
}

/// Begins an answer with what the message says.
fn quote(state: State, key: RowKey) {
    let said = state.rows().read_untracked().get(&key).map(|row| row.content.clone());
    let field = document().get_element_by_id(COMPOSER).and_then(Field::cast_from);
    let (Some(said), Some(field)) = (said, field) else { return };
    let before = field.value();
    let apart = if before.is_empty() || before.ends_with('\n') { "" } else { "\n" };
    state.type_in(COMPOSER, &format!("{apart}{}", quoted(&said)), 0);
}

/// A text as a quote of it: each line with the mark that the chat shows as one (`super::markup`).
fn quoted(said: &str) -> String {
    let mut quoted = String::new();
    for line in said.trim_end().lines() {
        quoted.push_str("> ");
        quoted.push_str(line);
        quoted.push('\n');
    }
    quoted
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn each_line_of_a_quote_is_marked() {
        assert_eq!(quoted("one"), "> one\n");
        assert_eq!(quoted("one\n\n  two \n\n"), "> one\n> \n>   two\n");
    }
}
