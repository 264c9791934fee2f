//! One's own account (protocol §3, `sessions`, `password`, `profile`; `crates/protocol/src/account.rs`).
//!
//! A session that ends is gone from the store first; then the desk closes its sockets. A socket that is being opened
//! meanwhile is looked for in the store by the desk itself, so that none is left over.

use aide::axum::ApiRouter;
use aide::axum::routing::{delete_with, get_with, put_with};
use axum::extract::State;
use chinwag_protocol::{Device, Password, SessionId, User, UserId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::auth::{SignedIn, sessions as lifetimes};
use crate::chat::{Ended, Profile};
use crate::contract::told;
use crate::error::Error;
use crate::extract::{Body, Named};
use crate::respond::{Nothing, Told};
use crate::store::{Writing, sessions, users};
use crate::{pictures, rules};

/// The routes of one's own account.
pub(crate) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route(
            "/auth/sessions",
            get_with(list, told("account", "sessions", "Where one is signed in")).delete_with(
                end_others,
                told("account", "endOtherSessions", "Ends all of one's sessions but this one"),
            ),
        )
        .api_route(
            "/auth/sessions/{id}",
            delete_with(end, told("account", "endSession", "Ends one of one's sessions")),
        )
        .api_route(
            "/auth/password",
            put_with(
                change_password,
                told(
                    "account",
                    "changePassword",
                    "Sets another password, and ends all other sessions",
                ),
            ),
        )
        .api_route(
            "/auth/profile",
            put_with(
                change_profile,
                told("account", "changeProfile", "Changes what others see of one"),
            ),
        )
}

/// Where one is signed in.
#[derive(Serialize, JsonSchema)]
struct Sessions {
    sessions: Vec<Device>,
}

async fn list(State(app): State<App>, me: SignedIn) -> Result<Told<Sessions>, Error> {
    let since = lifetimes::oldest(app.clock.now());
    let mut store = app.store.read().await?;
    let sessions = sessions::of(&mut store, &me.user.id, &me.session, since).await?;
    Ok(Told(Sessions { sessions }))
}

async fn end(
    State(app): State<App>,
    me: SignedIn,
    Named(id): Named<SessionId>,
) -> Result<Told<Nothing>, Error> {
    let mut store = app.store.write().await?;
    if !sessions::end(&mut store, &me.user.id, &id).await? {
        return Err(Error::NotFound("Session"));
    }
    finish(&app, store, me.user.id, Ended::One(id)).await?;
    Ok(Told(Nothing {}))
}

async fn end_others(State(app): State<App>, me: SignedIn) -> Result<Told<Nothing>, Error> {
    let mut store = app.store.write().await?;
    sessions::end_others(&mut store, &me.user.id, &me.session).await?;
    finish(&app, store, me.user.id, Ended::AllBut(me.session)).await?;
    Ok(Told(Nothing {}))
}

/// Ends sessions for good, and their sockets. A call is given up when its caller hangs up: what has begun here is finished all the
/// same, or a session would be gone and its socket would stay.
async fn finish(app: &App, store: Writing, user: UserId, ended: Ended) -> Result<(), Error> {
    let app = app.clone();
    let finishing = tokio::spawn(async move {
        store.commit().await?;
        app.chat.end(user, ended).await
    });
    finishing.await.map_err(|_| Error::internal("could not end sessions"))?
}

/// The present password, and the one to be.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Passwords {
    #[schemars(with = "String")]
    current_password: Option<String>,
    /// At most 1,000 bytes.
    #[schemars(with = "String", length(min = 6, max = 1_000))]
    new_password: Option<String>,
}

async fn change_password(
    State(app): State<App>,
    me: SignedIn,
    Body(body): Body<Passwords>,
) -> Result<Told<Nothing>, Error> {
    let (Some(current), Some(new)) = (body.current_password, body.new_password) else {
        return Err(Error::refused("Please provide currentPassword and newPassword"));
    };
    rules::password(&new)?;
    if rules::is_overlong_password(&current) {
        return Err(Error::WrongPassword);
    }
    let email = rules::email(me.user.email.as_deref().unwrap_or_default())?;
    app.limiter.change(&me.user.id)?;
    // Whoever found a browser open may guess no faster than anybody else.
    app.throttle.attempt(&email.key, app.clock.now())?;
    let found = users::credentials(&mut *app.store.read().await?, &email.key).await?;
    let known = found.map(|(_, hash)| hash);
    if !app.passwords.verify(Password::from(current), known.clone()).await? {
        return Err(Error::WrongPassword);
    }
    app.throttle.succeeded(&email.key);
    let hash = app.passwords.hash(Password::from(new)).await?;

    let mut store = app.store.write().await?;
    if !sessions::is_there(&mut store, &me.session).await? {
        return Err(Error::NotAuthorized);
    }
    // Of two who change it at once the second knew an old one.
    if !users::set_password(&mut store, &me.user.id, known.as_deref(), &hash).await? {
        return Err(Error::WrongPassword);
    }
    sessions::end_others(&mut store, &me.user.id, &me.session).await?;
    finish(&app, store, me.user.id, Ended::AllBut(me.session)).await?;
    Ok(Told(Nothing {}))
}

/// What is left out stays.
#[derive(Deserialize, JsonSchema)]
struct Changes {
    /// The name that others see. White space around it does not count.
    #[schemars(length(min = 3, max = 30))]
    username: Option<String>,
    /// An `https:` address, or the picture itself as a `data:` address in base64 (PNG, JPEG, WebP or GIF, 64 KB); empty
    /// removes it.
    #[schemars(regex(
        pattern = "^(|https://[^\\s\"'<>]+|data:image/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/]+=*)$"
    ))]
    avatar: Option<String>,
}

/// Who one is now.
#[derive(Serialize, JsonSchema)]
struct Changed {
    user: User,
}

async fn change_profile(
    State(app): State<App>,
    me: SignedIn,
    Body(body): Body<Changes>,
) -> Result<Told<Changed>, Error> {
    let profile = Profile {
        username: body.username.as_deref().map(rules::username).transpose()?,
        picture: body.avatar.as_deref().map(pictures::read).transpose()?,
    };
    let id = me.user.id.clone();
    app.limiter.change(&id)?;
    app.chat.change_profile(me.user, profile).await?;
    let user = users::by_id(&mut *app.store.read().await?, &id).await?;
    let user = user.ok_or(Error::NotFound("User"))?;
    Ok(Told(Changed { user: app.with_presence(user) }))
}
