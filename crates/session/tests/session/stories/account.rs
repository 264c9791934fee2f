//! One's own account: only where the server offers it; what is asked for, and how it ends.

use chinwag_session::{AccountView, Command, Failure, Gate, ListStatus, Outcome, Progress, Wish};
use serde_json::{Value, json};

use crate::support::{
    Play, Step, answer, at, closed, command, event, fails, frame, input, later, tells,
};

const ALL: [&str; 3] = ["sessions", "password", "profile"];

fn wants(wish: Wish) -> Step {
    command(Command::Account(wish))
}

fn greeted(features: &[&str]) -> Step {
    frame(
        "connection_established",
        json!({ "userId": "me", "username": "me", "features": features }),
    )
}

/// Signed in, with a server that offers this.
fn offered(features: &[&str]) -> Play {
    let mut play = Play::entered(None);
    play.run([greeted(features)]);
    play
}

fn sessions() -> Value {
    json!({ "sessions": [
        { "_id": "s1", "browser": "Firefox", "system": "Linux", "current": true },
        { "_id": "s2", "browser": "Safari" },
        { "_id": "s3" },
    ] })
}

/// The same, with the sessions known.
fn listed() -> Play {
    let mut play = offered(&ALL);
    play.run([wants(Wish::Look), answer("GET /auth/sessions", 200, sessions())]);
    play
}

fn ids(play: &Play) -> Vec<&str> {
    let sessions = play.picture.account.sessions.as_ref().unwrap();
    sessions.devices.iter().map(|device| device.id.as_str()).collect()
}

fn ending(play: &Play) -> &Progress {
    &play.picture.account.sessions.as_ref().unwrap().ending
}

fn change_password() -> Wish {
    Wish::ChangePassword { current: "secret1".into(), new: "secret2".into() }
}

fn rename() -> Wish {
    Wish::ChangeProfile { username: Some("Me".to_owned()), avatar: None }
}

#[test]
fn a_server_that_offers_nothing_is_asked_for_nothing() {
    let mut play = Play::chatting();
    let wishes = [
        Wish::Look,
        Wish::EndSession("s".into()),
        Wish::EndOtherSessions,
        change_password(),
        rename(),
    ];
    let picture = play.check(wishes.map(wants), []);
    assert_eq!(picture.account, AccountView::default());
}

#[test]
fn each_is_offered_by_itself_and_as_the_server_said_last() {
    for (features, expected) in [
        (&["sessions"][..], [true, false, false]),
        (&["password", "sync"], [false, true, false]),
        (&["profile", "sessions"], [true, false, true]),
    ] {
        let mut play = offered(features);
        let account = &play.picture.account;
        let has =
            [account.sessions.is_some(), account.password.is_some(), account.profile.is_some()];
        assert_eq!(has, expected, "{features:?}");
        let before = account.clone();
        // Without a connection it stays in sight.
        assert_eq!(play.run([closed(1006)]).account, before);
        play.run([later(1_600), crate::support::deadline(), greeted(&[])]);
        assert_eq!(play.picture.account, AccountView::default());
    }
}

#[test]
fn the_sessions_are_asked_for_at_each_look_and_once_at_a_time() {
    let mut play = offered(&ALL);
    play.check([wants(Wish::Look), wants(Wish::Look)], ["GET /auth/sessions"]);
    let status = |play: &Play| play.picture.account.sessions.as_ref().unwrap().status.clone();
    assert_eq!(status(&play), ListStatus::Loading);
    play.run([fails("GET /auth/sessions", Outcome::NoNetwork)]);
    assert_eq!(status(&play), ListStatus::Failed(Failure::NoNetwork));
    play.check([wants(Wish::Look)], ["GET /auth/sessions"]);
    assert_eq!(status(&play), ListStatus::Loading, "it is tried again");
    play.run([answer("GET /auth/sessions", 200, sessions())]);
    assert_eq!((status(&play), ids(&play)), (ListStatus::Ready, vec!["s1", "s2", "s3"]));
    play.check([wants(Wish::Look)], ["GET /auth/sessions"]);
    assert_eq!(ids(&play).len(), 3, "what is known stays meanwhile");
    play.run([answer("GET /auth/sessions", 200, json!({}))]);
    assert_eq!(status(&play), ListStatus::Failed(Failure::Unreadable));
}

#[test]
fn a_session_that_is_ended_leaves_the_list() {
    let mut play = listed();
    let end = || wants(Wish::EndSession("s2".into()));
    play.check([end(), end()], ["DELETE /auth/sessions/s2"]);
    assert_eq!(*ending(&play), Progress::Busy);
    play.run([answer("DELETE", 500, json!("Server error. Please try again."))]);
    let failed = Progress::Failed(Failure::Server("Server error. Please try again.".to_owned()));
    assert_eq!((ending(&play), ids(&play).len()), (&failed, 3));
    play.check([end()], ["DELETE /auth/sessions/s2"]);
    play.run([answer("DELETE", 200, json!({}))]);
    assert_eq!((ending(&play), ids(&play)), (&Progress::Done, vec!["s1", "s3"]));
    // It has ended already, elsewhere.
    play.run([
        wants(Wish::EndSession("s3".into())),
        answer("DELETE", 404, json!("Session not found")),
    ]);
    assert_eq!((ending(&play), ids(&play)), (&Progress::Done, vec!["s1"]));
    play.run([wants(Wish::Look)]);
    assert_eq!(*ending(&play), Progress::Idle, "it is not told twice");
}

#[test]
fn all_others_are_ended_together() {
    let mut play = listed();
    play.check([wants(Wish::EndOtherSessions)], ["DELETE /auth/sessions"]);
    play.run([answer("DELETE", 200, json!({}))]);
    assert_eq!((ending(&play), ids(&play)), (&Progress::Done, vec!["s1"]));
}

#[test]
fn another_password_ends_the_other_sessions_and_a_wrong_one_ends_nothing() {
    let mut play = listed();
    let call = r#"PUT /auth/password {"currentPassword":"secret1","newPassword":"secret2"}"#;
    play.check([wants(change_password()), wants(change_password())], [call]);
    assert_eq!(play.picture.account.password, Some(Progress::Busy));
    play.run([answer("PUT", 400, json!("Current password is wrong"))]);
    let wrong = Failure::Server("Current password is wrong".to_owned());
    assert_eq!(play.picture.account.password, Some(Progress::Failed(wrong)));
    assert!(matches!(play.picture.gate, Gate::Chat { .. }));
    play.check([wants(change_password())], [call]);
    play.run([wants(Wish::Look), answer("PUT", 200, json!({}))]);
    assert_eq!(
        play.picture.account.password,
        Some(Progress::Done),
        "a look waits for what is busy"
    );
    assert_eq!(ids(&play), ["s1"]);
    play.run([wants(Wish::Look)]);
    assert_eq!(play.picture.account.password, Some(Progress::Idle));
}

#[test]
fn what_comes_too_often_is_not_asked_for_again_before_the_server_says() {
    let too_many = json!({ "message": "Too much at once. Try again in 15 seconds." }).to_string();
    for (wish, call) in [
        (rename(), "PUT /auth/profile"),
        (change_password(), "PUT /auth/password"),
        (Wish::EndOtherSessions, "DELETE /auth/sessions"),
    ] {
        let mut play = listed();
        let began = play.now;
        let refused = Outcome::Answered { status: 429, body: too_many.clone(), wait: 15_000 };
        play.run([wants(wish.clone()), fails(call, refused)]);
        let told = play.picture.account.clone();
        let picture = play.check([at(began + 14_999), wants(wish.clone())], []);
        assert_eq!(picture.account, told, "it is said already: {call}");
        play.run([wants(Wish::Look)]);
        assert_eq!(play.picture.account, told, "and goes on to be: {call}");
        // Nothing else waits for it.
        let another = if call.ends_with("profile") { change_password() } else { rename() };
        play.run([wants(another)]);
        assert!(play.pending().iter().any(|pending| pending.starts_with("PUT")), "{call}");
        play.run([at(began + 15_000), wants(wish)]);
        assert!(play.pending().iter().any(|pending| pending.starts_with(call)), "{call}");
    }
}

#[test]
fn another_name_is_ones_own_at_once_and_at_the_next_start() {
    let mut play = listed();
    play.check([wants(rename())], [r#"PUT /auth/profile {"username":"Me"}"#]);
    let user = json!({ "user": { "_id": "me", "username": "Me", "avatar": "/a.png" } });
    play.run([answer("PUT", 200, user)]);
    assert_eq!(play.picture.account.profile, Some(Progress::Done));
    let Gate::Chat { me } = &play.picture.gate else { panic!("{:?}", play.picture.gate) };
    assert_eq!((me.username.as_str(), me.avatar.as_deref()), ("Me", Some("/a.png")));
    assert!(play.me.as_ref().unwrap().contains("\"Me\""), "{:?}", play.me);
    play.run([wants(rename()), answer("PUT", 400, json!("Username is taken"))]);
    let taken = Failure::Server("Username is taken".to_owned());
    assert_eq!(play.picture.account.profile, Some(Progress::Failed(taken)));
}

#[test]
fn another_name_or_picture_is_told_here_and_elsewhere() {
    let mut play = Play::extended_with_bela(&[]);
    let told = |seq, id: &str, avatar: Value| {
        let data = json!({ "userId": id, "username": format!("{id} II"), "avatar": avatar });
        tells(event(seq, "profile_changed", data))
    };
    play.run([told(6, "bela", json!("/b.png")), told(7, "me", Value::Null)]);
    let bela = play.picture.person("bela");
    assert_eq!((bela.name.as_str(), bela.avatar.as_deref()), ("bela II", Some("/b.png")));
    let Gate::Chat { me } = &play.picture.gate else { panic!("{:?}", play.picture.gate) };
    assert_eq!(me.username, "me II");
    assert!(play.me.as_ref().unwrap().contains("me II"));
    // No picture is one thing, one that nobody speaks of another.
    play.run([frame("user_online", json!({ "userId": "bela", "username": "bela II" }))]);
    assert!(play.picture.person("bela").avatar.is_some());
    play.run([told(8, "bela", Value::Null)]);
    assert_eq!(play.picture.person("bela").avatar, None);
}

#[test]
fn a_session_that_was_ended_elsewhere_is_over_with_a_word() {
    let mut play = listed();
    play.run([frame(
        "error",
        json!({ "message": "Invalid or expired token. Please login again." }),
    )]);
    let picture = play.run([closed(4002)]);
    let over = Gate::SignIn { busy: false, error: Some(Failure::SessionEnded), held: false };
    assert_eq!((&picture.gate, &picture.notice), (&over, &None));
    assert_eq!(picture.account, AccountView::default(), "nothing of it is the next person's");
    // An answer that is still under way says the same.
    let mut play = listed();
    play.run([wants(Wish::Look)]);
    assert_eq!(play.run([answer("GET /auth/sessions", 401, json!("Not authorized"))]).gate, over);
}

#[test]
fn a_tab_that_follows_is_offered_the_same() {
    let mut leader = offered(&["sessions", "profile"]);
    leader.run([input(chinwag_session::Input::Heard(
        r#"{"me":"me","note":"hello","body":null}"#.to_owned(),
    ))]);
    let link = leader.told.iter().rfind(|note| note.contains(r#""note":"link""#)).unwrap().clone();
    let mut follower = Play::in_another_tab(9);
    follower.run([
        input(chinwag_session::Input::Begin { token: Some("tok-1".into()), route: None, me: None }),
        answer("GET /auth/me", 200, json!({ "user": { "_id": "me", "username": "me" } })),
        input(chinwag_session::Input::Heard(link)),
    ]);
    let account = &follower.picture.account;
    assert!(account.sessions.is_some() && account.password.is_none() && account.profile.is_some());
}
