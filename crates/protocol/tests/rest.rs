//! REST's calls, its envelope and what is in it, as servers in the field send them.

mod json;

use chinwag_protocol::answer::{
    self, AnswerError, Conversation, MessagesPage, Preview, REQUEST_FAILED, SignedIn, UsersPage,
};
use chinwag_protocol::call::{EVENTS_LIMIT, MESSAGES_LIMIT, Method, USERS_LIMIT, escape};
use chinwag_protocol::{
    Call, ClientId, Json, Message, Pagination, Party, Receipts, Rows, Seq, Server, Status,
    SyncPoint, Timestamp, Token, User, UserId,
};
use serde_json::{Value, json};

use json::of;

const TIME: &str = "2026-11-22T19:36:44.277Z";

fn time() -> Option<Timestamp> {
    Timestamp::parse(TIME)
}

fn with_picture(id: &str, username: &str, avatar: &str) -> Party {
    Party { avatar: Some(avatar.into()), ..Party::named(id.into(), username) }
}

/// A message of which only what it cannot do without is known.
fn bare() -> Message {
    Message {
        id: "m".into(),
        sender: Party::new("a".into()),
        receiver: None,
        content: String::new(),
        message_type: "text".into(),
        status: Status::Sent,
        receipts: Receipts::default(),
        created_at: None,
        client_id: None,
    }
}

#[test]
fn a_message_is_read_from_both_shapes_with_the_guides_defaults() {
    let ada = Party::named("a".into(), "ada");
    for (json, message) in [
        (
            json!({"_id": "m", "sender": {"_id": "a", "username": "ada", "avatar": "/a.png"},
                "receiver": {"_id": "b", "username": "béla", "avatar": "/b.png"}, "content": "hi",
                "messageType": "image", "isRead": true, "createdAt": TIME, "__v": 0}),
            Message {
                sender: with_picture("a", "ada", "/a.png"),
                receiver: Some(with_picture("b", "béla", "/b.png")),
                content: "hi".into(),
                message_type: "image".into(),
                status: Status::Read,
                created_at: time(),
                ..bare()
            },
        ),
        (
            json!({"messageId": "m", "senderId": "a", "senderUsername": "ada", "content": "hi",
                "messageType": "text", "createdAt": TIME}),
            Message { sender: ada.clone(), content: "hi".into(), created_at: time(), ..bare() },
        ),
        (
            json!({"messageId": "m", "senderId": "a", "receiverId": "b"}),
            Message { receiver: Some(Party::new("b".into())), ..bare() },
        ),
        (
            json!({"_id": "m", "sender": "a", "receiver": "b"}),
            Message { receiver: Some(Party::new("b".into())), ..bare() },
        ),
        (json!({"id": "m", "sender": {"id": "a"}}), bare()),
        (json!({"_id": "m", "messageId": "other", "senderId": "a"}), bare()),
        (json!({"_id": null, "messageId": "m", "senderId": "a"}), bare()),
        (json!({"_id": {"$oid": "m"}, "messageId": "m", "senderId": "a"}), bare()),
        (json!({"_id": "m", "sender": {}, "senderId": "a"}), bare()),
        (json!({"_id": "m", "sender": null, "senderId": "a"}), bare()),
        (json!({"_id": "m", "sender": {"_id": "a"}, "senderId": "other"}), bare()),
        (
            json!({"_id": "m", "sender": {"_id": "a"}, "senderUsername": "ada"}),
            Message { sender: ada, ..bare() },
        ),
        (
            json!({"_id": 7, "sender": 1, "receiver": {"_id": 2}}),
            Message {
                id: "7".into(),
                sender: Party::new("1".into()),
                receiver: Some(Party::new("2".into())),
                ..bare()
            },
        ),
        (
            json!({"_id": "m", "senderId": "a", "createdAt": 1_795_376_204_277_i64}),
            Message { created_at: time(), ..bare() },
        ),
        (
            json!({"_id": "m", "sender": "a", "status": "read", "deliveredAt": TIME,
                "readAt": 1_795_376_204_999_i64}),
            Message {
                status: Status::Read,
                receipts: Receipts {
                    delivered: time(),
                    read: Some(Timestamp::from_millis(1_795_376_204_999)),
                },
                ..bare()
            },
        ),
        (json!({"_id": "m", "sender": "a", "deliveredAt": "then", "readAt": {}}), bare()),
        (
            json!({"_id": "m", "sender": "a", "clientMessageId": "n"}),
            Message { client_id: Some("n".into()), ..bare() },
        ),
        // Each optional field of a wrong type, or empty where empty says nothing.
        (
            json!({"_id": "m", "sender": {"_id": "a", "username": 1, "avatar": []}, "receiver": [],
                "content": null, "messageType": {}, "isRead": "yes", "status": 2,
                "createdAt": "yesterday", "clientMessageId": {}}),
            bare(),
        ),
        (
            json!({"_id": "m", "sender": {"_id": "a", "username": "", "avatar": ""},
                "receiver": {"username": "béla"}, "status": "lost", "clientMessageId": ""}),
            bare(),
        ),
    ] {
        assert_eq!(of(&json, Message::read), Some(message), "{json}");
    }
}

#[test]
fn a_message_that_cannot_be_placed_told_apart_or_shown_is_none() {
    for json in [
        json!(null),
        json!("m"),
        json!([]),
        json!({}),
        json!({"senderId": "a", "content": "hi"}),
        json!({"_id": "", "senderId": "a"}),
        json!({"_id": "m", "content": "hi"}),
        json!({"_id": "m", "sender": null}),
        json!({"_id": "m", "sender": {"username": "ada"}}),
        json!({"_id": "m", "sender": ["a"]}),
        json!({"_id": -1, "senderId": "a"}),
        json!({"_id": "m", "senderId": 1.5}),
        json!({"_id": "m", "senderId": "a", "content": 1}),
        json!({"_id": "m", "senderId": "a", "content": ["hi"]}),
    ] {
        assert_eq!(of(&json, Message::read), None, "{json}");
    }
}

#[test]
fn a_message_has_come_as_far_as_either_field_says() {
    for (is_read, status, expected) in [
        (json!(null), json!(null), Status::Sent),
        (json!(false), json!(null), Status::Sent),
        (json!(true), json!(null), Status::Read),
        (json!(null), json!("sent"), Status::Sent),
        (json!(null), json!("delivered"), Status::Delivered),
        (json!(null), json!("read"), Status::Read),
        (json!(true), json!("sent"), Status::Read),
        (json!(true), json!("delivered"), Status::Read),
        (json!(false), json!("read"), Status::Read),
        (json!(false), json!("delivered"), Status::Delivered),
        (json!(1), json!("delivered"), Status::Delivered),
        (json!(null), json!("READ"), Status::Sent),
    ] {
        let json = json!({"_id": "m", "senderId": "a", "isRead": is_read, "status": status});
        assert_eq!(
            of(&json, Message::read).map(|message| message.status),
            Some(expected),
            "{json}"
        );
    }
    assert!(Status::Sent < Status::Delivered && Status::Delivered < Status::Read);
    assert_eq!(Status::default(), Status::Sent);
    for status in [Status::Sent, Status::Delivered, Status::Read] {
        assert_eq!(Status::parse(status.as_str()), Some(status));
        assert_eq!(json!(status), json!(status.as_str()));
    }
}

#[test]
fn a_user_is_read_with_the_guides_defaults() {
    let ada = || User::named("a".into(), "ada");
    for (json, user) in [
        (
            json!({"_id": "a", "username": "ada", "email": "a@example.org", "avatar": "/a.png",
                "isOnline": true, "lastSeen": TIME, "createdAt": TIME}),
            Some(User {
                email: Some("a@example.org".into()),
                avatar: Some("/a.png".into()),
                is_online: Some(true),
                last_seen: time(),
                ..ada()
            }),
        ),
        (json!({"_id": "a", "username": "ada"}), Some(ada())),
        (json!({"id": "a", "username": "ada"}), Some(ada())),
        (json!({"userId": "a", "username": "ada"}), Some(ada())),
        (json!({"_id": "a"}), Some(User::named("a".into(), ""))),
        (json!({"_id": 12}), Some(User::named("12".into(), ""))),
        (
            json!({"_id": "a", "username": "ada", "email": "", "avatar": "", "isOnline": null,
                "lastSeen": null}),
            Some(ada()),
        ),
        (
            json!({"_id": "a", "username": "ada", "email": 1, "avatar": {"url": "/a.png"},
                "isOnline": "true", "lastSeen": "just now"}),
            Some(ada()),
        ),
        (json!({"_id": "a", "username": ["ada"]}), Some(User::named("a".into(), ""))),
        (json!({"username": "ada"}), None),
        (json!({"_id": "", "username": "ada"}), None),
        (json!({"_id": -5}), None),
        (json!(["a"]), None),
        (json!("a"), None),
        (json!(null), None),
    ] {
        assert_eq!(of(&json, User::read), user, "{json}");
    }
}

#[test]
fn a_row_that_cannot_be_read_is_skipped_and_counted_but_never_the_page() {
    let data = json!({"users": [{"_id": "a"}, {"username": "nobody"}, null, {"_id": "b"}]});
    let page = of(&data, UsersPage::read).unwrap();
    let users = vec![User::named("a".into(), ""), User::named("b".into(), "")];
    assert_eq!(page.users, Rows { rows: users, skipped: 2 });
    assert_eq!(page.users.sent(), 4);

    let data = json!({"messages": [7, {"_id": "m", "sender": "a"}, {"_id": "m2", "sender": null}]});
    let page = of(&data, MessagesPage::read).unwrap();
    assert_eq!(page.messages, Rows { rows: vec![bare()], skipped: 2 });

    let data = json!({"conversations": [{"user": {"_id": "b"}}, {}, "b"]});
    let conversations = of(&data, |data| Conversation::read_all(data, &"a".into())).unwrap();
    assert_eq!((conversations.rows.len(), conversations.skipped), (1, 2));
}

#[test]
fn a_page_keeps_the_order_in_which_it_came() {
    for ids in [["m1", "m2", "m3"], ["m3", "m2", "m1"]] {
        let rows: Vec<Value> =
            ids.iter().map(|id| json!({"_id": id, "sender": "a", "createdAt": TIME})).collect();
        let page = of(&json!({ "messages": rows }), MessagesPage::read).unwrap();
        let read: Vec<&str> = page.messages.rows.iter().map(|row| row.id.as_str()).collect();
        assert_eq!(read, ids);
    }
}

#[test]
fn a_pagination_is_read_part_by_part() {
    let none = Pagination::default();
    for (json, expected) in [
        (
            json!({"page": 2, "limit": 20, "total": 41, "pages": 3}),
            Pagination { page: Some(2), limit: Some(20), total: Some(41), pages: Some(3) },
        ),
        (json!({"total": 0}), Pagination { total: Some(0), ..none }),
        (json!({"total": u64::MAX}), Pagination { total: Some(u64::MAX), ..none }),
        (json!({"page": -1, "limit": "20", "total": 1.5, "pages": null}), none),
        (json!({"total": 1e300, "pages": 3}), Pagination { pages: Some(3), ..none }),
        (json!([1, 2]), none),
        (json!("1 of 3"), none),
        (json!(null), none),
    ] {
        let data = json!({"users": [], "messages": [], "pagination": json});
        assert_eq!(of(&data, UsersPage::read).unwrap().pagination, expected, "{json}");
        assert_eq!(of(&data, MessagesPage::read).unwrap().pagination, expected, "{json}");
    }
}

#[test]
fn a_list_may_come_without_its_name() {
    let data = answer::open(200, r#"{"success":true,"data":[{"_id":"b"},null]}"#).unwrap();
    let rows = Rows { rows: vec![User::named("b".into(), "")], skipped: 1 };
    assert_eq!(UsersPage::read(data.root()).unwrap().users, rows);
}

#[test]
fn data_without_what_was_asked_for_is_unreadable() {
    for data in [
        json!({}),
        json!(null),
        json!(3),
        json!("text"),
        json!({"users": null, "messages": {}, "conversations": "none", "user": {"username": "ada"},
            "message": {"content": "hi"}, "token": "", "unreadCount": -1, "count": "3"}),
        json!({"users": 1, "user": [], "message": [], "token": 1, "unreadCount": {}}),
    ] {
        let me = UserId::from("a");
        assert_eq!(of(&data, UsersPage::read), Err(AnswerError::Unreadable), "{data}");
        assert_eq!(of(&data, MessagesPage::read), Err(AnswerError::Unreadable), "{data}");
        assert_eq!(
            of(&data, |data| Conversation::read_all(data, &me)),
            Err(AnswerError::Unreadable),
            "{data}"
        );
        assert_eq!(of(&data, answer::me), Err(AnswerError::Unreadable), "{data}");
        assert_eq!(of(&data, answer::sent_message), Err(AnswerError::Unreadable), "{data}");
        assert_eq!(of(&data, answer::unread_count), Err(AnswerError::Unreadable), "{data}");
        assert_eq!(of(&data, SignedIn::read), Err(AnswerError::Unreadable), "{data}");
    }
}

#[test]
fn a_sign_in_needs_both_its_token_and_its_user() {
    let user = json!({"_id": "a", "username": "ada"});
    let signed_in = SignedIn { token: Token::from("t"), user: User::named("a".into(), "ada") };
    for (data, expected) in [
        (json!({"token": "t", "user": user}), Ok(signed_in)),
        (json!({"token": "t"}), Err(AnswerError::Unreadable)),
        (json!({"user": user}), Err(AnswerError::Unreadable)),
        (json!({"token": "", "user": user}), Err(AnswerError::Unreadable)),
        (json!({"token": 5, "user": user}), Err(AnswerError::Unreadable)),
    ] {
        assert_eq!(of(&data, SignedIn::read), expected, "{data}");
    }
}

#[test]
fn an_unread_count_is_read_under_both_names() {
    for (data, count) in [
        (json!({"unreadCount": 3}), Ok(3)),
        (json!({"count": 3}), Ok(3)),
        (json!({"count": 0}), Ok(0)),
        (json!({"unreadCount": 2, "count": 9}), Ok(2)),
        (json!({"unreadCount": null, "count": 9}), Ok(9)),
        (json!({"unreadCount": "2", "count": 9}), Ok(9)),
        (json!({"count": u64::MAX}), Ok(u64::MAX)),
        (json!({"count": -1}), Err(AnswerError::Unreadable)),
        (json!({"count": 1.5}), Err(AnswerError::Unreadable)),
    ] {
        assert_eq!(of(&data, answer::unread_count), count, "{data}");
    }
}

#[test]
fn the_other_person_of_a_conversation_is_found_in_every_shape() {
    let (ada, bela) =
        (json!({"_id": "a", "username": "ada"}), json!({"_id": "b", "username": "béla"}));
    let message = json!({"_id": "m", "sender": ada, "receiver": bela, "content": "hi"});
    for row in [
        json!({"user": bela}),
        json!({"otherUser": bela}),
        json!({"participant": bela}),
        json!({"partner": bela}),
        json!({"with": bela}),
        json!({"contact": bela}),
        json!({"user": ada, "partner": bela}),
        json!({"participants": [ada, bela]}),
        json!({"participants": [bela, ada]}),
        json!({"participants": [null, "b", ada, bela]}),
        json!({"users": [ada, bela]}),
        json!({"user": [bela]}),
        json!({"user": ada, "participants": [ada, bela]}),
        json!({"_id": "b", "username": "béla"}),
        json!({"userId": "b", "username": "béla"}),
        json!({"_id": "conversation", "userId": "b", "username": "béla"}),
        json!({"_id": "conversation", "lastMessage": message}),
        json!({"latestMessage": message}),
        json!({"last_message": message}),
        json!({"lastMessage": {"sender": bela, "receiver": ada}}),
        json!({"lastMessage": {"senderId": "b", "senderUsername": "béla"}}),
        json!({"user": ada, "lastMessage": message}),
        json!({"participants": ["a", "b"], "lastMessage": message}),
        json!({"userId": "b", "lastMessage": message}),
    ] {
        let data = json!({"conversations": [row]});
        let conversations = of(&data, |data| Conversation::read_all(data, &"a".into())).unwrap();
        let users: Vec<User> = conversations.rows.into_iter().map(|row| row.user).collect();
        assert_eq!(users, [User::named("b".into(), "béla")], "{row}");
    }
}

#[test]
fn the_other_person_of_a_conversation_may_be_only_an_identity() {
    for row in [
        json!({"participants": ["a", "b"]}),
        json!({"users": ["b", "a"]}),
        json!({"userId": "b"}),
        json!({"participants": [{"_id": "a"}, {"_id": "b"}]}),
        json!({"lastMessage": {"senderId": "a", "receiverId": "b"}}),
    ] {
        let data = json!({"conversations": [row]});
        let conversations = of(&data, |data| Conversation::read_all(data, &"a".into())).unwrap();
        let users: Vec<User> = conversations.rows.into_iter().map(|row| row.user).collect();
        assert_eq!(users, [User::named("b".into(), "")], "{row}");
    }
}

#[test]
fn a_conversation_with_nobody_or_with_oneself_is_skipped() {
    for row in [
        json!({}),
        json!({"_id": "conversation", "unreadCount": 1}),
        json!({"user": {"_id": "a"}}),
        json!({"_id": "a", "username": "ada"}),
        json!({"userId": "a"}),
        json!({"participants": ["a", "", 7, null]}),
        json!({"lastMessage": {"senderId": "a"}}),
        json!({"lastMessage": "hi"}),
        json!({"user": "béla"}),
        json!([{"_id": "b"}]),
        json!(null),
    ] {
        let data = json!({"conversations": [row]});
        let conversations = of(&data, |data| Conversation::read_all(data, &"a".into())).unwrap();
        assert_eq!((conversations.rows.len(), conversations.skipped), (0, 1), "{row}");
    }
}

#[test]
fn the_picture_of_a_conversation_is_kept_wherever_it_stands() {
    let bela = json!({"_id": "b", "username": "béla", "avatar": "/b.png"});
    for row in [
        json!({"user": bela}),
        json!({"participants": ["a", bela]}),
        json!({"userId": "b", "username": "béla", "avatar": "/b.png"}),
        json!({"lastMessage": {"sender": bela}}),
    ] {
        let data = json!({"conversations": [row]});
        let conversations = of(&data, |data| Conversation::read_all(data, &"a".into())).unwrap();
        assert_eq!(conversations.rows[0].user.avatar.as_deref(), Some("/b.png"), "{row}");
    }
}

#[test]
fn what_a_conversation_tells_beside_is_read_leniently() {
    let preview =
        |content: &str| Preview { sender_id: None, content: content.into(), created_at: None };
    let full = Preview { sender_id: Some("b".into()), created_at: time(), ..preview("hi") };
    for (row, unread, last) in [
        (json!({}), None, None),
        (json!({"unreadCount": 2, "lastMessage": "hi"}), Some(2), Some(preview("hi"))),
        (json!({"unread": 2, "lastMessage": {"content": "hi"}}), Some(2), Some(preview("hi"))),
        (json!({"count": 2, "lastMessage": null}), Some(2), None),
        (json!({"unreadCount": "two", "unread": 2, "lastMessage": 7}), Some(2), None),
        (json!({"unreadCount": -2, "lastMessage": ["hi"]}), None, None),
        (
            json!({"lastMessage": {"sender": {"_id": "b"}, "content": "hi", "createdAt": TIME}}),
            None,
            Some(full.clone()),
        ),
        (
            json!({"lastMessage": {"senderId": "b", "content": "hi", "createdAt": TIME}}),
            None,
            Some(full.clone()),
        ),
        (
            json!({"lastMessage": {"sender": "b", "content": "hi", "createdAt": TIME}}),
            None,
            Some(full),
        ),
        (
            json!({"lastMessage": {"sender": [], "content": 1, "createdAt": {}}}),
            None,
            Some(preview("")),
        ),
    ] {
        let mut conversation = row.clone();
        conversation["user"] = json!({"_id": "b", "username": "béla"});
        let data = json!({ "conversations": [conversation] });
        let user = User::named("b".into(), "béla");
        let expected = Rows::from(vec![Conversation { user, unread, last }]);
        assert_eq!(
            of(&data, |data| Conversation::read_all(data, &"a".into())),
            Ok(expected),
            "{row}"
        );
    }
}

#[test]
fn a_success_opens_to_its_data() {
    for (status, body, data) in [
        (200, r#"{"success":true,"data":{"a":1}}"#, json!({"a": 1})),
        (201, r#"{"success":true,"data":{"a":1},"message":"Made"}"#, json!({"a": 1})),
        (299, r#"{"data":{"a":1}}"#, json!({"a": 1})),
        (200, r#"{"success":"yes","data":{"a":1}}"#, json!({"a": 1})),
        (200, r#"{"success":true,"data":[1]}"#, json!([1])),
        (200, r#"{"success":true}"#, json!({})),
        (200, r#"{"success":true,"data":null}"#, json!({})),
        (200, r#"{"success":true,"data":"done"}"#, json!({})),
        (200, "{}", json!({})),
        (200, " {}\n", json!({})),
    ] {
        let data = data.to_string();
        assert_eq!(answer::open(status, body), Ok(Json::read(&data).unwrap()), "{status} {body}");
    }
}

#[test]
fn a_success_that_is_no_json_object_is_unreadable() {
    for body in
        ["", " ", "OK", "<!doctype html>", "[]", "[{}]", "null", "true", "3", "\"x\"", "{", "{}{}"]
    {
        for status in [200, 201, 204, 299] {
            assert_eq!(answer::open(status, body), Err(AnswerError::Unreadable), "{status} {body}");
        }
    }
}

#[test]
fn a_refusal_says_what_the_server_says_and_else_that_the_request_failed() {
    for (body, words) in [
        (r#"{"success":false,"message":"Invalid credentials"}"#, "Invalid credentials"),
        (r#"{"message":"Invalid credentials"}"#, "Invalid credentials"),
        (r#"{"success":true,"message":"Invalid credentials","data":{}}"#, "Invalid credentials"),
        (r#"{"success":false,"message":"\ud83d no"}"#, "\u{fffd} no"),
        (r#"{"success":false}"#, REQUEST_FAILED),
        (r#"{"success":false,"message":null}"#, REQUEST_FAILED),
        (r#"{"success":false,"message":""}"#, REQUEST_FAILED),
        (r#"{"success":false,"message":" \n"}"#, REQUEST_FAILED),
        (r#"{"success":false,"message":{"text":"no"}}"#, REQUEST_FAILED),
        (r#"{"success":false,"message":["no"]}"#, REQUEST_FAILED),
        (r#"{"success":false,"message":401}"#, REQUEST_FAILED),
        (r#"[{"message":"no"}]"#, REQUEST_FAILED),
        ("\"no\"", REQUEST_FAILED),
        ("null", REQUEST_FAILED),
        ("", REQUEST_FAILED),
        ("<h1>502 Bad Gateway</h1>", REQUEST_FAILED),
        (r#"{"message":"cut o"#, REQUEST_FAILED),
    ] {
        for status in [0, 100, 199, 300, 304, 400, 401, 404, 429, 500, 502, 599, u16::MAX] {
            let error = AnswerError::Refused { status, message: words.into(), retry_after: None };
            assert_eq!(answer::open(status, body), Err(error.clone()), "{status} {body}");
            assert_eq!(error.to_string(), words);
        }
    }
    assert_eq!(REQUEST_FAILED, "Request failed");
}

#[test]
fn a_2xx_answer_that_says_it_failed_is_a_refusal() {
    for (body, words) in [
        (r#"{"success":false,"message":"No such user"}"#, "No such user"),
        (r#"{"success":false,"data":{"user":{"_id":"a"}}}"#, REQUEST_FAILED),
    ] {
        let error = AnswerError::Refused { status: 200, message: words.into(), retry_after: None };
        assert_eq!(answer::open(200, body), Err(error), "{body}");
    }
}

#[test]
fn what_the_server_wraps_the_client_opens() {
    let user = User { is_online: Some(false), ..User::named("a".into(), "ada") };
    let body = answer::success(&json!({ "user": user })).to_string();
    assert_eq!(
        body,
        r#"{"data":{"user":{"_id":"a","isOnline":false,"username":"ada"}},"success":true}"#
    );
    assert_eq!(answer::open(200, &body).and_then(|data| answer::me(data.root())), Ok(user));

    let body = answer::refusal("No \"such\" user").to_string();
    let message = "No \"such\" user".to_owned();
    let error = AnswerError::Refused { status: 404, message: message.clone(), retry_after: None };
    assert_eq!(answer::open(404, &body), Err(error));
    let body = answer::refusal_until(&message, Some(1_500)).to_string();
    let error = AnswerError::Refused { status: 429, message, retry_after: Some(1_500) };
    assert_eq!(answer::open(429, &body), Err(error));
}

#[test]
fn each_of_the_eleven_calls_is_the_guides_and_those_of_extensions_are_theirs() {
    let json_of = |body: String| serde_json::from_str::<Value>(&body).unwrap();
    for (call, method, path, body) in [
        (
            Call::Register { username: "ada".into(), email: "a@b".into(), password: "p\"w".into() },
            Method::Post,
            "/auth/register",
            Some(json!({"username": "ada", "email": "a@b", "password": "p\"w"})),
        ),
        (
            Call::Login { email: "a@b".into(), password: "p".into() },
            Method::Post,
            "/auth/login",
            Some(json!({"email": "a@b", "password": "p"})),
        ),
        (Call::Me, Method::Get, "/auth/me", None),
        (Call::Users { page: 1, limit: USERS_LIMIT }, Method::Get, "/users?page=1&limit=20", None),
        (Call::OnlineUsers, Method::Get, "/users/online", None),
        (
            Call::SearchUsers { query: "a&b=c d/é?#%+".into() },
            Method::Get,
            "/users/search?query=a%26b%3Dc%20d%2F%C3%A9%3F%23%25%2B",
            None,
        ),
        (Call::Conversations, Method::Get, "/messages/conversations", None),
        (
            Call::History { with: "a/b?".into(), page: 2, limit: MESSAGES_LIMIT },
            Method::Get,
            "/messages/a%2Fb%3F?page=2&limit=50",
            None,
        ),
        (
            Call::SendMessage {
                receiver_id: "b".into(),
                content: "hi\n\u{0}👋".into(),
                client_message_id: None,
            },
            Method::Post,
            "/messages",
            Some(json!({"receiverId": "b", "content": "hi\n\u{0}👋"})),
        ),
        (
            Call::SendMessage {
                receiver_id: "b".into(),
                content: "hi".into(),
                client_message_id: Some(ClientId::from("n")),
            },
            Method::Post,
            "/messages",
            Some(json!({"receiverId": "b", "content": "hi", "clientMessageId": "n"})),
        ),
        (
            Call::MarkRead { with: "a/b".into() },
            Method::Put,
            "/messages/read/a%2Fb",
            Some(json!({})),
        ),
        (Call::UnreadCount, Method::Get, "/messages/unread/count", None),
        (
            Call::Sync {
                since: SyncPoint { store: "s/1&".into(), seq: Seq(u64::MAX) },
                limit: EVENTS_LIMIT,
            },
            Method::Get,
            "/sync?since=18446744073709551615&store=s%2F1%26&limit=500",
            None,
        ),
        (Call::Sessions, Method::Get, "/auth/sessions", None),
        (Call::EndSession { id: "s/1".into() }, Method::Delete, "/auth/sessions/s%2F1", None),
        (Call::EndOtherSessions, Method::Delete, "/auth/sessions", None),
        (
            Call::ChangePassword { current: "p\"w".into(), new: "q".into() },
            Method::Put,
            "/auth/password",
            Some(json!({"currentPassword": "p\"w", "newPassword": "q"})),
        ),
        (
            Call::ChangeProfile { username: Some("ada".into()), avatar: None },
            Method::Put,
            "/auth/profile",
            Some(json!({"username": "ada"})),
        ),
        (
            Call::ChangeProfile { username: None, avatar: Some(String::new()) },
            Method::Put,
            "/auth/profile",
            Some(json!({"avatar": ""})),
        ),
    ] {
        assert_eq!((call.method(), call.path().as_str()), (method, path));
        assert_eq!(call.body().map(json_of), body, "{path}");
        let signs_in = ["/auth/register", "/auth/login"].contains(&path);
        assert_eq!(call.is_sign_in(), signs_in, "{path}");
        let server = Server::parse("https://example.org/chat/").unwrap();
        assert_eq!(server.call(&call), format!("https://example.org/chat/api{path}"));
    }
}

#[test]
fn no_password_or_token_is_printed() {
    let register =
        Call::Register { username: "ada".into(), email: "a@b".into(), password: "hunter2".into() };
    let login = Call::Login { email: "a@b".into(), password: "hunter2".into() };
    let signed_in =
        SignedIn { token: Token::from("hunter2"), user: User::named("a".into(), "ada") };
    let change = Call::ChangePassword { current: "hunter2".into(), new: "hunter2".into() };
    for printed in [
        format!("{register:?}"),
        format!("{login:#?}"),
        format!("{change:?}"),
        format!("{signed_in:?}"),
    ] {
        assert!(!printed.contains("hunter2"), "{printed}");
    }
}

#[test]
fn what_is_escaped_cannot_leave_its_place() {
    let every: String = (0..=0x2ff).filter_map(char::from_u32).collect();
    let escaped = escape(&every);
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~%".contains(c);
    assert!(escaped.chars().all(plain), "{escaped}");
    assert_eq!(escape("abc-._~XYZ019"), "abc-._~XYZ019");
}
