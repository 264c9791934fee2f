//! Through the messages by keyboard. Their list is one stop of the Tab key: arrows up and down walk its rows, arrows to the sides
//! what is in one (WAI-ARIA Authoring Practices, "Keyboard Navigation Inside Components").

use std::cell::Cell;
use std::ops::Deref;
use std::rc::Rc;

use leptos::ev::{self, KeyboardEvent, MouseEvent};
use leptos::html::{ElementType, Li};
use leptos::prelude::*;
use leptos::tachys::renderer::CastFrom;
use leptos::tachys::renderer::types::{Element, Node};

use super::actions::Actions;
use super::keyboard;
use super::live::{follow, soon};
use super::pattern::{first, next};
use super::press::is_composing;
use super::scroller::{Scroller, row_id};
use super::styles::{ACTIONS, wear};
use crate::state::session::{OlderStatus, RowKey};
use crate::state::{State, use_state};

/// What can have the focus.
type Focusable = <<Li as ElementType>::Output as Deref>::Target;

/// A row.
const ROW: &str = ".message";
/// All of them.
const ROWS: &str = ".messages";
/// What can be done in a row. None of it is a stop of the Tab key.
const WITHIN: &str = "a[href], button";
/// Where one writes.
const COMPOSER: &str = "composer";
/// So much of what is around a row stays in view with it, in pixels: the pill of the day has room there.
const MARGIN: f64 = 48.0;

thread_local! {
    /// A step up, or down, from a row beyond which those that are to come were not drawn yet.
    static OWED: Cell<Option<(RowKey, bool)>> = const { Cell::new(None) };
}

/// Listens from now on, for as long as the list is there.
pub(super) fn begin(scroller: Scroller) -> AnyView {
    let state = use_state();
    wear(state, &ACTIONS);
    let walk = Walk { state, scroller };
    let actions = Rc::new(Actions::new(state));
    // The row that the focus is in, as far as is known: it may be taken out from under it.
    let at = Rc::new(Cell::new(None::<RowKey>));

    let keys = window_event_listener(ev::keydown, move |event| {
        if walk.pressed(&event) {
            event.prevent_default();
        }
    });
    let (focused, shown) = (Rc::clone(&at), Rc::clone(&actions));
    let focus = window_event_listener(ev::focusin, move |event| {
        let row = walk.row_of(&event_target(&event));
        focused.set(row.as_ref().and_then(key_of));
        shown.show_in(row.as_ref());
    });
    let hovered = Rc::clone(&at);
    let hover = window_event_listener(ev::mouseover, move |event: MouseEvent| {
        let row = walk.row_of(&event_target(&event));
        actions.show_in(row.or_else(|| row_of(hovered.get()?)).as_ref());
    });
    let left = Rc::clone(&at);
    let pointer = window_event_listener(ev::mousedown, move |event: MouseEvent| {
        if walk.row_of(&event_target(&event)).is_none() {
            left.set(None);
        }
    });
    // They would outlive the list, and what they hold with them.
    let listeners = StoredValue::new_local(Some([keys, focus, hover, pointer]));
    on_cleanup(move || {
        let listeners = listeners.try_update_value(Option::take).flatten();
        listeners.into_iter().flatten().for_each(WindowListenerHandle::remove);
    });

    follow(move || {
        state.items().track();
        let at = Rc::clone(&at);
        soon(move || walk.holds(at.get()));
    });
    ().into_any()
}

/// Puts the focus on the newest message.
pub(super) fn to_the_last(scroller: Scroller) {
    if let Some(last) = rows(scroller).last() {
        focus(scroller, last);
    }
}

/// Goes from a message to where one writes, if one is at one.
pub(super) fn leaves(from: &Element) -> bool {
    let field = document().get_element_by_id(COMPOSER).filter(|_| within(from, ROWS).is_some());
    field.is_some_and(|field| focus_on(&field))
}

/// The list that is walked.
#[derive(Clone, Copy)]
struct Walk {
    state: State,
    scroller: Scroller,
}

impl Walk {
    /// The row of this list that something is in.
    fn row_of(self, target: &Element) -> Option<Element> {
        let here = within(target, ROWS) == self.scroller.rows.get_untracked().map(Into::into);
        within(target, ROW).filter(|_| here)
    }

    /// A key was pressed. Whether it is used up by this.
    fn pressed(self, event: &KeyboardEvent) -> bool {
        OWED.take();
        let target: Element = event_target(event);
        let list = within(&target, ".timeline-list");
        if list.is_none()
            || is_composing(event)
            || keyboard::is_command(event)
            || keyboard::is_held(event, "Alt")
        {
            return false;
        }
        let row = self.row_of(&target);
        let key = event.key();
        match (key.as_str(), row) {
            ("ArrowUp" | "ArrowDown", row) => self.steps(row.as_ref(), key == "ArrowDown"),
            ("ArrowLeft" | "ArrowRight", Some(row)) => {
                let onward = (key == "ArrowRight") != is_right_to_left();
                steps_within(&row, &target, onward)
            }
            ("Enter", Some(row)) if row == target => steps_within(&row, &target, true),
            ("PageUp" | "PageDown" | "Home" | "End", Some(_)) => {
                // What has the focus goes out of sight, and may go out of the page.
                if let Some(list) = list {
                    focus_on(&list);
                }
                keyboard::scroll(self.state, self.scroller, event);
                true
            }
            _ => false,
        }
    }

    /// On to the next row; where one is higher than the list, through it first.
    fn steps(self, from: Option<&Element>, down: bool) -> bool {
        let Some(list) = self.scroller.list.get_untracked() else { return false };
        let view = list.get_bounding_client_rect();
        let mut rows = rows(self.scroller);
        if !down {
            rows.reverse();
        }
        let Some(from) = from else {
            // The outermost of those that are in view.
            let is_in_view = |row: &&Element| {
                let row = row.get_bounding_client_rect();
                row.bottom() > view.top() && row.top() < view.bottom()
            };
            if let Some(row) = rows.iter().find(is_in_view) {
                focus(self.scroller, row);
            }
            return true;
        };
        let row = from.get_bounding_client_rect();
        let hidden = if down { row.bottom() - view.bottom() } else { view.top() - row.top() };
        if hidden > MARGIN {
            let by = hidden.min(view.height() * 0.8);
            list.scroll_by_with_x_and_y(0.0, if down { by } else { -by });
        } else if let Some(next) = rows.iter().skip_while(|row| *row != from).nth(1) {
            focus(self.scroller, next);
        } else if self.goes_on(down) {
            OWED.set(key_of(from).map(|from| (from, down)));
        }
        true
    }

    /// Whether there are more messages than are drawn.
    fn goes_on(self, down: bool) -> bool {
        let (above, below) = self.state.around().get_untracked();
        let open = self.state.conversation().read_untracked();
        let older = open.as_ref().map(|open| &open.older);
        if down {
            below > 0
        } else {
            above > 0 || matches!(older, Some(OlderStatus::More | OlderStatus::Loading))
        }
    }

    /// Others are drawn now. Where the focus was on a row, it is still there; and where that is gone, on the list.
    fn holds(self, at: Option<RowKey>) {
        let Some(key) = at else { return };
        let focused = document().query_selector(":focus").ok().flatten();
        let elsewhere = match &focused {
            None => true,
            Some(focused) => self.row_of(focused).is_some_and(|row| key_of(&row) != Some(key)),
        };
        if elsewhere {
            let list = self.scroller.list.get_untracked().map(Into::into);
            match row_of(key) {
                Some(row) => focus(self.scroller, &row),
                None => drop(list.is_some_and(|list: Element| focus_on(&list))),
            }
        }
        if let Some((from, down)) = OWED.take().filter(|(from, _)| *from == key) {
            self.steps(row_of(from).as_ref(), down);
        }
    }
}

/// The rows that are drawn.
fn rows(scroller: Scroller) -> Vec<Element> {
    let list = scroller.rows.get_untracked();
    let lines = list.map(|list| children(&list)).unwrap_or_default();
    lines.into_iter().filter(|line| within(line, ROW).is_some()).collect()
}

/// The elements in this one.
pub(super) fn children(of: &Node) -> Vec<Element> {
    let nodes = std::iter::successors(first(of), next);
    nodes.filter_map(Element::cast_from).collect()
}

fn within(element: &Element, place: &str) -> Option<Element> {
    element.closest(place).ok().flatten()
}

/// The row of a message, if it is drawn.
fn row_of(key: RowKey) -> Option<Element> {
    document().get_element_by_id(&row_id(key))
}

/// Which message a row stands for.
pub(super) fn key_of(row: &Element) -> Option<RowKey> {
    let number = row.id();
    number.rsplit('-').next()?.parse().ok().map(RowKey)
}

/// All that can be done in a part of a row.
fn find_within(part: &Element, found: &mut Vec<Element>) {
    for child in children(part) {
        if within(&child, WITHIN).is_some() {
            found.push(child);
        } else {
            find_within(&child, found);
        }
    }
}

/// From what has the focus in a row to the next thing that can be done there; before the first one is the row itself.
fn steps_within(row: &Element, from: &Element, onward: bool) -> bool {
    let mut all = vec![row.clone()];
    find_within(row, &mut all);
    let at = all.iter().position(|element| element == from);
    let to = at.and_then(|at| if onward { at.checked_add(1) } else { at.checked_sub(1) });
    to.and_then(|to| all.get(to)).is_some_and(focus_on)
}

/// Whether the page is read from right to left.
pub(super) fn is_right_to_left() -> bool {
    document().query_selector(":root[dir=rtl]").is_ok_and(|root| root.is_some())
}

/// Puts the focus on a row and brings it into view, no further than it must.
fn focus(scroller: Scroller, row: &Element) {
    let Some(list) = scroller.list.get_untracked() else { return };
    // The browsers scroll each in its own way for a focus.
    let top = list.scroll_top();
    let _ = row.set_attribute("tabindex", "-1");
    focus_on(row);
    list.set_scroll_top(top);
    let (view, row) = (list.get_bounding_client_rect(), row.get_bounding_client_rect());
    let above = row.top() - MARGIN - view.top();
    let below = row.bottom() + MARGIN - view.bottom();
    // What is higher than the list is read from its beginning.
    let by = if above < 0.0 { above } else { below.clamp(0.0, above) };
    if by != 0.0 {
        list.scroll_by_with_x_and_y(0.0, by);
    }
}

/// Puts the focus there, if it can have it.
pub(super) fn focus_on(element: &Element) -> bool {
    Focusable::cast_from(element.clone()).is_some_and(|element| element.focus().is_ok())
}
