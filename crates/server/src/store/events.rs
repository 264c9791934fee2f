//! Events: what each person was told that lasts, numbered for each from 1 without holes (protocol §3, `sync`).

use std::collections::HashMap;

use chinwag_protocol::{Event, Seq, ServerFrame, StoreId, Timestamp, UserId};
use futures_util::TryStreamExt;
use sqlx::{Row, SqliteConnection};

use super::ahead::{Ahead, text};
use super::{signed, unsigned};

/// The most events that are kept for a person. To replay more would take longer than to load afresh, which shows the
/// same; so many of the usual size are some two megabytes.
const KEPT: u64 = 10_000;
/// How many events of a person pass from one pruning to the next: none is paid for by every message.
const PRUNED_EVERY: u64 = 1_000;
/// An answer ends after so many bytes of frames: a thousand of the longest messages would be forty megabytes.
const MOST_BYTES: usize = 1024 * 1024;

/// The events of one transaction: numbered as they come, and written down together at its end. However many they
/// are, that takes two statements, beside one for each person.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    /// Each person's last event: before this transaction, and by now.
    last: HashMap<UserId, (Seq, Seq)>,
    events: Vec<(UserId, Seq, String)>,
}

impl Journal {
    /// An empty one, of a transaction of which so much is known.
    pub(crate) fn of(ahead: &Ahead) -> Self {
        let known = ahead.last().iter().map(|(user, last)| (user.clone(), (*last, *last)));
        Self { last: known.collect(), events: Vec::new() }
    }

    /// A person's last event, those of this transaction included.
    pub(crate) async fn last(
        &mut self,
        store: &mut SqliteConnection,
        user: &UserId,
    ) -> Result<Seq, sqlx::Error> {
        if let Some((_, last)) = self.last.get(user) {
            return Ok(*last);
        }
        let last = last(store, user).await?;
        self.last.insert(user.clone(), (last, last));
        Ok(last)
    }

    /// Gives a frame its person's next number. The text that is written down, and to be told after the commit.
    pub(crate) async fn add(
        &mut self,
        store: &mut SqliteConnection,
        user: &UserId,
        frame: ServerFrame,
    ) -> Result<String, sqlx::Error> {
        let seq = self.last(store, user).await?.next();
        if let Some((_, last)) = self.last.get_mut(user) {
            *last = seq;
        }
        let text = Event { frame, seq: Some(seq) }.encode();
        self.events.push((user.clone(), seq, text.clone()));
        Ok(text)
    }

    /// Writes all of it down.
    pub(crate) async fn write(
        self,
        store: &mut SqliteConnection,
        now: Timestamp,
    ) -> Result<(), sqlx::Error> {
        if self.events.is_empty() {
            return Ok(());
        }
        // One text with all rows: a statement for each would cost more than all else that a message takes.
        sqlx::query(
            "INSERT INTO events (user_id, seq, frame, at)
             SELECT value ->> 0, value ->> 1, value ->> 2, ?2 FROM json_each(?1)",
        )
        .bind(text(&self.events)?)
        .bind(now.millis())
        .execute(&mut *store)
        .await?;
        let told = self.last.into_iter().filter(|(_, (before, last))| before < last);
        let told: Vec<(UserId, (Seq, Seq))> = told.collect();
        let last: HashMap<&str, Seq> =
            told.iter().map(|(user, (_, last))| (user.as_str(), *last)).collect();
        sqlx::query(
            "UPDATE users SET last_seq = told.value FROM json_each(?) AS told WHERE users.id = told.key",
        )
        .bind(text(&last)?)
        .execute(&mut *store)
        .await?;
        for (user, (before, last)) in told {
            if before.0 / PRUNED_EVERY < last.0 / PRUNED_EVERY {
                prune(store, &user, last).await?;
            }
        }
        Ok(())
    }
}

/// Leaves so many of the newest events that no more than [`KEPT`] are there when this is done the next time.
async fn prune(store: &mut SqliteConnection, user: &UserId, last: Seq) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM events WHERE user_id = ? AND seq <= ?")
        .bind(user.as_str())
        .bind(signed(last.0.saturating_sub(KEPT - PRUNED_EVERY)))
        .execute(store)
        .await?;
    Ok(())
}

/// A person's last event.
pub(crate) async fn last(store: &mut SqliteConnection, user: &UserId) -> Result<Seq, sqlx::Error> {
    let last: i64 = sqlx::query("SELECT last_seq FROM users WHERE id = ?")
        .bind(user.as_str())
        .fetch_one(store)
        .await?
        .try_get("last_seq")?;
    Ok(Seq(unsigned(last)))
}

/// What a person was told since some event.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Since {
    /// The frames as they were told, in order.
    Events {
        /// The texts.
        frames: Vec<String>,
        /// The last of these events.
        next: Seq,
        /// Whether there are more.
        has_more: bool,
    },
    /// That event has not been yet, or what followed it is no longer kept.
    Unknown {
        /// The last event.
        last: Seq,
    },
}

/// What a person was told after the event `since`: at most `limit` frames, and at least one where there is any.
pub(crate) async fn since(
    store: &mut SqliteConnection,
    user: &UserId,
    since: Seq,
    limit: u64,
) -> Result<Since, sqlx::Error> {
    // First: what is told meanwhile is at worst in the answer too.
    let last = last(store, user).await?;
    if since > last {
        return Ok(Since::Unknown { last });
    }
    let (mut frames, mut next, mut bytes) = (Vec::new(), since, 0);
    let mut rows = sqlx::query(
        "SELECT seq, frame FROM events WHERE user_id = ? AND seq > ? ORDER BY seq LIMIT ?",
    )
    .bind(user.as_str())
    .bind(signed(since.0))
    .bind(signed(limit))
    .fetch(store);
    while let Some(row) = rows.try_next().await? {
        let frame: String = row.try_get("frame")?;
        if Seq(unsigned(row.try_get("seq")?)) != next.next() {
            return Ok(Since::Unknown { last });
        }
        bytes += frame.len();
        if bytes > MOST_BYTES && !frames.is_empty() {
            break;
        }
        frames.push(frame);
        next = next.next();
    }
    if frames.is_empty() && next < last {
        return Ok(Since::Unknown { last });
    }
    Ok(Since::Events { frames, next, has_more: next < last })
}

/// Which store this is.
pub(crate) async fn store_id(store: &mut SqliteConnection) -> Result<StoreId, sqlx::Error> {
    let row = sqlx::query("SELECT id FROM store").fetch_one(store).await?;
    Ok(StoreId::from(row.try_get::<String, _>("id")?))
}
