//! Accounts and sessions: `/api/auth/*`, and who a call comes from.
//!
//! The guide has no call to sign out: a client forgets its token, and a session that is not used ends by itself. What else
//! somebody can do with their sessions is in `account`.

use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::routing::{get, post};
use axum::{Json, Router};
use chinwag_protocol::{Password, SessionId, Token, User, UserId, answer};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::agent::Agent;
use crate::app::App;
use crate::error::Error;
use crate::extract::Body;
use crate::store::users::{self, NewUser};
use crate::{ids, rules};

pub(crate) mod passwords;
pub(crate) mod sessions;
pub(crate) mod throttle;

use sessions::Holder;

/// The routes of accounts.
pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/auth/register", post(register))
        .route("/auth/login", post(login))
        .route("/auth/me", get(me))
}

/// Who a call comes from, and in which session, proved by `Authorization: Bearer TOKEN`.
pub(crate) struct SignedIn {
    /// Who.
    pub(crate) user: User,
    /// Where.
    pub(crate) session: SessionId,
}

/// Who a call comes from, wherever.
pub(crate) struct Caller(pub(crate) User);

impl FromRequestParts<App> for Caller {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        Ok(Self(SignedIn::from_request_parts(parts, app).await?.user))
    }
}

impl FromRequestParts<App> for SignedIn {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let token = parts
            .headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok()?.split_once(' '))
            // RFC 9110 §11.1: the scheme's case does not matter.
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| Token::from(token.trim()))
            .ok_or(Error::NotAuthorized)?;
        match sessions::holder(app, &token).await? {
            Holder::Known(user, session) => Ok(Self { user, session }),
            Holder::Gone | Holder::Unknown => Err(Error::NotAuthorized),
        }
    }
}

#[derive(Deserialize)]
struct Registration {
    username: Option<String>,
    email: Option<String>,
    password: Option<String>,
}

async fn register(
    State(app): State<App>,
    headers: HeaderMap,
    Body(body): Body<Registration>,
) -> Result<(StatusCode, Json<Value>), Error> {
    let (Some(username), Some(email), Some(password)) = (body.username, body.email, body.password)
    else {
        return Err(Error::refused("Please provide username, email and password"));
    };
    let (username, email) = (rules::username(&username)?, rules::email(&email)?);
    rules::password(&password)?;
    let password_hash = app.passwords.hash(Password::from(password)).await?;

    let now = app.clock.now();
    let id = UserId::from(ids::object_id(now)?);
    let user = NewUser {
        id: &id,
        username: &username,
        email: &email,
        password_hash: &password_hash,
        created_at: now,
    };
    let mut store = app.store.write().await?;
    if !users::create(&mut store, &user).await? {
        // The vectors' words, for a taken name as for a taken address.
        return Err(Error::refused("User already exists"));
    }
    let token = sessions::begin(&mut store, &id, agent(&headers), now).await?;
    store.commit().await?;
    Ok((StatusCode::CREATED, Json(signed_in(&app, &token, id).await?)))
}

#[derive(Deserialize)]
struct Credentials {
    email: Option<String>,
    password: Option<String>,
}

async fn login(
    State(app): State<App>,
    headers: HeaderMap,
    Body(body): Body<Credentials>,
) -> Result<Json<Value>, Error> {
    let (Some(email), Some(password)) = (body.email, body.password) else {
        return Err(Error::refused("Please provide email and password"));
    };
    // What could never have been registered needs no hashing: it tells nothing of who has an account.
    let email = rules::email(&email).map_err(|_| Error::InvalidCredentials)?;
    if rules::is_overlong_password(&password) {
        return Err(Error::InvalidCredentials);
    }
    app.throttle.attempt(&email.key, app.clock.now())?;
    let found = users::credentials(&mut *app.store.read().await?, &email.key).await?;
    let (id, hash) = found.unzip();
    let fits = app.passwords.verify(Password::from(password), hash.clone()).await?;
    let id = id.filter(|_| fits).ok_or(Error::InvalidCredentials)?;
    app.throttle.succeeded(&email.key);

    let mut store = app.store.write().await?;
    // It may have been changed while it was compared: that ends all sessions, this one as well.
    if users::credentials(&mut store, &email.key).await?.map(|(_, hash)| hash) != hash {
        return Err(Error::InvalidCredentials);
    }
    let token = sessions::begin(&mut store, &id, agent(&headers), app.clock.now()).await?;
    store.commit().await?;
    Ok(Json(signed_in(&app, &token, id).await?))
}

fn agent(headers: &HeaderMap) -> Agent {
    let said = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    Agent::of(said.unwrap_or_default())
}

async fn me(State(app): State<App>, Caller(user): Caller) -> Json<Value> {
    Json(answer::success(&json!({ "user": app.with_presence(user) })))
}

async fn signed_in(app: &App, token: &Token, id: UserId) -> Result<Value, Error> {
    let user = users::by_id(&mut *app.store.read().await?, &id).await?;
    let user = user.ok_or(Error::NotFound("User"))?;
    Ok(answer::success(&json!({ "token": token, "user": app.with_presence(user) })))
}
