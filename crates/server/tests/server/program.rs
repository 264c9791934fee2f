//! The program itself: what it prints, how it starts and stops, and what its logs never hold.

use std::path::Path;
use std::process::Stdio;

use reqwest::{Client, Method};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio_tungstenite::connect_async;

use crate::support::{SocketOver, answer, expect};

pub(crate) fn command(folder: &Path) -> Command {
    prepare(Command::new(env!("CARGO_BIN_EXE_chinwag-server")), folder)
}

/// The same, however it is started.
pub(crate) fn prepare(mut command: Command, folder: &Path) -> Command {
    command.current_dir(folder).env_remove("RUST_LOG").kill_on_drop(true);
    for name in [
        "HOST",
        "PORT",
        "DATA",
        "DIST",
        "CORS",
        "TRUSTED_PROXY",
        "TLS_CERT",
        "TLS_KEY",
        "RATE_LIMITS",
        "METRICS",
        "LOG_FORMAT",
        "CONFIG",
    ] {
        command.env_remove(format!("CHINWAG_{name}"));
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Starts it, and reads the address from its first line.
pub(crate) async fn start(command: &mut Command) -> (Child, String) {
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = expect("the first line", lines.next_line()).await.unwrap().unwrap_or_default();
    let place = line.strip_prefix("Chinwag is at http");
    let address =
        place.and_then(|place| place.trim_start_matches('s').strip_prefix("://localhost:"));
    let port: u16 = address.unwrap_or_else(|| panic!("{line:?}")).parse().unwrap();
    (child, format!("127.0.0.1:{port}"))
}

/// Asks it to stop. What it wrote to its log.
pub(crate) async fn stop(mut child: Child, signal: &str) -> String {
    let id = child.id().unwrap().to_string();
    let sent = Command::new("kill").args([signal, &id]).status().await.unwrap();
    assert!(sent.success());
    let mut log = String::new();
    let mut stderr = child.stderr.take().unwrap();
    expect("its end", stderr.read_to_string(&mut log)).await.unwrap();
    let status = expect("its end", child.wait()).await.unwrap();
    assert!(status.success(), "{status}: {log}");
    log
}

async fn post(address: &str, path: &str, token: &str, body: &Value) -> Value {
    let request = Client::new().request(Method::POST, format!("http://{address}{path}"));
    answer(request.bearer_auth(token).json(body)).await.1
}

#[tokio::test]
async fn it_listens_where_it_says_and_stops_in_good_order() {
    let folder = TempDir::new().unwrap();
    for (signal, by_environment) in [("-TERM", false), ("-INT", true)] {
        let mut command = command(folder.path());
        if by_environment {
            command.env("CHINWAG_PORT", "0").env("CHINWAG_DATA", "kept");
        } else {
            command.args(["--port", "0", "--data", "kept"]);
        }
        let (child, address) = start(&mut command).await;
        let body = json!({
            "username": format!("ada{by_environment}"),
            "email": format!("ada{by_environment}@example.org"),
            "password": "secret1",
        });
        let made = post(&address, "/api/auth/register", "", &body).await;
        let token = made["data"]["token"].as_str().unwrap();
        let (stream, _) = connect_async(format!("ws://{address}/ws?token={token}")).await.unwrap();
        let mut socket = SocketOver(stream);
        socket.expect(["connection_established", "online_users"]).await;
        let stopping = tokio::spawn(stop(child, signal));
        assert_eq!(socket.closed().await, 1012);
        drop(socket);
        stopping.await.unwrap();
        // Closed, the store is one file: what was written ahead is folded in.
        let kept = folder.path().join("kept");
        assert!(kept.join("chinwag.db").exists() && !kept.join("chinwag.db-wal").exists());
    }
}

#[tokio::test]
async fn a_taken_port_or_data_directory_is_told_in_words() {
    let folder = TempDir::new().unwrap();
    let (child, address) = start(command(folder.path()).args(["--port", "0"])).await;
    let port = address.rsplit(':').next().unwrap();
    for (arguments, words) in [
        (["--port", port, "--data", "other"], format!("port {port} is taken by another program")),
        (["--port", "0", "--data", "./data"], "another chinwag-server uses the data".to_owned()),
        (["--port", "0", "--data", "/dev/null/x"], "cannot use the data directory".to_owned()),
    ] {
        let output =
            expect("its end", command(folder.path()).args(arguments).output()).await.unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && told.contains(&words), "{told}");
        assert_eq!(output.stdout, b"", "not a word of being ready");
    }
    stop(child, "-TERM").await;
}

#[tokio::test]
async fn help_tells_every_option_and_its_variable() {
    let folder = TempDir::new().unwrap();
    let output = command(folder.path()).arg("--help").output().await.unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    for word in ["--host", "--port", "--data", "--dist", "--cors", "CHINWAG_HOST", "CHINWAG_PORT"] {
        assert!(help.contains(word), "{word}: {help}");
    }
    for word in [
        "--trusted-proxy",
        "--tls-cert",
        "--tls-key",
        "--rate-limits",
        "--connections-per-address",
        "--metrics",
        "--log-format",
        "--config",
    ] {
        let name = word.trim_start_matches('-').to_uppercase().replace('-', "_");
        assert!(help.contains(word) && help.contains(&format!("CHINWAG_{name}")), "{word}: {help}");
    }
    for word in ["CHINWAG_DATA", "CHINWAG_DIST", "CHINWAG_CORS", "3000", "./data", "./dist"] {
        assert!(help.contains(word), "{word}: {help}");
    }
    let output = command(folder.path()).args(["--cors", "*"]).output().await.unwrap();
    assert!(String::from_utf8(output.stderr).unwrap().contains("is not an origin"));
}

#[tokio::test]
async fn logs_hold_no_token_password_or_message_however_much_is_asked_for() {
    let folder = TempDir::new().unwrap();
    let mut command = command(folder.path());
    command.args(["--port", "0"]).env("RUST_LOG", "trace");
    let (child, address) = start(&mut command).await;
    let credentials =
        |password| json!({"username": "ada", "email": "a@b.co", "password": password});
    let made = post(&address, "/api/auth/register", "", &credentials("pass-word-one")).await;
    let token = made["data"]["token"].as_str().unwrap();
    post(&address, "/api/auth/login", "", &credentials("pass-word-two")).await;
    let other = json!({"username": "béla", "email": "b@b.co", "password": "pass-word-three"});
    let other = post(&address, "/api/auth/register", "", &other).await;
    let to = &other["data"]["user"]["_id"];

    let (stream, _) = connect_async(format!("ws://{address}/ws?token={token}")).await.unwrap();
    let mut socket = SocketOver(stream);
    socket.expect(["connection_established", "online_users"]).await;
    let chat =
        json!({"type": "chat_message", "data": {"receiverId": to, "content": "se-cret-one"}});
    socket.send_text(&chat.to_string()).await;
    socket.expect(["message_sent"]).await;
    socket.send_text("se-cret-two, not json").await;
    socket.expect(["error"]).await;
    socket.close().await;
    post(&address, "/api/messages", token, &json!({"receiverId": to, "content": "se-cret-three"}))
        .await;
    post(&address, "/api/messages", token, &json!({"receiverId": 5, "content": "se-cret-four"}))
        .await;
    let (stream, _) = connect_async(format!("ws://{address}/ws?token=bad-to-ken")).await.unwrap();
    SocketOver(stream).expect(["error"]).await;
    let query = format!("http://{address}/api/users/search?query=se-cret-five&token={token}");
    answer(Client::new().get(query).bearer_auth(token)).await;

    // Whatever else becomes of an address that holds a token: refused, unknown, a page's, no HTTP, or given up half-way.
    for (path, header) in [
        (
            "/ws",
            "origin: https://evil.example\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
                 sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
        ),
        ("/ws", ""),
        ("/ws/", "x-forwarded-for: 192.0.2.1\r\n"),
        ("/api/none", ""),
        ("/a/page", "accept: text/html\r\n"),
        ("/ws", "content-length: none\r\n"),
        ("/ws", "no header\r\n"),
        ("/ws", &format!("referer: http://{address}/ws?token={token}\r\n")),
    ] {
        let mut stream = TcpStream::connect(&address).await.unwrap();
        let request =
            format!("GET {path}?token={token} HTTP/1.1\r\nhost: {address}\r\n{header}\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        expect("an answer", stream.read_buf(&mut answer)).await.unwrap();
        assert!(answer.starts_with(b"HTTP/1.1 "), "{path} {header}");
    }

    let log = stop(child, "-TERM").await;
    assert!(log.contains("/api/auth/register") && log.contains("/ws"), "it does log: {log}");
    for secret in [token, "bad-to-ken", "pass-word", "se-cret", "a@b.co"] {
        assert!(!log.contains(secret), "{secret}: {log}");
    }
}

#[tokio::test]
async fn logs_are_lines_of_json_where_programs_read_them() {
    let folder = TempDir::new().unwrap();
    let mut command = command(folder.path());
    command.args(["--port", "0", "--log-format", "json"]).env("RUST_LOG", "debug");
    let (child, address) = start(&mut command).await;
    answer(Client::new().get(format!("http://{address}/api/none?token=to-ken"))).await;
    let log = stop(child, "-TERM").await;
    let lines: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}")))
        .collect();
    let line = |message: &str| {
        let found = lines.iter().find(|line| line["message"] == json!(message));
        found.unwrap_or_else(|| panic!("{message}: {log}"))
    };
    assert_eq!(line("listening")["level"], json!("INFO"));
    assert_eq!(line("listening")["address"], json!(address));
    assert_eq!(
        (&line("answered")["path"], &line("answered")["status"]),
        (&json!("/api/none"), &json!(404))
    );
    assert!(line("stopped")["timestamp"].is_string() && !log.contains("to-ken"), "{log}");
}

#[tokio::test]
async fn it_says_what_would_be_used_and_whether_that_would_do() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("chinwag.toml");
    std::fs::write(&file, "port = 4000\ndata = \"from-file\"\nhost = \"::1\"\n").unwrap();
    let check = async |arguments: &[&str]| {
        let mut command = command(folder.path());
        command.env("CHINWAG_CONFIG", &file).env("CHINWAG_DATA", "from-environment");
        // As set-ups for containers have them that set nothing.
        for nothing in ["HOST", "TLS_CERT", "TLS_KEY", "METRICS", "CORS", "LOG_FORMAT", "DIST"] {
            command.env(format!("CHINWAG_{nothing}"), "");
        }
        let output =
            expect("its end", command.arg("--check").args(arguments).output()).await.unwrap();
        let [out, err] =
            [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
        (output.status.success(), out, err)
    };
    let (good, told, words) = check(&["--port", "5000"]).await;
    assert!(good && words.is_empty(), "{words}");
    for line in [
        "port = 5000    (command line)",
        "data = from-environment    (environment)",
        "host = ::1    (file)",
        "dist = ./dist    (default)",
    ] {
        assert!(told.lines().any(|other| other == line), "{line}: {told}");
    }
    assert!(!folder.path().join("from-environment").exists(), "nothing is made");
    std::fs::write(folder.path().join("a-file"), "").unwrap();
    for (arguments, words) in [
        (["--tls-cert=no.pem", "--tls-key=no.pem"], "cannot read no.pem"),
        (["--data", "a-file"], "cannot use the data directory a-file"),
        (["--port", "70000"], "70000"),
    ] {
        let (good, _, told) = check(&arguments).await;
        assert!(!good && told.contains(words), "{words}: {told}");
    }
    std::fs::write(&file, "prot = 4000\n").unwrap();
    let (good, _, told) = check(&[]).await;
    assert!(!good && told.contains("there is no option “prot”"), "{told}");
}
