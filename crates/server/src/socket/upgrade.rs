//! From a request to a WebSocket (RFC 6455), and texts on it in pieces.
//!
//! Axum's own hands out its sockets without their frames. What is sent is copied into a buffer that never shrinks: after one
//! list of all who are there each connection would keep room for such a list for ever. In pieces it keeps room for one
//! piece.

use axum::body::{Body, Bytes};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use futures_util::{Sink, SinkExt};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error as Broken, Message, Utf8Bytes};

use crate::app::App;
use crate::error::Error;

/// The most bytes of a frame. The longest message, 10,000 characters, takes 40 KB where all are emoji and 60 KB where all are
/// control characters, as the page writes it: in UTF-8, with escapes only where JSON wants them.
const MOST_BYTES: usize = 64 * 1024;
/// What comes is read so much at a time: most frames are smaller. Each connection keeps so much.
const READ_BYTES: usize = 2 * 1024;
/// What goes out is sent so much at a time. Each connection keeps so much.
const PIECE_BYTES: usize = 4 * 1024;

/// A connection that has become a WebSocket.
pub(super) type WebSocket = WebSocketStream<TokioIo<Upgraded>>;

/// A request to make a WebSocket of its connection.
pub(crate) struct Upgrade {
    key: HeaderValue,
    connection: OnUpgrade,
}

impl FromRequestParts<App> for Upgrade {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Error> {
        let is_asked = parts.method == Method::GET
            && names(&parts.headers, &header::CONNECTION, "upgrade")
            && names(&parts.headers, &header::UPGRADE, "websocket")
            && names(&parts.headers, &header::SEC_WEBSOCKET_VERSION, "13");
        let key = parts.headers.get(header::SEC_WEBSOCKET_KEY).filter(|_| is_asked).cloned();
        let connection = parts.extensions.remove::<OnUpgrade>();
        let (Some(key), Some(connection)) = (key, connection) else {
            return Err(Error::refused("This address is for WebSockets"));
        };
        Ok(Self { key, connection })
    }
}

impl Upgrade {
    /// The answer, upon which `serve` has the socket.
    pub(super) fn then<F>(self, serve: impl FnOnce(WebSocket) -> F + Send + 'static) -> Response
    where
        F: Future<Output = ()> + Send,
    {
        let Self { key, connection } = self;
        let accept = derive_accept_key(key.as_bytes());
        tokio::spawn(async move {
            let upgraded = match connection.await {
                Ok(upgraded) => upgraded,
                Err(error) => return tracing::debug!(%error, "no socket came about"),
            };
            let config = WebSocketConfig::default()
                .read_buffer_size(READ_BYTES)
                .write_buffer_size(0)
                .max_message_size(Some(MOST_BYTES))
                .max_frame_size(Some(MOST_BYTES));
            let (io, role) = (TokioIo::new(upgraded), Role::Server);
            let socket = WebSocketStream::from_raw_socket(io, role, Some(config)).await;
            serve(socket).await;
        });
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        let headers = response.headers_mut();
        headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        if let Ok(accept) = HeaderValue::from_str(&accept) {
            headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
        }
        response
    }
}

/// Whether a header lists a word.
fn names(headers: &HeaderMap, name: &HeaderName, word: &str) -> bool {
    let listed = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    listed.flat_map(|value| value.split(',')).any(|item| item.trim().eq_ignore_ascii_case(word))
}

/// Sends a text, in pieces where it is long.
pub(super) async fn say<S>(sink: &mut S, text: Utf8Bytes) -> Result<(), Broken>
where
    S: Sink<Message, Error = Broken> + Unpin,
{
    if text.len() <= PIECE_BYTES {
        return sink.send(Message::Text(text)).await;
    }
    let mut rest = Bytes::from(text);
    let mut kind = Data::Text;
    while !rest.is_empty() {
        let piece = rest.split_to(rest.len().min(PIECE_BYTES));
        let frame = Frame::message(piece, OpCode::Data(kind), rest.is_empty());
        sink.send(Message::Frame(frame)).await?;
        kind = Data::Continue;
    }
    Ok(())
}
