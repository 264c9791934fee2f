//! The wire: what Chinwag and a chat server say to each other, and how it is read.
//!
//! Types for every frame of the socket ([`frame`]), every REST call ([`call`]) and every answer
//! ([`answer`]), shared by the client and the companion server. Reading is lenient, because servers
//! in the field differ: unknown fields are ignored, optional ones that are missing or of the wrong
//! type take the guide's defaults, and a row that cannot be read is skipped and counted, never the
//! whole page. Reading is also total: hostile input is an error value, never a panic.
//!
//! What never lives here: I/O, clocks, browser types, and any decision about what to do with what
//! was read. That is the session's.

pub mod account;
pub mod address;
pub mod answer;
pub mod call;
pub mod frame;
pub mod id;
pub mod json;
pub mod message;
pub mod page;
#[cfg(feature = "schema")]
pub mod schema;
pub mod secret;
pub mod time;
pub mod user;

pub use account::Device;
pub use address::Server;
pub use call::Call;
pub use frame::{ClientFrame, Event, ServerFrame, SyncPoint};
pub use id::{ClientId, MessageId, Seq, SessionId, StoreId, UserId};
pub use json::{Json, JsonRef};
pub use message::{Message, Party, Receipts, Status};
pub use page::{Pagination, Rows};
pub use secret::{Password, Token};
pub use time::Timestamp;
pub use user::User;
