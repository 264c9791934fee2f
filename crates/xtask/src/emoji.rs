//! What the emoji picker knows: `public/emoji`, one file for each language, written by `emoji.mjs` from packages of npm. Facts of
//! others and large, so they are no part of the repository; where they are not, the picker says so and everything else works.

use std::fs;

use anyhow::{Context, Result};

use crate::npm::Packages;
use crate::process;
use crate::project::Project;
use crate::words;

const SCRIPT: &str = include_str!("emoji.mjs");
/// Codes as they are known from elsewhere, and Unicode's names in each language; those of flags are in the second of its packages.
const PACKAGES: Packages = Packages {
    folder: "emoji",
    reason: "the names of emoji",
    wanted: &[
        ("gemoji", "8.1.0"),
        ("cldr-annotations-full", "48.2.0"),
        ("cldr-annotations-derived-full", "48.2.0"),
    ],
};
const FOLDER: &str = "public/emoji";

/// Writes the files, unless they are there.
pub(crate) fn write(project: &Project) {
    if let Err(error) = try_write(project) {
        println!("Building without emoji: {error:#}");
    }
}

fn try_write(project: &Project) -> Result<()> {
    let folder = project.root.join(FOLDER);
    let languages: Vec<_> = words::languages().collect();
    let made_of = format!("{:?} {languages:?}\n{SCRIPT}", PACKAGES.wanted);
    let stamp = project.scratch().join("emoji.stamp");
    let are_there =
        languages.iter().all(|language| folder.join(format!("{language}.txt")).is_file());
    if are_there && fs::read_to_string(&stamp).is_ok_and(|known| known == made_of) {
        return Ok(());
    }
    let modules = PACKAGES.install(project)?;
    let script = project.scratch().join("emoji.mjs");
    fs::create_dir_all(project.scratch()).context("target/xtask cannot be made")?;
    fs::write(&script, SCRIPT).context("the script cannot be written")?;
    let mut command = project.command("node");
    command.arg(&script).arg(modules).arg(&folder).args(&languages);
    process::run(&mut command).context("the names of emoji could not be written")?;
    fs::write(stamp, made_of).context("it cannot be noted that they are there")
}
