//! The program is killed in the middle of its work: whatever it answered is there when it starts again, and whatever
//! it did not answer may be sent again.

use std::collections::BTreeMap;

use futures_util::SinkExt;
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;

use crate::picture::{Picture, caught_up};
use crate::program::{command, start};
use crate::support::{Person, Place, expect, name_of};

const PEOPLE: usize = 4;
/// Messages of each person.
const EACH: usize = 375;
/// How many sends wait for their answer at a time.
const WINDOW: usize = 40;
/// The server is killed when so many more are answered.
const KILLED_AFTER: usize = 450;

/// What a person wants to be sent: by name, to whom and what.
type Sends = BTreeMap<String, (usize, String)>;

/// Sends until all is answered or the server is gone. What was answered: by name, as which message.
async fn send(
    place: Place,
    people: Vec<Person>,
    me: usize,
    sends: Sends,
    told: mpsc::UnboundedSender<()>,
) -> BTreeMap<String, String> {
    let mut answered = BTreeMap::new();
    let mut socket = place.connect(&people[me]).await;
    let mut waiting = sends.iter();
    let mut under_way = 0;
    while answered.len() < sends.len() {
        while under_way < WINDOW {
            let Some((name, (to, content))) = waiting.next() else { break };
            let frame = people[*to].written_as(name, content.as_str()).encode();
            if socket.0.feed(Message::text(frame)).await.is_err() {
                return answered;
            }
            under_way += 1;
        }
        if socket.0.flush().await.is_err() {
            return answered;
        }
        let Some(Ok(Message::Text(text))) = socket.message().await else { return answered };
        let frame: serde_json::Value = serde_json::from_str(&text).unwrap();
        match name_of(&frame) {
            "message_sent" => {
                let text = |field: &str| frame["data"][field].as_str().unwrap().to_owned();
                let name = text("clientMessageId");
                assert_eq!(text("content"), sends[&name].1);
                let before = answered.insert(name, text("messageId"));
                assert_eq!(before, None, "answered twice");
                under_way -= 1;
                let _ = told.send(());
            }
            "error" => panic!("{frame}"),
            _ => {}
        }
    }
    answered
}

#[tokio::test]
async fn whatever_was_answered_survives_a_kill_and_what_was_not_is_sent_again_and_stored_once() {
    let folder = TempDir::new().unwrap();
    let start = async || {
        let (child, address) = start(command(folder.path()).args(["--port", "0"])).await;
        (child, Place::new(address))
    };
    let (mut child, mut place) = start().await;
    let mut people = Vec::new();
    for number in 0..PEOPLE {
        people.push(place.register(&format!("person{number}")).await);
    }
    // A receiver is as often away as there.
    let all: Vec<Sends> = (0..PEOPLE)
        .map(|me| {
            let send = |number: usize| {
                let to = (me + 1 + number % (PEOPLE - 1)) % PEOPLE;
                (format!("{me} {number}"), (to, format!("{number} from {me} to {to}")))
            };
            (0..EACH).map(send).collect()
        })
        .collect();
    let start_of_all = place.beginning(&people[0]).await;
    let mut answered: Vec<BTreeMap<String, String>> = vec![BTreeMap::new(); PEOPLE];

    for kills in 0.. {
        let (told, mut tells) = mpsc::unbounded_channel();
        let mut tasks = Vec::new();
        for me in 0..PEOPLE {
            let open = |(name, _): &(&String, &(usize, String))| !answered[me].contains_key(*name);
            let left: Sends = all[me]
                .iter()
                .filter(open)
                .map(|(name, send)| (name.clone(), send.clone()))
                .collect();
            tasks.push(tokio::spawn(send(place.clone(), people.clone(), me, left, told.clone())));
        }
        drop(told);
        let mut count = 0;
        while count < KILLED_AFTER && expect("an answer", tells.recv()).await.is_some() {
            count += 1;
        }
        let is_last = count < KILLED_AFTER;
        if !is_last {
            expect("its end", child.kill()).await.unwrap();
        }
        for (me, task) in tasks.into_iter().enumerate() {
            answered[me].extend(expect("the sender", task).await.unwrap());
        }
        if is_last {
            assert!(kills >= 2, "killed {kills} times");
            break;
        }
        (child, place) = start().await;
        for (me, answered) in answered.iter().enumerate() {
            let picture = Picture::load(&place, &people[me], &people).await;
            // Of each name one at most; those that were answered are there.
            let stored = picture.named();
            for name in answered.keys() {
                assert_eq!(stored.get(name.as_str()), Some(&all[me][name].1.as_str()), "{name}");
            }
        }
    }

    for (me, person) in people.iter().enumerate() {
        let picture = Picture::load(&place, person, &people).await;
        let sends: BTreeMap<_, _> =
            all[me].iter().map(|(name, (_, text))| (name.as_str(), text.as_str())).collect();
        assert_eq!(picture.named(), sends, "each once");
        for (name, id) in &answered[me] {
            assert_eq!(picture.id_of(name).as_str(), id, "as which message it was answered");
        }
        let beginning = (start_of_all.clone(), Picture::default());
        assert_eq!(caught_up(&place, person, beginning).await, picture);
    }
    expect("its end", child.kill()).await.unwrap();
}
