//! `cargo xtask bench`: what a person feels of the page, in numbers. `tests/bench` measures; here is what it needs.

use anyhow::Result;

use crate::browser::{self, Browser};
use crate::process;
use crate::project::Project;
use crate::{server, web};

/// What the bench is asked for.
#[derive(clap::Args)]
#[command(disable_help_flag = true)]
pub(crate) struct Args {
    /// `--runs N`, `--only NAME`, `--list`, `--strict`, `--dist DIR` (another page than the one here), `--help`
    #[arg(value_name = "OPTIONS", trailing_var_arg = true, allow_hyphen_values = true)]
    options: Vec<String>,
}

/// Builds the page and the server for release, and measures.
pub(crate) fn bench(project: &Project, args: &Args) -> Result<()> {
    let asks = |names: &[&str]| args.options.iter().any(|option| names.contains(&option.as_str()));
    let mut command = project.cargo();
    command.args(["run", "--quiet", "--package", "chinwag-bench", "--"]).args(&args.options);
    if asks(&["--list", "--help", "-h"]) {
        return process::run(&mut command);
    }
    let browser = Browser::find_or_install(project)?;
    if !args.options.iter().any(|option| option.starts_with("--dist")) {
        web::build(project)?;
        command.arg("--dist").arg(project.dist());
    }
    let server = server::build(project)?;
    command.arg("--out").arg(project.target.join("bench"));
    command.envs(browser::end_to_end(&browser, &server, &project.dist()));
    process::run(&mut command)
}
