//! What the socket's frames do to the chat.

use chinwag_protocol::frame::code;
use chinwag_protocol::{
    ClientId, Event, Message, MessageId, Party, Receipts, ServerFrame, Status, Timestamp, User,
    UserId, message,
};

use super::{Chat, EARLY_RECEIPTS};
use crate::feed::Verdict;
use crate::session::World;
use crate::tabs::Greeting;
use crate::timeline::Stamp;
use crate::view::{Change, Failure};

impl Chat {
    /// A frame of the socket in use. What cannot be read is logged and ignored (protocol §2).
    pub(crate) fn frame(&mut self, world: &mut World, text: &str) {
        let event = match Event::decode(text) {
            Ok(event) => event,
            Err(error) => {
                // Whatever it means, the server lives.
                world.link.sign_of_life(world.now);
                return world.log(format!("a frame was ignored: {error}"));
            }
        };
        if let ServerFrame::Error { .. } = event.frame {
            return self.objected(world, event.frame);
        }
        if world.link.heard(world.now) {
            let greeting = match &event.frame {
                ServerFrame::ConnectionEstablished { features, sync, .. } => {
                    Greeting::of(features, sync.clone())
                }
                // A server that greets in another way announces nothing.
                _ => Greeting::default(),
            };
            self.connected(world, greeting);
        }
        self.event(world, event);
    }

    /// A frame that the tab which leads has received.
    pub(super) fn relayed(&mut self, world: &mut World, text: &str) {
        match Event::decode(text) {
            Ok(Event { frame: ServerFrame::Error { message, client_message_id, .. }, .. }) => {
                if client_message_id.is_none() && world.attention {
                    world.complaint = Some(Failure::Server(message));
                }
            }
            Ok(event) => self.event(world, event),
            Err(error) => world.log(format!("a frame was ignored: {error}")),
        }
    }

    /// The server does not do something, or not now.
    #[inline(never)]
    fn objected(&mut self, world: &mut World, error: ServerFrame) {
        let ServerFrame::Error { message, client_message_id, code: why, retry_after, .. } = error
        else {
            return;
        };
        world.link.sign_of_life(world.now);
        let named = client_message_id.as_ref();
        if let Some(id) = named.filter(|_| why.as_deref() == Some(code::INTERNAL)) {
            // Sent again it may well be stored.
            self.outbox.troubled(world.now, id);
        } else if let Some(wait) = retry_after.filter(|_| named.is_some()) {
            self.hold(world, named, wait, Failure::Server(message));
        } else {
            self.refused(world, message, named);
        }
    }

    /// The server has refused something: the message that it names, or who knows what.
    fn refused(&mut self, world: &mut World, message: String, id: Option<&ClientId>) {
        if id.is_some_and(|id| self.outbox.refused(id, Failure::Server(message.clone()))) {
            self.picture.order_changed();
            return;
        }
        self.outbox.error(world.now, &message);
        // Before the greeting it only announces the close that follows, which says it better.
        if world.link.is_up() {
            world.complaint = Some(Failure::Server(message));
        }
    }

    fn event(&mut self, world: &mut World, event: Event) {
        match self.feed.offer(event.seq) {
            Verdict::Apply => self.told(world, event.frame, true),
            Verdict::Known => {}
            Verdict::Early => self.catch_up(world),
        }
    }

    /// What a frame tells; `live` where it happens just now.
    pub(super) fn told(&mut self, world: &mut World, frame: ServerFrame, live: bool) {
        match frame {
            ServerFrame::ConnectionEstablished { .. } | ServerFrame::Error { .. } => {}
            ServerFrame::OnlineUsers { users, timestamp, .. } => {
                self.dated(timestamp);
                if users.skipped > 0 {
                    world.log(format!("{} unreadable users were skipped", users.skipped));
                }
                let others: Vec<_> =
                    users.rows.into_iter().filter(|user| user.id != self.me.id).collect();
                for id in self.roster.online_are(&others) {
                    self.picture.person_changed(&id);
                }
            }
            ServerFrame::PresenceChanged { users, timestamp } => {
                self.dated(timestamp);
                for user in users.rows.into_iter().filter(|user| user.id != self.me.id) {
                    self.roster.learn(&user);
                    let (online, at) = (user.is_online == Some(true), user.last_seen);
                    self.roster.presence(&user.id, &user.username, online, at);
                    self.picture.person_changed(&user.id);
                }
            }
            ServerFrame::UserOnline(who) => self.presence(&who, true),
            ServerFrame::UserOffline(who) => self.presence(&who, false),
            ServerFrame::NewMessage(message) => self.received(world, message, live),
            ServerFrame::MessageSent { receiver_id, .. } if receiver_id == self.me.id => {
                world.log("a message to oneself was ignored");
            }
            ServerFrame::MessageSent {
                message_id,
                receiver_id,
                content,
                created_at,
                status,
                receipts,
                client_message_id,
            } => {
                self.dated(created_at);
                let message = Message {
                    id: message_id,
                    sender: Party::new(self.me.id.clone()),
                    receiver: None,
                    content,
                    message_type: message::TEXT.to_owned(),
                    status,
                    receipts,
                    created_at,
                    client_id: client_message_id,
                };
                self.admit(world, &receiver_id, message);
            }
            ServerFrame::MessageDelivered { message_id, delivered_at } => {
                self.dated(delivered_at);
                self.delivered(message_id, delivered_at);
            }
            ServerFrame::MessagesRead { read_by, read_at, .. } => {
                self.dated(read_at);
                let counted = self.feed.is_counted();
                self.timeline(&read_by).reads_now(read_at, counted);
                self.picture.all_rows_changed();
            }
            ServerFrame::TypingIndicator { user_id, username, is_typing } => {
                if user_id != self.me.id {
                    self.roster.typing(world.now, &user_id, &username, is_typing);
                    self.picture.person_changed(&user_id);
                }
            }
            ServerFrame::ProfileChanged { user_id, username, avatar } => {
                if user_id == self.me.id {
                    let me = User { username, avatar, ..self.me.clone() };
                    self.is(world, me);
                } else {
                    self.roster.get_mut(&user_id).is_now(&username, avatar);
                    self.picture.person_changed(&user_id);
                }
            }
            ServerFrame::MarkReadSuccess { sender_id, read_at, .. } => {
                self.mark_confirmed(world, &sender_id, read_at);
            }
        }
    }

    #[inline(never)]
    fn delivered(&mut self, message: MessageId, at: Option<Timestamp>) {
        let receipts = Receipts { delivered: at, read: None };
        let mut timelines = self.timelines.values_mut();
        let row = timelines.find_map(|timeline| timeline.reached(&message, receipts));
        if let Some(row) = row {
            self.picture.row_changed(row);
        } else {
            if self.early.len() == EARLY_RECEIPTS {
                self.early.remove(0);
            }
            self.early.push((message, receipts));
        }
    }

    #[inline(never)]
    fn mark_confirmed(&mut self, world: &mut World, with: &UserId, read_at: Option<Timestamp>) {
        if self.roster.get(with).is_none() {
            // What is being counted may be of before.
            self.recount |= read_at.is_some();
            return world.log("a read mark for somebody unknown was ignored");
        }
        // One's own mark was noted when it left: what has come since is not read by it.
        if !self.roster.get_mut(with).unread.confirmed() {
            self.have_read(world, with, read_at);
            // What is known of the count may be of a later day than this.
            self.recount |= read_at.is_some();
        }
        self.marked(world, with);
    }

    /// The server's clock has come this far.
    fn dated(&mut self, at: Option<Timestamp>) {
        self.server_time = self.server_time.max(at);
    }

    fn presence(&mut self, who: &chinwag_protocol::frame::Presence, online: bool) {
        self.dated(who.timestamp);
        if who.user_id != self.me.id {
            self.roster.presence(&who.user_id, &who.username, online, who.timestamp);
            self.picture.person_changed(&who.user_id);
        }
    }

    /// Somebody wrote; or one did oneself, in another place.
    fn received(&mut self, world: &mut World, message: Message, live: bool) {
        let mine = message.sender.id == self.me.id;
        let with = if mine { message.receiver.as_ref() } else { Some(&message.sender) };
        let with = with.map(|party| party.id.clone()).filter(|with| *with != self.me.id);
        let Some(with) = with else {
            return world.log("one's own message without a receiver was ignored");
        };
        self.dated(message.created_at);
        if mine {
            self.admit(world, &with, message);
            return;
        }
        self.roster.learn_party(&message.sender);
        let (id, content) = (message.id.clone(), message.content.clone());
        let at = message.created_at.unwrap_or_else(|| world.now.as_timestamp());
        let read = message.status == Status::Read;
        let (_, new) = self.admit(world, &with, message);
        let person = self.roster.get_mut(&with);
        person.ceased_typing();
        let name = person.name().to_owned();
        if read {
            return;
        }
        // Also where a history was faster: it does not count.
        self.unread(&with, Stamp { at, id });
        self.count_unread(world);
        if new && live {
            self.notify(world, &with, &name, &content);
            let content = self.is_open(&with).then_some(content);
            world.draw(Change::Received { name, content });
        }
    }

    pub(super) fn is_open(&self, with: &UserId) -> bool {
        self.open.as_ref().is_some_and(|open| open.with == *with)
    }
}
