//! One tab: a session, what it draws, its socket and its calls.

use chinwag_protocol::{Call, Token};
use chinwag_session::{
    CallId, Change, Effect, Epoch, Gate, Input, LinkStatus, Millis, Outcome, OwnState, RowKey,
    Session, Sizes,
};

use crate::support::Picture;

/// Little at a time, so that every edge is soon reached.
const SMALL: Sizes = Sizes {
    first: 6,
    side: 6,
    drawn: 16,
    block: 3,
    batch: 2,
    blocks: 12,
    rows: 8,
    rows_closed: 4,
    rows_unkept: 9,
};

/// How the tab's socket stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Socket {
    None,
    Opening(Epoch),
    Open(Epoch),
}

/// One tab.
pub(super) struct Tab {
    pub(super) number: usize,
    session: Session,
    pub(super) picture: Picture,
    pub(super) socket: Socket,
    pub(super) calls: Vec<(CallId, Call)>,
    pub(super) answers: Vec<(CallId, Outcome)>,
    pub(super) attention: bool,
    pub(super) at_bottom: bool,
    /// After so many effects more it is killed.
    pub(super) doomed: Option<usize>,
    /// Its page is loaded anew as soon as it has done what it wanted.
    pub(super) anew: bool,
}

impl Tab {
    pub(super) fn new(number: usize, seed: u64) -> Self {
        let seed = u128::from(seed) << 64 | number as u128;
        Self {
            number,
            session: Session::sized(seed, |a, b| a.to_lowercase().cmp(&b.to_lowercase()), SMALL),
            picture: Picture::default(),
            socket: Socket::None,
            calls: Vec::new(),
            answers: Vec::new(),
            attention: false,
            at_bottom: false,
            doomed: None,
            anew: false,
        }
    }

    pub(super) fn beginning(me: Option<String>) -> Input {
        Input::Begin { token: Some(Token::from("token")), route: None, me }
    }

    pub(super) fn chatting(&self) -> bool {
        matches!(self.picture.gate, Gate::Chat { .. })
    }

    pub(super) fn deadline(&self) -> Option<Millis> {
        self.session.deadline()
    }

    pub(super) fn handle(&mut self, now: u64, input: Input) {
        self.session.handle(Millis(now), input);
    }

    pub(super) fn poll(&mut self) -> Option<Effect> {
        self.session.poll()
    }

    pub(super) fn draw(&mut self, change: Change) {
        let with = |picture: &Picture| picture.conversation.as_ref().map(|c| c.with.clone());
        let before = with(&self.picture);
        self.picture.apply(change);
        self.at_bottom &= before == with(&self.picture);
        if let LinkStatus::Reconnecting { retry_in, .. } | LinkStatus::Offline { retry_in } =
            self.picture.link
        {
            assert!(retry_in.is_none_or(|seconds| seconds <= 30), "it waits for {retry_in:?} s");
        }
    }

    /// The failed messages of the open conversation.
    pub(super) fn failed(&self, which: impl Fn(&str) -> bool) -> Vec<RowKey> {
        let rows = self.picture.rows();
        rows.filter(|(_, row)| matches!(row.own, Some(OwnState::Failed(_))) && which(&row.content))
            .map(|(key, _)| key)
            .collect()
    }
}
