//! What is made of the numbers: medians, ratios and verdicts, as a table to be read and as JSON.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::facts;
use crate::stage::Both;
use crate::turns::Trouble;

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Milliseconds.
    Ms,
    /// Thousands of bytes.
    Kb,
    /// Millions of bytes.
    Mb,
    /// So many times as much.
    Times,
    /// How many.
    Count,
    /// Hundredths.
    Percent,
    /// Pixels.
    Px,
}

/// The most that is allowed of the built page.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Limit {
    /// So many times what the other page takes.
    Ratio(f64),
    /// That much.
    AtMost(f64),
    /// Told for whoever looks closer.
    None,
}

/// One page's numbers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Side {
    /// One of each run.
    pub(crate) samples: Vec<f64>,
    /// Why there are none, or no more.
    pub(crate) trouble: Option<Trouble>,
}

/// A line of the table.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    /// What was measured.
    pub(crate) label: String,
    /// What the numbers count.
    pub(crate) unit: Unit,
    /// What is allowed.
    pub(crate) limit: Limit,
    /// Both pages' numbers.
    pub(crate) sides: Both<Side>,
    /// What one must know to read them.
    pub(crate) notes: Vec<String>,
}

/// What a line comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Within the limit.
    Reached,
    /// Beyond it, or the page did not come to an end.
    NotReached,
    /// The page does not have what would be measured, or there is nothing to compare it with.
    Absent,
    /// There is no limit.
    Told,
}

impl Unit {
    fn words(self, number: f64) -> String {
        match self {
            Self::Ms if number < 10.0 => format!("{number:.2} ms"),
            Self::Ms => format!("{number:.0} ms"),
            Self::Kb => format!("{number:.1} KB"),
            Self::Mb => format!("{number:.1} MB"),
            Self::Times => format!("{number:.2}x"),
            // Between two runs, one of which has one and the other none, is half a one and not nothing.
            Self::Count if number.fract() != 0.0 => format!("{number:.1}"),
            Self::Count => format!("{number:.0}"),
            Self::Percent => format!("{number:.1} %"),
            Self::Px => format!("{number:.1} px"),
        }
    }
}

/// The middle one; between two, their mean.
pub(crate) fn median(samples: &[f64]) -> Option<f64> {
    let half = samples.len() / 2;
    let middle = percentile(samples, 0.5)?;
    if samples.len() % 2 == 1 {
        return Some(middle);
    }
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    Some(f64::midpoint(*sorted.get(half - 1)?, *sorted.get(half)?))
}

/// The least that so large a part of the samples does not exceed.
pub(crate) fn percentile(samples: &[f64], part: f64) -> Option<f64> {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a place in a list"
    )]
    #[expect(clippy::cast_precision_loss, reason = "some hundreds at most")]
    let place = (part * sorted.len() as f64).ceil() as usize;
    sorted.get(place.max(1) - 1).copied()
}

impl Line {
    fn medians(&self) -> Both<Option<f64>> {
        let of = |side: &Side| median(&side.samples);
        Both { product: of(&self.sides.product), baseline: of(&self.sides.baseline) }
    }

    fn ratio(&self) -> Option<f64> {
        let Both { product, baseline } = self.medians();
        Some(product? / baseline.filter(|number| *number > 0.0)?)
    }

    /// What it comes to.
    pub(crate) fn verdict(&self) -> Verdict {
        if self.limit == Limit::None {
            return Verdict::Told;
        }
        let side = &self.sides.product;
        if let Some(trouble) = &side.trouble {
            return if trouble.absent { Verdict::Absent } else { Verdict::NotReached };
        }
        let kept = match self.limit {
            Limit::Ratio(most) => self.ratio().map(|ratio| ratio <= most),
            Limit::AtMost(most) => self.medians().product.map(|number| number <= most),
            Limit::None => None,
        };
        match kept {
            Some(true) => Verdict::Reached,
            Some(false) => Verdict::NotReached,
            None => Verdict::Absent,
        }
    }

    /// Why numbers are missing, and what else one must know.
    fn remarks(&self) -> Vec<String> {
        let trouble = |name: &str, side: &Side| {
            let words = &side.trouble.as_ref()?.words;
            let runs = side.samples.len();
            let after = if runs == 0 { String::new() } else { format!(" after {runs} runs") };
            Some(format!("{name}{after}: {words}"))
        };
        let product = trouble("the built page", &self.sides.product);
        let baseline = trouble("the baseline", &self.sides.baseline);
        product.into_iter().chain(baseline).chain(self.notes.iter().cloned()).collect()
    }

    fn json(&self) -> Value {
        let medians = self.medians();
        let side = |side: &Side, median: Option<f64>| {
            let trouble = side.trouble.as_ref().map(|trouble| &trouble.words);
            json!({ "median": median, "samples": side.samples, "trouble": trouble })
        };
        let limit = match self.limit {
            Limit::Ratio(most) => json!({ "ratio": most }),
            Limit::AtMost(most) => json!({ "at_most": most }),
            Limit::None => Value::Null,
        };
        json!({
            "label": self.label,
            "unit": self.unit.words(0.0).trim_start_matches(['0', '.', ' ']),
            "limit": limit,
            "product": side(&self.sides.product, medians.product),
            "baseline": side(&self.sides.baseline, medians.baseline),
            "ratio": self.ratio(),
            "verdict": self.verdict().words(),
            "notes": self.notes,
        })
    }
}

impl Verdict {
    fn words(self) -> &'static str {
        match self {
            Self::Reached => "reached",
            Self::NotReached => "**not reached**",
            Self::Absent => "n/a",
            Self::Told => "",
        }
    }
}

/// These lines as a Markdown table, what must be known below it.
pub(crate) fn table(lines: &[Line]) -> String {
    let mut text =
        "| figure | built page | baseline | ratio | at most | verdict | runs |\n".to_owned();
    text.push_str("|---|---|---|---|---|---|---|\n");
    let mut remarks: Vec<String> = Vec::new();
    for line in lines {
        let numbers = line.remarks().into_iter().map(|remark| {
            let place = remarks.iter().position(|known| *known == remark);
            place.unwrap_or_else(|| {
                remarks.push(remark);
                remarks.len() - 1
            }) + 1
        });
        let marks = numbers.fold(String::new(), |marks, number| marks + &format!(" [{number}]"));
        let Both { product, baseline } = line.medians();
        let number =
            |number: Option<f64>| number.map_or("–".to_owned(), |number| line.unit.words(number));
        let ratio = line.ratio().map_or("–".to_owned(), |ratio| Unit::Times.words(ratio));
        let limit = match line.limit {
            Limit::Ratio(most) => Unit::Times.words(most),
            Limit::AtMost(most) => line.unit.words(most),
            Limit::None => String::new(),
        };
        let runs = (line.sides.product.samples.len(), line.sides.baseline.samples.len());
        let _ = writeln!(
            text,
            "| {}{marks} | {} | {} | {ratio} | {limit} | {} | {}/{} |",
            line.label,
            number(product),
            number(baseline),
            line.verdict().words(),
            runs.0,
            runs.1,
        );
    }
    for (index, remark) in remarks.iter().enumerate() {
        let _ = write!(text, "\n[{}] {remark}", index + 1);
    }
    text
}

/// A figure that was measured.
#[derive(Debug)]
struct Measured {
    name: &'static str,
    lines: Vec<Line>,
    took: Duration,
    /// What the machine had to do when it was over, all programs together.
    load: String,
}

/// All that was measured.
#[derive(Debug)]
pub(crate) struct Report {
    facts: Value,
    figures: Vec<Measured>,
}

impl Report {
    /// Nothing measured yet.
    pub(crate) fn new(facts: Value) -> Self {
        Self { facts, figures: Vec::new() }
    }

    /// A figure was measured, and took so long.
    pub(crate) fn add(&mut self, name: &'static str, lines: Vec<Line>, took: Duration) {
        self.figures.push(Measured { name, lines, took, load: facts::load() });
    }

    /// Whether all limits are kept.
    pub(crate) fn is_kept(&self) -> bool {
        let good = |line: &Line| matches!(line.verdict(), Verdict::Reached | Verdict::Told);
        self.figures.iter().flat_map(|figure| &figure.lines).all(good)
    }

    /// The table with its circumstances.
    pub(crate) fn words(&self) -> String {
        let lines: Vec<Line> =
            self.figures.iter().flat_map(|figure| figure.lines.clone()).collect();
        let fact = |path: &str| match self.facts.pointer(path) {
            Some(Value::String(words)) => words.clone(),
            Some(value) => value.to_string(),
            None => String::new(),
        };
        format!(
            "{}\n\n{}; {} cores, {}; {}; load {}; medians of {} runs; {}",
            table(&lines),
            fact("/browser"),
            fact("/machine/cores"),
            fact("/machine/processor"),
            fact("/date"),
            fact("/machine/load"),
            fact("/runs"),
            fact("/commit").get(..12).unwrap_or_default(),
        )
    }

    /// Writes it down: under its date, and as the latest.
    pub(crate) fn write(&self, folder: &Path) -> Result<()> {
        let figures = self.figures.iter().map(|Measured { name, lines, took, load }| {
            let lines: Vec<_> = lines.iter().map(Line::json).collect();
            let figure = json!({ "seconds": took.as_secs(), "load": load, "lines": lines });
            ((*name).to_owned(), figure)
        });
        let figures: serde_json::Map<String, Value> = figures.collect();
        let report = json!({ "facts": self.facts, "figures": figures });
        let text = serde_json::to_string_pretty(&report)?;
        let date = self.facts["date"].as_str().unwrap_or_default().replace(':', "-");
        fs::create_dir_all(folder)
            .and_then(|()| fs::write(folder.join(format!("{date}.json")), &text))
            .and_then(|()| fs::write(folder.join("latest.json"), &text))
            .and_then(|()| fs::write(folder.join("latest.md"), self.words()))
            .with_context(|| format!("the report cannot be written to {}", folder.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::{Limit, Line, Side, Unit, Verdict, median, percentile, table};
    use crate::stage::Both;
    use crate::turns::Trouble;

    fn line(limit: Limit, product: &[f64], baseline: &[f64]) -> Line {
        let side = |samples: &[f64]| Side { samples: samples.to_vec(), trouble: None };
        let sides = Both { product: side(product), baseline: side(baseline) };
        Line { label: "a figure".to_owned(), unit: Unit::Ms, limit, sides, notes: Vec::new() }
    }

    fn trouble(words: &str, absent: bool) -> Trouble {
        Trouble { words: words.to_owned(), absent }
    }

    #[test]
    fn medians_and_percentiles_take_what_is_there() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(median(&[]), None);
        let hundred: Vec<f64> = (1..=100).rev().map(f64::from).collect();
        assert_eq!(percentile(&hundred, 0.95), Some(95.0));
        assert_eq!(percentile(&[7.0], 0.95), Some(7.0));
        assert_eq!(percentile(&[], 0.5), None);
    }

    #[test]
    fn a_limit_is_kept_up_to_itself() {
        let verdict =
            |limit, product: &[f64], baseline: &[f64]| line(limit, product, baseline).verdict();
        assert_eq!(verdict(Limit::Ratio(2.0), &[20.0], &[10.0]), Verdict::Reached);
        assert_eq!(verdict(Limit::Ratio(2.0), &[20.1], &[10.0]), Verdict::NotReached);
        assert_eq!(verdict(Limit::AtMost(17.0), &[17.0], &[]), Verdict::Reached);
        assert_eq!(verdict(Limit::AtMost(17.0), &[17.1], &[]), Verdict::NotReached);
        assert_eq!(verdict(Limit::None, &[1.0], &[]), Verdict::Told);
    }

    #[test]
    fn what_was_not_measured_is_never_reached() {
        let verdict =
            |limit, product: &[f64], baseline: &[f64]| line(limit, product, baseline).verdict();
        assert_eq!(verdict(Limit::Ratio(2.0), &[20.0], &[]), Verdict::Absent);
        assert_eq!(verdict(Limit::AtMost(17.0), &[], &[5.0]), Verdict::Absent);
        let mut late = line(Limit::AtMost(17.0), &[5.0], &[]);
        late.sides.product.trouble = Some(trouble("not done within 60 s", false));
        assert_eq!(late.verdict(), Verdict::NotReached);
        late.sides.product.trouble = Some(trouble("there is no store yet", true));
        assert_eq!(late.verdict(), Verdict::Absent);
    }

    #[test]
    fn the_table_says_what_is_missing_and_why_once() {
        let mut late = line(Limit::Ratio(1.2), &[], &[10.0]);
        late.sides.product.trouble = Some(trouble("not done within 60 s", false));
        let text = table(&[late.clone(), late, line(Limit::AtMost(17.0), &[12.0], &[8.0])]);
        let expected = "\
| figure | built page | baseline | ratio | at most | verdict | runs |
|---|---|---|---|---|---|---|
| a figure [1] | – | 10 ms | – | 1.20x | **not reached** | 0/1 |
| a figure [1] | – | 10 ms | – | 1.20x | **not reached** | 0/1 |
| a figure | 12 ms | 8.00 ms | 1.50x | 17 ms | reached | 1/1 |

[1] the built page: not done within 60 s";
        assert_eq!(text, expected);
    }
}
