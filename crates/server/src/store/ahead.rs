//! What the messages of one transaction ask of the store before they are stored, asked for all of them at once: each
//! statement is a way to the store's thread and back, and for each message alone that takes longer than the work itself.

use std::collections::{HashMap, HashSet};

use chinwag_protocol::{ClientId, Seq, User, UserId};
use serde::Serialize;
use sqlx::{Row, SqliteConnection};

use super::{unsigned, users};

/// A message that is about to be stored: whose, to whom, and what its client calls it.
pub(crate) type Asked<'a> = (&'a UserId, &'a UserId, Option<&'a ClientId>);

/// What is known of a transaction's messages; as it was when the transaction began, and with what it has stored since.
#[derive(Debug, Default)]
pub(crate) struct Ahead {
    people: HashMap<UserId, User>,
    last: HashMap<UserId, Seq>,
    /// Names that senders have given to stored messages.
    named: HashSet<(UserId, ClientId)>,
    /// Pairs that have a conversation, the lesser id first.
    talking: HashSet<(UserId, UserId)>,
}

impl Ahead {
    /// Asks for all that these need.
    pub(crate) async fn look(
        store: &mut SqliteConnection,
        asked: &[Asked<'_>],
    ) -> Result<Self, sqlx::Error> {
        let mut ahead = Self::default();
        if asked.is_empty() {
            return Ok(ahead);
        }
        let both = asked.iter().flat_map(|(sender, to, _)| [*sender, *to]);
        let rows = sqlx::query(
            "SELECT id, username, avatar, last_seen, last_seq FROM users
             WHERE id IN (SELECT value FROM json_each(?))",
        )
        .bind(text(&both.collect::<HashSet<_>>())?)
        .fetch_all(&mut *store)
        .await?;
        for row in &rows {
            let user = users::user_of(row)?;
            ahead.last.insert(user.id.clone(), Seq(unsigned(row.try_get("last_seq")?)));
            ahead.people.insert(user.id.clone(), user);
        }
        let named = asked.iter().filter_map(|(sender, _, name)| Some((*sender, (*name)?)));
        let rows = sqlx::query(
            "SELECT m.sender_id, m.client_id FROM json_each(?) AS asked
             JOIN messages m ON m.sender_id = asked.value ->> 0 AND m.client_id = asked.value ->> 1",
        )
        .bind(text(&named.collect::<Vec<_>>())?)
        .fetch_all(&mut *store)
        .await?;
        for row in &rows {
            let name = ClientId::from(row.try_get::<String, _>("client_id")?);
            ahead.named.insert((users::id(row, "sender_id")?, name));
        }
        let pairs: HashSet<_> = asked.iter().map(|(sender, to, _)| ordered(sender, to)).collect();
        let rows = sqlx::query(
            "SELECT c.low, c.high FROM json_each(?) AS asked
             JOIN conversations c ON c.low = asked.value ->> 0 AND c.high = asked.value ->> 1",
        )
        .bind(text(&pairs)?)
        .fetch_all(store)
        .await?;
        for row in &rows {
            ahead.talking.insert((users::id(row, "low")?, users::id(row, "high")?));
        }
        Ok(ahead)
    }

    /// Each person's last event, of those whom it is about.
    pub(crate) fn last(&self) -> &HashMap<UserId, Seq> {
        &self.last
    }

    /// Somebody, as others see them; `None` where there is nobody.
    pub(crate) fn person(&self, id: &UserId) -> Option<&User> {
        self.people.get(id)
    }

    /// Whether a sender may have given this name to a message already.
    pub(crate) fn may_be_named(&self, sender: &UserId, name: &ClientId) -> bool {
        // SQLite's JSON does not tell a text with a zero in it from one that ends there.
        name.as_str().contains('\0') || self.named.contains(&(sender.clone(), name.clone()))
    }

    /// Whether two people have a conversation already.
    pub(crate) fn are_talking(&self, one: &UserId, other: &UserId) -> bool {
        let (low, high) = ordered(one, other);
        self.talking.contains(&(low.clone(), high.clone()))
    }

    /// A message was stored.
    pub(crate) fn stored(&mut self, sender: &UserId, to: &UserId, name: Option<&ClientId>) {
        if let Some(name) = name {
            self.named.insert((sender.clone(), name.clone()));
        }
        let (low, high) = ordered(sender, to);
        self.talking.insert((low.clone(), high.clone()));
    }
}

fn ordered<'a>(one: &'a UserId, other: &'a UserId) -> (&'a UserId, &'a UserId) {
    if one < other { (one, other) } else { (other, one) }
}

/// What `json_each` takes apart.
pub(super) fn text(rows: &impl Serialize) -> Result<String, sqlx::Error> {
    serde_json::to_string(rows).map_err(|error| sqlx::Error::Encode(error.into()))
}
