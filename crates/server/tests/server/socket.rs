//! The socket's frames, refusals and closes.

use chinwag_protocol::{Call, ClientFrame, Timestamp, UserId};
use chinwag_server::Config;
use futures_util::SinkExt;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{Error as SocketError, Message};

use crate::envelope::{behind_its_back, break_store};
use crate::support::{House, Socket, answer, contents, history};

/// The error's words, then the close code.
async fn refusal(mut socket: Socket) -> (String, u16) {
    let error = socket.data("error").await;
    assert!(error["timestamp"].is_string());
    (error["message"].as_str().unwrap().to_owned(), socket.closed().await)
}

#[tokio::test]
async fn a_socket_without_a_good_token_is_told_why_and_closed() {
    let house = House::open().await;
    let bad = "Invalid or expired token. Please login again.";
    for (query, words, code) in [
        ("", "No token provided. Please login.", 4001),
        ("?token=", "No token provided. Please login.", 4001),
        ("?other=1", "No token provided. Please login.", 4001),
        ("?token=nonsense", bad, 4002),
        ("?token=%00%ff", bad, 4002),
    ] {
        let got = refusal(house.socket(query).await).await;
        assert_eq!(got, (words.to_owned(), code), "{query}");
    }
}

#[tokio::test]
async fn a_socket_of_somebody_who_is_no_more_is_closed_with_4003() {
    let house = House::open().await;
    let ada = house.register("ada").await;
    behind_its_back(&house, "DELETE FROM users").await;
    let (words, code) =
        refusal(house.socket(&format!("?token={}", ada.token.reveal())).await).await;
    assert_eq!((words.as_str(), code), ("User not found. Please login again.", 4003));
    assert_eq!(house.refused(&ada, &Call::Me).await.0, 401);
}

#[tokio::test]
async fn a_socket_that_the_server_cannot_serve_is_closed_with_4004() {
    let house = House::open().await;
    let ada = house.register("ada").await;
    break_store(&house).await;
    let (words, code) =
        refusal(house.socket(&format!("?token={}", ada.token.reveal())).await).await;
    assert_eq!((words.as_str(), code), ("Server error. Please try again.", 4004));
}

#[tokio::test]
async fn a_message_that_cannot_be_stored_is_an_error_and_the_socket_lives() {
    let house = House::open().await;
    let (ada, bela) = (house.register("ada").await, house.register("béla").await);
    let mut adas = house.connect(&ada).await;
    behind_its_back(&house, "ALTER TABLE messages RENAME TO elsewhere").await;
    adas.send(&ClientFrame::text(bela.id.clone(), "x")).await;
    let error = adas.data("error").await;
    assert_eq!(error["message"], json!("Server error. Please try again."));
    behind_its_back(&house, "ALTER TABLE elsewhere RENAME TO messages").await;
    adas.send(&ClientFrame::text(bela.id.clone(), "y")).await;
    adas.expect(["message_sent"]).await;
    assert_eq!(contents(&house.ask(&ada, &history(&bela, 1, 50)).await), ["y"]);
}

#[tokio::test]
async fn what_is_answered_is_stored_and_what_is_refused_is_not_even_if_the_store_gives_up_midway() {
    const COUNT: usize = 60;
    let house = House::open().await;
    let (ada, bela) = (house.register("ada").await, house.register("béla").await);
    let mut adas = house.connect(&ada).await;
    // As a full disk does: SQLite ends the whole transaction by itself.
    behind_its_back(
        &house,
        "CREATE TRIGGER full BEFORE INSERT ON messages WHEN NEW.content LIKE 'bad%'
         BEGIN SELECT RAISE(ROLLBACK, 'full'); END",
    )
    .await;
    for number in 0..COUNT {
        let kind = if number % 7 == 3 { "bad" } else { "good" };
        let frame = ClientFrame::text(bela.id.clone(), format!("{kind} {number}"));
        adas.0.feed(Message::text(frame.encode())).await.unwrap();
    }
    adas.0.flush().await.unwrap();
    let mut answered = Vec::new();
    for _ in 0..COUNT {
        let frame = adas.next().await;
        match frame["type"].as_str().unwrap() {
            "message_sent" => answered.push(frame["data"]["content"].as_str().unwrap().to_owned()),
            "error" => {
                assert_eq!(frame["data"]["message"], json!("Server error. Please try again."));
            }
            other => panic!("{other}"),
        }
    }
    assert_eq!(contents(&house.ask(&ada, &history(&bela, 1, 100)).await), answered);
    adas.send(&ClientFrame::text(bela.id.clone(), "good at last")).await;
    assert_eq!(adas.data("message_sent").await["content"], json!("good at last"));
}

#[tokio::test]
async fn whoever_connects_is_greeted_and_told_who_is_there() {
    let house = House::open().await;
    let ada = house.register("ada").await;
    let mut socket = house.socket(&format!("?token={}", ada.token.reveal())).await;
    let hello = socket.data("connection_established").await;
    assert_eq!(
        hello,
        json!({
            "message": "Connected to chat server", "userId": ada.id, "username": "ada",
            "features": [
                "idempotent_send", "sync", "sessions", "password", "profile", "content_10000",
                "presence_changes",
            ],
            "sync": {"store": hello["sync"]["store"], "seq": 0},
        })
    );
    assert!(!hello["sync"]["store"].as_str().unwrap().is_empty());
    let online = socket.data("online_users").await;
    assert_eq!(online["users"], json!([{"_id": ada.id, "username": "ada"}]));
    assert_eq!(online["totalOnline"], json!(1));
    socket.send(&ClientFrame::GetOnlineUsers {}).await;
    assert_eq!(socket.data("online_users").await["users"], online["users"]);
}

#[tokio::test]
async fn a_message_goes_from_one_to_the_other_with_its_receipts() {
    let house = House::open().await;
    let (ada, bela) = (house.register("ada").await, house.register("béla").await);
    let mut adas = house.connect(&ada).await;
    let mut belas = house.connect(&bela).await;
    adas.expect(["user_online", "online_users"]).await;

    let text = "Hello, Béla 👋\nsecond line <b>not markup</b>";
    adas.send(&ClientFrame::text(bela.id.clone(), text)).await;
    let sent = adas.data("message_sent").await;
    let id = sent["messageId"].clone();
    let at = sent["createdAt"].clone();
    assert_eq!(
        sent,
        json!({"messageId": id, "receiverId": bela.id, "content": text, "createdAt": at, "status": "sent"})
    );
    let delivered = adas.data("message_delivered").await;
    assert_eq!(delivered["messageId"], id);
    assert_eq!(
        belas.data("new_message").await,
        json!({
            "messageId": id, "senderId": ada.id, "senderUsername": "ada",
            "content": text, "messageType": "text", "createdAt": at,
        })
    );

    belas.send(&ClientFrame::MarkRead { sender_id: ada.id.clone() }).await;
    let read = adas.data("messages_read").await;
    assert_eq!((&read["readBy"], &read["readByUsername"]), (&json!(bela.id), &json!("béla")));
    let marked = belas.data("mark_read_success").await;
    let read_at = &read["readAt"];
    assert_eq!(marked, json!({"senderId": ada.id, "markedCount": 1, "readAt": read_at}));
    // The history tells the same times.
    let page = house.ask(&ada, &history(&bela, 1, 50)).await;
    let told = &page["messages"][0];
    assert_eq!((&told["deliveredAt"], &told["readAt"]), (&delivered["deliveredAt"], read_at));
    // Again: nothing is new, and only the asker is told so.
    belas.send(&ClientFrame::MarkRead { sender_id: ada.id.clone() }).await;
    assert_eq!(belas.data("mark_read_success").await["markedCount"], json!(0));
    adas.expect_silence().await;
}

#[tokio::test]
async fn typing_is_told_to_whom_it_is_for_and_to_nobody_else() {
    let house = House::open().await;
    let (ada, bela) = (house.register("ada").await, house.register("béla").await);
    let mut adas = house.connect(&ada).await;
    let mut belas = house.connect(&bela).await;
    adas.expect(["user_online", "online_users"]).await;
    let receiver_id = bela.id.clone();
    adas.send(&ClientFrame::TypingStart { receiver_id: receiver_id.clone() }).await;
    adas.send(&ClientFrame::TypingStop { receiver_id }).await;
    for is_typing in [true, false] {
        assert_eq!(
            belas.data("typing_indicator").await,
            json!({"userId": ada.id, "username": "ada", "isTyping": is_typing})
        );
    }
    // To oneself or to nobody: nothing happens.
    for receiver_id in [ada.id.clone(), UserId::from("nobody")] {
        adas.send(&ClientFrame::TypingStart { receiver_id }).await;
    }
    adas.expect_silence().await;
    belas.expect_silence().await;
}

#[tokio::test]
async fn what_the_socket_refuses_is_told_in_words_and_the_socket_lives() {
    let house = House::open().await;
    let (ada, bela) = (house.register("ada").await, house.register("béla").await);
    let mut adas = house.connect(&ada).await;
    let chat = |data: &Value| json!({"type": "chat_message", "data": data}).to_string();
    let missing = "Missing required fields: receiverId and content";
    for (text, words) in [
        (chat(&json!({"content": "x"})), missing),
        (chat(&json!({"receiverId": bela.id})), missing),
        (chat(&json!({"receiverId": bela.id, "content": 5})), missing),
        (chat(&Value::Null), missing),
        (chat(&json!({"receiverId": bela.id, "content": " "})), "Message is empty"),
        (
            chat(&json!({"receiverId": bela.id, "content": "x".repeat(10_001)})),
            "Message is longer than 10,000 characters",
        ),
        (chat(&json!({"receiverId": "nobody", "content": "x"})), "Receiver not found"),
        (
            chat(&json!({"receiverId": ada.id, "content": "x"})),
            "You cannot send messages to yourself",
        ),
        (
            chat(&json!({"receiverId": bela.id, "content": "x", "messageType": "A B"})),
            "Invalid message type",
        ),
        (json!({"type": "no_such", "data": {}}).to_string(), "Unknown message type: no_such"),
        (json!({"type": "mark_read", "data": {}}).to_string(), "Missing required fields: senderId"),
        (json!({"type": "typing_start"}).to_string(), "Missing required fields: receiverId"),
        (
            json!({"type": "mark_read", "data": {"senderId": "nobody"}}).to_string(),
            "User not found",
        ),
        ("not json".to_owned(), "Invalid message format. Please send valid JSON."),
        ("[".repeat(10_000), "Invalid message format. Please send valid JSON."),
    ] {
        adas.send_text(&text).await;
        let error = adas.data("error").await;
        assert_eq!(error["message"], json!(words));
        assert!(error["timestamp"].is_string());
    }
    adas.0.send(Message::binary(vec![1, 2, 3])).await.unwrap();
    adas.expect(["error"]).await;
    adas.expect_silence().await;
    assert_eq!(contents(&house.ask(&ada, &history(&bela, 1, 50)).await), [""; 0]);
}

#[tokio::test]
async fn the_longest_message_fits_whatever_it_is_made_of_and_a_huge_one_closes() {
    let house = House::open().await;
    let (ada, bela) = (house.register("ada").await, house.register("béla").await);
    let mut adas = house.connect(&ada).await;
    // The most bytes of a character: four in UTF-8, two or six where JSON wants an escape.
    for (number, one) in ["👋", "\"", "\u{1}", "\u{7f}"].into_iter().enumerate() {
        let content = one.repeat(10_000);
        let name = format!("9b2f1c1e-0d5c-4f0a-8c1e-3f6a2b7d9e1{number}");
        let frame = bela.written_as(&name, content.clone());
        assert!(frame.encode().len() < 64 * 1024, "{}", frame.encode().len());
        adas.send(&frame).await;
        assert_eq!(adas.data("message_sent").await["content"], json!(content));
    }
    adas.send(&bela.written_as("one more", "x".repeat(10_001))).await;
    let error = adas.data("error").await;
    assert_eq!(error["message"], json!("Message is longer than 10,000 characters"));
    // More than any message of the page: not read at all.
    adas.send_text(&"x".repeat(64 * 1024 + 1)).await;
    assert_eq!(adas.closed().await, 1009);
    let escaped = "\\ud83d\\udc4b".repeat(10_000);
    let call = format!(r#"{{"receiverId":"{}","content":"{escaped}"}}"#, bela.id);
    let request = house.request(Method::POST, "/api/messages").bearer_auth(ada.token.reveal());
    // A call has room for a client that escapes all it can.
    assert_eq!(answer(request.body(call)).await.0, StatusCode::CREATED);
}

#[tokio::test]
async fn messages_keep_the_order_in_which_they_were_sent() {
    const COUNT: usize = 200;
    let house = House::open().await;
    let (ada, bela) = (house.register("ada").await, house.register("béla").await);
    let carol = house.register("carol").await;
    let mut belas = house.connect(&bela).await;
    let (mut adas, mut carols) = (house.connect(&ada).await, house.connect(&carol).await);
    adas.expect(["user_online", "online_users"]).await;
    belas.expect(["user_online", "online_users", "user_online", "online_users"]).await;

    // All at once, from two people, without waiting for any answer.
    for (socket, name) in [(&mut adas, "ada"), (&mut carols, "carol")] {
        for number in 0..COUNT {
            let frame = ClientFrame::text(bela.id.clone(), format!("{name} {number}"));
            socket.0.feed(Message::text(frame.encode())).await.unwrap();
        }
        socket.0.flush().await.unwrap();
    }
    let expected = |name: &str| (0..COUNT).map(|n| format!("{name} {n}")).collect::<Vec<_>>();
    for (socket, name) in [(&mut adas, "ada"), (&mut carols, "carol")] {
        let mut sent = Vec::new();
        while sent.len() < COUNT {
            let frame = socket.next().await;
            if frame["type"] == json!("message_sent") {
                sent.push(frame["data"]["content"].as_str().unwrap().to_owned());
            }
        }
        assert_eq!(sent, expected(name));
    }
    let mut received = Vec::new();
    while received.len() < 2 * COUNT {
        let message = belas.data("new_message").await;
        let at = Timestamp::parse(message["createdAt"].as_str().unwrap()).unwrap();
        received.push((at, message["content"].as_str().unwrap().to_owned()));
    }
    // The order of arriving is the order of storing, over both senders.
    assert!(received.is_sorted_by(|before, after| before.0 < after.0));
    for (person, name) in [(&ada, "ada"), (&carol, "carol")] {
        let from = |text: &&String| text.starts_with(name);
        let live: Vec<_> = received.iter().map(|(_, text)| text).filter(from).cloned().collect();
        assert_eq!(live, expected(name));
        let (old, new) = (history(person, 2, 100), history(person, 1, 100));
        let (old, new) = (house.ask(&bela, &old).await, house.ask(&bela, &new).await);
        assert_eq!([contents(&old), contents(&new)].concat(), live);
    }
}

#[tokio::test]
async fn what_rest_sends_and_marks_is_told_to_the_sockets_alike() {
    let house = House::open().await;
    let (ada, bela) = (house.register("ada").await, house.register("béla").await);
    let mut adas = house.connect(&ada).await;
    let mut belas = house.connect(&bela).await;
    adas.expect(["user_online", "online_users"]).await;

    let data = house.ask(&ada, &bela.receives("by REST")).await;
    let message = &data["message"];
    assert_eq!(message["status"], json!("delivered"));
    let [sent, delivered] = adas.expect(["message_sent", "message_delivered"]).await;
    assert_eq!(sent["data"]["messageId"], message["_id"]);
    assert_eq!(sent["data"]["createdAt"], message["createdAt"]);
    assert_eq!(delivered["data"]["messageId"], message["_id"]);
    let new = belas.data("new_message").await;
    assert_eq!((&new["messageId"], &new["content"]), (&message["_id"], &json!("by REST")));

    house.ask(&bela, &Call::MarkRead { with: ada.id.clone() }).await;
    adas.expect(["messages_read"]).await;
    assert_eq!(belas.data("mark_read_success").await["markedCount"], json!(1));
}

#[tokio::test]
async fn only_own_and_listed_pages_may_open_a_socket() {
    let listed = "https://pages.example";
    let house =
        House::with(|config| Config { cors: vec![listed.parse().unwrap()], ..config }).await;
    let ada = house.register("ada").await;
    let query = format!("?token={}", ada.token.reveal());
    let own = house.url("");
    for origin in [None, Some(own.as_str()), Some(listed)] {
        let mut socket = house.try_socket(&query, origin).await.unwrap();
        socket.expect(["connection_established", "online_users"]).await;
        socket.close().await;
    }
    for origin in ["https://evil.example", "http://pages.example", "null"] {
        match house.try_socket(&query, Some(origin)).await {
            Err(SocketError::Http(response)) => assert_eq!(response.status(), 403, "{origin}"),
            other => panic!("{origin}: {:?}", other.map(|_| "opened")),
        }
    }
}

#[tokio::test]
async fn a_server_that_stops_says_so_to_every_socket() {
    let house = House::open().await;
    let (ada, bela) = (house.register("ada").await, house.register("béla").await);
    let mut adas = house.connect(&ada).await;
    adas.send(&ClientFrame::text(bela.id.clone(), "before the end")).await;
    adas.expect(["message_sent"]).await;
    let closing = tokio::spawn(house.close());
    assert_eq!(adas.closed().await, 1012);
    drop(adas);
    let house = House::at(closing.await.unwrap(), |config| config).await;
    assert_eq!(contents(&house.ask(&ada, &history(&bela, 1, 50)).await), ["before the end"]);
}
