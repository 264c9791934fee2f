//! Whole stories, in real browsers against the real server. Each has a house of its own and can run beside others.

#![allow(clippy::unwrap_used, reason = "the lint's exception for tests does not see their helpers")]

mod accounts;
mod connection;
mod hands;
mod history;
mod hosting;
mod phone;
mod safety;
mod storm;
mod talk;
