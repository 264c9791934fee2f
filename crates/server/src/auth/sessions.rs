//! Sessions: opaque tokens that the client keeps and this server knows by their hash only.

use chinwag_protocol::{SessionId, Timestamp, Token, User, UserId};
use sha2::{Digest, Sha256};
use sqlx::SqliteConnection;

use crate::agent::Agent;
use crate::app::App;
use crate::error::Error;
use crate::ids;
use crate::store::sessions::NewSession;
use crate::store::{sessions, users};

/// A session ends when it has not been used for 30 days: long enough for a holiday, short enough for a browser that was
/// forgotten.
const LIFETIME: i64 = 30 * 24 * 60 * 60 * 1000;
/// Use is noted once an hour, for a write at each call would cost more than it tells.
const NOTE_AFTER: i64 = 60 * 60 * 1000;

/// Who holds a token.
#[derive(Debug)]
pub(crate) enum Holder {
    /// Nobody: it was never given out, or has ended.
    Unknown,
    /// Somebody who has no account any more.
    Gone,
    /// This person, in this session.
    Known(User, SessionId),
}

/// Begins a session. Ended ones are swept out in passing.
pub(crate) async fn begin(
    store: &mut SqliteConnection,
    user: &UserId,
    agent: Agent,
    now: Timestamp,
) -> Result<Token, Error> {
    sessions::remove_unused(store, oldest(now)).await?;
    let token = Token::from(ids::token()?);
    let id = SessionId::from(ids::object_id(now)?);
    let session = NewSession { token_hash: &hash(&token), id: &id, user, agent };
    sessions::create(store, &session, now).await?;
    Ok(token)
}

/// Sessions that were last used before this have ended.
pub(crate) fn oldest(now: Timestamp) -> Timestamp {
    Timestamp::from_millis(now.millis() - LIFETIME)
}

/// Finds who holds a token.
pub(crate) async fn holder(app: &App, token: &Token) -> Result<Holder, Error> {
    let (hash, now) = (hash(token), app.clock.now());
    let mut store = app.store.read().await?;
    let Some(session) = sessions::find(&mut store, &hash).await? else {
        return Ok(Holder::Unknown);
    };
    let idle = now.millis() - session.used_at.millis();
    if idle > LIFETIME {
        return Ok(Holder::Unknown);
    }
    let Some(user) = users::by_id(&mut store, &session.user).await? else {
        return Ok(Holder::Gone);
    };
    drop(store);
    if idle > NOTE_AFTER {
        let noted = async {
            let mut store = app.store.write().await?;
            sessions::touch(&mut store, &hash, now).await?;
            store.commit().await
        };
        // Where the disk is full one can read on.
        if let Err(error) = noted.await {
            tracing::error!(%error, "could not note that a session is in use");
        }
    }
    Ok(Holder::Known(user, session.id))
}

/// The use of a session by a socket, which may live for months.
#[derive(Debug)]
pub(crate) struct Use {
    session: SessionId,
    noted: Timestamp,
}

impl Use {
    /// It was just looked at. Of many that come at once, as after a restart, each is noted at a time of its own: otherwise all
    /// would be written down within one ping of each other, every hour.
    pub(crate) fn new(app: &App, session: SessionId) -> Self {
        let noted = Timestamp::from_millis(app.clock.now().millis() - earlier(&session));
        Self { session, noted }
    }

    /// The socket lives: noted as often as other use.
    pub(crate) async fn goes_on(&mut self, app: &App) {
        let now = app.clock.now();
        if now.millis() - self.noted.millis() <= NOTE_AFTER {
            return;
        }
        self.noted = now;
        let noted = async {
            let mut store = app.store.write().await?;
            sessions::touch_one(&mut store, &self.session, now).await?;
            store.commit().await
        };
        if let Err(error) = noted.await {
            tracing::error!(%error, "could not note that a session is in use");
        }
    }
}

/// By how many milliseconds the first note comes before the hour is over: half an hour at the most.
fn earlier(session: &SessionId) -> i64 {
    let text = session.as_str().bytes();
    text.fold(0, |sum, byte| (sum * 31 + i64::from(byte)) % (NOTE_AFTER / 2))
}

/// What is stored of a token. It needs no salt and no slowness: 256 random bits cannot be guessed.
fn hash(token: &Token) -> [u8; 32] {
    Sha256::digest(token.reveal().as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_that_come_at_once_are_noted_one_after_the_other() {
        const PARTS: usize = 30;
        const HALF: usize = 30 * 60 * 1000;
        let now = Timestamp::from_millis(1_700_000_000_000);
        let mut parts = [0; PARTS];
        for _ in 0..3_000 {
            let earlier = earlier(&SessionId::from(ids::object_id(now).unwrap()));
            parts[usize::try_from(earlier).unwrap() * PARTS / HALF] += 1;
        }
        // A hundred each, were they divided evenly.
        assert!(parts.iter().all(|count| (30..300).contains(count)), "{parts:?}");
    }
}
