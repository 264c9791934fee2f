//! The built pages as they are served.

use std::fs;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use chinwag_server::Config;
use reqwest::{Method, Response, StatusCode};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{House, expect};

const SCRIPT: &str = "\nimport init from './chinwag-web-0123456789abcdef.js';\n";
const STYLE: &str = "body { margin: 0 }";
const WASM: &str = "/chinwag-web-0123456789abcdef_bg.wasm";

fn index() -> String {
    format!(
        "<!doctype html><html><head><style>{STYLE}</style><script src=\"./x.js\"></script></head>\
         <body><script type=\"module\">{SCRIPT}</script></body></html>"
    )
}

/// A server with built pages, like those of trunk. What `.br` holds is not checked by anybody here.
async fn built() -> House {
    let house = House::open().await;
    let dist = house.folder.path().join("dist");
    fs::create_dir_all(dist.join("locales")).unwrap();
    for (name, content) in [
        ("index.html", index().as_str()),
        ("index.html.br", "compressed page"),
        ("chinwag-web-0123456789abcdef.js", "export default 1;"),
        ("chinwag-web-0123456789abcdef.js.br", "compressed script"),
        (&WASM[1..], "\0asm"),
        (&format!("{}.br", &WASM[1..]), "compressed program"),
        ("sw.js", "self"),
        ("config.json", "{\"server\": \"\"}"),
        ("manifest.webmanifest", "{}"),
        ("icon.svg", "<svg/>"),
        ("icon.png", "png"),
        ("style.css", "p{}"),
        ("locales/de.json", "{}"),
    ] {
        fs::write(dist.join(name), content).unwrap();
    }
    fs::write(house.folder.path().join("secret.txt"), "secret").unwrap();
    house
}

async fn get(house: &House, path: &str, headers: &[(&str, &str)]) -> Response {
    let mut request = house.request(Method::GET, path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    expect("an answer", request.send()).await.unwrap()
}

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

#[tokio::test]
async fn files_have_their_types_and_are_kept_as_long_as_their_names_allow() {
    let house = built().await;
    let (for_ever, revalidate) = ("public, max-age=31536000, immutable", "no-cache");
    for (path, kind, keep) in [
        ("/", "text/html; charset=utf-8", revalidate),
        ("/index.html", "text/html; charset=utf-8", revalidate),
        ("/chinwag-web-0123456789abcdef.js", "text/javascript", for_ever),
        (WASM, "application/wasm", for_ever),
        ("/sw.js", "text/javascript", revalidate),
        ("/config.json", "application/json", revalidate),
        ("/manifest.webmanifest", "application/manifest+json", revalidate),
        ("/icon.svg", "image/svg+xml", revalidate),
        ("/icon.png", "image/png", revalidate),
        ("/style.css", "text/css", revalidate),
        ("/locales/de.json", "application/json", revalidate),
    ] {
        let response = get(&house, path, &[]).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        assert_eq!(header(&response, "content-type"), kind, "{path}");
        assert_eq!(header(&response, "cache-control"), keep, "{path}");
        assert_eq!(header(&response, "x-content-type-options"), "nosniff", "{path}");
        assert_eq!(header(&response, "referrer-policy"), "no-referrer", "{path}");
        assert!(!header(&response, "permissions-policy").is_empty(), "{path}");
    }
}

#[tokio::test]
async fn brotli_is_served_to_those_who_take_it() {
    let house = built().await;
    let br = [("accept-encoding", "gzip, deflate, br")];
    for (path, kind, body) in [
        ("/", "text/html; charset=utf-8", "compressed page"),
        ("/a-page", "text/html; charset=utf-8", "compressed page"),
        ("/chinwag-web-0123456789abcdef.js", "text/javascript", "compressed script"),
        // By this type alone a browser compiles while it still comes.
        (WASM, "application/wasm", "compressed program"),
    ] {
        let response = get(&house, path, &br).await;
        assert_eq!(header(&response, "content-encoding"), "br", "{path}");
        assert_eq!(header(&response, "content-type"), kind, "{path}");
        assert!(header(&response, "vary").contains("accept-encoding"), "{path}");
        assert_eq!(response.text().await.unwrap(), body, "{path}");
    }
    for (path, headers) in [
        ("/chinwag-web-0123456789abcdef.js", &[("accept-encoding", "gzip")]),
        ("/", &[("accept-encoding", "br;q=0")]),
        ("/sw.js", &br),
    ] {
        let response = get(&house, path, headers).await;
        assert_eq!(header(&response, "content-encoding"), "", "{path}");
        assert!(!response.text().await.unwrap().contains("compressed"), "{path}");
    }
    // The compressed page has no base, so a nested address gets the other.
    let nested = get(&house, "/a/b", &br).await;
    assert_eq!(header(&nested, "content-encoding"), "");
}

#[tokio::test]
async fn what_has_not_changed_is_not_sent_again() {
    let house = built().await;
    let dist = house.folder.path().join("dist");
    for path in ["/", "/sw.js", "/a/b", WASM] {
        for encoding in ["br", "identity"] {
            let encoding = ("accept-encoding", encoding);
            let etag = header(&get(&house, path, &[encoding]).await, "etag").to_owned();
            assert!(!etag.is_empty(), "{path}");
            for tags in [etag.clone(), format!("\"other\", {etag}")] {
                let response = get(&house, path, &[encoding, ("if-none-match", &tags)]).await;
                assert_eq!(response.status(), StatusCode::NOT_MODIFIED, "{path} {tags}");
                assert!(!header(&response, "cache-control").is_empty(), "{path}");
                assert_eq!(response.text().await.unwrap(), "", "{path}");
            }
            let response = get(&house, path, &[encoding, ("if-none-match", "\"other\"")]).await;
            assert_eq!(response.status(), StatusCode::OK, "{path}");
        }
    }
    let tags = async || {
        let page = get(&house, "/", &[]).await;
        let worker = get(&house, "/sw.js", &[]).await;
        (header(&page, "etag").to_owned(), header(&worker, "etag").to_owned())
    };
    let before = tags().await;
    fs::write(dist.join("sw.js"), "changed").unwrap();
    // The page itself is the same, but its policy is not, and a browser would keep the old one.
    fs::write(dist.join("config.json"), "{\"server\": \"https://chat.example\"}").unwrap();
    let after = tags().await;
    assert!(before.0 != after.0 && before.1 != after.1, "{before:?} {after:?}");
}

#[tokio::test]
async fn head_tells_what_get_would_send() {
    let house = built().await;
    for path in ["/", "/a/b", "/sw.js"] {
        let got = get(&house, path, &[]).await;
        let told = expect("an answer", house.request(Method::HEAD, path).send()).await.unwrap();
        assert_eq!(told.status(), StatusCode::OK, "{path}");
        for name in ["content-length", "content-type", "etag", "cache-control"] {
            assert_eq!(header(&told, name), header(&got, name), "{path} {name}");
            assert!(!header(&got, name).is_empty(), "{path} {name}");
        }
        assert_eq!(told.text().await.unwrap(), "", "{path}");
    }
    let response = expect("an answer", house.request(Method::POST, "/sw.js").send()).await.unwrap();
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn addresses_of_pages_get_the_page_and_missing_files_do_not() {
    let house = built().await;
    let html = [("accept", "text/html,application/xhtml+xml")];
    for (path, base, headers) in [
        ("/", "", &[][..]),
        ("/people", "", &[]),
        ("/people/", "<base href=\"../\">", &[]),
        ("/people/ada", "<base href=\"../\">", &[]),
        ("/a/b/c?d=e/f", "<base href=\"../../\">", &[]),
        ("/locales", "", &[]),
        ("/people/j.doe", "<base href=\"../\">", &html),
        ("/apiary", "", &[]),
    ] {
        let response = get(&house, path, headers).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        assert_eq!(header(&response, "cache-control"), "no-cache", "{path}");
        let page = response.text().await.unwrap();
        assert_eq!(page, index().replace("<head>", &format!("<head>{base}")), "{path}");
    }
    for path in
        ["/missing.js", "/a/missing.wasm", "/chinwag-web-fedcba9876543210.js", "/favicon.ico"]
    {
        let response = get(&house, path, &[]).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
        assert_eq!(header(&response, "cache-control"), "no-cache", "{path}");
    }
}

#[tokio::test]
async fn the_policy_allows_the_pages_own_inline_elements_by_hash_and_no_others() {
    let house = built().await;
    let hash = |text: &str| format!("'sha256-{}'", BASE64_STANDARD.encode(Sha256::digest(text)));
    let host = house.server.address();
    let policy = |connect: &str| {
        format!(
            "default-src 'none'; script-src 'self' 'wasm-unsafe-eval' {}; style-src 'self' {}; \
             img-src 'self' data: https: http:; connect-src 'self' ws://{host} wss://{host}{connect}; \
             font-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'self'; \
             form-action 'none'; frame-ancestors 'none'",
            hash(SCRIPT),
            hash(STYLE),
        )
    };
    for path in ["/", "/a/b"] {
        let response = get(&house, path, &[]).await;
        assert_eq!(header(&response, "content-security-policy"), policy(""), "{path}");
    }
    let dist = house.folder.path().join("dist");
    fs::write(dist.join("config.json"), "{\"server\": \"https://chat.example/sub\"}").unwrap();
    let response = get(&house, "/", &[]).await;
    assert_eq!(
        header(&response, "content-security-policy"),
        policy(" https://chat.example wss://chat.example")
    );
    // What a stranger may put into the Host header stays out.
    let sly = get(&house, "/", &[("host", "x; script-src 'unsafe-inline'")]).await;
    assert!(!header(&sly, "content-security-policy").contains("unsafe-inline"));
    // A page that is rebuilt while the server runs has its new hashes at once.
    fs::write(dist.join("index.html"), "<head><script>other()</script></head>").unwrap();
    let response = get(&house, "/", &[]).await;
    assert!(header(&response, "content-security-policy").contains(&hash("other()")));
}

#[tokio::test]
async fn no_path_leads_out_of_the_folder() {
    let house = built().await;
    for path in [
        "/../secret.txt",
        "/a/../../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/%2e%2e%2fsecret.txt",
        "/..\\secret.txt",
        "/..%5csecret.txt",
        "//secret.txt",
        "/./../secret.txt",
        "/locales/..%2f..%2fsecret.txt",
        "/secret.txt%00.html",
        "/%ff%fe.txt",
        "/../data/chinwag.db",
    ] {
        // By hand: clients tidy such paths up.
        let mut stream = TcpStream::connect(house.server.address()).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        expect("an answer", stream.read_to_end(&mut answer)).await.unwrap();
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.starts_with("HTTP/1.1 40"), "{path}: {answer}");
        assert!(!answer.contains("secret\n") && !answer.ends_with("secret"), "{path}: {answer}");
    }
}

#[tokio::test]
async fn without_built_pages_it_says_how_to_build_them_and_the_calls_work() {
    let house = House::with(|config| Config { dist: "/nowhere/dist".into(), ..config }).await;
    for path in ["/", "/people/ada"] {
        let response = get(&house, path, &[]).await;
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE, "{path}");
        assert_eq!(header(&response, "content-type"), "text/plain; charset=utf-8");
        assert!(response.text().await.unwrap().contains("cargo xtask build"), "{path}");
    }
    house.register("ada").await;
}
