//! The tools that make a web page of Rust: which are there in a fitting version, and how the others are installed.
//!
//! trunk and wasm-bindgen go where cargo puts programs; wasm-opt and esbuild, which are no Rust programs, into cargo's
//! target directory, for this project alone. What is there already and fits is used as it is.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::npm;
use crate::process;
use crate::project::{Project, WASM};
use crate::version::Version;

/// The trunk that this project is built with. A later patch of the same minor version fits as well.
const TRUNK: Version = Version::new(0, 21, 14);

/// The oldest wasm-opt that was seen to tell how it renames. Debian 12's own, 108, writes a page that does not start.
const OLDEST_WASM_OPT: Version = Version::new(132, 0, 0);

/// The packages of npm that carry wasm-opt and esbuild.
const NPM: [&str; 2] = ["binaryen@132", "esbuild@0.28"];

/// A tool that is on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tool {
    /// The program.
    pub(crate) path: PathBuf,
    /// What it says it is.
    pub(crate) version: Version,
}

/// The tools as they are found, before anything is installed.
#[derive(Debug, Clone)]
pub(crate) struct Tools {
    /// Builds the page.
    pub(crate) trunk: Option<Tool>,
    /// Writes the JavaScript that loads the WebAssembly.
    pub(crate) wasm_bindgen: Option<Tool>,
    /// Runs the tests that live in the browser. It comes with wasm-bindgen.
    pub(crate) test_runner: Option<Tool>,
    /// Makes the WebAssembly smaller; the page works without.
    pub(crate) wasm_opt: Option<Tool>,
    /// Makes the JavaScript smaller; the page works without.
    pub(crate) esbuild: Option<Tool>,
    /// Where the source of Rust's own library is, which is then built for size too; the page works without.
    pub(crate) library: Option<PathBuf>,
    /// The version of wasm-bindgen that the front-end is compiled with; the tool's must be the same.
    bindgen_version: Version,
}

impl Tools {
    /// Looks for the tools and installs nothing.
    pub(crate) fn look(project: &Project) -> Result<Self> {
        let bindgen_version = locked_version(project, "wasm-bindgen")?;
        let same = |version| version == bindgen_version;
        Ok(Self {
            trunk: find("trunk", &[], fits_trunk),
            wasm_bindgen: find("wasm-bindgen", &[], same),
            test_runner: find("wasm-bindgen-test-runner", &[], same),
            library: library(project)?,
            wasm_opt: find("wasm-opt", &[npm_bin(project)], |version| version >= OLDEST_WASM_OPT),
            esbuild: find("esbuild", &[npm_bin(project)], |_| true),
            bindgen_version,
        })
    }

    /// Installs what the release build lacks.
    pub(crate) fn install_for_release(mut self, project: &Project) -> Result<Self> {
        self = self.install_for_dev(project)?;
        if self.wasm_opt.is_none() || self.esbuild.is_none() {
            install_from_npm(project);
        }
        if self.library.is_none() {
            install_library(project);
        }
        self = Self::look(project)?;
        Ok(self)
    }

    /// Installs what the build while working lacks: all but what makes the page smaller.
    pub(crate) fn install_for_dev(self, project: &Project) -> Result<Self> {
        install_target(project)?;
        if self.trunk.is_none() {
            install(project, "trunk", TRUNK, "3 to 6")?;
        }
        self.install_bindgen(project)
    }

    /// Installs what the tests in the browser lack.
    pub(crate) fn install_for_tests(self, project: &Project) -> Result<Self> {
        install_target(project)?;
        self.install_bindgen(project)
    }

    fn install_bindgen(self, project: &Project) -> Result<Self> {
        if self.wasm_bindgen.is_none() || self.test_runner.is_none() {
            install(project, "wasm-bindgen-cli", self.bindgen_version, "2 to 5")?;
        }
        Self::look(project)
    }

    /// trunk, with everything that it looks for first on its PATH.
    pub(crate) fn trunk(&self, project: &Project) -> Result<Command> {
        let trunk = self
            .trunk
            .as_ref()
            .context("trunk is not where cargo installs programs; is ~/.cargo/bin unusual here?")?;
        let mut command = project.command(&trunk.path);
        command.env("PATH", path_with([&self.wasm_bindgen, &self.wasm_opt])?);
        // All it needs is there: it shall neither fetch tools nor ask for news of itself.
        command.env("TRUNK_OFFLINE", "true").env("TRUNK_SKIP_VERSION_CHECK", "true");
        // trunk's minifier does not know the JavaScript that wasm-bindgen writes today, which then stays as it is.
        command.env("RUST_LOG", "error,trunk=info,trunk::processing::minify=off");
        // trunk reads this variable as a switch of its own and refuses the customary value `1`.
        if env::var_os("NO_COLOR").is_some() {
            command.env("NO_COLOR", "true");
        }
        Ok(command)
    }

    /// What the built page depends on, for the fingerprint.
    pub(crate) fn describe(&self) -> String {
        let word = |tool: &Option<Tool>| {
            tool.as_ref().map_or("none".to_owned(), |tool| tool.version.to_string())
        };
        format!(
            "trunk {}, wasm-bindgen {}, wasm-opt {}, esbuild {}, library {}",
            word(&self.trunk),
            word(&self.wasm_bindgen),
            word(&self.wasm_opt),
            word(&self.esbuild),
            self.library.is_some()
        )
    }
}

/// Sees to it that everything is downloaded which trunk, told to stay off the network, will need.
pub(crate) fn fetch(project: &Project, library: Option<&Path>) -> Result<()> {
    if let Some(library) = library {
        let manifest = library.join("Cargo.toml");
        let mut command = project.cargo();
        command.args(["fetch", "--quiet", "--locked", "--manifest-path"]).arg(manifest);
        // Its manifest speaks of what only its makers use.
        process::run(command.env("RUSTC_BOOTSTRAP", "1")).context(
            "what Rust's own library is made of cannot be downloaded: is crates.io reachable from here?",
        )?;
    }
    let host = process::output(project.command("rustc").arg("-vV"))?;
    let host = host
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .context("`rustc -vV` names no host")?;
    process::run(project.cargo().args(["fetch", "--quiet", "--target", WASM, "--target", host]))
        .context("the libraries cannot be downloaded: is crates.io reachable from here?")
}

fn fits_trunk(version: Version) -> bool {
    (version.major, version.minor) == (TRUNK.major, TRUNK.minor) && version.patch >= TRUNK.patch
}

/// Where the source of Rust's own library is, if it is installed.
fn library(project: &Project) -> Result<Option<PathBuf>> {
    let sysroot = process::output(project.command("rustc").args(["--print", "sysroot"]))?;
    let library = Path::new(sysroot.trim()).join("lib/rustlib/src/rust/library");
    Ok(Some(library).filter(|library| library.join("Cargo.lock").is_file()))
}

/// With its source Rust's own library is built as small as the page is; where it cannot be had, the build goes on.
fn install_library(project: &Project) {
    println!("Installing the source of Rust's own library (once, some 4 MB) ...");
    if let Err(error) =
        process::run(project.command("rustup").args(["component", "add", "rust-src"]))
    {
        println!(
            "rustup could not install it: {error:#}\nBuilding without: the page works the same, but is larger by an eighth."
        );
    }
}

/// Installs the compiler's WebAssembly target where it is missing.
pub(crate) fn install_target(project: &Project) -> Result<()> {
    let sysroot = process::output(project.command("rustc").args(["--print", "sysroot"]))?;
    if Path::new(sysroot.trim()).join("lib/rustlib").join(WASM).join("lib").is_dir() {
        return Ok(());
    }
    println!("Installing Rust's target {WASM} (once, some 20 MB) ...");
    process::run(project.command("rustup").args(["target", "add", WASM])).with_context(|| {
        format!("Rust's target {WASM} is missing and rustup did not add it; install it, then type the command again")
    })
}

/// Installs a program from crates.io.
pub(crate) fn install(
    project: &Project,
    package: &str,
    version: Version,
    minutes: &str,
) -> Result<()> {
    println!(
        "Installing {package} {version} into cargo's own folder (once, {minutes} minutes on a small machine) ..."
    );
    let start = Instant::now();
    let command = |locked: bool| {
        let mut command = project.cargo();
        command.arg("install").args(locked.then_some("--locked"));
        // Somebody who watches wants to see that it goes on; a log wants no list of 400 libraries.
        command.args((!std::io::stderr().is_terminal()).then_some("--quiet"));
        command.args([package, "--version", &format!("={version}")]);
        // The tools' own settings squeeze out speed that nobody would notice here, for minutes of waiting.
        command
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16");
        command
    };
    if let Err(error) = process::run(&mut command(true)) {
        if process::stopping() {
            return Err(error);
        }
        // A locked dependency may need a newer Rust, or may have been withdrawn.
        println!(
            "That did not work with the versions its authors locked; trying with newer or older ones that fit ..."
        );
        process::run(&mut command(false)).with_context(|| {
            format!(
                "{package} {version} could not be installed; try `cargo install {package} --version ={version}` \
                 by hand, and see what it says"
            )
        })?;
    }
    println!("Installed {package} {version} in {} s.", start.elapsed().as_secs());
    Ok(())
}

/// wasm-opt and esbuild make the page smaller and nothing else: where they cannot be had, the build goes on.
fn install_from_npm(project: &Project) {
    let without = format!(
        "Building without wasm-opt or esbuild: the page works the same and unpacks to about a tenth more. \
         To have them, put binaryen {} or later and esbuild on PATH, or install Node.",
        OLDEST_WASM_OPT.major
    );
    if !npm::is_here() {
        println!("{without}");
        return;
    }
    println!("Installing npm's {} into target/tools (once, some seconds) ...", NPM.join(" and "));
    if let Err(error) = npm::install(project, &project.tools(), &NPM) {
        println!("npm could not install them: {error:#}\n{without}");
    }
}

fn npm_bin(project: &Project) -> PathBuf {
    project.tools().join("node_modules/.bin")
}

/// The first program of this name whose version fits: on PATH, where cargo installs, in `more`.
fn find(name: &str, more: &[PathBuf], fits: impl Fn(Version) -> bool) -> Option<Tool> {
    let places = search_path().into_iter().chain(more.iter().cloned());
    places.map(|place| place.join(name)).filter(|path| path.is_file()).find_map(|path| {
        let said = process::output(Command::new(&path).arg("--version")).ok()?;
        let version = Version::find(&said).filter(|version| fits(*version))?;
        Some(Tool { path, version })
    })
}

/// Where a program of this name is, whatever its version.
pub(crate) fn which(name: &str) -> Option<PathBuf> {
    search_path().into_iter().map(|place| place.join(name)).find(|path| path.is_file())
}

fn search_path() -> Vec<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut places: Vec<PathBuf> = env::split_paths(&path).collect();
    let home = env::var_os("HOME").map(PathBuf::from);
    let cargo =
        env::var_os("CARGO_HOME").map(PathBuf::from).or(home.map(|home| home.join(".cargo")));
    let installed = env::var_os("CARGO_INSTALL_ROOT").map(PathBuf::from);
    places.extend([installed, cargo].into_iter().flatten().map(|place| place.join("bin")));
    places
}

fn path_with<'a>(tools: impl IntoIterator<Item = &'a Option<Tool>>) -> Result<OsString> {
    let first =
        tools.into_iter().flatten().filter_map(|tool| tool.path.parent().map(Path::to_owned));
    let path = env::var_os("PATH").unwrap_or_default();
    env::join_paths(first.chain(env::split_paths(&path)))
        .context("PATH holds a folder with a colon in its name")
}

/// The version of a library that Cargo.lock holds.
fn locked_version(project: &Project, package: &str) -> Result<Version> {
    let lock =
        fs::read_to_string(project.root.join("Cargo.lock")).context("Cargo.lock cannot be read")?;
    match version_in_lock(&lock, package) {
        Some(version) => Ok(version),
        None => bail!("Cargo.lock holds no {package}: does the front-end still depend on it?"),
    }
}

fn version_in_lock(lock: &str, package: &str) -> Option<Version> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name);
    lines.nth(1)?.strip_prefix("version = \"")?.strip_suffix('"').and_then(Version::find)
}

#[cfg(test)]
mod tests {
    use super::{fits_trunk, version_in_lock};
    use crate::version::Version;

    #[test]
    fn the_lock_file_tells_the_version() {
        let lock = "version = 4\n\n[[package]]\nname = \"wasm-bindgen-macro\"\nversion = \"0.2.1\"\n\n\
                    [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\nsource = \"x\"\n";
        assert_eq!(version_in_lock(lock, "wasm-bindgen"), Some(Version::new(0, 2, 130)));
        assert_eq!(version_in_lock(lock, "leptos"), None);
        assert_eq!(version_in_lock("name = \"leptos\"", "leptos"), None);
    }

    #[test]
    fn a_later_patch_of_trunk_fits_and_another_minor_does_not() {
        assert!(fits_trunk(Version::new(0, 21, 14)) && fits_trunk(Version::new(0, 21, 15)));
        assert!(!fits_trunk(Version::new(0, 21, 13)) && !fits_trunk(Version::new(0, 22, 0)));
    }
}
