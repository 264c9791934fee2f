//! Fills a server's store: written into its file while it does not run, for sending so much would take minutes.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use chinwag_e2e::Account;
use serde_json::{Value, json};
use sqlx::sqlite::{SqliteConnectOptions, SqliteSynchronous};
use sqlx::{Connection, Row, SqliteConnection};

use crate::texts::Texts;

/// From one message to the next, in milliseconds: days begin in between, as they do among people.
const STEP: i64 = 30_000;
/// How many rows a statement writes.
const AT_ONCE: usize = 5_000;

/// A conversation to be written.
#[derive(Debug)]
pub(crate) struct Written<'a> {
    /// With whom.
    pub(crate) with: &'a Account,
    /// How many messages.
    pub(crate) count: usize,
}

/// The mark by which the message of this number is known, from 1.
pub(crate) fn mark(number: usize) -> String {
    format!("#{number} ")
}

/// Writes these conversations of somebody's, one after the other, all of them read.
pub(crate) async fn fill(data: &Path, me: &Account, all: &[Written<'_>]) -> Result<()> {
    let options = SqliteConnectOptions::new()
        .filename(data.join("chinwag.db"))
        // What is lost with the power is made again.
        .synchronous(SqliteSynchronous::Off);
    let mut store = SqliteConnection::connect_with(&options).await?;
    let mut work = store.begin().await?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis();
    let total = all.iter().map(|written| written.count).sum::<usize>();
    let mut at = i64::try_from(now)? - i64::try_from(total)? * STEP;
    let mut texts = Texts::new(1);
    for &Written { with, count } in all {
        let (low, high) = if me.id < with.id { (me, with) } else { (with, me) };
        let conversation: i64 =
            sqlx::query("INSERT INTO conversations (low, high) VALUES (?, ?) RETURNING id")
                .bind(&low.id)
                .bind(&high.id)
                .fetch_one(&mut *work)
                .await?
                .try_get("id")?;
        let mut rows = Vec::with_capacity(AT_ONCE);
        for number in 1..=count {
            at += STEP;
            let (from, to) = if number % 3 == 0 { (me, with) } else { (with, me) };
            let mark = format!("#{number}");
            // The last ones are short: they are looked for at the end of the list.
            let text = if number + 3 > count { texts.short(&mark) } else { texts.long(&mark) };
            rows.push(json!([at, id(at), from.id, to.id, text]));
            if rows.len() == AT_ONCE || number == count {
                insert(&mut work, conversation, &std::mem::take(&mut rows)).await?;
            }
        }
    }
    work.commit().await?;
    store.close().await.context("the store cannot be closed")
}

async fn insert(store: &mut SqliteConnection, conversation: i64, rows: &[Value]) -> Result<()> {
    sqlx::query(
        "INSERT INTO messages
           (created_at, id, conversation_id, sender_id, receiver_id, content, kind, delivered_at, read_at)
         SELECT value ->> 0, value ->> 1, ?2, value ->> 2, value ->> 3, value ->> 4, 'text', value ->> 0, value ->> 0
         FROM json_each(?1)",
    )
    .bind(serde_json::to_string(rows)?)
    .bind(conversation)
    .execute(store)
    .await?;
    Ok(())
}

/// 24 hex digits as the server's, each once: instants differ.
fn id(at: i64) -> String {
    format!("{:08x}{at:016x}", at / 1000)
}
