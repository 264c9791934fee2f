//! Reading JSON without trusting it: a missing or wrong field is `None`, never a failure of the whole.

use serde_json::{Map, Value};

use crate::time::Timestamp;

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
                Value::Number(number) if number.is_u64() => number.to_string(),
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
