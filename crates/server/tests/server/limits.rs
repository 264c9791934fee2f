//! How much one address and one account may ask for, and how whoever asks for more is told.

use std::time::Duration;

use chinwag_protocol::{Call, ClientFrame};
use chinwag_server::{Config, Limits, Rate};
use futures_util::{SinkExt, StreamExt};
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error as SocketError, Message};

use crate::raw;
use crate::support::{House, Person, SocketOver, TestClock, contents, expect, history, name_of};

const MINUTE: Duration = Duration::from_mins(1);

/// A server that believes this machine, with these limits and a clock of the test's.
async fn limited(change: impl FnOnce(&mut Limits)) -> (House, TestClock) {
    let (mut limits, clock) = (Limits::default(), TestClock::new());
    change(&mut limits);
    let shown = clock.clock();
    let proxies = vec!["127.0.0.0/8".parse().unwrap()];
    let with = |config| Config { limits: Some(limits), proxies, clock: shown, ..config };
    (House::with(with).await, clock)
}

/// Makes a call that comes from there.
async fn from(house: &House, address: &str, path: &str, body: &Value) -> Response {
    let request = house.request(Method::POST, path).header("x-forwarded-for", address);
    expect("an answer", request.json(body).send()).await.unwrap()
}

async fn register(house: &House, address: &str, name: &str) -> Response {
    let email = format!("{name}@example.org");
    let body = json!({"username": name, "email": email, "password": "secret1"});
    from(house, address, "/api/auth/register", &body).await
}

/// Must be a refusal of what comes too soon: after how many milliseconds it may come again.
async fn wait(response: Response) -> u64 {
    assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
    let seconds: u64 = response.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    let body: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
    assert_eq!(body["success"], json!(false));
    assert!(
        body["message"].as_str().unwrap().starts_with("Too much at once. Try again in "),
        "{body}"
    );
    let millis = body["retryAfter"].as_u64().unwrap();
    assert_eq!(seconds, millis.div_ceil(1000).max(1), "{millis}");
    millis
}

#[tokio::test]
async fn of_those_who_register_from_one_address_so_many_do_and_others_are_not_hindered() {
    let (house, clock) = limited(|limits| limits.register = Rate::new(2, MINUTE)).await;
    for name in ["ada", "bela"] {
        assert_eq!(register(&house, "192.0.2.1", name).await.status(), StatusCode::CREATED);
    }
    // A form that has to be corrected does not count.
    assert_eq!(register(&house, "192.0.2.2", "x").await.status(), StatusCode::BAD_REQUEST);
    assert_eq!(wait(register(&house, "192.0.2.1", "carol").await).await, 60_000);
    let shared = "2001:db8:1:2::1, 192.0.2.1";
    assert_eq!(wait(register(&house, shared, "carol").await).await, 60_000, "nor by a made-up hop");
    assert_eq!(register(&house, "192.0.2.2", "carol").await.status(), StatusCode::CREATED);
    for (last, status) in [(1, 201), (2, 201), (3, 429)] {
        let address = format!("2001:db8:1:2::{last}");
        assert_eq!(register(&house, &address, &format!("dora{last}")).await.status(), status);
    }
    clock.advance(59_500);
    assert_eq!(wait(register(&house, "192.0.2.1", "emil").await).await, 500);
    clock.advance(500);
    assert_eq!(register(&house, "192.0.2.1", "emil").await.status(), StatusCode::CREATED);
}

#[tokio::test]
async fn sign_ins_from_one_address_are_counted_whoever_they_are_for() {
    let (house, _) = limited(|limits| limits.sign_in = Rate::new(3, MINUTE)).await;
    let sign_in = async |address: &str, name: &str| {
        let body = json!({"email": format!("{name}@example.org"), "password": "guess!"});
        from(&house, address, "/api/auth/login", &body).await
    };
    for name in ["ada", "bela", "carol"] {
        assert_eq!(sign_in("192.0.2.1", name).await.status(), StatusCode::UNAUTHORIZED);
    }
    assert_eq!(wait(sign_in("192.0.2.1", "dora").await).await, 60_000);
    assert_eq!(sign_in("192.0.2.9", "dora").await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn nobody_is_believed_who_is_no_trusted_proxy_and_this_machine_is_many() {
    let register_rate = Rate::new(1, MINUTE);
    let limits = Limits { register: register_rate, ..Limits::default() };
    let house = House::with(|config| Config { limits: Some(limits), ..config }).await;
    // Each says to come from somewhere else: all come from this machine, which counts for twenty.
    for number in 0..20 {
        let response =
            register(&house, &format!("192.0.2.{number}"), &format!("name{number}")).await;
        assert_eq!(response.status(), StatusCode::CREATED, "{number}");
    }
    let more = wait(register(&house, "192.0.2.99", "name99").await).await;
    assert!((1..=3_000).contains(&more), "{more}");
}

#[tokio::test]
async fn calls_and_sockets_of_one_address_are_counted_before_anything_is_done_for_them() {
    let page = "https://pages.example";
    let limits = Limits { calls_from: Rate::new(4, MINUTE), ..Limits::default() };
    let house = House::with(|config| Config {
        limits: Some(limits),
        proxies: vec!["127.0.0.1".parse().unwrap()],
        cors: vec![page.parse().unwrap()],
        ..config
    })
    .await;
    let get = async |address: &str, path: &str| {
        let request = house.request(Method::GET, path).header("x-forwarded-for", address);
        expect("an answer", request.header("origin", page).send()).await.unwrap()
    };
    for (path, status) in
        [("/api/auth/me", 401), ("/ws", 400), ("/api/pictures/x", 404), ("/api/no-call", 404)]
    {
        assert_eq!(get("192.0.2.1", path).await.status(), status, "{path}");
    }
    for path in ["/api/auth/me", "/ws", "/api/pictures/x", "/api/no-call"] {
        let refused = get("192.0.2.1", path).await;
        if path != "/ws" {
            // Else a page of another origin could not read it.
            assert_eq!(refused.headers()["access-control-allow-origin"], page, "{path}");
            assert_eq!(refused.headers()["access-control-expose-headers"], "retry-after", "{path}");
        }
        assert!(wait(refused).await > 59_000, "{path}");
    }
    assert_eq!(get("192.0.2.1", "/no-call").await.status(), 503, "the pages are not counted");
    assert_eq!(get("192.0.2.2", "/api/auth/me").await.status(), 401);
}

/// Makes a call with a token: its answer.
async fn ask(house: &House, person: &Person, method: Method, path: &str, body: &Value) -> Response {
    let request = house.request(method, path).bearer_auth(person.token.reveal());
    expect("an answer", request.json(body).send()).await.unwrap()
}

#[tokio::test]
async fn calls_and_changes_of_one_account_are_counted_wherever_they_come_from() {
    let (house, clock) = limited(|limits| {
        limits.calls_of = Rate::new(12, MINUTE);
        limits.changes = Rate::new(2, MINUTE);
    })
    .await;
    let (ada, bela) = (house.register("ada").await, house.register("bela").await);
    let profile = json!({"username": "ada too"});
    let password = json!({"currentPassword": "wrong!", "newPassword": "secret2"});
    let (name, word) = ("/api/auth/profile", "/api/auth/password");
    assert_eq!(ask(&house, &ada, Method::PUT, name, &profile).await.status(), 200);
    assert_eq!(ask(&house, &ada, Method::PUT, word, &password).await.status(), 400);
    for (path, body) in [(name, &profile), (word, &password)] {
        assert_eq!(wait(ask(&house, &ada, Method::PUT, path, body).await).await, 60_000, "{path}");
    }
    assert_eq!(ask(&house, &bela, Method::PUT, name, &json!({})).await.status(), 200);
    for _ in 4..12 {
        assert_eq!(ask(&house, &ada, Method::GET, "/api/users", &json!({})).await.status(), 200);
    }
    assert_eq!(wait(ask(&house, &ada, Method::GET, "/api/users", &json!({})).await).await, 60_000);
    assert_eq!(ask(&house, &bela, Method::GET, "/api/users", &json!({})).await.status(), 200);
    clock.advance(60_000);
    assert_eq!(ask(&house, &ada, Method::GET, "/api/users", &json!({})).await.status(), 200);
}

#[tokio::test]
async fn hundreds_of_messages_that_waited_for_a_network_go_at_once_by_either_way() {
    const HALF: usize = 300;
    let house = House::open().await;
    let (ada, bela) = (house.register("ada").await, house.register("bela").await);
    let mut adas = house.connect(&ada).await;
    for number in 0..HALF {
        let frame = bela.written_as(&format!("c{number}"), format!("socket {number}"));
        adas.0.feed(Message::text(frame.encode())).await.unwrap();
    }
    adas.0.flush().await.unwrap();
    for number in 0..HALF {
        let sent = adas.data("message_sent").await;
        assert_eq!(sent["content"], json!(format!("socket {number}")));
    }
    for number in 0..HALF {
        house.ask(&ada, &bela.receives(format!("call {number}"))).await;
    }
}

#[tokio::test]
async fn messages_above_the_limit_are_told_when_to_come_again_and_keep_their_order() {
    let (house, clock) =
        limited(|limits| limits.sends = Rate::new(3, Duration::from_secs(2))).await;
    let (ada, bela) = (house.register("ada").await, house.register("bela").await);
    let mut adas = house.connect(&ada).await;
    let text = |number: usize| bela.written_as(&format!("c{number}"), format!("{number}"));
    for number in 0..6 {
        adas.send(&text(number)).await;
    }
    adas.expect(["message_sent"; 3]).await;
    for number in 3..6 {
        let error = adas.data("error").await;
        assert_eq!(error["clientMessageId"], json!(format!("c{number}")));
        assert_eq!(error["code"], json!("rate_limited"));
        assert_eq!(error["message"], json!("Too much at once. Try again in 2 seconds."));
        let wait = error["retryAfter"].as_u64().unwrap();
        assert!((1_000..=2_000).contains(&wait), "{wait}");
    }
    // There is room for one, and one of those behind comes first.
    clock.advance(2_000);
    for (number, name) in [(5, "error"), (3, "message_sent"), (4, "error"), (5, "error")] {
        adas.send(&text(number)).await;
        adas.expect([name]).await;
    }
    clock.advance(20_000);
    for number in 4..6 {
        adas.send(&text(number)).await;
        adas.expect(["message_sent"]).await;
    }
    let stored = house.ask(&ada, &history(&bela, 1, 50)).await;
    assert_eq!(contents(&stored), ["0", "1", "2", "3", "4", "5"]);
}

#[tokio::test]
async fn calls_that_send_share_the_limit_with_the_socket() {
    let (house, _) = limited(|limits| limits.sends = Rate::new(2, MINUTE)).await;
    let (ada, bela) = (house.register("ada").await, house.register("bela").await);
    let mut adas = house.connect(&ada).await;
    adas.send(&bela.written_as("c1", "one")).await;
    adas.expect(["message_sent"]).await;
    house.ask(&ada, &bela.receives("two")).await;
    adas.expect(["message_sent"]).await;
    let body = json!({"receiverId": bela.id, "content": "three"});
    assert_eq!(wait(ask(&house, &ada, Method::POST, "/api/messages", &body).await).await, 60_000);
    adas.send(&ClientFrame::text(bela.id.clone(), "four")).await;
    let error = adas.data("error").await;
    assert_eq!(error["message"], json!("Too much at once. Try again in 60 seconds."));
    assert_eq!(error["retryAfter"], json!(60_000));
    assert_eq!(contents(&house.ask(&ada, &history(&bela, 1, 50)).await), ["one", "two"]);
    // The other side is not hindered.
    house.ask(&bela, &ada.receives("five")).await;
}

#[tokio::test]
async fn signs_of_typing_above_the_limit_are_dropped_in_silence() {
    let (house, clock) = limited(|limits| limits.typing = Rate::new(4, MINUTE)).await;
    let (ada, bela) = (house.register("ada").await, house.register("bela").await);
    let (mut adas, mut belas) = (house.connect(&ada).await, house.connect(&bela).await);
    adas.expect(["user_online", "online_users"]).await;
    let receiver_id = bela.id.clone();
    let began = std::time::Instant::now();
    for _ in 0..50 {
        adas.send(&ClientFrame::TypingStart { receiver_id: receiver_id.clone() }).await;
        adas.send(&ClientFrame::TypingStop { receiver_id: receiver_id.clone() }).await;
    }
    adas.expect_silence().await;
    // Nor is a flood of them read as fast as it comes: each of 96 takes its moment.
    assert!(began.elapsed() >= Duration::from_millis(900), "{:?}", began.elapsed());
    belas.expect(["typing_indicator"; 4]).await;
    belas.expect_silence().await;
    clock.advance(60_000);
    adas.send(&ClientFrame::TypingStart { receiver_id }).await;
    belas.expect(["typing_indicator"]).await;
}

#[tokio::test]
async fn other_frames_above_the_limit_are_heeded_one_by_one() {
    let every = Duration::from_millis(50);
    let limits = Limits { calls_of: Rate::new(5, every), ..Limits::default() };
    let house = House::with(|config| Config { limits: Some(limits), ..config }).await;
    let ada = house.register("ada").await;
    let mut adas = house.connect(&ada).await;
    let began = std::time::Instant::now();
    for _ in 0..15 {
        adas.send(&ClientFrame::GetOnlineUsers {}).await;
        adas.send_text("no frame").await;
    }
    for _ in 0..15 {
        adas.expect(["online_users", "error"]).await;
    }
    // Never faster than the limit has it, however fast the machine is: 25 of 30 wait for their turn, each as long as
    // it was until then when it came.
    assert!(began.elapsed() >= every * 10, "{:?}", began.elapsed());
}

#[tokio::test]
async fn sockets_above_the_limit_are_let_in_one_by_one() {
    let every = Duration::from_millis(400);
    let limits = Limits { calls_of: Rate::new(1, every), ..Limits::default() };
    let house = House::with(|config| Config { limits: Some(limits), ..config }).await;
    let ada = house.register("ada").await;
    let began = std::time::Instant::now();
    let mut adas = Vec::new();
    for _ in 0..5 {
        adas.push(house.connect(&ada).await);
    }
    assert!(began.elapsed() >= every * 3, "{:?}", began.elapsed());
}

#[tokio::test]
async fn one_socket_too_many_takes_the_place_of_the_oldest() {
    let house = House::with(|config| Config { sockets: 3, ..config }).await;
    let (ada, bela) = (house.register("ada").await, house.register("bela").await);
    let mut belas = house.connect(&bela).await;
    let mut adas = Vec::new();
    for _ in 0..3 {
        adas.push(house.connect(&ada).await);
    }
    belas.expect(["user_online", "online_users"]).await;
    let newest = house.connect(&ada).await;
    let mut oldest = adas.remove(0);
    // The page does not come back by itself then, and throws nobody else out.
    assert_eq!(oldest.closed().await, 4005);
    adas.push(newest);
    house.ask(&bela, &ada.receives("to all of them")).await;
    for socket in &mut adas {
        let frame = socket.next().await;
        assert_eq!(name_of(&frame), "new_message");
    }
    belas.expect(["message_sent", "message_delivered"]).await;
    // Nobody was told that she had gone, for she has not.
    belas.expect_silence().await;
    house.ask(&ada, &Call::Me).await;
}

#[tokio::test]
async fn pings_above_the_limit_are_answered_one_by_one() {
    let every = Duration::from_millis(50);
    let limits = Limits { calls_of: Rate::new(5, every), ..Limits::default() };
    let house = House::with(|config| Config { limits: Some(limits), ..config }).await;
    let ada = house.register("ada").await;
    let mut adas = house.connect(&ada).await;
    let began = std::time::Instant::now();
    for number in 0..30_u8 {
        adas.0.feed(Message::Ping(vec![number].into())).await.unwrap();
    }
    adas.0.flush().await.unwrap();
    let answered = async {
        loop {
            // One that comes before the one before is answered takes its place (RFC 6455 §5.5.3).
            if let Some(Ok(Message::Pong(last))) = adas.0.next().await
                && last[..] == [29]
            {
                break;
            }
        }
    };
    expect("the last answer", answered).await;
    assert!(began.elapsed() >= every * 10, "{:?}", began.elapsed());
}

#[tokio::test]
async fn one_address_has_so_many_sockets_through_a_proxy_and_others_still_get_theirs() {
    let proxies = vec!["127.0.0.0/8".parse().unwrap()];
    let house = House::with(|config| Config { proxies, connections_from: 2, ..config }).await;
    let ada = house.register("ada").await;
    let open = async |address: &str| {
        let url = house.url(&format!("/ws?token={}", ada.token.reveal())).replace("http", "ws");
        let mut request = url.into_client_request().unwrap();
        request.headers_mut().insert("x-forwarded-for", address.parse().unwrap());
        expect("the socket", connect_async(request)).await.map(|(socket, _)| socket)
    };
    let first = open("192.0.2.1").await.unwrap();
    let second = open("192.0.2.1").await.unwrap();
    let refused = open("192.0.2.1").await.unwrap_err();
    let SocketError::Http(answer) = refused else { panic!("{refused:?}") };
    assert_eq!(answer.status(), 429);
    assert_eq!(answer.headers()["retry-after"], "10");
    // A call would be one more as well.
    let called = from(&house, "192.0.2.1", "/api/auth/login", &json!({})).await;
    assert_eq!(wait(called).await, 10_000);
    let other = open("192.0.2.2").await.unwrap();
    SocketOver(second).close().await;
    let freed = async {
        // The server may still be about to let it go.
        while open("192.0.2.1").await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    expect("a place", Box::pin(freed)).await;
    drop((first, other));
}

#[tokio::test]
async fn who_opens_too_many_connections_is_told_so_before_they_say_anything() {
    // This machine is twenty.
    let house = House::with(|config| Config { connections_from: 1, ..config }).await;
    let ask = b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n";
    let open = async || {
        let mut stream = TcpStream::connect(house.server.address()).await.unwrap();
        let _ = stream.write_all(ask).await;
        let mut begun = vec![0; 12];
        let read = expect("an answer", stream.read_exact(&mut begun)).await;
        read.ok().map(|_| (stream, String::from_utf8_lossy(&begun[9..]).into_owned()))
    };
    let mut held = Vec::new();
    for _ in 0..20 {
        let (stream, status) = open().await.unwrap();
        assert_eq!(status, "200");
        held.push(stream);
    }
    for _ in 0..3 {
        let told = raw::said(&house, b"").await;
        assert_eq!((told.status, told.header("retry-after")), (429, "10"));
        assert!(told.text().contains("Too many connections from your network"), "{told:?}");
    }
    held.pop();
    let freed = async {
        // Maybe it is told first that there is no room, and reset.
        while open().await.is_none_or(|(_, status)| status != "200") {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    expect("a place", freed).await;
}

#[test]
fn the_usual_limits_are_those_that_are_told() {
    let config = Config::new("data", "dist");
    assert_eq!((config.sockets, config.connections, config.connections_from), (20, 16_384, 1_024));
    assert_eq!(config.queue_bytes, 4 * 1024 * 1024);
    let (seconds, patience) = (Duration::from_secs, config.patience);
    assert_eq!((patience.headers, patience.body), (seconds(10), seconds(30)));
    assert_eq!(patience.taking, seconds(30));
    let limits = config.limits.unwrap();
    assert_eq!(limits.sign_in, Rate::new(40, seconds(3)));
    assert_eq!(limits.register, Rate::new(30, seconds(30)));
    assert_eq!(limits.calls_from, Rate::new(1_000, Duration::from_millis(10)));
    assert_eq!(limits.calls_of, Rate::new(500, Duration::from_millis(40)));
    assert_eq!(limits.sends, Rate::new(1_200, Duration::from_millis(100)));
    assert_eq!(limits.changes, Rate::new(20, seconds(15)));
    assert_eq!(limits.typing, Rate::new(60, Duration::from_millis(250)));
}
