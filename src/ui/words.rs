//! Words that are not fixed: what failed, and how somebody or something stands. The words themselves are in the catalogue
//! (`public/locales`).

use crate::state::catalogue::{counted, filled, text};
use crate::state::session::{Failure, LinkStatus, OwnState, PersonView};
use crate::state::{Arrival, Locale};

/// What has failed, and what one can do.
pub fn failure(failure: &Failure) -> String {
    text(match failure {
        Failure::Server(message) => return message.clone(),
        Failure::NoNetwork => "failure.no-network",
        Failure::TimedOut => "failure.timed-out",
        Failure::Unreadable => "failure.cannot-read",
        Failure::SessionEnded => "failure.session-ended",
        Failure::CouldNotReconnect => "failure.reconnect",
        Failure::TooLong => "failure.too-long",
        Failure::NotStored => "failure.not-stored",
        Failure::NotKept => "failure.not-kept",
        Failure::NotCached => "failure.not-cached",
        Failure::NotCleared => "failure.not-cleared",
        Failure::NothingThen => "failure.nothing-then",
    })
    .to_owned()
}

/// How the connection stands, in the guide's words where it has them.
pub fn connection(link: LinkStatus) -> &'static str {
    text(match link {
        LinkStatus::Connected => "connection.connected",
        LinkStatus::Connecting => "connection.connecting",
        LinkStatus::Off
        | LinkStatus::Reconnecting { .. }
        | LinkStatus::Offline { .. }
        | LinkStatus::Replaced => "connection.disconnected",
    })
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
    if count == 0 { String::new() } else { counted("waiting", count as u64) }
}

/// What to say of a connection that is not there; `None` while all is well.
pub fn trouble(link: LinkStatus) -> Option<String> {
    let (key, retry_in) = match link {
        LinkStatus::Off | LinkStatus::Connecting | LinkStatus::Connected => return None,
        LinkStatus::Reconnecting { retry_in, gave_up: false } => ("trouble.lost", retry_in),
        LinkStatus::Reconnecting { retry_in, gave_up: true } => ("trouble.failed", retry_in),
        LinkStatus::Offline { retry_in } => ("trouble.offline", retry_in),
        LinkStatus::Replaced => return Some(text("trouble.elsewhere").to_owned()),
    };
    let when = match retry_in {
        Some(seconds) => filled("trouble.when.seconds", &[("count", &seconds.to_string())]),
        None => text("trouble.when.now").to_owned(),
    };
    Some(filled(key, &[("when", &when)]))
}

/// How far one's own message has come.
pub fn own_state(state: &OwnState) -> &'static str {
    text(match state {
        OwnState::Waiting => "message.state.waiting",
        OwnState::Sending => "message.state.sending",
        OwnState::Sent => "message.state.sent",
        OwnState::Delivered => "message.state.delivered",
        OwnState::Read => "message.state.read",
        OwnState::Failed(_) => "message.state.failed",
    })
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
    text(if online { "presence.online" } else { "presence.offline" })
}

/// The line below somebody's name in the conversation's header.
pub fn presence_line(person: &PersonView, locale: Locale) -> String {
    match person.last_seen {
        Some(at) if !person.online => {
            filled("presence.last-seen", &[("time", &(locale.brief)(at))])
        }
        _ => presence(person.online).to_owned(),
    }
}

/// Somebody is writing (guide).
pub fn typing(person: &str) -> String {
    filled("typing", &[("name", name(person))])
}

/// What is said when a message comes in.
pub fn arrival(arrival: &Arrival) -> String {
    let name = name(&arrival.name);
    match &arrival.content {
        Some(content) => filled("arrival.here", &[("name", name), ("text", content)]),
        None => filled("arrival.elsewhere", &[("name", name)]),
    }
}

/// A name to show where there may be none.
pub fn name(name: &str) -> &str {
    if name.is_empty() { text("name.unknown") } else { name }
}

/// Whose a message of one's own is, as it is said before it.
pub fn mine() -> String {
    filled("message.mine", &[("text", "")])
}

/// The same of somebody else's.
pub fn theirs(person: &str) -> String {
    filled("message.theirs", &[("name", name(person)), ("text", "")])
}

/// How many messages are not read, for those who hear it.
pub fn unread(count: u64) -> String {
    counted("unread", count)
}

/// A count for a badge: three digits would not fit.
pub fn badge(count: u64) -> String {
    if count > 99 { "99+".to_owned() } else { count.to_string() }
}
