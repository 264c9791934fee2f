//! A message of the outbox as it is written down, on disk and for the other tabs.

use chinwag_protocol::call::escape;
use chinwag_protocol::{ClientId, JsonRef, MessageId, Timestamp, UserId};
use serde::Serialize;

use super::{Disk, Entry, Mark, Stage};
use crate::view::{Failure, RowKey};

/// Why a message has failed: in the server's words, or one of these. Anything else means that it is not stored.
const SERVER: &str = "server:";
const TOO_LONG: &str = "too long";
const NOT_KEPT: &str = "not kept";

/// A message of the outbox, without what only lives in one tab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    pub(super) id: ClientId,
    to: UserId,
    content: String,
    at: Timestamp,
    order: u64,
    left: Option<Mark>,
    failed: Option<Failure>,
    /// Whether it is on its way.
    sending: bool,
    /// Whether it could not be written to the disk.
    unkept: bool,
}

#[derive(Serialize)]
struct Written<'a> {
    id: &'a ClientId,
    to: &'a UserId,
    content: &'a str,
    at: i64,
    order: u64,
    floor: Option<i64>,
    known: &'a [MessageId],
    failed: Option<&'a str>,
    sending: bool,
    unkept: bool,
}

impl Record {
    pub(super) fn of(entry: &Entry) -> Self {
        let failed = match &entry.stage {
            Stage::Failed(failure) => Some(failure.clone()),
            Stage::Waiting
            | Stage::Leaving
            | Stage::Sent { .. }
            | Stage::Posted
            | Stage::Doubtful { .. }
            | Stage::Elsewhere { .. } => None,
        };
        Self {
            id: entry.id.clone(),
            to: entry.to.clone(),
            content: entry.content.clone(),
            at: entry.at,
            order: entry.order,
            left: entry.left.clone(),
            failed,
            sending: matches!(entry.stage, Stage::Sent { .. } | Stage::Posted),
            unkept: entry.disk.is_unsure(),
        }
    }

    /// The key of a message on disk.
    pub(super) fn key(person: &UserId, id: &ClientId) -> String {
        format!("{}message/{}", crate::kept::prefix(person), escape(id.as_str()))
    }

    /// As text.
    pub(crate) fn encode(&self) -> String {
        let words = |failure: &'_ Failure| match failure {
            Failure::Server(words) => format!("{SERVER}{words}"),
            Failure::TooLong => TOO_LONG.to_owned(),
            Failure::NotKept => NOT_KEPT.to_owned(),
            _ => String::new(),
        };
        let failed = self.failed.as_ref().map(words);
        let written = Written {
            id: &self.id,
            to: &self.to,
            content: &self.content,
            at: self.at.millis(),
            order: self.order,
            floor: self.left.as_ref().map(|mark| mark.floor.millis()),
            known: self.left.as_ref().map_or(&[], |mark| &mark.known),
            failed: failed.as_deref(),
            sending: self.sending,
            unkept: self.unkept,
        };
        // Plain data with text keys always serialises.
        serde_json::to_string(&written).unwrap_or_default()
    }

    /// Reads it; `None` for what is none.
    pub(crate) fn read(value: JsonRef<'_>) -> Option<Self> {
        let text = |name| value.text(name);
        let time = |name| value.whole(name).map(Timestamp::from_millis);
        let known = value.list("known").unwrap_or_default();
        let known = known.filter_map(JsonRef::as_text).map(MessageId::from).collect();
        let failed = text("failed").map(|why| match (why, why.strip_prefix(SERVER)) {
            (_, Some(words)) => Failure::Server(words.to_owned()),
            (TOO_LONG, _) => Failure::TooLong,
            (NOT_KEPT, _) => Failure::NotKept,
            _ => Failure::NotStored,
        });
        Some(Self {
            id: text("id")?.into(),
            to: text("to")?.into(),
            content: text("content")?.to_owned(),
            at: time("at")?,
            order: value.count("order")?,
            left: time("floor").map(|floor| Mark { floor, known }),
            failed,
            sending: value.flag("sending") == Some(true),
            unkept: value.flag("unkept") == Some(true),
        })
    }

    /// As an entry that this tab sees to.
    pub(super) fn into_entry(self, key: RowKey) -> Entry {
        let mut entry = self.into_mirror(key);
        if let Stage::Elsewhere { .. } = entry.stage {
            entry.stage = entry.stage_of_old();
        }
        entry
    }

    /// As an entry that another tab sees to.
    pub(super) fn into_mirror(self, key: RowKey) -> Entry {
        Entry {
            key,
            id: self.id,
            to: self.to,
            content: self.content,
            at: self.at,
            order: self.order,
            left: self.left,
            disk: if self.unkept { Disk::Failed } else { Disk::Written },
            on_disk: !self.unkept,
            stage: self.failed.map_or(Stage::Elsewhere { sending: self.sending }, Stage::Failed),
            told: true,
            tries: 0,
        }
    }

    /// What the client calls it.
    pub(crate) fn id(&self) -> &ClientId {
        &self.id
    }

    /// What was known when it left, where it has.
    pub(super) fn left(&self) -> Option<&Mark> {
        self.left.as_ref()
    }
}
