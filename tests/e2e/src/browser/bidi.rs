//! The other half of WebDriver, by a socket (WebDriver BiDi): scripts that run before a page's own, and what the console was told.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::sync::{Mutex as Turn, mpsc};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;

/// A connection to one browser.
#[derive(Debug)]
pub(super) struct Bidi {
    commands: mpsc::UnboundedSender<Message>,
    answers: Turn<mpsc::UnboundedReceiver<Value>>,
    number: AtomicU64,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Bidi {
    pub(super) async fn open(url: &str) -> Self {
        let (socket, _) = connect_async(url).await.expect("the browser's socket");
        let (mut writes, mut reads) = socket.split();
        let (commands, mut to_send) = mpsc::unbounded_channel();
        let (answered, answers) = mpsc::unbounded_channel();
        let heard = Arc::<Mutex<Vec<String>>>::default();
        tokio::spawn(async move {
            while let Some(message) = to_send.recv().await {
                if writes.send(message).await.is_err() {
                    return;
                }
            }
        });
        let console = Arc::clone(&heard);
        tokio::spawn(async move {
            while let Some(Ok(message)) = reads.next().await {
                let Ok(value) = serde_json::from_slice::<Value>(&message.into_data()) else {
                    continue;
                };
                if value["method"] == "log.entryAdded" {
                    console.lock().unwrap_or_else(PoisonError::into_inner).push(line(&value));
                } else if value["id"].is_u64() {
                    let _ = answered.send(value);
                }
            }
        });
        let bidi = Self { commands, answers: Turn::new(answers), number: AtomicU64::new(1), heard };
        bidi.asks("session.subscribe", json!({ "events": ["log.entryAdded"] })).await;
        bidi
    }

    /// What the console was told since this was asked last.
    pub(super) fn console(&self) -> Vec<String> {
        std::mem::take(&mut *self.heard.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Runs this script in each page before anything of the page's own.
    pub(super) async fn begins_with(&self, script: &str) {
        let function = json!({ "functionDeclaration": format!("() => {{ {script} }}") });
        self.asks("script.addPreloadScript", function).await;
    }

    /// Has a command done, and hands on what is answered.
    pub(super) async fn asks(&self, method: &str, parameters: Value) -> Value {
        let mut answers = self.answers.lock().await;
        let number = self.number.fetch_add(1, Ordering::Relaxed);
        let command = json!({ "id": number, "method": method, "params": parameters });
        self.commands.send(Message::text(command.to_string())).expect("the browser is there");
        let answer = answers.recv().await.expect("the browser answers");
        assert!(answer["id"] == number && answer["type"] == "success", "{answer}");
        answer
    }
}

/// In the words that the driver of Chromium has for it.
fn line(event: &Value) -> String {
    let entry = &event["params"];
    let level = match entry["level"].as_str() {
        Some("error") => "SEVERE",
        Some("warn") => "WARNING",
        _ => "INFO",
    };
    format!("{level} {} {}", entry["type"], entry["text"])
}
