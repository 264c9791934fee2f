//! Figures for Prometheus, on a listener of their own: how many people there are and how much they do is nobody else's
//! matter.
//!
//! What is counted where it happens is a part of that module (`store`, `limits`, `auth::passwords`) and only told here.
//! No figure bears a person's name, address or words.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{MatchedPath, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chinwag_protocol::ClientFrame;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};
use tokio::sync::Semaphore;

use crate::app::{self, App};
use crate::auth::passwords::Passwords;
use crate::auth::throttle::Throttle;
use crate::chat::Chat;
use crate::error::Error;
use crate::health;
use crate::limits::Limiter;
use crate::store::Store;

/// The media type of the text (`OpenMetrics` 1.0, which Prometheus reads).
const KIND: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The frames that this server sends, by type.
const SENT: [&str; 13] = [
    "connection_established",
    "online_users",
    "user_online",
    "user_offline",
    "presence_changed",
    "new_message",
    "message_sent",
    "message_delivered",
    "messages_read",
    "typing_indicator",
    "profile_changed",
    "mark_read_success",
    "error",
];

/// Times from half a millisecond to some eight seconds.
pub(crate) fn times() -> Histogram {
    Histogram::new([0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 8.0])
}

/// A frame's type.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Frame {
    r#type: &'static str,
}

/// A call, and how it was answered.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Called {
    method: &'static str,
    route: String,
    status: u32,
}

/// A limit.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Limit {
    limit: &'static str,
}

/// How often a limit has held somebody up.
#[derive(Clone, Debug, Default)]
pub(crate) struct Refused(Family<Limit, Counter>);

impl Refused {
    /// Once more.
    pub(crate) fn count(&self, limit: &'static str) {
        self.0.get_or_create(&Limit { limit }).inc();
    }
}

/// The places for connections, and how often there was none.
#[derive(Clone, Debug)]
pub(crate) struct Room {
    /// How many there are.
    pub(crate) places: usize,
    /// Those that are free.
    pub(crate) free: Arc<Semaphore>,
    /// How often there was none.
    pub(crate) full: Counter,
}

impl Room {
    pub(crate) fn new(places: usize) -> Self {
        Self { places, free: Arc::new(Semaphore::new(places)), full: Counter::default() }
    }
}

/// All figures.
pub(crate) struct Metrics {
    registry: Registry,
    room: Room,
    connections: Gauge,
    sockets: Gauge,
    people: Gauge,
    jobs: Gauge,
    queued_bytes: Gauge,
    longest_queue: Gauge,
    readers: Gauge,
    received: Family<Frame, Counter>,
    sent: Family<Frame, Counter>,
    calls: Family<Called, Histogram>,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Metrics")
    }
}

impl Metrics {
    /// The figures of a server made of these.
    pub(crate) fn new(
        room: Room,
        chat: &Chat,
        store: &Store,
        passwords: &Passwords,
        limiter: &Limiter,
        throttle: &Throttle,
    ) -> Self {
        let calls: Family<Called, Histogram> = Family::new_with_constructor(times);
        let mut all = Self {
            registry: Registry::with_prefix("chinwag"),
            room,
            connections: Gauge::default(),
            sockets: Gauge::default(),
            people: Gauge::default(),
            jobs: Gauge::default(),
            queued_bytes: Gauge::default(),
            longest_queue: Gauge::default(),
            readers: Gauge::default(),
            received: Family::default(),
            sent: Family::default(),
            calls,
        };
        let version = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        let to = &mut all.registry;
        to.register("build", "What runs", version);
        to.register("connections", "Connections of all kinds", all.connections.clone());
        to.register("sockets", "Open sockets", all.sockets.clone());
        to.register("people_online", "People with at least one socket", all.people.clone());
        to.register("frames_received", "Frames from sockets", all.received.clone());
        to.register("frames_sent", "Frames to sockets", all.sent.clone());
        to.register("refused", "What a limit has held up", limiter.refused().0.clone());
        let guesses = throttle.refused().clone();
        to.register("guesses_refused", "Sign-ins after too many wrong passwords", guesses);
        let full = all.room.full.clone();
        to.register("connections_refused", "Connections for which there was no room", full);
        to.register("desk_queue", "Deeds that wait to be done", all.jobs.clone());
        let queued = all.queued_bytes.clone();
        to.register_with_unit("socket_queue", "All that waits for sockets", Unit::Bytes, queued);
        let longest = all.longest_queue.clone();
        let what = "What waits for the slowest socket";
        to.register_with_unit("socket_queue_longest", what, Unit::Bytes, longest);
        to.register("store_readers_busy", "Connections that read the store", all.readers.clone());
        for (name, what, times) in [
            ("store_wait", "From wanting to write to being let", &store.figures().wait),
            ("store_transaction", "From being let write to being stored", &store.figures().write),
            ("store_read", "From being let read to having read", &store.figures().read),
            ("password_hash", "Hashing a password, its wait included", passwords.times()),
            ("deed", "From a frame or a call handed in to all being told", chat.times()),
        ] {
            to.register_with_unit(name, what, Unit::Seconds, times.clone());
        }
        let calls = all.calls.clone();
        to.register_with_unit(
            "call",
            "From a request's headers to its answer's",
            Unit::Seconds,
            calls,
        );
        all
    }

    /// A frame came, or something that is none.
    pub(crate) fn received(&self, frame: Option<&ClientFrame>) {
        let r#type = match frame {
            Some(ClientFrame::ChatMessage { .. }) => "chat_message",
            Some(ClientFrame::TypingStart { .. }) => "typing_start",
            Some(ClientFrame::TypingStop { .. }) => "typing_stop",
            Some(ClientFrame::MarkRead { .. }) => "mark_read",
            Some(ClientFrame::GetOnlineUsers {}) => "get_online_users",
            None => "garbled",
        };
        self.received.get_or_create(&Frame { r#type }).inc();
    }

    /// A frame goes out.
    pub(crate) fn sent(&self, text: &str) {
        self.sent.get_or_create(&Frame { r#type: type_of(text) }).inc();
    }

    /// A call was answered. Routes are few, and addresses that are none are one.
    pub(crate) fn answered(
        &self,
        method: &Method,
        route: Option<&MatchedPath>,
        path: &str,
        status: StatusCode,
        took: Duration,
    ) {
        let route = match route {
            Some(route) => route.as_str(),
            None if path.starts_with("/api/") => "/api/other",
            None => "pages",
        };
        let method = match *method {
            Method::GET => "GET",
            Method::POST => "POST",
            Method::PUT => "PUT",
            Method::DELETE => "DELETE",
            _ => "other",
        };
        let called = Called { method, route: route.to_owned(), status: status.as_u16().into() };
        self.calls.get_or_create(&called).observe(took.as_secs_f64());
    }

    fn text(&self, app: &App) -> Result<String, fmt::Error> {
        let crowd = app.hub.crowd();
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        let taken = self.room.places.saturating_sub(self.room.free.available_permits());
        self.connections.set(count(taken));
        self.sockets.set(count(crowd.sockets));
        self.people.set(count(crowd.people));
        self.jobs.set(count(app.chat.waiting()));
        self.queued_bytes.set(count(crowd.queued));
        self.longest_queue.set(count(crowd.longest));
        self.readers.set(count(app.store.busy_readers()));
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

/// The type of a frame as this server writes it: it comes first.
fn type_of(text: &str) -> &'static str {
    let named = text.strip_prefix(r#"{"type":""#).and_then(|rest| rest.split('"').next());
    SENT.into_iter().find(|known| Some(*known) == named).unwrap_or("other")
}

/// What whoever measures may ask.
pub(crate) fn router(app: App) -> Router {
    Router::new()
        .route("/metrics", get(figures))
        .merge(health::router())
        .layer(middleware::map_response(app::hardened))
        .with_state(app)
}

async fn figures(State(app): State<App>) -> Result<Response, Error> {
    let text = app.metrics.text(&app).map_err(Error::internal)?;
    Ok(([(header::CONTENT_TYPE, KIND), (header::CACHE_CONTROL, "no-store")], text).into_response())
}

#[cfg(test)]
mod tests {
    use chinwag_protocol::ServerFrame;

    use super::*;

    #[test]
    fn frames_are_known_by_how_they_begin() {
        let typing = ServerFrame::TypingIndicator {
            user_id: "a".into(),
            username: "\"type\":\"error\"".into(),
            is_typing: true,
        };
        assert_eq!(type_of(&typing.encode()), "typing_indicator");
        for odd in ["", "{}", r#"{"type":"something"}"#, r#"{"data":{},"type":"error"}"#] {
            assert_eq!(type_of(odd), "other", "{odd}");
        }
    }
}
