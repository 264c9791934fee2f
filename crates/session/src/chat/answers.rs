//! What REST's answers do to the chat.

use chinwag_protocol::answer::{self, Conversation, MessagesPage, SyncPage, UsersPage};
use chinwag_protocol::call::USERS_LIMIT;
use chinwag_protocol::{Json, Rows, SyncPoint, UserId};

use super::caching::{PutOff, Way};
use super::{Chat, new_timeline};
use crate::calls::{CallId, Purpose};
use crate::outbox::Outbox;
use crate::session::{Refusal, World};
use crate::timeline::{Next, Stamp, Timeline};
use crate::view::{Failure, RowKey};

impl Chat {
    /// The answer to a call of the chat, or why there is none.
    pub(crate) fn answer(
        &mut self,
        world: &mut World,
        call: CallId,
        purpose: Purpose,
        data: Result<Json<'_>, Refusal>,
    ) {
        match purpose {
            Purpose::Start | Purpose::SignIn => {}
            Purpose::People { page } => self.people(world, page, data),
            Purpose::Online => self.online(world, data),
            Purpose::Search { query } => self.searched(world, &query, data),
            Purpose::Conversations => self.conversations(world, call, data),
            Purpose::Newest { with, page, round } => self.newest(world, &with, page, round, data),
            Purpose::Older { with, page } => self.older(world, &with, page, data),
            Purpose::Sought { with, page } => self.sought(world, &with, page, data),
            Purpose::Sync { since } => self.caught_up(world, &since, data),
            Purpose::Post { row } => self.posted(world, row, data),
            Purpose::MarkRead { with } => match data {
                Ok(_) => self.marked(world, &with),
                // The next call for the conversations shows that the server has not heard of it.
                Err(_) => world.log(format!("a read mark for {with} was lost")),
            },
            Purpose::UnreadCount => self.unread_counted(world, call, data),
            Purpose::Account(asked) => {
                if let Some(me) = self.account.answered(world.now, &asked, data) {
                    self.is(world, me);
                }
            }
        }
    }

    #[inline(never)]
    fn online(&mut self, world: &mut World, data: Result<Json<'_>, Refusal>) {
        match data.and_then(|data| Ok(UsersPage::read(data.root())?)) {
            Ok(answer) if !world.link.is_up() => {
                let me = self.me.id.clone();
                let others: Vec<_> =
                    answer.users.rows.into_iter().filter(|user| user.id != me).collect();
                for id in self.roster.online_are(&others) {
                    self.picture.person_changed(&id);
                }
            }
            Ok(_) => {}
            Err(_) => world.log("who is online is not known"),
        }
    }

    #[inline(never)]
    fn unread_counted(&mut self, world: &mut World, call: CallId, data: Result<Json<'_>, Refusal>) {
        if let Ok(count) = data.and_then(|data| Ok(answer::unread_count(data.root())?)) {
            self.unread_in_all = self.unread_in_all.and(Some(count));
        } else {
            world.log("the unread count is not known");
            self.conversations_failed = call;
            self.ask_again(world);
        }
        if std::mem::take(&mut self.count_again) {
            self.count_unread(world);
        }
    }

    fn people(&mut self, world: &mut World, page: u64, data: Result<Json<'_>, Refusal>) {
        match data.and_then(|data| Ok(UsersPage::read(data.root())?)) {
            Ok(answer) => {
                log_skipped(world, &answer.users, "users");
                self.roster.page(page, USERS_LIMIT, &answer);
                for user in answer.users.rows.iter().filter(|user| user.id != self.me.id) {
                    self.roster.learn(user);
                    self.picture.person_changed(&user.id);
                }
                // Somebody whom the page's address names may stand on a later page, unless there is nobody of that
                // name: an address that somebody made up must not ask for everybody.
                let unknown = self.open_with().is_some_and(|with| {
                    self.roster.get(&with).is_none_or(|person| person.name().is_empty())
                        && !self.timeline(&with).has_failed()
                });
                if unknown {
                    self.more_people(world);
                }
            }
            Err(refusal) => {
                self.ask_again_after(world, &refusal);
                self.roster.page_failed(refusal.failure);
            }
        }
        self.picture.people_changed();
    }

    fn searched(&mut self, world: &mut World, query: &str, data: Result<Json<'_>, Refusal>) {
        let answer = data.and_then(|data| Ok(UsersPage::read(data.root())?));
        let found = answer.map(|answer| {
            log_skipped(world, &answer.users, "users");
            let others = answer.users.rows.iter().filter(|user| user.id != self.me.id);
            others
                .map(|user| {
                    self.roster.learn(user);
                    self.picture.person_changed(&user.id);
                    user.id.clone()
                })
                .collect()
        });
        self.search.answered(query, found.map_err(|refusal| refusal.failure));
    }

    fn conversations(&mut self, world: &mut World, call: CallId, data: Result<Json<'_>, Refusal>) {
        if call < self.conversations_of {
            return world.log("an overtaken list of conversations was ignored");
        }
        match data.and_then(|data| Ok(Conversation::read_all(data.root(), &self.me.id)?)) {
            Ok(Rows { rows, skipped }) => {
                if skipped > 0 {
                    world.log(format!("{skipped} unreadable conversations were skipped"));
                }
                self.conversations_of = call;
                let latest = world.calls.last();
                self.unmarked.extend(self.roster.conversations(call, latest, &rows, &self.me.id));
                for row in &rows {
                    self.picture.person_changed(&row.user.id);
                }
                if rows.iter().all(|row| row.unread.is_some()) {
                    self.unread_in_all = None;
                    self.bell.is_counted();
                } else {
                    self.unread_in_all = self.unread_in_all.or(Some(0));
                    self.count_unread(world);
                }
            }
            // It is asked again, and said once; the people are there all the same.
            Err(refusal) => {
                world.log("the conversations are not known");
                let said = self.misses_conversations();
                self.conversations_failed = call;
                self.ask_again_after(world, &refusal);
                // Without a connection that is said already.
                if !said && world.link.is_up() {
                    world.complaint = Some(refusal.failure);
                }
            }
        }
    }

    fn newest(
        &mut self,
        world: &mut World,
        with: &UserId,
        page: u64,
        round: u32,
        data: Result<Json<'_>, Refusal>,
    ) {
        if !self.timeline(with).awaits(round) {
            return world.log("an overtaken page was ignored");
        }
        self.picture.order_changed();
        let answer = match data.and_then(|data| Ok(MessagesPage::read(data.root())?)) {
            Ok(answer) => answer,
            Err(refusal) => {
                self.ask_again_after(world, &refusal);
                self.timeline(with).newest_failed(round, refusal.failure.clone());
                if self.is_open(with) {
                    self.seek_failed(world, refusal.failure);
                }
                return;
            }
        };
        log_skipped(world, &answer.messages, "messages");
        self.newest_answered(world, with, page, round, answer);
    }

    /// A page of the newest messages has come.
    pub(super) fn newest_answered(
        &mut self,
        world: &mut World,
        with: &UserId,
        page: u64,
        round: u32,
        answer: MessagesPage,
    ) {
        if !self.timeline(with).awaits(round) {
            return world.log("an overtaken page was ignored");
        }
        if self.is_to_wait(world, with, &answer) {
            self.put_off(PutOff { with: with.clone(), page, way: Way::Newest(round), answer });
            return;
        }
        self.picture.order_changed();
        let oldest = self.put_page(world, with, &answer, true).0;
        let back_to = self.outbox.doubtful_since(with);
        let timeline =
            self.timelines.entry(with.clone()).or_insert_with(|| new_timeline(self.sizes));
        match timeline.newest_page(page, round, &answer, oldest.as_ref(), back_to) {
            Some(Next::Page(next)) => self.read_newest_page(world, with, next, round),
            Some(Next::Whole) => {
                settle(&mut self.outbox, with, timeline, !self.idempotent);
            }
            None => {}
        }
        // The newest read message tells of all before it.
        self.picture.all_rows_changed();
        self.seek_on(world);
    }

    fn older(
        &mut self,
        world: &mut World,
        with: &UserId,
        page: u64,
        data: Result<Json<'_>, Refusal>,
    ) {
        if !self.timeline(with).is_filling() {
            return world.log("a page that nobody waits for was ignored");
        }
        self.picture.order_changed();
        match data.and_then(|data| Ok(MessagesPage::read(data.root())?)) {
            Ok(answer) => {
                log_skipped(world, &answer.messages, "messages");
                self.older_answered(world, with, page, answer);
            }
            Err(refusal) => self.timeline(with).older_failed(refusal.failure),
        }
    }

    /// A page of older messages has come.
    pub(super) fn older_answered(
        &mut self,
        world: &mut World,
        with: &UserId,
        page: u64,
        answer: MessagesPage,
    ) {
        if !self.timeline(with).is_filling() {
            return world.log("a page that nobody waits for was ignored");
        }
        if self.is_to_wait(world, with, &answer) {
            self.put_off(PutOff { with: with.clone(), page, way: Way::Older, answer });
            return;
        }
        let (oldest, new) = self.put_page(world, with, &answer, false);
        let next = self.timeline(with).older_page(page, &answer, oldest.as_ref(), new);
        if let Some(next) = next {
            self.read_older_page(world, with.clone(), next);
        }
        self.picture.order_changed();
        // Rows at the edge of a gap are drawn otherwise without it.
        self.picture.all_rows_changed();
    }

    /// Puts a page's messages in their places. Returns where the oldest stands and how many are new.
    pub(super) fn put_page(
        &mut self,
        world: &mut World,
        with: &UserId,
        answer: &MessagesPage,
        newest: bool,
    ) -> (Option<Stamp>, usize) {
        let mut new = 0;
        let mut messages: Vec<_> = answer.messages.rows.iter().collect();
        // The oldest first, so that of two equal texts on their way the first sent is the first found.
        messages.sort_unstable_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
        for message in &messages {
            let other = if message.sender.id == self.me.id {
                message.receiver.as_ref()
            } else {
                Some(&message.sender)
            };
            if let Some(other) = other.filter(|other| other.id == *with) {
                self.roster.learn_party(other);
            }
            if newest {
                new += usize::from(self.admit(world, with, (*message).clone()).1);
            } else {
                let (me, now) = (self.me.id.clone(), world.now.as_timestamp());
                let timeline = self.timeline(with);
                new += usize::from(!timeline.knows(&message.id));
                let key = timeline.put(message, &me, now, || world.row_key());
                self.picture.row_changed(key);
            }
        }
        let oldest = messages
            .iter()
            .find_map(|message| Some(Stamp { at: message.created_at?, id: message.id.clone() }));
        (oldest, new)
    }

    /// What was missed.
    fn caught_up(&mut self, world: &mut World, since: &SyncPoint, data: Result<Json<'_>, Refusal>) {
        if !self.feed.awaits(since) {
            return world.log("events of another count were ignored");
        }
        match data.and_then(|data| Ok(SyncPage::read(data.root())?)) {
            Ok(SyncPage::Events { events, next, has_more }) => {
                log_skipped(world, &events, "events");
                for event in events.rows {
                    if self.feed.accept(event.seq) {
                        self.told(world, event.frame, false);
                    }
                }
                let on = self.feed.advance(since.seq, next);
                if (has_more || !self.feed.is_whole()) && on {
                    self.catch_up(world);
                } else if !self.feed.is_whole() {
                    // The server does not have what it has told of.
                    self.feed.give_up();
                    self.load_afresh(world);
                }
            }
            Ok(SyncPage::Reset { next }) => {
                self.feed.reset(next);
                self.load_afresh(world);
            }
            Err(refusal) if refusal.may_pass() => {
                self.feed.ask_failed();
                self.ask_again_after(world, &refusal);
            }
            Err(_) => {
                self.feed.give_up();
                self.load_afresh(world);
            }
        }
    }

    fn posted(&mut self, world: &mut World, row: RowKey, data: Result<Json<'_>, Refusal>) {
        match data.and_then(|data| Ok(answer::sent_message(data.root())?)) {
            Ok(mut message) => {
                let Some(entry) = self.outbox.take(row, &message.id) else { return };
                self.learn_receipt(&mut message);
                let (me, now) = (self.me.id.clone(), world.now.as_timestamp());
                self.timeline(&entry.to).put(&message, &me, now, || row);
                self.picture.row_changed(row);
                self.preview(&entry.to);
            }
            // It wants it, but not now.
            Err(Refusal { status: Some(429), failure, wait }) => {
                self.hold(world, self.outbox.id_of(row).as_ref(), wait, failure);
            }
            // The server has looked at it and does not want it.
            Err(Refusal { status: Some(400..=499), failure, .. }) => {
                self.outbox.failed(row, failure);
            }
            Err(Refusal { .. }) => {
                if let Some(to) = self.outbox.post_lost(row) {
                    self.timeline(&to).doubt();
                    self.ask_again(world);
                }
            }
        }
        self.picture.order_changed();
    }
}

pub(super) fn log_skipped<T>(world: &mut World, rows: &Rows<T>, what: &str) {
    if rows.skipped > 0 {
        world.log(format!("{} unreadable {what} were skipped", rows.skipped));
    }
}

impl From<answer::AnswerError> for Failure {
    fn from(error: answer::AnswerError) -> Self {
        Refusal::from(error).failure
    }
}

/// Most of the time nothing is in doubt.
fn settle(outbox: &mut Outbox, with: &UserId, timeline: &Timeline, by_text: bool) {
    if !outbox.is_empty() {
        outbox.settle(with, timeline, by_text);
    }
}
