//! `cargo xtask test`: every step in its order, each with its name and time, and a summary at the end.

use std::env;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use clap::ValueEnum;

use crate::browser::{self, Browser};
use crate::count::Count;
use crate::engines::{Engine, NotHere};
use crate::process;
use crate::project::{Project, WASM};
use crate::tools::{self, Tools};
use crate::{build, html, layers, lighthouse, states, words};

/// No step takes this long unless something hangs.
const LIMIT: Duration = Duration::from_mins(40);

/// Which part of the tests to run.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Run this step alone while working; may be given several times
    #[arg(long, value_name = "STEP")]
    only: Vec<Step>,
}

/// The steps, in the order in which they run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Step {
    /// The code is formatted
    Fmt,
    /// Nobody imports whom they must not: the map in the README
    Layers,
    /// The words of the page: all of them, in every language
    Words,
    /// clippy on the host, warnings denied
    Clippy,
    /// clippy for WebAssembly, warnings denied
    ClippyWasm,
    /// The tests that run on the host
    Host,
    /// The examples in the documentation
    Doc,
    /// The front-end's tests, in headless Chromium
    Browser,
    /// The same in Firefox, where it can be had
    BrowserFirefox,
    /// The same in WebKit, which is Safari's engine, where it can be had
    BrowserWebkit,
    /// The release build, within its budget
    Build,
    /// The built page is valid HTML
    Html,
    /// People in real browsers with the built page and the real server
    E2e,
    /// The same stories in Firefox, where it can be had
    E2eFirefox,
    /// The same in WebKit, where it can be had
    E2eWebkit,
    /// Every state of the page, in every way to look at it: judged with axe-core; nothing cut off, nothing too small to hit
    Axe,
    /// Lighthouse's scores, on a machine that does nothing else; only where it is named
    Lighthouse,
}

impl Step {
    /// Whether it runs only where it is named: speed needs a machine of its own.
    fn is_by_name(self) -> bool {
        matches!(self, Self::Lighthouse)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Fmt => "formatting",
            Self::Layers => "layers",
            Self::Words => "words",
            Self::Clippy => "clippy, host",
            Self::ClippyWasm => "clippy, WebAssembly",
            Self::Host => "tests on the host",
            Self::Doc => "documentation examples",
            Self::Browser => "tests in the browser",
            Self::BrowserFirefox => "tests in Firefox",
            Self::BrowserWebkit => "tests in WebKit",
            Self::Build => "release build and budget",
            Self::Html => "valid HTML",
            Self::E2e => "end-to-end tests",
            Self::Axe => "every state, with axe-core",
            Self::Lighthouse => "Lighthouse",
            Self::E2eFirefox => "end-to-end in Firefox",
            Self::E2eWebkit => "end-to-end in WebKit",
        }
    }

    fn run(self, project: &Project) -> Result<Count> {
        match self {
            Self::Fmt => check(project.cargo().args(["fmt", "--all", "--check"])),
            Self::Layers => layers::check(project).map(|()| ONE),
            Self::Words => words::check(project).map(|()| ONE),
            Self::Clippy => check(
                project
                    .cargo()
                    .args(["clippy", "--workspace", "--exclude", "chinwag", "--all-targets"])
                    .args(["--", "-D", "warnings"]),
            ),
            Self::ClippyWasm => {
                tools::install_target(project)?;
                let mut command = project.cargo();
                command.args(["clippy", "--package", "chinwag", "--target", WASM, "--all-targets"]);
                check(command.args(["--", "-D", "warnings"]))
            }
            Self::Host => {
                proxies(project);
                let mut count = tests(&mut host_tests(project))?;
                // The front-end's pure parts; a runner in a browser passes over tests of this kind.
                let mut front_end = project.cargo();
                front_end.args(["test", "--package", "chinwag", "--lib"]);
                count += tests(&mut front_end)?;
                Ok(count)
            }
            Self::Doc => tests(project.cargo().args([
                "test",
                "--doc",
                "--workspace",
                "--exclude",
                "chinwag",
                "--no-fail-fast",
            ])),
            Self::Browser => in_browser(project),
            Self::BrowserFirefox => in_engine(project, Engine::Firefox),
            Self::BrowserWebkit => in_engine(project, Engine::WebKit),
            Self::Build => {
                build::both(project)?;
                build::budget(project).map(|()| ONE)
            }
            Self::Html => html::check(project).map(|()| ONE),
            Self::E2e => end_to_end(project),
            Self::Axe => tests(&mut states::tests(project)?),
            Self::Lighthouse => lighthouse::check(project).map(|()| ONE),
            Self::E2eFirefox => end_to_end_in(project, Engine::Firefox),
            Self::E2eWebkit => end_to_end_in(project, Engine::WebKit),
        }
    }
}

/// A check that is no test counts as one.
const ONE: Count = Count { passed: 1, failed: 0, skipped: 0 };

/// What a step came to.
struct Outcome {
    step: Step,
    count: Count,
    verdict: Verdict,
    time: Duration,
}

/// Whether a step holds.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Good,
    /// It could not be run here, for this reason.
    Skipped(String),
    Failed(String),
}

/// Runs the steps that were named, or all that need not be.
pub(crate) fn test(project: &Project, args: &Args) -> Result<ExitCode> {
    let steps = Step::value_variants().iter().copied();
    let by_name = !args.only.is_empty();
    let is_wanted =
        |step: &Step| if by_name { args.only.contains(step) } else { !step.is_by_name() };
    let steps: Vec<Step> = steps.filter(is_wanted).collect();
    let mut outcomes: Vec<Outcome> = Vec::new();
    for (index, step) in steps.iter().copied().enumerate() {
        println!("\n--- {} of {}: {} ---", index + 1, steps.len(), step.name());
        let start = Instant::now();
        let (count, verdict) = result(step.run(project));
        if process::stopping() {
            bail!("stopped");
        }
        match &verdict {
            Verdict::Good => {}
            Verdict::Skipped(why) => println!("\n{} SKIPPED: {why}", step.name()),
            Verdict::Failed(trouble) => println!("\n{} FAILED: {trouble}", step.name()),
        }
        outcomes.push(Outcome { step, count, verdict, time: start.elapsed() });
    }
    println!("\n{}", summary(&outcomes));
    let good = !outcomes.iter().any(|outcome| matches!(outcome.verdict, Verdict::Failed(_)));
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A step that fails without a single failed test (it does not compile, say) counts as one.
fn result(result: Result<Count>) -> (Count, Verdict) {
    let error = match result {
        Ok(count) => return (count, Verdict::Good),
        Err(error) => error,
    };
    if let Some(missing) = error.downcast_ref::<NotHere>() {
        return (Count::default(), Verdict::Skipped(missing.to_string()));
    }
    match error.downcast_ref::<TestsFailed>() {
        Some(TestsFailed(count, _)) => (*count, Verdict::Failed(error.to_string())),
        None => (Count { failed: 1, ..Count::default() }, Verdict::Failed(format!("{error:#}"))),
    }
}

fn summary(outcomes: &[Outcome]) -> String {
    let mut lines = vec!["Summary".to_owned()];
    let mut total = Count::default();
    let mut skipped = 0;
    for Outcome { step, count, verdict, time } in outcomes {
        total += *count;
        let word = match verdict {
            Verdict::Good => "ok",
            Verdict::Skipped(_) => {
                skipped += 1;
                "skipped"
            }
            Verdict::Failed(_) => "FAILED",
        };
        let counted = format!("{} passed, {} failed", count.passed, count.failed);
        let counted = if count.skipped == 0 {
            counted
        } else {
            format!("{counted}, {} skipped", count.skipped)
        };
        let time = time.as_secs_f64();
        lines.push(format!("  {word:7} {:26}{counted:34}{time:>7.1} s", step.name()));
    }
    for Outcome { step, verdict, .. } in outcomes {
        match verdict {
            Verdict::Good => {}
            Verdict::Skipped(why) => lines.push(format!("\n{} skipped: {why}", step.name())),
            Verdict::Failed(trouble) => lines.push(format!("\n{}: {trouble}", step.name())),
        }
    }
    let skipped = skipped + total.skipped;
    let skipped = if skipped == 0 { String::new() } else { format!(", {skipped} skipped") };
    lines.push(format!("\n{} passed, {} failed{skipped}", total.passed, total.failed));
    lines.join("\n")
}

/// A program that either succeeds or not.
fn check(command: &mut Command) -> Result<Count> {
    process::run(command).map(|()| ONE)
}

/// Tests ran and some of them do not hold, or their runner does not say which.
#[derive(Debug)]
struct TestsFailed(Count, String);

impl std::fmt::Display for TestsFailed {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}", self.1)
    }
}

impl std::error::Error for TestsFailed {}

/// A program that runs tests and prints how many hold.
fn tests(command: &mut Command) -> Result<Count> {
    if std::io::stdout().is_terminal() {
        command.env("CARGO_TERM_COLOR", "always");
    }
    let heard = process::listen(command, LIMIT)?;
    judge(&heard.text, heard.success, &process::words(command), &heard.ending)
}

fn judge(output: &str, success: bool, words: &str, ending: &str) -> Result<Count> {
    let mut count = Count::read(output);
    if success && count.passed > 0 && count.failed == 0 {
        return Ok(count);
    }
    let trouble = match count.failed {
        // Tests that were lost must not look like tests that hold.
        0 if success => format!("`{words}` ran no test at all"),
        0 => format!("`{words}` did not succeed ({ending})"),
        failed => format!("{failed} failed in `{words}`"),
    };
    count.failed = count.failed.max(1);
    Err(TestsFailed(count, trouble).into())
}

/// Where programs are that not everybody's PATH has.
const ADMINISTRATORS: &str = "/usr/sbin";

/// The proxies that the server is tried behind, as `crates/server/deploy` sets them up.
fn proxies(project: &Project) {
    for (program, package) in [("nginx", "nginx-light"), ("caddy", "caddy")] {
        if tools::which(program).is_some() || Path::new(ADMINISTRATORS).join(program).exists() {
            continue;
        }
        // Installed there, it would be started, for all to reach, and at each start of the machine.
        let installed = if Path::new("/run/systemd/system").exists() {
            Err(anyhow!("its package would start it: install it yourself ({package})"))
        } else {
            browser::install(project, program, &[package])
        };
        if let Err(error) = installed {
            println!("The server is not tried behind {program}: {error:#}");
        }
    }
}

fn host_tests(project: &Project) -> Command {
    let mut command = project.cargo();
    // nextest runs tests side by side and says which one hangs; where it is missing cargo does.
    if tools::which("cargo-nextest").is_some() {
        command.args(["nextest", "run"]);
    } else {
        command.args(["test", "--all-targets"]);
    }
    command.args([
        "--workspace",
        "--exclude",
        "chinwag",
        "--exclude",
        "chinwag-e2e",
        "--no-fail-fast",
    ]);
    let mut path = env::var_os("PATH").unwrap_or_default();
    path.push(":");
    path.push(ADMINISTRATORS);
    command.env("PATH", path);
    command
}

fn in_browser(project: &Project) -> Result<Count> {
    let browser = Browser::find_or_install(project)?;
    let (mut command, runner) = front_end_tests(project)?;
    command.env(browser::RUNNER, runner);
    command.env("CHROMEDRIVER", &browser.driver);
    command.env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", browser.write_capabilities(project)?);
    tests(&mut command)
}

fn in_engine(project: &Project, engine: Engine) -> Result<Count> {
    let (mut command, runner) = front_end_tests(project)?;
    engine.dress(project, &mut command, &runner)?;
    tests(&mut command)
}

/// The front-end's tests, and what runs them once it is told where.
fn front_end_tests(project: &Project) -> Result<(Command, PathBuf)> {
    let tools = Tools::look(project)?.install_for_tests(project)?;
    let runner = tools
        .test_runner
        .context("wasm-bindgen-test-runner is not where cargo installs programs")?;
    let mut command = project.cargo();
    command.args(["test", "--package", "chinwag", "--target", WASM, "--no-fail-fast"]);
    // All tests of a file share this; the runner's own 20 s are little on a busy machine.
    command.env("WASM_BINDGEN_TEST_TIMEOUT", "600").env("WASM_BINDGEN_TEST_DRIVER_TIMEOUT", "30");
    Ok((command, runner.path))
}

fn end_to_end(project: &Project) -> Result<Count> {
    let browser = Browser::find_or_install(project)?;
    let (mut command, server, dist) = stories(project)?;
    tests(command.envs(browser::end_to_end(&browser, &server, &dist)))
}

fn end_to_end_in(project: &Project, engine: Engine) -> Result<Count> {
    let environment = engine.for_stories(project)?;
    let (mut command, server, dist) = stories(project)?;
    command.env("CHINWAG_SERVER_BIN", server).env("CHINWAG_DIST", dist);
    tests(command.envs(environment))
}

/// The stories, and where the server and the page are.
fn stories(project: &Project) -> Result<(Command, PathBuf, PathBuf)> {
    // Already built unless this step runs alone: then it must not test yesterday's page.
    let server =
        build::both(project).context("not run, because the page and the server cannot be built")?;
    let mut command = project.cargo();
    command.args(["test", "--package", "chinwag-e2e", "--test", "stories", "--no-fail-fast"]);
    Ok((command, server, project.dist()))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use anyhow::anyhow;

    use super::{ONE, Outcome, Step, Verdict, judge, result, summary};
    use crate::count::Count;
    use crate::engines::NotHere;

    const GOOD: &str = "test result: ok. 3 passed; 0 failed; 0 ignored";
    const BAD: &str = "test result: FAILED. 3 passed; 2 failed; 0 ignored";

    fn outcome(step: Step, (count, verdict): (Count, Verdict)) -> Outcome {
        Outcome { step, count, verdict, time: Duration::from_millis(1_250) }
    }

    #[test]
    fn a_runner_that_fails_counts_at_least_one_failure() {
        for (output, success, passed, failed) in [
            (GOOD, true, 3, 0),
            (BAD, false, 3, 2),
            (BAD, true, 3, 2),
            (GOOD, false, 3, 1),
            ("error: could not compile", false, 0, 1),
            ("no tests to run!", true, 0, 1),
        ] {
            let (count, verdict) = result(judge(output, success, "cargo test", "exit code 101"));
            assert_eq!(
                (count, verdict != Verdict::Good),
                (Count { passed, failed, skipped: 0 }, failed > 0),
                "{output}"
            );
        }
    }

    #[test]
    fn the_summary_ends_with_the_plain_line_that_ci_reads() {
        let outcomes = [
            outcome(Step::Fmt, result(Ok(ONE))),
            outcome(Step::Host, result(judge(BAD, false, "cargo test", "exit code 101"))),
            outcome(
                Step::Build,
                result(Err(anyhow!("the page is too large").context("the build failed"))),
            ),
        ];
        let text = summary(&outcomes);
        assert!(text.contains("  ok      formatting"), "{text}");
        assert!(text.contains("  FAILED  tests on the host"), "{text}");
        assert!(
            text.contains("\nrelease build and budget: the build failed: the page is too large\n"),
            "{text}"
        );
        assert_eq!(text.lines().last(), Some("4 passed, 3 failed"));
    }

    #[test]
    fn what_cannot_be_run_here_is_skipped_by_name_with_its_reason() {
        let missing = NotHere::new("the tests need it");
        let outcomes = [
            outcome(Step::Fmt, result(Ok(ONE))),
            outcome(Step::BrowserFirefox, result(Err(missing.into()))),
        ];
        let text = summary(&outcomes);
        assert!(text.contains("  skipped tests in Firefox "), "{text}");
        assert!(text.contains("\ntests in Firefox skipped: the tests need it\n"), "{text}");
        assert_eq!(text.lines().last(), Some("1 passed, 0 failed, 1 skipped"));

        let output = format!("skipped in WebKit: a::story: it has no such thing\n{GOOD}");
        let outcomes =
            [outcome(Step::E2eWebkit, result(judge(&output, true, "cargo test", "exit code 0")))];
        let text = summary(&outcomes);
        assert!(text.contains(" 2 passed, 0 failed, 1 skipped "), "{text}");
        assert_eq!(text.lines().last(), Some("2 passed, 0 failed, 1 skipped"));
    }
}
