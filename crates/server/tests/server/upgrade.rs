//! A store that was made before there were events: everything in it is there after the upgrade.

use std::fmt::Write;
use std::fs;

use chinwag_protocol::{Call, Seq};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqlSafeStr};

use crate::support::{House, Person, contents, history};

const FIRST_STEP: &str = include_str!("../../migrations/0001_people_and_messages.sql");

/// Two people with a session each, and what they wrote: one message read, one delivered, one waiting.
const PEOPLE: &str = "
    INSERT INTO users (id, username, username_key, email, email_key, password_hash, created_at, last_seen)
    VALUES ('a', 'ada', 'ada', 'ada@example.org', 'ada@example.org', 'none', 1, 5),
           ('b', 'béla', 'béla', 'bela@example.org', 'bela@example.org', 'none', 2, NULL);
    INSERT INTO conversations (id, low, high) VALUES (1, 'a', 'b');
    INSERT INTO messages
        (created_at, id, conversation_id, sender_id, receiver_id, content, kind, delivered_at, read_at)
    VALUES (1795376203001, 'm1', 1, 'a', 'b', 'read', 'text', 10, 11),
           (1795376203002, 'm2', 1, 'a', 'b', 'delivered', 'text', 10, NULL),
           (1795376203003, 'm3', 1, 'b', 'a', 'waiting', 'text', NULL, NULL);";

#[test]
fn the_first_step_is_never_changed() {
    let mut sum = String::new();
    for byte in Sha256::digest(FIRST_STEP) {
        write!(sum, "{byte:02x}").unwrap();
    }
    assert_eq!(sum, "5f25a98abb9b2e3f91b17a0ecce0292df0413aaf5bb47761dcfa1af24ffd5078");
}

#[tokio::test]
async fn a_store_from_before_there_were_events_keeps_its_people_and_messages() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    fs::create_dir(&data).unwrap();
    let options =
        SqliteConnectOptions::new().filename(data.join("chinwag.db")).create_if_missing(true);
    let mut store = options.connect().await.unwrap();
    let first = Migration::new(
        1,
        "people and messages".into(),
        MigrationType::Simple,
        FIRST_STEP.into_sql_str(),
        false,
    );
    Migrator::with_migrations(vec![first]).run(&mut store).await.unwrap();
    sqlx::raw_sql(PEOPLE).execute(&mut store).await.unwrap();
    let people =
        ["a", "b"].map(|id| Person { id: id.into(), token: format!("token-of-{id}").into() });
    for person in &people {
        sqlx::query("INSERT INTO sessions VALUES (?, ?, ?, ?)")
            .bind(Sha256::digest(person.token.reveal()).to_vec())
            .bind(person.id.as_str())
            .bind(i64::MAX)
            .bind(i64::MAX)
            .execute(&mut store)
            .await
            .unwrap();
    }
    store.close().await.unwrap();

    let [ada, bela] = &people;
    let mut house = House::at(folder, |config| config).await;
    // Opened twice: what was done once is not done again.
    for _ in 0..2 {
        assert_eq!(house.ask(ada, &Call::Me).await["user"]["email"], json!("ada@example.org"));
        let page = house.ask(bela, &history(ada, 1, 50)).await;
        assert_eq!(contents(&page), ["read", "delivered", "waiting"]);
        let of = |field: &str| {
            let rows = page["messages"].as_array().unwrap().iter();
            rows.map(|row| row.get(field).cloned().unwrap_or_default()).collect::<Vec<_>>()
        };
        assert_eq!(of("status"), ["read", "delivered", "sent"]);
        assert_eq!(of("clientMessageId"), [Value::Null, Value::Null, Value::Null]);
        assert_eq!(house.ask(ada, &Call::UnreadCount).await, json!({"unreadCount": 1}));
        assert_eq!(house.now(ada).await.seq, Seq(0));
        let sessions = house.ask(ada, &Call::Sessions).await;
        let [session] = &sessions["sessions"].as_array().unwrap()[..] else { panic!("{sessions}") };
        assert_eq!(session["_id"].as_str().unwrap().len(), 24);
        assert_eq!((session.get("browser"), &session["current"]), (None, &json!(true)));
        house = House::at(house.close().await, |config| config).await;
    }
    // And it goes on from there, as any other.
    let start = house.beginning(bela).await;
    house.ask(ada, &bela.receives_as("n", "new")).await;
    house.ask(ada, &bela.receives_as("n", "new")).await;
    let _adas = house.connect(ada).await;
    let page = house.ask(bela, &history(ada, 1, 50)).await;
    assert_eq!(contents(&page), ["read", "delivered", "waiting", "new"]);
    let told = house.missed(bela, &start).await;
    let ids: Vec<_> =
        told.iter().map(|event| (&event["type"], &event["data"]["messageId"])).collect();
    assert_eq!(ids[1], (&json!("message_delivered"), &json!("m3")));
    assert_eq!((ids[0].0, ids.len()), (&json!("new_message"), 2));
}
