//! Whole stories, in real browsers against the real server.
//!
//! The stories are in `tests/stories`; here is what they stand on, in the order in which one meets it:
//! [`tell`] gives a story a [`House`]: a chat [`Server`] with a data directory of its own, a driver, and a way to
//! bring in people. A [`Person`] is a browser of their own with hands and eyes: each thing they do or see waits for what it
//! needs, and says what it was if it does not come. An [`Account`] is somebody who needs no browser, and has a [`Presence`] while they
//! are online. [`Pages`] are the
//! built files on another origin, [`Built`] a copy of them that can become another version. A [`Proxy`] is a line between a browser and a server,
//! which can be cut. A [`Base`] is another server, which knows the base protocol alone.
//!
//! What never lives here: knowledge of one browser (that is in `browser.rs` and below it alone), and sleeping for luck.
//!
//! Beside the stories stand the page's states (`tests/states`): each is looked at, and judged. The bench (`tests/bench`) stands on the same
//! server, driver and browsers.
//!
//! `cargo xtask test` sets the environment; `cargo xtask test --only e2e` runs the stories alone.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "all of this is test: a panic is how it says that something does not hold"
)]

mod account;
mod base;
mod browser;
mod built;
mod chance;
mod engine;
mod environment;
mod house;
mod pages;
mod person;
mod presence;
mod proxy;
mod server;

pub use account::{Account, PASSWORD};
pub use base::{Base, Stored};
pub use browser::{Browser, Driver};
pub use built::Built;
pub use chance::Chance;
pub use engine::Engine;
pub use fantoccini::key::Key;
pub use house::{House, tell, tell_except};
pub use pages::Pages;
pub use person::chat::{Bubble, Row};
pub use person::look::{Aid, Kind, Look};
pub use person::scroll::Place;
pub use person::shell::Kept;
pub use person::storm::Drawn;
pub use person::{PATIENCE, Person};
pub use presence::Presence;
pub use proxy::Proxy;
pub use server::Server;

/// The size of a desktop's window.
pub const DESKTOP: (u32, u32) = (1280, 800);
/// The size of a phone's.
pub const PHONE: (u32, u32) = (390, 844);
