//! A conversation of 10,000 is opened from the list, after it was open before.

use std::time::Duration;

use anyhow::Result;
use serde_json::json;

use crate::fill::mark;
use crate::report::{Limit, Line, Unit, median};
use crate::stage::{CIRCLE, LONG, Stage, Which};
use crate::turns::in_turn;

/// The first also brings the conversation in.
const EACH: Duration = Duration::from_secs(400);
/// How often it is opened in a run: one alone is a matter of chance.
const TIMES: usize = 5;

const OPENS: &str = "(id, last) => bench.opens(id, last, 30000)";
const LAST: &str = "() => bench.lastRow('').textContent";
const IDLE: &str = "() => bench.idle()";

pub(super) async fn measure(stage: &Stage) -> Result<Vec<Line>> {
    let taken = in_turn(stage, EACH, async |which, _| once(stage, which).await).await;
    let work = taken.line(
        "opening a conversation of 10,000, main thread",
        Unit::Ms,
        Limit::Ratio(1.0),
        |(work, _)| *work,
    );
    let painted =
        taken.line("the same, click to painted", Unit::Ms, Limit::None, |(_, painted)| *painted);
    Ok(vec![noted(stage, work).await, noted(stage, painted).await])
}

/// Says where not all of the conversation could be brought in.
pub(super) async fn noted(stage: &Stage, mut line: Line) -> Line {
    for (which, name) in [(Which::Product, "the built page"), (Which::Baseline, "the baseline")] {
        if let Ok(loaded) = stage.with_long(which).await
            && loaded.count < LONG
        {
            line.notes.push(format!("{name} had brought in {} of {LONG}", loaded.count));
        }
    }
    line
}

/// The main thread's time for it, and the time until it is painted.
async fn once(stage: &Stage, which: Which) -> Result<(f64, f64)> {
    let loaded = stage.with_long(which).await?;
    let page = &loaded.page;
    let (mut works, mut times) = (Vec::new(), Vec::new());
    for time in 0..TIMES {
        // Other figures have written there: what stands last now is what stands there again.
        let last = page.awaits(LAST, vec![]).await?;
        let other = &stage.cast.circle[time % stage.cast.circle.len()];
        page.awaits(OPENS, vec![json!(other.id), json!(mark(CIRCLE))]).await?;
        page.awaits(IDLE, vec![]).await?;
        let before = page.work().await?;
        let painted = page.awaits_number(OPENS, vec![json!(stage.cast.long.id), last]).await?;
        page.awaits(IDLE, vec![]).await?;
        works.push(page.work().await? - before);
        times.push(painted);
    }
    Ok((median(&works).unwrap_or_default(), median(&times).unwrap_or_default()))
}
