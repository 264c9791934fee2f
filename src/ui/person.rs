//! One person in a list: who, whether they are there, and what was said last. A copy of a pattern ([`super::pattern`]) with
//! one effect: a list draws dozens of people at the start.

use chinwag_protocol::UserId;
use leptos::prelude::*;
use leptos::tachys::renderer::types::{Element, Node};
use leptos::tachys::renderer::{CastFrom, Rndr};

use super::avatar::{Face, blank};
use super::live::follow;
use super::pattern::{Made, copy, first, next, write};
use super::words as say;
use crate::state::catalogue::filled;
use crate::state::session::PersonView;
use crate::state::{Locale, State};

/// What tells that a person's conversation is the open one.
pub(super) const CURRENT: &str = "aria-current";
/// Where a person's row says whose it is.
const WHOSE: &str = "data-user";

fn row_pattern() -> AnyView {
    view! {
        <li>
            <button class="person" type="button">
                <span class="avatar" aria-hidden="true">{blank()}</span>
                <span class="person-name"><bdi>" "</bdi></span>
                <span class="person-at">" "</span>
                <span class="visually-hidden">" "</span>
                <span class="person-line" dir="auto">" "</span>
            </button>
        </li>
    }
    .into_any()
}

fn badge_pattern() -> AnyView {
    view! {
        <span class="badge">
            <span aria-hidden="true">" "</span>
            <span class="visually-hidden">" "</span>
        </span>
    }
    .into_any()
}

/// The row of a person, which follows what becomes of them.
pub(super) fn row(state: State, id: &UserId, owner: &Owner) -> Option<Made> {
    let li = copy("person", &row_pattern)?;
    let button = Element::cast_from(first(&li)?)?;
    let id_text = id.as_str();
    Rndr::set_attribute(&button, "id", &button_id(id_text));
    Rndr::set_attribute(&button, WHOSE, id_text);
    if state.conversation().read_untracked().as_ref().is_some_and(|open| open.with == *id) {
        Rndr::set_attribute(&button, CURRENT, "true");
    }
    let person = state.person(id);
    let mut row = Row { button, face: Face::default(), shown: Shown::default() };
    let becomes = move || {
        row.becomes(&person.read(), state.locale());
    };
    Some(Made::copy(li, owner, || follow(becomes)))
}

/// What the button of somebody's row is called in the page.
pub(super) fn button_id(person: &str) -> String {
    format!("person-{person}")
}

/// Whose row this element is in.
pub(super) fn whose(element: &Element) -> Option<UserId> {
    let row = element.closest("[data-user]").ok()??;
    row.get_attribute(WHOSE).map(UserId::from)
}

struct Row {
    button: Element,
    face: Face,
    shown: Shown,
}

/// What of a person is told in words.
#[derive(Default)]
struct Shown {
    /// The name, when something was said, presence, and what was said: in the order of the pattern.
    texts: [String; 4],
    /// What the last of them is, if it is not what was said.
    mark: Option<&'static str>,
    unread: u64,
}

impl Shown {
    fn of(person: &PersonView, locale: Locale) -> Self {
        let line = match (person.typing, &person.preview) {
            (true, _) => say::typing(&person.name),
            (false, _) if !person.draft.is_empty() => {
                filled("message.draft", &[("text", &person.draft)])
            }
            (false, Some((true, text))) => filled("message.mine", &[("text", text)]),
            (false, Some((false, text))) => text.clone(),
            (false, None) => say::presence(person.online).to_owned(),
        };
        // Where the line below the name tells something else, presence is only a dot: said for who cannot see it.
        let draft = !person.draft.is_empty() && !person.typing;
        let elsewhere = person.typing || draft || person.preview.is_some();
        let presence = if elsewhere { say::presence(person.online) } else { "" }.to_owned();
        let at = person.at.map(locale.brief).unwrap_or_default();
        let texts = [say::name(&person.name).to_owned(), at, presence, line];
        let mark = match (person.typing, draft) {
            (true, _) => Some("typing"),
            (false, true) => Some("draft"),
            (false, false) => None,
        };
        Self { texts, mark, unread: person.unread }
    }
}

impl Row {
    /// It shows this now. Only what differs is touched.
    fn becomes(&mut self, person: &PersonView, locale: Locale) -> Option<()> {
        let avatar = first(&self.button)?;
        let name = next(&avatar)?;
        let at = next(&name)?;
        let presence = next(&at)?;
        let line = next(&presence)?;
        self.face.shows(&Element::cast_from(avatar)?, person);
        let now = Shown::of(person, locale);
        let before = std::mem::replace(&mut self.shown, now);
        let now = &self.shown;
        let places = [&first(&name)?, &at, &presence, &line];
        for ((place, text), before) in places.into_iter().zip(&now.texts).zip(&before.texts) {
            if text != before {
                write(place, text);
            }
        }
        if now.mark != before.mark {
            let line = Element::cast_from(line.clone())?;
            match now.mark {
                Some(mark) => Rndr::set_attribute(&line, "data-mark", mark),
                None => Rndr::remove_attribute(&line, "data-mark"),
            }
        }
        if now.unread != before.unread {
            self.counts(next(&line), now.unread)?;
        }
        Some(())
    }

    /// So many are not read; the badge that is there tells of others.
    fn counts(&self, badge: Option<Node>, unread: u64) -> Option<()> {
        let badge = match badge {
            Some(badge) if unread == 0 => {
                Rndr::remove(&badge);
                return Some(());
            }
            Some(badge) => badge,
            None => {
                let badge = copy("badge", &badge_pattern)?;
                Rndr::insert_node(&self.button, &badge, None);
                badge.into()
            }
        };
        let seen = first(&badge)?;
        write(&seen, &say::badge(unread));
        write(&next(&seen)?, &say::unread(unread));
        Some(())
    }
}
