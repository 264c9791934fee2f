//! How long it takes to read what a burst is made of: `cargo run --release -p chinwag-protocol --example decode`.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "this is a tool, and it prints")]

use std::hint::black_box;
use std::time::Instant;

use chinwag_protocol::Event;
use chinwag_protocol::answer::{self, MessagesPage};

/// Frames a round: the burst of the budget.
const FRAMES: u32 = 5_000;
/// Rounds of which the fastest is told.
const ROUNDS: usize = 40;

fn main() {
    let message = r#"{"type":"new_message","data":{"messageId":"6b03444cab4c4eeae09c06a4","senderId":"6b03444b7cb730a1dcdacb9e","senderUsername":"ada","content":"Shall we say half past seven, at the usual place? I may be a little late.","messageType":"text","createdAt":"2026-11-22T19:36:44.277Z","clientMessageId":"9b2f1c1e-0d5c-4f0a-8c1e-3f6a2b7d9e10"},"seq":4711}"#;
    let escaped = message.replace("half past seven", r#"\"half past\n\u00e9\u00e9 seven\""#);
    let typing = r#"{"type":"typing_indicator","data":{"userId":"6b03444b7cb730a1dcdacb9e","username":"ada","isTyping":true}}"#;
    let delivered = r#"{"type":"message_delivered","data":{"messageId":"6b03444cab4c4eeae09c06a4","deliveredAt":"2026-11-22T19:36:44.318Z"},"seq":4712}"#;
    for (name, text) in [
        ("new_message", message),
        ("new_message with escapes", escaped.as_str()),
        ("typing_indicator", typing),
        ("message_delivered", delivered),
    ] {
        tell(name, FRAMES, || {
            black_box(Event::decode(black_box(text)).unwrap());
        });
    }
    let row = r#"{"_id":"6b03444cab4c4eeae09c06a4","sender":{"_id":"6b03444b7cb730a1dcdacb9e","username":"ada","avatar":null},"receiver":{"_id":"6b03444b3199bf7827b7d6e1","username":"béla","avatar":null},"content":"Shall we say half past seven, at the usual place? I may be a little late.","messageType":"text","status":"read","isRead":true,"createdAt":"2026-11-22T19:36:44.277Z"}"#;
    let body = format!(
        r#"{{"success":true,"data":{{"messages":[{}],"pagination":{{"page":1,"limit":50,"total":50,"pages":1}}}}}}"#,
        [row; 50].join(",")
    );
    tell("a page of 50 messages", 100, || {
        let data = answer::open(200, black_box(&body)).unwrap();
        black_box(MessagesPage::read(data.root()).unwrap());
    });
}

/// Prints what one costs.
fn tell(name: &str, times: u32, work: impl Fn()) {
    let round = || {
        let start = Instant::now();
        (0..times).for_each(|_| work());
        start.elapsed() / times
    };
    let fastest = (0..ROUNDS).map(|_| round()).min().unwrap_or_default();
    println!("{name}: {} ns", fastest.as_nanos());
}
