//! Where one is in a conversation: at its end, which it follows, or at a row, which stays where it is.
//!
//! Rows come and go above and below, and their heights change. The browsers' own anchoring differs between
//! them, so it is switched off (`style/timeline.css`) and done here: after each change the row that was under
//! the eyes is put back to the pixel.

use leptos::html::{self, ElementType};
use leptos::prelude::*;

use crate::state::session::{Command, OlderStatus, RowKey};
use crate::state::{Item, Seen, State};

/// How near to the end one must be to be there, in pixels: less than a line of text.
const AT_END: i32 = 24;

/// Where one is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Anchor {
    /// At the end.
    End,
    /// This row's upper edge is so many pixels below that of the list.
    Row(RowKey, f64),
}

/// What is remembered between two looks.
#[derive(Clone, Copy)]
struct Place {
    anchor: Anchor,
    /// How far it was scrolled.
    top: i32,
    /// Whether something has changed and the place is about to be put back.
    unkept: bool,
    /// What the session was told: whether the newest message is in view.
    told: Option<bool>,
}

/// The scrolling of one open conversation. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Scroller {
    /// The element that scrolls.
    pub list: NodeRef<html::Div>,
    place: StoredValue<Place>,
    away: RwSignal<bool>,
}

/// The identity on the page of a message's row.
pub fn row_id(key: RowKey) -> String {
    format!("message-{}", key.0)
}

/// The identity on the page of the mark before a message that others are missing before.
pub fn gap_id(key: RowKey) -> String {
    format!("gap-{}", key.0)
}

impl Scroller {
    /// At the end of a conversation.
    #[expect(clippy::new_without_default, reason = "it makes signals, which no default should")]
    pub fn new() -> Self {
        let place = Place { anchor: Anchor::End, top: 0, unkept: false, told: None };
        Self { list: NodeRef::new(), place: StoredValue::new(place), away: RwSignal::new(false) }
    }

    /// Whether one has scrolled away from the end.
    pub fn away(self) -> Seen<bool> {
        Seen::of(self.away)
    }

    /// Goes to the end and follows it.
    pub fn follow(self, state: State) {
        self.set(|place| place.anchor = Anchor::End);
        self.keep_soon(state);
    }

    /// Puts back what was under the eyes, before the browser paints.
    pub fn keep_soon(self, state: State) {
        self.set(|place| place.unkept = true);
        request_animation_frame(move || self.keep(state));
    }

    /// One has scrolled, or it was done for one.
    pub fn scrolled(self, state: State) {
        let (Some(list), Some(place)) = (self.list(), self.place.try_get_value()) else { return };
        let (before, now) = (place.top, list.scroll_top());
        self.set(|place| place.top = now);
        if let (true, Anchor::Row(key, at)) = (place.unkept, place.anchor) {
            // The rows lie elsewhere already: what is under the eyes now is not what one scrolled to.
            let anchor = Anchor::Row(key, at - f64::from(now - before));
            return self.set(|place| place.anchor = anchor);
        }
        let below = list.scroll_height() - now - list.client_height();
        let anchor = if below <= AT_END {
            Anchor::End
        } else if place.anchor == Anchor::End && now >= before {
            // The word of a scroll comes late: something was added meanwhile, and nobody went up.
            self.keep_soon(state);
            Anchor::End
        } else {
            let edge = list.get_bounding_client_rect().top();
            first_below(state, edge).map_or(Anchor::End, |(key, at)| Anchor::Row(key, at - edge))
        };
        self.set(|place| place.anchor = anchor);
        self.tell(state);
        self.reach_back(state);
    }

    fn keep(self, state: State) {
        let (Some(list), Some(place)) = (self.list(), self.place.try_get_value()) else { return };
        match place.anchor {
            Anchor::End => list.set_scroll_top(list.scroll_height()),
            Anchor::Row(key, at) => {
                if let Some(row) = document().get_element_by_id(&row_id(key)) {
                    let top = list.get_bounding_client_rect().top();
                    let moved = row.get_bounding_client_rect().top() - top - at;
                    if moved.abs() >= 0.5 {
                        #[expect(clippy::cast_possible_truncation, reason = "pixels on a page")]
                        list.set_scroll_top(list.scroll_top() + moved.round() as i32);
                    }
                }
            }
        }
        self.set(|place| {
            place.unkept = false;
            place.top = list.scroll_top();
        });
        self.tell(state);
        self.reach_back(state);
    }

    /// The element, while there is one: what was put off may come after the conversation was left.
    fn list(self) -> Option<<html::Div as ElementType>::Output> {
        self.list.try_get_untracked().flatten()
    }

    fn set(self, change: impl FnOnce(&mut Place)) {
        let _ = self.place.try_update_value(change);
    }

    /// Tells the session whether the newest message is in view.
    fn tell(self, state: State) {
        let Some(place) = self.place.try_get_value() else { return };
        let at_end = place.anchor == Anchor::End;
        if self.away.try_get_untracked() == Some(at_end) {
            self.away.set(!at_end);
        }
        // Nothing is in view before there is something.
        if state.items().read_untracked().is_empty() || place.told == Some(at_end) {
            return;
        }
        self.set(|place| place.told = Some(at_end));
        state.send(Command::AtBottom(at_end));
    }

    /// Asks for older messages a screen before one gets there, or where they do not fill the screen.
    fn reach_back(self, state: State) {
        let Some(list) = self.list() else { return };
        let (older, gap) = {
            let open = state.conversation().read_untracked();
            let more = |status: &OlderStatus| *status == OlderStatus::More;
            open.as_ref().map_or((false, false), |open| (more(&open.older), more(&open.gap)))
        };
        let near_the_top = older && list.scroll_top() < list.client_height();
        if near_the_top || gap && is_near_a_gap(state, &list) {
            state.send(Command::LoadOlder);
        }
    }
}

/// Whether one is within a screen of where messages are missing.
fn is_near_a_gap(state: State, list: &<html::Div as ElementType>::Output) -> bool {
    let view = list.get_bounding_client_rect();
    let (top, bottom) = (view.top() - view.height(), view.bottom() + view.height());
    state.items().read_untracked().iter().any(|item| {
        let Item::Gap(key) = item else { return false };
        let mark = document().get_element_by_id(&gap_id(*key));
        mark.map(|mark| mark.get_bounding_client_rect())
            .is_some_and(|mark| mark.bottom() > top && mark.top() < bottom)
    })
}

/// The first message whose lower edge is below that line of the window, and where its upper edge is.
fn first_below(state: State, line: f64) -> Option<(RowKey, f64)> {
    let items = state.items();
    let items = items.read_untracked();
    let edges = |item: &Item| {
        let Item::Message(key) = item else { return None };
        let row = document().get_element_by_id(&row_id(*key))?.get_bounding_client_rect();
        Some((*key, row.top(), row.bottom()))
    };
    // Rows lie in order, so that the first one is found by halving; a line between days counts as its next row.
    let first =
        items.partition_point(|item| edges(item).is_some_and(|(.., bottom)| bottom <= line));
    items.get(first..)?.iter().find_map(edges).map(|(key, top, _)| (key, top))
}
