//! Notices whose sessions another program than this server has ended (`admin`), and ends their sockets. Their calls need
//! nothing: each looks for its session in the store.
//!
//! By looking from time to time, at a table that is empty: a second later is soon enough for what an administrator does, and
//! there is no further door into a server that runs.

use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use crate::app::App;
use crate::chat::Ended;
use crate::error::Error;
use crate::store::sessions;

/// How often.
const LOOK: Duration = Duration::from_secs(1);

/// Looks until it is dropped.
pub(crate) async fn watch(app: &App) {
    let mut turns = interval(LOOK);
    turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut is_well = true;
    loop {
        turns.tick().await;
        let looked = look(app).await;
        if let (Err(error), true) = (&looked, is_well) {
            tracing::error!(cause = ?error, "could not see whose sessions were ended");
        }
        is_well = looked.is_ok();
    }
}

async fn look(app: &App) -> Result<(), Error> {
    let ended = sessions::ended_elsewhere(&mut *app.store.read().await?).await?;
    let Some((last, _)) = ended.last() else { return Ok(()) };
    for (_, user) in &ended {
        tracing::info!(%user, "sessions were ended by an administrator");
        app.chat.end(user.clone(), Ended::Gone).await?;
    }
    let mut store = app.store.write().await?;
    sessions::forget_ended(&mut store, *last).await?;
    store.commit().await?;
    Ok(())
}
