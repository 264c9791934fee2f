//! The socket: `/ws?token=TOKEN` (protocol §2). Reads frames and hands them to the desk, writes what the desk queued,
//! asks whether the other end is still there, and ends.
//!
//! What never lives here: what a frame means. That is [`crate::chat`]'s.

use std::pin::pin;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::any;
use chinwag_protocol::frame::{FrameError, close};
use chinwag_protocol::{ClientFrame, ServerFrame, SessionId, Token, User};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use tokio::time::{Instant, interval_at, timeout};

use crate::app::{App, MOST_BYTES};
use crate::auth::sessions::{self, Holder};
use crate::chat::Garbled;
use crate::error::Error;
use crate::extract::Fields;
use crate::hub::{ConnectionId, Inbox, queue};
use crate::origin;

/// The server stops, or the page goes away (RFC 6455 §7.4.1).
const GOING_AWAY: u16 = 1001;
/// What is said just before a socket is closed because its session is none, or none any more.
pub(crate) const SESSION_ENDED: &str = "Invalid or expired token. Please login again.";
/// How long an end that was told to close may take to say so too.
const FAREWELL: Duration = Duration::from_secs(2);

/// The socket's route.
pub(crate) fn router() -> Router<App> {
    Router::new().route("/ws", any(upgrade))
}

async fn upgrade(
    State(app): State<App>,
    headers: HeaderMap,
    fields: Fields,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Error> {
    let upgrade = upgrade.map_err(|_| Error::refused("This address is for WebSockets"))?;
    if !origin::may_open_socket(&headers, &app.origins) {
        return Err(Error::ForeignOrigin);
    }
    // Accepted whatever the token is: a browser's page cannot read why an upgrade was refused, but it can read
    // an error frame and a close code.
    let token = Some(fields.text("token")).filter(|text| !text.is_empty()).map(Token::from);
    let tracked = app.sockets.token();
    Ok(upgrade.max_message_size(MOST_BYTES).max_frame_size(MOST_BYTES).on_upgrade(
        async move |socket| {
            serve(&app, socket, token).await;
            drop(tracked);
        },
    ))
}

/// Why a socket is closed before it began.
struct Refused {
    code: u16,
    words: String,
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        if matches!(error, Error::NotAuthorized) {
            // It ended while the socket was being opened.
            return Self { code: close::BAD_TOKEN, words: SESSION_ENDED.to_owned() };
        }
        tracing::error!(cause = ?error, "a socket could not be served");
        Self { code: close::SERVER_TROUBLE, words: error.to_string() }
    }
}

async fn serve(app: &App, mut socket: WebSocket, token: Option<Token>) {
    let connection = ConnectionId::next();
    let begun = async {
        let (user, session) = admit(app, token).await?;
        let (outbox, inbox) = queue(app.queue_bytes);
        app.chat.connect(user.clone(), session, connection, outbox).await?;
        Ok::<_, Refused>((user, inbox))
    };
    match begun.await {
        Ok((user, inbox)) => {
            converse(app, socket, &user, connection, inbox).await;
            app.chat.disconnect(user, connection).await;
        }
        Err(Refused { code, words }) => {
            let error = ServerFrame::Error {
                message: words,
                timestamp: Some(app.clock.now()),
                code: None,
                client_message_id: None,
            };
            let frame = Message::Text(error.encode().into());
            if socket.send(frame).await.is_ok() && socket.send(farewell(code, "")).await.is_ok() {
                let _ = timeout(FAREWELL, async { while let Some(Ok(_)) = socket.recv().await {} })
                    .await;
            }
        }
    }
}

async fn admit(app: &App, token: Option<Token>) -> Result<(User, SessionId), Refused> {
    let refuse = |code, words: &str| Err(Refused { code, words: words.to_owned() });
    let Some(token) = token else {
        return refuse(close::NO_TOKEN, "No token provided. Please login.");
    };
    match sessions::holder(app, &token).await? {
        Holder::Known(user, session) => Ok((user, session)),
        Holder::Unknown => refuse(close::BAD_TOKEN, SESSION_ENDED),
        Holder::Gone => refuse(close::NO_SUCH_USER, "User not found. Please login again."),
    }
}

/// How a connection ends.
enum End {
    /// It is dead, or as good as: nothing more can be said.
    Dead,
    /// The other end closes it.
    Theirs,
    /// This end closes it, with a code.
    Ours(u16),
}

/// Reads and writes until either ends.
async fn converse(
    app: &App,
    socket: WebSocket,
    user: &User,
    connection: ConnectionId,
    mut inbox: Inbox,
) {
    let (mut sink, mut stream) = socket.split();
    let end = {
        let reading = pin!(read(app, &mut stream, user, connection));
        let writing = pin!(write(app, &mut sink, &mut inbox));
        tokio::select! {
            end = reading => end,
            end = writing => end,
        }
    };
    let goodbye = async {
        match end {
            End::Dead => return,
            // Reading on answers the close.
            End::Theirs => {}
            End::Ours(code) => {
                while let Some(frame) = inbox.waiting() {
                    if sink.send(Message::Text(frame)).await.is_err() {
                        return;
                    }
                }
                let reason = if code == GOING_AWAY { "Server is stopping" } else { "" };
                if sink.send(farewell(code, reason)).await.is_err() {
                    return;
                }
            }
        }
        while let Some(Ok(_)) = stream.next().await {}
    };
    // Whoever does not take the goodbye has gone without one.
    let _ = timeout(FAREWELL, goodbye).await;
}

/// Hands frames to the desk, one after the other, as long as they come.
async fn read(
    app: &App,
    stream: &mut SplitStream<WebSocket>,
    user: &User,
    connection: ConnectionId,
) -> End {
    // Twice: a ping that goes out just before is answered within the second.
    let patience = app.ping * 2;
    loop {
        // The pings' answers come this way too, so silence means that nobody is there.
        let frame = match timeout(patience, stream.next()).await {
            Err(_) | Ok(None) => return End::Dead,
            // Too large, or no WebSocket at all; where the connection broke, nobody hears it.
            Ok(Some(Err(_))) => return End::Ours(close::TOO_BIG),
            Ok(Some(Ok(Message::Close(_)))) => return End::Theirs,
            Ok(Some(Ok(Message::Ping(_) | Message::Pong(_)))) => continue,
            Ok(Some(Ok(Message::Binary(_)))) => Err(Garbled::new("", FrameError::NotJson)),
            Ok(Some(Ok(Message::Text(text)))) => {
                ClientFrame::decode(&text).map_err(|error| Garbled::new(&text, error))
            }
        };
        if app.chat.frame(user.clone(), connection, frame).await.is_err() {
            return End::Ours(GOING_AWAY);
        }
    }
}

/// Writes what is queued, and pings.
async fn write(app: &App, sink: &mut SplitSink<WebSocket, Message>, inbox: &mut Inbox) -> End {
    let (overflow, ended) = (inbox.overflow(), inbox.ended());
    let mut pings = interval_at(Instant::now() + app.ping, app.ping);
    loop {
        let message = tokio::select! {
            () = overflow.cancelled() => return End::Dead,
            () = app.stopping.cancelled() => return End::Ours(GOING_AWAY),
            () = ended.cancelled() => return End::Ours(close::BAD_TOKEN),
            _ = pings.tick() => Message::Ping(Bytes::new()),
            frame = inbox.next() => match frame {
                Some(frame) => Message::Text(frame),
                // The desk has let go of it.
                None if ended.is_cancelled() => return End::Ours(close::BAD_TOKEN),
                None => return End::Dead,
            },
        };
        let sent = tokio::select! {
            // A write that hangs is what makes a queue overflow.
            () = overflow.cancelled() => return End::Dead,
            sent = sink.send(message) => sent,
        };
        if sent.is_err() {
            // The reader knows why: the other end may just have said that it closes.
            return std::future::pending().await;
        }
    }
}

fn farewell(code: u16, reason: &'static str) -> Message {
    Message::Close(Some(CloseFrame { code, reason: Utf8Bytes::from_static(reason) }))
}
