//! The calls' document: what the routes tell of themselves, and what is so of all of them.

use aide::generate::in_context;
use aide::openapi::OpenApi;
use axum::http::StatusCode;
use chinwag_protocol::schema;
use serde_json::{Map, Value, json};

use super::BEARER;
use crate::app;

/// What the document says of itself.
const WORDS: &str = "\
A 2xx answer is `{\"success\": true, \"data\": …}`, any other `{\"success\": false, \"message\": …}`, and the message is for \
the person. Fields that are not known are ignored, on both sides. Every GET may be a HEAD.\n\n\
Not described, for they are no calls: the pages and their files, which are at every other address; answers to OPTIONS \
(CORS); and what HTTP itself refuses, such as headers above 16 KB.";

/// What may be answered instead of what was asked for.
const REFUSALS: [(StatusCode, &str); 10] = [
    (StatusCode::BAD_REQUEST, "What was sent does not do, and why."),
    (StatusCode::UNAUTHORIZED, "No token, a bad or expired one, or a wrong password at sign-in."),
    (StatusCode::FORBIDDEN, "A page of this origin may not use this server."),
    (StatusCode::NOT_FOUND, "There is no such person or thing."),
    (StatusCode::REQUEST_TIMEOUT, "The body did not come in time."),
    (StatusCode::CONFLICT, "Another message was sent under this `clientMessageId`."),
    (StatusCode::PAYLOAD_TOO_LARGE, "The body is larger than any call needs: 128 KB."),
    (StatusCode::TOO_MANY_REQUESTS, "Too much of late from one address or account."),
    (StatusCode::INTERNAL_SERVER_ERROR, "The server's own trouble; it may well pass."),
    (StatusCode::SERVICE_UNAVAILABLE, "There is no room for another connection."),
];

/// What a refusal is called in the document.
pub(super) fn name(status: StatusCode) -> String {
    status.canonical_reason().unwrap_or_default().split_whitespace().collect()
}

/// The document.
pub(super) fn document() -> Value {
    in_context(|context| context.schema = schema::generator());
    let mut told = OpenApi::default();
    let _ = app::described().finish_api(&mut told);
    // Plain data with text keys.
    let mut document = serde_json::to_value(told).unwrap_or_default();
    document["info"] = json!({
        "title": "Chinwag",
        "version": env!("CARGO_PKG_VERSION"),
        "description": WORDS,
        "license": { "name": "MIT", "identifier": "MIT" },
    });
    let components = &mut document["components"];
    components["securitySchemes"] = json!({ BEARER: {
        "type": "http",
        "scheme": "bearer",
        "description": "The `token` of a sign-in. It ends when it is not used for 30 days.",
    } });
    components["schemas"]["Refusal"] = refusal();
    components["schemas"]["Later"] = later();
    components["responses"] =
        REFUSALS.iter().map(|refusal| of(*refusal)).collect::<Map<_, _>>().into();
    let paths = document["paths"].as_object_mut();
    for (path, operations) in paths.into_iter().flatten() {
        let counted = path.starts_with("/api/") || path == "/ws";
        for operation in operations.as_object_mut().into_iter().flat_map(Map::values_mut) {
            let answers = &mut operation["responses"];
            if counted {
                answers["429"] = reference(StatusCode::TOO_MANY_REQUESTS);
            }
            match answers.get_mut("503") {
                // It tells of itself in words.
                Some(own) => own["content"]["application/json"] = envelope("Refusal"),
                None => answers["503"] = reference(StatusCode::SERVICE_UNAVAILABLE),
            }
        }
    }
    document
}

fn reference(status: StatusCode) -> Value {
    json!({ "$ref": format!("#/components/responses/{}", name(status)) })
}

fn of((status, words): (StatusCode, &str)) -> (String, Value) {
    let kind = if status == StatusCode::TOO_MANY_REQUESTS { "Later" } else { "Refusal" };
    let mut response =
        json!({ "description": words, "content": { "application/json": envelope(kind) } });
    let header = match status {
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => Some((
            "Retry-After",
            "After how many seconds to ask again.",
            json!({ "type": "integer", "minimum": 1 }),
        )),
        StatusCode::UNAUTHORIZED => Some((
            "WWW-Authenticate",
            "How one proves who one is (RFC 9110 §11.6.1).",
            json!({ "const": "Bearer" }),
        )),
        _ => None,
    };
    if let Some((header, words, schema)) = header {
        response["headers"] =
            json!({ header: { "description": words, "required": true, "schema": schema } });
    }
    (name(status), response)
}

fn envelope(kind: &str) -> Value {
    json!({ "schema": { "$ref": format!("#/components/schemas/{kind}") } })
}

fn refusal() -> Value {
    json!({
        "type": "object",
        "properties": {
            "success": { "const": false },
            "message": {
                "type": "string",
                "minLength": 1,
                "description": "Why, for the person.",
            },
        },
        "required": ["success", "message"],
    })
}

fn later() -> Value {
    let mut later = refusal();
    later["properties"]["retryAfter"] = json!({
        "type": "integer",
        "minimum": 1,
        "description": "After how many milliseconds to ask again: what `Retry-After` says, more exactly.",
    });
    later["required"] = json!(["success", "message", "retryAfter"]);
    later
}
