//! The line between a browser and a server: everything passes it, and it can do all that lines do.
//!
//! Page, calls and socket go through it, so that the page's origin stays the same whatever becomes of the server
//! behind. It knows nothing of the protocol but how a socket begins, to tell when one was opened and greeted.

use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinHandle};
use tokio::time::sleep;

/// What the line does with what comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// It passes.
    Pass,
    /// It passes, each part that much later.
    Slow(Duration),
    /// Connections stand and are accepted, and nothing passes either way: nobody is told that the line is dead.
    Stall,
    /// The server hears all, and what it answers is lost.
    Deaf,
    /// There is no way: whoever comes is refused.
    Refuse,
}

/// A line to one server. It ends with this value.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    line: Arc<Line>,
    serving: JoinHandle<()>,
}

#[derive(Debug)]
struct Line {
    /// The server's port.
    to: u16,
    way: watch::Sender<Way>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    next: u64,
    live: HashMap<u64, AbortHandle>,
    opened: Vec<Instant>,
    greeted: Vec<Instant>,
}

impl Proxy {
    /// A line to the server at this port, which need not run yet.
    pub async fn open(to: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let line =
            Arc::new(Line { to, way: watch::Sender::new(Way::Pass), state: Mutex::default() });
        let serving = tokio::spawn(accept(listener, Arc::clone(&line)));
        Self { port, line, serving }
    }

    /// Where the server seems to be, such as `http://localhost:40105`.
    pub fn url(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// Lets everything pass again. What was held back passes now.
    pub fn passes(&self) {
        self.goes(Way::Pass);
    }

    /// Lets everything pass with this delay.
    pub fn is_slow(&self, delay: Duration) {
        self.goes(Way::Slow(delay));
    }

    /// Keeps all connections and accepts more, and passes nothing: a line that is dead and does not say so.
    pub fn stalls(&self) {
        self.goes(Way::Stall);
    }

    /// Loses what the server answers from now on, until the next [`Proxy::cuts`].
    pub fn loses_answers(&self) {
        self.goes(Way::Deaf);
    }

    /// Breaks all connections and refuses new ones.
    pub fn refuses(&self) {
        self.goes(Way::Refuse);
        self.line.cut();
    }

    /// Breaks all connections at once, as a line that is torn: both ends are told by a reset. New ones pass.
    pub fn cuts(&self) {
        self.line.cut();
        self.goes(Way::Pass);
    }

    /// When sockets were opened, from the first.
    pub fn sockets_opened(&self) -> Vec<Instant> {
        self.line.state().opened.clone()
    }

    /// When the server has greeted on a socket, from the first.
    pub fn sockets_greeted(&self) -> Vec<Instant> {
        self.line.state().greeted.clone()
    }

    fn goes(&self, way: Way) {
        self.line.way.send_replace(way);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.serving.abort();
        self.line.cut();
    }
}

impl Line {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn cut(&self) {
        for (_, connection) in self.state().live.drain() {
            connection.abort();
        }
    }

    /// Waits until the line passes what comes to it; `false` where that is to be lost.
    async fn lets_pass(&self, from_server: bool) -> bool {
        let mut way = self.way.subscribe();
        loop {
            let now = *way.borrow_and_update();
            match now {
                Way::Pass => return true,
                Way::Slow(delay) => {
                    sleep(delay).await;
                    return true;
                }
                Way::Deaf => return !from_server,
                Way::Stall | Way::Refuse => {}
            }
            if way.changed().await.is_err() {
                return false;
            }
        }
    }
}

async fn accept(listener: TcpListener, line: Arc<Line>) {
    while let Ok((client, _)) = listener.accept().await {
        // A connection that is dropped is reset, as one is whose line is torn.
        let _ = client.set_zero_linger();
        let _ = client.set_nodelay(true);
        if *line.way.borrow() == Way::Refuse {
            continue;
        }
        let mut state = line.state();
        let number = state.next;
        state.next += 1;
        let passing = Arc::clone(&line);
        let connection = tokio::spawn(async move {
            // However it ends: both ends learn of it by their connections.
            let _ = join(client, &passing).await;
            passing.state().live.remove(&number);
        });
        state.live.insert(number, connection.abort_handle());
    }
}

async fn join(client: TcpStream, line: &Line) -> io::Result<()> {
    line.lets_pass(false).await;
    let server = TcpStream::connect(("127.0.0.1", line.to)).await?;
    server.set_zero_linger()?;
    server.set_nodelay(true)?;
    let (client_reads, client_writes) = client.into_split();
    let (server_reads, server_writes) = server.into_split();
    // Whether it is one of the page's sockets: files may have the same words in them.
    let is_socket = AtomicBool::new(false);
    tokio::select! {
        end = pass(line, client_reads, server_writes, false, &is_socket) => end,
        end = pass(line, server_reads, client_writes, true, &is_socket) => end,
    }
}

async fn pass(
    line: &Line,
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    from_server: bool,
    is_socket: &AtomicBool,
) -> io::Result<()> {
    let mut buffer = vec![0; 16 * 1024];
    let mut first = true;
    let mut greets = from_server;
    loop {
        let count = from.read(&mut buffer).await?;
        if count == 0 {
            // What was passed on must not be lost with the reset: the other end closes next.
            to.shutdown().await?;
            return std::future::pending().await;
        }
        if !line.lets_pass(from_server).await {
            continue;
        }
        let part = &buffer[..count];
        if std::mem::take(&mut first) && !from_server && part.starts_with(b"GET /ws") {
            is_socket.store(true, Ordering::Relaxed);
            line.state().opened.push(Instant::now());
        }
        if greets && is_socket.load(Ordering::Relaxed) && contains(part, b"connection_established")
        {
            greets = false;
            line.state().greeted.push(Instant::now());
        }
        to.write_all(part).await?;
    }
}

fn contains(text: &[u8], words: &[u8]) -> bool {
    text.windows(words.len()).any(|window| window == words)
}
