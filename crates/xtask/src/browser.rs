//! Chromium and its driver: where they are, how they are installed on Debian, how they are asked to behave in tests.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::json;

use crate::process;
use crate::project::Project;
use crate::tools::which;

const BROWSERS: [&str; 4] =
    ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const DRIVERS: [&str; 2] = ["chromedriver", "chromium.chromedriver"];

/// What to type where it cannot be installed from here.
const BY_HAND: &str = "sudo apt-get update && sudo apt-get install --yes chromium chromium-driver";

/// Without a sandbox (tests may run as root), without a screen, without calls to the browser's maker.
const ARGUMENTS: [&str; 8] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
];

/// A browser that tests can drive.
#[derive(Debug, Clone)]
pub(crate) struct Browser {
    /// Chromium.
    pub(crate) chromium: PathBuf,
    /// Its driver.
    pub(crate) driver: PathBuf,
}

impl Browser {
    /// Finds the browser, or installs it where that is possible without asking anybody.
    pub(crate) fn find_or_install(project: &Project) -> Result<Self> {
        if let Some(browser) = Self::find() {
            return Ok(browser);
        }
        let install = "the tests in the browser need Chromium and its driver";
        if which("apt-get").is_none() {
            bail!("{install}. Install both and put `chromium` and `chromedriver` on PATH");
        }
        let Some(become_root) = become_root() else {
            bail!("{install}. Type this, then try again:\n\n    {BY_HAND}\n")
        };
        println!(
            "Installing Chromium and its driver from Debian's packages (once, about a minute) ..."
        );
        let update = &["update", "-qq"][..];
        // Without a terminal of its own: dpkg would wait for one that it cannot have here.
        let add =
            &["install", "-qq", "--yes", "--option=Dpkg::Use-Pty=0", "chromium", "chromium-driver"]
                [..];
        for arguments in [update, add] {
            let quietly = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"];
            let mut words = become_root.iter().chain(&quietly).chain(arguments);
            let mut command = project.command(words.next().context("no command")?);
            command.args(words);
            process::run(&mut command)
                .with_context(|| format!("{install}, and apt-get did not install them"))?;
        }
        Self::find().context("apt-get installed Chromium, and yet it is not on PATH")
    }

    fn find() -> Option<Self> {
        let named = |variable| env::var_os(variable).map(PathBuf::from);
        let first = |names: &[&str]| names.iter().find_map(|name| which(name));
        Some(Self {
            chromium: named("CHINWAG_CHROMIUM").or_else(|| first(&BROWSERS))?,
            driver: named("CHINWAG_CHROMEDRIVER").or_else(|| first(&DRIVERS))?,
        })
    }

    /// Writes what wasm-bindgen's test runner asks the driver for, and returns where.
    pub(crate) fn write_capabilities(&self, project: &Project) -> Result<PathBuf> {
        let capabilities =
            json!({ "goog:chromeOptions": { "args": ARGUMENTS, "binary": self.chromium } });
        let path = project.scratch().join("webdriver.json");
        fs::create_dir_all(project.scratch())
            .and_then(|()| fs::write(&path, capabilities.to_string()))
            .with_context(|| format!("{} cannot be written", path.display()))?;
        Ok(path)
    }
}

/// The words before a command that root must run; nothing where that needs a password.
fn become_root() -> Option<&'static [&'static str]> {
    if process::output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0") {
        return Some(&[]);
    }
    let sudo = process::output(Command::new("sudo").args(["-n", "true"])).is_ok();
    sudo.then_some(&["sudo", "-n"])
}

/// The environment of the end-to-end tests.
pub(crate) fn end_to_end<'a>(
    browser: &'a Browser,
    server: &'a Path,
    dist: &'a Path,
) -> [(&'static str, &'a Path); 4] {
    [
        ("CHINWAG_SERVER_BIN", server),
        ("CHINWAG_DIST", dist),
        ("CHINWAG_CHROMEDRIVER", &browser.driver),
        ("CHINWAG_CHROMIUM", &browser.chromium),
    ]
}
