//! One socket: a task that owns it, and a handle to tell the task what to send.
//!
//! gloo-net loses a `close` after the socket was split, so it is not split: the task selects between
//! what comes and what is to go. That something was sent proves nothing; only the server's answer does.

use chinwag_protocol::frame::close;
use futures_channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures_util::{FutureExt, SinkExt, StreamExt, select_biased};
use gloo_net::websocket::futures::WebSocket;
use gloo_net::websocket::{Message, WebSocketError};
use wasm_bindgen_futures::spawn_local;

/// What a socket tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A text frame came.
    Frame(String),
    /// It is closed, or could not be opened. The last event.
    Closed(u16),
}

/// A socket in use. Dropping it closes it.
#[derive(Debug)]
pub struct Socket {
    outgoing: UnboundedSender<String>,
}

impl Socket {
    /// Opens a socket and tells what happens to it, until it is closed or dropped.
    pub fn open(address: &str, tell: impl Fn(Event) + 'static) -> Self {
        let (outgoing, queue) = unbounded();
        match WebSocket::open(address) {
            Ok(socket) => spawn_local(run(socket, queue, tell)),
            // An address that the browser refuses (mixed content, say) is a connection that failed.
            Err(_) => spawn_local(async move { tell(Event::Closed(close::ABNORMAL)) }),
        }
        Self { outgoing }
    }

    /// Sends a frame, unless the socket is gone.
    pub fn send(&self, frame: String) {
        // A task that has ended has told so.
        let _ = self.outgoing.unbounded_send(frame);
    }
}

async fn run(mut socket: WebSocket, mut queue: UnboundedReceiver<String>, tell: impl Fn(Event)) {
    loop {
        select_biased! {
            frame = queue.next() => {
                let Some(frame) = frame else {
                    // A socket that is closed already is as good.
                    let _ = socket.close(Some(close::NORMAL), None);
                    return;
                };
                // An error here is followed by the close, which is told.
                let _ = socket.send(Message::Text(frame)).await;
            }
            message = socket.next().fuse() => match message {
                Some(Ok(Message::Text(text))) => tell(Event::Frame(text)),
                Some(Err(WebSocketError::ConnectionClose(event))) => {
                    return tell(Event::Closed(event.code));
                }
                // The protocol has text frames only; after an error the close follows, with its code.
                Some(Ok(Message::Bytes(_)) | Err(_)) => {}
                None => return tell(Event::Closed(close::ABNORMAL)),
            },
        }
    }
}
