//! Versions, as tools print them.

use std::fmt;

/// Up to three numbers; what a tool does not say is zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version {
    /// The first number.
    pub(crate) major: u32,
    /// The second.
    pub(crate) minor: u32,
    /// The third.
    pub(crate) patch: u32,
}

impl Version {
    /// A version from its numbers.
    pub(crate) const fn new(major: u32, minor: u32, patch: u32) -> Self {
        Self { major, minor, patch }
    }

    /// The first word of a text that is a version: `trunk 0.21.14`, `wasm-opt version 132 (version_132)`, `v20.20.2`.
    pub(crate) fn find(text: &str) -> Option<Self> {
        text.split_whitespace().find_map(Self::parse)
    }

    fn parse(word: &str) -> Option<Self> {
        let word = word.strip_prefix('v').unwrap_or(word);
        let word = word.split(['-', '+']).next()?;
        let mut numbers = word.split('.').map(|part| part.parse::<u32>().ok());
        let major = numbers.next()??;
        let mut rest = || numbers.next().map_or(Some(0), |number| number);
        Some(Self { major, minor: rest()?, patch: rest()? })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

#[cfg(test)]
mod tests {
    use super::Version;

    #[test]
    fn versions_are_found_in_what_tools_print() {
        for (text, expected) in [
            ("trunk 0.21.14", Some(Version::new(0, 21, 14))),
            ("wasm-bindgen 0.2.130 (abcdef012)\n", Some(Version::new(0, 2, 130))),
            ("wasm-opt version 132 (version_132)", Some(Version::new(132, 0, 0))),
            ("wasm-opt version 108 (version_108-29-gabc)", Some(Version::new(108, 0, 0))),
            ("v20.20.2", Some(Version::new(20, 20, 2))),
            (
                "Chromium 156.0.8078.79 built on Debian GNU/Linux 12",
                Some(Version::new(156, 0, 8078)),
            ),
            ("tool 1.2.3-beta.4", Some(Version::new(1, 2, 3))),
            ("tool 1.x", None),
            ("command not found", None),
            ("", None),
        ] {
            assert_eq!(Version::find(text), expected, "{text}");
        }
    }

    #[test]
    fn versions_have_an_order() {
        assert!(Version::new(0, 2, 130) > Version::new(0, 2, 99));
        assert!(Version::new(1, 0, 0) > Version::new(0, 99, 99));
    }
}
