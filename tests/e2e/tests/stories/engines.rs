//! What an engine cannot do, or its driver, and why: the stories that need it are not told there.

use chinwag_e2e::Engine;

/// An engine and a reason.
type Exception = (Engine, &'static str);

pub(crate) const WEBKIT_NO_SLEEP: Exception = (Engine::WebKit, "its driver cannot end a worker");
pub(crate) const WEBKIT_CACHE: Exception = (Engine::WebKit, "its driver cannot empty its cache");
pub(crate) const WEBKIT_NOTIFICATIONS: Exception =
    (Engine::WebKit, "its driver cannot let a page show notifications");
pub(crate) const FIREFOX_NOTIFICATIONS: Exception = (
    Engine::Firefox,
    "without a desktop it shows none, or in a window of its own that takes the focus",
);
pub(crate) const WEBKIT_INSTALLS: Exception =
    (Engine::WebKit, "it does not say what it thinks of a manifest");
pub(crate) const FIREFOX_INSTALLS: Exception = (Engine::Firefox, "it installs no pages");
pub(crate) const WEBKIT_ROOM: Exception =
    (Engine::WebKit, "its driver cannot tell it how much room there is");
pub(crate) const FIREFOX_ROOM: Exception =
    (Engine::Firefox, "it cannot be told while it runs how much room there is");
