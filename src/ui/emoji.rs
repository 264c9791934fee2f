//! Choosing an emoji: a field to look for it, and below it all there are, in their groups (ARIA Authoring Practices, combobox with a
//! list box). What is known of them comes as a file of its own when it is first wanted.

pub(super) mod completion;
mod known;

use std::cell::RefCell;
use std::rc::Rc;

use leptos::ev::{KeyboardEvent, MouseEvent};
use leptos::html;
use leptos::prelude::*;
use leptos::tachys::renderer::Rndr;
use leptos::tachys::renderer::types::Element;

use super::dialog::{self, Dialog};
use super::element_ref::ElementRef;
use super::live::{follow, part, words};
use super::pattern::copy;
use super::press::{Click, button, click, is_composing, key, typed};
use super::status::Spinner;
use super::styles::{EMOJI as STYLE, wear};
use super::walk::{children, is_right_to_left};
use crate::state::catalogue::text;
use crate::state::{Setting, State, use_state};
use known::{Emoji, Known};

/// Where one writes.
const COMPOSER: &str = "composer";
/// So many that fit are shown: who looks for others types more.
const MOST: usize = 120;
/// No line has more.
const LINE: usize = 24;
/// So many that were chosen last are shown first.
const RECENT: usize = 24;
/// The names of the groups, as keys of words.
const GROUPS: [(&str, &str); 9] = [
    ("smileys", "emoji.smileys"),
    ("people", "emoji.people"),
    ("animals", "emoji.animals"),
    ("food", "emoji.food"),
    ("travel", "emoji.travel"),
    ("activities", "emoji.activities"),
    ("objects", "emoji.objects"),
    ("symbols", "emoji.symbols"),
    ("flags", "emoji.flags"),
];
/// The mark of an option, with its place among all.
const PLACE: &str = "data-emoji";
const SELECTED: &str = "aria-selected";

/// The dialog.
pub(super) const EMOJI: Dialog = Dialog { name: "emoji", title: "emoji.title", content: picker };

thread_local! {
    static KNOWN: RefCell<Option<Rc<Known>>> = const { RefCell::new(None) };
}

/// Does something with all that are known, once they are there; `None` where they cannot be had.
fn with_known(state: State, then: impl FnOnce(Option<Rc<Known>>) + 'static) {
    if let Some(known) = KNOWN.with_borrow(Clone::clone) {
        return then(Some(known));
    }
    state.load_emoji(move |file| {
        let known = file.and_then(|file| Known::read(&file, state.locale().fold)).map(Rc::new);
        KNOWN.set(known.clone());
        then(known);
    });
}

/// What the list shows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stand {
    Loading,
    Failed,
    Ready,
}

fn picker() -> AnyView {
    let state = use_state();
    wear(state, &STYLE);
    let known = StoredValue::new_local(None::<Rc<Known>>);
    let stand = RwSignal::new(Stand::Loading);
    let load = move || {
        stand.set(Stand::Loading);
        with_known(state, move |all| {
            let now = if all.is_some() { Stand::Ready } else { Stand::Failed };
            // The dialog may be closed by now.
            if known.try_set_value(all).is_none() {
                stand.set(now);
            }
        });
    };
    load();
    let query = RwSignal::new(String::new());
    let none = RwSignal::new(false);
    // The identity of the option that Enter takes.
    let chosen = RwSignal::new(String::new());
    let place = ElementRef::<html::Div>::new();
    follow(move || {
        let query = query.get();
        let (Stand::Ready, Some(place)) = (stand.get(), place.element()) else { return };
        let Some(known) = known.get_value() else { return };
        let sections = sections(state, &known, query.trim());
        none.set(sections.iter().all(|(_, places)| places.is_empty()));
        draw(&place, &known, &sections);
        choose(&place, chosen, options(&place).first());
    });
    let take = move |option: &Element| {
        let at = option.get_attribute(PLACE).and_then(|at| at.parse::<usize>().ok());
        let emoji = at.and_then(|at| known.get_value()?.all.get(at).cloned());
        if let Some(emoji) = emoji {
            dialog::close();
            take(state, &emoji);
        }
    };
    let pointed: Click = Box::new(move |event: MouseEvent| {
        let target: Element = event_target(&event);
        if let Ok(Some(option)) = target.closest("[role=option]") {
            take(&option);
        }
    });
    let keydown = key(move |event: KeyboardEvent| {
        let Some(place) = place.element().filter(|_| !is_composing(&event)) else { return };
        let options = options(&place);
        let now = options.iter().position(|option| option.id() == *chosen.read_untracked());
        let Some(now) = now else { return };
        let key = event.key();
        if key == "Enter" {
            event.prevent_default();
            take(&options[now]);
        } else if let Some(to) = step(&options, now, &key) {
            event.prevent_default();
            choose(&place, chosen, options.get(to));
        }
    });
    view! {
        <input
            id="emoji-field"
            class="switcher-field"
            type="text"
            role="combobox"
            aria-label=text("emoji.field")
            placeholder=text("emoji.field")
            aria-autocomplete="list"
            aria-controls="emoji-list"
            aria-expanded=words(move || if chosen.read().is_empty() { "false" } else { "true" })
            aria-activedescendant=words(move || chosen.get())
            autocomplete="off"
            spellcheck="false"
            dir="auto"
            autofocus=true
            on:input=typed(move |text| query.set((state.locale().fold)(&text)))
            on:keydown=keydown
        />
        <div
            id="emoji-list"
            class="emoji-list"
            role="listbox"
            aria-label=text("emoji.title")
            node_ref=place
            on:click=pointed
        ></div>
        <div class="emoji-state" role="status">
            {part(move || match stand.get() {
                Stand::Loading => view! { <Spinner label=text("emoji.loading") /> }.into_any(),
                Stand::Failed => view! {
                    <p>{text("emoji.failed")}</p>
                    {button("button small", text("try-again"), click(load))}
                }
                .into_any(),
                Stand::Ready if none.get() => view! { <p>{text("emoji.none")}</p> }.into_any(),
                Stand::Ready => {
                    let name = move || {
                        let at = chosen.read().rsplit('-').next().and_then(|at| at.parse::<usize>().ok());
                        let known = known.get_value();
                        let emoji = at.and_then(|at| known.as_ref()?.all.get(at));
                        emoji.map(named).unwrap_or_default()
                    };
                    // For the eyes: who hears the page hears the option itself.
                    view! { <p aria-hidden="true">{words(name)}</p> }.into_any()
                }
            })}
        </div>
    }
    .into_any()
}

/// Types it, and remembers that it was wanted.
fn take(state: State, emoji: &Emoji) {
    state.type_in(COMPOSER, &emoji.picture, 0);
    remember(state, emoji);
}

fn remember(state: State, emoji: &Emoji) {
    let settings = state.settings();
    let before = (settings.chosen)(Setting::Emoji);
    let others = before.split(' ').filter(|other| !other.is_empty() && *other != emoji.picture);
    let all: Vec<_> = std::iter::once(&*emoji.picture).chain(others).take(RECENT).collect();
    (settings.choose)(Setting::Emoji, &all.join(" "));
}

/// What is shown: the words of each heading, and the places of what is below it.
fn sections(state: State, known: &Known, query: &str) -> Vec<(&'static str, Vec<usize>)> {
    if !query.is_empty() {
        let mut found = known.find(query);
        found.truncate(MOST);
        return vec![(text("emoji.found"), found)];
    }
    let recent = (state.settings().chosen)(Setting::Emoji);
    let place = |picture: &str| known.all.iter().position(|emoji| emoji.picture == picture);
    let mut sections = vec![(text("emoji.recent"), recent.split(' ').filter_map(place).collect())];
    for (number, (group, start)) in known.groups.iter().enumerate() {
        let end = known.groups.get(number + 1).map_or(known.all.len(), |(_, start)| *start);
        let title = GROUPS.iter().find(|(name, _)| name == group).map(|(_, key)| text(key));
        sections.push((title.unwrap_or_default(), (*start..end).collect()));
    }
    sections
}

/// Its name and its code. That is written from the left in every language (Unicode, UAX #9: an isolate).
fn named(emoji: &Emoji) -> String {
    format!("{} \u{2066}:{}:\u{2069}", emoji.name, emoji.code)
}

/// Draws them anew: copies, since there are near two thousand.
fn draw(list: &Element, known: &Known, sections: &[(&'static str, Vec<usize>)]) {
    list.set_text_content(None);
    for (number, (title, places)) in sections.iter().enumerate() {
        if places.is_empty() {
            continue;
        }
        let group = Rndr::create_element("div", None);
        Rndr::set_attribute(&group, "role", "group");
        Rndr::set_attribute(&group, "class", "emoji-group");
        Rndr::set_attribute(&group, "aria-label", title);
        for place in places {
            let Some(emoji) = known.all.get(*place) else { continue };
            let option = copy("emoji", &|| {
                view! { <div class="emoji" role="option" aria-selected="false"></div> }.into_any()
            });
            let Some(option) = option else { continue };
            // One that was chosen last stands in its own group too.
            Rndr::set_attribute(&option, "id", &format!("emoji-{number}-{place}"));
            Rndr::set_attribute(&option, PLACE, &place.to_string());
            Rndr::set_attribute(&option, "aria-label", &emoji.name);
            Rndr::set_attribute(&option, "title", &named(emoji));
            option.set_text_content(Some(&emoji.picture));
            Rndr::insert_node(&group, &option, None);
        }
        Rndr::insert_node(list, &group, None);
    }
}

fn options(list: &Element) -> Vec<Element> {
    children(list).iter().flat_map(|group| children(group)).collect()
}

/// Marks the one that Enter takes, and brings it into view.
fn choose(list: &Element, chosen: RwSignal<String>, option: Option<&Element>) {
    let before = list.query_selector("[aria-selected=true]").ok().flatten();
    if let Some(before) = before {
        Rndr::set_attribute(&before, SELECTED, "false");
    }
    if let Some(option) = option {
        Rndr::set_attribute(option, SELECTED, "true");
        let (row, view) = (option.get_bounding_client_rect(), list.get_bounding_client_rect());
        if row.top() < view.top() || row.bottom() > view.bottom() {
            option.scroll_into_view_with_bool(row.top() < view.top());
        }
    }
    chosen.set(option.map(Element::id).unwrap_or_default());
}

/// Where an arrow leads: to the neighbour, or to the one that is nearest in the next line.
fn step(options: &[Element], now: usize, key: &str) -> Option<usize> {
    let place = |at: usize| {
        let place = options[at].get_bounding_client_rect();
        (place.left(), place.top())
    };
    let (left, top) = place(now);
    let nearest = |line: usize| {
        let is_in_line = |at: &usize| (place(*at).1 - place(line).1).abs() < 1.0;
        let away = |at: &usize| (place(*at).0 - left).abs();
        let around = line.saturating_sub(LINE)..(line + LINE).min(options.len());
        around.filter(is_in_line).min_by(|one, other| away(one).total_cmp(&away(other)))
    };
    let to = match key {
        "ArrowLeft" | "ArrowRight" => {
            let onward = (key == "ArrowRight") != is_right_to_left();
            if onward { now.checked_add(1) } else { now.checked_sub(1) }
        }
        "ArrowDown" => (now..options.len()).find(|at| place(*at).1 > top + 1.0).and_then(nearest),
        "ArrowUp" => (0..now).rev().find(|at| place(*at).1 < top - 1.0).and_then(nearest),
        _ => None,
    };
    to.filter(|to| *to < options.len())
}
