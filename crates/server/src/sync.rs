//! What one missed: `GET /api/sync` (protocol §3, `sync`).

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use axum::extract::State;
use axum::http::header;
use chinwag_protocol::{Event, Seq, StoreId, call};
use schemars::{JsonSchema, Schema, json_schema};
use serde::Serialize;

use crate::app::App;
use crate::auth::Caller;
use crate::contract::told;
use crate::error::Error;
use crate::extract::{Fields, Query};
use crate::respond::{As, Told};
use crate::store::events::{self, Since};

/// The most events of an answer.
const MOST_EVENTS: u64 = 1_000;

/// The route of catching up.
pub(crate) fn router() -> ApiRouter<App> {
    let words = "What has happened since then; without `since`, from the beginning";
    ApiRouter::new().api_route("/sync", get_with(sync, told("sync", "sync", words)))
}

/// How far somebody was told.
struct Asked;

impl Query for Asked {
    fn fields() -> Schema {
        json_schema!({ "properties": {
            "since": { "type": "integer", "minimum": 0, "default": 0, "description": "The last event that one was told." },
            "store": { "type": "string", "description": "Whose count it is, as the greeting or a reset says." },
            "limit": {
                "type": "integer", "minimum": 1, "maximum": MOST_EVENTS, "default": call::EVENTS_LIMIT,
                "description": "The most events of an answer.",
            },
        } })
    }
}

/// What one missed, or that all is to be loaded afresh.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
enum Missed {
    /// What has happened, in order.
    #[serde(rename_all = "camelCase")]
    #[expect(dead_code, reason = "put together from frames that are JSON already")]
    Events {
        /// The frames, as they were told on the socket.
        events: Vec<Event>,
        /// The last event that this answer covers: what to ask for next.
        next: Seq,
        /// Whether there are more.
        has_more: bool,
    },
    /// The place asked for is too old, or of another store: load all afresh, and then this is where one is.
    Reset {
        /// Always true.
        reset: bool,
        /// The last event.
        next: Seq,
        /// Whose count it is.
        store: StoreId,
    },
}

async fn sync(
    State(app): State<App>,
    Caller(me): Caller,
    fields: Fields<Asked>,
) -> Result<As<Told<Missed>>, Error> {
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
            As::of(([(header::CONTENT_TYPE, "application/json")], body))
        }
        Since::Unknown { last: next } => {
            As::of(Told(Missed::Reset { reset: true, next, store: app.store.id().clone() }))
        }
    })
}
