//! One's own account (protocol §3, `sessions`, `password`, `profile`; `crates/protocol/src/account.rs`).
//!
//! A session that ends is gone from the store first; then the desk closes its sockets. A socket that is being opened
//! meanwhile is looked for in the store by the desk itself, so that none is left over.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::routing::{delete, get, put};
use axum::{Json, Router};
use chinwag_protocol::{Password, SessionId, answer};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::app::App;
use crate::auth::{SignedIn, sessions as lifetimes};
use crate::chat::{Ended, Profile};
use crate::error::Error;
use crate::extract::Body;
use crate::store::{sessions, users};
use crate::{pictures, rules};

/// The routes of one's own account.
pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/auth/sessions", get(list).delete(end_others))
        .route("/auth/sessions/{id}", delete(end))
        .route("/auth/password", put(change_password))
        .route("/auth/profile", put(change_profile))
}

async fn list(State(app): State<App>, me: SignedIn) -> Result<Json<Value>, Error> {
    let since = lifetimes::oldest(app.clock.now());
    let mut store = app.store.read().await?;
    let sessions = sessions::of(&mut store, &me.user.id, &me.session, since).await?;
    Ok(Json(answer::success(&json!({ "sessions": sessions }))))
}

async fn end(
    State(app): State<App>,
    me: SignedIn,
    path: Result<Path<String>, PathRejection>,
) -> Result<Json<Value>, Error> {
    // A path that is not even text names none.
    let Path(id) = path.map_err(|_| Error::NotFound("Session"))?;
    let id = SessionId::from(id);
    let mut store = app.store.write().await?;
    if !sessions::end(&mut store, &me.user.id, &id).await? {
        return Err(Error::NotFound("Session"));
    }
    store.commit().await?;
    app.chat.end(me.user.id, Ended::One(id)).await?;
    Ok(done())
}

async fn end_others(State(app): State<App>, me: SignedIn) -> Result<Json<Value>, Error> {
    let mut store = app.store.write().await?;
    sessions::end_others(&mut store, &me.user.id, &me.session).await?;
    store.commit().await?;
    app.chat.end(me.user.id, Ended::AllBut(me.session)).await?;
    Ok(done())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Passwords {
    current_password: Option<String>,
    new_password: Option<String>,
}

async fn change_password(
    State(app): State<App>,
    me: SignedIn,
    Body(body): Body<Passwords>,
) -> Result<Json<Value>, Error> {
    let (Some(current), Some(new)) = (body.current_password, body.new_password) else {
        return Err(Error::refused("Please provide currentPassword and newPassword"));
    };
    rules::password(&new)?;
    if rules::is_overlong_password(&current) {
        return Err(Error::WrongPassword);
    }
    let email = rules::email(me.user.email.as_deref().unwrap_or_default())?;
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
    store.commit().await?;
    app.chat.end(me.user.id, Ended::AllBut(me.session)).await?;
    Ok(done())
}

#[derive(Deserialize)]
struct Changes {
    username: Option<String>,
    avatar: Option<String>,
}

async fn change_profile(
    State(app): State<App>,
    me: SignedIn,
    Body(body): Body<Changes>,
) -> Result<Json<Value>, Error> {
    let profile = Profile {
        username: body.username.as_deref().map(rules::username).transpose()?,
        picture: body.avatar.as_deref().map(pictures::read).transpose()?,
    };
    let id = me.user.id.clone();
    app.chat.change_profile(me.user, profile).await?;
    let user = users::by_id(&mut *app.store.read().await?, &id).await?;
    let user = user.ok_or(Error::NotFound("User"))?;
    Ok(Json(answer::success(&json!({ "user": app.with_presence(user) }))))
}

fn done() -> Json<Value> {
    Json(answer::success(&json!({})))
}
