//! A first visit: nothing is kept but the token, and the address names a conversation of 50.

use std::time::Duration;

use anyhow::Result;
use serde_json::json;

use crate::fill::mark;
use crate::page::Page;
use crate::report::{Limit, Line, Unit};
use crate::stage::{SHORT, Stage, Which};
use crate::turns::in_turn;

const EACH: Duration = Duration::from_secs(90);

/// On this machine as it is.
const AS_IS: &str = "cold start, as is";

/// On what machine, and by what network.
#[derive(Clone, Copy, Debug)]
pub(super) struct Conditions {
    /// So many times slower than this one.
    pub(super) processor: f64,
    /// Bytes a second, and milliseconds that an answer takes longer.
    pub(super) network: Option<(f64, f64)>,
}

pub(super) async fn measure(stage: &Stage) -> Result<Vec<Line>> {
    let (product, baseline) =
        (stage.page(Which::Product).await?, stage.page(Which::Baseline).await?);
    let page = |which| if which == Which::Product { &product } else { &baseline };
    let mut lines = Vec::new();
    for (label, processor, network, most) in [
        (AS_IS, 1.0, None, 2.0),
        ("cold start, CPU 4x", 4.0, None, 1.7),
        ("cold start, CPU 4x, 1.6 Mbit/s, 150 ms", 4.0, Some((200_000.0, 150.0)), 1.9),
    ] {
        let conditions = Conditions { processor, network };
        // The first of all finds a browser and a server that have never done it.
        for which in [Which::Product, Which::Baseline] {
            start(stage, page(which), conditions).await.ok();
        }
        let taken =
            in_turn(stage, EACH, async |which, _| start(stage, page(which), conditions).await)
                .await;
        lines.push(taken.line(label, Unit::Ms, Limit::Ratio(most), |start| start.painted));
        if label == AS_IS {
            lines.push(
                taken.line("the same, main thread", Unit::Ms, Limit::None, |start| start.work),
            );
        }
    }
    Ok(lines)
}

/// A first visit, in milliseconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Start {
    /// From its beginning until the newest message is painted, and the screen full of others.
    pub(super) painted: f64,
    /// What the main thread worked until it had no more to do.
    work: f64,
}

/// Visits the page as if for the first time.
pub(super) async fn start(stage: &Stage, page: &Page, conditions: Conditions) -> Result<Start> {
    page.is_forgotten().await?;
    page.in_a_tab(&watch_for(&mark(SHORT)), async || {
        page.has_a_processor(conditions.processor).await?;
        if let Some((bytes, latency)) = conditions.network {
            page.has_a_network(bytes, latency).await?;
        }
        page.visit(&format!("#/{}", stage.cast.short.id)).await?;
        let painted = page.awaits_number("() => bench.start", vec![]).await?;
        page.awaits("() => bench.idle()", vec![]).await?;
        Ok(Start { painted, work: page.work().await? })
    })
    .await
}

/// From the very start of a page its newest message is looked for.
pub(super) fn watch_for(last: &str) -> String {
    format!(
        "bench.start = bench.painted({}, 60000, true); bench.start.catch(() => {{}});",
        json!(last)
    )
}
