//! WebKit, which is Safari's engine, in the small browser that comes with WebKitGTK. It needs a screen, and each has one
//! of its own that nobody looks at: so it has a focus and a clipboard of its own too. Its driver knows WebDriver and nothing more; what
//! must be there before a page's own scripts comes by the inspector ([`super::inspector`]).

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tokio::process::Command;

use super::inspector::Inspector;
use super::processes::descendants;
use super::{Browser, Port};
use crate::environment;

/// The browser's own bar is as narrow as it can be: else its window could not be as narrow as a phone.
const NARROW: &str = "* { margin: 0; padding: 0; min-width: 0; font-size: 6px; }";

/// A field that is no part of the page, for what is on the clipboard.
const PASTE_HERE: &str = "
    window.had_focus = document.activeElement;
    const field = document.createElement('textarea');
    field.id = 'paste-here';
    document.body.append(field);
    field.focus();
";

/// What is in that field, which goes.
const PASTED: &str = "
    const field = document.querySelector('#paste-here');
    field.remove();
    window.had_focus?.focus();
    return field.value;
";

/// A browser that believes that there is no network. WebKit asks the machine whether there is one; here a script says so in its place. What
/// goes over the line is the story's own matter.
const OFFLINE: &str =
    "Object.defineProperty(navigator, 'onLine', { get: () => false, configurable: true });";

/// The same in a page that is there.
const GOES_OFFLINE: &str = "dispatchEvent(new Event('offline'));";
const GOES_ONLINE: &str = "delete navigator.onLine; dispatchEvent(new Event('online'));";

/// A screen, which says its number.
pub(super) fn screen() -> (Command, Port) {
    let mut command = Command::new(environment::screen());
    command.args(["-displayfd", "1", "-screen", "0", "1600x1200x24", "-nolisten", "tcp"]);
    (command, Port::Said(""))
}

/// A driver for one browser on this screen. It knows where that is, and that keeps everything in memory.
pub(super) fn driver(screen: &str, folder: &Path) -> (Command, Port) {
    let settings = folder.join("gtk-3.0");
    fs::create_dir_all(&settings).unwrap();
    fs::write(settings.join("gtk.css"), NARROW).unwrap();
    let (port, number) = Port::free();
    let mut command = Command::new(environment::webkit_driver());
    command.arg(format!("--port={number}")).env("DISPLAY", format!(":{screen}"));
    // Names are ordered as in a language, and a machine for tests may have none. Where it has not this one, fields for dates are as in it
    // all the same.
    command.env("LANG", "en_US.UTF-8").env_remove("LC_ALL");
    command.env("XDG_CONFIG_HOME", folder).env_remove("WAYLAND_DISPLAY");
    (command, port)
}

/// What a browser is asked to be.
pub(super) fn wishes() -> Value {
    json!({})
}

impl Browser {
    /// What the driver has no words for.
    pub(super) async fn inspector(&self) -> &Inspector {
        let process = self.process.expect("a driver of its own");
        self.inspector.get_or_init(async || Inspector::open(descendants(process)).await).await
    }

    pub(super) async fn webkit_is_online(&self, online: bool) {
        let inspector = self.inspector().await;
        let now = if online {
            inspector.begins_without(OFFLINE).await;
            GOES_ONLINE.to_owned()
        } else {
            inspector.begins_with(OFFLINE).await;
            format!("{OFFLINE} {GOES_OFFLINE}")
        };
        self.client.execute(&now, vec![]).await.expect("a page");
    }

    /// What is on the clipboard, as somebody sees it who pastes it: scripts may not read it.
    pub(super) async fn webkit_clipboard(&self) -> Result<Value, String> {
        let words = |error: fantoccini::error::CmdError| error.to_string();
        self.client.execute(PASTE_HERE, vec![]).await.map_err(words)?;
        let pressed = self.presses_with(fantoccini::key::Key::Control.into(), 'v').await;
        let pasted = self.client.execute(PASTED, vec![]).await.map_err(words)?;
        pressed.map_err(words).map(|()| pasted)
    }
}
