//! Many connections at once.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use tokio::task::JoinSet;

use crate::line::{Heard, Kind, Line, Tally};
use crate::people::Person;

/// So many are being opened at the same time.
const AT_ONCE: usize = 64;

/// Connections that are open.
#[derive(Debug)]
pub struct Crowd {
    /// In the order of the people, `each` for each.
    pub lines: Vec<Line>,
    /// How long it took until all were there.
    pub took: Duration,
}

impl Crowd {
    /// Opens `each` connections for each of these people, as fast as the server takes them.
    ///
    /// # Errors
    /// Where one is not taken.
    pub async fn gather(
        server: SocketAddr,
        people: &[Person],
        each: usize,
        kind: Kind,
        tally: &Arc<Tally>,
    ) -> Result<Self> {
        let began = Instant::now();
        let mut wanted = people.iter().flat_map(|person| std::iter::repeat_n(person, each));
        let mut opening = JoinSet::new();
        let mut lines: Vec<(usize, Line)> = Vec::new();
        let mut count = 0;
        loop {
            while opening.len() < AT_ONCE
                && let Some(person) = wanted.next().cloned()
            {
                let (place, tally) = (count, tally.clone());
                count += 1;
                opening.spawn(async move {
                    Line::open(server, &person, kind, tally).await.map(|line| (place, line))
                });
            }
            let Some(opened) = opening.join_next().await else { break };
            lines.push(opened?.with_context(|| format!("after {} connections", lines.len()))?);
        }
        lines.sort_unstable_by_key(|(place, _)| *place);
        let lines = lines.into_iter().map(|(_, line)| line).collect();
        Ok(Self { lines, took: began.elapsed() })
    }

    /// Closes all. What each heard.
    ///
    /// # Errors
    /// Where one had trouble.
    pub async fn part(self) -> Result<Vec<Heard>> {
        let mut all = Vec::with_capacity(self.lines.len());
        for line in self.lines {
            let heard = line.close().await?;
            if let Some(trouble) = &heard.trouble {
                bail!("a connection had trouble: {trouble}");
            }
            all.push(heard);
        }
        Ok(all)
    }
}
