//! What every answer says to the browser.

use chinwag_server::Config;
use reqwest::{Method, Response};

use crate::support::{House, expect};

const STRICT: &str = "default-src 'none'; frame-ancestors 'none'";

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

#[tokio::test]
async fn whatever_is_answered_can_do_nothing_in_a_browser() {
    let listed = "https://pages.example".parse().unwrap();
    let house = House::with(|config| Config { cors: vec![listed], ..config }).await;
    let dist = house.folder.path().join("dist");
    std::fs::create_dir_all(&dist).unwrap();
    for name in ["index.html", "sw.js", "icon.svg", "config.json"] {
        std::fs::write(dist.join(name), "x").unwrap();
    }
    let file = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";
    let program =
        "default-src 'none'; connect-src 'self'; script-src 'self'; frame-ancestors 'none'";
    let huge = "x".repeat(200 * 1024);
    for (method, path, headers, status, policy) in [
        (Method::GET, "/api/auth/me", &[][..], 401, STRICT),
        (Method::GET, "/api/no-call", &[], 404, STRICT),
        (Method::GET, "/api/", &[], 404, STRICT),
        (Method::DELETE, "/api/users", &[], 405, STRICT),
        (Method::POST, "/api/auth/login", &[], 413, STRICT),
        (Method::GET, "/api/pictures/none", &[], 404, STRICT),
        (Method::OPTIONS, "/api/users", &[("origin", "https://pages.example")], 200, STRICT),
        (Method::GET, "/ws", &[], 400, STRICT),
        (Method::GET, "/no/such/file.txt", &[], 404, STRICT),
        (Method::POST, "/", &[], 405, STRICT),
        (Method::GET, "/icon.svg", &[], 200, file),
        (Method::GET, "/config.json", &[], 200, file),
        (Method::GET, "/config.json", &[("range", "bytes=9-")], 416, file),
        (Method::GET, "/sw.js", &[], 200, program),
        (
            Method::GET,
            "/sw.js",
            &[("if-modified-since", "Fri, 01 Jan 2100 00:00:00 GMT")],
            304,
            program,
        ),
    ] {
        let mut request = house.request(method.clone(), path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if method == Method::OPTIONS {
            request = request.header("access-control-request-method", "GET");
        }
        if status == 413 {
            request = request.body(huge.clone());
        }
        let response = expect("an answer", request.send()).await.unwrap();
        assert_eq!(response.status(), status, "{method} {path}");
        for (name, value) in [
            ("content-security-policy", policy),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
        ] {
            assert_eq!(header(&response, name), value, "{method} {path}: {name}");
        }
        assert!(header(&response, "permissions-policy").contains("camera=()"), "{path}");
        // Without TLS nobody can promise it.
        assert_eq!(header(&response, "strict-transport-security"), "", "{path}");
    }
}

#[tokio::test]
async fn figures_can_do_nothing_in_a_browser_either() {
    let metrics = "127.0.0.1:0".parse().ok();
    let house = House::with(|config| Config { metrics, ..config }).await;
    let address = house.server.metrics().unwrap();
    for path in ["metrics", "healthz", "none"] {
        let asked = reqwest::get(format!("http://{address}/{path}"));
        let response = expect("an answer", asked).await.unwrap();
        for (name, value) in [
            ("content-security-policy", STRICT),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
        ] {
            assert_eq!(header(&response, name), value, "{path}: {name}");
        }
    }
}

#[tokio::test]
async fn a_socket_that_is_refused_is_refused_as_strictly() {
    let house = House::open().await;
    let request = house.request(Method::GET, "/ws?token=x");
    let request = request
        .header("origin", "https://evil.example")
        .header("connection", "upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
    let response = expect("an answer", request.send()).await.unwrap();
    assert_eq!(response.status(), 403);
    assert_eq!(header(&response, "content-security-policy"), STRICT);
}

/// Statements are texts of the program alone: what people write is bound. sqlx takes any other text only where it is called
/// safe in so many words, which nobody does here.
#[test]
fn no_statement_is_put_together_from_what_people_write() {
    fn look(folder: &std::path::Path) -> usize {
        let mut seen = 0;
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                seen += look(&path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            for word in ["AssertSqlSafe", "raw_sql", "QueryBuilder", "SqlSafeStr for"] {
                assert!(!text.contains(word), "{}: {word}", path.display());
            }
            seen += 1;
        }
        seen
    }
    let source = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    assert!(look(&source) > 30, "there is a program");
}
