//! Where things are: the top of the repository, cargo's target directory, and what xtask keeps in it.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::process;

/// The target that the front-end is compiled for.
pub(crate) const WASM: &str = "wasm32-unknown-unknown";

/// The checkout that the command works on.
#[derive(Debug, Clone)]
pub(crate) struct Project {
    /// The top of the repository.
    pub(crate) root: PathBuf,
    /// Where cargo puts what it builds.
    pub(crate) target: PathBuf,
}

impl Project {
    /// Finds the project that `cargo xtask` was typed in.
    pub(crate) fn find() -> Result<Self> {
        let start = match env::var_os("CARGO_MANIFEST_DIR") {
            Some(dir) => PathBuf::from(dir),
            None => env::current_dir().context("the current directory cannot be read")?,
        };
        let Some(root) =
            start.ancestors().find(|dir| dir.join("crates/xtask/Cargo.toml").is_file())
        else {
            bail!(
                "{} is not inside Chinwag's repository: run `cargo xtask` there",
                start.display()
            );
        };
        let mut project = Self { root: root.to_owned(), target: PathBuf::new() };
        let mut command = project.cargo();
        command.args(["metadata", "--format-version=1", "--no-deps"]);
        let metadata: Value = serde_json::from_str(&process::output(&mut command)?)
            .context("the answer of `cargo metadata` cannot be read")?;
        let target = metadata.get("target_directory").and_then(Value::as_str);
        project.target = target.context("`cargo metadata` names no target directory")?.into();
        Ok(project)
    }

    /// A command that runs at the top of the repository, as if typed there.
    pub(crate) fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        command.current_dir(&self.root);
        // What `cargo run` told this process about its own package is not for those it starts.
        for (name, _) in env::vars_os() {
            let name = name.to_string_lossy();
            if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
                command.env_remove(&*name);
            }
        }
        command
    }

    /// cargo, at the top of the repository.
    pub(crate) fn cargo(&self) -> Command {
        self.command("cargo")
    }

    /// Where the finished front-end goes.
    pub(crate) fn dist(&self) -> PathBuf {
        self.root.join("dist")
    }

    /// What xtask remembers and prepares. It may be deleted at any time.
    pub(crate) fn scratch(&self) -> PathBuf {
        self.target.join("xtask")
    }

    /// Tools that are installed for this project alone.
    pub(crate) fn tools(&self) -> PathBuf {
        self.target.join("tools")
    }
}
