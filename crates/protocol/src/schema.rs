//! The wire as JSON Schema, where a type's own attributes do not say it: for a server that tells what it speaks.
//!
//! Only with the feature `schema`. Nothing here is read or written by anybody: what a message looks like is decided in
//! [`crate::message`], and the tests hold these against it.

use std::borrow::Cow;

use schemars::generate::SchemaSettings;
use schemars::transform::{Transform, transform_subschemas};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value};

use crate::id::{ClientId, MessageId, UserId};
use crate::message::{Receipts, Status};
use crate::time::Timestamp;

/// Describes types as they are written (JSON Schema 2020-12). What types share lies where `OpenAPI` and `AsyncAPI` look
/// for it, once a document puts it there.
pub fn generator() -> SchemaGenerator {
    let mut settings = SchemaSettings::draft2020_12().for_serialize();
    settings.definitions_path = "#/components/schemas/".into();
    settings.meta_schema = None;
    settings.transforms = vec![Box::new(AsWritten)];
    settings.into_generator()
}

/// What schemars cannot know of the wire.
#[derive(Clone, Debug)]
struct AsWritten;

impl Transform for AsWritten {
    fn transform(&mut self, schema: &mut Schema) {
        if let Some(schema) = schema.as_object_mut() {
            never_null(schema);
            first_paragraph(schema);
        }
        transform_subschemas(self, schema);
    }
}

/// What may be left out is left out where there is none of it, and never `null`.
fn never_null(schema: &mut Map<String, Value>) {
    let required = schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    let fields = schema.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten();
    for (name, field) in fields {
        if required.contains(&Value::from(name.as_str())) {
            continue;
        }
        if let Some(types) = field.get_mut("type").and_then(Value::as_array_mut) {
            types.retain(|one| one != "null");
        }
        if let Some(kinds) = field.get_mut("anyOf").and_then(Value::as_array_mut) {
            kinds.retain(|kind| kind["type"] != "null");
        }
    }
}

/// What follows is for those who read this code.
fn first_paragraph(schema: &mut Map<String, Value>) {
    if let Some(Value::String(words)) = schema.get_mut("description") {
        let first = words.split("\n\n").next().unwrap_or_default();
        *words = first.replace("[`", "`").replace("`]", "`");
    }
}

impl JsonSchema for Timestamp {
    fn schema_name() -> Cow<'static, str> {
        "Timestamp".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "format": "date-time",
            "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$",
            "description": "An instant of the server's clock, in UTC with milliseconds.",
            "examples": ["2026-11-22T19:36:44.277Z"],
        })
    }
}

/// A message as the socket's `new_message` tells it: flat, and without the receiver, which is whoever is told.
///
/// See [`crate::Message::flat`].
#[derive(Debug, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FlatMessage {
    /// Which message.
    pub message_id: MessageId,
    /// Who wrote it.
    pub sender_id: UserId,
    /// Their name.
    pub sender_username: String,
    /// The text as it was written. Never markup.
    pub content: String,
    /// What kind of content; `text` unless the sender said otherwise.
    pub message_type: String,
    /// When the server stored it.
    pub created_at: Option<Timestamp>,
    /// What its sender's client called it (extension `idempotent_send`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_message_id: Option<ClientId>,
}

/// A message as the calls give it: with both its ends.
///
/// See [`crate::Message::nested`].
#[derive(Debug, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Message")]
pub struct NestedMessage {
    /// Which message.
    #[serde(rename = "_id")]
    pub id: MessageId,
    /// Who wrote it.
    pub sender: NestedParty,
    /// To whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receiver: Option<NestedParty>,
    /// The text as it was written. Never markup.
    pub content: String,
    /// What kind of content; `text` unless the sender said otherwise.
    pub message_type: String,
    /// How far it has come.
    pub status: Status,
    /// Whether it was read.
    pub is_read: bool,
    /// When the server stored it.
    pub created_at: Option<Timestamp>,
    /// When it came so far.
    #[serde(flatten)]
    pub receipts: Receipts,
    /// What its sender's client called it (extension `idempotent_send`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_message_id: Option<ClientId>,
}

/// One end of a message, and what the message tells of them.
#[derive(Debug, JsonSchema)]
#[schemars(rename = "Party")]
pub struct NestedParty {
    /// Who it is.
    #[serde(rename = "_id")]
    pub id: UserId,
    /// Their name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The address of their picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub avatar: Option<String>,
}
