//! The socket: lost, replaced, half-open, hopeless.

use chinwag_protocol::Token;
use chinwag_session::{Command, Epoch, Failure, Input, LinkStatus, Outcome};
use serde_json::json;

use crate::support::{
    Play, answer, at, closed, command, deadline, fails, frame, garbage, history, input, later,
    new_message, open, send, sent, stored, told_by,
};

fn retry_in(link: LinkStatus) -> Option<u64> {
    match link {
        LinkStatus::Reconnecting { retry_in, .. } => retry_in,
        other => panic!("{other:?}"),
    }
}

/// Five tries in a row that have failed.
fn hopeless(play: &mut Play) {
    play.run([closed(1006)]);
    for _ in 0..5 {
        while retry_in(play.picture.link).is_some() {
            play.run([deadline()]);
        }
        play.run([closed(1006)]);
    }
}

#[test]
fn a_server_in_trouble_is_tried_again_and_then_asked_what_was_missed() {
    let mut play = Play::with_bela(&[]);
    assert_eq!(retry_in(play.check([closed(4004)], []).link), Some(2));
    play.run([deadline()]);
    play.check([deadline()], ["open socket tok-1"]);
    let greeting = frame("connection_established", json!({ "userId": "me" }));
    let picture = play
        .check([greeting], ["GET /messages/conversations", "GET /messages/bela?page=1&limit=50"]);
    assert_eq!(picture.link, LinkStatus::Connected);
}

#[test]
fn another_place_that_takes_over_is_told_and_not_fought_until_one_wants_it_here() {
    let mut play = Play::with_bela(&[]);
    let picture = play.check([closed(4005)], []);
    assert_eq!(picture.link, LinkStatus::Replaced);
    play.check(
        [
            later(100_000),
            input(Input::Tick),
            input(Input::Online(true)),
            input(Input::Attention(true)),
        ],
        [],
    );
    let picture = play.check([command(Command::ReconnectNow)], ["open socket tok-1"]);
    assert_eq!(picture.link, LinkStatus::Connecting);
}

/// Behaviour 7.
#[test]
fn a_network_the_person_or_their_return_ends_the_wait() {
    for now in [Input::Online(true), Input::Attention(true), Input::Command(Command::ReconnectNow)]
    {
        let mut play = Play::chatting();
        play.run([closed(1006)]);
        play.check([input(now)], ["open socket tok-1"]);
    }
}

#[test]
fn without_a_network_it_says_offline_and_still_tries() {
    let mut play = Play::chatting();
    let picture = play.run([input(Input::Online(false)), closed(1006)]);
    assert!(matches!(picture.link, LinkStatus::Offline { retry_in: Some(_) }));
    play.run([deadline()]);
    play.check([deadline()], ["open socket tok-1"]);
    assert_eq!(play.picture.link, LinkStatus::Offline { retry_in: None });
}

/// Behaviour 7.
#[test]
fn after_five_tries_it_says_so_once_and_goes_on_trying() {
    let mut play = Play::chatting();
    hopeless(&mut play);
    let picture = &play.picture;
    assert_eq!(picture.said(), Some(&Failure::CouldNotReconnect));
    assert!(matches!(picture.link, LinkStatus::Reconnecting { retry_in: Some(_), gave_up: true }));
    play.run([command(Command::DismissNotice), command(Command::ReconnectNow), closed(1006)]);
    assert_eq!(play.picture.notice, None);
    play.run([command(Command::ReconnectNow)]);
    play.greet();
    assert_eq!(play.picture.link, LinkStatus::Connected);
}

#[test]
fn a_half_open_socket_is_found_out_by_its_silence() {
    let mut play = Play::chatting();
    play.check([deadline()], [r#"say {"type":"get_online_users","data":{}}"#]);
    assert_eq!(play.now, 25_000);
    play.check([deadline()], ["close socket"]);
    assert_eq!(play.now, 35_000);
    assert!(retry_in(play.picture.link).is_some());
}

#[test]
fn whatever_the_server_says_is_a_sign_of_life() {
    for text in [r#"{"type":"no_such","data":{}}"#, "garbage", r#"{"type":"error","data":{}}"#] {
        let mut play = Play::chatting();
        play.run([deadline(), garbage(text), later(10_000), input(Input::Tick)]);
        assert_eq!(play.picture.link, LinkStatus::Connected, "{text}");
    }
}

#[test]
fn what_a_dead_socket_still_says_is_dropped() {
    let mut play = Play::with_bela(&[]);
    let old = play.epoch;
    play.run([closed(1006)]);
    play.reconnect();
    play.run([history("bela", &[])]);
    let late = json!({ "type": "new_message", "data":
        { "messageId": "1", "senderId": "bela", "content": "late" } });
    let picture = play.check(
        [
            input(Input::Frame { epoch: old, text: late.to_string() }),
            input(Input::SocketClosed { epoch: old, code: 1006 }),
            input(Input::Frame { epoch: Epoch(99), text: late.to_string() }),
        ],
        [],
    );
    assert_eq!((picture.lines(), picture.link), (vec![], LinkStatus::Connected));
}

#[test]
fn a_socket_that_fails_does_not_keep_a_history_from_being_shown() {
    let mut play = Play::entered(Some("bela"));
    play.run([closed(1006)]);
    let picture = play.run([history("bela", &[stored("1", "bela", "me", "hi", 1)])]);
    assert_eq!(picture.lines(), ["hi"]);
}

#[test]
fn a_history_that_was_under_way_when_the_connection_broke_is_read_again() {
    let mut play = Play::chatting();
    play.run([open("bela")]);
    play.check([closed(1006)], ["GET /messages/bela?page=1&limit=50"]);
    let picture =
        play.run([history("bela", &[]), history("bela", &[stored("1", "bela", "me", "hi", 1)])]);
    assert_eq!(picture.lines(), ["hi"]);
}

#[test]
fn where_sockets_are_hopeless_calls_do_instead() {
    let mut play = Play::with_bela(&[]);
    hopeless(&mut play);
    assert_eq!(
        play.pending(),
        ["GET /users/online", "GET /messages/conversations", "GET /messages/bela?page=1&limit=50"]
    );
    let row = json!({ "user": { "_id": "bela" }, "unreadCount": 1,
        "lastMessage": { "sender": "bela", "content": "hi", "createdAt": 1_000 } });
    play.run([
        answer(
            "GET /users/online",
            200,
            json!({ "users": [{ "_id": "bela", "username": "béla" }] }),
        ),
        answer("GET /messages/conv", 200, json!({ "conversations": [row] })),
    ]);
    let picture = play.run([history("bela", &[stored("1", "bela", "me", "hi", 1)])]);
    assert_eq!((picture.lines(), picture.unread, picture.people.online), (vec!["hi".into()], 1, 1));
    play.check(
        [
            input(Input::Attention(true)),
            closed(1006),
            history("bela", &[]),
            command(Command::Stand(None)),
        ],
        [
            "open socket tok-1",
            "GET /users/online",
            "GET /messages/conversations",
            "GET /messages/bela?page=1&limit=50",
            "PUT /messages/read/bela {}",
        ],
    );
    play.check([send("bela", "yes")], [r#"POST /messages {"content":"yes","receiverId":"bela"}"#]);
    assert_eq!(play.picture.lines(), ["hi", "yes (sending)"]);
    let yes = json!({ "message": stored("2", "me", "bela", "yes", 2) });
    assert_eq!(play.run([answer("POST /messages", 201, yes)]).lines(), ["hi", "yes (sent)"]);
    play.run([send("bela", "")]);
    play.run([send("bela", "no")]);
    let no = answer("POST /messages", 400, json!("Invalid message"));
    assert_eq!(play.run([no]).lines(), ["hi", "yes (sent)", "no (failed: Invalid message)"]);
}

#[test]
fn a_call_that_comes_too_soon_is_made_again_when_the_server_says() {
    let too_soon = |call: &str, wait: u64| {
        let body = json!({ "success": false, "message": "Too much at once", "retryAfter": wait });
        fails(call, Outcome::Answered { status: 429, body: body.to_string(), wait: 0 })
    };
    // As the servers of others say it.
    let in_the_header = |call: &str, wait: u64| {
        let body = json!({ "success": false, "message": "Too much at once" });
        fails(call, Outcome::Answered { status: 429, body: body.to_string(), wait })
    };
    let mut play = Play::with_bela(&[]);
    hopeless(&mut play);
    play.run([history("bela", &[]), send("bela", "a"), send("bela", "b")]);
    let began = play.now;
    play.run([too_soon("POST /messages", 7_000)]);
    assert_eq!(play.picture.lines(), ["a (waiting)", "b (waiting)"], "neither has failed");
    assert_eq!(play.picture.said(), Some(&told_by("Too much at once")));
    let posts = |play: &Play| {
        let pending = play.pending().into_iter().map(str::to_owned);
        pending.filter(|call| call.starts_with("POST")).collect::<Vec<_>>()
    };
    play.run([at(began + 6_999), input(Input::Tick)]);
    assert_eq!(posts(&play), Vec::<String>::new());
    play.run([at(began + 7_000), input(Input::Tick)]);
    assert_eq!(posts(&play), [r#"POST /messages {"content":"a","receiverId":"bela"}"#]);
    // Nor is the history asked for sooner.
    let mut play = Play::chatting();
    play.run([open("bela")]);
    let began = play.now;
    play.run([in_the_header("GET /messages/bela?", 9_000), at(began + 8_999), input(Input::Tick)]);
    let histories =
        |play: &Play| play.pending().iter().filter(|call| call.contains("bela?")).count();
    assert_eq!(histories(&play), 0);
    play.run([at(began + 9_000), input(Input::Tick)]);
    assert_eq!(histories(&play), 1);
}

#[test]
fn a_post_whose_answer_is_lost_is_looked_for_before_it_is_sent_again() {
    for (there, lines) in [(true, "yes (sent)"), (false, "yes (sending)")] {
        let mut play = Play::with_bela(&[]);
        hopeless(&mut play);
        play.run([history("bela", &[]), send("bela", "yes")]);
        play.check([fails("POST /messages", Outcome::TimedOut)], []);
        while !play.pending().contains(&"GET /messages/bela?page=1&limit=50") {
            play.run([deadline()]);
        }
        let message = stored("1", "me", "bela", "yes", 1);
        let picture =
            play.run([history("bela", if there { std::slice::from_ref(&message) } else { &[] })]);
        assert_eq!(picture.lines(), [lines]);
        let posted = play.pending().iter().any(|call| call.starts_with("POST"));
        assert_eq!(posted, !there);
    }
}

/// What had left before this start stands in doubt, though a server that counts has told that nothing was missed since.
#[test]
fn where_sockets_are_hopeless_what_a_closed_tab_had_sent_is_looked_for_and_goes_on() {
    let mut play = Play::extended_with_bela(&[]);
    play.run([send("bela", "yes"), later(1_000), input(Input::Tick)]);
    let mut next = Play::new();
    (next.disk, next.cache, next.me) = (play.disk, play.cache, play.me);
    let (token, me) = (Some(Token::from("tok-1")), next.me.clone());
    next.run([
        input(Input::Begin { token, route: Some("bela".into()), me }),
        answer("GET /auth/me", 200, json!({ "user": { "_id": "me", "username": "me" } })),
    ]);
    hopeless(&mut next);
    assert_eq!(next.picture.lines(), ["yes (waiting)"]);
    // Each try asks anew.
    while next.pending().iter().any(|call| call.starts_with("GET /messages/bela?")) {
        next.run([history("bela", &[])]);
    }
    let posted = |call: &&str| call.starts_with("POST /messages");
    assert_eq!(next.pending().into_iter().filter(posted).count(), 1, "{:?}", next.pending());
}

#[test]
fn what_came_without_a_socket_is_no_proof_that_nothing_was_missed() {
    let mut play = Play::with_bela(&[stored("1", "bela", "me", "one", 1)]);
    hopeless(&mut play);
    play.run([history("bela", &[stored("1", "bela", "me", "one", 1)]), send("bela", "five")]);
    // béla's two, three and four are stored meanwhile, and nobody says so.
    let five = json!({ "message": stored("5", "me", "bela", "five", 5) });
    play.run([answer("POST /messages", 201, five), command(Command::ReconnectNow)]);
    play.greet();
    let page = |messages: serde_json::Value| {
        answer(
            "GET /messages/bela?",
            200,
            json!({ "messages": messages,
            "pagination": { "limit": 2, "pages": 3 } }),
        )
    };
    let picture = play.run([
        page(json!([stored("5", "me", "bela", "five", 5), stored("4", "bela", "me", "four", 4)])),
        page(json!([stored("3", "bela", "me", "three", 3), stored("2", "bela", "me", "two", 2)])),
        page(json!([stored("1", "bela", "me", "one", 1)])),
    ]);
    assert_eq!(picture.lines(), ["one", "two", "three", "four", "five (sent)"]);
}

#[test]
fn live_messages_and_answers_come_through_after_a_reconnection() {
    let mut play = Play::with_bela(&[]);
    play.run([closed(1006)]);
    play.reconnect();
    play.run([history("bela", &[]), send("bela", "yes")]);
    let picture = play.run([sent("1", "bela", "yes", 1), new_message("2", "bela", "ok", 2)]);
    assert_eq!(picture.lines(), ["yes (sent)", "ok"]);
}
