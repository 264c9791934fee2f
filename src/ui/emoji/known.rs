//! All emoji, as the build writes them down (`crates/xtask/src/emoji.mjs`), and which of them fit what somebody looks for.

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::ui) struct Emoji {
    /// Itself.
    pub(in crate::ui) picture: String,
    /// What is typed for it between colons; the first of them.
    pub(in crate::ui) code: String,
    /// Its name in the page's language.
    pub(in crate::ui) name: String,
    /// All that it is found by, in small letters: codes, name and further words, with a tab between each of these three.
    found_by: String,
}

/// All of them, in the order in which they are shown.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::ui) struct Known {
    pub(in crate::ui) all: Vec<Emoji>,
    /// The groups: the key of each name, and where in all it begins.
    pub(in crate::ui) groups: Vec<(String, usize)>,
}

impl Known {
    /// Reads a file of them. `fold` makes small letters of all. `None` for what is no such file: a host may answer with anything.
    pub(super) fn read(text: &str, fold: impl FnOnce(&str) -> String) -> Option<Self> {
        let mut known = Self::default();
        let folded = fold(text);
        for (line, folded) in text.lines().zip(folded.lines()) {
            if let Some(group) = line.strip_prefix('#').filter(|group| !group.contains('\t')) {
                known.groups.push((group.to_owned(), known.all.len()));
                continue;
            }
            let mut parts = line.split('\t');
            let (picture, codes, name) = (parts.next()?, parts.next()?, parts.next()?);
            known.all.push(Emoji {
                picture: picture.to_owned(),
                code: codes.split(' ').next()?.to_owned(),
                name: name.to_owned(),
                found_by: folded.split_once('\t')?.1.to_owned(),
            });
        }
        (!known.all.is_empty()).then_some(known)
    }

    /// The places of those that fit all words of this, which has small letters; the best first.
    pub(in crate::ui) fn find(&self, query: &str) -> Vec<usize> {
        let mut found: Vec<(u8, usize, usize)> = Vec::new();
        for (place, emoji) in self.all.iter().enumerate() {
            let fits = query.split_whitespace().map(|word| fit(&emoji.found_by, word));
            if let Some(Some(worst)) = fits.reduce(|a, b| Some(a?.max(b?))) {
                // Of codes that begin so, the shortest: `:hea` means the heart.
                let rest = if worst == BEGINS { emoji.code.len() } else { 0 };
                found.push((worst, rest, place));
            }
        }
        found.sort_unstable();
        found.into_iter().map(|(.., place)| place).collect()
    }

    /// The one of this code.
    pub(in crate::ui) fn of_code(&self, code: &str) -> Option<&Emoji> {
        self.all.iter().find(|emoji| codes(&emoji.found_by).any(|known| known == code))
    }
}

fn codes(found_by: &str) -> impl Iterator<Item = &str> {
    found_by.split('\t').next().unwrap_or_default().split(' ')
}

/// A code begins with it.
const BEGINS: u8 = 1;

/// How well a word fits, the lower the better: it is a code, a code begins with it, the name does, a word does, it is in there
/// somewhere.
fn fit(found_by: &str, word: &str) -> Option<u8> {
    let name = found_by.split('\t').nth(1).unwrap_or_default();
    let words = || found_by.split(['\t', ' ', '_', '-', '(', ':']);
    if codes(found_by).any(|code| code == word) {
        Some(0)
    } else if codes(found_by).any(|code| code.starts_with(word)) {
        Some(BEGINS)
    } else if name.starts_with(word) {
        Some(2)
    } else if words().any(|known| known.starts_with(word)) {
        Some(3)
    } else {
        found_by.contains(word).then_some(4)
    }
}

/// What somebody types between a colon and here, if it may become a code: how it begins, or the whole with its end.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Typed<'a> {
    /// `:gri`
    Begun(&'a str),
    /// `:grin:`
    Whole(&'a str),
}

/// So many letters are needed: `:)` and `:D` are complete.
const FEWEST: usize = 2;

/// What is typed at the end of this text.
pub(super) fn typed(before: &str) -> Option<Typed<'_>> {
    let (rest, whole) = match before.strip_suffix(':') {
        Some(rest) => (rest, true),
        None => (before, false),
    };
    let (ahead, code) = rest.rsplit_once(':')?;
    let is_code = |letter: char| {
        letter.is_ascii_alphanumeric() || !letter.is_ascii() || "_+-".contains(letter)
    };
    // In `10:30` and `https://` it is none.
    let apart = ahead.chars().next_back().is_none_or(|letter| !is_code(letter) && letter != ':');
    let fits = apart && code.chars().all(is_code) && code.chars().count() >= FEWEST;
    fits.then_some(if whole { Typed::Whole(code) } else { Typed::Begun(code) })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "#smileys\n😀\tgrinning\tgrinning face\tGrin happy\n😄\tsmile\tgrinning face with smiling eyes\t\n\
        😍\theart_eyes\tsmiling face with big eyes\t\n\
        ❤️\theart red_heart\tred heart\tlove\n#flags\n🇩🇪\tde\tflag: Germany\tGermany\n";

    fn known() -> Known {
        Known::read(FILE, str::to_lowercase).unwrap()
    }

    fn found(query: &str) -> Vec<String> {
        let known = known();
        known.find(query).into_iter().map(|place| known.all[place].picture.clone()).collect()
    }

    #[test]
    fn a_file_has_groups_and_what_is_in_them() {
        let known = known();
        assert_eq!(known.groups, [("smileys".to_owned(), 0), ("flags".to_owned(), 4)]);
        let heart = &known.all[3];
        assert_eq!((&*heart.picture, &*heart.code, &*heart.name), ("❤️", "heart", "red heart"));
    }

    #[test]
    fn what_is_no_such_file_is_none() {
        for text in ["", "<!doctype html>\n<p>nothing here</p>", "#smileys\n", "😀\tgrinning"] {
            assert_eq!(Known::read(text, str::to_lowercase), None, "{text}");
        }
    }

    #[test]
    fn the_best_that_fit_come_first() {
        // Its code, then a code that begins so, then the name, then a word of it, then anything.
        assert_eq!(found("smile"), ["😄"]);
        assert_eq!(found("big"), ["😍"]);
        assert_eq!(found("gr"), ["😀", "😄"]);
        assert_eq!(found("smil"), ["😄", "😍"]);
        assert_eq!(found("grin"), ["😀", "😄"]);
        assert_eq!(found("germ"), ["🇩🇪"]);
        assert_eq!(found("eart"), ["😍", "❤️"]);
        assert_eq!(found("hea"), ["❤️", "😍"]);
        assert_eq!(found("hear red"), ["❤️"]);
        assert_eq!(found("grinning eyes"), ["😄"]);
        assert!(found("grinning heart").is_empty() && found("").is_empty());
    }

    #[test]
    fn each_code_leads_to_it() {
        let known = known();
        let of = |code| known.of_code(code).map(|emoji| &*emoji.picture);
        assert_eq!(
            [of("red_heart"), of("heart"), of("hear"), of("")],
            [Some("❤️"), Some("❤️"), None, None]
        );
    }

    #[test]
    fn what_is_typed_after_a_colon_may_become_one() {
        use Typed::{Begun, Whole};
        for (text, is) in [
            (":gr", Some(Begun("gr"))),
            ("well :gr", Some(Begun("gr"))),
            ("(:gr", Some(Begun("gr"))),
            (":grin:", Some(Whole("grin"))),
            ("a\n:+1", Some(Begun("+1"))),
            (":أحم", Some(Begun("أحم"))),
            (":)", None),
            (":D", None),
            (":g", None),
            ("10:30", None),
            ("10:30:", None),
            ("https://ex", None),
            ("a::gr", None),
            (":gr in", None),
            ("::", None),
            ("", None),
        ] {
            assert_eq!(typed(text), is, "{text}");
        }
    }
}
