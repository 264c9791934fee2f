//! What one missed: `GET /api/sync` (protocol §3, `sync`).

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use chinwag_protocol::{Seq, answer, call};
use serde_json::json;

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::Fields;
use crate::store::events::{self, Since};

/// The most events of an answer.
const MOST_EVENTS: u64 = 1_000;

/// The route of catching up.
pub(crate) fn router() -> Router<App> {
    Router::new().route("/sync", get(sync))
}

async fn sync(
    State(app): State<App>,
    Caller(me): Caller,
    fields: Fields,
) -> Result<Response, Error> {
    let asked = match fields.text("since") {
        "" => Seq(0),
        // What is no number is no place that anybody was told of.
        since => Seq(since.parse().unwrap_or(u64::MAX)),
    };
    let limit = fields.number("limit").unwrap_or(call::EVENTS_LIMIT).clamp(1, MOST_EVENTS);
    let named = fields.text("store");
    let is_ours = named.is_empty() || named == app.store.id().as_str();
    let mut store = app.store.read().await?;
    let since = if is_ours {
        events::since(&mut store, &me.id, asked, limit).await?
    } else {
        Since::Unknown { last: events::last(&mut store, &me.id).await? }
    };
    Ok(match since {
        Since::Events { frames, next, has_more } => {
            // The frames are JSON as they were told: taken apart and put together they might not be the same.
            let (frames, next) = (frames.join(","), next.0);
            let body = format!(
                r#"{{"success":true,"data":{{"events":[{frames}],"next":{next},"hasMore":{has_more}}}}}"#
            );
            ([(header::CONTENT_TYPE, "application/json")], body).into_response()
        }
        Since::Unknown { last } => Json(answer::success(&json!({
            "reset": true,
            "next": last,
            "store": app.store.id(),
        })))
        .into_response(),
    })
}
