//! Events: numbered for each person without holes, told and kept alike, and told again to whoever missed them
//! (protocol §3, `sync`).

use std::time::Duration;

use chinwag_protocol::{Call, ClientFrame, Seq, StoreId, SyncPoint};
use futures_util::SinkExt;
use reqwest::Method;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::envelope::behind_its_back;
use crate::support::{House, answer, expect, message_id, name_of};

fn types(frames: &[Value]) -> Vec<&str> {
    frames.iter().map(name_of).collect()
}

fn at(point: &SyncPoint, seq: u64) -> SyncPoint {
    SyncPoint { store: point.store.clone(), seq: Seq(seq) }
}

#[tokio::test]
async fn what_lasts_is_numbered_and_kept_as_it_was_told_and_what_passes_is_not() {
    let house = House::open().await;
    let (ada, bela) = (house.register("ada").await, house.register("béla").await);
    let (mut adas, ada_start) = house.connect_at(&ada).await;
    let (mut belas, bela_start) = house.connect_at(&bela).await;
    assert_eq!((ada_start.seq, bela_start.seq), (Seq(0), Seq(0)));

    adas.send(&ClientFrame::TypingStart { receiver_id: bela.id.clone() }).await;
    adas.send(&bela.written_as("n", "hi")).await;
    let told =
        adas.expect(["user_online", "online_users", "message_sent", "message_delivered"]).await;
    let [typing, new] = belas.expect(["typing_indicator", "new_message"]).await;
    belas.send(&ClientFrame::MarkRead { sender_id: ada.id.clone() }).await;
    let [read] = adas.expect(["messages_read"]).await;
    let [marked] = belas.expect(["mark_read_success"]).await;
    // Nothing was left to mark: that changes nothing.
    belas.send(&ClientFrame::MarkRead { sender_id: ada.id.clone() }).await;
    let [again] = belas.expect(["mark_read_success"]).await;
    adas.send(&ClientFrame::GetOnlineUsers {}).await;
    adas.send_text("nonsense").await;
    let passing = adas.expect(["online_users", "error"]).await;

    let [came, online, sent, delivered] = told;
    for frame in [&came, &online, &typing, &again].into_iter().chain(&passing) {
        assert_eq!(frame.get("seq"), None, "{frame}");
    }
    assert_eq!(house.missed(&ada, &ada_start).await, [sent, delivered, read]);
    assert_eq!(house.missed(&bela, &bela_start).await, [new, marked]);
}

#[tokio::test]
async fn who_was_away_finds_all_of_it_and_the_greeting_says_where_the_socket_goes_on() {
    let house = House::open().await;
    let (ada, bela) = (house.register("ada").await, house.register("béla").await);
    let (belas, left) = house.connect_at(&bela).await;
    belas.close().await;
    let (mut adas, ada_start) = house.connect_at(&ada).await;
    let mut sent = Vec::new();
    for text in ["one", "two"] {
        adas.send(&ClientFrame::text(bela.id.clone(), text)).await;
        let [frame] = adas.expect(["message_sent"]).await;
        sent.push(frame);
    }
    house.ask(&ada, &bela.receives("by REST")).await;
    let [frame] = adas.expect(["message_sent"]).await;
    sent.push(frame);

    let (mut belas, back) = house.connect_at(&bela).await;
    assert_eq!(back, at(&left, 3), "the same store, three events later");
    let missed = house.missed(&bela, &left).await;
    assert_eq!(types(&missed), ["new_message"; 3]);
    let ids = |frames: &[Value]| {
        frames.iter().map(|frame| message_id(&frame["data"]["messageId"])).collect::<Vec<_>>()
    };
    assert_eq!(ids(&missed), ids(&sent));
    // That they arrived is the sender's news, oldest first, after the arrival of the person.
    let [_, _, delivered @ ..] = adas
        .expect([
            "user_online",
            "online_users",
            "message_delivered",
            "message_delivered",
            "message_delivered",
        ])
        .await;
    assert_eq!(ids(&delivered), ids(&sent));
    sent.extend(delivered);
    assert_eq!(house.missed(&ada, &ada_start).await, sent);
    // What comes now comes on the socket, with the next number.
    adas.send(&ClientFrame::text(bela.id.clone(), "three")).await;
    let [new] = belas.expect(["new_message"]).await;
    assert_eq!(new["seq"], json!(back.seq.next()));
    assert_eq!(house.missed(&bela, &back).await, [new]);
}

#[tokio::test]
async fn all_connections_of_both_people_are_told_the_same_numbers() {
    const COUNT: usize = 100;
    let house = House::open().await;
    let (ada, bela) = (house.register("ada").await, house.register("béla").await);
    let mut ones = [house.connect(&ada).await, house.connect(&bela).await];
    let mut twos = [house.connect(&ada).await, house.connect(&bela).await];
    // Each from a connection of their own, without waiting for any answer.
    for number in 0..COUNT {
        for (one, to) in ones.iter_mut().zip([&bela, &ada]) {
            let frame = to.written_as(&number.to_string(), number.to_string());
            one.0.feed(Message::text(frame.encode())).await.unwrap();
        }
    }
    for one in &mut ones {
        one.0.flush().await.unwrap();
    }
    for (person, (one, two)) in [&ada, &bela].into_iter().zip(ones.iter_mut().zip(&mut twos)) {
        let mut told = [Vec::new(), Vec::new()];
        for (socket, told) in [one, two].into_iter().zip(&mut told) {
            // Sent, delivered and received.
            while told.len() < 3 * COUNT {
                let frame = socket.next().await;
                if frame.get("seq").is_some() {
                    told.push(frame);
                }
            }
            socket.expect_silence().await;
        }
        assert_eq!(told[0], told[1]);
        assert_eq!(house.missed(person, &house.beginning(person).await).await, told[0]);
    }
}

#[tokio::test]
async fn what_was_missed_comes_in_answers_of_the_length_asked_for() {
    let house = House::open().await;
    let (ada, bela) = (house.register("ada").await, house.register("béla").await);
    for number in 0..7 {
        house.ask(&ada, &bela.receives(number.to_string())).await;
    }
    let start = house.beginning(&bela).await;
    let seqs = |page: &Value| {
        let events = page["events"].as_array().unwrap();
        events.iter().map(|event| event["seq"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    for (since, limit, last, more) in [
        (0, 3, 3, true),
        (3, 3, 6, true),
        (6, 3, 7, false),
        (0, 7, 7, false),
        (7, 3, 7, false),
        (2, 0, 3, true),
        (0, 5_000, 7, false),
    ] {
        let page = house.sync(&bela, &at(&start, since), limit).await;
        let expected: Vec<_> = (since + 1..=last).collect();
        assert_eq!(seqs(&page), expected, "since {since}, at most {limit}");
        assert_eq!((&page["next"], &page["hasMore"]), (&json!(last), &json!(more)));
    }
    // The defaults: from the beginning, of whichever store.
    let page = answer(house.request(Method::GET, "/api/sync").bearer_auth(bela.token.reveal()));
    let (status, mut page) = page.await;
    assert_eq!((status.as_u16(), seqs(&page["data"].take())), (200, (1..=7).collect()));
    // Nobody is told what others are told.
    assert_eq!(seqs(&house.sync(&ada, &start, 3).await), [1, 2, 3]);
    let carol = house.register("carol").await;
    let nothing = json!({"events": [], "next": 0, "hasMore": false});
    assert_eq!(house.sync(&carol, &start, 3).await, nothing);
    let request = house.request(Method::GET, "/api/sync?since=0");
    for request in [request.try_clone().unwrap(), request.bearer_auth("nobody's")] {
        let (status, body) = answer(request).await;
        assert_eq!((status.as_u16(), &body["success"]), (401, &json!(false)));
    }
}

#[tokio::test]
async fn an_answer_ends_where_it_would_be_too_large_and_goes_on_from_there() {
    const COUNT: usize = 60;
    let house = House::open().await;
    let (ada, bela) = (house.register("ada").await, house.register("béla").await);
    let mut adas = house.connect(&ada).await;
    for _ in 0..COUNT {
        adas.send(&ClientFrame::text(bela.id.clone(), "👋".repeat(10_000))).await;
        adas.expect(["message_sent"]).await;
    }
    let start = house.beginning(&bela).await;
    let page = house.sync(&bela, &start, 1_000).await;
    let (bytes, count) = (page.to_string().len(), page["events"].as_array().unwrap().len());
    assert!(bytes < 2 * 1024 * 1024 && count > 20, "{count} events in {bytes} bytes");
    assert_eq!((&page["next"], &page["hasMore"]), (&json!(count), &json!(true)));
    assert_eq!(house.missed(&bela, &start).await.len(), COUNT);
}

#[tokio::test]
async fn a_place_that_is_of_no_use_is_answered_with_where_to_begin_afresh() {
    let house = House::open().await;
    let (ada, bela) = (house.register("ada").await, house.register("béla").await);
    house.ask(&ada, &bela.receives("hi")).await;
    let here = house.now(&bela).await;
    let reset = json!({"reset": true, "next": 1, "store": here.store});
    let ask = async |query: &str| {
        let path = format!("/api/sync?{query}");
        let request = house.request(Method::GET, &path).bearer_auth(bela.token.reveal());
        answer(request).await.1["data"].take()
    };
    let store = &here.store;
    for query in [
        format!("since=2&store={store}"),
        format!("since=18446744073709551615&store={store}"),
        format!("since=99999999999999999999&store={store}"),
        format!("since=-1&store={store}"),
        format!("since=1x&store={store}"),
        "since=2".to_owned(),
        "since=1&store=another".to_owned(),
        "since=0&store=another".to_owned(),
    ] {
        assert_eq!(ask(&query).await, reset, "{query}");
    }
    for query in
        [format!("since=1&store={store}"), "since=1".to_owned(), "since=1&store=".to_owned()]
    {
        assert_eq!(
            ask(&query).await,
            json!({"events": [], "next": 1, "hasMore": false}),
            "{query}"
        );
    }
    // Another store is another store, even with the same people in it.
    let other = House::open().await;
    let ada = other.register("ada").await;
    assert_ne!(other.now(&ada).await.store, here.store);
}

#[tokio::test]
async fn a_restart_keeps_the_store_its_events_and_their_count() {
    let house = House::open().await;
    let (ada, bela) = (house.register("ada").await, house.register("béla").await);
    house.ask(&ada, &bela.receives("before")).await;
    let (start, here) = (house.beginning(&bela).await, house.now(&bela).await);
    let before = house.missed(&bela, &start).await;
    let house = House::at(house.close().await, |config| config).await;
    assert_eq!(house.now(&bela).await, here);
    assert_eq!(house.missed(&bela, &start).await, before);
    house.ask(&ada, &bela.receives("after")).await;
    assert_eq!(types(&house.missed(&bela, &start).await), ["new_message"; 2]);
}

#[tokio::test]
async fn only_the_newest_events_are_kept_and_who_is_further_behind_begins_afresh() {
    let house = House::open().await;
    let (ada, bela) = (house.register("ada").await, house.register("béla").await);
    behind_its_back(
        &house,
        "INSERT INTO events (user_id, seq, frame, at)
         WITH RECURSIVE n(seq) AS (SELECT 1 UNION ALL SELECT seq + 1 FROM n WHERE seq < 9999)
         SELECT users.id, n.seq, json_object('type', 'message_delivered', 'data',
                json_object('messageId', 'm' || n.seq), 'seq', n.seq), 0 FROM n, users",
    )
    .await;
    behind_its_back(&house, "UPDATE users SET last_seq = 9999").await;
    let start = house.beginning(&bela).await;
    assert_eq!(house.missed(&bela, &start).await.len(), 9_999);
    // Nobody is given all of it at once.
    let count = async |query: &str| {
        let path = format!("/api/sync?since=0{query}");
        let request = house.request(Method::GET, &path).bearer_auth(bela.token.reveal());
        answer(request).await.1["data"]["events"].as_array().unwrap().len()
    };
    assert_eq!((count("").await, count("&limit=many").await), (500, 500));
    assert_eq!((count("&limit=1000").await, count("&limit=1001").await), (1_000, 1_000));
    let bela_reads = async |since| house.sync(&bela, &at(&start, since), 1).await["reset"].clone();

    house.ask(&ada, &bela.receives("the ten thousandth")).await;
    assert_eq!(house.now(&bela).await.seq, Seq(10_000));
    // A thousand of room, so that it need not be made for each message.
    assert_eq!((bela_reads(999).await, bela_reads(0).await), (json!(true), json!(true)));
    assert_eq!(house.missed(&bela, &at(&start, 1_000)).await.len(), 9_000);
    house.ask(&ada, &bela.receives("one more")).await;
    assert_eq!(house.missed(&bela, &at(&start, 1_000)).await.len(), 9_001);
    // Each person's are theirs: Ada was told of both, and Carol of nothing.
    assert_eq!(house.missed(&ada, &at(&start, 1_000)).await.len(), 9_001);
    let carol = house.register("carol").await;
    house.ask(&carol, &Call::UnreadCount).await;
    assert_eq!(house.now(&carol).await, SyncPoint { seq: Seq(0), ..start.clone() });

    // Somebody comes for whom thousands waited, and others are told of each.
    behind_its_back(
        &house,
        "INSERT INTO messages (created_at, id, conversation_id, sender_id, receiver_id, content, kind)
         WITH RECURSIVE n(at) AS (SELECT 1 UNION ALL SELECT at + 1 FROM n WHERE at < 12000)
         SELECT n.at, 'w' || n.at, c.id, m.sender_id, m.receiver_id, 'waiting', 'text'
         FROM n, conversations c, (SELECT DISTINCT sender_id, receiver_id FROM messages) m",
    )
    .await;
    let _belas = house.connect(&bela).await;
    let last = 10_001 + 12_000 + 2;
    let all = async {
        while house.now(&ada).await.seq.0 < last {
            // Not so often that it is too often.
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    expect("that all are told of", all).await;
    assert_eq!(house.now(&ada).await.seq.0, last);
    let kept = house.missed(&ada, &at(&start, last - 9_000)).await;
    assert_eq!(kept.len(), 9_000);
    let oldest = house.sync(&ada, &at(&start, last - 10_001), 1).await;
    assert_eq!(oldest["reset"], json!(true));
    let elsewhere = SyncPoint { store: StoreId::from("x"), seq: Seq(last) };
    assert_eq!(house.sync(&ada, &elsewhere, 1).await["next"], json!(last));
}
