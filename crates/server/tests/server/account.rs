//! One's own account: where one is signed in, the password, the name and the picture.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use chinwag_protocol::{Call, SessionId};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{
    House, Person, Place, TestClock, answer, contents, expect, history, name_of, names,
};

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";
const DAY: i64 = 24 * 60 * 60 * 1000;

/// Signs in again, with a browser.
async fn another(house: &Place, person: &Person, name: &str, password: &str) -> Person {
    let body = json!({"email": format!("{name}@example.org"), "password": password});
    let request = house.request(Method::POST, "/api/auth/login").header("user-agent", FIREFOX);
    let (status, body) = answer(request.json(&body)).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    Person { id: person.id.clone(), token: body["data"]["token"].as_str().unwrap().into() }
}

async fn sessions(house: &Place, person: &Person) -> Vec<Value> {
    house.ask(person, &Call::Sessions).await["sessions"].as_array().unwrap().clone()
}

fn end(session: &Value) -> Call {
    Call::EndSession { id: SessionId::from(session["_id"].as_str().unwrap()) }
}

fn change_password(current: &str, new: &str) -> Call {
    Call::ChangePassword { current: current.into(), new: new.into() }
}

fn rename(name: &str) -> Call {
    Call::ChangeProfile { username: Some(name.into()), avatar: None }
}

fn picture(address: &str) -> Call {
    Call::ChangeProfile { username: None, avatar: Some(address.into()) }
}

fn gif(mark: &str) -> String {
    format!("data:image/gif;base64,{}", BASE64_STANDARD.encode(format!("GIF89a{mark}")))
}

const OUT: (u16, &str) = (401, "Not authorized");

async fn is_out(house: &Place, person: &Person) {
    let (status, words) = house.refused(person, &Call::Me).await;
    assert_eq!((status, words.as_str()), OUT);
}

#[tokio::test]
async fn sessions_are_listed_with_what_began_them_and_the_present_one_is_marked() {
    let clock = TestClock::new();
    let house =
        House::with(|config| chinwag_server::Config { clock: clock.clock(), ..config }).await;
    let (here, béla) = (house.register("ada").await, house.register("bela").await);
    clock.advance(DAY);
    let there = another(&house, &here, "ada", "secret1").await;
    clock.advance(DAY / 12);
    let rows = sessions(&house, &here).await;
    let of = |field: &str| rows.iter().map(|row| row.get(field).cloned()).collect::<Vec<_>>();
    assert_eq!(of("browser"), [None, Some(json!("Firefox"))]);
    assert_eq!(of("system"), [None, Some(json!("Linux"))]);
    assert_eq!(of("current"), [Some(json!(true)), Some(json!(false))], "the latest used first");
    assert_eq!(rows[0]["createdAt"], json!("2026-11-22T19:36:43.000Z"));
    assert_eq!(rows[0]["usedAt"], json!("2026-11-23T21:36:43.000Z"));
    assert!(rows.iter().all(|row| row["_id"].as_str().unwrap().len() == 24), "{rows:?}");
    let current = |rows: &[Value]| rows.iter().find(|row| row["current"] == json!(true)).cloned();
    let theirs = sessions(&house, &there).await;
    assert_eq!(theirs.len(), 2);
    assert_eq!(current(&theirs).unwrap()["_id"], rows[1]["_id"]);
    assert_eq!(sessions(&house, &béla).await.len(), 1, "nobody sees another's");
    // What has ended by itself is not listed, before it is swept as well.
    clock.advance(29 * DAY);
    house.ask(&here, &Call::Me).await;
    clock.advance(2 * DAY);
    assert_eq!(sessions(&house, &here).await.len(), 1);
}

#[tokio::test]
async fn a_session_is_in_use_as_long_as_its_socket_lives() {
    let clock = TestClock::new();
    let ping = std::time::Duration::from_secs(1);
    let house =
        House::with(|config| chinwag_server::Config { clock: clock.clock(), ping, ..config }).await;
    let here = house.register("ada").await;
    let there = another(&house, &here, "ada", "secret1").await;
    let mut socket = house.connect(&here).await;
    for days in [20, 40, 60] {
        clock.advance(20 * DAY);
        let noted = async {
            loop {
                // Its answers to pings go out when it is read.
                socket.expect_silence().await;
                let rows = sessions(&house, &there).await;
                assert_eq!(rows.len(), 2, "neither has ended");
                if rows[0]["usedAt"] == rows[1]["usedAt"] {
                    break;
                }
                tokio::time::sleep(ping / 20).await;
            }
        };
        expect(&format!("day {days}"), noted).await;
    }
    house.ask(&here, &Call::Me).await;
}

#[tokio::test]
async fn a_session_that_is_ended_is_out_at_once_and_its_socket_is_told_so() {
    let house = House::open().await;
    let (here, béla) = (house.register("ada").await, house.register("bela").await);
    let there = another(&house, &here, "ada", "secret1").await;
    let mut watching = house.connect(&béla).await;
    let (mut mine, mut theirs) = (house.connect(&here).await, house.connect(&there).await);
    watching.expect(["user_online", "online_users"]).await;
    let rows = sessions(&house, &here).await;
    let other = rows.iter().find(|row| row["current"] == json!(false)).unwrap();

    let not_found = (404, "Session not found".to_owned());
    assert_eq!(house.refused(&béla, &end(other)).await, not_found, "it is not theirs to end");
    house.ask(&here, &end(other)).await;
    let [error] = theirs.expect(["error"]).await;
    assert_eq!(error["data"]["message"], json!("Invalid or expired token. Please login again."));
    assert_eq!(theirs.closed().await, 4002);
    is_out(&house, &there).await;
    let mut again = house.socket(&format!("?token={}", there.token.reveal())).await;
    again.expect(["error"]).await;
    assert_eq!(again.closed().await, 4002);

    mine.expect_silence().await;
    watching.expect_silence().await;
    assert_eq!(house.refused(&here, &end(other)).await, not_found, "twice");
    let odd = house.request(Method::DELETE, "/api/auth/sessions/%ff");
    let (status, _) = answer(odd.bearer_auth(here.token.reveal())).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(sessions(&house, &here).await.len(), 1);
    // One's own as well: that is to sign out.
    let own = sessions(&house, &here).await[0].clone();
    house.ask(&here, &end(&own)).await;
    mine.expect(["error"]).await;
    assert_eq!(mine.closed().await, 4002);
    watching.expect(["user_offline", "online_users"]).await;
    is_out(&house, &here).await;
}

#[tokio::test]
async fn all_other_sessions_are_ended_together_and_nobody_elses() {
    let house = House::open().await;
    let (here, béla) = (house.register("ada").await, house.register("bela").await);
    let mut others = Vec::new();
    for _ in 0..8 {
        let other = another(&house, &here, "ada", "secret1").await;
        let socket = house.connect(&other).await;
        others.push((other, socket));
    }
    house.ask(&here, &Call::EndOtherSessions).await;
    for (other, mut socket) in others {
        socket.expect(["error"]).await;
        assert_eq!(socket.closed().await, 4002);
        is_out(&house, &other).await;
    }
    house.ask(&here, &Call::EndOtherSessions).await;
    assert_eq!(sessions(&house, &here).await.len(), 1);
    house.ask(&béla, &Call::Me).await;
}

#[tokio::test]
async fn another_password_ends_all_other_sessions_and_the_old_one_opens_nothing() {
    let house = House::open().await;
    let here = house.register("ada").await;
    let there = another(&house, &here, "ada", "secret1").await;
    let (mut mine, mut theirs) = (house.connect(&here).await, house.connect(&there).await);
    for (call, words) in [
        (change_password("nope", "secret2"), "Current password is wrong"),
        (change_password(&"x".repeat(2_000), "secret2"), "Current password is wrong"),
        (change_password("secret1", "12345"), "Password must be at least 6 characters"),
        (change_password("secret1", &"x".repeat(1_001)), "Password must be at most 1,000 bytes"),
    ] {
        assert_eq!(house.refused(&here, &call).await, (400, words.to_owned()), "{call:?}");
    }
    let request = house.request(Method::PUT, "/api/auth/password");
    let missing = request.bearer_auth(here.token.reveal()).json(&json!({"newPassword": "secret2"}));
    assert_eq!(answer(missing).await.0, StatusCode::BAD_REQUEST);
    house.ask(&there, &Call::Me).await;

    house.ask(&here, &change_password("secret1", "secret2")).await;
    theirs.expect(["error"]).await;
    assert_eq!(theirs.closed().await, 4002);
    is_out(&house, &there).await;
    mine.expect_silence().await;
    house.ask(&here, &Call::Me).await;
    let old = Call::Login { email: "ada@example.org".into(), password: "secret1".into() };
    let (status, body) = house.call(&old, None).await;
    assert_eq!(
        (status, &body["message"]),
        (StatusCode::UNAUTHORIZED, &json!("Invalid credentials"))
    );
    another(&house, &here, "ada", "secret2").await;
}

#[tokio::test]
async fn whoever_found_a_browser_open_guesses_the_password_no_faster() {
    let house = House::open().await;
    let ada = house.register("ada").await;
    for _ in 0..10 {
        let (status, _) = house.refused(&ada, &change_password("guess!", "secret2")).await;
        assert_eq!(status, 400);
    }
    let (status, words) = house.refused(&ada, &change_password("secret1", "secret2")).await;
    assert_eq!((status, words.as_str()), (429, "Too many failed logins. Try again in 5 minutes."));
}

#[tokio::test]
async fn of_two_who_change_the_password_at_once_one_does() {
    let house = House::open().await;
    let here = house.register("ada").await;
    let there = another(&house, &here, "ada", "secret1").await;
    let change = async |person: &Person, new: &str| {
        house.call(&change_password("secret1", new), Some(&person.token)).await.0
    };
    let (one, other) = tokio::join!(change(&here, "secret2"), change(&there, "secret3"));
    assert!((one == StatusCode::OK) != (other == StatusCode::OK), "{one} and {other}");
    let (left, ended) = if one == StatusCode::OK { (&here, &there) } else { (&there, &here) };
    house.ask(left, &Call::Me).await;
    is_out(&house, ended).await;
    // In one session too.
    let now = if one == StatusCode::OK { "secret2" } else { "secret3" };
    let changes = [change_password(now, "secret4"), change_password(now, "secret5")];
    let [one, other] = changes.map(|call| {
        let (house, left) = (&house, left);
        async move { house.call(&call, Some(&left.token)).await.0 }
    });
    let (one, other) = tokio::join!(one, other);
    assert!((one == StatusCode::OK) != (other == StatusCode::OK), "{one} and {other}");
}

#[tokio::test]
async fn another_name_is_told_to_everybody_and_signs_what_is_written_from_then_on() {
    let house = House::open().await;
    let (ada, béla) = (house.register("ada").await, house.register("bela").await);
    let chi = house.register("chi").await;
    house.ask(&ada, &béla.receives("before")).await;
    let mut socket = house.connect(&ada).await;
    let mut chis = house.connect(&chi).await;
    socket.expect(["user_online", "online_users"]).await;
    let before = house.now(&béla).await;

    let user = house.ask(&ada, &rename("  Ada L. ")).await["user"].take();
    assert_eq!((&user["username"], &user["email"]), (&json!("Ada L."), &json!("ada@example.org")));
    for socket in [&mut socket, &mut chis] {
        let told = socket.next().await;
        assert_eq!(name_of(&told), "profile_changed");
        assert_eq!(told["data"], json!({"userId": ada.id, "username": "Ada L."}));
    }
    // Who writes with them and was away finds it in what they missed.
    let missed = house.missed(&béla, &before).await;
    assert_eq!(missed.iter().map(name_of).collect::<Vec<_>>(), ["profile_changed"]);
    assert_eq!(
        names(&house.ask(&béla, &Call::Users { page: 1, limit: 20 }).await),
        ["Ada L.", "chi"]
    );

    // The socket was opened under the old name.
    socket.send(&béla.written_as("n", "after")).await;
    socket.expect(["message_sent"]).await;
    let page = house.ask(&béla, &history(&ada, 1, 50)).await;
    assert_eq!(contents(&page), ["before", "after"]);
    let missed = house.missed(&béla, &before).await;
    assert_eq!(missed[1]["data"]["senderUsername"], json!("Ada L."));
    let mut bélas = house.socket(&format!("?token={}", béla.token.reveal())).await;
    let [_, online] = bélas.expect(["connection_established", "online_users"]).await;
    assert_eq!(names(&online["data"]), ["Ada L.", "chi", "bela"]);
    socket.close().await;
    let gone = loop {
        let frame = bélas.next().await;
        if name_of(&frame) == "user_offline" {
            break frame;
        }
    };
    assert_eq!(gone["data"]["username"], json!("Ada L."));
}

#[tokio::test]
async fn a_name_keeps_the_rules_of_registration_and_may_change_its_case() {
    let house = House::open().await;
    let ada = house.register("ada").await;
    house.register("béla").await;
    for (name, words) in [
        ("ab", "Username must be 3 to 30 characters"),
        ("a\u{202e}da", "Username has characters that cannot be seen"),
        ("BÉLA", "Username is taken"),
    ] {
        assert_eq!(house.refused(&ada, &rename(name)).await, (400, words.to_owned()));
    }
    assert_eq!(house.ask(&ada, &Call::Me).await["user"]["username"], json!("ada"));
    assert_eq!(house.ask(&ada, &rename("ADA")).await["user"]["username"], json!("ADA"));
    let both = Call::ChangeProfile {
        username: Some("béla".into()),
        avatar: Some("https://example.org/a.png".into()),
    };
    assert_eq!(house.refused(&ada, &both).await.0, 400);
    assert_eq!(
        house.ask(&ada, &Call::Me).await["user"].get("avatar"),
        None,
        "all of it or nothing"
    );
}

#[tokio::test]
async fn a_picture_is_kept_under_an_address_that_lists_and_frames_hold() {
    let house = House::open().await;
    let (ada, béla) = (house.register("ada").await, house.register("bela").await);
    let mut watching = house.connect(&béla).await;
    let user = house.ask(&ada, &picture(&gif("one"))).await["user"].take();
    let address = user["avatar"].as_str().unwrap().to_owned();
    assert!(address.starts_with("/api/pictures/") && address.len() == 14 + 64, "{address}");
    assert_eq!(watching.data("profile_changed").await["avatar"], json!(address));

    let response = house.request(Method::GET, &address).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK, "whoever knows the address sees it");
    let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "image/gif");
    assert_eq!(header("cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(
        header("content-security-policy"),
        "default-src 'none'; sandbox; frame-ancestors 'none'"
    );
    assert_eq!(header("cross-origin-resource-policy"), "cross-origin");
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert_eq!(response.bytes().await.unwrap(), b"GIF89aone".as_slice());

    let socket = house.connect(&ada).await;
    let [_, online] = watching.expect(["user_online", "online_users"]).await;
    assert_eq!(online["data"]["users"][1]["avatar"], json!(address));
    // Another one has another address; the old one is gone.
    let other = house.ask(&ada, &picture(&gif("two"))).await["user"]["avatar"].take();
    assert_ne!(other, json!(address));
    assert_eq!(answer(house.request(Method::GET, &address)).await.0, StatusCode::NOT_FOUND);
    assert_eq!(
        house.request(Method::GET, &address).send().await.unwrap().headers()["cache-control"],
        "no-store"
    );
    assert_eq!(watching.data("profile_changed").await["avatar"], other);
    let elsewhere = "https://example.org/a.png";
    let user = house.ask(&ada, &picture(elsewhere)).await["user"].take();
    assert_eq!(user["avatar"], json!(elsewhere));
    let other = other.as_str().unwrap();
    assert_eq!(answer(house.request(Method::GET, other)).await.0, StatusCode::NOT_FOUND);
    watching.expect(["profile_changed"]).await;
    assert_eq!(house.ask(&ada, &picture("")).await["user"].get("avatar"), None);
    assert_eq!(watching.data("profile_changed").await.get("avatar"), None);
    assert_eq!(
        house.refused(&ada, &picture("data:image/svg+xml;base64,PHN2Zz4=")).await,
        (400, "Picture must be PNG, JPEG, WebP or GIF".to_owned())
    );
    drop(socket);
}

#[tokio::test]
async fn the_greeting_names_what_can_be_done_and_each_wants_a_token() {
    let house = House::open().await;
    let ada = house.register("ada").await;
    let mut socket = house.socket(&format!("?token={}", ada.token.reveal())).await;
    let features = socket.data("connection_established").await["features"].take();
    for name in ["sessions", "password", "profile"] {
        assert!(features.as_array().unwrap().contains(&json!(name)), "{features}");
    }
    for call in [
        Call::Sessions,
        Call::EndSession { id: "s".into() },
        Call::EndOtherSessions,
        change_password("secret1", "secret2"),
        rename("eve"),
    ] {
        assert_eq!(house.call(&call, None).await.0, StatusCode::UNAUTHORIZED, "{call:?}");
    }
}
