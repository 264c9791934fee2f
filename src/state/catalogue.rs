//! The words of the page in the person's language (`public/locales`, one file for each language).
//!
//! They come once, before anything is drawn, and stay what they are as long as the page does.

use std::cell::Cell;

use chinwag_protocol::Json;

thread_local! {
    static SPOKEN: Cell<Option<Catalogue>> = const { Cell::new(None) };
}

/// Which form of a word goes with so many (CLDR: `zero`, `one`, `two`, `few`, `many` or `other`).
pub type Plural = fn(u64) -> String;

#[derive(Clone, Copy)]
struct Catalogue {
    words: &'static Json<'static>,
    plural: Plural,
}

/// From now on the page speaks these words: a JSON object of texts by their keys. `false`, and no change, for anything else.
pub fn speak(words: String, plural: Plural) -> bool {
    // For as long as the page lives: a text of it is then as good as one that is written in the program.
    let Some(words) = Json::read(words.leak()).filter(|words| words.root().is_object()) else {
        return false;
    };
    SPOKEN.set(Some(Catalogue { words: Box::leak(Box::new(words)), plural }));
    true
}

/// The words of a key; the key itself where there are none.
pub fn text(key: &'static str) -> &'static str {
    find(key).unwrap_or(key)
}

/// The same with values in the places that it leaves open: `{name}`.
pub fn filled(key: &'static str, values: &[(&str, &str)]) -> String {
    fill(text(key), values)
}

/// The same for so many of something, in the form that goes with the number; `{count}` is the number.
pub fn counted(key: &'static str, count: u64) -> String {
    let form = SPOKEN.get().map(|spoken| (spoken.plural)(count)).unwrap_or_default();
    let words = find(&format!("{key}.{form}")).or_else(|| find(&format!("{key}.other")));
    fill(words.unwrap_or(key), &[("count", &count.to_string())])
}

fn find(key: &str) -> Option<&'static str> {
    SPOKEN.get()?.words.root().text(key)
}

fn fill(text: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        let value =
            values.iter().find(|(known, _)| *known == name).map_or(name, |(_, value)| value);
        // What is written from the other side must not turn the words around it (Unicode Bidirectional Algorithm, FSI and PDI).
        let apart = is_from_the_right(text) || is_from_the_right(value);
        let [open, close] = if apart { ["\u{2068}", "\u{2069}"] } else { [""; 2] };
        filled.extend([open, value, close]);
        rest = after;
    }
    filled.push_str(rest);
    filled
}

/// Whether there are letters of a script that is written from right to left: those from U+0580 to U+07FF, Hebrew, Arabic and their
/// neighbours, by the first byte of each in UTF-8.
fn is_from_the_right(text: &str) -> bool {
    text.bytes().any(|byte| matches!(byte, 0xd6..=0xdf))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: &str = r#"{
        "hello": "Hello {name}!", "plain": "Plain", "odd": "a {b", "both": "{one}{two} {three}",
        "apples.one": "{count} apple", "apples.other": "{count} apples"
    }"#;

    fn english(count: u64) -> String {
        if count == 1 { "one" } else { "few" }.to_owned()
    }

    #[test]
    fn words_are_found_by_their_keys() {
        assert_eq!(text("plain"), "plain", "nothing is spoken yet");
        assert!(speak(WORDS.to_owned(), english));
        assert_eq!((text("plain"), text("unheard.of")), ("Plain", "unheard.of"));
        for no_words in ["", "[]", "{"] {
            assert!(!speak(no_words.to_owned(), english), "{no_words}");
        }
        assert_eq!(text("plain"), "Plain");
    }

    #[test]
    fn open_places_are_filled() {
        speak(WORDS.to_owned(), english);
        assert_eq!(filled("hello", &[("name", "Ada {x}")]), "Hello Ada {x}!");
        assert_eq!(filled("both", &[("one", "1"), ("two", "2")]), "12 three");
        assert_eq!(filled("odd", &[]), "a b");
    }

    #[test]
    fn what_is_written_from_the_other_side_stands_for_itself() {
        speak(WORDS.to_owned(), english);
        assert_eq!(filled("hello", &[("name", "مريم")]), "Hello \u{2068}مريم\u{2069}!");
    }

    #[test]
    fn a_number_has_the_form_that_goes_with_it() {
        speak(WORDS.to_owned(), english);
        // A form that a language does not have apart is the general one.
        assert_eq!(
            [0, 1, 2].map(|count| counted("apples", count)),
            ["0 apples", "1 apple", "2 apples"]
        );
        assert_eq!(counted("pears", 2), "pears");
    }
}
