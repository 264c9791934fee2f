//! No input makes it panic, whatever it is and whenever it comes; and who signs out is signed out.

use chinwag_protocol::{Timestamp, Token, UserId};
use chinwag_session::{
    Around, CallId, Change, Command, Effect, Epoch, Gate, Input, LinkStatus, Millis, Outcome,
    RowKey, Session, Wish,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::Picture;

fn id() -> impl Strategy<Value = String> {
    prop_oneof![Just("me"), Just("ada"), Just("bela"), Just("")].prop_map(str::to_owned)
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![4 => "[ab]{0,2}", 1 => any::<String>(), 1 => Just("\u{202e}👋\0".to_owned())]
}

fn time() -> impl Strategy<Value = Value> {
    prop_oneof![
        (0i64..100).prop_map(|seconds| json!(seconds * 1_000)),
        any::<i64>().prop_map(|millis| json!(millis)),
        Just(json!("2026-11-22T19:36:44.277Z")),
        Just(Value::Null),
    ]
}

fn count() -> impl Strategy<Value = Value> {
    prop_oneof![
        (0u64..60).prop_map(|n| json!(n)),
        any::<u64>().prop_map(|n| json!(n)),
        Just(Value::Null)
    ]
}

fn message() -> impl Strategy<Value = Value> {
    ("[0-9]", id(), id(), text(), time()).prop_map(|(id, from, to, content, at)| {
        json!({ "_id": id, "messageId": id, "senderId": from, "sender": { "_id": from },
            "receiverId": to, "content": content, "createdAt": at, "isRead": at.is_null() })
    })
}

fn user() -> impl Strategy<Value = Value> {
    (id(), text(), any::<bool>(), time()).prop_map(|(id, name, online, at)| {
        json!({ "_id": id, "username": name, "isOnline": online, "lastSeen": at })
    })
}

/// Anything that may lie in the data of a frame or of an answer.
fn data() -> impl Strategy<Value = Value> {
    let lists = (
        prop::collection::vec(user(), 0..4),
        prop::collection::vec(message(), 0..6),
        [count(), count(), count(), count()],
    );
    (lists, message(), user()).prop_map(|((users, messages, counts), message, user)| {
        let [limit, pages, unread, marked] = counts;
        let mut data = message.clone();
        let more = json!({
            "users": users, "messages": messages, "pagination": { "limit": limit, "pages": pages },
            "conversations": messages.iter().map(|last| json!({ "user": user, "unreadCount": unread,
                "lastMessage": last })).collect::<Vec<_>>(),
            "count": unread, "markedCount": marked, "message": message, "user": user,
            "userId": user["_id"], "username": user["username"], "readBy": user["_id"],
            "isTyping": user["isOnline"], "timestamp": message["createdAt"], "token": "t",
            "features": ["sessions", "password", "profile"],
            "sessions": [{ "_id": message["_id"], "current": user["isOnline"] }],
        });
        data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        data
    })
}

fn frame() -> impl Strategy<Value = String> {
    let kinds = prop::sample::select(vec![
        "connection_established",
        "online_users",
        "user_online",
        "user_offline",
        "new_message",
        "message_sent",
        "message_delivered",
        "messages_read",
        "typing_indicator",
        "mark_read_success",
        "profile_changed",
        "presence_changed",
        "error",
        "no_such",
    ]);
    prop_oneof![
        9 => (kinds, data()).prop_map(|(kind, data)| json!({ "type": kind, "data": data }).to_string()),
        1 => any::<String>(),
        1 => Just("[".repeat(500)),
    ]
}

fn outcome() -> impl Strategy<Value = Outcome> {
    let status = prop_oneof![
        8 => Just(200u16), 1 => Just(401), 1 => Just(404), 1 => Just(500), 1 => any::<u16>()];
    prop_oneof![
        8 => (status, data()).prop_map(|(status, data)| Outcome::Answered {
            status, body: json!({ "success": status < 300, "data": data }).to_string(), wait: 0 }),
        1 => (any::<u16>(), any::<String>(), any::<u64>())
            .prop_map(|(status, body, wait)| Outcome::Answered { status, body, wait }),
        1 => Just(Outcome::NoNetwork),
        1 => Just(Outcome::TimedOut),
    ]
}

fn command() -> impl Strategy<Value = Command> {
    let who = || id().prop_map(UserId::from);
    prop_oneof![
        1 => text().prop_map(|email| Command::SignIn { email, password: "p".into() }),
        1 => text().prop_map(|username| Command::Register {
            username, email: String::new(), password: "p".into() }),
        1 => Just(Command::TryAgain),
        4 => who().prop_map(Command::Open),
        1 => Just(Command::Close),
        2 => (who(), text()).prop_map(|(to, text)| Command::Edit { to, text }),
        4 => (who(), text()).prop_map(|(to, text)| Command::Send { to, text }),
        1 => (0..20u64).prop_map(|row| Command::Retry(RowKey(row))),
        1 => (0..20u64).prop_map(|row| Command::Discard(RowKey(row))),
        2 => (any::<bool>(), 0_u64..9, any::<i32>())
            .prop_map(|(at, row, top)| Command::Stand((!at).then_some((RowKey(row), top)))),
        2 => Just(Command::LoadOlder),
        1 => (any::<i64>(), any::<i64>()).prop_map(|(from, to)| Command::Look(Around::Date {
            from: Timestamp::from_millis(from), to: Timestamp::from_millis(to) })),
        1 => (0..20u64, any::<bool>())
            .prop_map(|(row, from_above)| Command::Fill { before: RowKey(row), from_above }),
        1 => Just(Command::Stay),
        1 => Just(Command::Reload),
        1 => Just(Command::MorePeople),
        2 => text().prop_map(Command::Search),
        2 => wish().prop_map(Command::Account),
        1 => Just(Command::Clear),
        1 => Just(Command::ReconnectNow),
        1 => Just(Command::DismissNotice),
    ]
}

fn wish() -> impl Strategy<Value = Wish> {
    let text = || proptest::option::of(text());
    prop_oneof![
        Just(Wish::Look),
        id().prop_map(|id| Wish::EndSession(id.into())),
        Just(Wish::EndOtherSessions),
        Just(Wish::ChangePassword { current: "p".into(), new: "q".into() }),
        (text(), text()).prop_map(|(username, avatar)| Wish::ChangeProfile { username, avatar }),
    ]
}

/// An input of which the number of the socket or call is told as a distance from the newest one.
fn input() -> impl Strategy<Value = Input> {
    let code = prop_oneof![Just(1006u16), 4000u16..4008, any::<u16>()];
    let epoch = || prop_oneof![9 => Just(0u64), 1 => 0..3u64].prop_map(Epoch);
    prop_oneof![
        1 => (any::<bool>(), id()).prop_map(|(token, route)| Input::Begin {
            token: token.then(|| Token::from("t")), route: Some(UserId::from(route)),
            me: None,
        }),
        8 => command().prop_map(Input::Command),
        12 => (epoch(), frame()).prop_map(|(epoch, text)| Input::Frame { epoch, text }),
        2 => (epoch(), code).prop_map(|(epoch, code)| Input::SocketClosed { epoch, code }),
        12 => (0..6u64, outcome())
            .prop_map(|(call, outcome)| Input::Answer { call: CallId(call), outcome }),
        4 => Just(Input::Tick),
        1 => any::<bool>().prop_map(Input::Online),
        2 => any::<bool>().prop_map(Input::Attention),
        1 => prop::option::of(id())
            .prop_map(|route| Input::Route(route.map(UserId::from))),
    ]
}

proptest! {
    // A few seconds' worth; `PROPTEST_CASES` asks for more.
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases / 2))]

    #[test]
    fn whatever_comes_it_never_panics_and_signing_out_forgets_it_all(
        inputs in prop::collection::vec((input(), prop_oneof![0..3_000u64, any::<u64>()]), 0..120),
        relative in prop::bool::weighted(0.9),
    ) {
        let (mut session, mut picture) = (Session::new(1, |a, b| a.to_lowercase().cmp(&b.to_lowercase())), Picture::default());
        let (mut now, mut epoch, mut call) = (Millis(0), 0, 0);
        let begin = Input::Begin { token: Some(Token::from("t")), route: None, me: None };
        let end = Input::Command(Command::SignOut);
        let mut forgotten = false;
        let all = [(begin, 0)].into_iter().chain(inputs).chain([(end, 0)]);
        for (mut input, after) in all {
            now = if relative { Millis(now.0.saturating_add(after % 3_000)) } else { Millis(after) };
            match &mut input {
                Input::Frame { epoch: which, .. } | Input::SocketClosed { epoch: which, .. } => {
                    *which = Epoch(u64::saturating_sub(epoch, which.0));
                }
                Input::Answer { call: which, .. } => *which = CallId(u64::saturating_sub(call, which.0)),
                _ => {}
            }
            session.handle(now, input);
            let mut effects = 0;
            forgotten = false;
            while let Some(effect) = session.poll() {
                effects += 1;
                prop_assert!(effects < 200, "too many effects");
                match effect {
                    Effect::OpenSocket { epoch: newest, .. } => epoch = newest.0,
                    Effect::Fetch { id, .. } => call = id.0,
                    Effect::ForgetToken => forgotten = true,
                    Effect::Changed(change) => picture.apply(change),
                    _ => {}
                }
            }
            if let Gate::Chat { me } = &picture.gate {
                let mut listed = picture.people.recent.iter().chain(&picture.people.others);
                prop_assert!(listed.all(|id| *id != me.id), "oneself in the list");
            }
        }
        prop_assert!(forgotten);
        prop_assert_eq!(&picture.gate, &Gate::SignIn { busy: false, error: None, held: false });
        prop_assert_eq!(picture.link, LinkStatus::Off);
        prop_assert_eq!(session.deadline(), None);
        prop_assert_eq!((picture.conversation, picture.search, picture.unread), (None, None, 0));
        prop_assert!(picture.people.recent.is_empty() && picture.people.others.is_empty());
        // What is under way comes too late.
        for number in 0..=call {
            let body = r#"{"success":true,"data":{"user":{"_id":"me"},"token":"t"}}"#.to_owned();
            let outcome = Outcome::Answered { status: 200, body, wait: 0 };
            session.handle(now, Input::Answer { call: CallId(number), outcome });
        }
        for number in 0..=epoch {
            let text = r#"{"type":"typing_indicator","data":{"userId":"a","isTyping":true}}"#.to_owned();
            session.handle(now, Input::Frame { epoch: Epoch(number), text });
        }
        session.handle(now, Input::Tick);
        while let Some(effect) = session.poll() {
            prop_assert!(
                matches!(effect, Effect::Log(_) | Effect::Changed(Change::Notice(None))),
                "{:?}", effect
            );
        }
    }
}
