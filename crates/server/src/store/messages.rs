//! Messages: storing, receipts, history and conversations.

use chinwag_protocol::{
    ClientId, Message, MessageId, Party, Receipts, Status, Timestamp, User, UserId,
};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use super::{signed, unsigned, users};

/// Begins a conversation between two people, where they have none.
pub(crate) async fn begin(
    store: &mut SqliteConnection,
    one: &UserId,
    other: &UserId,
) -> Result<(), sqlx::Error> {
    let (low, high) = if one < other { (one, other) } else { (other, one) };
    sqlx::query(
        "INSERT INTO conversations (low, high) VALUES (?, ?) ON CONFLICT (low, high) DO NOTHING",
    )
    .bind(low.as_str())
    .bind(high.as_str())
    .execute(store)
    .await?;
    Ok(())
}

/// Stores a message in a conversation that has begun. Its `created_at` is the key: the caller gives each message a later
/// one.
pub(crate) async fn insert(
    store: &mut SqliteConnection,
    message: &Message,
    receiver: &UserId,
    created_at: Timestamp,
) -> Result<(), sqlx::Error> {
    let sender = &message.sender.id;
    let (low, high) = if sender < receiver { (sender, receiver) } else { (receiver, sender) };
    let delivered = (message.status >= Status::Delivered).then_some(created_at.millis());
    sqlx::query(
        "INSERT INTO messages
           (created_at, id, conversation_id, sender_id, receiver_id, content, kind, delivered_at,
            client_id)
         VALUES (?, ?, (SELECT id FROM conversations WHERE low = ? AND high = ?), ?, ?, ?, ?, ?, ?)",
    )
    .bind(created_at.millis())
    .bind(message.id.as_str())
    .bind(low.as_str())
    .bind(high.as_str())
    .bind(sender.as_str())
    .bind(receiver.as_str())
    .bind(&message.content)
    .bind(&message.message_type)
    .bind(delivered)
    .bind(message.client_id.as_ref().map(ClientId::as_str))
    .execute(store)
    .await?;
    Ok(())
}

/// The message that `sender` gave this name, and whom it went to.
pub(crate) async fn named(
    store: &mut SqliteConnection,
    sender: &User,
    name: &ClientId,
) -> Result<Option<(UserId, Message)>, sqlx::Error> {
    let row = sqlx::query(
        "SELECT m.created_at, m.id, m.sender_id, m.content, m.kind, m.delivered_at, m.read_at,
                m.client_id, o.id AS other_id, o.username, o.avatar, o.last_seen
         FROM messages m JOIN users o ON o.id = m.receiver_id
         WHERE m.sender_id = ? AND m.client_id = ?",
    )
    .bind(sender.id.as_str())
    .bind(name.as_str())
    .fetch_optional(store)
    .await?;
    row.map(|row| {
        let receiver = other_of(&row)?;
        let message = message_of(&row, sender, &receiver)?;
        Ok((receiver.id, message))
    })
    .transpose()
}

/// Those with whom a person has a conversation.
pub(crate) async fn partners(
    store: &mut SqliteConnection,
    user: &UserId,
) -> Result<Vec<UserId>, sqlx::Error> {
    sqlx::query(
        "SELECT high AS other FROM conversations WHERE low = ?1
         UNION ALL SELECT low FROM conversations WHERE high = ?1",
    )
    .bind(user.as_str())
    .fetch_all(store)
    .await?
    .iter()
    .map(|row| users::id(row, "other"))
    .collect()
}

/// When the newest message was stored.
pub(crate) async fn newest(store: &mut SqliteConnection) -> Result<Option<i64>, sqlx::Error> {
    sqlx::query("SELECT MAX(created_at) AS newest FROM messages")
        .fetch_one(store)
        .await?
        .try_get("newest")
}

/// Marks what `sender` wrote to `reader` as read. How many messages were not before.
pub(crate) async fn mark_read(
    store: &mut SqliteConnection,
    reader: &UserId,
    sender: &UserId,
    now: Timestamp,
) -> Result<u64, sqlx::Error> {
    let marked = sqlx::query(
        "UPDATE messages SET read_at = ?1
         WHERE receiver_id = ?2 AND sender_id = ?3 AND read_at IS NULL",
    )
    .bind(now.millis())
    .bind(reader.as_str())
    .bind(sender.as_str())
    .execute(store)
    .await?;
    Ok(marked.rows_affected())
}

/// Marks the oldest that waited for `receiver` as delivered, `most` of them; what was read without a connection was never delivered.
/// Which messages, and whose, oldest first.
pub(crate) async fn deliver_waiting(
    store: &mut SqliteConnection,
    receiver: &UserId,
    now: Timestamp,
    most: u64,
) -> Result<Vec<(MessageId, UserId)>, sqlx::Error> {
    let mut rows = sqlx::query(
        "UPDATE messages SET delivered_at = ? WHERE created_at IN
           (SELECT created_at FROM messages
            WHERE receiver_id = ? AND delivered_at IS NULL AND read_at IS NULL
            ORDER BY created_at LIMIT ?)
         RETURNING created_at, id, sender_id",
    )
    .bind(now.millis())
    .bind(receiver.as_str())
    .bind(signed(most))
    .fetch_all(store)
    .await?
    .iter()
    .map(|row| {
        let order: i64 = row.try_get("created_at")?;
        let id = MessageId::from(row.try_get::<String, _>("id")?);
        Ok((order, id, users::id(row, "sender_id")?))
    })
    .collect::<Result<Vec<_>, sqlx::Error>>()?;
    // RETURNING promises no order.
    rows.sort_unstable_by_key(|(order, ..)| *order);
    Ok(rows.into_iter().map(|(_, id, sender)| (id, sender)).collect())
}

/// A page of what two people wrote to each other, and how many messages there are in all. Pages go from the newest
/// back; within a page the oldest comes first, as base servers do (vectors).
pub(crate) async fn history(
    store: &mut SqliteConnection,
    me: &User,
    other: &User,
    limit: u64,
    offset: u64,
) -> Result<(Vec<Message>, u64), sqlx::Error> {
    let (low, high) = if me.id < other.id { (&me.id, &other.id) } else { (&other.id, &me.id) };
    let conversation: Option<i64> =
        sqlx::query("SELECT id FROM conversations WHERE low = ? AND high = ?")
            .bind(low.as_str())
            .bind(high.as_str())
            .fetch_optional(&mut *store)
            .await?
            .map(|row| row.try_get("id"))
            .transpose()?;
    let Some(conversation) = conversation else { return Ok((Vec::new(), 0)) };
    let mut messages = sqlx::query(
        "SELECT created_at, id, sender_id, content, kind, delivered_at, read_at, client_id
         FROM messages WHERE conversation_id = ? ORDER BY created_at DESC LIMIT ? OFFSET ?",
    )
    .bind(conversation)
    .bind(signed(limit))
    .bind(signed(offset))
    .fetch_all(&mut *store)
    .await?
    .iter()
    .map(|row| message_of(row, me, other))
    .collect::<Result<Vec<_>, _>>()?;
    // After the page: counted before, what is stored in between would push the oldest messages off what seems to be the last page.
    let total: i64 =
        sqlx::query("SELECT COUNT(*) AS total FROM messages WHERE conversation_id = ?")
            .bind(conversation)
            .fetch_one(store)
            .await?
            .try_get("total")?;
    messages.reverse();
    Ok((messages, unsigned(total)))
}

/// Somebody one has exchanged messages with.
#[derive(Debug)]
pub(crate) struct Conversation {
    /// Who.
    pub(crate) user: User,
    /// How many of their messages one has not read.
    pub(crate) unread: u64,
    /// The last message, of either.
    pub(crate) last: Message,
}

/// A person's conversations, the one with the newest message first.
pub(crate) async fn conversations(
    store: &mut SqliteConnection,
    me: &User,
) -> Result<Vec<Conversation>, sqlx::Error> {
    sqlx::query(
        "SELECT o.id AS other_id, o.username, o.avatar, o.last_seen,
                m.created_at, m.id, m.sender_id, m.content, m.kind, m.delivered_at, m.read_at,
                m.client_id,
                (SELECT COUNT(*) FROM messages
                 WHERE receiver_id = ?1 AND sender_id = o.id AND read_at IS NULL) AS unread
         FROM conversations c
         JOIN users o ON o.id = CASE c.low WHEN ?1 THEN c.high ELSE c.low END
         JOIN messages m
           ON m.created_at = (SELECT MAX(created_at) FROM messages WHERE conversation_id = c.id)
         WHERE c.low = ?1 OR c.high = ?1
         ORDER BY m.created_at DESC",
    )
    .bind(me.id.as_str())
    .fetch_all(store)
    .await?
    .iter()
    .map(|row| {
        let user = other_of(row)?;
        let last = message_of(row, me, &user)?;
        Ok(Conversation { unread: unsigned(row.try_get("unread")?), last, user })
    })
    .collect()
}

/// How many messages a person has not read.
pub(crate) async fn unread(store: &mut SqliteConnection, me: &UserId) -> Result<u64, sqlx::Error> {
    let count: i64 = sqlx::query(
        "SELECT COUNT(*) AS unread FROM messages WHERE receiver_id = ? AND read_at IS NULL",
    )
    .bind(me.as_str())
    .fetch_one(store)
    .await?
    .try_get("unread")?;
    Ok(unsigned(count))
}

/// The other person of a row.
fn other_of(row: &SqliteRow) -> Result<User, sqlx::Error> {
    Ok(User {
        avatar: row.try_get("avatar")?,
        last_seen: row.try_get::<Option<i64>, _>("last_seen")?.map(Timestamp::from_millis),
        ..User::named(users::id(row, "other_id")?, row.try_get::<String, _>("username")?)
    })
}

fn message_of(row: &SqliteRow, me: &User, other: &User) -> Result<Message, sqlx::Error> {
    let (sender, receiver) =
        if users::id(row, "sender_id")? == me.id { (me, other) } else { (other, me) };
    let at = |column| {
        let at = row.try_get::<Option<i64>, _>(column)?;
        Ok::<_, sqlx::Error>(at.map(Timestamp::from_millis))
    };
    let receipts = Receipts { delivered: at("delivered_at")?, read: at("read_at")? };
    Ok(Message {
        id: MessageId::from(row.try_get::<String, _>("id")?),
        sender: party(sender),
        receiver: Some(party(receiver)),
        content: row.try_get("content")?,
        message_type: row.try_get("kind")?,
        status: match (receipts.read, receipts.delivered) {
            (Some(_), _) => Status::Read,
            (None, Some(_)) => Status::Delivered,
            (None, None) => Status::Sent,
        },
        receipts,
        created_at: Some(Timestamp::from_millis(row.try_get("created_at")?)),
        client_id: row.try_get::<Option<String>, _>("client_id")?.map(ClientId::from),
    })
}

/// A person as one side of a message.
pub(crate) fn party(user: &User) -> Party {
    Party { avatar: user.avatar.clone(), ..Party::named(user.id.clone(), user.username.clone()) }
}
