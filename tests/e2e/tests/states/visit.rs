//! Brings a state about, and looks at it in every way.

use std::env;
use std::fs;
use std::path::PathBuf;

use chinwag_e2e::{Aid, DESKTOP, Kind, Look, PHONE, Person, tell};

use crate::judge;
use crate::stage::Stage;

const DESK: Look =
    Look { name: "desktop", size: DESKTOP, dark: false, text: 100, touch: false, aid: None };
const HAND: Look = Look { name: "phone", size: PHONE, touch: true, ..DESK };

/// The ways to look at a page. That of a zoom by 200 % is a screen half as large.
const LOOKS: [Look; 11] = [
    DESK,
    Look { name: "desktop-dark", dark: true, ..DESK },
    HAND,
    Look { name: "phone-dark", dark: true, ..HAND },
    Look { name: "narrow", size: (320, 640), ..HAND },
    Look { name: "zoomed", size: (640, 400), ..DESK },
    Look { name: "desktop-large-text", text: 200, ..DESK },
    Look { name: "phone-large-text", text: 200, ..HAND },
    Look { name: "contrast", aid: Some(Aid::Contrast), ..DESK },
    Look { name: "contrast-dark", dark: true, aid: Some(Aid::Contrast), ..DESK },
    // The last one: Chromium goes on painting the ground in these colours.
    Look { name: "forced", dark: true, aid: Some(Aid::ForcedColours), ..DESK },
];

/// The pictures of the README's gallery: the state, the language and the way to look at it.
const GALLERY: [(&str, &str, &str); 7] = [
    ("talk", "en", "desktop"),
    ("marks", "en", "desktop-dark"),
    ("list", "en", "phone"),
    ("unread", "en", "phone-dark"),
    ("right_to_left", "ar", "phone"),
    ("switcher", "en", "phone-dark"),
    ("offline", "en", "phone"),
];

/// Looks at a state in this language: judges it, or takes a picture where pictures are wanted.
pub(crate) fn visit(name: &str, language: &'static str, way: &impl AsyncFn(&Stage<'_>) -> Person) {
    tell(async |house| {
        let stage = Stage::new(house, language);
        let person = way(&stage).await;
        let pictures = env::var_os("CHINWAG_SHOTS").map(PathBuf::from);
        let mut wrong = Vec::new();
        for look in &LOOKS {
            person.looks(look).await;
            if let Some(folder) = &pictures {
                let path = folder.join(format!("{name}.{language}.{}.png", look.name));
                fs::write(&path, person.photographs_the_page(Kind::Png).await).unwrap();
                if GALLERY.contains(&(name, language, look.name)) {
                    let small = person.photographs_the_page(Kind::WebP).await;
                    fs::write(path.with_extension("webp"), small).unwrap();
                }
            } else {
                let found = judge::look(&person, look).await;
                wrong.extend(found.into_iter().map(|found| format!("{}: {found}", look.name)));
            }
        }
        // It was brought about here.
        person.asks("document.querySelector('#crashed').hidden = true", vec![]).await;
        assert!(wrong.is_empty(), "{name} in {language}:\n{}", wrong.join("\n"));
    });
}
