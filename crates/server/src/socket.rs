//! The socket: `/ws?token=TOKEN` (protocol §2). Reads frames and hands them to the desk, writes what the desk queued,
//! asks whether the other end is still there, and ends.
//!
//! What never lives here: what a frame means. That is [`crate::chat`]'s.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use aide::OperationOutput;
use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use aide::generate::GenContext;
use aide::openapi::{Operation, Response as Description};
use axum::Extension;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use chinwag_protocol::frame::{FrameError, close};
use chinwag_protocol::{ClientFrame, ServerFrame, SessionId, Token, User};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use schemars::{Schema, json_schema};
use tokio::time::{Instant, interval_at, sleep, timeout};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error as Broken, Message, Utf8Bytes};

use crate::app::App;
use crate::auth::sessions::{self, Holder, Use};
use crate::chat::Unheeded;
use crate::contract::{refused, told};
use crate::error::Error;
use crate::extract::{Fields, Query};
use crate::hub::{ConnectionId, Ear, Inbox, Newcomer, queue};
use crate::limits::Place;
use crate::origin;
use crate::respond::As;

/// What is said just before a socket is closed because its session is none, or none any more.
pub(crate) const SESSION_ENDED: &str = "Invalid or expired token. Please login again.";
/// How long an end that was told to close may take to say so too.
const FAREWELL: Duration = Duration::from_secs(2);
/// How long the desk may take, when the server stops, to answer what a connection has said.
const LAST_ANSWERS: Duration = Duration::from_secs(5);

mod line;
pub(crate) mod upgrade;

use line::Line;
use upgrade::{Upgrade, WebSocket, say};

/// The socket's route.
pub(crate) fn router() -> ApiRouter<App> {
    let socket_told =
        told("socket", "socket", "Opens the socket, whose frames `/api/asyncapi.json` has");
    ApiRouter::new().api_route(
        "/ws",
        get_with(upgrade, |operation| refused(socket_told(operation), StatusCode::FORBIDDEN)),
    )
}

/// What the socket's address holds.
struct Ticket;

impl Query for Ticket {
    fn fields() -> Schema {
        json_schema!({ "properties": {
            "token": {
                "type": "string",
                "description": "The session's. Without one that is good the socket opens, tells so in an `error` and closes.",
            },
            "presence": {
                "type": "string", "enum": ["changes"],
                "description": "Who is there is told once, and then what changes (`presence_changed`).",
            },
        } })
    }
}

/// From now on it is a socket.
struct Upgraded;

impl OperationOutput for As<Upgraded> {
    type Inner = ();

    fn inferred_responses(
        _: &mut GenContext,
        _: &mut Operation,
    ) -> Vec<(Option<u16>, Description)> {
        let description = "It is a socket from now on.".to_owned();
        vec![(Some(101), Description { description, ..Description::default() })]
    }
}

async fn upgrade(
    State(app): State<App>,
    headers: HeaderMap,
    fields: Fields<Ticket>,
    place: Option<Extension<Arc<Place>>>,
    upgrade: Upgrade,
) -> Result<As<Upgraded>, Error> {
    if !origin::may_open_socket(&headers, &app.origins) {
        return Err(Error::ForeignOrigin);
    }
    // Accepted whatever the token is: a browser's page cannot read why an upgrade was refused, but it can read
    // an error frame and a close code.
    let token = Some(fields.text("token")).filter(|text| !text.is_empty()).map(Token::from);
    let ear = if fields.text("presence") == "changes" { Ear::Changes } else { Ear::Lists };
    let tracked = app.sockets.token();
    Ok(As::of(upgrade.then(async move |socket| {
        serve(&app, socket, token, ear).await;
        drop((tracked, place));
    })))
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

async fn serve(app: &App, mut socket: WebSocket, token: Option<Token>, ear: Ear) {
    let connection = ConnectionId::next();
    let begun = async {
        let (user, session) = admit(app, token).await?;
        let usage = Use::new(app, session.clone());
        let (outbox, inbox) = queue(app.queue_bytes);
        let newcomer = Newcomer { connection, session, ear, outbox };
        app.chat.connect(user.id.clone(), newcomer).await?;
        Ok::<_, Refused>((user, usage, inbox))
    };
    match begun.await {
        Ok((user, usage, inbox)) => {
            converse(app, socket, &user, usage, connection, inbox).await;
            app.chat.disconnect(user.id, connection).await;
        }
        Err(Refused { code, words }) => {
            let error = ServerFrame::Error {
                message: words,
                timestamp: Some(app.clock.now()),
                code: None,
                client_message_id: None,
                retry_after: None,
            };
            let frame = Message::Text(error.encode().into());
            if socket.send(frame).await.is_ok() && socket.send(farewell(code, "")).await.is_ok() {
                let _ = timeout(FAREWELL, async { while let Some(Ok(_)) = socket.next().await {} })
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
        Holder::Known(user, session) => {
            // As each call does: who opens one after the other waits for their turn.
            app.limiter.frame(&user.id).await;
            Ok((user, session))
        }
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
    mut usage: Use,
    connection: ConnectionId,
    mut inbox: Inbox,
) {
    let (mut sink, mut stream) = socket.split();
    let end = {
        let reading = pin!(read(app, &mut stream, user, connection));
        let writing = pin!(write(app, &mut sink, &mut usage, &mut inbox));
        tokio::select! {
            end = reading => end,
            end = writing => end,
        }
    };
    if matches!(end, End::Ours(close::RESTARTING)) {
        // Nothing more is read, and what was is answered: whoever comes back need not ask what became of it.
        let _ = timeout(LAST_ANSWERS, app.chat.settle()).await;
    }
    let goodbye = async {
        match end {
            End::Dead => return,
            // Reading on answers the close.
            End::Theirs => {}
            End::Ours(code) => {
                while let Some(frame) = inbox.waiting() {
                    app.metrics.sent(&frame);
                    if say(&mut sink, frame).await.is_err() {
                        return;
                    }
                }
                let reason = if code == close::RESTARTING { "Server is restarting" } else { "" };
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
    let mut line = Line::new(patience);
    loop {
        // The pings' answers come this way too, so silence means that nobody is there.
        let frame = match timeout(patience, stream.next()).await {
            Err(_) | Ok(None) => return End::Dead,
            Ok(Some(Err(Broken::Capacity(_)))) => return End::Ours(close::TOO_BIG),
            // No WebSocket, or no text; where the connection broke, nobody hears it.
            Ok(Some(Err(_))) => return End::Ours(close::PROTOCOL_ERROR),
            Ok(Some(Ok(Message::Close(_)))) => return End::Theirs,
            Ok(Some(Ok(Message::Ping(_) | Message::Pong(_)))) => {
                // Each ping is answered: nobody needs more of them than calls.
                app.limiter.frame(&user.id).await;
                continue;
            }
            Ok(Some(Ok(Message::Binary(_) | Message::Frame(_)))) => {
                Err(Unheeded::garbled("", FrameError::NotJson))
            }
            Ok(Some(Ok(Message::Text(text)))) => {
                ClientFrame::decode(&text).map_err(|error| Unheeded::garbled(&text, error))
            }
        };
        app.metrics.received(frame.as_ref().ok());
        let Some(frame) = line.pass(app, user, frame).await else { continue };
        if app.chat.frame(user.clone(), connection, frame).await.is_err() {
            return End::Ours(close::RESTARTING);
        }
    }
}

/// Writes what is queued, and pings.
async fn write(
    app: &App,
    sink: &mut SplitSink<WebSocket, Message>,
    usage: &mut Use,
    inbox: &mut Inbox,
) -> End {
    let (overflow, end) = (inbox.overflow(), inbox.end());
    let mut pings = interval_at(Instant::now() + app.ping, app.ping);
    loop {
        let frame = tokio::select! {
            () = overflow.cancelled() => return End::Dead,
            () = app.stopping.cancelled() => return End::Ours(close::RESTARTING),
            code = end.wanted() => return End::Ours(code),
            _ = pings.tick() => {
                usage.goes_on(app).await;
                None
            }
            frame = inbox.next() => match frame {
                Some(frame) => {
                    app.metrics.sent(&frame);
                    Some(frame)
                }
                // The desk has let go of it.
                None => return end.code().map_or(End::Dead, End::Ours),
            },
        };
        let sending = async {
            match frame {
                Some(frame) => say(sink, frame).await,
                None => sink.send(Message::Ping(Bytes::new())).await,
            }
        };
        // Whoever is to go need not take what is under way first; and half a text can be followed by nothing.
        let cut_off = async {
            tokio::select! {
                () = app.stopping.cancelled() => {}
                _ = end.wanted() => {}
            }
            sleep(FAREWELL).await;
        };
        let sent = tokio::select! {
            // A write that hangs is what makes a queue overflow.
            () = overflow.cancelled() => return End::Dead,
            () = cut_off => return End::Dead,
            sent = sending => sent,
        };
        if sent.is_err() {
            // The reader may know better: the other end may just have said that it closes.
            sleep(FAREWELL).await;
            return End::Dead;
        }
    }
}

fn farewell(code: u16, reason: &'static str) -> Message {
    Message::Close(Some(CloseFrame { code: code.into(), reason: Utf8Bytes::from_static(reason) }))
}
