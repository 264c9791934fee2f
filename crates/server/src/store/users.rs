//! People: accounts, lists and search.

use chinwag_protocol::{Timestamp, User, UserId};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use super::{signed, unsigned};
use crate::rules::Keyed;

/// The most people that one search finds.
const SEARCH_LIMIT: i64 = 50;

/// An account to be made.
#[derive(Debug)]
pub(crate) struct NewUser<'a> {
    /// Its identity.
    pub(crate) id: &'a UserId,
    /// The name that others see.
    pub(crate) username: &'a Keyed,
    /// The address that identifies it.
    pub(crate) email: &'a Keyed,
    /// The password's Argon2id hash.
    pub(crate) password_hash: &'a str,
    /// When it is made.
    pub(crate) created_at: Timestamp,
}

/// Makes an account. `false` where the name or the address is taken: the indexes decide, so that of many at once
/// exactly one succeeds.
pub(crate) async fn create(
    store: &mut SqliteConnection,
    user: &NewUser<'_>,
) -> Result<bool, sqlx::Error> {
    let made = sqlx::query(
        "INSERT INTO users (id, username, username_key, email, email_key, password_hash, created_at)
         VALUES (?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(user.id.as_str())
    .bind(&user.username.text)
    .bind(&user.username.key)
    .bind(&user.email.text)
    .bind(&user.email.key)
    .bind(user.password_hash)
    .bind(user.created_at.millis())
    .execute(store)
    .await;
    is_free(made)
}

/// Whose address this is, and the hash to compare with. A disabled account is as good as none.
pub(crate) async fn credentials(
    store: &mut SqliteConnection,
    email_key: &str,
) -> Result<Option<(UserId, String)>, sqlx::Error> {
    sqlx::query("SELECT id, password_hash FROM users WHERE email_key = ? AND disabled_at IS NULL")
        .bind(email_key)
        .fetch_optional(store)
        .await?
        .map(|row| Ok((id(&row, "id")?, row.try_get("password_hash")?)))
        .transpose()
}

/// Sets another password, where the present one still has this hash; `false` where it has not.
pub(crate) async fn set_password(
    store: &mut SqliteConnection,
    user: &UserId,
    known: Option<&str>,
    password_hash: &str,
) -> Result<bool, sqlx::Error> {
    let set = sqlx::query("UPDATE users SET password_hash = ? WHERE id = ? AND password_hash = ?")
        .bind(password_hash)
        .bind(user.as_str())
        .bind(known)
        .execute(store)
        .await?;
    Ok(set.rows_affected() > 0)
}

/// Gives a person another name; `false` where it is somebody else's.
pub(crate) async fn set_name(
    store: &mut SqliteConnection,
    user: &UserId,
    username: &Keyed,
) -> Result<bool, sqlx::Error> {
    let set = sqlx::query("UPDATE users SET username = ?, username_key = ? WHERE id = ?")
        .bind(&username.text)
        .bind(&username.key)
        .bind(user.as_str())
        .execute(store)
        .await;
    is_free(set)
}

/// Sets the address of a person's picture, or that there is none.
pub(crate) async fn set_avatar(
    store: &mut SqliteConnection,
    user: &UserId,
    avatar: Option<&str>,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE users SET avatar = ? WHERE id = ?")
        .bind(avatar)
        .bind(user.as_str())
        .execute(store)
        .await?;
    Ok(())
}

/// Whether what was to be written is nobody else's: the indexes decide.
fn is_free<T>(written: Result<T, sqlx::Error>) -> Result<bool, sqlx::Error> {
    match written {
        Ok(_) => Ok(true),
        Err(sqlx::Error::Database(error)) if error.is_unique_violation() => Ok(false),
        Err(error) => Err(error),
    }
}

/// A person, with their e-mail address: to be shown to themselves only.
pub(crate) async fn by_id(
    store: &mut SqliteConnection,
    user: &UserId,
) -> Result<Option<User>, sqlx::Error> {
    sqlx::query("SELECT id, username, email, avatar, last_seen FROM users WHERE id = ?")
        .bind(user.as_str())
        .fetch_optional(store)
        .await?
        .map(|row| Ok(User { email: Some(row.try_get("email")?), ..user_of(&row)? }))
        .transpose()
}

/// A page of everybody but `except`, by name, and how many they are in all.
pub(crate) async fn page(
    store: &mut SqliteConnection,
    except: &UserId,
    limit: u64,
    offset: u64,
) -> Result<(Vec<User>, u64), sqlx::Error> {
    let total: i64 = sqlx::query("SELECT COUNT(*) AS total FROM users WHERE id <> ?")
        .bind(except.as_str())
        .fetch_one(&mut *store)
        .await?
        .try_get("total")?;
    let rows = sqlx::query(
        "SELECT id, username, avatar, last_seen FROM users WHERE id <> ?
         ORDER BY username_key LIMIT ? OFFSET ?",
    )
    .bind(except.as_str())
    .bind(signed(limit))
    .bind(signed(offset))
    .fetch_all(store)
    .await?;
    Ok((rows.iter().map(user_of).collect::<Result<_, _>>()?, unsigned(total)))
}

/// Everybody but `except` whose name holds `key`, which is folded as names are. `instr` knows no wildcards, so there
/// is nothing to escape.
pub(crate) async fn search(
    store: &mut SqliteConnection,
    except: &UserId,
    key: &str,
) -> Result<Vec<User>, sqlx::Error> {
    sqlx::query(
        "SELECT id, username, avatar, last_seen FROM users
         WHERE id <> ? AND instr(username_key, ?) > 0 ORDER BY username_key LIMIT ?",
    )
    .bind(except.as_str())
    .bind(key)
    .bind(SEARCH_LIMIT)
    .fetch_all(store)
    .await?
    .iter()
    .map(user_of)
    .collect()
}

/// Notes that a person was connected.
pub(crate) async fn seen(
    store: &mut SqliteConnection,
    user: &UserId,
    at: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE users SET last_seen = ? WHERE id = ?")
        .bind(at.millis())
        .bind(user.as_str())
        .execute(store)
        .await?;
    Ok(())
}

/// A row's person as others may see them. Who is connected is not known here.
pub(super) fn user_of(row: &SqliteRow) -> Result<User, sqlx::Error> {
    Ok(User {
        id: id(row, "id")?,
        username: row.try_get("username")?,
        email: None,
        avatar: row.try_get("avatar")?,
        is_online: None,
        last_seen: row.try_get::<Option<i64>, _>("last_seen")?.map(Timestamp::from_millis),
    })
}

/// A row's person by identity.
pub(super) fn id(row: &SqliteRow, column: &str) -> Result<UserId, sqlx::Error> {
    Ok(UserId::from(row.try_get::<String, _>(column)?))
}
