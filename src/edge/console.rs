//! The debug log: off unless `localStorage` says `chinwag.debug = 1` when the page starts.
//!
//! What is logged are the session's own inputs and effects, whose tokens and passwords print as dots.

use std::fmt;

use wasm_bindgen::JsValue;

use super::storage;

/// Where the log goes, if anywhere.
#[derive(Clone, Copy, Debug)]
pub struct Console {
    on: bool,
}

impl Console {
    /// Asks the storage whether to log.
    pub fn open() -> Self {
        Self { on: storage::debug() }
    }

    /// Logs a line; it is not made where nobody reads it.
    pub fn log(self, line: fmt::Arguments<'_>) {
        if self.on {
            web_sys::console::debug_1(&JsValue::from_str(&format!("chinwag: {line}")));
        }
    }
}
