//! One message: a bubble with its text, its time and, where it is one's own, how far it has come.

use std::sync::Arc;

use leptos::prelude::*;

use super::icon::progress;
use super::live::{mark, nothing, part, words};
use super::press::{button, click};
use super::scroller::row_id;
use super::words as say;
use crate::state::session::{Command, OwnState, RowKey};
use crate::state::use_state;

/// One message.
#[component]
pub fn Message(
    /// Which row.
    key: RowKey,
) -> impl IntoView {
    let state = use_state();
    let row = state.row(key)?;
    let mine = row.read_untracked().own.is_some();
    // Said, since those who do not see the page do not see on which side a bubble stands.
    let other = state.conversation().read_untracked().as_ref().map(|open| state.person(&open.with));
    let sender = words(move || match &other {
        Some(other) if !mine => format!("{}: ", say::name(&other.read().name)),
        _ => "You: ".to_owned(),
    });
    let own = {
        let row = row.clone();
        Arc::new(move || row.read().own.clone())
    };
    let (failing, moving) = (Arc::clone(&own), Arc::clone(&own));
    let failure = part(move || match failing() {
        Some(OwnState::Failed(failure)) => view! {
            <p class="failed" role="alert">
                {format!("Not sent. {} ", say::failure(&failure))}
                {button("link", "Retry", click(move || state.send(Command::Retry(key))))}
                {button("link", "Copy", click(move || state.send(Command::Copy(key))))}
                {button("link", "Discard", click(move || state.send(Command::Discard(key))))}
            </p>
        }
        .into_any(),
        _ => nothing(),
    });
    let mark_of = part(move || match moving() {
        Some(own) => view! {
            <span class="progress" title=say::own_state(&own)>
                {progress(&own)}
                <span class="visually-hidden">{say::own_state(&own)}</span>
            </span>
        }
        .into_any(),
        None => nothing(),
    });
    let content = words({
        let row = row.clone();
        move || row.read().content.clone()
    });
    // Drawn by the style sheet, in no row of its own: nothing moves when it comes or goes.
    let open = state.conversation();
    let new = move || {
        let first = open.read().as_ref().and_then(|open| open.new_from);
        (first == Some(key)).then_some("New messages")
    };
    let at = words(move || (state.locale().time)(row.read().at));
    Some(view! {
        <li
            class="message"
            id=row_id(key)
            data-own=mine.to_string()
            data-new=mark(new)
            data-state=mark(move || own().as_ref().map(say::own_state_name))
        >
            <div class="bubble">
                <span class="visually-hidden">{sender}</span>
                <p class="content" dir="auto">{content}</p>
                <p class="meta">
                    <time>{at}</time>
                    {mark_of}
                </p>
            </div>
            {failure}
        </li>
    })
}
