//! One's own account, which three extensions make one's own affair (protocol §3): `sessions` lists and ends sign-ins,
//! `password` changes the password, `profile` the name and the picture.
//!
//! | call | body | `data` |
//! |---|---|---|
//! | GET /auth/sessions | | `sessions`: see [`Device`] |
//! | DELETE /auth/sessions/:id | | |
//! | DELETE /auth/sessions | | ends all but the present one |
//! | PUT /auth/password | `currentPassword`, `newPassword` | ends all but the present one |
//! | PUT /auth/profile | `username`?, `avatar`? | `user` |
//!
//! The socket of a session that has ended is closed with 4002, as one that was opened with its token would be. A wrong
//! `currentPassword` is a 400: a 401 would say that the session itself has ended. Others, and oneself in other places,
//! are told of another name or picture by `profile_changed`.

use serde::Serialize;

use crate::answer::AnswerError;
use crate::id::SessionId;
use crate::json::JsonRef;
use crate::page::Rows;
use crate::time::Timestamp;

/// The most bytes of a picture that is sent as a `data:` address (before it is written in base64).
pub const PICTURE_BYTES: usize = 64 * 1024;

/// Where one is signed in: a session, and what is known of the browser that began it.
///
/// ```
/// # use chinwag_protocol::{Device, Json};
/// let data = r#"{"sessions": [{"_id": "s1", "createdAt": "2026-11-22T19:36:44.277Z", "browser": "Firefox",
///     "system": "Linux", "current": true}, {"browser": "without an id"}]}"#;
/// let devices = Device::read_all(Json::read(data).unwrap().root()).unwrap();
/// assert_eq!((devices.rows[0].browser.as_deref(), devices.rows[0].current), (Some("Firefox"), true));
/// assert_eq!((devices.rows.len(), devices.skipped), (1, 1));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Device {
    /// Which session.
    #[serde(rename = "_id")]
    pub id: SessionId,
    /// When it began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// When it was last used, to about an hour.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub used_at: Option<Timestamp>,
    /// The browser's name, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub browser: Option<String>,
    /// The system's name, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
    /// Whether it is the one that asks.
    pub current: bool,
}

impl Device {
    /// Reads `sessions`.
    ///
    /// # Errors
    /// [`AnswerError::Unreadable`] without a list.
    pub fn read_all(data: JsonRef<'_>) -> Result<Rows<Self>, AnswerError> {
        let list = data.list("sessions").ok_or(AnswerError::Unreadable)?;
        Ok(Rows::read(list, Self::read))
    }

    fn read(json: JsonRef<'_>) -> Option<Self> {
        let filled = |name| json.filled(name).map(str::to_owned);
        Some(Self {
            id: json.id(&["_id"])?,
            created_at: json.time("createdAt"),
            used_at: json.time("usedAt"),
            browser: filled("browser"),
            system: filled("system"),
            current: json.flag("current") == Some(true),
        })
    }
}
