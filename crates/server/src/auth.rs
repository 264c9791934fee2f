//! Accounts and sessions: `/api/auth/*`, and who a call comes from.
//!
//! The guide has no call to sign out: a client forgets its token, and a session that is not used ends by itself. What else
//! somebody can do with their sessions is in `account`.

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with};
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use chinwag_protocol::{Password, SessionId, Token, User, UserId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::address::Address;
use crate::agent::Agent;
use crate::app::App;
use crate::contract::{refused, told};
use crate::error::Error;
use crate::extract::Body;
use crate::respond::{Made, Told};
use crate::store::users::{self, NewUser};
use crate::{ids, rules};

pub(crate) mod passwords;
pub(crate) mod sessions;
pub(crate) mod throttle;

use sessions::Holder;

/// The routes of accounts.
pub(crate) fn router() -> ApiRouter<App> {
    let login_told = told("auth", "login", "Signs in");
    ApiRouter::new()
        .api_route(
            "/auth/register",
            post_with(register, told("auth", "register", "Makes an account and signs in")),
        )
        .api_route(
            "/auth/login",
            post_with(login, |operation| refused(login_told(operation), StatusCode::UNAUTHORIZED)),
        )
        .api_route("/auth/me", get_with(me, told("auth", "me", "Whose token this is")))
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
        let token = bearer(&parts.headers).ok_or(Error::NotAuthorized)?;
        match sessions::holder(app, &token).await? {
            Holder::Known(user, session) => {
                app.limiter.call_of(&user.id)?;
                Ok(Self { user, session })
            }
            Holder::Gone | Holder::Unknown => Err(Error::NotAuthorized),
        }
    }
}

/// The token of `Authorization: Bearer TOKEN`.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<Token> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    // RFC 9110 §11.1: the scheme's case does not matter.
    scheme.eq_ignore_ascii_case("bearer").then(|| Token::from(token.trim()))
}

/// An account to be.
#[derive(Deserialize, JsonSchema)]
struct Registration {
    /// The name that others see. White space around it does not count.
    #[schemars(with = "String", length(min = 3, max = 30))]
    username: Option<String>,
    /// The address that identifies the account. Nobody else is told it.
    #[schemars(with = "String", email, length(max = 254))]
    email: Option<String>,
    /// At most 1,000 bytes.
    #[schemars(with = "String", length(min = 6, max = 1_000))]
    password: Option<String>,
}

/// One is signed in.
#[derive(Serialize, JsonSchema)]
struct Welcome {
    /// Proves the session from now on: `Authorization: Bearer TOKEN`, and in the socket's address.
    token: Token,
    user: User,
}

/// Who one is.
#[derive(Serialize, JsonSchema)]
struct Me {
    user: User,
}

async fn register(
    State(app): State<App>,
    from: Address,
    headers: HeaderMap,
    Body(body): Body<Registration>,
) -> Result<Made<Welcome>, Error> {
    let (Some(username), Some(email), Some(password)) = (body.username, body.email, body.password)
    else {
        return Err(Error::refused("Please provide username, email and password"));
    };
    let (username, email) = (rules::username(&username)?, rules::email(&email)?);
    rules::password(&password)?;
    // Not before: who has to correct a form is not to be held up by it.
    app.limiter.register(from)?;
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
    Ok(Made(welcome(&app, token, id).await?))
}

/// What one signs in with.
#[derive(Deserialize, JsonSchema)]
struct Credentials {
    #[schemars(with = "String")]
    email: Option<String>,
    #[schemars(with = "String")]
    password: Option<String>,
}

async fn login(
    State(app): State<App>,
    from: Address,
    headers: HeaderMap,
    Body(body): Body<Credentials>,
) -> Result<Told<Welcome>, Error> {
    let (Some(email), Some(password)) = (body.email, body.password) else {
        return Err(Error::refused("Please provide email and password"));
    };
    // What could never have been registered needs no hashing: it tells nothing of who has an account.
    let email = rules::email(&email).map_err(|_| Error::InvalidCredentials)?;
    if rules::is_overlong_password(&password) {
        return Err(Error::InvalidCredentials);
    }
    app.limiter.sign_in(from)?;
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
    Ok(Told(welcome(&app, token, id).await?))
}

fn agent(headers: &HeaderMap) -> Agent {
    let said = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    Agent::of(said.unwrap_or_default())
}

async fn me(State(app): State<App>, Caller(user): Caller) -> Told<Me> {
    Told(Me { user: app.with_presence(user) })
}

async fn welcome(app: &App, token: Token, id: UserId) -> Result<Welcome, Error> {
    let user = users::by_id(&mut *app.store.read().await?, &id).await?;
    let user = user.ok_or(Error::NotFound("User"))?;
    Ok(Welcome { token, user: app.with_presence(user) })
}
