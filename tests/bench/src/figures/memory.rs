//! What 20,000 messages leave in the memory of a page that stays open, and 100,000.

use std::time::Duration;

use anyhow::Result;
use serde_json::json;

use crate::fill::mark;
use crate::memory::{Memory, NODE};
use crate::page::Page;
use crate::peer::Peer;
use crate::report::{Limit, Line, Unit};
use crate::stage::{SHORT, Stage, Which};
use crate::texts::Texts;
use crate::turns::{Trouble, in_turn};

const EACH: Duration = Duration::from_mins(8);
/// What comes before one looks whether it is painted: a page that is slower than its server falls no further behind.
const CHUNK: usize = 1_000;
const FIRST: usize = 20_000;
const ALL: usize = 100_000;
/// Millions of bytes.
const MOST: f64 = 40.0;
const PLATEAU: f64 = 1.3;

/// What a page took, as far as it came.
#[derive(Debug)]
struct Growth {
    start: Memory,
    first: Option<Memory>,
    all: Option<Memory>,
    trouble: Option<Trouble>,
}

pub(super) async fn measure(stage: &Stage) -> Result<Vec<Line>> {
    let taken = in_turn(stage, EACH, async |which, run| once(stage, which, run).await).await;
    let growth = |growth: &Growth| Some((growth.first?.total() - growth.start.total()) / 1e6);
    let plateau = |growth: &Growth| Some(growth.all?.total() / growth.first?.total());
    let mega = |number: f64| Some(number / 1e6);
    let of = |label: &str, unit, number: &dyn Fn(&Growth) -> Option<f64>| {
        taken.line_of(label, unit, Limit::None, number)
    };
    let mut lines = vec![
        taken.line_of("memory, 20,000 received, growth", Unit::Mb, Limit::AtMost(MOST), growth),
        taken.line_of(
            "memory, 100,000 received, of that at 20,000",
            Unit::Times,
            Limit::AtMost(PLATEAU),
            plateau,
        ),
        of("memory at the start", Unit::Mb, &|run| mega(run.start.total())),
        of("at 20,000: scripts' heap", Unit::Mb, &|run| mega(run.first?.heap)),
        of("at 20,000: WebAssembly", Unit::Mb, &|run| mega(run.first?.wasm)),
        of("at 20,000: nodes", Unit::Count, &|run| Some(run.first?.nodes)),
        of("at 100,000: scripts' heap", Unit::Mb, &|run| mega(run.all?.heap)),
        of("at 100,000: WebAssembly", Unit::Mb, &|run| mega(run.all?.wasm)),
        of("at 100,000: nodes", Unit::Count, &|run| Some(run.all?.nodes)),
    ];
    // A page that came to 20,000 and not to 100,000 has kept the one limit, and not the other.
    let stopped = |which| taken.first(which, |run| run.trouble.clone());
    for which in [Which::Product, Which::Baseline] {
        let Some(trouble) = stopped(which) else { continue };
        for line in &mut lines {
            let side = line.sides.of_mut(which);
            if side.trouble.is_none() && side.samples.is_empty() {
                side.trouble = Some(trouble.clone());
            }
        }
    }
    lines[0].notes.push(format!("a node counted as {NODE} bytes"));
    Ok(lines)
}

async fn once(stage: &Stage, which: Which, run: usize) -> Result<Growth> {
    let from = &stage.cast.crowds[run];
    let page = stage.page(which).await?;
    page.visit(&format!("#/{}", from.id)).await?;
    page.awaits("(last) => bench.painted(last, 60000)", vec![json!(mark(SHORT))]).await?;
    let mut peer = Peer::open(stage.servers.of(which), from).await?;
    let mut texts = Texts::new(100 + run as u64);
    let start = Memory::of(&page).await?;
    let mut growth = Growth { start, first: None, all: None, trouble: None };
    for chunk in 1..=ALL / CHUNK {
        if let Err(error) = receive(stage, &page, &mut peer, &mut texts, (run, chunk)).await {
            growth.trouble =
                Some(error.context(format!("before {} had come", chunk * CHUNK)).into());
            break;
        }
        match chunk * CHUNK {
            FIRST => growth.first = Some(Memory::of(&page).await?),
            ALL => growth.all = Some(Memory::of(&page).await?),
            _ => {}
        }
    }
    Ok(growth)
}

/// Some more come, until the last is painted.
async fn receive(
    stage: &Stage,
    page: &Page,
    peer: &mut Peer,
    texts: &mut Texts,
    (run, chunk): (usize, usize),
) -> Result<()> {
    let last = format!("chunk {run}-{chunk}.");
    let some: Vec<String> =
        (1..CHUNK).map(|number| texts.long(&format!("c{number}"))).chain([last.clone()]).collect();
    peer.says(&stage.cast.me.id, some).await?;
    page.awaits("(last) => bench.painted(last, 30000)", vec![json!(last)]).await?;
    Ok(())
}
