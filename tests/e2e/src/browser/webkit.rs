//! WebKit, which is Safari's engine, in the small browser that comes with WebKitGTK. It needs a screen (`cargo xtask test` gives it
//! one that nobody looks at), and its driver knows WebDriver and nothing more.

use serde_json::{Value, json};
use tokio::process::Command;

use super::Port;
use crate::environment;

/// A driver for one browser. It knows where that is, and that keeps everything in memory.
pub(super) fn driver() -> (Command, Port) {
    let port = Port::free();
    let mut command = Command::new(environment::webkit_driver());
    if let Port::Given(port) = port {
        command.arg(format!("--port={port}"));
    }
    // The language of the page.
    command.env("LANG", "en_GB.UTF-8").env("LANGUAGE", "en_GB");
    (command, port)
}

/// What a browser is asked to be.
pub(super) fn wishes() -> Value {
    json!({})
}
