//! Messages by REST: `/api/messages*`. What sends or marks goes the same way as the socket's frames do.

use aide::axum::ApiRouter;
use aide::axum::routing::{get_with, post_with, put_with};
use axum::extract::State;
use axum::http::StatusCode;
use chinwag_protocol::message::TEXT;
use chinwag_protocol::schema::NestedMessage;
use chinwag_protocol::{ClientId, Message, Pagination, User, UserId, call};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::app::App;
use crate::auth::Caller;
use crate::chat::Draft;
use crate::contract::{refused, told};
use crate::error::Error;
use crate::extract::{Body, Fields, Named, Pages};
use crate::respond::{Made, Nothing, Told};
use crate::store::{messages, users};

/// The routes of messages.
pub(crate) fn router() -> ApiRouter<App> {
    let send_told = told("messages", "sendMessage", "Sends a message");
    ApiRouter::new()
        .api_route(
            "/messages",
            post_with(send, |operation| refused(send_told(operation), StatusCode::CONFLICT)),
        )
        .api_route(
            "/messages/conversations",
            get_with(
                conversations,
                told("messages", "conversations", "With whom one writes, the last first"),
            ),
        )
        .api_route(
            "/messages/unread/count",
            get_with(unread, told("messages", "unreadCount", "How many messages one has not read")),
        )
        .api_route(
            "/messages/read/{user}",
            put_with(
                mark_read,
                told("messages", "markRead", "Marks all that somebody sent so far as read"),
            ),
        )
        .api_route(
            "/messages/{user}",
            get_with(
                history,
                told("messages", "history", "A page of a conversation, the newest first"),
            ),
        )
}

/// A message to be sent.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct NewMessage {
    /// To whom.
    #[schemars(with = "String", length(min = 1))]
    receiver_id: Option<String>,
    /// The text: not white space alone.
    #[schemars(with = "String", length(min = 1, max = 10_000))]
    content: Option<String>,
    /// Its kind; `text` where it is missing.
    #[schemars(regex(pattern = "^[a-z_-]{1,20}$"))]
    message_type: Option<String>,
    /// What the client calls it: under one name a message is stored once, however often it comes.
    #[schemars(length(min = 1, max = 64))]
    client_message_id: Option<String>,
}

/// What was stored.
#[derive(Serialize, JsonSchema)]
struct Sent {
    #[schemars(with = "NestedMessage")]
    message: Value,
}

/// Some of a conversation.
#[derive(Serialize, JsonSchema)]
struct MessagesPage {
    #[schemars(with = "Vec<NestedMessage>")]
    messages: Vec<Value>,
    pagination: Pagination,
}

/// All with whom one writes.
#[derive(Serialize, JsonSchema)]
struct Conversations {
    conversations: Vec<Conversation>,
}

/// With whom, and how it stands.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Conversation {
    user: User,
    /// How many of their messages one has not read.
    unread_count: u64,
    #[schemars(with = "NestedMessage")]
    last_message: Value,
}

/// A count.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Unread {
    unread_count: u64,
}

async fn send(
    State(app): State<App>,
    Caller(me): Caller,
    Body(body): Body<NewMessage>,
) -> Result<Made<Sent>, Error> {
    let (Some(to), Some(content)) = (body.receiver_id, body.content) else {
        return Err(Error::refused("Missing required fields: receiverId and content"));
    };
    let draft = Draft {
        to: UserId::from(to),
        content,
        message_type: body.message_type.unwrap_or_else(|| TEXT.to_owned()),
        client_id: body.client_message_id.map(ClientId::from),
    };
    app.limiter.send(&me.id)?;
    let message = app.chat.send(me, draft).await?;
    Ok(Made(Sent { message: message.nested() }))
}

async fn mark_read(
    State(app): State<App>,
    Caller(me): Caller,
    Named(sender): Named<UserId>,
) -> Result<Told<Nothing>, Error> {
    app.chat.mark_read(me, sender).await?;
    Ok(Told(Nothing {}))
}

async fn history(
    State(app): State<App>,
    Caller(me): Caller,
    Named(with): Named<UserId>,
    fields: Fields<Pages<{ call::MESSAGES_LIMIT }>>,
) -> Result<Told<MessagesPage>, Error> {
    let page = fields.page();
    let mut store = app.store.read().await?;
    let other = users::by_id(&mut store, &with).await?.ok_or(Error::NotFound("User"))?;
    let (messages, total) =
        messages::history(&mut store, &me, &other, page.limit, page.offset()).await?;
    let messages = messages.iter().map(Message::nested).collect();
    Ok(Told(MessagesPage { messages, pagination: page.of(total) }))
}

async fn conversations(
    State(app): State<App>,
    Caller(me): Caller,
) -> Result<Told<Conversations>, Error> {
    let conversations = messages::conversations(&mut *app.store.read().await?, &me).await?;
    let rows = conversations.into_iter().map(|row| Conversation {
        user: app.with_presence(row.user),
        unread_count: row.unread,
        last_message: row.last.nested(),
    });
    Ok(Told(Conversations { conversations: rows.collect() }))
}

async fn unread(State(app): State<App>, Caller(me): Caller) -> Result<Told<Unread>, Error> {
    let unread_count = messages::unread(&mut *app.store.read().await?, &me.id).await?;
    Ok(Told(Unread { unread_count }))
}
