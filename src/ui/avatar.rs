//! Somebody's picture, or the initial of their name on a colour of their own.

use leptos::html;
use leptos::prelude::*;
use leptos::tachys::renderer::types::{Element, Node};
use leptos::tachys::renderer::{CastFrom, Rndr};

use super::element_ref::ElementRef;
use super::live::{follow, words};
use super::pattern::{Made, first, next, write};
use super::words as say;
use crate::state::session::PersonView;
use crate::state::{SeenCell, use_state};

/// How many colours there are in `style/tokens.css`.
const HUES: u32 = 8;

/// The picture of a person, with a dot that tells whether they are online.
#[component]
pub fn Avatar(
    /// Whose.
    person: SeenCell<PersonView>,
) -> impl IntoView {
    let place = ElementRef::<html::Span>::new();
    let mut face = Face::default();
    follow(move || {
        if let Some(place) = place.element() {
            face.shows(&place, &person.read());
        }
    });
    view! { <span class="avatar" aria-hidden="true" node_ref=place>{blank()}</span> }
}

/// What an element of the class `avatar` holds before it is known whose it is.
pub(super) fn blank() -> impl IntoView {
    view! { <span class="avatar-initial">" "</span><span class="avatar-dot"></span> }
}

/// What an element of the class `avatar` shows.
#[derive(Default)]
pub(super) struct Face {
    name: Option<String>,
    online: Option<bool>,
    address: Option<String>,
    /// Before the initial, which the style sheet then hides.
    picture: Option<Made>,
}

impl Face {
    /// The element shows this person from now on; nothing where it is no avatar.
    pub(super) fn shows(&mut self, avatar: &Element, person: &PersonView) -> Option<()> {
        let picture = self.picture.as_ref().map(|picture| &*picture.element);
        let initial = picture.map_or_else(|| first(avatar), next)?;
        if self.name.as_ref() != Some(&person.name) {
            write(&initial, &initial_of(&person.name).to_string());
            let element = Element::cast_from(initial.clone())?;
            Rndr::set_attribute(&element, "data-hue", &hue(&person.name).to_string());
            self.name = Some(person.name.clone());
        }
        if self.online.replace(person.online) != Some(person.online) {
            let dot = Element::cast_from(next(&initial)?)?;
            Rndr::set_attribute(&dot, "data-online", if person.online { "true" } else { "false" });
        }
        if self.address != person.avatar {
            self.address.clone_from(&person.avatar);
            self.picture = self
                .address
                .clone()
                .filter(|address| is_picture(address))
                .and_then(|address| picture_at(address, avatar, &initial));
        }
        Some(())
    }
}

/// A picture before the initial. One that does not load gives way to it.
fn picture_at(address: String, avatar: &Element, initial: &Node) -> Option<Made> {
    let place = avatar.clone();
    let broken = move || Rndr::set_attribute(&place, "data-broken", "");
    Rndr::remove_attribute(avatar, "data-broken");
    let owner = Owner::current()?;
    let address = owner.with(use_state).address(address);
    let picture = view! {
        <img
            class="avatar-picture"
            src=address
            alt=""
            loading="lazy"
            decoding="async"
            referrerpolicy="no-referrer"
            on:error=move |_| broken()
        />
    };
    let mut picture = Made::of(&owner, || picture.into_any())?;
    picture.mount(avatar, Some(initial));
    Some(picture)
}

/// The first letter; a question mark where there is no name. The style sheet makes it a capital, in the manner
/// of the page's language and without a table of all letters in the program.
fn initial_of(name: &str) -> char {
    name.chars().next().unwrap_or('?')
}

/// The number of a colour that stays the same for a name.
fn hue(name: &str) -> u32 {
    name.chars().fold(0, |sum: u32, letter| sum.wrapping_mul(31).wrapping_add(letter.into())) % HUES
}

/// Pictures come from the web or from within the page; nothing else is followed.
fn is_picture(address: &str) -> bool {
    ["https://", "http://", "data:image/", "/"].iter().any(|start| address.starts_with(start))
}

/// A name, or that it is not known, in its own direction.
#[component]
pub fn Name(
    /// Whose.
    person: SeenCell<PersonView>,
) -> impl IntoView {
    view! { <bdi>{words(move || say::name(&person.read().name).to_owned())}</bdi> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_initial_is_the_first_letter_of_any_script() {
        for (name, expected) in [("ada", 'a'), ("élodie", 'é'), ("مريم", 'م'), ("", '?')] {
            assert_eq!(initial_of(name), expected);
        }
    }

    #[test]
    fn a_name_keeps_its_colour() {
        assert_eq!(hue("ada"), hue("ada"));
        assert!(["ada", "béla", "chi", "دانا"].iter().all(|name| hue(name) < HUES));
    }

    #[test]
    fn only_pictures_are_loaded() {
        assert!(is_picture("https://example.org/a.png"));
        assert!(!is_picture("javascript:alert(1)"));
        assert!(!is_picture("data:text/html,hi"));
    }
}
