//! What keys do wherever one is in the chat, and the list of them.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use leptos::tachys::renderer::types::Element;

use super::dialog::{self, Dialog};
use super::person;
use super::press::is_composing;
use super::scroller::Scroller;
use super::switcher::SWITCHER;
use super::walk;
use crate::state::catalogue::text;
use crate::state::session::Command;
use crate::state::{Setting, State, use_state};

/// The question mark of the languages that there are words in.
const HELPS: [&str; 3] = ["?", "؟", "？"];
/// Where one types or chooses: there, letters and arrows are the field's own.
const FIELDS: &str = "input, select, textarea";
const COMPOSER: &str = "#composer";

/// The list of shortcuts.
pub(super) const HELP: Dialog = Dialog { name: "help", title: "help.title", content: help };

/// Whether a key is held with another.
pub(super) fn is_held(event: &KeyboardEvent, key: &str) -> bool {
    event.get_modifier_state(key)
}

/// Whether Ctrl is held, or ⌘ where there is one.
pub(super) fn is_command(event: &KeyboardEvent) -> bool {
    is_held(event, "Control") || is_held(event, "Meta")
}

/// A key was pressed anywhere in the chat.
pub(super) fn pressed(state: State, owner: &Owner, event: &KeyboardEvent) {
    let key = event.key();
    if is_composing(event) {
        // The input method's own. WebKit would close the dialog by it.
        if key == "Escape" && dialog::is_open() {
            event.prevent_default();
        }
        return;
    }
    let alone = key == "Escape" || HELPS.contains(&&*key);
    if (alone || is_command(event) || is_held(event, "Alt")) && acts(state, owner, event, &key) {
        event.prevent_default();
    }
}

/// Does what the key is for, if it is for anything.
fn acts(state: State, owner: &Owner, event: &KeyboardEvent, key: &str) -> bool {
    let target: Element = event_target(event);
    if key == "Escape" {
        return dialog::close() || walk::leaves(&target) || leaves(state);
    }
    let (command, alt) = (is_command(event), is_held(event, "Alt"));
    let within = |places| target.closest(places).ok().flatten().is_some();
    // By its place where the letters are others than these.
    let k = key.eq_ignore_ascii_case("k") || !key.is_ascii() && event.code() == "KeyK";
    if dialog::is_open() {
        // The browser's own would be something else.
        return command && !alt && k;
    }
    if command && !alt && k {
        dialog::open(owner, &SWITCHER);
    } else if !command && HELPS.contains(&key) && !within(FIELDS) {
        dialog::open(owner, &HELP);
    } else if alt
        && !command
        && matches!(key, "ArrowUp" | "ArrowDown")
        && (within(COMPOSER) || !within(FIELDS))
    {
        step(state, key == "ArrowDown");
    } else {
        return false;
    }
    true
}

/// Gives up what takes long; the next time it leaves the conversation.
fn leaves(state: State) -> bool {
    let open = state.conversation();
    let seeks = open.read_untracked().as_ref().map(|open| open.seeking.is_some());
    let Some(seeks) = seeks else { return false };
    state.send(if seeks { Command::Stay } else { Command::Close });
    true
}

/// Opens the conversation after or before the open one, in the order of the list.
fn step(state: State, down: bool) {
    let open = state.conversation();
    let with = open.read_untracked().as_ref().map(|open| open.with.clone());
    let to = {
        let people = state.people();
        let people = people.read_untracked();
        let all = || people.recent.iter().chain(&people.others);
        let at = with.and_then(|with| all().position(|id| *id == with));
        let to = match (at, down) {
            (None, true) => Some(0),
            (None, false) => all().count().checked_sub(1),
            (Some(at), true) => at.checked_add(1),
            (Some(at), false) => at.checked_sub(1),
        };
        to.and_then(|to| all().nth(to)).cloned()
    };
    if let Some(to) = to {
        reveal(&person::button_id(to.as_str()));
        state.send(Command::Open(to));
    }
}

/// Scrolls its list to this element, where it is out of sight.
pub(super) fn reveal(id: &str) {
    let Some(element) = document().get_element_by_id(id) else { return };
    let Ok(Some(list)) = element.closest(".roster-list, .options") else { return };
    let (row, view) = (element.get_bounding_client_rect(), list.get_bounding_client_rect());
    let above = row.top() < view.top();
    if above || row.bottom() > view.bottom() {
        element.scroll_into_view_with_bool(above);
    }
}

/// Where nothing is typed, the keys that move within a text move through the messages, and one of them goes there.
pub(super) fn scroll(state: State, scroller: Scroller, event: &KeyboardEvent) {
    let Some(list) = scroller.list.get_untracked() else { return };
    let screen = list.client_height() * 9 / 10;
    let key = event.key();
    let to = match key.as_str() {
        "PageUp" => list.scroll_top() - screen,
        "PageDown" => list.scroll_top() + screen,
        "Home" | "ArrowUp" => 0,
        "End" => i32::MAX,
        _ => return,
    };
    if is_composing(event) || is_held(event, "Alt") || !event_target_value(event).is_empty() {
        return;
    }
    event.prevent_default();
    if key == "ArrowUp" {
        walk::to_the_last(scroller);
    } else if to == i32::MAX {
        scroller.follow(state);
    } else {
        list.set_scroll_top(to);
    }
}

fn help() -> AnyView {
    let enter = text("help.keys.enter");
    let sends = (use_state().settings().chosen)(Setting::Enter).is_empty();
    let (send, line) = if sends {
        (enter, text("help.keys.shift-enter"))
    } else {
        (text("help.keys.control-enter"), enter)
    };
    let all = [
        (text("help.keys.switch"), text("help.switch")),
        (text("help.keys.previous"), text("help.previous")),
        (text("help.keys.next"), text("help.next")),
        (send, text("help.send")),
        (line, text("help.line")),
        (text("help.keys.emoji"), text("help.emoji")),
        (text("help.keys.scroll"), text("help.scroll")),
        (text("help.keys.walk"), text("help.walk")),
        (text("help.keys.within"), text("help.within")),
        (text("help.keys.close"), text("help.close")),
        (text("help.keys.help"), text("help.help")),
    ];
    let lines = all.map(|(keys, what)| {
        view! {
            <div class="shortcut">
                <dt dir="ltr">{caps(keys)}</dt>
                <dd>{what}</dd>
            </div>
        }
        .into_any()
    });
    // Who has no mouse scrolls it by this.
    view! { <dl class="shortcuts" tabindex="0">{Vec::from(lines)}</dl> }.into_any()
}

/// Keys as they look: several at once, or one or the other (`Ctrl+K / ⌘+K`).
fn caps(keys: &'static str) -> Vec<AnyView> {
    let mut caps = Vec::new();
    for (place, keys) in keys.split(" / ").enumerate() {
        if place > 0 {
            caps.push(" / ".into_any());
        }
        let keys: Vec<_> =
            keys.split('+').map(|key| view! { <kbd>{key}</kbd> }.into_any()).collect();
        caps.push(view! { <span class="keys">{keys}</span> }.into_any());
    }
    caps
}
