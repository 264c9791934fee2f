//! One message: a bubble with its text, its time and, where it is one's own, how far it has come.
//!
//! Rows are what there is most of: a conversation that is opened draws dozens at once. A view with an effect for each
//! part of each row took ten times as long as the rest of it. So a row is a copy of a pattern ([`Patterns`]), which knows
//! what it shows and changes what differs; who tells it is [`super::rows`].

use std::sync::Arc;

use leptos::prelude::*;
use leptos::tachys::renderer::types::{Element, Node};
use leptos::tachys::renderer::{CastFrom, Rndr};
use leptos::tachys::view::any_view::AnyViewState;

use super::icon::{icon, progress};
use super::press::{button, click};
use super::scroller::row_id;
use super::words as say;
use crate::state::State;
use crate::state::session::{Command, Failure, OwnState, RowKey, RowView};

/// What stands above the first message that was not read. Drawn by the style sheet, in no row of its own: nothing moves
/// when it comes or goes.
const NEW: &str = "New messages";

/// A part of the page that was made by itself. What it follows ends with it.
pub(super) struct Made {
    /// Its first element.
    pub(super) element: Element,
    view: AnyViewState,
    owner: Owner,
}

impl Made {
    /// Makes it, below this owner.
    pub(super) fn of(owner: &Owner, view: impl FnOnce() -> AnyView) -> Option<Self> {
        let owner = owner.child();
        let view = owner.with(|| view().build());
        let element = view.elements().into_iter().next()?;
        Some(Self { element, view, owner })
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        self.view.unmount();
        self.owner.cleanup();
    }
}

/// Rows as they are before their texts are known, one for each state and side.
#[derive(Default)]
pub(super) struct Patterns {
    /// The name of the other side.
    pub(super) other: String,
    made: Vec<(Option<&'static str>, Element)>,
}

impl Patterns {
    /// The other side has this name. Whether it had another.
    pub(super) fn other_is(&mut self, name: String) -> bool {
        let changes = name != self.other;
        if changes {
            self.other = name;
            self.made.clear();
        }
        changes
    }

    fn copy(&mut self, own: Option<&OwnState>) -> Option<Element> {
        let state = own.map(say::own_state_name);
        let known = self.made.iter().find(|(known, _)| *known == state);
        let copy = |pattern: &Element| pattern.clone_node_with_deep(true).ok();
        let node = if let Some((_, pattern)) = known {
            copy(pattern)
        } else {
            // Nothing of it follows the state: what it was made from is let go, and the element stays.
            let pattern = pattern(own, &self.other).build().elements().into_iter().next()?;
            let node = copy(&pattern);
            self.made.push((state, pattern));
            node
        };
        Element::cast_from(node?)
    }
}

fn pattern(own: Option<&OwnState>, other: &str) -> AnyView {
    view! {
        <li
            class="message"
            data-own=own.is_some().to_string()
            data-state=own.map(say::own_state_name)
        >
            <div class="bubble">
                // Said, since those who do not see the page do not see on which side a bubble stands.
                <span class="visually-hidden">{sender(own.is_some(), other)}</span>
                <p class="content" dir="auto"></p>
                <p class="meta">
                    <time></time>
                    {own.map(|own| view! {
                        <span class="progress" title=say::own_state(own)>
                            {icon(progress(own))}
                            <span class="visually-hidden">{say::own_state(own)}</span>
                        </span>
                    })}
                </p>
            </div>
        </li>
    }
    .into_any()
}

fn sender(mine: bool, other: &str) -> String {
    if mine { "You: ".to_owned() } else { format!("{}: ", say::name(other)) }
}

/// A row that is drawn.
pub(super) struct Row {
    pub(super) li: Element,
    pub(super) key: RowKey,
    shown: Arc<RowView>,
    is_new: bool,
    failed: Option<Made>,
}

impl Row {
    /// Draws it; nothing where the browser draws nothing.
    pub(super) fn new(
        of: &Rows<'_>,
        key: RowKey,
        row: &Arc<RowView>,
        from: &mut Patterns,
    ) -> Option<Self> {
        let li = from.copy(row.own.as_ref())?;
        Rndr::set_attribute(&li, "id", &row_id(key));
        let mut made = Self { li, key, shown: Arc::clone(row), is_new: false, failed: None };
        let (content, meta) = made.content_and_meta()?;
        content.set_text_content(Some(&row.content));
        first(&meta)?.set_text_content(Some(&(of.state.locale().time)(row.at)));
        made.fails(of);
        Some(made)
    }

    /// It is this now.
    pub(super) fn becomes(&mut self, of: &Rows<'_>, row: &Arc<RowView>) -> Option<()> {
        if Arc::ptr_eq(&self.shown, row) {
            return Some(());
        }
        let before = std::mem::replace(&mut self.shown, Arc::clone(row));
        let (content, meta) = self.content_and_meta()?;
        if before.content != row.content {
            content.set_text_content(Some(&row.content));
        }
        let time = first(&meta)?;
        if before.at != row.at {
            time.set_text_content(Some(&(of.state.locale().time)(row.at)));
        }
        if before.own != row.own
            && let Some(own) = &row.own
        {
            Rndr::set_attribute(&self.li, "data-state", say::own_state_name(own));
            let mark = next(&time)?;
            Rndr::set_attribute(&Element::cast_from(mark.clone())?, "title", say::own_state(own));
            let icon = first(&mark)?;
            Rndr::set_attribute(&Element::cast_from(first(&icon)?)?, "d", progress(own));
            next(&icon)?.set_text_content(Some(say::own_state(own)));
            self.fails(of);
        }
        Some(())
    }

    /// The other side has another name.
    pub(super) fn is_from(&self, other: &str) {
        if self.shown.own.is_none()
            && let Some(words) = first(&self.li).as_ref().and_then(first)
        {
            words.set_text_content(Some(&sender(false, other)));
        }
    }

    /// Whether it is the first that was not read.
    pub(super) fn is_new(&mut self, first: Option<RowKey>) {
        let is_new = first == Some(self.key);
        if is_new == self.is_new {
            return;
        }
        self.is_new = is_new;
        if is_new {
            Rndr::set_attribute(&self.li, "data-new", NEW);
        } else {
            Rndr::remove_attribute(&self.li, "data-new");
        }
    }

    fn fails(&mut self, of: &Rows<'_>) {
        self.failed = None;
        if let Some(OwnState::Failed(why)) = &self.shown.own {
            let (state, key) = (of.state, self.key);
            self.failed = Made::of(of.owner, || failure(state, key, why));
            if let Some(failed) = &mut self.failed {
                failed.view.mount(&self.li, None);
            }
        }
    }

    fn content_and_meta(&self) -> Option<(Node, Node)> {
        let content = next(&first(&first(&self.li)?)?)?;
        let meta = next(&content)?;
        Some((content, meta))
    }
}

/// What all rows know.
pub(super) struct Rows<'a> {
    pub(super) state: State,
    pub(super) owner: &'a Owner,
}

fn failure(state: State, key: RowKey, why: &Failure) -> AnyView {
    view! {
        <p class="failed" role="alert">
            {format!("Not sent. {} ", say::failure(why))}
            {button("link", "Retry", click(move || state.send(Command::Retry(key))))}
            {button("link", "Copy", click(move || state.send(Command::Copy(key))))}
            {button("link", "Discard", click(move || state.send(Command::Discard(key))))}
        </p>
    }
    .into_any()
}

fn first(node: &Node) -> Option<Node> {
    Rndr::first_child(node)
}

fn next(node: &Node) -> Option<Node> {
    Rndr::next_sibling(node)
}
