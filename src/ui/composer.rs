//! Where one writes (guide: `MessageInput`).

use std::ops::Deref;

use chinwag_protocol::UserId;
use leptos::html::{ElementType, Textarea};
use leptos::prelude::*;

use super::dialog;
use super::element_ref::ElementRef;
use super::emoji::{EMOJI, completion};
use super::icon::{SEND, SMILE, icon};
use super::keyboard;
use super::limit;
use super::live::{follow, mark, words};
use super::press::{click, is_composing, key, submitted, tool, typed};
use super::scroller::Scroller;
use crate::state::catalogue::text;
use crate::state::session::Command;
use crate::state::{Setting, use_state};

/// Up to this width the page is a phone's, whose keyboard should not jump up by itself (`style/layout.css`).
const PHONE: f64 = 720.0;

type Field = <<Textarea as ElementType>::Output as Deref>::Target;

/// What makes a field as high as its text, in browsers that know it.
const SIZING: &str = "field-sizing";

/// The text field and the send button. To whom it sends is fixed when it is made, so that what was typed
/// to one person cannot go to another.
#[component]
pub fn Composer(
    /// To whom; nobody disables it.
    to: Option<UserId>,
    /// The conversation's scrolling: it follows what one sends.
    scroller: Scroller,
) -> impl IntoView {
    let state = use_state();
    let disabled = to.is_none();
    let to = StoredValue::new(to);
    let field = ElementRef::<Textarea>::new();
    let empty = RwSignal::new(true);
    // Where a field is not as high as its lines by itself, a copy of the text behind it makes it so (`style/composer.css`).
    let copied = StoredValue::new(false);
    let copy = RwSignal::new(String::new());
    let owner = StoredValue::new(Owner::current().unwrap_or_default());
    let is = move |now: &str| {
        let is_empty = now.trim().is_empty();
        if empty.get_untracked() != is_empty {
            empty.set(is_empty);
        }
        if copied.get_value() {
            copy.set(now.to_owned());
        }
        if limit::concerns(now) {
            owner.with_value(|owner| limit::edited(state, owner, now));
        }
        if completion::concerns(now) {
            owner.with_value(|owner| completion::edited(state, owner));
        }
    };
    let draft = move || {
        let conversation = state.conversation();
        conversation.read_untracked().as_ref().map(|open| open.draft.clone()).unwrap_or_default()
    };
    follow(move || {
        let Some(field) = field.get().filter(|_| !disabled) else { return };
        let style = Field::style(&field);
        let _ = style.set_property(SIZING, "content");
        copied.set_value(style.get_property_value(SIZING).is_ok_and(|known| known.is_empty()));
        let draft = draft();
        field.set_value(&draft);
        is(&draft);
        let wide = window().inner_width().ok().and_then(|width| width.as_f64());
        let wide = wide.is_some_and(|width| width > PHONE);
        // At once: the next key may come before the next frame.
        let list = scroller.list.get_untracked();
        let _ = if wide { Some(field.focus()) } else { list.map(|list| list.focus()) };
    });
    let edited = move |text: String| {
        is(&text);
        if let Some(to) = to.get_value() {
            state.send(Command::Edit { to, text });
        }
    };
    let send = move || {
        let (Some(field), Some(to)) = (field.get_untracked(), to.get_value()) else { return };
        let text = field.value();
        if text.trim().is_empty() || limit::concerns(&text) && limit::is_exceeded(state, &text) {
            return;
        }
        field.set_value("");
        is("");
        state.send(Command::Send { to, text });
        scroller.follow(state);
        let _ = field.focus();
    };
    let keydown = key(move |event| {
        if completion::is_open() && completion::pressed(state, &event) {
            event.prevent_default();
            event.stop_propagation();
        } else if event.key() == "Enter" {
            let sends = || (state.settings().chosen)(Setting::Enter).is_empty();
            if !event.shift_key()
                && !is_composing(&event)
                && (sends() || keyboard::is_command(&event))
            {
                event.prevent_default();
                send();
            }
        } else if empty.get_untracked() {
            keyboard::scroll(state, scroller, &event);
        }
    });
    let open = click(move || owner.with_value(|owner| dialog::open(owner, &EMOJI)));
    view! {
        <form
            class="composer"
            on:submit=submitted(send)
        >
            <div class="composer-field" data-text=words(move || copy.get())>
                <textarea
                    id="composer"
                    rows="1"
                    dir="auto"
                    autocomplete="off"
                    aria-label=text("composer.label")
                    placeholder=text(if disabled { "composer.nobody" } else { "composer.placeholder" })
                    disabled=disabled
                    node_ref=field
                    on:input=typed(edited)
                    on:keydown=keydown
                ></textarea>
            </div>
            {tool("tool emoji-tool", text("emoji.title"), icon(SMILE), open)}
            <button
                class="send"
                type="submit"
                aria-label=text("composer.send")
                title=text("composer.send")
                disabled=mark(move || (disabled || empty.get()).then_some(""))
            >
                {icon(SEND)}
            </button>
        </form>
    }
}
