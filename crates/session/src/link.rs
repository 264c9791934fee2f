//! The connection: when to open a socket, when to wait, when to believe that one is dead.
//!
//! A socket counts as connected once the server has greeted, not once it is open: a server tells
//! only then whether it accepts the token.

use std::time::Duration;

use chinwag_protocol::frame::close;
use chinwag_protocol::{ClientFrame, Token};

use crate::effect::{Effect, Effects};
use crate::random::Random;
use crate::time::{Millis, earliest};

/// How long a socket may take to be opened and greeted.
const CONNECT: Duration = Duration::from_secs(10);
/// The first wait before trying again; doubled after each failure (guide: `_scheduleReconnect`).
const SHORTEST_WAIT: u64 = 1_000;
/// The longest wait (guide).
const LONGEST_WAIT: u64 = 30_000;
/// Failures in a row after which the person is told (guide: `_maxReconnectAttempts`).
const TELL_AFTER: u32 = 5;
/// A connection that lasted this long was a good one: the next wait is short again.
const GOOD: Duration = Duration::from_secs(5);
/// Silence after which the server is asked for a sign of life (guide: ping timer; protocol §2: half-open sockets).
const SILENCE: Duration = Duration::from_secs(25);
/// How long the server may take to give it.
const PROBE: Duration = Duration::from_secs(10);

/// The number of a socket; a later one is newer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Epoch(pub u64);

/// How the connection stands, for the person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LinkStatus {
    /// There is none and none is wanted: nobody is signed in.
    #[default]
    Off,
    /// The first socket is being opened.
    Connecting,
    /// The server has greeted.
    Connected,
    /// The connection was lost or never came about; it is tried again.
    Reconnecting {
        /// Seconds until the next try; none while one is under way.
        retry_in: Option<u64>,
        /// Whether so many tries have failed that the person should know.
        gave_up: bool,
    },
    /// The browser says that there is no network. It is tried all the same, since browsers err.
    Offline {
        /// Seconds until the next try; none while one is under way.
        retry_in: Option<u64>,
    },
    /// Another place has taken the connection over. Taking it back is the person's choice (close code 4005).
    Replaced,
}

/// How the connection stands, for the tabs that follow this one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shared {
    /// Whether the server has greeted.
    pub(crate) up: bool,
    /// Whether another place has taken over.
    pub(crate) replaced: bool,
    /// Milliseconds until the next try, where it is waited for.
    pub(crate) wait: Option<u64>,
    pub(crate) failures: u32,
    pub(crate) tries: u32,
    pub(crate) online: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Off,
    Opening { since: Millis },
    Up { since: Millis, probed: Option<Millis> },
    Waiting { until: Millis },
    Replaced,
}

/// What has become of the connection that another tab holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Followed {
    /// It stands as before.
    Same,
    /// The server has greeted there.
    Connected,
    /// It is gone, or a try to have one has failed.
    Lost,
}

/// What the end of a socket means for everybody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Closed {
    /// Nothing: it was an old socket.
    Stale,
    /// The connection is gone and will be tried again.
    Lost {
        /// Whether this failure is the one after which the person is told.
        tell: bool,
    },
    /// Another place has taken over.
    Replaced,
    /// The token is not accepted.
    Refused,
}

/// The connection's state machine.
#[derive(Debug)]
pub(crate) struct Link {
    state: State,
    epoch: Epoch,
    /// The session's token, while this tab is to hold the connection.
    token: Option<Token>,
    /// Connections that failed or were short, in a row: they make the wait longer.
    failures: u32,
    /// Tries that came to nothing, in a row: they are what the person is told of.
    tries: u32,
    heard: Millis,
    online: bool,
    random: Random,
}

impl Link {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            state: State::Off,
            epoch: Epoch::default(),
            token: None,
            failures: 0,
            tries: 0,
            heard: Millis::default(),
            online: true,
            random: Random::new(seed),
        }
    }

    /// Begins to hold a connection for this session.
    pub(crate) fn start(&mut self, now: Millis, token: Token, effects: &mut Effects) {
        self.stop(effects);
        self.token = Some(token);
        self.failures = 0;
        self.tries = 0;
        self.open(now, effects);
    }

    /// Has the socket from now on, which another tab had. One that was taken over by another place stays there until the
    /// person wants it here.
    pub(crate) fn inherit(&mut self, now: Millis, token: Token, effects: &mut Effects) {
        if self.state == State::Replaced {
            self.token = Some(token);
        } else {
            self.start(now, token, effects);
        }
    }

    /// Holds none any more.
    pub(crate) fn stop(&mut self, effects: &mut Effects) {
        self.drop_socket(effects);
        self.token = None;
        self.state = State::Off;
    }

    /// Follows the connection of the tab that leads, until it is heard of.
    pub(crate) fn follow(&mut self, now: Millis) {
        self.failures = 0;
        self.tries = 0;
        self.state = State::Opening { since: now };
    }

    /// Whether the connection is another tab's.
    pub(crate) fn is_followed(&self) -> bool {
        self.token.is_none() && self.state != State::Off
    }

    /// What the tabs that follow know of it, to see whether that has changed.
    pub(crate) fn shape(&self) -> (Shared, Option<Millis>) {
        let until = match self.state {
            State::Waiting { until } => Some(until),
            State::Off | State::Opening { .. } | State::Up { .. } | State::Replaced => None,
        };
        (Shared { wait: None, ..self.share(Millis::default()) }, until)
    }

    /// How it stands, for the tabs that follow.
    pub(crate) fn share(&self, now: Millis) -> Shared {
        let wait = match self.state {
            State::Waiting { until } => Some(until.0.saturating_sub(now.0)),
            State::Off | State::Opening { .. } | State::Up { .. } | State::Replaced => None,
        };
        Shared {
            up: self.is_up(),
            replaced: self.state == State::Replaced,
            wait,
            failures: self.failures,
            tries: self.tries,
            online: self.online,
        }
    }

    /// The tab that leads says how it stands.
    pub(crate) fn heard_of(&mut self, now: Millis, shared: &Shared) -> Followed {
        let was = self.state;
        self.failures = shared.failures;
        self.tries = shared.tries;
        self.online = shared.online;
        self.state = match shared.wait {
            _ if shared.up => State::Up { since: now, probed: None },
            _ if shared.replaced => State::Replaced,
            Some(wait) => State::Waiting { until: now.plus(Duration::from_millis(wait)) },
            None => State::Opening { since: now },
        };
        match (was, self.state) {
            (State::Up { .. }, State::Up { .. }) => Followed::Same,
            (_, State::Up { .. }) => Followed::Connected,
            (State::Up { .. }, _)
            | (State::Opening { .. }, State::Waiting { .. } | State::Replaced) => Followed::Lost,
            _ => Followed::Same,
        }
    }

    /// Whether this is the socket in use.
    pub(crate) fn is_current(&self, epoch: Epoch) -> bool {
        self.token.is_some()
            && epoch == self.epoch
            && matches!(self.state, State::Opening { .. } | State::Up { .. })
    }

    /// The socket in use, once the server has greeted on it; `None` where it is another tab's.
    pub(crate) fn up(&self) -> Option<Epoch> {
        (self.is_up() && self.token.is_some()).then_some(self.epoch)
    }

    /// Whether the server has greeted, on a socket of this tab or of the one that leads.
    pub(crate) fn is_up(&self) -> bool {
        matches!(self.state, State::Up { .. })
    }

    /// Whether sockets fail so persistently that calls must do instead.
    pub(crate) fn is_hopeless(&self) -> bool {
        self.tries >= TELL_AFTER && !self.is_up()
    }

    /// A frame came. Says whether it is the first of its connection.
    pub(crate) fn heard(&mut self, now: Millis) -> bool {
        self.heard = now;
        match &mut self.state {
            State::Opening { .. } => {
                self.state = State::Up { since: now, probed: None };
                true
            }
            State::Up { probed, .. } => {
                *probed = None;
                false
            }
            State::Off | State::Waiting { .. } | State::Replaced => false,
        }
    }

    /// Something came that is no greeting: an `error` comes before a refusal too, and some frames cannot be read.
    pub(crate) fn sign_of_life(&mut self, now: Millis) {
        self.heard = now;
        if let State::Up { probed, .. } = &mut self.state {
            *probed = None;
        }
    }

    /// A socket is closed.
    pub(crate) fn closed(&mut self, now: Millis, epoch: Epoch, code: u16) -> Closed {
        if !self.is_current(epoch) {
            return Closed::Stale;
        }
        match code {
            close::NO_TOKEN | close::BAD_TOKEN | close::NO_SUCH_USER => {
                self.state = State::Off;
                Closed::Refused
            }
            close::REPLACED => {
                self.forgive(now);
                self.state = State::Replaced;
                Closed::Replaced
            }
            _ => self.lost(now),
        }
    }

    /// Lets time pass. Returns what became of the connection, where it was given up.
    pub(crate) fn tick(&mut self, now: Millis, effects: &mut Effects) -> Option<Closed> {
        if self.is_followed() {
            return None;
        }
        match self.state {
            State::Opening { since } if now >= since.plus(CONNECT) => {
                self.drop_socket(effects);
                Some(self.lost(now))
            }
            State::Up { probed: Some(at), .. } if now >= at.plus(PROBE) => {
                self.drop_socket(effects);
                Some(self.lost(now))
            }
            State::Up { since, probed: None } if now >= self.heard.plus(SILENCE) => {
                self.probe(now, since, effects);
                None
            }
            State::Waiting { until } if now >= until => {
                self.open(now, effects);
                None
            }
            State::Off
            | State::Opening { .. }
            | State::Up { .. }
            | State::Waiting { .. }
            | State::Replaced => None,
        }
    }

    /// Whether the tab that leads has let its time pass, as hidden tabs do. Said once for each time.
    pub(crate) fn is_overdue(&mut self, now: Millis) -> bool {
        let overdue =
            self.is_followed() && matches!(self.state, State::Waiting { until } if now >= until);
        if overdue {
            self.state = State::Opening { since: now };
        }
        overdue
    }

    /// Connects now instead of waiting; takes the connection back where another place has it.
    pub(crate) fn now(&mut self, now: Millis, effects: &mut Effects) {
        if matches!(self.state, State::Waiting { .. } | State::Replaced) {
            self.open(now, effects);
        }
    }

    /// There is reason to hope or to doubt: a network came, the page is looked at again.
    pub(crate) fn stir(&mut self, now: Millis, effects: &mut Effects) {
        match self.state {
            State::Waiting { .. } => self.open(now, effects),
            State::Up { since, probed: None } if now >= self.heard.plus(PROBE) => {
                self.probe(now, since, effects);
            }
            State::Off | State::Opening { .. } | State::Up { .. } | State::Replaced => {}
        }
    }

    /// The browser says whether there is a network. It is a hint only: a server on this machine needs none.
    pub(crate) fn online(&mut self, now: Millis, online: bool, effects: &mut Effects) {
        self.online = online;
        if online {
            self.stir(now, effects);
        } else if let State::Up { since, probed: None } = self.state {
            self.probe(now, since, effects);
        }
    }

    pub(crate) fn status(&self, now: Millis) -> LinkStatus {
        let retry_in = match self.state {
            State::Off => return LinkStatus::Off,
            State::Up { .. } => return LinkStatus::Connected,
            State::Replaced => return LinkStatus::Replaced,
            State::Opening { .. } if self.failures == 0 => return LinkStatus::Connecting,
            State::Opening { .. } => None,
            State::Waiting { until } => Some(whole_seconds(now, until)),
        };
        if self.online {
            LinkStatus::Reconnecting { retry_in, gave_up: self.tries >= TELL_AFTER }
        } else {
            LinkStatus::Offline { retry_in }
        }
    }

    /// When to be ticked next: for the connection itself, or because the seconds shown change.
    pub(crate) fn deadline(&self, now: Millis) -> Option<Millis> {
        match self.state {
            State::Off | State::Replaced => None,
            State::Opening { .. } | State::Up { .. } if self.is_followed() => None,
            State::Opening { since } => Some(since.plus(CONNECT)),
            State::Up { probed: Some(at), .. } => Some(at.plus(PROBE)),
            State::Up { probed: None, .. } => Some(self.heard.plus(SILENCE)),
            State::Waiting { until } => earliest([Some(until), next_second(now, until)]),
        }
    }

    fn open(&mut self, now: Millis, effects: &mut Effects) {
        let Some(token) = self.token.clone() else { return };
        self.epoch = Epoch(self.epoch.0 + 1);
        self.state = State::Opening { since: now };
        effects.push_back(Effect::OpenSocket { epoch: self.epoch, token });
    }

    fn drop_socket(&mut self, effects: &mut Effects) {
        if self.token.is_some() && matches!(self.state, State::Opening { .. } | State::Up { .. }) {
            effects.push_back(Effect::CloseSocket { epoch: self.epoch });
        }
    }

    fn probe(&mut self, now: Millis, since: Millis, effects: &mut Effects) {
        self.state = State::Up { since, probed: Some(now) };
        let frame = ClientFrame::GetOnlineUsers {};
        effects.push_back(Effect::SendFrame { epoch: self.epoch, frame });
    }

    /// A connection that lasted makes up for the failures before it.
    fn forgive(&mut self, now: Millis) {
        if let State::Up { since, .. } = self.state
            && now >= since.plus(GOOD)
        {
            self.failures = 0;
            self.tries = 0;
        }
    }

    fn lost(&mut self, now: Millis) -> Closed {
        self.forgive(now);
        if matches!(self.state, State::Opening { .. }) {
            self.tries = self.tries.saturating_add(1);
        }
        let tell = self.tries == TELL_AFTER && matches!(self.state, State::Opening { .. });
        let wait = back_off(self.failures, &mut self.random);
        self.failures = self.failures.saturating_add(1);
        self.state = State::Waiting { until: now.plus(wait) };
        Closed::Lost { tell }
    }
}

/// How long to wait after so many failures: doubled each time, and spread so that the clients of a server
/// that was down do not all come back at once.
pub(crate) fn back_off(failures: u32, random: &mut Random) -> Duration {
    // With room for chance above it to the last: after a long time as well they come one by one.
    let base = SHORTEST_WAIT.saturating_mul(1 << failures.min(5)).min(LONGEST_WAIT * 2 / 3);
    Duration::from_millis(base + random.up_to(base / 2))
}

/// The seconds until then, rounded up: "in 1 s" until it is due.
pub(crate) fn whole_seconds(now: Millis, until: Millis) -> u64 {
    until.0.saturating_sub(now.0).div_ceil(1_000)
}

/// When [`whole_seconds`] changes next.
pub(crate) fn next_second(now: Millis, until: Millis) -> Option<Millis> {
    let seconds = whole_seconds(now, until).checked_sub(1)?;
    Some(Millis(until.0.saturating_sub(seconds * 1_000)))
}

#[cfg(test)]
mod tests;
