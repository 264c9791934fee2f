//! The calls under way: each answer finds what it was asked for, or is dropped.

use chinwag_protocol::{Call, SyncPoint, Token, UserId};

use crate::account::Asked;
use crate::effect::{Effect, Effects};
use crate::view::RowKey;

/// The number of a call; never used twice while the page lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallId(pub u64);

/// What an answer is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Whose token is it, at the start.
    Start,
    /// A sign-in or registration.
    SignIn,
    /// A page of people.
    People { page: u64 },
    /// Who is online, while there is no socket.
    Online,
    /// People with this in their names.
    Search { query: String },
    /// The conversations with their last messages.
    Conversations,
    /// The newest messages with somebody, page by page, until they meet what was known.
    Newest { with: UserId, page: u64, round: u32 },
    /// The messages before the oldest known one.
    Older { with: UserId, page: u64 },
    /// A page on the way to messages that are looked for.
    Sought { with: UserId, page: u64 },
    /// What has happened since then.
    Sync { since: SyncPoint },
    /// A message of the outbox, sent without the socket.
    Post { row: RowKey },
    /// A read mark, sent without the socket.
    MarkRead { with: UserId },
    /// How many messages are not read.
    UnreadCount,
    /// Something of the account.
    Account(Asked),
}

/// The ledger of calls.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    last: u64,
    /// Few at a time: looking through them costs less than a table of them would.
    pending: Vec<(CallId, Purpose)>,
}

impl Calls {
    /// The last call that was made.
    pub(crate) fn last(&self) -> CallId {
        CallId(self.last)
    }

    /// Makes a call.
    pub(crate) fn make(
        &mut self,
        effects: &mut Effects,
        call: Call,
        token: Option<&Token>,
        purpose: Purpose,
    ) {
        self.last += 1;
        let id = CallId(self.last);
        self.pending.push((id, purpose));
        effects.push_back(Effect::Fetch { id, call, token: token.cloned() });
    }

    /// Takes a call off the ledger; `None` where nobody waits for its answer any more.
    pub(crate) fn take(&mut self, id: CallId) -> Option<Purpose> {
        let place = self.pending.iter().position(|(pending, _)| *pending == id)?;
        Some(self.pending.swap_remove(place).1)
    }

    /// Whether such a call is under way.
    pub(crate) fn any(&self, matches: impl Fn(&Purpose) -> bool) -> bool {
        self.pending.iter().any(|(_, purpose)| matches(purpose))
    }

    /// Nobody waits for any answer any more.
    pub(crate) fn forget_all(&mut self) {
        self.pending.clear();
    }
}
