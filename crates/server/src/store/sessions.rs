//! Sessions: which token, by its hash, is whose, and when it was last used.

use chinwag_protocol::{Timestamp, UserId};
use sqlx::{Row, SqliteConnection};

use super::users;

/// A session as it is stored.
#[derive(Debug)]
pub(crate) struct Session {
    /// Whose it is.
    pub(crate) user: UserId,
    /// When it was last used, to about an hour.
    pub(crate) used_at: Timestamp,
}

/// Begins a session.
pub(crate) async fn create(
    store: &mut SqliteConnection,
    token_hash: &[u8],
    user: &UserId,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO sessions (token_hash, user_id, created_at, used_at) VALUES (?, ?, ?, ?)",
    )
    .bind(token_hash)
    .bind(user.as_str())
    .bind(now.millis())
    .bind(now.millis())
    .execute(store)
    .await?;
    Ok(())
}

/// The session of a token.
pub(crate) async fn find(
    store: &mut SqliteConnection,
    token_hash: &[u8],
) -> Result<Option<Session>, sqlx::Error> {
    sqlx::query("SELECT user_id, used_at FROM sessions WHERE token_hash = ?")
        .bind(token_hash)
        .fetch_optional(store)
        .await?
        .map(|row| {
            let used_at = Timestamp::from_millis(row.try_get("used_at")?);
            Ok(Session { user: users::id(&row, "user_id")?, used_at })
        })
        .transpose()
}

/// Notes that a session is in use.
pub(crate) async fn touch(
    store: &mut SqliteConnection,
    token_hash: &[u8],
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE sessions SET used_at = ? WHERE token_hash = ?")
        .bind(now.millis())
        .bind(token_hash)
        .execute(store)
        .await?;
    Ok(())
}

/// Removes the sessions that were last used before `before`.
pub(crate) async fn remove_unused(
    store: &mut SqliteConnection,
    before: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM sessions WHERE used_at < ?")
        .bind(before.millis())
        .execute(store)
        .await?;
    Ok(())
}
