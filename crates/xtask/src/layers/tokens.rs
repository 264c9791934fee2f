//! Rust source cut into words, marks and texts; comments and characters are left out.

use std::iter::Peekable;
use std::str::Chars;

/// A word or a mark, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    /// What it is.
    pub(super) kind: Kind,
    /// Its line.
    pub(super) line: usize,
}

/// What a token is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// A word: a name or a keyword.
    Word(String),
    /// Any other visible character.
    Mark(char),
    /// A text, as it is written.
    Text(String),
}

impl Token {
    /// The word, if it is one.
    pub(super) fn word(&self) -> Option<&str> {
        match &self.kind {
            Kind::Word(word) => Some(word),
            Kind::Mark(_) | Kind::Text(_) => None,
        }
    }
}

/// Whether there is a token, and it is this mark.
pub(super) fn is_mark(token: Option<&Token>, mark: char) -> bool {
    token.is_some_and(|token| token.kind == Kind::Mark(mark))
}

/// The tokens of a source text.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut reader = Reader { letters: text.chars().peekable(), line: 1 };
    let mut tokens = Vec::new();
    while let Some(letter) = reader.next() {
        let line = reader.line;
        let kind = match letter {
            '/' if reader.eat('/') => {
                reader.skip_line();
                continue;
            }
            '/' if reader.eat('*') => {
                reader.skip_comment();
                continue;
            }
            '"' => Kind::Text(reader.string()),
            '\'' => {
                reader.skip_character();
                continue;
            }
            letter if is_word(letter) => match reader.word(letter) {
                Some(kind) => kind,
                None => continue,
            },
            letter if letter.is_whitespace() => continue,
            letter => Kind::Mark(letter),
        };
        tokens.push(Token { kind, line });
    }
    tokens
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

struct Reader<'a> {
    letters: Peekable<Chars<'a>>,
    line: usize,
}

impl Reader<'_> {
    fn next(&mut self) -> Option<char> {
        let letter = self.letters.next()?;
        if letter == '\n' {
            self.line += 1;
        }
        Some(letter)
    }

    fn eat(&mut self, wanted: char) -> bool {
        if self.letters.peek() != Some(&wanted) {
            return false;
        }
        self.next();
        true
    }

    fn skip_line(&mut self) {
        while self.letters.peek().is_some_and(|letter| *letter != '\n') {
            self.next();
        }
    }

    fn skip_comment(&mut self) {
        let mut depth = 1;
        while depth > 0 {
            match self.next() {
                Some('/') if self.eat('*') => depth += 1,
                Some('*') if self.eat('/') => depth -= 1,
                Some(_) => {}
                None => return,
            }
        }
    }

    fn string(&mut self) -> String {
        let mut text = String::new();
        while let Some(letter) = self.next() {
            match letter {
                '"' => break,
                '\\' => {
                    text.push(letter);
                    text.extend(self.next());
                }
                letter => text.push(letter),
            }
        }
        text
    }

    fn raw_string(&mut self, hashes: usize) -> String {
        let mut text = String::new();
        while let Some(letter) = self.next() {
            if letter == '"' && (0..hashes).all(|_| self.eat('#')) {
                break;
            }
            text.push(letter);
        }
        text
    }

    /// A character, or a lifetime, which has no second quote.
    fn skip_character(&mut self) {
        if self.eat('\\') {
            self.next();
            while self.letters.peek().is_some_and(|letter| *letter != '\'') {
                self.next();
            }
            self.next();
            return;
        }
        let mut ahead = self.letters.clone();
        ahead.next();
        if ahead.next() == Some('\'') {
            self.next();
            self.next();
        } else {
            while self.letters.peek().is_some_and(|letter| is_word(*letter)) {
                self.next();
            }
        }
    }

    /// The rest of a word, or the raw text that it turned out to be the start of.
    fn word(&mut self, first: char) -> Option<Kind> {
        let mut word = String::from(first);
        while let Some(letter) = self.letters.next_if(|letter| is_word(*letter)) {
            word.push(letter);
        }
        if !matches!(word.as_str(), "r" | "br" | "cr") {
            return Some(Kind::Word(word));
        }
        let mut ahead = self.letters.clone();
        let mut hashes = 0;
        while ahead.next_if_eq(&'#').is_some() {
            hashes += 1;
        }
        if ahead.next() == Some('"') {
            for _ in 0..=hashes {
                self.next();
            }
            return Some(Kind::Text(self.raw_string(hashes)));
        }
        // `r#type` is the name `type`.
        if hashes == 1 {
            self.next();
            return self.next().and_then(|first| self.word(first));
        }
        Some(Kind::Word(word))
    }
}
