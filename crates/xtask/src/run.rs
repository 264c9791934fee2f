//! `cargo xtask run`: everything built, the server started, the address printed.

use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use anyhow::{Result, bail};

use crate::demo::Demo;
use crate::process;
use crate::project::Project;
use crate::{build, server};

/// How `run` may be varied.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The port that the server listens on
    #[arg(long, default_value_t = 3000)]
    port: u16,
    /// Add a few people and conversations to look at. They are kept in data/demo, apart from your own, which are in
    /// data; delete that folder to start the demo afresh. While the command runs, the people are online and answer
    #[arg(long)]
    demo: bool,
}

/// Runs until the person stops it.
pub(crate) fn run(project: &Project, args: &Args) -> Result<()> {
    let port = args.port;
    let instead = format!(
        "choose another port: cargo xtask run{} --port {}",
        if args.demo { " --demo" } else { "" },
        other_port(port)
    );
    server::check_port(port, &instead)?;
    let program = build::both(project)?;
    // The build takes a while the first time: somebody else may have come.
    server::check_port(port, &instead)?;

    let data = PathBuf::from(if args.demo { "data/demo" } else { "data" });
    let mut server =
        server::start(project, &program, port, &project.root.join(&data), Some(&project.dist()))?;
    let demo = if args.demo { Some(Demo::start(port)?) } else { None };

    println!(
        "\nChinwag is running. Open this address in a browser:\n\n    http://localhost:{port}\n"
    );
    if let Some(demo) = &demo {
        println!("{}\n", demo.welcome());
    }
    println!("Its data is in {}/. Press Ctrl-C to stop.", data.display());
    while !process::stopping() {
        if let Some(ending) = server.ended() {
            if process::stopping() {
                break;
            }
            bail!("the server ended ({ending}); what it said is above");
        }
        thread::sleep(Duration::from_millis(100));
    }
    drop(demo);
    server.end();
    println!("\nStopped.");
    Ok(())
}

fn other_port(port: u16) -> u16 {
    port.checked_add(1).unwrap_or(3000)
}
