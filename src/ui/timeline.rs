//! The messages of the open conversation (guide: `MessageList`).

use leptos::ev;
use leptos::prelude::*;

use super::message::Message;
use super::scroller::Scroller;
use super::status::Spinner;
use super::{icon, words};
use crate::state::session::{Command, ListStatus, OlderStatus};
use crate::state::{Item, Timestamp, use_state};

/// The list of messages, and its loading, empty and error states.
#[component]
pub fn Timeline(
    /// Where one is in it.
    scroller: Scroller,
) -> impl IntoView {
    let state = use_state();
    let items = state.items();
    let status = Memo::new(move |_| {
        let conversation = state.conversation();
        conversation.read().as_ref().map(|conversation| conversation.status.clone())
    });
    let older = Memo::new(move |_| {
        let conversation = state.conversation();
        conversation.read().as_ref().map(|conversation| conversation.older.clone())
    });
    Effect::new(move |_| {
        items.track();
        older.track();
        status.track();
        scroller.keep_soon(state);
    });
    let resized = window_event_listener(ev::resize, move |_| scroller.keep_soon(state));
    on_cleanup(move || resized.remove());

    // How many have come since one scrolled away.
    let missed = RwSignal::new(0_u64);
    let arrivals = state.arrivals();
    Effect::new(move |seen: Option<Option<u64>>| {
        let newest = arrivals.read().last().map(|arrival| arrival.number);
        let before = seen.unwrap_or(newest);
        let from = before.map_or(0, |number| number + 1);
        let here = arrivals.read();
        let new = here.iter().filter(|arrival| arrival.number >= from && arrival.content.is_some());
        let new = new.count() as u64;
        if new > 0 && scroller.away().get_untracked() {
            missed.update(|missed| *missed += new);
        }
        newest
    });
    Effect::new(move |_| {
        if !scroller.away().get() {
            missed.set(0);
        }
    });
    let empty = Memo::new(move |_| items.read().is_empty());
    view! {
        <div class="timeline">
            <div
                class="timeline-list"
                tabindex="0"
                role="region"
                aria-label="Messages"
                node_ref=scroller.list
                on:scroll=move |_| scroller.scrolled(state)
            >
                <div class="timeline-top">
                    {move || match older.get() {
                        Some(OlderStatus::Loading) => {
                            view! { <Spinner label="Loading older messages" /> }.into_any()
                        }
                        Some(OlderStatus::Failed(failure)) => view! {
                            <p role="alert">{words::failure(&failure)}</p>
                            <button
                                class="button small"
                                on:click=move |_| state.send(Command::LoadOlder)
                            >
                                "Load older messages"
                            </button>
                        }
                        .into_any(),
                        _ => ().into_any(),
                    }}
                </div>
                {move || match status.get() {
                    Some(ListStatus::Loading) => view! {
                        <p class="timeline-state"><Spinner label="Loading messages" /></p>
                    }
                    .into_any(),
                    Some(ListStatus::Failed(failure)) => view! {
                        <div class="timeline-state" role="alert">
                            <p>{words::failure(&failure)}</p>
                            <button class="button small" on:click=move |_| state.send(Command::Reload)>
                                "Try again"
                            </button>
                        </div>
                    }
                    .into_any(),
                    Some(ListStatus::Ready) if empty.get() => view! {
                        <p class="timeline-state">"No messages yet. Say hello!"</p>
                    }
                    .into_any(),
                    Some(ListStatus::Ready) | None => ().into_any(),
                }}
                <ol class="messages">
                    <For each=move || items.get() key=|item| *item let:item>
                        {match item {
                            Item::Message(key) => view! { <Message key=key /> }.into_any(),
                            Item::Day(start) => view! { <DayLine start=start /> }.into_any(),
                        }}
                    </For>
                </ol>
            </div>
            <Show when=move || scroller.away().get()>
                <button
                    class="to-end"
                    aria-label="Go to the newest message"
                    on:click=move |_| scroller.follow(state)
                >
                    <icon::Down />
                    <Show when=move || missed.get() != 0>
                        <span class="badge">
                            {move || words::badge(missed.get())}<span class="visually-hidden">" new"</span>
                        </span>
                    </Show>
                </button>
            </Show>
        </div>
    }
}

/// A day begins.
#[component]
fn DayLine(start: i64) -> impl IntoView {
    let date = (use_state().locale().date)(Timestamp::from_millis(start));
    view! { <li class="day"><span>{date}</span></li> }
}
