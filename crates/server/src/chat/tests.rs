use std::collections::HashSet;

use chinwag_protocol::message::TEXT;
use chinwag_protocol::{MessageId, ServerFrame, Timestamp};
use futures_util::FutureExt;

use super::*;
use crate::agent::Agent;
use crate::hub::{Ear, Inbox, queue};
use crate::store::sessions::NewSession;
use crate::store::users::NewUser;
use crate::store::{accounts, sessions, users};

async fn store(folder: &std::path::Path, people: &[User]) -> Store {
    let store = Store::open(folder, None).await.unwrap();
    let mut writing = store.write().await.unwrap();
    for user in people {
        let name = Keyed { text: user.username.clone(), key: user.username.clone() };
        let (id, made) = (&user.id, Timestamp::from_millis(1));
        let new =
            NewUser { id, username: &name, email: &name, password_hash: "", created_at: made };
        assert!(users::create(&mut writing, &new).await.unwrap());
        let (hash, session) = (id.as_str().as_bytes(), SessionId::from(id.as_str()));
        let new = NewSession { token_hash: hash, id: &session, user: id, agent: Agent::default() };
        sessions::create(&mut writing, &new, made).await.unwrap();
    }
    writing.commit().await.unwrap();
    store
}

async fn come(chat: &Chat, user: &User) -> (ConnectionId, Inbox) {
    let connection = ConnectionId::next();
    let (outbox, inbox) = queue(1024 * 1024);
    let session = SessionId::from(user.id.as_str());
    let newcomer = Newcomer { connection, session, ear: Ear::Lists, outbox };
    chat.connect(user.id.clone(), newcomer).await.unwrap();
    (connection, inbox)
}

/// So many messages wait for somebody who is not there.
async fn wait_for(chat: &Chat, from: &User, to: &User, count: usize) -> HashSet<MessageId> {
    let mut sends = tokio::task::JoinSet::new();
    for number in 0..count {
        let (chat, from, to) = (chat.clone(), from.clone(), to.id.clone());
        let content = number.to_string();
        let draft = Draft { to, content, message_type: TEXT.into(), client_id: None };
        sends.spawn(async move { chat.send(from, draft).await.unwrap().id });
    }
    sends.join_all().await.into_iter().collect()
}

/// How many messages still wait.
async fn undelivered(store: &Store) -> usize {
    let left = sqlx::query("SELECT 1 FROM messages WHERE delivered_at IS NULL");
    left.fetch_all(&mut *store.read().await.unwrap()).await.unwrap().len()
}

async fn all_are_delivered(chat: &Chat, store: &Store) {
    let all = async {
        while undelivered(store).await > 0 {
            chat.settle().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), all).await.expect("all are delivered");
}

#[tokio::test]
async fn when_the_server_stops_all_are_noted_at_once_and_nobody_is_told_of_each() {
    let folder = tempfile::tempdir().unwrap();
    let people: Vec<User> = (0..30)
        .map(|number| User::named(format!("{number}").into(), format!("{number}")))
        .collect();
    let store = store(folder.path(), &people).await;
    let clock = Clock::new(|| 1_795_376_203_000);
    let (chat, desk) = Chat::open(store.clone(), Arc::default(), clock, 20).await.unwrap();
    let mut there = Vec::new();
    for user in &people {
        there.push(come(&chat, user).await);
    }
    chat.drain().await;
    chat.settle().await;
    for (_, inbox) in &mut there {
        while inbox.waiting().is_some() {}
    }
    // A write from here on would wait for this one.
    let writing = store.write().await.unwrap();
    for (user, (connection, _)) in people.iter().zip(&there) {
        chat.disconnect(user.id.clone(), *connection).await;
    }
    let settled = tokio::time::timeout(Duration::from_secs(10), chat.settle()).await;
    assert!(settled.is_ok(), "it writes");
    drop(writing);
    for (_, inbox) in &mut there {
        assert_eq!(inbox.waiting(), None);
    }
    let accounts = accounts::list(&mut store.read().await.unwrap(), None).await.unwrap();
    let seen = Some(Timestamp::from_millis(1_795_376_203_000));
    assert!(accounts.iter().all(|account| account.last_seen == seen), "{accounts:?}");
    chat.stop().await;
    desk.await.unwrap();
}

#[tokio::test]
async fn whoever_comes_with_others_is_greeted_first_and_then_told_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let people: Vec<User> = (0..50)
        .map(|number| User::named(format!("{number}").into(), format!("{number}")))
        .collect();
    let store = store(folder.path(), &people).await;
    let clock = Clock::new(|| 1_795_376_203_000);
    let hub = Arc::new(Hub::default());
    let (chat, desk) = Chat::open(store.clone(), hub.clone(), clock, 20).await.unwrap();
    // The desk waits for the store, and they for the desk.
    let writing = store.write().await.unwrap();
    let mut coming = tokio::task::JoinSet::new();
    for user in people.clone() {
        let chat = chat.clone();
        coming.spawn(async move { (user.clone(), come(&chat, &user).await.1) });
    }
    // All are on one thread here: so often each has had its turn.
    for _ in 0..1_000 {
        tokio::task::yield_now().await;
    }
    drop(writing);
    for (user, mut inbox) in coming.join_all().await {
        let mut frames = Vec::new();
        while let Some(text) = inbox.waiting() {
            frames.push(ServerFrame::decode(&text).unwrap());
        }
        let [ServerFrame::ConnectionEstablished { user_id, .. }, own, ..] = &frames[..] else {
            panic!("{frames:?}");
        };
        assert_eq!(user_id.as_ref(), Some(&user.id));
        let ServerFrame::OnlineUsers { users, .. } = own else { panic!("{own:?}") };
        assert_eq!(users.rows.last().map(|row| &row.id), Some(&user.id), "the last who came");
    }
    assert_eq!(hub.size().people, people.len());
    let written = sqlx::query("SELECT 1 FROM users WHERE last_seen IS NOT NULL");
    let written = written.fetch_all(&mut *store.read().await.unwrap()).await.unwrap();
    assert_eq!(written.len(), people.len());
    chat.stop().await;
    desk.await.unwrap();
}

#[tokio::test]
async fn thousands_that_waited_are_delivered_in_portions_and_each_is_told_once() {
    let folder = tempfile::tempdir().unwrap();
    let people = ["ada", "bela"].map(|name| User::named(name.into(), name));
    let store = store(folder.path(), &people).await;
    let clock = Clock::new(|| 1_795_376_203_000);
    let (chat, desk) = Chat::open(store.clone(), Arc::default(), clock, 20).await.unwrap();
    let [ada, bela] = &people;
    let count = 2 * usize::try_from(desk::PORTION).unwrap() + 1;
    let sent = wait_for(&chat, ada, bela, count).await;
    let (_, mut adas) = come(&chat, ada).await;
    let (_, mut belas) = come(&chat, bela).await;
    let delivered = |inbox: &mut Inbox| {
        let mut told = Vec::new();
        while let Some(text) = inbox.waiting() {
            if let ServerFrame::MessageDelivered { message_id, .. } =
                ServerFrame::decode(&text).unwrap()
            {
                told.push(message_id);
            }
        }
        told
    };
    let mut told = delivered(&mut adas);
    assert_eq!(told.len(), count / 2, "whoever comes waits for no more than that");
    let all = async {
        while told.len() < count {
            chat.settle().await;
            told.extend(delivered(&mut adas));
        }
    };
    tokio::time::timeout(Duration::from_secs(10), all).await.expect("all are delivered");
    chat.settle().await;
    assert_eq!(delivered(&mut adas), []);
    assert_eq!(told.into_iter().collect::<HashSet<_>>(), sent);
    assert_eq!(delivered(&mut belas), [], "they are not theirs");
    chat.stop().await;
    desk.await.unwrap();
}

#[tokio::test]
async fn what_cannot_be_delivered_now_is_as_soon_as_the_store_can_be_written_again() {
    let folder = tempfile::tempdir().unwrap();
    let people = ["ada", "bela"].map(|name| User::named(name.into(), name));
    let store = store(folder.path(), &people).await;
    let clock = Clock::new(|| 1_795_376_203_000);
    let (chat, desk) = Chat::open(store.clone(), Arc::default(), clock, 20).await.unwrap();
    let [ada, bela] = &people;
    let count = usize::try_from(desk::PORTION).unwrap() + 2;
    wait_for(&chat, ada, bela, count).await;
    let change = async |statement: &'static str| {
        let mut writing = store.write().await.unwrap();
        sqlx::query(statement).execute(&mut *writing).await.unwrap();
        writing.commit().await.unwrap();
    };
    change(
        "CREATE TRIGGER full BEFORE UPDATE ON messages
         WHEN OLD.created_at = (SELECT MAX(created_at) FROM messages)
         BEGIN SELECT RAISE(ABORT, 'the disk is full'); END",
    )
    .await;
    let _there = come(&chat, bela).await;
    // It is tried, in vain, before somebody else has had their turn so often.
    for _ in 0..20 {
        chat.settle().await;
    }
    assert_eq!(undelivered(&store).await, 2, "of a portion nothing or all");
    change("DROP TRIGGER full").await;
    all_are_delivered(&chat, &store).await;
    chat.stop().await;
    desk.await.unwrap();
}

#[tokio::test]
async fn of_those_who_come_together_each_gets_all_that_waited() {
    let folder = tempfile::tempdir().unwrap();
    let people = ["ada", "bela", "carl", "dora"].map(|name| User::named(name.into(), name));
    let store = store(folder.path(), &people).await;
    let clock = Clock::new(|| 1_795_376_203_000);
    let (chat, desk) = Chat::open(store.clone(), Arc::default(), clock, 20).await.unwrap();
    let (from, each) = (&people[0], usize::try_from(desk::PORTION).unwrap() / 2 + 1);
    for to in &people[1..] {
        wait_for(&chat, from, to, each).await;
    }
    // The desk waits for the store, and they for the desk: all in one transaction.
    let writing = store.write().await.unwrap();
    let mut coming = tokio::task::JoinSet::new();
    for user in people.into_iter().skip(1) {
        let chat = chat.clone();
        coming.spawn(async move { come(&chat, &user).await });
    }
    for _ in 0..1_000 {
        tokio::task::yield_now().await;
    }
    drop(writing);
    let there = coming.join_all().await;
    all_are_delivered(&chat, &store).await;
    drop(there);
    chat.stop().await;
    desk.await.unwrap();
}

#[tokio::test]
async fn what_still_comes_from_a_socket_whose_session_has_ended_counts_for_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let people = ["ada", "bela"].map(|name| User::named(name.into(), name));
    let store = store(folder.path(), &people).await;
    let clock = Clock::new(|| 1_795_376_203_000);
    let (chat, desk) = Chat::open(store.clone(), Arc::default(), clock, 20).await.unwrap();
    let [ada, bela] = &people;
    let (connection, mut inbox) = come(&chat, ada).await;
    let say = async |content: &str| {
        let frame = ClientFrame::text(bela.id.clone(), content);
        chat.frame(ada.clone(), connection, Ok(frame)).await.unwrap();
        chat.settle().await;
    };
    say("before").await;
    chat.end(ada.id.clone(), Ended::AllBut("another".into())).await.unwrap();
    say("after").await;
    let mut stored = Vec::new();
    while let Some(text) = inbox.waiting() {
        if let ServerFrame::MessageSent { content, .. } = ServerFrame::decode(&text).unwrap() {
            stored.push(content);
        }
    }
    assert_eq!(stored, ["before"]);
    let written = sqlx::query("SELECT 1 FROM messages");
    let written = written.fetch_all(&mut *store.read().await.unwrap()).await.unwrap();
    assert_eq!(written.len(), 1);
    assert!(chat.ended().now_or_never().is_none());
    chat.stop().await;
    desk.await.unwrap();
    chat.ended().await;
    assert!(chat.has_ended());
}
