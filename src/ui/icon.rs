//! Icons: strokes on a 24 by 24 grid, in the colour of the text. They mean nothing to those who hear the page.

use leptos::prelude::*;

use crate::state::session::OwnState;

/// An icon of one path.
#[component]
fn Icon(
    /// The path's data (SVG).
    path: &'static str,
) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
            <path d=path />
        </svg>
    }
}

/// An arrow back, turned around where one reads from the right.
#[component]
pub fn Back() -> impl IntoView {
    view! { <span class="mirrored"><Icon path="M15 5l-7 7 7 7" /></span> }
}

/// Send.
#[component]
pub fn Send() -> impl IntoView {
    view! { <span class="mirrored"><Icon path="M4 12l16-8-5 16-4-6zM11 14l9-10" /></span> }
}

/// Leave.
#[component]
pub fn Leave() -> impl IntoView {
    view! {
        <span class="mirrored">
            <Icon path="M10 4H5v16h5M14 8l4 4-4 4M18 12H9" />
        </span>
    }
}

/// People.
#[component]
pub fn People() -> impl IntoView {
    view! {
        <Icon path="M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 20a6.5 6.5 0 0 1 13 0M16 4.3a3.5 3.5 0 0 1 0 6.4M18 14.2a6.5 6.5 0 0 1 3.5 5.8" />
    }
}

/// Down to the newest.
#[component]
pub fn Down() -> impl IntoView {
    view! { <Icon path="M6 10l6 6 6-6" /> }
}

/// A speech bubble.
#[component]
pub fn Bubble() -> impl IntoView {
    view! { <Icon path="M4 5h16v11H10l-4 4v-4H4z" /> }
}

/// How far one's own message has come: a clock, one tick, two ticks, an exclamation mark.
#[component]
pub fn Progress(
    /// The state.
    state: OwnState,
) -> impl IntoView {
    let path = match state {
        OwnState::Waiting | OwnState::Sending => "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5l3 2",
        OwnState::Sent => "M5 13l4 4L19 7",
        OwnState::Delivered | OwnState::Read => "M2 13l4 4L16 7M11 15l2 2L23 7",
        OwnState::Failed(_) => "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v6M12 16.5v.5",
    };
    view! { <Icon path=path /> }
}
