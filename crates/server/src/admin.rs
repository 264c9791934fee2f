//! What whoever runs the server types beside it: accounts, figures, backups, and whether it is well.
//!
//! It works on the store itself, where a server may be at work too: SQLite lets one write at a time. What a running server
//! must know of is left for it there (`ended`).

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use chinwag_protocol::{Password, Timestamp};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::auth::passwords::{Cost, Passwords};
use crate::backup;
use crate::clock::Clock;
use crate::config::Config;
use crate::error::Error;
use crate::options::{Command, UserCommand};
use crate::store::accounts::{self, Account};
use crate::store::{Store, Trouble, sessions};
use crate::{ids, rules};

/// How long a server may take to say that it is well.
const PATIENCE: Duration = Duration::from_secs(8);
/// A day.
const DAY: i64 = 24 * 60 * 60 * 1000;

/// Why something was not done, in words for whoever asked for it.
#[derive(Debug)]
pub struct Failure(pub(crate) String);

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::error::Error for Failure {}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Self(format!("the store cannot be used: {error}"))
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Internal(cause) => Self(cause.to_string()),
            other => Self(other.to_string()),
        }
    }
}

/// Does what was asked for. What is to be printed.
///
/// # Errors
/// [`Failure`] where it could not be done: then nothing has changed.
pub async fn run(command: &Command, config: &Config) -> Result<String, Failure> {
    let data = &config.data;
    match command {
        Command::Backup { file, force } => backup::backup(data, file, *force).await,
        Command::Restore { file, force } => backup::restore(data, file, *force).await,
        Command::User(command) => {
            let store = join(data).await?;
            let done = user(&store, command, &config.clock, config.password_cost).await;
            store.close().await;
            done
        }
        Command::Stats => {
            let store = join(data).await?;
            let told = stats(&store, data, &config.clock).await;
            store.close().await;
            told
        }
        Command::Health => health(config).await,
    }
}

async fn join(data: &Path) -> Result<Store, Failure> {
    let place = data.display();
    Store::join(data).await.map_err(|trouble| match trouble {
        Trouble::Missing => Failure(format!("there is no store in {place}")),
        Trouble::OtherVersion => Failure(format!(
            "the store in {place} is of another version: start this version's server once, or use the other's program"
        )),
        Trouble::Damaged(words) => Failure(format!("the store in {place} is damaged: {words}")),
        Trouble::Other(error) => Failure(format!("cannot open the store in {place}: {error}")),
    })
}

async fn user(
    store: &Store,
    command: &UserCommand,
    clock: &Clock,
    cost: Cost,
) -> Result<String, Failure> {
    let (who, is_disabled) = match command {
        UserCommand::List => {
            let all = accounts::list(&mut *store.read().await?, None).await?;
            return Ok(all.iter().map(line).collect());
        }
        UserCommand::Disable { who } => (who, true),
        UserCommand::Enable { who } => (who, false),
        UserCommand::ResetPassword { who } => return reset(store, who, cost).await,
    };
    let mut store = store.write().await?;
    let Account { id, username, .. } = find(&mut store, who).await?;
    accounts::set_disabled(&mut store, &id, is_disabled.then(|| clock.now())).await?;
    if is_disabled {
        sessions::end_from_elsewhere(&mut store, &id).await?;
    }
    store.commit().await?;
    let is = if is_disabled { "disabled" } else { "enabled" };
    Ok(format!("{username} is {is}\n"))
}

async fn reset(store: &Store, who: &str, cost: Cost) -> Result<String, Failure> {
    // 96 random bits: enough, and still to be read out on a telephone.
    let password = ids::token().map_err(Error::from)?[..24].to_owned();
    let hash = Passwords::new(cost)?.hash(Password::from(password.as_str())).await?;
    let mut store = store.write().await?;
    let Account { id, username, .. } = find(&mut store, who).await?;
    accounts::set_password(&mut store, &id, &hash).await?;
    sessions::end_from_elsewhere(&mut store, &id).await?;
    store.commit().await?;
    Ok(format!("the password of {username} is now {password}\n"))
}

async fn find(store: &mut sqlx::SqliteConnection, who: &str) -> Result<Account, Failure> {
    let who = who.trim();
    let mut found = accounts::list(store, Some((who, &rules::fold(who)))).await?;
    match (found.pop(), found.is_empty()) {
        (Some(account), true) => Ok(account),
        (Some(_), false) => Err(Failure(format!("“{who}” are several: say an id"))),
        (None, _) => Err(Failure(format!("nobody is called “{who}”"))),
    }
}

/// Separated by tabs: names and addresses have none.
fn line(account: &Account) -> String {
    let at = |time: Option<Timestamp>| time.map_or_else(|| "never".to_owned(), Timestamp::iso);
    let Account { id, username, email, created_at, last_seen, disabled_at } = account;
    let state = if disabled_at.is_some() { "disabled" } else { "enabled" };
    let (made, seen) = (created_at.iso(), at(*last_seen));
    format!("{}\t{username}\t{email}\t{made}\t{seen}\t{state}\n", id.as_str())
}

async fn stats(store: &Store, data: &Path, clock: &Clock) -> Result<String, Failure> {
    let since = Timestamp::from_millis(clock.now().millis() - DAY);
    let counts = accounts::counts(&mut *store.read().await?, since).await?;
    let bytes = ["", "-wal"].map(|end| {
        let file = data.join(format!("{}{end}", crate::store::NAME));
        std::fs::metadata(file).map_or(0, |file| file.len())
    });
    let bytes = i64::try_from(bytes.iter().sum::<u64>()).unwrap_or(i64::MAX);
    let lines: Vec<_> = counts
        .into_iter()
        .chain([("bytes", bytes)])
        .map(|(name, count)| format!("{name}\t{count}\n"))
        .collect();
    Ok(lines.concat())
}

/// Asks `/readyz`, where figures are told or else where the server listens.
async fn health(config: &Config) -> Result<String, Failure> {
    let address = match config.metrics {
        Some(address) => reachable(address.ip(), address.port()).to_string(),
        None if config.certificate.is_some() => {
            let words = "a server that speaks TLS itself is asked where --metrics says: set it";
            return Err(Failure(words.to_owned()));
        }
        None => match config.host.parse() {
            Ok(host) => reachable(host, config.port).to_string(),
            Err(_) => format!("{}:{}", config.host, config.port),
        },
    };
    let asked = async {
        let mut stream = TcpStream::connect(&address).await?;
        let question =
            format!("GET /readyz HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
        stream.write_all(question.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.take(16 * 1024).read_to_end(&mut answer).await?;
        Ok::<_, std::io::Error>(String::from_utf8_lossy(&answer).into_owned())
    };
    let answer = match timeout(PATIENCE, asked).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(error)) => return Err(Failure(format!("nobody answers at {address}: {error}"))),
        Err(_) => return Err(Failure(format!("nobody answers at {address} in time"))),
    };
    let words = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body.trim());
    if answer.starts_with("HTTP/1.1 200 ") {
        Ok(format!("{words}\n"))
    } else {
        Err(Failure(format!("{address} says: {words}")))
    }
}

/// Where a server that listens on all addresses is on this machine.
fn reachable(ip: IpAddr, port: u16) -> SocketAddr {
    let ip = match ip {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        other => other,
    };
    SocketAddr::new(ip, port)
}
