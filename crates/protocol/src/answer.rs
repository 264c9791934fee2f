//! REST's answers: the envelope and what is in it (protocol §1).

use std::fmt;

use serde::Serialize;
use serde_json::{Value, json};

use crate::frame::{Event, SyncPoint};
use crate::id::{Seq, UserId};
use crate::json::{Items, Json, JsonRef};
use crate::message::{Message, Party, Role};
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
        /// After how many milliseconds the same may be asked again, where the server says so ([`refusal_until`]).
        retry_after: Option<u64>,
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
/// assert_eq!(me(data.root()).unwrap().username, "ada");
/// let refused = open(401, r#"{"success":false,"message":"Invalid credentials"}"#);
/// let message = "Invalid credentials".into();
/// assert_eq!(refused, Err(AnswerError::Refused { status: 401, message, retry_after: None }));
/// ```
pub fn open(status: u16, body: &str) -> Result<Json<'_>, AnswerError> {
    let json = Json::read(body).filter(|json| json.root().is_object());
    let granted = (200..300).contains(&status);
    let (message, retry_after) = match json {
        None if granted => return Err(AnswerError::Unreadable),
        Some(json) if granted && json.root().flag("success") != Some(false) => {
            // A list is kept: some servers leave out its name.
            let data = json.into_field("data");
            let is_data = data.root().is_object() || data.root().as_list().is_some();
            return Ok(if is_data { data } else { Json::empty() });
        }
        json => {
            let told = json.as_ref().and_then(|json| json.root().text("message"));
            let told = told.filter(|message| !message.trim().is_empty());
            let retry_after = json.as_ref().and_then(|json| json.root().count("retryAfter"));
            (told.unwrap_or(REQUEST_FAILED).to_owned(), retry_after)
        }
    };
    Err(AnswerError::Refused { status, message, retry_after })
}

/// The envelope of a success.
pub fn success(data: &impl Serialize) -> Value {
    json!({ "success": true, "data": data })
}

/// The envelope of a refusal.
pub fn refusal(message: &str) -> Value {
    json!({ "success": false, "message": message })
}

/// The envelope of a refusal of what may be asked again after so many milliseconds, such as a 429: more exact than the
/// header `Retry-After`, which has whole seconds.
///
/// ```
/// # use chinwag_protocol::answer::{AnswerError, open, refusal_until};
/// let body = refusal_until("Too much at once", Some(1500));
/// assert_eq!(body["retryAfter"], 1500);
/// let message = "Too much at once".into();
/// let refused = AnswerError::Refused { status: 429, message, retry_after: Some(1500) };
/// assert_eq!(open(429, &body.to_string()), Err(refused));
/// ```
pub fn refusal_until(message: &str, retry_after: Option<u64>) -> Value {
    let mut refusal = refusal(message);
    if let Some(retry_after) = retry_after {
        refusal["retryAfter"] = json!(retry_after);
    }
    refusal
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
    pub fn read(data: JsonRef<'_>) -> Result<Self, AnswerError> {
        let token = data.filled("token").ok_or(AnswerError::Unreadable)?;
        Ok(Self { token: Token::from(token), user: me(data)? })
    }
}

/// Reads the `user` of `GET /auth/me`.
///
/// # Errors
/// [`AnswerError::Unreadable`] without one.
pub fn me(data: JsonRef<'_>) -> Result<User, AnswerError> {
    data.get("user").and_then(User::read).ok_or(AnswerError::Unreadable)
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
    pub fn read(data: JsonRef<'_>) -> Result<Self, AnswerError> {
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
    pub fn read(data: JsonRef<'_>) -> Result<Self, AnswerError> {
        let (list, pagination) = page(data, "messages")?;
        Ok(Self { messages: Rows::read(list, Message::read), pagination })
    }
}

fn page<'j>(data: JsonRef<'j>, name: &str) -> Result<(Items<'j>, Pagination), AnswerError> {
    let list = data.as_list().or_else(|| data.list(name)).ok_or(AnswerError::Unreadable)?;
    Ok((list, Pagination::read(data)))
}

/// Reads the `message` of `POST /messages`.
///
/// # Errors
/// [`AnswerError::Unreadable`] without one.
pub fn sent_message(data: JsonRef<'_>) -> Result<Message, AnswerError> {
    data.get("message").and_then(Message::read).ok_or(AnswerError::Unreadable)
}

/// Reads the count of `GET /messages/unread/count`: `count` or `unreadCount`.
///
/// # Errors
/// [`AnswerError::Unreadable`] without either.
pub fn unread_count(data: JsonRef<'_>) -> Result<u64, AnswerError> {
    data.count("unreadCount").or_else(|| data.count("count")).ok_or(AnswerError::Unreadable)
}

/// The answer to `GET /sync` (protocol §3, `sync`).
///
/// ```
/// # use chinwag_protocol::{Event, Json, Seq, ServerFrame, SyncPoint, answer::SyncPage};
/// let read = |data| SyncPage::read(Json::read(data).unwrap().root());
/// let data = r#"{"events": [
///     {"type": "message_delivered", "data": {"messageId": "m1"}, "seq": 7},
///     {"type": "something_new", "data": {}, "seq": 8}
/// ], "next": 8, "hasMore": false}"#;
/// let Ok(SyncPage::Events { events, next, has_more }) = read(data) else { panic!() };
/// assert_eq!((events.rows[0].seq, events.skipped, next, has_more), (Some(Seq(7)), 1, Seq(8), false));
///
/// let data = r#"{"reset": true, "next": 40, "store": "s2"}"#;
/// let next = SyncPoint { store: "s2".into(), seq: Seq(40) };
/// assert_eq!(read(data), Ok(SyncPage::Reset { next }));
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
    pub fn read(data: JsonRef<'_>) -> Result<Self, AnswerError> {
        let next = data.count("next").map(Seq).ok_or(AnswerError::Unreadable)?;
        if data.flag("reset") == Some(true) {
            let store = data.id(&["store"]).ok_or(AnswerError::Unreadable)?;
            return Ok(Self::Reset { next: SyncPoint { store, seq: next } });
        }
        let events = data.list("events").ok_or(AnswerError::Unreadable)?;
        let events = Rows::read(events, |event| Event::read(event).ok());
        Ok(Self::Events { events, next, has_more: data.flag("hasMore").unwrap_or(false) })
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
    /// # use chinwag_protocol::{Json, UserId, answer::Conversation};
    /// let data = r#"{"conversations": [
    ///     {"user": {"_id": "b", "username": "béla"}, "unreadCount": 1, "lastMessage": {"content": "hi"}},
    ///     {"participants": [{"_id": "a"}, {"_id": "c"}], "lastMessage": "hello"}
    /// ]}"#;
    /// let data = Json::read(data).unwrap();
    /// let conversations = Conversation::read_all(data.root(), &UserId::from("a")).unwrap();
    /// let with: Vec<_> = conversations.rows.iter().map(|row| row.user.id.as_str()).collect();
    /// assert_eq!(with, ["b", "c"]);
    /// ```
    pub fn read_all(data: JsonRef<'_>, me: &UserId) -> Result<Rows<Self>, AnswerError> {
        let (list, _) = page(data, "conversations")?;
        Ok(Rows::read(list, |row| Self::read(row, me)))
    }

    fn read(row: JsonRef<'_>, me: &UserId) -> Option<Self> {
        let last = ["lastMessage", "latestMessage", "last_message"]
            .into_iter()
            .find_map(|name| row.get(name));
        Some(Self {
            user: Self::other(row, last, me)?,
            unread: ["unreadCount", "unread", "count"].into_iter().find_map(|name| row.count(name)),
            last: last.and_then(Preview::read),
        })
    }

    /// The first person other than oneself of whom the row tells.
    fn other(row: JsonRef<'_>, last: Option<JsonRef<'_>>, me: &UserId) -> Option<User> {
        let other = |user: Option<User>| user.filter(|user| user.id != *me);
        let listed = |read: fn(JsonRef<'_>) -> Option<User>| {
            let lists = ["participants", "users", "user"].into_iter();
            lists.filter_map(|name| row.list(name)).flatten().find_map(|item| other(read(item)))
        };
        ["user", "otherUser", "participant", "partner", "with", "contact"]
            .into_iter()
            .find_map(|name| other(User::read(row.get(name)?)))
            .or_else(|| listed(User::read))
            .or_else(|| {
                row.text("username")?;
                let user = User::read(row)?;
                // Here `_id` may be the conversation's own: `userId` goes first.
                let id = row.id(&["userId"]).unwrap_or_else(|| user.id.clone());
                other(Some(User { id, ..user }))
            })
            .or_else(|| {
                [Role::SENDER, Role::RECEIVER].into_iter().find_map(|role| {
                    let Party { id, username, avatar } = Party::read(last?, role)?;
                    let user = User::named(id, username.unwrap_or_default());
                    other(Some(User { avatar, ..user }))
                })
            })
            .or_else(|| {
                listed(|item| {
                    let id = item.as_text().filter(|id| !id.is_empty())?;
                    Some(User::named(UserId::from(id), ""))
                })
            })
            .or_else(|| other(Some(User::named(row.id(&["userId"])?, ""))))
    }
}

impl Preview {
    fn read(json: JsonRef<'_>) -> Option<Self> {
        if let Some(content) = json.as_text() {
            return Some(Self { sender_id: None, content: content.to_owned(), created_at: None });
        }
        json.is_object().then(|| Self {
            sender_id: Party::read(json, Role::SENDER).map(|sender| sender.id),
            content: json.text_or_empty("content"),
            created_at: json.time("createdAt"),
        })
    }
}
