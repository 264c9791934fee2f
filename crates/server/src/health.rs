//! Whether the server is well, for whatever watches it: `/healthz` (it answers) and `/readyz` (it can do its work).
//!
//! Both are open to everybody and say no more than that. They count for no limit, and to ask often costs no more than to
//! ask once a second.

use std::time::Duration;

use aide::OperationOutput;
use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use aide::generate::GenContext;
use aide::openapi::{Operation, Response as Description};
use axum::extract::State;
use axum::http::{StatusCode, header};
use schemars::json_schema;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use crate::app::App;
use crate::contract::told;
use crate::respond::{As, described};

/// For how long an answer of the store stands.
const FRESH: Duration = Duration::from_secs(1);
/// How long the store may take. Whoever writes waits no longer for it than is bearable.
const PATIENCE: Duration = Duration::from_secs(5);

/// The routes of health.
pub(crate) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route("/healthz", get_with(healthz, told("health", "healthz", "Whether it answers")))
        .api_route(
            "/readyz",
            get_with(readyz, told("health", "readyz", "Whether it can do its work")),
        )
}

/// A word for a program, and some for a person.
struct Words;

impl OperationOutput for As<Words> {
    type Inner = ();

    fn inferred_responses(
        _: &mut GenContext,
        _: &mut Operation,
    ) -> Vec<(Option<u16>, Description)> {
        let words = |what| described(what, "text/plain", Some(json_schema!({ "type": "string" })));
        vec![(Some(200), words("It is well.")), (Some(503), words("It is not, and why."))]
    }
}

/// What was last seen of the store.
#[derive(Debug, Default)]
pub(crate) struct Health(Mutex<Option<(Instant, bool)>>);

impl Health {
    /// Whether the store can be read and written just now. Who asks while it is tried waits for the same answer.
    async fn is_store_well(&self, app: &App) -> bool {
        let mut last = self.0.lock().await;
        if let Some((at, well)) = *last
            && at.elapsed() < FRESH
        {
            return well;
        }
        let tried = timeout(PATIENCE, app.store.probe(app.clock.now())).await;
        let well = match tried {
            Ok(Ok(())) => true,
            Ok(Err(error)) => {
                tracing::error!(%error, "the store cannot be used");
                false
            }
            Err(_) => {
                tracing::error!("the store does not answer in time");
                false
            }
        };
        *last = Some((Instant::now(), well));
        well
    }
}

async fn healthz() -> As<Words> {
    say(StatusCode::OK, "ok\n")
}

async fn readyz(State(app): State<App>) -> As<Words> {
    if app.stopping.is_cancelled() {
        return say(StatusCode::SERVICE_UNAVAILABLE, "stopping\n");
    }
    if app.chat.has_ended() {
        return say(StatusCode::SERVICE_UNAVAILABLE, "the chat has ended\n");
    }
    if app.health.is_store_well(&app).await {
        say(StatusCode::OK, "ready\n")
    } else {
        say(StatusCode::SERVICE_UNAVAILABLE, "the store cannot be used\n")
    }
}

fn say(status: StatusCode, words: &'static str) -> As<Words> {
    As::of((status, [(header::CACHE_CONTROL, "no-store")], words))
}
