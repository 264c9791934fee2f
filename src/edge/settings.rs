//! The settings: kept in `localStorage`, and written on the page's root, where the style sheets and the program find them.
//! `start.js` writes them there before the first paint, and what another tab has chosen as well.

use super::{chime, notify, page, storage};
use crate::state::{Setting, Settings};

/// The settings of the person whose browser this is.
pub fn of_the_browser() -> &'static Settings {
    &Settings {
        chosen,
        choose,
        kept: storage::works,
        permission: notify::permission,
        ask: notify::ask,
    }
}

/// Nothing is chosen any more, and the page is loaded anew.
pub(super) fn begin_anew() {
    for setting in Setting::ALL {
        storage::keep(&name(setting), "");
    }
    page::reload();
}

/// What it is kept under.
fn name(setting: Setting) -> String {
    format!("chinwag.{}", setting.name())
}

pub(super) fn chosen(setting: Setting) -> String {
    page::mark(setting.name())
}

fn choose(setting: Setting, value: &str) -> bool {
    let name = setting.name();
    page::set_mark(name, value);
    let kept = storage::keep(&self::name(setting), value);
    if setting == Setting::Language {
        // The words come with the page. Where nothing is kept its address tells which.
        if kept || value.is_empty() {
            page::load_with("");
        } else {
            page::load_with(&format!("?{name}={value}"));
        }
    }
    // So that one knows what one will hear.
    if setting == Setting::Sound && !value.is_empty() {
        chime::ring();
    }
    kept
}
