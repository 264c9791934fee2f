//! A server that speaks the base protocol and nothing more, with all the manners of those in the field (protocol §2): one
//! connection a person, answers in any order, no ids of the client's, the same message sent twice stored twice.
//!
//! It keeps everything in memory and in sight: what was stored, in order, and who opened sockets when. It can be told to
//! refuse messages, or to store some and break the connection before it answers.

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
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::Account;
use crate::chance::Chance;
use crate::pages::content_type;

/// The close code of a connection that another one has taken over.
const REPLACED: u16 = 4005;
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

/// Everything that is known.
#[derive(Debug)]
struct Books {
    began: Instant,
    chance: Chance,
    people: Vec<Holder>,
    messages: Vec<Kept>,
    /// The one connection of each, by its number.
    sockets: HashMap<usize, (usize, UnboundedSender<Out>)>,
    /// Who opened a socket.
    opened: Vec<String>,
    /// How many of the next answers are lost.
    lost: u32,
    /// The words with which every message is refused.
    refusal: Option<String>,
}

#[derive(Debug)]
struct Holder {
    name: String,
    email: String,
    password: String,
}

#[derive(Debug)]
struct Kept {
    from: usize,
    to: usize,
    content: String,
    at: String,
    read: bool,
}

/// What goes out by a socket.
#[derive(Debug)]
enum Out {
    Frame(Value),
    Close(u16),
    /// The connection breaks.
    Break,
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

impl Books {
    /// The present, by a clock that is wrong: it shows another day.
    fn now(&self) -> String {
        let at = self.began.elapsed().as_millis();
        let (seconds, minutes) = (at / 1_000, at / 60_000);
        format!("2026-01-01T12:{:02}:{:02}.{:03}Z", minutes % 60, seconds % 60, at % 1_000)
    }

    fn who(&self, id_of: &str) -> Option<usize> {
        (0..self.people.len()).find(|person| id(*person) == id_of)
    }

    fn person(&self, person: usize) -> Value {
        let Holder { name, email, .. } = &self.people[person];
        let online = self.sockets.contains_key(&person);
        json!({ "_id": id(person), "username": name, "email": email, "isOnline": online })
    }

    fn online(&self) -> Value {
        let user =
            |person: &usize| json!({ "_id": id(*person), "username": self.people[*person].name });
        let users: Vec<_> = self.sockets.keys().map(user).collect();
        json!({ "totalOnline": users.len(), "users": users })
    }

    fn message(&self, number: usize) -> Value {
        let Kept { from, to, content, at, read } = &self.messages[number];
        let end = |end: &usize| json!({ "_id": id(*end), "username": self.people[*end].name });
        json!({
            "_id": message_id(number), "sender": end(from), "receiver": end(to), "content": content,
            "messageType": "text", "isRead": read, "createdAt": at,
        })
    }

    fn sends(&mut self, to: usize, out: Out) {
        if let Some((_, socket)) = self.sockets.get(&to) {
            let _ = socket.send(out);
        }
    }

    fn tells(&mut self, to: usize, kind: &str, data: Value) {
        self.sends(to, Out::Frame(frame(kind, data)));
    }

    fn tells_all(&mut self, kind: &str, data: &Value) {
        for (_, socket) in self.sockets.values() {
            let _ = socket.send(Out::Frame(frame(kind, data.clone())));
        }
    }

    /// A connection begins, and ends the one before.
    fn enters(&mut self, person: usize, socket: UnboundedSender<Out>) -> usize {
        self.sends(person, Out::Close(REPLACED));
        let name = self.people[person].name.clone();
        self.opened.push(name.clone());
        let number = self.opened.len();
        self.sockets.insert(person, (number, socket));
        let greeting = json!({ "message": "Connected to chat server", "userId": id(person), "username": name });
        self.tells(person, "connection_established", greeting);
        self.tells_of(person, "user_online");
        number
    }

    fn leaves(&mut self, person: usize, number: usize) {
        if self.sockets.get(&person).is_some_and(|(current, _)| *current == number) {
            self.sockets.remove(&person);
            self.tells_of(person, "user_offline");
        }
    }

    fn tells_of(&mut self, person: usize, kind: &str) {
        let name = &self.people[person].name;
        let data = json!({ "userId": id(person), "username": name, "timestamp": self.now() });
        self.tells_all(kind, &data);
        let online = self.online();
        self.tells_all("online_users", &online);
    }

    /// Stores a message and tells its receiver. Returns its number.
    fn stores(&mut self, from: usize, to: &str, content: &str) -> Result<usize, String> {
        if let Some(words) = &self.refusal {
            return Err(words.clone());
        }
        let to = self.who(to).filter(|to| *to != from && !content.trim().is_empty());
        let to = to.ok_or("Invalid message")?;
        let at = self.now();
        let number = self.messages.len();
        self.messages.push(Kept {
            from,
            to,
            content: content.to_owned(),
            at: at.clone(),
            read: false,
        });
        let data = json!({
            "messageId": message_id(number), "senderId": id(from),
            "senderUsername": self.people[from].name, "content": content, "messageType": "text",
            "createdAt": at,
        });
        self.tells(to, "new_message", data);
        Ok(number)
    }

    fn answers(&mut self, sender: usize, answer: Result<usize, String>) {
        match answer {
            Ok(number) => {
                let Kept { to, content, at, .. } = &self.messages[number];
                let (to, at) = (*to, at.clone());
                let data = json!({
                    "messageId": message_id(number), "receiverId": id(to), "content": content,
                    "createdAt": at, "status": "sent",
                });
                self.tells(sender, "message_sent", data);
                if self.sockets.contains_key(&to) {
                    let data = json!({ "messageId": message_id(number), "deliveredAt": at });
                    self.tells(sender, "message_delivered", data);
                }
            }
            Err(words) => {
                let at = self.now();
                self.tells(sender, "error", json!({ "message": words, "timestamp": at }));
            }
        }
    }

    /// All that somebody sent is read.
    fn reads(&mut self, me: usize, sender: usize) -> usize {
        let unread = self.messages.iter_mut();
        let unread = unread.filter(|kept| kept.from == sender && kept.to == me && !kept.read);
        let count = unread.map(|kept| kept.read = true).count();
        let data = json!({
            "readBy": id(me), "readByUsername": self.people[me].name, "readAt": self.now(),
        });
        self.tells(sender, "messages_read", data);
        count
    }

    fn between(&self, me: usize, other: usize) -> Vec<usize> {
        let is = |kept: &Kept| {
            (kept.from, kept.to) == (me, other) || (kept.from, kept.to) == (other, me)
        };
        (0..self.messages.len()).filter(|number| is(&self.messages[*number])).collect()
    }

    fn unread(&self, me: usize, from: Option<usize>) -> usize {
        let unread =
            |kept: &&Kept| kept.to == me && !kept.read && from.is_none_or(|from| kept.from == from);
        self.messages.iter().filter(unread).count()
    }

    fn conversations(&self, me: usize) -> Vec<Value> {
        let others = (0..self.people.len()).filter(|other| *other != me);
        let row = |other: usize| {
            let last = *self.between(me, other).last()?;
            Some(json!({
                "user": self.person(other), "unreadCount": self.unread(me, Some(other)),
                "lastMessage": self.message(last),
            }))
        };
        others.filter_map(row).collect()
    }

    fn signed_in(&self, person: usize) -> Value {
        // As good as any other where nobody means harm.
        json!({ "token": format!("token-{person}"), "user": self.person(person) })
    }

    fn holder(&self, token: &str) -> Option<usize> {
        let person = token.strip_prefix("token-")?.parse().ok()?;
        (person < self.people.len()).then_some(person)
    }

    /// Does what a call asks for.
    fn called(
        &mut self,
        me: Option<usize>,
        call: (&str, &[&str]),
        page: &dyn Fn(&str, usize) -> usize,
        query: &str,
        body: &Value,
    ) -> Result<Value, (u16, String)> {
        let text = |name: &str| body[name].as_str().unwrap_or_default();
        match call {
            ("POST", ["auth", "register"]) => {
                let taken = |holder: &Holder| {
                    holder.name == text("username") || holder.email == text("email")
                };
                if self.people.iter().any(taken) {
                    return Err((400, "User already exists".to_owned()));
                }
                self.people.push(Holder {
                    name: text("username").to_owned(),
                    email: text("email").to_owned(),
                    password: text("password").to_owned(),
                });
                return Ok(self.signed_in(self.people.len() - 1));
            }
            ("POST", ["auth", "login"]) => {
                let is = |holder: &Holder| {
                    (holder.email.as_str(), holder.password.as_str())
                        == (text("email"), text("password"))
                };
                let person = self.people.iter().position(is);
                let person = person.ok_or((401, "Invalid credentials".to_owned()))?;
                return Ok(self.signed_in(person));
            }
            _ => {}
        }
        let me = me.ok_or((401, "Not authorized".to_owned()))?;
        let others = |keep: &dyn Fn(usize) -> bool| -> Vec<Value> {
            let others = (0..self.people.len()).filter(|other| *other != me && keep(*other));
            others.map(|other| self.person(other)).collect()
        };
        Ok(match call {
            ("GET", ["auth", "me"]) => json!({ "user": self.person(me) }),
            ("GET", ["users"]) => {
                let all = others(&|_| true);
                let (number, limit) = (page("page", 1), page("limit", 20));
                let users: Vec<_> = all.iter().skip((number - 1) * limit).take(limit).collect();
                let pages = all.len().div_ceil(limit);
                json!({ "users": users, "pagination":
                    { "page": number, "limit": limit, "total": all.len(), "pages": pages } })
            }
            ("GET", ["users", "online"]) => {
                json!({ "users": others(&|other| self.sockets.contains_key(&other)) })
            }
            ("GET", ["users", "search"]) => {
                json!({ "users": others(&|other| self.people[other].name.contains(query)) })
            }
            ("GET", ["messages", "conversations"]) => {
                json!({ "conversations": self.conversations(me) })
            }
            ("GET", ["messages", "unread", "count"]) => {
                json!({ "unreadCount": self.unread(me, None) })
            }
            ("GET", ["messages", other]) => {
                let other = self.who(other).ok_or((404, "User not found".to_owned()))?;
                let all = self.between(me, other);
                let (number, limit) = (page("page", 1), page("limit", 50));
                let end = all.len().saturating_sub((number - 1) * limit);
                let part = &all[end.saturating_sub(limit)..end];
                let messages: Vec<_> = part.iter().map(|number| self.message(*number)).collect();
                json!({ "messages": messages, "pagination": { "page": number, "limit": limit,
                    "total": all.len(), "pages": all.len().div_ceil(limit) } })
            }
            ("POST", ["messages"]) => {
                let stored = self.stores(me, text("receiverId"), text("content"));
                json!({ "message": self.message(stored.map_err(|words| (400, words))?) })
            }
            ("PUT", ["messages", "read", sender]) => {
                let sender = self.who(sender).ok_or((404, "User not found".to_owned()))?;
                self.reads(me, sender);
                json!({})
            }
            _ => return Err((404, "Not found".to_owned())),
        })
    }
}

fn id(person: usize) -> String {
    format!("{:024x}", 0xa000 + person)
}

fn message_id(number: usize) -> String {
    format!("{:024x}", 0xb0_0000 + number)
}

fn frame(kind: &str, data: Value) -> Value {
    Value::from_iter([("type", Value::from(kind)), ("data", data)])
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
    let token = uri.query().and_then(|query| query.strip_prefix("token=")).unwrap_or_default();
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
