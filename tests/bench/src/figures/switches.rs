//! 500 switches between 20 conversations leave nothing behind.

use std::time::Duration;

use anyhow::Result;
use serde_json::json;

use crate::fill::mark;
use crate::memory::Memory;
use crate::page::Page;
use crate::report::{Limit, Line, Unit};
use crate::stage::{CIRCLE, Stage, Which};
use crate::turns::in_turn;

const EACH: Duration = Duration::from_mins(5);
const SWITCHES: usize = 500;
/// Each was open so often before one begins to count: what is kept of it is there then.
const BEFORE: usize = 3;
/// Hundredths.
const MOST: f64 = 5.0;

pub(super) async fn measure(stage: &Stage) -> Result<Vec<Line>> {
    let taken = in_turn(stage, EACH, async |which, _| once(stage, which).await).await;
    let growth = |before: f64, after: f64| (after / before - 1.0) * 100.0;
    let (heap, nodes) = ("500 switches, growth of the heap", "500 switches, growth in nodes");
    Ok(vec![
        taken.line(heap, Unit::Percent, Limit::AtMost(MOST), |(before, after)| {
            growth(before.heaps(), after.heaps())
        }),
        taken.line(nodes, Unit::Percent, Limit::AtMost(MOST), |(before, after)| {
            growth(before.nodes, after.nodes)
        }),
        taken.line("heap before", Unit::Mb, Limit::None, |(before, _)| before.heaps() / 1e6),
        taken.line("nodes before", Unit::Count, Limit::None, |(before, _)| before.nodes),
    ])
}

async fn once(stage: &Stage, which: Which) -> Result<(Memory, Memory)> {
    let page = stage.page(which).await?;
    let circle = &stage.cast.circle;
    page.visit(&format!("#/{}", circle[0].id)).await?;
    page.awaits("(last) => bench.painted(last, 60000)", vec![json!(mark(CIRCLE))]).await?;
    switch(stage, &page, circle.len() * BEFORE).await?;
    let before = Memory::of(&page).await?;
    switch(stage, &page, SWITCHES).await?;
    Ok((before, Memory::of(&page).await?))
}

/// Goes round, one after the other, each until it is painted.
async fn switch(stage: &Stage, page: &Page, count: usize) -> Result<()> {
    let ids: Vec<&str> = stage.cast.circle.iter().map(|with| with.id.as_str()).collect();
    let goes = "async (ids, last, count) => {
        for (let turn = 1; turn <= count; turn++) await bench.opens(ids[turn % ids.length], last, 30000);
    }";
    page.awaits_long(goes, vec![json!(ids), json!(mark(CIRCLE)), json!(count)], EACH).await?;
    Ok(())
}
