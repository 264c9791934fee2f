//! What people write: texts of all lengths, some with emoji, some of several lines; the same ones each time.

use chinwag_e2e::Chance;

const WORDS: [&str; 48] = [
    "tomorrow",
    "the",
    "train",
    "leaves",
    "at",
    "seven",
    "and",
    "I",
    "have",
    "not",
    "packed",
    "yet",
    "could",
    "you",
    "bring",
    "that",
    "book",
    "we",
    "spoke",
    "about",
    "it",
    "was",
    "raining",
    "all",
    "morning",
    "so",
    "nobody",
    "went",
    "outside",
    "lunch",
    "somewhere",
    "near",
    "station",
    "sounds",
    "good",
    "to",
    "me",
    "let",
    "us",
    "see",
    "how",
    "long",
    "meeting",
    "takes",
    "before",
    "deciding",
    "anything",
    "else",
];
const EMOJI: [&str; 8] = ["🙂", "👍", "🎉", "😂", "❤️", "🚆", "☔", "👩‍💻"];

/// Writes texts.
#[derive(Debug)]
pub(crate) struct Texts(Chance);

impl Texts {
    /// The texts of this seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self(Chance::new(seed))
    }

    /// A text that begins with this mark, by which it is found again.
    pub(crate) fn long(&mut self, mark: &str) -> String {
        let (words, lines) = match self.0.of(0..20) {
            0..=11 => (self.0.of(1..12), 1),
            12..=16 => (self.0.of(12..40), 1),
            17..=18 => (self.0.of(40..90), 1),
            _ => (self.0.of(3..10), self.0.of(2..5)),
        };
        let mut text = mark.to_owned();
        for line in 0..lines {
            if line > 0 {
                text.push('\n');
            }
            for _ in 0..words {
                text.push(' ');
                text.push_str(self.one_of(&WORDS));
            }
        }
        if self.0.one_in(8) {
            text.push(' ');
            text.push_str(self.one_of(&EMOJI));
        }
        text
    }

    /// A text of one line that begins with this mark: its middle is in view wherever its row is at the end.
    pub(crate) fn short(&mut self, mark: &str) -> String {
        format!("{mark} {} {}", self.one_of(&WORDS), self.one_of(&WORDS))
    }

    fn one_of(&mut self, of: &[&'static str]) -> &'static str {
        let index = usize::try_from(self.0.of(0..of.len() as u64)).unwrap_or_default();
        of.get(index).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::Texts;

    #[test]
    fn texts_are_the_same_each_time_and_of_all_kinds() {
        let texts = || {
            let mut texts = Texts::new(3);
            (1..=500).map(|number| texts.long(&format!("#{number}"))).collect::<Vec<_>>()
        };
        let all = texts();
        assert_eq!(all, texts());
        let (least, most) = (all.iter().map(String::len).min(), all.iter().map(String::len).max());
        assert!(least < Some(20) && most > Some(300), "{least:?} {most:?}");
        assert!(all.iter().any(|text| text.contains('\n')));
        assert!(all.iter().any(|text| !text.is_ascii()));
        assert!(all[41].starts_with("#42 "));
    }
}
