//! Parts of the page that there are many of: copies of a pattern, of which only what differs is written.
//!
//! A view with an effect for each of its parts takes many times as long to draw as a copy, and as much memory. So what there
//! is most of knows what it shows and changes that by itself.

use std::cell::RefCell;

use leptos::prelude::*;
use leptos::tachys::renderer::types::{Element, Node};
use leptos::tachys::renderer::{CastFrom, Rndr};
use leptos::tachys::view::any_view::AnyViewState;

/// A part of the page that was made by itself. What it follows ends with it.
pub(super) struct Made {
    /// Its first element.
    pub(super) element: Element,
    view: Option<AnyViewState>,
    owner: Owner,
}

impl Made {
    /// Makes it, below this owner.
    pub(super) fn of(owner: &Owner, view: impl FnOnce() -> AnyView) -> Option<Self> {
        let owner = owner.child();
        let view = owner.with(|| view().build());
        let element = view.elements().into_iter().next()?;
        Some(Self { element, view: Some(view), owner })
    }

    /// This copy of a pattern, below this owner; `follow` begins what it follows.
    pub(super) fn copy(element: Element, owner: &Owner, follow: impl FnOnce()) -> Self {
        let owner = owner.child();
        owner.with(follow);
        Self { element, view: None, owner }
    }

    /// Puts it into an element, as the last one there or before another.
    pub(super) fn mount(&mut self, parent: &Element, before: Option<&Node>) {
        match &mut self.view {
            Some(view) => view.mount(parent, before),
            None => Rndr::insert_node(parent, &self.element, before),
        }
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        match &mut self.view {
            Some(view) => view.unmount(),
            None => Rndr::remove(&self.element),
        }
        self.owner.cleanup();
    }
}

thread_local! {
    /// Patterns by their names, each made when its first copy is wanted.
    static PATTERNS: RefCell<Vec<(&'static str, Element)>> = const { RefCell::new(Vec::new()) };
}

/// A copy of the pattern of this name; nothing where the browser draws nothing. Nothing of a pattern follows the state.
pub(super) fn copy(name: &'static str, view: &dyn Fn() -> AnyView) -> Option<Element> {
    PATTERNS.with_borrow_mut(|patterns| {
        let known = patterns.iter().position(|(known, _)| *known == name);
        let place = if let Some(place) = known {
            place
        } else {
            // What it was made from is let go, and the element stays.
            let pattern = view().build().elements().into_iter().next()?;
            strip(&pattern);
            patterns.push((name, pattern));
            patterns.len() - 1
        };
        Element::cast_from(patterns.get(place)?.1.clone_node_with_deep(true).ok()?)
    })
}

/// Takes out what a view leaves behind its parts to find their places again.
fn strip(node: &Node) {
    let mut child = first(node);
    while let Some(node) = child {
        child = next(&node);
        if node.node_type() == Node::COMMENT_NODE {
            Rndr::remove(&node);
        } else {
            strip(&node);
        }
    }
}

/// Writes a text where there is one already: a new one would be a new thing to be laid out.
pub(super) fn write(place: &Node, text: &str) {
    match first(place) {
        Some(old) => old.set_node_value(Some(text)),
        None => place.set_text_content(Some(text)),
    }
}

pub(super) fn first(node: &Node) -> Option<Node> {
    Rndr::first_child(node)
}

pub(super) fn next(node: &Node) -> Option<Node> {
    Rndr::next_sibling(node)
}
