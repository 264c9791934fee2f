//! The days of a conversation: a line where one begins, and above the list the day of what is in view.

use leptos::prelude::*;

use super::go_to::Choice;
use super::live::{follow, nothing, part};
use super::press::click;
use super::scroller::{Scroller, day_id};
use crate::state::catalogue::text;
use crate::state::{Timestamp, use_state};

/// A day begins. From there one may go to another, also by the button above the messages: the list is one stop of the
/// keyboard's.
pub(super) fn day_line(start: i64, choice: Choice) -> AnyView {
    view! {
        <li class="day" id=day_id(start)>
            {day(start, choice)}
        </li>
    }
    .into_any()
}

/// Who has scrolled away from the end sees on which day they are. Those who hear the page have it from the lines between the
/// messages.
pub(super) fn day_in_view(scroller: Scroller, choice: Choice) -> AnyView {
    let state = use_state();
    follow(move || {
        // What was told before this was there.
        if scroller.track.element().is_some() {
            scroller.sticks(state);
        }
    });
    let line = move || scroller.day().map_or_else(nothing, |start| day(start, choice));
    view! {
        <div class="day-track" aria-hidden="true" node_ref=scroller.track>
            <div class="day day-in-view">{part(line)}</div>
        </div>
    }
    .into_any()
}

fn day(start: i64, choice: Choice) -> AnyView {
    let (locale, start) = (use_state().locale(), Timestamp::from_millis(start));
    let choose = move || choice.set(Some((locale.field)(Some(start))));
    view! {
        <button type="button" tabindex="-1" title=text("day.another") on:click=click(choose)>
            {(locale.date)(start)}
        </button>
    }
    .into_any()
}
