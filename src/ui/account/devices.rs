//! Where one is signed in, and ending it elsewhere.

use chinwag_protocol::Device;
use leptos::html;
use leptos::prelude::*;

use super::{Of, is_busy, is_done, part, word};
use crate::state::catalogue::{filled, text};
use crate::state::session::{Command, ListStatus, Wish};
use crate::state::use_state;
use crate::ui::element_ref::ElementRef;
use crate::ui::live::{flag, follow, nothing, part as follows};
use crate::ui::press::{button, click};
use crate::ui::status::Spinner;
use crate::ui::words as say;

const ENDING: Of = |account| account.sessions.as_ref().map(|sessions| &sessions.ending);

pub(super) fn devices() -> AnyView {
    let state = use_state();
    // Apart from how an ending stands, which must not make the list anew.
    let listed = RwSignal::new((ListStatus::default(), Vec::<Device>::new()));
    follow(move || {
        if let Some(sessions) = &state.account().read().sessions {
            let known = listed.read_untracked();
            if known.0 != sessions.status || known.1 != sessions.devices {
                drop(known);
                listed.set((sessions.status.clone(), sessions.devices.clone()));
            }
        }
    });
    let heading = ElementRef::<html::H3>::new();
    let done = is_done(ENDING);
    follow(move || {
        if done.get() {
            // The button that had the focus is gone.
            let _ = heading.get_untracked().map(|heading| heading.focus());
        }
    });
    let list = follows(move || {
        let (status, devices) = &*listed.read();
        match status {
            ListStatus::Loading => view! { <Spinner label=text("devices.loading") /> }.into_any(),
            ListStatus::Failed(failure) => {
                let again = click(move || state.send(Command::Account(Wish::Look)));
                view! {
                    <div class="account-word" role="alert" data-state="failed">
                        <p>{say::failure(failure)}</p>
                        {button("link", text("try-again"), again)}
                    </div>
                }
                .into_any()
            }
            ListStatus::Ready => {
                let lines: Vec<_> = devices.iter().map(line).collect();
                let others = if devices.iter().all(|device| device.current) {
                    view! { <p class="faint">{text("devices.alone")}</p> }.into_any()
                } else {
                    ender(text("devices.end-others"), None, Wish::EndOtherSessions)
                };
                view! { <ul class="devices">{lines}</ul>{others} }.into_any()
            }
        }
    });
    part(
        "devices-title",
        "devices",
        heading,
        view! { {list}{word(ENDING, "devices.ended")} }.into_any(),
    )
}

/// One of them.
fn line(device: &Device) -> AnyView {
    let state = use_state();
    let name = match (&device.browser, &device.system) {
        (Some(browser), Some(system)) => {
            filled("devices.on", &[("browser", browser), ("system", system)])
        }
        (Some(name), None) | (None, Some(name)) => name.clone(),
        (None, None) => text("devices.unknown").to_owned(),
    };
    let when = match device.used_at.or(device.created_at) {
        _ if device.current => text("devices.this").to_owned(),
        Some(at) => filled("devices.used", &[("time", &(state.locale().brief)(at))]),
        None => String::new(),
    };
    let end = if device.current {
        nothing()
    } else {
        let said = filled("devices.end.named", &[("name", &name)]);
        ender(text("devices.end"), Some(said), Wish::EndSession(device.id.clone()))
    };
    view! {
        <li class="device">
            <span class="device-name">
                <bdi>{name}</bdi>
                <span class="faint">{when}</span>
            </span>
            {end}
        </li>
    }
    .into_any()
}

/// A button that ends one or several of them.
fn ender(words: &'static str, said: Option<String>, wish: Wish) -> AnyView {
    let state = use_state();
    let busy = is_busy(ENDING);
    let end = click(move || state.send(Command::Account(wish.clone())));
    view! {
        <button
            class="button small"
            type="button"
            aria-label=said
            aria-disabled=flag(move || busy.get())
            on:click=end
        >
            {words}
        </button>
    }
    .into_any()
}
