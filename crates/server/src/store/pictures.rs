//! Pictures that people have sent of themselves, one each.

use chinwag_protocol::UserId;
use sqlx::{Row, SqliteConnection};

/// A picture as it is stored.
#[derive(Debug)]
pub(crate) struct Picture {
    /// Its media type.
    pub(crate) kind: String,
    /// The file.
    pub(crate) bytes: Vec<u8>,
}

/// Keeps a picture under this name, in the place of the person's earlier one.
pub(crate) async fn put(
    store: &mut SqliteConnection,
    user: &UserId,
    id: &str,
    kind: &str,
    bytes: &[u8],
) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT OR REPLACE INTO pictures (id, user_id, kind, bytes) VALUES (?, ?, ?, ?)")
        .bind(id)
        .bind(user.as_str())
        .bind(kind)
        .bind(bytes)
        .execute(store)
        .await?;
    Ok(())
}

/// Forgets a person's picture.
pub(crate) async fn remove(store: &mut SqliteConnection, user: &UserId) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM pictures WHERE user_id = ?")
        .bind(user.as_str())
        .execute(store)
        .await?;
    Ok(())
}

/// The picture of this name.
pub(crate) async fn find(
    store: &mut SqliteConnection,
    id: &str,
) -> Result<Option<Picture>, sqlx::Error> {
    sqlx::query("SELECT kind, bytes FROM pictures WHERE id = ?")
        .bind(id)
        .fetch_optional(store)
        .await?
        .map(|row| Ok(Picture { kind: row.try_get("kind")?, bytes: row.try_get("bytes")? }))
        .transpose()
}
