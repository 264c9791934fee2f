//! Half surrogate pairs, which JSON can spell and Unicode does not know.

/// The text with U+FFFD for each half of a pair that stands alone.
pub(super) fn mend(text: &str) -> String {
    /// The UTF-16 unit of a `\uXXXX` escape at the text's start.
    fn unit(text: &str) -> Option<u16> {
        u16::from_str_radix(text.strip_prefix("\\u")?.get(..4)?, 16).ok()
    }
    let mut mended = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        let (plain, escape) = rest.split_at(at);
        mended.push_str(plain);
        let second = escape.get(6..).and_then(unit);
        let (kept, length) = match (unit(escape), second) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => (&escape[..12], 12),
            (Some(0xD800..=0xDFFF), _) => ("\\ufffd", 6),
            // Any other escape: the backslash and the character that follows, be it another backslash.
            _ => {
                let length = escape.chars().take(2).map(char::len_utf8).sum();
                (&escape[..length], length)
            }
        };
        mended.push_str(kept);
        rest = &escape[length..];
    }
    mended + rest
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    proptest! {
        #[test]
        fn mending_leaves_whole_json_as_it_is(text: String) {
            let written = json!([text]).to_string();
            prop_assert_eq!(mend(&written), written);
        }
    }
}
