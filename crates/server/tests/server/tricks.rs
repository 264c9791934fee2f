//! Requests that are not what they seem, by hand: framing that two readers read differently, headers that are doubled, folded
//! or nonsense, and methods that nobody serves.

use std::fs;

use chinwag_server::{Config, Patience};

use crate::raw::{heard, said, statuses};
use crate::support::House;

const FILE: &str = "0123456789";

async fn house() -> House {
    let patience = Patience { headers: std::time::Duration::from_secs(2), ..Patience::default() };
    let cors = vec!["https://pages.example".parse().unwrap()];
    let house = House::with(|config| Config { patience, cors, ..config }).await;
    let dist = house.folder.path().join("dist");
    fs::create_dir_all(&dist).unwrap();
    for (name, content) in [
        ("index.html", "<!doctype html><head></head>the page"),
        ("index.html.br", "compressed"),
        ("file.txt", FILE),
        ("both.js", "plain"),
        ("both.js.br", "compressed"),
    ] {
        fs::write(dist.join(name), content).unwrap();
    }
    house
}

fn get(path: &str, headers: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{headers}\r\n").into_bytes()
}

/// A call with a body, and right behind it another request, which must be answered as such or not at all.
fn post(headers: &str, body: &str) -> Vec<u8> {
    format!("POST /api/auth/login HTTP/1.1\r\nhost: x\r\n{headers}\r\n{body}").into_bytes()
}

#[tokio::test]
async fn a_length_that_can_be_read_in_two_ways_is_refused_and_nothing_behind_it_is_read() {
    let house = house().await;
    let hidden = "GET /file.txt HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    for headers in [
        "content-length: 0\r\ncontent-length: 5\r\n",
        "content-length: 5\r\ncontent-length: 0\r\n",
        "content-length: 0, 5\r\n",
        "content-length: +5\r\n",
        "content-length: -1\r\n",
        "content-length: 0x5\r\n",
        "content-length: 5 5\r\n",
        "content-length: \r\n",
        "content-length: five\r\n",
        "content-length: 99999999999999999999999\r\n",
        "content-length: 5\r\ntransfer-encoding: chunked\r\n",
        "transfer-encoding: chunked\r\ncontent-length: 0\r\n",
        "transfer-encoding: identity\r\n",
        "transfer-encoding: xchunked\r\n",
        "transfer-encoding: chunked, identity\r\n",
        "transfer-encoding: chunked;q=1\r\n",
        "transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n",
        "transfer-encoding : chunked\r\n",
        "content-length : 0\r\n",
        " content-length: 0\r\n",
        "x: y\r\n content-length: 0\r\n",
        "x: y\r\n\tz\r\n",
        "x\r\n",
        ": x\r\n",
        "x: a\0b\r\n",
        "x: a\rb\r\n",
        "x y: z\r\n",
    ] {
        for body in ["", "0\r\n\r\n"] {
            let told = statuses(&house, &post(headers, &format!("{body}{hidden}"))).await;
            assert_eq!(told, [400], "{headers:?} {body:?}");
        }
    }
    // Chunks that are none end the connection with their call.
    for chunks in
        ["5\r\nabc", "z\r\n", "-1\r\n", "5;\nabcde\r\n0\r\n\r\n", "ffffffffffffffffff\r\n"]
    {
        let bytes = post("transfer-encoding: chunked\r\n", &format!("{chunks}{hidden}"));
        let told = statuses(&house, &bytes).await;
        assert!(told == [400] || told == [413], "{chunks:?}: {told:?}");
    }
    // What is framed well is read as far as it goes, and what follows is a request of its own.
    for (headers, body) in [
        ("content-length: 2\r\n", "{}"),
        ("transfer-encoding: chunked\r\n", "2\r\n{}\r\n0\r\n\r\n"),
        ("transfer-encoding: CHUNKED\r\n", "1\r\n{\r\n1\r\n}\r\n0\r\nx: y\r\n\r\n"),
    ] {
        let told = statuses(&house, &post(headers, &format!("{body}{hidden}"))).await;
        assert_eq!(told, [400, 200], "{headers}: the call lacks its fields, the file is there");
    }
    // One that is framed twice is read by its chunks, and nothing behind it is (RFC 9112 §6.3).
    let body = r#"{"email":"ada@example.org","password":"secret1"}"#;
    let chunk = format!("{:x}\r\n{body}\r\n0\r\n\r\n{hidden}", body.len());
    let both = format!("content-length: {}\r\ntransfer-encoding: chunked\r\n", chunk.len());
    assert_eq!(statuses(&house, &post(&both, &chunk)).await, [401]);
    assert_eq!(statuses(&house, &post("transfer-encoding: chunked\r\n", &chunk)).await, [401, 200]);
    // HTTP/1.0 knows no chunks.
    let old = "POST /api/auth/login HTTP/1.0\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n";
    assert_eq!(statuses(&house, format!("{old}{hidden}").as_bytes()).await, [400]);
}

#[tokio::test]
async fn a_request_names_one_host_and_the_same_everywhere() {
    let house = house().await;
    let asked = async |line: &str, headers: &str| {
        let bytes = format!("{line}\r\n{headers}connection: close\r\n\r\n");
        said(&house, bytes.as_bytes()).await.status
    };
    for (line, headers, status) in [
        ("GET /file.txt HTTP/1.1", "host: x\r\n", 200),
        ("GET /file.txt HTTP/1.1", "host: [::1]:3000\r\n", 200),
        ("GET /file.txt HTTP/1.0", "", 200),
        ("GET /file.txt HTTP/1.1", "", 400),
        ("GET /file.txt HTTP/1.1", "host: x\r\nhost: x\r\n", 400),
        ("GET /file.txt HTTP/1.1", "host: x\r\nHOST: y\r\n", 400),
        ("GET /file.txt HTTP/1.0", "host: x\r\nhost: y\r\n", 400),
        ("GET /file.txt HTTP/1.1", "host: x, y\r\n", 400),
        ("GET /file.txt HTTP/1.1", "host: x/y\r\n", 400),
        ("GET /file.txt HTTP/1.1", "host: u@x\r\n", 400),
        ("GET /file.txt HTTP/1.1", "host: x; script-src *\r\n", 400),
        ("GET http://x/file.txt HTTP/1.1", "host: x\r\n", 200),
        ("GET http://X/file.txt HTTP/1.1", "host: x\r\n", 200),
        ("GET http://y/file.txt HTTP/1.1", "host: x\r\n", 400),
        ("GET http://y@x/file.txt HTTP/1.1", "host: x\r\n", 400),
        ("GET http://x/../secret.txt HTTP/1.1", "host: x\r\n", 404),
        ("GET ftp://x/file.txt HTTP/1.1", "host: x\r\n", 400),
        ("GET x:80 HTTP/1.1", "host: x:80\r\n", 400),
        ("GET file.txt HTTP/1.1", "host: x\r\n", 400),
        ("GET * HTTP/1.1", "host: x\r\n", 400),
        ("OPTIONS * HTTP/1.1", "host: x\r\n", 405),
        ("CONNECT x:80 HTTP/1.1", "host: x:80\r\n", 405),
    ] {
        assert_eq!(asked(line, headers).await, status, "{line} {headers:?}");
    }
}

#[tokio::test]
async fn what_is_no_request_is_refused_and_methods_that_nobody_serves_do_nothing() {
    let house = house().await;
    for line in [
        "GET /",
        "GET / HTTP/0.9",
        "GET / HTTP/2.0",
        "GET / HTTP/1.1 x",
        "GET  / HTTP/1.1",
        "GET / http/1.1",
        "G\u{0}T / HTTP/1.1",
        "PRI * HTTP/2.0",
        "\u{16}\u{3}\u{1}\u{2}",
    ] {
        let told = heard(&house, format!("{line}\r\nhost: x\r\n\r\n").as_bytes()).await;
        let told = String::from_utf8_lossy(&told).into_owned();
        assert!(told.is_empty() || told.starts_with("HTTP/1.1 400"), "{line:?}: {told}");
    }
    for method in ["TRACE", "TRACK", "PUT", "DELETE", "PATCH", "PROPFIND", "OPTIONS", "get", "X"] {
        for path in ["/", "/file.txt", "/ws", "/api/auth/me", "/healthz"] {
            let request = format!(
                "{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-told: told-back\r\n\r\n"
            );
            let told = said(&house, request.as_bytes()).await;
            // A preflight is answered wherever there are calls; no socket begins with another method than GET.
            let is_preflight = method == "OPTIONS" && path.starts_with("/api");
            let refused = told.status == 405 || (path == "/ws" && told.status == 400);
            assert!(refused || (is_preflight && told.status == 200), "{method} {path}: {told:?}");
            let echoed = told.head.contains("told-back") || told.text().contains("told-back");
            assert!(!echoed, "{method} {path}: {told:?}");
        }
    }
    let told =
        said(&house, b"HEAD /file.txt HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
    assert_eq!((told.status, told.text().as_str()), (200, ""));
    assert_eq!(told.header("content-length"), "10");
    // Whoever wants another protocol is answered in this one.
    let h2c = "connection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABk\r\n";
    let upgrade = format!("GET /file.txt HTTP/1.1\r\nhost: x\r\n{h2c}\r\n");
    assert_eq!(statuses(&house, upgrade.as_bytes()).await, [200]);
}

#[tokio::test]
async fn ranges_give_a_part_of_the_file_or_nothing_however_they_are_written() {
    let house = house().await;
    for (range, status, body) in [
        ("bytes=0-3", 206, "0123"),
        ("bytes=7-", 206, "789"),
        ("bytes=-3", 206, "789"),
        ("bytes=9-9", 206, "9"),
        ("bytes=10-", 416, ""),
        ("bytes=5-3", 416, ""),
        ("bytes=18446744073709551615-", 416, ""),
    ] {
        let told = said(&house, &get("/file.txt", &format!("range: {range}\r\n"))).await;
        assert_eq!((told.status, told.text().as_str()), (status, body), "{range}");
    }
    let many = format!("bytes=0-9{}", ",0-9".repeat(3_000));
    for range in [
        "bytes=0-18446744073709551615",
        "bytes=0-99999999999999999999999999",
        "bytes=-99999999999999999999",
        "bytes=-0",
        "bytes=0-0,1-1",
        "bytes=0-9,0-9,0-9",
        "bytes=0-,1-,2-",
        "bytes=-1,-2",
        "bytes=--5",
        "bytes=a-b",
        "bytes=",
        "bytes",
        "lines=0-3",
        "bytes=0-3;x",
        "bytes = 0 - 3",
        "",
        &many,
    ] {
        for more in ["", "range: bytes=1-2\r\n", "if-range: \"x\"\r\n", "if-range: yesterday\r\n"] {
            let told = said(&house, &get("/file.txt", &format!("range: {range}\r\n{more}"))).await;
            let body = told.text();
            let given =
                [200, 206].contains(&told.status) && FILE.contains(&body) && !body.is_empty();
            let refused = [400, 416, 431].contains(&told.status) && !body.contains("012");
            let shown: String = range.chars().take(40).collect();
            assert!(given || refused, "{shown} {more:?}: {told:?}");
            if given {
                assert_eq!(told.header("content-length"), body.len().to_string(), "{shown}");
            }
        }
    }
}

#[tokio::test]
async fn headers_that_are_nonsense_are_as_if_they_were_not_there() {
    let house = house().await;
    let long = "x".repeat(8_000);
    for value in [
        "yesterday",
        "Fri, 31 Feb 2026 99:99:99 GMT",
        "Fri, 01 Jan 0000 00:00:00 GMT",
        "Fri, 01 Jan 99999999999 00:00:00 GMT",
        "-1",
        "",
        "\"x\"",
        "caf\u{e9}",
        &long,
    ] {
        for name in ["if-modified-since", "if-none-match", "if-range"] {
            let told = said(&house, &get("/file.txt", &format!("{name}: {value}\r\n"))).await;
            assert_eq!((told.status, told.text().as_str()), (200, FILE), "{name}: {value}");
        }
        for name in ["if-unmodified-since", "if-match"] {
            let told = said(&house, &get("/file.txt", &format!("{name}: {value}\r\n"))).await;
            assert!([200, 412].contains(&told.status), "{name}: {value}: {told:?}");
        }
    }
    let codings = format!("br{}", ",br;q=0.1".repeat(1_000));
    for value in [
        "br;q=nan",
        "br;q=inf",
        "br;q=1e309",
        "br;q=-1",
        "br;q=",
        "br;;;q",
        ",,,,",
        ";",
        "*;q=0",
        "identity;q=0, *;q=0",
        "br;q=0.0000",
        "br;Q=0",
        "\u{e9}",
        "",
        &codings,
    ] {
        for path in ["/both.js", "/"] {
            let told = said(&house, &get(path, &format!("accept-encoding: {value}\r\n"))).await;
            let shown: String = value.chars().take(40).collect();
            let is_compressed = told.header("content-encoding") == "br";
            let body = told.text();
            let plain = if path == "/" { "the page" } else { "plain" };
            let fits = body.ends_with(if is_compressed { "compressed" } else { plain });
            assert!(told.status == 200 && fits, "{path} {shown}: {told:?}");
        }
    }
    for path in ["/both.js", "/"] {
        let told = said(&house, &get(path, "accept-encoding: br;Q=0\r\n")).await;
        assert_eq!(told.header("content-encoding"), "", "a weight's name knows no case: {told:?}");
    }
}

#[tokio::test]
async fn no_value_that_is_sent_gets_into_an_answers_head() {
    let house = house().await;
    let sly = "a%0d%0aset-cookie:%20evil=1%0d%0a%0d%0a%3Cscript%3Eevil()%3C/script%3E";
    for path in [
        format!("/{sly}"),
        format!("/{sly}/"),
        format!("/api/{sly}"),
        format!("/api/messages/{sly}"),
        format!("/api/pictures/{sly}"),
        format!("/ws?token={sly}"),
        format!("/?lang={sly}"),
        format!("//evil.example/{sly}"),
    ] {
        for headers in [
            "",
            "accept: text/html\r\n",
            "origin: https://evil.example\r\n",
            "origin: https://pages.example, https://evil.example\r\n",
            "origin: https://pages.example.evil.example\r\n",
            "x-forwarded-host: evil.example\r\nx-forwarded-proto: evil\r\n",
            "forwarded: for=evil;host=evil.example\r\nx-original-url: /evil\r\nx-rewrite-url: /evil\r\n",
            "x-http-method-override: EVIL\r\nuser-agent: evil\r\nreferer: https://evil.example\r\n",
            "cookie: evil=1\r\nauthorization: Bearer evil\r\n",
            "access-control-request-method: EVIL\r\naccess-control-request-headers: evil\r\n",
        ] {
            let told = said(&house, &get(&path, headers)).await;
            assert!(told.status < 500, "{path} {headers:?}: {told:?}");
            assert!(!told.head.contains("evil"), "{path} {headers:?}: {told:?}");
            assert!(!told.head.contains("set-cookie"), "{path} {headers:?}: {told:?}");
            assert!(!told.head.contains("location:"), "{path} {headers:?}: {told:?}");
            assert!(!told.text().contains("<script>evil"), "{path} {headers:?}: {told:?}");
            assert!(told.head.contains("x-content-type-options: nosniff\r\n"), "{told:?}");
        }
    }
}
