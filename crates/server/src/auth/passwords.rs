//! Passwords as Argon2id hashes.
//!
//! Hashing is slow on purpose: it runs on threads of its own, and only so many at once, so that a flood of logins
//! makes logins wait and nothing else.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Argon2, Params};
use chinwag_protocol::Password;
use prometheus_client::metrics::histogram::Histogram;
use tokio::sync::Semaphore;

use crate::error::Error;
use crate::metrics;

/// How much work a hash is.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// Memory in KiB.
    pub memory: u32,
    /// Passes over it.
    pub passes: u32,
}

impl Cost {
    /// OWASP's Password Storage Cheat Sheet: 19 MiB, two passes, one lane.
    pub const OWASP: Self = Self { memory: 19_456, passes: 2 };
    /// As little as there can be. For tests only.
    pub const LEAST: Self = Self { memory: Params::MIN_M_COST, passes: Params::MIN_T_COST };
}

/// Hashes and verifies.
#[derive(Clone, Debug)]
pub(crate) struct Passwords {
    argon: Argon2<'static>,
    /// A turn for each core: more at once would only take memory.
    turns: Arc<Semaphore>,
    /// Compared with where nobody has the address, so that the answer takes as long.
    decoy: Arc<str>,
    /// How many were compared.
    compared: Arc<AtomicU64>,
    /// How long each took, its wait for a turn included.
    times: Histogram,
}

impl Passwords {
    /// Prepares hashing at this cost.
    pub(crate) fn new(cost: Cost) -> Result<Self, Error> {
        let params = Params::new(cost.memory, cost.passes, 1, None);
        let argon = Argon2::from(params.map_err(|error| Error::internal(error.to_string()))?);
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Ok(Self {
            decoy: hash(&argon, "nobody's password")?.into(),
            compared: Arc::default(),
            times: metrics::times(),
            argon,
            turns: Arc::new(Semaphore::new(cores)),
        })
    }

    /// The hash to store, with a new salt.
    pub(crate) async fn hash(&self, password: Password) -> Result<String, Error> {
        let argon = self.argon.clone();
        self.in_turn(move || hash(&argon, password.reveal())).await?
    }

    /// Whether the password is the hash's. `None` takes as long and is never it.
    pub(crate) async fn verify(
        &self,
        password: Password,
        stored: Option<String>,
    ) -> Result<bool, Error> {
        let (argon, decoy) = (self.argon.clone(), self.decoy.clone());
        let compared = self.compared.clone();
        self.in_turn(move || {
            compared.fetch_add(1, Ordering::Relaxed);
            let hash = stored.as_deref().unwrap_or(&decoy);
            let fits = argon.verify_password(password.reveal().as_bytes(), hash).is_ok();
            fits && stored.is_some()
        })
        .await
    }

    /// How many were compared until now.
    pub(crate) fn compared(&self) -> u64 {
        self.compared.load(Ordering::Relaxed)
    }

    /// How long each took.
    pub(crate) fn times(&self) -> &Histogram {
        &self.times
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        let (began, times) = (Instant::now(), self.times.clone());
        let turn = self.turns.clone().acquire_owned().await.map_err(Error::internal)?;
        tokio::task::spawn_blocking(move || {
            let done = work();
            times.observe(began.elapsed().as_secs_f64());
            // Held by the work itself: a caller who hangs up does not make room before it is done.
            drop(turn);
            done
        })
        .await
        .map_err(Error::internal)
    }
}

fn hash(argon: &Argon2<'_>, password: &str) -> Result<String, Error> {
    let hash = argon.hash_password(password.as_bytes());
    Ok(hash.map_err(|error| Error::internal(error.to_string()))?.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_fits_and_nobody_has_none() {
        let passwords = Passwords::new(Cost::LEAST).unwrap();
        let hash = passwords.hash(Password::from("secret1")).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$"), "{hash}");
        assert!(passwords.verify(Password::from("secret1"), Some(hash.clone())).await.unwrap());
        assert!(!passwords.verify(Password::from("secret2"), Some(hash)).await.unwrap());
        assert!(!passwords.verify(Password::from("nobody's password"), None).await.unwrap());
    }

    #[tokio::test]
    async fn an_address_that_nobody_has_is_as_much_work() {
        let passwords = Passwords::new(Cost { memory: 64, passes: 3 }).unwrap();
        let hash = passwords.hash(Password::from("secret1")).await.unwrap();
        // All of the work is Argon2's, whose amount stands in the hash: `$argon2id$v=19$m=64,t=3,p=1$…`.
        let work = |hash: &str| hash.split('$').take(4).collect::<Vec<_>>().join("$");
        assert_eq!(work(&passwords.decoy), work(&hash));
        assert_eq!(passwords.decoy.len(), hash.len(), "with as long a salt and result");
        for (stored, compared) in [(Some(hash), 1), (None, 2)] {
            assert!(!passwords.verify(Password::from("guess"), stored).await.unwrap());
            assert_eq!(passwords.compared(), compared);
        }
    }

    #[test]
    fn the_cost_is_what_owasp_says() {
        let passwords = Passwords::new(Cost::OWASP).unwrap();
        assert!(passwords.decoy.contains("m=19456,t=2,p=1"), "{}", passwords.decoy);
    }
}
