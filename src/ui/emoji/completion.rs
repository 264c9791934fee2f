//! Emoji that are typed as codes: after `:gri` those that fit are offered, and `:grin:` becomes one at once.
//!
//! The field keeps the focus and says which one Enter takes (ARIA, `aria-activedescendant`).

use std::cell::RefCell;
use std::rc::Rc;

use leptos::ev::{self, KeyboardEvent, MouseEvent};
use leptos::html::{ElementType, Textarea};
use leptos::prelude::*;
use leptos::tachys::renderer::types::Element;
use leptos::tachys::renderer::{CastFrom, Rndr};

use super::known::{Emoji, Known, Typed, typed};
use super::{COMPOSER, EMOJI, STYLE, remember, with_known};
use crate::state::State;
use crate::state::catalogue::text;
use crate::ui::live::{soon, words};
use crate::ui::pattern::Made;
use crate::ui::press::{Click, is_composing};
use crate::ui::styles::wear;

/// So many are offered.
const MOST: usize = 7;
/// The identity of their list.
const LIST: &str = "completion";
/// How the field tells of them.
const TELLS: [(&str, &str); 2] = [("aria-autocomplete", "list"), ("aria-controls", LIST)];
const ACTIVE: &str = "aria-activedescendant";

type Field = <Textarea as ElementType>::Output;

/// What is offered.
struct Offer {
    emoji: Rc<Vec<Emoji>>,
    chosen: RwSignal<usize>,
    /// How much of the text one of them takes the place of, in the units of the field.
    length: u32,
    list: Made,
}

thread_local! {
    /// The text that ended with a whole code and became another last. Who takes that back wants the code.
    static TURNED: RefCell<String> = const { RefCell::new(String::new()) };
    static OFFER: RefCell<Option<Offer>> = const { RefCell::new(None) };
}

/// Whether anything is offered.
pub(in crate::ui) fn is_open() -> bool {
    OFFER.with_borrow(Option::is_some)
}

/// Whether a text that is typed is any of this one's business.
pub(in crate::ui) fn concerns(text: &str) -> bool {
    text.contains(':') || is_open()
}

/// The text of the field has become another.
pub(in crate::ui) fn edited(state: State, owner: &Owner) {
    close();
    let Some((before, _)) = before_caret() else { return };
    if typed(&before).is_some() {
        let owner = owner.clone();
        with_known(state, move |known| {
            if let Some(known) = known {
                offer(state, &owner, &known);
            }
        });
    }
}

/// The field where one writes, if it has the focus.
fn field() -> Option<Field> {
    let field = document().query_selector("#composer:focus").ok().flatten()?;
    Field::cast_from(field)
}

/// What is before the caret; nothing where a part of the text is selected.
fn before_caret() -> Option<(String, Field)> {
    let field = field()?;
    let (from, to) = (field.selection_start().ok()??, field.selection_end().ok()??);
    let units = field.value().encode_utf16().take(usize::try_from(from).ok()?).collect::<Vec<_>>();
    (from == to).then(|| (String::from_utf16_lossy(&units), field))
}

fn offer(state: State, owner: &Owner, known: &Known) {
    close();
    let Some((before, field)) = before_caret() else { return };
    let fold = state.locale().fold;
    match typed(&before) {
        Some(Typed::Whole(code)) => {
            if let Some(emoji) = known.of_code(&fold(code)).cloned()
                && TURNED.replace(before.clone()) != before
            {
                let length = length(code) + 2;
                // Not while the field still tells of what was typed before.
                soon(move || take(state, &emoji, length));
            }
        }
        Some(Typed::Begun(code)) => {
            let found = known.find(&fold(code));
            let found =
                found.into_iter().take(MOST).filter_map(|place| known.all.get(place).cloned());
            let found: Rc<Vec<_>> = Rc::new(found.collect());
            if !found.is_empty() {
                open(state, owner, found, &field, length(code) + 1);
            }
        }
        None => {}
    }
}

fn length(text: &str) -> u32 {
    text.encode_utf16().fold(0, |length, _| length + 1)
}

fn open(state: State, owner: &Owner, emoji: Rc<Vec<Emoji>>, field: &Field, length: u32) {
    wear(state, &STYLE);
    let form = field.closest(".composer").ok().flatten();
    let chosen = RwSignal::new(0);
    let list = Made::of(owner, || list(state, &emoji, chosen));
    let (Some(form), Some(mut list)) = (form, list) else { return };
    // Beside the form, which cuts off what is larger than itself.
    let place = form.parent_element();
    let Some(place) = place else { return };
    list.mount(&place, Some(&form));
    for (name, value) in TELLS {
        Rndr::set_attribute(field, name, value);
    }
    Rndr::set_attribute(field, ACTIVE, &option_id(0));
    OFFER.set(Some(Offer { emoji, chosen, length, list }));
}

/// Offers nothing any more.
pub(in crate::ui) fn close() {
    let Some(offer) = OFFER.take() else { return };
    if let Some(field) = document().get_element_by_id(COMPOSER) {
        for (name, _) in TELLS {
            Rndr::remove_attribute(&field, name);
        }
        Rndr::remove_attribute(&field, ACTIVE);
    }
    // Not while one of its own handlers runs.
    soon(move || drop(offer.list));
}

fn option_id(place: usize) -> String {
    format!("{LIST}-{place}")
}

fn list(state: State, emoji: &Rc<Vec<Emoji>>, chosen: RwSignal<usize>) -> AnyView {
    let options = emoji.iter().enumerate().map(|(place, emoji)| {
        view! {
            <li
                id=option_id(place)
                class="option"
                role="option"
                aria-selected=words(move || if chosen.get() == place { "true" } else { "false" })
            >
                <span class="completion-emoji">{emoji.picture.clone()}</span>
                <span>{format!(":{}:", emoji.code)}</span>
                <bdi class="completion-name">{emoji.name.clone()}</bdi>
            </li>
        }
        .into_any()
    });
    let options: Vec<_> = options.collect();
    // The focus stays in the field.
    let held: Click = Box::new(|event: MouseEvent| event.prevent_default());
    let pointed: Click = Box::new(move |event: MouseEvent| {
        let target: Element = event_target(&event);
        let option = target.closest("[role=option]").ok().flatten();
        let place = option.and_then(|option| option.id().rsplit('-').next()?.parse().ok());
        if let Some(place) = place {
            choose(state, place);
        }
    });
    let gone = window_event_listener(ev::focusin, |event| {
        if event_target::<Element>(&event).id() != COMPOSER {
            close();
        }
    });
    on_cleanup(move || gone.remove());
    view! {
        <div class="completion">
            <ul
                id=LIST
                role="listbox"
                aria-label=text(EMOJI.title)
                on:mousedown=held
                on:click=pointed
            >
                {options}
            </ul>
        </div>
    }
    .into_any()
}

/// A key was pressed in the field while something is offered. Whether it is used up by that.
pub(in crate::ui) fn pressed(state: State, event: &KeyboardEvent) -> bool {
    let Some((count, chosen)) =
        OFFER.with_borrow(|offer| offer.as_ref().map(|offer| (offer.emoji.len(), offer.chosen)))
    else {
        return false;
    };
    if is_composing(event) {
        return false;
    }
    let now = chosen.get_untracked();
    let to = match event.key().as_str() {
        "ArrowDown" => (now + 1) % count,
        "ArrowUp" => (now + count - 1) % count,
        "Enter" | "Tab" if !event.shift_key() => {
            choose(state, now);
            return true;
        }
        "Escape" => {
            close();
            return true;
        }
        _ => return false,
    };
    chosen.set(to);
    if let Some(field) = field() {
        Rndr::set_attribute(&field, ACTIVE, &option_id(to));
    }
    true
}

fn choose(state: State, place: usize) {
    let chosen = OFFER.with_borrow(|offer| {
        let offer = offer.as_ref()?;
        Some((offer.emoji.get(place)?.clone(), offer.length))
    });
    close();
    if let Some((emoji, length)) = chosen {
        take(state, &emoji, length);
    }
}

/// Puts it in the place of its code.
fn take(state: State, emoji: &Emoji, length: u32) {
    state.type_in(COMPOSER, &emoji.picture, length);
    remember(state, emoji);
}
