//! Reading is total and writing is undone by reading, for whatever chance comes up with.

#![allow(clippy::unwrap_used, reason = "the lint's exception for tests does not see their helpers")]

mod common;
mod json;

use chinwag_protocol::answer::{self, Conversation, MessagesPage, SyncPage, UsersPage};
use chinwag_protocol::frame::Presence;
use chinwag_protocol::{
    Call, ClientFrame, ClientId, Event, Message, Party, Receipts, Rows, Seq, ServerFrame, Status,
    SyncPoint, Timestamp, User, UserId,
};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

use common::{read_json, read_text};
use json::of;

/// Words of the wire, so that arbitrary JSON gets past the first look.
const WORDS: &[&str] = &[
    "_id",
    "a",
    "avatar",
    "b",
    "chat_message",
    "clientMessageId",
    "code",
    "connection_established",
    "content",
    "conversations",
    "count",
    "createdAt",
    "data",
    "deliveredAt",
    "email",
    "error",
    "events",
    "features",
    "get_online_users",
    "hasMore",
    "id",
    "isOnline",
    "isRead",
    "isTyping",
    "lastMessage",
    "lastSeen",
    "limit",
    "mark_read",
    "mark_read_success",
    "markedCount",
    "message",
    "messageId",
    "messageType",
    "message_delivered",
    "message_sent",
    "messages",
    "messages_read",
    "new_message",
    "next",
    "online_users",
    "page",
    "pages",
    "pagination",
    "participants",
    "read",
    "readAt",
    "readBy",
    "readByUsername",
    "receiver",
    "receiverId",
    "reset",
    "sender",
    "presence_changed",
    "profile_changed",
    "senderId",
    "senderUsername",
    "seq",
    "status",
    "store",
    "success",
    "sync",
    "text",
    "timestamp",
    "token",
    "total",
    "totalOnline",
    "type",
    "typing_indicator",
    "typing_start",
    "typing_stop",
    "unread",
    "unreadCount",
    "user",
    "userId",
    "user_offline",
    "user_online",
    "username",
    "users",
    "2026-11-22T19:36:44.277Z",
];

fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => proptest::sample::select(WORDS).prop_map(str::to_owned),
        1 => any::<String>(),
    ]
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        word().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 64, 8, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..8).prop_map(Value::from),
            vec((word(), inner), 0..8).prop_map(|fields| fields.into_iter().collect()),
        ]
    })
}

/// The recorded frames and answers, as texts.
fn recorded() -> Vec<String> {
    let lines = include_str!("vectors/base-frames.jsonl")
        .lines()
        .chain(include_str!("vectors/base-rest.jsonl").lines());
    lines
        .map(|line| {
            let mut line: Value = serde_json::from_str(line).unwrap();
            let name = if line.get("frame").is_some() { "frame" } else { "response" };
            line[name].take().to_string()
        })
        .collect()
}

/// Every place of a value, as JSON pointers.
fn places(value: &Value, at: &str, into: &mut Vec<String>) {
    into.push(at.to_owned());
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                places(value, &format!("{at}/{name}"), into);
            }
        }
        Value::Array(rows) => {
            for (index, value) in rows.iter().enumerate() {
                places(value, &format!("{at}/{index}"), into);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn every_place_of_every_recorded_text_may_hold_anything() {
    let anything = [
        json!(null),
        json!(true),
        json!(-1),
        json!(u64::MAX),
        json!(1e300),
        json!(""),
        json!("no such"),
        json!([]),
        json!([[]]),
        json!({}),
        json!({"_id": []}),
    ];
    for text in recorded() {
        let good: Value = serde_json::from_str(&text).unwrap();
        let mut all = Vec::new();
        places(&good, "", &mut all);
        for place in all {
            for value in &anything {
                let mut bad = good.clone();
                *bad.pointer_mut(&place).unwrap() = value.clone();
                read_text(&bad.to_string());
            }
        }
    }
}

fn time() -> impl Strategy<Value = Option<Timestamp>> {
    proptest::option::of(any::<i64>().prop_map(|millis| Timestamp::from_millis(millis >> 15)))
}

fn filled() -> impl Strategy<Value = String> {
    any::<String>().prop_filter("empty says nothing", |text| !text.is_empty())
}

fn maybe() -> impl Strategy<Value = Option<String>> {
    proptest::option::of(filled())
}

/// What a client calls a message, or nothing.
fn name() -> impl Strategy<Value = Option<ClientId>> {
    maybe().prop_map(|name| name.map(ClientId::from))
}

fn sync_point() -> impl Strategy<Value = SyncPoint> {
    (filled(), any::<u64>())
        .prop_map(|(store, seq)| SyncPoint { store: store.into(), seq: Seq(seq) })
}

fn event() -> impl Strategy<Value = Event> {
    (server_frame(), any::<Option<u64>>())
        .prop_map(|(frame, seq)| Event { frame, seq: seq.map(Seq) })
}

fn status() -> impl Strategy<Value = Status> {
    prop_oneof![Just(Status::Sent), Just(Status::Delivered), Just(Status::Read)]
}

fn user() -> impl Strategy<Value = User> {
    (filled(), any::<String>(), maybe(), maybe(), any::<Option<bool>>(), time()).prop_map(
        |(id, username, email, avatar, is_online, last_seen)| User {
            id: id.into(),
            username,
            email,
            avatar,
            is_online,
            last_seen,
        },
    )
}

fn party() -> impl Strategy<Value = Party> {
    (filled(), maybe(), maybe()).prop_map(|(id, username, avatar)| Party {
        id: id.into(),
        username,
        avatar,
    })
}

fn message() -> impl Strategy<Value = Message> {
    let ends = (party(), proptest::option::of(party()));
    let times = (receipts(), time());
    (filled(), ends, any::<String>(), any::<String>(), status(), times, name()).prop_map(
        |(id, (sender, receiver), content, message_type, status, times, client_id)| Message {
            id: id.into(),
            sender,
            receiver,
            content,
            message_type,
            status,
            receipts: times.0,
            created_at: times.1,
            client_id,
        },
    )
}

fn receipts() -> impl Strategy<Value = Receipts> {
    (time(), time()).prop_map(|(delivered, read)| Receipts { delivered, read })
}

fn presence() -> impl Strategy<Value = Presence> {
    (filled(), any::<String>(), time()).prop_map(|(user_id, username, timestamp)| Presence {
        user_id: user_id.into(),
        username,
        timestamp,
    })
}

fn server_frame() -> impl Strategy<Value = ServerFrame> {
    prop_oneof![
        (
            any::<String>(),
            maybe(),
            any::<String>(),
            vec(any::<String>(), 0..4),
            proptest::option::of(sync_point())
        )
            .prop_map(|(message, user_id, username, features, sync)| {
                ServerFrame::ConnectionEstablished {
                    message,
                    user_id: user_id.map(UserId::from),
                    username,
                    features,
                    sync,
                }
            }),
        (vec(user(), 0..4), any::<Option<u64>>(), time()).prop_map(
            |(users, total_online, timestamp)| ServerFrame::OnlineUsers {
                users: users.into(),
                total_online,
                timestamp,
            }
        ),
        presence().prop_map(ServerFrame::UserOnline),
        presence().prop_map(ServerFrame::UserOffline),
        // The flat shape tells neither the receiver nor the status nor its times nor a picture.
        message().prop_map(|message| ServerFrame::NewMessage(Message {
            sender: Party { avatar: None, ..message.sender },
            receiver: None,
            status: Status::Sent,
            receipts: Receipts::default(),
            ..message
        })),
        (filled(), filled(), any::<String>(), (receipts(), time()), status(), name()).prop_map(
            |(message_id, receiver_id, content, times, status, client_message_id)| {
                ServerFrame::MessageSent {
                    message_id: message_id.into(),
                    receiver_id: receiver_id.into(),
                    content,
                    created_at: times.1,
                    status,
                    receipts: times.0,
                    client_message_id,
                }
            }
        ),
        (filled(), time()).prop_map(|(message_id, delivered_at)| ServerFrame::MessageDelivered {
            message_id: message_id.into(),
            delivered_at,
        }),
        (filled(), any::<String>(), time()).prop_map(|(read_by, read_by_username, read_at)| {
            ServerFrame::MessagesRead { read_by: read_by.into(), read_by_username, read_at }
        }),
        (filled(), any::<String>(), any::<bool>()).prop_map(|(user_id, username, is_typing)| {
            ServerFrame::TypingIndicator { user_id: user_id.into(), username, is_typing }
        }),
        (filled(), any::<String>(), proptest::option::of(filled())).prop_map(
            |(user_id, username, avatar)| {
                ServerFrame::ProfileChanged { user_id: user_id.into(), username, avatar }
            }
        ),
        (filled(), any::<u64>(), time()).prop_map(|(sender_id, marked_count, read_at)| {
            ServerFrame::MarkReadSuccess { sender_id: sender_id.into(), marked_count, read_at }
        }),
        (any::<String>(), time(), any::<Option<String>>(), name(), any::<Option<u64>>()).prop_map(
            |(message, timestamp, code, client_message_id, retry_after)| ServerFrame::Error {
                message: message + "!",
                timestamp,
                code,
                client_message_id,
                retry_after,
            }
        ),
    ]
}

fn client_frame() -> impl Strategy<Value = ClientFrame> {
    prop_oneof![
        (filled(), any::<String>(), any::<String>(), any::<Option<String>>()).prop_map(
            |(receiver_id, content, message_type, name)| ClientFrame::ChatMessage {
                receiver_id: receiver_id.into(),
                content,
                message_type,
                client_message_id: name.map(ClientId::from),
            }
        ),
        filled().prop_map(|id| ClientFrame::TypingStart { receiver_id: id.into() }),
        filled().prop_map(|id| ClientFrame::TypingStop { receiver_id: id.into() }),
        filled().prop_map(|id| ClientFrame::MarkRead { sender_id: id.into() }),
        Just(ClientFrame::GetOnlineUsers {}),
    ]
}

proptest! {
    #[test]
    fn no_json_makes_a_reader_panic(value in any_json()) {
        of(&value, read_json);
        read_text(&value.to_string());
    }

    #[test]
    fn no_data_makes_a_frame_panic(name in proptest::sample::select(WORDS), data in any_json()) {
        read_text(&json!({"type": name, "data": data}).to_string());
    }

    #[test]
    fn no_row_makes_a_page_panic_or_go_uncounted(rows in vec(any_json(), 0..6)) {
        let sent = rows.len();
        let data = json!({"users": rows, "messages": rows, "conversations": rows, "events": rows,
            "next": 1});
        let Ok(SyncPage::Events { events, .. }) = of(&data, SyncPage::read) else { panic!("{data}") };
        prop_assert_eq!(events.sent(), sent);
        prop_assert_eq!(of(&data, UsersPage::read).map(|page| page.users.sent()), Ok(sent));
        prop_assert_eq!(of(&data, MessagesPage::read).map(|page| page.messages.sent()), Ok(sent));
        let conversations = of(&data, |data| Conversation::read_all(data, &UserId::from("a"))).unwrap();
        prop_assert_eq!(conversations.sent(), sent);
        prop_assert!(conversations.rows.iter().all(|row| row.user.id.as_str() != "a"));
    }

    #[test]
    fn no_text_makes_a_reader_panic(text in any::<String>(), near in "[{}\\[\\]\":,\\\\udD8a0e+.\\-tn👋]{0,60}") {
        read_text(&text);
        read_text(&near);
    }

    #[test]
    fn no_damage_to_a_recorded_text_makes_a_reader_panic(
        text in proptest::sample::select(recorded()),
        cuts: [proptest::sample::Index; 2],
        patch in any::<String>(),
        wild in any_json(),
        place: proptest::sample::Index,
    ) {
        let chars: Vec<char> = text.chars().collect();
        let [mut from, mut to] = cuts.map(|cut| cut.index(chars.len()));
        if from > to {
            std::mem::swap(&mut from, &mut to);
        }
        let head: String = chars[..from].iter().collect();
        let tail: String = chars[to..].iter().collect();
        read_text(&head);
        read_text(&format!("{head}{tail}"));
        read_text(&format!("{head}{patch}{tail}"));

        let mut value: Value = serde_json::from_str(&text).unwrap();
        let mut all = Vec::new();
        places(&value, "", &mut all);
        *value.pointer_mut(place.get(&all).as_str()).unwrap() = wild;
        read_text(&value.to_string());
    }

    #[test]
    fn every_server_frame_survives_the_wire(frame in server_frame()) {
        prop_assert_eq!(ServerFrame::decode(&frame.encode()), Ok(frame));
    }

    #[test]
    fn every_client_frame_survives_the_wire(frame in client_frame()) {
        prop_assert_eq!(ClientFrame::decode(&frame.encode()), Ok(frame));
    }

    #[test]
    fn every_event_survives_the_wire(event in event()) {
        prop_assert_eq!(Event::decode(&event.encode()), Ok(event));
    }

    #[test]
    fn every_event_survives_an_answer(events in vec(event(), 0..4), next: u64, has_more: bool) {
        let data = json!({"events": events, "next": next, "hasMore": has_more});
        let body = answer::success(&data).to_string();
        let read = answer::open(200, &body).and_then(|data| SyncPage::read(data.root()));
        let events = Rows::from(events);
        prop_assert_eq!(read, Ok(SyncPage::Events { events, next: Seq(next), has_more }));
    }

    #[test]
    fn every_reset_survives_an_answer(next in sync_point()) {
        let data = json!({"reset": true, "next": next.seq, "store": next.store});
        prop_assert_eq!(of(&data, SyncPage::read), Ok(SyncPage::Reset { next }));
    }

    #[test]
    fn no_place_to_go_on_from_leaves_its_address(since in sync_point(), limit: u64) {
        let path = Call::Sync { since, limit }.path();
        let plain = |c: char| c.is_ascii_alphanumeric() || "/?=&-._~%".contains(c);
        prop_assert!(path.chars().all(plain) && path.matches('&').count() == 2, "{path}");
    }

    #[test]
    fn every_message_survives_rest(message in message()) {
        let body = answer::success(&json!({ "message": message.nested() })).to_string();
        let read = answer::open(201, &body).and_then(|data| answer::sent_message(data.root()));
        prop_assert_eq!(read, Ok(message));
    }

    #[test]
    fn every_user_survives_rest(user in user()) {
        let body = answer::success(&json!({ "user": user })).to_string();
        prop_assert_eq!(answer::open(200, &body).and_then(|data| answer::me(data.root())), Ok(user));
    }
}
