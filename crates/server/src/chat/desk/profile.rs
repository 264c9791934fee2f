//! What others see of somebody becomes something else (protocol §3, `profile`).

use chinwag_protocol::{ServerFrame, User, UserId};
use sqlx::SqliteConnection;

use super::{Desk, Outcome, event};
use crate::chat::Profile;
use crate::error::Error;
use crate::ids;
use crate::pictures::{self, Wanted};
use crate::store::events::Journal;
use crate::store::{messages, pictures as stored, users};

impl Desk {
    /// Those whom they write with, and they themselves in other places, find it in what they missed.
    pub(super) async fn change_profile(
        store: &mut SqliteConnection,
        journal: &mut Journal,
        user: &UserId,
        profile: &Profile,
    ) -> Result<Outcome, Error> {
        if let Some(name) = &profile.username
            && !users::set_name(store, user, name).await?
        {
            return Err(Error::refused("Username is taken"));
        }
        if let Some(wanted) = &profile.picture {
            let avatar = match wanted {
                Wanted::Nothing => None,
                Wanted::Elsewhere(address) => Some(address.clone()),
                Wanted::File { kind, bytes } => {
                    let id = ids::token()?;
                    stored::put(store, user, &id, kind, bytes).await?;
                    Some(pictures::address(&id))
                }
            };
            if !matches!(wanted, Wanted::File { .. }) {
                stored::remove(store, user).await?;
            }
            users::set_avatar(store, user, avatar.as_deref()).await?;
        }
        let user = users::by_id(store, user).await?.ok_or(Error::NotFound("User"))?;
        let mut told = messages::partners(store, &user.id).await?;
        told.push(user.id.clone());
        let mut frames = Vec::with_capacity(told.len());
        for to in told {
            frames.push(event(store, journal, &to, changed(&user)).await?);
        }
        Ok(Outcome { frames, profile: Some(user), ..Outcome::default() })
    }
}

/// What is told of it.
pub(super) fn changed(user: &User) -> ServerFrame {
    ServerFrame::ProfileChanged {
        user_id: user.id.clone(),
        username: user.username.clone(),
        avatar: user.avatar.clone(),
    }
}
