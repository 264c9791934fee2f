//! Every trigger of the session, in one closed enum.

use chinwag_protocol::{Password, SessionId, Token, UserId};

use crate::calls::CallId;
use crate::effect::{KeepId, RecallId};
use crate::link::Epoch;
use crate::view::{Around, RowKey};

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// The page has started: the stored token, and the person whose conversation the address names.
    Begin {
        /// The token of an earlier sign-in.
        token: Option<Token>,
        /// Whose conversation to open.
        route: Option<UserId>,
        /// What was kept beside the token ([`crate::Effect::Remember`]).
        me: Option<String>,
    },
    /// The person wants something.
    Command(Command),
    /// A socket received a text frame.
    Frame {
        /// Which socket.
        epoch: Epoch,
        /// The frame.
        text: String,
    },
    /// A socket is closed or could not be opened.
    SocketClosed {
        /// Which socket.
        epoch: Epoch,
        /// The close code (RFC 6455; 1006 where there was none).
        code: u16,
    },
    /// A call has ended.
    Answer {
        /// Which call.
        call: CallId,
        /// How.
        outcome: Outcome,
    },
    /// A deadline may have passed.
    Tick,
    /// The browser says whether there is a network.
    Online(bool),
    /// Whether the page is visible and its window has the focus.
    Attention(bool),
    /// This tab is the one of the person's tabs that holds the socket, from now on until it is closed. A browser that
    /// cannot tell (no Web Locks) says so to each tab.
    Leads,
    /// Another tab of the person told this ([`crate::Effect::Tell`]).
    Heard(String),
    /// Another tab has stored or forgotten the token: the person signed in or out there.
    TokenChanged(Option<Token>),
    /// What was kept on disk under keys that begin with the prefix, in the order of the keys; `None` where it could
    /// not be read ([`crate::Effect::Load`]).
    Loaded {
        /// The prefix that was asked for.
        prefix: String,
        /// The values.
        values: Option<Vec<String>>,
    },
    /// A write has ended ([`crate::Effect::Keep`]).
    Kept {
        /// Which.
        id: KeepId,
        /// Whether it is on disk.
        done: bool,
    },
    /// Values of the cache ([`crate::Effect::Recall`]); an empty one for each that is not there, and `None` where nothing
    /// could be read.
    Recalled {
        /// Which reading.
        id: RecallId,
        /// The values.
        values: Option<Vec<String>>,
    },
    /// The person went back or forward to an address that names this conversation, or none.
    Route(Option<UserId>),
}

/// How a call ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// With an answer, whatever it is.
    Answered {
        /// The HTTP status.
        status: u16,
        /// The body as text.
        body: String,
        /// How many milliseconds the server wants to be left alone with this (`Retry-After`, RFC 9110 §10.2.3); 0 where it does
        /// not say.
        wait: u64,
    },
    /// Without one: the server could not be reached.
    NoNetwork,
    /// Without one in time.
    TimedOut,
}

/// What the person wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Sign in (guide: `AuthProvider.login`).
    SignIn {
        /// The account's address.
        email: String,
        /// The password.
        password: Password,
    },
    /// Make an account (guide: `AuthProvider.register`).
    Register {
        /// The name that others see.
        username: String,
        /// The account's address.
        email: String,
        /// The password.
        password: Password,
    },
    /// Sign out and forget everything (guide: `logout`).
    SignOut,
    /// Ask again for the server that could not be reached at the start.
    TryAgain,
    /// Open the conversation with somebody (guide: `selectUser`).
    Open(UserId),
    /// Go back to the list of people.
    Close,
    /// The text being written to somebody has become this.
    Edit {
        /// To whom, as it was when the key was pressed.
        to: UserId,
        /// The whole text.
        text: String,
    },
    /// Send this (guide: `sendMessage`).
    Send {
        /// To whom, as it was when Enter was pressed.
        to: UserId,
        /// The text.
        text: String,
    },
    /// Send a failed message again.
    Retry(RowKey),
    /// Throw a failed message away.
    Discard(RowKey),
    /// Put a message's text on the clipboard.
    Copy(RowKey),
    /// Where one is in the open conversation: its newest message is in view, or this row is the first one, so many
    /// pixels below the upper edge.
    Stand(Option<(RowKey, i32)>),
    /// Draw the rows around there: one comes near the end of those that are drawn.
    Look(Around),
    /// Load the page before the oldest message, or what failed to load.
    LoadOlder,
    /// Load what is missing before this row, which is drawn.
    Fill {
        /// The row.
        before: RowKey,
        /// Whether one comes from above: then from there on.
        from_above: bool,
    },
    /// Do not go where one wanted to go ([`Around::Date`]) if one is not there yet.
    Stay,
    /// Load the conversation again after it failed.
    Reload,
    /// Load the next page of people, or the first again after it failed.
    MorePeople,
    /// Look for people; an empty text ends the search.
    Search(String),
    /// Do something with one's account, where the server offers it.
    Account(Wish),
    /// Take the copy of what the server has, and what was chosen, from this browser, and begin anew. What only this browser has, one's
    /// own texts, stays.
    Clear,
    /// Connect now instead of waiting.
    ReconnectNow,
    /// Take the notice away.
    DismissNotice,
}

/// What one wants of one's account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// See where one is signed in; what came of earlier wishes is not told any more.
    Look,
    /// End this session.
    EndSession(SessionId),
    /// End all sessions but this one.
    EndOtherSessions,
    /// Have another password.
    ChangePassword {
        /// The present one.
        current: Password,
        /// The one to be.
        new: Password,
    },
    /// Have another name or picture. What is left out stays.
    ChangeProfile {
        /// The name.
        username: Option<String>,
        /// The picture, as an address; empty for none.
        avatar: Option<String>,
    },
}
