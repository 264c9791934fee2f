//! Somebody with an account, by the server's calls: for what a story needs and is not about.

use std::thread::sleep;
use std::time::Duration;

use minreq::Method;
use serde_json::{Value, json};

use crate::Presence;

/// Everybody's password.
pub const PASSWORD: &str = "secret1";

/// How long a call may take on a busy machine (seconds).
const TIME_OUT: u64 = 30;

/// The status of an answer to whoever asks too often (RFC 6585 §4).
const TOO_MANY_REQUESTS: u16 = 429;

/// Somebody with an account.
#[derive(Clone, Debug)]
pub struct Account {
    server: String,
    /// Their name.
    pub name: String,
    /// The server's name for them.
    pub id: String,
    /// What proves it.
    pub token: String,
}

/// The address that somebody of this name has.
pub(crate) fn email_of(name: &str) -> String {
    let plain = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>();
    if plain.is_empty() {
        // Of a name in other letters, their numbers.
        let numbers = name.chars().map(|letter| format!("{:x}", u32::from(letter)));
        return format!("{}@example.org", numbers.collect::<String>());
    }
    format!("{plain}@example.org").to_lowercase()
}

impl Account {
    /// Registers somebody with the server at this address.
    pub fn register(server: &str, name: &str) -> Self {
        let body = json!({ "username": name, "email": email_of(name), "password": PASSWORD });
        let data = call(server, Method::Post, "/auth/register", None, Some(&body));
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        Self {
            server: server.to_owned(),
            name: name.to_owned(),
            id: text(&data["user"]["_id"]),
            token: text(&data["token"]),
        }
    }

    /// Their address.
    pub fn email(&self) -> String {
        email_of(&self.name)
    }

    /// Signs in once more, in a browser that there is none of here.
    pub fn signs_in_elsewhere(&self) {
        assert_eq!(self.tries_elsewhere(PASSWORD), 200, "{} signs in", self.name);
    }

    /// Somebody guesses their password, in vain, until the server hears no more of it for a while.
    pub fn is_guessed_at(&self) {
        let tried = (0..100).map(|number| self.tries_elsewhere(&format!("guess {number}")));
        let refused = tried.take_while(|status| *status != TOO_MANY_REQUESTS);
        assert!(refused.inspect(|status| assert_eq!(*status, 401)).count() < 100);
    }

    fn tries_elsewhere(&self, password: &str) -> u16 {
        let server = self.server.replace("localhost", "127.0.0.1");
        let body = json!({ "email": self.email(), "password": password });
        let agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
        let request = minreq::post(format!("{server}/api/auth/login")).with_timeout(TIME_OUT);
        let request = request.with_header("Content-Type", "application/json");
        let request = request.with_header("User-Agent", agent).with_body(body.to_string());
        request.send().expect("an answer to a sign-in").status_code
    }

    /// Is online, without a browser.
    pub async fn is_online(&self) -> Presence {
        Presence::open(&self.server, &self.token, None).await
    }

    /// Is online and writes to somebody, without ever sending it.
    pub async fn is_typing_to(&self, other: &Self) -> Presence {
        Presence::open(&self.server, &self.token, Some(other)).await
    }

    /// Writes to somebody without end, and more than the server takes.
    pub async fn writes_without_end_to(&self, other: &Self) -> Presence {
        Presence::open_to_flood(&self.server, &self.token, other).await
    }

    /// Writes to somebody.
    pub fn writes_to(&self, other: &Self, content: &str) {
        let body = json!({ "receiverId": other.id, "content": content });
        self.call(Method::Post, "/messages", Some(&body));
    }

    /// The newest hundred of what was said with somebody, as the server has it, from the oldest.
    pub fn history_with(&self, other: &Self) -> Vec<String> {
        let data = self.call(Method::Get, &format!("/messages/{}?limit=100", other.id), None);
        let mut messages = data["messages"].as_array().expect("messages").clone();
        messages.sort_by_key(|message| message["createdAt"].as_str().map(str::to_owned));
        let content = |message: &Value| message["content"].as_str().unwrap_or_default().to_owned();
        messages.iter().map(content).collect()
    }

    /// When the last message with somebody was delivered and read, where the server says so.
    pub fn receipts_with(&self, other: &Self) -> [Option<String>; 2] {
        let data = self.call(Method::Get, &format!("/messages/{}?limit=1", other.id), None);
        let last = &data["messages"][0];
        ["deliveredAt", "readAt"].map(|name| last[name].as_str().map(str::to_owned))
    }

    /// How many messages there are with somebody, as the server has it.
    pub fn count_with(&self, other: &Self) -> usize {
        let data = self.call(Method::Get, &format!("/messages/{}?limit=1", other.id), None);
        let total = data["pagination"]["total"].as_u64().expect("how many there are");
        usize::try_from(total).expect("a number of messages")
    }

    /// All that was said with somebody, as the server has it, from the oldest: whether it is one's own, and the text.
    pub fn whole_history_with(&self, other: &Self) -> Vec<(bool, String)> {
        let mut messages = Vec::new();
        for page in 1.. {
            let path = format!("/messages/{}?page={page}&limit=100", other.id);
            let mut data = self.call(Method::Get, &path, None);
            let Value::Array(rows) = data["messages"].take() else { panic!("{path}: {data}") };
            let last = rows.len() < 100;
            messages.extend(rows);
            if last {
                break;
            }
        }
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        messages.sort_by_key(|message| (text(&message["createdAt"]), text(&message["_id"])));
        let message = |message: &Value| {
            (message["sender"]["_id"] == json!(self.id), text(&message["content"]))
        };
        messages.iter().map(message).collect()
    }

    fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Value {
        call(&self.server, method, path, Some(&self.token), body)
    }
}

fn call(
    server: &str,
    method: Method,
    path: &str,
    token: Option<&str>,
    body: Option<&Value>,
) -> Value {
    // The server listens on this address; `localhost` may be tried by another first.
    let server = server.replace("localhost", "127.0.0.1");
    let mut request =
        minreq::Request::new(method, format!("{server}/api{path}")).with_timeout(TIME_OUT);
    if let Some(token) = token {
        request = request.with_header("Authorization", format!("Bearer {token}"));
    }
    if let Some(body) = body {
        request =
            request.with_header("Content-Type", "application/json").with_body(body.to_string());
    }
    loop {
        let response = request.clone().send().unwrap_or_else(|error| panic!("{path}: {error}"));
        let text = response.as_str().unwrap_or_default();
        let mut answer: Value = serde_json::from_str(text).unwrap_or_default();
        // The page of the same account has its part of what the server lets through: it may have been the other one's turn.
        if let (TOO_MANY_REQUESTS, Some(wait)) =
            (response.status_code, answer["retryAfter"].as_u64())
        {
            sleep(Duration::from_millis(wait));
            continue;
        }
        assert!((200..300).contains(&response.status_code), "{path}: {text}");
        return answer["data"].take();
    }
}
