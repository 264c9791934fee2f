//! What a message is as a whole: pictures alone, or so long that its end is shown when asked for. Pure, like [`super::markup`].

/// So many pictures are shown large.
const PICTURES: usize = 6;
/// A text of more lines is cut, …
const LINES: usize = 24;
/// … or of more bytes.
const BYTES: usize = 2_400;

/// Of which kind a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Words.
    Plain,
    /// A few emoji and nothing else.
    Pictures,
    /// More than one wants to scroll past.
    Long,
}

/// Whether a text may be anything but [`Shape::Plain`]. Most are not; a first visit runs this alone.
pub(super) fn may_be_shaped(text: &str) -> bool {
    text.len() >= LINES || text.bytes().any(|byte| !byte.is_ascii())
}

/// The kind of a text.
pub(super) fn shape(text: &str) -> Shape {
    if is_pictures(text) {
        Shape::Pictures
    } else if text.len() > BYTES || text.bytes().filter(|byte| *byte == b'\n').count() >= LINES {
        Shape::Long
    } else {
        Shape::Plain
    }
}

/// Emoji that stand for themselves below U+10000: those that are pictures without a sign that asks for it (Unicode's
/// `Emoji_Presentation`, UTS #51), from and to.
const LOW: [(u32, u32); 38] = [
    (0x231a, 0x231b),
    (0x23e9, 0x23ec),
    (0x23f0, 0x23f0),
    (0x23f3, 0x23f3),
    (0x25fd, 0x25fe),
    (0x2614, 0x2615),
    (0x2648, 0x2653),
    (0x267f, 0x267f),
    (0x2693, 0x2693),
    (0x26a1, 0x26a1),
    (0x26aa, 0x26ab),
    (0x26bd, 0x26be),
    (0x26c4, 0x26c5),
    (0x26ce, 0x26ce),
    (0x26d4, 0x26d4),
    (0x26ea, 0x26ea),
    (0x26f2, 0x26f3),
    (0x26f5, 0x26f5),
    (0x26fa, 0x26fa),
    (0x26fd, 0x26fd),
    (0x2705, 0x2705),
    (0x270a, 0x270b),
    (0x2728, 0x2728),
    (0x274c, 0x274c),
    (0x274e, 0x274e),
    (0x2753, 0x2755),
    (0x2757, 0x2757),
    (0x2795, 0x2797),
    (0x27b0, 0x27b0),
    (0x27bf, 0x27bf),
    (0x2b1b, 0x2b1c),
    (0x2b50, 0x2b50),
    (0x2b55, 0x2b55),
    (0x3030, 0x3030),
    (0x303d, 0x303d),
    (0x3297, 0x3297),
    (0x3299, 0x3299),
    (0x1f000, 0x1faff),
];
/// Asks for a picture where the sign alone would be a letter.
const PICTURE: char = '\u{fe0f}';
const JOINER: char = '\u{200d}';

/// Whether a text is a few emoji: single ones, flags, keys, and those that are made of several (UTS #51, without its list of which
/// there are: who cannot draw one draws its parts).
fn is_pictures(text: &str) -> bool {
    let mut count = 0;
    let mut letters = text.chars().filter(|letter| !letter.is_whitespace()).peekable();
    let mut joined = false;
    while let Some(letter) = letters.next() {
        let is_there = match letter {
            '\u{1f1e6}'..='\u{1f1ff}' => {
                letters.next_if(|next| matches!(next, '\u{1f1e6}'..='\u{1f1ff}')).is_some()
            }
            '0'..='9' | '#' | '*' => {
                letters.next_if_eq(&PICTURE);
                letters.next_if_eq(&'\u{20e3}').is_some()
            }
            _ => {
                let asked = letters.next_if_eq(&PICTURE).is_some();
                let code = u32::from(letter);
                asked && (0xa9..0x10000).contains(&code)
                    || LOW.iter().any(|(from, to)| (*from..=*to).contains(&code))
            }
        };
        if !is_there {
            return false;
        }
        // The colour of a skin, and the tags of a region's flag.
        while letters
            .next_if(|next| matches!(next, '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0020}'..='\u{e007f}'))
            .is_some()
        {}
        count += usize::from(!joined);
        joined = letters.next_if_eq(&JOINER).is_some();
    }
    !joined && (1..=PICTURES).contains(&count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_emoji_alone_are_pictures() {
        for text in [
            "👍",
            "😀😀 😀",
            "❤️",
            "👩‍👩‍👧‍👦",
            "👋🏽",
            "🇩🇪🇪🇸",
            "1️⃣ #️⃣",
            "🏴󠁧󠁢󠁳󠁣󠁴󠁿",
            "⭐",
            " 🎉\n",
            "🧑🏿‍🚀",
            "✌️",
            "❤️‍🔥",
        ] {
            assert_eq!(shape(text), Shape::Pictures, "{text}");
            assert!(may_be_shaped(text), "{text}");
        }
        for text in [
            "",
            "1",
            "12",
            "#",
            "*",
            "👍!",
            "ok 👍",
            "é",
            "→",
            "❤",
            "©",
            "😀😀😀😀😀😀😀",
            "🇩",
            "👩\u{200d}",
            "\u{fe0f}",
            "中",
            "مرحبا",
        ] {
            assert_eq!(shape(text), Shape::Plain, "{text}");
        }
    }

    #[test]
    fn many_lines_or_letters_are_long() {
        for (text, expected) in [
            ("a".repeat(BYTES), Shape::Plain),
            ("a".repeat(BYTES + 1), Shape::Long),
            ("a\n".repeat(LINES - 1), Shape::Plain),
            ("\n".repeat(LINES), Shape::Long),
        ] {
            assert_eq!(shape(&text), expected, "{}", text.len());
            assert!(may_be_shaped(&text));
        }
        assert!(!may_be_shaped("a short text"));
    }
}
