//! Frames and answers, as either side reads them: what is read can be written, and is the same when it is read again.

use chinwag_protocol::answer::{self, Conversation, MessagesPage, SignedIn, SyncPage, UsersPage};
use chinwag_protocol::secret::without_tokens;
use chinwag_protocol::{
    ClientFrame, ClientId, Event, Rows, Server, ServerFrame, Timestamp, UserId,
};

/// What a client sends, as a server reads it.
pub(crate) fn client(text: &str) {
    let named = ClientId::of_send(text);
    match ClientFrame::decode(text) {
        Ok(frame) => {
            let told = frame.encode();
            assert_eq!(ClientFrame::decode(&told).as_ref(), Ok(&frame), "{told}");
            if let ClientFrame::ChatMessage { client_message_id, .. } = frame {
                assert_eq!(named, client_message_id, "a refusal names the same send");
            }
        }
        Err(error) => assert!(error.to_string().len() < 400, "{error}"),
    }
}

/// What a server sends, as a client reads it.
pub(crate) fn server(text: &str) {
    let read = Event::decode(text);
    assert_eq!(ServerFrame::decode(text).ok(), read.clone().ok().map(|event| event.frame));
    match read {
        Ok(event) => {
            let told = event.encode();
            let again = Event::decode(&told);
            let again = again.unwrap_or_else(|error| told_in_vain(&told, &error.to_string()));
            assert_eq!(again.encode(), told);
            assert_eq!(again, as_written(event), "{told}");
        }
        Err(error) => assert!(error.to_string().len() < 400, "{error}"),
    }
    let _ = without_tokens(text);
}

/// A frame as it comes back: written, it lacks rows that could not be read, and what a flat message never says.
fn as_written(event: Event) -> Event {
    let frame = match event.frame {
        ServerFrame::OnlineUsers { users, total_online, timestamp } => {
            let users = Rows { skipped: 0, ..users };
            ServerFrame::OnlineUsers { users, total_online, timestamp }
        }
        ServerFrame::NewMessage(mut message) => {
            message.sender.avatar = None;
            message.sender.username = message.sender.username.filter(|name| !name.is_empty());
            message.receiver = None;
            message.status = chinwag_protocol::Status::default();
            message.receipts = chinwag_protocol::Receipts::default();
            ServerFrame::NewMessage(message)
        }
        other => other,
    };
    Event { frame, ..event }
}

fn told_in_vain(told: &str, error: &str) -> Event {
    assert_eq!(error, "", "what was written cannot be read: {told}");
    std::process::abort()
}

/// What a server answers, as a client reads it. The first line may be the status.
pub(crate) fn answers(text: &str) {
    let (first, rest) = text.split_once('\n').unwrap_or(("", text));
    let (status, body) = first.trim().parse().map_or((200, text), |status: u16| (status, rest));
    let _ = (Server::parse(first), Timestamp::parse(first), without_tokens(body));
    let data = match answer::open(status, body) {
        Ok(data) => data,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    let data = data.root();
    let me = UserId::from("me");
    let rows = Conversation::read_all(data, &me);
    if let Ok(rows) = rows {
        assert!(rows.rows.iter().all(|row| row.user.id != me), "one talks to oneself");
    }
    if let Ok(page) = UsersPage::read(data) {
        assert!(page.users.sent() >= page.users.rows.len());
    }
    if let Ok(page) = MessagesPage::read(data) {
        for message in page.messages.rows {
            // What REST nests comes back as it was.
            let again = answer::success(&[message.nested()]).to_string();
            let again = answer::open(200, &again)
                .ok()
                .and_then(|data| MessagesPage::read(data.root()).ok());
            assert_eq!(again.map(|page| page.messages.rows), Some(vec![message]));
        }
    }
    let _ = (SignedIn::read(data), answer::me(data), SyncPage::read(data));
    let _ = (answer::sent_message(data), answer::unread_count(data));
}
