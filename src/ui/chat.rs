//! The chat (guide: `ChatScreen`): people on one side, the open conversation on the other; one of both on a phone.

use leptos::ev;
use leptos::prelude::*;

use super::conversation::Conversation;
use super::dialog;
use super::icon::{LEAVE, SLIDERS, icon};
use super::keyboard;
use super::live::{distinct, known, words};
use super::press::{click, tool};
use super::roster::Roster;
use super::rows;
use super::settings::SETTINGS;
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
    let owner = Owner::current().unwrap_or_default();
    let below = owner.clone();
    let keys = window_event_listener(ev::keydown, move |event| {
        keyboard::pressed(state, &below, &event);
    });
    on_cleanup(move || {
        keys.remove();
        dialog::close();
        rows::forget();
    });
    view! {
        <main
            class="chat"
            data-page="chat"
            data-pane=words(move || if talking.get() { "conversation" } else { "people" })
        >
            <header class="topbar">
                <h1>{name}</h1>
                <Connection />
                {tool(
                    "tool",
                    text("settings"),
                    icon(SLIDERS),
                    click(move || dialog::open(&owner, &SETTINGS)),
                )}
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
        </main>
    }
}
