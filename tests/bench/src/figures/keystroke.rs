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
/// What is typed in a run: it fits in one line.
const TEXT: &str = "thequickbrownfoxjumpsoverthelazydogagain";
/// From one letter to the next: a quick hand, and each is drawn by itself.
const PAUSE: Duration = Duration::from_millis(60);

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
    page.types("x", PAUSE).await?;
    page.awaits("() => bench.idle()", vec![]).await?;
    let before = page.work().await?;
    page.types(TEXT, PAUSE).await?;
    page.awaits("() => bench.idle()", vec![]).await?;
    let work = page.work().await? - before;
    page.presses(Key::ALL).await?;
    page.presses(Key::BACKSPACE).await?;
    #[expect(clippy::cast_precision_loss, reason = "some letters")]
    let letters = TEXT.len() as f64;
    Ok(work / letters)
}
