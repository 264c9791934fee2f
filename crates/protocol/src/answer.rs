//! REST's answers: the envelope and what is in it (protocol §1).

use std::fmt;

use serde::Serialize;
use serde_json::{Value, json};

use crate::frame::{Event, SyncPoint};
use crate::id::{Seq, UserId};
use crate::lenient::{self, Fields};
use crate::message::{Message, Party};
use crate::page::{Pagination, Rows};
use crate::secret::Token;
use crate::time::Timestamp;
use crate::user::User;

/// What a person is told where the server says nothing readable (guide).
pub const REQUEST_FAILED: &str = "Request failed";

/// Why an answer that did arrive is not the one asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AnswerError {
    /// The server refused: the status and its words, or [`REQUEST_FAILED`].
    Refused {
        /// The HTTP status.
        status: u16,
        /// What the person is shown.
        message: String,
    },
    /// A 2xx answer that is not JSON, or lacks what was asked for.
    Unreadable,
}

impl fmt::Display for AnswerError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused { message, .. } => out.write_str(message),
            Self::Unreadable => {
                out.write_str("The server gave an answer that Chinwag cannot read.")
            }
        }
    }
}

impl std::error::Error for AnswerError {}

/// Opens the envelope: the `data` of a 2xx answer, an empty object where it has none.
///
/// # Errors
/// [`AnswerError::Refused`] for any other status, and for a 2xx answer that says `"success": false` nevertheless;
/// [`AnswerError::Unreadable`] for a 2xx body that is no JSON object.
///
/// ```
/// # use chinwag_protocol::answer::{AnswerError, me, open};
/// let data = open(200, r#"{"success":true,"data":{"user":{"_id":"a","username":"ada"}}}"#).unwrap();
/// assert_eq!(me(&data).unwrap().username, "ada");
/// let refused = open(401, r#"{"success":false,"message":"Invalid credentials"}"#);
/// assert_eq!(refused, Err(AnswerError::Refused { status: 401, message: "Invalid credentials".into() }));
/// ```
pub fn open(status: u16, body: &str) -> Result<Value, AnswerError> {
    let mut value = lenient::json(body);
    let fields = value.as_ref().and_then(Fields::of);
    if (200..300).contains(&status) {
        let fields = fields.ok_or(AnswerError::Unreadable)?;
        if fields.flag("success") != Some(false) {
            let data = value.as_mut().and_then(|value| value.get_mut("data")).map(Value::take);
            // A list is kept: some servers leave out its name.
            return Ok(data
                .filter(|data| data.is_object() || data.is_array())
                .unwrap_or_else(|| json!({})));
        }
    }
    let message = fields
        .and_then(|fields| fields.text("message"))
        .filter(|message| !message.trim().is_empty())
        .unwrap_or(REQUEST_FAILED)
        .to_owned();
    Err(AnswerError::Refused { status, message })
}

/// The envelope of a success.
pub fn success(data: &impl Serialize) -> Value {
    json!({ "success": true, "data": data })
}

/// The envelope of a refusal.
pub fn refusal(message: &str) -> Value {
    json!({ "success": false, "message": message })
}

/// The answer to a sign-in or a registration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedIn {
    /// Proves the session from now on.
    pub token: Token,
    /// Who one is.
    pub user: User,
}

impl SignedIn {
    /// Reads `token` and `user`.
    ///
    /// # Errors
    /// [`AnswerError::Unreadable`] without either.
    pub fn read(data: &Value) -> Result<Self, AnswerError> {
        let token = Fields::of(data)
            .and_then(|fields| fields.text("token"))
            .filter(|token| !token.is_empty())
            .ok_or(AnswerError::Unreadable)?;
        Ok(Self { token: Token::from(token), user: me(data)? })
    }
}

/// Reads the `user` of `GET /auth/me`.
///
/// # Errors
/// [`AnswerError::Unreadable`] without one.
pub fn me(data: &Value) -> Result<User, AnswerError> {
    Fields::of(data)
        .and_then(|fields| fields.object("user"))
        .and_then(User::from_fields)
        .ok_or(AnswerError::Unreadable)
}

/// A page of users.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UsersPage {
    /// The users.
    pub users: Rows<User>,
    /// Where the page stands.
    pub pagination: Pagination,
}

impl UsersPage {
    /// Reads `users` and `pagination`.
    ///
    /// # Errors
    /// [`AnswerError::Unreadable`] without a list.
    pub fn read(data: &Value) -> Result<Self, AnswerError> {
        let (list, pagination) = page(data, "users")?;
        Ok(Self { users: Rows::read(list, User::read), pagination })
    }
}

/// A page of messages, in whichever order the server has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MessagesPage {
    /// The messages.
    pub messages: Rows<Message>,
    /// Where the page stands.
    pub pagination: Pagination,
}

impl MessagesPage {
    /// Reads `messages` and `pagination`.
    ///
    /// # Errors
    /// [`AnswerError::Unreadable`] without a list.
    pub fn read(data: &Value) -> Result<Self, AnswerError> {
        let (list, pagination) = page(data, "messages")?;
        Ok(Self { messages: Rows::read(list, Message::read), pagination })
    }
}

fn page<'a>(data: &'a Value, name: &str) -> Result<(&'a [Value], Pagination), AnswerError> {
    if let Value::Array(list) = data {
        return Ok((list, Pagination::default()));
    }
    let fields = Fields::of(data).ok_or(AnswerError::Unreadable)?;
    let list = fields.list(name).ok_or(AnswerError::Unreadable)?;
    Ok((list, Pagination::read(fields)))
}

/// Reads the `message` of `POST /messages`.
///
/// # Errors
/// [`AnswerError::Unreadable`] without one.
pub fn sent_message(data: &Value) -> Result<Message, AnswerError> {
    data.get("message").and_then(Message::read).ok_or(AnswerError::Unreadable)
}

/// Reads the count of `GET /messages/unread/count`: `count` or `unreadCount`.
///
/// # Errors
/// [`AnswerError::Unreadable`] without either.
pub fn unread_count(data: &Value) -> Result<u64, AnswerError> {
    let fields = Fields::of(data).ok_or(AnswerError::Unreadable)?;
    fields.count("unreadCount").or_else(|| fields.count("count")).ok_or(AnswerError::Unreadable)
}

/// The answer to `GET /sync` (protocol §3, `sync`).
///
/// ```
/// # use chinwag_protocol::{Event, Seq, ServerFrame, SyncPoint, answer::SyncPage};
/// let data = serde_json::json!({"events": [
///     {"type": "message_delivered", "data": {"messageId": "m1"}, "seq": 7},
///     {"type": "something_new", "data": {}, "seq": 8},
/// ], "next": 8, "hasMore": false});
/// let Ok(SyncPage::Events { events, next, has_more }) = SyncPage::read(&data) else { panic!() };
/// assert_eq!((events.rows[0].seq, events.skipped, next, has_more), (Some(Seq(7)), 1, Seq(8), false));
///
/// let data = serde_json::json!({"reset": true, "next": 40, "store": "s2"});
/// let next = SyncPoint { store: "s2".into(), seq: Seq(40) };
/// assert_eq!(SyncPage::read(&data), Ok(SyncPage::Reset { next }));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SyncPage {
    /// What has happened, in order.
    Events {
        /// The frames, as they were told on the socket.
        events: Rows<Event>,
        /// The last event that this answer covers: what to ask for next.
        next: Seq,
        /// Whether there are more.
        has_more: bool,
    },
    /// The place asked for is too old or of another store: all is to be loaded afresh, and then this is where one is.
    Reset {
        /// The last event.
        next: SyncPoint,
    },
}

impl SyncPage {
    /// Reads the events, or that there are none to be had.
    ///
    /// # Errors
    /// [`AnswerError::Unreadable`] without a place to go on from.
    pub fn read(data: &Value) -> Result<Self, AnswerError> {
        let fields = Fields::of(data).ok_or(AnswerError::Unreadable)?;
        let next = fields.count("next").map(Seq).ok_or(AnswerError::Unreadable)?;
        if fields.flag("reset") == Some(true) {
            let store = fields.id(&["store"]).ok_or(AnswerError::Unreadable)?;
            return Ok(Self::Reset { next: SyncPoint { store, seq: next } });
        }
        let events = fields.list("events").ok_or(AnswerError::Unreadable)?;
        let events = Rows::read(events, |event| Event::read(event).ok());
        Ok(Self::Events { events, next, has_more: fields.flag("hasMore").unwrap_or(false) })
    }
}

/// One row of `GET /messages/conversations`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversation {
    /// With whom.
    pub user: User,
    /// How many of their messages one has not read, where the server counts them.
    pub unread: Option<u64>,
    /// The last message, where the server gives it.
    pub last: Option<Preview>,
}

/// What a conversation's row tells of its last message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// Who wrote it, where that is said.
    pub sender_id: Option<UserId>,
    /// The text.
    pub content: String,
    /// When it was stored, where that is said.
    pub created_at: Option<Timestamp>,
}

impl Conversation {
    /// Reads `conversations`. Servers differ in the shape: the other person may be under `user` (or another
    /// telling name, or in `participants`), spread over the row itself, in the last message's ends, or only an
    /// identity. A row of which that cannot be told, or that is with oneself, is skipped.
    ///
    /// # Errors
    /// [`AnswerError::Unreadable`] without a list.
    ///
    /// ```
    /// # use chinwag_protocol::{UserId, answer::Conversation};
    /// let data = serde_json::json!({"conversations": [
    ///     {"user": {"_id": "b", "username": "béla"}, "unreadCount": 1, "lastMessage": {"content": "hi"}},
    ///     {"participants": [{"_id": "a"}, {"_id": "c"}], "lastMessage": "hello"},
    /// ]});
    /// let conversations = Conversation::read_all(&data, &UserId::from("a")).unwrap();
    /// let with: Vec<_> = conversations.rows.iter().map(|row| row.user.id.as_str()).collect();
    /// assert_eq!(with, ["b", "c"]);
    /// ```
    pub fn read_all(data: &Value, me: &UserId) -> Result<Rows<Self>, AnswerError> {
        let (list, _) = page(data, "conversations")?;
        Ok(Rows::read(list, |row| Self::read(row, me)))
    }

    fn read(row: &Value, me: &UserId) -> Option<Self> {
        let fields = Fields::of(row)?;
        let last = ["lastMessage", "latestMessage", "last_message"]
            .into_iter()
            .find_map(|name| fields.get(name));
        Some(Self {
            user: Self::other(fields, last, me)?,
            unread: ["unreadCount", "unread", "count"]
                .into_iter()
                .find_map(|name| fields.count(name)),
            last: last.and_then(Preview::read),
        })
    }

    fn other(fields: Fields<'_>, last: Option<&Value>, me: &UserId) -> Option<User> {
        let lists = || {
            ["participants", "users", "user"]
                .into_iter()
                .filter_map(|name| fields.list(name))
                .flatten()
        };
        let named = ["user", "otherUser", "participant", "partner", "with", "contact"]
            .into_iter()
            .filter_map(|name| fields.object(name))
            .filter_map(User::from_fields);
        let among = lists().filter_map(User::read);
        // Here `_id` may be the conversation's own: `userId` goes first.
        let spread = fields.text("username").and_then(|_| {
            let user = User::from_fields(fields)?;
            Some(User { id: fields.id(&["userId"]).unwrap_or_else(|| user.id.clone()), ..user })
        });
        let ends = last.and_then(Fields::of).into_iter().flat_map(|last| {
            ["sender", "receiver"].into_iter().filter_map(move |role| {
                let end = Party::read(last, role)?;
                let user = User::named(end.id, end.username.unwrap_or_default());
                Some(User { avatar: end.avatar, ..user })
            })
        });
        let bare = lists()
            .filter_map(Value::as_str)
            .filter(|id| !id.is_empty())
            .map(UserId::from)
            .chain(fields.id(&["userId"]))
            .map(|id| User::named(id, ""));
        named.chain(among).chain(spread).chain(ends).chain(bare).find(|user| user.id != *me)
    }
}

impl Preview {
    fn read(value: &Value) -> Option<Self> {
        if let Some(content) = value.as_str() {
            return Some(Self { sender_id: None, content: content.to_owned(), created_at: None });
        }
        let fields = Fields::of(value)?;
        Some(Self {
            sender_id: Party::read(fields, "sender").map(|sender| sender.id),
            content: fields.text_or_empty("content"),
            created_at: fields.time("createdAt"),
        })
    }
}
