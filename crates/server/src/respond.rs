//! What calls give, in types: so that what is described (`contract`) is what is answered.

use std::marker::PhantomData;

use aide::OperationOutput;
use aide::generate::GenContext;
use aide::openapi::{MediaType, Operation, Response as Description, SchemaObject};
use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chinwag_protocol::answer;
use schemars::{JsonSchema, Schema, json_schema};
use serde::Serialize;

/// What was asked for, in the envelope.
#[derive(Debug)]
pub(crate) struct Told<T>(pub(crate) T);

/// The same, of something that was made (201).
#[derive(Debug)]
pub(crate) struct Made<T>(pub(crate) T);

/// An answer that is put together elsewhere, and is as `T` says.
#[derive(Debug)]
pub(crate) struct As<T>(Response, PhantomData<T>);

/// There is nothing to tell but that it was done.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Nothing {}

impl<T> As<T> {
    pub(crate) fn of(response: impl IntoResponse) -> Self {
        Self(response.into_response(), PhantomData)
    }
}

impl<T: Serialize> IntoResponse for Told<T> {
    fn into_response(self) -> Response {
        Json(answer::success(&self.0)).into_response()
    }
}

impl<T: Serialize> IntoResponse for Made<T> {
    fn into_response(self) -> Response {
        (StatusCode::CREATED, Json(answer::success(&self.0))).into_response()
    }
}

impl<T> IntoResponse for As<T> {
    fn into_response(self) -> Response {
        self.0
    }
}

impl<T: JsonSchema> OperationOutput for Told<T> {
    type Inner = T;

    fn inferred_responses(
        context: &mut GenContext,
        _: &mut Operation,
    ) -> Vec<(Option<u16>, Description)> {
        vec![(Some(200), enveloped::<T>(context, "What was asked for."))]
    }
}

impl<T: JsonSchema> OperationOutput for Made<T> {
    type Inner = T;

    fn inferred_responses(
        context: &mut GenContext,
        _: &mut Operation,
    ) -> Vec<(Option<u16>, Description)> {
        vec![(Some(201), enveloped::<T>(context, "It was made."))]
    }
}

impl<T: JsonSchema> OperationOutput for As<Told<T>> {
    type Inner = T;

    fn inferred_responses(
        context: &mut GenContext,
        operation: &mut Operation,
    ) -> Vec<(Option<u16>, Description)> {
        Told::<T>::inferred_responses(context, operation)
    }
}

fn enveloped<T: JsonSchema>(context: &mut GenContext, words: &str) -> Description {
    let data = context.schema.subschema_for::<T>();
    let schema = json_schema!({
        "type": "object",
        "properties": { "success": { "const": true }, "data": data },
        "required": ["success", "data"],
    });
    described(words, "application/json", Some(schema))
}

/// An answer with a body of this type.
pub(crate) fn described(words: &str, kind: &str, schema: Option<Schema>) -> Description {
    let schema =
        schema.map(|json_schema| SchemaObject { json_schema, external_docs: None, example: None });
    let mut description = Description { description: words.to_owned(), ..Description::default() };
    description.content.insert(kind.to_owned(), MediaType { schema, ..MediaType::default() });
    description
}
