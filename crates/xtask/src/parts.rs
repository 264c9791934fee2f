//! The program in two parts: what a first visit runs, and what comes once the page stands. `crates/split` parts it, `src/later.js`
//! brings the later part, and `cargo xtask later` finds out anew what a first visit runs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::browser::{self, Browser};
use crate::process;
use crate::project::Project;
use crate::{server, wasm, web};

/// Brings the later part.
const LATER: &str = include_str!("../../../src/later.js");
/// Hears what a marked program runs.
const MARK: &str = include_str!("mark.js");
/// Where in its script stand: its name, the name of the module of what the page provides, and what the table is filled with until
/// it is there.
const PLACES: [&str; 5] = ["\"LATER\"", "[MODULE]", "\"TYPES\"", "\"SLOTS\"", "\"TABLE\""];
/// The list that the program is parted by.
const LIST: &str = "crates/split/later.txt";
/// The story that tells what a first visit is.
const STORY: &str = "first_visit";

/// How often it is told.
const RUNS: usize = 6;

/// What becomes of the program.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Program<'a> {
    /// Two parts.
    Parted,
    /// One, which says what it runs; the names of its functions go into this file.
    Marked(&'a Path),
}

impl Program<'_> {
    /// Works on the program of a page, and says what its script needs to know.
    pub(crate) fn make(self, project: &Project, path: &Path) -> Result<Script> {
        let mut command = splitter(project)?;
        match self {
            Self::Parted => {
                let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
                let name = name.replace("_bg.wasm", "_later.wasm");
                let later = path.with_file_name(&name);
                fs::copy(path, named(project)).context("the whole program cannot be kept")?;
                let told = process::output(command.arg("split").args([
                    path,
                    &linked(project),
                    path,
                    &later,
                ]))
                .context("the program could not be parted")?;
                let mut lines = told.lines().map(str::to_owned);
                let stubs = std::array::from_fn(|_| lines.next().unwrap_or_default());
                strip(path)?;
                strip(&later)?;
                Ok(Script { text: LATER, later: name, stubs })
            }
            Self::Marked(names) => {
                process::run(command.arg("mark").args([path, path, names]))
                    .context("the program could not be marked")?;
                Ok(Script { text: MARK, ..Script::default() })
            }
        }
    }
}

/// A program that stays in one part.
pub(crate) fn whole(path: &Path) -> Result<Script> {
    println!("wasm-opt is not there: the program stays in one part, which comes first.");
    strip(path)?;
    Ok(Script::default())
}

/// What is put into the script that loads a program.
#[derive(Debug, Default)]
pub(crate) struct Script {
    text: &'static str,
    later: String,
    /// What the table is filled with until the later part is there: the types, the slots, and the table's name.
    stubs: [String; 3],
}

impl Script {
    /// The script with this in it: it hands what it provides to the program through here.
    pub(crate) fn added_to(&self, script: &str) -> Result<String> {
        const PROVIDED: &str = "\": import0";
        const LOADED: &str = "= await __wbg_load(await module_or_path, imports);";
        /// Where the page calls the program.
        const CALLED: &str = "const real = (...args) => {";
        const IN_TURN: &str =
            "if (turns) return void turns.push(() => state.cnt && real(...args));";
        if self.text.is_empty() {
            return Ok(script.to_owned());
        }
        for place in [PROVIDED, LOADED] {
            ensure!(script.matches(place).count() == 1, "wasm-bindgen's script has no {place}");
        }
        let (before, _) = script.split_once(PROVIDED).context("the place was just seen")?;
        let module = before.rsplit('"').next().unwrap_or_default();
        let script = script.replace(PROVIDED, "\": provide(import0)");
        let script = script.replace(LOADED, &format!("{LOADED} await beforeStart(instance);"));
        if self.later.is_empty() {
            return Ok(format!("{script}\n{}", self.text));
        }
        ensure!(script.contains(CALLED), "wasm-bindgen's script has no {CALLED}");
        let script = script.replace(CALLED, &format!("{CALLED}\n{IN_TURN}"));
        let [types, slots, table] = &self.stubs;
        let words = [&format!("./{}", self.later), module, types, slots, table];
        let mut text = self.text.to_owned();
        for (place, word) in PLACES.into_iter().zip(words) {
            text = text.replace(place, &format!("\"{word}\""));
        }
        Ok(format!("{script}\n{text}"))
    }
}

/// What no browser reads goes.
fn strip(path: &Path) -> Result<()> {
    let module = fs::read(path).context("a part of the program cannot be read")?;
    let small = wasm::stripped(&module).context("a part of the program is no WebAssembly")?;
    fs::write(path, small).context("the smaller part cannot be written")
}

/// The program that parts programs, up to date.
pub(crate) fn splitter(project: &Project) -> Result<Command> {
    process::run(project.cargo().args(["build", "--quiet", "--package", "chinwag-split"]))
        .context("the program that parts the page's could not be built")?;
    Ok(project.command(project.target.join("debug/chinwag-split")))
}

/// The program as the linker left it, before wasm-bindgen.
fn linked(project: &Project) -> PathBuf {
    project.target.join("wasm32-unknown-unknown/web/chinwag-web.wasm")
}

/// The program before it was parted, with its names.
fn named(project: &Project) -> PathBuf {
    project.scratch().join("program.wasm")
}

/// The largest items of the program that was built last, in words.
pub(crate) fn largest(project: &Project, count: usize) -> Result<String> {
    let mut command = splitter(project)?;
    command.arg("largest").arg(named(project)).arg(count.to_string());
    process::output(&mut command)
        .context("the program cannot be looked into: delete dist/ and build again")
}

/// Runs a first visit in a browser and writes the list of what it did not run.
pub(crate) fn find(project: &Project) -> Result<()> {
    let browser = Browser::find_or_install(project)?;
    let server = server::build(project)?;
    let scratch = project.scratch();
    let [names, ran, stage] = ["names.txt", "ran.txt", "marked"].map(|name| scratch.join(name));
    web::prepare(project, &stage, Program::Marked(&names))?;
    let _ = fs::remove_file(&ran);
    let mut stories = project.cargo();
    let chosen = ["--test", "stories", "--", STORY];
    stories.args(["test", "--quiet", "--package", "chinwag-e2e"]).args(chosen);
    stories.envs(browser::end_to_end(&browser, &server, &stage)).env("CHINWAG_RAN", &ran);
    // More than once: what comes first and what second is not the same each time.
    for _ in 0..RUNS {
        process::run(&mut stories).context("the first visit did not come to its end")?;
    }
    let list = process::output(splitter(project)?.arg("list").args([&names, &ran]))?;
    let path: PathBuf = project.root.join(LIST);
    println!("{} functions come later now: {LIST}", list.lines().count());
    fs::write(path, list).context("the list cannot be written")
}

#[cfg(test)]
mod tests {
    use super::{LATER, PLACES, Script};

    #[test]
    fn the_script_hands_what_it_provides_to_the_program_and_knows_the_later_part() {
        let stubs = ["ii>i e>", "0012", "0t"].map(str::to_owned);
        let script = Script { text: LATER, later: "a-1_later.wasm".to_owned(), stubs };
        let load = "const { instance } = await __wbg_load(await module_or_path, imports);";
        let call = "const state = { cnt: 1 };\nconst real = (...args) => {\nstate.cnt++;";
        let own = format!("return {{ \"a\": import0, }};\n{load}\n{call}");
        let out = script.added_to(&own).unwrap();
        assert!(out.starts_with("return { \"a\": provide(import0), };\n"), "{out}");
        assert!(out.contains("imports); await beforeStart(instance);\n"), "{out}");
        assert!(out.contains("(...args) => {\nif (turns) return void turns.push("), "{out}");
        assert!(out.contains("new URL(\"./a-1_later.wasm\", import.meta.url)"), "{out}");
        assert!(out.contains("{ \"a\": provided, first }"), "{out}");
        assert!(out.contains("\"ii>i e>\".split") && out.contains("SLOTS = \"0012\""), "{out}");
        assert!(out.contains("exports[\"0t\"]"), "{out}");
        assert_eq!(Script::default().added_to("anything").unwrap(), "anything");
        for part in [load, call, "return { \"a\": import0, };"] {
            assert!(script.added_to(&own.replace(part, "")).is_err(), "{part}");
        }
    }

    #[test]
    fn the_places_are_there() {
        for place in PLACES {
            assert_eq!(LATER.matches(place).count(), 1, "{place}");
        }
    }
}
