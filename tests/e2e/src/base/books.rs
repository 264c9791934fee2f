//! What the base server knows, and what it says of it: people, messages and who is connected.

use std::collections::HashMap;
use std::time::Instant;

use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedSender;

use crate::chance::Chance;

/// The close code of a connection that another one has taken over.
const REPLACED: u16 = 4005;

/// Everything that is known.
#[derive(Debug)]
pub(super) struct Books {
    pub(super) began: Instant,
    pub(super) chance: Chance,
    pub(super) people: Vec<Holder>,
    pub(super) messages: Vec<Kept>,
    /// The one connection of each, by its number.
    pub(super) sockets: HashMap<usize, (usize, UnboundedSender<Out>)>,
    /// Who opened a socket.
    pub(super) opened: Vec<String>,
    /// How many of the next answers are lost.
    pub(super) lost: u32,
    /// The words with which every message is refused.
    pub(super) refusal: Option<String>,
}

#[derive(Debug)]
pub(super) struct Holder {
    pub(super) name: String,
    pub(super) email: String,
    pub(super) password: String,
}

#[derive(Debug)]
pub(super) struct Kept {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) content: String,
    pub(super) at: String,
    pub(super) read: bool,
}

/// What goes out by a socket.
#[derive(Debug)]
pub(super) enum Out {
    Frame(Value),
    Close(u16),
    /// The connection breaks.
    Break,
}

impl Books {
    /// The present, by a clock that is wrong: it shows another day.
    pub(super) fn now(&self) -> String {
        let at = self.began.elapsed().as_millis();
        let (seconds, minutes) = (at / 1_000, at / 60_000);
        format!("2026-01-01T12:{:02}:{:02}.{:03}Z", minutes % 60, seconds % 60, at % 1_000)
    }

    pub(super) fn who(&self, id_of: &str) -> Option<usize> {
        (0..self.people.len()).find(|person| id(*person) == id_of)
    }

    pub(super) fn person(&self, person: usize) -> Value {
        let Holder { name, email, .. } = &self.people[person];
        let online = self.sockets.contains_key(&person);
        json!({ "_id": id(person), "username": name, "email": email, "isOnline": online })
    }

    pub(super) fn online(&self) -> Value {
        let user =
            |person: &usize| json!({ "_id": id(*person), "username": self.people[*person].name });
        let users: Vec<_> = self.sockets.keys().map(user).collect();
        json!({ "totalOnline": users.len(), "users": users })
    }

    pub(super) fn message(&self, number: usize) -> Value {
        let Kept { from, to, content, at, read } = &self.messages[number];
        let end = |end: &usize| json!({ "_id": id(*end), "username": self.people[*end].name });
        json!({
            "_id": message_id(number), "sender": end(from), "receiver": end(to), "content": content,
            "messageType": "text", "isRead": read, "createdAt": at,
        })
    }

    pub(super) fn sends(&mut self, to: usize, out: Out) {
        if let Some((_, socket)) = self.sockets.get(&to) {
            let _ = socket.send(out);
        }
    }

    pub(super) fn tells(&mut self, to: usize, kind: &str, data: Value) {
        self.sends(to, Out::Frame(frame(kind, data)));
    }

    pub(super) fn tells_all(&mut self, kind: &str, data: &Value) {
        for (_, socket) in self.sockets.values() {
            let _ = socket.send(Out::Frame(frame(kind, data.clone())));
        }
    }

    /// A connection begins, and ends the one before.
    pub(super) fn enters(&mut self, person: usize, socket: UnboundedSender<Out>) -> usize {
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

    pub(super) fn leaves(&mut self, person: usize, number: usize) {
        if self.sockets.get(&person).is_some_and(|(current, _)| *current == number) {
            self.sockets.remove(&person);
            self.tells_of(person, "user_offline");
        }
    }

    pub(super) fn tells_of(&mut self, person: usize, kind: &str) {
        let name = &self.people[person].name;
        let data = json!({ "userId": id(person), "username": name, "timestamp": self.now() });
        self.tells_all(kind, &data);
        let online = self.online();
        self.tells_all("online_users", &online);
    }

    /// Stores a message and tells its receiver. Returns its number.
    pub(super) fn stores(&mut self, from: usize, to: &str, content: &str) -> Result<usize, String> {
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

    pub(super) fn answers(&mut self, sender: usize, answer: Result<usize, String>) {
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
    pub(super) fn reads(&mut self, me: usize, sender: usize) -> usize {
        let unread = self.messages.iter_mut();
        let unread = unread.filter(|kept| kept.from == sender && kept.to == me && !kept.read);
        let count = unread.map(|kept| kept.read = true).count();
        let data = json!({
            "readBy": id(me), "readByUsername": self.people[me].name, "readAt": self.now(),
        });
        self.tells(sender, "messages_read", data);
        count
    }

    pub(super) fn between(&self, me: usize, other: usize) -> Vec<usize> {
        let is = |kept: &Kept| {
            (kept.from, kept.to) == (me, other) || (kept.from, kept.to) == (other, me)
        };
        (0..self.messages.len()).filter(|number| is(&self.messages[*number])).collect()
    }

    pub(super) fn unread(&self, me: usize, from: Option<usize>) -> usize {
        let unread =
            |kept: &&Kept| kept.to == me && !kept.read && from.is_none_or(|from| kept.from == from);
        self.messages.iter().filter(unread).count()
    }

    pub(super) fn conversations(&self, me: usize) -> Vec<Value> {
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

    pub(super) fn signed_in(&self, person: usize) -> Value {
        // As good as any other where nobody means harm.
        json!({ "token": format!("token-{person}"), "user": self.person(person) })
    }

    pub(super) fn holder(&self, token: &str) -> Option<usize> {
        let person = token.strip_prefix("token-")?.parse().ok()?;
        (person < self.people.len()).then_some(person)
    }

    /// Does what a call asks for.
    pub(super) fn called(
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

pub(super) fn id(person: usize) -> String {
    format!("{:024x}", 0xa000 + person)
}

pub(super) fn message_id(number: usize) -> String {
    format!("{:024x}", 0xb0_0000 + number)
}

pub(super) fn frame(kind: &str, data: Value) -> Value {
    Value::from_iter([("type", Value::from(kind)), ("data", data)])
}
