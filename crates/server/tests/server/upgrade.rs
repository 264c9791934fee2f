//! Stores that were made by earlier versions: everything in them is there after the upgrade, and they go on as any other.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use chinwag_protocol::{Call, Seq};
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqlSafeStr, SqliteConnection};
use tempfile::TempDir;

use crate::support::{House, Person, contents, expect, history};

/// A step that was released: its words, by their sum, and what a store held that had gone so far (`samples`).
struct Step {
    number: i64,
    name: &'static str,
    sql: &'static str,
    sum: &'static str,
    sample: &'static str,
}

const STEPS: [Step; 3] = [
    Step {
        number: 1,
        name: "people and messages",
        sql: include_str!("../../migrations/0001_people_and_messages.sql"),
        sum: "5f25a98abb9b2e3f91b17a0ecce0292df0413aaf5bb47761dcfa1af24ffd5078",
        sample: include_str!("samples/0001.sql"),
    },
    Step {
        number: 2,
        name: "names and events",
        sql: include_str!("../../migrations/0002_names_and_events.sql"),
        sum: "36e5c20a8aa314ec81a4e3490101dd140a68f02aa8c5a3d2db8062881b3cd8ec",
        sample: include_str!("samples/0002.sql"),
    },
    Step {
        number: 3,
        name: "devices and pictures",
        sql: include_str!("../../migrations/0003_devices_and_pictures.sql"),
        sum: "a035479c3bc23ed01401c28ffaed293457f85cf5e3babc2055e65eec10e78f64",
        sample: include_str!("samples/0003.sql"),
    },
];

#[test]
fn steps_that_were_released_are_never_changed() {
    for step in STEPS {
        let mut sum = String::new();
        for byte in Sha256::digest(step.sql) {
            write!(sum, "{byte:02x}").unwrap();
        }
        assert_eq!(sum, step.sum, "{}", step.name);
    }
}

#[test]
fn each_earlier_version_has_its_sample() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let steps = fs::read_dir(folder).unwrap().count();
    assert_eq!(steps, STEPS.len() + 1, "all but the newest");
}

async fn open(folder: &TempDir) -> SqliteConnection {
    let data = folder.path().join("data");
    fs::create_dir_all(&data).unwrap();
    let options =
        SqliteConnectOptions::new().filename(data.join("chinwag.db")).create_if_missing(true);
    options.connect().await.unwrap()
}

/// A store of the version that knew so many steps.
async fn made_by(version: usize) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(&folder).await;
    let steps = STEPS[..version].iter().map(|step| {
        let (name, sql) = (step.name.into(), step.sql.into_sql_str());
        Migration::new(step.number, name, MigrationType::Simple, sql, false)
    });
    Migrator::with_migrations(steps.collect()).run(&mut store).await.unwrap();
    sqlx::raw_sql(STEPS[version - 1].sample).execute(&mut store).await.unwrap();
    store.close().await.unwrap();
    folder
}

#[tokio::test]
async fn a_store_of_each_earlier_version_keeps_all_that_is_in_it() {
    for version in 1..=STEPS.len() {
        keeps_all(version).await;
    }
}

async fn keeps_all(version: usize) {
    let since = |first: usize, value: Value| if version >= first { value } else { Value::Null };
    let people =
        ["a", "b"].map(|id| Person { id: id.into(), token: format!("token-of-{id}").into() });
    let [ada, bela] = &people;
    let mut house = House::at(made_by(version).await, |config| config).await;
    // Opened twice: what was done once is not done again.
    for _ in 0..2 {
        let me = house.ask(ada, &Call::Me).await["user"].clone();
        assert_eq!(me["email"], json!("ada@example.org"));
        assert_eq!(me["lastSeen"], json!("2026-11-22T19:36:43.000Z"));
        let page = house.ask(bela, &history(ada, 1, 50)).await;
        assert_eq!(contents(&page), ["read", "delivered", "waiting"]);
        let of = |field: &str| {
            let rows = page["messages"].as_array().unwrap().iter();
            rows.map(|row| row.get(field).cloned().unwrap_or_default()).collect::<Vec<_>>()
        };
        assert_eq!(of("_id"), ["m1", "m2", "m3"]);
        assert_eq!(of("status"), ["read", "delivered", "sent"]);
        let names = [since(2, json!("one")), Value::Null, since(2, json!("three"))];
        assert_eq!(of("clientMessageId"), names, "version {version}");
        assert_eq!(house.ask(ada, &Call::UnreadCount).await, json!({"unreadCount": 1}));
        let shown = house.ask(ada, &Call::SearchUsers { query: "béla".into() }).await;
        assert_eq!(shown["users"][0]["avatar"], json!("https://pictures.example/b"));

        let now = house.now(ada).await;
        assert_eq!(now.seq, Seq(if version >= 2 { 2 } else { 0 }));
        if version >= 2 {
            assert_eq!(now.store.as_str(), "0123456789abcdef01234567");
            let told = house.missed(ada, &house.beginning(ada).await).await;
            let ids: Vec<_> = told.iter().map(|event| &event["data"]["messageId"]).collect();
            assert_eq!(ids, ["m1", "m2"]);
        }
        let sessions = house.ask(ada, &Call::Sessions).await;
        let [session] = &sessions["sessions"].as_array().unwrap()[..] else { panic!("{sessions}") };
        assert_eq!(session["_id"].as_str().unwrap().len(), 24);
        assert_eq!(session["current"], json!(true));
        assert_eq!(session["browser"], since(3, json!("Firefox")));
        if version >= 3 {
            let path = me["avatar"].as_str().unwrap();
            let picture = expect("the picture", house.request(Method::GET, path).send()).await;
            assert_eq!(picture.unwrap().bytes().await.unwrap(), "GIF89a");
        }
        house = House::at(house.close().await, |config| config).await;
    }
    // And it goes on from there, as any other.
    let start = house.now(bela).await;
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

#[tokio::test]
async fn a_store_of_a_newer_version_is_left_alone() {
    let house = House::open().await;
    let ada = house.register("ada").await;
    let folder = house.close().await;
    let mut store = open(&folder).await;
    let newer = "INSERT INTO _sqlx_migrations SELECT 99, 'newer', installed_on, success, checksum,
                 execution_time FROM _sqlx_migrations WHERE version = 1";
    sqlx::query(newer).execute(&mut store).await.unwrap();
    let (done, words) = crate::backup::run(folder.path(), &["--port", "0"]).await;
    assert!(!done && words.contains("made by a newer version"), "{words}");
    let (done, words) = crate::backup::run(folder.path(), &["user", "disable", "ada"]).await;
    assert!(!done && words.contains("of another version"), "{words}");
    // It can be backed up all the same, and that is restored by the newer one.
    let (done, words) = crate::backup::run(folder.path(), &["backup", "file.db"]).await;
    assert!(done, "{words}");
    let (done, words) = crate::backup::run(folder.path(), &["restore", "file.db", "--force"]).await;
    assert!(!done && words.contains("newer version"), "{words}");
    sqlx::query("DELETE FROM _sqlx_migrations WHERE version = 99")
        .execute(&mut store)
        .await
        .unwrap();
    store.close().await.unwrap();
    House::at(folder, |config| config).await.ask(&ada, &Call::Me).await;
}
