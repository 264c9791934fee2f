//! The gate: loading, then sign in or the chat.

use leptos::prelude::*;

use crate::state::State;
use crate::state::session::Gate;
use crate::ui::chat::Chat;
use crate::ui::live::{distinct, nothing, part};
use crate::ui::sign_in::SignIn;
use crate::ui::status::{Broken, Unreachable};

/// The whole of Chinwag.
#[component]
pub fn App(
    /// The picture to draw.
    state: State,
) -> impl IntoView {
    provide_context(state);
    // Which page it is, apart from what is on it: what changes there must not make the page anew.
    let page = distinct(move || {
        let page = match &*state.gate().read() {
            Gate::Starting => "starting",
            Gate::Unreachable { .. } => "unreachable",
            Gate::Broken { .. } => "broken",
            Gate::SignIn { .. } => "sign-in",
            Gate::Chat { .. } => "chat",
        };
        page.to_owned()
    });
    part(move || match page.read().as_str() {
        "unreachable" => view! { <Unreachable /> }.into_any(),
        "broken" => view! { <Broken /> }.into_any(),
        "sign-in" => view! { <SignIn /> }.into_any(),
        "chat" => view! { <Chat /> }.into_any(),
        // What the page shows before the program runs stays (`index.html`).
        _ => nothing(),
    })
}
