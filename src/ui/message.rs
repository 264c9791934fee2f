//! One message: a bubble with its text, its time and, where it is one's own, how far it has come.

use leptos::prelude::*;

use super::icon::Progress;
use super::scroller::row_id;
use super::words;
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
    let content = Memo::new({
        let row = row.clone();
        move |_| row.read().content.clone()
    });
    let at = Memo::new({
        let row = row.clone();
        move |_| row.read().at
    });
    let own = Memo::new(move |_| row.read().own.clone());
    let failure = move || match own.get() {
        Some(OwnState::Failed(failure)) => Some(view! {
            <p class="failed" role="alert">
                {format!("Not sent. {} ", words::failure(&failure))}
                <button class="link" on:click=move |_| state.send(Command::Retry(key))>"Retry"</button>
                <button class="link" on:click=move |_| state.send(Command::Discard(key))>
                    "Discard"
                </button>
            </p>
        }),
        _ => None,
    };
    Some(view! {
        <li
            class="message"
            id=row_id(key)
            data-own=mine.to_string()
            data-state=move || own.read().as_ref().map(words::own_state_name)
        >
            <div class="bubble">
                <span class="visually-hidden">{if mine { "You: " } else { "" }}</span>
                <p class="content" dir="auto">{move || content.get()}</p>
                <p class="meta">
                    <time>{move || (state.locale().time)(at.get())}</time>
                    {move || own.get().map(|own| view! {
                        <span class="progress" title=words::own_state(&own)>
                            <Progress state=own.clone() />
                            <span class="visually-hidden">{words::own_state(&own)}</span>
                        </span>
                    })}
                </p>
            </div>
            {failure}
        </li>
    })
}
