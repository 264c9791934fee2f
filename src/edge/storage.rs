//! `localStorage`: the token, the settings, whether to log, and what is on its way into the database. A browser that blocks it is no
//! reason to fail.

use chinwag_protocol::Token;
use wasm_bindgen::JsCast;
use web_sys::StorageEvent;

use super::js::hear;

/// Holds the session's token (guide: `SharedPreferences`, `token`).
pub const TOKEN: &str = "chinwag.token";
/// Who the token is of, as the session wrote it.
pub const ME: &str = "chinwag.me";
/// `1` turns the debug log on.
pub const DEBUG: &str = "chinwag.debug";

/// Whether something could be kept for the next start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Kept {
    /// It could.
    Yes,
    /// The browser blocks the storage or it is full: it lasts as long as the page.
    No,
}

/// The token of an earlier sign-in.
pub fn token() -> Option<Token> {
    read(TOKEN).filter(|token| !token.is_empty()).map(Token::from)
}

/// Keeps the token for the next start.
pub fn store_token(token: &Token) -> Kept {
    let stored = storage().is_some_and(|storage| storage.set_item(TOKEN, token.reveal()).is_ok());
    if stored { Kept::Yes } else { Kept::No }
}

/// What was kept beside the token.
pub fn me() -> Option<String> {
    read(ME)
}

/// Keeps who the token is of beside it.
pub fn remember(me: &str) -> Kept {
    let stored = storage().is_some_and(|storage| storage.set_item(ME, me).is_ok());
    if stored { Kept::Yes } else { Kept::No }
}

/// Forgets the token, and who it is of.
pub fn forget_token() -> Kept {
    let forget = |storage: web_sys::Storage| {
        let _ = storage.remove_item(ME);
        storage.remove_item(TOKEN).is_ok()
    };
    let forgotten = storage().is_some_and(forget);
    if forgotten { Kept::Yes } else { Kept::No }
}

/// Keeps a value of this name for the next start; an empty one is forgotten. Whether that could be done.
pub fn keep(name: &str, value: &str) -> bool {
    storage().is_some_and(|storage| {
        if value.is_empty() {
            storage.remove_item(name).is_ok()
        } else {
            storage.set_item(name, value).is_ok()
        }
    })
}

/// The values of all names that begin so.
pub fn all(beginning: &str) -> Vec<String> {
    let mut all = Vec::new();
    let Some(storage) = storage() else { return all };
    for place in 0..storage.length().unwrap_or(0) {
        if let Ok(Some(name)) = storage.key(place)
            && name.starts_with(beginning)
        {
            all.extend(read(&name));
        }
    }
    all
}

/// Tells when another tab has stored or forgotten the token.
pub fn listen(changed: fn()) {
    let window = web_sys::window();
    let changed = move |event: StorageEvent| {
        // Without a key everything was cleared.
        if event.key().is_none_or(|key| key == TOKEN) {
            changed();
        }
    };
    if let Some(window) = window {
        hear(&window, &["storage"], Box::new(move |event| changed(event.unchecked_into())));
    }
}

/// Whether the debug log is on.
pub fn debug() -> bool {
    read(DEBUG).as_deref() == Some("1")
}

/// Whether the browser lets anything be kept here.
pub fn works() -> bool {
    storage().is_some_and(|storage| storage.length().is_ok())
}

/// The value of this name.
pub fn read(key: &str) -> Option<String> {
    storage()?.get_item(key).ok().flatten()
}

fn storage() -> Option<web_sys::Storage> {
    web_sys::window()?.local_storage().ok().flatten()
}
