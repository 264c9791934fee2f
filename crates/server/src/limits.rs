//! How much one address and one account may ask for: so much at once, then so much in a while. Nobody who uses the page
//! comes near it, nor a page that sends what it has kept while it was offline; a script that floods does at once.
//!
//! What never lives here: wrong passwords, which are counted for the account that is tried (`auth::throttle`).

use std::fmt;
use std::hash::Hash;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use chinwag_protocol::UserId;
use governor::middleware::NoOpMiddleware;
use governor::{Quota, RateLimiter};

use crate::address::{self, Address, Peer};
use crate::app::App;
use crate::clock::Clock;
use crate::error::Error;
use crate::metrics::Refused;

mod bounded;
mod held;
mod steady;

use bounded::Bounded;
pub(crate) use held::{Held, Place};
use steady::Steady;

/// Addresses and accounts that are remembered, for each limit: a hundred bytes each at the most.
const REMEMBERED: usize = 50_000;
/// For so many turns a frame waits at most: for more sockets than a person has.
const TURNS: usize = 64;
/// How often those are forgotten who have not come near a limit of late.
const SWEEP: Duration = Duration::from_mins(1);
/// This machine counts for so many addresses. Where a proxy on it is not named as trusted, all people come from here, and
/// must get through; without any limit such a set-up would have none.
const HERE: u32 = 20;
/// How long whoever has too many connections should wait: as long as one may be idle.
const WAIT: Duration = Duration::from_secs(10);

/// So much at once, and one more after each of these spans.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How many at once.
    pub burst: NonZeroU32,
    /// After how long one more.
    pub every: Duration,
}

impl Rate {
    /// A rate; a burst of none is one of one.
    pub const fn new(burst: u32, every: Duration) -> Self {
        let burst = match NonZeroU32::new(burst) {
            Some(burst) => burst,
            None => NonZeroU32::MIN,
        };
        Self { burst, every }
    }

    fn times(self, factor: u32) -> Self {
        let burst = self.burst.get().saturating_mul(factor);
        Self::new(burst, self.every / factor.max(1))
    }

    fn quota(self) -> Quota {
        let every = self.every.max(Duration::from_nanos(1));
        Quota::with_period(every).unwrap_or(Quota::per_second(self.burst)).allow_burst(self.burst)
    }
}

/// The limits of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Sign-ins from one address.
    pub sign_in: Rate,
    /// Registrations from one address.
    pub register: Rate,
    /// Calls and sockets from one address, of whatever kind.
    pub calls_from: Rate,
    /// Calls of one account, and frames of its sockets that are none of the following.
    pub calls_of: Rate,
    /// Messages of one account, by socket or by call.
    pub sends: Rate,
    /// Signs of typing of one account.
    pub typing: Rate,
    /// Changes of the password, the name or the picture of one account.
    pub changes: Rate,
}

impl Default for Limits {
    fn default() -> Self {
        let (millis, seconds) = (Duration::from_millis, Duration::from_secs);
        Self {
            // A class or an office behind one address signs in within a minute.
            sign_in: Rate::new(40, seconds(3)),
            register: Rate::new(30, seconds(30)),
            calls_from: Rate::new(1_000, millis(10)),
            calls_of: Rate::new(500, millis(40)),
            // Whatever somebody has written without a network goes out at once.
            sends: Rate::new(1_200, millis(100)),
            typing: Rate::new(60, millis(250)),
            changes: Rate::new(20, seconds(15)),
        }
    }
}

/// One limit of many keys.
struct Gate<K: Hash + Eq + Clone>(RateLimiter<K, Bounded<K>, Steady, NoOpMiddleware<Duration>>);

impl<K: Hash + Eq + Clone> Gate<K> {
    fn new(rate: Rate, clock: &Steady) -> Self {
        Self(RateLimiter::new(rate.quota(), Bounded::new(REMEMBERED), clock.clone()))
    }

    /// One more, or how long it is until then.
    fn pass(&self, key: &K) -> Result<(), Duration> {
        use governor::clock::Clock;
        let wait = |early: governor::NotUntil<Duration>| early.wait_time_from(self.0.clock().now());
        self.0.check_key(key).map_err(wait)
    }

    fn sweep(&self) {
        self.0.retain_recent();
        self.0.shrink_to_fit();
    }
}

/// One limit of addresses, and that of this machine.
struct Door {
    others: Gate<Address>,
    here: Gate<()>,
}

impl Door {
    fn new(rate: Rate, clock: &Steady) -> Self {
        Self { others: Gate::new(rate, clock), here: Gate::new(rate.times(HERE), clock) }
    }

    fn pass(&self, address: Address) -> Result<(), Error> {
        let passed = match address {
            Address::Here => self.here.pass(&()),
            Address::V4(_) | Address::V6(_) => self.others.pass(&address),
        };
        passed.map_err(|wait| Error::TooMany { wait })
    }
}

struct Gates {
    sign_in: Door,
    register: Door,
    calls_from: Door,
    calls_of: Gate<UserId>,
    sends: Gate<UserId>,
    typing: Gate<UserId>,
    changes: Gate<UserId>,
}

/// All limits, as far as they are used up.
pub(crate) struct Limiter {
    gates: Option<Gates>,
    /// The connections of each address, which no proxy holds for it.
    held: Held,
    refused: Refused,
}

impl fmt::Debug for Limiter {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Limiter({})", if self.gates.is_some() { "on" } else { "off" })
    }
}

impl Limiter {
    pub(crate) fn new(limits: Option<Limits>, held: Held, clock: Clock) -> Self {
        let clock = Steady::new(clock);
        let gates = limits.map(|limits| Gates {
            sign_in: Door::new(limits.sign_in, &clock),
            register: Door::new(limits.register, &clock),
            calls_from: Door::new(limits.calls_from, &clock),
            calls_of: Gate::new(limits.calls_of, &clock),
            sends: Gate::new(limits.sends, &clock),
            typing: Gate::new(limits.typing, &clock),
            changes: Gate::new(limits.changes, &clock),
        });
        Self { gates, held, refused: Refused::default() }
    }

    /// How often each has held somebody up.
    pub(crate) fn refused(&self) -> &Refused {
        &self.refused
    }

    /// A sign-in.
    pub(crate) fn sign_in(&self, from: Address) -> Result<(), Error> {
        self.door("sign_in", |gates| &gates.sign_in, from)
    }

    /// A registration.
    pub(crate) fn register(&self, from: Address) -> Result<(), Error> {
        self.door("register", |gates| &gates.register, from)
    }

    /// Any call.
    pub(crate) fn call_of(&self, user: &UserId) -> Result<(), Error> {
        self.gate("calls_of", |gates| &gates.calls_of, user).map_err(|wait| Error::TooMany { wait })
    }

    /// A change of the password, the name or the picture.
    pub(crate) fn change(&self, user: &UserId) -> Result<(), Error> {
        self.gate("changes", |gates| &gates.changes, user).map_err(|wait| Error::TooMany { wait })
    }

    /// A message.
    pub(crate) fn send(&self, user: &UserId) -> Result<(), Error> {
        self.gate("sends", |gates| &gates.sends, user).map_err(|wait| Error::TooMany { wait })
    }

    /// A sign of typing. Above the limit it is worth nothing.
    pub(crate) fn is_to_type(&self, user: &UserId) -> bool {
        self.gate("typing", |gates| &gates.typing, user).is_ok()
    }

    /// Any other frame: returns when it may be heeded. Meanwhile its socket is not read.
    pub(crate) async fn frame(&self, user: &UserId) {
        // With many sockets each waits for its turn. A clock that tests have stopped must not stop this for ever.
        for _ in 0..TURNS {
            let Err(wait) = self.gate("calls_of", |gates| &gates.calls_of, user) else { return };
            tokio::time::sleep(wait.min(Duration::from_secs(1))).await;
        }
    }

    /// Forgets from time to time those who have not come near a limit of late.
    pub(crate) async fn sweep(&self) {
        let mut turns = tokio::time::interval(SWEEP);
        loop {
            turns.tick().await;
            self.sweep_now();
        }
    }

    fn sweep_now(&self) {
        let Some(gates) = &self.gates else { return };
        for door in [&gates.sign_in, &gates.register, &gates.calls_from] {
            door.others.sweep();
        }
        for gate in [&gates.calls_of, &gates.sends, &gates.typing, &gates.changes] {
            gate.sweep();
        }
    }

    fn door(
        &self,
        name: &'static str,
        which: impl Fn(&Gates) -> &Door,
        from: Address,
    ) -> Result<(), Error> {
        let passed = self.gates.as_ref().map_or(Ok(()), |gates| which(gates).pass(from));
        passed.inspect_err(|_| self.refused.count(name))
    }

    fn gate(
        &self,
        name: &'static str,
        which: impl Fn(&Gates) -> &Gate<UserId>,
        user: &UserId,
    ) -> Result<(), Duration> {
        let passed = self.gates.as_ref().map_or(Ok(()), |gates| which(gates).pass(user));
        passed.inspect_err(|_| self.refused.count(name))
    }
}

/// Counts calls and sockets for the address that they come from, before anything is done for them.
pub(crate) async fn count(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let from = request.extensions().get().copied().unwrap_or(Address::Here);
    if let Err(error) = app.limiter.door("calls_from", |gates| &gates.calls_from, from) {
        return error.into_response();
    }
    let peer = request.extensions().get::<Peer>();
    if !peer.is_some_and(|peer| address::is_proxy(peer.0.ip(), &app.proxies)) {
        return next.run(request).await;
    }
    // A proxy's connections are many people's: each holds one while it waits for an answer, and as long as it has a socket.
    let Some(place) = app.limiter.held.take(from).map(Arc::new) else {
        app.limiter.refused.count("connections_from");
        return Error::TooMany { wait: WAIT }.into_response();
    };
    request.extensions_mut().insert(place.clone());
    let response = next.run(request).await;
    drop(place);
    response
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicI64, Ordering};

    use super::*;

    fn there(last: u8) -> Address {
        Address::V4(Ipv4Addr::new(192, 0, 2, last))
    }

    fn limiter(limits: Limits) -> (Limiter, Arc<AtomicI64>) {
        let now = Arc::new(AtomicI64::new(1_795_376_203_000));
        let shown = now.clone();
        let clock = Clock::new(move || shown.load(Ordering::SeqCst));
        (Limiter::new(Some(limits), Held::new(1), clock), now)
    }

    fn wait(result: Result<(), Error>) -> Option<Duration> {
        match result {
            Ok(()) => None,
            Err(Error::TooMany { wait }) => Some(wait),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn so_many_at_once_then_one_after_each_span_and_each_for_itself() {
        let register = Rate::new(3, Duration::from_secs(10));
        let (limiter, now) = limiter(Limits { register, ..Limits::default() });
        for _ in 0..3 {
            assert_eq!(wait(limiter.register(there(1))), None);
        }
        assert_eq!(wait(limiter.register(there(1))), Some(Duration::from_secs(10)));
        assert_eq!(wait(limiter.register(there(2))), None, "another is not hindered");
        assert_eq!(wait(limiter.sign_in(there(1))), None, "nor anything else");
        now.fetch_add(9_000, Ordering::SeqCst);
        assert_eq!(wait(limiter.register(there(1))), Some(Duration::from_secs(1)));
        now.fetch_add(1_000, Ordering::SeqCst);
        assert_eq!(wait(limiter.register(there(1))), None);
        assert_eq!(wait(limiter.register(there(1))), Some(Duration::from_secs(10)), "one only");
    }

    #[test]
    fn this_machine_is_many_and_not_without_end() {
        let register = Rate::new(3, Duration::from_secs(10));
        let (limiter, _) = limiter(Limits { register, ..Limits::default() });
        for _ in 0..60 {
            assert_eq!(wait(limiter.register(Address::Here)), None);
        }
        assert_eq!(wait(limiter.register(Address::Here)), Some(Duration::from_millis(500)));
    }

    #[test]
    fn whoever_has_not_come_near_a_limit_of_late_is_forgotten() {
        let (limiter, now) = limiter(Limits::default());
        let known = || {
            let gates = limiter.gates.as_ref().unwrap();
            (gates.sends.0.len(), gates.sign_in.others.0.len())
        };
        for number in 0..200 {
            limiter.send(&UserId::from(format!("{number}"))).unwrap();
            limiter.sign_in(there(number)).unwrap();
        }
        assert_eq!(known(), (200, 200));
        limiter.sweep_now();
        assert_eq!(known(), (200, 200), "they have just been");
        now.fetch_add(7_000, Ordering::SeqCst);
        limiter.sweep_now();
        assert_eq!(known(), (0, 0));
    }

    #[tokio::test]
    async fn many_sockets_of_one_account_are_heeded_no_faster_than_one() {
        let span = Duration::from_millis(10);
        let limits = Limits { calls_of: Rate::new(1, span), ..Limits::default() };
        let limiter = Limiter::new(Some(limits), Held::new(1), Clock::system());
        let limiter = Arc::new(limiter);
        let began = std::time::Instant::now();
        let mut sockets = tokio::task::JoinSet::new();
        for _ in 0..20 {
            let limiter = limiter.clone();
            sockets.spawn(async move { limiter.frame(&UserId::from("ada")).await });
        }
        sockets.join_all().await;
        // The first needs not wait, and the clock counts whole milliseconds.
        assert!(began.elapsed() >= span * 18, "{:?}", began.elapsed());
    }

    #[test]
    fn a_server_without_limits_has_none() {
        let limiter = Limiter::new(None, Held::new(1), Clock::system());
        for _ in 0..10_000 {
            limiter.register(there(1)).unwrap();
            limiter.send(&UserId::from("ada")).unwrap();
        }
    }

    #[test]
    fn a_person_who_was_offline_sends_hundreds_at_once_and_a_flood_is_held_up() {
        let (limiter, now) = limiter(Limits::default());
        let ada = UserId::from("ada");
        for _ in 0..1_200 {
            limiter.send(&ada).unwrap();
        }
        let mut passed = 0;
        for _ in 0..10_000 {
            now.fetch_add(1, Ordering::SeqCst);
            passed += usize::from(limiter.send(&ada).is_ok());
        }
        assert_eq!(passed, 100, "ten a second from then on");
    }
}
