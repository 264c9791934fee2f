//! What an administrator types beside a running server.

use chinwag_protocol::Call;
use reqwest::StatusCode;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::Child;

use crate::backup::run;
use crate::program::{command, start, stop};
use crate::support::{Place, contents, expect, history};

async fn open() -> (TempDir, Child, Place) {
    let folder = TempDir::new().unwrap();
    let (child, address) = start(command(folder.path()).args(["--port", "0"])).await;
    (folder, child, Place::new(address))
}

async fn sign_in(place: &Place, name: &str, password: &str) -> (StatusCode, Value) {
    let body = json!({"email": format!("{name}@example.org"), "password": password});
    place.post("/api/auth/login", None, &body).await
}

#[tokio::test]
async fn a_disabled_person_is_out_at_once_and_in_again_when_enabled() {
    let (folder, child, place) = open().await;
    let (ada, bela) = (place.register("ada").await, place.register("béla").await);
    place.ask(&ada, &bela.receives("hello")).await;
    let mut adas = place.connect(&ada).await;
    let mut belas = place.connect(&bela).await;
    adas.expect(["user_online", "online_users", "message_delivered"]).await;
    let (done, words) = run(folder.path(), &["user", "disable", "ADA"]).await;
    assert!(done && words == "ada is disabled\n", "{words}");
    assert_eq!(place.refused(&ada, &Call::Me).await, (401, "Not authorized".to_owned()));
    adas.expect(["error"]).await;
    assert_eq!(adas.closed().await, 4002);
    belas.expect(["user_offline", "online_users"]).await;
    // As whoever has a wrong password, or no account at all.
    let wrong = sign_in(&place, "nobody", "secret1").await;
    assert_eq!(sign_in(&place, "ada", "secret1").await, wrong);
    assert_eq!(
        (wrong.0, &wrong.1["message"]),
        (StatusCode::UNAUTHORIZED, &json!("Invalid credentials"))
    );
    // What was written stays, and others go on.
    assert_eq!(contents(&place.ask(&bela, &history(&ada, 1, 50)).await), ["hello"]);
    belas.expect_silence().await;

    let (_, list) = run(folder.path(), &["user", "list"]).await;
    let lines: Vec<Vec<&str>> = list.lines().map(|line| line.split('\t').collect()).collect();
    let of = |line: &[&str]| [line[0], line[1], line[2], line[5]].map(str::to_owned);
    assert_eq!(of(&lines[0]), [ada.id.as_str(), "ada", "ada@example.org", "disabled"]);
    assert_eq!(of(&lines[1]), [bela.id.as_str(), "béla", "béla@example.org", "enabled"]);

    let (done, words) = run(folder.path(), &["user", "enable", "ada@example.org"]).await;
    assert!(done, "{words}");
    assert_eq!(sign_in(&place, "ada", "secret1").await.0, StatusCode::OK);
    // The session of before has ended for ever.
    assert_eq!(place.refused(&ada, &Call::Me).await.0, 401);
    let (done, words) = run(folder.path(), &["user", "disable", "nobody"]).await;
    assert!(!done && words.contains("nobody is called “nobody”"), "{words}");
    stop(child, "-TERM").await;
}

#[tokio::test]
async fn another_password_ends_all_sessions_but_not_the_one_that_is_begun_with_it() {
    let (folder, child, place) = open().await;
    let ada = place.register("ada").await;
    let mut before = place.connect(&ada).await;
    let (done, words) = run(folder.path(), &["user", "reset-password", ada.id.as_str()]).await;
    let password = words.trim_end().rsplit(' ').next().unwrap();
    assert!(done && password.len() == 24, "{words}");
    // At once: before the server has noticed, perhaps.
    let (status, body) = sign_in(&place, "ada", password).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    let mut now = ada.clone();
    now.token = body["data"]["token"].as_str().unwrap().into();
    let mut after = place.connect(&now).await;
    while crate::support::name_of(&before.next().await) != "error" {}
    assert_eq!(before.closed().await, 4002);
    after.expect_silence().await;
    assert_eq!(sign_in(&place, "ada", "secret1").await.0, StatusCode::UNAUTHORIZED);
    stop(child, "-TERM").await;
}

#[tokio::test]
async fn accounts_are_seen_to_without_a_server_as_well() {
    let (folder, child, place) = open().await;
    let ada = place.register("ada").await;
    place.ask(&ada, &place.register("bela").await.receives("hello")).await;
    let (_, beside) = run(folder.path(), &["stats"]).await;
    stop(child, "-TERM").await;
    let (done, stats) = run(folder.path(), &["--data", "data", "stats"]).await;
    let counts = |text: &str| {
        text.lines().filter(|line| !line.starts_with("bytes")).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(counts(&stats), counts(&beside));
    assert!(done, "{stats}");
    for line in ["people\t2", "disabled\t0", "messages\t1", "messages_of_a_day\t1", "sessions\t2"] {
        assert!(stats.lines().any(|told| told == line), "{line}: {stats}");
    }
    assert!(run(folder.path(), &["user", "disable", "bela"]).await.0);
    let (child, address) = start(command(folder.path()).args(["--port", "0"])).await;
    assert_eq!(sign_in(&Place::new(address), "bela", "secret1").await.0, StatusCode::UNAUTHORIZED);
    stop(child, "-TERM").await;
    let (done, words) = run(folder.path(), &["stats", "--data", "nowhere"]).await;
    assert!(!done && words.contains("there is no store in nowhere"), "{words}");
    assert!(!folder.path().join("nowhere").exists());
}

#[tokio::test]
async fn a_container_asks_whether_its_server_is_well() {
    let (folder, child, place) = open().await;
    let port = place.url("").rsplit(':').next().unwrap().to_owned();
    let health = ["--host", "0.0.0.0", "--port", &port, "health"];
    assert_eq!(run(folder.path(), &health).await, (true, "ready\n".to_owned()));
    let stopped = expect("its end", tokio::spawn(stop(child, "-TERM"))).await;
    drop(stopped);
    let (done, words) = run(folder.path(), &health).await;
    assert!(!done && words.contains(&format!("nobody answers at 127.0.0.1:{port}")), "{words}");
    let tls = ["--tls-cert", "c.pem", "--tls-key", "k.pem", "health"];
    let (done, words) = run(folder.path(), &tls).await;
    assert!(!done && words.contains("--metrics"), "{words}");
}
