//! Times, sorted, and the table that is printed.

use std::time::Duration;

/// Many times, in order of size.
#[derive(Debug, Default)]
pub struct Times(Vec<Duration>);

impl Times {
    /// Sorts them.
    pub fn new(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        Self(times)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The least time within which so many of a thousand are; nothing where there are none.
    pub fn within(&self, of_thousand: usize) -> Duration {
        let place = (self.0.len() * of_thousand).div_ceil(1000).saturating_sub(1);
        self.0.get(place).copied().unwrap_or_default()
    }

    /// The half, 99 of 100, 999 of 1,000 and the longest, in words.
    pub fn told(&self) -> String {
        let [half, most, nearly, all] =
            [500, 990, 999, 1000].map(|of_thousand| millis(self.within(of_thousand)));
        format!("p50 {half}  p99 {most}  p99.9 {nearly}  max {all}")
    }
}

/// A time in milliseconds.
pub fn millis(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}

/// A count of bytes in the unit that suits it.
pub fn bytes(count: u64) -> String {
    let of = |unit: u64, name: &str| {
        let tenths = count.saturating_mul(10) / unit;
        format!("{}.{} {name}", tenths / 10, tenths % 10)
    };
    match count {
        0..10_000 => format!("{count} B"),
        10_000..10_000_000 => of(1_000, "kB"),
        _ => of(1_000_000, "MB"),
    }
}

/// What was measured, a line for each.
#[derive(Debug, Default)]
pub struct Table {
    title: String,
    rows: Vec<(String, String)>,
    missed: Vec<String>,
}

impl Table {
    /// An empty one.
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), rows: Vec::new(), missed: Vec::new() }
    }

    /// One more line.
    pub fn row(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.rows.push((name.into(), value.into()));
    }

    /// A goal, in words, and whether it is reached.
    pub fn goal(&mut self, words: impl Into<String>, is_reached: bool) {
        let words = words.into();
        self.row("goal", format!("{words}: {}", if is_reached { "reached" } else { "MISSED" }));
        if !is_reached {
            self.missed.push(words);
        }
    }

    /// The goals that are not reached.
    pub fn missed(&self) -> &[String] {
        &self.missed
    }

    /// The whole as text.
    pub fn told(&self) -> String {
        let width = self.rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
        let line = |(name, value): &(String, String)| format!("  {name:width$}  {value}\n");
        let rows: String = self.rows.iter().map(line).collect();
        format!("\n{}\n{rows}", self.title)
    }
}
