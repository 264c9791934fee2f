//! The chat of one signed-in person: what the commands, the clock and the connection do to it.
//!
//! What frames and answers do is in `chat/frames.rs` and `chat/answers.rs`; what is asked for and marked as read, in
//! `chat/reading.rs`, and what is far away, in `chat/seeking.rs`; what is kept, sent and told to the other tabs, in `chat/sending.rs`; what of it is drawn, in
//! `chat/picture.rs`; of what the person is notified, in `chat/notifying.rs`; how what is kept goes, in `chat/clearing.rs`.

mod answers;
mod caching;
mod clearing;
mod frames;
mod notifying;
mod picture;
mod reading;
mod seeking;
mod sending;
mod window;

use std::collections::{BTreeMap, HashMap, HashSet};

use chinwag_protocol::call::MESSAGES_LIMIT;
use chinwag_protocol::{
    Call, ClientId, Message, MessageId, Receipts, Status, Timestamp, Token, User, UserId,
};

use crate::account::{Account, Offers};
use crate::cache as kept;
use crate::calls::{CallId, Purpose};
use crate::drafts::Drafts;
use crate::effect::Effect;
use crate::feed::{Feed, Since};
use crate::input::Command;
use crate::link::Shared;
use crate::outbox::Outbox;
use crate::roster::{Collation, Last, Roster};
use crate::search::Search;
use crate::session::World;
use crate::sizes::Sizes;
use crate::tabs::{About, Greeting, Note};
use crate::time::{Millis, earliest};
use crate::timeline::{Stamp, Timeline};
use crate::typist::Typist;
use crate::view::RowKey;
use caching::Cache;
use notifying::Bell;
use picture::Picture;
use seeking::Seek;
use window::Window;

/// Receipts kept for messages whose own answer has not come yet. A server would have to be very disorderly to need more.
const EARLY_RECEIPTS: usize = 256;

/// The chat of one person.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, each learnt by itself")]
pub(crate) struct Chat {
    me: User,
    token: Token,
    sizes: Sizes,
    roster: Roster,
    /// In an order, so that the same things happen in the same order always.
    timelines: BTreeMap<UserId, Timeline>,
    outbox: Outbox,
    typist: Typist,
    search: Search,
    drafts: Drafts,
    feed: Feed,
    /// Whether the server knows messages by the client's ids: as it said last.
    idempotent: bool,
    /// What of the account it offers, and how that stands.
    offers: Offers,
    account: Account,
    /// Whether what is on disk of an earlier leading tab's is awaited: nothing leaves before.
    loading: Option<Millis>,
    /// Whether the disk answers. Where it does not, nothing is waited for.
    disk_works: bool,
    /// When to ask one again that does not.
    disk_again: Option<Millis>,
    /// Whether another place has had the connection, which may have had the same disk; and what was on it when it was
    /// asked thereupon.
    replaced: bool,
    expected: Vec<ClientId>,
    /// What is to be done to messages, while no tab that leads has shown that it has heard of it, or the disk is awaited that knows them.
    unheard: Vec<(ClientId, About)>,
    /// Whether the person was told that it has not.
    told_of_disk: bool,
    /// How the connection stood when the other tabs were told last.
    told_link: Option<(Shared, Option<Millis>)>,
    open: Option<Opened>,
    /// Where one was in the conversations that one has left.
    places: HashMap<UserId, (Stamp, i32)>,
    /// How many messages the server says are not read, where it does not count them per conversation.
    unread_in_all: Option<u64>,
    /// Something has come or was read since it began to count.
    count_again: bool,
    /// Something was read elsewhere: the counts are to be asked for.
    recount: bool,
    /// A read mark may be lost: the counts will tell.
    mark_lost: bool,
    /// The call that the known conversations are the answer to, and the last one that has failed.
    conversations_of: CallId,
    conversations_failed: CallId,
    /// Whose messages were seen though the server has not heard of it.
    unmarked: HashSet<UserId>,
    /// The latest time that the server has told.
    server_time: Option<Timestamp>,
    /// Whether the server has greeted on the connection in use.
    live: bool,
    early: Vec<(MessageId, Receipts)>,
    read_again: Option<Millis>,
    picture: Picture,
    cache: Cache,
    bell: Bell,
}

/// The open conversation.
#[derive(Debug)]
struct Opened {
    with: UserId,
    /// The text that was there when it was opened.
    draft: String,
    /// Whether the newest message is in view; else the first row that is, and so many pixels below the upper edge.
    at_bottom: bool,
    at: Option<(RowKey, i32)>,
    /// Where one was when it was opened.
    was: Option<(Stamp, i32)>,
    /// The newest message when one left the end.
    left: Option<Stamp>,
    /// The rows that are drawn.
    window: Window,
    /// What is looked for, to go there or to fill a gap.
    seek: Option<Seek>,
    /// The row that one has gone to, and how often.
    arrived: Option<(RowKey, u64)>,
    /// The newest message and how many up to it were not read, when there were any that one had not seen.
    new: Option<(RowKey, usize)>,
    /// Whether it is known what was new when one came, and whether all of that is read by now.
    looked: bool,
    all_read: bool,
}

impl Chat {
    pub(crate) fn new(me: User, token: Token, collate: Collation, sizes: Sizes) -> Self {
        Self {
            me,
            token,
            sizes,
            roster: Roster::new(collate),
            timelines: BTreeMap::new(),
            outbox: Outbox::default(),
            typist: Typist::default(),
            search: Search::default(),
            drafts: Drafts::default(),
            feed: Feed::default(),
            idempotent: false,
            offers: Offers::default(),
            account: Account::default(),
            loading: None,
            disk_works: true,
            disk_again: None,
            replaced: false,
            expected: Vec::new(),
            unheard: Vec::new(),
            told_of_disk: false,
            told_link: None,
            open: None,
            places: HashMap::new(),
            unread_in_all: None,
            count_again: false,
            recount: false,
            mark_lost: false,
            conversations_of: CallId(0),
            conversations_failed: CallId(0),
            unmarked: HashSet::new(),
            server_time: None,
            live: false,
            early: Vec::new(),
            read_again: None,
            picture: Picture::default(),
            cache: Cache::default(),
            bell: Bell::default(),
        }
    }

    /// What is known of oneself is this now.
    pub(crate) fn is(&mut self, world: &mut World, me: User) {
        let kept = kept::encode_me(self.token.reveal(), &me);
        world.effects.push_back(Effect::Remember(kept));
        self.me = me;
    }

    pub(crate) fn me(&self) -> &User {
        &self.me
    }

    pub(crate) fn token(&self) -> Token {
        self.token.clone()
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
        self.drafts.hurry(world.now);
        // What was begun there is told in the list of people from now on, and what was begun here is not.
        for with in self.open.iter().map(|open| &open.with).chain(&to) {
            if !self.drafts.get(with).is_empty() {
                self.picture.person_changed(with);
            }
        }
        self.leave();
        self.open = to.map(|with| {
            let was = self.places.get(&with).cloned();
            let around = |(stamp, _): &(Stamp, i32)| {
                self.timelines
                    .get(&with)
                    .map(|timeline| Window::around(timeline.rows(), stamp, &self.sizes))
            };
            Opened {
                draft: self.drafts.get(&with).to_owned(),
                at_bottom: false,
                at: None,
                window: was
                    .as_ref()
                    .and_then(around)
                    .unwrap_or_else(|| Window::newest(&self.sizes)),
                was,
                left: None,
                seek: None,
                arrived: None,
                new: None,
                looked: false,
                all_read: true,
                with,
            }
        });
        self.picture.conversation_changed();
        if let Some(with) = self.open_with() {
            self.roster.get_mut(&with);
            self.picture.person_changed(&with);
            self.read_newest(world, &with);
        }
    }

    /// Remembers where one is in the open conversation, which is left.
    fn leave(&mut self) {
        if self.open.is_some() {
            self.remember_place();
        }
    }

    #[inline(never)]
    fn remember_place(&mut self) {
        let Some(open) = &self.open else { return };
        let rows = self.timelines.get(&open.with).map(Timeline::rows);
        let stamp = |key| rows?.stamp_at(rows?.place_of(key)?);
        match open.at.and_then(|(key, offset)| Some((stamp(key)?, offset))) {
            Some(place) => self.places.insert(open.with.clone(), place),
            None => self.places.remove(&open.with),
        };
    }

    /// One is at the end of the open conversation, or at this row.
    fn stand(&mut self, at: Option<(RowKey, i32)>) {
        let Some(open) = &mut self.open else { return };
        let newest = || self.timelines.get(&open.with)?.rows().last_stamp().cloned();
        open.left = if at.is_none() { None } else { open.left.take().or_else(newest) };
        open.at_bottom = at.is_none();
        open.at = at;
    }

    pub(crate) fn command(&mut self, world: &mut World, command: Command) {
        match command {
            Command::Open(with) => self.show(world, Some(with)),
            Command::Close => self.show(world, None),
            Command::Stand(at) => self.stand(at),
            Command::Look(around) => self.look(world, around),
            Command::Edit { to, text } => self.edit(world, &to, text),
            Command::Send { to, text } => self.send(world, to, &text),
            Command::Retry(row) => self.ask_leader_about(world, row, Note::Retry),
            Command::Discard(row) => self.ask_leader_about(world, row, Note::Discard),
            Command::Copy(row) => self.copy(world, row),
            Command::LoadOlder => self.read_older(world),
            Command::Fill { before, from_above } => self.fill(world, before, from_above),
            Command::Stay => self.stay(),
            Command::Reload => self.reload(world),
            Command::MorePeople => self.more_people(world),
            Command::Clear => self.ask_leader(world, Note::Clear),
            Command::Search(text) => self.search.edit(world.now, &text),
            Command::Account(wish) => {
                if let Some((call, asked)) = self.account.want(world.now, wish) {
                    self.call(world, call, Purpose::Account(asked));
                }
            }
            Command::SignIn { .. }
            | Command::Register { .. }
            | Command::SignOut
            | Command::TryAgain
            | Command::ReconnectNow
            | Command::DismissNotice => {}
        }
    }

    #[inline(never)]
    fn copy(&mut self, world: &mut World, row: RowKey) {
        let stored = || self.timelines.values().find_map(|timeline| timeline.content_of(row));
        if let Some(text) = self.outbox.content_of(row).or_else(stored) {
            world.effects.push_back(Effect::Copy(text.to_owned()));
        }
    }

    #[inline(never)]
    fn reload(&mut self, world: &mut World) {
        if let Some(with) = self.open_with() {
            self.read_newest(world, &with);
        }
    }

    /// Time has passed.
    pub(crate) fn tick(&mut self, world: &mut World) {
        let now = world.now;
        if self.loading.is_some_and(|until| now >= until) {
            self.restore(world, None, true);
        }
        if self.outbox.disk_is_late(now) {
            self.disk_fails(world);
            self.tell_of_disk(world);
        }
        self.ask_disk_again(world);
        self.cache_ticks(world);
        for id in self.roster.tick(now) {
            self.picture.person_changed(&id);
        }
        if let Some(frame) = self.typist.tick(now) {
            world.tell(&self.me.id, frame);
        }
        for with in self.outbox.tick(now, self.idempotent) {
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
            self.drafts.deadline(),
            self.loading,
            self.disk_again,
            self.cache.deadline(),
            self.search.deadline(),
            self.read_again,
        ])
    }

    /// The server has greeted, here or in the tab that leads: whatever was known may be out of date, unless the server
    /// counts what happens and says that nothing did.
    pub(crate) fn connected(&mut self, world: &mut World, greeting: Greeting) {
        self.live = true;
        if std::mem::take(&mut self.replaced) && world.leads() {
            self.expected = self.outbox.on_disk();
            self.load(world);
        }
        self.recount |= std::mem::take(&mut self.mark_lost);
        self.idempotent = greeting.idempotent;
        self.offers = greeting.offers;
        self.account.offered(greeting.offers);
        if self.idempotent {
            self.outbox.send_again();
        }
        match self.feed.connected(greeting.sync) {
            Since::Whole => self.read_missing(world),
            Since::Missed => {
                self.catch_up(world);
                self.read_missing(world);
            }
            Since::Unknown => self.load_afresh(world),
        }
    }

    /// Nothing that is known can be relied on.
    fn load_afresh(&mut self, world: &mut World) {
        self.timelines.values_mut().for_each(Timeline::doubt);
        self.refresh(world);
    }

    /// The connection is gone, or a try to have one has failed.
    pub(crate) fn connection_lost(&mut self, world: &mut World) {
        let hopeless = world.link.is_hopeless();
        let was_live = std::mem::take(&mut self.live);
        // A try that failed makes nothing doubtful that was not: what is being read goes on being read. Nor does a
        // server that will tell what happened meanwhile.
        if (was_live || hopeless) && !self.feed.is_counted() {
            let reading = self.open_with().filter(|with| self.timeline(with).is_reading());
            self.timelines.values_mut().for_each(Timeline::doubt);
            if let Some(with) = reading {
                self.read_newest(world, &with);
            }
        }
        self.outbox.connection_lost();
        if self.idempotent {
            self.outbox.send_again();
        }
        self.typist.forget();
        self.mark_lost |= self.roster.is_marking();
        for id in self.roster.connection_lost() {
            self.picture.person_changed(&id);
        }
        self.picture.order_changed();
        if hopeless {
            // Where sockets do not get through, calls may: the chat goes on, at the pace of the tries.
            self.call(world, Call::OnlineUsers, Purpose::Online);
            if self.feed.is_counted() {
                // What had left before this start was not looked for yet in what is known since.
                if !self.idempotent {
                    for with in self.outbox.doubtful() {
                        self.timeline(&with).doubt();
                    }
                }
                self.recount |= std::mem::take(&mut self.mark_lost);
                self.catch_up(world);
                self.read_missing(world);
            } else {
                self.refresh(world);
            }
        }
    }

    /// After every input: what can go out goes out, what has been seen is marked.
    pub(crate) fn settle(&mut self, world: &mut World) {
        self.flush(world);
        self.hand_over(world);
        self.keep(world);
        self.depart(world);
        self.share(world);
        self.ask_for_counts(world);
        self.divide(world);
        self.mark_read(world);
        self.look_on(world);
        self.cache(world);
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
        } else if world.link.is_up() {
            for frame in self.typist.key(world.now, to) {
                world.tell(&self.me.id, frame);
            }
        }
        self.drafts.set(world.now, to, text);
    }

    fn send(&mut self, world: &mut World, to: UserId, text: &str) {
        let content = text.trim();
        if content.is_empty() || to == self.me.id {
            return;
        }
        self.stop_typing(world);
        self.drafts.sent(world.now, &to);
        let (key, id) = (world.row_key(), world.client_id());
        self.picture.person_changed(&to);
        self.picture.order_changed();
        // Who answers has seen what is new.
        if let Some(open) = self.open.as_mut().filter(|open| open.with == to) {
            open.new = None;
        }
        self.outbox.add(key, id, to, content.to_owned(), world.now.as_timestamp());
    }

    /// A stored message has become known, just now or from a page of the newest ones.
    fn admit(&mut self, world: &mut World, with: &UserId, mut message: Message) -> (RowKey, bool) {
        self.learn_receipt(&mut message);
        let now = world.now.as_timestamp();
        let me = self.me.id.clone();
        let timeline =
            self.timelines.entry(with.clone()).or_insert_with(|| new_timeline(self.sizes));
        let new = !timeline.knows(&message.id);
        let acknowledged = match &message.client_id {
            _ if message.sender.id != me => None,
            Some(id) => self.outbox.acknowledge_id(id),
            None if !new || self.idempotent => None,
            None => {
                self.outbox.acknowledge(with, &message.content, &message.id, message.created_at)
            }
        };
        let key = timeline.put(&message, &me, now, || {
            acknowledged.map_or_else(|| world.row_key(), |entry| entry.key)
        });
        // One that comes between others may change whether anything is missing around it.
        if new && timeline.newest().is_none_or(|row| row.key != key) {
            self.picture.all_rows_changed();
        }
        self.preview(with);
        self.picture.row_changed(key);
        self.picture.order_changed();
        (key, new)
    }

    /// A receipt may have been faster than its message.
    fn learn_receipt(&mut self, message: &mut Message) {
        if let Some(place) = self.early.iter().position(|(id, _)| *id == message.id) {
            let (_, receipts) = self.early.swap_remove(place);
            message.status = message.status.max(Status::Delivered);
            message.receipts = message.receipts.or(receipts);
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
            world.tell(&self.me.id, frame);
        }
    }

    fn call(&self, world: &mut World, call: Call, purpose: Purpose) {
        world.calls.make(&mut world.effects, call, Some(&self.token), purpose);
    }

    fn timeline(&mut self, with: &UserId) -> &mut Timeline {
        self.timelines.entry(with.clone()).or_insert_with(|| new_timeline(self.sizes))
    }

    fn open_with(&self) -> Option<UserId> {
        self.open.as_ref().map(|open| open.with.clone())
    }
}

/// A conversation that nothing is known of.
fn new_timeline(sizes: Sizes) -> Timeline {
    Timeline::new(MESSAGES_LIMIT, sizes.block)
}
