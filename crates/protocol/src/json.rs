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
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    /// The same as `serde_json` has it; fractions, which are not told apart, as one of them.
    fn value(json: JsonRef<'_>) -> Value {
        match json.0 {
            [] => panic!("nothing is no JSON"),
            [Node::Null, ..] => Value::Null,
            [Node::Bool(flag), ..] => (*flag).into(),
            [Node::Whole(number), ..] => (*number).into(),
            [Node::Negative(number), ..] => (*number).into(),
            [Node::Fraction, ..] => 0.5.into(),
            [Node::Text(text), ..] => text.as_ref().into(),
            [Node::List(_), inside @ ..] => Items(inside).map(value).collect(),
            [Node::Object(_), inside @ ..] => {
                let parts: Vec<JsonRef<'_>> = Items(inside).collect();
                parts
                    .chunks(2)
                    .map(|field| (field[0].as_text().unwrap().to_owned(), value(field[1])))
                    .collect()
            }
        }
    }

    fn read(text: &str) -> Option<Value> {
        Json::read(text).map(|json| value(json.root()))
    }

    /// What `serde_json` makes of a text.
    fn expected(text: &str) -> Option<Value> {
        fn without_fractions(value: Value) -> Value {
            match value {
                Value::Number(number) if !number.is_u64() && !number.is_i64() => 0.5.into(),
                Value::Array(list) => list.into_iter().map(without_fractions).collect(),
                Value::Object(fields) => fields
                    .into_iter()
                    .map(|(name, value)| (name, without_fractions(value)))
                    .collect(),
                value => value,
            }
        }
        let read = |text: &str| serde_json::from_str(text).ok();
        read(text).or_else(|| read(&surrogates::mend(text))).map(without_fractions)
    }

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
            assert_eq!(read(escaped), Some(json!(text)), "{escaped}");
        }
    }

    #[test]
    fn what_is_not_json_stays_so() {
        for text in
            ["", "\\", "\"\\", r"\ud83d", r#""\ud83d"#, r#""\ud83""#, r#""\ud8é""#, r#""\u+d83""#]
        {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn an_identity_is_the_first_filled_text_or_whole_number() {
        let text = json!({"empty": "", "text": "a", "number": 7, "large": u64::MAX, "below": -1,
            "half": 0.5, "flag": true, "null": null, "list": ["a"], "object": {"$oid": "a"}})
        .to_string();
        let json = Json::read(&text).unwrap();
        for (names, id) in [
            (&["text"] as &[_], Some("a")),
            (&["number"], Some("7")),
            (&["large"], Some("18446744073709551615")),
            (&["missing", "null", "text", "number"], Some("a")),
            (&["empty", "flag", "list", "object", "number", "text"], Some("7")),
            (&["empty", "below", "half", "flag", "null", "list", "object"], None),
            (&[], None),
        ] {
            let id = id.map(str::to_owned);
            assert_eq!(json.root().id::<String>(names), id, "{names:?}");
        }
    }

    #[test]
    fn a_text_without_escapes_is_borrowed() {
        let text = r#"{"plain": ["é👋", "\u00e9"]}"#;
        let json = Json::read(text).unwrap();
        let is_within = |part: &str| text.as_bytes().as_ptr_range().contains(&part.as_ptr());
        let mut list = json.root().list("plain").unwrap().map(|item| item.as_text().unwrap());
        assert!(is_within(list.next().unwrap()));
        let escaped = list.next().unwrap();
        assert_eq!((escaped, is_within(escaped), list.next()), ("é", false, None));
    }

    #[test]
    fn what_is_no_object_has_no_fields_and_what_is_no_list_no_items() {
        for text in ["null", "true", "1", "-1", "0.5", "\"a\"", "[\"a\", 1]", "{\"b\": 1}", "{}"] {
            let json = Json::read(text).unwrap();
            let root = json.root();
            assert_eq!((root.get("a"), root.list("a").is_none()), (None, true), "{text}");
            assert_eq!(root.as_list().is_some(), text.starts_with('['), "{text}");
            assert_eq!(root.is_object(), text.starts_with('{'), "{text}");
        }
        assert_eq!(JsonRef::default().get("a"), None);
    }

    #[test]
    fn nesting_ends_where_serde_json_ends_it() {
        for depth in [1, 126, 127, 128, 129, 1_000] {
            let text = format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
            assert_eq!(read(&text), expected(&text), "{depth}");
            assert_eq!(read(&text).is_some(), depth < 128, "{depth}");
        }
    }

    /// JSON as people and programs write it, with all that the grammar allows, and now and then what it does not.
    fn any_json() -> impl Strategy<Value = String> {
        let leaf = prop_oneof![
            "null|true|false|nul|NaN|Infinity",
            any::<i64>().prop_map(|number| number.to_string()),
            any::<u64>().prop_map(|number| number.to_string()),
            any::<f64>().prop_map(|number| number.to_string()),
            "-?(0|[1-9][0-9]{0,24})(\\.[0-9]{1,22})?([eE][+-]?[0-9]{1,3})?",
            r#""([a-c\\]|\\["\\/bfnrt]|\\u[dD][89abcdCD][0-9a-f]{2}|é|👋|\\u00[0-9a-f]{2})*""#,
            any::<String>().prop_map(|text| json!(text).to_string()),
        ];
        leaf.prop_recursive(6, 64, 6, |inner| {
            let name = prop_oneof!["\"[ab]\"", r#""\\u006[1-3]""#, Just("a".to_owned())];
            let space = "[ \t\r\n]{0,2}";
            let list = (proptest::collection::vec(inner.clone(), 0..6), space).prop_map(
                |(items, space)| format!("[{space}{}]", items.join(&format!("{space},"))),
            );
            let field = (name, space, inner)
                .prop_map(|(name, space, value)| format!("{name}{space}:{value}"));
            let object = proptest::collection::vec(field, 0..6)
                .prop_map(|fields| format!("{{{}}}", fields.join(",")));
            prop_oneof![list, object]
        })
    }

    proptest! {
        #[test]
        fn no_escape_makes_it_panic(text in r#"([\\u"dDcC89aé0👋])*"#) {
            let _ = read(&text);
            let _ = read(&format!("\"{text}\""));
        }

        #[test]
        fn every_text_of_escaped_units_is_read(units: Vec<u16>) {
            let escaped: String = units.iter().flat_map(|unit| [r"\u".to_owned(), format!("{unit:04x}")]).collect();
            let read = read(&format!("\"{escaped}\""));
            prop_assert_eq!(read, Some(json!(String::from_utf16_lossy(&units))));
        }

        #[test]
        fn every_text_is_read_as_serde_json_reads_it(
            json in any_json(),
            cuts: [proptest::sample::Index; 2],
            patch in "[{}\\[\\]\":,\\\\0e.-]{0,2}",
        ) {
            prop_assert_eq!(read(&json), expected(&json), "{}", json);
            // The same with a part of it missing, or something else in its place.
            let chars: Vec<char> = json.chars().collect();
            let [from, to] = cuts.map(|cut| cut.index(chars.len() + 1));
            let (from, to) = (from.min(to), from.max(to));
            let broken: String =
                chars[..from].iter().copied().chain(patch.chars()).chain(chars[to..].iter().copied()).collect();
            prop_assert_eq!(read(&broken), expected(&broken), "{}", broken);
        }

        #[test]
        fn a_field_is_found_as_serde_json_finds_it(json in any_json()) {
            let Some(Value::Object(fields)) = expected(&json) else { return Ok(()) };
            let ours = Json::read(&json).unwrap();
            for name in ["a", "b", "c"] {
                let theirs = fields.get(name).filter(|value| !value.is_null());
                let found = ours.root().get(name).map(value);
                prop_assert_eq!(found.as_ref(), theirs, "{}", json);
            }
        }
    }
}
