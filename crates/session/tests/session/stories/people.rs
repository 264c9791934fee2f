//! The list of people: order, presence, previews, pages, search.

use chinwag_protocol::Timestamp;
use chinwag_session::{Command, Failure, Input, ListStatus, OlderStatus, Outcome};
use serde_json::{Value, json};

use crate::support::{
    Play, Step, answer, closed, command, deadline, fails, frame, input, later, new_message, told_by,
};

fn user(name: &str, online: bool) -> Value {
    json!({ "_id": name, "username": name, "isOnline": online })
}

fn online(users: &[Value]) -> Step {
    frame("online_users", json!({ "users": users }))
}

fn search(text: &str) -> Step {
    command(Command::Search(text.to_owned()))
}

#[test]
fn the_list_has_conversations_by_time_then_the_others_online_first_and_by_name() {
    let mut play = Play::entered(None);
    let users = [
        user("Zoe", true),
        user("ann", false),
        user("Bob", true),
        user("eve", true),
        user("me", true),
    ];
    let row = |name: &str, unread: u64, at: i64| {
        json!({ "user": user(name, false), "unreadCount": unread,
            "lastMessage": { "sender": name, "content": format!("I am {name}"), "createdAt": at } })
    };
    let picture = play.run([
        answer("GET /users?", 200, json!({ "users": users })),
        answer(
            "GET /messages/conv",
            200,
            json!({ "conversations": [row("eve", 2, 5_000), row("dan", 0, 9_000)] }),
        ),
    ]);
    assert_eq!(picture.names(), (vec!["dan", "eve"], vec!["Bob", "Zoe", "ann"]));
    assert_eq!((picture.people.online, picture.unread), (2, 2));
    let eve = picture.person("eve");
    assert_eq!((&eve.preview, eve.unread), (&Some((false, "I am eve".to_owned())), 2));
    assert_eq!(picture.people.more, OlderStatus::End);
    let picture = play.run([new_message("1", "Zoe", "hello", 1)]);
    assert_eq!(picture.names().0, ["dan", "eve", "Zoe"]);
}

#[test]
fn further_pages_are_asked_for_one_by_one_and_again_where_one_failed() {
    let mut play = Play::entered(None);
    let page = |from: usize| {
        let users: Vec<Value> = (from..from + 20).map(|n| user(&n.to_string(), false)).collect();
        json!({ "users": users, "pagination": { "pages": 2 } })
    };
    play.run([answer("GET /users?", 200, page(10))]);
    let more = || command(Command::MorePeople);
    play.check([more(), more()], ["GET /users?page=2&limit=20"]);
    let picture = play.run([fails("GET /users?page=2", Outcome::NoNetwork)]);
    assert_eq!(picture.people.more, OlderStatus::Failed(Failure::NoNetwork));
    assert_eq!((picture.people.others.len(), &picture.people.status), (20, &ListStatus::Ready));
    play.check([more()], ["GET /users?page=2&limit=20"]);
    let picture = play.run([answer("GET /users?page=2", 200, page(30))]);
    assert_eq!((picture.people.others.len(), &picture.people.more), (40, &OlderStatus::End));
    play.check([more()], []);
}

#[test]
fn a_list_that_could_not_be_loaded_says_why_and_is_asked_for_again() {
    let mut play = Play::entered(None);
    play.greet();
    let picture = play.run([answer("GET /users?", 500, json!("Database down"))]);
    assert_eq!(picture.people.status, ListStatus::Failed(told_by("Database down")));
    play.check([command(Command::MorePeople)], ["GET /users?page=1&limit=20"]);
    assert_eq!(play.picture.people.status, ListStatus::Loading);
    play.run([answer("GET /users?", 500, json!("Database down"))]);
    play.check([deadline()], ["GET /users?page=1&limit=20"]);
    assert_eq!(play.now, 5_000);
    let picture = play.run([answer("GET /users?", 200, json!({ "users": [user("bela", true)] }))]);
    assert_eq!((&picture.people.status, picture.names().1), (&ListStatus::Ready, vec!["bela"]));
}

#[test]
fn conversations_that_could_not_be_loaded_are_said_once_and_asked_for_again() {
    let mut play = Play::entered(None);
    play.greet();
    let no = || answer("GET /messages/conv", 500, json!("Database down"));
    assert_eq!(play.run([no(), no()]).said(), Some(&told_by("Database down")));
    play.run([command(Command::DismissNotice), later(5_000), deadline(), no()]);
    assert_eq!(play.picture.notice, None);
    play.run([later(5_000), deadline()]);
    let row = json!({ "user": user("bela", true), "lastMessage": "hi", "unreadCount": 1 });
    play.run([answer("GET /messages/conv", 200, json!({ "conversations": [row] }))]);
    assert_eq!(play.picture.unread, 1);
}

#[test]
fn an_older_answer_does_not_make_up_for_a_newer_one_that_failed() {
    let mut play = Play::entered(None);
    play.greet();
    let picture = play.run_swapped("GET /messages/conv", |call| {
        [answer(call, 200, json!({ "conversations": [] })), fails(call, Outcome::TimedOut)]
    });
    assert_eq!(picture.said(), Some(&Failure::TimedOut));
    play.run([later(5_000), input(Input::Tick)]);
    assert!(play.pending().contains(&"GET /messages/conversations"));
}

#[test]
fn an_older_answer_does_not_undo_a_newer_one() {
    let row = |unread: u64, at: i64, text: &str| {
        json!({ "conversations": [{ "user": user("bela", true), "unreadCount": unread,
            "lastMessage": { "content": text, "createdAt": at } }] })
    };
    let mut play = Play::entered(None);
    play.greet();
    let (older, newer) = (row(1, 1_000, "one"), row(2, 2_000, "two"));
    let picture = play.run_swapped("GET /messages/conv", |call| {
        [answer(call, 200, older.clone()), answer(call, 200, newer.clone())]
    });
    let bela = picture.person("bela");
    assert_eq!((bela.unread, &bela.preview), (2, &Some((false, "two".to_owned()))));
}

#[test]
fn who_is_online_is_merged_and_overwrites_nothing_that_is_known() {
    let mut play = Play::entered(None);
    let full = json!({ "_id": "bela", "username": "béla", "avatar": "b.png", "isOnline": false, "lastSeen": 7 });
    play.run([answer("GET /users?", 200, json!({ "users": [full, user("ada", true)] }))]);
    play.greet();
    let picture =
        play.run([online(&[json!({ "_id": "bela" }), json!({ "_id": "cyd", "username": "cyd" })])]);
    let bela = picture.person("bela");
    assert_eq!(
        (bela.name.as_str(), bela.avatar.as_deref(), bela.online),
        ("béla", Some("b.png"), true)
    );
    assert_eq!(bela.last_seen, Some(Timestamp::from_millis(7)));
    assert_eq!(picture.names().1, ["béla", "cyd", "ada"]);
    assert_eq!(picture.people.online, 2);
    let picture = play.run([online(&[json!({ "_id": "bela", "avatar": "new.png" })])]);
    assert_eq!(picture.person("bela").avatar.as_deref(), Some("new.png"));
    assert_eq!(picture.people.online, 1);
}

#[test]
fn people_come_and_go() {
    let mut play = Play::chatting();
    let came =
        frame("user_online", json!({ "userId": "bela", "username": "béla", "timestamp": 5 }));
    let typing = frame("typing_indicator", json!({ "userId": "bela", "isTyping": true }));
    let picture = play.run([came, typing]);
    assert_eq!((picture.person("bela").online, picture.people.online), (true, 1));
    let went =
        frame("user_offline", json!({ "userId": "bela", "username": "béla", "timestamp": 9 }));
    let bela = play.run([went]).person("bela");
    assert_eq!((bela.online, bela.typing), (false, false));
    assert_eq!(bela.last_seen, Some(Timestamp::from_millis(9)));
}

#[test]
fn people_come_and_go_together() {
    let mut play = Play::chatting();
    let told = |users: Value| frame("presence_changed", json!({ "users": users, "timestamp": 9 }));
    let typing = frame("typing_indicator", json!({ "userId": "bela", "isTyping": true }));
    let came = told(json!([
        { "_id": "bela", "username": "béla", "isOnline": true },
        { "_id": "new", "username": "new", "avatar": "/new.png", "isOnline": true },
        { "_id": "me", "username": "me", "isOnline": true },
    ]));
    let picture = play.run([came, typing]);
    assert_eq!((picture.person("bela").online, picture.people.online), (true, 2));
    assert_eq!(picture.person("new").avatar.as_deref(), Some("/new.png"));
    let went = told(json!([
        { "_id": "bela", "username": "béla", "isOnline": false, "lastSeen": 8 },
    ]));
    let picture = play.run([went, told(json!([]))]);
    let bela = picture.person("bela");
    assert_eq!((bela.online, bela.typing, picture.people.online), (false, false, 1));
    assert_eq!(bela.last_seen, Some(Timestamp::from_millis(8)));
}

#[test]
fn a_search_waits_until_the_typing_rests_and_shows_the_answer_to_the_last_text_alone() {
    let mut play = Play::chatting();
    play.check([search("b"), later(100), search("bé")], []);
    assert_eq!(play.picture.search.as_ref().unwrap().status, ListStatus::Loading);
    play.check([deadline()], ["GET /users/search?query=b%C3%A9"]);
    assert_eq!(play.now, 350);
    play.check([search("x"), deadline()], ["GET /users/search?query=x"]);
    let found = |names: &[&str]| {
        let users: Vec<Value> = names.iter().map(|name| user(name, false)).collect();
        json!({ "users": users })
    };
    let picture = play.run([answer("GET /users/search?query=x", 200, found(&["xaver", "me"]))]);
    assert_eq!(picture.search.as_ref().unwrap().found.len(), 1);
    let picture = play.run([answer("GET /users/search?query=b", 200, found(&["bela", "bea"]))]);
    assert_eq!(picture.search.as_ref().unwrap().found.len(), 1, "it is too late");
    play.run([search("y"), deadline(), fails("GET /users/search", Outcome::TimedOut)]);
    let search_view = play.picture.search.as_ref().unwrap();
    assert_eq!(search_view.status, ListStatus::Failed(Failure::TimedOut));
    assert_eq!(play.run([search(" ")]).search, None);
}

#[test]
fn a_lost_connection_leaves_the_list_as_it_was() {
    let mut play = Play::chatting();
    play.run([online(&[user("ada", true)])]);
    let before = play.picture.people.clone();
    assert_eq!(play.run([closed(1006)]).people, before);
}

/// Twenty people, and that there are three pages of them.
fn full_page(from: usize) -> Value {
    let users: Vec<Value> = (from..from + 20).map(|n| user(&n.to_string(), false)).collect();
    json!({ "users": users, "pagination": { "pages": 3 } })
}

#[test]
fn whom_the_address_names_is_looked_for_on_further_pages() {
    let mut play = Play::entered(Some("39"));
    let page = answer("GET /users?", 200, full_page(10));
    play.check([page], ["GET /users?page=2&limit=20"]);
    play.check([answer("GET /users?", 200, full_page(30))], []);
    assert_eq!(play.picture.person("39").name, "39");
}

#[test]
fn an_address_that_names_nobody_neither_asks_for_everybody_nor_is_listed() {
    let mut play = Play::entered(Some("nobody"));
    play.run([answer("GET /messages/nobody?", 404, json!("User not found"))]);
    play.check([answer("GET /users?", 200, full_page(10))], []);
    assert_eq!(play.picture.names().1.len(), 20);
}

#[test]
fn what_the_server_refuses_for_good_is_not_asked_for_again_by_itself() {
    for (status, asked) in [(404, false), (400, false), (429, true), (500, true)] {
        let mut play = Play::entered(None);
        play.greet();
        play.run([answer("GET /users?", status, json!("No"))]);
        play.run([later(6_000), input(Input::Tick)]);
        let again = play.pending().iter().any(|call| call.starts_with("GET /users?"));
        assert_eq!(again, asked, "{status}: {:?}", play.pending());
    }
}

#[test]
fn a_search_that_failed_is_asked_for_again_with_the_same_text() {
    let mut play = Play::chatting();
    let asked = ["GET /users/search?query=b"];
    play.check([search("b"), later(250), input(Input::Tick)], asked);
    play.run([fails("GET /users/search", Outcome::NoNetwork)]);
    play.check([search("b"), later(250), input(Input::Tick)], asked);
}
