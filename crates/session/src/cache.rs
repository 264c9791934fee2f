//! What a person has seen of the server, as it is kept on disk for the next start: people, conversations, messages,
//! and how far the events are known. Nothing of it is the truth: what is lost or damaged is asked for again.
//!
//! One value for each person, each conversation and each block of rows, under keys that begin with the person whose
//! they are, so that nobody is ever shown another's. What never lives here: when to write or to read.

use chinwag_protocol::call::escape;
use chinwag_protocol::{MessageId, Status, StoreId, SyncPoint, Timestamp, User, UserId};
use serde::Serialize;
use serde_json::Value;

use crate::roster::{Known, Last};
use crate::timeline::{BlockId, Extent, Gaps, Head, Row, Stamp};
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
                let last = last.map(|last| (last.at.map(Timestamp::millis), last.mine, &last.content));
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
                json(&("head", with, state, whole, blocks))
            }
        }
    }

    /// Reads a value; `None` for what is none, such as one of another version.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(text).ok()?;
        let id = || value[1].as_str().map(UserId::from);
        Some(match value[0].as_str()? {
            "feed" => {
                let store = StoreId::from(value[1].as_str()?);
                Self::Feed(SyncPoint { store, seq: chinwag_protocol::Seq(value[2].as_u64()?) })
            }
            "person" => {
                let (told, last) = (&value[2], &value[3]);
                let content = last[2].as_str().map(str::to_owned);
                let mine = last[1] == Value::Bool(true);
                let known = Known {
                    name: told[0].as_str()?.to_owned(),
                    avatar: told[1].as_str().map(str::to_owned),
                    last_seen: time(&told[2]),
                    last: content.map(|content| Last { at: time(&last[0]), mine, content }),
                    unread: value[4].as_u64()?,
                    counted_to: time(&value[5]),
                    seen: stamp(&value[6]),
                };
                Self::Person(id()?, known)
            }
            "head" => {
                let state = &value[2];
                let blocks = value[4].as_array()?.iter().map(read_extent);
                let head = Head {
                    fresh: state[0].as_bool()?,
                    begins: state[1].as_bool()?,
                    page_size: state[2].as_u64()?,
                    read_to: time(&state[3]),
                    whole_to: stamp(&value[3]),
                    blocks: blocks.collect::<Option<_>>()?,
                };
                Self::Head(id()?, head)
            }
            _ => return None,
        })
    }
}

fn read_extent(value: &Value) -> Option<(BlockId, Extent)> {
    let gaps = match value[2].as_u64()? {
        0 => Gaps::Nowhere,
        1 => Gaps::First,
        2 => Gaps::Within,
        _ => Gaps::Each,
    };
    let (first, last) = (stamp(&value[3])?, stamp(&value[4])?);
    let count = usize::try_from(value[1].as_u64()?).ok().filter(|count| *count > 0)?;
    let extent = Extent { first, last, count, gaps };
    (extent.first <= extent.last).then_some((BlockId(value[0].as_u64()?), extent))
}

/// Rows as a value.
pub(crate) fn encode_rows(rows: &[Row]) -> String {
    let rows: Vec<_> = rows
        .iter()
        .map(|row| {
            let flags = u8::from(row.mine) | u8::from(row.named) << 1 | u8::from(row.gap) << 2;
            let flags = flags | (row.status as u8) << 3;
            (row.stamp.at.millis(), &row.stamp.id, flags, &row.content)
        })
        .collect();
    json(&rows)
}

/// Reads the rows of a value; those that cannot be read are left out.
pub(crate) fn read_rows(text: &str, mut key: impl FnMut() -> RowKey) -> Vec<Row> {
    let value: Value = serde_json::from_str(text).unwrap_or_default();
    let rows = value.as_array().into_iter().flatten();
    rows.filter_map(|row| {
        let flags = row[2].as_u64()?;
        let is = |bit: u64| flags & bit != 0;
        Some(Row {
            stamp: stamp(row)?,
            content: row[3].as_str()?.to_owned(),
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
    let value: Value = serde_json::from_str(text).ok()?;
    let told = |place: usize| value[place].as_str().map(str::to_owned);
    let mine = value[0].as_u64() == Some(mark_of(token));
    mine.then_some(User {
        email: told(3),
        avatar: told(4),
        ..User::named(value[1].as_str()?.into(), told(2)?)
    })
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

fn stamp(value: &Value) -> Option<Stamp> {
    Some(Stamp { at: time(&value[0])?, id: value[1].as_str()?.into() })
}

fn time(value: &Value) -> Option<Timestamp> {
    value.as_i64().map(Timestamp::from_millis)
}

/// Plain data with text keys always serialises.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
