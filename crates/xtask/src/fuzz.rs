//! `cargo xtask fuzz`: feeds nonsense to whatever reads what strangers send (`tests/fuzz`), for as long as one likes.
//!
//! libFuzzer makes it up, and wants nightly Rust for that. What was worth keeping is in the repository, and replayed on any
//! Rust by `cargo xtask test`.

use std::cmp::Reverse;
use std::fmt::Write;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::process::{self, Running};
use crate::project::Project;
use crate::tools;
use crate::version::Version;

/// The cargo-fuzz that is installed where there is none.
const CARGO_FUZZ: Version = Version::new(0, 13, 2);
/// Where the targets and their corpus are.
const FOLDER: &str = "tests/fuzz";
/// The most memory of a target. The server with its store takes a tenth.
const MEGABYTES: u32 = 1024;
/// The longest that is made up: more than a request's headers may have.
const MOST_BYTES: u32 = 20 * 1024;
/// How long one piece of nonsense may take before that is a finding: seconds.
const PATIENCE: u32 = 10;
/// How long a target may take to start and to end.
const MARGIN: Duration = Duration::from_mins(2);
/// The most bytes of one target's corpus in the repository.
const CORPUS: u64 = 32 * 1024;
/// The most files of it.
const FILES: usize = 100;

/// How long, and at what.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Go on for so many seconds, all targets together
    #[arg(long, default_value_t = 1_800, value_parser = clap::value_parser!(u32).range(1..=604_800))]
    seconds: u32,
    /// This target alone
    #[arg(long, value_name = "TARGET")]
    only: Option<String>,
    /// Keep in the repository what is enough to get as far as was found, and no more
    #[arg(long)]
    keep: bool,
}

/// What became of a target.
struct Outcome {
    name: String,
    seconds: u64,
    done: Done,
    kept: usize,
    findings: Vec<PathBuf>,
}

/// What libFuzzer says at the end.
#[derive(Debug, Default, PartialEq, Eq)]
struct Done {
    runs: u64,
    coverage: u64,
    corpus: u64,
}

/// Runs all targets one after another, and fails where any has found something.
pub(crate) fn fuzz(project: &Project, args: &Args) -> Result<()> {
    let mut names = targets(&project.root)?;
    if let Some(only) = &args.only {
        let all = names.join(", ");
        names.retain(|name| name == only);
        if names.is_empty() {
            bail!("there is no target {only}; there are {all}");
        }
    }
    prepare(project)?;
    let place = build(project)?;
    let count = u32::try_from(names.len()).unwrap_or(u32::MAX);
    let each = (args.seconds / count).max(1);
    println!("{count} target(s), {each} s each ...");
    let mut outcomes = Vec::new();
    for name in names {
        let target = Target { project, program: place.join(&name), name };
        let outcome = target.run(each)?;
        print!("{}", line(&outcome));
        if args.keep && outcome.findings.is_empty() {
            target.keep()?;
        }
        outcomes.push(outcome);
    }
    println!("\n{}", table(&outcomes));
    let found: Vec<_> = outcomes.iter().flat_map(|outcome| &outcome.findings).collect();
    if found.is_empty() {
        return Ok(());
    }
    let list =
        found.iter().fold(String::new(), |list, path| format!("{list}\n  {}", path.display()));
    bail!(
        "{} finding(s). Each file makes the target of its folder's name fail; put it into {FOLDER}/corpus/TARGET/, and \
         `cargo test -p chinwag-fuzz` tells where:{list}",
        found.len()
    )
}

/// The targets, by the names of their files.
fn targets(root: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(root.join(FOLDER).join("fuzz_targets"))? {
        let path = entry?.path();
        let name = path.file_stem().and_then(|stem| stem.to_str());
        names.push(name.context("a target without a name")?.to_owned());
    }
    names.sort();
    Ok(names)
}

/// Sees to it that nightly Rust, a C++ compiler and cargo-fuzz are there.
fn prepare(project: &Project) -> Result<()> {
    let wants = "fuzzing wants nightly Rust, for it alone tells what a program has run";
    if tools::which("rustup").is_none() {
        bail!("{wants}, and rustup is not here to install it: see https://rustup.rs");
    }
    let nightly =
        process::output(project.command("rustup").args(["run", "nightly", "rustc", "-V"]));
    if nightly.is_err() {
        println!("Installing nightly Rust (once, some 200 MB) ...");
        let mut command = project.command("rustup");
        command.args(["toolchain", "install", "nightly", "--profile", "minimal"]);
        process::run(&mut command).with_context(|| {
            format!(
                "{wants}, and rustup could not install it here. What was found before is replayed without it by \
                 `cargo test -p chinwag-fuzz`"
            )
        })?;
    }
    if ["c++", "g++", "clang++"].into_iter().all(|name| tools::which(name).is_none()) {
        bail!("libFuzzer is written in C++: install a compiler (Debian: `apt install g++`)");
    }
    if tools::which("cargo-fuzz").is_none() {
        tools::install(project, "cargo-fuzz", CARGO_FUZZ, "1 to 3")?;
    }
    Ok(())
}

/// Builds all targets: where they are then.
fn build(project: &Project) -> Result<PathBuf> {
    println!("Building the targets (the first time 3 to 15 minutes) ...");
    let target = project.target.join("fuzz");
    let mut command = project.command("rustup");
    command.args(["run", "nightly", "cargo", "fuzz", "build", "--fuzz-dir", FOLDER]);
    // Nothing here is unsafe but SQLite, which a sanitizer would not see into. With it all goes on at half the speed.
    command.args(["--features", "targets", "--sanitizer", "none", "--debug-assertions"]);
    command.env("CARGO_TARGET_DIR", &target);
    // What is measured here is not how fast the server is.
    command.env("CARGO_PROFILE_RELEASE_LTO", "off");
    command.env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16");
    process::run(&mut command).context("the targets could not be built")?;
    let host = process::output(project.command("rustc").arg("-vV"))?;
    let host = host.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(target.join(host.context("`rustc -vV` names no host")?).join("release"))
}

/// A target that is built.
struct Target<'a> {
    project: &'a Project,
    program: PathBuf,
    name: String,
}

impl Target<'_> {
    /// Its corpus in the repository.
    fn corpus(&self) -> PathBuf {
        self.project.root.join(FOLDER).join("corpus").join(&self.name)
    }

    /// What of it is not in the repository.
    fn place(&self, what: &str) -> Result<PathBuf> {
        let place = self.project.scratch().join("fuzz").join(what).join(&self.name);
        fs::create_dir_all(&place).with_context(|| place.display().to_string())?;
        Ok(place)
    }

    fn command(&self, options: &[String]) -> Command {
        let mut command = self.project.command(&self.program);
        command.args(options);
        command.arg(format!("-rss_limit_mb={MEGABYTES}"));
        command.arg(format!("-malloc_limit_mb={MEGABYTES}"));
        command.arg(format!("-max_len={MOST_BYTES}"));
        command.arg(format!("-timeout={PATIENCE}"));
        command
    }

    /// Runs it until its time is over or it has found something.
    fn run(&self, seconds: u32) -> Result<Outcome> {
        let (found, corpus) = (self.place("found")?, self.place("corpus")?);
        // What was found before and is mended is no finding of this time.
        let before = files(&found)?;
        let log = self.place("logs")?.join("log");
        let dictionary = self.project.root.join(FOLDER).join("dictionary.txt");
        let mut command = self.command(&[
            format!("-max_total_time={seconds}"),
            format!("-dict={}", dictionary.display()),
            format!("-artifact_prefix={}/", found.display()),
            "-print_final_stats=1".to_owned(),
        ]);
        command.arg(&corpus).arg(self.corpus());
        let began = Instant::now();
        let success = quietly(&mut command, &log, Duration::from_secs(seconds.into()) + MARGIN)?;
        let said = String::from_utf8_lossy(&fs::read(&log)?).into_owned();
        let mut findings = files(&found)?;
        findings.retain(|path| !before.contains(path));
        if !success && findings.is_empty() {
            // It broke off without saying on what.
            findings.push(log);
        }
        if !findings.is_empty() {
            let lines: Vec<_> = said.lines().collect();
            println!("{}", lines[lines.len().saturating_sub(40)..].join("\n"));
        }
        Ok(Outcome {
            name: self.name.clone(),
            seconds: began.elapsed().as_secs(),
            done: done(&said),
            kept: files(&self.corpus())?.len(),
            findings,
        })
    }

    /// Puts into the repository the fewest files that get as far as all that were found do.
    fn keep(&self) -> Result<()> {
        let (fewest, corpus) = (self.place("fewest")?, self.place("corpus")?);
        fs::remove_dir_all(&fewest)?;
        fs::create_dir_all(&fewest)?;
        let mut command = self.command(&["-set_cover_merge=1".to_owned()]);
        command.arg(&fewest).arg(self.corpus()).arg(&corpus);
        let log = self.place("logs")?.join("merge");
        if !quietly(&mut command, &log, MARGIN * 5)? {
            bail!("the corpus of {} could not be made smaller: see {}", self.name, log.display());
        }
        // The largest first: each of them gets farther than a small one.
        let size = |path: &PathBuf| fs::metadata(path).map_or(0, |about| about.len());
        let mut files = files(&fewest)?;
        files.retain(|path| size(path) <= CORPUS / 16);
        files.sort_by_key(|path| (Reverse(size(path)), path.clone()));
        files.truncate(FILES);
        let kept = self.corpus();
        fs::remove_dir_all(&kept)?;
        fs::create_dir_all(&kept)?;
        let mut bytes = 0;
        for file in files {
            bytes += fs::metadata(&file)?.len();
            if bytes > CORPUS {
                break;
            }
            fs::copy(&file, kept.join(file.file_name().unwrap_or_default()))?;
        }
        Ok(())
    }
}

/// Runs a program and writes down what it says: whether it ended well and in time.
fn quietly(command: &mut Command, log: &Path, limit: Duration) -> Result<bool> {
    let file = File::create(log).with_context(|| log.display().to_string())?;
    command.stdout(file.try_clone()?).stderr(file);
    let mut running = Running::start(command)?;
    let in_time = running.ends_within(limit)?;
    if !in_time {
        running.end();
    }
    Ok(running.wait()?.success() && in_time)
}

fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    let mut files = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    files.sort();
    Ok(files)
}

/// The figures of the last line that has them: `#4711 DONE cov: 12 ft: 34 corp: 5/678b …`.
fn done(said: &str) -> Done {
    let figure = |line: &str, name: &str| {
        let mut words = line.split_whitespace().skip_while(|word| *word != name);
        let word = words.nth(1).unwrap_or_default();
        word.split('/').next().unwrap_or_default().parse().unwrap_or_default()
    };
    let counted = |line: &&str| line.starts_with('#') && line.contains(" cov: ");
    let last = said.lines().rev().find(counted).unwrap_or_default();
    let runs = last.trim_start_matches('#').split_whitespace().next().unwrap_or_default();
    // After a finding no such line is written, but the number of runs is.
    let executed =
        said.lines().find_map(|line| line.strip_prefix("stat::number_of_executed_units:"));
    Done {
        runs: executed.unwrap_or(runs).trim().parse().unwrap_or_default(),
        coverage: figure(last, "cov:"),
        corpus: figure(last, "corp:"),
    }
}

fn line(outcome: &Outcome) -> String {
    let Outcome { name, seconds, done, kept, findings } = outcome;
    let Done { runs, coverage, corpus } = done;
    let speed = runs / (*seconds).max(1);
    format!(
        "{name:<14} {seconds:>5} s {runs:>11} {speed:>9} {coverage:>9} {kept:>5} {corpus:>7} {:>8}\n",
        findings.len()
    )
}

fn table(outcomes: &[Outcome]) -> String {
    let mut table = format!(
        "{:<14} {:>7} {:>11} {:>9} {:>9} {:>5} {:>7} {:>8}\n",
        "target", "time", "runs", "runs/s", "coverage", "kept", "corpus", "findings"
    );
    for outcome in outcomes {
        table += &line(outcome);
    }
    let runs: u64 = outcomes.iter().map(|outcome| outcome.done.runs).sum();
    let findings: usize = outcomes.iter().map(|outcome| outcome.findings.len()).sum();
    let _ = writeln!(table, "{runs} runs, {findings} finding(s)");
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_figures_are_those_of_the_end() {
        let said = "#2\tINITED cov: 3 ft: 4 corp: 1/1b exec/s: 0 rss: 30Mb\n\
                    #4711\tDONE   cov: 120 ft: 340 corp: 56/789b lim: 4096 exec/s: 157 rss: 41Mb\nDone 4711 runs in 30 second(s)\n";
        assert_eq!(done(said), Done { runs: 4711, coverage: 120, corpus: 56 });
        let found = "#8\tNEW    cov: 9 ft: 4 corp: 2/1b\nstat::number_of_executed_units: 17\n";
        assert_eq!(done(found), Done { runs: 17, coverage: 9, corpus: 2 });
        assert_eq!(done("nothing"), Done::default());
    }

    #[test]
    fn the_targets_are_found() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let names = targets(&root).unwrap();
        assert!(names.iter().any(|name| name == "http") && names.is_sorted(), "{names:?}");
    }
}
