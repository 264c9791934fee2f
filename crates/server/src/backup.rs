//! Backups: one file with all that is kept, pictures included, made while a server runs; and the way back.
//!
//! `VACUUM INTO` reads all of it as it is at one instant, keeps nobody from reading or writing meanwhile, and leaves out
//! what was deleted. A file bears its name only when it is whole and has reached the disk.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection, Row};

use crate::admin::Failure;
use crate::server::occupy;
use crate::store;

/// How the names of a store's files end: itself, what waits to be folded into it, and what is known of that.
const PARTS: [&str; 3] = ["", "-wal", "-shm"];

/// Copies all that is kept in the data directory into a file.
pub(crate) async fn backup(data: &Path, file: &Path, force: bool) -> Result<String, Failure> {
    let from = data.join(store::NAME);
    if !from.exists() {
        return Err(Failure(format!("there is no store in {}", data.display())));
    }
    if fs::canonicalize(file)
        .is_ok_and(|file| fs::canonicalize(&from).is_ok_and(|from| file == from))
    {
        return Err(Failure(format!("{} is the store itself", file.display())));
    }
    if file.exists() && !force {
        return Err(Failure(format!("{} is there already; --force replaces it", file.display())));
    }
    let copy = Copy::of(&from, file).await?;
    let bytes = fs::metadata(&copy.0).map_err(|error| failure("read", &copy.0, &error))?.len();
    copy.becomes(file)?;
    Ok(format!("{} holds all that was kept ({bytes} bytes)\n", file.display()))
}

/// Puts a backup into the data directory.
pub(crate) async fn restore(data: &Path, file: &Path, force: bool) -> Result<String, Failure> {
    // Held until it is done: no server may start meanwhile.
    let _lock = occupy(data).map_err(|error| Failure(error.to_string()))?;
    let to = data.join(store::NAME);
    // What waits to be folded into a store may have outlived it, and would be folded into this one.
    let there: Vec<_> = PARTS.into_iter().filter(|end| beside(&to, end).exists()).collect();
    // The store that was put aside last keeps its parts, and gets none that are not its own.
    let name = if to.exists() { "old" } else { "lost" };
    let old = data.join(format!("{}.{name}", store::NAME));
    if !there.is_empty() && !force {
        let place = data.display();
        return Err(Failure(format!("{place} holds a store already; --force puts it aside")));
    }
    if !file.exists() {
        return Err(Failure(format!("there is no {}", file.display())));
    }
    let copy = Copy::of(file, &to).await?;
    renew(&copy.0, file).await?;
    belong(data, &copy.0);
    belong(data, &data.join("chinwag.lock"));
    let mut words = format!("{} is in {}\n", file.display(), data.display());
    if !there.is_empty() {
        for end in PARTS {
            remove(&beside(&old, end))?;
        }
        words = format!("{words}what was there is in {}\n", old.display());
    }
    let aside = there.iter().try_for_each(|end| {
        let from = beside(&to, end);
        let moved = fs::rename(&from, beside(&old, end));
        moved.map_err(|error| failure("put aside", &from, &error))
    });
    if let Err(failure) = aside.and_then(|()| copy.becomes(&to)) {
        // As it was: what could not be put into its place must not leave that empty.
        for end in there {
            let _ = fs::rename(beside(&old, end), beside(&to, end));
        }
        return Err(failure);
    }
    Ok(words)
}

/// A copy that is whole and does not bear its name yet. Dropped, it is removed.
struct Copy(PathBuf);

impl Drop for Copy {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

impl Copy {
    async fn of(from: &Path, to: &Path) -> Result<Self, Failure> {
        let path = beside(to, ".partial");
        remove(&path)?;
        private(&path).map_err(|error| failure("write", &path, &error))?;
        let copy = Self(path);
        let name = copy.0.to_str().ok_or_else(|| Failure("a name must be text".to_owned()))?;
        let cannot =
            |error: sqlx::Error| Failure(format!("cannot copy {}: {error}", from.display()));
        let mut store = open(from).await.map_err(cannot)?;
        sqlx::query("VACUUM INTO ?").bind(name).execute(&mut store).await.map_err(cannot)?;
        store.close().await.map_err(cannot)?;

        let cannot = |words: String| Failure(format!("{} is damaged: {words}", from.display()));
        let broken = |error: sqlx::Error| cannot(error.to_string());
        let mut store = open(&copy.0).await.map_err(broken)?;
        let found = sqlx::query("PRAGMA integrity_check(1)").fetch_one(&mut store).await;
        let found: String = found.and_then(|row| row.try_get(0)).map_err(broken)?;
        if found != "ok" {
            return Err(cannot(found));
        }
        let orphans = sqlx::query("PRAGMA foreign_key_check").fetch_optional(&mut store).await;
        if orphans.map_err(broken)?.is_some() {
            return Err(cannot("a row belongs to none".to_owned()));
        }
        store.close().await.map_err(broken)?;
        Ok(copy)
    }

    fn becomes(self, to: &Path) -> Result<(), Failure> {
        let named = File::open(&self.0).and_then(|file| file.sync_all());
        let named = named.and_then(|()| fs::rename(&self.0, to));
        named.map_err(|error| failure("write", to, &error))?;
        // The name is on the disk when its folder is. Not every file system can be asked for that.
        let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty());
        let _ = File::open(folder.unwrap_or(Path::new("."))).and_then(|folder| folder.sync_all());
        Ok(())
    }
}

/// A store that goes on from an earlier time counts what it tells anew: clients must not take its counts for those that they
/// know, or they would miss what is counted a second time.
async fn renew(copy: &Path, file: &Path) -> Result<(), Failure> {
    let place = file.display();
    let cannot = |error: sqlx::Error| Failure(format!("cannot use {place}: {error}"));
    let mut store = open(copy).await.map_err(cannot)?;
    let version = store::version(&mut store).await.map_err(cannot)?;
    if version == 0 {
        return Err(Failure(format!("{place} is no backup of this server")));
    }
    if version > store::newest_version() {
        return Err(Failure(format!("{place} was made by a newer version of this server")));
    }
    // Before there were counts, there is nothing to be told apart.
    if version > 1 {
        let renewed = sqlx::query("UPDATE store SET id = lower(hex(randomblob(12)))");
        renewed.execute(&mut store).await.map_err(cannot)?;
    }
    store.close().await.map_err(cannot)
}

async fn open(file: &Path) -> Result<SqliteConnection, sqlx::Error> {
    SqliteConnectOptions::new()
        .filename(file)
        .busy_timeout(Duration::from_secs(30))
        .disable_statement_logging()
        .connect()
        .await
}

/// Makes an empty file that nobody else may read.
fn private(file: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.write(true).create_new(true).open(file).map(drop)
}

/// What root puts into the directory of the server's own user is that user's. Nobody else can give files away, or needs to.
fn belong(data: &Path, file: &Path) {
    #[cfg(unix)]
    if let Ok(owner) = fs::metadata(data) {
        use std::os::unix::fs::{MetadataExt, chown};
        let _ = chown(file, Some(owner.uid()), Some(owner.gid()));
    }
}

fn remove(file: &Path) -> Result<(), Failure> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(failure("remove", file, &error))
        }
        _ => Ok(()),
    }
}

fn beside(file: &Path, end: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

fn failure(what: &str, file: &Path, error: &io::Error) -> Failure {
    Failure(format!("cannot {what} {}: {error}", file.display()))
}
