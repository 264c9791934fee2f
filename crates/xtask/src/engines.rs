//! The other engines in which the front-end's tests run, and the stories: Firefox's, and WebKit, which is Safari's.
//!
//! They are installed as Chromium is. Where one cannot be had its tests are skipped, and that is said: Chromium's alone
//! must be there.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::json;

use crate::browser;
use crate::project::Project;
use crate::tools::{self, which};
use crate::version::Version;

/// The driver of Firefox, which Debian has not; another one that is there will do.
const GECKODRIVER: Version = Version::new(0, 37, 1);

/// Another engine.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Engine {
    /// Firefox, with the driver of its makers.
    Firefox,
    /// The small browser that comes with WebKitGTK. It needs a screen, though nobody looks at it.
    WebKit,
}

/// An engine that cannot be had here, and why.
#[derive(Debug)]
pub(crate) struct NotHere(String);

impl NotHere {
    /// For this reason.
    pub(crate) fn new(why: impl Into<String>) -> Self {
        Self(why.into())
    }
}

impl std::fmt::Display for NotHere {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}", self.0)
    }
}

impl std::error::Error for NotHere {}

impl Engine {
    /// Has these tests run in it by wasm-bindgen's runner. Installs it where it is missing and may be.
    pub(crate) fn dress(self, project: &Project, tests: &mut Command, runner: &Path) -> Result<()> {
        for driver in ["GECKODRIVER", "SAFARIDRIVER", "CHROMEDRIVER"] {
            tests.env_remove(driver).env_remove(format!("{driver}_REMOTE"));
        }
        // Names are ordered as in a language, and a machine for tests may have none.
        tests.env("LANG", "en_GB.UTF-8");
        let dressed = match self {
            Self::Firefox => firefox(project, tests, runner),
            Self::WebKit => webkit(project, tests, runner),
        };
        dressed.map_err(|error| NotHere::new(format!("{error:#}")).into())
    }

    /// What the stories are told of it. Installs it where it is missing and may be.
    pub(crate) fn for_stories(self, project: &Project) -> Result<Environment> {
        let found = match self {
            Self::Firefox => find_firefox(project).map(|(firefox, driver)| {
                vec![
                    ("CHINWAG_ENGINE", "firefox".into()),
                    ("CHINWAG_FIREFOX", firefox),
                    ("CHINWAG_GECKODRIVER", driver),
                ]
            }),
            Self::WebKit => find_webkit(project).map(|WebKit { driver, screen, .. }| {
                vec![
                    ("CHINWAG_ENGINE", "webkit".into()),
                    ("CHINWAG_WEBKIT_DRIVER", driver),
                    ("CHINWAG_SCREEN", screen),
                ]
            }),
        };
        found.map_err(|error| NotHere::new(format!("{error:#}")).into())
    }
}

/// The environment of the end-to-end tests in another engine, beside the server and the page.
pub(crate) type Environment = Vec<(&'static str, PathBuf)>;

fn firefox(project: &Project, tests: &mut Command, runner: &Path) -> Result<()> {
    let (firefox, driver) = find_firefox(project)?;
    let wishes = json!({ "moz:firefoxOptions": { "binary": firefox } });
    tests.env("GECKODRIVER", driver);
    tests.env(
        "WASM_BINDGEN_TEST_WEBDRIVER_JSON",
        browser::write_wishes(project, "firefox", &wishes)?,
    );
    tests.env(browser::RUNNER, runner);
    Ok(())
}

/// Firefox and its driver.
fn find_firefox(project: &Project) -> Result<(PathBuf, PathBuf)> {
    let find = || ["firefox-esr", "firefox"].into_iter().find_map(which);
    if find().is_none() {
        browser::install(project, "Firefox", &["firefox-esr"])?;
    }
    let firefox = find().context("apt-get installed Firefox, and yet it is not on PATH")?;
    if which("geckodriver").is_none() {
        tools::install(project, "geckodriver", GECKODRIVER, "2 to 5")?;
    }
    let driver =
        which("geckodriver").context("geckodriver is not where cargo installs programs")?;
    Ok((firefox, driver))
}

fn webkit(project: &Project, tests: &mut Command, runner: &Path) -> Result<()> {
    let WebKit { driver, run_with_screen, .. } = find_webkit(project)?;
    // The runner takes it for Safari's driver: it is asked for nothing, and starts the browser that it comes with.
    tests.env("SAFARIDRIVER", driver);
    tests.env(browser::RUNNER, format!("{} -a {}", run_with_screen.display(), runner.display()));
    Ok(())
}

/// What WebKit needs.
struct WebKit {
    driver: PathBuf,
    /// A screen that nobody looks at.
    screen: PathBuf,
    /// What runs a program with such a screen.
    run_with_screen: PathBuf,
}

fn find_webkit(project: &Project) -> Result<WebKit> {
    let find = || {
        which("xauth")?;
        Some(WebKit {
            driver: which("WebKitWebDriver")?,
            screen: which("Xvfb")?,
            run_with_screen: which("xvfb-run")?,
        })
    };
    if find().is_none() {
        browser::install(project, "WebKit and a screen", &["webkit2gtk-driver", "xvfb", "xauth"])?;
    }
    find().context("apt-get installed WebKit and a screen, and yet they are not on PATH")
}
