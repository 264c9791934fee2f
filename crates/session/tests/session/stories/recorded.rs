//! The conversation recorded with a base server, replayed from ada's side.

use chinwag_protocol::Token;
use chinwag_session::{Change, Effect, Gate, Input, LinkStatus};
use serde_json::Value;

use crate::support::{Play, Step, answer, closed, garbage, input, open, send};

const ADA: &str = "6b03444b7cb730a1dcdacb9e";
const BELA: &str = "6b03444b3199bf7827b7d6e1";
const GREETING: &str = "Hello, Béla 👋\nsecond line <b>not markup</b>";

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The recorded answer to this call.
fn recorded(method: &str, path: &str) -> Step {
    let lines = lines(include_str!("../vectors/base-rest.jsonl"));
    let line = lines.iter().find(|line| {
        line["method"] == method && line["path"] == path && line["status"].as_u64() < Some(300)
    });
    let call = format!("{method} {}", path.replace(":userId", BELA));
    answer(&call, 200, line.unwrap()["response"]["data"].clone())
}

/// What the server said to ada, until this is among it.
fn said(frames: &mut impl Iterator<Item = Value>, until: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    for line in frames.filter(|line| line["to"] == "ada") {
        match line["closed"]["code"].as_u64() {
            Some(code) => steps.push(closed(u16::try_from(code).unwrap())),
            None => steps.push(garbage(&line["frame"].to_string())),
        }
        if line.to_string().contains(until) {
            break;
        }
    }
    steps
}

#[test]
fn the_recorded_conversation_gives_the_expected_picture() {
    let mut frames = lines(include_str!("../vectors/base-frames.jsonl")).into_iter();
    let mut play = Play::new();
    play.run([input(Input::Begin { token: Some(Token::from("tok-1")), route: None, me: None })]);
    play.run([recorded("GET", "/auth/me"), recorded("GET", "/users?page=1&limit=20")]);
    assert!(matches!(&play.picture.gate, Gate::Chat { me } if me.id.as_str() == ADA));

    play.run(said(&mut frames, r#""totalOnline":2"#));
    assert_eq!(play.picture.link, LinkStatus::Connected);
    assert_eq!(play.picture.names(), (vec![], vec!["béla"]));
    assert!(play.picture.person(BELA).online);

    play.run([
        open(BELA),
        answer(&format!("GET /messages/{BELA}"), 200, serde_json::json!({ "messages": [] })),
    ]);
    play.run([send(BELA, GREETING)]);
    assert_eq!(play.picture.lines(), [format!("{GREETING} (sending)")]);
    play.run(said(&mut frames, "message_delivered"));
    assert_eq!(play.picture.lines(), [format!("{GREETING} (delivered)")]);
    play.run(said(&mut frames, "مرحبا"));
    assert_eq!(play.picture.lines(), [format!("{GREETING} (read)"), "مرحبا".to_owned()]);
    assert_eq!(play.picture.person(BELA).unread, 1);

    play.run(said(&mut frames, r#""totalOnline":1"#));
    assert!(!play.picture.person(BELA).online);
    play.run([send(BELA, "are you there?")]);
    play.run(said(&mut frames, "are you there?"));
    let before =
        [format!("{GREETING} (read)"), "مرحبا".to_owned(), "are you there? (sent)".to_owned()];
    assert_eq!(play.picture.lines(), before);

    // The connection is closed; what REST tells afterwards is the same picture.
    play.run(said(&mut frames, "1005"));
    play.reconnect();
    play.run([
        recorded("GET", "/messages/conversations"),
        recorded("GET", "/messages/conversations"),
        recorded("GET", "/messages/:userId?page=1&limit=50"),
    ]);
    assert_eq!(play.picture.lines(), before);
    assert_eq!((play.picture.unread, play.picture.names()), (1, (vec!["béla"], vec![])));
    let preview = play.picture.person(BELA).preview.clone();
    assert_eq!(preview, Some((true, "are you there?".to_owned())));
    assert!(!matches!(play.session.poll(), Some(Effect::Changed(Change::Order(_)))));
}
