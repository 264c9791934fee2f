//! The recorded conversation with a base server, told again to this one: the same frames to the same people in the
//! same order, and the same shapes of frames and answers.
//!
//! Where this server differs, it does so on purpose: a second connection of a person does not replace the first
//! (4005), so nobody is told that they came again; e-mail addresses of others are private; and what extensions add
//! (protocol §3) is added, never put in the place of anything.

use std::collections::BTreeMap;

use chinwag_protocol::{ClientFrame, Timestamp, UserId};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{House, Person, Socket, answer, authorized, name_of};

const FRAMES: &str = include_str!("../../../protocol/tests/vectors/base-frames.jsonl");
const CALLS: &str = include_str!("../../../protocol/tests/vectors/base-rest.jsonl");

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Where two values differ in shape: fields, types, and the form of times and ids. What is `null` there may be
/// missing here.
fn differences(ours: &Value, theirs: &Value, place: &str) -> Vec<String> {
    let differ = |why: &str| vec![format!("{place}: {why}: {ours} / {theirs}")];
    match (ours, theirs) {
        (Value::Object(ours), Value::Object(theirs)) => {
            let names = ours.keys().chain(theirs.keys()).collect::<std::collections::BTreeSet<_>>();
            names
                .into_iter()
                .flat_map(|name| {
                    let place = format!("{place}.{name}");
                    match (ours.get(name), theirs.get(name)) {
                        (Some(ours), Some(theirs)) => differences(ours, theirs, &place),
                        (None, Some(Value::Null)) => Vec::new(),
                        (None, _) => vec![format!("{place}: missing")],
                        (Some(_), None) => vec![format!("{place}: too much")],
                    }
                })
                .collect()
        }
        (Value::Array(ours), Value::Array(theirs)) if ours.len() == theirs.len() => {
            let pairs = ours.iter().zip(theirs);
            pairs
                .flat_map(|(ours, theirs)| differences(ours, theirs, &format!("{place}[]")))
                .collect()
        }
        (Value::String(ours), Value::String(theirs)) => {
            let hex = |text: &str| text.len() == 24 && text.bytes().all(|b| b.is_ascii_hexdigit());
            let time = |text: &str| text.len() == 24 && Timestamp::parse(text).is_some();
            if hex(ours) == hex(theirs) && time(ours) == time(theirs) {
                Vec::new()
            } else {
                differ("form")
            }
        }
        (Value::String(_), Value::Null) if place.ends_with("lastSeen") => Vec::new(),
        (Value::Bool(_), Value::Bool(_)) => Vec::new(),
        (ours, theirs) if ours == theirs => Vec::new(),
        (Value::Number(_), Value::Number(_)) => differ("count"),
        _ => differ("type"),
    }
}

/// Plays what the recorded people did. The frames that each was sent, in order.
async fn play(house: &House, ada: &Person, bela: &Person) -> BTreeMap<String, Vec<Value>> {
    let mut told: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    let hear = async |told: &mut BTreeMap<_, Vec<_>>, who: &str, socket: &mut Socket, count| {
        for _ in 0..count {
            let frame = socket.next().await;
            told.entry(who.to_owned()).or_default().push(frame);
        }
    };
    let open =
        async |person: &Person| house.socket(&format!("?token={}", person.token.reveal())).await;
    let to = |person: &Person| person.id.clone();

    let mut nobody = house.socket("?token=bad").await;
    hear(&mut told, "nobody", &mut nobody, 1).await;
    assert_eq!(nobody.closed().await, 4002);

    let mut adas = open(ada).await;
    hear(&mut told, "ada", &mut adas, 2).await;
    let mut belas = open(bela).await;
    hear(&mut told, "béla", &mut belas, 2).await;
    hear(&mut told, "ada", &mut adas, 2).await;

    adas.send(&ClientFrame::TypingStart { receiver_id: to(bela) }).await;
    let text = "Hello, Béla 👋\nsecond line <b>not markup</b>";
    adas.send(&ClientFrame::text(to(bela), text)).await;
    adas.send(&ClientFrame::TypingStop { receiver_id: to(bela) }).await;
    hear(&mut told, "ada", &mut adas, 2).await;
    hear(&mut told, "béla", &mut belas, 3).await;
    belas.send(&ClientFrame::MarkRead { sender_id: to(ada) }).await;
    hear(&mut told, "ada", &mut adas, 1).await;
    hear(&mut told, "béla", &mut belas, 1).await;
    belas.send(&ClientFrame::text(to(ada), "مرحبا")).await;
    hear(&mut told, "béla", &mut belas, 2).await;
    hear(&mut told, "ada", &mut adas, 1).await;

    adas.send(&ClientFrame::GetOnlineUsers {}).await;
    adas.send_text(r#"{"type":"chat_message","data":{"content":"x"}}"#).await;
    adas.send_text(r#"{"type":"no_such","data":{}}"#).await;
    adas.send_text("{").await;
    hear(&mut told, "ada", &mut adas, 4).await;

    let mut second = open(bela).await;
    hear(&mut told, "béla", &mut second, 2).await;
    belas.close().await;
    second.close().await;
    hear(&mut told, "ada", &mut adas, 2).await;
    adas.send(&ClientFrame::text(to(bela), "are you there?")).await;
    hear(&mut told, "ada", &mut adas, 1).await;
    adas.close().await;
    told
}

#[tokio::test]
async fn the_recorded_conversation_goes_the_same_way_here() {
    let house = House::open().await;
    let (ada, bela) = (house.register("ada").await, house.register("béla").await);
    let told = play(&house, &ada, &bela).await;

    let mut recorded: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for line in lines(FRAMES) {
        if let Some(frame) = line.get("frame") {
            let to = line["to"].as_str().unwrap().to_owned();
            recorded.entry(to).or_default().push(frame.clone());
        }
    }
    // Ada is not told that Béla came a second time: he had not gone.
    let adas = recorded.get_mut("ada").unwrap();
    let again = adas.iter().rposition(|frame| name_of(frame) == "user_online").unwrap();
    adas.drain(again..=again + 1);

    assert_eq!(told.keys().collect::<Vec<_>>(), recorded.keys().collect::<Vec<_>>());
    for (who, theirs) in &recorded {
        let ours = &told[who];
        let types =
            |frames: &[Value]| frames.iter().map(|f| name_of(f).to_owned()).collect::<Vec<_>>();
        assert_eq!(types(ours), types(theirs), "{who}");
        for (ours, theirs) in ours.iter().zip(theirs) {
            let differences = differences(&base_of(ours), theirs, name_of(theirs));
            assert!(differences.is_empty(), "{who}: {differences:#?}");
            if name_of(theirs) == "error" {
                assert_eq!(ours["data"]["message"], theirs["data"]["message"]);
            }
        }
    }
}

#[tokio::test]
async fn the_recorded_calls_are_answered_the_same_way_here() {
    let house = House::open().await;
    let mut people: Vec<Person> = Vec::new();
    let mut count = 0;
    for line in lines(CALLS) {
        let path = line["path"].as_str().unwrap();
        let method: Method = line["method"].as_str().unwrap().parse().unwrap();
        if path == "/users?page=1&limit=20" {
            // What was said on the sockets meanwhile. Then the recorder opened Ada's again.
            play(&house, &people[0], &people[1]).await;
        }
        let online = match path {
            "/users/online" => Some(house.connect(&people[0]).await),
            _ => None,
        };
        // Without a token where the recorder left it out.
        let signed_out = path.starts_with("/auth/") && path != "/auth/me" || line["status"] == 401;
        // The unread count is Béla's; all else is asked by Ada.
        let asker = if path.contains("unread") { people.get(1) } else { people.first() };
        let token = asker.filter(|_| !signed_out).map(|person| &person.token);
        let mut body = line["request"].clone();
        if body.get("receiverId").is_some() {
            body["receiverId"] = json!(people[1].id);
        }
        let real = people.get(1).map_or_else(String::new, |bela| bela.id.to_string());
        let address = format!("/api{}", path.replace(":userId", &real));
        let mut request = authorized(house.request(method, &address), token);
        if !body.is_null() {
            request = request.json(&body);
        }
        let (status, mut ours) = answer(request).await;
        drop(online);
        remove(&mut ours, &["deliveredAt", "readAt"]);

        assert_eq!(json!(status.as_u16()), line["status"], "{path}: {ours}");
        let mut theirs = line["response"].clone();
        if !path.starts_with("/auth/") {
            // Others' addresses are not for everybody here.
            remove(&mut theirs, &["email"]);
        }
        let differences = differences(&ours, &theirs, path);
        assert!(differences.is_empty(), "{differences:#?}");
        if path.starts_with("/auth/") {
            assert_eq!(ours["message"], theirs["message"], "{path}");
        }
        if path == "/auth/register" && status.is_success() {
            people.push(Person {
                id: UserId::from(ours["data"]["user"]["_id"].as_str().unwrap()),
                token: ours["data"]["token"].as_str().unwrap().into(),
            });
        }
        count += 1;
    }
    assert_eq!((people.len(), count), (2, 16), "every recorded call was made");
}

/// A frame without what extensions add: the number of an event, what the greeting announces, and up to when one has
/// read.
fn base_of(frame: &Value) -> Value {
    let mut frame = frame.clone();
    let lasts =
        ["message_sent", "message_delivered", "new_message", "messages_read", "mark_read_success"]
            .contains(&name_of(&frame));
    let fields = frame.as_object_mut().unwrap();
    assert_eq!(fields.remove("seq").is_some(), lasts, "{fields:?}");
    if fields["type"] == json!("connection_established") {
        let data = fields["data"].as_object_mut().unwrap();
        assert!(data.remove("features").is_some() && data.remove("sync").is_some());
    }
    if fields["type"] == json!("mark_read_success") {
        assert!(fields["data"].as_object_mut().unwrap().remove("readAt").is_some());
    }
    frame
}

/// Takes these fields out, wherever they are.
fn remove(value: &mut Value, names: &[&str]) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, _| !names.contains(&name.as_str()));
            fields.values_mut().for_each(|value| remove(value, names));
        }
        Value::Array(items) => items.iter_mut().for_each(|value| remove(value, names)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
