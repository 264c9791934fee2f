//! Somebody who is there without a browser: one socket that says nothing, or that they write.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::interval;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;

use crate::Account;

/// A typing sign is renewed so often: others forget it by themselves after five seconds.
const AGAIN: Duration = Duration::from_secs(2);
/// Who writes without end writes so many messages so often: more than any server takes for long.
const MANY: usize = 20;
const OFTEN: Duration = Duration::from_millis(20);

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

    /// Comes online, and writes to somebody as fast as they can, until this value goes. They have been refused some of it
    /// already.
    pub(crate) async fn open_to_flood(server: &str, token: &str, to: &Account) -> Self {
        let socket = format!("{}/ws?token={token}", server.replacen("http", "ws", 1));
        let (socket, _) = connect_async(socket).await.expect("a socket");
        let (mut writes, mut reads) = socket.split();
        let data = json!({ "receiverId": to.id, "content": "more", "messageType": "text" });
        let message = json!({ "type": "chat_message", "data": data }).to_string();
        let (refused, is_refused) = oneshot::channel();
        let mut refused = Some(refused);
        let hears = async move {
            while let Some(Ok(heard)) = reads.next().await {
                let error = heard.to_text().is_ok_and(|text| text.contains("retryAfter"));
                if let Some(refused) = refused.take_if(|_| error) {
                    let _ = refused.send(());
                }
            }
        };
        let says = async move {
            let mut again = interval(OFTEN);
            loop {
                again.tick().await;
                for _ in 0..MANY {
                    if writes.send(Message::text(message.clone())).await.is_err() {
                        return;
                    }
                }
            }
        };
        let flood = Self(tokio::spawn(async move {
            tokio::select! {
                () = hears => {}
                () = says => {}
            }
        }));
        is_refused.await.expect("the server to take no more");
        flood
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        self.0.abort();
    }
}
