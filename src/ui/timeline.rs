//! The messages of the open conversation (guide: `MessageList`).

use leptos::prelude::*;

use super::day::{day_in_view, day_line};
use super::go_to::{Choice, GoTo};
use super::icon::{DOWN, icon};
use super::live::{follow, known, nothing, part, shown, words};
use super::press::{button, click, happened};
use super::rows;
use super::scroller::{Scroller, gap_id};
use super::status::Spinner;
use super::styles::{AWAY, wear};
use super::walk;
use super::words as say;
use crate::state::catalogue::{filled, text};
use crate::state::session::{Command, ListStatus, OlderStatus, RowKey};
use crate::state::{Item, use_state};

/// The list of messages, and its loading, empty and error states.
#[component]
pub fn Timeline(
    /// Where one is in it.
    scroller: Scroller,
    /// The day to go to, while one chooses it.
    choice: Choice,
) -> impl IntoView {
    let state = use_state();
    let items = state.items();
    let open = state.conversation();
    let status = move || open.read().as_ref().map(|open| open.status.clone());
    let older = move || open.read().as_ref().map(|open| open.older.clone());
    follow(move || {
        items.track();
        state.around().track();
        open.track();
        scroller.keep_soon(state);
    });

    rows::draw(state, scroller, move |item| match item {
        Item::Day(start) => day_line(start, choice),
        Item::Gap(key) => view! { <Gap key=key /> }.into_any(),
        Item::Message(_) => nothing(),
    });

    let missed = move || open.read().as_ref().map_or(0, |open| open.missed as u64);
    let empty = known(move || items.read().is_empty());
    // The name of the button, where there are any: its title describes it then.
    let count = move || {
        view! {
            <span class="badge">
                <span aria-hidden="true">{words(move || say::badge(missed()))}</span>
                <span class="visually-hidden">
                    {words(move || filled("timeline.to-end.new", &[("count", &missed().to_string())]))}
                </span>
            </span>
        }
        .into_any()
    };
    let away = move || scroller.is_away();
    let to_end = move || {
        wear(state, &AWAY);
        let go = click(move || scroller.follow(state));
        view! {
            <button class="to-end" type="button" title=text("timeline.to-end") on:click=go>
                {icon(DOWN)}
                {shown(move || missed() != 0, count)}
            </button>
        }
        .into_any()
    };
    view! {
        <div class="timeline">
            <div
                class="timeline-list"
                tabindex="0"
                role="region"
                aria-label=text("timeline")
                node_ref=scroller.list
                on:scroll=happened(move || scroller.scrolled(state))
            >
                <div class="timeline-top">
                    {part(move || match older() {
                        Some(OlderStatus::Loading) => {
                            view! { <Spinner label=text("timeline.loading-older") /> }.into_any()
                        }
                        Some(OlderStatus::Failed(failure)) => view! {
                            <p role="alert">{say::failure(&failure)}</p>
                            {button(
                                "button small",
                                text("timeline.load-older"),
                                click(move || state.send(Command::LoadOlder)),
                            )}
                        }
                        .into_any(),
                        Some(OlderStatus::Unknown | OlderStatus::More | OlderStatus::End) | None => nothing(),
                    })}
                </div>
                {part(move || match status() {
                    Some(ListStatus::Loading) => view! {
                        <p class="timeline-state"><Spinner label=text("timeline.loading") /></p>
                    }
                    .into_any(),
                    Some(ListStatus::Failed(failure)) => view! {
                        <div class="timeline-state" role="alert">
                            <p>{say::failure(&failure)}</p>
                            {button(
                                "button small",
                                text("try-again"),
                                click(move || state.send(Command::Reload)),
                            )}
                        </div>
                    }
                    .into_any(),
                    Some(ListStatus::Ready) if empty.get() => view! {
                        <p class="timeline-state">{text("timeline.empty")}</p>
                    }
                    .into_any(),
                    Some(ListStatus::Ready) | None => nothing(),
                })}
                <div class="timeline-space" node_ref=scroller.above></div>
                {shown(away, move || day_in_view(scroller, choice))}
                <ol class="messages" node_ref=scroller.rows></ol>
                <div class="timeline-space" node_ref=scroller.below></div>
            </div>
            {shown(away, to_end)}
            {shown(move || *state.whole().read(), move || walk::begin(scroller))}
            <GoTo choice=choice scroller=scroller />
        </div>
    }
}

/// Messages are missing here: they are loaded when this comes into view, or at a click where that has failed.
#[component]
fn Gap(key: RowKey) -> impl IntoView {
    let state = use_state();
    let open = state.conversation();
    let failed = move || {
        let open = open.read();
        matches!(open.as_ref().map(|open| &open.gap), Some(OlderStatus::Failed(_)))
    };
    view! {
        <li class="gap" id=gap_id(key)>
            {part(move || {
                if failed() {
                    button(
                        "button small",
                        text("timeline.load-missing"),
                        click(move || {
                            state.send(Command::Fill { before: key, from_above: false });
                        }),
                    )
                } else {
                    view! { <Spinner label=text("timeline.loading-missing") /> }.into_any()
                }
            })}
        </li>
    }
}
