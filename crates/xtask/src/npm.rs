//! What npm has and the project needs: into `target/tools`, for this project alone.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::engines::NotHere;
use crate::process;
use crate::project::Project;
use crate::tools::which;

/// Packages of npm that belong together. They have a folder of their own: npm removes from one whatever it is not asked for.
pub(crate) struct Packages {
    /// The folder's name.
    pub(crate) folder: &'static str,
    /// What for, in words.
    pub(crate) reason: &'static str,
    /// Their names, and the versions that are meant.
    pub(crate) wanted: &'static [(&'static str, &'static str)],
}

impl Packages {
    /// Installs what is missing, and returns where they are. Without Node that is said, and whoever needs them is skipped.
    pub(crate) fn install(&self, project: &Project) -> Result<PathBuf> {
        let folder = project.tools().join(self.folder);
        let modules = folder.join("node_modules");
        if self.wanted.iter().all(|(name, version)| has(&modules, name, version)) {
            return Ok(modules);
        }
        let reason = self.reason;
        if !is_here() {
            return Err(NotHere::new(format!("{reason} need Node and npm on PATH")).into());
        }
        println!("Installing what {reason} need of npm (once, some seconds) ...");
        let named: Vec<_> =
            self.wanted.iter().map(|(name, version)| format!("{name}@{version}")).collect();
        install(project, &folder, &named)?;
        Ok(modules)
    }
}

/// Whether npm and what runs its programs are on this machine.
pub(crate) fn is_here() -> bool {
    which("npm").is_some() && which("node").is_some()
}

/// Installs packages into this folder, and removes all others from it.
pub(crate) fn install(
    project: &Project,
    folder: &Path,
    packages: &[impl AsRef<std::ffi::OsStr>],
) -> Result<()> {
    fs::create_dir_all(folder).context("target/tools cannot be made")?;
    let mut command = project.command("npm");
    command.args([
        "install",
        "--no-save",
        "--no-audit",
        "--no-fund",
        "--loglevel=error",
        "--fetch-retries=1",
    ]);
    process::run(command.arg("--prefix").arg(folder).args(packages))
}

fn has(modules: &Path, name: &str, version: &str) -> bool {
    let told = fs::read(modules.join(name).join("package.json")).ok();
    let told = told.and_then(|told| serde_json::from_slice::<Value>(&told).ok());
    told.is_some_and(|told| told["version"] == version)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::has;

    #[test]
    fn another_version_than_the_one_that_is_meant_is_none() {
        let folder = std::env::temp_dir().join(format!("chinwag-npm-{}", std::process::id()));
        let package = folder.join("@some").join("package");
        fs::create_dir_all(&package).unwrap();
        fs::write(package.join("package.json"), r#"{ "version": "4.14.1" }"#).unwrap();
        assert!(has(&folder, "@some/package", "4.14.1"));
        assert!(!has(&folder, "@some/package", "4.14.0"));
        assert!(!has(&folder, "package", "4.14.1"));
        fs::remove_dir_all(folder).unwrap();
    }
}
