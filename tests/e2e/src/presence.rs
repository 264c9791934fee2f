//! Somebody who is there without a browser: one socket that says nothing, or that they write.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use tokio::task::JoinHandle;
use tokio::time::interval;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;

use crate::Account;

/// A typing sign is renewed so often: others forget it by themselves after five seconds.
const AGAIN: Duration = Duration::from_secs(2);

/// Somebody who is online. They go with this value.
#[derive(Debug)]
pub struct Presence(JoinHandle<()>);

impl Presence {
    /// Comes online, and writes to somebody if there is anybody to write to, without ever sending it.
    pub(crate) async fn open(server: &str, token: &str, writes_to: Option<&Account>) -> Self {
        let socket = format!("{}/ws?token={token}", server.replacen("http", "ws", 1));
        let (socket, _) = connect_async(socket).await.expect("a socket");
        let (mut writes, mut reads) = socket.split();
        let types = writes_to.map(|to| {
            let data = json!({ "receiverId": to.id });
            json!({ "type": "typing_start", "data": data }).to_string()
        });
        let mut again = interval(AGAIN);
        Self(tokio::spawn(async move {
            loop {
                tokio::select! {
                    heard = reads.next() => match heard {
                        Some(Ok(_)) => {}
                        Some(Err(_)) | None => return,
                    },
                    _ = again.tick() => {
                        if let Some(types) = &types
                            && writes.send(Message::text(types.clone())).await.is_err()
                        {
                            return;
                        }
                    }
                }
            }
        }))
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        self.0.abort();
    }
}
