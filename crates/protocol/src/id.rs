//! Identities as newtypes, so that the compiler tells a person from a message.

use std::fmt;
use std::sync::Arc;

use serde::{Serialize, Serializer};

macro_rules! identity {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        pub struct $name(#[cfg_attr(feature = "schema", schemars(length(min = 1)))] Arc<str>);

        impl $name {
            /// The identity as the wire spells it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.into())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text.into())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(&self.0)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }
    };
}

identity! {
    /// A person, as the server names them (`_id` of a user). Opaque: base servers use 24 hex digits.
    UserId
}

identity! {
    /// A stored message, as the server names it (`_id` or `messageId`). Opaque.
    MessageId
}

identity! {
    /// A message as its sender's client named it before any server knew of it (protocol §3, `idempotent_send`):
    /// a UUID in its usual spelling.
    ClientId
}

identity! {
    /// One of a person's sessions, as the server names it (protocol §3, `sessions`). It proves nothing: that is the
    /// token's.
    SessionId
}

identity! {
    /// One server's store of events. Numbers counted by another store mean nothing (protocol §3, `sync`).
    StoreId
}

/// The number of an event among all that one person was told, counted from 1 without holes (protocol §3, `sync`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Seq(pub u64);

impl Seq {
    /// The number of the event that follows.
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}
