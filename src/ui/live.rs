//! What on the page follows the state: texts, attributes, parts.
//!
//! Each closure has a type of its own, for which the compiler makes the whole machinery of a reactive view
//! anew; a boxed one shares it with all the others. Measured: a third of the program's size.

use std::sync::Arc;

use chinwag_protocol::UserId;
use leptos::prelude::*;

use crate::state::Item;

/// A text that follows the state.
pub type Words = Box<dyn FnMut() -> String + Send>;
/// An attribute that follows the state, or is not there.
pub type Mark = Box<dyn FnMut() -> Option<&'static str> + Send>;
/// A part of the page that follows the state.
pub type Part = Box<dyn FnMut() -> AnyView + Send>;

/// A text, as an element's content or as an attribute.
pub fn words<T: Into<String>>(mut text: impl FnMut() -> T + Send + 'static) -> Words {
    Box::new(move || text().into())
}

/// An attribute.
pub fn mark(value: impl FnMut() -> Option<&'static str> + Send + 'static) -> Mark {
    Box::new(value)
}

/// An attribute that is `true` or not there (`aria-current`, `aria-invalid`, …).
pub fn flag(mut is: impl FnMut() -> bool + Send + 'static) -> Mark {
    mark(move || is().then_some("true"))
}

/// A part of the page. It is made anew whenever what it reads changes: it should read what changes seldom.
pub fn part(view: impl FnMut() -> AnyView + Send + 'static) -> Part {
    Box::new(view)
}

/// A part that is there while `when` says so, and is made anew only when that changes.
pub fn shown(
    when: impl Fn() -> bool + Send + Sync + 'static,
    view: impl Fn() -> AnyView + Send + 'static,
) -> Part {
    let when = known(when);
    part(move || if when.get() { view() } else { nothing() })
}

/// Whether something is so; who asks is told only when the answer changes.
pub fn known(is: impl Fn() -> bool + Send + Sync + 'static) -> Memo<bool> {
    let is: Box<dyn Fn() -> bool + Send + Sync> = Box::new(is);
    Memo::new(move |_| is())
}

/// A text; who asks is told only when it becomes another.
pub fn distinct(text: impl Fn() -> String + Send + Sync + 'static) -> Memo<String> {
    let text: Box<dyn Fn() -> String + Send + Sync> = Box::new(text);
    Memo::new(move |_| text())
}

/// Does something whenever what it reads changes.
pub fn follow(act: impl FnMut() + 'static) {
    let mut act: Box<dyn FnMut()> = Box::new(act);
    Effect::new(move |_| act());
}

/// What a line of a list stands for. One kind of list does for all.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Line {
    /// A person.
    Person(UserId),
    /// A message, or the line before a day.
    Item(Item),
    /// An arrival, by its number.
    Arrival(u64),
}

/// A list whose lines stay the same elements while others come and go.
pub fn list(
    lines: impl Fn() -> Vec<Line> + Send + Sync + 'static,
    view: impl Fn(Line) -> AnyView + Send + Sync + 'static,
) -> AnyView {
    let lines: Box<dyn Fn() -> Vec<Line> + Send + Sync> = Box::new(lines);
    let view: Arc<dyn Fn(Line) -> AnyView + Send + Sync> = Arc::new(view);
    view! { <For each=lines key=Clone::clone children=move |line| view(line) /> }.into_any()
}

/// No view.
pub fn nothing() -> AnyView {
    ().into_any()
}
