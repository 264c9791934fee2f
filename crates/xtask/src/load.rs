//! `cargo xtask load`: what the server bears on this machine. `tests/load` measures; here is what it needs.

use anyhow::Result;

use crate::process;
use crate::project::Project;
use crate::server;

/// What is asked for.
#[derive(clap::Args)]
#[command(disable_help_flag = true)]
pub(crate) struct Args {
    /// `--only idle|talk|presence`, `--connections N`, `--rate N`, `--seconds N`, `--online N`, `--base`, `--help` and more
    #[arg(value_name = "OPTIONS", trailing_var_arg = true, allow_hyphen_values = true)]
    options: Vec<String>,
}

/// Builds the server and the measurer for release, and measures.
pub(crate) fn load(project: &Project, args: &Args) -> Result<()> {
    let mut command = project.cargo();
    command.args(["run", "--quiet", "--release", "--package", "chinwag-load", "--"]);
    command.args(&args.options);
    if !args.options.iter().any(|option| ["--help", "-h"].contains(&option.as_str())) {
        command.arg("--server").arg(server::build(project)?);
        // Not where temporary files are, which may be in memory.
        command.arg("--place").arg(project.target.join("load"));
    }
    process::run(&mut command)
}
