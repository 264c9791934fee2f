//! The server's REST calls that the demo needs, as `protocol.md` describes them.

use std::collections::HashMap;

use anyhow::{Context, Result, bail};
use minreq::{Method, Request};
use serde_json::{Value, json};

use super::script::PASSWORD;

/// Somebody who is signed in.
#[derive(Debug, Clone)]
pub(super) struct Account {
    /// The server's name for this person.
    pub(super) id: String,
    /// What proves it.
    pub(super) token: String,
}

/// The server on this machine.
#[derive(Debug, Clone)]
pub(super) struct Api {
    base: String,
}

/// No conversation of the demo is longer than this many pages; a person who wrote on may have made it so.
const PAGES: usize = 50;
const PAGE: usize = 100;

impl Api {
    /// The server that listens on this port.
    pub(super) fn new(port: u16) -> Self {
        Self { base: format!("http://127.0.0.1:{port}/api") }
    }

    /// Signs in, and up before that where needed.
    pub(super) fn enter(&self, email: &str, username: &str) -> Result<Account> {
        let credentials = json!({ "email": email, "password": PASSWORD, "username": username });
        let data = match self.call(Method::Post, "/auth/login", None, Some(&credentials)) {
            Ok(data) => data,
            Err(refused) => {
                self.call(Method::Post, "/auth/register", None, Some(&credentials)).with_context(
                    || format!("neither signing in ({refused:#}) nor registering worked"),
                )?
            }
        };
        let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
        let id = text(data.get("user").and_then(|user| user.get("_id")))
            .context("the server names no user")?;
        Ok(Account { id, token: text(data.get("token")).context("the server gives no token")? })
    }

    /// All that two people have said: who, and what.
    pub(super) fn history(&self, account: &Account, other: &str) -> Result<Vec<(String, String)>> {
        let mut said = Vec::new();
        for page in 1..=PAGES {
            let path = format!("/messages/{other}?page={page}&limit={PAGE}");
            let data = self.call(Method::Get, &path, Some(account), None)?;
            let messages =
                data.get("messages").and_then(Value::as_array).cloned().unwrap_or_default();
            said.extend(messages.iter().filter_map(|message| {
                let sender = message.get("sender")?;
                let sender = sender.get("_id").unwrap_or(sender).as_str()?;
                Some((sender.to_owned(), message.get("content")?.as_str()?.to_owned()))
            }));
            let pages = data
                .get("pagination")
                .and_then(|pagination| pagination.get("pages"))
                .and_then(Value::as_u64);
            let is_last = pages.map_or(messages.len() < PAGE, |pages| page as u64 >= pages);
            if is_last || messages.is_empty() {
                break;
            }
        }
        Ok(said)
    }

    /// Says something to somebody.
    pub(super) fn say(&self, account: &Account, to: &str, content: &str) -> Result<()> {
        let message = json!({ "receiverId": to, "content": content });
        self.call(Method::Post, "/messages", Some(account), Some(&message)).map(drop)
    }

    /// Has read everything that somebody wrote.
    pub(super) fn mark_read(&self, account: &Account, from: &str) -> Result<()> {
        self.call(Method::Put, &format!("/messages/read/{from}"), Some(account), Some(&json!({})))
            .map(drop)
    }

    fn call(
        &self,
        method: Method,
        path: &str,
        account: Option<&Account>,
        body: Option<&Value>,
    ) -> Result<Value> {
        let mut request = Request::new(method, format!("{}{path}", self.base)).with_timeout(15);
        if let Some(account) = account {
            request = request.with_header("Authorization", format!("Bearer {}", account.token));
        }
        if let Some(body) = body {
            request =
                request.with_header("Content-Type", "application/json").with_body(body.to_string());
        }
        let response = request.send().context("the server does not answer")?;
        let answer = response
            .as_str()
            .ok()
            .and_then(|text| serde_json::from_str::<HashMap<String, Value>>(text).ok());
        let mut answer = answer.unwrap_or_default();
        if !(200..300).contains(&response.status_code) {
            let said = answer.get("message").and_then(Value::as_str).unwrap_or("no reason given");
            bail!("the server refused {path} ({}: {said})", response.status_code);
        }
        Ok(answer.remove("data").unwrap_or_default())
    }
}
