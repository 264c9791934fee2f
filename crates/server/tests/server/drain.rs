//! A server that stops: what is under way finishes, and everybody is told to come back.

use chinwag_protocol::{Call, ClientFrame};
use chinwag_server::Config;
use futures_util::SinkExt;
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use crate::support::{House, Person, TestClock, history};

#[tokio::test]
async fn what_was_read_before_a_stop_is_answered_before_the_close_and_nothing_else_is_stored() {
    let mut house = House::open().await;
    let (ada, bela) = (house.register("ada").await, house.register("béla").await);
    let mut stored = 0;
    for round in 0..5 {
        let mut adas = house.connect(&ada).await;
        for number in 0..300 {
            let text = ada_writes(&bela, &format!("{round} {number}"));
            adas.0.feed(text).await.unwrap();
        }
        adas.0.flush().await.unwrap();
        adas.expect(["message_sent"]).await;
        let closing = tokio::spawn(house.close());
        let mut answered = 1;
        let code = loop {
            match adas.message().await {
                Some(Ok(Message::Text(text))) => {
                    answered += u64::from(text.contains("message_sent"));
                }
                Some(Ok(Message::Close(Some(frame)))) => break u16::from(frame.code),
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(code, 1012);
        drop(adas);
        house = House::at(closing.await.unwrap(), |config| config).await;
        stored += answered;
        let page = house.ask(&ada, &history(&bela, 1, 1)).await;
        assert_eq!(page["pagination"]["total"], json!(stored), "round {round}");
    }
}

fn ada_writes(to: &Person, text: &str) -> Message {
    Message::text(ClientFrame::text(to.id.clone(), text).encode())
}

#[tokio::test]
async fn who_was_there_until_a_stop_was_seen_until_then() {
    let clock = TestClock::new();
    let house = House::with(|config| Config { clock: clock.clock(), ..config }).await;
    let (ada, bela) = (house.register("ada").await, house.register("béla").await);
    let mut sockets = vec![house.connect(&ada).await];
    sockets.push(house.connect(&bela).await);
    sockets[0].expect(["user_online", "online_users"]).await;
    clock.advance(60_000);
    let closing = tokio::spawn(house.close());
    for socket in &mut sockets {
        assert_eq!(socket.closed().await, 1012);
    }
    drop(sockets);
    let house = House::at(closing.await.unwrap(), |config| config).await;
    for (me, other) in [(&ada, "béla"), (&bela, "ada")] {
        let found = house.ask(me, &Call::SearchUsers { query: other.into() }).await;
        assert_eq!(found["users"][0]["lastSeen"], json!("2026-11-22T19:37:43.000Z"));
    }
}
