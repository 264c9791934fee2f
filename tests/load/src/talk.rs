//! Pairs who write to each other, at a steady rate: each message has its instant, and its time counts from there, however
//! late the one before was answered. A server that falls behind cannot look fast by being asked less.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use chinwag_protocol::{ClientFrame, ClientId, UserId};
use tokio::time::{sleep, sleep_until};

use crate::crowd::Crowd;
use crate::figures::Times;
use crate::line::{Heard, Kind, NAMED, Tally};
use crate::people::Person;

/// What is asked of a talk.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Messages a second.
    pub rate: u32,
    /// For so long.
    pub seconds: u32,
    /// How long those under way at the end may take.
    pub patience: Duration,
}

/// What came of it.
#[derive(Debug)]
pub struct Talk {
    /// How many messages were sent.
    pub sent: u32,
    /// From the first one's instant to the last one's arrival.
    pub took: Duration,
    /// From a message's instant until its sender knew it stored.
    pub to_acknowledged: Times,
    /// From a message's instant until its receiver had it.
    pub to_received: Times,
    /// The most by which a message left later than its instant: what the measurer itself was late.
    pub late: Duration,
}

/// A message as it is written: of the usual length.
fn frame(number: u32, to: &Person) -> String {
    let name = ClientId::from(format!("{NAMED}{number}"));
    let text =
        format!("Number {number}: shall we meet at the station at seven, or is that too early?");
    ClientFrame::text_as(name, UserId::from(to.id.as_str()), text).encode()
}

/// Has each two neighbours of `people` write to each other, in turns; `people` is an even number. Nothing may be lost, come
/// twice, or overtake another of the same writer.
///
/// # Errors
/// Where something did.
pub async fn talk(server: SocketAddr, people: &[Person], kind: Kind, plan: Plan) -> Result<Talk> {
    let tally = Arc::new(Tally::default());
    let crowd = Crowd::gather(server, people, 1, kind, &tally).await?;
    let count = plan.rate * plan.seconds;
    let gap = Duration::from_secs(1) / plan.rate;
    let pairs = u32::try_from(people.len() / 2)?;
    ensure!(pairs > 0, "nobody to talk to");
    // A moment for what their coming is still telling.
    let first = Instant::now() + Duration::from_millis(500);
    let mut late = Duration::ZERO;
    for number in 0..count {
        let instant = first + gap * number;
        // One short sleep may be for several: timers go by the millisecond.
        if instant > Instant::now() {
            sleep_until(instant.into()).await;
        }
        let (writer, reader) = sides(number, pairs);
        let (Some(line), Some(to)) = (crowd.lines.get(writer), people.get(reader)) else {
            bail!("there is no such person");
        };
        line.say(frame(number, to));
        late = late.max(instant.elapsed());
    }
    let last = Instant::now();
    let wanted = u64::from(count);
    while last.elapsed() < plan.patience
        && (tally.received.load(Ordering::Relaxed) < wanted
            || tally.acknowledged.load(Ordering::Relaxed) < wanted)
    {
        sleep(Duration::from_millis(20)).await;
    }
    let heard = crowd.part().await?;
    let due = |number: u32| first + gap * number;
    let took = last_of(&heard).map_or(Duration::ZERO, |at| at.saturating_duration_since(first));
    let to_acknowledged = times(&heard, due, |heard| &heard.acknowledged);
    let to_received = times(&heard, due, |heard| &heard.received);
    check(&heard, count, pairs)?;
    Ok(Talk { sent: count, took, to_acknowledged, to_received, late })
}

/// Who writes a message, and who reads it: by their places.
fn sides(number: u32, pairs: u32) -> (usize, usize) {
    let (pair, round) = (number % pairs, number / pairs);
    let (left, right) = ((pair * 2) as usize, (pair * 2 + 1) as usize);
    if round.is_multiple_of(2) { (left, right) } else { (right, left) }
}

fn last_of(heard: &[Heard]) -> Option<Instant> {
    heard.iter().flat_map(|heard| &heard.received).map(|(_, at)| *at).max()
}

fn times(
    heard: &[Heard],
    due: impl Fn(u32) -> Instant,
    which: impl Fn(&Heard) -> &Vec<(u32, Instant)>,
) -> Times {
    let all = heard.iter().flat_map(which);
    Times::new(all.map(|(number, at)| at.saturating_duration_since(due(*number))).collect())
}

/// Each message was acknowledged to its writer once and came to its reader once, and in order.
fn check(heard: &[Heard], count: u32, pairs: u32) -> Result<()> {
    let mut acknowledged: HashMap<u32, usize> = HashMap::new();
    let mut received: HashMap<u32, usize> = HashMap::new();
    for (place, heard) in heard.iter().enumerate() {
        for (numbers, all, what) in [
            (&heard.acknowledged, &mut acknowledged, "was acknowledged"),
            (&heard.received, &mut received, "came"),
        ] {
            for (number, _) in numbers {
                ensure!(all.insert(*number, place).is_none(), "message {number} {what} twice");
            }
            ensure!(
                numbers.is_sorted_by_key(|(number, _)| *number),
                "messages {what} out of order"
            );
        }
    }
    for number in 0..count {
        let (writer, reader) = sides(number, pairs);
        let at = (acknowledged.get(&number), received.get(&number));
        ensure!(
            at == (Some(&writer), Some(&reader)),
            "message {number} was lost, or went astray: {at:?}"
        );
    }
    Ok(())
}
