//! Icons: strokes on a 24 by 24 grid, in the colour of the text. They mean nothing to those who hear the page.

use leptos::prelude::*;

use crate::state::session::OwnState;

/// An arrow back.
pub const BACK: &str = "M15 5l-7 7 7 7";
/// Send.
pub const SEND: &str = "M4 12l16-8-5 16-4-6zM11 14l9-10";
/// A face that smiles.
pub const SMILE: &str =
    "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM8.5 14.5c2 2.5 5 2.5 7 0M9 9.5v.5M15 9.5v.5";
/// Leave.
pub const LEAVE: &str = "M10 4H5v16h5M14 8l4 4-4 4M18 12H9";
/// People.
pub const PEOPLE: &str = "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 20a6.5 6.5 0 0 1 13 0\
    M16 4.3a3.5 3.5 0 0 1 0 6.4M18 14.2a6.5 6.5 0 0 1 3.5 5.8";
/// Down to the newest.
pub const DOWN: &str = "M6 10l6 6 6-6";
/// Things that can be set: two sliders.
pub const SLIDERS: &str = "M4 8h8M18 8h2M18 8a3 3 0 1 1-6 0 3 3 0 0 1 6 0M4 16h2M12 16h8M12 16a3 3 0 1 1-6 0 3 3 0 0 1 6 0";
/// Close.
pub const CLOSE: &str = "M6 6l12 12M18 6L6 18";
/// A calendar.
pub const CALENDAR: &str = "M4 6h16v14H4zM4 10.5h16M8.5 3v5M15.5 3v5";
/// Copy: one sheet before another.
pub const COPY: &str = "M9 9h11v11H9zM15 9V4H4v11h5";
/// Done.
pub const DONE: &str = "M5 13l4 4L19 7";
/// Quote: an arrow back to what was said.
pub const QUOTE: &str = "M10 6L4 12l6 6M4 12h9c4 0 7 2 7 6";
/// A speech bubble.
pub const BUBBLE: &str = "M4 5h16v11H10l-4 4v-4H4z";

/// An icon of this path (SVG).
pub fn icon(path: &'static str) -> AnyView {
    view! {
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
            <path d=path />
        </svg>
    }
    .into_any()
}

/// The path that tells how far one's own message has come: a clock, one tick, two ticks, an exclamation mark.
pub fn progress(state: &OwnState) -> &'static str {
    match state {
        OwnState::Waiting | OwnState::Sending => "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5l3 2",
        OwnState::Sent => "M5 13l4 4L19 7",
        OwnState::Delivered | OwnState::Read => "M2 13l4 4L16 7M11 15l2 2L23 7",
        OwnState::Failed(_) => "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v6M12 16.5v.5",
    }
}
