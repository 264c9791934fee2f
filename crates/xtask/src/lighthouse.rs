//! The built page by Lighthouse, as on a phone of the middle class on a slow network: a step of the tests that runs where it is named,
//! since its speed is that of a machine that does nothing else.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::browser::Browser;
use crate::npm::Packages;
use crate::project::Project;
use crate::{build, process, server};

/// The newest that runs with Node 20.
const LIGHTHOUSE: Packages = Packages {
    folder: "lighthouse",
    reason: "the figures of Lighthouse",
    wanted: &[("lighthouse", "12.8.2")],
};

/// So often: what is judged is the one in the middle.
const RUNS: usize = 3;

/// What it judges, and the least of a hundred points.
const LEAST: [(&str, u8); 4] =
    [("performance", 95), ("accessibility", 100), ("best-practices", 100), ("seo", 100)];

/// Fails where a score is too low.
pub(crate) fn check(project: &Project) -> Result<()> {
    let program = LIGHTHOUSE.install(project)?.join("lighthouse/cli/index.js");
    let browser = Browser::find_or_install(project)?;
    let built = build::both(project).context("not run, because the page cannot be built")?;
    let scratch = project.scratch().join("lighthouse");
    if scratch.exists() {
        fs::remove_dir_all(&scratch).context("what the last run kept cannot be removed")?;
    }
    fs::create_dir_all(&scratch).context("no room for the figures")?;
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
    let dist = project.dist();
    let mut server = server::start(project, &built, port, &scratch.join("data"), Some(&dist))?;
    let mut scores = Vec::new();
    for run in 0..RUNS {
        let path = scratch.join(format!("{run}.json"));
        let mut command = project.command("node");
        command.arg(&program).arg(format!("http://localhost:{port}/"));
        command.args(["--quiet", "--output=json", "--chrome-flags=--headless=new --no-sandbox"]);
        command.arg(format!("--output-path={}", path.display()));
        process::run(command.env("CHROME_PATH", &browser.chromium))?;
        let told = fs::read(&path).context("it has written nothing")?;
        scores.push(read(&serde_json::from_slice(&told).context("it has written no figures")?)?);
    }
    server.end();
    let middle = middle(&scores);
    for ((name, least), score) in LEAST.iter().zip(&middle) {
        println!("  {name:16}{score:>4} of at least {least}");
    }
    let low = LEAST.iter().zip(&middle).filter(|((_, least), score)| *score < least);
    let low: Vec<_> = low.map(|((name, _), score)| format!("{name} {score}")).collect();
    if low.is_empty() {
        return Ok(());
    }
    bail!("too low: {}. The reports are in {}", low.join(", "), scratch.display())
}

type Scores = [u8; LEAST.len()];

fn read(report: &Value) -> Result<Scores> {
    let mut scores = Scores::default();
    for ((name, _), score) in LEAST.iter().zip(&mut scores) {
        let told = report["categories"][name]["score"].as_f64();
        let told = told.with_context(|| format!("there is no score for {name}"))?;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "up to 100")]
        let points = (told.clamp(0.0, 1.0) * 100.0).round() as u8;
        *score = points;
    }
    Ok(scores)
}

/// Of each score the one in the middle.
fn middle(runs: &[Scores]) -> Scores {
    std::array::from_fn(|at| {
        let mut all: Vec<_> = runs.iter().map(|scores| scores[at]).collect();
        all.sort_unstable();
        all[all.len() / 2]
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{middle, read};

    #[test]
    fn scores_are_read_and_those_in_the_middle_count() {
        let report = json!({ "categories": {
            "performance": { "score": 0.97 }, "accessibility": { "score": 1 },
            "best-practices": { "score": 1 }, "seo": { "score": 0.9 } } });
        assert_eq!(read(&report).unwrap(), [97, 100, 100, 90]);
        assert!(read(&json!({ "categories": { "performance": { "score": null } } })).is_err());
        let runs = [[60, 100, 100, 90], [97, 100, 100, 100], [96, 100, 99, 100]];
        assert_eq!(middle(&runs), [96, 100, 100, 100]);
    }
}
