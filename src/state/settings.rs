//! What a person has chosen for this browser. Who keeps it, and what it does to the page, is the edge's.

/// One thing that can be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// The colours: `light` or `dark`.
    Theme,
    /// The language (BCP 47).
    Language,
    /// How large the text is: `large` or `largest`.
    Size,
    /// What Enter does in a message: `line`, a new line.
    Enter,
}

impl Setting {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Theme, Self::Language, Self::Size, Self::Enter];

    /// The name, as it is kept (`src/start.js` knows it too).
    pub fn name(self) -> &'static str {
        match self {
            Self::Theme => "theme",
            Self::Language => "language",
            Self::Size => "size",
            Self::Enter => "enter",
        }
    }
}

/// How settings are read and chosen. An empty value is the one that nobody has chosen.
#[derive(Clone, Copy)]
pub struct Settings {
    /// What is chosen.
    pub chosen: fn(Setting) -> String,
    /// Chooses this from now on; `false` where it lasts only as long as the page.
    pub choose: fn(Setting, &str) -> bool,
    /// Whether the browser keeps what is chosen.
    pub kept: fn() -> bool,
}

/// Without a browser: nothing is chosen.
pub(super) const NONE: Settings =
    Settings { chosen: |_| String::new(), choose: |_, _| false, kept: || false };
