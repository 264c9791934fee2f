//! Coming and going, several connections of one person, and connections that die.

use std::time::Duration;

use chinwag_protocol::ClientFrame;
use chinwag_server::Config;
use futures_util::StreamExt;
use serde_json::{Value, json};
use tokio::net::TcpSocket;
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;

use crate::support::{House, contents, expect, history, message_id, names};

#[tokio::test]
async fn the_first_connection_of_a_person_is_told_to_the_others_and_the_last_ones_end() {
    let house = House::open().await;
    let (ada, bela) = (house.register("ada").await, house.register("béla").await);
    let mut adas = house.connect(&ada).await;

    let mut first = house.connect(&bela).await;
    let came = adas.data("user_online").await;
    assert_eq!((&came["userId"], &came["username"]), (&json!(bela.id), &json!("béla")));
    let online = adas.data("online_users").await;
    assert_eq!((names(&online), &online["totalOnline"]), (vec!["ada", "béla"], &json!(2)));

    let second = house.connect(&bela).await;
    adas.expect_silence().await;
    first.expect_silence().await;
    second.close().await;
    adas.expect_silence().await;
    first.close().await;
    let went = adas.data("user_offline").await;
    assert_eq!((&went["userId"], &went["username"]), (&json!(bela.id), &json!("béla")));
    let online = adas.data("online_users").await;
    assert_eq!((names(&online), &online["totalOnline"]), (vec!["ada"], &json!(1)));
}

#[tokio::test]
async fn all_connections_of_a_person_are_told_everything() {
    let house = House::open().await;
    let (ada, bela) = (house.register("ada").await, house.register("béla").await);
    let (mut ada1, mut ada2) = (house.connect(&ada).await, house.connect(&ada).await);
    let mut bela1 = house.connect(&bela).await;
    for socket in [&mut ada1, &mut ada2] {
        socket.expect(["user_online", "online_users"]).await;
    }
    let mut bela2 = house.connect(&bela).await;

    ada1.send(&ClientFrame::TypingStart { receiver_id: bela.id.clone() }).await;
    ada1.send(&ClientFrame::text(bela.id.clone(), "hi")).await;
    for socket in [&mut ada1, &mut ada2] {
        socket.expect(["message_sent", "message_delivered"]).await;
    }
    for socket in [&mut bela1, &mut bela2] {
        socket.expect(["typing_indicator", "new_message"]).await;
    }
    bela2.send(&ClientFrame::MarkRead { sender_id: ada.id.clone() }).await;
    for socket in [&mut bela1, &mut bela2] {
        socket.expect(["mark_read_success"]).await;
    }
    for socket in [&mut ada1, &mut ada2] {
        socket.expect(["messages_read"]).await;
    }
    // An error is for the connection that made it.
    ada1.send_text("nonsense").await;
    ada1.expect(["error"]).await;
    ada2.expect_silence().await;
}

#[tokio::test]
async fn what_waited_is_delivered_when_the_person_comes() {
    let house = House::open().await;
    let (ada, bela) = (house.register("ada").await, house.register("béla").await);
    let mut adas = house.connect(&ada).await;
    let mut sent = Vec::new();
    for text in ["one", "two"] {
        adas.send(&ClientFrame::text(bela.id.clone(), text)).await;
        sent.push(message_id(&adas.data("message_sent").await["messageId"]));
    }
    adas.expect_silence().await;

    let belas = house.connect(&bela).await;
    adas.expect(["user_online", "online_users"]).await;
    for id in sent {
        let delivered = adas.data("message_delivered").await;
        assert_eq!(delivered["messageId"], json!(id));
        assert!(delivered["deliveredAt"].is_string());
    }
    let page = house.ask(&ada, &history(&bela, 1, 50)).await;
    let told = |message: &Value| message["status"] == json!("delivered");
    assert!(page["messages"].as_array().unwrap().iter().all(told), "{page}");

    // Delivered once: coming again tells nothing.
    belas.close().await;
    adas.expect(["user_offline", "online_users"]).await;
    let _belas = house.connect(&bela).await;
    adas.expect(["user_online", "online_users"]).await;
    adas.expect_silence().await;
}

/// Opens a socket with a small receive buffer that nobody reads from.
async fn deaf(
    house: &House,
    token: &str,
) -> tokio_tungstenite::WebSocketStream<tokio::net::TcpStream> {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4_096).unwrap();
    let stream = socket.connect(house.server.address()).await.unwrap();
    let url = format!("ws://{}/ws?token={token}", house.server.address());
    client_async(url, stream).await.unwrap().0
}

#[tokio::test]
async fn who_answers_no_ping_is_dropped_and_who_does_stays() {
    let ping = Duration::from_millis(200);
    let house = House::with(|config| Config { ping, ..config }).await;
    let (ada, bela) = (house.register("ada").await, house.register("béla").await);
    let mut adas = house.connect(&ada).await;
    // Held open, and never read: as after a cable was pulled.
    let _dead = deaf(&house, bela.token.reveal()).await;
    adas.expect(["user_online", "online_users"]).await;
    adas.expect(["user_offline", "online_users"]).await;

    let mut pings = 0;
    while pings < 5 {
        match expect("a ping", adas.0.next()).await {
            Some(Ok(Message::Ping(_))) => pings += 1,
            other => panic!("{other:?}"),
        }
    }
    adas.expect_silence().await;
}

#[tokio::test]
async fn a_slow_reader_is_ended_never_skipped_and_catches_up_to_all_of_it() {
    let house = House::with(|config| Config { queue_bytes: 256 * 1024, ..config }).await;
    let (ada, bela) = (house.register("ada").await, house.register("béla").await);
    let carol = house.register("carol").await;
    let mut adas = house.connect(&ada).await;
    let mut carols = house.connect(&carol).await;
    adas.expect(["user_online", "online_users"]).await;
    let mut slow = deaf(&house, bela.token.reveal()).await;
    adas.expect(["user_online", "online_users"]).await;
    carols.expect(["user_online", "online_users"]).await;

    // Until the buffers of both machines' ends and the queue are full.
    let text = |number: usize| format!("{number:06}{}", "👋".repeat(9_000));
    let mut sent = 0;
    let ended = loop {
        assert!(sent < 2_000, "the slow reader is still there");
        adas.send(&ClientFrame::text(bela.id.clone(), text(sent))).await;
        sent += 1;
        let mut gone = false;
        // Ada is told of each message, whatever becomes of Béla.
        loop {
            let frame = adas.next().await;
            match frame["type"].as_str().unwrap() {
                "message_sent" => break,
                "user_offline" => gone = true,
                "message_delivered" | "online_users" => {}
                other => panic!("{other}"),
            }
        }
        if gone {
            break sent;
        }
    };
    // Others never noticed.
    carols.expect(["user_offline", "online_users"]).await;
    adas.send(&ClientFrame::text(carol.id.clone(), "still here")).await;
    carols.expect(["new_message"]).await;

    // What did reach the slow one is a beginning without holes.
    let (mut read, mut since) = (0, house.beginning(&bela).await);
    while let Some(Ok(message)) = expect("the rest", slow.next()).await {
        let Message::Text(frame) = message else { continue };
        let frame: Value = serde_json::from_str(&frame).unwrap();
        if frame["type"] == json!("new_message") {
            let number: usize = frame["data"]["content"].as_str().unwrap()[..6].parse().unwrap();
            assert_eq!(number, read);
            read += 1;
            since.seq = since.seq.next();
            assert_eq!(frame["seq"], json!(since.seq));
        }
    }
    assert!(read < ended, "{read} of {ended}");
    // What did not is what it missed.
    let missed = house.missed(&bela, &since).await;
    let told = missed.iter().map(|event| event["data"]["content"].as_str().unwrap().to_owned());
    assert_eq!(told.collect::<Vec<_>>(), (read..sent).map(text).collect::<Vec<_>>());
    // And all of it is in the history.
    let page = house.ask(&bela, &history(&ada, 1, 3)).await;
    let last: Vec<_> = (sent - 3..sent).map(|number| format!("{number:06}")).collect();
    let got = contents(&page);
    assert_eq!(got.iter().map(|text| &text[..6]).collect::<Vec<_>>(), last);
}
