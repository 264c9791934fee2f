//! Firefox, by the driver of its makers. What WebDriver has no words for is done by a script with the browser's own rights, or by
//! WebDriver's other half ([`super::bidi`]).

use std::path::Path;
use std::time::Duration;

use fantoccini::error::CmdError;
use serde_json::{Value, json};
use tokio::process::Command;
use tokio::time::sleep;

use super::{Browser, Port};
use crate::environment;

/// As narrow as its window can be.
pub(super) const NARROWEST: u32 = 500;

/// There is no network, or there is one. A connection that nobody uses would outlive it.
pub(super) const OFFLINE: &str = "
    Services.io.offline = arguments[0];
    Services.obs.notifyObservers(null, 'net:prune-all-connections');
";

/// The page is told to begin again, and notes that it has not yet.
const RELOAD: &str = "window.leaving = true; location.reload()";

/// The page has begun again.
const RELOADED: &str = "return window.leaving === undefined && document.readyState === 'complete'";

/// Nothing is kept of files but by the workers.
pub(super) const CACHE_IS_EMPTY: &str = "Services.cache2.clear()";

/// Ends all workers.
pub(super) const WORKERS_SLEEP: &str = "
    const manager = Cc['@mozilla.org/serviceworkers/manager;1'].getService(Ci.nsIServiceWorkerManager);
    const all = manager.getAllRegistrations();
    const ends = [];
    for (let number = 0; number < all.length; number++) {
        const found = all.queryElementAt(number, Ci.nsIServiceWorkerRegistrationInfo);
        ends.push(found.activeWorker?.terminateWorker());
    }
    return Promise.all(ends).then(() => null);
";

/// A driver for one browser, whose profile it makes in this folder.
pub(super) fn driver(profile: &Path) -> (Command, Port) {
    let mut command = Command::new(environment::geckodriver());
    command.args(["--port=0", "--websocket-port=0", "--allow-system-access"]);
    command.arg("--profile-root").arg(profile);
    // It is without a screen.
    command.env("MOZ_HEADLESS", "1");
    (command, Port::Said("Listening on 127.0.0.1:"))
}

/// What a browser is asked to be.
pub(super) fn wishes() -> Value {
    json!({
        "webSocketUrl": true,
        "moz:firefoxOptions": {
            "binary": environment::firefox(),
            "prefs": {
                "intl.accept_languages": "en-GB, en",
                // Offline is offline: the servers of the stories are on this machine.
                "network.disable-localhost-when-offline": true,
                // Pages may read the clipboard, each story its own.
                "dom.events.testing.asyncClipboard": true,
            },
        },
    })
}

impl Browser {
    /// Loads the page again. What WebDriver has for it passes by the worker, as a person does who holds Shift.
    pub(super) async fn firefox_reloads(&self) -> Result<(), CmdError> {
        self.client.execute(RELOAD, vec![]).await?;
        // While the page is being changed there may be none to ask.
        while !matches!(self.client.execute(RELOADED, vec![]).await, Ok(Value::Bool(true))) {
            sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// Has a page of this size, however wide the browser's own window must be.
    pub(super) async fn firefox_has_a_page(&self, size: Option<(u32, u32)>) {
        let bidi = self.bidi.as_ref().expect("Firefox has a socket");
        let tab = self.client.window().await.expect("a tab");
        let size = size.map(|(width, height)| json!({ "width": width, "height": height }));
        let parameters = json!({ "context": String::from(tab), "viewport": size });
        bidi.asks("browsingContext.setViewport", parameters).await;
    }

    /// Runs a script with the browser's own rights.
    pub(super) async fn within_firefox(&self, script: &str, arguments: Value) {
        let context = async |name: &str| {
            self.asks_driver("moz/context", json!({ "context": name })).await.expect("an answer");
        };
        context("chrome").await;
        let body = json!({ "script": script, "args": arguments });
        let answer = self.asks_driver("execute/sync", body).await.expect("the driver answers");
        context("content").await;
        assert!(answer["value"]["error"].is_null(), "{answer}");
    }
}
