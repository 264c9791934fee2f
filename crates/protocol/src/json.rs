//! Reading JSON without trusting it: a missing or wrong field is `None`, never a failure of the whole.

mod node;
mod surrogates;

use std::borrow::Cow;

use crate::time::Timestamp;
use node::{Node, nodes, owned_nodes};

/// A JSON text that was read, or one field of it. It borrows from the text whatever that spells without escapes.
#[derive(Clone, Debug)]
pub struct Json<'a> {
    nodes: Vec<Node<'a>>,
    /// The field that is meant, where it is not the whole.
    field: Option<&'static str>,
}

impl<'a> Json<'a> {
    /// Reads JSON text; `None` for what is not JSON or is nested too deep (128 levels).
    ///
    /// Half a surrogate pair (`"\ud83d"`, what a script sends that cuts a text in the middle of an emoji) becomes
    /// U+FFFD, as browsers show it. It is no Unicode, and `serde_json` would refuse the whole text for it: one such
    /// message would make a whole history unreadable.
    ///
    /// ```
    /// # use chinwag_protocol::Json;
    /// let json = Json::read(r#"{"name": "ada", "age": null, "age": 36}"#).unwrap();
    /// assert_eq!((json.root().text("name"), json.root().count("age")), (Some("ada"), Some(36)));
    /// assert_eq!(Json::read("{"), None);
    /// ```
    pub fn read(text: &'a str) -> Option<Self> {
        let nodes = nodes(text).or_else(|| owned_nodes(&surrogates::mend(text)))?;
        Some(Self { nodes, field: None })
    }

    /// An object without fields.
    pub(crate) fn empty() -> Self {
        Self { nodes: vec![Node::Object(0)], field: None }
    }

    /// One field of it alone.
    pub(crate) fn into_field(self, name: &'static str) -> Self {
        Self { field: Some(name), ..self }
    }

    /// The value that the text spells.
    pub fn root(&self) -> JsonRef<'_> {
        let whole = JsonRef(&self.nodes);
        self.field.map_or(Some(whole), |name| whole.get(name)).unwrap_or_default()
    }
}

impl PartialEq for Json<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.root() == other.root()
    }
}

impl Eq for Json<'_> {}

/// A value somewhere in a JSON text.
///
/// What is asked for by name is looked for among its fields; what is no object has none. `null` counts as missing,
/// and of two fields of one name the last counts, as in browsers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JsonRef<'j>(&'j [Node<'j>]);

impl<'j> JsonRef<'j> {
    /// Whether it is an object.
    pub fn is_object(self) -> bool {
        matches!(self.0, [Node::Object(_), ..])
    }

    /// The value, where it is a text.
    pub fn as_text(self) -> Option<&'j str> {
        match self.0 {
            [Node::Text(text), ..] => Some(text),
            _ => None,
        }
    }

    /// The value, where it is a truth value.
    pub fn as_flag(self) -> Option<bool> {
        match self.0 {
            [Node::Bool(flag), ..] => Some(*flag),
            _ => None,
        }
    }

    /// The value, where it is a whole number that is not negative.
    pub fn as_count(self) -> Option<u64> {
        match self.0 {
            [Node::Whole(number), ..] => Some(*number),
            _ => None,
        }
    }

    /// The value, where it is a whole number.
    pub fn as_whole(self) -> Option<i64> {
        match self.0 {
            [Node::Whole(number), ..] => i64::try_from(*number).ok(),
            [Node::Negative(number), ..] => Some(*number),
            _ => None,
        }
    }

    /// The values in it, where it is a list.
    pub fn as_list(self) -> Option<Items<'j>> {
        match self.0 {
            [Node::List(_), inside @ ..] => Some(Items(inside)),
            _ => None,
        }
    }

    /// A field as it is.
    pub fn get(self, name: &str) -> Option<Self> {
        let [Node::Object(_), fields @ ..] = self.0 else { return None };
        let (mut fields, mut last) = (fields, None);
        while let [Node::Text(key), value @ ..] = fields {
            let (value, rest) = value.split_at_checked(value.first()?.length())?;
            // Most names differ in length: no call for them.
            if key.len() == name.len() && key.as_ref() == name {
                last = Some(value);
            }
            fields = rest;
        }
        last.filter(|value| !matches!(value, [Node::Null])).map(Self)
    }

    /// A text.
    pub fn text(self, name: &str) -> Option<&'j str> {
        self.get(name)?.as_text()
    }

    /// A text that says something.
    pub(crate) fn filled(self, name: &str) -> Option<&'j str> {
        self.text(name).filter(|text| !text.is_empty())
    }

    /// A text, or the empty one: the guide's default.
    pub(crate) fn text_or_empty(self, name: &str) -> String {
        self.text(name).unwrap_or_default().to_owned()
    }

    /// The value, where it is an identity: a text that is not empty, or a whole number.
    pub(crate) fn as_id<T: for<'t> From<&'t str>>(self) -> Option<T> {
        self.spelled().as_deref().map(T::from)
    }

    /// The first of these fields that holds an identity.
    pub(crate) fn id<T: for<'t> From<&'t str>>(self, names: &[&str]) -> Option<T> {
        self.first_spelled(names).as_deref().map(T::from)
    }

    fn first_spelled(self, names: &[&str]) -> Option<Cow<'j, str>> {
        names.iter().find_map(|name| self.get(name)?.spelled())
    }

    fn spelled(self) -> Option<Cow<'j, str>> {
        match self.0 {
            [Node::Text(text), ..] if !text.is_empty() => Some(Cow::Borrowed(&**text)),
            [Node::Whole(number), ..] => Some(Cow::Owned(number.to_string())),
            _ => None,
        }
    }

    /// A truth value.
    pub fn flag(self, name: &str) -> Option<bool> {
        self.get(name)?.as_flag()
    }

    /// A count: a whole number that is not negative.
    pub fn count(self, name: &str) -> Option<u64> {
        self.get(name)?.as_count()
    }

    /// A whole number.
    pub fn whole(self, name: &str) -> Option<i64> {
        self.get(name)?.as_whole()
    }

    /// An instant.
    pub(crate) fn time(self, name: &str) -> Option<Timestamp> {
        Timestamp::read(self.get(name)?)
    }

    /// A nested object.
    pub fn object(self, name: &str) -> Option<Self> {
        self.get(name).filter(|value| value.is_object())
    }

    /// A list.
    pub fn list(self, name: &str) -> Option<Items<'j>> {
        self.get(name)?.as_list()
    }
}

/// The values of a list.
#[derive(Clone, Debug, Default)]
pub struct Items<'j>(&'j [Node<'j>]);

impl<'j> Iterator for Items<'j> {
    type Item = JsonRef<'j>;

    fn next(&mut self) -> Option<JsonRef<'j>> {
        let (item, rest) = self.0.split_at_checked(self.0.first()?.length())?;
        self.0 = rest;
        Some(JsonRef(item))
    }
}

#[cfg(test)]
mod tests;
