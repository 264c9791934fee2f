//! Chromium, by its own driver and its own protocol, which can do what WebDriver has no words for.

use std::path::Path;

use serde_json::{Value, json};
use tokio::process::Command;

use super::{Browser, Port};
use crate::environment;

/// Without a sandbox (tests may run as root), without a screen, without calls to the browser's maker.
const ARGUMENTS: [&str; 14] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    // For whoever wants to know what tidying up runs (`person/parts.rs`).
    "--js-flags=--expose-gc",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
    "--lang=en-GB",
    // By a pipe the browser hears at once when its driver is gone, and ends too.
    "--remote-debugging-pipe",
];

/// How the driver words what passes by itself: the page was just being changed.
pub(super) const PASSING: [&str; 3] =
    ["execution context", "aborted by navigation", "Cannot determine loading status"];

/// One driver for all browsers.
pub(super) fn driver() -> (Command, Port) {
    // Asked for before anything is started: it may be missing.
    environment::chromium();
    let mut command = Command::new(environment::chromedriver());
    command.arg("--port=0");
    (command, Port::Said("started successfully on port "))
}

/// What a browser is asked to be.
pub(super) fn wishes(profile: &Path) -> Value {
    let mut arguments = ARGUMENTS.map(str::to_owned).to_vec();
    arguments.push(format!("--user-data-dir={}", profile.display()));
    json!({
        "goog:chromeOptions": {
            "args": arguments,
            "binary": environment::chromium(),
            // Nothing of the browser's own lies over the page.
            "prefs": {
                "credentials_enable_service": false,
                "profile.password_manager_enabled": false,
                "profile.password_manager_leak_detection": false,
            },
        },
        "goog:loggingPrefs": { "browser": "ALL" },
    })
}

impl Browser {
    pub(super) async fn chromium_console(&self) -> Option<Vec<String>> {
        let answer = self.asks_driver("se/log", json!({ "type": "browser" })).await?;
        let line = |line: &Value| {
            let part = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
            format!("{} {} {}", part("level"), part("source"), part("message"))
        };
        Some(answer["value"].as_array()?.iter().map(line).collect())
    }

    pub(super) async fn chromium_is_online(&self, online: bool) {
        let conditions = json!({ "network_conditions":
            { "offline": !online, "latency": 0, "download_throughput": -1, "upload_throughput": -1 } });
        let answer = self.asks_driver("chromium/network_conditions", conditions).await;
        let answer = answer.expect("the driver answers");
        assert!(answer["value"].is_null(), "{answer}");
    }

    /// Has a command of the browser's own protocol done.
    pub(crate) async fn commands(&self, command: &str, parameters: &Value) {
        self.devtools(command, parameters).await.expect("a command that the browser knows");
    }

    /// Has a command of the browser's own protocol done, and hands on what it answers. Others may go on meanwhile.
    ///
    /// # Errors
    /// In words, where the browser refuses it or is gone.
    pub async fn devtools(&self, command: &str, parameters: &Value) -> Result<Value, String> {
        let body = json!({ "cmd": command, "params": parameters });
        let mut answer = self.asks_driver("goog/cdp/execute", body).await;
        let answer = answer.as_mut().map(|answer| answer["value"].take());
        let answer = answer.ok_or_else(|| format!("{command}: the driver does not answer"))?;
        if answer["error"].is_null() { Ok(answer) } else { Err(format!("{command}: {answer}")) }
    }
}
