//! What an engine cannot do, or its driver, and why: the stories that need it are not told there.

use chinwag_e2e::Engine;

/// An engine and a reason.
type Exception = (Engine, &'static str);

pub(crate) const WEBKIT_NO_SLEEP: Exception = (Engine::WebKit, "its driver cannot end a worker");
pub(crate) const WEBKIT_CACHE: Exception = (Engine::WebKit, "its driver cannot empty its cache");
pub(crate) const WEBKIT_ROOM: Exception =
    (Engine::WebKit, "its driver cannot tell it how much room there is");
pub(crate) const FIREFOX_ROOM: Exception =
    (Engine::Firefox, "it cannot be told while it runs how much room there is");
