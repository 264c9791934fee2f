//! What is kept on disk for a person, beside the token: messages that wait and texts that were being written.
//!
//! One value each, under a key that begins with the person, so that nobody is ever shown another's.

use chinwag_protocol::call::escape;
use chinwag_protocol::{Json, UserId};
use serde::Serialize;

use crate::effect::Write;
use crate::outbox::Record;

/// How the keys of all that is kept for a person begin.
pub(crate) fn prefix(person: &UserId) -> String {
    format!("{}/", escape(person.as_str()))
}

/// A value that was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    /// A message of the outbox.
    Message(Record),
    /// A text that was being written.
    Draft {
        /// To whom.
        with: UserId,
        /// The text.
        text: String,
    },
}

#[derive(Serialize)]
struct Draft<'a> {
    with: &'a UserId,
    draft: &'a str,
}

impl Kept {
    /// Reads a value; `None` for what is none, such as one of a later version.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let json = Json::read(text)?;
        let value = json.root();
        if let Some(text) = value.text("draft") {
            let with = value.text("with")?.into();
            return Some(Self::Draft { with, text: text.to_owned() });
        }
        Record::read(value).map(Self::Message)
    }
}

/// Keeps what is being written to somebody, or forgets it where that is nothing.
pub(crate) fn draft(person: &UserId, with: &UserId, text: &str) -> Write {
    let draft = Draft { with, draft: text };
    Write {
        key: format!("{}draft/{}", prefix(person), escape(with.as_str())),
        value: (!text.is_empty()).then(|| serde_json::to_string(&draft).unwrap_or_default()),
    }
}
