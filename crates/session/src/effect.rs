//! Every consequence of the session, in one closed enum.

use std::collections::VecDeque;

use chinwag_protocol::{Call, ClientFrame, Token, UserId};

use crate::calls::CallId;
use crate::link::Epoch;
use crate::view::Change;

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Open a socket. What it says is reported with this epoch.
    OpenSocket {
        /// Its number.
        epoch: Epoch,
        /// The session's token, for the address.
        token: Token,
    },
    /// Send a frame on that socket; it is the newest one.
    SendFrame {
        /// The socket's number.
        epoch: Epoch,
        /// The frame.
        frame: ClientFrame,
    },
    /// Close that socket. Nothing that it still says matters.
    CloseSocket {
        /// The socket's number.
        epoch: Epoch,
    },
    /// Make a call and report its outcome under this number.
    Fetch {
        /// Its number.
        id: CallId,
        /// The call.
        call: Call,
        /// The session's token, where there is one.
        token: Option<Token>,
    },
    /// Keep the token for the next start.
    StoreToken(Token),
    /// Forget the stored token.
    ForgetToken,
    /// Read everything that is kept on disk under keys that begin so, and report it as [`crate::Input::Loaded`]: as
    /// it is once all that was to be kept before this is kept, by this tab or by another.
    Load {
        /// How the keys begin.
        prefix: String,
    },
    /// Keep this on disk: all of it or, where that fails, nothing; after all that was to be kept before it. Begun before
    /// this effect's turn ends, since the tab may be closed the next moment. Reported as [`crate::Input::Kept`].
    Keep {
        /// Its number.
        id: KeepId,
        /// What to keep.
        writes: Vec<Write>,
    },
    /// Read these values of the cache, and report them as [`crate::Input::Recalled`].
    Recall {
        /// Its number.
        id: RecallId,
        /// Which values.
        what: Recall,
    },
    /// Keep this in the cache: all of it or, where that fails, nothing; after all that was to be kept before it. Reported
    /// as [`crate::Input::Kept`].
    Cache {
        /// Its number.
        id: KeepId,
        /// What to keep.
        writes: Vec<Write>,
    },
    /// Throw away what the cache holds under keys that begin so, but for these.
    Purge {
        /// How the keys begin.
        prefix: String,
        /// The keys to stay.
        but: Vec<String>,
    },
    /// Forget what was chosen for this browser, and load the page anew: of what it knows nothing is to stay.
    BeginAnew,
    /// Keep this beside the token, and forget it with the token or when another one is stored.
    Remember(String),
    /// Tell the person's other tabs this; each of them is given it as [`crate::Input::Heard`].
    Tell(String),
    /// Show a notification of this message, instead of an earlier one of the same person: nobody has seen it. Only where the
    /// person wants that (`src/edge/notify.rs`).
    Notify {
        /// Who has written.
        with: UserId,
        /// Their name; empty where it is not known.
        name: String,
        /// How the text begins.
        text: String,
        /// Whether it may be heard: of what comes together only the first.
        aloud: bool,
    },
    /// Take away all notifications but those of messages from these.
    CloseNotifications {
        /// From whom there are messages that are not read.
        but: Vec<UserId>,
    },
    /// Put this text on the clipboard.
    Copy(String),
    /// Make the page's address name this conversation, or none.
    ShowRoute(Option<UserId>),
    /// Draw this.
    Changed(Change),
    /// Note this for whoever debugs. Holds no secret.
    Log(String),
}

/// The number of a write to the disk; never used twice while the page lives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeepId(pub u64);

/// The number of a reading of the cache; never used twice while the page lives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RecallId(pub u64);

/// Which values of the cache to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recall {
    /// All whose keys begin so, in the order of their keys.
    All(String),
    /// Those of these keys, in this order.
    Each(Vec<String>),
}

/// One value that is kept on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// Under which key.
    pub key: String,
    /// The value; `None` removes it.
    pub value: Option<String>,
}

/// Effects that wait to be carried out, in order.
pub(crate) type Effects = VecDeque<Effect>;
