//! Values that no log may ever show: they print as dots.

use std::fmt;

use serde::{Serialize, Serializer};

macro_rules! secret {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        pub struct $name(#[cfg_attr(feature = "schema", schemars(length(min = 1)))] String);

        impl $name {
            /// The value itself, for the wire and for storage only.
            pub fn reveal(&self) -> &str {
                &self.0
            }
        }

        impl From<String> for $name {
            fn from(value: String) -> Self {
                Self(value)
            }
        }

        impl From<&str> for $name {
            fn from(value: &str) -> Self {
                Self(value.to_owned())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("•••")
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }
    };
}

secret! {
    /// What proves a session to the server: the `token` of a sign-in. Opaque.
    Token
}

secret! {
    /// A password on its way to the server.
    Password
}

/// A JSON text with the value of each `token` blanked, for a log. A text that is no JSON comes out as it is.
///
/// ```
/// # use chinwag_protocol::secret::without_tokens;
/// assert_eq!(without_tokens(r#"{"token": "abc", "n": 1}"#), r#"{"token": "•••", "n": 1}"#);
/// ```
pub fn without_tokens(json: &str) -> String {
    const NAME: &str = "\"token\"";
    let (mut rest, mut out) = (json, String::with_capacity(json.len()));
    while let Some((before, after)) = rest.split_once(NAME) {
        out.push_str(before);
        out.push_str(NAME);
        let value = after.trim_start().trim_start_matches(':').trim_start();
        let Some(text) = value.strip_prefix('"') else {
            rest = after;
            continue;
        };
        out.push_str(after.strip_suffix(value).unwrap_or_default());
        out.push_str("\"•••");
        rest = end_of_text(text);
    }
    out.push_str(rest);
    out
}

/// What follows a JSON text whose opening quote is gone, its closing quote included.
fn end_of_text(text: &str) -> &str {
    let mut escaped = false;
    let end = text.find(|c| {
        let end = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        end
    });
    end.and_then(|end| text.get(end..)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_token_is_blanked_and_nothing_else() {
        for (json, expected) in [
            (r#"{"token":"a\"b","x":"token"}"#, r#"{"token":"•••","x":"token"}"#),
            (r#"{"token" :\n"a","token":null}"#, r#"{"token" :\n"•••","token":null}"#),
            (r#"{"token":"cut off"#, r#"{"token":"•••"#),
            ("no JSON", "no JSON"),
            ("", ""),
        ] {
            let (json, expected) = (json.replace("\\n", "\n"), expected.replace("\\n", "\n"));
            assert_eq!(without_tokens(&json), expected, "{json}");
        }
    }

    #[test]
    fn a_secret_never_prints() {
        assert_eq!(format!("{:?}", Token::from("tok-123")), "•••");
        assert_eq!(format!("{:?}", Some(Password::from("hunter2"))), "Some(•••)");
    }
}
