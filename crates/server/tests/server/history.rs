//! Messages: refused ones, history, conversations, receipts, and that they are kept.

use chinwag_protocol::{Call, Timestamp, UserId};
use chinwag_server::Config;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{House, Person, TestClock, contents, history};

async fn created(house: &House, from: &Person, to: &Person, content: &str) -> i64 {
    let data = house.ask(from, &to.receives(content)).await;
    Timestamp::parse(data["message"]["createdAt"].as_str().unwrap()).unwrap().millis()
}

#[tokio::test]
async fn a_message_is_kept_exactly_as_it_was_written() {
    let house = House::open().await;
    let (ada, bela) = (house.register("ada").await, house.register("béla").await);
    let longest = "👋".repeat(10_000);
    let texts =
        ["Hello, Béla 👋\nsecond line <b>not markup</b>", "  spaces  ", "a\u{0}b", &longest];
    for text in texts {
        let (status, body) = house.call(&bela.receives(text), Some(&ada.token)).await;
        assert_eq!(status, StatusCode::CREATED);
        let message = &body["data"]["message"];
        assert_eq!(message["content"], json!(text));
        assert_eq!(message["sender"], json!({"_id": ada.id, "username": "ada"}));
        assert_eq!(message["receiver"], json!({"_id": bela.id, "username": "béla"}));
        assert_eq!((&message["messageType"], &message["status"]), (&json!("text"), &json!("sent")));
    }
    assert_eq!(contents(&house.ask(&bela, &history(&ada, 1, 50)).await), texts);
}

#[tokio::test]
async fn a_message_that_does_not_do_is_refused_in_words() {
    let house = House::open().await;
    let (ada, bela) = (house.register("ada").await, house.register("béla").await);
    for (body, words) in [
        (json!({"content": "nobody"}), "Missing required fields: receiverId and content"),
        (json!({"receiverId": bela.id}), "Missing required fields: receiverId and content"),
        (json!({"receiverId": bela.id, "content": ""}), "Message is empty"),
        (json!({"receiverId": bela.id, "content": " \n\t"}), "Message is empty"),
        (
            json!({"receiverId": bela.id, "content": "x".repeat(10_001)}),
            "Message is longer than 10,000 characters",
        ),
        (json!({"receiverId": "nobody", "content": "x"}), "Receiver not found"),
        (json!({"receiverId": ada.id, "content": "x"}), "You cannot send messages to yourself"),
        (json!({"receiverId": 5, "content": "x"}), "A field is missing or of the wrong type"),
        (
            json!({"receiverId": bela.id, "content": "x", "messageType": "<script>"}),
            "Invalid message type",
        ),
    ] {
        let (status, answer) = house.post("/api/messages", Some(&ada.token), &body).await;
        assert_eq!((status, &answer["message"]), (StatusCode::BAD_REQUEST, &json!(words)));
    }
    assert_eq!(contents(&house.ask(&ada, &history(&bela, 1, 50)).await), [""; 0]);
}

#[tokio::test]
async fn history_comes_in_pages_from_the_newest_back() {
    let house = House::open().await;
    let (ada, bela) = (house.register("ada").await, house.register("béla").await);
    let carol = house.register("carol").await;
    for number in 0..7 {
        let (from, to) = if number % 2 == 0 { (&ada, &bela) } else { (&bela, &ada) };
        created(&house, from, to, &number.to_string()).await;
        created(&house, &carol, &ada, "something else").await;
    }
    for (me, other) in [(&ada, &bela), (&bela, &ada)] {
        let page = house.ask(me, &history(other, 1, 3)).await;
        assert_eq!(contents(&page), ["4", "5", "6"]);
        assert_eq!(page["pagination"], json!({"page": 1, "limit": 3, "total": 7, "pages": 3}));
        assert_eq!(contents(&house.ask(me, &history(other, 2, 3)).await), ["1", "2", "3"]);
        assert_eq!(contents(&house.ask(me, &history(other, 3, 3)).await), ["0"]);
        assert_eq!(contents(&house.ask(me, &history(other, 4, 3)).await), [""; 0]);
        let page = house.ask(me, &history(other, 1, 5_000)).await;
        assert_eq!((contents(&page).len(), &page["pagination"]["limit"]), (7, &json!(100)));
    }
    let nobody = Call::History { with: UserId::from("nobody"), page: 1, limit: 50 };
    assert_eq!(house.refused(&ada, &nobody).await, (404, "User not found".to_owned()));
    let oddly = Call::History { with: UserId::from("a/b\u{ff}?"), page: 1, limit: 50 };
    assert_eq!(house.refused(&ada, &oddly).await, (404, "User not found".to_owned()));
    assert_eq!(contents(&house.ask(&ada, &history(&ada, 1, 50)).await), [""; 0]);
}

#[tokio::test]
async fn conversations_tell_the_last_message_and_what_is_unread_newest_first() {
    let house = House::open().await;
    let (ada, bela) = (house.register("ada").await, house.register("béla").await);
    let (carol, dave) = (house.register("carol").await, house.register("dave").await);
    assert_eq!(house.ask(&ada, &Call::Conversations).await, json!({"conversations": []}));
    created(&house, &bela, &ada, "one").await;
    created(&house, &bela, &ada, "two").await;
    created(&house, &ada, &carol, "three").await;
    created(&house, &carol, &bela, "not ada's").await;
    created(&house, &dave, &ada, "four").await;
    created(&house, &ada, &bela, "five").await;

    let data = house.ask(&ada, &Call::Conversations).await;
    let rows: Vec<_> = data["conversations"].as_array().unwrap().iter().collect();
    let told = |row: &Value| {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let unread = row["unreadCount"].as_u64().unwrap();
        (text(&row["user"]["username"]), unread, text(&row["lastMessage"]["content"]))
    };
    assert_eq!(
        rows.iter().map(|row| told(row)).collect::<Vec<_>>(),
        [
            ("béla".into(), 2, "five".into()),
            ("dave".into(), 1, "four".into()),
            ("carol".into(), 0, "three".into()),
        ]
    );
    assert_eq!(rows[0]["lastMessage"]["sender"]["username"], json!("ada"));
    assert_eq!(rows[1]["lastMessage"]["sender"]["username"], json!("dave"));
    assert!(rows.iter().all(|row| row["user"].get("email").is_none()));
}

#[tokio::test]
async fn reading_marks_what_one_person_wrote_and_only_that() {
    let house = House::open().await;
    let (ada, bela) = (house.register("ada").await, house.register("béla").await);
    let carol = house.register("carol").await;
    for from in [&bela, &bela, &carol] {
        created(&house, from, &ada, "x").await;
    }
    created(&house, &ada, &bela, "y").await;
    let unread = async || house.ask(&ada, &Call::UnreadCount).await;
    assert_eq!(unread().await, json!({"unreadCount": 3}));
    assert_eq!(house.ask(&ada, &Call::MarkRead { with: bela.id.clone() }).await, json!({}));
    assert_eq!(unread().await, json!({"unreadCount": 1}));
    // Twice is once.
    house.ask(&ada, &Call::MarkRead { with: bela.id.clone() }).await;
    assert_eq!(unread().await, json!({"unreadCount": 1}));

    let page = house.ask(&bela, &history(&ada, 1, 50)).await;
    let statuses: Vec<_> = page["messages"].as_array().unwrap().iter().collect();
    assert!(statuses[..2].iter().all(|message| message["status"] == json!("read")));
    assert!(statuses[..2].iter().all(|message| message["isRead"] == json!(true)));
    assert_eq!(statuses[2]["status"], json!("sent"), "one's own is the other's to read");
    // It was never handed to a connection.
    let time = |message: &Value, name: &str| message[name].as_str().and_then(Timestamp::parse);
    assert!(statuses[..2].iter().all(|message| time(message, "readAt").is_some()), "{page}");
    assert!(statuses.iter().all(|message| message.get("deliveredAt").is_none()), "{page}");
    assert!(statuses[2].get("readAt").is_none());

    let nobody = Call::MarkRead { with: UserId::from("nobody") };
    assert_eq!(house.refused(&ada, &nobody).await, (404, "User not found".to_owned()));
}

#[tokio::test]
async fn the_order_of_storing_survives_a_clock_set_back_and_a_restart() {
    let clock = TestClock::new();
    let house = House::with(|config| Config { clock: clock.clock(), ..config }).await;
    let (ada, bela) = (house.register("ada").await, house.register("béla").await);
    let mut instants = Vec::new();
    for text in ["0", "1"] {
        instants.push(created(&house, &ada, &bela, text).await);
    }
    clock.advance(-2 * 60 * 60 * 1000);
    instants.push(created(&house, &bela, &ada, "2").await);

    let folder = house.close().await;
    let house = House::at(folder, |config| Config { clock: clock.clock(), ..config }).await;
    instants.push(created(&house, &ada, &bela, "3").await);
    clock.advance(3 * 60 * 60 * 1000);
    instants.push(created(&house, &ada, &bela, "4").await);

    assert!(instants.is_sorted_by(|before, after| before < after), "{instants:?}");
    assert_eq!(contents(&house.ask(&bela, &history(&ada, 1, 50)).await), ["0", "1", "2", "3", "4"]);
}

#[tokio::test]
async fn a_restart_keeps_people_sessions_messages_and_receipts() {
    let house = House::open().await;
    let (ada, bela) = (house.register("ada").await, house.register("béla").await);
    created(&house, &ada, &bela, "read").await;
    house.ask(&bela, &Call::MarkRead { with: ada.id.clone() }).await;
    created(&house, &ada, &bela, "unread").await;
    let pages = async |house: &House| {
        let history = house.ask(&ada, &history(&bela, 1, 50)).await;
        (history, house.ask(&bela, &Call::Conversations).await)
    };
    let before = pages(&house).await;
    let house = House::at(house.close().await, |config| config).await;
    assert_eq!(pages(&house).await, before);
    assert_eq!(house.ask(&bela, &Call::UnreadCount).await, json!({"unreadCount": 1}));
}
