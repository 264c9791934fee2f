//! `cargo xtask dev`: live reload while working on the front-end, with a server behind it.
//!
//! trunk serves the page and passes `/api` and `/ws` on to the port that Trunk.toml names.

use std::thread;
use std::time::Duration;

use anyhow::{Result, bail};

use crate::emoji;
use crate::process::{self, Running};
use crate::project::Project;
use crate::server;
use crate::tools::{self, Tools};

/// The port of the server behind trunk. Trunk.toml names the same.
const SERVER_PORT: u16 = 3001;

/// How `dev` may be varied.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The port that the page is served on; the server behind it has 3001 and keeps its data in data/dev
    #[arg(long, default_value_t = 8080)]
    port: u16,
}

/// Serves until the person stops it.
pub(crate) fn dev(project: &Project, args: &Args) -> Result<()> {
    let port = args.port;
    server::check_port(port, "choose another port: cargo xtask dev --port 8081")?;
    server::check_port(
        SERVER_PORT,
        "change the number in Trunk.toml and in crates/xtask/src/dev.rs",
    )?;
    let tools = Tools::look(project)?.install_for_dev(project)?;
    tools::fetch(project, None)?;
    emoji::write(project);
    println!("Building the server (the first time some minutes) ...");
    process::run(project.cargo().args(["build", "--package", "chinwag-server"]))?;
    let program = project.target.join("debug/chinwag-server");
    let mut server =
        server::start(project, &program, SERVER_PORT, &project.root.join("data/dev"), None)?;

    // A folder of its own: dist/ holds the release that `run` serves.
    let dist = project.scratch().join("dev");
    let mut command = tools.trunk(project)?;
    command.args(["serve", "--port", &port.to_string(), "--dist"]).arg(&dist);
    let mut trunk = Running::start(&mut command)?;
    println!(
        "\nOpen http://localhost:{port} once the first build is done. Each change is built and shown. Ctrl-C stops.\n"
    );
    while !process::stopping() {
        for (name, child) in [("the server", &mut server), ("trunk", &mut trunk)] {
            if let Some(ending) = child.ended()
                && !process::stopping()
            {
                bail!("{name} ended ({ending}); what it said is above");
            }
        }
        thread::sleep(Duration::from_millis(100));
    }
    trunk.end();
    server.end();
    println!("\nStopped.");
    Ok(())
}
