//! Scripts: what happens, step by step, and what the session must do about it.

use std::collections::{BTreeMap, VecDeque};

use chinwag_protocol::{Call, ClientFrame, ClientId, Token, UserId, call::Method};
use chinwag_session::{
    CallId, Command, Effect, Epoch, Failure, Input, Millis, Outcome, Recall, Session, Write,
};
use serde_json::{Value, json};

use super::Picture;

/// One step of a script.
pub(crate) enum Step {
    /// Something happens so many milliseconds after the play began.
    At(u64),
    /// So much later.
    Later(u64),
    /// Something happens.
    Input(Input),
    /// The newest socket receives this.
    Frame(String),
    /// The oldest unanswered call that begins so ends so.
    Answer(String, Outcome),
    /// The newest socket closes.
    Closed(u16),
    /// The session's own deadline comes.
    Deadline,
}

pub(crate) fn at(millis: u64) -> Step {
    Step::At(millis)
}

pub(crate) fn later(millis: u64) -> Step {
    Step::Later(millis)
}

pub(crate) fn input(input: Input) -> Step {
    Step::Input(input)
}

pub(crate) fn command(command: Command) -> Step {
    Step::Input(Input::Command(command))
}

pub(crate) fn open(with: &str) -> Step {
    command(Command::Open(UserId::from(with)))
}

pub(crate) fn send(to: &str, text: &str) -> Step {
    command(Command::Send { to: UserId::from(to), text: text.to_owned() })
}

pub(crate) fn edit(to: &str, text: &str) -> Step {
    command(Command::Edit { to: UserId::from(to), text: text.to_owned() })
}

/// A frame of this type with this data.
#[expect(clippy::needless_pass_by_value, reason = "reads better where it is called")]
pub(crate) fn frame(kind: &str, data: Value) -> Step {
    Step::Frame(json!({ "type": kind, "data": data }).to_string())
}

pub(crate) fn garbage(text: &str) -> Step {
    Step::Frame(text.to_owned())
}

/// The oldest call that begins so is answered with success and this data, or refused with these words.
pub(crate) fn answer(call: &str, status: u16, data: Value) -> Step {
    let body = match data {
        Value::String(message) => json!({ "success": false, "message": message }),
        data => json!({ "success": true, "data": data }),
    };
    Step::Answer(call.to_owned(), Outcome::Answered { status, body: body.to_string(), wait: 0 })
}

/// The oldest call that begins so ends without an answer, or with one that is none.
pub(crate) fn fails(call: &str, outcome: Outcome) -> Step {
    Step::Answer(call.to_owned(), outcome)
}

pub(crate) fn closed(code: u16) -> Step {
    Step::Closed(code)
}

pub(crate) fn deadline() -> Step {
    Step::Deadline
}

/// The failure that the server's words make.
pub(crate) fn told_by(server: &str) -> Failure {
    Failure::Server(server.to_owned())
}

/// A session on the stage: driven by scripts, drawn into a picture.
pub(crate) struct Play {
    pub(crate) session: Session,
    pub(crate) picture: Picture,
    pub(crate) now: u64,
    pub(crate) epoch: Epoch,
    calls: VecDeque<(CallId, String)>,
    done: Vec<String>,
    /// What the disk has to say.
    inputs: VecDeque<Input>,
    /// What is on disk.
    pub(crate) disk: BTreeMap<String, String>,
    /// What is in the cache, and beside the token.
    pub(crate) cache: BTreeMap<String, String>,
    pub(crate) me: Option<String>,
    /// How many effects there were, but for what is kept for the next start.
    performed: usize,
    /// Whether the disk does what it is asked; and whether it has no room for more.
    pub(crate) disk_works: bool,
    pub(crate) disk_is_full: bool,
    /// What a disk that is late has to say.
    late: Option<Vec<Input>>,
    /// Whether its page was to be loaded anew.
    pub(crate) anew: bool,
    /// What was told to the other tabs.
    pub(crate) told: Vec<String>,
    /// Of what the person was notified.
    pub(crate) notified: Vec<String>,
    /// The names that the client gave the messages it sent, in the order of sending.
    pub(crate) names: Vec<ClientId>,
}

impl Play {
    /// In the only tab of the person.
    pub(crate) fn new() -> Self {
        let mut play = Self::in_another_tab(7);
        play.run([input(Input::Leads)]);
        play
    }

    /// In a tab that another one leads. Each has a seed of its own.
    pub(crate) fn in_another_tab(seed: u128) -> Self {
        Self {
            session: Session::new(seed, |a, b| a.to_lowercase().cmp(&b.to_lowercase())),
            picture: Picture::default(),
            now: 0,
            epoch: Epoch(0),
            calls: VecDeque::new(),
            done: Vec::new(),
            inputs: VecDeque::new(),
            disk: BTreeMap::new(),
            cache: BTreeMap::new(),
            me: None,
            performed: 0,
            disk_works: true,
            disk_is_full: false,
            late: None,
            anew: false,
            told: Vec::new(),
            notified: Vec::new(),
            names: Vec::new(),
        }
    }

    /// Plays the script. What the session does about it, beside drawing and logging, must be `expected`, in
    /// order: `GET /path`, `POST /path {body}`, `open socket`, `close socket`, `say {frame}`, `keep TOKEN`,
    /// `forget token`, `begin anew`, `route ID`, `announce NAME: TEXT`.
    #[track_caller]
    pub(crate) fn check<'a>(
        &mut self,
        script: impl IntoIterator<Item = Step>,
        expected: impl IntoIterator<Item = &'a str>,
    ) -> &Picture {
        for step in script {
            self.step(step);
        }
        let expected: Vec<&str> = expected.into_iter().collect();
        assert_eq!(std::mem::take(&mut self.done), expected);
        &self.picture
    }

    /// Plays the script, whatever is done about it.
    #[track_caller]
    pub(crate) fn run(&mut self, script: impl IntoIterator<Item = Step>) -> &Picture {
        for step in script {
            self.step(step);
        }
        self.done.clear();
        &self.picture
    }

    /// Plays the script, and tells what of it was said on the socket, typing signs left aside.
    #[track_caller]
    pub(crate) fn said(&mut self, script: impl IntoIterator<Item = Step>) -> Vec<String> {
        for step in script {
            self.step(step);
        }
        let done = std::mem::take(&mut self.done).into_iter();
        done.filter(|done| done.contains("chat_message")).collect()
    }

    /// The call that was made last ends so.
    #[track_caller]
    pub(crate) fn run_last(&mut self, step: Step) {
        self.calls.rotate_right(1);
        self.run([step]);
        // A call that this has made comes after those that wait longer.
        if self.calls.len() > 1 {
            let newest = self.calls.pop_back();
            self.calls.extend(newest);
        }
    }

    /// Of the two calls that begin so the later one ends before the earlier one.
    #[track_caller]
    pub(crate) fn run_swapped(&mut self, call: &str, ends: impl Fn(&str) -> [Step; 2]) -> &Picture {
        let first = self.calls.iter().position(|(_, path)| path.starts_with(call)).unwrap();
        let overtaken = self.calls.remove(first).unwrap();
        let [earlier, later] = ends(call);
        self.run([later]);
        self.calls.push_front(overtaken);
        self.run([earlier])
    }

    #[track_caller]
    fn step(&mut self, step: Step) {
        let input = match step {
            Step::At(millis) => return self.now = millis,
            Step::Later(millis) => return self.now += millis,
            Step::Input(input) => input,
            Step::Frame(text) => Input::Frame { epoch: self.epoch, text },
            Step::Closed(code) => Input::SocketClosed { epoch: self.epoch, code },
            Step::Answer(call, outcome) => {
                let place = self.calls.iter().position(|(_, path)| path.starts_with(&call));
                let Some(place) = place else { panic!("no call {call}, only {:?}", self.calls) };
                let (call, _) = self.calls.remove(place).unwrap();
                Input::Answer { call, outcome }
            }
            Step::Deadline => {
                let Some(deadline) = self.session.deadline() else { panic!("no deadline") };
                self.now = self.now.max(deadline.0);
                let performed = self.performed;
                self.feed(Input::Tick);
                // What is kept for the next start is no story's matter, unless it asks.
                if self.performed == performed {
                    self.step(Step::Deadline);
                }
                return;
            }
        };
        self.feed(input);
    }

    /// From now on what was left on the disk is not told before it is asked for here.
    pub(crate) fn delays_the_disk(&mut self) {
        self.late = Some(Vec::new());
    }

    /// What a disk that is late has had to say.
    pub(crate) fn late(&mut self) -> Vec<Step> {
        self.late.take().into_iter().flatten().map(input).collect()
    }

    fn read(&mut self, loaded: Input) {
        match &mut self.late {
            Some(late) => late.push(loaded),
            None => self.inputs.push_back(loaded),
        }
    }

    fn feed(&mut self, input: Input) {
        self.inputs.push_back(input);
        while let Some(input) = self.inputs.pop_front() {
            self.session.handle(Millis(self.now), input);
            while let Some(effect) = self.session.poll() {
                self.perform(effect);
            }
        }
    }

    fn perform(&mut self, effect: Effect) {
        self.performed +=
            usize::from(!matches!(effect, Effect::Cache { .. } | Effect::Purge { .. }));
        let done = match effect {
            Effect::OpenSocket { epoch, token } => {
                self.epoch = epoch;
                format!("open socket {}", token.reveal())
            }
            Effect::SendFrame { epoch, frame } => {
                assert_eq!(epoch, self.epoch, "a frame for a socket of old");
                // A name that the client has made up is none of a script's.
                let frame = match frame {
                    ClientFrame::ChatMessage {
                        receiver_id, content, client_message_id, ..
                    } => {
                        self.names.extend(client_message_id);
                        ClientFrame::text(receiver_id, content)
                    }
                    frame => frame,
                };
                format!("say {}", frame.encode())
            }
            Effect::CloseSocket { epoch } => {
                assert_eq!(epoch, self.epoch, "a socket of old is closed");
                "close socket".to_owned()
            }
            Effect::Fetch { id, call, token } => {
                assert_eq!(token.is_none(), call.is_sign_in(), "{call:?}");
                let words = words(&call);
                self.calls.push_back((id, words.clone()));
                words
            }
            Effect::Load { prefix } => {
                let begins = |(key, _): &(&String, &String)| key.starts_with(&prefix);
                let values =
                    self.disk.iter().filter(begins).map(|(_, value)| value.clone()).collect();
                let values = self.disk_works.then_some(values);
                return self.read(Input::Loaded { prefix, values });
            }
            Effect::Keep { id, writes } => {
                let done = self.disk_works && !self.disk_is_full;
                if done {
                    write(&mut self.disk, writes);
                }
                return self.inputs.push_back(Input::Kept { id, done });
            }
            Effect::Recall { id, what } => {
                let values = match what {
                    Recall::All(prefix) => {
                        let of = self.cache.iter().filter(|(key, _)| key.starts_with(&prefix));
                        of.map(|(_, value)| value.clone()).collect()
                    }
                    Recall::Each(keys) => keys
                        .iter()
                        .map(|key| self.cache.get(key).cloned().unwrap_or_default())
                        .collect(),
                };
                let values = self.disk_works.then_some(values);
                return self.inputs.push_back(Input::Recalled { id, values });
            }
            Effect::Cache { id, writes } => {
                let done = self.disk_works && !self.disk_is_full;
                if done {
                    write(&mut self.cache, writes);
                }
                return self.inputs.push_back(Input::Kept { id, done });
            }
            Effect::Purge { prefix, but } => {
                let stays = |key: &str| !key.starts_with(&prefix) || but.iter().any(|of| of == key);
                return self.cache.retain(|key, _| stays(key));
            }
            Effect::Remember(me) => return self.me = Some(me),
            Effect::Tell(text) => return self.told.push(text),
            Effect::Notify { .. } | Effect::CloseNotifications { .. } => {
                return self.notified.extend(in_words(&effect));
            }
            Effect::BeginAnew => {
                self.anew = true;
                "begin anew".to_owned()
            }
            Effect::Copy(text) => format!("copy {text}"),
            Effect::StoreToken(token) => format!("keep {}", token.reveal()),
            Effect::ForgetToken => "forget token".to_owned(),
            Effect::ShowRoute(None) => "route".to_owned(),
            Effect::ShowRoute(Some(with)) => format!("route {with}"),
            Effect::Changed(change) => {
                if let chinwag_session::Change::Received { name, content } = &change {
                    self.done.push(match content {
                        Some(content) => format!("announce {name}: {content}"),
                        None => format!("announce {name}"),
                    });
                }
                return self.picture.apply(change);
            }
            Effect::Log(text) => {
                assert!(!text.contains("tok-1"), "{text}");
                return;
            }
        };
        self.done.push(done);
    }

    /// Signed in as `me` with the token `tok-1`, the lists asked for, the socket not greeted.
    pub(crate) fn entered(route: Option<&str>) -> Self {
        let mut play = Self::new();
        let token = Some(Token::from("tok-1"));
        play.run([
            input(Input::Begin { token, route: route.map(UserId::from), me: None }),
            answer("GET /auth/me", 200, json!({ "user": { "_id": "me", "username": "me" } })),
        ]);
        play
    }

    /// As [`Self::entered`], with ada and béla in the list.
    fn with_people() -> Self {
        let mut play = Self::entered(None);
        play.run([
            answer(
                "GET /users?",
                200,
                json!({ "users": [
                { "_id": "ada", "username": "ada" }, { "_id": "bela", "username": "béla" } ] }),
            ),
            answer("GET /messages/conv", 200, json!({ "conversations": [] })),
        ]);
        play
    }

    /// Signed in and connected, with ada and béla in the list, nothing written yet.
    pub(crate) fn chatting() -> Self {
        let mut play = Self::with_people();
        play.greet();
        play.run([answer("GET /messages/conv", 200, json!({ "conversations": [] }))]);
        play
    }

    /// The server greets on the newest socket.
    pub(crate) fn greet(&mut self) {
        self.run([frame("connection_established", json!({ "userId": "me", "username": "me" }))]);
    }

    /// The server greets, with the extensions, and has told so many events.
    pub(crate) fn greet_extended(&mut self, seq: u64) {
        self.run([frame(
            "connection_established",
            json!({ "userId": "me", "username": "me",
            "features": ["idempotent_send", "sync"], "sync": { "store": "s", "seq": seq } }),
        )]);
    }

    /// The wait is over: a new socket, greeted.
    pub(crate) fn reconnect(&mut self) {
        self.run([later(1_600), deadline()]);
        self.greet();
    }

    /// As [`Self::chatting`], with the conversation with béla open, and this in it.
    pub(crate) fn with_bela(messages: &[Value]) -> Self {
        let mut play = Self::chatting();
        play.run([open("bela"), history("bela", messages)]);
        play
    }

    /// As [`Self::with_bela`], on a server with the extensions that has told five events.
    pub(crate) fn extended_with_bela(messages: &[Value]) -> Self {
        let mut play = Self::with_people();
        play.greet_extended(5);
        play.run([answer("GET /messages/conv", 200, json!({ "conversations": [] }))]);
        play.run([open("bela"), history("bela", messages)]);
        play
    }

    /// The connection breaks, and a new one is greeted when the server has told so many events.
    pub(crate) fn reconnect_extended(&mut self, seq: u64) {
        self.run([closed(1006), later(1_600), deadline()]);
        self.greet_extended(seq);
    }

    /// The calls that are not answered.
    pub(crate) fn pending(&self) -> Vec<&str> {
        self.calls.iter().map(|(_, call)| call.as_str()).collect()
    }
}

/// The oldest call for a page of this conversation is answered with these messages, all there are.
pub(crate) fn history(with: &str, messages: &[Value]) -> Step {
    let call = format!("GET /messages/{with}?");
    answer(&call, 200, json!({ "messages": messages, "pagination": { "pages": 1 } }))
}

/// A message as REST tells it, stored so many seconds after the play's beginning.
pub(crate) fn stored(id: &str, from: &str, to: &str, content: &str, seconds: i64) -> Value {
    json!({ "_id": id, "sender": { "_id": from }, "receiver": { "_id": to }, "content": content,
        "createdAt": seconds * 1_000 })
}

/// The server tells that it has stored what one sent.
pub(crate) fn sent(id: &str, to: &str, content: &str, seconds: i64) -> Step {
    frame(
        "message_sent",
        json!({ "messageId": id, "receiverId": to, "content": content,
        "createdAt": seconds * 1_000 }),
    )
}

/// Somebody's message comes live.
pub(crate) fn new_message(id: &str, from: &str, content: &str, seconds: i64) -> Step {
    frame(
        "new_message",
        json!({ "messageId": id, "senderId": from, "senderUsername": from,
        "content": content, "createdAt": seconds * 1_000 }),
    )
}

/// An event that the server counts.
#[expect(clippy::needless_pass_by_value, reason = "reads better where it is called")]
pub(crate) fn event(seq: u64, kind: &str, data: Value) -> Value {
    json!({ "type": kind, "data": data, "seq": seq })
}

/// The server tells this event.
#[expect(clippy::needless_pass_by_value, reason = "reads better where it is called")]
pub(crate) fn tells(event: Value) -> Step {
    Step::Frame(event.to_string())
}

fn write(to: &mut BTreeMap<String, String>, writes: Vec<Write>) {
    for Write { key, value } in writes {
        match value {
            Some(value) => to.insert(key, value),
            None => to.remove(&key),
        };
    }
}

/// Of what the person is notified, `!` where it may be heard; or what stays of that.
fn in_words(effect: &Effect) -> Option<String> {
    match effect {
        Effect::Notify { with, name, text, aloud } => {
            Some(format!("{with} ({name}): {text}{}", if *aloud { "!" } else { "." }))
        }
        Effect::CloseNotifications { but } => {
            let but: Vec<&str> = but.iter().map(UserId::as_str).collect();
            Some(format!("none but of {but:?}"))
        }
        _ => None,
    }
}

fn words(call: &Call) -> String {
    let method = match call.method() {
        Method::Get => "GET",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Delete => "DELETE",
    };
    // Sorted, since the order of fields is no part of the protocol.
    let sorted = |body: String| -> BTreeMap<String, Value> { serde_json::from_str(&body).unwrap() };
    let body = call.body().map(|body| {
        let mut fields = sorted(body);
        // A name that the client has made up is none of a script's.
        fields.remove("clientMessageId");
        format!(" {}", json!(fields))
    });
    let body = body.unwrap_or_default();
    format!("{method} {}{body}", call.path())
}
