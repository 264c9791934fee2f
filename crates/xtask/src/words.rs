//! The words of the page as a check: all of them are in the catalogue, in every language, and none in the components.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::fingerprint;
use crate::layers::texts;
use crate::project::Project;

/// Where the words are, one file for each language.
const CATALOGUE: &str = "public/locales";
/// The languages, and the forms that a word with a number has in them (CLDR, cardinals).
const LANGUAGES: [(&str, &[&str]); 5] = [
    ("en", &["one", "other"]),
    ("ar", &["zero", "one", "two", "few", "many", "other"]),
    ("de", &["one", "other"]),
    ("es", &["one", "many", "other"]),
    ("zh", &["other"]),
];
/// Where words are shown.
const SOURCES: [&str; 2] = ["src/ui", "src/state"];
/// The same, single files.
const FILES: [&str; 2] = ["src/app.rs", "src/state.rs"];
/// What the page says before there is a program, or when that has stopped.
const SCRIPT: &str = "src/start.js";
/// Names, of keys and of the chat itself: they are the same in every language.
const NAMES: [&str; 3] = ["Enter", "Escape", "Chinwag"];
/// What the browser calls keys (UI Events). As a whole: a sentence about a key has another name for it in each language.
const KEYS: [&str; 13] = [
    "Alt",
    "ArrowDown",
    "ArrowLeft",
    "ArrowRight",
    "ArrowUp",
    "Control",
    "End",
    "Home",
    "KeyK",
    "Meta",
    "PageDown",
    "PageUp",
    "Tab",
];
/// Those who say words by their key.
const SPEAKERS: [&str; 3] = ["text", "filled", "counted"];

/// The languages that the page speaks.
pub(crate) fn languages() -> impl Iterator<Item = &'static str> {
    LANGUAGES.iter().map(|(language, _)| *language)
}

type Words = BTreeMap<String, String>;

/// Fails with a list of all words that are missing, left over, or not where they belong.
pub(crate) fn check(project: &Project) -> Result<()> {
    let mut wrong = Vec::new();
    let mut languages = BTreeMap::new();
    for (language, _) in LANGUAGES {
        let path = project.root.join(CATALOGUE).join(format!("{language}.json"));
        let text = fs::read_to_string(&path).with_context(|| format!("{}", path.display()))?;
        let words: Words =
            serde_json::from_str(&text).with_context(|| format!("{}", path.display()))?;
        languages.insert(language, words);
    }
    for (language, forms) in LANGUAGES {
        wrong.extend(compared(language, forms, &languages[language], &languages["en"]));
    }
    let keys = keys(&languages["en"]);
    let mut used = BTreeSet::new();
    for (name, text) in sources(&project.root)? {
        let (said, complaints) = judged(&name, &text, &keys);
        used.extend(said);
        wrong.extend(complaints);
    }
    let script = fs::read_to_string(project.root.join(SCRIPT)).context(SCRIPT)?;
    used.extend(keys.iter().filter(|key| script.contains(&format!("\"{key}\""))).cloned());
    wrong.extend(keys.difference(&used).map(|key| format!("{key}: nobody says it")));
    if wrong.is_empty() {
        println!("{} texts, in {} languages.", keys.len(), LANGUAGES.len());
        return Ok(());
    }
    bail!("{} word(s) are not as they should be:\n  {}", wrong.len(), wrong.join("\n  "))
}

fn sources(root: &Path) -> Result<Vec<(String, String)>> {
    let mut names: Vec<String> = FILES.map(str::to_owned).into();
    for folder in SOURCES {
        for file in fingerprint::files(&root.join(folder), &|_| true)? {
            names.push(format!("{folder}/{}", file.to_string_lossy().replace('\\', "/")));
        }
    }
    let read = |name: String| {
        let text = fs::read_to_string(root.join(&name)).with_context(|| name.clone())?;
        Ok((name, text))
    };
    names.into_iter().map(read).collect()
}

/// `unread.one` is the form `one` of `unread`.
fn without_form(key: &str) -> (&str, Option<&str>) {
    match key.rsplit_once('.') {
        Some((base, form)) if LANGUAGES[1].1.contains(&form) => (base, Some(form)),
        _ => (key, None),
    }
}

fn keys(words: &Words) -> BTreeSet<String> {
    words.keys().map(|key| without_form(key).0.to_owned()).collect()
}

/// The open places of a text: `{name}`.
fn places(text: &str) -> BTreeSet<&str> {
    let parts = text.split('{').skip(1);
    parts.filter_map(|part| part.split_once('}').map(|(name, _)| name)).collect()
}

/// What is wrong with a language beside English.
fn compared(language: &str, forms: &[&str], words: &Words, english: &Words) -> Vec<String> {
    let mut wrong = Vec::new();
    let (own, all) = (keys(words), keys(english));
    wrong.extend(all.difference(&own).map(|key| format!("{language}: {key} is missing")));
    wrong.extend(own.difference(&all).map(|key| format!("{language}: {key} is in no English")));
    for key in own.intersection(&all) {
        let counted = english.contains_key(&format!("{key}.other"));
        let wanted: BTreeSet<String> = if counted {
            forms.iter().map(|form| format!("{key}.{form}")).collect()
        } else {
            [key.clone()].into()
        };
        let found: BTreeSet<String> =
            words.keys().filter(|found| without_form(found).0 == key).cloned().collect();
        if found != wanted {
            wrong.push(format!("{language}: {found:?} instead of {wanted:?}"));
            continue;
        }
        let model = &english[if counted { format!("{key}.other") } else { key.clone() }.as_str()];
        for name in &found {
            let text = &words[name];
            let (own, model) = (places(text), places(model));
            // “One message” may do without the number.
            let fits = if counted { own.is_subset(&model) } else { own == model };
            if !fits || text.trim().is_empty() {
                wrong.push(format!("{language}: {name} does not fit the English: “{text}”"));
            }
        }
    }
    wrong
}

/// The keys that a source says, and what is wrong with its texts.
fn judged(name: &str, text: &str, keys: &BTreeSet<String>) -> (BTreeSet<String>, Vec<String>) {
    let (mut said, mut wrong) = (BTreeSet::new(), Vec::new());
    for (line, before, text) in texts(text) {
        if keys.contains(&text) {
            said.insert(text);
        } else if SPEAKERS.contains(&before.as_str()) || is_key(&text) {
            wrong.push(format!("{name}:{line}: there are no words for “{text}”"));
        } else if is_said(&text) {
            wrong.push(format!("{name}:{line}: “{text}” belongs into the catalogue"));
        }
    }
    (said, wrong)
}

/// Whether a text has the look of a key.
fn is_key(text: &str) -> bool {
    let plain = |part: &str| {
        !part.is_empty() && part.chars().all(|letter| letter.is_ascii_lowercase() || letter == '-')
    };
    text.contains('.') && text.split('.').all(plain)
}

/// Whether a text is meant to be read: there is a word with a capital in it, or one with room beside it.
fn is_said(text: &str) -> bool {
    let mut words = text.split(|letter: char| !letter.is_alphabetic());
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().is_some_and(char::is_uppercase)
            && letters.next().is_some_and(char::is_lowercase)
            && !NAMES.contains(&word)
    };
    words.any(capital) && !KEYS.contains(&text)
        || text.trim() != text && text.chars().any(char::is_alphabetic)
        || text.contains('…')
}

#[cfg(test)]
mod tests {
    use super::{Words, compared, is_said, judged, keys};

    fn words(list: &[(&str, &str)]) -> Words {
        list.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned())).collect()
    }

    #[test]
    fn a_language_lacks_nothing_and_has_nothing_of_its_own() {
        let english = words(&[
            ("hello", "Hello {name}"),
            ("unread.one", "{count} new"),
            ("unread.other", "{count} new"),
        ]);
        let good = words(&[("hello", "{name}，你好"), ("unread.other", "{count} 条")]);
        assert_eq!(compared("zh", &["other"], &good, &english), Vec::<String>::new());
        for bad in [
            words(&[("hello", "{name}，你好")]),
            words(&[("hello", "你好"), ("unread.other", "{count} 条")]),
            words(&[("hello", " {name} "), ("unread.other", "")]),
            words(&[("hello", "{name}"), ("unread.other", "1"), ("more", "x")]),
            words(&[("hello", "{name}"), ("unread.one", "1"), ("unread.other", "1")]),
        ] {
            assert_eq!(compared("zh", &["other"], &bad, &english).len(), 1, "{bad:?}");
        }
    }

    #[test]
    fn a_component_says_nothing_of_its_own() {
        let keys = keys(&words(&[("hello", "Hello"), ("unread.one", "1"), ("unread.other", "2")]));
        let source = r#"
            // "A comment"
            view! { <p class="button small" d="M4 6h16">{text("hello")}{counted("unread", 2)}</p> }
            if key == "Escape" { "sent" }
            #[cfg(test)]
            mod tests { const X: &str = "Some text"; }
        "#;
        let (said, wrong) = judged("a.rs", source, &keys);
        assert_eq!((said, wrong), (keys.clone(), vec![]));
        for bad in [
            r#"<p>"Hello there"</p>"#,
            r#"text("helo")"#,
            r#"match x { 1 => "unread.more" }"#,
            r#"" new""#,
            r##"r#"Raw words"#"##,
        ] {
            assert_eq!(judged("a.rs", bad, &keys).1.len(), 1, "{bad}");
        }
    }

    #[test]
    fn a_text_is_told_from_a_name_for_a_style_sheet() {
        for said in ["Logout", "Type a message...", "You: ", " new", "loading…", "Über", "Page Up"]
        {
            assert!(is_said(said), "{said}");
        }
        for not in [
            "tool back",
            "M9 11a3.5 3.5",
            "viewBox",
            "Escape",
            "https://",
            "99+",
            ": ",
            " ",
            "PageUp",
        ] {
            assert!(!is_said(not), "{not}");
        }
    }
}
