//! Dialogs, one at a time: the browser's own `<dialog>`, which keeps the focus within and brings it back where it was.
//!
//! One is made when it opens and is gone when it closes: what is in it costs nothing before.

use std::cell::RefCell;

use leptos::ev::{Event, MouseEvent};
use leptos::html::{self, ElementType};
use leptos::prelude::*;
use leptos::tachys::renderer::CastFrom;
use leptos::tachys::renderer::types::Element;

use super::icon::{CLOSE, icon};
use super::live::soon;
use super::pattern::Made;
use super::press::{click, tool};
use super::styles::{DIALOGS, wear};
use crate::state::catalogue::text;
use crate::state::use_state;

/// Where dialogs are in the page: they go with the chat.
const PLACE: &str = ".chat";

type Modal = <html::Dialog as ElementType>::Output;

/// A dialog that can be opened.
pub(super) struct Dialog {
    /// Its name, for style sheets and tests.
    pub(super) name: &'static str,
    /// The key of its heading.
    pub(super) title: &'static str,
    /// What is in it.
    pub(super) content: fn() -> AnyView,
}

/// The one that is open.
struct Open {
    modal: Modal,
    made: Made,
    /// Below whom it was made.
    owner: Owner,
}

thread_local! {
    static OPEN: RefCell<Option<Open>> = const { RefCell::new(None) };
}

/// Opens a dialog below this owner, instead of one that is open.
pub(super) fn open(owner: &Owner, dialog: &'static Dialog) {
    close();
    wear(owner.with(use_state), &DIALOGS);
    let made = Made::of(owner, || draw(dialog));
    let place = document().query_selector(PLACE).ok().flatten();
    let (Some(mut made), Some(place)) = (made, place) else { return };
    made.mount(&place, None);
    let Some(modal) = Modal::cast_from(made.element.clone()) else { return };
    // Where the browser has no dialogs it stands below the chat, and can be used all the same.
    let _ = modal.show_modal();
    OPEN.set(Some(Open { modal, made, owner: owner.clone() }));
}

/// Opens another one instead of the one that is open.
pub(super) fn instead(dialog: &'static Dialog) {
    if let Some(owner) = OPEN.with_borrow(|open| open.as_ref().map(|open| open.owner.clone())) {
        open(&owner, dialog);
    }
}

/// Whether one is open.
pub(super) fn is_open() -> bool {
    OPEN.with_borrow(Option::is_some)
}

/// Closes the one that is open; whether there was any.
pub(super) fn close() -> bool {
    let Some(open) = OPEN.take() else { return false };
    open.modal.close();
    // Not while one of its own handlers runs.
    soon(move || drop(open.made));
    true
}

fn draw(dialog: &Dialog) -> AnyView {
    // Who selects a text and lets go outside wants to stay.
    let outside = StoredValue::new(false);
    let press = move |event: MouseEvent| outside.set_value(is_outside(&event));
    let release = move |event: MouseEvent| {
        if outside.get_value() && is_outside(&event) {
            close();
        }
    };
    // The browser closes it too, by a gesture for instance. It tells so late: another one may be open then.
    let closed = move |event: Event| {
        if event_target::<Element>(&event).is_connected() {
            close();
        }
    };
    let leave = click(|| {
        close();
    });
    view! {
        <dialog
            class="dialog"
            data-dialog=dialog.name
            aria-labelledby="dialog-title"
            on:mousedown=press
            on:click=release
            on:close=closed
        >
            <div class="dialog-sheet">
                <header class="dialog-head">
                    <h2 id="dialog-title">{text(dialog.title)}</h2>
                    {tool("tool", text("close"), icon(CLOSE), leave)}
                </header>
                <div class="dialog-body">{(dialog.content)()}</div>
            </div>
        </dialog>
    }
    .into_any()
}

/// Whether it happens on what is around a dialog, which is the dialog itself to the browser.
fn is_outside(event: &MouseEvent) -> bool {
    let target: Element = event_target(event);
    target.tag_name().eq_ignore_ascii_case("dialog")
}
