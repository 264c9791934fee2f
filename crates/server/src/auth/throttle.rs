//! Slows down whoever guesses a password: so many tries for one address, then a pause.
//!
//! Counted for the address that is tried, not for where the tries come from: many people may share one network, and
//! a guesser may use many.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chinwag_protocol::Timestamp;
use prometheus_client::metrics::counter::Counter;

use crate::error::Error;

/// Tries without success in one [`WINDOW`].
const TRIES: u32 = 10;
/// Five minutes.
const WINDOW: i64 = 5 * 60 * 1000;
/// From how many addresses on the old ones are swept.
const SWEEP_FROM: usize = 1_000;
/// So many addresses are remembered at the most, some megabytes of them: to try more in one [`WINDOW`] takes hundreds of
/// networks (`limits`). Of more, those are forgotten first that were not tried often enough to be refused, and of these the oldest.
const REMEMBERED: usize = 20_000;

struct Tries {
    count: u32,
    since: Timestamp,
}

/// The tries of late, by folded address.
#[derive(Default)]
pub(crate) struct Throttle {
    tries: Mutex<HashMap<String, Tries>>,
    refused: Counter,
}

impl Throttle {
    /// Counts a try, before it is known whether it succeeds: many at once count as many.
    pub(crate) fn attempt(&self, email_key: &str, now: Timestamp) -> Result<(), Error> {
        let age = |tries: &Tries| now.millis() - tries.since.millis();
        let mut all = self.tries.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= SWEEP_FROM {
            all.retain(|_, tries| age(tries) < WINDOW);
        }
        if all.len() >= REMEMBERED && !all.contains_key(email_key) {
            let worth = |tries: &Tries| (tries.count >= TRIES, tries.since);
            let least = all.iter().min_by_key(|(_, tries)| worth(tries));
            let least = least.map(|(key, _)| key.clone());
            all.remove(&least.unwrap_or_default());
        }
        let tries = all.entry(email_key.to_owned()).or_insert(Tries { count: 0, since: now });
        // A clock that was set back must not stretch the pause.
        if !(0..WINDOW).contains(&age(tries)) {
            *tries = Tries { count: 0, since: now };
        }
        if tries.count >= TRIES {
            self.refused.inc();
            let wait = u64::try_from(WINDOW - age(tries)).unwrap_or_default().div_ceil(1000);
            return Err(Error::TooManyAttempts { wait });
        }
        tries.count += 1;
        Ok(())
    }

    /// How often somebody was refused.
    pub(crate) fn refused(&self) -> &Counter {
        &self.refused
    }

    /// Forgets the tries of somebody who knows the password.
    pub(crate) fn succeeded(&self, email_key: &str) {
        self.tries.lock().unwrap_or_else(PoisonError::into_inner).remove(email_key);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(1_000_000_000_000 + seconds * 1000)
    }

    #[test]
    fn guessing_pauses_and_success_forgets() {
        let throttle = Throttle::default();
        for _ in 0..TRIES {
            throttle.attempt("ada", at(0)).unwrap();
        }
        let refused = throttle.attempt("ada", at(60)).unwrap_err();
        assert_eq!(refused.to_string(), "Too many failed logins. Try again in 4 minutes.");
        throttle.attempt("bela", at(60)).unwrap();
        throttle.attempt("ada", at(300)).unwrap();
        for _ in 0..TRIES * 3 {
            throttle.attempt("ada", at(301)).unwrap();
            throttle.succeeded("ada");
        }
    }

    #[test]
    fn so_many_addresses_are_remembered_and_first_those_that_have_to_wait() {
        let throttle = Throttle::default();
        for _ in 0..TRIES {
            throttle.attempt("ada", at(100)).unwrap();
        }
        throttle.attempt("bela", at(101)).unwrap();
        for number in 0..REMEMBERED {
            throttle.attempt(&number.to_string(), at(102)).unwrap();
        }
        let known = || throttle.tries.lock().unwrap().keys().cloned().collect::<HashSet<_>>();
        assert_eq!(known().len(), REMEMBERED);
        assert!(!known().contains("bela"));
        throttle.attempt("ada", at(103)).unwrap_err();
    }

    #[test]
    fn a_clock_set_back_stretches_nothing() {
        let throttle = Throttle::default();
        for _ in 0..TRIES {
            throttle.attempt("ada", at(7200)).unwrap();
        }
        throttle.attempt("ada", at(0)).unwrap();
    }
}
