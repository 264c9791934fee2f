//! Whatever goes wrong under `/api` is told in the envelope; CORS; headers.

use chinwag_protocol::Call;
use chinwag_server::Config;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::support::{House, answer, expect};

#[tokio::test]
async fn what_is_no_call_is_refused_in_the_envelope() {
    let house = House::open().await;
    for (method, path, status, words) in [
        (Method::GET, "/api", 404, "API route not found"),
        (Method::GET, "/api/", 404, "API route not found"),
        (Method::GET, "/api/nope", 404, "API route not found"),
        (Method::POST, "/api/auth/nope?x=1", 404, "API route not found"),
        (Method::DELETE, "/api/auth/me", 405, "Method not allowed"),
        (Method::GET, "/api/auth/login", 405, "Method not allowed"),
        (Method::POST, "/api/users", 405, "Method not allowed"),
        (Method::PATCH, "/api/messages/read/x", 405, "Method not allowed"),
        (Method::GET, "/ws", 400, "This address is for WebSockets"),
        (Method::POST, "/ws", 405, "Method not allowed"),
    ] {
        let (got, body) = answer(house.request(method, path)).await;
        assert_eq!(got.as_u16(), status, "{path}");
        assert_eq!(body, json!({"success": false, "message": words}), "{path}");
    }
}

#[tokio::test]
async fn a_body_that_is_no_json_or_too_large_is_refused_in_the_envelope() {
    let house = House::open().await;
    let ada = house.register("ada").await;
    let (deep, huge) = ("[".repeat(100_000), format!("\"{}\"", "x".repeat(128 * 1024)));
    for (body, status, words) in [
        ("", 400, "Invalid JSON"),
        ("{", 400, "Invalid JSON"),
        ("hello", 400, "Invalid JSON"),
        ("\u{0}", 400, "Invalid JSON"),
        (deep.as_str(), 400, "A field is missing or of the wrong type"),
        ("5", 400, "A field is missing or of the wrong type"),
        ("{\"email\": {}}", 400, "A field is missing or of the wrong type"),
        // The fields without their names.
        ("[\"ada@example.org\", \"secret1\"]", 400, "A field is missing or of the wrong type"),
        (huge.as_str(), 413, "Request is too large"),
    ] {
        for path in ["/api/auth/register", "/api/auth/login", "/api/messages"] {
            if body.contains("email") && path == "/api/messages" {
                continue;
            }
            let request = house.request(Method::POST, path).bearer_auth(ada.token.reveal());
            let (got, answer) = answer(request.body(body.to_owned())).await;
            let shown: String = body.chars().take(20).collect();
            assert_eq!(got.as_u16(), status, "{path} {shown}");
            assert_eq!(answer, json!({"success": false, "message": words}), "{path} {shown}");
        }
    }
}

#[tokio::test]
async fn the_servers_own_trouble_is_told_without_its_cause() {
    let house = House::open().await;
    let ada = house.register("ada").await;
    break_store(&house).await;
    let (status, words) = house.refused(&ada, &Call::Me).await;
    assert_eq!((status, words.as_str()), (500, "Server error. Please try again."));
}

/// Takes the table of sessions away behind the server's back.
pub(crate) async fn break_store(house: &House) {
    behind_its_back(house, "DROP TABLE sessions").await;
}

/// Changes the store behind the server's back.
pub(crate) async fn behind_its_back(house: &House, sql: &'static str) {
    use sqlx::ConnectOptions;
    let options = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(house.folder.path().join("data/chinwag.db"))
        .foreign_keys(false);
    let mut store = options.connect().await.unwrap();
    sqlx::query(sql).execute(&mut store).await.unwrap();
}

#[tokio::test]
async fn listed_pages_elsewhere_may_call_and_read_even_refusals() {
    let listed = "https://pages.example";
    let house =
        House::with(|config| Config { cors: vec![listed.parse().unwrap()], ..config }).await;
    let allowed = async |method: Method, path: &str, origin: &str| {
        let mut request = house.request(method.clone(), path).header("origin", origin);
        if method == Method::OPTIONS {
            request = request
                .header("access-control-request-method", "PUT")
                .header("access-control-request-headers", "authorization,content-type");
        }
        let response = expect("an answer", request.send()).await.unwrap();
        let header = |name: &str| {
            let value = response.headers().get(name).map(|value| value.to_str().unwrap());
            value.unwrap_or_default().to_owned()
        };
        let methods = header("access-control-allow-methods");
        let headers = header("access-control-allow-headers");
        (response.status(), header("access-control-allow-origin"), methods, headers)
    };
    let (status, origin, methods, headers) =
        allowed(Method::OPTIONS, "/api/messages/read/x", listed).await;
    assert_eq!((status, origin.as_str()), (StatusCode::OK, listed));
    assert!(["GET", "POST", "PUT"].iter().all(|method| methods.contains(method)), "{methods}");
    assert_eq!(headers, "authorization,content-type");

    for (path, expected) in [("/api/auth/me", 401), ("/api/nope", 404)] {
        let (status, origin, ..) = allowed(Method::GET, path, listed).await;
        assert_eq!((status.as_u16(), origin.as_str()), (expected, listed), "{path}");
        let (status, origin, ..) = allowed(Method::GET, path, "https://evil.example").await;
        assert_eq!((status.as_u16(), origin.as_str()), (expected, ""), "{path}");
    }
}

#[tokio::test]
async fn answers_are_hardened_and_never_kept() {
    let house = House::open().await;
    let request = house.request(Method::GET, "/api/auth/me");
    let response = expect("an answer", request.send()).await.unwrap();
    for (name, value) in [
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("x-frame-options", "DENY"),
        ("cross-origin-opener-policy", "same-origin"),
        ("content-type", "application/json"),
    ] {
        assert_eq!(response.headers()[name], value, "{name}");
    }
}
