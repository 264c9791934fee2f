//! What a first visit loads of the program and its looks, compressed as well as it can be.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::json;

use crate::baseline::brotli;
use crate::fill::mark;
use crate::report::{Limit, Line, Side, Unit};
use crate::stage::{Both, SHORT, Stage, Which};

/// Thousands of bytes.
const MOST: f64 = 130.0;

/// The paths of what was loaded: the page, what it asked for, and a service worker's script.
const LOADED: &str = "async (last) => {
    await bench.painted(last, 60000);
    await bench.idle();
    const workers = await navigator.serviceWorker.getRegistrations();
    const scripts = workers.map((one) => (one.active ?? one.waiting ?? one.installing)?.scriptURL);
    const entries = performance.getEntriesByType('resource').map((entry) => entry.name);
    const own = [...entries, ...scripts].filter((url) => url?.startsWith(location.origin));
    return ['/index.html', ...own.map((url) => new URL(url).pathname)];
}";

pub(super) async fn measure(stage: &Stage) -> Result<Vec<Line>> {
    let mut notes = Vec::new();
    let mut sides = Both::<Side>::default();
    for which in [Which::Product, Which::Baseline] {
        let page = stage.page(which).await?;
        page.visit(&format!("#/{}", stage.cast.short.id)).await?;
        let loaded = page.awaits(LOADED, vec![json!(mark(SHORT))]).await?;
        let paths = loaded.as_array().context("no list of what was loaded")?;
        let mut names: Vec<&str> = paths.iter().filter_map(|path| path.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        let (mut total, mut parts, mut later) = (0, Vec::new(), Vec::new());
        for name in
            names.iter().map(|name| name.trim_start_matches('/')).filter(|name| counts(name))
        {
            let file = stage.dist.of(which).join(name);
            let raw =
                fs::read(&file).with_context(|| format!("{name} was loaded and is no file"))?;
            let size = brotli(&raw)?.len().min(raw.len());
            if comes_later(name) {
                later.push(format!("{name} {size}"));
                continue;
            }
            total += size;
            parts.push(format!("{name} {size}"));
        }
        if which == Which::Product {
            notes.push(format!(
                "bytes after brotli 11, index.html with the styles in it: {}; once the page stands: {}",
                parts.join(", "),
                later.join(", ")
            ));
        }
        #[expect(clippy::cast_precision_loss, reason = "no page has so many bytes")]
        let total = total as f64 / 1_000.0;
        sides.of_mut(which).samples.push(total);
    }
    let label = "first visit: WebAssembly, scripts, styles".to_owned();
    Ok(vec![Line { label, unit: Unit::Kb, limit: Limit::AtMost(MOST), sides, notes }])
}

/// What the page fetches once it stands: the program's later part, and the service worker.
fn comes_later(name: &str) -> bool {
    name == "sw.js" || name.ends_with("_later.wasm")
}

fn counts(name: &str) -> bool {
    let ending = Path::new(name).extension().and_then(|ending| ending.to_str());
    ending.is_some_and(|ending| ["html", "js", "mjs", "wasm", "css"].contains(&ending))
}
