//! The chat of one signed-in person: what the commands, the clock and the connection do to it.
//!
//! What frames and answers do is in `chat/frames.rs` and `chat/answers.rs`; what is asked for and marked as read, in
//! `chat/reading.rs`; what of it is drawn, in `chat/picture.rs`.

mod answers;
mod frames;
mod picture;
mod reading;

use std::collections::{HashMap, HashSet};

use chinwag_protocol::call::MESSAGES_LIMIT;
use chinwag_protocol::{
    Call, ClientFrame, Message, MessageId, Status, Timestamp, Token, User, UserId,
};

use crate::calls::{CallId, Purpose};
use crate::effect::Effect;
use crate::input::Command;
use crate::outbox::Outbox;
use crate::roster::{Collation, Last, Roster};
use crate::search::Search;
use crate::session::World;
use crate::time::{Millis, earliest};
use crate::timeline::Timeline;
use crate::typist::Typist;
use crate::view::RowKey;
use picture::Picture;

/// Receipts kept for messages whose own answer has not come yet. A server would have to be very disorderly to need more.
const EARLY_RECEIPTS: usize = 256;

/// The chat of one person.
#[derive(Debug)]
pub(crate) struct Chat {
    me: User,
    token: Token,
    roster: Roster,
    timelines: HashMap<UserId, Timeline>,
    outbox: Outbox,
    typist: Typist,
    search: Search,
    /// What one was writing, and to whom.
    drafts: Vec<(UserId, String)>,
    open: Option<Opened>,
    /// How many messages the server says are not read, where it does not count them per conversation.
    unread_in_all: Option<u64>,
    /// Something has come or was read since it began to count.
    count_again: bool,
    /// The call that the known conversations are the answer to, and the last one that has failed.
    conversations_of: CallId,
    conversations_failed: CallId,
    /// Whose messages were seen though the server has not heard of it.
    unmarked: HashSet<UserId>,
    /// The latest time that the server has told.
    server_time: Option<Timestamp>,
    /// Whether the server has greeted on the connection in use.
    live: bool,
    early: Vec<(MessageId, Status)>,
    read_again: Option<Millis>,
    picture: Picture,
}

/// The open conversation.
#[derive(Debug)]
struct Opened {
    with: UserId,
    /// The text that was there when it was opened.
    draft: String,
    /// Whether the newest message is in view.
    at_bottom: bool,
}

impl Chat {
    pub(crate) fn new(me: User, token: Token, collate: Collation) -> Self {
        Self {
            me,
            token,
            roster: Roster::new(collate),
            timelines: HashMap::new(),
            outbox: Outbox::default(),
            typist: Typist::default(),
            search: Search::default(),
            drafts: Vec::new(),
            open: None,
            unread_in_all: None,
            count_again: false,
            conversations_of: CallId(0),
            conversations_failed: CallId(0),
            unmarked: HashSet::new(),
            server_time: None,
            live: false,
            early: Vec::new(),
            read_again: None,
            picture: Picture::default(),
        }
    }

    pub(crate) fn me(&self) -> &User {
        &self.me
    }

    /// The person has come in: the lists are asked for while the socket is being opened.
    pub(crate) fn enter(&mut self, world: &mut World) {
        self.more_people(world);
        self.call(world, Call::Conversations, Purpose::Conversations);
    }

    /// Opens this conversation, or none, as the page's address says.
    pub(crate) fn go(&mut self, world: &mut World, to: Option<UserId>) {
        let to = to.filter(|to| *to != self.me.id);
        if self.open.as_ref().map(|open| &open.with) == to.as_ref() {
            return;
        }
        self.stop_typing(world);
        self.open = to.map(|with| Opened {
            draft: self
                .drafts
                .iter()
                .find(|(to, _)| *to == with)
                .map(|(_, text)| text.clone())
                .unwrap_or_default(),
            with,
            at_bottom: false,
        });
        self.picture.conversation_changed();
        if let Some(with) = self.open_with() {
            self.roster.get_mut(&with);
            self.picture.person_changed(&with);
            self.read_newest(world, &with);
        }
    }

    pub(crate) fn command(&mut self, world: &mut World, command: Command) {
        match command {
            Command::Open(with) => self.show(world, Some(with)),
            Command::Close => self.show(world, None),
            Command::Edit { to, text } => self.edit(world, &to, text),
            Command::Send { to, text } => self.send(world, to, &text),
            Command::Retry(row) => self.retry(world, row),
            Command::Discard(row) => {
                self.outbox.discard(row);
                self.picture.order_changed();
            }
            Command::AtBottom(at_bottom) => {
                if let Some(open) = &mut self.open {
                    open.at_bottom = at_bottom;
                }
            }
            Command::LoadOlder => self.read_older(world),
            Command::Reload => {
                if let Some(with) = self.open_with() {
                    self.read_newest(world, &with);
                }
            }
            Command::MorePeople => self.more_people(world),
            Command::Search(text) => self.search.edit(world.now, &text),
            Command::SignIn { .. }
            | Command::Register { .. }
            | Command::SignOut
            | Command::TryAgain
            | Command::ReconnectNow
            | Command::DismissNotice => {}
        }
    }

    /// Time has passed.
    pub(crate) fn tick(&mut self, world: &mut World) {
        let now = world.now;
        for id in self.roster.tick(now) {
            self.picture.person_changed(&id);
        }
        if let Some(frame) = self.typist.tick(now) {
            world.tell(frame);
        }
        for with in self.outbox.tick(now) {
            self.timeline(&with).doubt();
            self.read_newest(world, &with);
        }
        if let Some(query) = self.search.tick(now) {
            let call = Call::SearchUsers { query: query.clone() };
            self.call(world, call, Purpose::Search { query });
        }
        self.read_again(world);
    }

    pub(crate) fn deadline(&self) -> Option<Millis> {
        earliest([
            self.roster.deadline(),
            self.typist.deadline(),
            self.outbox.deadline(),
            self.search.deadline(),
            self.read_again,
        ])
    }

    /// The server has greeted: whatever was known may be out of date.
    fn connected(&mut self, world: &mut World) {
        self.live = true;
        self.timelines.values_mut().for_each(Timeline::doubt);
        self.refresh(world);
    }

    /// The connection is gone, or a try to have one has failed.
    pub(crate) fn connection_lost(&mut self, world: &mut World) {
        let hopeless = world.link.is_hopeless();
        // A try that failed makes nothing doubtful that was not: what is being read goes on being read.
        if std::mem::take(&mut self.live) || hopeless {
            let reading = self.open_with().filter(|with| self.timeline(with).is_reading());
            self.timelines.values_mut().for_each(Timeline::doubt);
            if let Some(with) = reading {
                self.read_newest(world, &with);
            }
        }
        self.outbox.connection_lost();
        self.typist.forget();
        for id in self.roster.connection_lost() {
            self.picture.person_changed(&id);
        }
        self.picture.order_changed();
        if hopeless {
            // Where sockets do not get through, calls may: the chat goes on, at the pace of the tries.
            self.call(world, Call::OnlineUsers, Purpose::Online);
            self.refresh(world);
        }
    }

    /// After every input: what can go out goes out, what has been seen is marked.
    pub(crate) fn settle(&mut self, world: &mut World) {
        self.flush(world);
        self.mark_read(world);
    }

    /// Sends what is ready. Only where the history is known can a lost answer be told from a lost message;
    /// where it cannot be read, sending what never left is safe all the same.
    fn flush(&mut self, world: &mut World) {
        let up = world.link.up();
        if up.is_none() && !world.link.is_hopeless() {
            return;
        }
        for entry in self.outbox.ready() {
            let timeline = self.timeline(&entry.to);
            if !timeline.is_fresh() && !timeline.has_failed() {
                self.read_newest(world, &entry.to);
                continue;
            }
            let fresh = timeline.is_fresh();
            let newest = timeline.newest().map(|row| row.stamp.at);
            // What is in a history that could not be read is older than what the server's clock has shown.
            let floor = if fresh { newest } else { newest.max(self.server_time) };
            if let Some(epoch) = up {
                self.outbox.sent(entry.key, world.now, floor);
                let frame = ClientFrame::text(entry.to, entry.content);
                world.effects.push_back(Effect::SendFrame { epoch, frame });
            } else {
                self.outbox.posted(entry.key, floor);
                let call = Call::SendMessage {
                    receiver_id: entry.to,
                    content: entry.content,
                    client_message_id: None,
                };
                self.call(world, call, Purpose::Post { row: entry.key });
            }
            self.picture.order_changed();
        }
    }

    fn show(&mut self, world: &mut World, with: Option<UserId>) {
        let before = self.open_with();
        self.go(world, with);
        let after = self.open_with();
        if before != after {
            world.effects.push_back(Effect::ShowRoute(after));
        }
    }

    fn edit(&mut self, world: &mut World, to: &UserId, text: String) {
        if text.trim().is_empty() {
            self.stop_typing(world);
        } else if world.link.up().is_some() {
            for frame in self.typist.key(world.now, to) {
                world.tell(frame);
            }
        }
        self.drafts.retain(|(other, _)| other != to);
        self.drafts.push((to.clone(), text));
    }

    fn send(&mut self, world: &mut World, to: UserId, text: &str) {
        let content = text.trim();
        if content.is_empty() || to == self.me.id {
            return;
        }
        self.stop_typing(world);
        self.drafts.retain(|(other, _)| *other != to);
        let key = world.row_key();
        self.picture.person_changed(&to);
        self.picture.order_changed();
        self.outbox.add(key, to, content.to_owned(), world.now.as_timestamp());
    }

    fn retry(&mut self, world: &mut World, row: RowKey) {
        if let Some(to) = self.outbox.retry(row) {
            self.timeline(&to).doubt();
            self.read_newest(world, &to);
            self.picture.order_changed();
        }
    }

    /// A stored message has become known, just now or from a page of the newest ones.
    fn admit(&mut self, world: &mut World, with: &UserId, mut message: Message) -> (RowKey, bool) {
        self.learn_receipt(&mut message);
        let now = world.now.as_timestamp();
        let me = self.me.id.clone();
        let timeline = self.timelines.entry(with.clone()).or_insert_with(new_timeline);
        let new = !timeline.knows(&message.id);
        let acknowledged = (new && message.sender.id == me && !timeline.knew(&message.id))
            .then(|| self.outbox.acknowledge(with, &message.content, message.created_at))
            .flatten();
        let key = timeline.put(&message, &me, now, || {
            acknowledged.map_or_else(|| world.row_key(), |entry| entry.key)
        });
        self.preview(with);
        self.picture.row_changed(key);
        self.picture.order_changed();
        (key, new)
    }

    /// A receipt may have been faster than its message.
    fn learn_receipt(&mut self, message: &mut Message) {
        if let Some(place) = self.early.iter().position(|(id, _)| *id == message.id) {
            let (_, status) = self.early.swap_remove(place);
            message.status = message.status.max(status);
        }
    }

    /// The newest message with somebody is their preview.
    fn preview(&mut self, with: &UserId) {
        let Some(newest) = self.timelines.get(with).and_then(Timeline::newest) else { return };
        let last =
            Last { at: Some(newest.stamp.at), mine: newest.mine, content: newest.content.clone() };
        self.roster.get_mut(with).last_is(last);
        self.picture.person_changed(with);
    }

    fn stop_typing(&mut self, world: &mut World) {
        if let Some(frame) = self.typist.stop() {
            world.tell(frame);
        }
    }

    fn call(&self, world: &mut World, call: Call, purpose: Purpose) {
        world.calls.make(&mut world.effects, call, Some(&self.token), purpose);
    }

    fn timeline(&mut self, with: &UserId) -> &mut Timeline {
        self.timelines.entry(with.clone()).or_insert_with(new_timeline)
    }

    fn open_with(&self) -> Option<UserId> {
        self.open.as_ref().map(|open| open.with.clone())
    }
}

fn new_timeline() -> Timeline {
    Timeline::new(MESSAGES_LIMIT)
}
