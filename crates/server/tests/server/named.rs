//! Messages that their client named: stored once however often they come (protocol §3, `idempotent_send`).

use chinwag_protocol::{Call, ClientFrame, ClientId};
use futures_util::SinkExt;
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::envelope::behind_its_back;
use crate::support::{House, Socket, contents, history, name_of};

const NAME: &str = "9b2f1c1e-0d5c-4f0a-8c1e-3f6a2b7d9e10";

#[tokio::test]
async fn a_name_is_echoed_to_both_sides_and_kept_with_the_message() {
    let house = House::open().await;
    let (ada, bela) = (house.register("ada").await, house.register("béla").await);
    let mut adas = house.connect(&ada).await;
    let mut belas = house.connect(&bela).await;
    adas.expect(["user_online", "online_users"]).await;

    adas.send(&bela.written_as(NAME, "by socket")).await;
    let [sent, _] = adas.expect(["message_sent", "message_delivered"]).await;
    assert_eq!(sent["data"]["clientMessageId"], json!(NAME));
    assert_eq!(belas.data("new_message").await["clientMessageId"], json!(NAME));

    let data = house.ask(&ada, &bela.receives_as("by-rest", "by REST")).await;
    assert_eq!(data["message"]["clientMessageId"], json!("by-rest"));
    assert_eq!(adas.data("message_sent").await["clientMessageId"], json!("by-rest"));
    assert_eq!(belas.data("new_message").await["clientMessageId"], json!("by-rest"));

    let page = house.ask(&bela, &history(&ada, 1, 50)).await;
    let names: Vec<_> =
        page["messages"].as_array().unwrap().iter().map(|m| &m["clientMessageId"]).collect();
    assert_eq!(names, [&json!(NAME), &json!("by-rest")]);
    let last = &house.ask(&ada, &Call::Conversations).await["conversations"][0]["lastMessage"];
    assert_eq!(last["clientMessageId"], json!("by-rest"));
}

#[tokio::test]
async fn a_send_whose_answer_was_lost_is_sent_again_and_stored_once() {
    let house = House::open().await;
    let (ada, bela) = (house.register("ada").await, house.register("béla").await);
    let mut adas = house.connect(&ada).await;
    let mut other = house.connect(&ada).await;
    adas.send(&bela.written_as(NAME, "hi")).await;
    let [first] = adas.expect(["message_sent"]).await;
    other.expect(["message_sent"]).await;
    let before = house.now(&ada).await;

    adas.send(&bela.written_as(NAME, "hi")).await;
    let [again] = adas.expect(["message_sent"]).await;
    assert_eq!(again["data"], first["data"]);
    assert_eq!((first["seq"].is_u64(), again.get("seq")), (true, None));
    // By a call too: the stored message, as far as it has come meanwhile.
    house.ask(&bela, &Call::MarkRead { with: ada.id.clone() }).await;
    for socket in [&mut adas, &mut other] {
        socket.expect(["messages_read"]).await;
    }
    let (status, body) = house.call(&bela.receives_as(NAME, "hi"), Some(&ada.token)).await;
    let message = &body["data"]["message"];
    assert_eq!((status, &message["_id"]), (StatusCode::CREATED, &first["data"]["messageId"]));
    assert_eq!((&message["status"], &message["isRead"]), (&json!("read"), &json!(true)));
    assert_eq!(message["receiver"], json!({"_id": bela.id, "username": "béla"}));
    adas.send(&bela.written_as(NAME, "hi")).await;
    assert_eq!(adas.data("message_sent").await["status"], json!("read"));

    // Nobody else was told of any of this, and no event was counted for it.
    other.expect_silence().await;
    assert_eq!(house.missed(&ada, &before).await.len(), 1, "only that it was read");
    assert_eq!(house.missed(&bela, &house.beginning(&bela).await).await.len(), 2);
    assert_eq!(contents(&house.ask(&ada, &history(&bela, 1, 50)).await), ["hi"]);
}

#[tokio::test]
async fn a_name_is_its_senders_own_and_survives_a_restart() {
    let house = House::open().await;
    let (ada, bela) = (house.register("ada").await, house.register("béla").await);
    house.ask(&ada, &bela.receives_as(NAME, "from ada")).await;
    house.ask(&bela, &ada.receives_as(NAME, "from béla")).await;
    let house = House::at(house.close().await, |config| config).await;
    house.ask(&ada, &bela.receives_as(NAME, "from ada")).await;
    // Without a name, the same words are another message.
    house.ask(&ada, &bela.receives("from ada")).await;
    house.ask(&ada, &bela.receives("from ada")).await;
    assert_eq!(
        contents(&house.ask(&ada, &history(&bela, 1, 50)).await),
        ["from ada", "from béla", "from ada", "from ada"]
    );
}

#[tokio::test]
async fn a_refused_send_is_told_which_it_was_and_why() {
    let house = House::open().await;
    let (ada, bela) = (house.register("ada").await, house.register("béla").await);
    let carol = house.register("carol").await;
    let mut adas = house.connect(&ada).await;
    adas.send(&bela.written_as("taken", "hi")).await;
    adas.expect(["message_sent"]).await;
    let before = house.now(&ada).await;

    let send = |name: &str, change: &Value| {
        let mut data = json!({"receiverId": bela.id, "content": "x", "clientMessageId": name});
        data.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        data
    };
    let long = "x".repeat(65);
    for (data, status, code, words) in [
        (send("a", &json!({"content": " "})), 400, "invalid", "Message is empty"),
        (send("b", &json!({"messageType": "A B"})), 400, "invalid", "Invalid message type"),
        (
            send("c", &json!({"receiverId": ada.id})),
            400,
            "invalid",
            "You cannot send messages to yourself",
        ),
        (send("d", &json!({"receiverId": "nobody"})), 400, "not_found", "Receiver not found"),
        (send("", &json!({})), 400, "invalid", "Invalid clientMessageId"),
        (send(&long, &json!({})), 400, "invalid", "Invalid clientMessageId"),
        (
            send("taken", &json!({"content": "Hi"})),
            409,
            "id_reused",
            "Another message was sent under this name",
        ),
        (
            send("taken", &json!({"content": "hi", "receiverId": carol.id})),
            409,
            "id_reused",
            "Another message was sent under this name",
        ),
        (
            send("taken", &json!({"content": "hi", "messageType": "image"})),
            409,
            "id_reused",
            "Another message was sent under this name",
        ),
    ] {
        adas.send_text(&json!({"type": "chat_message", "data": data}).to_string()).await;
        let [error] = adas.expect(["error"]).await;
        assert_eq!(error.get("seq"), None);
        let error = &error["data"];
        assert!(error["timestamp"].is_string());
        assert_eq!((&error["code"], &error["message"]), (&json!(code), &json!(words)), "{data}");
        assert_eq!(error["clientMessageId"], data["clientMessageId"], "{data}");
        let (got, body) = house.post("/api/messages", Some(&ada.token), &data).await;
        assert_eq!((got.as_u16(), &body["message"]), (status, &json!(words)), "{data}");
    }
    // What lacks even its receiver still says which it was.
    let data = json!({"content": "x", "clientMessageId": "lost"});
    adas.send_text(&json!({"type": "chat_message", "data": data}).to_string()).await;
    let error = adas.data("error").await;
    assert_eq!((&error["code"], &error["clientMessageId"]), (&json!("invalid"), &json!("lost")));

    adas.send(&bela.written_as(&"x".repeat(64), "as long as may be")).await;
    adas.expect(["message_sent"]).await;
    assert_eq!(house.missed(&ada, &before).await.len(), 1, "a refusal is no event");
    for (with, texts) in [(&bela, &["hi", "as long as may be"][..]), (&carol, &[])] {
        assert_eq!(contents(&house.ask(&ada, &history(with, 1, 50)).await), texts);
    }
}

#[tokio::test]
async fn the_same_send_from_two_connections_and_a_call_at_once_is_stored_once() {
    const ROUNDS: usize = 30;
    const TIMES: usize = 5;
    let house = House::open().await;
    let (ada, bela) = (house.register("ada").await, house.register("béla").await);
    let (mut one, mut two) = (house.connect(&ada).await, house.connect(&ada).await);
    let texts: Vec<_> = (0..ROUNDS).map(|round| round.to_string()).collect();
    for text in &texts {
        let send = async |socket: &mut Socket| {
            let frame = Message::text(bela.written_as(text, text.as_str()).encode());
            for _ in 0..TIMES {
                socket.0.feed(frame.clone()).await.unwrap();
            }
            socket.0.flush().await.unwrap();
        };
        let call = bela.receives_as(text, text.as_str());
        let ((), (), data) = tokio::join!(send(&mut one), send(&mut two), house.ask(&ada, &call));
        let id = &data["message"]["_id"];
        let (mut events, mut answers) = (Vec::new(), 0);
        for socket in [&mut one, &mut two] {
            // Answered after all that was asked before.
            socket.send(&ClientFrame::GetOnlineUsers {}).await;
            loop {
                let frame = socket.next().await;
                if name_of(&frame) == "online_users" {
                    break;
                }
                assert_eq!(&frame["data"]["messageId"], id, "{frame}");
                match frame["seq"].as_u64() {
                    Some(seq) => events.push(seq),
                    None => answers += 1,
                }
            }
        }
        assert!(
            matches!(events[..], [one, two] if one == two),
            "one event, told to both: {events:?}"
        );
        // Of a socket's own sends, the one that was stored is answered by the event.
        assert!((2 * TIMES - 1..=2 * TIMES).contains(&answers), "{answers}");
    }
    let page = house.ask(&bela, &history(&ada, 1, 100)).await;
    assert_eq!(contents(&page), texts);
    assert_eq!(house.missed(&bela, &house.beginning(&bela).await).await.len(), ROUNDS);
}

#[tokio::test]
async fn nothing_of_a_batch_that_fails_is_stored_counted_or_forgotten() {
    const COUNT: usize = 60;
    let house = House::open().await;
    let (ada, bela) = (house.register("ada").await, house.register("béla").await);
    let (mut adas, start) = house.connect_at(&ada).await;
    // As a full disk does: SQLite ends the whole transaction by itself.
    behind_its_back(
        &house,
        "CREATE TRIGGER full BEFORE INSERT ON messages WHEN NEW.content LIKE 'bad%'
         BEGIN SELECT RAISE(ROLLBACK, 'full'); END",
    )
    .await;
    let names: Vec<_> = (0..COUNT).map(|number| format!("name {number}")).collect();
    let text = |number: usize| match number % 7 {
        3 => format!("bad {number}"),
        _ => format!("good {number}"),
    };
    for (number, name) in names.iter().enumerate() {
        let frame = bela.written_as(name, text(number));
        adas.0.feed(Message::text(frame.encode())).await.unwrap();
    }
    adas.0.flush().await.unwrap();
    let (mut events, mut refused) = (Vec::new(), Vec::new());
    for _ in 0..COUNT {
        let frame = adas.next().await;
        let name = frame["data"]["clientMessageId"].as_str().unwrap().to_owned();
        if name_of(&frame) == "error" {
            assert_eq!(frame["data"]["code"], json!("internal"));
            refused.push(name);
        } else {
            events.push(frame);
        }
    }
    assert!(refused.len() >= COUNT / 7, "{refused:?}");
    assert_eq!(house.missed(&ada, &start).await, events);

    // The trouble is over: each is sent again under its name.
    behind_its_back(&house, "DROP TRIGGER full").await;
    for (number, name) in names.iter().enumerate() {
        adas.send(&bela.written_as(name, text(number))).await;
        let [sent] = adas.expect(["message_sent"]).await;
        assert_eq!(sent.get("seq").is_some(), refused.contains(name), "{name}");
    }
    let mut stored = contents(&house.ask(&ada, &history(&bela, 1, 100)).await)
        .into_iter()
        .map(str::to_owned)
        .collect::<Vec<_>>();
    stored.sort_unstable();
    let mut expected: Vec<_> = (0..COUNT).map(text).collect();
    expected.sort_unstable();
    assert_eq!(stored, expected);
    assert_eq!(house.missed(&ada, &start).await.len(), COUNT);
    assert_eq!(house.missed(&bela, &house.beginning(&bela).await).await.len(), COUNT);
}

#[tokio::test]
async fn an_error_of_what_has_no_name_is_a_base_servers() {
    let house = House::open().await;
    let ada = house.register("ada").await;
    let mut adas = house.connect(&ada).await;
    for frame in [
        ClientFrame::text("nobody".into(), "x"),
        ClientFrame::MarkRead { sender_id: "nobody".into() },
        ClientFrame::text_as(ClientId::from("n"), "nobody".into(), "x"),
    ] {
        adas.send(&frame).await;
        let named = matches!(frame, ClientFrame::ChatMessage { client_message_id: Some(_), .. });
        assert_eq!(adas.data("error").await.as_object().unwrap().len(), if named { 4 } else { 2 });
    }
}
