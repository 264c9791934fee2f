//! How things stand: the pages before the chat, the connection, notices, and what is said aloud.

use leptos::html;
use leptos::prelude::*;

use super::element_ref::ElementRef;
use super::lines::Key;
use super::live::{distinct, list, shown, words};
use super::pattern::Made;
use super::press::{button, click};
use super::styles::{TROUBLE, wear};
use super::words as say;
use crate::state::catalogue::{filled, text};
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

/// The server cannot be reached. One stays signed in.
#[component]
pub fn Unreachable() -> impl IntoView {
    let state = use_state();
    let why = words(move || match &*state.gate().read() {
        Gate::Unreachable { why, .. } => say::failure(why),
        _ => String::new(),
    });
    let retry = move || match &*state.gate().read() {
        Gate::Unreachable { retry_in: Some(seconds), .. } => {
            filled("unreachable.when.seconds", &[("count", &seconds.to_string())])
        }
        _ => text("unreachable.when.now").to_owned(),
    };
    let kept = words(move || filled("unreachable.kept", &[("when", &retry())]));
    view! {
        <main class="page" data-page="unreachable">
            <Update />
            <div class="card">
                <h1>{text("unreachable.title")}</h1>
                <p role="alert">{why}</p>
                <p class="faint">{kept}</p>
                {button("button", text("unreachable.now"), click(move || state.send(Command::TryAgain)))}
                {button("link", text("logout"), click(move || state.send(Command::SignOut)))}
            </div>
        </main>
    }
}

/// The page's configuration is wrong: only whoever hosts it can mend that.
#[component]
pub fn Broken() -> impl IntoView {
    let state = use_state();
    let why = words(move || match &*state.gate().read() {
        Gate::Broken { why } => why.clone(),
        _ => String::new(),
    });
    view! {
        <main class="page" data-page="broken">
            <Update />
            <div class="card">
                <h1>{text("broken.title")}</h1>
                <p role="alert">{why}</p>
                <p class="faint">{text("broken.help")}</p>
            </div>
        </main>
    }
}

/// The dot and the word for the connection (guide: app bar).
#[component]
pub fn Connection() -> impl IntoView {
    let link = use_state().link();
    view! {
        <p class="connection" data-state=words(move || say::connection_name(link.get()))>
            <span class="connection-dot"></span>
            {words(move || say::connection(link.get()))}
        </p>
    }
}

/// What is wrong with the connection and what one can do; nothing while all is well.
#[component]
pub fn Trouble() -> impl IntoView {
    let state = use_state();
    let link = state.link();
    let act = move || match link.get() {
        LinkStatus::Replaced => text("trouble.use-here"),
        LinkStatus::Reconnecting { retry_in: Some(_), .. }
        | LinkStatus::Offline { retry_in: Some(_) } => text("trouble.reconnect"),
        LinkStatus::Off
        | LinkStatus::Connecting
        | LinkStatus::Connected
        | LinkStatus::Reconnecting { retry_in: None, .. }
        | LinkStatus::Offline { retry_in: None } => "",
    };
    let button = move || {
        view! {
            <button
                class="button small"
                type="button"
                on:click=click(move || state.send(Command::ReconnectNow))
            >
                {words(act)}
            </button>
        }
        .into_any()
    };
    // The seconds count down in sight only: said aloud each second they would be a nuisance.
    shown(
        move || say::trouble(link.get()).is_some(),
        move || {
            wear(state, &TROUBLE);
            view! {
                <div class="trouble" data-state=words(move || say::connection_name(link.get()))>
                    <p>
                        {words(move || say::trouble(link.get()).unwrap_or_default())}
                        " "
                        <span class="unsent">{words(move || say::waiting(state.waiting().get()))}</span>
                    </p>
                    {shown(move || !act().is_empty(), button)}
                </div>
            }
            .into_any()
        },
    )
}

/// A newer version of the program is ready; nothing where none is.
#[component]
pub fn Update() -> impl IntoView {
    let state = use_state();
    let ready = state.update_ready();
    let offer = move || {
        wear(state, &TROUBLE);
        view! {
            <div class="trouble update">
                <p>{text("update.ready")}</p>
                {button("button small", text("update.load"), click(move || state.take_update()))}
            </div>
        }
        .into_any()
    };
    view! { <div class="updates" role="status">{shown(move || *ready.read(), offer)}</div> }
}

/// What went wrong just now; it goes by itself after three seconds, or at a click.
#[component]
pub fn Notice() -> impl IntoView {
    let state = use_state();
    let notice = state.notice();
    // By its number: the same words said again are a new notice, and announced again.
    let number = move || {
        let notice = notice.read();
        notice.as_ref().map(|notice| Key::Number(notice.number)).into_iter().collect()
    };
    let shown = move |owner: &Owner, _: &Key| {
        let told = notice.read_untracked().as_ref().map(|notice| say::failure(&notice.what));
        let notice = move || {
            wear(state, &TROUBLE);
            view! {
                <button
                    class="notice"
                    type="button"
                    on:click=click(move || state.send(Command::DismissNotice))
                >
                    {told.unwrap_or_default()}
                    <span class="visually-hidden">" "{text("dismiss")}</span>
                </button>
            }
            .into_any()
        };
        Made::of(owner, notice)
    };
    let place = ElementRef::<html::Div>::new();
    list(move || place.element(), number, shown);
    view! { <div class="notices" role="alert" node_ref=place></div> }
}

/// Says aloud what arrives and how the connection stands: each once, and never the history.
#[component]
pub fn Aloud() -> impl IntoView {
    let state = use_state();
    let arrivals = state.arrivals();
    let numbers =
        move || arrivals.read().iter().map(|arrival| Key::Number(arrival.number)).collect();
    let said = move |owner: &Owner, key: &Key| {
        let arrivals = arrivals.read_untracked();
        let arrival = arrivals.iter().find(|arrival| Key::Number(arrival.number) == *key);
        let words = arrival.map(say::arrival).unwrap_or_default();
        Made::of(owner, || view! { <p>{words}</p> }.into_any())
    };
    let place = ElementRef::<html::Div>::new();
    list(move || place.element(), numbers, said);
    // Told apart by what is heard: the seconds until the next try are not.
    let connection = distinct(move || say::connection(state.link().get()).to_owned());
    view! {
        <div class="visually-hidden" role="log" aria-label=text("arrivals") node_ref=place></div>
        <p class="visually-hidden" role="status">{words(move || connection.get())}</p>
    }
}
