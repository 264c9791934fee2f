//! The service worker (`public/sw.js`). The page itself registers it (`index.html`), so that a program which does not start can be
//! replaced by one that does; here its offer is passed on.

use super::js::{call, hear};
use crate::state::State;

/// Tells the state when a newer version of the program is ready.
pub fn listen(state: State) {
    let Some(window) = web_sys::window() else { return };
    let offered = move |event: web_sys::Event| {
        state.offer_update(move || {
            let _ = call(&event, "take", &[]);
        });
    };
    hear(&window, &["chinwag:update"], Box::new(offered));
}
