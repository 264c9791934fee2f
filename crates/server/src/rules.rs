//! What may be stored, and in what words anything else is refused (issue: validation with clear messages).
//!
//! Pure: no store, no network. What depends on other people (a taken name, an unknown receiver) is decided where
//! it can be decided without a race.

use chinwag_protocol::ClientId;
use chinwag_protocol::frame::CONTENT_CHARACTERS;
use unicode_normalization::UnicodeNormalization;

use crate::error::Error;

/// The fewest characters of a password (guide: sign-in form).
const PASSWORD_CHARACTERS: usize = 6;
/// The most bytes of a password: hashing more would only serve to keep the server busy.
const PASSWORD_BYTES: usize = 1_000;
/// The most bytes of an e-mail address (RFC 5321 §4.5.3.1.3, less the angle brackets).
const EMAIL_BYTES: usize = 254;

/// The most bytes of a client's name for a message: a UUID takes 36.
const CLIENT_ID_BYTES: usize = 64;

/// A text with the form by which it is compared, sorted and searched.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Keyed {
    /// As the person wrote it.
    pub(crate) text: String,
    /// Folded: see [`fold`].
    pub(crate) key: String,
}

impl Keyed {
    fn new(text: &str) -> Self {
        Self { text: text.to_owned(), key: fold(text) }
    }
}

/// Lower case in any script, and one spelling for what looks the same (NFC).
pub(crate) fn fold(text: &str) -> String {
    text.nfc().collect::<String>().to_lowercase().nfc().collect()
}

/// Characters that are not seen but change how a text reads: controls, bidirectional overrides, zero-width spaces.
/// The zero-width joiners stay: emoji and several scripts are written with them.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// A name: 3 to 30 characters once trimmed.
pub(crate) fn username(text: &str) -> Result<Keyed, Error> {
    let text = text.trim();
    if !(3..=30).contains(&text.chars().count()) {
        return Err(Error::refused("Username must be 3 to 30 characters"));
    }
    if text.chars().any(is_hidden) {
        return Err(Error::refused("Username has characters that cannot be seen"));
    }
    Ok(Keyed::new(text))
}

/// An e-mail address, by its shape. Whether it is read by anybody is not known here.
pub(crate) fn email(text: &str) -> Result<Keyed, Error> {
    let text = text.trim();
    let odd = |c: char| c.is_whitespace() || is_hidden(c) || "<>()[],;:\\\"".contains(c);
    let shaped = text.rsplit_once('@').is_some_and(|(local, domain)| {
        !local.is_empty()
            && !local.contains('@')
            && domain.contains('.')
            && domain.split('.').all(|label| !label.is_empty())
    });
    if !shaped || text.len() > EMAIL_BYTES || text.contains(odd) {
        return Err(Error::refused("Please enter a valid email"));
    }
    Ok(Keyed::new(text))
}

/// A password that may be set.
pub(crate) fn password(text: &str) -> Result<(), Error> {
    if text.chars().count() < PASSWORD_CHARACTERS {
        // The guide's words.
        return Err(Error::refused("Password must be at least 6 characters"));
    }
    if is_overlong_password(text) {
        return Err(Error::refused("Password must be at most 1,000 bytes"));
    }
    Ok(())
}

/// Whether a password is too long to have ever been set, so that a login need not hash it.
pub(crate) fn is_overlong_password(text: &str) -> bool {
    text.len() > PASSWORD_BYTES
}

/// A message's text: 1 to 10,000 characters, not white space alone, otherwise exactly as it was written.
pub(crate) fn content(text: &str) -> Result<(), Error> {
    if text.trim().is_empty() {
        return Err(Error::refused("Message is empty"));
    }
    if text.chars().count() > CONTENT_CHARACTERS {
        return Err(Error::refused("Message is longer than 10,000 characters"));
    }
    Ok(())
}

/// A message's kind: a short word such as `text`. Which words mean something is between the clients.
pub(crate) fn message_type(text: &str) -> Result<(), Error> {
    let letters = text.bytes().all(|byte| byte.is_ascii_lowercase() || b"_-".contains(&byte));
    if letters && (1..=20).contains(&text.len()) {
        Ok(())
    } else {
        Err(Error::refused("Invalid message type"))
    }
}

/// A client's name for a message (protocol §3, `idempotent_send`).
pub(crate) fn client_id(id: &ClientId) -> Result<(), Error> {
    if (1..=CLIENT_ID_BYTES).contains(&id.as_str().len()) {
        Ok(())
    } else {
        Err(Error::refused("Invalid clientMessageId"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
        result.map_or_else(|error| error.to_string(), |_| String::new())
    }

    #[test]
    fn names_are_trimmed_and_compared_without_case_or_spelling() {
        let name = username("  BÉLA ").unwrap();
        assert_eq!((name.text.as_str(), name.key.as_str()), ("BÉLA", "béla"));
        assert_eq!(username("be\u{301}la").unwrap().key, name.key);
        assert_eq!(username("👩‍👩‍👧").unwrap().text, "👩‍👩‍👧");
        assert_eq!(username(&"ß".repeat(30)).unwrap().text.chars().count(), 30);
    }

    #[test]
    fn names_that_would_confuse_are_refused() {
        for name in ["", "ab", " ab ", &"x".repeat(31)] {
            assert_eq!(words(username(name)), "Username must be 3 to 30 characters", "{name}");
        }
        for name in ["a\nb", "a\u{0}b", "ab\u{202e}c", "ada\u{200b}", "a\u{2028}b"] {
            assert!(words(username(name)).contains("cannot be seen"), "{name:?}");
        }
    }

    #[test]
    fn addresses_are_judged_by_shape() {
        for good in ["ada@example.org", "a+b@x.co", "Ünal@exämple.org", "o'neil@a.b.c"] {
            assert_eq!(words(email(good)), "", "{good}");
        }
        assert_eq!(email(" Ada@Example.ORG ").unwrap().key, "ada@example.org");
        let long = format!("{}@example.org", "a".repeat(250));
        for bad in [
            "",
            "ada",
            "@x.org",
            "ada@",
            "ada@x",
            "a@b@c.org",
            "a b@c.org",
            "a@.org",
            "a@b..c",
            &long,
        ] {
            assert_eq!(words(email(bad)), "Please enter a valid email", "{bad}");
        }
    }

    #[test]
    fn contents_are_counted_in_characters() {
        assert_eq!(words(content(&"👋".repeat(10_000))), "");
        assert!(words(content(&"👋".repeat(10_001))).contains("10,000"));
        for blank in ["", " ", "\n\t\u{3000}"] {
            assert_eq!(words(content(blank)), "Message is empty");
        }
    }

    #[test]
    fn passwords_and_kinds_have_bounds() {
        assert_eq!(words(password("12345")), "Password must be at least 6 characters");
        assert_eq!(words(password("ééé")), "Password must be at least 6 characters");
        assert_eq!(words(password(&"x".repeat(1_000))), "");
        assert!(words(password(&"x".repeat(1_001))).contains("1,000"));
        assert_eq!(words(message_type("text")), "");
        for kind in ["", "Text", "a b", &"x".repeat(21)] {
            assert_eq!(words(message_type(kind)), "Invalid message type", "{kind}");
        }
        assert_eq!(words(client_id(&"é".repeat(32).into())), "");
        for id in ["", &"é".repeat(33)] {
            assert_eq!(words(client_id(&id.into())), "Invalid clientMessageId", "{id}");
        }
    }
}
