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
            Value::Object(fields) => {
                fields.into_iter().map(|(name, value)| (name, without_fractions(value))).collect()
            }
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

#[test]
fn numbers_are_whole_or_not_and_too_large_as_serde_json_has_it() {
    let written = [
        "0",
        "-0",
        "1",
        "-1",
        "7.0",
        "0.5",
        "-0.5",
        "1e3",
        "1E+3",
        "1e-3",
        "1e308",
        "-1e308",
        "1e309",
        "1e400",
        "-1e400",
        "0e400",
        "0.0e400",
        "0.1e309",
        "0.00001e312",
        "10000e305",
        "1e-400",
        "1e99999999999999999999",
        "0e99999999999999999999",
        "1e-99999999999999999999",
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775808",
        "-9223372036854775809",
        "18446744073709551615",
        "18446744073709551616",
        "00",
        "01",
        "-01",
        "-",
        "+1",
        "1.",
        ".5",
        "1.e1",
        "1e",
        "1e+",
        "0x1",
        "1_0",
        "--1",
        "Infinity",
    ];
    let long = [308, 309, 310, 5_000].map(|length| "9".repeat(length));
    let small = format!("0.{}1", "0".repeat(5_000));
    let digits = long.iter().map(String::as_str).chain([small.as_str()]);
    for text in written.into_iter().chain(digits) {
        assert_eq!(read(text), expected(text), "{text}");
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
        let list = (proptest::collection::vec(inner.clone(), 0..6), space)
            .prop_map(|(items, space)| format!("[{space}{}]", items.join(&format!("{space},"))));
        let field =
            (name, space, inner).prop_map(|(name, space, value)| format!("{name}{space}:{value}"));
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
