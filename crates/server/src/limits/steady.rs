//! The server's clock as limits need it: one that never goes back.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use governor::clock;

use crate::clock::Clock;

/// Goes on as the server's clock does, and stands where that is set back: else all would wait until the old time has come
/// again.
#[derive(Clone, Debug)]
pub(super) struct Steady {
    clock: Clock,
    /// What the clock showed last, and how far it has gone on in all: milliseconds.
    state: Arc<Mutex<(i64, u64)>>,
}

impl Steady {
    pub(super) fn new(clock: Clock) -> Self {
        let now = clock.now().millis();
        Self { clock, state: Arc::new(Mutex::new((now, 0))) }
    }
}

impl clock::Clock for Steady {
    type Instant = Duration;

    fn now(&self) -> Duration {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (last, gone) = &mut *state;
        let now = self.clock.now().millis();
        *gone = gone.saturating_add(u64::try_from(now.saturating_sub(*last)).unwrap_or_default());
        *last = now;
        Duration::from_millis(*gone)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use governor::clock::Clock as _;

    use super::*;

    #[test]
    fn a_clock_that_is_set_back_makes_nobody_wait() {
        let now = Arc::new(AtomicI64::new(10_000_000));
        let shown = now.clone();
        let steady = Steady::new(Clock::new(move || shown.load(Ordering::SeqCst)));
        now.fetch_add(500, Ordering::SeqCst);
        assert_eq!(steady.now(), Duration::from_millis(500));
        now.fetch_sub(7_200_000, Ordering::SeqCst);
        assert_eq!(steady.now(), Duration::from_millis(500));
        now.fetch_add(600, Ordering::SeqCst);
        assert_eq!(steady.now(), Duration::from_millis(1_100), "it goes on from there");
    }
}
