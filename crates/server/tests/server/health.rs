//! Whether the server is well, and its figures.

use std::time::Duration;

use chinwag_protocol::{Call, ClientFrame};
use chinwag_server::{Config, Limits, Rate};
use reqwest::{Client, Method, StatusCode};

use crate::envelope::behind_its_back;
use crate::support::{House, Place, expect, name_of};

async fn asked(place: &Place, path: &str) -> (StatusCode, String) {
    let response = expect("an answer", place.request(Method::GET, path).send()).await.unwrap();
    assert_eq!(response.headers()["cache-control"], "no-store");
    (response.status(), response.text().await.unwrap())
}

/// A server that tells its figures, and where.
async fn measured(change: impl FnOnce(Config) -> Config) -> (House, Place) {
    let metrics = "127.0.0.1:0".parse().ok();
    let house = House::with(|config| Config { metrics, ..change(config) }).await;
    let place = Place::new(house.server.metrics().unwrap().to_string());
    (house, place)
}

async fn figures(place: &Place) -> String {
    let (status, text) = asked(place, "/metrics").await;
    assert!(status.is_success() && text.ends_with("# EOF\n"), "{text}");
    text
}

/// The figure of this name and these labels.
fn figure(text: &str, name: &str) -> Option<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix("chinwag_")?.strip_prefix(name));
    line.map(|value| value.trim().parse().unwrap())
}

#[tokio::test]
async fn it_is_well_and_ready_until_its_store_cannot_be_written() {
    let house = House::open().await;
    for (path, words) in [("/healthz", "ok\n"), ("/readyz", "ready\n")] {
        assert_eq!(asked(&house, path).await, (StatusCode::OK, words.to_owned()));
    }
    // Reading goes on, as on a disk that has become read-only.
    let refuse =
        "CREATE TRIGGER full BEFORE UPDATE ON store BEGIN SELECT RAISE(ABORT, 'full'); END";
    behind_its_back(&house, refuse).await;
    let told = async {
        loop {
            let (status, words) = asked(&house, "/readyz").await;
            if status == StatusCode::SERVICE_UNAVAILABLE {
                break words;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    assert_eq!(expect("a 503", told).await, "the store cannot be used\n");
    assert_eq!(asked(&house, "/healthz").await.0, StatusCode::OK);
    behind_its_back(&house, "DROP TRIGGER full").await;
    let well = async {
        while asked(&house, "/readyz").await.0 != StatusCode::OK {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    expect("its recovery", well).await;
}

#[tokio::test]
async fn who_watches_is_held_up_by_no_limit_and_has_it_written_once_a_second_at_most() {
    let few = Rate::new(2, Duration::from_mins(10));
    let limits = Some(Limits { calls_from: few, ..Limits::default() });
    let (house, place) = measured(|config| Config { limits, ..config }).await;
    let began = std::time::Instant::now();
    for _ in 0..200 {
        assert_eq!(asked(&house, "/readyz").await.0, StatusCode::OK);
    }
    let written = figure(&figures(&place).await, "store_transaction_seconds_count").unwrap();
    let most = 2.0 + began.elapsed().as_secs_f64();
    assert!(written <= most, "{written} in {most} s");
}

#[tokio::test]
async fn a_server_that_stops_is_not_ready_and_lets_nobody_in() {
    let (house, place) = measured(|config| config).await;
    let ada = house.register("ada").await;
    let address = house.url("/healthz");
    // Says nothing more, so that the stop has to wait for it.
    let mut socket = house.connect(&ada).await;
    let stopping = tokio::spawn(house.close());
    let told = async {
        loop {
            let (status, words) = asked(&place, "/readyz").await;
            if status == StatusCode::SERVICE_UNAVAILABLE {
                break words;
            }
        }
    };
    assert_eq!(expect("a 503", told).await, "stopping\n");
    let refused = async { while Client::new().get(&address).send().await.is_ok() {} };
    expect("a closed door", refused).await;
    assert_eq!(socket.closed().await, 1012);
    drop(socket);
    expect("the end", stopping).await.unwrap();
    assert!(Client::new().get(place.url("/metrics")).send().await.is_err());
}

#[tokio::test]
async fn figures_tell_what_happened_and_of_nobody() {
    let few = Rate::new(1, Duration::from_mins(10));
    let limits = Some(Limits { sends: few, ..Limits::default() });
    let (house, place) = measured(|config| Config { limits, ..config }).await;
    let (ada, bela) = (house.register("ada").await, house.register("bela").await);
    let mut socket = house.connect(&ada).await;
    let mut _second = house.connect(&ada).await;
    for name in ["one", "two"] {
        socket.send(&bela.written_as(name, "se-cret")).await;
    }
    let kinds: Vec<_> = [socket.next().await, socket.next().await]
        .iter()
        .map(|frame| name_of(frame).to_owned())
        .collect();
    assert_eq!(kinds, ["message_sent", "error"]);
    socket.send_text("nonsense").await;
    socket.expect(["error"]).await;
    socket.send(&ClientFrame::GetOnlineUsers {}).await;
    socket.expect(["online_users"]).await;
    house.refused(&ada, &Call::History { with: "nobody".into(), page: 1, limit: 1 }).await;
    asked_anything(&house, "/api/none/at/all").await;
    asked_anything(&house, "/some/page").await;

    let text = figures(&place).await;
    for (name, value) in [
        ("people_online", 1.0),
        ("sockets", 2.0),
        (r#"frames_received_total{type="chat_message"}"#, 2.0),
        (r#"frames_received_total{type="garbled"}"#, 1.0),
        (r#"frames_sent_total{type="connection_established"}"#, 2.0),
        (r#"frames_sent_total{type="message_sent"}"#, 2.0),
        (r#"frames_sent_total{type="error"}"#, 2.0),
        (r#"refused_total{limit="sends"}"#, 1.0),
        (r#"call_seconds_count{method="POST",route="/api/auth/register",status="201"}"#, 2.0),
        (r#"call_seconds_count{method="GET",route="/api/messages/{user}",status="404"}"#, 1.0),
        (r#"call_seconds_count{method="GET",route="/api/other",status="404"}"#, 1.0),
        (r#"call_seconds_count{method="GET",route="pages",status="503"}"#, 1.0),
        (r#"call_seconds_count{method="GET",route="/ws",status="101"}"#, 2.0),
        ("password_hash_seconds_count", 2.0),
        // Two messages, of which one was refused, something that is no frame, and a list.
        ("deed_seconds_count", 4.0),
        ("desk_queue", 0.0),
        ("socket_queue_bytes", 0.0),
        ("socket_queue_longest_bytes", 0.0),
        ("connections_refused_total", 0.0),
        ("guesses_refused_total", 0.0),
    ] {
        assert_eq!(figure(&text, name), Some(value), "{name}: {text}");
    }
    assert!(figure(&text, "connections").unwrap() >= 2.0, "{text}");
    for name in
        ["store_wait_seconds_count", "store_transaction_seconds_count", "store_read_seconds_count"]
    {
        assert!(figure(&text, name).unwrap() >= 5.0, "{name}: {text}");
    }
    for secret in ["ada", "bela", "se-cret", ada.id.as_str(), ada.token.reveal(), "nobody"] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
    // And nobody else is told.
    let everywhere = expect("an answer", house.request(Method::GET, "/metrics").send()).await;
    assert!(!everywhere.unwrap().text().await.unwrap().contains("chinwag_"));
    let (status, _) = crate::support::answer(house.request(Method::GET, "/api/metrics")).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

async fn asked_anything(house: &House, path: &str) {
    expect("an answer", house.request(Method::GET, path).send()).await.unwrap();
}
