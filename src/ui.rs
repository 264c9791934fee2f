//! What is seen: components, one file each, and their words.
//!
//! A component draws the state it reads and sends commands; it decides nothing about the chat. What never
//! lives here: browser types by name, and HTML made of strings. leptos's events, node references and `document()`
//! are the view's own; only [`scroller`] and [`keyboard`] measure the page
//! with them.

#![allow(clippy::too_many_lines, reason = "a component is as long as its markup")]
#![allow(clippy::needless_pass_by_value, reason = "a component owns its properties")]

mod account;
mod actions;
pub mod avatar;
pub mod chat;
pub mod composer;
pub mod conversation;
mod day;
mod dialog;
pub mod element_ref;
mod emoji;
pub mod go_to;
pub mod icon;
mod keyboard;
mod limit;
pub mod lines;
pub mod live;
mod marked;
mod markup;
mod message;
mod pattern;
mod person;
pub mod press;
pub mod roster;
mod rows;
pub mod scroller;
mod settings;
mod shape;
pub mod sign_in;
pub mod status;
mod styles;
mod switcher;
pub mod timeline;
mod walk;
pub mod words;
