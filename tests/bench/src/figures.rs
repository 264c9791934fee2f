//! The figures of the bench, a file for each: what is measured, and the most that is allowed.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use anyhow::{Result, anyhow};
use clap::ValueEnum;
use futures_util::FutureExt;
use tokio::time::timeout;

use crate::report::{Limit, Line, Side, Unit};
use crate::stage::{Both, Stage};
use crate::turns::{Trouble, words_of};

mod bundle;
mod burst;
mod cold;
mod enter;
mod keystroke;
mod memory;
mod open;
mod received;
mod scroll;
mod switches;
mod warm;

/// A figure, in the order in which they are measured: first those that need little.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Figure {
    /// What a first visit loads
    Bundle,
    /// The start of a first visit
    Cold,
    /// The start from what is kept, without a server
    Warm,
    /// Opening a long conversation from the list
    Open,
    /// From Enter to the bubble
    Enter,
    /// From a frame's arrival to its row
    Received,
    /// What a keystroke costs
    Keystroke,
    /// 5,000 messages at once
    Burst,
    /// 500 switches between conversations
    Switches,
    /// 100,000 messages to the top and back
    Scroll,
    /// What 20,000 and 100,000 messages leave in the memory
    Memory,
}

impl Figure {
    /// All of them.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        Self::value_variants().iter().copied()
    }

    /// Its name on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Bundle => "bundle",
            Self::Cold => "cold",
            Self::Warm => "warm",
            Self::Open => "open",
            Self::Enter => "enter",
            Self::Received => "received",
            Self::Keystroke => "keystroke",
            Self::Burst => "burst",
            Self::Switches => "switches",
            Self::Scroll => "scroll",
            Self::Memory => "memory",
        }
    }

    /// What it is, in words.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Bundle => "WebAssembly, scripts and styles of the first visit",
            Self::Cold => "cold start to the last of 50 messages painted",
            Self::Warm => "warm start while the server is unreachable",
            Self::Open => "opening a conversation of 10,000 from the list",
            Self::Enter => "Enter to own bubble painted, in a conversation of 10,000",
            Self::Received => "frame received to painted, in a conversation of 10,000",
            Self::Keystroke => "main-thread time per keystroke, in a conversation of 10,000",
            Self::Burst => "5,000 messages arriving at once",
            Self::Switches => "500 switches between 20 conversations",
            Self::Scroll => "100,000 messages, wheel and scrollbar to the top and back",
            Self::Memory => "memory after 20,000 and after 100,000 messages received",
        }
    }

    /// How long it may take in all.
    fn limit(self) -> Duration {
        Duration::from_mins(match self {
            Self::Bundle => 2,
            Self::Enter | Self::Received | Self::Keystroke => 10,
            Self::Cold | Self::Warm | Self::Open | Self::Burst => 12,
            Self::Switches => 30,
            Self::Scroll => 40,
            Self::Memory => 60,
        })
    }

    /// Measures it. Whatever goes wrong is told in its lines.
    pub(crate) async fn measure(self, stage: &Stage) -> Vec<Line> {
        stage.begins(self.limit());
        // The runs end by themselves in time; this is for what hangs between them.
        let limit = self.limit() + Duration::from_mins(1);
        let work = AssertUnwindSafe(timeout(limit, self.lines(stage))).catch_unwind();
        let done = match work.await {
            Ok(Ok(done)) => done,
            Ok(Err(_)) => Err(anyhow!("not done within {} minutes", self.limit().as_secs() / 60)),
            Err(panic) => Err(anyhow!("{}", words_of(&*panic))),
        };
        done.unwrap_or_else(|error| vec![self.missing(error.into())])
    }

    async fn lines(self, stage: &Stage) -> Result<Vec<Line>> {
        if !matches!(self, Self::Open | Self::Enter | Self::Received | Self::Keystroke) {
            stage.without_long();
        }
        match self {
            Self::Bundle => bundle::measure(stage).await,
            Self::Cold => cold::measure(stage).await,
            Self::Warm => warm::measure(stage).await,
            Self::Open => open::measure(stage).await,
            Self::Enter => enter::measure(stage).await,
            Self::Received => received::measure(stage).await,
            Self::Keystroke => keystroke::measure(stage).await,
            Self::Burst => burst::measure(stage).await,
            Self::Switches => switches::measure(stage).await,
            Self::Scroll => scroll::measure(stage).await,
            Self::Memory => memory::measure(stage).await,
        }
    }

    /// The line of a figure that could not be begun.
    fn missing(self, trouble: Trouble) -> Line {
        let sides = Both {
            product: Side { samples: Vec::new(), trouble: Some(trouble) },
            baseline: Side::default(),
        };
        let (label, limit) = (self.words().to_owned(), Limit::AtMost(0.0));
        Line { label, unit: Unit::Count, limit, sides, notes: Vec::new() }
    }
}
