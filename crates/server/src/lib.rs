//! The companion server: the base protocol's REST calls and socket over SQLite, and the built pages.
//!
//! A library, so that tests can start it in their own process; the program `chinwag-server` is a few lines around
//! it. The rooms: [`Server`] starts and stops; `auth`, `account`, `pictures`, `users`, `messages`, `sync`, `socket` and `pages` each have
//! one `router()`; `chat` decides what people do to each other; `hub` knows who is connected; `store` keeps.
//!
//! What never lives here: wire types (`chinwag-protocol` has them), and anything of the client.

pub mod log;

mod account;
mod agent;
mod app;
mod auth;
mod chat;
mod clock;
mod error;
mod extract;
mod hub;
mod ids;
mod messages;
mod options;
mod origin;
mod pages;
mod pictures;
mod rules;
mod server;
mod socket;
mod store;
mod sync;
mod users;

pub use auth::passwords::Cost;
pub use clock::Clock;
pub use options::Options;
pub use origin::{Origin, OriginError};
pub use server::{Config, Server, StartError};
