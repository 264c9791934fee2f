//! The chat of one signed-in person: what the commands, the clock and the connection do to it.
//!
//! What frames and answers do is in `chat/frames.rs` and `chat/answers.rs`; what of it is drawn, in `chat/picture.rs`.

mod answers;
mod frames;
mod picture;

use std::collections::HashMap;
use std::time::Duration;

use chinwag_protocol::call::{MESSAGES_LIMIT, USERS_LIMIT};
use chinwag_protocol::{Call, ClientFrame, Message, MessageId, Status, Token, User, UserId};

use crate::calls::Purpose;
use crate::effect::Effect;
use crate::input::Command;
use crate::outbox::Outbox;
use crate::roster::{Last, Roster};
use crate::search::Search;
use crate::session::World;
use crate::time::{Millis, earliest};
use crate::timeline::{Stamp, Timeline};
use crate::typist::Typist;
use crate::view::RowKey;
use picture::Picture;

/// How long to wait before a history is asked again on which a message depends.
const READ_AGAIN: Duration = Duration::from_secs(5);
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
    drafts: HashMap<UserId, String>,
    open: Option<Opened>,
    /// How many messages the server says are not read, where it does not count them per conversation.
    unread_in_all: Option<u64>,
    early: HashMap<MessageId, Status>,
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
    pub(crate) fn new(me: User, token: Token) -> Self {
        Self {
            me,
            token,
            roster: Roster::default(),
            timelines: HashMap::new(),
            outbox: Outbox::default(),
            typist: Typist::default(),
            search: Search::default(),
            drafts: HashMap::new(),
            open: None,
            unread_in_all: None,
            early: HashMap::new(),
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
            draft: self.drafts.get(&with).cloned().unwrap_or_default(),
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
            Command::Edit { to, text } => self.edit(world, to, text),
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
        if self.read_again.is_some_and(|at| now >= at) {
            self.read_again = None;
            for with in self.outbox.recipients() {
                self.read_newest(world, &with);
            }
        }
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
        self.timelines.values_mut().for_each(Timeline::doubt);
        self.refresh(world);
    }

    /// The connection is gone.
    pub(crate) fn connection_lost(&mut self, world: &mut World) {
        self.outbox.connection_lost();
        self.typist.forget();
        self.timelines.values_mut().for_each(Timeline::doubt);
        for id in self.roster.connection_lost() {
            self.picture.person_changed(&id);
        }
        self.picture.order_changed();
        if world.link.is_hopeless() {
            // Where sockets do not get through, calls may: the chat goes on, at the pace of the tries.
            self.call(world, Call::OnlineUsers, Purpose::Online);
            self.refresh(world);
        }
    }

    /// Asks for what may have been missed.
    fn refresh(&mut self, world: &mut World) {
        self.call(world, Call::Conversations, Purpose::Conversations);
        if self.roster.has_failed() {
            self.more_people(world);
        }
        for with in self.outbox.recipients().into_iter().chain(self.open_with()) {
            self.read_newest(world, &with);
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
            let floor = timeline.newest().map(|row| row.stamp.at);
            if let Some(epoch) = up {
                self.outbox.sent(entry.key, world.now, floor);
                let frame = ClientFrame::text(entry.to, entry.content);
                world.effects.push_back(Effect::SendFrame { epoch, frame });
            } else {
                self.outbox.posted(entry.key, floor);
                let call = Call::SendMessage { receiver_id: entry.to, content: entry.content };
                self.call(world, call, Purpose::Post { row: entry.key });
            }
            self.picture.order_changed();
        }
    }

    /// Marks as read what has really been seen: the page has the person's attention, the conversation is open,
    /// and its newest message is in view (behaviour 10).
    fn mark_read(&mut self, world: &mut World) {
        let Some(open) = self.open.as_ref().filter(|open| open.at_bottom && world.attention) else {
            return;
        };
        let with = open.with.clone();
        if self.roster.get(&with).is_none_or(|person| person.unread.count() == 0)
            || !self.timeline(&with).is_fresh()
        {
            return;
        }
        if world.link.up().is_some() {
            world.tell(ClientFrame::MarkRead { sender_id: with.clone() });
        } else if world.link.is_hopeless() {
            let call = Call::MarkRead { with: with.clone() };
            self.call(world, call, Purpose::MarkRead { with: with.clone() });
        } else {
            return;
        }
        self.have_read(&with);
    }

    fn have_read(&mut self, with: &UserId) {
        let newest = self.timeline(with).newest_of_theirs().map(|row| row.stamp.clone());
        self.roster.get_mut(with).unread.read(newest);
        self.picture.person_changed(with);
    }

    fn show(&mut self, world: &mut World, with: Option<UserId>) {
        let before = self.open_with();
        self.go(world, with);
        let after = self.open_with();
        if before != after {
            world.effects.push_back(Effect::ShowRoute(after));
        }
    }

    fn edit(&mut self, world: &mut World, to: UserId, text: String) {
        if text.trim().is_empty() {
            self.stop_typing(world);
        } else if world.link.up().is_some() {
            for frame in self.typist.key(world.now, &to) {
                world.tell(frame);
            }
        }
        self.drafts.insert(to, text);
    }

    fn send(&mut self, world: &mut World, to: UserId, text: &str) {
        let content = text.trim();
        if content.is_empty() || to == self.me.id {
            return;
        }
        self.stop_typing(world);
        self.drafts.remove(&to);
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
        if let Some(status) = self.early.remove(&message.id) {
            message.status = message.status.max(status);
        }
        let now = world.now.as_timestamp();
        let me = self.me.id.clone();
        let timeline = self.timelines.entry(with.clone()).or_insert_with(new_timeline);
        let new = !timeline.knows(&message.id);
        let acknowledged = (new && message.sender.id == me)
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

    /// The newest message with somebody is their preview.
    fn preview(&mut self, with: &UserId) {
        let Some(newest) = self.timelines.get(with).and_then(Timeline::newest) else { return };
        let last =
            Last { at: Some(newest.stamp.at), mine: newest.mine, content: newest.content.clone() };
        self.roster.get_mut(with).last_is(last);
        self.picture.person_changed(with);
    }

    /// A message of theirs that is not read yet.
    fn unread(&mut self, with: &UserId, stamp: Stamp) {
        self.roster.get_mut(with).unread.came(stamp);
        self.picture.person_changed(with);
    }

    /// Reads the newest messages, unless they are known or under way.
    fn read_newest(&mut self, world: &mut World, with: &UserId) {
        let timeline = self.timeline(with);
        if timeline.is_fresh() || timeline.is_reading() {
            return;
        }
        let round = timeline.begin();
        self.read_newest_page(world, with, 1, round);
        self.picture.order_changed();
    }

    fn read_newest_page(&self, world: &mut World, with: &UserId, page: u64, round: u32) {
        let call = Call::History { with: with.clone(), page, limit: MESSAGES_LIMIT };
        self.call(world, call, Purpose::Newest { with: with.clone(), page, round });
    }

    fn read_older(&mut self, world: &mut World) {
        let Some(with) = self.open_with() else { return };
        if let Some(page) = self.timeline(&with).begin_older() {
            self.read_older_page(world, with, page);
            self.picture.order_changed();
        }
    }

    fn read_older_page(&self, world: &mut World, with: UserId, page: u64) {
        let call = Call::History { with: with.clone(), page, limit: MESSAGES_LIMIT };
        self.call(world, call, Purpose::Older { with, page });
    }

    fn more_people(&mut self, world: &mut World) {
        if world.calls.any(|purpose| matches!(purpose, Purpose::People { .. })) {
            return;
        }
        if let Some(page) = self.roster.begin_page() {
            let call = Call::Users { page, limit: USERS_LIMIT };
            self.call(world, call, Purpose::People { page });
            self.picture.people_changed();
        }
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
