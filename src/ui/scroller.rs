//! Where one is in a conversation: at its end, which it follows, or at a row, which stays where it is.
//!
//! Only the rows around that are drawn. What is before and after them has its room above and below, as high as it is
//! likely to be, so that the scroll bar stands for the whole conversation and leads anywhere in it.
//!
//! Rows come and go above and below, and their heights change. The browsers' own anchoring differs between
//! them, so it is switched off (`style/timeline.css`) and done here: after each change, and whenever anything has got
//! another size, the row that was under the eyes is put back to the pixel before that is painted. The room above gives
//! way first, since a browser that is told how far to scroll while it scrolls by itself may stop doing so.
//!
//! How far one has scrolled is what counts, and never where the rows are found afterwards: other things may have
//! moved them meanwhile.

use leptos::html::{self, ElementType};
use leptos::prelude::*;
use leptos::tachys::renderer::types::Element;

use super::element_ref::ElementRef;
use super::live::{next_frame, soon};
use crate::state::session::{Around, Command, OlderStatus, RowKey};
use crate::state::{Item, State};

/// How near to the end one must be to be there, in pixels: less than a line of text.
const AT_END: i32 = 24;
/// The likely height of a row before any was seen, in pixels.
const LIKELY: f64 = 56.0;
/// What rounding may do to a row's place, in pixels.
const ROUNDED: f64 = 1.5;
/// So many pixels of what comes before are in view above a row that one has gone to.
const BEFORE: f64 = 48.0;
/// From so many rows on their heights tell what is likely.
const ENOUGH: usize = 10;
/// Away from the end, with the line of no day above.
const NO_DAY: u64 = 1;
/// On the line of the day that sticks to the upper edge.
const STUCK: &str = "data-stuck";
/// No element is higher than that, in pixels: browsers lose count beyond some ten millions.
const HIGHEST: f64 = 8_000_000.0;

type Div = <html::Div as ElementType>::Output;

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
    /// Whether it is heard when anything gets another size.
    watched: bool,
    /// Whether one is where one was when it was left.
    begun: bool,
    /// The likely height of a row that is not drawn, once it is known.
    each: Option<f64>,
    /// The height of the room above.
    room: f64,
    /// For how many rows that is.
    above: usize,
    /// The place that one has scrolled to, where its row is not drawn yet, and how far below the list's upper edge it
    /// belongs.
    leap: Option<(usize, f64)>,
    /// How far one could scroll when the end was last gone to.
    end: i32,
    /// What the session was told.
    told: Option<Anchor>,
    /// How often one has gone somewhere.
    arrived: u64,
}

impl Place {
    /// Goes with what one has scrolled since the last look, and says how far that was.
    fn follow_the_hand(&mut self, list: &Div) -> i32 {
        let now = list.scroll_top();
        let by = now - self.top;
        // What has become shorter than one was far down is scrolled up by the browser, and not by anybody.
        let by = if now + list.client_height() >= list.scroll_height() { by.max(0) } else { by };
        self.top = now;
        if let Anchor::Row(_, at) = &mut self.anchor {
            *at -= f64::from(by);
        }
        if let Some((_, at)) = &mut self.leap {
            *at -= f64::from(by);
        }
        by
    }

    /// Whether one has asked for the end and is not there yet. On the way what is drawn becomes shorter, and then longer: the browser
    /// scrolls up for that, and nobody else.
    fn goes_to_the_end(&self) -> bool {
        self.end < 0
    }

    /// Whether what one has leapt to is drawn now. One is there then.
    fn lands(&mut self, state: State) -> bool {
        let Some((to, at)) = self.leap else { return false };
        let Some(before) = to.checked_sub(state.around().get_untracked().0) else { return false };
        let items = state.items();
        let row = messages(&items.read_untracked()).nth(before);
        let Some(key) = row.filter(|key| top_of(*key).is_some()) else { return false };
        self.room = (f64::from(self.top) + at - likely(self.each, before)).max(1.0);
        (self.anchor, self.leap) = (Anchor::Row(key, at), None);
        true
    }
}

/// The scrolling of one open conversation. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Scroller {
    /// The element that scrolls.
    pub list: ElementRef<html::Div>,
    /// The rows that are drawn.
    pub rows: ElementRef<html::Ol>,
    /// The room for those before them.
    pub above: ElementRef<html::Div>,
    /// The room for those after them.
    pub below: ElementRef<html::Div>,
    /// Where the day of what is in view sticks to the upper edge: from its line to that of the next one.
    pub track: ElementRef<html::Div>,
    place: StoredValue<Place>,
    /// The day of what is in view, where one has scrolled away from the end: [`NO_DAY`], or that and when it begins. A signal of a
    /// type that there is anyway.
    day: RwSignal<u64>,
}

/// The identity on the page of a message's row.
pub fn row_id(key: RowKey) -> String {
    format!("message-{}", key.0)
}

/// The identity on the page of the mark before a message that others are missing before.
pub fn gap_id(key: RowKey) -> String {
    format!("gap-{}", key.0)
}

/// The identity on the page of the line that a day begins with.
pub fn day_id(start: i64) -> String {
    format!("day-{start}")
}

impl Scroller {
    /// At the end of a conversation.
    #[expect(clippy::new_without_default, reason = "it makes signals, which no default should")]
    pub fn new() -> Self {
        let place = Place {
            anchor: Anchor::End,
            top: 0,
            watched: false,
            begun: false,
            each: None,
            room: 0.0,
            above: 0,
            leap: None,
            end: 0,
            told: None,
            arrived: 0,
        };
        Self {
            list: ElementRef::new(),
            rows: ElementRef::new(),
            above: ElementRef::new(),
            below: ElementRef::new(),
            track: ElementRef::new(),
            place: StoredValue::new(place),
            day: RwSignal::new(0),
        }
    }

    /// Whether one has scrolled away from the end.
    pub fn is_away(self) -> bool {
        *self.day.read() != 0
    }

    /// When the day of what is in view begins; nothing at the end, or where its line is in view.
    pub fn day(self) -> Option<i64> {
        self.day.read().checked_sub(NO_DAY + 1).map(u64::cast_signed)
    }

    /// Lets the day of what is in view stick to the upper edge, and says which it is. What scrolls with the list is a track from its
    /// line to that of the next one, and the browser keeps the day in it: so it is pushed away exactly as one scrolls, and
    /// nothing is to be done before the next day begins.
    #[inline(never)]
    pub fn sticks(self, state: State) -> u64 {
        let (Some(list), Some(rows)) = (self.list(), self.rows.get_untracked()) else {
            return NO_DAY;
        };
        let (edge, rows) = (list.get_bounding_client_rect().top(), rows.get_bounding_client_rect());
        let days: Vec<i64> = days(&state.items().read_untracked()).collect();
        let top = |start: &i64| Some(line_of(*start)?.get_bounding_client_rect().top());
        // What lies at the edge to the pixel belongs there, whatever rounding does.
        let is_above = |start: &i64| top(start).is_some_and(|top| top < edge + ROUNDED);
        let after = days.partition_point(is_above);
        let Some(start) = after.checked_sub(1).and_then(|place| days.get(place)) else {
            return NO_DAY;
        };
        let from = top(start).unwrap_or(edge);
        let to = days.get(after).and_then(top).unwrap_or(rows.bottom());
        is_so(self.track, "margin-block-start", from - rows.top());
        is_so(self.track, "height", to - from);
        if let Some(line) = line_of(*start).filter(|line| !line.has_attribute(STUCK)) {
            let _ = line.set_attribute(STUCK, "");
        }
        start.cast_unsigned().wrapping_add(NO_DAY + 1)
    }

    /// Stays where one is while something in view changes its size by one's own doing, also at the end; or has this row's upper
    /// edge in view.
    pub fn stays_at(self, state: State, row: Option<RowKey>) {
        let Some(list) = self.list() else { return };
        let edge = list.get_bounding_client_rect().top();
        let at = match row {
            Some(key) => top_of(key).map(|top| (key, (top - edge).max(BEFORE))),
            None => first_below(state, edge).map(|(key, top)| (key, top - edge)),
        };
        if let Some((key, at)) = at {
            self.set(|place| place.anchor = Anchor::Row(key, at));
            self.tell(state);
        }
    }

    /// Goes to the end and follows it.
    pub fn follow(self, state: State) {
        self.set(|place| (place.anchor, place.leap, place.end) = (Anchor::End, None, -1));
        if state.around().get_untracked().1 > 0 {
            state.send(Command::Look(Around::End));
        }
        self.keep_soon(state);
    }

    /// Puts back what was under the eyes once what has changed is drawn: before anything else happens, since the next
    /// paint may come first.
    pub fn keep_soon(self, state: State) {
        soon(move || self.keep(state));
    }

    /// One has scrolled, or it was done for one.
    pub fn scrolled(self, state: State) {
        let (Some(list), Some(mut place)) = (self.list(), self.place.try_get_value()) else {
            return;
        };
        let moved = place.follow_the_hand(&list);
        self.set(|kept| *kept = place);
        let edge = list.get_bounding_client_rect().top();
        if let Anchor::Row(key, at) = place.anchor
            && top_of(key).is_some_and(|top| (top - edge - at).abs() > ROUNDED)
        {
            // The rows lie elsewhere already: what is under the eyes now is not what one scrolled to.
            return self.keep_soon(state);
        }
        // Who scrolls wants to be here.
        if moved != 0 && is_seeking(state) {
            state.send(Command::Stay);
        }
        let below = list.scroll_height() - place.top - list.client_height();
        let anchor = if below <= AT_END && state.around().get_untracked().1 == 0 {
            Anchor::End
        } else if place.anchor == Anchor::End && (moved >= 0 || place.goes_to_the_end()) {
            // The word of a scroll comes late: something was added meanwhile, and nobody went up.
            self.keep_soon(state);
            Anchor::End
        } else {
            // Also where nothing is drawn yet: whoever left the end is not taken back to it meanwhile.
            first_below(state, edge).map_or(Anchor::End, |(key, at)| Anchor::Row(key, at - edge))
        };
        self.set(|place| place.anchor = anchor);
        self.tell(state);
        self.reach_out(state, &list);
    }

    fn keep(self, state: State) {
        let (Some(list), Some(mut place)) = (self.list(), self.place.try_get_value()) else {
            return;
        };
        // One may have scrolled, and the word of it is yet to come: with it, one leaves the end.
        let up = place.follow_the_hand(&list) < 0;
        if up && place.anchor == Anchor::End && !place.goes_to_the_end() {
            return;
        }
        if !place.watched {
            place.watched = true;
            // Whatever the cause: a late picture, a font, the window, a line above.
            let sizes = [".timeline-list", ".timeline-top", ".messages"];
            state.watch_sizes(sizes, move || self.keep(state));
        }
        let (above, below) = state.around().get_untracked();
        let drawn = state.items().read_untracked().len();
        let arrived = state.conversation().read_untracked().as_ref().and_then(|open| open.arrived);
        let arrived = arrived.filter(|(_, number)| *number != place.arrived);
        let arrived = arrived.and_then(|(key, number)| {
            Some((key, number, document().get_element_by_id(&row_id(key))?))
        });
        if !place.begun && drawn > 0 {
            place.begun = true;
            let open = state.conversation().read_untracked();
            if let Some((key, at)) = open.as_ref().and_then(|open| open.at) {
                place.anchor = Anchor::Row(key, f64::from(at));
            }
        }
        if place.each.is_none() && drawn >= ENOUGH {
            let height =
                self.rows.get_untracked().map(|rows| rows.get_bounding_client_rect().height());
            #[expect(clippy::cast_precision_loss, reason = "a few hundred")]
            let each = height.map(|height| height / drawn as f64);
            place.each = each.filter(|each| *each > 1.0);
        }
        let (each, room) = (place.each, place.room);
        let likely = |rows: usize| likely(each, rows);
        let leapt = place.leap.is_some() && place.lands(state);
        if above == 0 {
            place.room = 0.0;
        } else if place.room < 1.0 || place.room > 2.0 * likely(above) + 1_000.0 {
            place.room = likely(above);
        }
        if let Some((key, number, row)) = &arrived {
            (place.begun, place.arrived) = (true, *number);
            place.anchor = Anchor::Row(*key, BEFORE);
            place.leap = None;
            place.room = likely(above);
            let _ = row.set_attribute("data-arrived", "");
            let _ = list.focus();
        }
        is_so(self.above, "height", place.room);
        is_so(self.below, "height", likely(below));
        if arrived.is_some() {
            #[expect(clippy::cast_possible_truncation, reason = "pixels on a page")]
            list.set_scroll_top(place.room as i32);
        }
        match place.anchor {
            Anchor::End => {
                // Only where it has moved away: whoever begins to go up is not held back by each trifle.
                let end = list.scroll_height() - list.client_height();
                if below == 0 && end != place.end {
                    place.end = end;
                    list.scroll_by_with_x_and_y(0.0, f64::from(end));
                }
            }
            Anchor::Row(key, at) => {
                let edge = list.get_bounding_client_rect().top();
                let moved = top_of(key).map(|top| top - edge - at);
                if let Some(moved) = moved.filter(|moved| moved.abs() >= 0.5) {
                    if above > 0 && place.room - moved >= 1.0 {
                        place.room -= moved;
                        is_so(self.above, "height", place.room);
                    } else if !leapt {
                        list.scroll_by_with_x_and_y(0.0, moved);
                    }
                }
                match top_of(key).map(|top| top - edge) {
                    // Where the list has no more to give, one is where one is.
                    Some(is) if (is - at).abs() > ROUNDED => place.anchor = Anchor::Row(key, is),
                    Some(_) => {}
                    None => {
                        // Others are drawn than where one is by now: they go where they are likely to belong.
                        if above > 0 {
                            place.room = (room + likely(above) - likely(place.above)).max(1.0);
                            is_so(self.above, "height", place.room);
                        }
                        let first = first_below(state, edge);
                        place.anchor =
                            first.map_or(place.anchor, |(key, at)| Anchor::Row(key, at - edge));
                    }
                }
            }
        }
        (place.top, place.above) = (list.scroll_top(), above);
        self.set(|kept| *kept = place);
        self.tell(state);
        // Where what is drawn does not fill the screen, more of it belongs to this paint.
        let rows = self.rows.get_untracked().map(|rows| rows.get_bounding_client_rect().top());
        if above > 0 && rows.is_some_and(|top| top > list.get_bounding_client_rect().top()) {
            self.reach_out(state, &list);
        }
        // After the paint: what is under the eyes comes first.
        next_frame(move || {
            if let Some(list) = self.list() {
                self.reach_out(state, &list);
            }
        });
    }

    /// The element, while there is one: what was put off may come after the conversation was left.
    fn list(self) -> Option<Div> {
        self.list.get_untracked()
    }

    fn set(self, change: impl FnOnce(&mut Place)) {
        let _ = self.place.try_update_value(change);
    }

    /// Tells the session whether the newest message is in view, or which row is the first one that is.
    fn tell(self, state: State) {
        let Some(place) = self.place.try_get_value() else { return };
        let at = match place.anchor {
            Anchor::End => None,
            #[expect(clippy::cast_possible_truncation, reason = "pixels on a page")]
            Anchor::Row(key, at) => Some((key, at.round() as i32)),
        };
        let day = if at.is_some() { self.sticks(state) } else { 0 };
        if let Some(before) = self.day.try_get_untracked().filter(|before| *before != day) {
            self.day.set(day);
            unstick(before);
        }
        // Nothing is in view before there is something.
        if state.items().read_untracked().is_empty() || place.told == Some(place.anchor) {
            return;
        }
        self.set(|kept| kept.told = Some(place.anchor));
        state.send(Command::Stand(at));
    }

    /// What is to be drawn: more around what is in view now, whatever was when it was last looked; or where one has
    /// scrolled to where nothing is drawn.
    fn around(self, state: State, list: &Div) -> Option<Around> {
        let (rows, place) = (self.rows.get_untracked()?, self.place.try_get_value()?);
        let (view, drawn) = (list.get_bounding_client_rect(), rows.get_bounding_client_rect());
        let (above, below) = state.around().get_untracked();
        let to = if above > 0 && drawn.top() >= view.bottom() {
            let down = view.top() - drawn.top() + place.room;
            Some(part(down / place.room.max(1.0), above))
        } else if below > 0 && drawn.bottom() <= view.top() {
            let after = (view.top() - drawn.bottom()) / likely(place.each, below).max(1.0);
            Some(above + state.drawn() + part(after, below))
        } else {
            None
        };
        self.set(|place| place.leap = to.map(|to| (to, 0.0)));
        let first = || {
            let (key, top) = first_below(state, view.top())?;
            // The one to hold on to is among those that are drawn next, however far one has scrolled since it was last looked.
            self.set(|place| {
                place.follow_the_hand(list);
                place.anchor = Anchor::Row(key, top - view.top());
            });
            Some(Around::Row(key))
        };
        to.map(Around::Place).or_else(first)
    }

    /// Asks for more rows a screen before one gets there, or where they do not fill the screen.
    fn reach_out(self, state: State, list: &Div) {
        let (Some(rows), Some(place)) = (self.rows.get_untracked(), self.place.try_get_value())
        else {
            return;
        };
        let (above, below) = state.around().get_untracked();
        let (view, drawn) = (list.get_bounding_client_rect(), rows.get_bounding_client_rect());
        let near_the_top = drawn.top() > view.top() - view.height();
        let near_the_end = drawn.bottom() < view.bottom() + view.height();
        self.set(|place| place.leap = None);
        if near_the_top && above > 0 || near_the_end && below > 0 {
            let around = match place.anchor {
                Anchor::End => Around::End,
                Anchor::Row(key, _) => self.around(state, list).unwrap_or(Around::Row(key)),
            };
            return state.send(Command::Look(around));
        }
        let (older, gap) = {
            let open = state.conversation().read_untracked();
            let more = |status: &OlderStatus| *status == OlderStatus::More;
            open.as_ref().map_or((false, false), |open| (more(&open.older), more(&open.gap)))
        };
        let first = || messages(&state.items().read_untracked()).next();
        let missing = if near_the_top && above == 0 && older {
            first().map(|before| (before, f64::MIN))
        } else {
            gap.then(|| near_gap(state, list)).flatten()
        };
        if let Some((before, top)) = missing {
            // What is further down than where one is is read from above: one goes on from there.
            let from_above = matches!(place.anchor, Anchor::Row(_, at) if top > at);
            state.send(Command::Fill { before, from_above });
        }
    }
}

/// The messages among these.
fn messages(items: &[Item]) -> impl DoubleEndedIterator<Item = RowKey> {
    items.iter().filter_map(|item| match item {
        Item::Message(key) => Some(*key),
        Item::Day(_) | Item::Gap(_) => None,
    })
}

/// When each of the days among these begins.
fn days(items: &[Item]) -> impl Iterator<Item = i64> {
    items.iter().filter_map(|item| match item {
        Item::Day(start) => Some(*start),
        Item::Message(_) | Item::Gap(_) => None,
    })
}

/// The line that a day begins with, if it is drawn.
fn line_of(start: i64) -> Option<Element> {
    document().get_element_by_id(&day_id(start))
}

/// The day that was told of does not stick any more.
fn unstick(told: u64) {
    let line = told.checked_sub(NO_DAY + 1).and_then(|start| line_of(start.cast_signed()));
    if let Some(line) = line {
        let _ = line.remove_attribute(STUCK);
    }
}

/// How high so many rows are likely to be.
fn likely(each: Option<f64>, rows: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "messages of one conversation")]
    let rows = rows as f64;
    (rows * each.unwrap_or(LIKELY)).min(HIGHEST)
}

/// The place that is so far, as a part of the whole, among so many.
fn part(of: f64, count: usize) -> usize {
    #[expect(clippy::cast_precision_loss, reason = "messages of one conversation")]
    let place = of.clamp(0.0, 1.0) * count as f64;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "one of them")]
    let place = place as usize;
    place.min(count.saturating_sub(1))
}

/// Where the upper edge of a row is that is drawn.
fn top_of(key: RowKey) -> Option<f64> {
    let row = document().get_element_by_id(&row_id(key))?;
    Some(row.get_bounding_client_rect().top())
}

/// Makes a room or the track so many pixels high, or begin so far down.
fn is_so(element: ElementRef<html::Div>, what: &'static str, many: f64) {
    // To a tenth of a pixel, and without the part of Rust's library that writes every fraction right: 3 KB.
    #[expect(clippy::cast_possible_truncation, reason = "pixels on a page")]
    let tenths = (many * 10.0).round() as i32;
    if let Some(element) = element.get_untracked() {
        let _ = element.style((what, format!("{}.{}px", tenths / 10, tenths % 10)));
    }
}

/// Whether one waits to go somewhere.
fn is_seeking(state: State) -> bool {
    state.conversation().read_untracked().as_ref().is_some_and(|open| open.seeking.is_some())
}

/// Where messages are missing within a screen of where one is, and how far below the list's upper edge that is.
fn near_gap(state: State, list: &Div) -> Option<(RowKey, f64)> {
    let view = list.get_bounding_client_rect();
    let (top, bottom) = (view.top() - view.height(), view.bottom() + view.height());
    state.items().read_untracked().iter().find_map(|item| {
        let Item::Gap(key) = item else { return None };
        let mark = document().get_element_by_id(&gap_id(*key))?.get_bounding_client_rect();
        let near = mark.bottom() > top && mark.top() < bottom;
        near.then(|| (*key, mark.top() - view.top()))
    })
}

/// The first message whose lower edge is below that line of the window, or the last one; and where its upper edge is.
fn first_below(state: State, line: f64) -> Option<(RowKey, f64)> {
    let items = state.items();
    let items = items.read_untracked();
    // They lie in order, so that the first one is found by halving.
    let first = items.partition_point(|item| {
        let id = match item {
            Item::Message(key) => row_id(*key),
            Item::Day(start) => day_id(*start),
            Item::Gap(key) => gap_id(*key),
        };
        let row = document().get_element_by_id(&id);
        row.is_some_and(|row| row.get_bounding_client_rect().bottom() <= line)
    });
    let (after, before) = (items.get(first..)?, items.get(..first)?);
    let mut rows = messages(after).chain(messages(before).rev());
    rows.find_map(|key| Some((key, top_of(key)?)))
}
