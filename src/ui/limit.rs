//! How much more may be written, once that is little: above the field, and in its way of saying it where it is too much.

use std::cell::RefCell;

use leptos::prelude::*;

use super::live::{distinct, mark, words};
use super::pattern::Made;
use super::styles::{LIMIT, wear};
use crate::state::State;
use crate::state::catalogue::{counted, text};

/// So many characters are little.
const LITTLE: i64 = 500;
/// So many bytes may be near a limit, of which characters have one at least. Hardly a message has as many.
const MANY: usize = 5_000;

/// Who hears the page is told at these.
const STEPS: [i64; 5] = [0, 10, 50, 100, LITTLE];

struct Shown {
    left: RwSignal<i64>,
    _made: Made,
}

thread_local! {
    static SHOWN: RefCell<Option<Shown>> = const { RefCell::new(None) };
}

/// Whether a text may be near a limit, or was.
pub(super) fn concerns(now: &str) -> bool {
    now.len() >= MANY || SHOWN.with_borrow(Option::is_some)
}

/// How many characters are left of what the server takes; fewer than none where it is too much. `None` where it takes any.
fn left(state: State, now: &str) -> Option<i64> {
    let longest = i64::try_from(state.account().read_untracked().longest?).ok()?;
    Some(longest - i64::try_from(now.chars().count()).ok()?)
}

/// Whether a text is longer than the server takes.
pub(super) fn is_exceeded(state: State, now: &str) -> bool {
    left(state, now).is_some_and(|left| left < 0)
}

/// The text of the field is this now.
pub(super) fn edited(state: State, owner: &Owner, now: &str) {
    let now = left(state, now).filter(|left| *left <= LITTLE);
    let known = SHOWN.with_borrow(|shown| shown.as_ref().map(|shown| shown.left));
    match (known, now) {
        (Some(left), Some(now)) => left.set(now),
        (None, Some(now)) => {
            wear(state, &LIMIT);
            let left = RwSignal::new(now);
            let form = document().query_selector(".composer").ok().flatten();
            let place = form.as_ref().and_then(|form| form.parent_element());
            let made = Made::of(owner, || note(left));
            let (Some(form), Some(place), Some(mut made)) = (form, place, made) else { return };
            made.mount(&place, Some(&form));
            // Its place stays when the field goes.
            owner.with(|| on_cleanup(|| drop(SHOWN.take())));
            SHOWN.set(Some(Shown { left, _made: made }));
        }
        (_, None) => drop(SHOWN.take()),
    }
}

fn note(left: RwSignal<i64>) -> AnyView {
    let said = distinct(move || {
        let left = left.get();
        match STEPS.into_iter().find(|step| left <= *step) {
            Some(step) if left >= 0 => told(step),
            // However much it is too much.
            _ => text("limit.too-long").to_owned(),
        }
    });
    view! {
        <p class="limit" data-exceeded=mark(move || (left.get() < 0).then_some(""))>
            <span aria-hidden="true">{words(move || told(left.get()))}</span>
            <span class="visually-hidden" role="status">{words(move || said.get())}</span>
        </p>
    }
    .into_any()
}

fn told(left: i64) -> String {
    let key = if left < 0 { "limit.exceeded" } else { "limit.left" };
    counted(key, left.unsigned_abs())
}
