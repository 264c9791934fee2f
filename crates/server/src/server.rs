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
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::app::{self, App, Shared};
use crate::auth::passwords::Passwords;
use crate::auth::throttle::Throttle;
use crate::chat::Chat;
use crate::config::Config;
use crate::ended;
use crate::error::Error;
use crate::health::Health;
use crate::hub::Hub;
use crate::limits::{Held, Limiter};
use crate::metrics::{self, Metrics, Room};
use crate::open_files;
use crate::pages::Pages;
use crate::serve::Serving;
use crate::store::{Store, Trouble};
use crate::tls::{CertificateError, Tls};

/// How long requests and sockets, together, may take to end when the server stops.
const PATIENCE: Duration = Duration::from_secs(10);
/// The most connections of those who ask for figures.
const MEASURERS: usize = 32;

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
    /// The store in the data directory cannot be opened, or not be written.
    Store(PathBuf, sqlx::Error),
    /// The store in the data directory is not what was written.
    Damaged(PathBuf, String),
    /// The store in the data directory was made by a newer version.
    Newer(PathBuf),
    /// The certificate or its key cannot be used.
    Certificate(CertificateError),
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
                write!(out, "cannot use the store in {}: {error}", path.display())
            }
            Self::Damaged(path, words) => write!(
                out,
                "the store in {} is damaged ({words}): put a backup in its place with \
                 `chinwag-server restore FILE --force`",
                path.display()
            ),
            Self::Newer(path) => write!(
                out,
                "the store in {} was made by a newer version of this server",
                path.display()
            ),
            Self::Certificate(error) => error.fmt(out),
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
    listening: JoinHandle<()>,
    /// Ends when it is aborted.
    watching: JoinHandle<()>,
    measuring: Option<(SocketAddr, JoinHandle<()>)>,
    tls: Option<Tls>,
    passwords: Passwords,
    #[cfg(feature = "fuzz")]
    pub(crate) router: axum::Router,
    /// Held as long as the data directory is in use.
    lock: File,
}

impl Server {
    /// Starts a server. It answers when this returns.
    ///
    /// # Errors
    /// [`StartError`] where the port or the data directory cannot be used.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        open_files::raise(config.connections);
        // The port first: if a server runs there already, its data directory is not touched.
        let listener = listen(&config.host, config.port).await?;
        let place = || format!("{}:{}", config.host, config.port);
        let address = listener.local_addr().map_err(|error| StartError::Listen(place(), error))?;
        let tls = config
            .certificate
            .clone()
            .map(Tls::open)
            .transpose()
            .map_err(StartError::Certificate)?;
        let lock = occupy(&config.data)?;
        let measured = match config.metrics {
            Some(address) => Some(listen_at(address).await?),
            None => None,
        };
        let store = open(&config).await?;
        let hub = Arc::new(Hub::default());
        let (chat, desk) =
            Chat::open(store.clone(), hub.clone(), config.clock.clone(), config.sockets).await?;
        let stopping = CancellationToken::new();
        let sockets = TaskTracker::new();
        let passwords = Passwords::new(config.password_cost)?;
        let held = Held::new(config.connections_from);
        let limiter = Limiter::new(config.limits, held.clone(), config.clock.clone());
        let (throttle, refused) = (Throttle::default(), limiter.refused().clone());
        let room = Room::new(config.connections);
        let app = App::from(Shared {
            store: store.clone(),
            hub,
            chat: chat.clone(),
            passwords: passwords.clone(),
            metrics: Metrics::new(room.clone(), &chat, &store, &passwords, &limiter, &throttle),
            health: Health::default(),
            throttle,
            limiter,
            clock: config.clock,
            pages: Pages::new(config.dist),
            origins: config.cors,
            proxies: config.proxies.clone(),
            is_secure: tls.is_some(),
            ping: config.ping,
            queue_bytes: config.queue_bytes,
            body_patience: config.patience.body,
            stopping: stopping.clone(),
            sockets: sockets.clone(),
        });
        let watched = app.clone();
        let watching = tokio::spawn(async move {
            tokio::join!(watched.limiter.sweep(), ended::watch(&watched));
        });
        // Ends after all else, for it tells of that too.
        let measuring = measured.map(|(listener, address)| {
            let serving = Serving {
                listener,
                router: metrics::router(app.clone()),
                tls: None,
                patience: config.patience,
                room: Room::new(MEASURERS),
                held: Held::new(MEASURERS),
                proxies: Vec::new(),
                refused: refused.clone(),
                stopping: CancellationToken::new(),
            };
            tracing::info!(%address, "telling figures");
            (address, tokio::spawn(serving.run()))
        });
        let router = app::router(app);
        let serving = Serving {
            listener,
            router: router.clone(),
            tls: tls.clone(),
            patience: config.patience,
            room,
            held,
            proxies: config.proxies,
            refused,
            stopping: stopping.clone(),
        };
        let listening = tokio::spawn(serving.run());
        tracing::info!(%address, "listening");
        let host = config.host;
        Ok(Self {
            address,
            host,
            chat,
            store,
            stopping,
            sockets,
            desk,
            listening,
            watching,
            measuring,
            tls,
            passwords,
            #[cfg(feature = "fuzz")]
            router,
            lock,
        })
    }

    /// The address that the server listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address at which figures are told.
    pub fn metrics(&self) -> Option<SocketAddr> {
        self.measuring.as_ref().map(|(address, _)| *address)
    }

    /// The address to open in a browser.
    pub fn url(&self) -> String {
        let ip = self.address.ip();
        let port = self.address.port();
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        if ip.is_loopback() || ip.is_unspecified() {
            format!("{scheme}://localhost:{port}")
        } else if self.host.contains(':') {
            format!("{scheme}://[{}]:{port}", self.host)
        } else {
            format!("{scheme}://{}:{port}", self.host)
        }
    }

    /// Reads the certificate anew, for connections to come. One that cannot be used is told of in the log, and the one
    /// before stays.
    pub fn reload_certificate(&self) {
        match self.tls.as_ref().map(Tls::reload) {
            Some(Ok(())) => tracing::info!("the certificate was read anew"),
            Some(Err(error)) => tracing::error!(%error, "the certificate before stays"),
            None => {}
        }
    }

    /// How many passwords were compared with a hash until now.
    pub fn passwords_compared(&self) -> u64 {
        self.passwords.compared()
    }

    /// Returns once the server cannot go on: what stores and tells has come to an end, by a fault of this program. Whoever started it
    /// should stop it and start another.
    pub async fn failed(&self) {
        self.chat.ended().await;
        tracing::error!("what stores and tells messages has ended by itself");
    }

    /// Stops in good order: nobody new is let in, what is under way finishes, sockets are told to come back, the store is
    /// closed.
    pub async fn stop(self) {
        tracing::info!(sockets = self.sockets.len(), "stopping");
        let end = Instant::now() + PATIENCE;
        self.chat.drain().await;
        self.stopping.cancel();
        self.watching.abort();
        self.sockets.close();
        if timeout_at(end, self.sockets.wait()).await.is_err() {
            tracing::warn!(left = self.sockets.len(), "sockets did not end in time");
        }
        let abort = self.listening.abort_handle();
        if timeout_at(end, self.listening).await.is_err() {
            tracing::warn!("requests did not end in time");
            abort.abort();
        }
        self.chat.stop().await;
        if let Err(error) = self.desk.await {
            tracing::error!(%error, "the desk did not end well");
        }
        if let Some((_, measuring)) = self.measuring {
            measuring.abort();
        }
        self.store.close().await;
        // Not by being closed alone: a program that is just being started by this process still has it open.
        if let Err(error) = self.lock.unlock() {
            tracing::warn!(%error, "the data directory stays in use until this program ends");
        }
        tracing::info!("stopped");
    }
}

/// Opens the store, and makes sure that it can be written: on a disk that cannot, SQLite opens it all the same.
async fn open(config: &Config) -> Result<Store, StartError> {
    let place = || config.data.clone();
    let store = Store::open(&config.data, config.store_pages).await;
    let store = store.map_err(|trouble| match trouble {
        Trouble::Damaged(words) => StartError::Damaged(place(), words),
        Trouble::OtherVersion => StartError::Newer(place()),
        Trouble::Missing => StartError::Store(place(), sqlx::Error::RowNotFound),
        Trouble::Other(error) => StartError::Store(place(), error),
    })?;
    let probed = store.probe(config.clock.now()).await;
    probed.map_err(|error| StartError::Store(place(), error))?;
    Ok(store)
}

async fn listen_at(address: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let listener = TcpListener::bind(address).await;
    let listening = listener.and_then(|listener| {
        let address = listener.local_addr()?;
        Ok((listener, address))
    });
    listening.map_err(|error| StartError::Listen(address.to_string(), error))
}

async fn listen(host: &str, port: u16) -> Result<TcpListener, StartError> {
    TcpListener::bind((host, port)).await.map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => StartError::PortTaken(port),
        _ => StartError::Listen(format!("{host}:{port}"), error),
    })
}

/// Makes the data directory where it is missing, and keeps other servers out of it: each would believe to be the
/// only one that stores and tells.
pub(crate) fn occupy(data: &Path) -> Result<File, StartError> {
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

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;
    use tokio::time::timeout;

    use super::*;

    /// A connection on which a socket has been asked for, and what is answered.
    async fn knock(address: SocketAddr) -> (TcpStream, String) {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = "GET /ws HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
            sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).await.unwrap();
        (stream, String::from_utf8_lossy(&answer).into_owned())
    }

    #[tokio::test]
    async fn a_server_whose_desk_has_ended_by_a_fault_says_so_and_stops_though_sockets_are_open() {
        let folder = tempfile::tempdir().unwrap();
        let config = Config { port: 0, ..Config::new(folder.path(), folder.path()) };
        let server = Server::start(config).await.unwrap();
        let (_socket, answer) = knock(server.address()).await;
        assert_eq!(answer, "HTTP/1.1 101");
        let early = timeout(Duration::from_millis(50), server.failed()).await;
        assert!(early.is_err(), "all is well");
        server.desk.abort();
        timeout(Duration::from_secs(5), server.failed()).await.expect("it is noticed");
        timeout(PATIENCE * 2, server.stop()).await.expect("it stops");
    }
}
