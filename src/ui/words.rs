//! Words that are not fixed: what failed, and how somebody or something stands.

use crate::state::session::{Failure, LinkStatus, OwnState, PersonView};
use crate::state::{Arrival, Locale};

/// What has failed, and what one can do.
pub fn failure(failure: &Failure) -> String {
    match failure {
        Failure::Server(message) => message.clone(),
        Failure::NoNetwork => {
            "The server cannot be reached. Check your connection and try again.".to_owned()
        }
        Failure::TimedOut => "The server took too long to answer. Try again.".to_owned(),
        Failure::Unreadable => {
            "The server gave an answer that Chinwag cannot read. Is it a chat server?".to_owned()
        }
        Failure::SessionEnded => "Your session has ended. Please log in again.".to_owned(),
        Failure::CouldNotReconnect => "Could not reconnect to server".to_owned(),
        Failure::TooLong => "It is too long for this server.".to_owned(),
        Failure::NotStored => "The server did not confirm this message.".to_owned(),
        Failure::NotKept => {
            "This browser keeps nothing. What waits to be sent is lost if you close this page."
                .to_owned()
        }
        Failure::NotCached => {
            "This browser keeps no messages: offline you see only what is loaded now.".to_owned()
        }
        Failure::NothingThen => {
            "Nothing was written on that day. This is the nearest message.".to_owned()
        }
    }
}

/// How the connection stands, in the guide's words where it has them.
pub fn connection(link: LinkStatus) -> &'static str {
    match link {
        LinkStatus::Connected => "Connected",
        LinkStatus::Connecting => "Connecting…",
        LinkStatus::Off
        | LinkStatus::Reconnecting { .. }
        | LinkStatus::Offline { .. }
        | LinkStatus::Replaced => "Disconnected",
    }
}

/// The same for style sheets and tests.
pub fn connection_name(link: LinkStatus) -> &'static str {
    match link {
        LinkStatus::Off => "off",
        LinkStatus::Connecting => "connecting",
        LinkStatus::Connected => "connected",
        LinkStatus::Reconnecting { .. } => "reconnecting",
        LinkStatus::Offline { .. } => "offline",
        LinkStatus::Replaced => "replaced",
    }
}

/// How many messages wait for the connection; nothing where none does.
pub fn waiting(count: usize) -> String {
    match count {
        0 => String::new(),
        1 => "1 message waiting".to_owned(),
        count => format!("{count} messages waiting"),
    }
}

/// What to say of a connection that is not there; `None` while all is well.
pub fn trouble(link: LinkStatus) -> Option<String> {
    let when = |retry_in| match retry_in {
        Some(seconds) => format!("Reconnecting in {seconds} s."),
        None => "Reconnecting…".to_owned(),
    };
    match link {
        LinkStatus::Off | LinkStatus::Connecting | LinkStatus::Connected => None,
        LinkStatus::Reconnecting { retry_in, gave_up: false } => {
            Some(format!("Not connected to server. {}", when(retry_in)))
        }
        LinkStatus::Reconnecting { retry_in, gave_up: true } => {
            Some(format!("Could not reconnect to server. {}", when(retry_in)))
        }
        LinkStatus::Offline { retry_in } => {
            Some(format!("You are offline. Messages wait until you are back. {}", when(retry_in)))
        }
        LinkStatus::Replaced => Some("Chat is open in another place.".to_owned()),
    }
}

/// How far one's own message has come.
pub fn own_state(state: &OwnState) -> &'static str {
    match state {
        OwnState::Waiting => "Waiting for the connection",
        OwnState::Sending => "Sending",
        OwnState::Sent => "Sent",
        OwnState::Delivered => "Delivered",
        OwnState::Read => "Read",
        OwnState::Failed(_) => "Not sent",
    }
}

/// The same for style sheets and tests.
pub fn own_state_name(state: &OwnState) -> &'static str {
    match state {
        OwnState::Waiting => "waiting",
        OwnState::Sending => "sending",
        OwnState::Sent => "sent",
        OwnState::Delivered => "delivered",
        OwnState::Read => "read",
        OwnState::Failed(_) => "failed",
    }
}

/// Whether somebody is online (guide).
pub fn presence(online: bool) -> &'static str {
    if online { "Online" } else { "Offline" }
}

/// The line below somebody's name in the conversation's header.
pub fn presence_line(person: &PersonView, locale: Locale) -> String {
    match person.last_seen {
        Some(at) if !person.online => format!("Offline · last seen {}", (locale.brief)(at)),
        _ => presence(person.online).to_owned(),
    }
}

/// Somebody is writing (guide).
pub fn typing(person: &str) -> String {
    format!("{} is typing...", name(person))
}

/// What is said when a message comes in.
pub fn arrival(arrival: &Arrival) -> String {
    match &arrival.content {
        Some(content) => format!("{}: {content}", name(&arrival.name)),
        None => format!("New message from {}", name(&arrival.name)),
    }
}

/// A name to show where there may be none.
pub fn name(name: &str) -> String {
    if name.is_empty() { "Unknown".to_owned() } else { name.to_owned() }
}

/// How many messages are not read, for those who hear it.
pub fn unread(count: u64) -> String {
    if count == 1 { "1 unread message".to_owned() } else { format!("{count} unread messages") }
}

/// A count for a badge: three digits would not fit.
pub fn badge(count: u64) -> String {
    if count > 99 { "99+".to_owned() } else { count.to_string() }
}
