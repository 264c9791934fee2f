//! Chromium and its driver: where they are, how they are installed on Debian, how they are asked to behave in tests.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::process;
use crate::project::Project;
use crate::tools::which;

/// By this cargo is told what runs the tests for WebAssembly.
pub(crate) const RUNNER: &str = "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER";

const BROWSERS: [&str; 4] =
    ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const DRIVERS: [&str; 2] = ["chromedriver", "chromium.chromedriver"];

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
        install(project, "Chromium and its driver", &["chromium", "chromium-driver"])?;
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
        write_wishes(project, "chromium", &capabilities)
    }
}

/// Writes what wasm-bindgen's test runner asks this browser's driver for, and returns where.
pub(crate) fn write_wishes(project: &Project, browser: &str, wishes: &Value) -> Result<PathBuf> {
    let path = project.scratch().join(format!("webdriver-{browser}.json"));
    fs::create_dir_all(project.scratch())
        .and_then(|()| fs::write(&path, wishes.to_string()))
        .with_context(|| format!("{} cannot be written", path.display()))?;
    Ok(path)
}

/// Installs what tests need from Debian's packages, where that is possible without asking anybody. Nothing of it is started.
pub(crate) fn install(project: &Project, what: &str, packages: &[&str]) -> Result<()> {
    let need = format!("the tests need {what}");
    if which("apt-get").is_none() {
        bail!("{need}. Install that and put its programs on PATH");
    }
    let Some(become_root) = become_root() else {
        let packages = packages.join(" ");
        bail!(
            "{need}. Type this, then try again:\n\n    \
             sudo apt-get update && sudo apt-get install --yes {packages}\n"
        )
    };
    println!("Installing {what} from Debian's packages (once, about a minute) ...");
    let update = &["update", "-qq"][..];
    // Without a terminal of its own: dpkg would wait for one that it cannot have here.
    let add = ["install", "-qq", "--yes", "--option=Dpkg::Use-Pty=0"];
    let add = [&add, packages].concat();
    for arguments in [update, &add] {
        let quietly = ["env", "DEBIAN_FRONTEND=noninteractive", "RUNLEVEL=1", "apt-get"];
        let mut words = become_root.iter().chain(&quietly).chain(arguments);
        let mut command = project.command(words.next().context("no command")?);
        command.args(words);
        process::run(&mut command)
            .with_context(|| format!("{need}, and apt-get did not install that"))?;
    }
    Ok(())
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
