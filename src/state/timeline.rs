//! What the open conversation shows: its messages, a line where a new day begins, and a mark where some are missing.

use chinwag_protocol::Timestamp;
use chinwag_session::RowKey;

use super::locale::Day;

/// One line of the open conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Item {
    /// A day begins, at this millisecond since the epoch.
    Day(i64),
    /// Messages may be missing before this one.
    Gap(RowKey),
    /// A message.
    Message(RowKey),
}

/// The lines for these messages, from the oldest, each with whether some are missing before it. A day is asked for once, however many messages it has.
pub(super) fn items(
    messages: impl Iterator<Item = (RowKey, Timestamp, bool)>,
    day: impl Fn(Timestamp) -> Day,
) -> Vec<Item> {
    let mut items = Vec::new();
    let mut current: Option<Day> = None;
    for (key, at, gap) in messages {
        if gap {
            items.push(Item::Gap(key));
        }
        // A waiting message may carry a time before that of the last stored one, where the clocks differ:
        // that opens no new day.
        if current.is_none_or(|current| at.millis() >= current.end) {
            let of = day(at);
            items.push(Item::Day(of.start));
            current = Some(of);
        }
        items.push(Item::Message(key));
    }
    items
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(times: &[i64]) -> Vec<Item> {
        let rows = times
            .iter()
            .zip(1..)
            .map(|(at, key)| (RowKey(key), Timestamp::from_millis(*at), *at % 10 == 9));
        items(rows, |at| {
            let start = at.millis().div_euclid(100) * 100;
            Day { start, end: start + 100 }
        })
    }

    #[test]
    fn a_line_stands_before_the_first_message_of_each_day() {
        use Item::{Day, Message};
        let (one, two, three) = (Message(RowKey(1)), Message(RowKey(2)), Message(RowKey(3)));
        assert_eq!(lines(&[10, 20, 130]), [Day(0), one, two, Day(100), three]);
        assert_eq!(lines(&[]), []);
    }

    #[test]
    fn a_mark_stands_where_messages_are_missing_before_the_line_of_a_day() {
        use Item::{Day, Gap, Message};
        let (one, two) = (Message(RowKey(1)), Message(RowKey(2)));
        assert_eq!(lines(&[10, 109]), [Day(0), one, Gap(RowKey(2)), Day(100), two]);
    }

    #[test]
    fn a_clock_that_is_behind_opens_no_day_twice() {
        use Item::{Day, Message};
        assert_eq!(
            lines(&[110, 20, 120]),
            [Day(100), Message(RowKey(1)), Message(RowKey(2)), Message(RowKey(3))]
        );
    }
}
