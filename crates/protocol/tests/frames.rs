//! The socket's frames, one example of each, and what is made of frames that are not quite right.

#![allow(clippy::unwrap_used, reason = "the lint's exception for tests does not see their helpers")]

mod examples;

use std::collections::BTreeSet;

use chinwag_protocol::frame::{FrameError, Presence, UNKNOWN_ERROR};
use chinwag_protocol::{
    ClientFrame, ClientId, Event, Message, Party, Receipts, Rows, Seq, ServerFrame, Status, User,
};
use serde_json::{Value, json};

use examples::{NAME, base_examples, client_examples, flat_message, name, server_examples};

fn types<T>(examples: &[(Value, T)]) -> BTreeSet<&str> {
    examples.iter().filter_map(|(json, _)| json["type"].as_str()).collect()
}

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn each_of_the_eleven_server_frames_and_of_the_extensions_is_read_and_written() {
    assert_eq!(types(&base_examples()).len(), 11);
    let examples = server_examples();
    assert_eq!(types(&examples).len(), 13);
    for (json, frame) in &examples {
        assert_eq!(ServerFrame::decode(&json.to_string()).as_ref(), Ok(frame));
        assert_eq!(&json_of(&frame.encode()), json);
    }
}

#[test]
fn each_of_the_five_client_frames_is_read_and_written() {
    let examples = client_examples();
    assert_eq!(types(&examples).len(), 5);
    for (json, frame) in &examples {
        assert_eq!(ClientFrame::decode(&json.to_string()).as_ref(), Ok(frame));
        assert_eq!(&json_of(&frame.encode()), json);
    }
}

#[test]
fn fields_that_are_not_known_are_ignored() {
    fn strange(json: &Value) -> String {
        let mut json = json.clone();
        json["version"] = json!(1e300);
        json["data"]["reactions"] = json!([{"deep": null}]);
        json.to_string()
    }
    for (json, frame) in server_examples() {
        assert_eq!(ServerFrame::decode(&strange(&json)), Ok(frame));
    }
    for (json, frame) in client_examples() {
        assert_eq!(ClientFrame::decode(&strange(&json)), Ok(frame));
    }
}

#[test]
fn what_a_server_frame_leaves_out_takes_the_guides_default() {
    let nobody =
        ServerFrame::OnlineUsers { users: Rows::default(), total_online: None, timestamp: None };
    let unknown = ServerFrame::Error {
        message: UNKNOWN_ERROR.into(),
        timestamp: None,
        code: None,
        client_message_id: None,
        retry_after: None,
    };
    let stranger = Presence { user_id: "b".into(), username: String::new(), timestamp: None };
    let greeting = ServerFrame::ConnectionEstablished {
        message: String::new(),
        user_id: None,
        username: String::new(),
        features: Vec::new(),
        sync: None,
    };
    for (json, frame) in [
        (json!({"type": "connection_established"}), greeting.clone()),
        (json!({"type": "connection_established", "data": []}), greeting.clone()),
        (json!({"type": "connection_established", "data": {"features": "sync"}}), greeting),
        (json!({"type": "online_users"}), nobody.clone()),
        (json!({"type": "online_users", "data": null}), nobody.clone()),
        (json!({"type": "online_users", "data": "all"}), nobody.clone()),
        (json!({"type": "online_users", "data": {"users": {}, "totalOnline": -1}}), nobody),
        (
            json!({"type": "user_online", "data": {"userId": "b"}}),
            ServerFrame::UserOnline(stranger.clone()),
        ),
        (
            json!({"type": "user_offline", "data": {"userId": "b", "timestamp": "soon"}}),
            ServerFrame::UserOffline(stranger),
        ),
        (
            json!({"type": "new_message", "data": {"messageId": "m1", "senderId": "a"}}),
            ServerFrame::NewMessage(Message {
                sender: Party::new("a".into()),
                content: String::new(),
                created_at: None,
                ..flat_message()
            }),
        ),
        (
            json!({"type": "message_sent", "data": {"messageId": 1, "receiverId": 2}}),
            ServerFrame::MessageSent {
                message_id: "1".into(),
                receiver_id: "2".into(),
                content: String::new(),
                created_at: None,
                status: Status::Sent,
                receipts: Receipts::default(),
                client_message_id: None,
            },
        ),
        (
            json!({"type": "message_delivered", "data": {"messageId": "m1"}}),
            ServerFrame::MessageDelivered { message_id: "m1".into(), delivered_at: None },
        ),
        (
            json!({"type": "messages_read", "data": {"readBy": "b"}}),
            ServerFrame::MessagesRead {
                read_by: "b".into(),
                read_by_username: String::new(),
                read_at: None,
            },
        ),
        (
            json!({"type": "typing_indicator", "data": {"userId": "b"}}),
            ServerFrame::TypingIndicator {
                user_id: "b".into(),
                username: String::new(),
                is_typing: false,
            },
        ),
        (
            json!({"type": "profile_changed", "data": {"userId": "b", "avatar": ""}}),
            ServerFrame::ProfileChanged {
                user_id: "b".into(),
                username: String::new(),
                avatar: None,
            },
        ),
        (
            json!({"type": "mark_read_success", "data": {"senderId": "b"}}),
            ServerFrame::MarkReadSuccess { sender_id: "b".into(), marked_count: 0, read_at: None },
        ),
        (json!({"type": "error"}), unknown.clone()),
        (json!({"type": "error", "data": {"message": 3}}), unknown.clone()),
        (json!({"type": "error", "data": {"message": " "}}), unknown),
    ] {
        assert_eq!(ServerFrame::decode(&json.to_string()), Ok(frame), "{json}");
    }
}

#[test]
fn what_a_client_frame_leaves_out_takes_its_default() {
    for (json, frame) in [
        (
            json!({"type": "chat_message", "data": {"receiverId": "b", "content": ""}}),
            ClientFrame::text("b".into(), ""),
        ),
        (
            json!({"type": "chat_message", "data": {"receiverId": "b", "content": "hi", "messageType": 1}}),
            ClientFrame::text("b".into(), "hi"),
        ),
        (json!({"type": "get_online_users"}), ClientFrame::GetOnlineUsers {}),
        (json!({"type": "get_online_users", "data": [1]}), ClientFrame::GetOnlineUsers {}),
    ] {
        assert_eq!(ClientFrame::decode(&json.to_string()), Ok(frame), "{json}");
    }
}

#[test]
fn a_frame_with_a_number_is_read_and_written_and_is_the_same_frame_without() {
    for (without, frame) in server_examples() {
        let bare = Event { frame: frame.clone(), seq: None };
        assert_eq!(Event::decode(&without.to_string()), Ok(bare.clone()));
        assert_eq!(json_of(&bare.encode()), without);
        let mut numbered = without.clone();
        numbered["seq"] = json!(12);
        let event = Event { frame: frame.clone(), seq: Some(Seq(12)) };
        assert_eq!(json_of(&event.encode()), numbered);
        assert_eq!(Event::decode(&numbered.to_string()), Ok(event));
        // Who knows nothing of numbers reads the same frame.
        assert_eq!(ServerFrame::decode(&numbered.to_string()), Ok(frame));
    }
}

#[test]
fn a_sync_point_without_both_its_halves_is_none() {
    for (sync, expected) in [
        (json!({"store": "s", "seq": 0}), Some(Seq(0))),
        (json!({"store": "s", "seq": u64::MAX, "more": 1}), Some(Seq(u64::MAX))),
        (json!({"store": "s"}), None),
        (json!({"seq": 1}), None),
        (json!({"store": "", "seq": 1}), None),
        (json!({"store": ["s"], "seq": 1}), None),
        (json!({"store": "s", "seq": -1}), None),
        (json!({"store": "s", "seq": "1"}), None),
        (json!({"store": "s", "seq": 1.0}), None),
        (json!(["s", 1]), None),
        (json!(12), None),
    ] {
        let json = json!({"type": "connection_established", "data": {"sync": sync}});
        let Ok(ServerFrame::ConnectionEstablished { sync, .. }) =
            ServerFrame::decode(&json.to_string())
        else {
            panic!("{json}");
        };
        assert_eq!(sync.map(|sync| sync.seq), expected, "{json}");
    }
}

#[test]
fn a_send_keeps_whatever_text_its_client_calls_it_by() {
    for (id, expected) in [
        (json!(NAME), Some(name())),
        // Empty is for the server to refuse: stored as if unnamed, it could be stored twice.
        (json!(""), Some(ClientId::from(""))),
        (json!(null), None),
        (json!(7), None),
    ] {
        let json = json!({"type": "chat_message",
            "data": {"receiverId": "b", "content": "hi", "clientMessageId": id}});
        let Ok(ClientFrame::ChatMessage { client_message_id, .. }) =
            ClientFrame::decode(&json.to_string())
        else {
            panic!("{json}");
        };
        assert_eq!(client_message_id, expected, "{json}");
    }
}

#[test]
fn the_name_of_a_send_is_found_where_nothing_else_of_it_can_be_read() {
    for (text, name) in [
        (
            json!({"type": "chat_message", "data": {"clientMessageId": "n", "content": 5}}),
            Some("n"),
        ),
        (json!({"type": "chat_message", "data": {"clientMessageId": 5}}), None),
        (json!({"type": "chat_message", "data": ["n"]}), None),
        (json!({"type": "chat_message", "clientMessageId": "n"}), None),
        (json!({"type": "mark_read", "data": {"clientMessageId": "n"}}), None),
        (json!("n"), None),
    ] {
        assert_eq!(ClientId::of_send(&text.to_string()), name.map(ClientId::from), "{text}");
    }
    assert_eq!(ClientId::of_send("n"), None);
}

#[test]
fn rows_of_online_users_that_cannot_be_read_are_skipped_and_counted() {
    let json = json!({"type": "online_users", "data": {"totalOnline": 7, "users": [
        {"username": "no id"}, {"_id": "a", "username": "ada"}, null, "b", [], {"_id": ""},
        {"_id": "c"}]}});
    let Ok(ServerFrame::OnlineUsers { users, total_online, .. }) =
        ServerFrame::decode(&json.to_string())
    else {
        panic!("{json}");
    };
    assert_eq!(users.rows, [User::named("a".into(), "ada"), User::named("c".into(), "")]);
    assert_eq!((users.skipped, users.sent(), total_online), (5, 7, Some(7)));
}

#[test]
fn a_feature_that_is_no_text_is_ignored() {
    let json =
        json!({"type": "connection_established", "data": {"features": ["sync", 1, null, {}]}});
    let Ok(ServerFrame::ConnectionEstablished { features, .. }) =
        ServerFrame::decode(&json.to_string())
    else {
        panic!("{json}");
    };
    assert_eq!(features, ["sync"]);
}

#[test]
fn a_socket_message_in_rests_shape_is_read_too() {
    let mut message = flat_message();
    message.receiver = Some(Party::new("b".into()));
    message.status = Status::Read;
    let json = json!({"type": "new_message", "data": message.nested()});
    assert_eq!(ServerFrame::decode(&json.to_string()), Ok(ServerFrame::NewMessage(message)));
}

#[test]
fn a_frame_that_lacks_what_it_cannot_do_without_says_what() {
    for (json, fields) in [
        (json!({"type": "user_online"}), "userId"),
        (json!({"type": "user_offline", "data": {"userId": ""}}), "userId"),
        (json!({"type": "new_message"}), "messageId, senderId and content"),
        (
            json!({"type": "new_message", "data": {"messageId": "m"}}),
            "messageId, senderId and content",
        ),
        (
            json!({"type": "new_message", "data": {"senderId": "a"}}),
            "messageId, senderId and content",
        ),
        (
            json!({"type": "new_message", "data": {"messageId": "m", "senderId": "a", "content": {}}}),
            "messageId, senderId and content",
        ),
        (json!({"type": "message_sent", "data": {"receiverId": "b"}}), "messageId"),
        (json!({"type": "message_sent", "data": {"messageId": "m"}}), "receiverId"),
        (json!({"type": "message_delivered", "data": 1}), "messageId"),
        (json!({"type": "messages_read", "data": {"readBy": {}}}), "readBy"),
        (json!({"type": "typing_indicator", "data": {"isTyping": true}}), "userId"),
        (json!({"type": "profile_changed", "data": {"username": "b"}}), "userId"),
        (json!({"type": "mark_read_success", "data": {"markedCount": 1}}), "senderId"),
    ] {
        let refused = Err(FrameError::Incomplete(fields));
        assert_eq!(ServerFrame::decode(&json.to_string()), refused, "{json}");
    }
    for (json, fields) in [
        (json!({"type": "chat_message"}), "receiverId and content"),
        (json!({"type": "chat_message", "data": {"content": "hi"}}), "receiverId and content"),
        (json!({"type": "chat_message", "data": {"receiverId": "b"}}), "receiverId and content"),
        (
            json!({"type": "chat_message", "data": {"receiverId": "b", "content": 1}}),
            "receiverId and content",
        ),
        (json!({"type": "typing_start", "data": {}}), "receiverId"),
        (json!({"type": "typing_stop", "data": {"receiverId": -1}}), "receiverId"),
        (json!({"type": "mark_read", "data": {"receiverId": "b"}}), "senderId"),
    ] {
        let refused = Err(FrameError::Incomplete(fields));
        assert_eq!(ClientFrame::decode(&json.to_string()), refused, "{json}");
    }
}

#[test]
fn what_is_no_frame_is_refused_by_both_sides() {
    for (text, error) in [
        ("", FrameError::NotJson),
        ("hello", FrameError::NotJson),
        ("{\"type\":\"error\"", FrameError::NotJson),
        ("{\"type\":\"error\"} x", FrameError::NotJson),
        ("\u{feff}{\"type\":\"error\"}", FrameError::NotJson),
        ("null", FrameError::NoType),
        ("3", FrameError::NoType),
        ("\"error\"", FrameError::NoType),
        ("[{\"type\":\"error\"}]", FrameError::NoType),
        ("{}", FrameError::NoType),
        ("{\"type\":null}", FrameError::NoType),
        ("{\"type\":3,\"data\":{}}", FrameError::NoType),
        ("{\"Type\":\"error\"}", FrameError::NoType),
        ("{\"type\":\"\"}", FrameError::UnknownType(String::new())),
        ("{\"type\":\"no_such\"}", FrameError::UnknownType("no_such".into())),
        ("{\"type\":\"ERROR\"}", FrameError::UnknownType("ERROR".into())),
    ] {
        assert_eq!(ServerFrame::decode(text), Err(error.clone()), "{text}");
        assert_eq!(ClientFrame::decode(text), Err(error), "{text}");
    }
}

#[test]
fn neither_side_takes_the_others_frames() {
    for (json, _) in server_examples() {
        let refused = ClientFrame::decode(&json.to_string());
        assert!(matches!(refused, Err(FrameError::UnknownType(_))), "{json}");
    }
    for (json, _) in client_examples() {
        let refused = ServerFrame::decode(&json.to_string());
        assert!(matches!(refused, Err(FrameError::UnknownType(_))), "{json}");
    }
}

#[test]
fn a_refusal_is_worded_as_base_servers_word_it() {
    for (error, words) in [
        (FrameError::NotJson, "Invalid message format. Please send valid JSON.".to_owned()),
        (FrameError::NoType, "Unknown message type: ".to_owned()),
        (FrameError::UnknownType("no_such".into()), "Unknown message type: no_such".to_owned()),
        (
            FrameError::UnknownType("é".repeat(1_000_000)),
            format!("Unknown message type: {}", "é".repeat(64)),
        ),
        (
            FrameError::Incomplete("receiverId and content"),
            "Missing required fields: receiverId and content".to_owned(),
        ),
    ] {
        assert_eq!(error.to_string(), words);
    }
}
