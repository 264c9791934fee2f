//! What the service worker keeps (`public/sw.js`): the list of the page's files by their contents, and the version that they make.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::{Map, Value};

use crate::fingerprint;
use crate::glue;
use crate::process;
use crate::project::Project;
use crate::tools::Tool;

/// The worker, among the page's files.
const WORKER: &str = "sw.js";
/// What whoever hosts the page may change is no part of a version.
const CHANGEABLE: &str = "config.json";
/// What only the system asks for, while the page is being installed: it is not needed to open it.
const FOR_THE_SYSTEM: [&str; 2] = ["png", "webmanifest"];
/// The lines that the worker leaves to the build.
const VERSION: &str = "const VERSION = \"\";";
const FILES: &str = "const FILES = {};";
/// As for the other scripts; this one is no module.
const ESBUILD: [&str; 2] = ["--minify", "--target=es2022"];

/// Tells the worker of a page that is complete what to keep, and makes it smaller.
pub(crate) fn write(project: &Project, esbuild: Option<&Tool>, stage: &Path) -> Result<()> {
    let path = stage.join(WORKER);
    let worker = fs::read_to_string(&path).context("the service worker cannot be read")?;
    fs::write(&path, told(&worker, list(stage)?)?)
        .context("the service worker cannot be written")?;
    let Some(esbuild) = esbuild else { return Ok(()) };
    let mut command = project.command(&esbuild.path);
    let small = process::output(command.args(ESBUILD).arg(&path))
        .context("esbuild could not make the service worker smaller")?;
    fs::write(&path, small).context("the smaller service worker cannot be written")
}

/// Every file by its name, with the number of its content.
fn list(stage: &Path) -> Result<Map<String, Value>> {
    let mut list = Map::new();
    for file in fingerprint::files(stage, &|_| true)? {
        let name = file.to_string_lossy().replace('\\', "/");
        let for_the_system =
            file.extension().is_some_and(|kind| FOR_THE_SYSTEM.iter().any(|of| kind == *of));
        if name == WORKER || name == CHANGEABLE || for_the_system {
            continue;
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || "-._/".contains(c);
        ensure!(
            name.chars().all(plain),
            "{name}: the worker knows a file by an address like its name"
        );
        let bytes =
            fs::read(stage.join(&file)).with_context(|| format!("{name} cannot be read"))?;
        list.insert(name, fingerprint::of_bytes(&bytes).into());
    }
    Ok(list)
}

/// The worker with the list, and the version: another one with every change of a file or of the worker itself.
fn told(worker: &str, list: Map<String, Value>) -> Result<String> {
    for line in [VERSION, FILES] {
        ensure!(worker.matches(line).count() == 1, "{WORKER} has no line `{line}` to fill in");
    }
    let files = Value::from(list).to_string();
    let worker = glue::without_comments(worker).replace(FILES, &format!("const FILES = {files};"));
    let version = fingerprint::of_bytes(worker.as_bytes());
    Ok(worker.replace(VERSION, &format!("const VERSION = \"{version}\";")))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use serde_json::Map;

    use super::{list, told};

    const WORKER: &str = include_str!("../../../public/sw.js");

    #[test]
    fn everything_is_kept_but_the_worker_what_its_host_may_change_and_what_the_system_asks_for() {
        let folder = std::env::temp_dir().join(format!("chinwag-shell-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("locales")).unwrap();
        for name in [
            "index.html",
            "sw.js",
            "config.json",
            "locales/de.json",
            "icon-192.png",
            "manifest.webmanifest",
        ] {
            fs::write(folder.join(name), "abc").unwrap();
        }
        let list = list(&folder).unwrap();
        let names: Vec<_> = list.keys().map(String::as_str).collect();
        assert_eq!(names, ["index.html", "locales/de.json"]);
        assert!(list.values().all(|number| number == "ba7816bf8f01cfea"));
        fs::write(folder.join("an odd name.txt"), "").unwrap();
        assert!(super::list(&folder).is_err());
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn every_change_of_a_file_or_of_the_worker_is_another_version() {
        let one = |name: &str| Map::from_iter([(name.to_owned(), "0123456789abcdef".into())]);
        let version = |worker: &str, name: &str| {
            let told = told(worker, one(name)).unwrap();
            let (_, rest) = told.split_once("const VERSION = \"").unwrap();
            let (version, _) = rest.split_once("\";").unwrap();
            assert_eq!(version.len(), 16, "{told}");
            assert!(told.contains(&format!("const FILES = {{\"{name}\":\"0123456789abcdef\"}};")));
            version.to_owned()
        };
        let changed = WORKER.replace("PAGE = \"", "PAGE = \"a");
        let versions = [version(WORKER, "a"), version(WORKER, "b"), version(&changed, "a")];
        assert_eq!(version(WORKER, "a"), versions[0]);
        assert!(versions[0] != versions[1] && versions[0] != versions[2]);
    }

    #[test]
    fn a_worker_that_leaves_nothing_to_the_build_is_not_built() {
        let told = told(&WORKER.replace("const FILES = {};", "const FILES={};"), Map::new());
        assert!(told.unwrap_err().to_string().contains("const FILES = {};"));
    }
}
