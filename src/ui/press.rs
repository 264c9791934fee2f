//! Buttons, and what the hands do: one type for each kind of event, so that all handlers share its machinery.

use leptos::ev::{Event, KeyboardEvent, MouseEvent, SubmitEvent};
use leptos::prelude::*;

/// What a click does.
pub type Click = Box<dyn FnMut(MouseEvent)>;

/// Does this at each click.
pub fn click(mut act: impl FnMut() + 'static) -> Click {
    Box::new(move |_| act())
}

/// Does this with each key.
pub fn key(act: impl FnMut(KeyboardEvent) + 'static) -> Box<dyn FnMut(KeyboardEvent)> {
    Box::new(act)
}

/// Does this with the text of a field whenever it becomes another.
pub fn typed(mut act: impl FnMut(String) + 'static) -> Box<dyn FnMut(Event)> {
    Box::new(move |event| act(event_target_value(&event)))
}

/// Does this whenever it happens, whatever it is.
pub fn happened(mut act: impl FnMut() + 'static) -> Box<dyn FnMut(Event)> {
    Box::new(move |_| act())
}

/// Does this instead of sending a form, which would load the page anew.
pub fn submitted(mut act: impl FnMut() + 'static) -> Box<dyn FnMut(SubmitEvent)> {
    Box::new(move |event: SubmitEvent| {
        event.prevent_default();
        act();
    })
}

/// A button with words.
pub fn button(class: &'static str, words: &'static str, act: Click) -> AnyView {
    view! { <button class=class type="button" on:click=act>{words}</button> }.into_any()
}

/// A button with an icon, and words for who cannot see it.
pub fn tool(class: &'static str, words: &'static str, icon: AnyView, act: Click) -> AnyView {
    view! {
        <button class=class type="button" title=words aria-label=words on:click=act>
            {icon}
        </button>
    }
    .into_any()
}
