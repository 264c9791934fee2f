//! What the server says of itself (`/api/openapi.json`, `/api/asyncapi.json`) is what it does.
//!
//! Judged more strictly than a client would: a field that is not described counts as wrong here.

use std::collections::BTreeSet;
use std::time::Duration;

use chinwag_protocol::{Call, ClientFrame, Token, UserId};
use chinwag_server::{Config, Limits, Rate};
use jsonschema::Validator;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::envelope::break_store;
use crate::support::{House, Person, Place, Socket, authorized, expect, history};

/// A GIF of six bytes, which is enough of one.
const PICTURE: &str = "data:image/gif;base64,R0lGODlh";

async fn document(place: &Place, name: &str) -> Value {
    let request = place.request(Method::GET, &format!("/api/{name}.json"));
    let response = expect("the document", request.send()).await.unwrap();
    assert_eq!(response.status(), 200);
    serde_json::from_str(&response.text().await.unwrap()).unwrap()
}

/// Lets no object have fields that it does not describe.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            object.values_mut().for_each(close);
            // One kind of frame among several is closed as one of them.
            let is_part = object.get("properties").is_some_and(|of| of.get("type").is_some());
            let described = object.contains_key("properties") || object.contains_key("oneOf");
            if described && !(is_part && object["properties"].get("seq").is_none()) {
                object.insert("unevaluatedProperties".to_owned(), json!(false));
            }
        }
        Value::Array(list) => list.iter_mut().for_each(close),
        _ => {}
    }
}

/// What judges by the schema at this place of a document.
fn judge(document: &Value, pointer: &str) -> Validator {
    let mut schema = document.clone();
    let place = pointer.replace('{', "%7B").replace('}', "%7D");
    schema["$ref"] = json!(format!("#{place}"));
    let options = jsonschema::draft202012::options().should_validate_formats(true);
    options.build(&schema).unwrap()
}

fn errors(judge: &Validator, value: &Value) -> Vec<String> {
    judge.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

/// A document by which answers are judged.
struct Contract {
    document: Value,
    seen: BTreeSet<String>,
}

impl Contract {
    async fn of(place: &Place) -> Self {
        let mut document = document(place, "openapi").await;
        close(&mut document["components"]["schemas"]);
        close(&mut document["paths"]);
        Self { document, seen: BTreeSet::new() }
    }

    /// Where a request is described: the template that has most of its path in common.
    fn operation(&self, method: &Method, path: &str) -> String {
        let path = path.split('?').next().unwrap();
        let fits = |template: &str| {
            let (parts, named) = (path.split('/'), template.split('/'));
            parts.clone().count() == named.clone().count()
                && parts.zip(named).all(|(part, name)| name.starts_with('{') || part == name)
        };
        let templates = self.document["paths"].as_object().unwrap().keys();
        let fitting = templates.filter(|template| fits(template));
        let template = fitting.min_by_key(|template| template.matches('{').count());
        let template = template.unwrap_or_else(|| panic!("{path} is not described"));
        let method = method.as_str().to_lowercase();
        format!("/paths/{}/{method}", template.replace('~', "~0").replace('/', "~1"))
    }

    /// Makes a request, judges its answer, and returns the status and the body.
    async fn ask(
        &mut self,
        place: &Place,
        token: Option<&Token>,
        (method, path): (Method, &str),
        shape: impl FnOnce(RequestBuilder) -> RequestBuilder,
    ) -> (u16, Value) {
        let request = shape(authorized(place.request(method.clone(), path), token));
        let response = expect("an answer", request.send()).await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.unwrap();

        let mut place = format!("{}/responses/{status}", self.operation(&method, path));
        self.seen.insert(place.clone());
        let what = format!("{method} {path}: {status} {text:.300}");
        let told = self.document.pointer(&place);
        let mut told = told.unwrap_or_else(|| panic!("{what} is not described"));
        if let Some(reference) = told.get("$ref") {
            place = reference.as_str().unwrap()[1..].to_owned();
            told = self.document.pointer(&place).unwrap();
        }
        for (name, header) in told.get("headers").and_then(Value::as_object).into_iter().flatten() {
            let value = headers.get(name).unwrap_or_else(|| panic!("{what}: no {name}"));
            let value = value.to_str().unwrap();
            let value = value.parse::<u64>().map_or(json!(value), |number| json!(number));
            assert!(jsonschema::is_valid(&header["schema"], &value), "{what}: {name}: {value}");
        }
        let kind = headers.get("content-type").map(|kind| kind.to_str().unwrap());
        let Some(kind) = kind.map(|kind| kind.split(';').next().unwrap()) else {
            assert!(told.get("content").is_none() && text.is_empty(), "{what}");
            return (status, Value::Null);
        };
        assert!(told["content"].get(kind).is_some(), "{what}: {kind} is not described");
        if kind != "application/json" {
            return (status, Value::Null);
        }
        let body = serde_json::from_str(&text).unwrap();
        let place = format!("{place}/content/application~1json/schema");
        let errors = errors(&judge(&self.document, &place), &body);
        assert!(errors.is_empty(), "{what}: {errors:#?}");
        (status, body)
    }

    /// The same with the body of a call of the guide.
    async fn call(&mut self, place: &Place, person: Option<&Person>, call: &Call) -> (u16, Value) {
        let method: Method = format!("{:?}", call.method()).to_uppercase().parse().unwrap();
        let (path, body) = (format!("/api{}", call.path()), call.body().unwrap_or_default());
        let token = person.map(|person| &person.token);
        self.ask(place, token, (method, &path), |request| request.body(body)).await
    }
}

fn login(email: &str, password: &str) -> Call {
    Call::Login { email: email.into(), password: password.into() }
}

/// What people do, and what goes wrong with it.
async fn converse(contract: &mut Contract, house: &House) -> (Person, Person) {
    let (ada, bela) = (house.register("ada").await, house.register("béla").await);
    let profile = |username: Option<&str>, avatar: Option<&str>| Call::ChangeProfile {
        username: username.map(str::to_owned),
        avatar: avatar.map(str::to_owned),
    };
    let password = |current: &str, new: &str| Call::ChangePassword {
        current: current.into(),
        new: new.into(),
    };
    let nobody = UserId::from("nobody");
    let register = |username: &str| Call::Register {
        username: username.into(),
        email: format!("{username}@example.com"),
        password: "secret1".into(),
    };
    for (who, call, status) in [
        (None, register("cleo"), 201),
        (None, register("cleo"), 400),
        (None, login("ada@example.org", "secret1"), 200),
        (None, login("ada@example.org", "secret2"), 401),
        (None, Call::Me, 401),
        (Some(&ada), Call::Me, 200),
        (Some(&ada), profile(None, Some(PICTURE)), 200),
        (Some(&ada), profile(Some("béla"), None), 400),
        (Some(&ada), Call::Users { page: 1, limit: 20 }, 200),
        (Some(&ada), Call::Users { page: 9, limit: 2 }, 200),
        (Some(&ada), Call::OnlineUsers, 200),
        (Some(&ada), Call::SearchUsers { query: "bé".into() }, 200),
        (Some(&ada), bela.receives("hi"), 201),
        (Some(&ada), bela.receives_as("m1", "hi again"), 201),
        (Some(&ada), bela.receives_as("m1", "another"), 409),
        (Some(&ada), bela.receives(" "), 400),
        (Some(&ada), ada.receives("to oneself"), 400),
        (None, bela.receives("hi"), 401),
        (Some(&bela), Call::MarkRead { with: ada.id.clone() }, 200),
        (Some(&bela), Call::MarkRead { with: nobody.clone() }, 404),
        (Some(&bela), ada.receives("hello"), 201),
        (Some(&ada), Call::Conversations, 200),
        (Some(&ada), history(&bela, 1, 50), 200),
        (Some(&ada), Call::History { with: nobody, page: 1, limit: 50 }, 404),
        (Some(&ada), Call::UnreadCount, 200),
        (Some(&ada), Call::Sync { since: house.beginning(&ada).await, limit: 500 }, 200),
        (Some(&bela), Call::Sync { since: house.now(&ada).await, limit: 1 }, 200),
        (Some(&ada), Call::Sessions, 200),
        (Some(&ada), Call::EndSession { id: "none".into() }, 404),
        (Some(&ada), password("secret2", "secret3"), 400),
        (Some(&ada), password("secret1", "secret3"), 200),
        (Some(&ada), Call::EndOtherSessions, 200),
        (None, Call::EndOtherSessions, 401),
    ] {
        let (got, body) = contract.call(house, who, &call).await;
        assert_eq!(got, status, "{call:?}: {body}");
    }
    (ada, bela)
}

#[tokio::test]
async fn what_is_answered_is_what_is_described() {
    let house = House::open().await;
    let mut contract = Contract::of(&house).await;
    let (ada, bela) = converse(&mut contract, &house).await;

    let (_, me) = contract.call(&house, Some(&ada), &Call::Me).await;
    let picture = me["data"]["user"]["avatar"].as_str().unwrap().to_owned();
    let elsewhere = "/api/sync?store=elsewhere";
    let huge = "x".repeat(129 * 1024);
    let token = Some(&ada.token);
    for (token, method, path, body, status) in [
        (None, Method::GET, &*picture, "", 200),
        (None, Method::GET, "/api/pictures/none", "", 404),
        (None, Method::GET, "/api/pictures/%ff", "", 404),
        (token, Method::GET, elsewhere, "", 200),
        (token, Method::GET, "/api/sync?since=-1&limit=x", "", 200),
        (token, Method::GET, "/api/users?page=none&limit=0", "", 200),
        (token, Method::GET, "/api/messages/%ff", "", 404),
        (token, Method::PUT, "/api/messages/read/%00", "", 404),
        (token, Method::DELETE, "/api/auth/sessions/%ff", "", 404),
        (token, Method::POST, "/api/messages", "{", 400),
        (token, Method::POST, "/api/messages", &huge, 413),
        (token, Method::PUT, "/api/auth/password", "[]", 400),
        (token, Method::PUT, "/api/auth/password", &huge, 413),
        (token, Method::PUT, "/api/auth/profile", &huge, 413),
        (None, Method::POST, "/api/auth/login", "\"\"", 400),
        (None, Method::POST, "/api/auth/login", &huge, 413),
        (None, Method::POST, "/api/auth/register", "{}", 400),
        (None, Method::POST, "/api/auth/register", &huge, 413),
        (None, Method::GET, "/healthz", "", 200),
        (None, Method::GET, "/readyz", "", 200),
        (None, Method::GET, "/ws?token=x", "", 400),
        (None, Method::GET, "/api/openapi.json", "", 200),
        (None, Method::GET, "/api/asyncapi.json", "", 200),
    ] {
        let body = body.to_owned();
        let route = (method, path);
        let (got, _) = contract.ask(&house, token, route, |request| request.body(body)).await;
        assert_eq!(got, status, "{path}");
    }
    let foreign = |request: RequestBuilder| {
        request
            .header("origin", "https://evil.example")
            .header("connection", "upgrade")
            .header("upgrade", "websocket")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", "AAAAAAAAAAAAAAAAAAAAAA==")
    };
    let (status, _) = contract.ask(&house, None, (Method::GET, "/ws"), foreign).await;
    assert_eq!(status, 403);

    let (_, sessions) = contract.call(&house, Some(&ada), &Call::Sessions).await;
    let current = sessions["data"]["sessions"][0]["_id"].as_str().unwrap();
    let (status, _) =
        contract.call(&house, Some(&ada), &Call::EndSession { id: current.into() }).await;
    assert_eq!(status, 200);
    let (status, _) = contract.call(&house, Some(&ada), &Call::Me).await;
    assert_eq!(status, 401);

    break_store(&house).await;
    let (status, _) = contract.call(&house, Some(&bela), &Call::Conversations).await;
    assert_eq!(status, 500);

    // The rest is a matter of time, of limits or of room.
    let all = contract.document["paths"].as_object().unwrap();
    let described = all.iter().flat_map(|(path, item)| {
        item.as_object().unwrap().iter().flat_map(move |(method, told)| {
            let path = path.replace('/', "~1");
            let statuses = told["responses"].as_object().unwrap().keys();
            statuses.map(move |status| format!("/paths/{path}/{method}/responses/{status}"))
        })
    });
    let rest = ["101", "304", "408", "429", "500", "503"];
    let unseen: Vec<_> = described
        .filter(|place| !contract.seen.contains(place) && !rest.iter().any(|s| place.ends_with(s)))
        // Each call asks for it in the same way.
        .filter(|place| !place.ends_with("/401"))
        .collect();
    assert!(unseen.is_empty(), "{unseen:#?}");
}

#[tokio::test]
async fn a_refusal_of_too_much_is_as_described_for_every_call() {
    let once = Rate::new(1, Duration::from_mins(10));
    let limits = Limits { calls_from: once, ..Limits::default() };
    // This machine counts for twenty.
    let house = House::with(|config| Config { limits: Some(limits), ..config }).await;
    let mut contract = Contract::of(&house).await;
    let paths = contract.document["paths"].as_object().unwrap().clone();
    for _ in 0..20 {
        let _ = house.call(&Call::Me, None).await;
    }
    for (path, item) in &paths {
        for method in item.as_object().unwrap().keys() {
            let method: Method = method.to_uppercase().parse().unwrap();
            let (status, _) = contract.ask(&house, None, (method, path), |request| request).await;
            assert_eq!(status, if path.ends_with('z') { 200 } else { 429 }, "{path}");
        }
    }
}

#[tokio::test]
async fn the_documents_are_asked_for_anew_and_sent_once() {
    let house = House::open().await;
    for path in ["/api/openapi.json", "/api/asyncapi.json"] {
        let first = expect("it", house.request(Method::GET, path).send()).await.unwrap();
        assert_eq!(first.headers()["content-type"], "application/json");
        assert_eq!(first.headers()["cache-control"], "no-cache");
        let tag = first.headers()["etag"].to_str().unwrap().to_owned();
        for (known, status) in
            [(tag.clone(), 304), (format!("\"x\", W/{tag}"), 304), ("\"x\"".to_owned(), 200)]
        {
            let request = house.request(Method::GET, path).header("if-none-match", known);
            let again = expect("an answer", request.send()).await.unwrap();
            assert_eq!(again.status(), status);
            assert_eq!(again.headers()["etag"], tag);
            assert_eq!(again.text().await.unwrap().is_empty(), status == 304);
        }
    }
}

#[tokio::test]
async fn what_is_said_on_sockets_is_what_is_described() {
    let house = House::open().await;
    let mut document = document(&house, "asyncapi").await;
    close(&mut document["components"]);
    let frames = |operation: &str| {
        let all = document["operations"][operation]["messages"].as_array().unwrap();
        let name = |message: &Value| {
            message["$ref"].as_str().unwrap().rsplit('/').next().unwrap().to_owned()
        };
        all.iter().map(name).collect::<BTreeSet<_>>()
    };
    let mut unheard = frames("hear");
    let mut hear = |frame: &Value| {
        let name = frame["type"].as_str().unwrap();
        unheard.remove(name);
        let by = judge(&document, &format!("/components/messages/{name}/payload"));
        let errors = errors(&by, frame);
        assert!(errors.is_empty(), "{frame}: {errors:#?}");
    };
    let (ada, bela) = (house.register("ada").await, house.register("béla").await);
    let open =
        async |person: &Person| house.socket(&format!("?token={}", person.token.reveal())).await;
    let (mut adas, mut belas) = (open(&ada).await, open(&bela).await);
    let mut hear_until = async |socket: &mut Socket, last: &str| {
        loop {
            let frame = socket.next().await;
            hear(&frame);
            if frame["type"] == last {
                return;
            }
        }
    };
    // Whoever is not quite there yet is told of nothing.
    hear_until(&mut adas, "online_users").await;
    hear_until(&mut belas, "online_users").await;
    let said = [
        ClientFrame::TypingStart { receiver_id: bela.id.clone() },
        bela.written_as("m1", "hi"),
        ClientFrame::text(bela.id.clone(), "hi again"),
        ClientFrame::TypingStop { receiver_id: bela.id.clone() },
        bela.written_as("m2", " "),
        bela.written_as("m1", "another"),
        ClientFrame::text(UserId::from("nobody"), "hi"),
    ];
    let unsaid = frames("say");
    for frame in &said {
        let text = frame.encode();
        let frame: Value = serde_json::from_str(&text).unwrap();
        let name = frame["type"].as_str().unwrap();
        assert!(unsaid.contains(name));
        let by = judge(&document, &format!("/components/messages/{name}/payload"));
        assert!(by.is_valid(&frame), "{frame}");
        adas.send_text(&text).await;
    }
    adas.send_text("{").await;
    hear_until(&mut belas, "new_message").await;
    belas.send(&ClientFrame::MarkRead { sender_id: ada.id.clone() }).await;
    hear_until(&mut belas, "mark_read_success").await;
    let call =
        Call::ChangeProfile { username: Some("ada l.".into()), avatar: Some(PICTURE.into()) };
    house.ask(&ada, &call).await;
    hear_until(&mut belas, "profile_changed").await;
    // Somebody who wants to be told of changes alone.
    let cara = house.register("cara").await;
    let ticket = format!("?presence=changes&token={}", cara.token.reveal());
    let mut caras = house.socket(&ticket).await;
    hear_until(&mut caras, "online_users").await;
    belas.close().await;
    hear_until(&mut adas, "user_offline").await;
    hear_until(&mut caras, "presence_changed").await;
    assert!(unheard.is_empty(), "{unheard:?}");
}
