//! Nonsense for whatever reads what strangers send. Each target takes any bytes and panics where something does not hold that
//! must hold of them; libFuzzer makes the bytes up (`cargo xtask fuzz`), and `tests/corpus.rs` replays those that were worth
//! keeping.
//!
//! What never lives here: what the server's own parsers promise. That stands beside them (`chinwag_server::fuzz`).

use std::sync::OnceLock;

use chinwag_server::fuzz::{self, Wire};
use tempfile::TempDir;

mod frames;

/// A target by its name, and what it does with some bytes.
pub type Target = (&'static str, fn(&[u8]));

/// All targets. Each has a file in `fuzz_targets` and a folder in `corpus` of its name.
pub const TARGETS: [Target; 11] = [
    ("answers", |data| text(data, frames::answers)),
    ("client_frames", |data| text(data, frames::client)),
    ("server_frames", |data| text(data, frames::server)),
    ("files", |data| wire(|wire| wire.file(data))),
    ("head", fuzz::head),
    ("http", |data| wire(|wire| wire.talk(data))),
    ("options", |data| text(data, fuzz::options)),
    ("page", |data| text(data, fuzz::page)),
    ("picture", |data| text(data, fuzz::picture)),
    ("query", fuzz::query),
    ("words", |data| text(data, fuzz::words)),
];

/// Feeds a target.
///
/// # Panics
/// Where something does not hold that must, and where there is no target of this name.
pub fn feed(name: &str, data: &[u8]) {
    let target = TARGETS.iter().find(|(known, _)| *known == name);
    assert!(target.is_some(), "there is no target {name}");
    if let Some((_, body)) = target {
        body(data);
    }
}

/// What is no text is none for those who are only given text.
fn text(data: &[u8], body: fn(&str)) {
    if let Ok(text) = str::from_utf8(data) {
        body(text);
    }
}

/// The one server of this process: to start one for each would be all that is done.
fn wire(body: impl Fn(&Wire)) {
    static SERVER: OnceLock<Result<(Wire, TempDir), String>> = OnceLock::new();
    let server = SERVER.get_or_init(|| {
        let folder = TempDir::new().map_err(|error| error.to_string())?;
        let wire = Wire::open(folder.path()).map_err(|error| error.to_string())?;
        Ok((wire, folder))
    });
    match server {
        Ok((wire, _)) => body(wire),
        Err(error) => assert!(error.is_empty(), "the server does not start: {error}"),
    }
}
