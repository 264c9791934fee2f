//! What is measured, and how it is told.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::{Result, ensure};
use tokio::time::{Instant, interval, sleep};

use crate::crowd::Crowd;
use crate::figures::{Table, bytes, millis};
use crate::line::{Kind, Line, Tally};
use crate::people::{self, Person};
use crate::program::{Program, load_average};
use crate::talk::{self, Plan};

/// So many idle connections, or more, are to take less than so many bytes of the server's memory each.
const IDLE: u64 = 10_000;
const IDLE_EACH: u64 = 40_000;
/// Within this 99 of 100 messages are to have been received.
const DELIVERY: Duration = Duration::from_millis(50);
/// Fewer bytes than these are to tell each of those who are there of somebody who comes.
const NEWS: u64 = 1_000;

/// Where the server's program is, and where it may keep what it keeps.
#[derive(Debug)]
pub struct Stage {
    /// The program.
    pub program: PathBuf,
    /// A folder on a disk.
    pub place: PathBuf,
    /// What all clients are like.
    pub kind: Kind,
}

impl Stage {
    async fn set(&self, people: usize) -> Result<(Program, Vec<Person>)> {
        let server = Program::start(&self.program, &self.place).await?;
        let people = people::make(server.data(), people).await?;
        Ok((server, people))
    }

    /// Many who are there and say nothing: what each takes of the server's memory.
    ///
    /// # Errors
    /// Where a connection is not taken, or ends.
    pub async fn idle(&self, connections: usize, each: usize) -> Result<Table> {
        let (server, people) = self.set(connections.div_ceil(each)).await?;
        let busy = load_average();
        let before = server.memory()?.0;
        let tally = Arc::new(Tally::default());
        let crowd = Crowd::gather(server.address(), &people, each, self.kind, &tally).await?;
        let count = u64::try_from(crowd.lines.len())?;
        // What was told to all while they came has arrived by then.
        settle(&tally, Duration::from_secs(2)).await;
        let (after, most) = server.memory()?;
        let mut table = Table::new(format!("{count} idle connections of {} people", people.len()));
        table.row("to be there", format!("{:.1} s", crowd.took.as_secs_f64()));
        table.row(
            "memory",
            format!(
                "{} before, {} with them, {} at the most",
                bytes(before),
                bytes(after),
                bytes(most)
            ),
        );
        table.row("memory per connection", bytes(after.saturating_sub(before) / count.max(1)));
        let (frames, told) = tally.presence();
        let first = tally.list_bytes.load(Ordering::Relaxed);
        table.row("first lists", format!("{}, {} each", bytes(first), bytes(first / count.max(1))));
        table.row(
            "then of who came",
            format!(
                "{frames} frames, {} ({} a connection)",
                bytes(told),
                bytes(told / count.max(1))
            ),
        );
        crowd.part().await?;
        table.row("load average before", busy);
        let bound = IDLE_EACH * count.max(IDLE);
        table.goal(format!("less than {} with them", bytes(bound)), after < bound);
        Ok(table)
    }

    /// Pairs who write to each other.
    ///
    /// # Errors
    /// Where a message is lost, comes twice, or overtakes another.
    pub async fn talk(&self, people: usize, plan: Plan) -> Result<Table> {
        let (server, people) = self.set(people / 2 * 2).await?;
        let busy = load_average();
        let began = Instant::now();
        let talk = talk::talk(server.address(), &people, self.kind, plan).await?;
        let (worked, all) = (server.worked()?, began.elapsed());
        let mut table = Table::new(format!(
            "{} durable messages a second for {} s between {} people",
            plan.rate,
            plan.seconds,
            people.len()
        ));
        table
            .row("sent and received", format!("{}, none lost, doubled or out of order", talk.sent));
        table.row(
            "throughput",
            format!("{:.0} a second", f64::from(talk.sent) / talk.took.as_secs_f64()),
        );
        table.row("to acknowledged", talk.to_acknowledged.told());
        table.row("to received", talk.to_received.told());
        table.row("sent too late by", format!("{} at the most", millis(talk.late)));
        table.row(
            "server's work",
            format!("{:.1} s of {:.1} s", worked.as_secs_f64(), all.as_secs_f64()),
        );
        table.row("load average before", busy);
        let is_quick = talk.to_received.within(990) < DELIVERY;
        table.goal(format!("99 of 100 received within {}", millis(DELIVERY)), is_quick);
        Ok(table)
    }

    /// Many who are there, and some who come and go again: what it takes to tell of them. Then all come back at once.
    ///
    /// # Errors
    /// Where a connection is not taken, or ends.
    pub async fn presence(&self, online: usize, sign_ins: usize) -> Result<Table> {
        ensure!(online > 0 && sign_ins > 0, "nobody to tell, or nothing");
        let (server, people) = self.set(online + sign_ins).await?;
        let busy = load_average();
        let (watchers, others) = people.split_at(online);
        let (count, watching) = (u64::try_from(sign_ins)?, u64::try_from(online)?);
        let tally = Arc::new(Tally::default());
        let address = server.address();
        let crowd = Crowd::gather(address, watchers, 1, self.kind, &tally).await?;
        settle(&tally, Duration::from_secs(12)).await;
        let (storm_frames, storm_bytes) = tally.presence();
        let first = tally.list_bytes.load(Ordering::Relaxed);
        let worked = server.worked()?;

        let apart = Arc::new(Tally::default());
        let mut beat = interval(Duration::from_millis(200));
        let mut came = Vec::new();
        let mut longest = Duration::ZERO;
        for person in others {
            beat.tick().await;
            let began = Instant::now();
            came.push(Line::open(address, person, self.kind, apart.clone()).await?);
            longest = longest.max(began.elapsed());
        }
        settle(&tally, Duration::from_secs(12)).await;
        let (frames, told) = tally.presence();
        let (frames, told) = (frames - storm_frames, told - storm_bytes);
        let own = apart.list_bytes.load(Ordering::Relaxed);

        let mut table =
            Table::new(format!("{online} people online, {sign_ins} sign in, five a second"));
        table.row(
            "told to each of the others",
            format!("{} of them in all, {} frames", bytes(told / watching), frames / watching),
        );
        table.row(
            "told to all per sign-in",
            format!("{}, {} to each", bytes(told / count), bytes(told / count / watching)),
        );
        table.row("one's own first list", bytes(own / count));
        table.row("to be let in", format!("{} at the most", millis(longest)));
        let all = server.worked()?.saturating_sub(worked);
        table.row("server's work per sign-in", millis(all / u32::try_from(sign_ins)?));
        table.row(
            "when all came at once",
            format!("{:.1} s, {:.1} s of work", crowd.took.as_secs_f64(), worked.as_secs_f64()),
        );
        table.row("  first lists", format!("{}, {} each", bytes(first), bytes(first / watching)));
        table.row(
            "  then to each",
            format!("{} frames, {}", storm_frames / watching, bytes(storm_bytes / watching)),
        );
        table.row("memory at the most", bytes(server.memory()?.1));
        for line in came {
            line.close().await?;
        }
        crowd.part().await?;
        table.row("load average before", busy);
        // Clients of the base protocol know nothing smaller than whole lists, and are told of those seldom.
        if self.kind == Kind::Changes {
            let words = format!("less than {} to each per sign-in", bytes(NEWS));
            table.goal(words, told / count / watching < NEWS);
        }
        Ok(table)
    }
}

/// Waits until nothing was told for so long.
pub async fn settle(tally: &Tally, quiet: Duration) {
    let (mut told, mut since) = (tally.presence(), Instant::now());
    while since.elapsed() < quiet {
        sleep(Duration::from_millis(100)).await;
        let now = tally.presence();
        if now != told {
            (told, since) = (now, Instant::now());
        }
    }
}
