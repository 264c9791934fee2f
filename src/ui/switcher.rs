//! Going to somebody by name: a field, and below it the people whose names fit (ARIA Authoring Practices, combobox with a
//! list box).

use chinwag_protocol::UserId;
use leptos::ev::MouseEvent;
use leptos::html;
use leptos::prelude::*;

use super::avatar::{Avatar, Name};
use super::dialog::{self, Dialog};
use super::element_ref::ElementRef;
use super::keyboard::reveal;
use super::lines::Key;
use super::live::{follow, list, shown, words};
use super::pattern::Made;
use super::person;
use super::press::{Click, is_composing, key, typed};
use crate::state::catalogue::text;
use crate::state::session::Command;
use crate::state::{State, use_state};

/// So many are shown: who is further down is found by more letters.
const MOST: usize = 50;

/// The dialog.
pub(super) const SWITCHER: Dialog =
    Dialog { name: "switcher", title: "switcher.title", content: switcher };

fn switcher() -> AnyView {
    let state = use_state();
    let query = RwSignal::new(String::new());
    let found = RwSignal::new(Vec::<UserId>::new());
    // Whom Enter opens.
    let chosen = RwSignal::new(String::new());
    follow(move || {
        let now = fitting(state, &query.read());
        let stays = chosen.with_untracked(|chosen| now.iter().any(|id| id.as_str() == chosen));
        if !stays {
            chosen.set(now.first().map(|id| id.as_str().to_owned()).unwrap_or_default());
        }
        found.set(now);
    });
    follow(move || reveal(&option_id(&chosen.read())));
    let go = move |id: UserId| {
        dialog::close();
        state.send(Command::Open(id));
    };
    let pointed: Click = Box::new(move |event: MouseEvent| {
        if let Some(id) = person::whose(&event_target(&event)) {
            go(id);
        }
    });
    let keydown = key(move |event| {
        let key = event.key();
        if is_composing(&event) || !["ArrowUp", "ArrowDown", "Enter"].contains(&&*key) {
            return;
        }
        event.prevent_default();
        let now = found.get_untracked();
        let at = chosen.with_untracked(|chosen| now.iter().position(|id| id.as_str() == chosen));
        let Some(at) = at else { return };
        let to = match key.as_str() {
            "ArrowDown" => (at + 1) % now.len(),
            "ArrowUp" => (at + now.len() - 1) % now.len(),
            _ => return go(now[at].clone()),
        };
        chosen.set(now[to].as_str().to_owned());
    });
    let place = ElementRef::<html::Ul>::new();
    list(
        move || place.element(),
        move || found.get().into_iter().map(Key::Person).collect(),
        move |owner, key| match key {
            Key::Person(id) => Made::of(owner, || option(state, id, chosen)),
            Key::Item(_) | Key::Number(_) => None,
        },
    );
    let nobody = || view! { <p class="empty">{text("people.nobody-found")}</p> }.into_any();
    view! {
        <input
            id="switcher"
            class="switcher-field"
            type="text"
            role="combobox"
            aria-label=text("switcher.field")
            aria-autocomplete="list"
            aria-controls="switcher-list"
            aria-expanded=words(move || if found.read().is_empty() { "false" } else { "true" })
            aria-activedescendant=words(move || option_id(&chosen.read()))
            autocomplete="off"
            spellcheck="false"
            dir="auto"
            autofocus=true
            on:input=typed(move |text| {
                // The best of others, which fit now.
                chosen.set(String::new());
                query.set(text);
            })
            on:keydown=keydown
        />
        <ul
            id="switcher-list"
            class="options"
            role="listbox"
            aria-label=text("people")
            node_ref=place
            on:click=pointed
        ></ul>
        <div role="status">{shown(move || found.read().is_empty(), nobody)}</div>
    }
    .into_any()
}

/// Whose names fit, in the order of the list; those first whose names begin with it.
fn fitting(state: State, query: &str) -> Vec<UserId> {
    let fold = state.locale().fold;
    let query = fold(query.trim());
    let people = state.people();
    let people = people.read();
    let (mut first, mut after) = (Vec::new(), Vec::new());
    for id in people.recent.iter().chain(&people.others) {
        let name = fold(&state.person(id).read_untracked().name);
        if name.starts_with(&query) {
            first.push(id.clone());
        } else if name.contains(&query) {
            after.push(id.clone());
        }
    }
    first.append(&mut after);
    first.truncate(MOST);
    first
}

fn option(state: State, id: &UserId, chosen: RwSignal<String>) -> AnyView {
    let person = state.person(id);
    let whose = id.as_str().to_owned();
    let is_chosen = whose.clone();
    view! {
        <li
            id=option_id(&whose)
            class="option"
            role="option"
            data-user=whose
            aria-selected=words(move || if *chosen.read() == is_chosen { "true" } else { "false" })
        >
            <Avatar person=person.clone() />
            <Name person=person />
        </li>
    }
    .into_any()
}

/// What the row of somebody is called in the page; nothing for nobody.
fn option_id(person: &str) -> String {
    if person.is_empty() { String::new() } else { format!("switcher-{person}") }
}
