//! TLS without a proxy, with certificates made for the occasion.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chinwag_protocol::ServerFrame;
use chinwag_server::{Certificate, Config, Patience, Server, StartError};
use futures_util::StreamExt;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::Command;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;

use crate::program::{command, start};
use crate::support::{config, expect};

/// Puts a new certificate of this machine's into a folder.
pub(crate) fn certify(folder: &Path) -> Certificate {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let files = Certificate { chain: folder.join("cert.pem"), key: folder.join("key.pem") };
    fs::write(&files.chain, made.cert.pem()).unwrap();
    fs::write(&files.key, made.signing_key.serialize_pem()).unwrap();
    files
}

/// What has gone through TLS.
pub(crate) type Stream = TlsStream<TcpStream>;

/// Speaks TLS as a browser does that believes this certificate and no other.
pub(crate) async fn connect_by(stream: TcpStream, files: &Certificate) -> std::io::Result<Stream> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(&files.chain).unwrap()).unwrap();
    let client = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    expect("TLS", TlsConnector::from(Arc::new(client)).connect(name, stream)).await
}

async fn connect(address: &str, files: &Certificate) -> std::io::Result<Stream> {
    connect_by(TcpStream::connect(address).await?, files).await
}

/// Makes one request, whose first lines these are, on a connection of its own: the answer as text.
pub(crate) async fn text(mut stream: Stream, head: &str, body: &str) -> String {
    let length = body.len();
    let request = format!(
        "{head}host: localhost\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // Some end without saying so.
    let _ = expect("an answer", stream.read_to_end(&mut answer)).await;
    String::from_utf8(answer).unwrap()
}

/// The same with JSON both ways: the headers and the body of the answer.
pub(crate) async fn answer(stream: Stream, head: &str, body: &Value) -> (String, Value) {
    let answer = text(stream, head, &body.to_string()).await;
    let (headers, body) = answer.split_once("\r\n\r\n").unwrap();
    // Proxies may send it in pieces.
    let json = &body[body.find('{').unwrap()..=body.rfind('}').unwrap()];
    (headers.to_owned(), serde_json::from_str(json).unwrap())
}

async fn register(address: &str, files: &Certificate) -> Value {
    let ada = json!({"username": "ada", "email": "ada@example.org", "password": "secret1"});
    let stream = connect(address, files).await.unwrap();
    let (headers, body) = answer(stream, "POST /api/auth/register HTTP/1.1\r\n", &ada).await;
    assert!(headers.starts_with("HTTP/1.1 201"), "{headers}");
    // Who came by TLS once comes by nothing else.
    assert!(headers.contains("strict-transport-security: max-age=31536000"), "{headers}");
    body["data"].clone()
}

#[tokio::test]
async fn calls_and_sockets_go_through_tls() {
    let folder = TempDir::new().unwrap();
    let files = certify(folder.path());
    let with = Config { certificate: Some(files.clone()), ..config(folder.path()) };
    let server = Server::start(with).await.unwrap();
    assert_eq!(server.url(), format!("https://localhost:{}", server.address().port()));
    let address = server.address().to_string();
    let ada = register(&address, &files).await;

    let url = format!("wss://localhost/ws?token={}", ada["token"].as_str().unwrap());
    let stream = connect(&address, &files).await.unwrap();
    let (mut socket, _) = expect("the socket", Box::pin(client_async(url, stream))).await.unwrap();
    let Some(Ok(Message::Text(text))) = expect("a frame", socket.next()).await else {
        panic!("no greeting")
    };
    let greeting = ServerFrame::decode(&text).unwrap();
    assert!(
        matches!(greeting, ServerFrame::ConnectionEstablished { username, .. } if username == "ada")
    );
    // Whoever says nothing is not waited for by a server that stops; it is told of that as any other.
    let _silent = TcpStream::connect(&address).await.unwrap();
    connect(&address, &files).await.unwrap();
    let began = Instant::now();
    let stopping = tokio::spawn(server.stop());
    loop {
        match expect("the close", socket.next()).await {
            Some(Ok(Message::Close(Some(frame)))) => break assert_eq!(u16::from(frame.code), 1012),
            Some(Ok(_)) => {}
            other => panic!("{other:?}"),
        }
    }
    drop(socket);
    expect("the stop", stopping).await.unwrap();
    assert!(began.elapsed() < Patience::default().headers * 3 / 4, "{:?}", began.elapsed());
}

#[tokio::test]
async fn who_speaks_no_tls_or_says_nothing_is_let_go_and_hinders_nobody() {
    let folder = TempDir::new().unwrap();
    let files = certify(folder.path());
    let patience = Patience { headers: Duration::from_secs(1), ..Patience::default() };
    let certificate = Some(files.clone());
    let with = Config { certificate, patience, ..config(folder.path()) };
    let server = Server::start(with).await.unwrap();
    let address = server.address().to_string();
    let mut silent = TcpStream::connect(&address).await.unwrap();
    let mut plain = TcpStream::connect(&address).await.unwrap();
    plain.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let mut told = Vec::new();
    let _ = expect("the end", plain.read_to_end(&mut told)).await;
    assert!(!told.starts_with(b"HTTP"), "nothing in plain words");
    register(&address, &files).await;
    let _ = expect("the end", silent.read_to_end(&mut told)).await;
}

#[tokio::test]
async fn a_renewed_certificate_is_used_without_a_restart_and_a_broken_one_is_not() {
    let folder = TempDir::new().unwrap();
    let old = certify(folder.path());
    let mut command = command(folder.path());
    command.args(["--port", "0", "--tls-cert", "cert.pem", "--tls-key", "key.pem"]);
    let log = folder.path().join("log");
    command.stderr(fs::File::create(&log).unwrap());
    let (child, address) = start(&mut command).await;
    register(&address, &old).await;
    // Asks it to read the certificate anew, and waits until it has said what came of it.
    let renews = async |words: &str| {
        let id = child.id().unwrap().to_string();
        assert!(Command::new("kill").args(["-HUP", &id]).status().await.unwrap().success());
        let told = async {
            while !fs::read_to_string(&log).unwrap().contains(words) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        expect(words, told).await;
    };
    // Half-written: the one before stays.
    let key = fs::read_to_string(&old.key).unwrap();
    fs::write(&old.key, "").unwrap();
    renews("the certificate before stays").await;
    connect(&address, &old).await.unwrap();
    fs::write(&old.key, key).unwrap();
    let new = certify(folder.path());
    renews("the certificate was read anew").await;
    connect(&address, &new).await.unwrap();
}

#[tokio::test]
async fn a_certificate_that_cannot_be_used_is_told_of_at_the_start() {
    let folder = TempDir::new().unwrap();
    let good = certify(folder.path());
    let elsewhere = TempDir::new().unwrap();
    let other = certify(elsewhere.path());
    let nothing = folder.path().join("nothing.pem");
    fs::write(&nothing, "").unwrap();
    let missing = folder.path().join("missing.pem");
    for (chain, key, words) in [
        (&good.chain, &missing, "missing.pem: No such file"),
        (&missing, &good.key, "missing.pem: No such file"),
        (&nothing, &good.key, "nothing.pem: there is none in it"),
        (&good.chain, &good.chain, "cert.pem: there is none in it"),
        (&good.chain, &other.key, "cannot use the certificate"),
    ] {
        let certificate = Some(Certificate { chain: chain.clone(), key: key.clone() });
        let with = Config { certificate, ..config(folder.path()) };
        let error = Server::start(with).await.unwrap_err();
        assert!(matches!(error, StartError::Certificate(_)), "{error}");
        assert!(error.to_string().contains(words), "{error}");
    }
}
