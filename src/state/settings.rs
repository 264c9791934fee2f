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
    /// Whether messages that are not seen are notified of: `on`.
    Notify,
    /// Whether they are heard: `on`.
    Sound,
    /// The emoji that were chosen last, from the last one on, with spaces between them.
    Emoji,
}

impl Setting {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Theme,
        Self::Language,
        Self::Size,
        Self::Enter,
        Self::Notify,
        Self::Sound,
        Self::Emoji,
    ];

    /// The name, as it is kept (`src/start.js` knows it too).
    pub fn name(self) -> &'static str {
        match self {
            Self::Theme => "theme",
            Self::Language => "language",
            Self::Size => "size",
            Self::Enter => "enter",
            Self::Notify => "notify",
            Self::Sound => "sound",
            Self::Emoji => "emoji",
        }
    }
}

/// Whether the browser lets the page notify.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// It cannot.
    Unsupported,
    /// The person was not asked, or has not answered.
    Unasked,
    /// They have allowed it.
    Granted,
    /// They have forbidden it, or the browser has by itself.
    Blocked,
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
    /// Whether the page may notify.
    pub permission: fn() -> Permission,
    /// Has the browser ask the person whether it may, upon a click of theirs, and tells what they have answered.
    pub ask: fn(Box<dyn FnOnce(Permission)>),
}

/// Without a browser: nothing is chosen.
pub(super) const NONE: Settings = Settings {
    chosen: |_| String::new(),
    choose: |_, _| false,
    kept: || false,
    permission: || Permission::Unsupported,
    ask: |_| {},
};
