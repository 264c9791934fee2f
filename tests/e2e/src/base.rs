//! A server that speaks the base protocol and nothing more, with all the manners of those in the field (protocol §2): one
//! connection a person, answers in any order, no ids of the client's, the same message sent twice stored twice.
//!
//! It keeps everything in memory and in sight: what was stored, in order, and who opened sockets when. It can be told to
//! refuse messages, or to store some and break the connection before it answers.

mod books;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::mpsc::unbounded_channel;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use books::{Books, Kept, Out, id};

use crate::Account;
use crate::chance::Chance;
use crate::pages::content_type;

/// The close code of a token that is nobody's.
const BAD_TOKEN: u16 = 4002;

/// A base server. It ends with this value.
#[derive(Debug)]
pub struct Base {
    port: u16,
    desk: Desk,
    serving: JoinHandle<()>,
}

/// A message that the server has stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// The name of who wrote it.
    pub from: String,
    /// The name of the other one.
    pub to: String,
    /// The text.
    pub content: String,
}

/// What all requests share.
#[derive(Clone, Debug)]
struct Desk {
    dist: Arc<PathBuf>,
    books: Arc<Mutex<Books>>,
}

impl Base {
    /// Starts one that serves these pages too, on any free port.
    pub async fn open(dist: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let books = Books {
            began: Instant::now(),
            chance: Chance::new(7),
            people: Vec::new(),
            messages: Vec::new(),
            sockets: HashMap::new(),
            opened: Vec::new(),
            lost: 0,
            refusal: None,
        };
        let desk = Desk { dist: Arc::new(dist.to_owned()), books: Arc::new(Mutex::new(books)) };
        let routes = Router::new()
            .route("/ws", any(upgrade))
            .route("/api/{*call}", any(call))
            .fallback(get(file))
            .with_state(desk.clone());
        let serving = tokio::spawn(async move {
            let _ = axum::serve(listener, routes).await;
        });
        Self { port, desk, serving }
    }

    /// Where it is, such as `http://localhost:40106`.
    pub fn url(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Somebody has an account.
    pub fn account(&self, name: &str) -> Account {
        Account::register(&self.url(), name)
    }

    /// Everything that it has stored, in order.
    pub fn stored(&self) -> Vec<Stored> {
        let books = self.desk.books();
        let name = |person: usize| books.people[person].name.clone();
        let stored = |kept: &Kept| Stored {
            from: name(kept.from),
            to: name(kept.to),
            content: kept.content.clone(),
        };
        books.messages.iter().map(stored).collect()
    }

    /// What of it somebody has written, in order.
    pub fn stored_of(&self, name: &str) -> Vec<String> {
        let of = self.stored().into_iter().filter(|stored| stored.from == name);
        of.map(|stored| stored.content).collect()
    }

    /// How many sockets somebody has opened.
    pub fn sockets_of(&self, name: &str) -> usize {
        self.desk.books().opened.iter().filter(|opened| *opened == name).count()
    }

    /// Stores the next messages, so many of them, and breaks each sender's connection before it answers.
    pub fn loses_answers(&self, count: u32) {
        self.desk.books().lost = count;
    }

    /// Refuses every message with these words.
    pub fn refuses(&self, words: &str) {
        self.desk.books().refusal = Some(words.to_owned());
    }

    /// Refuses none any more.
    pub fn accepts(&self) {
        self.desk.books().refusal = None;
    }
}

impl Drop for Base {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Desk {
    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does what a frame asks for. Each is handled beside the others, so that their answers come in any order.
    async fn heard(self, me: usize, frame: Value) {
        let data = &frame["data"];
        let text = |name: &str| data[name].as_str().unwrap_or_default();
        match frame["type"].as_str().unwrap_or_default() {
            "chat_message" => {
                let work = self.books().chance.of(0..3);
                sleep(Duration::from_millis(work)).await;
                let (answer, work) = {
                    let mut books = self.books();
                    let answer = books.stores(me, text("receiverId"), text("content"));
                    if answer.is_ok() && books.lost > 0 {
                        books.lost -= 1;
                        books.sends(me, Out::Break);
                        return;
                    }
                    (answer, books.chance.of(0..15))
                };
                sleep(Duration::from_millis(work)).await;
                self.books().answers(me, answer);
            }
            kind @ ("typing_start" | "typing_stop") => {
                let mut books = self.books();
                if let Some(to) = books.who(text("receiverId")) {
                    let name = books.people[me].name.clone();
                    let typing = kind == "typing_start";
                    let data = json!({ "userId": id(me), "username": name, "isTyping": typing });
                    books.tells(to, "typing_indicator", data);
                }
            }
            "mark_read" => {
                let mut books = self.books();
                if let Some(sender) = books.who(text("senderId")) {
                    let count = books.reads(me, sender);
                    let data = json!({ "senderId": id(sender), "markedCount": count });
                    books.tells(me, "mark_read_success", data);
                }
            }
            "get_online_users" => {
                let mut books = self.books();
                let online = books.online();
                books.tells(me, "online_users", online);
            }
            _ => {
                let mut books = self.books();
                let at = books.now();
                let data = json!({ "message": "Unknown message type", "timestamp": at });
                books.tells(me, "error", data);
            }
        }
    }
}

async fn call(
    State(desk): State<Desk>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let path: Vec<&str> = uri.path().trim_start_matches("/api/").split('/').collect();
    let query = uri.query().unwrap_or_default();
    let of_query = |name: &str| {
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.filter(|(key, _)| *key == name).map(|(_, value)| value).next()
    };
    let page = |name: &str, usual: usize| {
        of_query(name).and_then(|value| value.parse().ok()).unwrap_or(usual).max(1)
    };
    let body = serde_json::from_slice(&body).unwrap_or_default();
    let token = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = token.and_then(|value| value.strip_prefix("Bearer "));
    let mut books = desk.books();
    let me = token.and_then(|token| books.holder(token));
    let call = (method.as_str(), &*path);
    let answer = books.called(me, call, &page, of_query("query").unwrap_or_default(), &body);
    let (status, answer) = match answer {
        Ok(data) => (200, json!({ "success": true, "data": data })),
        Err((status, words)) => (status, json!({ "success": false, "message": words })),
    };
    let status = StatusCode::from_u16(status).unwrap();
    (status, [(header::CONTENT_TYPE, "application/json")], answer.to_string()).into_response()
}

async fn file(State(desk): State<Desk>, uri: Uri) -> Response {
    let name = uri.path().trim_start_matches('/');
    let name = if name.is_empty() { "index.html" } else { name };
    match std::fs::read(desk.dist.join(name)) {
        Ok(body) if !name.contains("..") => {
            let headers =
                [(header::CONTENT_TYPE, content_type(name)), (header::CACHE_CONTROL, "no-cache")];
            (headers, body).into_response()
        }
        _ => (StatusCode::NOT_FOUND, "Not found\n").into_response(),
    }
}

async fn upgrade(State(desk): State<Desk>, uri: Uri, upgrade: WebSocketUpgrade) -> Response {
    // As simple servers do: what follows is the token, and what is before it is passed over.
    let token = uri.query().and_then(|query| query.split_once("token=")).unwrap_or_default().1;
    let person = desk.books().holder(token);
    upgrade.on_upgrade(async move |socket| converse(desk, socket, person).await)
}

async fn converse(desk: Desk, mut socket: WebSocket, person: Option<usize>) {
    let (sender, mut queue) = unbounded_channel();
    let Some(person) = person else {
        let _ = socket.send(farewell(BAD_TOKEN)).await;
        return;
    };
    let number = desk.books().enters(person, sender);
    loop {
        let sent = tokio::select! {
            out = queue.recv() => match out {
                Some(Out::Frame(frame)) => socket.send(Message::Text(frame.to_string().into())).await,
                Some(Out::Close(code)) => {
                    let _ = socket.send(farewell(code)).await;
                    break;
                }
                Some(Out::Break) | None => break,
            },
            heard = socket.recv() => match heard {
                Some(Ok(Message::Text(text))) => {
                    let frame = serde_json::from_str(&text).unwrap_or_default();
                    tokio::spawn(desk.clone().heard(person, frame));
                    Ok(())
                }
                Some(Ok(Message::Close(_)) | Err(_)) | None => break,
                Some(Ok(_)) => Ok(()),
            },
        };
        if sent.is_err() {
            break;
        }
    }
    desk.books().leaves(person, number);
}

fn farewell(code: u16) -> Message {
    Message::Close(Some(CloseFrame { code, reason: "".into() }))
}
