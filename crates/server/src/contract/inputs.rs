//! What each extractor takes of a request, and what a call may therefore be refused for.

use aide::OperationInput;
use aide::OperationOutput;
use aide::generate::GenContext;
use aide::openapi::{MediaType, Operation, RequestBody, SchemaObject};
use aide::operation::{ParamLocation, add_parameters, parameters_from_schema, set_body};
use axum::http::StatusCode;
use schemars::{JsonSchema, SchemaGenerator, json_schema};

use super::{BEARER, may_be};
use crate::address::Address;
use crate::auth::{Caller, SignedIn};
use crate::error::Error;
use crate::extract::{Body, Fields, Named, Query, Segment};
use crate::socket::upgrade::Upgrade;

impl OperationInput for Address {}

impl OperationInput for SignedIn {
    fn operation_input(_: &mut GenContext, operation: &mut Operation) {
        operation.security.push([(BEARER.to_owned(), Vec::new())].into_iter().collect());
        may_be(operation, StatusCode::UNAUTHORIZED);
    }
}

impl OperationInput for Caller {
    fn operation_input(context: &mut GenContext, operation: &mut Operation) {
        SignedIn::operation_input(context, operation);
    }
}

impl<T: Segment> OperationInput for Named<T> {
    fn operation_input(context: &mut GenContext, operation: &mut Operation) {
        let segment = json_schema!({
            "properties": { T::NAME: { "type": "string", "minLength": 1 } },
            "required": [T::NAME],
        });
        let parameters = parameters_from_schema(context, segment, ParamLocation::Path);
        add_parameters(context, operation, parameters);
        may_be(operation, StatusCode::NOT_FOUND);
    }
}

impl<T: Query> OperationInput for Fields<T> {
    fn operation_input(context: &mut GenContext, operation: &mut Operation) {
        let parameters = parameters_from_schema(context, T::fields(), ParamLocation::Query);
        add_parameters(context, operation, parameters);
    }
}

impl<T: JsonSchema> OperationInput for Body<T> {
    fn operation_input(context: &mut GenContext, operation: &mut Operation) {
        let schema =
            SchemaObject { json_schema: taken::<T>(context), external_docs: None, example: None };
        let body = MediaType { schema: Some(schema), ..MediaType::default() };
        let body = RequestBody {
            required: true,
            content: [("application/json".to_owned(), body)].into_iter().collect(),
            ..RequestBody::default()
        };
        set_body(context, operation, body);
        for status in
            [StatusCode::BAD_REQUEST, StatusCode::REQUEST_TIMEOUT, StatusCode::PAYLOAD_TOO_LARGE]
        {
            may_be(operation, status);
        }
    }
}

impl OperationInput for Upgrade {
    fn operation_input(_: &mut GenContext, operation: &mut Operation) {
        may_be(operation, StatusCode::BAD_REQUEST);
    }
}

/// As it is read, not as it is written: what may be missing may be `null` as well.
fn taken<T: JsonSchema>(context: &GenContext) -> schemars::Schema {
    let mut settings = context.schema.settings().clone().for_deserialize();
    settings.inline_subschemas = true;
    settings.transforms.clear();
    SchemaGenerator::new(settings).into_root_schema_for::<T>()
}

impl OperationOutput for Error {
    type Inner = ();

    fn inferred_responses(
        _: &mut GenContext,
        operation: &mut Operation,
    ) -> Vec<(Option<u16>, aide::openapi::Response)> {
        may_be(operation, StatusCode::INTERNAL_SERVER_ERROR);
        Vec::new()
    }
}
