//! Somebody's picture, or the initial of their name on a colour of their own.

use leptos::prelude::*;

use super::live::{distinct, mark, part, words};
use super::words as say;
use crate::state::SeenCell;
use crate::state::session::PersonView;

/// How many colours there are in `style/tokens.css`.
const HUES: u32 = 8;

/// The picture of a person, with a dot that tells whether they are online.
#[component]
pub fn Avatar(
    /// Whose.
    person: SeenCell<PersonView>,
) -> impl IntoView {
    let name = distinct({
        let person = person.clone();
        move || person.read().name.clone()
    });
    let picture = distinct({
        let person = person.clone();
        move || {
            let address = person.read().avatar.clone();
            address.filter(|address| is_picture(address)).unwrap_or_default()
        }
    });
    // A picture that does not load gives way to the initial.
    let broken = RwSignal::new(String::new());
    let face = part(move || {
        let name = name.read();
        if *picture.read() == *broken.read() {
            let hue = hue(&name).to_string();
            let initial = initial(&name).to_string();
            return view! { <span class="avatar-initial" data-hue=hue>{initial}</span> }.into_any();
        }
        view! {
            <img
                class="avatar-picture"
                src=picture.get()
                alt=""
                loading="lazy"
                decoding="async"
                referrerpolicy="no-referrer"
                on:error=move |_| broken.set(picture.get_untracked())
            />
        }
        .into_any()
    });
    let dot = mark(move || Some(if person.read().online { "true" } else { "false" }));
    view! {
        <span class="avatar" aria-hidden="true">
            {face}
            <span class="avatar-dot" data-online=dot></span>
        </span>
    }
}

/// The first letter; a question mark where there is no name. The style sheet makes it a capital, in the manner
/// of the page's language and without a table of all letters in the program.
fn initial(name: &str) -> char {
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
    view! { <bdi>{words(move || say::name(&person.read().name))}</bdi> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_initial_is_the_first_letter_of_any_script() {
        for (name, expected) in [("ada", 'a'), ("élodie", 'é'), ("مريم", 'م'), ("", '?')] {
            assert_eq!(initial(name), expected);
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
