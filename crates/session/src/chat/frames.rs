//! What the socket's frames do to the chat.

use chinwag_protocol::{Message, Party, ServerFrame, Status, UserId, message};

use super::{Chat, EARLY_RECEIPTS};
use crate::session::World;
use crate::timeline::Stamp;
use crate::view::{Change, Failure};

impl Chat {
    /// A frame of the socket in use. What cannot be read is logged and ignored (protocol §2).
    pub(crate) fn frame(&mut self, world: &mut World, text: &str) {
        let frame = match ServerFrame::decode(text) {
            Ok(frame) => frame,
            Err(error) => return world.log(format!("a frame was ignored: {error}")),
        };
        if let ServerFrame::Error { message, .. } = frame {
            world.link.heard_error(world.now);
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
            ServerFrame::OnlineUsers { users, .. } => {
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
            ServerFrame::MessageSent { message_id, receiver_id, content, created_at, status } => {
                let message = Message {
                    id: message_id,
                    sender: Party::new(self.me.id.clone()),
                    receiver: None,
                    content,
                    message_type: message::TEXT.to_owned(),
                    status,
                    created_at,
                };
                self.admit(world, &receiver_id, message);
            }
            ServerFrame::MessageDelivered { message_id, .. } => {
                let row = self
                    .timelines
                    .values_mut()
                    .find_map(|timeline| timeline.reached(&message_id, Status::Delivered));
                match row {
                    Some(row) => self.picture.row_changed(row),
                    None if self.early.len() < EARLY_RECEIPTS => {
                        self.early.insert(message_id, Status::Delivered);
                    }
                    None => {}
                }
            }
            ServerFrame::MessagesRead { read_by, read_at, .. } => {
                self.timeline(&read_by).read_by_other(read_at);
                self.picture.all_rows_changed();
            }
            ServerFrame::TypingIndicator { user_id, username, is_typing } => {
                if user_id != self.me.id {
                    self.roster.typing(world.now, &user_id, &username, is_typing);
                    self.picture.person_changed(&user_id);
                }
            }
            ServerFrame::MarkReadSuccess { sender_id, marked_count } => {
                self.unread_in_all =
                    self.unread_in_all.map(|count| count.saturating_sub(marked_count));
                self.have_read(&sender_id);
            }
        }
    }

    fn presence(&mut self, who: &chinwag_protocol::frame::Presence, online: bool) {
        if who.user_id != self.me.id {
            self.roster.presence(&who.user_id, &who.username, online, who.timestamp);
            self.picture.person_changed(&who.user_id);
        }
    }

    /// Somebody wrote; or one did oneself, in another place.
    fn received(&mut self, world: &mut World, message: Message) {
        let mine = message.sender.id == self.me.id;
        let with = if mine { message.receiver.as_ref() } else { Some(&message.sender) };
        let Some(with) = with.map(|party| party.id.clone()) else {
            return world.log("one's own message without a receiver was ignored");
        };
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
        if new && !read {
            let name = person.name().to_owned();
            self.unread(&with, Stamp { at, id });
            let content = self.is_open(&with).then_some(content);
            world.draw(Change::Received { name, content });
        }
    }

    fn is_open(&self, with: &UserId) -> bool {
        self.open.as_ref().is_some_and(|open| open.with == *with)
    }
}
