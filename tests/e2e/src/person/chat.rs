//! The chat: people, the open conversation, its messages, and where one writes.

use std::time::Duration;

use fantoccini::key::Key;
use serde_json::{Value, json};

use super::{Person, expect_equal};

const FIELD: &str = "#composer";

const ROWS: &str = "
    const text = (row, part) => row.querySelector(part)?.textContent ?? '';
    return [...document.querySelectorAll('button.person')].map(row => ({
        name: text(row, '.person-name'),
        line: text(row, '.person-line'),
        unread: text(row, '.badge [aria-hidden]'),
        online: row.querySelector('.avatar-dot')?.dataset.online === 'true',
    }));
";

const MESSAGES: &str = "
    return [...document.querySelectorAll('.messages > .message')].map(row => ({
        text: row.querySelector('.content').textContent,
        own: row.dataset.own === 'true',
        state: row.dataset.state ?? null,
    }));
";

/// Keeps every state that each message of one's own is in, in order.
const WATCH: &str = "
    window.states = {};
    const look = () => {
        for (const row of document.querySelectorAll('.message[data-own=true]')) {
            const states = window.states[row.querySelector('.content').textContent] ??= [];
            if (states.at(-1) !== row.dataset.state) states.push(row.dataset.state);
        }
    };
    new MutationObserver(look).observe(document.body,
        { subtree: true, childList: true, attributes: true, attributeFilter: ['data-state'] });
";

/// Somebody in the list of people, as another sees them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// Their name.
    pub name: String,
    /// What stands below the name: the last message, or that they type, or how they stand.
    pub line: String,
    /// How many messages of theirs are not read, as the badge has it; empty without a badge.
    pub unread: String,
    /// Whether the dot says that they are online.
    pub online: bool,
}

/// One message in the open conversation.
#[derive(Debug)]
pub struct Bubble<'a> {
    person: &'a Person,
    text: String,
}

impl Person {
    /// Sees the chat, connected.
    pub async fn sees_the_chat(&self) {
        self.sees_element("[data-page=chat]", None).await;
        self.sees_element(".connection", "Connected").await;
    }

    /// Sees how the connection stands. After trouble this may take as long as the front-end waits between its tries.
    pub async fn sees_connection(&self, words: &str) {
        self.within(Duration::from_secs(40), words, async || {
            self.finds(".connection", Some(words)).await.map(drop)
        })
        .await;
    }

    /// Everybody in the list, from the top.
    pub async fn people(&self) -> Vec<Row> {
        let rows = self.asks(ROWS, vec![]).await;
        let text = |row: &Value, part: &str| row[part].as_str().unwrap_or_default().to_owned();
        let row = |row: &Value| Row {
            name: text(row, "name"),
            line: text(row, "line"),
            unread: text(row, "unread"),
            online: row["online"] == json!(true),
        };
        rows.as_array().into_iter().flatten().map(row).collect()
    }

    /// Sees somebody in the list who fits, whatever is said of them.
    pub async fn sees_person(&self, name: &str, what: &str, fits: impl Fn(&Row) -> bool) {
        self.until(&format!("{name} in the list with {what}"), async || {
            let people = self.people().await;
            let found = people.iter().any(|row| row.name == name && fits(row));
            if found { Ok(()) } else { Err(format!("the list is {people:#?}")) }
        })
        .await;
    }

    /// Sees so many unread messages at somebody's row; none where it is 0.
    pub async fn sees_unread(&self, name: &str, count: u32) {
        let badge = if count == 0 { String::new() } else { count.to_string() };
        self.sees_person(name, &format!("{count} unread"), |row| row.unread == badge).await;
    }

    /// Sees the names in the list, from the top.
    pub async fn sees_people(&self, names: &[&str]) {
        self.until("these people in the list", async || {
            let people = self.people().await;
            let is = people.iter().map(|row| row.name.as_str()).collect::<Vec<_>>();
            expect_equal(&is, &names.to_vec())
        })
        .await;
    }

    /// Opens the conversation with somebody.
    pub async fn opens(&self, name: &str) {
        self.clicks("button.person", name).await;
        self.sees_element(".conversation-name", name).await;
    }

    /// Writes without sending.
    pub async fn writes(&self, text: &str) {
        self.types_into(FIELD, text).await;
    }

    /// Writes a message and sends it with Enter.
    pub async fn says(&self, text: &str) {
        self.writes(text).await;
        self.presses(Key::Enter).await;
    }

    /// What stands in the field.
    pub async fn draft(&self) -> String {
        let text =
            self.asks("return document.querySelector(arguments[0]).value", vec![json!(FIELD)]);
        text.await.as_str().unwrap_or_default().to_owned()
    }

    /// Sees this text in the field.
    pub async fn sees_draft(&self, text: &str) {
        self.until("the text in the field", async || {
            expect_equal(&self.draft().await.as_str(), &text)
        })
        .await;
    }

    /// Sees that a message is there, once.
    pub async fn sees_message(&self, text: &str) {
        self.bubble(text).is_there_once().await;
    }

    /// Sees these messages and no others, from the oldest.
    pub async fn sees_messages(&self, texts: &[&str]) {
        self.until("these messages", async || {
            let messages = self.messages().await;
            let is = messages.iter().map(|message| message.0.as_str()).collect::<Vec<_>>();
            expect_equal(&is, &texts.to_vec())
        })
        .await;
    }

    /// The messages of the open conversation, from the oldest: the text, and the state of one's own.
    pub async fn messages(&self) -> Vec<(String, Option<String>)> {
        let messages = self.asks(MESSAGES, vec![]).await;
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let message = |row: &Value| {
            assert_eq!(row["own"] == json!(true), row["state"].is_string(), "{row}");
            (text(&row["text"]).unwrap_or_default(), text(&row["state"]))
        };
        messages.as_array().into_iter().flatten().map(message).collect()
    }

    /// A message by its text.
    pub fn bubble(&self, text: &str) -> Bubble<'_> {
        Bubble { person: self, text: text.to_owned() }
    }

    /// Watches the states of one's own messages from now on.
    pub async fn watches_states(&self) {
        self.asks(WATCH, vec![]).await;
    }

    /// Sees that somebody is typing, in the conversation and in the list.
    pub async fn sees_typing(&self, name: &str) {
        let words = format!("{name} is typing...");
        self.sees_element("p.typing", words.as_str()).await;
        self.sees_person(name, "the typing sign", |row| row.line == words).await;
    }

    /// Sees that nobody is typing any more.
    pub async fn sees_no_typing(&self) {
        self.does_not_see("is typing...").await;
    }

    /// Sees that nobody is chosen, and cannot write.
    pub async fn sees_nobody_chosen(&self) {
        self.sees("Select a user to start chatting").await;
        self.sees_element("#composer:disabled", "Select a user to chat").await;
    }

    /// Presses the button that signs out.
    pub async fn logs_out(&self) {
        self.presses_button("Logout").await;
    }
}

impl Bubble<'_> {
    /// It is there, once.
    pub async fn is_there_once(&self) {
        self.person
            .until(&format!("one message “{}”", self.text), async || {
                let messages = self.person.messages().await;
                let count = messages.iter().filter(|(text, _)| *text == self.text).count();
                if count == 1 { Ok(()) } else { Err(format!("the messages are {messages:#?}")) }
            })
            .await;
    }

    /// The state that it is in, where it is one's own.
    pub async fn state(&self) -> Option<String> {
        let messages = self.person.messages().await;
        messages.into_iter().find(|(text, _)| *text == self.text).and_then(|(_, state)| state)
    }

    /// It comes to this state.
    pub async fn becomes(&self, state: &str) {
        let what = format!("“{}” to be {state}", self.text);
        self.person
            .until(&what, async || expect_equal(&self.state().await.as_deref(), &Some(state)))
            .await;
    }

    /// It does not get beyond this state while one looks.
    pub async fn stays(&self, state: &str) {
        self.becomes(state).await;
        let look = async || expect_equal(&self.state().await.as_deref(), &Some(state));
        self.person.stays("a message's state", Duration::from_millis(700), look).await;
    }

    /// The states it was in since [`Person::watches_states`].
    pub async fn states(&self) -> Vec<String> {
        let script = "return window.states[arguments[0]] ?? []";
        let states = self.person.asks(script, vec![json!(self.text)]).await;
        let state = |state: &Value| state.as_str().unwrap_or_default().to_owned();
        states.as_array().into_iter().flatten().map(state).collect()
    }
}
