//! One connection of somebody: what it says, and what it hears.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use crate::people::Person;

/// How long a connection may take until it knows who is there.
const PATIENCE: Duration = Duration::from_mins(1);
/// How the numbers of messages begin.
pub const NAMED: &str = "load-";

/// What a client asks of a server when it comes: nothing, as one that knows the base protocol alone, or to be told of
/// changes instead of whole lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Knows the base protocol alone.
    Base,
    /// Is told of changes.
    Changes,
}

/// What all connections heard together.
#[derive(Debug, Default)]
pub struct Tally {
    /// Messages that were acknowledged.
    pub acknowledged: AtomicU64,
    /// Messages that were received.
    pub received: AtomicU64,
    /// Frames that told who is there, a connection's first list left out.
    pub presence_frames: AtomicU64,
    /// Their bytes.
    pub presence_bytes: AtomicU64,
    /// The bytes of first lists.
    pub list_bytes: AtomicU64,
}

impl Tally {
    /// Frames and bytes that told who is there.
    pub fn presence(&self) -> (u64, u64) {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        (read(&self.presence_frames), read(&self.presence_bytes))
    }
}

/// What one connection heard.
#[derive(Debug, Default)]
pub struct Heard {
    /// The numbers of the messages that were acknowledged, in order, and when.
    pub acknowledged: Vec<(u32, Instant)>,
    /// The numbers of the messages that came, in order, and when.
    pub received: Vec<(u32, Instant)>,
    /// What should not have been: refusals, and an end that nobody asked for.
    pub trouble: Option<String>,
}

/// An open connection.
#[derive(Debug)]
pub struct Line {
    outgoing: mpsc::UnboundedSender<String>,
    task: JoinHandle<Heard>,
}

impl Line {
    /// Opens a connection; it knows who is there when this returns.
    ///
    /// # Errors
    /// Where the server does not take it.
    pub async fn open(
        server: SocketAddr,
        person: &Person,
        kind: Kind,
        tally: Arc<Tally>,
    ) -> Result<Self> {
        timeout(PATIENCE, Self::begin(server, person, kind, tally))
            .await
            .context("a connection took too long")?
    }

    async fn begin(
        server: SocketAddr,
        person: &Person,
        kind: Kind,
        tally: Arc<Tally>,
    ) -> Result<Self> {
        let stream = TcpStream::connect(server).await.context("connecting")?;
        stream.set_nodelay(true)?;
        // Ten thousand of them are in one program.
        let config = WebSocketConfig::default().read_buffer_size(8 * 1024).write_buffer_size(0);
        let wanted = match kind {
            Kind::Base => "",
            Kind::Changes => "&presence=changes",
        };
        let url = format!("ws://{server}/ws?token={}{wanted}", person.token);
        let (mut socket, _) = client_async_with_config(url, stream, Some(config)).await?;
        loop {
            match socket.next().await.context("the end instead of a greeting")?? {
                Message::Text(text) if text.starts_with(r#"{"type":"online_users""#) => {
                    let bytes = u64::try_from(text.len())?;
                    tally.list_bytes.fetch_add(bytes, Ordering::Relaxed);
                    break;
                }
                Message::Text(text) if text.starts_with(r#"{"type":"connection_established""#) => {}
                other => bail!("{other} instead of a greeting"),
            }
        }
        let (outgoing, queue) = mpsc::unbounded_channel();
        Ok(Self { outgoing, task: tokio::spawn(live(socket, queue, tally)) })
    }

    /// Says something.
    pub fn say(&self, frame: String) {
        // Where the connection has ended, its trouble is told at the end.
        let _ = self.outgoing.send(frame);
    }

    /// Closes it. What it heard.
    ///
    /// # Errors
    /// Where its task broke.
    pub async fn close(self) -> Result<Heard> {
        drop(self.outgoing);
        Ok(self.task.await?)
    }
}

async fn live(
    mut socket: WebSocketStream<TcpStream>,
    mut queue: mpsc::UnboundedReceiver<String>,
    tally: Arc<Tally>,
) -> Heard {
    let mut heard = Heard::default();
    loop {
        tokio::select! {
            frame = queue.recv() => {
                let Some(frame) = frame else { break };
                if let Err(error) = socket.send(Message::text(frame)).await {
                    heard.trouble.get_or_insert(error.to_string());
                    return heard;
                }
            }
            message = socket.next() => match message {
                Some(Ok(Message::Text(text))) => hear(&text, &mut heard, &tally),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                other => {
                    heard.trouble.get_or_insert(format!("ended with {other:?}"));
                    return heard;
                }
            },
        }
    }
    let _ = socket.close(None).await;
    heard
}

fn hear(text: &str, heard: &mut Heard, tally: &Tally) {
    let now = Instant::now();
    let name = text.strip_prefix(r#"{"type":""#).and_then(|rest| rest.split('"').next());
    match name.unwrap_or_default() {
        "online_users" | "user_online" | "user_offline" | "presence_changed" => {
            let bytes = u64::try_from(text.len()).unwrap_or(u64::MAX);
            tally.presence_frames.fetch_add(1, Ordering::Relaxed);
            tally.presence_bytes.fetch_add(bytes, Ordering::Relaxed);
        }
        "message_sent" => {
            if let Some(number) = number(text) {
                heard.acknowledged.push((number, now));
                tally.acknowledged.fetch_add(1, Ordering::Relaxed);
            }
        }
        "new_message" => {
            if let Some(number) = number(text) {
                heard.received.push((number, now));
                tally.received.fetch_add(1, Ordering::Relaxed);
            }
        }
        "error" => {
            heard.trouble.get_or_insert(text.to_owned());
        }
        _ => {}
    }
}

/// The number in the name that a client gave its message.
fn number(text: &str) -> Option<u32> {
    let named = text.split_once(r#""clientMessageId":""#)?.1.strip_prefix(NAMED)?;
    named.split('"').next()?.parse().ok()
}
