//! One's own account, in the settings: the name and the picture, where one is signed in, the password. Each is there only
//! where the server has it (`crates/protocol/src/account.rs`).

mod devices;
mod password;
mod profile;

use leptos::html;
use leptos::prelude::*;

use super::element_ref::ElementRef;
use super::live::{flag, follow, known, mark, shown, words};
use super::words as say;
use crate::state::catalogue::text;
use crate::state::session::{AccountView, Command, Progress, Wish};
use crate::state::use_state;

/// What of the account something is about.
type Of = fn(&AccountView) -> Option<&Progress>;

/// All of it that the server has.
pub(super) fn account() -> AnyView {
    let state = use_state();
    let is = move |has: fn(&AccountView) -> bool| move || has(&state.account().read());
    let has_sessions = known(is(|account| account.sessions.is_some()));
    // At once, and when the server says only now that it has them. What came of it the last time is not said again.
    follow(move || {
        has_sessions.track();
        state.send(Command::Account(Wish::Look));
    });
    view! {
        {shown(is(|account| account.profile.is_some()), profile::profile)}
        {shown(move || has_sessions.get(), devices::devices)}
        {shown(is(|account| account.password.is_some()), password::password)}
    }
    .into_any()
}

/// A part of it, under its heading, which can take the focus from what is gone.
pub(super) fn part(
    id: &'static str,
    title: &'static str,
    heading: ElementRef<html::H3>,
    content: AnyView,
) -> AnyView {
    view! {
        <section class="account" aria-labelledby=id>
            <h3 id=id tabindex="-1" node_ref=heading>{text(title)}</h3>
            {content}
        </section>
    }
    .into_any()
}

/// Whether it is under way.
fn is_busy(of: Of) -> Memo<bool> {
    let state = use_state();
    known(move || of(&state.account().read()) == Some(&Progress::Busy))
}

/// Whether it is done.
fn is_done(of: Of) -> Memo<bool> {
    let state = use_state();
    known(move || of(&state.account().read()) == Some(&Progress::Done))
}

/// How it stands, said when it changes; `done` are the words for its end.
fn word(of: Of, done: &'static str) -> AnyView {
    let state = use_state();
    let failed = move || matches!(of(&state.account().read()), Some(Progress::Failed(_)));
    let how = words(move || match of(&state.account().read()) {
        Some(Progress::Busy) => text("sign-in.wait").to_owned(),
        Some(Progress::Done) => text(done).to_owned(),
        Some(Progress::Failed(failure)) => say::failure(failure),
        Some(Progress::Idle) | None => String::new(),
    });
    let look = mark(move || if failed() { Some("failed") } else { None });
    view! { <p class="account-word" role="status" data-state=look>{how}</p> }.into_any()
}

/// A button that sends its form.
fn send(words: &'static str, of: Of) -> AnyView {
    let busy = is_busy(of);
    view! {
        <button class="button" type="submit" aria-disabled=flag(move || busy.get())>
            {text(words)}
        </button>
    }
    .into_any()
}
