//! The SQLite store: where its file is, how it is opened, and who may write to it. The queries are in the modules
//! below, one for each table's matter.
//!
//! What never lives here: HTTP, sockets, who is connected, and any decision about what a person is told.

use std::ops::{Deref, DerefMut};
use std::path::Path;
use std::time::{Duration, Instant};

use chinwag_protocol::{StoreId, Timestamp};
use prometheus_client::metrics::histogram::Histogram;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::pool::PoolConnection;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions, Connection, Row, SqlSafeStr, Sqlite, SqliteConnection, Transaction};

use crate::metrics;

pub(crate) mod accounts;
pub(crate) mod ahead;
pub(crate) mod events;
pub(crate) mod messages;
pub(crate) mod pictures;
pub(crate) mod sessions;
pub(crate) mod users;

/// Connections for reading: a query is short and mostly in memory, so a few serve many people.
const READERS: u32 = 4;

/// The store's file.
pub(crate) const NAME: &str = "chinwag.db";
/// How long a start may take to look whether the file is whole.
const CHECK: Duration = Duration::from_secs(30);
/// `SQLITE_INTERRUPT`.
const INTERRUPTED: i32 = 9;
/// `SQLITE_CORRUPT` and `SQLITE_NOTADB`.
const DAMAGED: [i32; 2] = [11, 26];

/// Why a store cannot be opened.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// There is none.
    Missing,
    /// It is of another version than this program: where it is opened by a server, of a newer one.
    OtherVersion,
    /// What is in the file is not what was written.
    Damaged(String),
    /// Something else.
    Other(sqlx::Error),
}

impl From<sqlx::Error> for Trouble {
    fn from(error: sqlx::Error) -> Self {
        match primary_code(&error) {
            Some(code) if DAMAGED.contains(&code) => Self::Damaged(error.to_string()),
            _ => Self::Other(error),
        }
    }
}

/// The store. Cloned freely: all clones are one store.
///
/// One connection writes, several read. SQLite has one writer at a time anyway: a pool of one turns the wait into a
/// fair queue, where several would find the file busy and poll for it. In WAL mode readers neither wait for the
/// writer nor hold it up, and see what was committed before they began.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    id: StoreId,
    writer: SqlitePool,
    readers: SqlitePool,
    figures: Figures,
}

/// How long it takes to read and to write.
#[derive(Clone, Debug)]
pub(crate) struct Figures {
    /// From wanting to being let.
    pub(crate) wait: Histogram,
    /// From being let to being stored.
    pub(crate) write: Histogram,
    /// From being let to having read.
    pub(crate) read: Histogram,
}

/// A connection to read with, until it is dropped.
pub(crate) struct Reading {
    connection: PoolConnection<Sqlite>,
    began: Instant,
    took: Histogram,
}

impl Deref for Reading {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        &self.connection
    }
}

impl DerefMut for Reading {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.connection
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.took.observe(self.began.elapsed().as_secs_f64());
    }
}

/// One's turn to write. Nothing is stored before the commit returns; dropped, it is undone.
pub(crate) struct Writing {
    transaction: Transaction<'static, Sqlite>,
    began: Instant,
    took: Histogram,
}

impl Deref for Writing {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        &self.transaction
    }
}

impl DerefMut for Writing {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.transaction
    }
}

impl Writing {
    /// Stores it all: it outlives a power cut when this returns.
    pub(crate) async fn commit(self) -> Result<(), sqlx::Error> {
        self.transaction.commit().await?;
        self.took.observe(self.began.elapsed().as_secs_f64());
        Ok(())
    }
}

impl Store {
    /// Opens the store in `folder`, makes it where there is none, and brings its tables up to date. `pages` bounds its size,
    /// as a small disk does.
    pub(crate) async fn open(folder: &Path, pages: Option<u32>) -> Result<Self, Trouble> {
        let options = file(folder).create_if_missing(true);
        let options = match pages {
            Some(pages) => options.pragma("max_page_count", pages.to_string()),
            None => options,
        };
        let writer = writer(options.clone()).await?;
        {
            let mut store = writer.acquire().await?;
            check(&mut store).await?;
            if version(&mut store).await? > newest_version() {
                return Err(Trouble::OtherVersion);
            }
        }
        migrator().run(&writer).await.map_err(sqlx::Error::from)?;
        Ok(Self::with(writer, options).await?)
    }

    /// Opens the store of a server that may be running: it must be there, and be of this version.
    pub(crate) async fn join(folder: &Path) -> Result<Self, Trouble> {
        if !folder.join(NAME).exists() {
            return Err(Trouble::Missing);
        }
        let writer = writer(file(folder)).await?;
        if version(&mut *writer.acquire().await?).await? != newest_version() {
            return Err(Trouble::OtherVersion);
        }
        Ok(Self::with(writer, file(folder)).await?)
    }

    async fn with(writer: SqlitePool, options: SqliteConnectOptions) -> Result<Self, sqlx::Error> {
        let readers = pool(READERS).connect_with(options.pragma("query_only", "ON")).await?;
        let id = events::store_id(&mut *readers.acquire().await?).await?;
        let figures =
            Figures { wait: metrics::times(), write: metrics::times(), read: metrics::times() };
        Ok(Self { id, writer, readers, figures })
    }

    /// Which store this is: made with it, and its own for ever.
    pub(crate) fn id(&self) -> &StoreId {
        &self.id
    }

    /// A connection to read with.
    pub(crate) async fn read(&self) -> Result<Reading, sqlx::Error> {
        let connection = self.readers.acquire().await?;
        Ok(Reading { connection, began: Instant::now(), took: self.figures.read.clone() })
    }

    /// Waits for one's turn to write.
    pub(crate) async fn write(&self) -> Result<Writing, sqlx::Error> {
        let wanted = Instant::now();
        // At once the writer's lock: taken later, it could fail in the middle of a transaction.
        let transaction = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        let began = Instant::now();
        self.figures.wait.observe((began - wanted).as_secs_f64());
        Ok(Writing { transaction, began, took: self.figures.write.clone() })
    }

    /// Tries whether the store can be read and written, by doing so: only what has reached the disk tells.
    pub(crate) async fn probe(&self, now: Timestamp) -> Result<(), sqlx::Error> {
        let mut store = self.write().await?;
        sqlx::query("UPDATE store SET checked_at = ?")
            .bind(now.millis())
            .execute(&mut *store)
            .await?;
        store.commit().await?;
        events::store_id(&mut *self.read().await?).await?;
        Ok(())
    }

    /// How long it takes to write.
    pub(crate) fn figures(&self) -> &Figures {
        &self.figures
    }

    /// How many read just now.
    pub(crate) fn busy_readers(&self) -> usize {
        usize::try_from(self.readers.size())
            .unwrap_or_default()
            .saturating_sub(self.readers.num_idle())
    }

    /// Closes all connections, the last of which folds the write-ahead log into the file.
    pub(crate) async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

/// How the file in `folder` is opened.
fn file(folder: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(folder.join(NAME))
        .foreign_keys(true)
        .journal_mode(SqliteJournalMode::Wal)
        // An answer promises that what it tells of outlives a power cut.
        .synchronous(SqliteSynchronous::Full)
        // Only another program, such as a backup, can make it wait.
        .busy_timeout(Duration::from_secs(10))
        // Statements are no secret, but they would fill the logs.
        .disable_statement_logging()
}

fn pool(size: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new().max_connections(size).idle_timeout(None).max_lifetime(None)
}

async fn writer(options: SqliteConnectOptions) -> Result<SqlitePool, sqlx::Error> {
    pool(1)
        // When the disk is full or fails, SQLite ends a transaction by itself. The driver does not notice, and
        // would refuse every transaction to come: such a connection is replaced. The ping waits for an ordinary
        // rollback that is still on its way.
        .after_release(|connection, _| {
            Box::pin(async move {
                connection.ping().await?;
                Ok(!connection.is_in_transaction())
            })
        })
        .connect_with(options)
        .await
}

/// Looks whether the file is whole, for a while: `quick_check` reads every page and every row, and leaves out only whether
/// indexes agree with their tables. That would take twice as long, which whoever waits for a start notices: a million
/// messages in 300 MB took 1.1 s, and 2.3 s with it. A backup is looked at in full.
async fn check(store: &mut SqliteConnection) -> Result<(), Trouble> {
    let end = Instant::now() + CHECK;
    store.lock_handle().await?.set_progress_handler(10_000, move || Instant::now() < end);
    let found = sqlx::query("PRAGMA quick_check(1)").fetch_one(&mut *store).await;
    store.lock_handle().await?.remove_progress_handler();
    match found.and_then(|row| row.try_get::<String, _>(0)) {
        Ok(words) if words == "ok" => Ok(()),
        Ok(words) => Err(Trouble::Damaged(words)),
        Err(error) if primary_code(&error) == Some(INTERRUPTED) => {
            tracing::warn!("the store is too large to be looked at as a whole at each start");
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}

/// The last step that a file has gone through; 0 where it is no store, or an empty one.
pub(crate) async fn version(store: &mut SqliteConnection) -> Result<i64, sqlx::Error> {
    let steps = sqlx::query("SELECT 1 FROM sqlite_schema WHERE name = '_sqlx_migrations'");
    if steps.fetch_optional(&mut *store).await?.is_none() {
        return Ok(0);
    }
    sqlx::query("SELECT COALESCE(MAX(version), 0) FROM _sqlx_migrations WHERE success")
        .fetch_one(store)
        .await?
        .try_get(0)
}

/// The last step that this program knows.
pub(crate) fn newest_version() -> i64 {
    migrator().iter().map(|step| step.version).max().unwrap_or_default()
}

/// SQLite's own code of an error, without what it adds to it.
fn primary_code(error: &sqlx::Error) -> Option<i32> {
    let code = error.as_database_error()?.code()?;
    code.parse::<i32>().ok().map(|code| code & 0xff)
}

/// The steps from an empty file to the present tables. A step that has been released is never changed.
fn migrator() -> Migrator {
    let step = |number, name: &'static str, sql: &'static str| {
        Migration::new(number, name.into(), MigrationType::Simple, sql.into_sql_str(), false)
    };
    Migrator::with_migrations(vec![
        step(1, "people and messages", include_str!("../migrations/0001_people_and_messages.sql")),
        step(2, "names and events", include_str!("../migrations/0002_names_and_events.sql")),
        step(
            3,
            "devices and pictures",
            include_str!("../migrations/0003_devices_and_pictures.sql"),
        ),
        step(4, "operation", include_str!("../migrations/0004_operation.sql")),
    ])
}

/// SQLite's integers have a sign; counts, limits and offsets of this program do not.
fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A count as SQLite gives it, which is never negative.
fn unsigned(count: i64) -> u64 {
    u64::try_from(count).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn asked(store: &mut SqliteConnection, what: &'static str) -> String {
        let row = sqlx::query(what).fetch_one(store).await.unwrap();
        row.try_get::<String, _>(0).unwrap_or_else(|_| row.get::<i64, _>(0).to_string())
    }

    #[tokio::test]
    async fn what_is_acknowledged_outlives_a_power_cut_and_who_reads_cannot_write() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), None).await.unwrap();
        let (mut writing, mut reading) =
            (store.write().await.unwrap(), store.read().await.unwrap());
        for (connection, query_only) in [(&mut *writing, "0"), (&mut *reading, "1")] {
            for (what, value) in [
                ("PRAGMA journal_mode", "wal"),
                // FULL (https://sqlite.org/pragma.html#pragma_synchronous).
                ("PRAGMA synchronous", "2"),
                ("PRAGMA foreign_keys", "1"),
                ("PRAGMA query_only", query_only),
            ] {
                assert_eq!(asked(connection, what).await, value, "{what}");
            }
        }
    }
}
