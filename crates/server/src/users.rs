//! Who there is: `/api/users*`. E-mail addresses are private: nobody is told another's.

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use chinwag_protocol::{User, answer, call};
use serde_json::{Value, json};

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::Fields;
use crate::rules;
use crate::store::users;

/// The routes of users.
pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/users", get(page))
        .route("/users/online", get(online))
        .route("/users/search", get(search))
}

async fn page(
    State(app): State<App>,
    Caller(me): Caller,
    fields: Fields,
) -> Result<Json<Value>, Error> {
    let page = fields.page(call::USERS_LIMIT);
    let mut store = app.store.read().await?;
    let (users, total) = users::page(&mut store, &me.id, page.limit, page.offset()).await?;
    Ok(Json(answer::success(&json!({
        "users": with_presence(&app, users),
        "pagination": page.of(total),
    }))))
}

/// The caller is among them where they are connected, as with base servers (vectors).
async fn online(State(app): State<App>, Caller(_): Caller) -> Json<Value> {
    let users = with_presence(&app, app.hub.online());
    Json(answer::success(&json!({ "users": users })))
}

async fn search(
    State(app): State<App>,
    Caller(me): Caller,
    fields: Fields,
) -> Result<Json<Value>, Error> {
    let key = rules::fold(fields.text("query").trim());
    let users = if key.is_empty() {
        Vec::new()
    } else {
        users::search(&mut *app.store.read().await?, &me.id, &key).await?
    };
    Ok(Json(answer::success(&json!({ "users": with_presence(&app, users) }))))
}

fn with_presence(app: &App, users: Vec<User>) -> Vec<User> {
    users.into_iter().map(|user| app.with_presence(user)).collect()
}
