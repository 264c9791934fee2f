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
    /// Make the page's address name this conversation, or none.
    ShowRoute(Option<UserId>),
    /// Draw this.
    Changed(Change),
    /// Note this for whoever debugs. Holds no secret.
    Log(String),
}

/// Effects that wait to be carried out, in order.
pub(crate) type Effects = VecDeque<Effect>;
