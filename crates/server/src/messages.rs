//! Messages by REST: `/api/messages*`. What sends or marks goes the same way as the socket's frames do.

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post, put};
use axum::{Json, Router};
use chinwag_protocol::message::TEXT;
use chinwag_protocol::{ClientId, Message, UserId, answer, call};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::app::App;
use crate::auth::Caller;
use crate::chat::Draft;
use crate::error::Error;
use crate::extract::{Body, Fields, Named};
use crate::store::{messages, users};

/// The routes of messages.
pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/messages", post(send))
        .route("/messages/conversations", get(conversations))
        .route("/messages/unread/count", get(unread))
        .route("/messages/read/{user}", put(mark_read))
        .route("/messages/{user}", get(history))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewMessage {
    receiver_id: Option<String>,
    content: Option<String>,
    message_type: Option<String>,
    client_message_id: Option<String>,
}

async fn send(
    State(app): State<App>,
    Caller(me): Caller,
    Body(body): Body<NewMessage>,
) -> Result<(StatusCode, Json<Value>), Error> {
    let (Some(to), Some(content)) = (body.receiver_id, body.content) else {
        return Err(Error::refused("Missing required fields: receiverId and content"));
    };
    let draft = Draft {
        to: UserId::from(to),
        content,
        message_type: body.message_type.unwrap_or_else(|| TEXT.to_owned()),
        client_id: body.client_message_id.map(ClientId::from),
    };
    let message = app.chat.send(me, draft).await?;
    let data = json!({ "message": message.nested() });
    Ok((StatusCode::CREATED, Json(answer::success(&data))))
}

async fn mark_read(
    State(app): State<App>,
    Caller(me): Caller,
    Named(sender): Named,
) -> Result<Json<Value>, Error> {
    app.chat.mark_read(me, sender).await?;
    Ok(Json(answer::success(&json!({}))))
}

async fn history(
    State(app): State<App>,
    Caller(me): Caller,
    Named(with): Named,
    fields: Fields,
) -> Result<Json<Value>, Error> {
    let page = fields.page(call::MESSAGES_LIMIT);
    let mut store = app.store.read().await?;
    let other = users::by_id(&mut store, &with).await?.ok_or(Error::NotFound("User"))?;
    let (messages, total) =
        messages::history(&mut store, &me, &other, page.limit, page.offset()).await?;
    Ok(Json(answer::success(&json!({
        "messages": messages.iter().map(Message::nested).collect::<Vec<_>>(),
        "pagination": page.of(total),
    }))))
}

async fn conversations(State(app): State<App>, Caller(me): Caller) -> Result<Json<Value>, Error> {
    let conversations = messages::conversations(&mut *app.store.read().await?, &me).await?;
    let rows = conversations.into_iter().map(|row| {
        json!({
            "user": app.with_presence(row.user),
            "unreadCount": row.unread,
            "lastMessage": row.last.nested(),
        })
    });
    Ok(Json(answer::success(&json!({ "conversations": rows.collect::<Vec<_>>() }))))
}

async fn unread(State(app): State<App>, Caller(me): Caller) -> Result<Json<Value>, Error> {
    let count = messages::unread(&mut *app.store.read().await?, &me.id).await?;
    Ok(Json(answer::success(&json!({ "unreadCount": count }))))
}
