//! The page's states (`tests/e2e/tests/states`): judged with axe-core as a step of the tests, or photographed for people to look at.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::browser::{self, Browser};
use crate::build;
use crate::npm::Packages;
use crate::process;
use crate::project::Project;

/// Judges pages by WCAG (Deque's axe-core).
const AXE: Packages = Packages {
    folder: "axe",
    reason: "the tests of the page's states",
    wanted: &[("axe-core", "4.14.1")],
};

/// The letters of the pictures: the same on every machine.
const FONTS: Packages = Packages {
    folder: "fonts",
    reason: "the pictures of the page",
    wanted: &[
        ("@expo-google-fonts/noto-color-emoji", "0.4.6"),
        ("@expo-google-fonts/noto-sans", "0.4.2"),
        ("@expo-google-fonts/noto-sans-arabic", "0.4.3"),
        ("@expo-google-fonts/noto-sans-mono", "0.4.2"),
        ("@expo-google-fonts/noto-sans-symbols-2", "0.4.1"),
    ],
};

/// Where pictures of the README are.
const GALLERY: &str = ".docs";

/// Which pictures to take.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only of states with this in their names, such as `english::talk`
    #[arg(value_name = "STATE")]
    only: Option<String>,
    /// Put the pictures of the README's gallery into its folder
    #[arg(long)]
    gallery: bool,
}

/// The tests of the states, and their environment.
pub(crate) fn tests(project: &Project) -> Result<Command> {
    let axe = AXE.install(project)?.join("axe-core/axe.min.js");
    let mut command = states(project)?;
    command.env("CHINWAG_AXE", axe);
    Ok(command)
}

/// Takes pictures of all states into `target/shots`.
pub(crate) fn shots(project: &Project, args: &Args) -> Result<()> {
    let fonts = FONTS.install(project)?;
    let folder = project.target.join("shots");
    if args.only.is_none() && folder.exists() {
        fs::remove_dir_all(&folder).context("the last pictures cannot be removed")?;
    }
    fs::create_dir_all(&folder).context("no room for pictures")?;
    let mut command = states(project)?;
    command.env("CHINWAG_SHOTS", &folder).env("FONTCONFIG_FILE", told(&fonts)?);
    // A state that cannot be reached is no reason to take no picture of the others; it is said all the same.
    let taken = process::run(command.arg("--").args(&args.only));
    println!("\nThe pictures are in {}.", folder.display());
    taken?;
    if args.gallery {
        for (name, path) in pictures(&folder, "webp")? {
            fs::copy(path, project.root.join(GALLERY).join(name)).context(GALLERY)?;
        }
    }
    Ok(())
}

fn states(project: &Project) -> Result<Command> {
    let browser = Browser::find_or_install(project)?;
    let server =
        build::both(project).context("not run, because the page and the server cannot be built")?;
    let mut command = project.cargo();
    command.args(["test", "--package", "chinwag-e2e", "--test", "states", "--no-fail-fast"]);
    command.envs(browser::end_to_end(&browser, &server, &project.dist()));
    Ok(command)
}

/// Tells the browser of these fonts and no others (fontconfig), and returns where that is written.
fn told(fonts: &Path) -> Result<PathBuf> {
    let path = fonts.with_file_name("fonts.conf");
    let (fonts, cache) = (fonts.display(), fonts.with_file_name("cache"));
    let text = format!(
        r#"<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
  <dir>{fonts}</dir>
  <cachedir>{cache}</cachedir>
  <match target="pattern"><edit name="family" mode="append" binding="weak"><string>Noto Sans</string></edit></match>
  <alias><family>monospace</family><prefer><family>Noto Sans Mono</family></prefer></alias>
</fontconfig>
"#,
        cache = cache.display()
    );
    fs::write(&path, text).context("fonts.conf cannot be written")?;
    Ok(path)
}

fn pictures(folder: &Path, kind: &str) -> Result<Vec<(PathBuf, PathBuf)>> {
    let entries = fs::read_dir(folder).context("no pictures")?;
    let paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    let wanted = paths.into_iter().filter(|path| path.extension().is_some_and(|end| end == kind));
    Ok(wanted.filter_map(|path| Some((path.file_name()?.into(), path.clone()))).collect())
}
