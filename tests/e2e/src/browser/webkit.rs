//! WebKit, which is Safari's engine, in the small browser that comes with WebKitGTK. It needs a screen, and each has one
//! of its own that nobody looks at: so it has a focus and a clipboard of its own too. Its driver knows WebDriver and nothing more.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tokio::process::Command;

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
    // Names are ordered as in a language, and a machine for tests may have none.
    command.env("LANG", "en_GB.UTF-8").env_remove("LC_ALL");
    command.env("XDG_CONFIG_HOME", folder).env_remove("WAYLAND_DISPLAY");
    (command, port)
}

/// What a browser is asked to be.
pub(super) fn wishes() -> Value {
    json!({})
}

impl Browser {
    /// What is on the clipboard, as somebody sees it who pastes it: scripts may not read it.
    pub(super) async fn webkit_clipboard(&self) -> Result<Value, String> {
        let words = |error: fantoccini::error::CmdError| error.to_string();
        self.client.execute(PASTE_HERE, vec![]).await.map_err(words)?;
        let pressed = self.presses_with(fantoccini::key::Key::Control.into(), 'v').await;
        let pasted = self.client.execute(PASTED, vec![]).await.map_err(words)?;
        pressed.map_err(words).map(|()| pasted)
    }
}
