//! A person, as REST and the socket describe them.

use serde::Serialize;
use serde_json::Value;

use crate::id::UserId;
use crate::lenient::Fields;
use crate::time::Timestamp;

/// A user (guide: `User`). What a server left out is `None`, so that merging never overwrites what is known.
///
/// ```
/// # use chinwag_protocol::User;
/// let user = User::read(&serde_json::json!({"_id": "6b03", "username": "ada", "isOnline": true})).unwrap();
/// assert_eq!((user.username.as_str(), user.is_online, user.email), ("ada", Some(true), None));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
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
    pub fn read(value: &Value) -> Option<Self> {
        Self::from_fields(Fields::of(value)?)
    }

    pub(crate) fn from_fields(fields: Fields<'_>) -> Option<Self> {
        let filled = |name| fields.text(name).filter(|text| !text.is_empty()).map(str::to_owned);
        Some(Self {
            id: fields.id(&["_id", "id", "userId"])?,
            username: fields.text_or_empty("username"),
            email: filled("email"),
            avatar: filled("avatar"),
            is_online: fields.flag("isOnline"),
            last_seen: fields.time("lastSeen"),
        })
    }
}
