//! What on the page follows the state: texts, attributes, parts.
//!
//! Each closure has a type of its own, for which the compiler makes the whole machinery of a reactive view
//! anew; a boxed one shares it with all the others. Measured: a third of the program's size.

use leptos::prelude::*;
use leptos::reactive::graph::{Observer, Subscriber};
use leptos::tachys::renderer::types::Element;

use super::lines::{Content, Key, Lines};
use super::pattern::Made;

/// A text that follows the state.
pub type Words = Box<dyn FnMut() -> String + Send>;
/// An attribute that follows the state, or is not there.
pub type Mark = Box<dyn FnMut() -> Option<&'static str> + Send>;
/// A part of the page that follows the state.
pub type Part = Box<dyn FnMut() -> AnyView + Send>;

/// A text, as an element's content or as an attribute.
pub fn words<T: Into<String>>(mut text: impl FnMut() -> T + Send + 'static) -> Words {
    Box::new(move || {
        leaves();
        text().into()
    })
}

/// An attribute.
pub fn mark(mut value: impl FnMut() -> Option<&'static str> + Send + 'static) -> Mark {
    Box::new(move || {
        leaves();
        value()
    })
}

/// An attribute that is `true` or not there (`aria-current`, `aria-invalid`, …).
pub fn flag(mut is: impl FnMut() -> bool + Send + 'static) -> Mark {
    mark(move || is().then_some("true"))
}

/// A part of the page. It is made anew whenever what it reads changes: it should read what changes seldom.
pub fn part(mut view: impl FnMut() -> AnyView + Send + 'static) -> Part {
    Box::new(move || {
        leaves();
        view()
    })
}

/// A part that is there while `when` says so, and is made anew only when that changes.
pub fn shown(
    when: impl Fn() -> bool + Send + Sync + 'static,
    view: impl Fn() -> AnyView + Send + 'static,
) -> Part {
    fn shared(when: Memo<bool>, view: Box<dyn Fn() -> AnyView + Send>) -> Part {
        part(move || if when.get() { view() } else { nothing() })
    }
    shared(known(when), Box::new(view))
}

/// Whether something is so; who asks is told only when the answer changes.
pub fn known(is: impl Fn() -> bool + Send + Sync + 'static) -> Memo<bool> {
    fn shared(is: Box<dyn Fn() -> bool + Send + Sync>) -> Memo<bool> {
        Memo::new(move |_| {
            leaves();
            is()
        })
    }
    shared(Box::new(is))
}

/// A text; who asks is told only when it becomes another.
pub fn distinct(text: impl Fn() -> String + Send + Sync + 'static) -> Memo<String> {
    fn shared(text: Box<dyn Fn() -> String + Send + Sync>) -> Memo<String> {
        Memo::new(move |_| {
            leaves();
            text()
        })
    }
    shared(Box::new(text))
}

/// Does something whenever what it reads changes.
pub fn follow(act: impl FnMut() + 'static) {
    fn shared(mut act: Box<dyn FnMut()>) {
        Effect::new(move |_| {
            leaves();
            act();
        });
    }
    shared(Box::new(act));
}

/// Does something as soon as what happens now is done: before the next paint, and before anything else happens.
pub fn soon(act: impl FnOnce() + 'static) {
    fn shared(act: Box<dyn FnOnce()>) {
        queue_microtask(act);
    }
    shared(Box::new(act));
}

/// Does something with the next frame.
pub fn next_frame(act: impl FnOnce() + 'static) {
    fn shared(act: Box<dyn FnOnce()>) {
        request_animation_frame(act);
    }
    shared(Box::new(act));
}

type Place = Box<dyn Fn() -> Option<Element>>;
type Keys = Box<dyn Fn() -> Vec<Key>>;
type MakeLine = Box<dyn Fn(&Owner, &Key) -> Option<Made>>;

/// Draws a list into an element, as soon as that is there. Its lines stay the same elements while others come and go.
pub(super) fn list(
    place: impl Fn() -> Option<Element> + 'static,
    keys: impl Fn() -> Vec<Key> + 'static,
    make: impl Fn(&Owner, &Key) -> Option<Made> + 'static,
) {
    fn shared(place: Place, keys: Keys, make: MakeLine) {
        let Some(owner) = Owner::current() else { return };
        let mut lines = Lines::default();
        follow(move || {
            let Some(list) = place() else { return };
            lines.are(&list, &keys(), &|key: &Key| {
                // A line follows by itself what it shows; the list follows only who is in it.
                untrack(|| make(&owner, key)).map(Content::Other)
            });
        });
    }
    shared(Box::new(place), Box::new(keys), Box::new(make));
}

/// Whoever follows the state and ends is forgotten by what it has followed. By itself a signal would keep a little of each
/// for ever, and go through all of them at each change: a person who is looked at a hundred times would be slower each time.
fn leaves() {
    if let Some(me) = Observer::get() {
        on_cleanup(move || me.clear_sources(&me));
    }
}

/// No view.
pub fn nothing() -> AnyView {
    ().into_any()
}
