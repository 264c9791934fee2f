//! What the open conversation shows: its messages, a line where a new day begins, and a mark where some are missing.

use chinwag_protocol::Timestamp;
use chinwag_session::RowKey;

use super::Messages;

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

/// Messages of one side belong together as long as no more than so many milliseconds lie between them.
const TOGETHER: u64 = 5 * 60_000;

/// For each message of these lines, whether it goes on from the one before: of the same side, on the same day, with nothing
/// between them, soon after it.
pub fn goes_on(items: &[Item], rows: &Messages) -> Vec<bool> {
    let mut before = None;
    let mut all = Vec::with_capacity(items.len());
    for item in items {
        let now = match item {
            Item::Message(key) => rows.get(key),
            Item::Day(_) | Item::Gap(_) => None,
        };
        if let Item::Message(_) = item {
            let together = before.zip(now).is_some_and(|(before, now): (&Row, &Row)| {
                before.own.is_some() == now.own.is_some()
                    && before.at.millis().abs_diff(now.at.millis()) <= TOGETHER
            });
            all.push(together);
        }
        before = now;
    }
    all
}

type Row = std::sync::Arc<chinwag_session::RowView>;

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use chinwag_protocol::Receipts;
    use chinwag_session::{OwnState, RowView};

    use super::*;

    #[test]
    fn messages_of_one_side_within_minutes_go_on_from_each_other() {
        use Item::{Day, Gap, Message};
        let minutes = |minutes: i64| Timestamp::from_millis(minutes * 60_000);
        let row = |(key, at, own): (u64, i64, bool)| {
            let own = own.then_some(OwnState::Sent);
            let view = RowView {
                content: String::new(),
                at: minutes(at),
                own,
                receipts: Receipts::default(),
                gap: false,
            };
            (RowKey(key), Arc::new(view))
        };
        let rows: Messages = [
            (1, 0, false),
            (2, 5, false),
            (3, 6, true),
            (4, 3, true),
            (5, 9, true),
            (6, 9, true),
            (7, 9, true),
        ]
        .map(row)
        .into();
        let message = |key| Message(RowKey(key));
        let lines = [
            Day(0),
            message(1),
            message(2),
            message(3),
            // A clock that was behind.
            message(4),
            message(5),
            Gap(RowKey(6)),
            message(6),
            Day(100),
            message(7),
            // It is not known yet.
            message(8),
        ];
        let expected = [false, true, false, true, false, false, false, false];
        assert_eq!(goes_on(&lines, &rows), expected);
    }

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
