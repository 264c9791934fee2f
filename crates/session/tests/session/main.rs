//! The session proved on the host: stories, each a script of what happens and what must follow; a model of a
//! base server with faults at every step; and inputs without any sense.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, and its helpers are no `#[test]` functions"
)]

mod model;
mod stories;
mod support;
mod totality;
