//! How things stand: the pages before the chat, the connection, notices, and what is said aloud.

use leptos::prelude::*;

use super::words;
use crate::state::session::{Command, Gate, LinkStatus};
use crate::state::use_state;

/// Something is under way.
#[component]
pub fn Spinner(
    /// What, for those who cannot see it turn.
    label: &'static str,
) -> impl IntoView {
    view! { <span class="spinner" role="status"><span class="visually-hidden">{label}</span></span> }
}

/// The stored sign-in is being asked about.
#[component]
pub fn Starting() -> impl IntoView {
    view! { <main class="page" data-page="starting"><Spinner label="Loading" /></main> }
}

/// The server cannot be reached. One stays signed in.
#[component]
pub fn Unreachable() -> impl IntoView {
    let state = use_state();
    let why = move || match &*state.gate().read() {
        Gate::Unreachable { why, .. } => words::failure(why),
        _ => String::new(),
    };
    let retry = move || match &*state.gate().read() {
        Gate::Unreachable { retry_in: Some(seconds), .. } => {
            format!("Trying again in {seconds} s.")
        }
        _ => "Trying again…".to_owned(),
    };
    view! {
        <main class="page" data-page="unreachable">
            <div class="card">
                <h1>"No connection"</h1>
                <p role="alert">{why}</p>
                <p class="faint">"You are still signed in. "{retry}</p>
                <button class="button" on:click=move |_| state.send(Command::TryAgain)>
                    "Try again now"
                </button>
                <button class="link" on:click=move |_| state.send(Command::SignOut)>"Logout"</button>
            </div>
        </main>
    }
}

/// The page's configuration is wrong: only whoever hosts it can mend that.
#[component]
pub fn Broken() -> impl IntoView {
    let state = use_state();
    let why = move || match &*state.gate().read() {
        Gate::Broken { why } => why.clone(),
        _ => String::new(),
    };
    view! {
        <main class="page" data-page="broken">
            <div class="card">
                <h1>"Chinwag is not set up correctly"</h1>
                <p role="alert">{why}</p>
                <p class="faint">"Whoever hosts this page can mend it."</p>
            </div>
        </main>
    }
}

/// The dot and the word for the connection (guide: app bar).
#[component]
pub fn Connection() -> impl IntoView {
    let link = use_state().link();
    view! {
        <p class="connection" data-state=move || words::connection_name(link.get())>
            <span class="connection-dot"></span>
            {move || words::connection(link.get())}
        </p>
    }
}

/// What is wrong with the connection and what one can do; nothing while all is well.
#[component]
pub fn Trouble() -> impl IntoView {
    let state = use_state();
    let trouble = Memo::new(move |_| words::trouble(state.link().get()));
    let act = Memo::new(move |_| match state.link().get() {
        LinkStatus::Replaced => Some("Use it here"),
        LinkStatus::Reconnecting { retry_in: Some(_), .. }
        | LinkStatus::Offline { retry_in: Some(_) } => Some("Reconnect now"),
        LinkStatus::Off
        | LinkStatus::Connecting
        | LinkStatus::Connected
        | LinkStatus::Reconnecting { retry_in: None, .. }
        | LinkStatus::Offline { retry_in: None } => None,
    });
    // The seconds count down in sight only: said aloud each second they would be a nuisance.
    let kind = Memo::new(move |_| words::connection_name(state.link().get()));
    view! {
        <Show when=move || trouble.read().is_some()>
            <div class="trouble" data-state=move || kind.get()>
                <p>{move || trouble.get()}</p>
                <Show when=move || act.read().is_some()>
                    <button class="button small" on:click=move |_| state.send(Command::ReconnectNow)>
                        {move || act.get()}
                    </button>
                </Show>
            </div>
        </Show>
    }
}

/// What went wrong just now; it goes by itself after three seconds, or at a click.
#[component]
pub fn Notice() -> impl IntoView {
    let state = use_state();
    let notice = state.notice();
    let text = move || notice.read().as_ref().map(|notice| words::failure(&notice.what));
    view! {
        <div class="notices" role="alert">
            <Show when=move || notice.read().is_some()>
                <button class="notice" on:click=move |_| state.send(Command::DismissNotice)>
                    {text}
                    <span class="visually-hidden">" Dismiss"</span>
                </button>
            </Show>
        </div>
    }
}

/// Says aloud what arrives and how the connection stands: each once, and never the history.
#[component]
pub fn Aloud() -> impl IntoView {
    let state = use_state();
    let connection = Memo::new(move |_| words::connection(state.link().get()));
    view! {
        <div class="visually-hidden" role="log" aria-label="Arrivals">
            <For each=move || state.arrivals().get() key=|arrival| arrival.number let:arrival>
                <p>{words::arrival(&arrival)}</p>
            </For>
        </div>
        <p class="visually-hidden" role="status">{move || connection.get()}</p>
    }
}
