//! What all handlers share, and how the routes are put together.
//!
//! What never lives here: what a call does. Each resource has its module with a `router()` of its own.

use std::ops::Deref;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aide::axum::ApiRouter;
use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::any;
use chinwag_protocol::User;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::address::{self, Proxy};
use crate::auth::passwords::Passwords;
use crate::auth::throttle::Throttle;
use crate::chat::Chat;
use crate::clock::Clock;
use crate::error::Error;
use crate::health::{self, Health};
use crate::hub::Hub;
use crate::limits::{self, Limiter};
use crate::metrics::Metrics;
use crate::origin::Origin;
use crate::pages::Pages;
use crate::serve::sound;
use crate::store::Store;
use crate::{account, auth, contract, messages, pages, pictures, socket, sync, users};

/// The most bytes of a call's body: the longest message, 10,000 characters, takes 120 KB where each is written as two `\u`
/// escapes, and the largest picture 86 KB. What is larger is not even read.
const MOST_BYTES: usize = 128 * 1024;
/// What no page may do with an answer that is none: load anything for it, or frame it.
const NOTHING: &str = "default-src 'none'; frame-ancestors 'none'";

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
    pub(crate) limiter: Limiter,
    pub(crate) clock: Clock,
    pub(crate) pages: Pages,
    pub(crate) metrics: Metrics,
    pub(crate) health: Health,
    /// Origins other than its own whose pages may use this server.
    pub(crate) origins: Vec<Origin>,
    /// Proxies whose word is taken on where a request comes from.
    pub(crate) proxies: Vec<Proxy>,
    /// Whether it speaks TLS itself.
    pub(crate) is_secure: bool,
    /// How often a connection is asked whether it is still there.
    pub(crate) ping: Duration,
    /// The most bytes that wait for one connection.
    pub(crate) queue_bytes: usize,
    /// How long a call's body may take.
    pub(crate) body_patience: Duration,
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

/// The calls whose answers are for one person at one instant.
fn calls() -> ApiRouter<App> {
    ApiRouter::new()
        .merge(auth::router())
        .merge(account::router())
        .merge(users::router())
        .merge(messages::router())
        .merge(sync::router())
}

/// The calls whose answers may be kept.
fn kept_calls() -> ApiRouter<App> {
    ApiRouter::new().merge(pictures::router()).merge(contract::router())
}

/// Everything that is described, and nothing that serves it.
pub(crate) fn described() -> ApiRouter<App> {
    ApiRouter::new()
        .nest("/api", calls().merge(kept_calls()))
        .merge(socket::router())
        .merge(health::router())
}

/// All routes of the server.
pub(crate) fn router(app: App) -> Router {
    routes(&app)
        .layer(middleware::from_fn_with_state(app.clone(), address::mark))
        .layer(middleware::from_fn(sound::only))
        .layer(middleware::map_response(hardened))
        .layer(middleware::map_response_with_state(app.clone(), kept_to_tls))
        .layer(middleware::from_fn_with_state(app.clone(), noted))
        .with_state(app)
}

fn routes(app: &App) -> Router<App> {
    let kept =
        Router::from(kept_calls()).method_not_allowed_fallback(async || Error::MethodNotAllowed);
    let api = Router::from(calls())
        .method_not_allowed_fallback(async || Error::MethodNotAllowed)
        .fallback(async || Error::NotFound("API route"))
        .layer(DefaultBodyLimit::max(MOST_BYTES))
        .layer(middleware::map_response(never_kept))
        .merge(kept)
        .layer(middleware::from_fn_with_state(app.clone(), limits::count))
        .layer(cors(&app.origins));
    let socket = Router::from(socket::router())
        .method_not_allowed_fallback(async || Error::MethodNotAllowed)
        .layer(middleware::from_fn_with_state(app.clone(), limits::count));
    Router::new()
        .nest("/api", api)
        // `nest` leaves this one out.
        .route("/api/", any(async || Error::NotFound("API route")))
        .merge(socket)
        .merge(Router::from(health::router()))
        .merge(pages::router())
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

/// Whoever has come by TLS comes by it again (RFC 6797).
async fn kept_to_tls(State(app): State<App>, mut response: Response) -> Response {
    if app.is_secure {
        // A year, as is usual. Other names of this host may have no TLS.
        let year = HeaderValue::from_static("max-age=31536000");
        response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, year);
    }
    response
}

/// What every answer says to the browser. The pages have a Content-Security-Policy of their own.
pub(crate) async fn hardened(mut response: Response) -> Response {
    let headers = response.headers_mut();
    let policy = headers.entry(header::CONTENT_SECURITY_POLICY);
    policy.or_insert(HeaderValue::from_static(NOTHING));
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

/// One line for each request, and its figures. Only the path: a query may hold the socket's token.
async fn noted(State(app): State<App>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let began = Instant::now();
    let response = next.run(request).await;
    let (status, took) = (response.status(), began.elapsed());
    app.metrics.answered(&method, route.as_ref(), &path, status, took);
    tracing::debug!(%method, path, status = status.as_u16(), ?took, "answered");
    response
}
