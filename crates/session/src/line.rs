//! The debug log: one line for each input and effect.
//!
//! Written by hand and not derived, since derived `Debug` of all that is in them would be a twentieth of the
//! program that a browser loads. Tokens and passwords are never in a line.

use std::fmt;

use chinwag_protocol::UserId;
use chinwag_protocol::secret::without_tokens;

use crate::effect::Effect;
use crate::input::{Command, Input, Outcome, Wish};
use crate::link::LinkStatus;
use crate::view::{Change, Gate};

impl fmt::Display for Input {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Begin { token, route, .. } => {
                let token = if token.is_some() { "with" } else { "without" };
                write!(out, "begin {token} a token, open: {}", name(route.as_ref()))
            }
            Self::Command(command) => write!(out, "command {command}"),
            Self::Frame { epoch, text } => {
                write!(out, "frame on socket {}: {}", epoch.0, without_tokens(text))
            }
            Self::SocketClosed { epoch, code } => write!(out, "socket {} closed: {code}", epoch.0),
            Self::Answer { call, outcome } => write!(out, "answer to call {}: {outcome}", call.0),
            Self::Tick => out.write_str("tick"),
            Self::Leads => out.write_str("this tab leads"),
            Self::Heard(text) => write!(out, "heard {}", without_tokens(text)),
            Self::TokenChanged(token) => {
                let token = if token.is_some() { "stored" } else { "forgotten" };
                write!(out, "another tab has {token} a token")
            }
            Self::Loaded { values, .. } => {
                write!(out, "loaded {} values", values.as_ref().map_or(0, Vec::len))
            }
            Self::Recalled { id, values } => {
                let values = values.as_ref().map_or(0, Vec::len);
                write!(out, "recalled {}: {values} values", id.0)
            }
            Self::Kept { id, done } => write!(out, "write {}: {done}", id.0),
            Self::Online(online) => write!(out, "online: {online}"),
            Self::Attention(attention) => write!(out, "attention: {attention}"),
            Self::Route(route) => write!(out, "route: {}", name(route.as_ref())),
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answered { status, body, .. } => write!(out, "{status} {}", without_tokens(body)),
            Self::NoNetwork => out.write_str("no network"),
            Self::TimedOut => out.write_str("timed out"),
        }
    }
}

impl fmt::Display for Command {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SignIn { email, .. } => write!(out, "sign in {email}"),
            Self::Register { username, email, .. } => write!(out, "register {username} {email}"),
            Self::SignOut => out.write_str("sign out"),
            Self::TryAgain => out.write_str("try again"),
            Self::Open(with) => write!(out, "open {with}"),
            Self::Close => out.write_str("close"),
            Self::Edit { to, text } => write!(out, "edit to {to}: {text}"),
            Self::Send { to, text } => write!(out, "send to {to}: {text}"),
            Self::Retry(row) => write!(out, "retry row {}", row.0),
            Self::Discard(row) => write!(out, "discard row {}", row.0),
            Self::Copy(row) => write!(out, "copy row {}", row.0),
            Self::Stand(at) => write!(out, "at row {}", at.map_or(0, |(row, _)| row.0)),
            Self::Look(_) => out.write_str("look"),
            Self::LoadOlder => out.write_str("load older"),
            Self::Fill { before, .. } => write!(out, "fill before row {}", before.0),
            Self::Stay => out.write_str("stay"),
            Self::Reload => out.write_str("reload"),
            Self::MorePeople => out.write_str("more people"),
            Self::Search(text) => write!(out, "search {text}"),
            Self::Account(wish) => out.write_str(match wish {
                Wish::Look => "look at the account",
                Wish::EndSession(_) => "end a session",
                Wish::EndOtherSessions => "end all other sessions",
                Wish::ChangePassword { .. } => "change the password",
                Wish::ChangeProfile { .. } => "change the profile",
            }),
            Self::Clear => out.write_str("clear the copy"),
            Self::ReconnectNow => out.write_str("reconnect now"),
            Self::DismissNotice => out.write_str("dismiss notice"),
        }
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OpenSocket { epoch, .. } => write!(out, "open socket {}", epoch.0),
            Self::SendFrame { epoch, frame } => {
                write!(out, "send on socket {}: {}", epoch.0, frame.encode())
            }
            Self::CloseSocket { epoch } => write!(out, "close socket {}", epoch.0),
            Self::Fetch { id, call, .. } => write!(out, "call {}: {}", id.0, call.path()),
            Self::StoreToken(_) => out.write_str("store the token"),
            Self::ForgetToken => out.write_str("forget the token"),
            Self::Load { .. } => out.write_str("load"),
            Self::Keep { id, writes } => write!(out, "write {}: {} values", id.0, writes.len()),
            Self::Recall { id, .. } => write!(out, "recall {}", id.0),
            Self::Cache { id, writes } => write!(out, "cache {}: {} values", id.0, writes.len()),
            Self::Purge { but, .. } => write!(out, "purge all but {} values", but.len()),
            Self::BeginAnew => out.write_str("begin anew"),
            Self::Remember(_) => out.write_str("remember who one is"),
            Self::Tell(text) => write!(out, "tell {}", without_tokens(text)),
            Self::Notify { with, .. } => write!(out, "notify of {with}"),
            Self::CloseNotifications { but } => {
                write!(out, "close notifications but of {}", but.len())
            }
            Self::Copy(_) => out.write_str("copy"),
            Self::ShowRoute(with) => write!(out, "show route: {}", name(with.as_ref())),
            Self::Changed(change) => write!(out, "changed: {change}"),
            Self::Log(text) => out.write_str(text),
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gate(gate) => out.write_str(match gate {
                Gate::Starting => "starting",
                Gate::Unreachable { .. } => "server unreachable",
                Gate::Broken { .. } => "configuration broken",
                Gate::SignIn { busy: true, .. } => "signing in",
                Gate::SignIn { busy: false, .. } => "signed out",
                Gate::Chat { .. } => "chatting",
            }),
            Self::Link(link) => out.write_str(match link {
                LinkStatus::Off => "link off",
                LinkStatus::Connecting => "connecting",
                LinkStatus::Connected => "connected",
                LinkStatus::Reconnecting { .. } => "reconnecting",
                LinkStatus::Offline { .. } => "offline",
                LinkStatus::Replaced => "replaced by another place",
            }),
            Self::People(people) => write!(out, "people: {} online", people.online),
            Self::Person(id, person) => {
                write!(out, "person {id}: {}, unread: {}", person.name, person.unread)
            }
            Self::Search(search) => {
                write!(
                    out,
                    "search: {} found",
                    search.as_ref().map_or(0, |search| search.found.len())
                )
            }
            Self::Conversation(open) => {
                write!(out, "conversation: {}", name(open.as_ref().map(|open| &open.with)))
            }
            Self::Rows(rows) => write!(out, "{} rows", rows.len()),
            Self::Order(order) => write!(out, "order of {} rows", order.keys.len()),
            Self::Notice(notice) => {
                out.write_str(if notice.is_some() { "notice" } else { "no notice" })
            }
            Self::Unread(unread) => write!(out, "unread: {unread}"),
            Self::Waiting(waiting) => write!(out, "waiting: {waiting}"),
            Self::Account(_) => out.write_str("account"),
            Self::Received { name, .. } => write!(out, "received from {name}"),
        }
    }
}

fn name(id: Option<&UserId>) -> &str {
    id.map_or("nobody", UserId::as_str)
}

#[cfg(test)]
mod tests {
    use chinwag_protocol::{Call, Password, Token};

    use super::*;
    use crate::calls::CallId;
    use crate::link::Epoch;

    #[test]
    fn no_line_holds_a_token_or_a_password() {
        let body = r#"{"success":true,"data":{"token" : "s3cret\"x","user":{"_id":"1"}}}"#;
        let (token, password) = (Token::from("s3cret"), Password::from("s3cret"));
        let inputs = [
            Input::Begin { token: Some(token.clone()), route: None, me: None },
            Input::Command(Command::SignIn { email: "a@b.cd".into(), password: password.clone() }),
            Input::Answer {
                call: CallId(1),
                outcome: Outcome::Answered { status: 200, body: body.to_owned(), wait: 0 },
            },
        ];
        let call = Call::Login { email: "a@b.cd".into(), password };
        let effects = [
            Effect::OpenSocket { epoch: Epoch(1), token: token.clone() },
            Effect::Fetch { id: CallId(1), call, token: Some(token.clone()) },
            Effect::StoreToken(token),
        ];
        let lines = inputs.iter().map(ToString::to_string);
        for line in lines.chain(effects.iter().map(ToString::to_string)) {
            assert!(!line.contains("s3cret"), "{line}");
        }
        assert!(inputs[2].to_string().contains(r#""user":{"_id":"1"}"#));
    }
}
