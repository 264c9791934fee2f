//! `cargo xtask soak`: the session's simulator goes on for as long as one likes, with seeds that were never tried.

use anyhow::Result;

use crate::process;
use crate::project::Project;

/// How long to go on, or what to play again.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Go on for so many minutes
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1_440))]
    minutes: u32,
    /// Tell the stories of this seed alone, as a failure has named it
    #[arg(long, conflicts_with = "minutes")]
    seed: Option<u64>,
}

/// Runs both simulators, the base server's and the extended one's, side by side. A failure names its seed, the
/// shortest story that fails, and what happens in it.
pub(crate) fn soak(project: &Project, args: &Args) -> Result<()> {
    let mut command = project.cargo();
    command.args(["test", "--release", "--package", "chinwag-session", "--test", "session"]);
    command.args(["--", "--nocapture", "model::with_"]);
    command.env("RUST_BACKTRACE", "0");
    if let Some(seed) = args.seed {
        command.env("CHINWAG_SOAK_SEED", seed.to_string());
    } else {
        command.env("CHINWAG_SOAK_MINUTES", args.minutes.to_string());
    }
    process::run(&mut command)
}
