//! What the socket's frames do to the chat.

use chinwag_protocol::{Message, Party, ServerFrame, Status, Timestamp, UserId, message};

use super::{Chat, EARLY_RECEIPTS};
use crate::session::World;
use crate::timeline::Stamp;
use crate::view::{Change, Failure};

impl Chat {
    /// A frame of the socket in use. What cannot be read is logged and ignored (protocol §2).
    pub(crate) fn frame(&mut self, world: &mut World, text: &str) {
        let frame = match ServerFrame::decode(text) {
            Ok(frame) => frame,
            Err(error) => {
                // Whatever it means, the server lives.
                world.link.sign_of_life(world.now);
                return world.log(format!("a frame was ignored: {error}"));
            }
        };
        if let ServerFrame::Error { message, .. } = frame {
            world.link.sign_of_life(world.now);
            self.outbox.error(world.now, &message);
            // Before the greeting it only announces the close that follows, which says it better.
            if world.link.up().is_some() {
                world.complaint = Some(Failure::Server(message));
            }
            return;
        }
        if world.link.heard(world.now) {
            self.connected(world);
        }
        self.told(world, frame);
    }

    fn told(&mut self, world: &mut World, frame: ServerFrame) {
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
            ServerFrame::UserOnline(who) => self.presence(&who, true),
            ServerFrame::UserOffline(who) => self.presence(&who, false),
            ServerFrame::NewMessage(message) => self.received(world, message),
            ServerFrame::MessageSent { receiver_id, .. } if receiver_id == self.me.id => {
                world.log("a message to oneself was ignored");
            }
            ServerFrame::MessageSent {
                message_id,
                receiver_id,
                content,
                created_at,
                status,
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
                    created_at,
                    client_id: client_message_id,
                };
                self.admit(world, &receiver_id, message);
            }
            ServerFrame::MessageDelivered { message_id, delivered_at } => {
                self.dated(delivered_at);
                let row = self
                    .timelines
                    .values_mut()
                    .find_map(|timeline| timeline.reached(&message_id, Status::Delivered));
                if let Some(row) = row {
                    self.picture.row_changed(row);
                } else {
                    if self.early.len() == EARLY_RECEIPTS {
                        self.early.remove(0);
                    }
                    self.early.push((message_id, Status::Delivered));
                }
            }
            ServerFrame::MessagesRead { read_by, read_at, .. } => {
                self.dated(read_at);
                self.timeline(&read_by).read_by_other(read_at);
                self.picture.all_rows_changed();
            }
            ServerFrame::TypingIndicator { user_id, username, is_typing } => {
                if user_id != self.me.id {
                    self.roster.typing(world.now, &user_id, &username, is_typing);
                    self.picture.person_changed(&user_id);
                }
            }
            ServerFrame::MarkReadSuccess { sender_id, .. } => {
                if self.roster.get(&sender_id).is_none() {
                    return world.log("a read mark for somebody unknown was ignored");
                }
                // One's own mark was noted when it left: what has come since is not read by it.
                if !self.roster.get_mut(&sender_id).unread.confirmed() {
                    self.have_read(world, &sender_id);
                }
                self.marked(world, &sender_id);
            }
        }
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
    fn received(&mut self, world: &mut World, message: Message) {
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
        if new {
            let content = self.is_open(&with).then_some(content);
            world.draw(Change::Received { name, content });
        }
    }

    fn is_open(&self, with: &UserId) -> bool {
        self.open.as_ref().is_some_and(|open| open.with == *with)
    }
}
