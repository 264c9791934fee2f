//! What a page takes of the memory: the heap of its scripts, that of WebAssembly, and its nodes.

use anyhow::{Context, Result};
use serde_json::json;

use crate::page::Page;

/// What a node is thought to take outside of the scripts' heap, with its style and its place: the browser does not tell.
pub(crate) const NODE: f64 = 1_024.0;

/// What a page takes, after what nobody holds any more was collected.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Memory {
    /// Bytes of the scripts' heap.
    pub(crate) heap: f64,
    /// Bytes that WebAssembly has.
    pub(crate) wasm: f64,
    /// Nodes, those outside of the document too.
    pub(crate) nodes: f64,
}

impl Memory {
    /// Looks at a page.
    pub(crate) async fn of(page: &Page) -> Result<Self> {
        page.awaits("() => bench.idle()", vec![]).await?;
        // What one collection lets go may be what held something else.
        for _ in 0..3 {
            page.devtools("HeapProfiler.collectGarbage", json!({})).await?;
        }
        let counters = page.devtools("Memory.getDOMCounters", json!({})).await?;
        Ok(Self {
            heap: page.metric("JSHeapUsedSize").await?,
            wasm: page.awaits_number("() => bench.wasm()", vec![]).await?,
            nodes: counters["nodes"].as_f64().context("the browser does not count nodes")?,
        })
    }

    /// Bytes of scripts and WebAssembly.
    pub(crate) fn heaps(self) -> f64 {
        self.heap + self.wasm
    }

    /// Bytes in all.
    pub(crate) fn total(self) -> f64 {
        self.heaps() + self.nodes * NODE
    }
}
