//! Whole stories, in real browsers against the real server. Each has a house of its own and can run beside others.

#![allow(clippy::unwrap_used, reason = "the lint's exception for tests does not see their helpers")]

mod account;
mod accounts;
mod base;
mod clearing;
mod connection;
mod days;
mod destination;
mod dialogs;
mod engines;
mod first_visit;
mod hands;
mod heard;
mod history;
mod hosting;
mod later_part;
mod notifications;
mod offline;
mod phone;
mod rates;
mod refused;
mod safety;
mod shell;
mod start;
mod status;
mod storm;
mod tabs;
mod talk;
mod walking;
