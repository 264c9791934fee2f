//! What this server speaks, for whoever writes another client: the calls as `OpenAPI` 3.1 under `/api/openapi.json`, the
//! socket as `AsyncAPI` 3.0 under `/api/asyncapi.json`.
//!
//! Nothing is described twice: what a call takes and may be refused for follows from its handler's extractors
//! (`inputs`), what it gives from the handler's type (`respond`), the frames from the protocol's own types. A route adds
//! a name and a sentence ([`told`]), and those refusals that only its own words know ([`refused`]).
//!
//! What never lives here: a page that shows the documents. Any viewer of such documents does.

use std::sync::LazyLock;

use aide::OperationOutput;
use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use aide::generate::GenContext;
use aide::openapi::{Operation, ReferenceOr, Response as Description, StatusCode as Code};
use aide::transform::TransformOperation;
use axum::http::{HeaderMap, StatusCode, header};
use schemars::json_schema;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::app::App;
use crate::ids::hex;
use crate::respond::{As, described};

mod calls;
mod frames;
mod inputs;

#[cfg(test)]
mod tests;

/// The name of the way in which a caller proves who they are.
const BEARER: &str = "bearer";
/// Kept, but asked for anew each time; the entity tag makes that cheap.
const REVALIDATE: &str = "no-cache";

/// The routes of the documents.
pub(crate) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route("/openapi.json", get_with(openapi, told("contract", "openapi", "The calls")))
        .api_route(
            "/asyncapi.json",
            get_with(asyncapi, told("contract", "asyncapi", "The socket's frames")),
        )
}

/// A call's name, and what it is for.
pub(crate) fn told(
    tag: &str,
    id: &str,
    summary: &str,
) -> impl Fn(TransformOperation<'_>) -> TransformOperation<'_> {
    move |operation| operation.tag(tag).id(id).summary(summary)
}

/// A call that may be refused with this for a reason of its own.
pub(crate) fn refused(
    mut operation: TransformOperation<'_>,
    status: StatusCode,
) -> TransformOperation<'_> {
    may_be(operation.inner_mut(), status);
    operation
}

/// A refusal that is described once for all calls ([`calls`]).
fn may_be(operation: &mut Operation, status: StatusCode) {
    let place = format!("#/components/responses/{}", calls::name(status));
    let responses = &mut operation.responses.get_or_insert_default().responses;
    responses.insert(Code::Code(status.as_u16()), ReferenceOr::ref_(&place));
}

/// A document as it is sent.
struct Document {
    text: String,
    tag: String,
}

impl Document {
    fn new(document: &Value) -> Self {
        let text = document.to_string();
        let tag = format!("\"{}\"", hex(&Sha256::digest(&text)[..16]));
        Self { text, tag }
    }

    fn answer(&'static self, headers: &HeaderMap) -> As<Self> {
        let about = [(header::ETAG, self.tag.as_str()), (header::CACHE_CONTROL, REVALIDATE)];
        let known = headers.get_all(header::IF_NONE_MATCH).iter().any(|value| {
            let listed = value.to_str().unwrap_or_default();
            listed.split(',').any(|tag| tag.trim().trim_start_matches("W/") == self.tag)
        });
        if known {
            return As::of((StatusCode::NOT_MODIFIED, about));
        }
        let kind = [(header::CONTENT_TYPE, "application/json")];
        As::of((about, kind, self.text.as_str()))
    }
}

impl OperationOutput for As<Document> {
    type Inner = ();

    fn inferred_responses(
        _: &mut GenContext,
        _: &mut Operation,
    ) -> Vec<(Option<u16>, Description)> {
        let document = json_schema!({ "type": "object" });
        let document = described("The document.", "application/json", Some(document));
        let description = "It is what `If-None-Match` names.".to_owned();
        let unchanged = Description { description, ..Description::default() };
        vec![(Some(200), document), (Some(304), unchanged)]
    }
}

async fn openapi(headers: HeaderMap) -> As<Document> {
    static DOCUMENT: LazyLock<Document> = LazyLock::new(|| Document::new(&calls::document()));
    DOCUMENT.answer(&headers)
}

async fn asyncapi(headers: HeaderMap) -> As<Document> {
    static DOCUMENT: LazyLock<Document> = LazyLock::new(|| Document::new(&frames::document()));
    DOCUMENT.answer(&headers)
}
