//! The frames' description as JSON Schema: it says of each frame what is written, and of nothing else that it were one.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "the lint's exception for tests does not see their helpers"
)]

mod examples;

use std::collections::BTreeSet;

use chinwag_protocol::schema::{self, NestedMessage};
use chinwag_protocol::{ClientFrame, Device, Event, Message, Pagination, Party, Status, User};
use jsonschema::Validator;
use schemars::JsonSchema;
use serde_json::{Value, json};

use examples::{client_examples, flat_message, server_examples};

/// What may be missing of a frame's `data`, or of what is in it.
const MAY_BE_MISSING: [&str; 11] = [
    "features",
    "sync",
    "clientMessageId",
    "code",
    "retryAfter",
    "deliveredAt",
    "email",
    "avatar",
    "isOnline",
    "lastSeen",
    "seq",
];

fn judge<T: JsonSchema>() -> Validator {
    let schema = schema::generator().into_root_schema_for::<T>();
    jsonschema::draft202012::options()
        .should_validate_formats(true)
        .build(schema.as_value())
        .unwrap()
}

fn assert_fits(judge: &Validator, value: &Value) {
    let errors: Vec<_> = judge.iter_errors(value).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{value}: {errors:#?}");
}

fn assert_does_not(judge: &Validator, value: &Value) {
    assert!(!judge.is_valid(value), "{value}");
}

fn server_frames() -> Vec<Value> {
    server_examples().into_iter().map(|(json, _)| json).collect()
}

fn client_frames() -> Vec<Value> {
    client_examples().into_iter().map(|(json, _)| json).collect()
}

#[test]
fn every_example_is_described() {
    let (server, client) = (judge::<Event>(), judge::<ClientFrame>());
    for mut frame in server_frames() {
        assert_fits(&server, &frame);
        assert_does_not(&client, &frame);
        frame["seq"] = json!(12);
        assert_fits(&server, &frame);
    }
    for frame in client_frames() {
        assert_fits(&client, &frame);
        assert_does_not(&server, &frame);
    }
}

#[test]
fn every_recorded_frame_and_answer_is_described() {
    let (server, mut frames) = (judge::<Event>(), 0);
    for line in include_str!("vectors/base-frames.jsonl").lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        if let Some(frame) = line.get("frame") {
            assert_fits(&server, frame);
            frames += 1;
        }
    }
    assert_eq!(frames, 28);
    let (user, message, mut rows) = (judge::<User>(), judge::<NestedMessage>(), 0);
    for line in include_str!("vectors/base-rest.jsonl").lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let data = &line["response"]["data"];
        for row in data["users"].as_array().into_iter().flatten().chain(data.get("user")) {
            let mut row = row.clone();
            // Ours leaves out what the recorded server writes as `null`.
            if row["lastSeen"].is_null() {
                row.as_object_mut().unwrap().remove("lastSeen");
            }
            assert_fits(&user, &row);
            rows += 1;
        }
        for row in data["messages"].as_array().into_iter().flatten().chain(data.get("message")) {
            assert_fits(&message, row);
            rows += 1;
        }
    }
    assert_eq!(rows, 11);
}

/// Every way to spoil one field of an object that lies at `pointer`.
fn spoilt(frame: &Value, pointer: &str) -> Vec<Value> {
    let change = |change: &dyn Fn(&mut serde_json::Map<String, Value>)| {
        let mut frame = frame.clone();
        change(frame.pointer_mut(pointer).unwrap().as_object_mut().unwrap());
        frame
    };
    let names: BTreeSet<String> =
        frame.pointer(pointer).unwrap().as_object().unwrap().keys().cloned().collect();
    let mut all = Vec::new();
    for name in names {
        for wrong in [json!([[]]), json!({"of": 1}), json!(-1.5)] {
            all.push(change(&|object| drop(object.insert(name.clone(), wrong.clone()))));
        }
        // What a read mark and a message tell of the time of reading, a base server does not.
        let is_extra = name == "readAt" && frame["type"] != "messages_read";
        if !MAY_BE_MISSING.contains(&name.as_str()) && !is_extra {
            all.push(change(&|object| drop(object.remove(&name))));
        }
    }
    all
}

#[test]
fn what_lacks_a_field_or_has_one_of_another_kind_is_not() {
    let mut tried = 0;
    for (judge, frames) in
        [(judge::<Event>(), server_frames()), (judge::<ClientFrame>(), client_frames())]
    {
        for frame in frames {
            let spoilt = [spoilt(&frame, "/data"), spoilt(&frame, "")].concat();
            for spoilt in spoilt {
                // Without fields of its own it cares for none.
                if frame["type"] == "get_online_users" && spoilt["data"].is_object() {
                    continue;
                }
                assert_does_not(&judge, &spoilt);
                tried += 1;
            }
        }
    }
    assert!(tried > 250, "{tried}");
}

#[test]
fn what_is_no_frame_at_all_is_not() {
    let (server, client) = (judge::<Event>(), judge::<ClientFrame>());
    for nonsense in [
        json!(null),
        json!([]),
        json!("user_online"),
        json!({}),
        json!({"type": "message_edited", "data": {}}),
        json!({"type": "USER_ONLINE", "data": {"userId": "b", "username": "b", "timestamp": null}}),
        json!({"type": "user_online", "data": {"userId": "", "username": "b", "timestamp": null}}),
        json!({"type": "user_online", "data": {"userId": "b", "username": "b", "timestamp": "soon"}}),
        json!({"type": "user_online", "data": {"userId": "b", "username": "b", "timestamp": null},
            "seq": -1}),
        json!({"type": "message_sent", "data": {"messageId": "m1", "receiverId": "b", "content": "",
            "createdAt": null, "status": "lost"}}),
        json!({"type": "chat_message", "data": {"receiverId": "b", "content": "hi"}}),
        json!({"type": "chat_message", "data": {"receiverId": "b", "content": "hi",
            "messageType": "text", "clientMessageId": ""}}),
    ] {
        assert_does_not(&server, &nonsense);
        assert_does_not(&client, &nonsense);
    }
}

#[test]
fn what_the_calls_give_is_described() {
    let message = Message {
        receiver: Some(Party {
            avatar: Some("/b.png".into()), ..Party::named("b".into(), "béla")
        }),
        status: Status::Read,
        client_id: Some("9b2f".into()),
        ..flat_message()
    };
    let (nested, judge_message) = (message.nested(), judge::<NestedMessage>());
    assert_fits(&judge_message, &nested);
    for spoilt in spoilt(&nested, "") {
        // Sent by somebody whose receiver is not told.
        if spoilt.get("receiver").is_some() {
            assert_does_not(&judge_message, &spoilt);
        }
    }
    assert_fits(&judge::<User>(), &json!(User::named("a".into(), "ada")));
    assert_fits(&judge::<Pagination>(), &json!(Pagination::default()));
    let device = Device {
        id: "s1".into(),
        created_at: flat_message().created_at,
        used_at: None,
        browser: Some("Firefox".into()),
        system: None,
        current: true,
    };
    assert_fits(&judge::<Device>(), &json!(device));
    assert_does_not(&judge::<Device>(), &json!({"current": true}));
}
