//! A server that speaks the base protocol and nothing else: no idempotency, no correlation, no replay.

use std::collections::{BTreeSet, VecDeque};

use chinwag_protocol::{Call, ClientFrame};
use chinwag_session::Outcome;
use serde_json::{Value, json};

use super::{PEERS, REFUSED};

/// Messages a page: few, so that the tests turn pages.
const PAGE: usize = 5;

#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub(super) id: usize,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) content: String,
    at: i64,
    delivered: bool,
    read: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Server {
    pub(super) log: Vec<Stored>,
    /// Its clock, which is never that of the client.
    pub(super) clock: i64,
    /// Whether it has a connection of the person.
    pub(super) connected: bool,
    /// Frames under way from and to the client.
    pub(super) incoming: VecDeque<ClientFrame>,
    pub(super) outgoing: VecDeque<Value>,
    online: BTreeSet<String>,
    /// Whether it counts unread messages per conversation.
    pub(super) counts: bool,
}

impl Server {
    pub(super) fn new(counts: bool) -> Self {
        Self {
            log: Vec::new(),
            clock: 1_000_000_000_000,
            connected: false,
            incoming: VecDeque::new(),
            outgoing: VecDeque::new(),
            online: BTreeSet::from(["ada".to_owned()]),
            counts,
        }
    }

    /// Time passes. No two messages are stored at the same time.
    pub(super) fn now(&mut self) -> i64 {
        self.clock += 1;
        self.clock
    }

    fn tell(&mut self, kind: &str, data: &Value) {
        if self.connected {
            self.outgoing.push_back(json!({ "type": kind, "data": data }));
        }
    }

    pub(super) fn accept(&mut self) {
        self.connected = true;
        self.incoming.clear();
        self.outgoing.clear();
        self.tell("connection_established", &json!({ "userId": "me", "username": "me" }));
        self.tell_online();
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

    /// Takes the next frame of the client.
    pub(super) fn take(&mut self) {
        match self.incoming.pop_front() {
            Some(ClientFrame::ChatMessage { receiver_id, content, .. }) => {
                if content == REFUSED {
                    self.tell("error", &json!({ "message": "Content refused" }));
                    return;
                }
                let stored = self.store("me", receiver_id.as_str(), &content);
                let id = stored.id.to_string();
                self.tell(
                    "message_sent",
                    &json!({ "messageId": id, "receiverId": stored.to, "content": content,
                        "createdAt": stored.at, "status": "sent" }),
                );
                if stored.delivered {
                    self.tell("message_delivered", &json!({ "messageId": id }));
                }
            }
            Some(ClientFrame::MarkRead { sender_id }) => {
                let marked = self.read(sender_id.as_str(), "me");
                self.tell(
                    "mark_read_success",
                    &json!({ "senderId": sender_id, "markedCount": marked }),
                );
            }
            Some(ClientFrame::GetOnlineUsers {}) => self.tell_online(),
            Some(ClientFrame::TypingStart { .. } | ClientFrame::TypingStop { .. }) | None => {}
        }
    }

    fn store(&mut self, from: &str, to: &str, content: &str) -> Stored {
        let stored = Stored {
            id: self.log.len(),
            from: from.to_owned(),
            to: to.to_owned(),
            content: content.to_owned(),
            at: self.now(),
            delivered: self.online.contains(to),
            read: false,
        };
        self.log.push(stored.clone());
        stored
    }

    fn read(&mut self, from: &str, to: &str) -> usize {
        let unread = self.log.iter_mut().filter(|m| m.from == from && m.to == to && !m.read);
        unread.map(|message| message.read = true).count()
    }

    pub(super) fn peer_writes(&mut self, who: usize) {
        let content = format!("{} says {}", PEERS[who], self.log.len());
        let stored = self.store(PEERS[who], "me", &content);
        self.tell(
            "new_message",
            &json!({ "messageId": stored.id.to_string(), "senderId": stored.from,
                "senderUsername": stored.from, "content": content, "createdAt": stored.at }),
        );
    }

    pub(super) fn peer_reads(&mut self, who: usize) {
        self.read("me", PEERS[who]);
        let now = self.now();
        self.tell("messages_read", &json!({ "readBy": PEERS[who], "readAt": now }));
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
            self.tell(
                kind,
                &json!({ "userId": PEERS[who], "username": PEERS[who], "timestamp": now }),
            );
            self.tell_online();
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
                while !self.incoming.is_empty() {
                    self.take();
                }
                self.history(with.as_str(), usize::try_from(*page).unwrap())
            }
            Call::SendMessage { content, .. } if content == REFUSED => {
                let body = json!({ "success": false, "message": "Content refused" }).to_string();
                return Outcome::Answered { status: 400, body };
            }
            Call::SendMessage { receiver_id, content, .. } => {
                let stored = self.store("me", receiver_id.as_str(), content);
                json!({ "message": rest(&stored) })
            }
            Call::MarkRead { with } => {
                self.read(with.as_str(), "me");
                json!({})
            }
            Call::UnreadCount => {
                let unread = self.log.iter().filter(|m| m.to == "me" && !m.read).count();
                json!({ "unreadCount": unread })
            }
            Call::Register { .. } | Call::Login { .. } => panic!("nobody signs in here"),
            Call::Sync { .. } => panic!("a base server counts nothing"),
        };
        let body = json!({ "success": true, "data": data }).to_string();
        Outcome::Answered { status: 200, body }
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
                json!({ "user": { "_id": peer, "username": peer }, "lastMessage": rest(last) });
            if self.counts {
                let unread = self.with(peer).filter(|m| m.to == "me" && !m.read).count();
                row["unreadCount"] = unread.into();
            }
            Some(row)
        });
        json!({ "conversations": rows.collect::<Vec<_>>() })
    }

    fn history(&self, peer: &str, page: usize) -> Value {
        let newest_first: Vec<Value> = self.with(peer).rev().map(rest).collect();
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

    /// The texts that one has sent to this peer.
    pub(super) fn sent_to(&self, peer: &str) -> Vec<&str> {
        self.log.iter().filter(|m| m.to == peer).map(|m| m.content.as_str()).collect()
    }

    /// All texts exchanged with this peer.
    pub(super) fn texts(&self, peer: &str) -> Vec<&str> {
        let with = self.log.iter().filter(|m| m.from == peer || m.to == peer);
        with.map(|m| m.content.as_str()).collect()
    }
}

fn rest(message: &Stored) -> Value {
    let status = match (message.read, message.delivered) {
        (true, _) => "read",
        (false, true) => "delivered",
        (false, false) => "sent",
    };
    json!({ "_id": message.id.to_string(), "sender": { "_id": message.from },
        "receiver": { "_id": message.to }, "content": message.content, "status": status,
        "isRead": message.read, "createdAt": message.at })
}
