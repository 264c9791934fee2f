//! Reading JSON without trusting it: a missing or wrong field is `None`, never a failure of the whole.

use serde_json::{Map, Value};

use crate::time::Timestamp;

/// Reads JSON text; `None` for what is not JSON or is nested too deep (128 levels).
///
/// Half a surrogate pair (`"\ud83d"`, what a script sends that cuts a text in the middle of an emoji) becomes
/// U+FFFD, as browsers show it. It is no Unicode, and `serde_json` would refuse the whole text for it: one such
/// message would make a whole history unreadable.
pub(crate) fn json(text: &str) -> Option<Value> {
    serde_json::from_str(text).or_else(|_| serde_json::from_str(&mend_surrogates(text))).ok()
}

fn mend_surrogates(text: &str) -> String {
    /// The UTF-16 unit of a `\uXXXX` escape at the text's start.
    fn unit(text: &str) -> Option<u16> {
        u16::from_str_radix(text.strip_prefix("\\u")?.get(..4)?, 16).ok()
    }
    let mut mended = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        let (plain, escape) = rest.split_at(at);
        mended.push_str(plain);
        let second = escape.get(6..).and_then(unit);
        let (kept, length) = match (unit(escape), second) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => (&escape[..12], 12),
            (Some(0xD800..=0xDFFF), _) => ("\\ufffd", 6),
            // Any other escape: the backslash and the character that follows, be it another backslash.
            _ => {
                let length = escape.chars().take(2).map(char::len_utf8).sum();
                (&escape[..length], length)
            }
        };
        mended.push_str(kept);
        rest = &escape[length..];
    }
    mended + rest
}

/// The fields of one JSON object.
#[derive(Clone, Copy)]
pub(crate) struct Fields<'a>(&'a Map<String, Value>);

impl<'a> Fields<'a> {
    /// The fields of `value`, where it is an object.
    pub(crate) fn of(value: &'a Value) -> Option<Self> {
        value.as_object().map(Self)
    }

    /// A field as it is; `null` counts as missing.
    pub(crate) fn get(self, name: &str) -> Option<&'a Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// A text.
    pub(crate) fn text(self, name: &str) -> Option<&'a str> {
        self.get(name)?.as_str()
    }

    /// A text, or the empty one: the guide's default.
    pub(crate) fn text_or_empty(self, name: &str) -> String {
        self.text(name).unwrap_or_default().to_owned()
    }

    /// The first of these fields that holds an identity: a text that is not empty, or a whole number.
    pub(crate) fn id<T: From<String>>(self, names: &[&str]) -> Option<T> {
        names.iter().find_map(|name| {
            let text = match self.get(name)? {
                Value::String(text) if !text.is_empty() => text.clone(),
                // Through a whole number: a `Number` would bring the writing of fractions along.
                Value::Number(number) => number.as_u64()?.to_string(),
                _ => return None,
            };
            Some(T::from(text))
        })
    }

    /// A truth value.
    pub(crate) fn flag(self, name: &str) -> Option<bool> {
        self.get(name)?.as_bool()
    }

    /// A count: a whole number that is not negative.
    pub(crate) fn count(self, name: &str) -> Option<u64> {
        self.get(name)?.as_u64()
    }

    /// An instant.
    pub(crate) fn time(self, name: &str) -> Option<Timestamp> {
        self.get(name).and_then(Timestamp::read)
    }

    /// A nested object.
    pub(crate) fn object(self, name: &str) -> Option<Fields<'a>> {
        self.get(name).and_then(Fields::of)
    }

    /// A list.
    pub(crate) fn list(self, name: &str) -> Option<&'a [Value]> {
        self.get(name)?.as_array().map(Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn half_a_surrogate_pair_becomes_the_replacement_character() {
        for (escaped, text) in [
            (r#""\ud83d""#, "\u{fffd}"),
            (r#""\udc4b""#, "\u{fffd}"),
            (r#""\uD83D\uDC4B \uD83D""#, "👋 \u{fffd}"),
            (r#""\ud83d\ud83d\udc4b""#, "\u{fffd}👋"),
            (r#""\udc4b\ud83d""#, "\u{fffd}\u{fffd}"),
            (r#""\ud83d\n""#, "\u{fffd}\n"),
            (r#""\ud83d é""#, "\u{fffd} é"),
            (r#""\\ud83d \ud83d""#, "\\ud83d \u{fffd}"),
            (r#""\"\\\ud83d""#, "\"\\\u{fffd}"),
        ] {
            assert_eq!(json(escaped), Some(json!(text)), "{escaped}");
        }
    }

    #[test]
    fn what_is_not_json_stays_so() {
        for text in
            ["", "\\", "\"\\", r"\ud83d", r#""\ud83d"#, r#""\ud83""#, r#""\ud8é""#, r#""\u+d83""#]
        {
            assert_eq!(json(text), None, "{text}");
        }
    }

    #[test]
    fn an_identity_is_the_first_filled_text_or_whole_number() {
        let fields = json!({"empty": "", "text": "a", "number": 7, "large": u64::MAX, "below": -1,
            "half": 0.5, "flag": true, "null": null, "list": ["a"], "object": {"$oid": "a"}});
        let fields = Fields::of(&fields).unwrap();
        for (names, id) in [
            (&["text"] as &[_], Some("a")),
            (&["number"], Some("7")),
            (&["large"], Some("18446744073709551615")),
            (&["missing", "null", "text", "number"], Some("a")),
            (&["empty", "flag", "list", "object", "number", "text"], Some("7")),
            (&["empty", "below", "half", "flag", "null", "list", "object"], None),
            (&[], None),
        ] {
            assert_eq!(fields.id::<String>(names).as_deref(), id, "{names:?}");
        }
    }

    proptest! {
        #[test]
        fn mending_leaves_whole_json_as_it_is(text: String) {
            let written = json!([text]).to_string();
            prop_assert_eq!(mend_surrogates(&written), written);
        }

        #[test]
        fn no_escape_makes_it_panic(text in r#"([\\u"dDcC89aé0👋])*"#) {
            let _ = json(&text);
            let _ = json(&format!("\"{text}\""));
        }

        #[test]
        fn every_text_of_escaped_units_is_read(units: Vec<u16>) {
            let escaped: String = units.iter().flat_map(|unit| [r"\u".to_owned(), format!("{unit:04x}")]).collect();
            let read = json(&format!("\"{escaped}\""));
            prop_assert_eq!(read, Some(json!(String::from_utf16_lossy(&units))));
        }
    }
}
