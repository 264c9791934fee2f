//! The front-end, built for release: trunk, then wasm-opt, two parts (`parts.rs`) and esbuild, names by content, the service worker's list, `.br` files,
//! and all of it into `dist/`.
//!
//! wasm-opt is run here and not by trunk: trunk refuses to build where it is missing, and names files by what they
//! held before it. The page is prepared beside `dist/` and moved there when it is complete, so that a build that
//! fails leaves the last good page in place.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::emoji;
use crate::fingerprint::{self, Fingerprint};
use crate::glue::{self, Names};
use crate::inline;
use crate::parts::{self, Program, Script};
use crate::process;
use crate::project::Project;
use crate::shell;
use crate::sizes;
use crate::tools::{self, Tool, Tools};

/// How wasm-opt is asked to work. The lowest kilobyte of memory is the far end of Rust's stack, which nothing points to.
/// The names of tools that only a debugger reads go as well.
const WASM_OPT: [&str; 10] = [
    "--low-memory-unused",
    // What is flat is put together anew with fewer jumps. `-Os` makes a larger file than `-Oz` that compresses better, and a second time finds a little more.
    "--flatten",
    "--rereloop",
    "-Os",
    "-Os",
    // For the same reason as in `WITH_LIBRARY`: what is put together cannot be parted.
    "--one-caller-inline-max-function-size=30",
    "--always-inline-max-function-size=6",
    "--strip-producers",
    "--strip-target-features",
    // The program is parted by the names of its functions, which go afterwards.
    "--debuginfo",
];
/// Rust's own library comes built for speed, with an account of every panic in it. Built together with the page, for size
/// and with panics that simply stop the program (`index.html` says so to the person), it makes the page smaller by
/// an eighth: 17 KB. The compiler does that for whom it lets: these switches are not yet promised to stay, and are tied to
/// the one version of Rust that is built with. The flag of `.cargo/config.toml` is said again, since this replaces it.
///
/// To LLVM each instruction counts for 200 and each call for 1,000 when it asks whether to put a function into its caller, 40 times
/// what they do by themselves: large functions with one caller stay functions, which the list of `crates/split` can name. The
/// whole grows by some 3 % and what a first visit fetches shrinks by a tenth.
const WITH_LIBRARY: [(&str, &str); 4] = [
    ("RUSTC_BOOTSTRAP", "1"),
    ("CARGO_UNSTABLE_BUILD_STD", "std,panic_abort"),
    ("CARGO_UNSTABLE_BUILD_STD_FEATURES", "optimize_for_size"),
    (
        "RUSTFLAGS",
        "--cfg erase_components -Clink-arg=--emit-relocs -Zunstable-options -Cpanic=immediate-abort -Cllvm-args=-inline-instr-cost=200 -Cllvm-args=-inline-call-penalty=1000",
    ),
];
/// What the compiler is told where Rust's own library is taken as it comes: what `.cargo/config.toml` says, and that the linker
/// writes down who speaks of which data, as above (`crates/split` parts that too).
const WITHOUT_LIBRARY: (&str, &str) =
    ("RUSTFLAGS", "--cfg erase_components -Clink-arg=--emit-relocs");
/// How esbuild is asked to work. What it may write is what every browser of the last years reads.
const ESBUILD: [&str; 4] = ["--minify", "--format=esm", "--target=es2022", "--tree-shaking=true"];
/// Short names for what the program and the script call each other by (`glue.rs`).
const MINIFY: &str = "--minify-imports-and-exports-and-modules";

/// Builds the page into `dist/`, unless it is there already, and says which.
pub(crate) fn build(project: &Project) -> Result<()> {
    let tools = Tools::look(project)?;
    if is_current(project, &tools)? {
        println!("The front-end in dist/ is up to date.");
        return Ok(());
    }
    let tools = tools.install_for_release(project)?;
    tools::fetch(project, tools.library.as_deref())?;
    emoji::write(project);
    // Before the build: what somebody changes while it runs is for the next one.
    let inputs = inputs(project, &tools)?;
    println!("Building the front-end (the first time some minutes) ...");
    let stage = project.scratch().join("web");
    make(project, &tools, &stage, Program::Parted)?;
    sizes::compress(&stage)?;
    replace(&project.dist(), &stage)?;
    fs::write(stamp(project), format!("{inputs} {}", output(project)?))
        .context("the build's stamp cannot be written")
}

/// Builds the page into a folder of its own, with what is wanted of the program.
pub(crate) fn prepare(project: &Project, stage: &Path, program: Program) -> Result<()> {
    let tools = Tools::look(project)?.install_for_release(project)?;
    tools::fetch(project, tools.library.as_deref())?;
    emoji::write(project);
    make(project, &tools, stage, program)
}

fn make(project: &Project, tools: &Tools, stage: &Path, program: Program) -> Result<()> {
    trunk(project, tools, stage)?;
    for file in with_ending(stage, "wasm")? {
        let path = stage.join(file);
        let names = match &tools.wasm_opt {
            Some(tool) => optimise(project, tool, &path)?,
            None => Names::default(),
        };
        let script = script_of(&path)?;
        // The list is made from what wasm-opt has put together: without it, other functions run at the start.
        let part = match tools.wasm_opt {
            Some(_) => program.make(project, &path)?,
            None => parts::whole(&path)?,
        };
        shorten(project, tools.esbuild.as_ref(), &script, &names, &part)?;
    }
    inline::shorten(project, tools.esbuild.as_ref(), stage)?;
    name_by_content(stage)?;
    shell::write(project, tools.esbuild.as_ref(), stage)
}

fn trunk(project: &Project, tools: &Tools, stage: &Path) -> Result<()> {
    fs::create_dir_all(stage).with_context(|| format!("{} cannot be made", stage.display()))?;
    let mut command = tools.trunk(project)?;
    command.args(["build", "--release", "--dist"]).arg(stage);
    if tools.library.is_some() {
        command.envs(WITH_LIBRARY);
    } else {
        command.envs([WITHOUT_LIBRARY]);
    }
    process::run(&mut command).context("the front-end could not be built")
}

fn optimise(project: &Project, wasm_opt: &Tool, path: &Path) -> Result<Names> {
    println!("Making the WebAssembly smaller ...");
    let mut command = project.command(&wasm_opt.path);
    let told = process::output(command.args(WASM_OPT).arg(MINIFY).arg(path).arg("-o").arg(path))
        .context("wasm-opt could not make the WebAssembly smaller")?;
    Names::read(&told)
}

/// The script that trunk has put beside a program: `name_bg.wasm` is loaded by `name.js`.
fn script_of(program: &Path) -> Result<PathBuf> {
    let name = program.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let script = name.strip_suffix("_bg.wasm").context("trunk named its WebAssembly otherwise")?;
    Ok(program.with_file_name(format!("{script}.js")))
}

fn shorten(
    project: &Project,
    esbuild: Option<&Tool>,
    script: &Path,
    names: &Names,
    part: &Script,
) -> Result<()> {
    let text = fs::read_to_string(script).context("trunk's script cannot be read")?;
    let text = glue::with_one_guard(part.added_to(&names.apply(&text)?)?);
    let text = glue::lean(&glue::without_comments(&text));
    fs::write(script, text).context("the shorter script cannot be written")?;
    let Some(esbuild) = esbuild else { return Ok(()) };
    let mut command = project.command(&esbuild.path);
    let small = process::output(command.args(ESBUILD).arg(script))
        .context("esbuild could not make the script smaller")?;
    fs::write(script, small).context("the smaller script cannot be written")
}

/// trunk names scripts and WebAssembly by what cargo compiled; what became of that since also depends on the tools.
/// A name that stands for the content lets a server say "this never changes".
fn name_by_content(stage: &Path) -> Result<()> {
    for ending in ["wasm", "js"] {
        for file in with_ending(stage, ending)? {
            let Some(old) = file.to_str().filter(|name| !name.contains('/')) else { continue };
            let bytes =
                fs::read(stage.join(old)).with_context(|| format!("{old} cannot be read"))?;
            let Some(new) = renamed(old, &fingerprint::of_bytes(&bytes)) else { continue };
            fs::rename(stage.join(old), stage.join(&new))
                .with_context(|| format!("{old} cannot be renamed"))?;
            // Whoever speaks of it: the page of all, the script of the later part.
            for speaker in with_ending(stage, "html")?.into_iter().chain(with_ending(stage, "js")?)
            {
                let path = stage.join(speaker);
                let text = fs::read_to_string(&path)
                    .with_context(|| format!("{} cannot be read", path.display()))?;
                fs::write(&path, text.replace(old, &new))
                    .with_context(|| format!("{} cannot be written", path.display()))?;
            }
        }
    }
    Ok(())
}

/// `name-0123456789abcdef_bg.wasm` with another number; nothing for a name that has none.
fn renamed(name: &str, number: &str) -> Option<String> {
    let (start, rest) = name.rsplit_once('-')?;
    let (old, rest) = rest.split_at_checked(16)?;
    let is_number = old.chars().all(|digit| digit.is_ascii_hexdigit());
    let is_end = rest.starts_with(['_', '.']);
    (is_number && is_end).then(|| format!("{start}-{number}{rest}"))
}

fn with_ending(folder: &Path, ending: &str) -> Result<Vec<PathBuf>> {
    let files = fingerprint::files(folder, &|_| true)?;
    Ok(files
        .into_iter()
        .filter(|file| file.extension().is_some_and(|found| found == ending))
        .collect())
}

fn replace(dist: &Path, stage: &Path) -> Result<()> {
    if dist.exists() {
        fs::remove_dir_all(dist).context("the old dist/ cannot be removed")?;
    }
    fs::rename(stage, dist).or_else(|_| copy(stage, dist))
}

/// For a target directory on another disk, where nothing can be moved from.
fn copy(from: &Path, to: &Path) -> Result<()> {
    for file in fingerprint::files(from, &|_| true)? {
        let target = to.join(&file);
        let Some(folder) = target.parent() else { bail!("{} is in no folder", target.display()) };
        fs::create_dir_all(folder)
            .with_context(|| format!("{} cannot be made", folder.display()))?;
        fs::copy(from.join(&file), &target)
            .with_context(|| format!("{} cannot be written", target.display()))?;
    }
    Ok(())
}

fn is_current(project: &Project, tools: &Tools) -> Result<bool> {
    let Ok(stamp) = fs::read_to_string(stamp(project)) else { return Ok(false) };
    Ok(project.dist().is_dir()
        && stamp == format!("{} {}", inputs(project, tools)?, output(project)?))
}

fn stamp(project: &Project) -> PathBuf {
    project.scratch().join("web.stamp")
}

/// All that the page is made of: every file of the repository but those that certainly are no part of it, and the tools.
fn inputs(project: &Project, tools: &Tools) -> Result<String> {
    let rust = process::output(project.command("rustc").arg("-vV"))?;
    let flags = std::env::var("RUSTFLAGS").unwrap_or_default();
    let fingerprint = Fingerprint::default()
        .text(&format!(
            "{rust} {flags} {} {WASM_OPT:?} {MINIFY} {ESBUILD:?} {WITH_LIBRARY:?} {WITHOUT_LIBRARY:?}",
            tools.describe()
        ))
        .text(include_str!("web.rs"))
        .text(include_str!("glue.rs"))
        .text(include_str!("fingerprint.rs"))
        .text(include_str!("wasm.rs"))
        .text(include_str!("parts.rs"))
        .text(include_str!("inline.rs"))
        .text(include_str!("shell.rs"))
        .text(include_str!("sizes.rs"));
    Ok(fingerprint.folder(&project.root, belongs_to_page)?.finish())
}

/// Whether a file or folder of the repository may be a part of the page. What is not known here is.
fn belongs_to_page(path: &Path) -> bool {
    let first =
        path.components().next().map(|part| part.as_os_str().to_string_lossy().into_owned());
    let first = first.unwrap_or_default();
    if first.starts_with('.') {
        return first == ".cargo";
    }
    let others = ["target", "dist", "data", "tests", "README.md", "crates/server", "crates/xtask"];
    !others.iter().any(|other| path.starts_with(other))
}

fn output(project: &Project) -> Result<String> {
    Ok(Fingerprint::default().folder(&project.dist(), |_| true)?.finish())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{belongs_to_page, renamed};

    #[test]
    fn names_carry_the_number_of_their_content() {
        for (name, expected) in [
            ("chinwag-web-0123456789abcdef_bg.wasm", Some("chinwag-web-NEW_bg.wasm")),
            ("chinwag-web-0123456789abcdef.js", Some("chinwag-web-NEW.js")),
            ("service-worker.js", None),
            ("a-0123456789abcdefff.js", None),
            ("a-0123456789abcdeg.js", None),
            ("plain.js", None),
            ("short-ü.js", None),
        ] {
            assert_eq!(renamed(name, "NEW").as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn the_page_is_made_of_everything_that_is_not_known_to_be_something_else() {
        for path in [
            "src/main.rs",
            "style",
            "public/sw.js",
            "index.html",
            "Cargo.lock",
            "crates/session/src/lib.rs",
            "new",
        ] {
            assert!(belongs_to_page(Path::new(path)), "{path}");
        }
        assert!(
            belongs_to_page(Path::new(".cargo/config.toml"))
                && belongs_to_page(Path::new("crates"))
        );
        for path in [
            "target",
            "dist/index.html",
            "data/chat.db",
            ".git",
            "tests/e2e",
            "crates/server/src",
            "README.md",
        ] {
            assert!(!belongs_to_page(Path::new(path)), "{path}");
        }
    }
}
