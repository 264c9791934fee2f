//! A server, people who use it, and their sockets.

use std::future::Future;
use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chinwag_protocol::{
    Call, ClientFrame, ClientId, MessageId, Seq, ServerFrame, StoreId, SyncPoint, Token, UserId,
    call,
};
use chinwag_server::{Clock, Config, Cost, Server};
use futures_util::{SinkExt, StreamExt};
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error as SocketError, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// How long anything that is expected may take, on the slowest of machines.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// 2026-11-22T19:36:43Z, when the vectors were recorded.
pub(crate) const THEN: i64 = 1_795_376_203_000;

/// Waits for what is expected, and says what it was if it does not come.
pub(crate) async fn expect<T>(what: &str, future: impl Future<Output = T>) -> T {
    let done = tokio::time::timeout(PATIENCE, future).await;
    done.unwrap_or_else(|_| panic!("waited in vain for {what}"))
}

/// A clock that tests set.
#[derive(Clone)]
pub(crate) struct TestClock(Arc<AtomicI64>);

impl TestClock {
    pub(crate) fn new() -> Self {
        Self(Arc::new(AtomicI64::new(THEN)))
    }

    pub(crate) fn advance(&self, millis: i64) {
        self.0.fetch_add(millis, Ordering::SeqCst);
    }

    pub(crate) fn clock(&self) -> Clock {
        let millis = self.0.clone();
        Clock::new(move || millis.load(Ordering::SeqCst))
    }
}

/// A server with a data directory of its own.
pub(crate) struct House {
    pub(crate) server: Server,
    pub(crate) folder: TempDir,
    place: Place,
}

impl Deref for House {
    type Target = Place;

    fn deref(&self) -> &Place {
        &self.place
    }
}

/// Where a server listens, in this process or in another.
#[derive(Clone)]
pub(crate) struct Place {
    address: String,
    client: Client,
}

/// The usual set-up of tests in `folder`: the cheapest passwords, any port.
pub(crate) fn config(folder: &Path) -> Config {
    Config {
        port: 0,
        password_cost: Cost::LEAST,
        ..Config::new(folder.join("data"), folder.join("dist"))
    }
}

impl House {
    pub(crate) async fn open() -> Self {
        Self::with(|config| config).await
    }

    pub(crate) async fn with(change: impl FnOnce(Config) -> Config) -> Self {
        Self::at(tempfile::tempdir().unwrap(), change).await
    }

    pub(crate) async fn at(folder: TempDir, change: impl FnOnce(Config) -> Config) -> Self {
        let server = Server::start(change(config(folder.path()))).await.unwrap();
        let place = Place::new(server.address().to_string());
        Self { server, folder, place }
    }

    /// Stops the server; what it kept stays.
    pub(crate) async fn close(self) -> TempDir {
        self.server.stop().await;
        self.folder
    }
}

impl Place {
    pub(crate) fn new(address: String) -> Self {
        Self { address, client: Client::new() }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, self.url(path))
    }

    /// Makes a call of the guide.
    pub(crate) async fn call(&self, call: &Call, token: Option<&Token>) -> (StatusCode, Value) {
        let method = match call.method() {
            call::Method::Get => Method::GET,
            call::Method::Post => Method::POST,
            call::Method::Put => Method::PUT,
            call::Method::Delete => Method::DELETE,
        };
        let request = self.request(method, &format!("/api{}", call.path()));
        answer(authorized(request, token).body(call.body().unwrap_or_default())).await
    }

    /// Makes a call with any body.
    pub(crate) async fn post(
        &self,
        path: &str,
        token: Option<&Token>,
        body: &Value,
    ) -> (StatusCode, Value) {
        answer(authorized(self.request(Method::POST, path), token).json(body)).await
    }

    pub(crate) async fn register(&self, name: &str) -> Person {
        let call = Call::Register {
            username: name.to_owned(),
            email: format!("{name}@example.org"),
            password: "secret1".into(),
        };
        let (status, body) = self.call(&call, None).await;
        assert_eq!(status, StatusCode::CREATED, "{body}");
        Person {
            id: UserId::from(body["data"]["user"]["_id"].as_str().unwrap()),
            token: Token::from(body["data"]["token"].as_str().unwrap()),
        }
    }

    /// Makes a call that must succeed.
    pub(crate) async fn ask(&self, person: &Person, call: &Call) -> Value {
        let (status, mut body) = self.call(call, Some(&person.token)).await;
        assert!(status.is_success() && body["success"] == json!(true), "{call:?}: {status} {body}");
        body["data"].take()
    }

    /// Makes a call that must be refused: with what status, in what words.
    pub(crate) async fn refused(&self, person: &Person, call: &Call) -> (u16, String) {
        let (status, body) = self.call(call, Some(&person.token)).await;
        assert_eq!(body["success"], json!(false), "{call:?}: {status} {body}");
        (status.as_u16(), body["message"].as_str().unwrap().to_owned())
    }

    /// Asks for one answer of what a person was told since then.
    pub(crate) async fn sync(&self, person: &Person, since: &SyncPoint, limit: u64) -> Value {
        self.ask(person, &Call::Sync { since: since.clone(), limit }).await
    }

    /// All that a person was told since then, which must be without holes.
    pub(crate) async fn missed(&self, person: &Person, since: &SyncPoint) -> Vec<Value> {
        let (mut all, mut since) = (Vec::new(), since.clone());
        loop {
            let mut page = self.sync(person, &since, call::EVENTS_LIMIT).await;
            let events =
                page["events"].as_array_mut().unwrap_or_else(|| panic!("{since:?} is gone"));
            for event in std::mem::take(events) {
                since.seq = since.seq.next();
                assert_eq!(event["seq"], json!(since.seq), "a hole");
                all.push(event);
            }
            assert_eq!(page["next"], json!(since.seq));
            if page["hasMore"] == json!(false) {
                return all;
            }
        }
    }

    /// The last event of a person.
    pub(crate) async fn now(&self, person: &Person) -> SyncPoint {
        let nowhere = SyncPoint { store: StoreId::from("elsewhere"), seq: Seq(0) };
        sync_point(&self.sync(person, &nowhere, 1).await, "next")
    }

    /// Before all events of this store.
    pub(crate) async fn beginning(&self, person: &Person) -> SyncPoint {
        SyncPoint { seq: Seq(0), ..self.now(person).await }
    }

    /// Opens a socket, and takes the first two frames.
    pub(crate) async fn connect(&self, person: &Person) -> Socket {
        self.connect_at(person).await.0
    }

    /// Opens a socket, and takes the first two frames. The last event before it, as the greeting tells.
    pub(crate) async fn connect_at(&self, person: &Person) -> (Socket, SyncPoint) {
        let mut socket = self.socket(&format!("?token={}", person.token.reveal())).await;
        let greeting = socket.data("connection_established").await;
        assert_eq!(name_of(&socket.next().await), "online_users");
        (socket, sync_point(&greeting["sync"], "seq"))
    }

    /// Opens a socket with any query.
    pub(crate) async fn socket(&self, query: &str) -> Socket {
        self.try_socket(query, None).await.unwrap()
    }

    /// Tries to open a socket from a page of this origin.
    pub(crate) async fn try_socket(
        &self,
        query: &str,
        origin: Option<&str>,
    ) -> Result<Socket, SocketError> {
        let url = format!("ws://{}/ws{query}", self.address);
        let mut request = url.into_client_request().unwrap();
        if let Some(origin) = origin {
            request.headers_mut().insert("origin", origin.parse().unwrap());
        }
        let (stream, _) = expect("the socket", connect_async(request)).await?;
        Ok(SocketOver(stream))
    }
}

/// The status and the body, which must be JSON.
pub(crate) async fn answer(request: RequestBuilder) -> (StatusCode, Value) {
    let response = expect("an answer", request.send()).await.unwrap();
    let status = response.status();
    let text = response.text().await.unwrap();
    let body = serde_json::from_str(&text);
    (status, body.unwrap_or_else(|_| panic!("{status} with a body that is no JSON: {text}")))
}

pub(crate) fn authorized(request: RequestBuilder, token: Option<&Token>) -> RequestBuilder {
    match token {
        Some(token) => request.bearer_auth(token.reveal()),
        None => request,
    }
}

/// Somebody with an account.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) id: UserId,
    pub(crate) token: Token,
}

impl Person {
    /// The call that sends this to them.
    pub(crate) fn receives(&self, content: impl Into<String>) -> Call {
        Call::SendMessage {
            receiver_id: self.id.clone(),
            content: content.into(),
            client_message_id: None,
        }
    }

    /// The same, under a name.
    pub(crate) fn receives_as(&self, name: &str, content: impl Into<String>) -> Call {
        Call::SendMessage {
            receiver_id: self.id.clone(),
            content: content.into(),
            client_message_id: Some(ClientId::from(name)),
        }
    }

    /// The frame that sends this to them under a name.
    pub(crate) fn written_as(&self, name: &str, content: impl Into<String>) -> ClientFrame {
        ClientFrame::text_as(ClientId::from(name), self.id.clone(), content)
    }
}

/// A connection over whatever carries it.
pub(crate) struct SocketOver<S>(pub(crate) WebSocketStream<S>);

/// A connection.
pub(crate) type Socket = SocketOver<MaybeTlsStream<TcpStream>>;

impl<S: AsyncRead + AsyncWrite + Unpin> SocketOver<S> {
    pub(crate) async fn send(&mut self, frame: &ClientFrame) {
        self.send_text(&frame.encode()).await;
    }

    pub(crate) async fn send_text(&mut self, text: &str) {
        self.0.send(Message::text(text)).await.unwrap();
    }

    /// What comes next, other than pings.
    pub(crate) async fn message(&mut self) -> Option<Result<Message, SocketError>> {
        let next = async {
            loop {
                match self.0.next().await {
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                    other => return other,
                }
            }
        };
        expect("a frame", next).await
    }

    /// The next frame, as JSON.
    pub(crate) async fn next(&mut self) -> Value {
        match self.message().await {
            Some(Ok(Message::Text(text))) => {
                // The client must be able to read whatever this server says.
                ServerFrame::decode(&text).unwrap();
                serde_json::from_str(&text).unwrap()
            }
            other => panic!("expected a frame, got {other:?}"),
        }
    }

    /// The next frames, which must be of these types in this order.
    pub(crate) async fn expect<const N: usize>(&mut self, names: [&str; N]) -> [Value; N] {
        let mut frames = Vec::new();
        for _ in 0..N {
            frames.push(self.next().await);
        }
        assert_eq!(frames.iter().map(name_of).collect::<Vec<_>>(), names, "{frames:#?}");
        frames.try_into().unwrap()
    }

    /// The next frame's `data`, which must be of this type.
    pub(crate) async fn data(&mut self, name: &str) -> Value {
        let [mut frame] = self.expect([name]).await;
        frame["data"].take()
    }

    /// Makes sure that nothing came before this: the answer to a question is the next frame.
    pub(crate) async fn expect_silence(&mut self) {
        self.send(&ClientFrame::GetOnlineUsers {}).await;
        self.expect(["online_users"]).await;
    }

    /// The close frame's code, which must be what comes next.
    pub(crate) async fn closed(&mut self) -> u16 {
        match self.message().await {
            Some(Ok(Message::Close(Some(frame)))) => frame.code.into(),
            other => panic!("expected a close, got {other:?}"),
        }
    }

    /// Closes as a browser does, and waits for the answer.
    pub(crate) async fn close(mut self) {
        self.0.close(None).await.unwrap();
        loop {
            match expect("the end", self.0.next()).await {
                // What was under way, then the server's own close: not just a connection that breaks.
                Some(Ok(Message::Close(_))) => break,
                Some(Ok(_)) => {}
                other => panic!("expected a close in return, got {other:?}"),
            }
        }
        assert!(expect("the end", self.0.next()).await.is_none());
    }
}

fn sync_point(value: &Value, seq: &str) -> SyncPoint {
    let store = StoreId::from(value["store"].as_str().unwrap());
    SyncPoint { store, seq: Seq(value[seq].as_u64().unwrap()) }
}

/// A frame's type.
pub(crate) fn name_of(frame: &Value) -> &str {
    frame["type"].as_str().unwrap()
}

/// The texts of a list of messages.
pub(crate) fn contents(data: &Value) -> Vec<&str> {
    let messages = data["messages"].as_array().unwrap();
    messages.iter().map(|message| message["content"].as_str().unwrap()).collect()
}

/// The names in a list of users.
pub(crate) fn names(data: &Value) -> Vec<&str> {
    let users = data["users"].as_array().unwrap();
    users.iter().map(|user| user["username"].as_str().unwrap()).collect()
}

pub(crate) fn history(with: &Person, page: u64, limit: u64) -> Call {
    Call::History { with: with.id.clone(), page, limit }
}

pub(crate) fn message_id(value: &Value) -> MessageId {
    MessageId::from(value.as_str().unwrap())
}
