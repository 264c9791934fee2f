//! Everything that reads, in one place.

use chinwag_protocol::answer::{self, Conversation, MessagesPage, SignedIn, SyncPage, UsersPage};
use chinwag_protocol::{
    ClientFrame, ClientId, Event, JsonRef, Message, Server, ServerFrame, Status, Timestamp, User,
    UserId,
};
use serde_json::json;

/// Feeds a text to everything that reads text.
pub(crate) fn read_text(text: &str) {
    let _ = ServerFrame::decode(text).map(|frame| frame.encode());
    let _ = ClientFrame::decode(text).map(|frame| frame.encode());
    let _ = Event::decode(text).map(|event| event.encode());
    let _ = ClientId::of_send(text);
    let _ = ServerFrame::decode(text).map_err(|error| error.to_string());
    let _ = Timestamp::parse(text);
    let _ = Status::parse(text);
    let _ = Server::parse(text);
    for status in [0, 200, 401, 500, u16::MAX] {
        let _ = answer::open(status, text).map(|data| read_json(data.root()));
    }
}

/// Feeds a value to everything that reads values.
pub(crate) fn read_json(value: JsonRef<'_>) {
    let _ = User::read(value).map(|user| json!(user));
    let _ = Message::read(value).map(|message| (message.nested(), message.flat()));
    let _ = SignedIn::read(value);
    let _ = UsersPage::read(value);
    let _ = MessagesPage::read(value);
    let _ = SyncPage::read(value);
    let _ = Conversation::read_all(value, &UserId::from("a"));
    let _ = answer::me(value);
    let _ = answer::sent_message(value);
    let _ = answer::unread_count(value);
}
