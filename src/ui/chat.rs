//! The chat (guide: `ChatScreen`): people on one side, the open conversation on the other; one of both on a phone.

use leptos::ev;
use leptos::prelude::*;

use super::conversation::Conversation;
use super::icon::{LEAVE, icon};
use super::live::{distinct, known, words};
use super::press::{click, is_composing, tool};
use super::roster::Roster;
use super::rows;
use super::status::{Aloud, Connection, Notice, Trouble, Update};
use crate::state::catalogue::{filled, text};
use crate::state::session::{Command, Gate};
use crate::state::use_state;

/// The chat.
#[component]
pub fn Chat() -> impl IntoView {
    let state = use_state();
    let name = words(move || match &*state.gate().read() {
        Gate::Chat { me } => filled("chat.title", &[("name", &me.username)]),
        _ => String::new(),
    });
    let with = distinct(move || {
        let open = state.conversation();
        open.read().as_ref().map(|open| open.with.to_string()).unwrap_or_default()
    });
    let talking = known(move || !with.read().is_empty());
    // On the window: what had the focus may be gone, and a key then goes to nobody within the chat.
    let escape = window_event_listener(ev::keydown, move |event| {
        let leaves = event.key() == "Escape" && !is_composing(&event);
        if leaves && !with.read_untracked().is_empty() {
            // What takes long may be given up; the next one leaves.
            let open = state.conversation();
            let seeks = open.read_untracked().as_ref().is_some_and(|open| open.seeking.is_some());
            state.send(if seeks { Command::Stay } else { Command::Close });
        }
    });
    on_cleanup(move || {
        escape.remove();
        rows::forget();
    });
    view! {
        <div
            class="chat"
            data-page="chat"
            data-pane=words(move || if talking.get() { "conversation" } else { "people" })
        >
            <header class="topbar">
                <h1>{name}</h1>
                <Connection />
                {tool(
                    "tool leave",
                    text("logout"),
                    icon(LEAVE),
                    click(move || state.send(Command::SignOut)),
                )}
            </header>
            <Update />
            <Trouble />
            <Roster />
            <Conversation with=with />
            <Notice />
            <Aloud />
        </div>
    }
}
