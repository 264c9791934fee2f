//! Who there is: `/api/users*`. E-mail addresses are private: nobody is told another's.

use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use axum::extract::State;
use chinwag_protocol::{Pagination, User, call};
use schemars::{JsonSchema, Schema, json_schema};
use serde::Serialize;

use crate::app::App;
use crate::auth::Caller;
use crate::contract::told;
use crate::error::Error;
use crate::extract::{Fields, Pages, Query};
use crate::respond::Told;
use crate::rules;
use crate::store::users;

/// The routes of users.
pub(crate) fn router() -> ApiRouter<App> {
    ApiRouter::new()
        .api_route("/users", get_with(page, told("users", "users", "A page of all others")))
        .api_route(
            "/users/online",
            get_with(online, told("users", "onlineUsers", "Who is connected")),
        )
        .api_route(
            "/users/search",
            get_with(search, told("users", "searchUsers", "Those who have this in their name")),
        )
}

/// People.
#[derive(Serialize, JsonSchema)]
struct Users {
    users: Vec<User>,
}

/// Some of all people.
#[derive(Serialize, JsonSchema)]
struct UsersPage {
    users: Vec<User>,
    pagination: Pagination,
}

/// What a search asks for.
struct Sought;

impl Query for Sought {
    fn fields() -> Schema {
        json_schema!({ "properties": {
            "query": { "type": "string", "description": "A part of a name. Without any nobody is found." },
        } })
    }
}

async fn page(
    State(app): State<App>,
    Caller(me): Caller,
    fields: Fields<Pages<{ call::USERS_LIMIT }>>,
) -> Result<Told<UsersPage>, Error> {
    let page = fields.page();
    let mut store = app.store.read().await?;
    let (users, total) = users::page(&mut store, &me.id, page.limit, page.offset()).await?;
    Ok(Told(UsersPage { users: with_presence(&app, users), pagination: page.of(total) }))
}

/// The caller is among them where they are connected, as with base servers (vectors).
async fn online(State(app): State<App>, Caller(_): Caller) -> Told<Users> {
    Told(Users { users: with_presence(&app, app.hub.online()) })
}

async fn search(
    State(app): State<App>,
    Caller(me): Caller,
    fields: Fields<Sought>,
) -> Result<Told<Users>, Error> {
    let key = rules::fold(fields.text("query").trim());
    let users = if key.is_empty() {
        Vec::new()
    } else {
        users::search(&mut *app.store.read().await?, &me.id, &key).await?
    };
    Ok(Told(Users { users: with_presence(&app, users) }))
}

fn with_presence(app: &App, users: Vec<User>) -> Vec<User> {
    users.into_iter().map(|user| app.with_presence(user)).collect()
}
