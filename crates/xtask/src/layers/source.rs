//! Rust source read as text: the paths that a file names, comments, strings and tests left out.
//!
//! This is no parser of Rust: it knows words, `::`, and the trees of `use`, and what it cannot make out it skips.

use super::tokens::{Kind, Token, is_mark, tokens};

/// A path that a file names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    /// Its segments. `self` and `super` are resolved, so that the path starts with `crate` or a crate's name.
    pub(super) segments: Vec<String>,
    /// The line it stands on.
    pub(super) line: usize,
}

/// Whether a file holds tests alone.
pub(super) fn is_test(file: &str) -> bool {
    file.split('/').any(|part| matches!(part, "tests" | "tests.rs") || part.ends_with("_tests.rs"))
}

/// All paths of a file, also those of one word.
pub(super) fn paths(text: &str, file: &str) -> Vec<Named> {
    let tokens = without_tests(&tokens(text));
    let module = module_of(file);
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        match &token.kind {
            // `use<'a>` in a type is no import.
            Kind::Word(word) if word == "use" && !is_mark(tokens.get(at + 1), '<') => {
                at = use_tree(&tokens, at + 1, &[], &mut found);
            }
            Kind::Word(_) => at = plain_path(&tokens, at, &mut found),
            Kind::Mark(_) | Kind::Text(_) => at += 1,
        }
    }
    for named in &mut found {
        named.segments = resolved(std::mem::take(&mut named.segments), &module);
    }
    found
}

/// All texts of a file: the line of each, the word that it is given to (`text` in `text("…")`), if any, and what it says.
pub(super) fn texts(text: &str) -> Vec<(usize, String, String)> {
    let tokens = without_tests(&tokens(text));
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let Kind::Text(text) = &token.kind else { continue };
        let called = at >= 2 && is_mark(tokens.get(at - 1), '(');
        let word = called.then(|| tokens[at - 2].word()).flatten().unwrap_or_default();
        found.push((token.line, word.to_owned(), text.clone()));
    }
    found
}

/// `ui/chat.rs` is the module `crate::ui::chat`.
fn module_of(file: &str) -> Vec<String> {
    let mut module = vec!["crate".to_owned()];
    let stem = file.strip_suffix(".rs").unwrap_or(file);
    let parts = stem.split('/').filter(|part| !matches!(*part, "main" | "lib" | "mod"));
    module.extend(parts.map(str::to_owned));
    module
}

fn resolved(path: Vec<String>, module: &[String]) -> Vec<String> {
    let mut base = match path.first().map(String::as_str) {
        Some("self") if path.len() > 1 => module.to_vec(),
        Some("super") => module.to_vec(),
        _ => return path,
    };
    let mut rest = path.into_iter().peekable();
    rest.next_if(|segment| segment == "self");
    while rest.next_if(|segment| segment == "super").is_some() {
        if base.len() > 1 {
            base.pop();
        }
    }
    base.extend(rest);
    base
}

/// Reads `a::b::{c, d::*}` up to its end and returns where the reading goes on.
fn use_tree(tokens: &[Token], mut at: usize, before: &[String], found: &mut Vec<Named>) -> usize {
    let mut path = before.to_vec();
    let mut line = tokens.get(at).map_or(0, |token| token.line);
    while let Some(token) = tokens.get(at) {
        match &token.kind {
            Kind::Word(word) if word == "as" => at += 2,
            Kind::Word(word) => {
                line = token.line;
                path.push(word.clone());
                at += 1;
            }
            Kind::Mark(':') => at += 1,
            Kind::Mark('*') => {
                at += 1;
            }
            Kind::Mark('{') => {
                at += 1;
                while !is_mark(tokens.get(at), '}') && at < tokens.len() {
                    at = use_tree(tokens, at, &path, found);
                    if is_mark(tokens.get(at), ',') {
                        at += 1;
                    }
                }
                return at + 1;
            }
            Kind::Mark(_) | Kind::Text(_) => break,
        }
    }
    // `{self}` names what stands before it.
    if path.len() > before.len()
        && before.last().is_some()
        && path.last().is_some_and(|last| last == "self")
    {
        path.pop();
    }
    if !path.is_empty() {
        found.push(Named { segments: path, line });
    }
    // Something that is no `use` at all must not stop the reading.
    if matches!(tokens.get(at).map(|token| &token.kind), Some(Kind::Mark(',' | '}' | ';'))) {
        at
    } else {
        at + 1
    }
}

fn plain_path(tokens: &[Token], mut at: usize, found: &mut Vec<Named>) -> usize {
    let mut segments = Vec::new();
    let line = tokens[at].line;
    while let Some(Token { kind: Kind::Word(word), .. }) = tokens.get(at) {
        segments.push(word.clone());
        at += 1;
        if is_mark(tokens.get(at), ':') && is_mark(tokens.get(at + 1), ':') {
            at += 2;
        } else {
            break;
        }
    }
    found.push(Named { segments, line });
    at
}

/// Leaves out every item under `#[cfg(test)]`.
fn without_tests(tokens: &[Token]) -> Vec<Token> {
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if let Some(end) = attribute(tokens, at) {
            let words: Vec<&str> = tokens[at..end].iter().filter_map(Token::word).collect();
            let is_test = words.first() == Some(&"cfg")
                && words.contains(&"test")
                && !words.windows(2).any(|pair| pair == ["not", "test"]);
            at = if is_test { after_item(tokens, end) } else { end };
        } else {
            kept.push(tokens[at].clone());
            at += 1;
        }
    }
    kept
}

/// The end of `#[...]` or `#![...]`, if one starts here.
fn attribute(tokens: &[Token], at: usize) -> Option<usize> {
    if !is_mark(tokens.get(at), '#') {
        return None;
    }
    let open = if is_mark(tokens.get(at + 1), '!') { at + 2 } else { at + 1 };
    is_mark(tokens.get(open), '[').then(|| after_brackets(tokens, open))
}

fn after_item(tokens: &[Token], mut at: usize) -> usize {
    while let Some(end) = attribute(tokens, at) {
        at = end;
    }
    while at < tokens.len() {
        match tokens[at].kind {
            Kind::Mark(';' | ',') => return at + 1,
            Kind::Mark('{') => return after_brackets(tokens, at),
            Kind::Mark('(' | '[') => at = after_brackets(tokens, at),
            // The end of what the item stands in: it was a field or an argument.
            Kind::Mark('}' | ')' | ']') => return at,
            _ => at += 1,
        }
    }
    at
}

fn after_brackets(tokens: &[Token], mut at: usize) -> usize {
    let mut depth = 0_usize;
    while at < tokens.len() {
        match tokens[at].kind {
            Kind::Mark('(' | '[' | '{') => depth += 1,
            Kind::Mark(')' | ']' | '}') => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += 1;
        if depth == 0 {
            break;
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::{is_test, paths};

    fn named(text: &str, file: &str) -> Vec<String> {
        paths(text, file)
            .into_iter()
            .map(|path| path.segments.join("::"))
            .filter(|path| path.contains("::"))
            .collect()
    }

    #[test]
    fn the_trees_of_use_are_unfolded() {
        let text = "use crate::{state::{self, Row, rows::*}, edge as rim};\npub use ::web_sys::Window as W;\nuse js_sys;";
        let expected = [
            "crate::state",
            "crate::state::Row",
            "crate::state::rows",
            "crate::edge",
            "web_sys::Window",
        ];
        assert_eq!(named(text, "ui.rs"), expected);
        assert!(
            paths(text, "ui.rs").iter().any(|path| path.segments == ["js_sys"] && path.line == 3)
        );
    }

    #[test]
    fn paths_in_the_code_are_found_with_their_line() {
        let text = "fn f() -> impl Into<crate::state::Row> + use<'_> {\n    view! { <p on:click=move |_| crate::edge::go::<u8>(1)/> }\n}";
        assert_eq!(named(text, "ui.rs"), ["crate::state::Row", "crate::edge::go"]);
        assert_eq!(
            paths(text, "ui.rs")
                .iter()
                .find(|path| path.segments.len() == 3 && path.segments[2] == "go")
                .map(|path| path.line),
            Some(2)
        );
    }

    #[test]
    fn relative_paths_are_resolved() {
        for (text, file, expected) in [
            ("use super::super::edge::x;", "ui/chat.rs", "crate::edge::x"),
            ("use super::edge;", "ui.rs", "crate::edge"),
            ("use self::row::Row;", "ui/chat.rs", "crate::ui::chat::row::Row"),
            ("self::f()", "main.rs", "crate::f"),
            ("super::super::super::x()", "ui.rs", "crate::x"),
        ] {
            assert_eq!(named(text, file), [expected], "{text}");
        }
    }

    #[test]
    fn comments_strings_and_tests_are_not_code() {
        let text = r##"
            //! crate::edge::a
            /* crate::edge::b /* nested crate::edge::c */ crate::edge::d */
            const A: &str = "crate::edge::e \" crate::edge::f";
            const B: &str = r#"crate::edge::g " crate::edge::h"#;
            const C: (char, char) = ('"', '\'');
            fn life<'a>(x: &'a str) -> &'a str { x }
            #[cfg(test)]
            #[path = "x.rs"]
            mod tests { use crate::edge::i; fn f() { crate::edge::j() } }
            #[cfg(test)]
            use crate::edge::k;
            #[cfg(not(test))]
            use crate::kept::one;
            #[derive(Clone)]
            struct S { #[cfg(test)] field: crate::edge::l, other: crate::kept::two }
            fn r#type() { r#crate::x(); crate::kept::r#three() }
        "##;
        assert_eq!(
            named(text, "ui.rs"),
            ["crate::kept::one", "crate::kept::two", "crate::x", "crate::kept::three"]
        );
    }

    #[test]
    fn what_is_no_rust_neither_hangs_nor_panics() {
        for text in [
            "use",
            "use {",
            "use a::{b, {",
            "#",
            "#[",
            "#[cfg(test)]",
            "\"",
            "r#\"",
            "'",
            "'\\",
            "/*",
            "a::",
            "use }{;",
            "}}))",
        ] {
            paths(text, "ui.rs");
        }
    }

    #[test]
    fn files_of_tests_are_known_by_their_names() {
        assert!(
            is_test("timeline/tests.rs") && is_test("tests/link.rs") && is_test("link_tests.rs")
        );
        assert!(!is_test("ui/chat.rs") && !is_test("latest.rs"));
    }
}
