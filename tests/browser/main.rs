//! The front-end in a real browser, without a server: what touches the browser, and each component's states.
//!
//! One module for each part. A component is drawn by the whole [`chinwag::app::App`] from changes that a test
//! applies, and its commands are collected (`support::Page`); what the browser itself would do over a network is
//! played by a few lines of JavaScript (`support::Fake`). Conversations with a server are in `tests/e2e`.

#![cfg(target_arch = "wasm32")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::needless_pass_by_value,
    reason = "a test says what is wrong by failing, and reads best without ceremony"
)]

use wasm_bindgen_test::wasm_bindgen_test_configure;

wasm_bindgen_test_configure!(run_in_browser);

mod account;
mod anchor;
mod apply;
mod clipboard;
mod composer;
mod config;
mod conversation;
mod database;
mod dialog;
mod driver;
mod emoji;
mod gate;
mod go_to;
mod http;
mod keyboard;
mod locale;
mod notify;
mod page;
mod roster;
mod scripts;
mod scroller;
mod settings;
mod sign_in;
mod socket;
mod status;
mod storage;
mod support;
mod tabs;
mod talk;
mod touched;
mod walk;
