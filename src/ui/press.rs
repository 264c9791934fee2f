//! Buttons, and what the hands do: one type for each kind of event, so that all handlers share its machinery.

use leptos::ev::{Event, KeyboardEvent, MouseEvent, SubmitEvent};
use leptos::prelude::*;

/// The key code of every key that an input method uses up (UI Events §7.3.1). Safari ends a composition
/// before it tells of the key, so that `isComposing` alone does not do.
const IME: u32 = 229;
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

/// Whether a key belongs to an input method, which is composing a text with it.
pub fn is_composing(event: &KeyboardEvent) -> bool {
    event.is_composing() || event.key_code() == IME
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
