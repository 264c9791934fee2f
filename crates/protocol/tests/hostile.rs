//! What nobody would send but somebody will: reading is total. It ends in a value or in an error, never in a panic.

#![allow(clippy::unwrap_used, reason = "the lint's exception for tests does not see their helpers")]

mod common;
mod json;

use chinwag_protocol::answer::{self, AnswerError, Conversation, MessagesPage, SignedIn, SyncPage};
use chinwag_protocol::frame::FrameError;
use chinwag_protocol::{ClientFrame, Event, Message, Seq, ServerFrame, User, UserId};
use serde_json::{Value, json};

use common::read_text;
use json::of;

#[test]
fn hostile_text_ends_in_a_value_or_an_error() {
    let deep = 100_000;
    let long = "x".repeat(1 << 20);
    for text in [
        "[".repeat(deep),
        "{\"data\":".repeat(deep),
        format!("{}{}", "[".repeat(deep), "]".repeat(deep)),
        format!("{{\"type\":\"error\",\"data\":{}", "{\"message\":".repeat(deep)),
        format!(
            "{{\"type\":\"new_message\",\"data\":{{\"sender\":{}1{}}}}}",
            "[".repeat(deep),
            "]".repeat(deep)
        ),
        format!("\"{long}"),
        format!("{{\"type\":\"{long}\"}}"),
        format!("{{\"success\":false,\"message\":\"{long}\"}}"),
        "\\u".repeat(deep),
        "\"\\ud800".repeat(deep),
        "\u{0}".to_owned(),
        "{\"type\":\"error\"}\u{0}".to_owned(),
        "{\"type\":NaN}".to_owned(),
        "{\"type\":\"online_users\",\"data\":{\"totalOnline\":-Infinity}}".to_owned(),
        "9".repeat(deep),
        format!("1e{}", "9".repeat(deep)),
    ] {
        read_text(&text);
    }
}

#[test]
fn nesting_too_deep_is_an_error_of_the_frame_and_of_the_answer() {
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let frame = format!("{{\"type\":\"error\",\"data\":{{\"message\":{deep}}}}}");
    assert_eq!(ServerFrame::decode(&frame), Err(FrameError::NotJson));
    assert_eq!(ClientFrame::decode(&frame), Err(FrameError::NotJson));
    let body = format!("{{\"success\":true,\"data\":{{\"users\":{deep}}}}}");
    assert_eq!(answer::open(200, &body), Err(AnswerError::Unreadable));
}

#[test]
fn numbers_that_fit_nowhere_are_defaults_or_errors() {
    for (number, count) in [
        ("0", Some(0)),
        ("18446744073709551615", Some(u64::MAX)),
        ("18446744073709551616", None),
        ("-1", None),
        ("-9223372036854775808", None),
        ("1e300", None),
        ("0.1", None),
        ("-0", None),
    ] {
        let text = format!(
            "{{\"type\":\"online_users\",\"data\":{{\"totalOnline\":{number},\"users\":[]}}}}"
        );
        let Ok(ServerFrame::OnlineUsers { total_online, .. }) = ServerFrame::decode(&text) else {
            panic!("{text}");
        };
        assert_eq!(total_online, count, "{number}");
    }
    for (number, seq) in [
        ("0", Some(0)),
        ("18446744073709551615", Some(u64::MAX)),
        ("18446744073709551616", None),
        ("-1", None),
        ("1e3", None),
        ("1.0", None),
        ("\"12\"", None),
        ("\"\"", None),
        ("null", None),
        ("[12]", None),
        ("{}", None),
        ("true", None),
    ] {
        let text = format!(
            "{{\"type\":\"message_delivered\",\"data\":{{\"messageId\":\"m\"}},\"seq\":{number}}}"
        );
        let event = Event::decode(&text).unwrap();
        assert_eq!(event.seq, seq.map(Seq), "{number}");
    }
    // Not representable at all.
    for number in ["1e400", "-1e400", "NaN", "0x10", "01", "1e"] {
        let text = format!("{{\"type\":\"online_users\",\"data\":{{\"totalOnline\":{number}}}}}");
        assert_eq!(ServerFrame::decode(&text), Err(FrameError::NotJson), "{number}");
    }
}

#[test]
fn a_content_of_a_megabyte_or_of_strange_characters_is_kept_as_it_is() {
    for content in [
        "",
        " ",
        "\u{0}",
        "a\u{0}b",
        "\u{202e}\u{feff}\u{fffd}\u{10ffff}",
        "<script>alert(1)</script>",
        "\\\"\r\n\t\u{8}\u{c}\u{7f}\u{2028}",
        &"👋".repeat(1 << 18),
    ] {
        let text = json!({"type": "new_message",
            "data": {"messageId": "m", "senderId": "a", "content": content}})
        .to_string();
        let Ok(ServerFrame::NewMessage(message)) = ServerFrame::decode(&text) else {
            panic!("{content}");
        };
        assert_eq!(message.content, content);
        let frame = ClientFrame::text(UserId::from("b"), content);
        assert_eq!(ClientFrame::decode(&frame.encode()), Ok(frame));
    }
}

#[test]
fn half_a_surrogate_pair_spoils_neither_its_frame_nor_its_page() {
    let text =
        r#"{"type":"new_message","data":{"messageId":"m","senderId":"a","content":"cut \ud83d"}}"#;
    let Ok(ServerFrame::NewMessage(message)) = ServerFrame::decode(text) else { panic!("{text}") };
    assert_eq!(message.content, "cut \u{fffd}");

    let text =
        r#"{"type":"chat_message","data":{"receiverId":"b","content":"\udc4b cut \\ud83d"}}"#;
    let cut = ClientFrame::text(UserId::from("b"), "\u{fffd} cut \\ud83d");
    assert_eq!(ClientFrame::decode(text), Ok(cut));

    let body = r#"{"data":{"messages":[{"_id":"m","sender":"a","content":"\ud83d\ud83d\udc4b"},
        {"_id":"n","sender":"a","content":"whole"}]}}"#;
    let page = answer::open(200, body).and_then(|data| MessagesPage::read(data.root())).unwrap();
    let contents: Vec<&str> = page.messages.rows.iter().map(|row| row.content.as_str()).collect();
    assert_eq!(contents, ["\u{fffd}👋", "whole"]);
}

#[test]
fn of_doubled_keys_the_last_counts_as_in_browsers() {
    let text = r#"{"type":"error","type":"typing_stop","data":{"receiverId":"a"},"data":{"receiverId":"a","receiverId":"b"}}"#;
    let stop = ClientFrame::TypingStop { receiver_id: UserId::from("b") };
    assert_eq!(ClientFrame::decode(text), Ok(stop));
}

/// What a field is read as, hence what is wrong for it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Id,
    Text,
    Word,
    Flag,
    Count,
    Time,
    List,
    Party,
    Object,
}

fn wrong(kind: Kind) -> Vec<Value> {
    let mut values = vec![json!(null), json!(1.5), json!(1e300)];
    let mut add = |fits: &[Kind], value: Value| {
        if !fits.contains(&kind) {
            values.push(value);
        }
    };
    add(&[Kind::Flag], json!(true));
    add(&[Kind::Flag], json!(false));
    add(&[Kind::Time], json!(-1));
    add(&[Kind::Time], json!(i64::MIN));
    add(&[Kind::Id, Kind::Count, Kind::Party], json!(u64::MAX));
    add(&[Kind::Id, Kind::Count, Kind::Time, Kind::Party], json!(7));
    add(&[Kind::Text], json!(""));
    add(&[Kind::Id, Kind::Text, Kind::Party], json!("no such"));
    add(&[Kind::Id, Kind::Text, Kind::Party], json!("true"));
    add(&[Kind::Id, Kind::Text, Kind::Party], json!("7"));
    add(&[Kind::List], json!([]));
    add(&[Kind::List], json!(["x"]));
    add(&[], json!({}));
    add(&[], json!({"x": 1}));
    values
}

/// Puts each kind of wrong value in the place of each field in turn: where the field is optional, it must read
/// as if the field were missing; where it is required, not at all.
fn mutate<T: PartialEq + std::fmt::Debug>(
    good: &Value,
    at: &str,
    required: &[(&str, Kind)],
    optional: &[(&str, Kind)],
    read: impl Fn(&Value) -> Option<T>,
) {
    assert!(read(good).is_some(), "{good}");
    let named = required.len() + optional.len();
    assert_eq!(good.pointer(at).and_then(Value::as_object).unwrap().len(), named, "{good}");
    for (field, kind) in required {
        for value in wrong(*kind) {
            let mut bad = good.clone();
            bad.pointer_mut(at).unwrap()[field] = value;
            assert_eq!(read(&bad), None, "{bad}");
        }
    }
    for (field, kind) in optional {
        let mut without = good.clone();
        without.pointer_mut(at).unwrap().as_object_mut().unwrap().remove(*field);
        let expected = read(&without);
        assert!(expected.is_some() && expected != read(good), "{field} of {good}");
        for value in wrong(*kind) {
            let mut bad = good.clone();
            bad.pointer_mut(at).unwrap()[field] = value;
            assert_eq!(read(&bad), expected, "{bad}");
        }
    }
}

const TIME: &str = "2026-11-22T19:36:44.277Z";

#[test]
fn a_server_frame_with_a_wrong_field_reads_as_if_it_were_missing() {
    let examples: [(Value, &[_], &[_]); 11] = [
        (
            json!({"type": "connection_established", "data": {"message": "Hi", "userId": "a",
                "username": "ada", "features": ["sync"], "sync": {"store": "s", "seq": 1}}}),
            &[],
            &[
                ("sync", Kind::Object),
                ("message", Kind::Text),
                ("userId", Kind::Id),
                ("username", Kind::Text),
                ("features", Kind::List),
            ],
        ),
        (
            json!({"type": "online_users", "data": {"users": [{"_id": "a"}], "totalOnline": 1,
                "timestamp": TIME}}),
            &[],
            &[("users", Kind::List), ("totalOnline", Kind::Count), ("timestamp", Kind::Time)],
        ),
        (
            json!({"type": "user_online",
                "data": {"userId": "b", "username": "béla", "timestamp": TIME}}),
            &[("userId", Kind::Id)],
            &[("username", Kind::Text), ("timestamp", Kind::Time)],
        ),
        (
            json!({"type": "user_offline",
                "data": {"userId": "b", "username": "béla", "timestamp": TIME}}),
            &[("userId", Kind::Id)],
            &[("username", Kind::Text), ("timestamp", Kind::Time)],
        ),
        // `content` is neither: missing it is empty, wrong it spoils the message (`rest.rs`).
        (
            json!({"type": "new_message", "data": {"messageId": "m", "senderId": "a",
                "senderUsername": "ada", "messageType": "image", "createdAt": TIME,
                "clientMessageId": "n"}}),
            &[("messageId", Kind::Id), ("senderId", Kind::Id)],
            &[
                ("clientMessageId", Kind::Id),
                ("senderUsername", Kind::Text),
                ("messageType", Kind::Text),
                ("createdAt", Kind::Time),
            ],
        ),
        (
            json!({"type": "message_sent", "data": {"messageId": "m", "receiverId": "b",
                "content": "hi", "createdAt": TIME, "status": "read", "deliveredAt": TIME,
                "readAt": TIME, "clientMessageId": "n"}}),
            &[("messageId", Kind::Id), ("receiverId", Kind::Id)],
            &[
                ("content", Kind::Text),
                ("createdAt", Kind::Time),
                ("status", Kind::Word),
                ("deliveredAt", Kind::Time),
                ("readAt", Kind::Time),
                ("clientMessageId", Kind::Id),
            ],
        ),
        (
            json!({"type": "message_delivered", "data": {"messageId": "m", "deliveredAt": TIME}}),
            &[("messageId", Kind::Id)],
            &[("deliveredAt", Kind::Time)],
        ),
        (
            json!({"type": "messages_read",
                "data": {"readBy": "b", "readByUsername": "béla", "readAt": TIME}}),
            &[("readBy", Kind::Id)],
            &[("readByUsername", Kind::Text), ("readAt", Kind::Time)],
        ),
        (
            json!({"type": "typing_indicator",
                "data": {"userId": "b", "username": "béla", "isTyping": true}}),
            &[("userId", Kind::Id)],
            &[("username", Kind::Text), ("isTyping", Kind::Flag)],
        ),
        (
            json!({"type": "mark_read_success", "data": {"senderId": "b", "markedCount": 3}}),
            &[("senderId", Kind::Id)],
            &[("markedCount", Kind::Count)],
        ),
        (
            json!({"type": "error", "data": {"message": "No", "timestamp": TIME,
                "code": "invalid", "clientMessageId": "n"}}),
            &[],
            &[
                ("message", Kind::Text),
                ("timestamp", Kind::Time),
                ("code", Kind::Text),
                ("clientMessageId", Kind::Id),
            ],
        ),
    ];
    for (good, required, optional) in examples {
        mutate(&good, "/data", required, optional, |json| {
            ServerFrame::decode(&json.to_string()).ok()
        });
    }
}

#[test]
fn a_client_frame_with_a_wrong_field_reads_as_if_it_were_missing() {
    let examples: [(Value, &[_], &[_]); 4] = [
        (
            json!({"type": "chat_message",
                "data": {"receiverId": "b", "content": "hi", "messageType": "image",
                "clientMessageId": "n"}}),
            &[("receiverId", Kind::Id), ("content", Kind::Text)],
            &[("messageType", Kind::Text), ("clientMessageId", Kind::Text)],
        ),
        (
            json!({"type": "typing_start", "data": {"receiverId": "b"}}),
            &[("receiverId", Kind::Id)],
            &[],
        ),
        (
            json!({"type": "typing_stop", "data": {"receiverId": "b"}}),
            &[("receiverId", Kind::Id)],
            &[],
        ),
        (json!({"type": "mark_read", "data": {"senderId": "a"}}), &[("senderId", Kind::Id)], &[]),
    ];
    for (good, required, optional) in examples {
        mutate(&good, "/data", required, optional, |json| {
            ClientFrame::decode(&json.to_string()).ok()
        });
    }
}

#[test]
fn a_user_with_a_wrong_field_reads_as_if_it_were_missing() {
    let user = json!({"_id": "a", "username": "ada", "email": "a@b", "avatar": "/a.png",
        "isOnline": true, "lastSeen": TIME});
    let optional = [
        ("username", Kind::Text),
        ("email", Kind::Text),
        ("avatar", Kind::Text),
        ("isOnline", Kind::Flag),
        ("lastSeen", Kind::Time),
    ];
    mutate(&user, "", &[("_id", Kind::Id)], &optional, |json| of(json, User::read));
    let data = json!({"token": "t", "user": user});
    mutate(&data, "/user", &[("_id", Kind::Id)], &optional, |data| of(data, SignedIn::read).ok());
}

#[test]
fn a_rest_message_with_a_wrong_field_reads_as_if_it_were_missing() {
    let required = [("_id", Kind::Id), ("sender", Kind::Party)];
    let optional = [
        ("receiver", Kind::Party),
        ("messageType", Kind::Text),
        ("createdAt", Kind::Time),
        ("clientMessageId", Kind::Id),
    ];
    for (name, value, kind) in
        [("isRead", json!(true), Kind::Flag), ("status", json!("delivered"), Kind::Word)]
    {
        let mut message = json!({"_id": "m", "sender": {"_id": "a", "username": "ada"},
            "receiver": {"_id": "b"}, "messageType": "image", "createdAt": TIME,
            "clientMessageId": "n"});
        message[name] = value;
        let optional = [&optional[..], &[(name, kind)]].concat();
        mutate(&message, "", &required, &optional, |json| of(json, Message::read));
    }
    let message =
        json!({"_id": "m", "sender": {"_id": "a", "username": "ada", "avatar": "/a.png"}});
    let optional = [("username", Kind::Text), ("avatar", Kind::Text)];
    mutate(&message, "/sender", &[("_id", Kind::Id)], &optional, |json| of(json, Message::read));
}

#[test]
fn a_page_with_a_wrong_pagination_reads_as_if_it_were_missing() {
    let data = json!({"messages": [{"_id": "m", "sender": "a"}],
        "pagination": {"page": 1, "limit": 50, "total": 3, "pages": 1}});
    let counts = ["page", "limit", "total", "pages"].map(|name| (name, Kind::Count));
    mutate(&data, "/pagination", &[], &counts, |data| of(data, MessagesPage::read).ok());
}

#[test]
fn an_answer_to_sync_with_a_wrong_field_reads_as_if_it_were_missing() {
    let data = json!({"events": [{"type": "message_delivered", "data": {"messageId": "m"}, "seq": 7}],
        "next": 7, "hasMore": true});
    let required = [("events", Kind::List), ("next", Kind::Count)];
    mutate(&data, "", &required, &[("hasMore", Kind::Flag)], |data| of(data, SyncPage::read).ok());
    let event = [("type", Kind::Word), ("data", Kind::Object)];
    let optional = [("seq", Kind::Count)];
    mutate(&data, "/events/0", &event, &optional, |data| match of(data, SyncPage::read) {
        Ok(SyncPage::Events { events, .. }) => events.rows.into_iter().next(),
        other => panic!("{other:?}"),
    });
    let data = json!({"reset": true, "next": 7, "store": "s"});
    let required = [("reset", Kind::Flag), ("next", Kind::Count), ("store", Kind::Id)];
    mutate(&data, "", &required, &[], |data| of(data, SyncPage::read).ok());
    let greeting =
        json!({"type": "connection_established", "data": {"sync": {"store": "s", "seq": 7}}});
    let required = [("store", Kind::Id), ("seq", Kind::Count)];
    mutate(&greeting, "/data/sync", &required, &[], |json| {
        match ServerFrame::decode(&json.to_string()) {
            Ok(ServerFrame::ConnectionEstablished { sync, .. }) => sync,
            other => panic!("{other:?}"),
        }
    });
}

#[test]
fn a_conversation_with_a_wrong_field_reads_as_if_it_were_missing() {
    let row = json!({"conversations": [{"user": {"_id": "b", "username": "béla"}, "unreadCount": 2,
        "lastMessage": {"senderId": "b", "content": "hi", "createdAt": TIME}}]});
    let read = |data: &Value| {
        let rows = of(data, |data| Conversation::read_all(data, &UserId::from("a"))).ok()?.rows;
        (!rows.is_empty()).then_some(rows)
    };
    let last = [("senderId", Kind::Id), ("content", Kind::Text), ("createdAt", Kind::Time)];
    mutate(&row, "/conversations/0/lastMessage", &[], &last, read);
    // Without a readable user, the last message still tells with whom, if not the name.
    let user = [("_id", Kind::Id), ("username", Kind::Text)];
    mutate(&row, "/conversations/0/user", &[], &user, read);
}
