//! What the view may ask of the browser, apart from drawing: the edge provides it.

use super::settings::{self, Settings};

/// Does something whenever one of some elements has got another size, before that is painted.
pub type Watch = fn([&str; 3], Box<dyn Fn()>);

/// Reads the picture that was chosen in the field of this id, small enough to be sent, as a `data:` address; `None` for what is no
/// picture.
pub type ReadPicture = fn(&'static str, Box<dyn FnOnce(Option<String>)>);

/// Types a text into the field of this id, as if by hand, in place of so much before its caret.
pub type TypeIn = fn(&str, &str, u32);

/// Loads a file of the page; `None` where it cannot be had.
pub type LoadFile = fn(Box<dyn FnOnce(Option<String>)>);

/// All of it.
#[derive(Clone, Copy)]
pub struct Browser {
    /// Tells of sizes.
    pub watch: Watch,
    /// Adds styles to the page.
    pub dress: fn(&str),
    /// Reads pictures.
    pub read_picture: ReadPicture,
    /// Types.
    pub type_in: TypeIn,
    /// Loads what is known of emoji.
    pub load_emoji: LoadFile,
    /// Keeps settings.
    pub settings: &'static Settings,
}

impl Browser {
    /// None: nothing is done, and nothing was chosen.
    pub const NONE: Self = Self {
        watch: |_, _| {},
        dress: |_| {},
        read_picture: |_, _| {},
        type_in: |_, _, _| {},
        load_emoji: |_| {},
        settings: &settings::NONE,
    };
}
