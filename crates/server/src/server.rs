//! Starting and stopping.

use std::fmt;
use std::fs::{DirBuilder, File, TryLockError};
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::app::{self, App, Shared};
use crate::auth::passwords::{Cost, Passwords};
use crate::auth::throttle::Throttle;
use crate::chat::Chat;
use crate::clock::Clock;
use crate::error::Error;
use crate::hub::Hub;
use crate::origin::Origin;
use crate::pages::Pages;
use crate::store::Store;

/// How long requests and sockets may take to end when the server stops.
const PATIENCE: Duration = Duration::from_secs(10);

/// How a server is set up.
#[derive(Clone, Debug)]
pub struct Config {
    /// The address to listen on.
    pub host: String,
    /// The port; 0 for any that is free.
    pub port: u16,
    /// Where accounts and messages are kept.
    pub data: PathBuf,
    /// Where the built pages are.
    pub dist: PathBuf,
    /// Origins of pages hosted elsewhere.
    pub cors: Vec<Origin>,
    /// How much work a password's hash is.
    pub password_cost: Cost,
    /// How often a connection is asked whether it is still there; silent for twice as long, it is dropped.
    pub ping: Duration,
    /// The most bytes that wait for one connection; with more it is ended as too slow.
    pub queue_bytes: usize,
    /// What time it is.
    pub clock: Clock,
}

impl Config {
    /// The usual server, with these directories.
    pub fn new(data: impl Into<PathBuf>, dist: impl Into<PathBuf>) -> Self {
        Self {
            host: "127.0.0.1".to_owned(),
            port: 3000,
            data: data.into(),
            dist: dist.into(),
            cors: Vec::new(),
            password_cost: Cost::OWASP,
            // Protocol §2.
            ping: Duration::from_secs(30),
            queue_bytes: 4 * 1024 * 1024,
            clock: Clock::system(),
        }
    }
}

/// Why a server does not start, in words for whoever started it.
#[derive(Debug)]
pub enum StartError {
    /// The port belongs to another program.
    PortTaken(u16),
    /// The address cannot be listened on.
    Listen(String, io::Error),
    /// The data directory cannot be used.
    Data(PathBuf, io::Error),
    /// Another server uses the data directory.
    DataInUse(PathBuf),
    /// The store in the data directory cannot be opened.
    Store(PathBuf, sqlx::Error),
    /// Something else.
    Other(String),
}

impl fmt::Display for StartError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PortTaken(port) => write!(
                out,
                "port {port} is taken by another program; stop that one, or choose another with --port"
            ),
            Self::Listen(place, error) => write!(out, "cannot listen on {place}: {error}"),
            Self::Data(path, error) => {
                write!(out, "cannot use the data directory {}: {error}", path.display())
            }
            Self::DataInUse(path) => {
                write!(out, "another chinwag-server uses the data directory {}", path.display())
            }
            Self::Store(path, error) => {
                write!(out, "cannot open the store in {}: {error}", path.display())
            }
            Self::Other(words) => out.write_str(words),
        }
    }
}

impl std::error::Error for StartError {}

impl From<Error> for StartError {
    fn from(error: Error) -> Self {
        match error {
            Error::Internal(cause) => Self::Other(cause.to_string()),
            other => Self::Other(other.to_string()),
        }
    }
}

/// A server that is running.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    host: String,
    chat: Chat,
    store: Store,
    stopping: CancellationToken,
    sockets: TaskTracker,
    desk: JoinHandle<()>,
    listening: JoinHandle<io::Result<()>>,
    /// Held as long as the data directory is in use.
    _lock: File,
}

impl Server {
    /// Starts a server. It answers when this returns.
    ///
    /// # Errors
    /// [`StartError`] where the port or the data directory cannot be used.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        // The port first: if a server runs there already, its data directory is not touched.
        let listener = listen(&config.host, config.port).await?;
        let place = || format!("{}:{}", config.host, config.port);
        let address = listener.local_addr().map_err(|error| StartError::Listen(place(), error))?;
        let lock = occupy(&config.data)?;
        let store = Store::open(&config.data)
            .await
            .map_err(|error| StartError::Store(config.data.clone(), error))?;
        let hub = Arc::new(Hub::default());
        let (chat, desk) = Chat::open(store.clone(), hub.clone(), config.clock.clone()).await?;
        let stopping = CancellationToken::new();
        let sockets = TaskTracker::new();
        let app = App::from(Shared {
            store: store.clone(),
            hub,
            chat: chat.clone(),
            passwords: Passwords::new(config.password_cost)?,
            throttle: Throttle::default(),
            clock: config.clock,
            pages: Pages::new(config.dist),
            origins: config.cors,
            ping: config.ping,
            queue_bytes: config.queue_bytes,
            stopping: stopping.clone(),
            sockets: sockets.clone(),
        });
        let serving = axum::serve(listener, app::router(app))
            .with_graceful_shutdown(stopping.clone().cancelled_owned());
        let listening = tokio::spawn(serving.into_future());
        tracing::info!(%address, "listening");
        let host = config.host;
        Ok(Self { address, host, chat, store, stopping, sockets, desk, listening, _lock: lock })
    }

    /// The address that the server listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address to open in a browser.
    pub fn url(&self) -> String {
        let ip = self.address.ip();
        let port = self.address.port();
        if ip.is_loopback() || ip.is_unspecified() {
            format!("http://localhost:{port}")
        } else if self.host.contains(':') {
            format!("http://[{}]:{port}", self.host)
        } else {
            format!("http://{}:{port}", self.host)
        }
    }

    /// Stops in good order: sockets are told, requests finish, the store is closed.
    pub async fn stop(self) {
        tracing::info!("stopping");
        self.stopping.cancel();
        self.sockets.close();
        if timeout(PATIENCE, self.sockets.wait()).await.is_err() {
            tracing::warn!(left = self.sockets.len(), "sockets did not end in time");
        }
        let abort = self.listening.abort_handle();
        if timeout(PATIENCE, self.listening).await.is_err() {
            tracing::warn!("requests did not end in time");
            abort.abort();
        }
        self.chat.stop().await;
        if let Err(error) = self.desk.await {
            tracing::error!(%error, "the desk did not end well");
        }
        self.store.close().await;
        tracing::info!("stopped");
    }
}

async fn listen(host: &str, port: u16) -> Result<TcpListener, StartError> {
    TcpListener::bind((host, port)).await.map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => StartError::PortTaken(port),
        _ => StartError::Listen(format!("{host}:{port}"), error),
    })
}

/// Makes the data directory where it is missing, and keeps other servers out of it: each would believe to be the
/// only one that stores and tells.
fn occupy(data: &Path) -> Result<File, StartError> {
    let cannot = |error| StartError::Data(data.to_owned(), error);
    make_private(data).map_err(cannot)?;
    let lock = File::create(data.join("chinwag.lock")).map_err(cannot)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(StartError::DataInUse(data.to_owned())),
        Err(TryLockError::Error(error)) => Err(cannot(error)),
    }
}

/// What people write to each other is not for the machine's other users.
fn make_private(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)
}
