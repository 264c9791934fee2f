//! From the arrival of a frame until its message is painted.

use std::time::Duration;

use anyhow::Result;
use chinwag_e2e::Chance;
use serde_json::json;

use super::enter::{AFTER_NEXT, FRAME, NEXT, take_field};
use super::open::noted;
use crate::peer::Peer;
use crate::report::{Limit, Line, Unit, percentile};
use crate::stage::{Stage, Which};
use crate::turns::in_turn;

const EACH: Duration = Duration::from_secs(400);
/// How many messages come in a run.
const TIMES: usize = 30;

pub(super) async fn measure(stage: &Stage) -> Result<Vec<Line>> {
    let taken = in_turn(stage, EACH, async |which, run| once(stage, which, run).await).await;
    let part = |of: f64| move |times: &Vec<f64>| percentile(times, of).unwrap_or_default();
    let p50 =
        taken.line("frame received to painted, p50", Unit::Ms, Limit::AtMost(NEXT), part(0.5));
    let p95 = taken.line(
        "frame received to painted, p95",
        Unit::Ms,
        Limit::AtMost(AFTER_NEXT),
        part(0.95),
    );
    Ok(vec![noted(stage, p50).await, noted(stage, p95).await])
}

async fn once(stage: &Stage, which: Which, run: usize) -> Result<Vec<f64>> {
    let loaded = stage.with_long(which).await?;
    let page = &loaded.page;
    take_field(stage, page).await?;
    let mut peer = Peer::open(stage.servers.of(which), &stage.cast.long).await?;
    let mut times = Vec::with_capacity(TIMES);
    let mut chance = Chance::new(run as u64);
    for time in 0..TIMES {
        let text = format!("told {run}-{time}.");
        let watch = "async (text) => {
            await bench.idle();
            bench.hears(text);
            bench.next = bench.painted(text);
            bench.next.catch(() => {});
        }";
        page.awaits(watch, vec![json!(text)]).await?;
        chance.waits(FRAME).await;
        peer.says(&stage.cast.me.id, [text]).await?;
        let took = "async () => (await bench.next) - bench.first";
        times.push(page.awaits_number(took, vec![]).await?);
    }
    page.awaits("() => bench.hears(null)", vec![]).await?;
    Ok(times)
}
