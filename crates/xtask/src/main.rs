//! `cargo xtask`: the commands that build, run and test Chinwag.
//!
//! Here live the command line and nothing else; each command has a file of its own.

mod bench;
mod browser;
mod build;
mod count;
mod demo;
mod dev;
mod emoji;
mod engines;
mod fingerprint;
mod fuzz;
mod glue;
mod html;
mod icons;
mod inline;
mod layers;
mod lighthouse;
mod load;
mod npm;
mod parts;
mod process;
mod project;
mod run;
mod schemathesis;
mod server;
mod shell;
mod sizes;
mod soak;
mod states;
mod test;
mod tools;
mod version;
mod wasm;
mod web;
mod words;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::project::Project;

/// Builds, runs and tests Chinwag.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", arg_required_else_help = true, after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Start here:
  cargo xtask run           build everything, then open http://localhost:3000
  cargo xtask run --demo    the same with a few people and conversations to look at
  cargo xtask test          prove that it works

What is missing (the WebAssembly target, trunk, wasm-bindgen, wasm-opt, esbuild, a browser for the tests) is
installed on first use, and said.";

#[derive(Subcommand)]
enum Command {
    /// Build the front-end and the server for release and start them
    Run(run::Args),
    /// Everything that must hold: format, layers, lints, tests on the host, in a browser and end to end
    Test(test::Args),
    /// Build the front-end into dist/ (with .br files) and the server, print the sizes, keep the budget
    Build,
    /// Serve the front-end with live reload while working on it, with a server behind it
    Dev(dev::Args),
    /// Measure what a person feels of the page, beside the same conversation written by hand
    Bench(bench::Args),
    /// The sizes of the page's files and of the largest items of its program, and the budget
    Size,
    /// Find out anew what a first visit does not run of the program, and may therefore come later
    Later,
    /// Take pictures of the page in every state, on screens of every kind, for people to look at
    Shots(states::Args),
    /// Draw the page's icons anew from its mark (`public/icon.svg`)
    Icons,
    /// Measure what the server bears on this machine: idle connections, messages, coming and going
    Load(load::Args),
    /// Go on simulating people, tabs, servers and faults with new seeds, and print the seed of a failure
    Soak(soak::Args),
    /// Feed nonsense to whatever reads what strangers send, and print what was made to fail
    Fuzz(fuzz::Args),
    /// Try the server with requests made up from its own description (schemathesis), and judge the answers by it
    Schemathesis(schemathesis::Args),
}

fn main() -> ExitCode {
    match Cli::parse().command.execute() {
        Ok(code) => code,
        Err(_) if process::stopping() => {
            eprintln!("Stopped.");
            ExitCode::from(130)
        }
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

impl Command {
    fn execute(self) -> Result<ExitCode> {
        process::stop_children_on_signals()?;
        let project = Project::find()?;
        match self {
            Self::Run(args) => run::run(&project, &args).map(|()| ExitCode::SUCCESS),
            Self::Test(args) => test::test(&project, &args),
            Self::Build => build::build(&project).map(|()| ExitCode::SUCCESS),
            Self::Dev(args) => dev::dev(&project, &args).map(|()| ExitCode::SUCCESS),
            Self::Bench(args) => bench::bench(&project, &args).map(|()| ExitCode::SUCCESS),
            Self::Size => build::size(&project).map(|()| ExitCode::SUCCESS),
            Self::Later => parts::find(&project).map(|()| ExitCode::SUCCESS),
            Self::Shots(args) => states::shots(&project, &args).map(|()| ExitCode::SUCCESS),
            Self::Icons => icons::draw(&project).map(|()| ExitCode::SUCCESS),
            Self::Fuzz(args) => fuzz::fuzz(&project, &args).map(|()| ExitCode::SUCCESS),
            Self::Load(args) => load::load(&project, &args).map(|()| ExitCode::SUCCESS),
            Self::Soak(args) => soak::soak(&project, &args).map(|()| ExitCode::SUCCESS),
            Self::Schemathesis(args) => {
                schemathesis::check(&project, &args).map(|()| ExitCode::SUCCESS)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Cli;

    #[test]
    fn the_command_line_is_well_formed() {
        <Cli as clap::CommandFactory>::command().debug_assert();
    }
}
