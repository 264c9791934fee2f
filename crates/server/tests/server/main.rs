//! The companion server as its clients meet it: each test starts a real server on a port of its own.
//!
//! One test program with a module for each matter: it links once. Nothing here sleeps for luck; whatever is expected
//! is waited for, up to [`support::PATIENCE`].

#[cfg(test)]
mod account;
#[cfg(test)]
mod accounts;
#[cfg(test)]
mod envelope;
#[cfg(test)]
mod files;
#[cfg(test)]
mod history;
#[cfg(test)]
mod kill;
#[cfg(test)]
mod named;
#[cfg(test)]
mod picture;
#[cfg(test)]
mod presence;
#[cfg(test)]
mod program;
#[cfg(test)]
mod socket;
#[cfg(test)]
mod support;
#[cfg(test)]
mod sync;
#[cfg(test)]
mod upgrade;
#[cfg(test)]
mod vectors;
