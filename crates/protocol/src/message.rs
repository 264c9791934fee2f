//! A message, in REST's nested shape and in the socket's flat one.

use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use crate::id::{ClientId, MessageId, UserId};
use crate::json::JsonRef;
use crate::time::Timestamp;

/// How far a message has come, as the server tells it. Ordered: it only ever grows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Stored by the server. The default.
    #[default]
    Sent,
    /// Handed to a connection of the receiver.
    Delivered,
    /// Read by the receiver.
    Read,
}

impl Status {
    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
        }
    }

    /// Reads the word, or `None` for one that is not known.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Sent, Self::Delivered, Self::Read].into_iter().find(|status| status.as_str() == word)
    }
}

/// When a message came how far, where the server says so. Base servers tell it in frames alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Receipts {
    /// When it was handed to a connection of the receiver.
    #[serde(rename = "deliveredAt", skip_serializing_if = "Option::is_none")]
    pub delivered: Option<Timestamp>,
    /// When the receiver read it.
    #[serde(rename = "readAt", skip_serializing_if = "Option::is_none")]
    pub read: Option<Timestamp>,
}

impl Receipts {
    /// Reads `deliveredAt` and `readAt`.
    pub(crate) fn read(json: JsonRef<'_>) -> Self {
        Self { delivered: json.time("deliveredAt"), read: json.time("readAt") }
    }

    /// These, and what others know beside.
    #[must_use]
    pub fn or(self, others: Self) -> Self {
        Self { delivered: self.delivered.or(others.delivered), read: self.read.or(others.read) }
    }

    fn write(self, mut value: Value) -> Value {
        for (name, at) in [("deliveredAt", self.delivered), ("readAt", self.read)] {
            if let Some(at) = at {
                value[name] = at.iso().into();
            }
        }
        value
    }
}

/// The names under which a message tells of one of its sides.
#[derive(Clone, Copy)]
pub(crate) struct Role {
    name: &'static str,
    id: &'static str,
    username: &'static str,
}

impl Role {
    /// Who wrote it.
    pub(crate) const SENDER: Self =
        Self { name: "sender", id: "senderId", username: "senderUsername" };
    /// To whom.
    pub(crate) const RECEIVER: Self =
        Self { name: "receiver", id: "receiverId", username: "receiverUsername" };
}

/// One side of a message: who, and what the message tells of them beside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// Who it is.
    pub id: UserId,
    /// Their name, where the message carries it.
    pub username: Option<String>,
    /// Their picture, where the message carries it.
    pub avatar: Option<String>,
}

impl Party {
    /// Somebody of whom only the identity is known.
    pub fn new(id: UserId) -> Self {
        Self { id, username: None, avatar: None }
    }

    /// Somebody with a name.
    pub fn named(id: UserId, username: impl Into<String>) -> Self {
        Self { id, username: Some(username.into()), avatar: None }
    }

    /// Reads `sender {…}` (REST), a bare `sender` id, or `senderId` with `senderUsername` (the socket).
    pub(crate) fn read(json: JsonRef<'_>, role: Role) -> Option<Self> {
        let Role { name, id, username } = role;
        let nested = json.get(name);
        let told = |field| nested.and_then(|nested| nested.filled(field));
        Some(Self {
            id: nested
                .and_then(|nested| nested.id(&["_id", "id"]))
                .or_else(|| json.id(&[id]))
                .or_else(|| nested.and_then(JsonRef::as_id))?,
            username: told("username").or_else(|| json.filled(username)).map(str::to_owned),
            avatar: told("avatar").map(str::to_owned),
        })
    }

    fn nested(&self) -> Value {
        let mut value = json!({ "_id": self.id });
        for (name, text) in [("username", &self.username), ("avatar", &self.avatar)] {
            if let Some(text) = text {
                value[name] = text.as_str().into();
            }
        }
        value
    }
}

/// A stored message (guide: `Message`).
///
/// ```
/// # use chinwag_protocol::{Json, Message};
/// let nested = r#"{"_id": "m1", "sender": {"_id": "a", "username": "ada"},
///     "receiver": {"_id": "b"}, "content": "hi", "createdAt": "2026-11-22T19:36:44.277Z"}"#;
/// let flat = r#"{"messageId": "m1", "senderId": "a", "senderUsername": "ada",
///     "content": "hi", "createdAt": "2026-11-22T19:36:44.277Z"}"#;
/// let read = |text| Message::read(Json::read(text).unwrap().root()).unwrap();
/// let (nested, flat) = (read(nested), read(flat));
/// assert_eq!((&nested.id, &nested.sender, nested.created_at), (&flat.id, &flat.sender, flat.created_at));
/// assert_eq!(flat.receiver, None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Which message.
    pub id: MessageId,
    /// Who wrote it.
    pub sender: Party,
    /// To whom; missing on the socket's `new_message`, where it is the person who is told.
    pub receiver: Option<Party>,
    /// The text as it was written. Never markup.
    pub content: String,
    /// What kind of content; `text` unless the server says otherwise.
    pub message_type: String,
    /// How far it has come.
    pub status: Status,
    /// When it came so far; not on the socket's `new_message`.
    pub receipts: Receipts,
    /// When the server stored it; the reader puts the present there where it is missing (guide).
    pub created_at: Option<Timestamp>,
    /// What its sender's client called it, where client and server know of such names (protocol §3).
    pub client_id: Option<ClientId>,
}

/// The kind of a message whose kind is not said.
pub const TEXT: &str = "text";

impl Message {
    /// Reads either shape. `None` without an id or a sender: it could be neither placed nor told from others.
    /// `None` also for a content that is no text: an empty bubble would hide that something was said.
    pub fn read(json: JsonRef<'_>) -> Option<Self> {
        let content = json.get("content").map_or(Some(""), JsonRef::as_text)?;
        let told = || json.text("status").and_then(Status::parse).unwrap_or_default();
        let read = json.flag("isRead").unwrap_or(false);
        Some(Self {
            id: json.id(&["_id", "messageId", "id"])?,
            sender: Party::read(json, Role::SENDER)?,
            receiver: Party::read(json, Role::RECEIVER),
            content: content.to_owned(),
            message_type: json.text("messageType").unwrap_or(TEXT).to_owned(),
            status: if read { Status::Read } else { told() },
            receipts: Receipts::read(json),
            created_at: json.time("createdAt"),
            client_id: json.id(&["clientMessageId"]),
        })
    }

    /// REST's shape: sender and receiver as objects.
    pub fn nested(&self) -> Value {
        let mut value = json!({
            "_id": self.id,
            "sender": self.sender.nested(),
            "content": self.content,
            "messageType": self.message_type,
            "status": self.status,
            "isRead": self.status == Status::Read,
            "createdAt": self.created_at,
        });
        if let Some(receiver) = &self.receiver {
            value["receiver"] = receiver.nested();
        }
        self.receipts.write(self.named(value))
    }

    /// The socket's shape: flat, and without the receiver.
    pub fn flat(&self) -> Value {
        self.named(json!({
            "messageId": self.id,
            "senderId": self.sender.id,
            "senderUsername": self.sender.username.as_deref().unwrap_or_default(),
            "content": self.content,
            "messageType": self.message_type,
            "createdAt": self.created_at,
        }))
    }

    /// With the client's name for it, where there is one.
    fn named(&self, mut value: Value) -> Value {
        if let Some(id) = &self.client_id {
            value["clientMessageId"] = id.as_str().into();
        }
        value
    }

    pub(crate) fn serialize_flat<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.flat().serialize(serializer)
    }
}
