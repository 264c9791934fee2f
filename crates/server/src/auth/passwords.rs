//! Passwords as Argon2id hashes.
//!
//! Hashing is slow on purpose: it runs on threads of its own, and only so many at once, so that a flood of logins
//! makes logins wait and nothing else.

use std::sync::Arc;

use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Argon2, Params};
use chinwag_protocol::Password;
use tokio::sync::Semaphore;

use crate::error::Error;

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
#[derive(Clone)]
pub(crate) struct Passwords {
    argon: Argon2<'static>,
    /// A turn for each core: more at once would only take memory.
    turns: Arc<Semaphore>,
    /// Compared with where nobody has the address, so that the answer takes as long.
    decoy: Arc<str>,
}

impl Passwords {
    /// Prepares hashing at this cost.
    pub(crate) fn new(cost: Cost) -> Result<Self, Error> {
        let params = Params::new(cost.memory, cost.passes, 1, None);
        let argon = Argon2::from(params.map_err(|error| Error::internal(error.to_string()))?);
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Ok(Self {
            decoy: hash(&argon, "nobody's password")?.into(),
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
        self.in_turn(move || {
            let hash = stored.as_deref().unwrap_or(&decoy);
            let fits = argon.verify_password(password.reveal().as_bytes(), hash).is_ok();
            fits && stored.is_some()
        })
        .await
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        let turn = self.turns.clone().acquire_owned().await.map_err(Error::internal)?;
        tokio::task::spawn_blocking(move || {
            let done = work();
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
    use std::time::Instant;

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
    async fn an_address_that_nobody_has_takes_as_long() {
        // Enough work that all else does not count.
        let passwords = Passwords::new(Cost { memory: 4_096, passes: 1 }).unwrap();
        let hash = passwords.hash(Password::from("secret1")).await.unwrap();
        let time = async |stored: Option<&String>| {
            let began = Instant::now();
            passwords.verify(Password::from("guess"), stored.cloned()).await.unwrap();
            began.elapsed()
        };
        let somebody = time(Some(&hash)).await.min(time(Some(&hash)).await);
        let nobody = time(None).await.max(time(None).await);
        assert!(nobody > somebody / 3, "{nobody:?} against {somebody:?}");
    }

    #[test]
    fn the_cost_is_what_owasp_says() {
        let passwords = Passwords::new(Cost::OWASP).unwrap();
        assert!(passwords.decoy.contains("m=19456,t=2,p=1"), "{}", passwords.decoy);
    }
}
