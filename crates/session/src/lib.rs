//! The chat session as a pure state machine: no I/O, no clock, no browser.
//!
//! [`Session`] is told what happened ([`Input`]) and when, and tells what is to be done ([`Effect`]);
//! one of the effects, [`Change`], is all that a view ever learns. The same code runs under test, in a
//! simulator and in the browser.
//!
//! Invariants, each by construction:
//! - Time and randomness are arguments: nothing here reads a clock or a random source.
//! - It is total: no input panics. What makes no sense is logged and ignored.
//! - Each connection has an [`Epoch`], each call a [`CallId`]: what a dead socket or a call of an
//!   earlier sign-in still says is dropped by number.
//! - A message is on disk before it leaves. It is sent again only where the server knows it by its id, or after the
//!   history has shown that it is not there.
//! - Of a person's tabs one leads: it alone has a socket and sends.
//! - The order of messages is the server's, never that of this clock.

mod account;
mod cache;
mod calls;
mod chat;
mod drafts;
mod effect;
mod feed;
mod input;
mod kept;
mod line;
mod link;
mod outbox;
mod random;
mod roster;
mod search;
mod session;
mod sizes;
mod tabs;
mod time;
mod timeline;
mod typist;
mod unread;
mod view;

pub use calls::CallId;
pub use effect::{Effect, KeepId, Recall, RecallId, Write};
pub use input::{Command, Input, Outcome, Wish};
pub use link::{Epoch, LinkStatus};
pub use roster::Collation;
pub use session::Session;
pub use sizes::Sizes;
pub use time::Millis;
pub use view::{
    AccountView, Around, Change, ConversationView, Failure, Gate, ListStatus, Notice, OlderStatus,
    OrderView, OwnState, PeopleView, PersonView, Progress, RowKey, RowView, SearchView,
    SessionsView,
};
