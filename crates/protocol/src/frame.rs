//! The socket's frames: `{"type": …, "data": {…}}` in text (protocol §2).

use std::fmt;

use serde::Serialize;

use crate::id::{ClientId, MessageId, Seq, StoreId, UserId};
use crate::json::{Json, JsonRef};
use crate::message::{Message, Receipts, Status, TEXT};
use crate::page::Rows;
use crate::time::Timestamp;
use crate::user::User;

/// Close codes of the base protocol (protocol §2).
pub mod close {
    /// A normal end (RFC 6455).
    pub const NORMAL: u16 = 1000;
    /// What came was no frame (RFC 6455): a fault of the other end.
    pub const PROTOCOL_ERROR: u16 = 1002;
    /// No close frame was seen: the connection broke (RFC 6455; never on the wire).
    pub const ABNORMAL: u16 = 1006;
    /// A frame was larger than the other end takes (RFC 6455): the same one again would be as well.
    pub const TOO_BIG: u16 = 1009;
    /// The server stops, and mostly starts again (IANA's list of RFC 6455's codes): try again, not all at once.
    pub const RESTARTING: u16 = 1012;
    /// The address carried no token: sign in again.
    pub const NO_TOKEN: u16 = 4001;
    /// The token is bad or expired: sign in again.
    pub const BAD_TOKEN: u16 = 4002;
    /// The token's person does not exist: sign in again.
    pub const NO_SUCH_USER: u16 = 4003;
    /// The server is in trouble: try again.
    pub const SERVER_TROUBLE: u16 = 4004;
    /// Another connection of the same person took over.
    pub const REPLACED: u16 = 4005;
}

/// Names of extensions (protocol §3), as a server announces them in `features`. What is not announced is not assumed.
pub mod feature {
    /// A message that comes twice with the same `clientMessageId` is stored once, and answered both times.
    pub const IDEMPOTENT_SEND: &str = "idempotent_send";
    /// What changes for a person is counted, and what was missed can be asked for (`GET /sync`).
    pub const SYNC: &str = "sync";
    /// One's sessions can be listed and ended (`GET` and `DELETE /auth/sessions`, `DELETE /auth/sessions/:id`): see
    /// [`crate::account`].
    pub const SESSIONS: &str = "sessions";
    /// One's password can be changed (`PUT /auth/password`).
    pub const PASSWORD: &str = "password";
    /// One's name and picture can be changed (`PUT /auth/profile`), and others are told by `profile_changed`.
    pub const PROFILE: &str = "profile";
    /// A message has at most [`super::CONTENT_CHARACTERS`].
    pub const CONTENT_10000: &str = "content_10000";
    /// Whoever asks for it in the socket's address (`?presence=changes&token=…`) is told who is there once, and from then on
    /// by `presence_changed` alone; a `get_online_users` is answered by one as well.
    pub const PRESENCE_CHANGES: &str = "presence_changes";
}

/// The most characters (Unicode scalar values) of a message, where a server announces [`feature::CONTENT_10000`].
pub const CONTENT_CHARACTERS: usize = 10_000;

/// Why a send was refused, in the `code` of an `error` that names it (protocol §3, `idempotent_send`).
pub mod code {
    /// The content or its kind cannot be stored; it would be refused again.
    pub const INVALID: &str = "invalid";
    /// There is no such receiver.
    pub const NOT_FOUND: &str = "not_found";
    /// This name was given to another message.
    pub const ID_REUSED: &str = "id_reused";
    /// The server is in trouble; sent again it may well be stored.
    pub const INTERNAL: &str = "internal";
    /// Too many were sent of late. Sent again after `retryAfter` it is stored; until it comes again the server stores none
    /// that come after it to the same person on the same connection, so that they keep their order.
    pub const RATE_LIMITED: &str = "rate_limited";
    /// All of them.
    pub const ALL: [&str; 5] = [INVALID, NOT_FOUND, ID_REUSED, INTERNAL, RATE_LIMITED];
}

/// What a person is told by an `error` that says nothing (guide).
pub const UNKNOWN_ERROR: &str = "Unknown error";

/// Why a frame could not be read. Its `Display` is what base servers answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FrameError {
    /// Not JSON at all, or nested too deep.
    NotJson,
    /// JSON, but not an object with a text `type`.
    NoType,
    /// A `type` that is not known: logged and ignored.
    UnknownType(String),
    /// A known `type` whose `data` lacks what it cannot do without.
    Incomplete(&'static str),
}

impl fmt::Display for FrameError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotJson => out.write_str("Invalid message format. Please send valid JSON."),
            Self::NoType => out.write_str("Unknown message type: "),
            // The name is the other side's: some of it will do for an answer or a log.
            Self::UnknownType(name) => write!(out, "Unknown message type: {name:.64}"),
            Self::Incomplete(fields) => write!(out, "Missing required fields: {fields}"),
        }
    }
}

impl std::error::Error for FrameError {}

/// What the server tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", content = "data", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum ServerFrame {
    /// The connection stands and the token was accepted.
    ConnectionEstablished {
        /// A greeting.
        message: String,
        /// Who one is.
        user_id: Option<UserId>,
        /// Under what name.
        username: String,
        /// Extensions by name (protocol §3); empty for a base server.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        features: Vec<String>,
        /// The last event before this connection, where the server has `sync`: all later ones come on it.
        #[serde(skip_serializing_if = "Option::is_none")]
        sync: Option<SyncPoint>,
    },
    /// Everybody who is connected.
    OnlineUsers {
        /// Who; often only identity and name.
        #[serde(serialize_with = "serialize_rows")]
        #[cfg_attr(feature = "schema", schemars(with = "Vec<User>"))]
        users: Rows<User>,
        /// How many.
        total_online: Option<u64>,
        /// When this was so.
        timestamp: Option<Timestamp>,
    },
    /// Somebody came.
    UserOnline(Presence),
    /// Somebody went.
    UserOffline(Presence),
    /// These have come or gone, each as they are now; all others are as before (protocol §3, `presence_changes`).
    PresenceChanged {
        /// Who, with `is_online`; and of those who went when they were last seen.
        #[serde(serialize_with = "serialize_rows")]
        #[cfg_attr(feature = "schema", schemars(with = "Vec<User>"))]
        users: Rows<User>,
        /// When this was so.
        timestamp: Option<Timestamp>,
    },
    /// Somebody wrote to one.
    NewMessage(
        #[serde(serialize_with = "Message::serialize_flat")]
        #[cfg_attr(feature = "schema", schemars(with = "crate::schema::FlatMessage"))]
        Message,
    ),
    /// What one sent is stored.
    MessageSent {
        /// Its identity.
        message_id: MessageId,
        /// To whom it went.
        receiver_id: UserId,
        /// What was stored.
        content: String,
        /// When it was stored.
        created_at: Option<Timestamp>,
        /// How far it has come.
        status: Status,
        /// When it came so far, where it was stored some time ago (protocol §3, `idempotent_send`).
        #[serde(flatten)]
        receipts: Receipts,
        /// What the client called it (protocol §3, `idempotent_send`).
        #[serde(skip_serializing_if = "Option::is_none")]
        client_message_id: Option<ClientId>,
    },
    /// What one sent reached a connection of the receiver.
    MessageDelivered {
        /// Which message.
        message_id: MessageId,
        /// When.
        delivered_at: Option<Timestamp>,
    },
    /// Somebody has read all that one sent them so far.
    MessagesRead {
        /// Who read.
        read_by: UserId,
        /// Their name.
        read_by_username: String,
        /// When.
        read_at: Option<Timestamp>,
    },
    /// Somebody began or ceased to write to one.
    TypingIndicator {
        /// Who.
        user_id: UserId,
        /// Their name.
        username: String,
        /// Whether they are writing.
        is_typing: bool,
    },
    /// Somebody has another name or picture now, maybe oneself in another place (protocol §3, `profile`).
    ProfileChanged {
        /// Who.
        user_id: UserId,
        /// Their name.
        username: String,
        /// The address of their picture; missing where they have none.
        #[serde(skip_serializing_if = "Option::is_none")]
        avatar: Option<String>,
    },
    /// One's own read mark is stored.
    MarkReadSuccess {
        /// Whose messages are read now.
        sender_id: UserId,
        /// How many were not before.
        marked_count: u64,
        /// What was stored up to then is read (protocol §3, `sync`): what came later is not, whenever this is heard.
        #[serde(skip_serializing_if = "Option::is_none")]
        read_at: Option<Timestamp>,
    },
    /// Something was refused. A base server names no message that it belongs to.
    Error {
        /// What, in words.
        message: String,
        /// When.
        timestamp: Option<Timestamp>,
        /// Why, for a program: one of [`code`] (protocol §3, `idempotent_send`).
        #[serde(skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schema", schemars(extend("enum" = code::ALL)))]
        code: Option<String>,
        /// Which send was refused (protocol §3, `idempotent_send`).
        #[serde(skip_serializing_if = "Option::is_none")]
        client_message_id: Option<ClientId>,
        /// With `rate_limited`: after how many milliseconds it may be sent again.
        #[serde(skip_serializing_if = "Option::is_none")]
        retry_after: Option<u64>,
    },
}

/// How far a person has been told: the last event, and whose count it is (protocol §3, `sync`).
///
/// On the wire `{"store": "…", "seq": 12}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SyncPoint {
    /// The store that counts.
    pub store: StoreId,
    /// The last event.
    pub seq: Seq,
}

impl SyncPoint {
    pub(crate) fn read(json: JsonRef<'_>) -> Option<Self> {
        Some(Self { store: json.id(&["store"])?, seq: json.count("seq").map(Seq)? })
    }
}

/// A frame, with its number where it tells of an event (protocol §3, `sync`): `{"type": …, "data": …, "seq": 12}`.
///
/// ```
/// # use chinwag_protocol::{Event, Seq, ServerFrame, UserId};
/// let text = r#"{"type":"mark_read_success","data":{"senderId":"b","markedCount":1},"seq":12}"#;
/// let event = Event::decode(text).unwrap();
/// let frame = ServerFrame::MarkReadSuccess {
///     sender_id: UserId::from("b"), marked_count: 1, read_at: None };
/// assert_eq!(event, Event { frame, seq: Some(Seq(12)) });
/// assert_eq!(event.encode(), text);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Event {
    /// What is told.
    #[serde(flatten)]
    pub frame: ServerFrame,
    /// Its number; missing for what changes nothing that lasts, and from a base server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seq: Option<Seq>,
}

impl Event {
    /// Reads a frame and its number.
    ///
    /// # Errors
    /// [`FrameError`] for anything that is not a frame of the protocol; the caller logs and ignores it.
    pub fn decode(text: &str) -> Result<Self, FrameError> {
        Self::read(Json::read(text).ok_or(FrameError::NotJson)?.root())
    }

    /// Reads a frame that lies in an answer.
    pub(crate) fn read(json: JsonRef<'_>) -> Result<Self, FrameError> {
        Ok(Self { frame: ServerFrame::read(json)?, seq: json.count("seq").map(Seq) })
    }

    /// The frame as text.
    pub fn encode(&self) -> String {
        encode(self)
    }
}

/// Who came or went, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Presence {
    /// Who.
    pub user_id: UserId,
    /// Their name; may be empty.
    pub username: String,
    /// When.
    pub timestamp: Option<Timestamp>,
}

fn serialize_rows<S: serde::Serializer>(users: &Rows<User>, out: S) -> Result<S::Ok, S::Error> {
    users.rows.serialize(out)
}

impl Presence {
    fn read(data: JsonRef<'_>) -> Result<Self, FrameError> {
        Ok(Self {
            user_id: required(data.id(&["userId", "_id"]), "userId")?,
            username: data.text_or_empty("username"),
            timestamp: data.time("timestamp"),
        })
    }
}

impl ServerFrame {
    /// Reads a frame.
    ///
    /// # Errors
    /// [`FrameError`] for anything that is not a frame of the protocol; the caller logs and ignores it.
    ///
    /// ```
    /// # use chinwag_protocol::{ServerFrame, UserId};
    /// let frame = ServerFrame::decode(r#"{"type":"typing_indicator","data":{"userId":"a","isTyping":true}}"#);
    /// let expected = ServerFrame::TypingIndicator {
    ///     user_id: UserId::from("a"), username: String::new(), is_typing: true };
    /// assert_eq!(frame, Ok(expected));
    /// ```
    pub fn decode(text: &str) -> Result<Self, FrameError> {
        Self::read(Json::read(text).ok_or(FrameError::NotJson)?.root())
    }

    fn read(json: JsonRef<'_>) -> Result<Self, FrameError> {
        let (name, data) = name_and_data(json)?;
        Ok(match name {
            "connection_established" => Self::ConnectionEstablished {
                message: data.text_or_empty("message"),
                user_id: data.id(&["userId"]),
                username: data.text_or_empty("username"),
                features: data
                    .list("features")
                    .unwrap_or_default()
                    .filter_map(|name| name.as_text().map(str::to_owned))
                    .collect(),
                sync: data.object("sync").and_then(SyncPoint::read),
            },
            "online_users" => Self::OnlineUsers {
                users: Rows::read(data.list("users").unwrap_or_default(), User::read),
                total_online: data.count("totalOnline"),
                timestamp: data.time("timestamp"),
            },
            "presence_changed" => Self::PresenceChanged {
                users: Rows::read(data.list("users").unwrap_or_default(), User::read),
                timestamp: data.time("timestamp"),
            },
            "user_online" => Self::UserOnline(Presence::read(data)?),
            "user_offline" => Self::UserOffline(Presence::read(data)?),
            "new_message" => {
                Self::NewMessage(required(Message::read(data), "messageId, senderId and content")?)
            }
            "typing_indicator" => Self::TypingIndicator {
                user_id: required(data.id(&["userId"]), "userId")?,
                username: data.text_or_empty("username"),
                is_typing: data.flag("isTyping").unwrap_or(false),
            },
            other => Self::read_answer(other, data)?,
        })
    }

    /// What mostly answers something that one has done: whoever only looks hears none of it.
    #[inline(never)]
    fn read_answer(name: &str, data: JsonRef<'_>) -> Result<Self, FrameError> {
        Ok(match name {
            "message_sent" => Self::MessageSent {
                message_id: required(data.id(&["messageId", "_id"]), "messageId")?,
                receiver_id: required(data.id(&["receiverId"]), "receiverId")?,
                content: data.text_or_empty("content"),
                created_at: data.time("createdAt"),
                status: data.text("status").and_then(Status::parse).unwrap_or_default(),
                receipts: Receipts::read(data),
                client_message_id: data.id(&["clientMessageId"]),
            },
            "message_delivered" => Self::MessageDelivered {
                message_id: required(data.id(&["messageId", "_id"]), "messageId")?,
                delivered_at: data.time("deliveredAt"),
            },
            "messages_read" => Self::MessagesRead {
                read_by: required(data.id(&["readBy"]), "readBy")?,
                read_by_username: data.text_or_empty("readByUsername"),
                read_at: data.time("readAt"),
            },
            "profile_changed" => Self::ProfileChanged {
                user_id: required(data.id(&["userId"]), "userId")?,
                username: data.text_or_empty("username"),
                avatar: data.filled("avatar").map(str::to_owned),
            },
            "mark_read_success" => Self::MarkReadSuccess {
                sender_id: required(data.id(&["senderId"]), "senderId")?,
                marked_count: data.count("markedCount").unwrap_or(0),
                read_at: data.time("readAt"),
            },
            "error" => Self::Error {
                message: data
                    .text("message")
                    .filter(|message| !message.trim().is_empty())
                    .unwrap_or(UNKNOWN_ERROR)
                    .to_owned(),
                timestamp: data.time("timestamp"),
                code: data.text("code").map(str::to_owned),
                client_message_id: data.id(&["clientMessageId"]),
                retry_after: data.count("retryAfter"),
            },
            unknown => return Err(FrameError::UnknownType(unknown.to_owned())),
        })
    }

    /// The frame as text.
    pub fn encode(&self) -> String {
        encode(self)
    }
}

/// What the client tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", content = "data", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum ClientFrame {
    /// Send this.
    ChatMessage {
        /// To whom.
        receiver_id: UserId,
        /// The text.
        content: String,
        /// Its kind, `text`.
        message_type: String,
        /// What the client calls it (protocol §3, `idempotent_send`; a base server ignores it).
        #[serde(skip_serializing_if = "Option::is_none")]
        client_message_id: Option<ClientId>,
    },
    /// The person began to write.
    TypingStart {
        /// To whom.
        receiver_id: UserId,
    },
    /// The person ceased to write.
    TypingStop {
        /// To whom.
        receiver_id: UserId,
    },
    /// All that this person sent so far has been read.
    MarkRead {
        /// Whose messages.
        sender_id: UserId,
    },
    /// Tell who is connected.
    GetOnlineUsers {},
}

impl ClientFrame {
    /// A text message to somebody.
    pub fn text(receiver_id: UserId, content: impl Into<String>) -> Self {
        Self::ChatMessage {
            receiver_id,
            content: content.into(),
            message_type: TEXT.to_owned(),
            client_message_id: None,
        }
    }

    /// The same with a name of the client's, by which it may come twice and be stored once (protocol §3).
    ///
    /// ```
    /// # use chinwag_protocol::{ClientFrame, ClientId, UserId};
    /// let id = ClientId::from("9b2f1c1e-0d5c-4f0a-8c1e-3f6a2b7d9e10");
    /// assert_eq!(
    ///     ClientFrame::text_as(id, UserId::from("b"), "hi").encode(),
    ///     r#"{"type":"chat_message","data":{"receiverId":"b","content":"hi","messageType":"text","clientMessageId":"9b2f1c1e-0d5c-4f0a-8c1e-3f6a2b7d9e10"}}"#,
    /// );
    /// ```
    pub fn text_as(id: ClientId, receiver_id: UserId, content: impl Into<String>) -> Self {
        Self::ChatMessage {
            receiver_id,
            content: content.into(),
            message_type: TEXT.to_owned(),
            client_message_id: Some(id),
        }
    }

    /// The frame as text.
    ///
    /// ```
    /// # use chinwag_protocol::{ClientFrame, UserId};
    /// assert_eq!(ClientFrame::GetOnlineUsers {}.encode(), r#"{"type":"get_online_users","data":{}}"#);
    /// assert_eq!(
    ///     ClientFrame::text(UserId::from("b"), "hi").encode(),
    ///     r#"{"type":"chat_message","data":{"receiverId":"b","content":"hi","messageType":"text"}}"#,
    /// );
    /// ```
    pub fn encode(&self) -> String {
        encode(self)
    }

    /// Reads a frame, as a server does.
    ///
    /// # Errors
    /// [`FrameError`], whose `Display` is the answer that base servers give.
    pub fn decode(text: &str) -> Result<Self, FrameError> {
        let json = Json::read(text).ok_or(FrameError::NotJson)?;
        let (name, data) = name_and_data(json.root())?;
        let id = |name: &str| data.id::<UserId>(&[name]);
        Ok(match name {
            "chat_message" => {
                let (Some(receiver_id), Some(content)) = (id("receiverId"), data.text("content"))
                else {
                    return Err(FrameError::Incomplete("receiverId and content"));
                };
                Self::ChatMessage {
                    receiver_id,
                    content: content.to_owned(),
                    message_type: data.text("messageType").unwrap_or(TEXT).to_owned(),
                    // As it is, even empty: whoever names a send must not take an unnamed one for it.
                    client_message_id: data.text("clientMessageId").map(ClientId::from),
                }
            }
            "typing_start" => {
                Self::TypingStart { receiver_id: required(id("receiverId"), "receiverId")? }
            }
            "typing_stop" => {
                Self::TypingStop { receiver_id: required(id("receiverId"), "receiverId")? }
            }
            "mark_read" => Self::MarkRead { sender_id: required(id("senderId"), "senderId")? },
            "get_online_users" => Self::GetOnlineUsers {},
            unknown => return Err(FrameError::UnknownType(unknown.to_owned())),
        })
    }
}

impl ClientId {
    /// The name in a send that cannot be read otherwise, so that its refusal can say which it was (protocol §3,
    /// `idempotent_send`).
    ///
    /// ```
    /// # use chinwag_protocol::{ClientFrame, ClientId, frame::FrameError};
    /// let text = r#"{"type":"chat_message","data":{"content":"hi","clientMessageId":"9b2f"}}"#;
    /// assert_eq!(ClientFrame::decode(text), Err(FrameError::Incomplete("receiverId and content")));
    /// assert_eq!(ClientId::of_send(text), Some(ClientId::from("9b2f")));
    /// ```
    pub fn of_send(text: &str) -> Option<Self> {
        let json = Json::read(text)?;
        let (name, data) = name_and_data(json.root()).ok()?;
        data.text("clientMessageId").filter(|_| name == "chat_message").map(Self::from)
    }
}

/// The name of a frame and its data, which has no fields where there is none.
fn name_and_data(json: JsonRef<'_>) -> Result<(&str, JsonRef<'_>), FrameError> {
    let name = json.text("type").ok_or(FrameError::NoType)?;
    Ok((name, json.get("data").unwrap_or_default()))
}

fn required<T>(field: Option<T>, name: &'static str) -> Result<T, FrameError> {
    field.ok_or(FrameError::Incomplete(name))
}

/// Plain data with text keys always serialises; an empty text would say otherwise.
fn encode(frame: &impl Serialize) -> String {
    serde_json::to_string(frame).unwrap_or_default()
}
