//! Which rows of the open conversation are drawn: some screens around where one is. The rest have their places above
//! and below, and are drawn when one comes near.

use std::ops::Range;

use chinwag_protocol::{MessageId, Timestamp, UserId};

use super::{Chat, new_timeline};
use crate::session::World;
use crate::sizes::Sizes;
use crate::timeline::{Rows, Stamp};
use crate::view::{Around, RowKey};

/// The rows to be drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Window {
    from: From,
    /// How many; without, all up to the newest.
    len: Option<usize>,
}

/// Where the rows that are drawn begin.
#[derive(Clone, Debug, PartialEq, Eq)]
enum From {
    /// So many before the end.
    End(usize),
    /// With the row that stands there, or would.
    Row(Stamp),
    /// With the one of the messages that wait which has so many of them before it.
    Waiting(usize),
}

impl Window {
    /// At the newest message.
    pub(super) fn newest(sizes: &Sizes) -> Self {
        Self { from: From::End(sizes.first), len: None }
    }

    /// Around a row that stands there.
    pub(super) fn around(rows: &Rows, stamp: &Stamp, sizes: &Sizes) -> Self {
        let place = rows.position(stamp);
        Self::of(rows, place.saturating_sub(sizes.first / 2)..place + sizes.first)
    }

    fn of(rows: &Rows, places: Range<usize>) -> Self {
        let from = match places.start.checked_sub(rows.len()) {
            Some(waiting) => From::Waiting(waiting),
            None => rows.stamp_at(places.start).map_or(From::End(places.len()), From::Row),
        };
        Self { from, len: Some(places.len()) }
    }

    /// The places of its rows, where so many wait after those that are stored. Of what waits so many are drawn at least:
    /// what is stored leaves it before the window.
    fn places(&self, rows: &Rows, waiting: usize, first: usize) -> Range<usize> {
        let total = rows.len() + waiting;
        let from = match &self.from {
            From::End(count) => total.saturating_sub(*count),
            From::Row(stamp) => rows.position(stamp),
            From::Waiting(place) => (rows.len() + place).min(total.saturating_sub(first)),
        };
        let to = self.len.map_or(total, |len| (from + len).min(total));
        from.min(to)..to
    }
}

/// The rows that are drawn, and how many are not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Drawn {
    pub(super) keys: Vec<RowKey>,
    pub(super) places: Range<usize>,
    pub(super) total: usize,
}

impl Chat {
    /// Draws the rows around there from now on.
    pub(super) fn look(&mut self, world: &mut World, around: Around) {
        let drawn = self.picture.drawn_rows();
        match around {
            Around::End => self.look_at(None),
            Around::Place(place) => self.look_at(Some(place)),
            Around::Row(key) => {
                if let Some(place) = drawn.keys.iter().position(|drawn| *drawn == key) {
                    let place = drawn.places.start + place;
                    self.look_at(Some(place));
                }
            }
            Around::Date { from, to } => self.go_to(world, from, MessageId::from(""), to),
            Around::Message(id, at) => {
                let until = Timestamp::from_millis(at.millis().saturating_add(1));
                self.go_to(world, at, id, until);
            }
        }
    }

    /// Draws the rows around this place from now on, or around the end.
    pub(super) fn look_at(&mut self, place: Option<usize>) {
        let Some(with) = self.open_with() else { return };
        let waiting = self.outbox.count(&with);
        let timeline = self.timelines.entry(with).or_insert_with(|| new_timeline(self.sizes));
        let total = timeline.rows().len() + waiting;
        let Some(open) = &mut self.open else { return };
        open.window = match place {
            None => Window { from: From::End(self.sizes.side), len: None },
            Some(place) => {
                let places = place.saturating_sub(self.sizes.side)..place + self.sizes.side;
                let mut window = Window::of(timeline.rows(), places.clone());
                if places.end >= total {
                    window.len = None;
                }
                window
            }
        };
        self.picture.order_changed();
    }

    /// The places of the rows to draw now, as far as they are in memory. What is on disk alone is asked for, there and
    /// a little around.
    pub(super) fn places(&mut self, world: &mut World, with: &UserId) -> Option<Range<usize>> {
        let waiting = self.outbox.count(with);
        let open = self.open.as_mut()?;
        let timeline =
            self.timelines.entry(with.clone()).or_insert_with(|| new_timeline(self.sizes));
        let rows = timeline.rows();
        let total = rows.len() + waiting;
        let before = self.picture.drawn_rows();
        if open.at_bottom && !before.keys.is_empty() && total > before.total + self.sizes.first {
            // More than one could have read has come at once.
            let places = total - self.sizes.first..total;
            open.window = Window { len: None, ..Window::of(rows, places) };
        }
        let mut places = open.window.places(rows, waiting, self.sizes.first);
        if places.len() > self.sizes.drawn {
            // Whoever is at the end goes on with it; whoever is not, stays.
            places = if open.at_bottom {
                total - self.sizes.side..total
            } else {
                places.start..places.start + self.sizes.drawn
            };
            let follows = places.end == total;
            open.window = Window::of(rows, places.clone());
            if follows {
                open.window.len = None;
            }
        } else if matches!(open.window.from, From::End(count) if total >= count) {
            let len = open.window.len;
            open.window = Window { len, ..Window::of(rows, places.clone()) };
        }
        let near = places.start.saturating_sub(self.sizes.block)
            ..(places.end + self.sizes.block).min(rows.len());
        let asked = timeline.rows_mut().ask(&near);
        self.recall(world, with, asked);
        let rows = self.timeline(with).rows();
        if !rows.is_away(&places) {
            return Some(places);
        }
        let middle = places.start + places.len() / 2;
        let here = rows.stretch(middle.min(rows.len().saturating_sub(1)))?;
        let end = if here.end == rows.len() { total } else { here.end };
        Some(places.start.max(here.start)..places.end.min(end))
    }
}
