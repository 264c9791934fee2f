//! The conversation recorded with a base server (`vectors/`): all of it is read as what it means, and what the
//! recorded client said is what we say.

#![allow(clippy::unwrap_used, reason = "the lint's exception for tests does not see their helpers")]

mod json;

use chinwag_protocol::answer::{
    self, AnswerError, Conversation, MessagesPage, Preview, SignedIn, UsersPage,
};
use chinwag_protocol::call::Method;
use chinwag_protocol::frame::{Presence, close};
use chinwag_protocol::{
    Call, Message, MessageId, Pagination, Party, Receipts, Rows, ServerFrame, Status, Timestamp,
    Token, User, UserId,
};
use serde_json::Value;

use json::of;

const ADA: &str = "6b03444b7cb730a1dcdacb9e";
const BELA: &str = "6b03444b3199bf7827b7d6e1";
const HELLO: &str = "6b03444cab4c4eeae09c06a4";
const MARHABA: &str = "6b03444cd049866b945c1d42";
const THERE: &str = "6b03444c3f4c441b02ed3757";
const GREETING: &str = "Hello, Béla 👋\nsecond line <b>not markup</b>";

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A moment of the recording, told by its seconds.
fn at(seconds: &str) -> Option<Timestamp> {
    Timestamp::parse(&format!("2026-11-22T19:36:{seconds}Z"))
}

fn greeted(id: &str, username: &str) -> ServerFrame {
    ServerFrame::ConnectionEstablished {
        message: "Connected to chat server".into(),
        user_id: Some(id.into()),
        username: username.into(),
        features: Vec::new(),
        sync: None,
    }
}

fn online(users: &[(&str, &str)], seconds: &str) -> ServerFrame {
    ServerFrame::OnlineUsers {
        users: users
            .iter()
            .map(|(id, name)| User::named((*id).into(), *name))
            .collect::<Vec<_>>()
            .into(),
        total_online: Some(users.len() as u64),
        timestamp: at(seconds),
    }
}

fn bela(seconds: &str) -> Presence {
    Presence { user_id: BELA.into(), username: "béla".into(), timestamp: at(seconds) }
}

fn typing(is_typing: bool) -> ServerFrame {
    ServerFrame::TypingIndicator { user_id: ADA.into(), username: "ada".into(), is_typing }
}

fn sent(id: &str, to: &str, content: &str, seconds: &str) -> ServerFrame {
    ServerFrame::MessageSent {
        message_id: id.into(),
        receiver_id: to.into(),
        content: content.into(),
        created_at: at(seconds),
        status: Status::Sent,
        receipts: Receipts::default(),
        client_message_id: None,
    }
}

fn delivered(id: &str, seconds: &str) -> ServerFrame {
    ServerFrame::MessageDelivered { message_id: id.into(), delivered_at: at(seconds) }
}

fn told(id: &str, from: (&str, &str), content: &str, seconds: &str) -> ServerFrame {
    ServerFrame::NewMessage(Message {
        receiver: None,
        ..message(id, from, from, content, Status::Sent, seconds)
    })
}

fn error(message: &str, seconds: &str) -> ServerFrame {
    ServerFrame::Error {
        message: message.into(),
        timestamp: at(seconds),
        code: None,
        client_message_id: None,
        retry_after: None,
    }
}

fn message(
    id: &str,
    from: (&str, &str),
    to: (&str, &str),
    content: &str,
    status: Status,
    seconds: &str,
) -> Message {
    Message {
        id: MessageId::from(id),
        sender: Party::named(from.0.into(), from.1),
        receiver: Some(Party::named(to.0.into(), to.1)),
        content: content.into(),
        message_type: "text".into(),
        status,
        receipts: Receipts::default(),
        created_at: at(seconds),
        client_id: None,
    }
}

#[test]
fn every_recorded_frame_is_read_as_what_it_means_and_written_back_as_it_was() {
    let (ada, both) = ([(ADA, "ada")], [(ADA, "ada"), (BELA, "béla")]);
    let read = ServerFrame::MessagesRead {
        read_by: BELA.into(),
        read_by_username: "béla".into(),
        read_at: at("44.318"),
    };
    let expected = [
        error("Invalid or expired token. Please login again.", "43.580"),
        greeted(ADA, "ada"),
        online(&ada, "44.068"),
        greeted(BELA, "béla"),
        online(&both, "44.177"),
        ServerFrame::UserOnline(bela("44.177")),
        online(&both, "44.177"),
        typing(true),
        sent(HELLO, BELA, GREETING, "44.277"),
        delivered(HELLO, "44.278"),
        told(HELLO, (ADA, "ada"), GREETING, "44.277"),
        typing(false),
        read,
        ServerFrame::MarkReadSuccess { sender_id: ADA.into(), marked_count: 1, read_at: None },
        sent(MARHABA, ADA, "مرحبا", "44.340"),
        delivered(MARHABA, "44.340"),
        told(MARHABA, (BELA, "béla"), "مرحبا", "44.340"),
        online(&both, "44.359"),
        error("Missing required fields: receiverId and content", "44.380"),
        error("Unknown message type: no_such", "44.399"),
        error("Invalid message format. Please send valid JSON.", "44.419"),
        greeted(BELA, "béla"),
        online(&both, "44.441"),
        ServerFrame::UserOnline(bela("44.441")),
        online(&both, "44.441"),
        ServerFrame::UserOffline(bela("44.526")),
        online(&ada, "44.526"),
        sent(THERE, BELA, "are you there?", "44.604"),
    ];
    let frames: Vec<Value> = lines(include_str!("vectors/base-frames.jsonl"))
        .into_iter()
        .filter_map(|line| line.get("frame").cloned())
        .collect();
    assert_eq!(frames.len(), expected.len());
    for (frame, expected) in frames.iter().zip(expected) {
        assert_eq!(ServerFrame::decode(&frame.to_string()).as_ref(), Ok(&expected), "{frame}");
        assert_eq!(&serde_json::from_str::<Value>(&expected.encode()).unwrap(), frame);
    }
}

#[test]
fn the_recorded_close_codes_are_the_named_ones() {
    let codes: Vec<u64> = lines(include_str!("vectors/base-frames.jsonl"))
        .iter()
        .filter_map(|line| line["closed"]["code"].as_u64())
        .collect();
    assert_eq!(codes, [close::BAD_TOKEN.into(), close::REPLACED.into(), 1005, 1005]);
}

/// What a call's answer says.
#[derive(Debug, PartialEq)]
enum Answer {
    SignedIn(SignedIn),
    Me(User),
    Users(UsersPage),
    Conversations(Rows<Conversation>),
    History(MessagesPage),
    Sent(Message),
    Marked,
    Unread(u64),
}

fn read(call: &Call, status: u16, body: &Value) -> Result<Answer, AnswerError> {
    let body = body.to_string();
    let data = answer::open(status, &body)?;
    Ok(match call {
        Call::Register { .. } | Call::Login { .. } => {
            Answer::SignedIn(SignedIn::read(data.root())?)
        }
        Call::Me => Answer::Me(answer::me(data.root())?),
        Call::Users { .. } | Call::OnlineUsers | Call::SearchUsers { .. } => {
            Answer::Users(UsersPage::read(data.root())?)
        }
        Call::Conversations => {
            Answer::Conversations(Conversation::read_all(data.root(), &ADA.into())?)
        }
        Call::History { .. } => Answer::History(MessagesPage::read(data.root())?),
        Call::SendMessage { .. } => Answer::Sent(answer::sent_message(data.root())?),
        Call::MarkRead { .. } => Answer::Marked,
        Call::UnreadCount => Answer::Unread(answer::unread_count(data.root())?),
        // No base server has it.
        Call::Sync { .. }
        | Call::Sessions
        | Call::EndSession { .. }
        | Call::EndOtherSessions
        | Call::ChangePassword { .. }
        | Call::ChangeProfile { .. } => return Err(AnswerError::Unreadable),
    })
}

fn user(
    id: &str,
    username: &str,
    email: &str,
    is_online: bool,
    last_seen: Option<Timestamp>,
) -> User {
    User {
        email: Some(email.into()),
        is_online: Some(is_online),
        last_seen,
        ..User::named(id.into(), username)
    }
}

fn register(username: &str, email: &str, password: &str) -> Call {
    Call::Register { username: username.into(), email: email.into(), password: password.into() }
}

fn login(password: &str) -> Call {
    Call::Login { email: "ada@example.org".into(), password: password.into() }
}

fn send(content: &str) -> Call {
    Call::SendMessage { receiver_id: BELA.into(), content: content.into(), client_message_id: None }
}

fn signed_in(token: &str, user: User) -> Answer {
    Answer::SignedIn(SignedIn { token: Token::from(token), user })
}

fn refused(status: u16, message: &str) -> AnswerError {
    AnswerError::Refused { status, message: message.into(), retry_after: None }
}

/// Each call of the recording, in its order, and what its answer says.
fn calls() -> Vec<(Call, Result<Answer, AnswerError>)> {
    let (from_ada, from_bela) = ((ADA, "ada"), (BELA, "béla"));
    let ada = user(ADA, "ada", "ada@example.org", false, None);
    let bela = user(BELA, "béla", "bela@example.org", false, None);
    let gone = User { last_seen: at("44.526"), ..bela.clone() };
    let one_page =
        |total| Pagination { page: Some(1), limit: None, total: Some(total), pages: Some(1) };
    let users = |user: &User, pagination| {
        Answer::Users(UsersPage { users: vec![user.clone()].into(), pagination })
    };
    let conversation = Conversation {
        user: gone.clone(),
        unread: Some(1),
        last: Some(Preview {
            sender_id: Some(ADA.into()),
            content: "are you there?".into(),
            created_at: at("44.604"),
        }),
    };
    let history = MessagesPage {
        messages: vec![
            message(HELLO, from_ada, from_bela, GREETING, Status::Read, "44.277"),
            message(MARHABA, from_bela, from_ada, "مرحبا", Status::Delivered, "44.340"),
            message(THERE, from_ada, from_bela, "are you there?", Status::Sent, "44.604"),
        ]
        .into(),
        pagination: Pagination { limit: Some(50), ..one_page(3) },
    };
    let by_rest = "6b03444c28bb93ce3ca21d65";
    let online = User { is_online: Some(true), ..ada.clone() };
    vec![
        (
            register("ada", "ada@example.org", "secret1"),
            Ok(signed_in("001e61e2-2969-4e3b-a87a-11a453f79611", ada.clone())),
        ),
        (
            register("béla", "bela@example.org", "secret2"),
            Ok(signed_in("aec8fbe0-bec7-44bf-b7e8-2c14f933d899", bela)),
        ),
        (register("ada", "ada@example.org", "secret1"), Err(refused(400, "User already exists"))),
        (login("nope"), Err(refused(401, "Invalid credentials"))),
        (login("secret1"), Ok(signed_in("272fe154-65a8-40f2-a451-33d965552e44", ada.clone()))),
        (Call::Me, Ok(Answer::Me(ada))),
        (Call::Me, Err(refused(401, "Not authorized"))),
        (
            Call::Users { page: 1, limit: 20 },
            Ok(users(&gone, Pagination { limit: Some(20), ..one_page(1) })),
        ),
        (Call::OnlineUsers, Ok(users(&online, Pagination::default()))),
        (Call::SearchUsers { query: "bé".into() }, Ok(users(&gone, Pagination::default()))),
        (Call::Conversations, Ok(Answer::Conversations(vec![conversation].into()))),
        (
            Call::History { with: UserId::from(BELA), page: 1, limit: 50 },
            Ok(Answer::History(history)),
        ),
        (Call::UnreadCount, Ok(Answer::Unread(1))),
        (
            send("by REST"),
            Ok(Answer::Sent(message(
                by_rest,
                from_ada,
                from_bela,
                "by REST",
                Status::Sent,
                "44.647",
            ))),
        ),
        (Call::MarkRead { with: BELA.into() }, Ok(Answer::Marked)),
        // The recorded request lacked its receiver: no call of ours can be like it.
        (send("nobody"), Err(refused(400, "Invalid message"))),
    ]
}

#[test]
fn every_recorded_answer_is_read_as_what_it_means() {
    let lines = lines(include_str!("vectors/base-rest.jsonl"));
    let calls = calls();
    assert_eq!(lines.len(), calls.len());
    for (line, (call, expected)) in lines.iter().zip(calls) {
        let status = u16::try_from(line["status"].as_u64().unwrap()).unwrap();
        assert_eq!(read(&call, status, &line["response"]), expected, "{line}");
    }
}

#[test]
fn every_call_is_the_recorded_request() {
    let lines = lines(include_str!("vectors/base-rest.jsonl"));
    for (line, (call, _)) in lines.iter().zip(calls()).take(15) {
        let method = match call.method() {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Delete => "DELETE",
        };
        let path = line["path"].as_str().unwrap().replace(":userId", BELA);
        let body = call.body().map_or(Value::Null, |body| serde_json::from_str(&body).unwrap());
        assert_eq!(
            (method, call.path(), &body),
            (line["method"].as_str().unwrap(), path, &line["request"])
        );
    }
}

#[test]
fn every_recorded_user_and_message_is_written_back_as_it_was() {
    for line in lines(include_str!("vectors/base-rest.jsonl")) {
        let data = &line["response"]["data"];
        let users = data["users"].as_array().into_iter().flatten().chain(data.get("user"));
        for recorded in users {
            let mut written = serde_json::to_value(of(recorded, User::read).unwrap()).unwrap();
            // Ours leaves out what the recorded server writes as `null`.
            if recorded["lastSeen"].is_null() {
                assert_eq!(written.get("lastSeen"), None);
                written["lastSeen"] = Value::Null;
            }
            assert_eq!(&written, recorded);
        }
        let messages = data["messages"].as_array().into_iter().flatten().chain(data.get("message"));
        for recorded in messages {
            assert_eq!(&of(recorded, Message::read).unwrap().nested(), recorded);
        }
    }
}
