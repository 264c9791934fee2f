//! What a keystroke costs the main thread, all that follows from it included.

use std::time::Duration;

use anyhow::Result;

use super::enter::take_field;
use super::open::noted;
use crate::page::Key;
use crate::report::{Limit, Line, Unit};
use crate::stage::{Stage, Which};
use crate::turns::in_turn;

const EACH: Duration = Duration::from_secs(400);
/// How many letters are typed in a run: they fit in one line.
const LETTERS: [&str; 40] = [
    "t", "h", "e", "q", "u", "i", "c", "k", "b", "r", "o", "w", "n", "f", "o", "x", "j", "u", "m",
    "p", "s", "o", "v", "e", "r", "t", "h", "e", "l", "a", "z", "y", "d", "o", "g", "a", "g", "a",
    "i", "n",
];
/// From one to the next: a quick hand, and each is drawn by itself.
const RHYTHM: Duration = Duration::from_millis(60);

pub(super) async fn measure(stage: &Stage) -> Result<Vec<Line>> {
    let taken = in_turn(stage, EACH, async |which, _| once(stage, which).await).await;
    let line =
        taken.line("a keystroke there, main thread", Unit::Ms, Limit::Ratio(1.2), |work| *work);
    Ok(vec![noted(stage, line).await])
}

async fn once(stage: &Stage, which: Which) -> Result<f64> {
    let loaded = stage.with_long(which).await?;
    let page = &loaded.page;
    take_field(stage, page).await?;
    // The first letter may begin what the others do not.
    page.presses(Key::letter("x")).await?;
    page.awaits("() => bench.idle()", vec![]).await?;
    let before = page.work().await?;
    let mut rhythm = tokio::time::interval(RHYTHM);
    for letter in LETTERS {
        rhythm.tick().await;
        page.presses(Key::letter(letter)).await?;
    }
    page.awaits("() => bench.idle()", vec![]).await?;
    let work = page.work().await? - before;
    page.presses(Key::ALL).await?;
    page.presses(Key::BACKSPACE).await?;
    #[expect(clippy::cast_precision_loss, reason = "some letters")]
    let letters = LETTERS.len() as f64;
    Ok(work / letters)
}
