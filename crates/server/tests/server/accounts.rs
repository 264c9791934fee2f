//! Registering, signing in, sessions, and who there is.

use chinwag_protocol::Call;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{House, Person, TestClock, answer, names};

const DAY: i64 = 24 * 60 * 60 * 1000;

fn login(email: &str, password: &str) -> Call {
    Call::Login { email: email.into(), password: password.into() }
}

#[tokio::test]
async fn whoever_registers_is_signed_in_and_knows_their_own_address() {
    let house = House::open().await;
    let call = Call::Register {
        username: "  Béla ".into(),
        email: " Bela@Example.org ".into(),
        password: "secret1".into(),
    };
    let (status, body) = house.call(&call, None).await;
    assert_eq!(status, StatusCode::CREATED);
    let user = &body["data"]["user"];
    assert_eq!((&user["username"], &user["email"]), (&json!("Béla"), &json!("Bela@Example.org")));
    let id = user["_id"].as_str().unwrap();
    assert!(id.len() == 24 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");

    let token = body["data"]["token"].as_str().unwrap().into();
    let (status, body) = house.call(&Call::Me, Some(&token)).await;
    assert_eq!((status, &body["data"]["user"]), (StatusCode::OK, user));
}

#[tokio::test]
async fn a_registration_that_does_not_do_is_refused_in_words() {
    let house = House::open().await;
    let good = json!({"username": "ada", "email": "ada@example.org", "password": "secret1"});
    for (field, value, words) in [
        ("username", json!("ab"), "Username must be 3 to 30 characters"),
        ("username", json!("x".repeat(31)), "Username must be 3 to 30 characters"),
        ("username", json!("a\u{202e}da"), "Username has characters that cannot be seen"),
        ("username", Value::Null, "Please provide username, email and password"),
        ("username", json!(5), "A field is missing or of the wrong type"),
        ("email", json!("ada"), "Please enter a valid email"),
        ("email", json!("ada@x@y.org"), "Please enter a valid email"),
        ("email", Value::Null, "Please provide username, email and password"),
        ("password", json!("12345"), "Password must be at least 6 characters"),
        ("password", json!("x".repeat(1_001)), "Password must be at most 1,000 bytes"),
        ("password", Value::Null, "Please provide username, email and password"),
    ] {
        let mut body = good.clone();
        body[field] = value;
        let (status, answer) = house.post("/api/auth/register", None, &body).await;
        assert_eq!(
            (status, &answer["message"]),
            (StatusCode::BAD_REQUEST, &json!(words)),
            "{body}"
        );
    }
    // Nothing of that took the name.
    assert_eq!(house.post("/api/auth/register", None, &good).await.0, StatusCode::CREATED);
}

#[tokio::test]
async fn names_and_addresses_are_taken_whatever_their_case_and_spelling() {
    let house = House::open().await;
    house.register("béla").await;
    for (username, email) in [
        ("béla", "other@example.org"),
        ("BÉLA", "other@example.org"),
        ("be\u{301}la", "other@example.org"),
        ("other", "béla@example.org"),
        ("other", "BÉLA@example.ORG"),
    ] {
        let body = json!({"username": username, "email": email, "password": "secret1"});
        let (status, answer) = house.post("/api/auth/register", None, &body).await;
        let expected = (StatusCode::BAD_REQUEST, &json!("User already exists"));
        assert_eq!((status, &answer["message"]), expected, "{body}");
    }
    house.register("other").await;
}

#[tokio::test]
async fn of_twenty_who_register_the_same_at_once_exactly_one_does() {
    let house = House::open().await;
    for same in ["username", "email"] {
        let tries = (0..20).map(|number| {
            let mut body = json!({
                "username": format!("{same}{number}"),
                "email": format!("{same}{number}@example.org"),
                "password": "secret1",
            });
            body[same] = json!(if same == "email" { "same@example.org" } else { "same" });
            answer(house.request(Method::POST, "/api/auth/register").json(&body))
        });
        let tasks: Vec<_> = tries.map(tokio::spawn).collect();
        let mut made = 0;
        for task in tasks {
            match task.await.unwrap() {
                (StatusCode::CREATED, _) => made += 1,
                (StatusCode::BAD_REQUEST, body) => {
                    assert_eq!(body["message"], json!("User already exists"));
                }
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(made, 1, "{same}");
    }
}

#[tokio::test]
async fn signing_in_wants_the_right_password_and_tells_nothing_else() {
    let house = House::open().await;
    let ada = house.register("ada").await;
    let (status, body) = house.call(&login("ADA@example.org ", "secret1"), None).await;
    assert_eq!((status, &body["data"]["user"]["_id"]), (StatusCode::OK, &json!(ada.id)));
    assert_ne!(body["data"]["token"], json!(ada.token), "each session has its own token");

    for (email, password) in [
        ("ada@example.org", "nope"),
        ("ada@example.org", ""),
        ("ada@example.org", "Secret1"),
        ("nobody@example.org", "secret1"),
        ("no address", "secret1"),
    ] {
        let (status, body) = house.call(&login(email, password), None).await;
        let expected = (StatusCode::UNAUTHORIZED, &json!("Invalid credentials"));
        assert_eq!((status, &body["message"]), expected, "{email} {password}");
    }
    let long = "x".repeat(2_000);
    assert_eq!(
        house.call(&login("ada@example.org", &long), None).await.0,
        StatusCode::UNAUTHORIZED
    );
    let (status, body) = house.post("/api/auth/login", None, &json!({"email": "a@b.co"})).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(body["message"], json!("Please provide email and password"));
}

#[tokio::test]
async fn an_address_that_nobody_has_costs_a_sign_in_as_much_work_as_one_that_somebody_has() {
    let house = House::open().await;
    house.register("ada").await;
    let mut compared = house.server.passwords_compared();
    for email in ["ada@example.org", "nobody@example.org", "ada@example.org", "no.body@x.org"] {
        let (status, body) = house.call(&login(email, "a guess"), None).await;
        assert_eq!((status.as_u16(), &body["message"]), (401, &json!("Invalid credentials")));
        compared += 1;
        assert_eq!(house.server.passwords_compared(), compared, "{email}");
    }
}

#[tokio::test]
async fn guessing_one_persons_password_pauses_and_hinders_nobody_else() {
    let clock = TestClock::new();
    let house =
        House::with(|config| chinwag_server::Config { clock: clock.clock(), ..config }).await;
    house.register("ada").await;
    house.register("bela").await;
    for _ in 0..10 {
        let (status, _) = house.call(&login("ada@example.org", "guess!"), None).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
    }
    // Not even the right one now, or the pause would tell it.
    let (status, body) = house.call(&login("Ada@example.org", "secret1"), None).await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(body["message"], json!("Too many failed logins. Try again in 5 minutes."));
    assert_eq!(house.call(&login("bela@example.org", "secret1"), None).await.0, StatusCode::OK);
    clock.advance(5 * 60 * 1000);
    assert_eq!(house.call(&login("ada@example.org", "secret1"), None).await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_session_lasts_as_long_as_it_is_used_every_thirty_days() {
    let clock = TestClock::new();
    let house =
        House::with(|config| chinwag_server::Config { clock: clock.clock(), ..config }).await;
    let ada = house.register("ada").await;
    for _ in 0..3 {
        clock.advance(29 * DAY);
        house.ask(&ada, &Call::Me).await;
    }
    clock.advance(31 * DAY);
    assert_eq!(house.refused(&ada, &Call::Me).await, (401, "Not authorized".to_owned()));
}

#[tokio::test]
async fn every_call_but_the_sign_ins_wants_a_good_token() {
    let house = House::open().await;
    let ada = house.register("ada").await;
    let calls = [
        Call::Me,
        Call::Users { page: 1, limit: 20 },
        Call::OnlineUsers,
        Call::SearchUsers { query: "a".into() },
        Call::Conversations,
        Call::History { with: ada.id.clone(), page: 1, limit: 50 },
        ada.receives("x"),
        Call::MarkRead { with: ada.id.clone() },
        Call::UnreadCount,
    ];
    for call in &calls {
        let bad = "0123".into();
        for token in [None, Some(&bad)] {
            let (status, body) = house.call(call, token).await;
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{call:?}");
            assert_eq!(body, json!({"success": false, "message": "Not authorized"}), "{call:?}");
        }
    }
    for header in ["", "Bearer", "Bearer ", "Basic YWRhOng=", ada.token.reveal()] {
        let request = house.request(Method::GET, "/api/auth/me").header("authorization", header);
        assert_eq!(answer(request).await.0, StatusCode::UNAUTHORIZED, "{header:?}");
    }
    let lower = format!("bearer {}", ada.token.reveal());
    let request = house.request(Method::GET, "/api/auth/me").header("authorization", lower);
    assert_eq!(answer(request).await.0, StatusCode::OK);
}

#[tokio::test]
async fn users_come_in_pages_by_name_without_oneself_and_without_addresses() {
    let house = House::open().await;
    let ada = house.register("ada").await;
    for name in ["Émile", "zoë", "Bob", "carol", "émilie"] {
        house.register(name).await;
    }
    let page = |page, limit| Call::Users { page, limit };
    let first = house.ask(&ada, &page(1, 2)).await;
    assert_eq!(names(&first), ["Bob", "carol"]);
    assert_eq!(first["pagination"], json!({"page": 1, "limit": 2, "total": 5, "pages": 3}));
    assert_eq!(names(&house.ask(&ada, &page(2, 2)).await), ["zoë", "Émile"]);
    assert_eq!(names(&house.ask(&ada, &page(3, 2)).await), ["émilie"]);
    assert_eq!(names(&house.ask(&ada, &page(4, 2)).await), [""; 0]);
    assert!(first["users"].as_array().unwrap().iter().all(|user| user.get("email").is_none()));
    assert!(first["users"].as_array().unwrap().iter().all(|user| user["isOnline"] == json!(false)));

    for (query, limit) in
        [("?limit=1000", 100), ("?limit=0", 1), ("?limit=x&page=-3", 20), ("", 20)]
    {
        let request = house.request(Method::GET, &format!("/api/users{query}"));
        let (status, body) = answer(request.bearer_auth(ada.token.reveal())).await;
        assert_eq!(status, StatusCode::OK, "{query}");
        assert_eq!(body["data"]["pagination"]["limit"], json!(limit), "{query}");
        assert_eq!(body["data"]["pagination"]["page"], json!(1), "{query}");
    }
    let far = house.ask(&ada, &page(u64::MAX, 100)).await;
    assert_eq!(names(&far), [""; 0]);
}

#[tokio::test]
async fn searching_knows_no_case_in_any_script_and_no_wildcards() {
    let house = House::open().await;
    let ada = house.register("ada").await;
    for name in ["ÉMILE", "Дмитрий", "100%", "a_b", "aXb", "adam"] {
        house.register(name).await;
    }
    for (query, found) in [
        ("émi", vec!["ÉMILE"]),
        ("e\u{301}mile", vec!["ÉMILE"]),
        ("ДМИ", vec!["Дмитрий"]),
        ("%", vec!["100%"]),
        ("_", vec!["a_b"]),
        (" ada ", vec!["adam"]),
        ("nobody", vec![]),
        ("", vec![]),
        ("  ", vec![]),
        ("' OR 1=1 --", vec![]),
    ] {
        let data = house.ask(&ada, &Call::SearchUsers { query: query.into() }).await;
        assert_eq!(names(&data), found, "{query}");
    }
    let request = house.request(Method::GET, "/api/users/search");
    let (status, body) = answer(request.bearer_auth(ada.token.reveal())).await;
    assert_eq!((status, &body["data"]["users"]), (StatusCode::OK, &json!([])));
}

#[tokio::test]
async fn a_search_finds_at_most_fifty() {
    let house = House::open().await;
    let ada = house.register("ada").await;
    let many: Vec<_> = (0..55).map(|number| format!("person{number:02}")).collect();
    for name in &many {
        house.register(name).await;
    }
    let data = house.ask(&ada, &Call::SearchUsers { query: "person".into() }).await;
    assert_eq!(names(&data), many[..50]);
}

#[tokio::test]
async fn who_is_online_is_told_by_every_list() {
    let house = House::open().await;
    let (ada, bela) = (house.register("ada").await, house.register("béla").await);
    assert_eq!(names(&house.ask(&ada, &Call::OnlineUsers).await), [""; 0]);
    let socket = house.connect(&bela).await;
    let online = house.ask(&ada, &Call::OnlineUsers).await;
    assert_eq!(names(&online), ["béla"]);
    assert_eq!(online["users"][0]["isOnline"], json!(true));
    let users =
        async |person: &Person| house.ask(person, &Call::Users { page: 1, limit: 20 }).await;
    assert_eq!(users(&ada).await["users"][0]["isOnline"], json!(true));
    assert_eq!(house.ask(&bela, &Call::Me).await["user"]["isOnline"], json!(true));

    let mut watching = house.connect(&ada).await;
    socket.close().await;
    watching.expect(["user_offline", "online_users"]).await;
    let gone = users(&ada).await;
    assert_eq!(gone["users"][0]["isOnline"], json!(false));
    assert!(gone["users"][0]["lastSeen"].is_string(), "{gone}");
}
