//! The eleven REST calls of the guide (`ApiService`) and those of extensions: method, path and body of each.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

use crate::frame::SyncPoint;
use crate::id::{ClientId, SessionId, UserId};
use crate::secret::Password;

/// Users a page, unless asked otherwise (guide: `getUsers`).
pub const USERS_LIMIT: u64 = 20;
/// Messages a page, unless asked otherwise (guide: `getConversation`).
pub const MESSAGES_LIMIT: u64 = 50;
/// Events an answer, unless asked otherwise (protocol §3, `sync`).
pub const EVENTS_LIMIT: u64 = 500;

/// A REST call. `Debug` shows no password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// Makes an account and signs in.
    Register {
        /// The name that others see.
        username: String,
        /// The address that identifies the account.
        email: String,
        /// The password.
        password: Password,
    },
    /// Signs in.
    Login {
        /// The account's address.
        email: String,
        /// The password.
        password: Password,
    },
    /// Asks whose token this is.
    Me,
    /// Asks for a page of all users.
    Users {
        /// From 1.
        page: u64,
        /// Users a page.
        limit: u64,
    },
    /// Asks who is connected.
    OnlineUsers,
    /// Looks for users by name.
    SearchUsers {
        /// What to look for.
        query: String,
    },
    /// Asks for one's conversations with their last message.
    Conversations,
    /// Asks for a page of the messages exchanged with somebody; page 1 is the newest.
    History {
        /// With whom.
        with: UserId,
        /// From 1.
        page: u64,
        /// Messages a page.
        limit: u64,
    },
    /// Sends a message without the socket.
    SendMessage {
        /// To whom.
        receiver_id: UserId,
        /// The text.
        content: String,
        /// What the client calls it (protocol §3, `idempotent_send`; a base server ignores it).
        client_message_id: Option<ClientId>,
    },
    /// Marks all that somebody sent so far as read, without the socket.
    MarkRead {
        /// Whose messages.
        with: UserId,
    },
    /// Asks how many messages one has not read.
    UnreadCount,
    /// Asks what has happened since then (protocol §3, `sync`).
    Sync {
        /// How far one has been told.
        since: SyncPoint,
        /// The most events of an answer.
        limit: u64,
    },
    /// Asks where one is signed in (protocol §3, `sessions`).
    Sessions,
    /// Ends one of one's sessions (protocol §3, `sessions`).
    EndSession {
        /// Which.
        id: SessionId,
    },
    /// Ends all of one's sessions but this one (protocol §3, `sessions`).
    EndOtherSessions,
    /// Sets another password, which ends all other sessions (protocol §3, `password`).
    ChangePassword {
        /// The present one.
        current: Password,
        /// The one to be.
        new: Password,
    },
    /// Changes what others see of one (protocol §3, `profile`). What is left out stays.
    ChangeProfile {
        /// The name, by the rules of registration.
        username: Option<String>,
        /// The picture: an `https:` address, or the picture itself as a `data:` address; empty removes it.
        avatar: Option<String>,
    },
}

/// The method of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Makes.
    Post,
    /// Sets.
    Put,
    /// Removes.
    Delete,
}

/// The bodies of all calls. Not a `Value`: to write one, the program would carry the writing of fractions too.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<&'a Password>,
    #[serde(skip_serializing_if = "Option::is_none")]
    receiver_id: Option<&'a UserId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_message_id: Option<&'a ClientId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    current_password: Option<&'a Password>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new_password: Option<&'a Password>,
    #[serde(skip_serializing_if = "Option::is_none")]
    avatar: Option<&'a str>,
}

/// What stays as it is in a path or query: RFC 3986's unreserved characters.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Escapes a text for a path segment or a query value.
pub fn escape(text: &str) -> String {
    utf8_percent_encode(text, UNRESERVED).to_string()
}

impl Call {
    /// The method.
    pub fn method(&self) -> Method {
        match self {
            Self::Register { .. } | Self::Login { .. } | Self::SendMessage { .. } => Method::Post,
            Self::MarkRead { .. } | Self::ChangePassword { .. } | Self::ChangeProfile { .. } => {
                Method::Put
            }
            Self::EndSession { .. } | Self::EndOtherSessions => Method::Delete,
            Self::Me
            | Self::Users { .. }
            | Self::OnlineUsers
            | Self::SearchUsers { .. }
            | Self::Conversations
            | Self::History { .. }
            | Self::UnreadCount
            | Self::Sync { .. }
            | Self::Sessions => Method::Get,
        }
    }

    /// The path below `/api`, with its query.
    ///
    /// ```
    /// # use chinwag_protocol::Call;
    /// assert_eq!(Call::SearchUsers { query: "bé &".into() }.path(), "/users/search?query=b%C3%A9%20%26");
    /// ```
    pub fn path(&self) -> String {
        match self {
            Self::Register { .. } => "/auth/register".to_owned(),
            Self::Login { .. } => "/auth/login".to_owned(),
            Self::Me => "/auth/me".to_owned(),
            Self::Users { page, limit } => format!("/users?page={page}&limit={limit}"),
            Self::OnlineUsers => "/users/online".to_owned(),
            Self::SearchUsers { query } => format!("/users/search?query={}", escape(query)),
            Self::Conversations => "/messages/conversations".to_owned(),
            Self::History { with, page, limit } => {
                format!("/messages/{}?page={page}&limit={limit}", escape(with.as_str()))
            }
            Self::SendMessage { .. } => "/messages".to_owned(),
            Self::MarkRead { with } => format!("/messages/read/{}", escape(with.as_str())),
            Self::UnreadCount => "/messages/unread/count".to_owned(),
            Self::Sync { since: SyncPoint { store, seq }, limit } => {
                format!("/sync?since={}&store={}&limit={limit}", seq.0, escape(store.as_str()))
            }
            Self::Sessions | Self::EndOtherSessions => "/auth/sessions".to_owned(),
            Self::EndSession { id } => format!("/auth/sessions/{}", escape(id.as_str())),
            Self::ChangePassword { .. } => "/auth/password".to_owned(),
            Self::ChangeProfile { .. } => "/auth/profile".to_owned(),
        }
    }

    /// The JSON body, where there is one.
    pub fn body(&self) -> Option<String> {
        let body = match self {
            Self::Register { username, email, password } => Body {
                username: Some(username),
                email: Some(email),
                password: Some(password),
                ..Body::default()
            },
            Self::Login { email, password } => {
                Body { email: Some(email), password: Some(password), ..Body::default() }
            }
            Self::SendMessage { receiver_id, content, client_message_id } => Body {
                receiver_id: Some(receiver_id),
                content: Some(content),
                client_message_id: client_message_id.as_ref(),
                ..Body::default()
            },
            Self::MarkRead { .. } => Body::default(),
            Self::ChangePassword { current, new } => {
                Body { current_password: Some(current), new_password: Some(new), ..Body::default() }
            }
            Self::ChangeProfile { username, avatar } => {
                Body { username: username.as_deref(), avatar: avatar.as_deref(), ..Body::default() }
            }
            Self::Me
            | Self::Users { .. }
            | Self::OnlineUsers
            | Self::SearchUsers { .. }
            | Self::Conversations
            | Self::History { .. }
            | Self::UnreadCount
            | Self::Sync { .. }
            | Self::Sessions
            | Self::EndSession { .. }
            | Self::EndOtherSessions => return None,
        };
        serde_json::to_string(&body).ok()
    }

    /// Whether it is asked before there is a token. A 401 to such a call is about the password, not the session.
    pub fn is_sign_in(&self) -> bool {
        matches!(self, Self::Register { .. } | Self::Login { .. })
    }
}
