//! The start, signing in, and every way in which a session ends.

use chinwag_protocol::{Token, UserId};
use chinwag_session::{Command, Epoch, Failure, Gate, Input, LinkStatus, Outcome};
use serde_json::{Value, json};

use crate::support::{
    Play, Step, answer, at, closed, command, deadline, fails, frame, history, input, later,
    new_message, open, send, stored, told_by,
};

fn begin(token: Option<&str>) -> Step {
    input(Input::Begin { token: token.map(Token::from), route: None, me: None })
}

fn sign_in() -> Step {
    command(Command::SignIn { email: "me@example.org".to_owned(), password: "secret1".into() })
}

fn me() -> Value {
    json!({ "user": { "_id": "me", "username": "me" } })
}

fn signed_out(error: Option<Failure>) -> Gate {
    Gate::SignIn { busy: false, error, held: false }
}

const INSIDE: [&str; 3] =
    ["open socket tok-1", "GET /users?page=1&limit=20", "GET /messages/conversations"];

#[test]
fn without_a_token_one_is_asked_to_sign_in() {
    let mut play = Play::new();
    assert_eq!(play.check([begin(None)], []).gate, signed_out(None));
}

#[test]
fn with_a_good_token_one_is_in_and_lists_and_socket_are_asked_for_side_by_side() {
    let mut play = Play::new();
    assert_eq!(play.check([begin(Some("tok-1"))], ["GET /auth/me"]).gate, Gate::Starting);
    let picture = play.check([answer("GET /auth/me", 200, me())], INSIDE);
    assert!(matches!(&picture.gate, Gate::Chat { me } if me.username == "me"));
    assert_eq!(picture.link, LinkStatus::Connecting);
}

#[test]
fn a_refusal_that_is_not_the_chat_servers_signs_nobody_out() {
    for status in [403, 404] {
        let mut play = Play::new();
        play.run([begin(Some("tok-1"))]);
        let body = "<html>Not here</html>".to_owned();
        let picture =
            play.check([fails("GET /auth/me", Outcome::Answered { status, body, wait: 0 })], []);
        assert!(matches!(picture.gate, Gate::Unreachable { retry_in: Some(_), .. }), "{status}");
    }
}

#[test]
fn a_token_that_is_refused_is_forgotten() {
    for status in [401, 403, 404] {
        let mut play = Play::new();
        play.run([begin(Some("tok-1"))]);
        let no = answer("GET /auth/me", status, json!("Not authorized"));
        let picture = play.check([no], ["forget token", "route"]);
        assert_eq!(picture.gate, signed_out(Some(Failure::SessionEnded)), "{status}");
    }
}

#[test]
fn a_server_that_cannot_be_reached_signs_nobody_out_and_is_asked_again_ever_more_slowly() {
    let html = Outcome::Answered { status: 200, body: "<html>".to_owned(), wait: 0 };
    let oops = Outcome::Answered { status: 500, body: "oops".to_owned(), wait: 0 };
    let mut play = Play::new();
    play.run([begin(Some("tok-1"))]);
    let mut waits = Vec::new();
    for (outcome, why) in [
        (Outcome::NoNetwork, Failure::NoNetwork),
        (Outcome::TimedOut, Failure::TimedOut),
        (oops, told_by("Request failed")),
        (html, Failure::Unreadable),
        (Outcome::NoNetwork, Failure::NoNetwork),
    ] {
        let picture = play.check([fails("GET /auth/me", outcome)], []);
        let Gate::Unreachable { why: said, retry_in: Some(seconds) } = &picture.gate else {
            panic!("{:?}", picture.gate)
        };
        assert_eq!(*said, why);
        waits.push(*seconds);
        let mut left = *seconds;
        while play.pending().is_empty() {
            let picture = play.run([deadline()]);
            let Gate::Unreachable { retry_in, .. } = &picture.gate else { panic!() };
            left -= 1;
            assert_eq!(*retry_in, (left > 0).then_some(left), "the seconds count down");
        }
    }
    assert!(waits.is_sorted() && waits[4] >= 16, "{waits:?}");
    let picture = play.check([answer("GET /auth/me", 200, me())], INSIDE);
    assert!(matches!(picture.gate, Gate::Chat { .. }));
}

#[test]
fn the_server_is_asked_at_once_when_the_person_wants_it_or_a_network_comes_or_they_come_back() {
    for now in [
        input(Input::Command(Command::TryAgain)),
        input(Input::Online(true)),
        input(Input::Attention(true)),
    ] {
        let mut play = Play::new();
        play.run([begin(Some("tok-1")), fails("GET /auth/me", Outcome::NoNetwork)]);
        let picture = play.check([now], ["GET /auth/me"]);
        let busy = Gate::Unreachable { why: Failure::NoNetwork, retry_in: None };
        assert_eq!(picture.gate, busy);
    }
}

#[test]
fn signing_in_keeps_the_token_and_goes_in() {
    let mut play = Play::new();
    play.run([begin(None)]);
    let login = r#"POST /auth/login {"email":"me@example.org","password":"secret1"}"#;
    let picture = play.check([sign_in(), sign_in()], [login]);
    assert_eq!(picture.gate, Gate::SignIn { busy: true, error: None, held: false });
    let yes = json!({ "token": "tok-1", "user": { "_id": "me", "username": "me" } });
    let picture = play.check(
        [answer("POST /auth/login", 200, yes)],
        ["keep tok-1", INSIDE[0], INSIDE[1], INSIDE[2]],
    );
    assert!(matches!(picture.gate, Gate::Chat { .. }));
}

#[test]
fn a_sign_in_that_fails_says_why_in_the_servers_words_or_ours_and_can_be_tried_again() {
    let mut play = Play::new();
    play.run([begin(None)]);
    for (outcome, why) in [
        (
            Outcome::Answered {
                status: 401,
                body: r#"{"message":"Invalid credentials"}"#.into(),
                wait: 0,
            },
            told_by("Invalid credentials"),
        ),
        (Outcome::NoNetwork, Failure::NoNetwork),
        (Outcome::TimedOut, Failure::TimedOut),
        (Outcome::Answered { status: 200, body: "<html>".into(), wait: 0 }, Failure::Unreadable),
        (
            Outcome::Answered { status: 200, body: r#"{"data":{}}"#.into(), wait: 0 },
            Failure::Unreadable,
        ),
    ] {
        play.run([sign_in()]);
        let picture = play.check([fails("POST /auth/login", outcome)], []);
        assert_eq!(picture.gate, signed_out(Some(why)));
    }
}

#[test]
fn what_was_tried_is_held_for_as_long_as_the_server_says_and_for_an_hour_at_the_most() {
    let held = |error| Gate::SignIn { busy: false, error, held: true };
    let exact = json!({ "message": "Too many", "retryAfter": 59_500 });
    let bare = json!({ "message": "Too many" });
    // In the body as our server has it, to the millisecond, or in the header alone as others do.
    for (body, header, wait) in
        [(&exact, 60_000, 59_500), (&bare, 60_000, 60_000), (&bare, u64::MAX, 3_600_000)]
    {
        let mut play = Play::new();
        play.run([begin(None), sign_in()]);
        let refused = Outcome::Answered { status: 429, body: body.to_string(), wait: header };
        let began = play.now;
        let picture = play.check([fails("POST /auth/login", refused)], []);
        assert_eq!(picture.gate, held(Some(told_by("Too many"))));
        let picture = play.check([at(began + wait - 1), input(Input::Tick)], []);
        assert_eq!(picture.gate, held(Some(told_by("Too many"))), "not before");
        // What is said is true no more, either.
        let picture = play.check([deadline()], []);
        assert_eq!((picture.gate.clone(), play.now), (signed_out(None), began + wait));
    }
}

#[test]
fn what_is_tried_next_is_held_no_more() {
    let mut play = Play::new();
    let refused = Outcome::Answered { status: 429, body: String::new(), wait: 60_000 };
    play.run([begin(None), sign_in(), fails("POST /auth/login", refused)]);
    let picture = play.run([sign_in()]);
    assert_eq!(picture.gate, Gate::SignIn { busy: true, error: None, held: false });
    let picture = play.run([fails("POST /auth/login", Outcome::NoNetwork), later(60_000)]);
    assert_eq!(picture.gate, signed_out(Some(Failure::NoNetwork)));
    let picture = play.run([input(Input::Tick)]);
    assert_eq!(picture.gate, signed_out(Some(Failure::NoNetwork)), "that stays");
}

#[test]
fn registering_signs_in_or_says_in_the_servers_words_why_not() {
    let register = || {
        command(Command::Register {
            username: "me".into(),
            email: "me@example.org".into(),
            password: "secret1".into(),
        })
    };
    let mut play = Play::new();
    play.run([begin(None), register()]);
    let no = answer("POST /auth/register", 400, json!("User already exists"));
    assert_eq!(play.check([no], []).gate, signed_out(Some(told_by("User already exists"))));
    play.run([register()]);
    let yes = json!({ "token": "tok-1", "user": { "_id": "me", "username": "me" } });
    let picture = play.run([answer("POST /auth/register", 201, yes)]);
    assert!(matches!(picture.gate, Gate::Chat { .. }));
}

#[test]
fn a_401_to_any_call_ends_the_session_and_says_so() {
    for call in ["GET /users?", "GET /messages/conv", "GET /messages/bela?"] {
        let mut play = Play::entered(Some("bela"));
        let no = answer(call, 401, json!("Not authorized"));
        let picture = play.check([no], ["close socket", "forget token", "route"]);
        assert_eq!(picture.gate, signed_out(Some(Failure::SessionEnded)), "{call}");
        assert_eq!(picture.link, LinkStatus::Off);
    }
}

#[test]
fn a_socket_closed_for_its_token_ends_the_session_and_says_so() {
    for code in [4001, 4002, 4003] {
        let mut play = Play::chatting();
        let error = frame("error", json!({ "message": "Invalid or expired token." }));
        let picture = play.check([error, closed(code)], ["forget token", "route"]);
        assert_eq!(picture.gate, signed_out(Some(Failure::SessionEnded)), "{code}");
        assert_eq!(play.session.deadline(), None, "it is not tried again");
    }
}

#[test]
fn an_error_before_the_greeting_is_no_notice() {
    let mut play = Play::entered(None);
    let picture = play.run([frame("error", json!({ "message": "Server trouble" })), closed(4004)]);
    assert_eq!(picture.notice, None);
    assert!(matches!(picture.link, LinkStatus::Reconnecting { .. }));
}

#[test]
fn signing_out_closes_the_socket_and_forgets_the_token_and_everything() {
    let mut play = Play::with_bela(&[stored("1", "bela", "me", "hi", 1)]);
    play.run([new_message("2", "ada", "hello", 2), frame("error", json!({ "message": "no" }))]);
    let picture =
        play.check([command(Command::SignOut)], ["close socket", "forget token", "route"]);
    assert_eq!(picture.gate, signed_out(None));
    assert_eq!((picture.link, picture.unread), (LinkStatus::Off, 0));
    assert_eq!((&picture.conversation, &picture.notice, &picture.search), (&None, &None, &None));
    assert!(picture.order.is_empty() && picture.people.others.is_empty());
    assert_eq!(play.session.deadline(), None);
}

#[test]
fn what_comes_late_from_the_session_before_changes_nothing_in_the_next() {
    let mut play = Play::with_bela(&[]);
    play.run([open("ada"), send("ada", "mine")]);
    let old = play.epoch;
    assert_eq!(play.pending(), ["GET /messages/ada?page=1&limit=50"]);
    let yes = json!({ "token": "tok-1", "user": { "_id": "eve", "username": "eve" } });
    play.run([command(Command::SignOut), sign_in(), answer("POST /auth/login", 200, yes)]);
    play.greet();
    let hi = json!({ "messageId": "1", "senderId": "ada", "content": "for me" });
    let late = json!({ "type": "new_message", "data": hi }).to_string();
    let picture = play.check(
        [
            input(Input::Frame { epoch: old, text: late }),
            input(Input::SocketClosed { epoch: old, code: 4002 }),
            history("ada", &[stored("1", "ada", "me", "for me", 1)]),
        ],
        [],
    );
    assert!(matches!(&picture.gate, Gate::Chat { me } if me.id.as_str() == "eve"));
    assert_eq!((picture.link, picture.unread), (LinkStatus::Connected, 0));
    let picture = play.run([open("ada")]);
    assert_eq!(picture.lines(), Vec::<String>::new(), "neither texts nor drafts of another person");
}

#[test]
fn a_sign_in_answered_after_signing_out_does_not_go_in() {
    let mut play = Play::new();
    play.run([begin(None), sign_in(), command(Command::SignOut)]);
    let yes = json!({ "token": "tok-1", "user": { "_id": "me" } });
    assert_eq!(play.check([answer("POST /auth/login", 200, yes)], []).gate, signed_out(None));
}

#[test]
fn a_page_begins_once() {
    let mut play = Play::chatting();
    let picture = play.check([begin(None), begin(Some("tok-1"))], []);
    assert!(matches!(picture.gate, Gate::Chat { .. }));
    assert_eq!(play.epoch, Epoch(1));
}

#[test]
fn a_notice_goes_after_three_seconds_or_when_it_is_taken_away() {
    let mut play = Play::chatting();
    let error = || frame("error", json!({ "message": "Unknown message type" }));
    assert_eq!(play.run([at(100), error()]).said(), Some(&told_by("Unknown message type")));
    let first = play.picture.notice.clone().unwrap().number;
    let again = play.run([at(2_000), error()]).notice.clone().unwrap().number;
    assert!(again > first, "the same words said again are a new notice");
    assert!(play.run([at(4_999), input(Input::Tick)]).notice.is_some());
    assert!(play.run([deadline()]).notice.is_none());
    assert_eq!(play.now, 5_000);
    assert!(play.run([error(), command(Command::DismissNotice)]).notice.is_none());
}

#[test]
fn the_address_opens_a_conversation_and_back_and_forward_move_between_them() {
    let mut play = Play::entered(Some("bela"));
    let with = |play: &Play| play.picture.conversation.as_ref().map(|open| open.with.clone());
    assert_eq!(with(&play), Some(UserId::from("bela")));
    play.run([history("bela", &[])]);
    play.check([open("ada")], ["GET /messages/ada?page=1&limit=50", "route ada"]);
    play.check([input(Input::Route(Some("bela".into())))], []);
    assert_eq!(with(&play), Some(UserId::from("bela")));
    play.check([input(Input::Route(None))], []);
    assert_eq!(with(&play), None);
    play.check([open("ada"), command(Command::Close)], ["route ada", "route"]);
    assert_eq!(with(&play), None);
    play.check([later(1), input(Input::Route(Some("me".into())))], []);
    assert_eq!(with(&play), None, "nobody talks to oneself");
}
