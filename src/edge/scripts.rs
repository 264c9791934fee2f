//! What the page's scripts tell, which run beside the program (`src/start.js`, `src/later.js`): that a newer version is ready, and
//! that the rest of the program is there.
//!
//! The page itself registers the service worker, so that a program which does not start can be replaced by one that does; here its
//! offer is passed on.

use super::js::{call, hear};
use crate::state::State;

const UPDATE: &str = "chinwag:update";
const WHOLE: &str = "chinwag:whole";

/// Tells the state when a newer version of the program is ready, and when the program is whole.
pub fn listen(state: State) {
    let Some(window) = web_sys::window() else { return };
    let root = window.document().and_then(|page| page.document_element());
    state.is_whole(!root.is_some_and(|root| root.has_attribute("data-part")));
    let told = move |event: web_sys::Event| {
        if event.type_() == WHOLE {
            return state.is_whole(true);
        }
        state.offer_update(move || {
            let _ = call(&event, "take", &[]);
        });
    };
    hear(&window, &[UPDATE, WHOLE], Box::new(told));
}
