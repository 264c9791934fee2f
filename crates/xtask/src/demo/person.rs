//! One of the demo's people while the command runs: online, reading, typing, answering.
//!
//! Bounded on purpose: one answer at a time for each who writes, none to another of the demo's people (they would
//! talk for ever), one greeting. Connecting again after trouble waits longer each time.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tungstenite::{Message, WebSocket};

use super::api::{Account, Api};
use super::script::Person;

/// How often one looks up from the socket.
const BEAT: Duration = Duration::from_millis(100);

/// How many answers one has in mind at the same time, to different people.
const ANSWERS: usize = 20;

/// Stays until told to leave.
pub(super) fn stay(
    port: u16,
    person: &'static Person,
    guest: &str,
    crowd: &BTreeSet<String>,
    leave: &AtomicBool,
) {
    let mut habits =
        Habits { person, guest: guest.to_owned(), plans: Vec::new(), answers: 0, greeted: false };
    let mut pause = Duration::from_secs(1);
    while !leave.load(Ordering::SeqCst) {
        let start = Instant::now();
        // The server may be going down with us: that is no news for the person who watches.
        let _ = live(port, &mut habits, crowd, leave);
        habits.plans.clear();
        pause = if start.elapsed() > Duration::from_mins(1) {
            Duration::from_secs(1)
        } else {
            pause * 2
        };
        let until = Instant::now() + pause.min(Duration::from_mins(1));
        while Instant::now() < until && !leave.load(Ordering::SeqCst) {
            thread::sleep(BEAT);
        }
    }
}

fn live(
    port: u16,
    habits: &mut Habits,
    crowd: &BTreeSet<String>,
    leave: &AtomicBool,
) -> Result<()> {
    let api = Api::new(port);
    let account = api.enter(habits.person.email, habits.person.name)?;
    if let Some(greeting) = habits.person.greeting {
        // Whoever was greeted by an earlier run is not greeted again.
        let mut said = api.history(&account, &habits.guest)?.into_iter();
        habits.greeted |= said.any(|(sender, content)| sender == account.id && content == greeting);
    }
    let mut socket = connect(port, &account)?;
    while !leave.load(Ordering::SeqCst) {
        match socket.read() {
            Ok(Message::Text(text)) => {
                if let Ok(frame) = serde_json::from_str(&text) {
                    habits.hear(&frame, crowd, Instant::now());
                }
            }
            Ok(_) => {}
            Err(tungstenite::Error::Io(error))
                if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(error) => return Err(error.into()),
        }
        for frame in habits.due(Instant::now()) {
            socket.send(Message::text(frame.to_string()))?;
        }
    }
    hang_up(&mut socket);
    Ok(())
}

fn connect(port: u16, account: &Account) -> Result<WebSocket<TcpStream>> {
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    stream.set_write_timeout(Some(Duration::from_secs(10)))?;
    let url = format!("ws://127.0.0.1:{port}/ws?token={}", account.token);
    let (socket, _) = tungstenite::client(url, stream).context("the server takes no WebSocket")?;
    socket.get_ref().set_read_timeout(Some(BEAT))?;
    Ok(socket)
}

/// Comes and goes at once, so that others see when this person was last here.
pub(super) fn look_in(port: u16, account: &Account) -> Result<()> {
    hang_up(&mut connect(port, account)?);
    Ok(())
}

fn hang_up(socket: &mut WebSocket<TcpStream>) {
    let _ = socket.close(None);
    // The server's own goodbye, if it comes at once.
    for _ in 0..5 {
        if matches!(
            socket.read(),
            Err(tungstenite::Error::ConnectionClosed | tungstenite::Error::AlreadyClosed)
        ) {
            break;
        }
    }
}

/// What somebody does and when, apart from any socket.
struct Habits {
    person: &'static Person,
    guest: String,
    plans: Vec<Plan>,
    answers: usize,
    greeted: bool,
}

/// Something to be sent at a time.
struct Plan {
    at: Instant,
    to: String,
    frame: Value,
}

impl Habits {
    fn hear(&mut self, frame: &Value, crowd: &BTreeSet<String>, now: Instant) {
        let field =
            |name: &str| frame.get("data").and_then(|data| data.get(name)).and_then(Value::as_str);
        match frame.get("type").and_then(Value::as_str) {
            Some("new_message") => {
                let Some(sender) = field("senderId") else { return };
                if crowd.contains(sender)
                    || self.is_busy_with(sender)
                    || self.plans.len() >= ANSWERS * 4
                {
                    return;
                }
                let answer = self.person.answers[self.answers % self.person.answers.len()];
                self.answers += 1;
                self.answer(sender, answer, true, now);
            }
            Some("user_online") if field("userId") == Some(&self.guest) && !self.greeted => {
                self.greeted = true;
                if let Some(greeting) = self.person.greeting {
                    self.answer(&self.guest.clone(), greeting, false, now + Duration::from_secs(2));
                }
            }
            _ => {}
        }
    }

    fn is_busy_with(&self, somebody: &str) -> bool {
        self.plans.iter().any(|plan| plan.to == somebody)
    }

    /// Reads, thinks, types for as long as the words take, sends.
    fn answer(&mut self, to: &str, content: &str, reads: bool, now: Instant) {
        let typing = Duration::from_millis(1_200 + 35 * content.chars().count().min(80) as u64);
        let started = now + self.person.pace;
        let sent = started + typing;
        let receiver = json!({ "receiverId": to });
        let mut plan = |at: Instant, kind: &str, data: Value| {
            self.plans.push(Plan {
                at,
                to: to.to_owned(),
                frame: json!({ "type": kind, "data": data }),
            });
        };
        if reads {
            plan(now + self.person.pace / 2, "mark_read", json!({ "senderId": to }));
        }
        plan(started, "typing_start", receiver.clone());
        plan(sent, "typing_stop", receiver);
        plan(
            sent,
            "chat_message",
            json!({ "receiverId": to, "content": content, "messageType": "text" }),
        );
    }

    /// What is to be sent by now, in its order.
    fn due(&mut self, now: Instant) -> Vec<Value> {
        let (mut due, later): (Vec<_>, Vec<_>) =
            self.plans.drain(..).partition(|plan| plan.at <= now);
        self.plans = later;
        due.sort_by_key(|plan| plan.at);
        due.into_iter().map(|plan| plan.frame).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::time::{Duration, Instant};

    use serde_json::{Value, json};

    use super::Habits;
    use crate::demo::script::PEOPLE;

    fn habits() -> Habits {
        let person = PEOPLE.iter().find(|person| person.greeting.is_some()).unwrap();
        Habits { person, guest: "guest".to_owned(), plans: Vec::new(), answers: 0, greeted: false }
    }

    fn message(from: &str) -> Value {
        json!({ "type": "new_message", "data": { "senderId": from, "content": "hello?" } })
    }

    fn kinds(frames: &[Value]) -> Vec<&str> {
        frames.iter().filter_map(|frame| frame["type"].as_str()).collect()
    }

    #[test]
    fn a_message_is_read_then_answered_after_a_typing_sign() {
        let (mut habits, now) = (habits(), Instant::now());
        habits.hear(&message("guest"), &BTreeSet::new(), now);
        assert!(habits.due(now).is_empty());
        let reading = habits.due(now + habits.person.pace);
        assert_eq!(kinds(&reading), ["mark_read", "typing_start"]);
        let answer = habits.due(now + Duration::from_mins(1));
        assert_eq!(kinds(&answer), ["typing_stop", "chat_message"]);
        assert_eq!(answer[1]["data"]["receiverId"], "guest");
        assert!(habits.due(now + Duration::from_mins(10)).is_empty());
    }

    #[test]
    fn ten_messages_in_a_row_get_one_answer_and_the_next_one_another() {
        let (mut habits, now) = (habits(), Instant::now());
        for _ in 0..10 {
            habits.hear(&message("guest"), &BTreeSet::new(), now);
        }
        let later = now + Duration::from_mins(1);
        let first = habits.due(later);
        assert_eq!(kinds(&first).iter().filter(|kind| **kind == "chat_message").count(), 1);
        habits.hear(&message("guest"), &BTreeSet::new(), later);
        let second = habits.due(later + Duration::from_mins(1));
        assert_ne!(first.last(), second.last());
    }

    #[test]
    fn the_demos_people_do_not_answer_each_other() {
        let mut habits = habits();
        habits.hear(&message("other"), &BTreeSet::from(["other".to_owned()]), Instant::now());
        assert!(habits.plans.is_empty());
    }

    #[test]
    fn who_comes_online_is_greeted_once() {
        let (mut habits, now) = (habits(), Instant::now());
        let online = |id: &str| json!({ "type": "user_online", "data": { "userId": id } });
        habits.hear(&online("somebody"), &BTreeSet::new(), now);
        assert!(habits.plans.is_empty());
        habits.hear(&online("guest"), &BTreeSet::new(), now);
        let greeting = habits.due(now + Duration::from_mins(1));
        assert_eq!(kinds(&greeting), ["typing_start", "typing_stop", "chat_message"]);
        habits.hear(&online("guest"), &BTreeSet::new(), now);
        assert!(habits.plans.is_empty());
    }

    #[test]
    fn odd_frames_are_ignored() {
        let mut habits = habits();
        for frame in [
            json!(null),
            json!([]),
            json!({ "type": 7 }),
            json!({ "type": "new_message", "data": { "senderId": 1 } }),
        ] {
            habits.hear(&frame, &BTreeSet::new(), Instant::now());
        }
        assert!(habits.plans.is_empty());
    }
}
