//! The socket's document: the protocol's frames, and how a socket is opened and ends.

use chinwag_protocol::frame::close;
use chinwag_protocol::{ClientFrame, Event, schema};
use schemars::JsonSchema;
use serde_json::{Map, Value, json};

/// What the document says of itself.
const WORDS: &str = "\
One JSON text a frame, `{\"type\": …, \"data\": …}`, of at most 64 KB. Fields and types that are not known are ignored. The \
server pings every 30 s. What is refused is answered with an `error`, which names the message it is about where that had \
a `clientMessageId`.\n\n\
What changes what a person sees is numbered by `seq`, and `GET /api/sync` (see `/api/openapi.json`) gives what was missed.";

/// The codes with which the server closes, and what they mean to the client.
const CODES: [(u16, &str); 8] = [
    (
        close::PROTOCOL_ERROR,
        "What came was no WebSocket frame, or no text (RFC 6455): a fault of the client",
    ),
    (close::TOO_BIG, "A frame was larger than 64 KB: the same one again would be as well"),
    (close::RESTARTING, "The server stops, and mostly starts again: come back, not all at once"),
    (close::NO_TOKEN, "The address carried no token: sign in again"),
    (close::BAD_TOKEN, "The token is bad or expired, or its session has ended: sign in again"),
    (close::NO_SUCH_USER, "The token's person does not exist: sign in again"),
    (close::SERVER_TROUBLE, "The server is in trouble: try again"),
    (close::REPLACED, "Newer connections of the same person took over"),
];

/// The document.
pub(super) fn document() -> Value {
    let mut generator = schema::generator();
    generator.subschema_for::<Event>();
    generator.subschema_for::<ClientFrame>();
    let mut schemas = generator.take_definitions(true);
    let server = messages::<Event>(&mut schemas);
    let client = messages::<ClientFrame>(&mut schemas);
    let references = |messages: &Map<String, Value>, place: &str| {
        let one = |name: &String| json!({ "$ref": format!("{place}{name}") });
        messages.keys().map(one).collect::<Vec<_>>()
    };
    let of_channel = "#/channels/socket/messages/";
    let operations = json!({
        "hear": {
            "action": "send",
            "title": "What the server tells",
            "channel": { "$ref": "#/channels/socket" },
            "messages": references(&server, of_channel),
        },
        "say": {
            "action": "receive",
            "title": "What the client tells",
            "channel": { "$ref": "#/channels/socket" },
            "messages": references(&client, of_channel),
        },
    });
    let mut all = server;
    all.extend(client);
    let of_components =
        |name: &String| (name.clone(), json!({ "$ref": format!("#/components/messages/{name}") }));
    let channel: Map<_, _> = all.keys().map(of_components).collect();
    let codes: Map<_, _> =
        CODES.iter().map(|(code, words)| (code.to_string(), json!(words))).collect();
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Chinwag",
            "version": env!("CARGO_PKG_VERSION"),
            "description": WORDS,
            "license": { "name": "MIT" },
        },
        "defaultContentType": "application/json",
        "channels": { "socket": {
            "address": "/ws",
            "messages": channel,
            "bindings": { "ws": {
                "method": "GET",
                "query": {
                    "type": "object",
                    "properties": {
                        "token": { "type": "string" },
                        "presence": { "type": "string", "enum": ["changes"] },
                    },
                    "required": ["token"],
                },
                "bindingVersion": "0.1.0",
            } },
            "x-close-codes": codes,
        } },
        "operations": operations,
        "components": { "messages": all, "schemas": schemas },
    })
}

/// A message for each type of frame, by its name on the wire. They take the place of the type's own schema.
fn messages<T: JsonSchema>(schemas: &mut Map<String, Value>) -> Map<String, Value> {
    let mut schema = schemas.remove(&*T::schema_name()).unwrap_or_default();
    let common = schema["properties"].take();
    let kinds = schema["oneOf"].take();
    let message = |mut kind: Value| {
        let name = kind["properties"]["type"]["const"].as_str()?.to_owned();
        let summary = kind.as_object_mut()?.remove("description");
        for (name, field) in common.as_object().into_iter().flatten() {
            kind["properties"][name] = field.clone();
        }
        Some((name.clone(), json!({ "name": name, "summary": summary, "payload": kind })))
    };
    kinds.as_array().cloned().into_iter().flatten().filter_map(message).collect()
}
