//! In which engine the stories are told.

use std::env;
use std::io::Write;

/// An engine. The stories are told in one of them at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Chromium's.
    Chromium,
    /// Firefox's.
    Firefox,
    /// Safari's.
    WebKit,
}

impl Engine {
    /// The one that `cargo xtask test` names; Chromium's if none is named.
    pub(crate) fn here() -> Self {
        match env::var("CHINWAG_ENGINE").as_deref() {
            Err(_) | Ok("" | "chromium") => Self::Chromium,
            Ok("firefox") => Self::Firefox,
            Ok("webkit") => Self::WebKit,
            Ok(other) => panic!("CHINWAG_ENGINE is {other}: no such engine is known"),
        }
    }

    /// Says that a story is not told here, and why: past the test's own output, which nobody sees where it holds.
    pub(crate) fn skips(self, story: &str, why: &str) {
        let _ = writeln!(std::io::stdout(), "skipped in {self:?}: {story}: {why}");
    }
}
