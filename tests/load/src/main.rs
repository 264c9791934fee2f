//! `chinwag-load`: measures the server's program on this machine. `cargo xtask load` builds both and starts it.

use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use chinwag_load::figures::Table;
use chinwag_load::line::Kind;
use chinwag_load::program::raise_open_files;
use chinwag_load::scenes::Stage;
use chinwag_load::talk::Plan;
use clap::{Parser, ValueEnum};

/// Files that a program has open beside its connections.
const OTHER_FILES: u64 = 100;

/// Measures what the server bears, on this machine alone: connections that are idle, durable messages between pairs, and
/// people who come while many are there. Fails where it bears less than it is to.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask load")]
struct Args {
    /// What to measure; everything, if it is left out
    #[arg(long, value_enum)]
    only: Vec<Scene>,
    /// Idle connections
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=16_000))]
    connections: u32,
    /// Idle connections of one person
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=20))]
    each: u32,
    /// Messages a second
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    rate: u32,
    /// For so many seconds
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=300))]
    seconds: u32,
    /// People who write, in pairs
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(2..=10_000))]
    people: u32,
    /// People who are online while others sign in
    #[arg(long, default_value_t = 5_000, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    online: u32,
    /// People who sign in meanwhile
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    sign_ins: u32,
    /// Clients that know the base protocol alone, and are told of whole lists
    #[arg(long)]
    base: bool,
    /// The server's program
    #[arg(long, value_name = "FILE", env = "CHINWAG_SERVER_BIN")]
    server: PathBuf,
    /// A folder on a disk, for the data of the servers that are started
    #[arg(long, value_name = "DIR")]
    place: PathBuf,
}

/// What can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Scene {
    Idle,
    Talk,
    Presence,
}

#[tokio::main]
async fn main() -> Result<()> {
    let args = Args::parse();
    let files = raise_open_files();
    let most = [args.connections, args.people, args.online + args.sign_ins].into_iter().max();
    let needed = u64::from(most.unwrap_or_default()) + OTHER_FILES;
    ensure!(
        files >= needed,
        "a program may have {files} open files here, and {needed} are needed: raise it (`ulimit -Hn`), or measure with less"
    );
    let kind = if args.base { Kind::Base } else { Kind::Changes };
    let stage = Stage { program: args.server, place: args.place, kind };
    let is_wanted = |scene| args.only.is_empty() || args.only.contains(&scene);
    let mut out = std::io::stdout();
    let cores = std::thread::available_parallelism()?;
    writeln!(out, "on {cores} cores, clients and server together")?;
    let mut missed = Vec::new();
    let mut tell = |table: &Table| {
        missed.extend_from_slice(table.missed());
        out.write_all(table.told().as_bytes())
    };
    let size = |count: u32| usize::try_from(count).context("a count");
    if is_wanted(Scene::Idle) {
        let table = stage.idle(size(args.connections)?, size(args.each)?).await?;
        tell(&table)?;
    }
    if is_wanted(Scene::Talk) {
        let patience = Duration::from_secs(30);
        let plan = Plan { rate: args.rate, seconds: args.seconds, patience };
        let table = stage.talk(size(args.people)?, plan).await?;
        tell(&table)?;
    }
    if is_wanted(Scene::Presence) {
        let table = stage.presence(size(args.online)?, size(args.sign_ins)?).await?;
        tell(&table)?;
    }
    ensure!(missed.is_empty(), "not reached: {}", missed.join("; "));
    Ok(())
}
