//! The whole server on a line in memory: without ports, of which there are not enough for a million connections.

use std::error::Error;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use axum::body::{self, Body};
use axum::http::{HeaderValue, Method, Request, StatusCode, Uri, header};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
use tokio::runtime::{self, Runtime};
use tower_service::Service;

use super::{headers, lines};
use crate::address::Peer;
use crate::serve;
use crate::{Config, Cost, Patience, Server};

/// What lies beside the pages, and hidden among them: nobody may ever get any of it.
const SECRET: &str = "what-nobody-may-ever-get";
/// The most bytes of an answer: the longest file is much shorter.
const MOST_BYTES: usize = 1 << 20;

/// A server with pages and one person, in a folder of its own.
#[derive(Debug)]
pub struct Wire {
    runtime: Runtime,
    server: Server,
    token: String,
    user: String,
}

impl Wire {
    /// Starts one in an empty folder.
    ///
    /// # Errors
    /// Whatever keeps it from starting.
    pub fn open(folder: &Path) -> Result<Self, Box<dyn Error>> {
        let dist = folder.join("dist");
        lay(&dist)?;
        fs::write(folder.join("secret.txt"), SECRET)?;
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        let config = Config {
            port: 0,
            password_cost: Cost::LEAST,
            limits: None,
            ..Config::new(folder.join("data"), dist)
        };
        let server = runtime.block_on(Server::start(config))?;
        let mut wire = Self { runtime, server, token: String::new(), user: String::new() };
        let body = json!({"username": "ada", "email": "ada@example.org", "password": "secret1"});
        let request = Request::post("/api/auth/register").header("host", "x");
        let request = request.body(Body::from(body.to_string()))?;
        let (_, answer) = wire.ask(request);
        let answer: Value = serde_json::from_slice(&answer)?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        wire.token = text(&answer["data"]["token"]);
        wire.user = text(&answer["data"]["user"]["_id"]);
        assert!(!wire.token.is_empty(), "{answer}");
        Ok(wire)
    }

    fn ask(&self, request: Request<Body>) -> (StatusCode, Vec<u8>) {
        let mut router = self.server.router.clone();
        self.runtime.block_on(async move {
            let response = match router.call(request).await {
                Ok(response) => response,
                Err(never) => match never {},
            };
            let status = response.status();
            let body = body::to_bytes(response.into_body(), MOST_BYTES).await;
            (status, body.map(|body| body.to_vec()).unwrap_or_default())
        })
    }

    /// One request for a file or a page: method and path, then headers, one a line.
    pub fn file(&self, data: &[u8]) {
        let mut lines = lines(data);
        let mut first = lines.next().unwrap_or_default().splitn(2, |byte| *byte == b' ');
        let method = Method::from_bytes(first.next().unwrap_or_default());
        let uri = Uri::try_from(first.next().unwrap_or_default());
        let (Ok(method), Ok(uri)) = (method, uri) else { return };
        let mut request = Request::new(Body::empty());
        *request.method_mut() = method;
        *request.uri_mut() = uri;
        *request.headers_mut() = headers(lines);
        let host = request.headers_mut().entry(header::HOST);
        host.or_insert(HeaderValue::from_static("x"));
        let (status, body) = self.ask(request);
        assert!(status.as_u16() < 500, "{status}");
        assert!(!holds(&body, SECRET), "{}", String::from_utf8_lossy(data));
    }

    /// Whatever somebody says on a connection. `{token}` and `{user}` stand for those of a person, and `{length}` for how
    /// much follows the next empty line.
    pub fn talk(&self, data: &[u8]) {
        let mut said = replaced(data, "{token}", |_| self.token.clone());
        said = replaced(&said, "{user}", |_| self.user.clone());
        said = replaced(&said, "{length}", |rest| {
            let body = find(rest, b"\r\n\r\n").map_or(0, |at| rest.len() - at - 4);
            body.to_string()
        });
        if holds(&said, SECRET) {
            return;
        }
        let heard = self.runtime.block_on(self.heard(&said));
        assert!(!holds(&heard, "HTTP/1.1 50"), "{}", String::from_utf8_lossy(&heard));
        assert!(!holds(&heard, SECRET), "{}", String::from_utf8_lossy(&heard));
        assert!(heard.is_empty() || heard.starts_with(b"HTTP/1."), "what begins is an answer");
    }

    async fn heard(&self, said: &[u8]) -> Vec<u8> {
        let (mut ours, theirs) = duplex(64 * 1024);
        let router = self.server.router.clone();
        let service = service_fn(move |mut request: Request<Incoming>| {
            let peer = SocketAddr::from((Ipv4Addr::LOCALHOST, 4711));
            request.extensions_mut().insert(Peer(peer));
            router.clone().call(request)
        });
        // Who has said all is answered all the same: nobody knows here when that would be otherwise.
        let mut http = serve::http(Patience::default());
        let serving =
            http.half_close(true).serve_connection(TokioIo::new(theirs), service).with_upgrades();
        let talking = async {
            let (mut listening, mut speaking) = tokio::io::split(&mut ours);
            let mut heard = Vec::new();
            let listened = listening.read_to_end(&mut heard);
            let spoken = async {
                // Who is no longer listened to need not go on.
                let _ = speaking.write_all(said).await;
                let _ = speaking.shutdown().await;
            };
            let _ = tokio::join!(listened, spoken);
            heard
        };
        let (_, heard) = tokio::join!(serving, talking);
        heard
    }
}

/// Pages like those of a build, and what must not be given of them.
fn lay(dist: &Path) -> std::io::Result<()> {
    fs::create_dir_all(dist.join("locales"))?;
    fs::create_dir_all(dist.join(".git"))?;
    for (name, content) in [
        ("index.html", "<!doctype html><head><script>x()</script></head>"),
        ("index.html.br", "compressed page"),
        ("app-0123456789abcdef.js", "export default 1;"),
        ("app-0123456789abcdef.js.br", "compressed"),
        ("sw.js", "self"),
        ("config.json", "{\"server\": \"\"}"),
        ("icon.svg", "<svg/>"),
        ("locales/de.json", "{}"),
        (".env", SECRET),
        (".git/config", SECRET),
    ] {
        fs::write(dist.join(name), content)?;
    }
    #[cfg(unix)]
    std::os::unix::fs::symlink("../secret.txt", dist.join("out.txt"))?;
    Ok(())
}

fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}

fn holds(bytes: &[u8], part: &str) -> bool {
    find(bytes, part.as_bytes()).is_some()
}

/// With what stands for `name` in its places; it may depend on what follows.
fn replaced(bytes: &[u8], name: &str, with: impl Fn(&[u8]) -> String) -> Vec<u8> {
    let (mut rest, mut all) = (bytes, Vec::with_capacity(bytes.len()));
    while let Some(at) = find(rest, name.as_bytes()) {
        let (before, after) = rest.split_at(at);
        rest = after.get(name.len()..).unwrap_or_default();
        all.extend_from_slice(before);
        all.extend_from_slice(with(rest).as_bytes());
    }
    all.extend_from_slice(rest);
    all
}
