//! From Enter until one's own bubble is painted.

use std::ops::Range;
use std::time::Duration;

use anyhow::Result;
use chinwag_e2e::Chance;
use serde_json::json;

use super::open::noted;
use crate::page::{Key, Page};
use crate::report::{Limit, Line, Unit, percentile};
use crate::stage::{Stage, Which};
use crate::turns::in_turn;

const EACH: Duration = Duration::from_secs(400);
/// How many messages are written in a run.
const TIMES: usize = 30;
/// From one frame to the next, in milliseconds.
pub(super) const FRAME: Range<u64> = 0..17;
/// The next frame at 60 a second, and the one after it, in milliseconds.
pub(super) const NEXT: f64 = 17.0;
/// See [`NEXT`].
pub(super) const AFTER_NEXT: f64 = 34.0;

pub(super) async fn measure(stage: &Stage) -> Result<Vec<Line>> {
    let taken = in_turn(stage, EACH, async |which, run| once(stage, which, run).await).await;
    let part = |of: f64| move |times: &Vec<f64>| percentile(times, of).unwrap_or_default();
    let p50 =
        taken.line("Enter to own bubble painted, p50", Unit::Ms, Limit::AtMost(NEXT), part(0.5));
    let p95 = taken.line(
        "Enter to own bubble painted, p95",
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
    let mut times = Vec::with_capacity(TIMES);
    let mut chance = Chance::new(run as u64);
    for time in 0..TIMES {
        let text = format!("typed {run}-{time}.");
        page.inserts(&text).await?;
        page.awaits("() => bench.idle()", vec![]).await?;
        let watch = "(text) => { bench.next = bench.painted(text); bench.next.catch(() => {}); }";
        page.awaits(watch, vec![json!(text)]).await?;
        // At any moment between two frames: what comes before ends with one.
        chance.waits(FRAME).await;
        page.presses(Key::ENTER).await?;
        let took = "async () => (await bench.next) - bench.entered";
        times.push(page.awaits_number(took, vec![]).await?);
    }
    Ok(times)
}

/// The long conversation is open and the field has the focus, with nothing in it.
pub(super) async fn take_field(stage: &Stage, page: &Page) -> Result<()> {
    let open = "async (id) => {
        if (!location.hash.endsWith(id)) throw new Error('another conversation is open');
        document.querySelector('#composer').focus();
        await bench.idle();
    }";
    page.awaits(open, vec![json!(stage.cast.long.id)]).await?;
    page.presses(Key::ALL).await?;
    page.presses(Key::BACKSPACE).await
}
