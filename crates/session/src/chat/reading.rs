//! What of the chat is read, again and further, and what of it one has read.

use std::time::Duration;

use chinwag_protocol::call::{EVENTS_LIMIT, MESSAGES_LIMIT, USERS_LIMIT};
use chinwag_protocol::{Call, ClientFrame, Status, Timestamp, UserId};

use super::Chat;
use crate::calls::Purpose;
use crate::session::{Refusal, World};
use crate::timeline::Stamp;

/// How long to wait before what could not be read is asked for again.
const READ_AGAIN: Duration = Duration::from_secs(5);

impl Chat {
    /// Asks for what may have been missed.
    pub(super) fn refresh(&mut self, world: &mut World) {
        self.call(world, Call::Conversations, Purpose::Conversations);
        self.read_needed(world);
    }

    /// Something could not be read: it is asked for again soon.
    pub(super) fn ask_again(&mut self, world: &World) {
        self.read_again = Some(world.now.plus(READ_AGAIN));
    }

    /// The same, unless the refusal would be the same again: then it is the person's to ask.
    pub(super) fn ask_again_after(&mut self, world: &World, refusal: &Refusal) {
        if refusal.may_pass() {
            let wait = READ_AGAIN.max(Duration::from_millis(refusal.wait));
            self.read_again = Some(world.now.plus(wait));
        }
    }

    /// It is soon. Without a connection the next one will ask for everything anyway.
    pub(super) fn read_again(&mut self, world: &mut World) {
        if self.read_again.is_none_or(|at| world.now < at) {
            return;
        }
        self.read_again = None;
        if !world.link.is_up() && !world.link.is_hopeless() {
            return;
        }
        if self.idempotent {
            self.outbox.send_again();
        }
        if !self.feed.is_whole() {
            self.catch_up(world);
        }
        self.read_missing(world);
    }

    /// Asks again for what could not be read.
    pub(super) fn read_missing(&mut self, world: &mut World) {
        if self.misses_conversations() {
            self.call(world, Call::Conversations, Purpose::Conversations);
        }
        self.read_needed(world);
    }

    /// Asks for the events that are missing.
    pub(super) fn catch_up(&mut self, world: &mut World) {
        if let Some(since) = self.feed.ask() {
            let call = Call::Sync { since: since.clone(), limit: EVENTS_LIMIT };
            self.call(world, call, Purpose::Sync { since });
        }
    }

    /// Whether a call for the conversations has failed since they were known.
    pub(super) fn misses_conversations(&self) -> bool {
        self.conversations_failed > self.conversations_of
    }

    /// Reads the histories that are looked at or that a message depends on, and the people where they failed.
    fn read_needed(&mut self, world: &mut World) {
        if self.roster.has_failed() {
            self.more_people(world);
        }
        let depended_on =
            if world.leads() && !self.idempotent { self.outbox.recipients() } else { Vec::new() };
        for with in depended_on.into_iter().chain(self.open_with()) {
            self.read_newest(world, &with);
        }
    }

    /// Marks as read what has really been seen: the page has the person's attention, the conversation is open,
    /// and its newest message is in view (behaviour 10).
    pub(super) fn mark_read(&mut self, world: &mut World) {
        self.mark_again(world);
        let Some(open) = self.open.as_ref().filter(|open| open.at_bottom && world.attention) else {
            return;
        };
        let with = open.with.clone();
        let known = self.timeline(&with).is_fresh() && self.feed.is_whole();
        if !known || !self.is_unread(&with) {
            return;
        }
        if world.link.is_up() {
            self.roster.get_mut(&with).unread.marked();
            world.tell(&self.me.id, ClientFrame::MarkRead { sender_id: with.clone() });
        } else if world.link.is_hopeless() {
            let call = Call::MarkRead { with: with.clone() };
            self.call(world, call, Purpose::MarkRead { with: with.clone() });
        } else {
            return;
        }
        self.have_read(world, &with, None);
    }

    /// Whether there is anything to mark.
    fn is_unread(&mut self, with: &UserId) -> bool {
        self.roster.get_mut(with).unread.count() > 0 || self.unread_rows(with) > 0
    }

    /// How many of the newest rows are not read. Not all servers count per conversation, and a history may be faster
    /// than the count.
    fn unread_rows(&mut self, with: &UserId) -> usize {
        let unread = &self.roster.get_mut(with).unread;
        let Some(timeline) = self.timelines.get(with) else { return 0 };
        let theirs = timeline.rows().iter().rev().filter(|row| !row.mine);
        theirs.take_while(|row| row.status != Status::Read && unread.is_unseen(&row.stamp)).count()
    }

    /// Remembers where the unread messages begin, once it is known and until all of them are read: what comes while one
    /// looks is not new (behaviour 11).
    pub(super) fn divide(&mut self, world: &World) {
        let Some(with) = self.open_with() else { return };
        let newest = self.timeline(&with).newest_of_theirs(None).map(|row| row.key);
        if !self.timeline(&with).is_fresh() {
            return;
        }
        let counted = usize::try_from(self.roster.get_mut(&with).unread.count()).unwrap_or(0);
        let count = counted.max(self.unread_rows(&with));
        let Some(open) = &mut self.open else { return };
        let seen = open.looked && open.at_bottom && world.attention;
        if open.all_read && count > 0 && !seen {
            open.new = newest.map(|newest| (newest, count));
        }
        open.all_read = count == 0 || open.all_read && seen;
        open.looked = true;
    }

    /// Marks again what the server has not heard of.
    fn mark_again(&mut self, world: &mut World) {
        for with in std::mem::take(&mut self.unmarked) {
            if world.link.is_up() {
                self.roster.get_mut(&with).unread.marked();
                world.tell(&self.me.id, ClientFrame::MarkRead { sender_id: with });
            } else if world.link.is_hopeless() {
                self.call(world, Call::MarkRead { with: with.clone() }, Purpose::MarkRead { with });
            }
        }
    }

    /// A read mark is stored. What has come since it left may be older than it to the server: only the server knows.
    pub(super) fn marked(&mut self, world: &mut World, with: &UserId) {
        if self.roster.get(with).is_some_and(|person| person.unread.count() > 0) {
            self.call(world, Call::Conversations, Purpose::Conversations);
        } else {
            self.count_unread(world);
        }
    }

    /// All that was stored of this person's messages up to then has been read; without a time, all that is known.
    pub(super) fn have_read(&mut self, world: &World, with: &UserId, to: Option<Timestamp>) {
        let newest = self.timeline(with).newest_of_theirs(to).map(|row| row.stamp.clone());
        self.roster.get_mut(with).unread.read(newest, to, world.calls.last());
        self.picture.person_changed(with);
    }

    /// A message of theirs that is not read yet.
    pub(super) fn unread(&mut self, with: &UserId, stamp: Stamp) {
        self.roster.get_mut(with).unread.came(stamp);
        self.picture.person_changed(with);
    }

    /// Asks for the counts again, once however much has been read elsewhere.
    pub(super) fn ask_for_counts(&mut self, world: &mut World) {
        if std::mem::take(&mut self.recount) {
            self.call(world, Call::Conversations, Purpose::Conversations);
        }
    }

    /// Asks how many messages are not read, where the server counts them only in all: at once, and once more
    /// where something has changed while it counted.
    pub(super) fn count_unread(&mut self, world: &mut World) {
        if self.unread_in_all.is_none() {
            return;
        }
        if world.calls.any(|purpose| matches!(purpose, Purpose::UnreadCount)) {
            self.count_again = true;
        } else {
            self.call(world, Call::UnreadCount, Purpose::UnreadCount);
        }
    }

    /// Reads the newest messages, unless they are known or under way.
    pub(super) fn read_newest(&mut self, world: &mut World, with: &UserId) {
        let timeline = self.timeline(with);
        if !timeline.is_to_be_read() {
            return;
        }
        let round = timeline.begin();
        self.read_newest_page(world, with, 1, round);
        self.picture.order_changed();
    }

    pub(super) fn read_newest_page(&self, world: &mut World, with: &UserId, page: u64, round: u32) {
        let call = Call::History { with: with.clone(), page, limit: MESSAGES_LIMIT };
        self.call(world, call, Purpose::Newest { with: with.clone(), page, round });
    }

    pub(super) fn read_older(&mut self, world: &mut World) {
        let Some(with) = self.open_with() else { return };
        if let Some(page) = self.timeline(&with).begin_older() {
            self.read_older_page(world, with, page);
            self.picture.order_changed();
        }
    }

    pub(super) fn read_older_page(&self, world: &mut World, with: UserId, page: u64) {
        let call = Call::History { with: with.clone(), page, limit: MESSAGES_LIMIT };
        self.call(world, call, Purpose::Older { with, page });
    }

    pub(super) fn more_people(&mut self, world: &mut World) {
        if world.calls.any(|purpose| matches!(purpose, Purpose::People { .. })) {
            return;
        }
        if let Some(page) = self.roster.begin_page() {
            let call = Call::Users { page, limit: USERS_LIMIT };
            self.call(world, call, Purpose::People { page });
            self.picture.people_changed();
        }
    }
}
