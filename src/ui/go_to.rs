//! Going to a day of the open conversation: where one chooses it, how far the way there is, and that one is there.

use leptos::html::Input;
use leptos::prelude::*;

use super::element_ref::ElementRef;
use super::live::{follow, shown, words};
use super::press::{button, click, key, submitted};
use super::scroller::Scroller;
use super::status::Spinner;
use super::styles::{GO_TO, wear};
use crate::state::catalogue::{filled, text};
use crate::state::session::{Around, Command};
use crate::state::{Timestamp, use_state};

/// The day in the field while one chooses one, as a date field has it.
pub type Choice = RwSignal<Option<String>>;

/// The field, or how far one has come. It lies over the messages: nothing moves for it.
#[component]
pub fn GoTo(
    /// The day to begin with.
    choice: Choice,
    /// Where one is.
    scroller: Scroller,
) -> impl IntoView {
    let state = use_state();
    let open = state.conversation();
    let field = ElementRef::<Input>::new();
    follow(move || {
        let _ = field.get().map(|field| field.focus());
    });
    let close = move || {
        choice.set(None);
        let _ = scroller.list.get_untracked().map(|list| list.focus());
    };
    let go = move || {
        let text = field.get_untracked().map(|field| field.value()).unwrap_or_default();
        if let Some(day) = (state.locale().day_of)(&text) {
            let (from, to) = (Timestamp::from_millis(day.start), Timestamp::from_millis(day.end));
            close();
            // The word of a scroll comes late, and who scrolls on the way gives it up: this was before.
            scroller.scrolled(state);
            state.send(Command::Look(Around::Date { from, to }));
        }
    };
    let leave = move || {
        key(move |event| {
            if event.key() == "Escape" {
                event.stop_propagation();
                close();
            }
        })
    };
    let form = move || {
        wear(state, &GO_TO);
        let date = state.locale().field;
        let begins = open.read_untracked().as_ref().and_then(|open| open.begins);
        // An empty one is none.
        let begins = begins.map_or_else(String::new, |begins| date(Some(begins)));
        view! {
            <form class="go-to" on:submit=submitted(go) on:keydown=leave()>
                <label for="go-to">{text("day.field")}</label>
                <input
                    id="go-to"
                    type="date"
                    required=""
                    min=begins
                    max=date(None)
                    value=choice.get_untracked().unwrap_or_default()
                    node_ref=field
                />
                <button class="button small" type="submit">{text("day.go")}</button>
            </form>
        }
        .into_any()
    };
    let reached = move || {
        let reached = open.read().as_ref().and_then(|open| open.seeking.flatten());
        reached.map_or_else(String::new, |at| (state.locale().date)(at))
    };
    let way = move || {
        wear(state, &GO_TO);
        view! {
            <div class="go-to">
                <Spinner label=text("day.looking") />
                <span>{words(reached)}</span>
                {button("button small", text("day.stop"), click(move || state.send(Command::Stay)))}
            </div>
        }
        .into_any()
    };
    let there = move || {
        // The row comes after the word of it.
        state.items().track();
        let arrived = open.read().as_ref().and_then(|open| open.arrived);
        let rows = state.rows().read_untracked();
        let at = arrived.and_then(|(key, _)| Some(rows.get(&key)?.at));
        at.map_or_else(String::new, |at| {
            filled("day.arrived", &[("date", &(state.locale().date)(at))])
        })
    };
    view! {
        {shown(move || choice.read().is_some(), form)}
        {shown(move || open.read().as_ref().is_some_and(|open| open.seeking.is_some()), way)}
        <p class="visually-hidden" role="status">{words(there)}</p>
    }
}
