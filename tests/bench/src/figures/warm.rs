//! A start from what the browser has kept, while the server cannot be reached.

use std::cell::Cell;
use std::time::Duration;

use anyhow::Result;
use serde_json::json;

use super::cold::{self, Conditions, watch_for};
use crate::fill::mark;
use crate::page::Page;
use crate::report::{Limit, Line, Unit, median};
use crate::stage::{SHORT, Stage, Which};
use crate::turns::{Absent, in_turn};

const EACH: Duration = Duration::from_mins(4);
const SLOW: Conditions = Conditions { processor: 4.0, network: None };
/// Milliseconds.
const MOST: f64 = 600.0;
const RATIO: f64 = 1.2;

/// Until a service worker is ready and what the page has kept is still: how many records there are.
const KEPT: &str = "async () => {
    const after = (wait) => new Promise((done) => setTimeout(done, wait));
    await Promise.race([navigator.serviceWorker.ready, after(5000)]);
    const asked = (request) => new Promise((done, fail) => {
        request.onsuccess = () => done(request.result);
        request.onerror = () => fail(request.error);
    });
    const records = async () => {
        let count = 0;
        for (const { name } of await indexedDB.databases()) {
            const database = await asked(indexedDB.open(name));
            for (const store of database.objectStoreNames)
                count += await asked(database.transaction(store).objectStore(store).count());
            database.close();
        }
        return count;
    };
    for (let same = 0, last = -1, looks = 0; same < 4 && looks < 40; looks++) {
        const now = await records();
        same = now === last ? same + 1 : 0;
        last = now;
        await after(250);
    }
    return (await navigator.serviceWorker.getRegistrations()).length;
}";

pub(super) async fn measure(stage: &Stage) -> Result<Vec<Line>> {
    let (product, baseline) =
        (stage.page(Which::Product).await?, stage.page(Which::Baseline).await?);
    // The baseline keeps nothing: its cold start is what the other's warm one is compared with.
    let away = Cell::new(false);
    let taken = in_turn(stage, EACH, async |which, _| match which {
        Which::Product => start(stage, &product, &away).await,
        Which::Baseline => Ok(cold::start(stage, &baseline, SLOW).await?.painted),
    })
    .await;
    if away.get() {
        stage.servers.product.start().await;
    }
    let mut line =
        taken.line("warm start, no server, CPU 4x", Unit::Ms, Limit::None, |painted| *painted);
    let cold = median(&line.sides.baseline.samples);
    line.limit = Limit::AtMost(cold.map_or(MOST, |cold| MOST.min(cold * RATIO)));
    line.notes.push("the baseline's is its cold start at CPU 4x".to_owned());
    Ok(vec![line])
}

/// Two visits while the server is there, and a third when it is not: `away`, which it stays where time runs out.
async fn start(stage: &Stage, page: &Page, away: &Cell<bool>) -> Result<f64> {
    let place = format!("#/{}", stage.cast.short.id);
    let watch = watch_for(&mark(SHORT));
    page.is_forgotten().await?;
    let mut workers = json!(0);
    for _ in 0..2 {
        page.in_a_tab(&watch, async || {
            page.visit(&place).await?;
            page.awaits("() => bench.start", vec![]).await?;
            workers = page.awaits(KEPT, vec![]).await?;
            Ok(())
        })
        .await?;
    }
    if workers == json!(0) {
        let words = "there is no service worker: the page does not start without its server";
        return Err(Absent(words.to_owned()).into());
    }
    let server = &stage.servers.product;
    server.stop().await;
    away.set(true);
    let painted = page
        .in_a_tab(&watch, async || {
            page.has_a_processor(SLOW.processor).await?;
            page.visit(&place).await?;
            page.awaits_number("() => bench.start", vec![]).await
        })
        .await;
    server.start().await;
    away.set(false);
    painted
}
