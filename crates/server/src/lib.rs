//! The companion server: the base protocol's REST calls and socket over SQLite, and the built pages.
//!
//! A library, so that tests can start it in their own process; the program `chinwag-server` is a few lines around
//! it. The rooms: [`Server`] starts and stops; `serve` takes connections, with `tls` or without; `limits` counts who asks for how
//! much, by account and by `address`; `auth`, `account`, `pictures`, `users`, `messages`, `sync`, `socket` and `pages` each have
//! one `router()`; `chat` decides what people do to each other; `hub` knows who is connected; `store` keeps. For whoever runs it:
//! `options` and `config_file` say how, `health` and `metrics` tell how it is, `admin` and `backup` work beside it, and
//! `ended` notices what they did.
//!
//! What never lives here: wire types (`chinwag-protocol` has them), and anything of the client.

#![forbid(unsafe_code)]

pub mod log;

mod account;
mod address;
mod admin;
mod agent;
mod app;
mod auth;
mod backup;
mod chat;
mod clock;
mod config;
mod config_file;
mod contract;
mod ended;
mod error;
mod extract;
#[cfg(feature = "fuzz")]
pub mod fuzz;
mod health;
mod hub;
mod ids;
mod limits;
mod messages;
mod metrics;
mod open_files;
mod options;
mod origin;
mod pages;
mod pictures;
mod respond;
mod rules;
mod serve;
mod server;
mod socket;
mod store;
mod sync;
mod tls;
mod users;

pub use address::Proxy;
pub use admin::run;
pub use auth::passwords::Cost;
pub use clock::Clock;
pub use config::Config;
pub use limits::{Limits, Rate};
pub use options::{Command, Options};
pub use origin::{Origin, OriginError};
pub use serve::Patience;
pub use server::{Server, StartError};
pub use tls::{Certificate, CertificateError};
