//! The companion server as its clients meet it: each test starts a real server on a port of its own.
//!
//! One test program with a module for each matter: it links once. Nothing here sleeps for luck; whatever is expected
//! is waited for, up to [`support::PATIENCE`].

#[cfg(test)]
mod account;
#[cfg(test)]
mod accounts;
#[cfg(test)]
mod admin;
#[cfg(test)]
mod backup;
#[cfg(test)]
mod contract;
#[cfg(test)]
mod deploy;
#[cfg(test)]
mod disk;
#[cfg(test)]
mod drain;
#[cfg(test)]
mod envelope;
#[cfg(test)]
mod files;
#[cfg(test)]
mod frames;
#[cfg(test)]
mod headers;
#[cfg(test)]
mod health;
#[cfg(test)]
mod history;
#[cfg(test)]
mod kill;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod named;
#[cfg(test)]
mod paths;
#[cfg(test)]
mod picture;
#[cfg(test)]
mod presence;
#[cfg(test)]
mod program;
#[cfg(test)]
mod proxies;
#[cfg(test)]
mod raw;
#[cfg(test)]
mod slow;
#[cfg(test)]
mod socket;
#[cfg(test)]
mod support;
#[cfg(test)]
mod sync;
#[cfg(test)]
mod tls;
#[cfg(test)]
mod tricks;
#[cfg(test)]
mod upgrade;
#[cfg(test)]
mod vectors;
