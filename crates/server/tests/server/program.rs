//! The program itself: what it prints, how it starts and stops, and what its logs never hold.

use std::path::Path;
use std::process::Stdio;

use reqwest::{Client, Method};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio_tungstenite::connect_async;

use crate::support::{Socket, answer, expect};

pub(crate) fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chinwag-server"));
    command.current_dir(folder).env_remove("RUST_LOG").kill_on_drop(true);
    for name in ["HOST", "PORT", "DATA", "DIST", "CORS"] {
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
    let address = line.strip_prefix("Chinwag is at http://localhost:");
    let port: u16 = address.unwrap_or_else(|| panic!("{line:?}")).parse().unwrap();
    (child, format!("127.0.0.1:{port}"))
}

/// Asks it to stop. What it wrote to its log.
async fn stop(mut child: Child, signal: &str) -> String {
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
        let mut socket = Socket(stream);
        socket.expect(["connection_established", "online_users"]).await;
        let stopping = tokio::spawn(stop(child, signal));
        assert_eq!(socket.closed().await, 1001);
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
    let mut socket = Socket(stream);
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
    Socket(stream).expect(["error"]).await;
    let query = format!("http://{address}/api/users/search?query=se-cret-five&token={token}");
    answer(Client::new().get(query).bearer_auth(token)).await;

    let log = stop(child, "-TERM").await;
    assert!(log.contains("/api/auth/register") && log.contains("/ws"), "it does log: {log}");
    for secret in [token, "bad-to-ken", "pass-word", "se-cret", "a@b.co"] {
        assert!(!log.contains(secret), "{secret}: {log}");
    }
}
