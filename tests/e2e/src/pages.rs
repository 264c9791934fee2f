//! The built page on another origin, in a sub-path, as any host of static files serves it.

use std::fs;
use std::path::{Path, PathBuf};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Where the page is on its host: not at the root.
const UNDER: &str = "/our/chat/";

/// A host of static files. It ends with this value.
#[derive(Debug)]
pub struct Pages {
    port: u16,
    serving: JoinHandle<()>,
}

impl Pages {
    /// Serves the files of a folder, with this `config.json` instead of its own.
    pub async fn open(dist: &Path, config: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let dist = dist.to_owned();
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (dist, config) = (dist.clone(), config.clone());
                tokio::spawn(async move {
                    // A browser that went away needs no answer.
                    let _ = answer(stream, dist, config).await;
                });
            }
        });
        Self { port, serving }
    }

    /// The origin, such as `http://localhost:40104`.
    pub fn origin(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// The page's address.
    pub fn url(&self) -> String {
        format!("{}{UNDER}", self.origin())
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn answer(mut stream: TcpStream, dist: PathBuf, config: String) -> std::io::Result<()> {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut buffer).await? {
            0 => return Ok(()),
            count => request.extend_from_slice(&buffer[..count]),
        }
    }
    let request = String::from_utf8_lossy(&request);
    let path = request.split_whitespace().nth(1).unwrap_or_default();
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let found = match path.strip_prefix(UNDER) {
        Some("config.json") => Some(config.into_bytes()),
        Some(name) if !name.contains("..") => {
            let name = if name.is_empty() { "index.html" } else { name };
            fs::read(dist.join(name)).ok()
        }
        _ => None,
    };
    let (status, body) = match found {
        Some(body) => ("200 OK", body),
        None => ("404 Not Found", b"Not found\n".to_vec()),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {}\r\nContent-Length: {}\r\nCache-Control: no-cache\r\n\
         Connection: close\r\n\r\n",
        content_type(path),
        body.len(),
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(&body).await?;
    stream.shutdown().await
}

/// The type of a file by its name.
pub(crate) fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, kind)| kind) {
        Some("js") => "text/javascript",
        Some("wasm") => "application/wasm",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("css") => "text/css",
        _ => "text/html; charset=utf-8",
    }
}
