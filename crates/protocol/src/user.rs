//! A person, as REST and the socket describe them.

use serde::Serialize;

use crate::id::UserId;
use crate::json::JsonRef;
use crate::time::Timestamp;

/// A user (guide: `User`).
///
/// What a server left out is `None`, so that merging never overwrites what is known.
///
/// ```
/// # use chinwag_protocol::{Json, User};
/// let json = Json::read(r#"{"_id": "6b03", "username": "ada", "isOnline": true}"#).unwrap();
/// let user = User::read(json.root()).unwrap();
/// assert_eq!((user.username.as_str(), user.is_online, user.email), ("ada", Some(true), None));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// Who it is.
    #[serde(rename = "_id")]
    pub id: UserId,
    /// The name to show; empty where the server gave none (the guide's default).
    pub username: String,
    /// The address, where the server tells it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The address of a picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub avatar: Option<String>,
    /// Whether the person is connected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_online: Option<bool>,
    /// When the person was last connected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<Timestamp>,
}

impl User {
    /// A person of whom only this is known.
    pub fn named(id: UserId, username: impl Into<String>) -> Self {
        Self {
            id,
            username: username.into(),
            email: None,
            avatar: None,
            is_online: None,
            last_seen: None,
        }
    }

    /// Reads a user. `None` without an `_id`: somebody who cannot be written to is no user.
    pub fn read(json: JsonRef<'_>) -> Option<Self> {
        let filled = |name| json.filled(name).map(str::to_owned);
        Some(Self {
            id: json.id(&["_id", "id", "userId"])?,
            username: json.text_or_empty("username"),
            email: filled("email"),
            avatar: filled("avatar"),
            is_online: json.flag("isOnline"),
            last_seen: json.time("lastSeen"),
        })
    }
}
