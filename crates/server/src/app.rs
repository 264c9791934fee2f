//! What all handlers share, and how the routes are put together.
//!
//! What never lives here: what a call does. Each resource has its module with a `router()` of its own.

use std::ops::Deref;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::any;
use chinwag_protocol::User;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::auth::passwords::Passwords;
use crate::auth::throttle::Throttle;
use crate::chat::Chat;
use crate::clock::Clock;
use crate::error::Error;
use crate::hub::Hub;
use crate::origin::Origin;
use crate::pages::Pages;
use crate::store::Store;
use crate::{account, auth, messages, pages, pictures, socket, sync, users};

/// The most bytes of a body and of a socket's message. 10,000 characters take 120 KB where each is written as two
/// `\u` escapes; four times that is read, so that somebody who pasted too much is told so in words, and what is
/// larger still is not even read.
pub(crate) const MOST_BYTES: usize = 512 * 1024;

/// Browsers may keep the answer to a preflight this long.
const PREFLIGHT_AGE: Duration = Duration::from_hours(1);

/// What all handlers share. Cloned freely.
#[derive(Clone)]
pub(crate) struct App(Arc<Shared>);

/// The parts of [`App`].
pub(crate) struct Shared {
    pub(crate) store: Store,
    pub(crate) hub: Arc<Hub>,
    pub(crate) chat: Chat,
    pub(crate) passwords: Passwords,
    pub(crate) throttle: Throttle,
    pub(crate) clock: Clock,
    pub(crate) pages: Pages,
    /// Origins other than its own whose pages may use this server.
    pub(crate) origins: Vec<Origin>,
    /// How often a connection is asked whether it is still there.
    pub(crate) ping: Duration,
    /// The most bytes that wait for one connection.
    pub(crate) queue_bytes: usize,
    /// Ends when the server is asked to stop.
    pub(crate) stopping: CancellationToken,
    /// The sockets' tasks.
    pub(crate) sockets: TaskTracker,
}

impl Deref for App {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl From<Shared> for App {
    fn from(shared: Shared) -> Self {
        Self(Arc::new(shared))
    }
}

impl App {
    /// Fills in whether a person is connected.
    pub(crate) fn with_presence(&self, user: User) -> User {
        User { is_online: Some(self.hub.is_online(&user.id)), ..user }
    }
}

/// All routes of the server.
pub(crate) fn router(app: App) -> Router {
    let api = Router::new()
        .merge(auth::router())
        .merge(account::router())
        .merge(users::router())
        .merge(messages::router())
        .merge(sync::router())
        .method_not_allowed_fallback(async || Error::MethodNotAllowed)
        .fallback(async || Error::NotFound("API route"))
        .layer(DefaultBodyLimit::max(MOST_BYTES))
        .layer(middleware::map_response(never_kept))
        // These may be kept.
        .merge(pictures::router())
        .layer(cors(&app.origins));
    Router::new()
        .nest("/api", api)
        // `nest` leaves this one out.
        .route("/api/", any(async || Error::NotFound("API route")))
        .merge(socket::router())
        .merge(pages::router())
        .layer(middleware::map_response(hardened))
        .layer(middleware::from_fn(logged))
        .with_state(app)
}

/// Pages of the listed origins may call with a token. Outside of everything else, so that refusals carry it too: a
/// page could not tell a 401 from a dead server otherwise.
fn cors(origins: &[Origin]) -> CorsLayer {
    let listed = origins.iter().filter_map(|origin| origin.as_str().parse::<HeaderValue>().ok());
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(listed))
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::DELETE])
        .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE])
        .expose_headers([header::RETRY_AFTER])
        .max_age(PREFLIGHT_AGE)
}

/// What a call answers is for one person at one instant.
async fn never_kept(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// What every answer says to the browser. The Content-Security-Policy is the pages' matter.
async fn hardened(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // The socket's address holds a token.
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (
            HeaderName::from_static("permissions-policy"),
            "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// One line for each request. Only the path: a query may hold the socket's token.
async fn logged(request: Request, next: Next) -> Response {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let began = Instant::now();
    let response = next.run(request).await;
    let status = response.status().as_u16();
    tracing::debug!(%method, path, status, took = ?began.elapsed(), "answered");
    response
}
