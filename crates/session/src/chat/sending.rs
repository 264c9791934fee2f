//! What one has written: kept on disk, sent, and told to the other tabs.

use std::time::Duration;

use chinwag_protocol::{Call, ClientFrame, ClientId};

use super::{Chat, new_timeline};
use crate::calls::Purpose;
use crate::effect::{Effect, KeepId};
use crate::kept::{self, Kept};
use crate::link::Followed;
use crate::outbox::{Mark, WINDOW, any_time};
use crate::session::{DISK, World};
use crate::tabs::{About, Greeting, Note};
use crate::view::{Failure, RowKey};

/// How long to wait before a disk that does not answer is asked again.
const ASK_AGAIN: Duration = Duration::from_secs(10);
/// A server that takes no more messages for the moment is heeded for so long at least, and at most, whatever it says.
const LEAST_HOLD: Duration = Duration::from_secs(1);
const LONGEST_HOLD: Duration = Duration::from_mins(10);

impl Chat {
    /// What was on disk; `None` where it could not be read. It is this tab's to see to only where it has led since
    /// before it asked: else the tab that leads, or led, may have done more since.
    pub(crate) fn restore(&mut self, world: &mut World, values: Option<Vec<String>>, mine: bool) {
        self.loading = None;
        if values.is_none() {
            self.disk_fails(world);
        } else {
            self.disk_answers(world);
        }
        let values = values.unwrap_or_default();
        let there = values.into_iter().filter_map(|value| self.restore_one(world, &value, mine));
        let there: Vec<_> = there.collect();
        if mine {
            let expected = std::mem::take(&mut self.expected);
            if self.disk_works {
                self.outbox.restored(&expected, &there);
            } else {
                self.outbox.not_restored(self.idempotent);
            }
            self.resolve(world);
            if !self.unheard.is_empty() {
                self.do_wishes(world);
            }
        }
        self.picture.order_changed();
    }

    /// One thing that was kept; the id of a message that is now this tab's to send.
    #[inline(never)]
    fn restore_one(&mut self, world: &mut World, value: &str, mine: bool) -> Option<ClientId> {
        match Kept::read(value) {
            Some(Kept::Message(record)) if mine => {
                let id = record.id().clone();
                self.outbox.restore(record, || world.row_key());
                return Some(id);
            }
            Some(Kept::Message(record)) => self.outbox.show(record, || world.row_key()),
            Some(Kept::Draft { with, text }) => {
                self.picture.person_changed(&with);
                self.drafts.restore(with, text);
            }
            None => world.log("what was kept cannot be read, and is ignored"),
        }
        None
    }

    /// What came back in doubt on a living connection is sent again, or looked up in the history. Without one, the next
    /// does that.
    fn resolve(&mut self, world: &mut World) {
        if !self.live {
            return;
        }
        if self.idempotent {
            self.outbox.send_again();
            return;
        }
        for with in self.outbox.doubtful() {
            self.timeline(&with).doubt();
            self.read_newest(world, &with);
        }
    }

    /// This tab leads from now on: what the last one has left is on disk.
    pub(crate) fn take_over(&mut self, world: &mut World) {
        self.outbox.take_over();
        self.told_link = None;
        self.outbox.share_anew();
        self.load(world);
        self.cache_is_mine(world);
        self.connection_lost(world);
    }

    /// Asks the disk for what the tab that led has left. Nothing leaves before it has answered.
    pub(crate) fn load(&mut self, world: &mut World) {
        self.loading = Some(world.now.plus(DISK));
        world.load(&self.me.id);
    }

    /// A write has ended.
    pub(crate) fn kept(&mut self, world: &mut World, id: KeepId, done: bool) {
        if self.cached(world, id, done) || self.cleared(world, id, done) {
            return;
        }
        self.outbox.written(id, done);
        if done {
            return self.disk_answers(world);
        }
        // It may be full, until there is room again.
        self.drafts.refused();
        self.disk_again = Some(world.now.plus(ASK_AGAIN));
        self.tell_of_disk(world);
    }

    /// The server has closed the connection over a frame that was too large. Sent again, it would do so for ever.
    pub(crate) fn too_long(&mut self) {
        self.outbox.too_long();
        self.picture.order_changed();
    }

    /// The server takes no more messages for so many milliseconds: this one has come too early, and goes first then. The
    /// person is told once.
    #[inline(never)]
    pub(super) fn hold(
        &mut self,
        world: &mut World,
        id: Option<&ClientId>,
        wait: u64,
        words: Failure,
    ) {
        let wait = Duration::from_millis(wait).clamp(LEAST_HOLD, LONGEST_HOLD);
        if self.outbox.hold(id, world.now.plus(wait)) {
            world.complaint = Some(words);
        }
        self.picture.order_changed();
    }

    /// The disk does not answer: it is asked again, and nothing is waited for.
    pub(super) fn disk_fails(&mut self, world: &World) {
        self.disk_works = false;
        self.disk_again = Some(world.now.plus(ASK_AGAIN));
    }

    /// It does, maybe again: what it did not take is given to it once more.
    fn disk_answers(&mut self, world: &World) {
        let again = self.disk_again.take().is_some();
        if !std::mem::replace(&mut self.disk_works, true) || again {
            self.outbox.write_again();
            self.drafts.write_again(world.now);
            self.cache.write_again(world.now);
        }
    }

    /// Asks a disk that does not answer again, in its time, and gives one that was full what it has not taken.
    pub(super) fn ask_disk_again(&mut self, world: &mut World) {
        if self.disk_again.is_some_and(|at| world.now >= at) {
            if self.disk_works {
                return self.disk_answers(world);
            }
            self.disk_fails(world);
            if !world.is_loading() {
                world.load(&self.me.id);
            }
        }
    }

    /// Another place has taken the connection over: it may be a tab of this browser, where tabs know nothing of each
    /// other, and send what is on the disk that they share.
    pub(crate) fn replaced(&mut self) {
        self.replaced = true;
    }

    /// The page may go any moment: what is being written is kept at once.
    pub(crate) fn may_go(&mut self, world: &World) {
        self.drafts.hurry(world.now);
        self.cache.hurry(world.now);
    }

    /// The person is told once that what waits is not kept.
    pub(super) fn tell_of_disk(&mut self, world: &mut World) {
        if !std::mem::replace(&mut self.told_of_disk, true) {
            world.complaint = Some(Failure::NotKept);
        }
    }

    /// Lets go what is ready. On a base server only where the history is known can a lost answer be told from a lost
    /// message; where it cannot be read, sending what never left is safe all the same.
    pub(super) fn flush(&mut self, world: &mut World) {
        let up = world.link.up().is_some();
        let may = world.leads() && self.loading.is_none() && (up || world.link.is_hopeless());
        if may && !self.outbox.is_empty() && !self.outbox.is_held() {
            self.send_waiting(world, up);
        }
    }

    #[inline(never)]
    fn send_waiting(&mut self, world: &mut World, up: bool) {
        // Where the server has let some wait, what is sent behind one that is not answered yet may overtake it.
        let many = self.idempotent && up && !self.outbox.is_slow();
        let window = if many { WINDOW } else { 1 };
        for (key, to) in self.outbox.ready(window) {
            let timeline = self.timeline(&to);
            let fresh = timeline.is_fresh();
            let newest = timeline.newest().map(|row| row.stamp.at);
            if !self.idempotent && !fresh && !self.timeline(&to).has_failed() {
                self.recall_newest(world, &to);
                self.read_newest(world, &to);
                continue;
            }
            // What is in a history that could not be read is older than what the server's clock has shown.
            let floor = if fresh { newest } else { newest.max(self.server_time) };
            let floor = floor.unwrap_or_else(any_time);
            let timeline = self.timelines.entry(to).or_insert_with(|| new_timeline(self.sizes));
            self.outbox.leaves(key, |content| {
                let newest = timeline.rows().iter().rev();
                let same = newest.take_while(|row| row.stamp.at >= floor);
                let same = same.filter(|row| row.mine && row.content == content);
                Mark { floor, known: same.map(|row| row.stamp.id.clone()).collect() }
            });
            self.picture.order_changed();
        }
    }

    /// Keeps what has changed, all of it together.
    pub(crate) fn keep(&mut self, world: &mut World) {
        if !world.leads() {
            self.outbox.leave_to_leader();
        }
        if !self.disk_works {
            self.drafts.put_off();
            if self.outbox.unkept() {
                self.tell_of_disk(world);
            }
            return;
        }
        let id = world.next_keep();
        let mut writes = self.outbox.unwritten(id, world.now, &self.me.id);
        for with in self.drafts.unwritten(world.now) {
            let text = self.drafts.get(&with);
            writes.push(kept::draft(&self.me.id, &with, text));
            if !world.leads() || world.has_followers() {
                let note = Note::Draft(with, text.to_owned());
                world.note(&self.me.id, &note);
            }
        }
        if !writes.is_empty() {
            world.effects.push_back(Effect::Keep { id, writes });
        }
    }

    /// What is on disk leaves.
    pub(super) fn depart(&mut self, world: &mut World) {
        while let Some(entry) = self.outbox.next_to_leave(self.idempotent) {
            let (key, id) = (entry.key, entry.id.clone());
            let (to, content) = (entry.to.clone(), entry.content.clone());
            if let Some(epoch) = world.link.up() {
                self.outbox.sent(key, world.now);
                let frame = ClientFrame::text_as(id, to, content);
                world.effects.push_back(Effect::SendFrame { epoch, frame });
            } else if world.link.is_hopeless() && world.leads() {
                self.outbox.posted(key);
                let client_message_id = Some(id);
                let call = Call::SendMessage { receiver_id: to, content, client_message_id };
                self.call(world, call, Purpose::Post { row: key });
            } else {
                self.outbox.stays();
            }
            self.picture.order_changed();
        }
    }

    /// Tells the tab that leads what was typed here: before it is written down, so that nothing is on disk alone that a
    /// tab which lives does not know of.
    pub(super) fn hand_over(&mut self, world: &mut World) {
        if world.leads() {
            return;
        }
        for record in self.outbox.untold() {
            world.note(&self.me.id, &Note::Send(record));
        }
    }

    /// Tells the tabs that follow what they cannot know.
    pub(super) fn share(&mut self, world: &mut World) {
        if world.leads() && world.has_followers() {
            self.tell_followers(world);
        }
    }

    #[inline(never)]
    fn tell_followers(&mut self, world: &mut World) {
        let shape = world.link.shape();
        if self.told_link.as_ref() != Some(&shape) {
            self.told_link = Some(shape);
            let link = world.link.share(world.now);
            let greeting = link.up.then(|| Greeting {
                idempotent: self.idempotent,
                offers: self.offers,
                // Not how far this tab has come: those that follow ask for what they miss themselves.
                sync: self.feed.newest(),
            });
            world.note(&self.me.id, &Note::Link(link, greeting));
        }
        if let Some(records) = self.outbox.news() {
            world.note(&self.me.id, &Note::Outbox(records));
        }
    }

    /// Another tab of this person says something.
    pub(crate) fn heard(&mut self, world: &mut World, note: Note) {
        if let Note::Draft(with, text) = note {
            self.picture.person_changed(&with);
            self.drafts.told(with, text);
        } else if let Note::Looks(with) = note {
            self.bell.others_look(with);
        } else if note == Note::Cleared {
            self.begin_anew(world);
        } else if world.leads() {
            world.others_follow();
            self.asked(world, note);
        } else {
            self.led(world, note);
        }
    }

    /// Does this to a message that is not sent, or has it done by the tab that leads.
    #[inline(never)]
    pub(super) fn ask_leader_about(&mut self, world: &mut World, row: RowKey, note: About) {
        if let Some(id) = self.outbox.id_of(row) {
            if !world.leads() {
                self.wish(id.clone(), note);
            }
            self.ask_leader(world, note(id));
        }
    }

    /// Does what could not be done before.
    #[inline(never)]
    fn do_wishes(&mut self, world: &mut World) {
        for (id, note) in std::mem::take(&mut self.unheard) {
            self.asked(world, note(id));
        }
    }

    /// Remembers what is to be done to a message until it is. Of two wishes the later one counts.
    #[inline(never)]
    fn wish(&mut self, id: ClientId, note: About) {
        self.unheard.retain(|(other, _)| *other != id);
        self.unheard.push((id, note));
    }

    /// Does this, or has it done by the tab that leads.
    pub(super) fn ask_leader(&mut self, world: &mut World, note: Note) {
        if world.leads() {
            self.asked(world, note);
        } else {
            world.note(&self.me.id, &note);
        }
    }

    /// What this tab, which leads, is asked for.
    fn asked(&mut self, world: &mut World, note: Note) {
        match note {
            Note::Hello => {
                // Another tab may have left something on the disk and come to say no more.
                if self.disk_works {
                    world.load(&self.me.id);
                }
                self.told_link = None;
                self.outbox.share_anew();
                world.tell(&self.me.id, ClientFrame::GetOnlineUsers {});
            }
            Note::Send(record) => {
                let id = record.id().clone();
                if self.outbox.typed_elsewhere(record, || world.row_key()) {
                    world.note(&self.me.id, &Note::Done(id));
                }
            }
            Note::Retry(id) if self.loading.is_some() => self.wish(id, Note::Retry),
            Note::Discard(id) if self.loading.is_some() => self.wish(id, Note::Discard),
            Note::Retry(id) => {
                if let Some(to) = self.outbox.retry(&id) {
                    if self.idempotent {
                        self.outbox.send_again();
                    } else {
                        self.timeline(&to).doubt();
                        self.read_newest(world, &to);
                    }
                }
            }
            Note::Discard(id) => self.outbox.discard(&id),
            Note::Clear => self.clear(world),
            Note::Say(frame) => world.tell(&self.me.id, frame),
            // The session's matter, and what only a tab that leads can say.
            Note::Who
            | Note::Stir
            | Note::Due
            | Note::Now
            | Note::Link(..)
            | Note::Frame(_)
            | Note::Outbox(_)
            | Note::Done(_)
            | Note::Cleared
            | Note::Draft(..)
            | Note::Looks(_) => {}
        }
        self.picture.order_changed();
    }

    /// What the tab that leads tells this one.
    fn led(&mut self, world: &mut World, note: Note) {
        match note {
            Note::Link(link, greeting) => match world.link.heard_of(world.now, &link) {
                Followed::Connected => {
                    self.connected(world, greeting.unwrap_or_default());
                }
                Followed::Lost => self.connection_lost(world),
                Followed::Same => {}
            },
            Note::Who => {
                world.link.follow(world.now);
                self.connection_lost(world);
                self.outbox.tell_again();
                for (id, note) in &self.unheard {
                    world.note(&self.me.id, &note(id.clone()));
                }
                world.note(&self.me.id, &Note::Hello);
            }
            Note::Frame(text) => self.relayed(world, &text),
            Note::Outbox(records) => {
                self.unheard.clear();
                self.outbox.mirror(records, || world.row_key());
            }
            Note::Done(id) => self.outbox.done_elsewhere(&id),
            // It may lead one day.
            Note::Hello => return self.bell.tell_again(),
            Note::Send(_)
            | Note::Retry(_)
            | Note::Discard(_)
            | Note::Clear
            | Note::Cleared
            | Note::Draft(..)
            | Note::Looks(_)
            | Note::Say(_)
            | Note::Stir
            | Note::Due
            | Note::Now => return,
        }
        self.picture.order_changed();
    }
}
