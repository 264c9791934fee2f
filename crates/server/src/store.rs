//! The SQLite store: where its file is, how it is opened, and who may write to it. The queries are in the modules
//! below, one for each table's matter.
//!
//! What never lives here: HTTP, sockets, who is connected, and any decision about what a person is told.

use std::path::Path;
use std::time::Duration;

use chinwag_protocol::StoreId;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::pool::PoolConnection;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions, Connection, SqlSafeStr, Sqlite, Transaction};

pub(crate) mod events;
pub(crate) mod messages;
pub(crate) mod pictures;
pub(crate) mod sessions;
pub(crate) mod users;

/// Connections for reading: a query is short and mostly in memory, so a few serve many people.
const READERS: u32 = 4;

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
}

impl Store {
    /// Opens the store in `folder`, makes it where there is none, and brings its tables up to date.
    pub(crate) async fn open(folder: &Path) -> Result<Self, sqlx::Error> {
        let options = SqliteConnectOptions::new()
            .filename(folder.join("chinwag.db"))
            .create_if_missing(true)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            // An answer promises that what it tells of outlives a power cut.
            .synchronous(SqliteSynchronous::Full)
            // Only another program, such as a backup, can make it wait.
            .busy_timeout(Duration::from_secs(10))
            // Statements are no secret, but they would fill the logs.
            .disable_statement_logging();
        let pool = |size| {
            SqlitePoolOptions::new().max_connections(size).idle_timeout(None).max_lifetime(None)
        };
        let writer = pool(1)
            // When the disk is full or fails, SQLite ends a transaction by itself. The driver does not notice, and
            // would refuse every transaction to come: such a connection is replaced. The ping waits for an ordinary
            // rollback that is still on its way.
            .after_release(|connection, _| {
                Box::pin(async move {
                    connection.ping().await?;
                    Ok(!connection.is_in_transaction())
                })
            })
            .connect_with(options.clone())
            .await?;
        migrator().run(&writer).await?;
        let readers = pool(READERS).connect_with(options.pragma("query_only", "ON")).await?;
        let id = events::store_id(&mut *readers.acquire().await?).await?;
        Ok(Self { id, writer, readers })
    }

    /// Which store this is: made with it, and its own for ever.
    pub(crate) fn id(&self) -> &StoreId {
        &self.id
    }

    /// A connection to read with.
    pub(crate) async fn read(&self) -> Result<PoolConnection<Sqlite>, sqlx::Error> {
        self.readers.acquire().await
    }

    /// Waits for one's turn to write. Nothing is stored before the commit returns; dropped, it is undone.
    pub(crate) async fn write(&self) -> Result<Transaction<'static, Sqlite>, sqlx::Error> {
        // At once the writer's lock: taken later, it could fail in the middle of a transaction.
        self.writer.begin_with("BEGIN IMMEDIATE").await
    }

    /// Closes all connections, the last of which folds the write-ahead log into the file.
    pub(crate) async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
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
