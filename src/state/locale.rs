//! Times and letters as the person writes them. The browser knows how; here is only what is asked of it.

use chinwag_protocol::Timestamp;

/// A day of the person's calendar: from its first millisecond to that of the next, both since the epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day {
    /// The first millisecond.
    pub start: i64,
    /// The first millisecond of the next day (23, 24 or 25 hours later).
    pub end: i64,
}

impl Day {
    /// Whether it is on this day.
    pub fn contains(self, at: Timestamp) -> bool {
        (self.start..self.end).contains(&at.millis())
    }
}

/// How times are written, days are told apart and letters are alike.
#[derive(Clone, Copy)]
pub struct Locale {
    /// The time of day, such as `7:36 PM`.
    pub time: fn(Timestamp) -> String,
    /// A date in words, such as `Sunday, November 22`.
    pub date: fn(Timestamp) -> String,
    /// As short as it may be: the time for today, else the date.
    pub brief: fn(Timestamp) -> String,
    /// The date as a date field has it, such as `2026-11-22`; today's without one.
    pub field: fn(Option<Timestamp>) -> String,
    /// The day that a date field has, if it is one.
    pub day_of: fn(&str) -> Option<Day>,
    /// A text with small letters alone, so that names are found however they are typed.
    pub fold: fn(&str) -> String,
    /// The day that an instant is on.
    pub day: fn(Timestamp) -> Day,
}
