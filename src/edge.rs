//! Where Chinwag meets the browser: the only place that touches `web_sys`, `js_sys`, gloo and `JsValue`.
//!
//! Small wrappers, each of one browser facility, and the [`driver`], which carries out what the session
//! wants and tells it what happens. What never lives here: a decision about the chat.

pub mod catalogue;
mod chime;
pub mod clipboard;
pub mod config;
pub mod console;
pub mod database;
pub mod driver;
pub mod emoji;
pub mod http;
mod js;
pub mod locale;
pub mod notify;
pub mod page;
pub mod picture;
pub mod scripts;
pub mod settings;
pub mod sizes;
pub mod socket;
pub mod storage;
pub mod tabs;
pub mod typing;
