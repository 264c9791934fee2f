//! The bench: what a person feels of the built page, in numbers, beside a page written by hand (`baseline/`).
//!
//! Both pages run in real Chromiums on real servers with the same data, and are measured in turn. Here is the command
//! line; [`figures`] holds a file for each figure, [`stage`] what they stand on, [`report`] what is made of the numbers.
//! What happens inside a page is in `watch.js` and `scroll.js`, which run in both alike.
//!
//! What never lives here: knowledge of how either page does its work. Both are seen by what they draw.

mod baseline;
mod facts;
mod figures;
mod fill;
mod memory;
mod page;
mod peer;
mod report;
mod stage;
mod texts;
mod turns;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Result;
use clap::Parser;

use crate::figures::Figure;
use crate::report::Report;
use crate::stage::Stage;

/// Measures what a person feels of the built page, beside the same conversation written by hand
#[derive(Debug, Parser)]
#[command(
    name = "chinwag-bench",
    about,
    after_help = "`cargo xtask bench` builds what is measured and calls this."
)]
struct Options {
    /// How often each figure is measured, in both pages
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=50))]
    runs: u32,
    /// Measure this figure alone; may be given several times
    #[arg(long, value_name = "NAME")]
    only: Vec<Figure>,
    /// Say which figures there are
    #[arg(long)]
    list: bool,
    /// Fail where a limit is not kept
    #[arg(long)]
    strict: bool,
    /// The built page
    #[arg(long, value_name = "DIR", default_value = "dist")]
    dist: PathBuf,
    /// Where the report goes
    #[arg(long, value_name = "DIR", default_value = "target/bench")]
    out: PathBuf,
}

fn main() -> ExitCode {
    let options = Options::parse();
    if options.list {
        for figure in Figure::all() {
            println!("{:10}  {}", figure.name(), figure.words());
        }
        return ExitCode::SUCCESS;
    }
    // What stands between browsers and servers, and the other side of conversations, goes on while a page is waited for.
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let done = runtime.map_err(Into::into).and_then(|runtime| runtime.block_on(measure(&options)));
    match done {
        Ok(report) if options.strict && !report.is_kept() => ExitCode::FAILURE,
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::from(2)
        }
    }
}

async fn measure(options: &Options) -> Result<Report> {
    let figures = Figure::all().filter(|one| options.only.is_empty() || options.only.contains(one));
    eprintln!("Filling two servers with the same conversations ...");
    let stage = Stage::open(&options.dist, options.runs).await?;
    let mut report = Report::new(facts::gather(&options.dist, options.runs));
    for figure in figures {
        eprintln!("{}: {} ...", figure.name(), figure.words());
        let start = Instant::now();
        let lines = figure.measure(&stage).await;
        eprintln!("{}", report::table(&lines));
        report.add(figure.name(), lines, start.elapsed());
        // After each: what was measured is kept, whatever becomes of the rest.
        report.write(&options.out)?;
    }
    println!("{}", report.words());
    Ok(report)
}
