//! People with accounts and sessions, written into the server's store: to register ten thousand would take a slow hash for
//! each. Nobody can sign in with the password of such an account, for it has none.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result};
use sha2::{Digest as _, Sha256};
use sqlx::sqlite::{SqliteConnectOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _};

/// Somebody with an account and a session.
#[derive(Clone, Debug)]
pub struct Person {
    /// Who.
    pub id: String,
    /// The session's token.
    pub token: String,
}

/// Makes so many people in the store of `data`, which a server has made.
///
/// # Errors
/// Where it cannot be written.
pub async fn make(data: &Path, count: usize) -> Result<Vec<Person>> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis();
    let now = i64::try_from(now)?;
    let mut store = SqliteConnectOptions::new()
        .filename(data.join("chinwag.db"))
        .synchronous(SqliteSynchronous::Normal)
        .disable_statement_logging()
        .connect()
        .await
        .context("the server's store")?;
    let mut all = store.begin().await?;
    let mut people = Vec::with_capacity(count);
    for number in 1..=count {
        // As long as real ones.
        let (id, token) = (format!("{number:024x}"), format!("{number:064x}"));
        let (name, address) =
            (format!("person {number:05}"), format!("person{number:05}@example.org"));
        sqlx::query(
            "INSERT INTO users (id, username, username_key, email, email_key, password_hash, created_at)
             VALUES (?1, ?2, ?2, ?3, ?3, '', ?4)",
        )
        .bind(&id)
        .bind(name)
        .bind(address)
        .bind(now)
        .execute(&mut *all)
        .await?;
        let hash: [u8; 32] = Sha256::digest(token.as_bytes()).into();
        sqlx::query(
            "INSERT INTO sessions (token_hash, id, user_id, created_at, used_at) VALUES (?, ?, ?, ?, ?)",
        )
        .bind(&hash[..])
        .bind(&id)
        .bind(&id)
        .bind(now)
        .bind(now)
        .execute(&mut *all)
        .await?;
        people.push(Person { id, token });
    }
    all.commit().await?;
    store.close().await?;
    Ok(people)
}
