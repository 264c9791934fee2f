//! Accounts as whoever runs the server sees them, and how much is kept.

use chinwag_protocol::{Timestamp, UserId};
use sqlx::{Row, SqliteConnection};

use super::users;

/// An account.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) id: UserId,
    pub(crate) username: String,
    pub(crate) email: String,
    pub(crate) created_at: Timestamp,
    pub(crate) last_seen: Option<Timestamp>,
    pub(crate) disabled_at: Option<Timestamp>,
}

/// All accounts, by name; or those that bear this as their id or, folded, as their name or address.
pub(crate) async fn list(
    store: &mut SqliteConnection,
    who: Option<(&str, &str)>,
) -> Result<Vec<Account>, sqlx::Error> {
    let (id, key) = who.unzip();
    sqlx::query(
        "SELECT id, username, email, created_at, last_seen, disabled_at FROM users
         WHERE ?1 IS NULL OR id = ?1 OR username_key = ?2 OR email_key = ?2 ORDER BY username_key",
    )
    .bind(id)
    .bind(key)
    .fetch_all(store)
    .await?
    .iter()
    .map(|row| {
        let at = |column: &str| row.try_get::<Option<i64>, _>(column);
        Ok(Account {
            id: users::id(row, "id")?,
            username: row.try_get("username")?,
            email: row.try_get("email")?,
            created_at: Timestamp::from_millis(row.try_get("created_at")?),
            last_seen: at("last_seen")?.map(Timestamp::from_millis),
            disabled_at: at("disabled_at")?.map(Timestamp::from_millis),
        })
    })
    .collect()
}

/// Disables an account since then, or enables it.
pub(crate) async fn set_disabled(
    store: &mut SqliteConnection,
    user: &UserId,
    since: Option<Timestamp>,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE users SET disabled_at = ? WHERE id = ?")
        .bind(since.map(Timestamp::millis))
        .bind(user.as_str())
        .execute(store)
        .await?;
    Ok(())
}

/// Sets another password, whatever the present one is.
pub(crate) async fn set_password(
    store: &mut SqliteConnection,
    user: &UserId,
    password_hash: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE users SET password_hash = ? WHERE id = ?")
        .bind(password_hash)
        .bind(user.as_str())
        .execute(store)
        .await?;
    Ok(())
}

/// How much is kept, each thing with its name.
pub(crate) async fn counts(
    store: &mut SqliteConnection,
    today: Timestamp,
) -> Result<Vec<(&'static str, i64)>, sqlx::Error> {
    let row = sqlx::query(
        "SELECT (SELECT COUNT(*) FROM users) AS people,
                (SELECT COUNT(*) FROM users WHERE disabled_at IS NOT NULL) AS disabled,
                (SELECT COUNT(*) FROM sessions) AS sessions,
                (SELECT COUNT(*) FROM conversations) AS conversations,
                (SELECT COUNT(*) FROM messages) AS messages,
                (SELECT COUNT(*) FROM messages WHERE created_at >= ?) AS messages_of_a_day,
                (SELECT COUNT(*) FROM events) AS events,
                (SELECT COUNT(*) FROM pictures) AS pictures",
    )
    .bind(today.millis())
    .fetch_one(store)
    .await?;
    [
        "people",
        "disabled",
        "sessions",
        "conversations",
        "messages",
        "messages_of_a_day",
        "events",
        "pictures",
    ]
    .into_iter()
    .map(|name| Ok((name, row.try_get(name)?)))
    .collect()
}
