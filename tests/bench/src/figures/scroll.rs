//! 100,000 messages, all of them loaded before: to the top and back, by the wheel and by the scrollbar.

use std::cell::Cell;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use serde_json::json;

use crate::fill::mark;
use crate::page::Page;
use crate::report::{Limit, Line, Unit};
use crate::stage::{BUSY, Both, HUGE, Stage, Which, bring_in};
use crate::turns::in_turn;

const EACH: Duration = Duration::from_mins(7);
/// How long one may scroll up to bring all of it in.
const LOADING: Duration = Duration::from_mins(5);
/// How long the way to one end may take.
const WAY: Duration = Duration::from_secs(150);
/// The wheel turned slowly enough for rows to be followed: so many turns of so many pixels, then a rest.
const STRETCHES: usize = 30;
const TURNS: usize = 5;
const SLOWLY: f64 = 240.0;
/// The wheel turned as fast as it goes.
const FAST: f64 = 3_000.0;
/// Over the middle of the list.
const POINT: (f64, f64) = (800.0, 400.0);

/// What was seen on the way.
#[derive(Debug)]
struct Seen {
    /// The longest frame, in milliseconds.
    longest: f64,
    /// How many were over 50 ms.
    slow: f64,
    /// For how long a place was blank at most.
    blank: f64,
    /// How far rows were moved beyond what the wheel said, at most, in one stretch.
    moved: Option<f64>,
}

pub(super) async fn measure(stage: &Stage) -> Result<Vec<Line>> {
    let pages = Both {
        product: stage.page(Which::Product).await?,
        baseline: stage.page(Which::Baseline).await?,
    };
    let loaded = Both::<Cell<bool>>::default();
    let taken = in_turn(stage, EACH, async |which, run| {
        let page = pages.of(which);
        if !loaded.of(which).replace(true) {
            let count = bring_in(page, &stage.cast.huge, HUGE, LOADING).await?;
            if count < HUGE {
                bail!(
                    "only {count} of {HUGE} were loaded within {} s of scrolling up",
                    LOADING.as_secs()
                );
            }
        }
        once(page, run % 2 == 0).await
    })
    .await;
    Ok(vec![
        taken.line(
            "100,000 to the top and back, longest frame",
            Unit::Ms,
            Limit::AtMost(50.0),
            |seen| seen.longest,
        ),
        taken.line("the same, frames over 50 ms", Unit::Count, Limit::None, |seen| seen.slow),
        taken
            .line("the same, blank for at most", Unit::Ms, Limit::AtMost(100.0), |seen| seen.blank),
        taken.line_of("the same, anchor moved by at most", Unit::Px, Limit::AtMost(1.0), |seen| {
            seen.moved
        }),
    ])
}

/// Up by the wheel and back by the scrollbar, or the other way round.
async fn once(page: &Page, wheel_first: bool) -> Result<Seen> {
    page.awaits("() => bench.watchesScroll()", vec![]).await?;
    let moved = if wheel_first {
        let moved = turns(page, true).await?;
        drags(page, false).await?;
        moved
    } else {
        drags(page, true).await?;
        turns(page, false).await?
    };
    let seen = page.awaits("() => bench.scrollSeen()", vec![]).await?;
    let number = |name: &str| seen[name].as_f64().with_context(|| format!("no {name}"));
    Ok(Seen { longest: number("longest")?, slow: number("slow")?, blank: number("blank")?, moved })
}

/// By the scrollbar.
async fn drags(page: &Page, up: bool) -> Result<()> {
    let patience = u64::try_from(WAY.as_millis())?;
    let drags = "(up, last, patience) => bench.drags(up, last, patience)";
    page.awaits_long(drags, vec![json!(up), json!(mark(HUGE)), json!(patience)], WAY + BUSY)
        .await?;
    Ok(())
}

/// By the wheel: first slowly, then as fast as it goes. How far rows were moved beyond what it said, where they could
/// be followed.
async fn turns(page: &Page, up: bool) -> Result<Option<f64>> {
    let sign = if up { -1.0 } else { 1.0 };
    let mut most: Option<f64> = None;
    for _ in 0..STRETCHES {
        page.awaits("async () => { await bench.idle(); bench.beginsStretch(); }", vec![]).await?;
        for _ in 0..TURNS {
            page.turns_the_wheel(POINT, sign * SLOWLY).await?;
        }
        let moved = page
            .awaits("async () => { await bench.idle(); return bench.endsStretch(); }", vec![])
            .await?;
        if let Some(moved) = moved.as_f64() {
            most = Some(most.map_or(moved, |most| most.max(moved)));
        }
    }
    let there = if up { "() => bench.isAtTop()" } else { "(last) => bench.isAtEnd(last)" };
    let start = tokio::time::Instant::now();
    while page.awaits(there, vec![json!(mark(HUGE))]).await? != json!(true) {
        if start.elapsed() > WAY {
            let end = if up { "top" } else { "end" };
            return Err(anyhow!(
                "by the wheel the {end} was not reached within {} s",
                WAY.as_secs()
            ));
        }
        for _ in 0..60 {
            page.turns_the_wheel(POINT, sign * FAST).await?;
        }
    }
    Ok(most)
}
