//! 5,000 messages arrive at once: held back on the line until the server has sent them all.

use std::time::Duration;

use anyhow::{Context, Result};
use chinwag_e2e::Proxy;
use serde_json::{Value, json};

use crate::fill::mark;
use crate::page::Page;
use crate::peer::Peer;
use crate::report::{Limit, Line, Unit};
use crate::stage::{Both, SHORT, Stage, Which};
use crate::texts::Texts;
use crate::turns::in_turn;

const EACH: Duration = Duration::from_mins(2);
const COUNT: usize = 5_000;
/// Milliseconds for which the main thread may be kept.
const LONG_TASK: f64 = 50.0;

/// What a burst did.
#[derive(Debug)]
struct Burst {
    /// From the first frame until the last is painted.
    painted: f64,
    /// What the main thread worked for it.
    work: f64,
    /// Its long tasks.
    tasks: Vec<f64>,
}

pub(super) async fn measure(stage: &Stage) -> Result<Vec<Line>> {
    let lines = Both {
        product: Proxy::open(stage.servers.product.port()).await,
        baseline: Proxy::open(stage.servers.baseline.port()).await,
    };
    let pages = Both {
        product: stage.page_at(Which::Product, &lines.product.url()).await?,
        baseline: stage.page_at(Which::Baseline, &lines.baseline.url()).await?,
    };
    let taken = in_turn(stage, EACH, async |which, run| {
        once(stage, pages.of(which), lines.of(which), run).await
    })
    .await;
    #[expect(clippy::cast_precision_loss, reason = "some tasks")]
    let tasks = |burst: &Burst| burst.tasks.len() as f64;
    let longest = |burst: &Burst| burst.tasks.iter().copied().fold(0.0, f64::max);
    Ok(vec![
        taken.line("5,000 at once, to all painted", Unit::Ms, Limit::Ratio(1.2), |burst| {
            burst.painted
        }),
        taken.line("the same, long tasks", Unit::Count, Limit::AtMost(0.0), tasks),
        taken.line("the same, longest task over 50 ms", Unit::Ms, Limit::None, longest),
        taken.line("the same, main thread", Unit::Ms, Limit::None, |burst| burst.work),
    ])
}

async fn once(stage: &Stage, page: &Page, line: &Proxy, run: usize) -> Result<Burst> {
    let from = &stage.cast.bursts[run];
    page.visit(&format!("?{run}#/{}", from.id)).await?;
    page.awaits("(last) => bench.painted(last, 60000, true)", vec![json!(mark(SHORT))]).await?;
    page.awaits("() => bench.idle()", vec![]).await?;
    let mut peer = Peer::open(stage.servers.of(page.which()), from).await?;
    let mut texts = Texts::new(run as u64);
    let last = format!("burst {run} ends.");
    let all = (1..COUNT).map(|number| texts.long(&format!("b{number}"))).chain([last.clone()]);
    let all: Vec<String> = all.collect();

    line.stalls();
    // The server takes what it sends as sent: all of it waits on the line now.
    let said = peer.says(&stage.cast.me.id, all).await;
    let watch = "(last) => {
        bench.hears('\"new_message\"');
        bench.next = bench.painted(last, 60000);
        bench.next.catch(() => {});
        bench.long = [];
    }";
    page.awaits(watch, vec![json!(last)]).await?;
    let before = page.work().await?;
    line.passes();
    said?;
    let seen = page
        .awaits(
            "async () => {
                const painted = await bench.next;
                await bench.idle();
                const tasks = bench.long.filter(([start]) => start <= painted).map(([, took]) => took);
                return { painted: painted - bench.first, frames: bench.frames, tasks };
            }",
            vec![],
        )
        .await?;
    let work = page.work().await? - before;
    page.awaits("() => { bench.hears(null); bench.long = null; }", vec![]).await?;
    let tasks = seen["tasks"].as_array().context("no list of tasks")?;
    Ok(Burst {
        painted: seen["painted"].as_f64().context("no moment")?,
        work,
        tasks: tasks.iter().filter_map(Value::as_f64).filter(|took| *took > LONG_TASK).collect(),
    })
}
