//! A server: one that speaks the base protocol and nothing else (no idempotency, no correlation, no replay), or one that
//! knows messages by their clients' ids and counts what happens.

use std::collections::{BTreeSet, VecDeque};

use chinwag_protocol::{Call, ClientFrame, ClientId};
use chinwag_session::Outcome;
use serde_json::{Value, json};

use super::{PEERS, REFUSED};

/// Messages a page: few, so that the tests turn pages.
pub(super) const PAGE: usize = 5;

/// What a server can.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The base protocol; it counts unread messages per conversation, or only in all.
    Base { counts: bool },
    /// With `idempotent_send` and `sync`.
    Extended,
}

#[derive(Clone, Debug)]
pub(super) struct Stored {
    id: usize,
    from: String,
    pub(super) to: String,
    pub(super) content: String,
    /// What the client called it. A base server pays no heed to it: it is for those who judge.
    pub(super) client_id: Option<ClientId>,
    at: i64,
    /// When it came so far. A base server tells it in frames alone.
    delivered: Option<i64>,
    read: Option<i64>,
}

impl Stored {
    fn status(&self) -> &'static str {
        match (self.read, self.delivered) {
            (Some(_), _) => "read",
            (None, Some(_)) => "delivered",
            (None, None) => "sent",
        }
    }
}

/// A connection of the person.
#[derive(Clone, Debug, Default)]
pub(super) struct Line {
    /// Frames under way from and to the client.
    pub(super) incoming: VecDeque<ClientFrame>,
    pub(super) outgoing: VecDeque<Value>,
    /// Both sides believe in it, and nothing goes through.
    pub(super) stalled: bool,
    /// Those that were refused for coming too soon and have not come again: to whom, and their names.
    refused: Vec<(String, ClientId)>,
}

#[derive(Clone, Debug)]
pub(super) struct Server {
    pub(super) kind: Kind,
    pub(super) log: Vec<Stored>,
    /// Its clock, which is never that of the client.
    pub(super) clock: i64,
    /// The person's connection, if it has one.
    pub(super) line: Option<Line>,
    online: BTreeSet<String>,
    /// So many more messages are taken before that time; now and then one more.
    limit: Option<(usize, i64)>,
    /// What has happened to the person, as it was told; the first that is still known, and whose count it is.
    events: Vec<Value>,
    oldest: usize,
    store: usize,
}

impl Server {
    pub(super) fn new(kind: Kind) -> Self {
        Self {
            kind,
            log: Vec::new(),
            clock: 1_000_000_000_000,
            line: None,
            online: BTreeSet::from(["ada".to_owned()]),
            limit: None,
            events: Vec::new(),
            oldest: 0,
            store: 1,
        }
    }

    pub(super) fn counts(&self) -> bool {
        self.kind != Kind::Base { counts: false }
    }

    fn is_extended(&self) -> bool {
        self.kind == Kind::Extended
    }

    /// Time passes. No two messages are stored at the same time.
    fn now(&mut self) -> i64 {
        self.clock += 1;
        self.clock
    }

    /// Tells what does not last.
    fn tell(&mut self, kind: &str, data: &Value) {
        if let Some(line) = &mut self.line {
            line.outgoing.push_back(json!({ "type": kind, "data": data }));
        }
    }

    /// Tells what lasts.
    fn event(&mut self, kind: &str, data: &Value) {
        if !self.is_extended() {
            return self.tell(kind, data);
        }
        let frame = json!({ "type": kind, "data": data, "seq": self.events.len() + 1 });
        self.events.push(frame.clone());
        if let Some(line) = &mut self.line {
            line.outgoing.push_back(frame);
        }
    }

    pub(super) fn accept(&mut self) {
        self.line = Some(Line::default());
        let mut data = json!({ "userId": "me", "username": "me" });
        if self.is_extended() {
            data["features"] = json!(["idempotent_send", "sync"]);
            data["sync"] = json!({ "store": self.store.to_string(), "seq": self.events.len() });
        }
        self.tell("connection_established", &data);
        self.tell_online();
    }

    /// The connection ends: what was under way from the client is taken, or lost.
    pub(super) fn hang_up(&mut self, taken: bool) {
        let stalled = self.line.as_ref().is_some_and(|line| line.stalled);
        while taken && !stalled && self.take() {}
        self.line = None;
    }

    /// It begins to count anew, as one does whose store was lost and read in again.
    pub(super) fn forget_the_count(&mut self) {
        self.store += 1;
        self.events.clear();
        self.oldest = 0;
    }

    /// What is old is known no more.
    pub(super) fn forget_old_events(&mut self) {
        self.oldest = self.events.len();
    }

    fn tell_online(&mut self) {
        let users: Vec<Value> = self
            .online
            .iter()
            .map(|id| json!({ "_id": id, "username": id }))
            .chain([json!({ "_id": "me", "username": "me" })])
            .collect();
        let now = self.now();
        self.tell("online_users", &json!({ "users": users, "timestamp": now }));
    }

    /// Takes the next frame of the client. Returns whether there was one.
    pub(super) fn take(&mut self) -> bool {
        let frame = self.line.as_mut().and_then(|line| line.incoming.pop_front());
        let taken = frame.is_some();
        match frame {
            Some(ClientFrame::ChatMessage { receiver_id, content, client_message_id, .. }) => {
                self.send(receiver_id.as_str(), &content, client_message_id);
            }
            Some(ClientFrame::MarkRead { sender_id }) => self.mark_read(sender_id.as_str()),
            Some(ClientFrame::GetOnlineUsers {}) => self.tell_online(),
            Some(ClientFrame::TypingStart { .. } | ClientFrame::TypingStop { .. }) | None => {}
        }
        taken
    }

    /// It takes only so many more messages for some seconds.
    pub(super) fn limits(&mut self, left: usize) {
        self.limit = Some((left, self.clock + 3_000));
    }

    /// How long it is until this message may come, where it has come too soon. What comes behind one that has waits for
    /// that to come again, as with our server (`code::RATE_LIMITED`).
    fn comes_too_soon(&mut self, to: &str, id: &ClientId, by_socket: bool) -> Option<i64> {
        let clock = self.clock;
        let mut no_line = Vec::new();
        let line = self.line.as_mut().filter(|_| by_socket);
        let refused = line.map_or(&mut no_line, |line| &mut line.refused);
        self.limit.take_if(|(_, until)| clock >= *until);
        let first = refused.iter().find(|(other, _)| other == to);
        let wait = match &mut self.limit {
            _ if first.is_some_and(|(_, first)| first != id) => Some(1_000),
            // There is room again all of a sudden, maybe for one that would overtake others.
            Some(_) if clock % 4 == 0 => None,
            Some((0, until)) => Some((*until - clock).max(1_000)),
            Some((left, _)) => {
                *left -= 1;
                None
            }
            None => None,
        };
        if wait.is_none() {
            refused.retain(|(_, other)| other != id);
        } else if !refused.iter().any(|(_, other)| other == id) {
            refused.push((to.to_owned(), id.clone()));
        }
        wait
    }

    fn send(&mut self, to: &str, content: &str, id: Option<ClientId>) {
        if self.is_extended()
            && let Some(id) = &id
            && let Some(wait) = self.comes_too_soon(to, id, true)
        {
            return self.tell(
                "error",
                &json!({ "message": "Too much at once", "code": "rate_limited",
                    "clientMessageId": id.as_str(), "retryAfter": wait }),
            );
        }
        let named = id.as_ref().filter(|_| self.is_extended());
        if content == REFUSED {
            let mut error = json!({ "message": "Content refused" });
            if let Some(id) = named {
                error["clientMessageId"] = id.as_str().into();
                error["code"] = "invalid".into();
            }
            return self.tell("error", &error);
        }
        if let Some(stored) = self.known(named) {
            let data = self.sent(&stored);
            return self.tell("message_sent", &data);
        }
        let stored = self.store("me", to, content, id);
        self.tell_sent(&stored);
    }

    fn tell_sent(&mut self, stored: &Stored) {
        let just_sent = Stored { delivered: None, ..stored.clone() };
        let data = self.sent(&just_sent);
        self.event("message_sent", &data);
        if let Some(at) = stored.delivered {
            let data = json!({ "messageId": stored.id.to_string(), "deliveredAt": at });
            self.event("message_delivered", &data);
        }
    }

    fn sent(&self, stored: &Stored) -> Value {
        let mut data = json!({ "messageId": stored.id.to_string(), "receiverId": stored.to,
            "content": stored.content, "createdAt": stored.at, "status": stored.status() });
        self.name(&mut data, stored);
        self.dates(&mut data, stored);
        data
    }

    /// When it came so far.
    fn dates(&self, data: &mut Value, stored: &Stored) {
        for (name, at) in [("deliveredAt", stored.delivered), ("readAt", stored.read)] {
            if let Some(at) = at.filter(|_| self.is_extended()) {
                data[name] = at.into();
            }
        }
    }

    /// The client's name, where the server knows of such names.
    fn name(&self, data: &mut Value, stored: &Stored) {
        if let Some(id) = stored.client_id.as_ref().filter(|_| self.is_extended()) {
            data["clientMessageId"] = id.as_str().into();
        }
    }

    fn known(&self, id: Option<&ClientId>) -> Option<Stored> {
        let id = id?;
        self.log.iter().find(|stored| stored.client_id.as_ref() == Some(id)).cloned()
    }

    fn store(
        &mut self,
        from: &str,
        to: &str,
        content: &str,
        client_id: Option<ClientId>,
    ) -> Stored {
        let stored = Stored {
            id: self.log.len(),
            from: from.to_owned(),
            to: to.to_owned(),
            content: content.to_owned(),
            client_id,
            at: self.now(),
            delivered: self.online.contains(to).then_some(self.clock),
            read: None,
        };
        self.log.push(stored.clone());
        stored
    }

    fn read(&mut self, from: &str, to: &str) -> usize {
        let now = self.clock;
        let unread =
            self.log.iter_mut().filter(|m| m.from == from && m.to == to && m.read.is_none());
        unread.map(|message| message.read = Some(now)).count()
    }

    fn mark_read(&mut self, sender: &str) {
        let marked = self.read(sender, "me");
        let mut data = json!({ "senderId": sender, "markedCount": marked });
        if self.is_extended() {
            data["readAt"] = self.clock.into();
        }
        self.event("mark_read_success", &data);
    }

    pub(super) fn peer_writes(&mut self, who: usize) {
        let content = format!("{} says {}", PEERS[who], self.log.len());
        let stored = self.store(PEERS[who], "me", &content, None);
        self.event(
            "new_message",
            &json!({ "messageId": stored.id.to_string(), "senderId": stored.from,
                "senderUsername": stored.from, "content": content, "createdAt": stored.at }),
        );
    }

    pub(super) fn peer_reads(&mut self, who: usize) {
        let now = self.now();
        self.read("me", PEERS[who]);
        self.event("messages_read", &json!({ "readBy": PEERS[who], "readAt": now }));
    }

    pub(super) fn peer_comes(&mut self, who: usize, online: bool) {
        let changed = if online {
            self.online.insert(PEERS[who].to_owned())
        } else {
            self.online.remove(PEERS[who])
        };
        if changed {
            let now = self.now();
            let kind = if online { "user_online" } else { "user_offline" };
            let data = json!({ "userId": PEERS[who], "username": PEERS[who], "timestamp": now });
            self.tell(kind, &data);
            self.tell_online();
        }
    }

    /// The person reads or writes at another device. A base server has one connection a person and tells nobody.
    pub(super) fn elsewhere(&mut self, with: usize, reads: bool) {
        if !self.is_extended() {
            if self.line.is_none() && !reads {
                let content = format!("from elsewhere {}", self.log.len());
                self.store("me", PEERS[with], &content, None);
            }
        } else if reads {
            self.mark_read(PEERS[with]);
        } else {
            let content = format!("from elsewhere {}", self.log.len());
            let stored = self.store("me", PEERS[with], &content, None);
            self.tell_sent(&stored);
        }
    }

    /// Works on a call.
    pub(super) fn compute(&mut self, call: &Call) -> Outcome {
        let data = match call {
            Call::Me => json!({ "user": { "_id": "me", "username": "me" } }),
            Call::Users { .. } | Call::SearchUsers { .. } => json!({ "users": self.users(&PEERS) }),
            Call::OnlineUsers => {
                let online: Vec<&str> = self.online.iter().map(String::as_str).collect();
                json!({ "users": self.users(&online) })
            }
            Call::Conversations => self.conversations(),
            Call::History { with, page, .. } => {
                // A server may be slower with a frame than with a later call, and store what it is asked about
                // only after it has answered. No client can tell that from a frame that is lost, without
                // identities of its own (the extension `idempotent_send`).
                let stalled = self.line.as_ref().is_some_and(|line| line.stalled);
                while !self.is_extended() && !stalled && self.take() {}
                self.history(with.as_str(), usize::try_from(*page).unwrap())
            }
            Call::SendMessage { content, .. } if content == REFUSED => {
                let body = json!({ "success": false, "message": "Content refused" }).to_string();
                return Outcome::Answered { status: 400, body, wait: 0 };
            }
            Call::SendMessage { receiver_id, content, client_message_id } => {
                if self.is_extended()
                    && let Some(id) = client_message_id
                    && let Some(wait) = self.comes_too_soon(receiver_id.as_str(), id, false)
                {
                    let body = json!({ "success": false, "message": "Too much at once",
                        "retryAfter": wait });
                    return Outcome::Answered { status: 429, body: body.to_string(), wait: 0 };
                }
                let named = client_message_id.as_ref().filter(|_| self.is_extended());
                let stored = self.known(named).unwrap_or_else(|| {
                    let id = client_message_id.clone();
                    let stored = self.store("me", receiver_id.as_str(), content, id);
                    if self.is_extended() {
                        self.tell_sent(&stored);
                    }
                    stored
                });
                json!({ "message": self.rest(&stored) })
            }
            Call::MarkRead { with } => {
                if self.is_extended() {
                    self.mark_read(with.as_str());
                } else {
                    self.read(with.as_str(), "me");
                }
                json!({})
            }
            Call::UnreadCount => {
                let unread = self.log.iter().filter(|m| m.to == "me" && m.read.is_none()).count();
                json!({ "unreadCount": unread })
            }
            Call::Sync { since, .. } => {
                self.missed(since.store.as_str(), usize::try_from(since.seq.0).unwrap())
            }
            Call::Register { .. } | Call::Login { .. } => panic!("nobody signs in here"),
            Call::Sessions
            | Call::EndSession { .. }
            | Call::EndOtherSessions
            | Call::ChangePassword { .. }
            | Call::ChangeProfile { .. } => panic!("nobody changes their account here"),
        };
        let body = json!({ "success": true, "data": data }).to_string();
        Outcome::Answered { status: 200, body, wait: 0 }
    }

    fn missed(&self, store: &str, since: usize) -> Value {
        let newest = self.events.len();
        if store != self.store.to_string() || since > newest || since < self.oldest {
            return json!({ "reset": true, "next": newest, "store": self.store.to_string() });
        }
        let next = (since + PAGE).min(newest);
        json!({ "events": self.events[since..next], "next": next, "hasMore": next < newest })
    }

    fn users(&self, ids: &[&str]) -> Vec<Value> {
        let user =
            |id: &&str| json!({ "_id": id, "username": id, "isOnline": self.online.contains(*id) });
        ids.iter().map(user).collect()
    }

    fn with<'a>(&'a self, peer: &'a str) -> impl DoubleEndedIterator<Item = &'a Stored> {
        self.log.iter().filter(move |message| message.from == peer || message.to == peer)
    }

    fn conversations(&self) -> Value {
        let rows = PEERS.iter().filter_map(|peer| {
            let last = self.with(peer).next_back()?;
            let mut row =
                json!({ "user": { "_id": peer, "username": peer }, "lastMessage": self.rest(last) });
            if self.counts() {
                let unread = self.with(peer).filter(|m| m.to == "me" && m.read.is_none()).count();
                row["unreadCount"] = unread.into();
            }
            Some(row)
        });
        json!({ "conversations": rows.collect::<Vec<_>>() })
    }

    fn history(&self, peer: &str, page: usize) -> Value {
        let newest_first: Vec<Value> = self.with(peer).rev().map(|m| self.rest(m)).collect();
        let total = newest_first.len();
        let from = (page.max(1) - 1).saturating_mul(PAGE).min(total);
        let mut rows = newest_first[from..(from + PAGE).min(total)].to_vec();
        // Pages may come in either order (protocol §1).
        if total.is_multiple_of(2) {
            rows.reverse();
        }
        let pages = total.div_ceil(PAGE);
        json!({ "messages": rows, "pagination": { "page": page, "limit": PAGE, "total": total, "pages": pages } })
    }

    fn rest(&self, message: &Stored) -> Value {
        let mut data = json!({ "_id": message.id.to_string(), "sender": { "_id": message.from },
            "receiver": { "_id": message.to }, "content": message.content, "status": message.status(),
            "isRead": message.read.is_some(), "createdAt": message.at });
        self.name(&mut data, message);
        self.dates(&mut data, message);
        data
    }

    /// What one has sent to this peer from here.
    pub(super) fn sent_to<'a>(&'a self, peer: &'a str) -> impl Iterator<Item = &'a Stored> {
        self.log.iter().filter(move |m| m.to == peer && m.client_id.is_some())
    }

    /// All texts exchanged with this peer.
    /// When some message was stored; the beginning where there is none.
    pub(super) fn time_of(&self, which: usize) -> i64 {
        self.log.get(which % self.log.len().max(1)).map_or(0, |message| message.at)
    }

    pub(super) fn texts<'a>(&'a self, peer: &'a str) -> Vec<&'a str> {
        self.with(peer).map(|message| message.content.as_str()).collect()
    }
}
