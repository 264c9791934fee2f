//! What `cargo xtask test` tells the stories: where the programs and the built page are.

use std::env;
use std::path::PathBuf;

/// The chat server's program.
pub(crate) fn server() -> PathBuf {
    path("CHINWAG_SERVER_BIN")
}

/// The built page.
pub(crate) fn dist() -> PathBuf {
    path("CHINWAG_DIST")
}

/// Chromium's driver.
pub(crate) fn chromedriver() -> PathBuf {
    path("CHINWAG_CHROMEDRIVER")
}

/// Chromium.
pub(crate) fn chromium() -> PathBuf {
    path("CHINWAG_CHROMIUM")
}

/// Firefox's driver.
pub(crate) fn geckodriver() -> PathBuf {
    path("CHINWAG_GECKODRIVER")
}

/// Firefox.
pub(crate) fn firefox() -> PathBuf {
    path("CHINWAG_FIREFOX")
}

/// WebKit's driver.
pub(crate) fn webkit_driver() -> PathBuf {
    path("CHINWAG_WEBKIT_DRIVER")
}

/// A screen that nobody looks at, which WebKit needs.
pub(crate) fn screen() -> PathBuf {
    path("CHINWAG_SCREEN")
}

/// Where a first visit writes down what it has run, if anybody wants to know (`cargo xtask later`).
pub(crate) fn ran() -> Option<PathBuf> {
    env::var_os("CHINWAG_RAN").map(PathBuf::from)
}

fn path(variable: &str) -> PathBuf {
    let path = env::var_os(variable).filter(|path| !path.is_empty()).unwrap_or_else(|| {
        panic!(
            "{variable} is not set: the stories need a built page, a built server and a browser. \
             Run `cargo xtask test`, or `cargo xtask test --only e2e` for the stories alone"
        )
    });
    let path = PathBuf::from(path);
    assert!(path.exists(), "{variable} names {}, which does not exist", path.display());
    path
}

/// Where screenshots of failed stories go: `target/e2e`.
pub(crate) fn evidence() -> PathBuf {
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../target")),
        PathBuf::from,
    );
    target.join("e2e")
}
