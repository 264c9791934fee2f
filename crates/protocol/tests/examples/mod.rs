//! One example of each frame: as it is written, and what it says.

#![allow(dead_code, reason = "each test program that shares them uses some")]

use chinwag_protocol::frame::{Presence, code, feature};
use chinwag_protocol::{
    ClientFrame, ClientId, Message, Party, Receipts, Rows, Seq, ServerFrame, Status, SyncPoint,
    Timestamp, User, UserId,
};
use serde_json::{Value, json};

pub(crate) const TIME: &str = "2026-11-22T19:36:44.277Z";

pub(crate) fn time() -> Option<Timestamp> {
    Timestamp::parse(TIME)
}

pub(crate) fn presence() -> Presence {
    Presence { user_id: "b".into(), username: "béla".into(), timestamp: time() }
}

pub(crate) fn flat_message() -> Message {
    Message {
        id: "m1".into(),
        sender: Party::named("a".into(), "ada"),
        receiver: None,
        content: "hi".into(),
        message_type: "text".into(),
        status: Status::Sent,
        receipts: Receipts::default(),
        created_at: time(),
        client_id: None,
    }
}

pub(crate) const NAME: &str = "9b2f1c1e-0d5c-4f0a-8c1e-3f6a2b7d9e10";

pub(crate) fn name() -> ClientId {
    ClientId::from(NAME)
}

pub(crate) fn server_examples() -> Vec<(Value, ServerFrame)> {
    [base_examples(), extended_examples()].concat()
}

pub(crate) fn base_examples() -> Vec<(Value, ServerFrame)> {
    let users: Rows<User> = vec![
        User::named("a".into(), "ada"),
        User {
            email: Some("b@example.org".into()),
            avatar: Some("https://example.org/b.png".into()),
            is_online: Some(true),
            last_seen: time(),
            ..User::named("b".into(), "béla")
        },
    ]
    .into();
    vec![
        (
            json!({"type": "connection_established",
                "data": {"message": "Welcome", "userId": "a", "username": "ada"}}),
            ServerFrame::ConnectionEstablished {
                message: "Welcome".into(),
                user_id: Some("a".into()),
                username: "ada".into(),
                features: Vec::new(),
                sync: None,
            },
        ),
        (
            json!({"type": "online_users", "data": {"users": [{"_id": "a", "username": "ada"},
                {"_id": "b", "username": "béla", "email": "b@example.org", "isOnline": true,
                "avatar": "https://example.org/b.png", "lastSeen": TIME}],
                "totalOnline": 2, "timestamp": TIME}}),
            ServerFrame::OnlineUsers { users, total_online: Some(2), timestamp: time() },
        ),
        (
            json!({"type": "user_online",
                "data": {"userId": "b", "username": "béla", "timestamp": TIME}}),
            ServerFrame::UserOnline(presence()),
        ),
        (
            json!({"type": "user_offline",
                "data": {"userId": "b", "username": "béla", "timestamp": TIME}}),
            ServerFrame::UserOffline(presence()),
        ),
        (
            json!({"type": "new_message", "data": {"messageId": "m1", "senderId": "a",
                "senderUsername": "ada", "content": "hi", "messageType": "text", "createdAt": TIME}}),
            ServerFrame::NewMessage(flat_message()),
        ),
        (
            json!({"type": "message_sent", "data": {"messageId": "m1", "receiverId": "b",
                "content": "hi", "createdAt": TIME, "status": "delivered"}}),
            ServerFrame::MessageSent {
                message_id: "m1".into(),
                receiver_id: "b".into(),
                content: "hi".into(),
                created_at: time(),
                status: Status::Delivered,
                receipts: Receipts::default(),
                client_message_id: None,
            },
        ),
        (
            json!({"type": "message_delivered", "data": {"messageId": "m1", "deliveredAt": TIME}}),
            ServerFrame::MessageDelivered { message_id: "m1".into(), delivered_at: time() },
        ),
        (
            json!({"type": "messages_read",
                "data": {"readBy": "b", "readByUsername": "béla", "readAt": TIME}}),
            ServerFrame::MessagesRead {
                read_by: "b".into(),
                read_by_username: "béla".into(),
                read_at: time(),
            },
        ),
        (
            json!({"type": "typing_indicator",
                "data": {"userId": "b", "username": "béla", "isTyping": true}}),
            ServerFrame::TypingIndicator {
                user_id: "b".into(),
                username: "béla".into(),
                is_typing: true,
            },
        ),
        (
            json!({"type": "mark_read_success", "data": {"senderId": "b", "markedCount": 3}}),
            ServerFrame::MarkReadSuccess { sender_id: "b".into(), marked_count: 3, read_at: None },
        ),
        (
            json!({"type": "error", "data": {"message": "No", "timestamp": TIME}}),
            ServerFrame::Error {
                message: "No".into(),
                timestamp: time(),
                code: None,
                client_message_id: None,
                retry_after: None,
            },
        ),
    ]
}

/// The same frames with what extensions add (protocol §3).
pub(crate) fn extended_examples() -> Vec<(Value, ServerFrame)> {
    vec![
        (
            json!({"type": "presence_changed", "data": {
                "users": [
                    {"_id": "b", "username": "béla", "avatar": "/b.png", "isOnline": true},
                    {"_id": "c", "username": "carol", "isOnline": false, "lastSeen": TIME},
                ],
                "timestamp": TIME,
            }}),
            ServerFrame::PresenceChanged {
                users: vec![
                    User {
                        avatar: Some("/b.png".into()),
                        is_online: Some(true),
                        ..User::named("b".into(), "béla")
                    },
                    User {
                        is_online: Some(false),
                        last_seen: time(),
                        ..User::named("c".into(), "carol")
                    },
                ]
                .into(),
                timestamp: time(),
            },
        ),
        (
            json!({"type": "profile_changed",
                "data": {"userId": "b", "username": "béla", "avatar": "/b.png"}}),
            ServerFrame::ProfileChanged {
                user_id: "b".into(),
                username: "béla".into(),
                avatar: Some("/b.png".into()),
            },
        ),
        (
            json!({"type": "mark_read_success", "data": {"senderId": "b", "markedCount": 3, "readAt": TIME}}),
            ServerFrame::MarkReadSuccess {
                sender_id: "b".into(),
                marked_count: 3,
                read_at: time(),
            },
        ),
        (
            json!({"type": "connection_established", "data": {"message": "Welcome", "userId": "a",
                "username": "ada", "features": ["idempotent_send", "sync"],
                "sync": {"store": "s1", "seq": 12}}}),
            ServerFrame::ConnectionEstablished {
                message: "Welcome".into(),
                user_id: Some("a".into()),
                username: "ada".into(),
                features: vec![feature::IDEMPOTENT_SEND.into(), feature::SYNC.into()],
                sync: Some(SyncPoint { store: "s1".into(), seq: Seq(12) }),
            },
        ),
        (
            json!({"type": "new_message", "data": {"messageId": "m1", "senderId": "a",
                "senderUsername": "ada", "content": "hi", "messageType": "text", "createdAt": TIME,
                "clientMessageId": NAME}}),
            ServerFrame::NewMessage(Message { client_id: Some(name()), ..flat_message() }),
        ),
        (
            json!({"type": "message_sent", "data": {"messageId": "m1", "receiverId": "b",
                "content": "hi", "createdAt": TIME, "status": "read", "deliveredAt": TIME,
                "readAt": TIME, "clientMessageId": NAME}}),
            ServerFrame::MessageSent {
                message_id: "m1".into(),
                receiver_id: "b".into(),
                content: "hi".into(),
                created_at: time(),
                status: Status::Read,
                receipts: Receipts { delivered: time(), read: time() },
                client_message_id: Some(name()),
            },
        ),
        (
            json!({"type": "error", "data": {"message": "No", "timestamp": TIME,
                "code": "id_reused", "clientMessageId": NAME}}),
            ServerFrame::Error {
                message: "No".into(),
                timestamp: time(),
                code: Some(code::ID_REUSED.into()),
                client_message_id: Some(name()),
                retry_after: None,
            },
        ),
        (
            json!({"type": "error", "data": {"message": "Later", "timestamp": TIME,
                "code": "rate_limited", "clientMessageId": NAME, "retryAfter": 1500}}),
            ServerFrame::Error {
                message: "Later".into(),
                timestamp: time(),
                code: Some(code::RATE_LIMITED.into()),
                client_message_id: Some(name()),
                retry_after: Some(1_500),
            },
        ),
    ]
}

pub(crate) fn client_examples() -> Vec<(Value, ClientFrame)> {
    let (receiver_id, sender_id) = (UserId::from("b"), UserId::from("a"));
    vec![
        (
            json!({"type": "chat_message",
                "data": {"receiverId": "b", "content": "hi", "messageType": "text"}}),
            ClientFrame::text(receiver_id.clone(), "hi"),
        ),
        (
            json!({"type": "chat_message",
                "data": {"receiverId": "b", "content": "hi", "messageType": "image"}}),
            ClientFrame::ChatMessage {
                receiver_id: receiver_id.clone(),
                content: "hi".into(),
                message_type: "image".into(),
                client_message_id: None,
            },
        ),
        (
            json!({"type": "chat_message", "data": {"receiverId": "b", "content": "hi",
                "messageType": "text", "clientMessageId": NAME}}),
            ClientFrame::text_as(name(), receiver_id.clone(), "hi"),
        ),
        (
            json!({"type": "typing_start", "data": {"receiverId": "b"}}),
            ClientFrame::TypingStart { receiver_id: receiver_id.clone() },
        ),
        (
            json!({"type": "typing_stop", "data": {"receiverId": "b"}}),
            ClientFrame::TypingStop { receiver_id },
        ),
        (
            json!({"type": "mark_read", "data": {"senderId": "a"}}),
            ClientFrame::MarkRead { sender_id },
        ),
        (json!({"type": "get_online_users", "data": {}}), ClientFrame::GetOnlineUsers {}),
    ]
}
