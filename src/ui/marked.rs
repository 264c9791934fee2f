//! A message with marks, as nodes of the page. No text of it is ever read as HTML.

use leptos::tachys::renderer::Rndr;
use leptos::tachys::renderer::types::Element;

use super::markup::{Block, Span, blocks};
use super::styles::{MARKS, wear};
use crate::state::State;

/// Shows a text in this element, in place of what it holds.
#[inline(never)]
pub(super) fn show(state: State, place: &Element, text: &str) {
    wear(state, &MARKS);
    place.set_text_content(None);
    for block in blocks(text) {
        match block {
            Block::Words(said) => say(place, &said),
            Block::Code(code) => {
                let lines = part(place, "pre");
                // Wide code is scrolled sideways, also by keyboard (WCAG 2.1.1).
                set(&lines, "tabindex", "0");
                lines.set_text_content(Some(code));
            }
            Block::Quote(said) => say(&part(place, "blockquote"), &said),
            Block::List(start, items) => {
                let list = part(place, if start.is_some() { "ol" } else { "ul" });
                if let Some(start) = start.filter(|start| *start != 1) {
                    set(&list, "start", &start.to_string());
                }
                for item in items {
                    say(&part(&list, "li"), &item);
                }
            }
        }
    }
}

fn say(place: &Element, said: &[Span<'_>]) {
    for span in said {
        match span {
            Span::Text(text) => add(place, text),
            Span::Code(code) => add(&part(place, "code"), code),
            Span::Strong(within) => say(&part(place, "strong"), within),
            Span::Emphasis(within) => say(&part(place, "em"), within),
            Span::Link(address) => {
                let link = part(place, "a");
                set(&link, "href", address);
                set(&link, "target", "_blank");
                // Who is visited learns nothing of the chat and gets no hand on its page.
                set(&link, "rel", "noopener noreferrer");
                // The list of messages is one stop of the Tab key (`super::walk`).
                set(&link, "tabindex", "-1");
                add(&link, address);
            }
        }
    }
}

fn part(place: &Element, name: &str) -> Element {
    let part = Rndr::create_element(name, None);
    Rndr::insert_node(place, &part, None);
    part
}

fn set(element: &Element, name: &str, value: &str) {
    Rndr::set_attribute(element, name, value);
}

fn add(place: &Element, text: &str) {
    Rndr::insert_node(place, &Rndr::create_text_node(text), None);
}
