//! The two pages are measured in turn, so that what else a machine does falls on both.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use anyhow::{Error, Result, anyhow};
use futures_util::FutureExt;
use tokio::time::timeout;

use crate::report::{Limit, Line, Side, Unit};
use crate::stage::{Both, Stage, Which};

/// A page does not have what would be measured.
#[derive(Debug)]
pub(crate) struct Absent(pub(crate) String);

impl std::fmt::Display for Absent {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::error::Error for Absent {}

/// Why there is no number, or no more of them.
#[derive(Clone, Debug)]
pub(crate) struct Trouble {
    /// In words.
    pub(crate) words: String,
    /// Whether the page does not have what would be measured; otherwise it did not do it, or not in time.
    pub(crate) absent: bool,
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self { words: format!("{error:#}"), absent: error.is::<Absent>() }
    }
}

/// What was measured of both pages, run by run.
#[derive(Debug)]
pub(crate) struct Taken<T> {
    runs: Both<Vec<T>>,
    troubles: Both<Option<Trouble>>,
}

impl<T> Taken<T> {
    /// A line of the report from one number of each run.
    pub(crate) fn line(
        &self,
        label: &str,
        unit: Unit,
        limit: Limit,
        number: impl Fn(&T) -> f64,
    ) -> Line {
        self.line_of(label, unit, limit, |run| Some(number(run)))
    }

    /// The first that the runs of a page have of something.
    pub(crate) fn first<U>(&self, which: Which, of: impl Fn(&T) -> Option<U>) -> Option<U> {
        self.runs.of(which).iter().find_map(of)
    }

    /// The same as [`Taken::line`] where a run may have come to no such number.
    pub(crate) fn line_of(
        &self,
        label: &str,
        unit: Unit,
        limit: Limit,
        number: impl Fn(&T) -> Option<f64>,
    ) -> Line {
        let side = |which| Side {
            samples: self.runs.of(which).iter().filter_map(&number).collect(),
            trouble: self.troubles.of(which).clone(),
        };
        let sides = Both { product: side(Which::Product), baseline: side(Which::Baseline) };
        Line { label: label.to_owned(), unit, limit, sides, notes: Vec::new() }
    }
}

/// Measures both pages so many times as the stage says, one after the other. A page that fails is not asked again.
pub(crate) async fn in_turn<T>(
    stage: &Stage,
    each: Duration,
    measure: impl AsyncFn(Which, usize) -> Result<T>,
) -> Taken<T> {
    let mut taken = Taken { runs: Both::default(), troubles: Both::default() };
    for run in 0..stage.runs {
        // Whoever comes first finds another machine than the second: that changes too.
        let order = [Which::Product, Which::Baseline];
        let order = if run % 2 == 0 { order } else { [order[1], order[0]] };
        for which in order {
            if taken.troubles.of(which).is_some() {
                continue;
            }
            let limit = each.min(stage.left());
            let work = AssertUnwindSafe(timeout(limit, measure(which, run))).catch_unwind();
            let done = match work.await {
                Ok(Ok(done)) => done,
                Ok(Err(_)) if limit < each => Err(anyhow!("the figure's time was up")),
                Ok(Err(_)) => Err(anyhow!("not done within {} s", each.as_secs())),
                Err(panic) => Err(anyhow!("{}", words_of(&*panic))),
            };
            match done {
                Ok(number) => taken.runs.of_mut(which).push(number),
                Err(error) => *taken.troubles.of_mut(which) = Some(error.into()),
            }
        }
    }
    taken
}

/// What a panic said.
pub(crate) fn words_of(panic: &(dyn std::any::Any + Send)) -> String {
    let words = panic.downcast_ref::<String>().map(String::as_str);
    words.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic").to_owned()
}
