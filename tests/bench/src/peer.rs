//! The other side of a conversation: a socket of its own to the real server.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use chinwag_e2e::{Account, Server};
use futures_util::stream::SplitSink;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// How long a server may take for an answer.
const PATIENCE: Duration = Duration::from_mins(1);

/// Somebody who is connected, and writes.
#[derive(Debug)]
pub(crate) struct Peer {
    sink: SplitSink<WebSocketStream<MaybeTlsStream<TcpStream>>, Message>,
    /// How many messages the server has said to have stored.
    stored: watch::Receiver<usize>,
    written: usize,
    reading: JoinHandle<()>,
}

impl Peer {
    /// Connects somebody, and waits until the server has greeted.
    pub(crate) async fn open(server: &Server, account: &Account) -> Result<Self> {
        let url = format!("ws://127.0.0.1:{}/ws?token={}", server.port(), account.token);
        let (socket, _) = connect_async(url).await.context("a socket cannot be opened")?;
        let (sink, mut stream) = socket.split();
        loop {
            match timeout(PATIENCE, stream.next()).await? {
                Some(Ok(Message::Text(text))) if text.contains("connection_established") => break,
                Some(Ok(_)) => {}
                _ => bail!("the server does not greet"),
            }
        }
        let (count, stored) = watch::channel(0);
        // Always read: a server gives up those who do not take what they are told.
        let reading = tokio::spawn(async move {
            while let Some(Ok(message)) = stream.next().await {
                let Message::Text(text) = message else { continue };
                let frame: Value = serde_json::from_str(&text).unwrap_or_default();
                if frame["type"] == "message_sent" {
                    count.send_modify(|count| *count += 1);
                }
            }
        });
        Ok(Self { sink, stored, written: 0, reading })
    }

    /// Writes these to somebody, and waits until all are stored: then the other has been told too.
    pub(crate) async fn says(
        &mut self,
        to: &str,
        texts: impl IntoIterator<Item = String>,
    ) -> Result<()> {
        for text in texts {
            let data = json!({ "receiverId": to, "content": text, "messageType": "text" });
            let frame = json!({ "type": "chat_message", "data": data }).to_string();
            self.sink.feed(Message::Text(frame.into())).await?;
            self.written += 1;
        }
        self.sink.flush().await?;
        let written = self.written;
        let all = self.stored.wait_for(|stored| *stored >= written);
        timeout(PATIENCE, all).await.context("the server does not store what was written")??;
        Ok(())
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.reading.abort();
    }
}
