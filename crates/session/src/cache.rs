//! What a person has seen of the server, as it is kept on disk for the next start: people, conversations, messages,
//! and how far the events are known. Nothing of it is the truth: what is lost or damaged is asked for again.
//!
//! One value for each person, each conversation and each block of rows, under keys that begin with the person whose
//! they are, so that nobody is ever shown another's. What never lives here: when to write or to read.

use chinwag_protocol::call::escape;
use chinwag_protocol::{
    Json, JsonRef, MessageId, Receipts, Seq, Status, StoreId, SyncPoint, Timestamp, User, UserId,
};
use serde::Serialize;

use crate::roster::{Known, Last};
use crate::timeline::{BlockId, Extent, Gaps, Head, Row, Span, Stamp};
use crate::view::RowKey;

/// How the keys begin of all that is kept of what a person has seen.
pub(crate) fn prefix(person: &UserId) -> String {
    format!("{}/", escape(person.as_str()))
}

/// How the keys begin of what is read at the start: all but the rows.
pub(crate) fn index(person: &UserId) -> String {
    prefix(person) + "index/"
}

/// How the keys begin of all rows.
pub(crate) fn rows(person: &UserId) -> String {
    prefix(person) + "rows/"
}

/// The key of a block of rows.
pub(crate) fn block(person: &UserId, with: &UserId, id: BlockId) -> String {
    format!("{}{}/{}", rows(person), escape(with.as_str()), id.0)
}

/// The key of how far the events are known.
pub(crate) fn feed(person: &UserId) -> String {
    index(person) + "feed"
}

/// The key of what is known of somebody.
pub(crate) fn known(person: &UserId, of: &UserId) -> String {
    format!("{}person/{}", index(person), escape(of.as_str()))
}

/// The key of a conversation.
pub(crate) fn head(person: &UserId, with: &UserId) -> String {
    format!("{}head/{}", index(person), escape(with.as_str()))
}

/// A value of the index.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Indexed {
    /// How far the events are known.
    Feed(SyncPoint),
    /// Somebody.
    Person(UserId, Known),
    /// A conversation.
    Head(UserId, Head),
}

impl Indexed {
    pub(crate) fn encode(&self) -> String {
        match self {
            Self::Feed(point) => json(&("feed", &point.store, point.seq.0)),
            Self::Person(id, known) => {
                let last = known.last.as_ref();
                let last =
                    last.map(|last| (last.at.map(Timestamp::millis), last.mine, &last.content));
                let (seen, counted) = (known.seen.as_ref().map(place), millis(known.counted_to));
                let told = (&known.name, &known.avatar, millis(known.last_seen));
                json(&("person", id, told, last, known.unread, counted, seen))
            }
            Self::Head(with, head) => {
                let blocks: Vec<_> = head
                    .blocks
                    .iter()
                    .map(|(id, of)| {
                        let gaps = match of.gaps {
                            Gaps::Nowhere => 0,
                            Gaps::First => 1,
                            Gaps::Within => 2,
                            Gaps::Each => 3,
                        };
                        (id.0, of.count, gaps, place(&of.first), place(&of.last))
                    })
                    .collect();
                let whole = head.whole_to.as_ref().map(place);
                let state = (head.fresh, head.begins, head.page_size, millis(head.read_to));
                let reads: Vec<_> =
                    head.reads.iter().map(|(after, at)| (after.millis(), at.millis())).collect();
                json(&("head", with, state, whole, blocks, reads))
            }
        }
    }

    /// Reads a value; `None` for what is none, such as one of another version.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let json = Json::read(text)?;
        let value = List::of(json.root())?;
        let id = || value.text(1).map(UserId::from);
        Some(match value.text(0)? {
            "feed" => {
                let store = StoreId::from(value.text(1)?);
                Self::Feed(SyncPoint { store, seq: Seq(value.count(2)?) })
            }
            "person" => {
                let told = value.list(2)?;
                let last = value.list(3).and_then(|last| {
                    let (at, content) = (last.time(0), last.text(2)?.to_owned());
                    Some(Last { at, mine: last.flag(1)?, content })
                });
                let known = Known {
                    name: told.text(0)?.to_owned(),
                    avatar: told.text(1).map(str::to_owned),
                    last_seen: told.time(2),
                    last,
                    unread: value.count(4)?,
                    counted_to: value.time(5),
                    seen: value.list(6).and_then(|seen| stamp(&seen)),
                };
                Self::Person(id()?, known)
            }
            "head" => {
                let (state, blocks) = (value.list(2)?, value.list(4)?);
                let blocks = blocks.0.iter().map(|block| read_extent(&List::of(*block)?));
                let head = Head {
                    fresh: state.flag(0)?,
                    begins: state.flag(1)?,
                    page_size: state.count(2)?,
                    read_to: state.time(3),
                    whole_to: value.list(3).and_then(|to| stamp(&to)),
                    // Not in what was kept before there were any.
                    reads: value.list(5).map(|reads| reads.spans()).unwrap_or_default(),
                    blocks: blocks.collect::<Option<_>>()?,
                };
                Self::Head(id()?, head)
            }
            _ => return None,
        })
    }
}

fn read_extent(value: &List<'_>) -> Option<(BlockId, Extent)> {
    let gaps = match value.count(2)? {
        0 => Gaps::Nowhere,
        1 => Gaps::First,
        2 => Gaps::Within,
        _ => Gaps::Each,
    };
    let (first, last) = (stamp(&value.list(3)?)?, stamp(&value.list(4)?)?);
    let count = usize::try_from(value.count(1)?).ok().filter(|count| *count > 0)?;
    let extent = Extent { first, last, count, gaps };
    (extent.first <= extent.last).then_some((BlockId(value.count(0)?), extent))
}

/// Rows as a value.
pub(crate) fn encode_rows(rows: &[Row]) -> String {
    let rows: Vec<_> = rows
        .iter()
        .map(|row| {
            let flags = u8::from(row.mine) | u8::from(row.named) << 1 | u8::from(row.gap) << 2;
            let flags = flags | (row.status as u8) << 3;
            let Receipts { delivered, read } = row.receipts;
            let told = row.receipts != Receipts::default();
            let receipts = told.then_some((millis(delivered), millis(read)));
            (row.stamp.at.millis(), &row.stamp.id, flags, &row.content, receipts)
        })
        .collect();
    json(&rows)
}

/// Reads the rows of a value; those that cannot be read are left out.
pub(crate) fn read_rows(text: &str, mut key: impl FnMut() -> RowKey) -> Vec<Row> {
    let Some(json) = Json::read(text) else { return Vec::new() };
    let rows = json.root().as_list().into_iter().flatten();
    rows.filter_map(|row| {
        let row = List::of(row)?;
        let flags = row.count(2)?;
        let is = |bit: u64| flags & bit != 0;
        Some(Row {
            stamp: stamp(&row)?,
            content: row.text(3)?.to_owned(),
            // Not in what was kept before there were any.
            receipts: row
                .list(4)
                .map(|at| Receipts { delivered: at.time(0), read: at.time(1) })
                .unwrap_or_default(),
            mine: is(1),
            named: is(2),
            gap: is(4),
            status: match flags >> 3 {
                0 => Status::Sent,
                1 => Status::Delivered,
                _ => Status::Read,
            },
            key: key(),
        })
    })
    .collect()
}

/// Who one is, as it is kept beside the token that it belongs to.
pub(crate) fn encode_me(token: &str, me: &User) -> String {
    json(&(mark_of(token), &me.id, &me.username, &me.email, &me.avatar))
}

/// Reads who one is; `None` where that was kept beside another token.
pub(crate) fn read_me(token: &str, text: &str) -> Option<User> {
    let json = Json::read(text)?;
    let value = List::of(json.root())?;
    let told = |place: usize| value.text(place).map(str::to_owned);
    let mine = value.count(0) == Some(mark_of(token));
    mine.then_some(User {
        email: told(3),
        avatar: told(4),
        ..User::named(value.text(1)?.into(), told(2)?)
    })
}

/// A list of which each place has its meaning.
struct List<'j>(Vec<JsonRef<'j>>);

impl<'j> List<'j> {
    fn of(value: JsonRef<'j>) -> Option<Self> {
        Some(Self(value.as_list()?.collect()))
    }

    fn list(&self, place: usize) -> Option<Self> {
        Self::of(*self.0.get(place)?)
    }

    fn spans(&self) -> Vec<Span> {
        let spans = self.0.iter().filter_map(|span| List::of(*span));
        spans.filter_map(|span| Some((span.time(0)?, span.time(1)?))).collect()
    }

    fn text(&self, place: usize) -> Option<&'j str> {
        self.0.get(place)?.as_text()
    }

    fn count(&self, place: usize) -> Option<u64> {
        self.0.get(place)?.as_count()
    }

    fn flag(&self, place: usize) -> Option<bool> {
        self.0.get(place)?.as_flag()
    }

    fn time(&self, place: usize) -> Option<Timestamp> {
        self.0.get(place)?.as_whole().map(Timestamp::from_millis)
    }
}

/// A number that another token hardly has (FNV-1a, 64 bits). It says nothing of the token.
fn mark_of(token: &str) -> u64 {
    token.bytes().fold(0xCBF2_9CE4_8422_2325, |mark, byte| {
        (mark ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    })
}

fn place(stamp: &Stamp) -> (i64, &MessageId) {
    (stamp.at.millis(), &stamp.id)
}

fn millis(at: Option<Timestamp>) -> Option<i64> {
    at.map(Timestamp::millis)
}

fn stamp(value: &List<'_>) -> Option<Stamp> {
    Some(Stamp { at: value.time(0)?, id: value.text(1)?.into() })
}

/// Plain data with text keys always serialises.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Stamp {
        Stamp { at: Timestamp::from_millis(millis), id: format!("m\"{millis}").into() }
    }

    #[test]
    fn what_is_kept_is_read_as_it_was() {
        let known = Known {
            name: "Bela \"B\"".to_owned(),
            avatar: Some("a.png".to_owned()),
            last_seen: Some(Timestamp::from_millis(5)),
            last: Some(Last { at: None, mine: true, content: "hi\n👋".to_owned() }),
            unread: 3,
            counted_to: Some(Timestamp::from_millis(-7)),
            seen: Some(at(4)),
        };
        let bare = Known {
            avatar: None,
            last_seen: None,
            last: None,
            counted_to: None,
            seen: None,
            ..known.clone()
        };
        let extent = |gaps| Extent { first: at(1), last: at(9), count: 4, gaps };
        let gaps = [Gaps::Nowhere, Gaps::First, Gaps::Within, Gaps::Each];
        let head = Head {
            fresh: true,
            begins: false,
            page_size: 50,
            read_to: None,
            whole_to: Some(at(9)),
            reads: vec![(Timestamp::from_millis(i64::MIN), at(3).at), (at(3).at, at(8).at)],
            blocks: gaps.map(|gaps| (BlockId(u64::MAX), extent(gaps))).into(),
        };
        for value in [
            Indexed::Feed(SyncPoint { store: "s".into(), seq: Seq(9) }),
            Indexed::Person("bela".into(), known),
            Indexed::Person("bela".into(), bare),
            Indexed::Head("bela".into(), head),
        ] {
            let text = value.encode();
            assert_eq!(Indexed::read(&text), Some(value), "{text}");
            for cut in (0..text.len()).filter(|cut| text.is_char_boundary(*cut)) {
                assert_eq!(Indexed::read(&text[..cut]), None);
            }
        }
    }

    #[test]
    fn rows_are_read_as_they_were_but_for_their_keys() {
        let statuses = [Status::Sent, Status::Delivered, Status::Read];
        let rows: Vec<Row> = (0..6u64)
            .zip(statuses.into_iter().cycle())
            .map(|(number, status)| Row {
                key: RowKey(number),
                stamp: at(1_700_000_000_000 + i64::try_from(number).unwrap()),
                content: format!("\"{number}\" \\ 👋"),
                mine: number % 2 == 0,
                named: number % 3 == 0,
                gap: number == 4,
                status,
                receipts: Receipts {
                    delivered: (number > 2).then(|| Timestamp::from_millis(1_700_000_000_009)),
                    read: (number > 3).then(|| Timestamp::from_millis(1_700_000_000_010)),
                },
            })
            .collect();
        let mut keys = 0..;
        let read = read_rows(&encode_rows(&rows), || RowKey(keys.next().unwrap()));
        assert_eq!(read, rows);
        assert_eq!(read_rows("[[1,\"m\"],7,null", || RowKey(0)), []);
    }

    #[test]
    fn what_was_kept_before_there_were_times_of_receipts_is_read() {
        let rows = read_rows(r#"[[5,"m",17,"hi"]]"#, || RowKey(1));
        let Row { status, receipts, mine, .. } = &rows[0];
        assert_eq!((*status, *receipts, *mine), (Status::Read, Receipts::default(), true));
        let head = Indexed::read(r#"["head","bela",[true,false,50,7],[5,"m"],[]]"#);
        let Some(Indexed::Head(_, head)) = head else { panic!("it is not read") };
        assert_eq!((head.read_to, head.reads), (Some(Timestamp::from_millis(7)), vec![]));
    }

    #[test]
    fn who_one_is_belongs_to_one_token() {
        let me = User { email: Some("m@e".to_owned()), ..User::named("me".into(), "Me") };
        let text = encode_me("token", &me);
        assert_eq!(read_me("token", &text), Some(me));
        assert_eq!(read_me("another", &text), None);
        assert!(!text.contains("token"));
    }
}
