//! What the marks in a message mean: a small part of Markdown, as people write it in chats. Pure: text in, a tree out.
//!
//! `` `code` ``, `**bold**`, `*italic*` or `_italic_`, links, and by lines: `> quotes`, lists, and code between lines of
//! ```` ``` ````. What is no mark stays as it was written, letter by letter, and nothing is ever HTML.

/// A part of a message that begins a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Block<'a> {
    /// Lines of words; line breaks are kept.
    Words(Vec<Span<'a>>),
    /// Code, with its line breaks.
    Code(&'a str),
    /// What somebody else has said.
    Quote(Vec<Span<'a>>),
    /// A list: with numbers from this one on, or with dots.
    List(Option<u32>, Vec<Vec<Span<'a>>>),
}

/// A part of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Span<'a> {
    /// As it is.
    Text(&'a str),
    /// Code.
    Code(&'a str),
    /// Bold.
    Strong(Vec<Span<'a>>),
    /// Italic.
    Emphasis(Vec<Span<'a>>),
    /// An address that can be opened.
    Link(&'a str),
}

/// The addresses that are opened, by how they begin. No others: `javascript:` runs in the page.
const SCHEMES: [&str; 3] = ["https://", "http://", "mailto:"];
/// What is not the end of an address but of the sentence around it.
const CLOSING: &str = ".,;:!?'\"*_>";
/// So deep marks may stand in each other.
const DEEP: usize = 6;

/// Whether there may be a mark in a text. Most have none; a first visit runs this alone of all that knows of marks.
pub(super) fn may_be_marked(text: &str) -> bool {
    let mut begins = true;
    text.bytes().any(|letter| {
        let anywhere = matches!(letter, b'`' | b'*' | b'_' | b':');
        let there = begins && matches!(letter, b'>' | b'-' | b'+' | b'0'..=b'9');
        begins = letter == b'\n';
        anywhere || there
    })
}

/// The blocks of a text.
pub(super) fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut rest = text;
    // Where the words begin that no other block has taken.
    let mut words = 0;
    let place = |rest: &str| text.len() - rest.len();
    let end = |blocks: &mut Vec<_>, from: usize, to: usize| {
        let words = text[from..to].strip_suffix('\n').unwrap_or(&text[from..to]);
        if !words.is_empty() {
            blocks.push(Block::Words(spans(words, DEEP)));
        }
    };
    while !rest.is_empty() {
        let begin = place(rest);
        if let Some((code, after)) = fenced(rest) {
            end(&mut blocks, words, begin);
            blocks.push(Block::Code(code));
            rest = after;
        } else if rest.starts_with('>') {
            end(&mut blocks, words, begin);
            let (quoted, after) = lines(rest, |line| line.starts_with('>'));
            let mut said = Vec::new();
            for (number, line) in quoted.lines().enumerate() {
                if number > 0 {
                    said.push(Span::Text("\n"));
                }
                let line = line.strip_prefix('>').unwrap_or(line);
                said.extend(spans(line.strip_prefix(' ').unwrap_or(line), DEEP));
            }
            blocks.push(Block::Quote(said));
            rest = after;
        } else if let Some((start, _)) = item(rest) {
            end(&mut blocks, words, begin);
            let same = |line: &str| {
                item(line).is_some_and(|(number, _)| number.is_some() == start.is_some())
            };
            let (listed, after) = lines(rest, same);
            let items = listed.lines().filter_map(item).map(|(_, words)| spans(words, DEEP));
            blocks.push(Block::List(start, items.collect()));
            rest = after;
        } else {
            rest = rest.split_once('\n').map_or("", |(_, after)| after);
            continue;
        }
        words = place(rest);
    }
    end(&mut blocks, words, text.len());
    blocks
}

/// Lines from here on for which this holds, and the rest.
fn lines(text: &str, is: impl Fn(&str) -> bool) -> (&str, &str) {
    let mut length = 0;
    for line in text.split_inclusive('\n') {
        if !is(line.trim_end_matches('\n')) {
            break;
        }
        length += line.len();
    }
    text.split_at(length)
}

/// Code between lines of three marks, and what comes after it. Without its end it is none.
fn fenced(text: &str) -> Option<(&str, &str)> {
    let (language, body) = text.strip_prefix("```")?.split_once('\n')?;
    if language.contains('`') {
        return None;
    }
    let mut length = 0;
    for line in body.split_inclusive('\n') {
        if line.trim_end() == "```" {
            let code = &body[..length];
            return Some((code.strip_suffix('\n').unwrap_or(code), &body[length + line.len()..]));
        }
        length += line.len();
    }
    None
}

/// A line of a list: its number, if it has one, and its words.
fn item(line: &str) -> Option<(Option<u32>, &str)> {
    let line = line.split('\n').next().unwrap_or(line);
    if let Some(words) = line.strip_prefix(['-', '*', '+']).and_then(|rest| rest.strip_prefix(' '))
    {
        return Some((None, words)).filter(|_| !words.trim().is_empty());
    }
    let digits = line.find(|letter: char| !letter.is_ascii_digit())?;
    let number = line[..digits].parse().ok().filter(|_| digits <= 4)?;
    let words = line[digits..].strip_prefix(['.', ')'])?.strip_prefix(' ')?;
    Some((Some(number), words)).filter(|_| !words.trim().is_empty())
}

/// Letters and digits. All that is not ASCII counts as such: the tables of the others would be in the program's data, which comes
/// with its first part.
fn is_in_a_word(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || !letter.is_ascii()
}

/// The spans of words, with marks in each other as deep as this.
fn spans(text: &str, deep: usize) -> Vec<Span<'_>> {
    let mut spans = Vec::new();
    let mut plain = 0;
    let mut at = 0;
    while let Some(letter) = text[at..].chars().next() {
        let before = text[..at].chars().next_back();
        let found = match letter {
            '`' => code(&text[at..]),
            '*' | '_' if deep > 0 => marked(&text[at..], letter, before, deep),
            'h' | 'm' if before.is_none_or(|before| !is_in_a_word(before)) => link(&text[at..]),
            _ => None,
        };
        match found {
            Some((span, length)) => {
                if plain < at {
                    spans.push(Span::Text(&text[plain..at]));
                }
                spans.push(span);
                at += length;
                plain = at;
            }
            None => at += letter.len_utf8(),
        }
    }
    if plain < text.len() {
        spans.push(Span::Text(&text[plain..]));
    }
    spans
}

/// Code, and how long it is with its marks: as many before as after, so that there may be some within.
fn code(text: &str) -> Option<(Span<'_>, usize)> {
    let marks = text.len() - text.trim_start_matches('`').len();
    let (mark, rest) = text.split_at(marks);
    let mut from = 0;
    while let Some(found) = rest[from..].find(mark) {
        let end = from + found;
        let more = rest[end + marks..].len() - rest[end + marks..].trim_start_matches('`').len();
        let inner = &rest[..end];
        if more == 0 && !inner.trim().is_empty() {
            // A space on both sides only keeps the marks apart.
            let bare = inner.strip_prefix(' ').and_then(|inner| inner.strip_suffix(' '));
            return Some((Span::Code(bare.unwrap_or(inner)), end + 2 * marks));
        }
        from = end + marks + more;
    }
    None
}

/// Bold or italic words. A mark stands at a word, not between two letters of one (`snake_case`) nor alone (`2 * 3`).
fn marked(text: &str, mark: char, before: Option<char>, deep: usize) -> Option<(Span<'_>, usize)> {
    if mark == '_' && before.is_some_and(is_in_a_word) {
        return None;
    }
    let rest = text.trim_start_matches(mark);
    let marks = text.len() - rest.len();
    if marks > 2 || marks == 2 && mark == '_' || rest.starts_with(char::is_whitespace) {
        return None;
    }
    let closing = &text[..marks];
    let mut from = 0;
    while let Some(found) = rest[from..].find(closing) {
        let end = from + found;
        let (inner, after) = (&rest[..end], &rest[end + marks..]);
        let more = after.len() - after.trim_start_matches(mark).len();
        let ends_a_word = mark != '_' || !after.starts_with(is_in_a_word);
        if more == 0 && ends_a_word && !inner.is_empty() && !inner.ends_with(char::is_whitespace) {
            let within = spans(inner, deep - 1);
            let span = if marks == 2 { Span::Strong(within) } else { Span::Emphasis(within) };
            return Some((span, end + 2 * marks));
        }
        from = end + marks + more;
    }
    None
}

/// An address, and how long it is.
fn link(text: &str) -> Option<(Span<'_>, usize)> {
    let scheme = SCHEMES.into_iter().find(|scheme| text.starts_with(scheme))?;
    let end = text.find(|letter: char| letter.is_whitespace() || "<>\"`".contains(letter));
    let mut address = &text[..end.unwrap_or(text.len())];
    // A bracket belongs to the address only with its other half.
    loop {
        let whole = |open, close| address.matches(open).count() >= address.matches(close).count();
        let shorter = match address.chars().next_back() {
            Some(')') if !whole('(', ')') => address.strip_suffix(')'),
            Some(']') if !whole('[', ']') => address.strip_suffix(']'),
            Some(last) if CLOSING.contains(last) => address.strip_suffix(last),
            _ => None,
        };
        match shorter {
            Some(shorter) => address = shorter,
            None => break,
        }
    }
    let host = &address[scheme.len().min(address.len())..];
    let is_one =
        if scheme == "mailto:" { host.contains('@') } else { host.starts_with(is_in_a_word) };
    is_one.then_some((Span::Link(address), address.len()))
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(text: &str) -> Vec<Span<'_>> {
        spans(text, DEEP)
    }

    fn text(text: &str) -> Span<'_> {
        Span::Text(text)
    }

    #[test]
    fn words_may_be_bold_italic_or_code_and_each_in_the_other() {
        use Span::{Code, Emphasis, Strong};
        for (written, meant) in [
            ("plain", vec![text("plain")]),
            ("a **b** c", vec![text("a "), Strong(vec![text("b")]), text(" c")]),
            ("*a* _b_", vec![Emphasis(vec![text("a")]), text(" "), Emphasis(vec![text("b")])]),
            ("**a *b* c**", vec![Strong(vec![text("a "), Emphasis(vec![text("b")]), text(" c")])]),
            ("`a *b*`", vec![Code("a *b*")]),
            ("``a ` b``", vec![Code("a ` b")]),
            ("`` ` ``", vec![Code("`")]),
            ("**é**", vec![Strong(vec![text("é")])]),
        ] {
            assert_eq!(words(written), meant, "{written}");
        }
    }

    #[test]
    fn what_is_no_mark_stays_as_it_was_written() {
        for written in [
            "2 * 3 * 4",
            "snake_case_name",
            "a * b",
            "**",
            "****",
            "`",
            "``",
            "__init__",
            "*a",
            "a*",
            "* a*",
            "_a b",
            "***",
            "` `",
            "http://",
            "https:// x",
            "mailto:",
            "xhttp://a.b",
            "ftp://a.b",
            "javascript:alert(1)",
        ] {
            assert_eq!(words(written), [text(written)], "{written}");
        }
    }

    #[test]
    fn an_address_ends_where_its_sentence_goes_on() {
        for (written, address) in [
            ("https://a.example/b?c=d#e", "https://a.example/b?c=d#e"),
            ("see https://a.example.", "https://a.example"),
            ("(http://a.example)", "http://a.example"),
            ("https://a.example/b_(c)", "https://a.example/b_(c)"),
            ("<https://a.example>", "https://a.example"),
            ("**https://a.example**!", "https://a.example"),
            ("mailto:a@b.example, and", "mailto:a@b.example"),
            ("https://a.example/ü?", "https://a.example/ü"),
        ] {
            let all = format!("{:?}", words(written));
            assert!(all.contains(&format!("Link({address:?})")), "{written}: {all}");
        }
    }

    #[test]
    fn lines_may_be_quotes_lists_and_code() {
        assert_eq!(
            blocks("hi\n> one\n>two\n- a\n- b\n\n3. c\n4) d\n```rust\nlet x = 1;\n\n```\nbye\nnow"),
            [
                Block::Words(vec![text("hi")]),
                Block::Quote(vec![text("one"), text("\n"), text("two")]),
                Block::List(None, vec![vec![text("a")], vec![text("b")]]),
                Block::List(Some(3), vec![vec![text("c")], vec![text("d")]]),
                Block::Code("let x = 1;\n"),
                Block::Words(vec![text("bye\nnow")]),
            ]
        );
        for written in ["```\nno end", "-a", "1.5 litres", "20000. x", "- ", "a > b", "```x``` y"] {
            assert!(
                !matches!(blocks(written)[..], [Block::Quote(_) | Block::List(..), ..]),
                "{written}: {:?}",
                blocks(written)
            );
        }
        assert_eq!(blocks("```\nno end"), [Block::Words(vec![text("```\nno end")])]);
    }

    /// All letters of some spans.
    fn letters(spans: &[Span<'_>]) -> String {
        let one = |span: &Span<'_>| match span {
            Span::Text(text) | Span::Code(text) | Span::Link(text) => (*text).to_owned(),
            Span::Strong(within) | Span::Emphasis(within) => letters(within),
        };
        spans.iter().map(one).collect()
    }

    fn links(spans: &[Span<'_>], found: &mut Vec<String>) {
        for span in spans {
            match span {
                Span::Link(address) => found.push((*address).to_owned()),
                Span::Strong(within) | Span::Emphasis(within) => links(within, found),
                Span::Text(_) | Span::Code(_) => {}
            }
        }
    }

    const ANYTHING: &str =
        "([a-c]|[*_`> \n]|- |1\\. |```|https://x|javascript:|mailto:a@b|é|\\)|\\.){0,40}";

    proptest! {
        #[test]
        fn nothing_but_marks_is_ever_left_out(written in ANYTHING) {
            let mut all = String::new();
            for block in blocks(&written) {
                match block {
                    Block::Words(said) | Block::Quote(said) => all.push_str(&letters(&said)),
                    Block::Code(code) => all.push_str(code),
                    Block::List(_, items) => all.extend(items.iter().map(|item| letters(item))),
                }
            }
            let kept = |text: &str| text.chars().filter(|letter| "abcé".contains(*letter)).collect::<String>();
            prop_assert_eq!(kept(&all), kept(&written));
        }

        #[test]
        fn only_addresses_of_the_web_and_of_mail_are_opened(written in ANYTHING) {
            let mut found = Vec::new();
            for block in blocks(&written) {
                if let Block::Words(said) | Block::Quote(said) = block {
                    links(&said, &mut found);
                }
            }
            for address in found {
                prop_assert!(SCHEMES.iter().any(|scheme| address.starts_with(scheme)), "{}", address);
            }
        }

        #[test]
        fn a_text_that_cannot_be_marked_is_words_alone(written in ANYTHING) {
            if !may_be_marked(&written) && !written.is_empty() {
                let whole = written.strip_suffix('\n').unwrap_or(&written);
                let expected = if whole.is_empty() { vec![] } else { vec![Block::Words(vec![Span::Text(whole)])] };
                prop_assert_eq!(blocks(&written), expected);
            }
        }
    }
}
