//! Where Chinwag meets the browser: the only place that touches `web_sys`, `js_sys`, gloo and `JsValue`.
//!
//! Small wrappers, each of one browser facility, and the [`driver`], which carries out what the session
//! wants and tells it what happens. What never lives here: a decision about the chat.

pub mod config;
pub mod console;
pub mod driver;
pub mod http;
pub mod locale;
pub mod page;
pub mod socket;
pub mod storage;

use leptos::mount::mount_to;
use leptos::prelude::*;

use crate::app::App;
use crate::state::State;

/// Draws the page and begins.
pub fn start() {
    page::show_panics();
    let Some(place) = page::take_place() else { return };
    mount_to(place, move || {
        let state = State::new(locale::of_the_person(), driver::dispatch);
        Effect::new(move |_| page::set_title(&state.title()));
        driver::start(state);
        view! { <App state=state /> }
    })
    .forget();
}
