//! The gate: loading, then sign in or the chat.

use leptos::prelude::*;

use crate::state::State;
use crate::state::session::Gate;
use crate::ui::chat::Chat;
use crate::ui::live::{distinct, part};
use crate::ui::sign_in::SignIn;
use crate::ui::status::{Broken, Starting, Unreachable};

/// Which page is shown; what is on it changes without the page being made anew.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Page {
    Starting,
    Unreachable,
    Broken,
    SignIn,
    Chat,
}

/// The whole of Chinwag.
#[component]
pub fn App(
    /// The picture to draw.
    state: State,
) -> impl IntoView {
    provide_context(state);
    let page = move || match &*state.gate().read() {
        Gate::Starting => Page::Starting,
        Gate::Unreachable { .. } => Page::Unreachable,
        Gate::Broken { .. } => Page::Broken,
        Gate::SignIn { .. } => Page::SignIn,
        Gate::Chat { .. } => Page::Chat,
    };
    let number = distinct(move || (page() as u8).to_string());
    part(move || {
        number.track();
        match untrack(page) {
            Page::Starting => view! { <Starting /> }.into_any(),
            Page::Unreachable => view! { <Unreachable /> }.into_any(),
            Page::Broken => view! { <Broken /> }.into_any(),
            Page::SignIn => view! { <SignIn /> }.into_any(),
            Page::Chat => view! { <Chat /> }.into_any(),
        }
    })
}
