//! Sessions: which token, by its hash, is whose, what began it, and when it was last used.

use std::collections::HashSet;

use chinwag_protocol::{Device, SessionId, Timestamp, UserId};
use sqlx::{Row, SqliteConnection};

use super::users;
use crate::agent::Agent;

/// A session as it is stored.
#[derive(Debug)]
pub(crate) struct Session {
    /// Its public name.
    pub(crate) id: SessionId,
    /// Whose it is.
    pub(crate) user: UserId,
    /// When it was last used, to about an hour.
    pub(crate) used_at: Timestamp,
}

/// A session to be.
#[derive(Debug)]
pub(crate) struct NewSession<'a> {
    /// The hash of its token.
    pub(crate) token_hash: &'a [u8],
    /// Its public name.
    pub(crate) id: &'a SessionId,
    /// Whose it is.
    pub(crate) user: &'a UserId,
    /// What begins it.
    pub(crate) agent: Agent,
}

/// Begins a session.
pub(crate) async fn create(
    store: &mut SqliteConnection,
    session: &NewSession<'_>,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO sessions (token_hash, id, user_id, browser, system, created_at, used_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)",
    )
    .bind(session.token_hash)
    .bind(session.id.as_str())
    .bind(session.user.as_str())
    .bind(session.agent.browser)
    .bind(session.agent.system)
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
    sqlx::query("SELECT id, user_id, used_at FROM sessions WHERE token_hash = ?")
        .bind(token_hash)
        .fetch_optional(store)
        .await?
        .map(|row| {
            let used_at = Timestamp::from_millis(row.try_get("used_at")?);
            let id = SessionId::from(row.try_get::<String, _>("id")?);
            Ok(Session { id, user: users::id(&row, "user_id")?, used_at })
        })
        .transpose()
}

/// Whether a session has not ended.
pub(crate) async fn is_there(
    store: &mut SqliteConnection,
    session: &SessionId,
) -> Result<bool, sqlx::Error> {
    let found = sqlx::query("SELECT 1 FROM sessions WHERE id = ?").bind(session.as_str());
    Ok(found.fetch_optional(store).await?.is_some())
}

/// The sessions of a person that have not ended.
pub(crate) async fn left(
    store: &mut SqliteConnection,
    user: &UserId,
) -> Result<HashSet<SessionId>, sqlx::Error> {
    sqlx::query("SELECT id FROM sessions WHERE user_id = ?")
        .bind(user.as_str())
        .fetch_all(store)
        .await?
        .iter()
        .map(|row| row.try_get::<String, _>("id").map(SessionId::from))
        .collect()
}

/// The sessions of a person that were used since then, the latest first; `current` is the one that asks.
pub(crate) async fn of(
    store: &mut SqliteConnection,
    user: &UserId,
    current: &SessionId,
    since: Timestamp,
) -> Result<Vec<Device>, sqlx::Error> {
    sqlx::query(
        "SELECT id, browser, system, created_at, used_at FROM sessions
         WHERE user_id = ? AND used_at >= ? ORDER BY used_at DESC, created_at DESC",
    )
    .bind(user.as_str())
    .bind(since.millis())
    .fetch_all(store)
    .await?
    .iter()
    .map(|row| {
        let at = |column: &str| row.try_get(column).map(Timestamp::from_millis);
        let id = SessionId::from(row.try_get::<String, _>("id")?);
        Ok(Device {
            current: id == *current,
            id,
            created_at: Some(at("created_at")?),
            used_at: Some(at("used_at")?),
            browser: row.try_get("browser")?,
            system: row.try_get("system")?,
        })
    })
    .collect()
}

/// Ends a session of a person; `false` where they have no such.
pub(crate) async fn end(
    store: &mut SqliteConnection,
    user: &UserId,
    session: &SessionId,
) -> Result<bool, sqlx::Error> {
    let ended = sqlx::query("DELETE FROM sessions WHERE user_id = ? AND id = ?")
        .bind(user.as_str())
        .bind(session.as_str())
        .execute(store)
        .await?;
    Ok(ended.rows_affected() > 0)
}

/// Ends all sessions of a person but one.
pub(crate) async fn end_others(
    store: &mut SqliteConnection,
    user: &UserId,
    but: &SessionId,
) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM sessions WHERE user_id = ? AND id <> ?")
        .bind(user.as_str())
        .bind(but.as_str())
        .execute(store)
        .await?;
    Ok(())
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

/// Notes that a session is in use by a socket.
pub(crate) async fn touch_one(
    store: &mut SqliteConnection,
    session: &SessionId,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE sessions SET used_at = ? WHERE id = ?")
        .bind(now.millis())
        .bind(session.as_str())
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

/// Ends all sessions of a person from another program than the server, which is to end their sockets.
pub(crate) async fn end_from_elsewhere(
    store: &mut SqliteConnection,
    user: &UserId,
) -> Result<(), sqlx::Error> {
    for sql in ["DELETE FROM sessions WHERE user_id = ?", "INSERT INTO ended (user_id) VALUES (?)"]
    {
        sqlx::query(sql).bind(user.as_str()).execute(&mut *store).await?;
    }
    Ok(())
}

/// Whose sessions another program has ended, each with its number; the last comes last.
pub(crate) async fn ended_elsewhere(
    store: &mut SqliteConnection,
) -> Result<Vec<(i64, UserId)>, sqlx::Error> {
    sqlx::query("SELECT id, user_id FROM ended ORDER BY id")
        .fetch_all(store)
        .await?
        .iter()
        .map(|row| Ok((row.try_get("id")?, users::id(row, "user_id")?)))
        .collect()
}

/// The sockets of these are ended.
pub(crate) async fn forget_ended(
    store: &mut SqliteConnection,
    last: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM ended WHERE id <= ?").bind(last).execute(store).await?;
    Ok(())
}
