//! Who is in the pictures, and what the server keeps of them: written into the store of a server that does not run, with times that
//! are the same whenever it is done.

use std::path::Path;

use chinwag_e2e::{Account, Server};
use serde_json::{Value, json};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, Row, SqliteConnection};

use crate::stage::{NOW, Stage};
use crate::talks::{Line, TALKS};

const MINUTE: i64 = 60_000;

/// Who there is.
pub(crate) struct Cast {
    /// Who looks at the page.
    pub(crate) me: Account,
    /// The others, in the order of [`TALKS`].
    pub(crate) others: Vec<Account>,
}

impl Cast {
    /// The one with whom the talk of this name is.
    pub(crate) fn of(&self, talk: &str) -> &Account {
        let place = TALKS.iter().position(|known| known.name == talk);
        place.and_then(|place| self.others.get(place)).unwrap_or_else(|| panic!("no talk {talk}"))
    }

    /// They register with this server, have talked, and some of them are there.
    pub(crate) async fn at(stage: &Stage<'_>, server: &Server) -> Self {
        let register = |name: &str| Account::register(&server.url(), name);
        let cast = Self {
            me: register("Robin"),
            others: TALKS.iter().map(|talk| register(talk.with)).collect(),
        };
        cast.me.signs_in_elsewhere();
        server.stop().await;
        cast.have_talked(&server.data()).await;
        server.start().await;
        for (other, talk) in cast.others.iter().zip(&TALKS) {
            if talk.online {
                stage.keeps(other.is_online().await);
            }
        }
        cast
    }

    /// The same with the house's server.
    pub(crate) async fn here(stage: &Stage<'_>) -> Self {
        Self::at(stage, &stage.house.server).await
    }

    async fn have_talked(&self, data: &Path) {
        let options = SqliteConnectOptions::new().filename(data.join("chinwag.db"));
        let mut store = SqliteConnection::connect_with(&options).await.unwrap();
        let mut number = 0;
        for (other, talk) in self.others.iter().zip(&TALKS) {
            let lines = (talk.lines)();
            if lines.is_empty() {
                continue;
            }
            let (low, high) =
                if self.me.id < other.id { (&self.me, other) } else { (other, &self.me) };
            let insert =
                sqlx::query("INSERT INTO conversations (low, high) VALUES (?, ?) RETURNING id");
            let conversation = insert.bind(&low.id).bind(&high.id).fetch_one(&mut store).await;
            let conversation: i64 = conversation.unwrap().try_get("id").unwrap();
            let rows: Vec<Value> = lines
                .iter()
                .map(|line| {
                    number += 1;
                    self.row(other, line, number)
                })
                .collect();
            let insert = sqlx::query(
                "INSERT INTO messages
                   (created_at, id, conversation_id, sender_id, receiver_id, content, kind, delivered_at, read_at)
                 SELECT value ->> 0, value ->> 1, ?2, value ->> 2, value ->> 3, value ->> 4, 'text', value ->> 5, value ->> 6
                 FROM json_each(?1)",
            );
            let rows = serde_json::to_string(&rows).unwrap();
            insert.bind(rows).bind(conversation).execute(&mut store).await.unwrap();
        }
        // When somebody was signed in stays as it is: sessions of long ago have ended.
        let seen = sqlx::query("UPDATE users SET last_seen = ?").bind(NOW - 95 * MINUTE);
        seen.execute(&mut store).await.unwrap();
        store.close().await.unwrap();
    }

    fn row(&self, other: &Account, line: &Line, number: i64) -> Value {
        // No two at the same instant: it is what the store knows them by.
        let at = NOW - line.ago * MINUTE + number;
        let (from, to) = if line.mine { (&self.me, other) } else { (other, &self.me) };
        let delivered = line.delivered.then_some(at);
        let read = line.read.then_some(at);
        json!([at, format!("{at:024x}"), from.id, to.id, line.text, delivered, read])
    }
}
