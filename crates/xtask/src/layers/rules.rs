//! The map itself: what each part may name. A rule answers with the reason why a path is wrong where it stands.

/// Judges a path (its segments, `crate::` and the like resolved) in a file (relative to its source folder).
pub(super) type Rule = fn(file: &str, path: &[String]) -> Option<&'static str>;

/// The source folders and the rule of each.
pub(super) const SOURCES: [(&str, Rule); 3] =
    [("src", front_end), ("crates/protocol/src", pure), ("crates/session/src", pure)];

/// The crates that must not touch the world.
pub(super) const PURE: [&str; 2] = ["chinwag-protocol", "chinwag-session"];

/// What describes the wire is for servers: whoever opens the page has no use for a byte of it.
pub(super) const NOT_IN_THE_PAGE: &str = "schemars";

/// Which of our crates another of ours may depend on. Tests and tools that drive everything have no rule.
pub(super) fn crates_of(package: &str) -> Option<&'static [&'static str]> {
    match package {
        "chinwag-protocol" | "xtask" => Some(&[]),
        "chinwag-session" | "chinwag-server" => Some(&["chinwag-protocol"]),
        "chinwag" => Some(&["chinwag-protocol", "chinwag-session"]),
        _ => None,
    }
}

/// Whether a library has a browser, a clock, chance, a network or a disk in it.
pub(super) fn is_worldly(package: &str) -> bool {
    let families = [
        "leptos",
        "web-sys",
        "js-sys",
        "gloo",
        "wasm-bindgen",
        "tokio",
        "rand",
        "getrandom",
        "iana-time-zone",
    ];
    families.iter().any(|family| {
        package == *family
            || package.strip_prefix(family).is_some_and(|rest| rest.starts_with(['-', '_']))
    })
}

/// The parts of the front-end. Whatever else lies in `src/` is plain: everybody may use it, it uses no part.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// `main.rs`: the one place beside the edge where the browser is named.
    Main,
    /// `lib.rs` and `app`: they put the parts together.
    App,
    Edge,
    State,
    Ui,
    Plain,
}

impl Part {
    fn of_file(file: &str) -> Self {
        let first = file.split('/').next().unwrap_or(file);
        match first.strip_suffix(".rs").unwrap_or(first) {
            "main" => Self::Main,
            "lib" => Self::App,
            module => Self::of_module(module),
        }
    }

    fn of_module(module: &str) -> Self {
        match module {
            "app" => Self::App,
            "edge" => Self::Edge,
            "state" => Self::State,
            "ui" => Self::Ui,
            _ => Self::Plain,
        }
    }

    fn may_see(self, other: Self) -> bool {
        match self {
            Self::Main | Self::App => true,
            Self::Edge => matches!(other, Self::Edge | Self::State | Self::Plain),
            Self::State => matches!(other, Self::State | Self::Plain),
            Self::Ui => matches!(other, Self::Ui | Self::State | Self::Plain),
            Self::Plain => other == Self::Plain,
        }
    }
}

fn front_end(file: &str, path: &[String]) -> Option<&'static str> {
    let part = Part::of_file(file);
    if !matches!(part, Part::Main | Part::Edge) && path.iter().any(|segment| is_browser(segment)) {
        return Some("the browser is touched in `edge` and `main.rs` only");
    }
    let ["crate" | "chinwag", module, ..] = &strs(path)[..] else { return None };
    if part.may_see(Part::of_module(module)) {
        return None;
    }
    Some(match part {
        Part::Ui => "`ui` sees `state`, and never the edge or the app around it",
        Part::State => "`state` sees the session, and neither `ui` nor `edge`",
        Part::Edge => "`edge` sees the session and `state`, and never what is drawn",
        _ => "what all parts share must not know the parts",
    })
}

fn is_browser(segment: &str) -> bool {
    let crates = ["web_sys", "js_sys", "wasm_bindgen", "wasm_bindgen_futures", "JsValue", "JsCast"];
    crates.contains(&segment) || segment == "gloo" || segment.starts_with("gloo_")
}

fn pure(_: &str, path: &[String]) -> Option<&'static str> {
    let path = strs(path);
    let worldly = [
        "std::fs",
        "std::io",
        "std::net",
        "std::process",
        "std::thread",
        "std::env",
        "rand",
        "getrandom",
    ];
    let starts = |with: &str| {
        let with: Vec<&str> = with.split("::").collect();
        path.starts_with(&with)
    };
    if path.iter().any(|segment| is_browser(segment)) || starts("leptos") {
        return Some("the pure crates know no browser");
    }
    if worldly.iter().any(|with| starts(with)) || starts("tokio") {
        return Some("the pure crates do no input or output, and chance is an argument");
    }
    let clock = path.iter().any(|segment| matches!(*segment, "Instant" | "SystemTime"));
    if clock || path.ends_with(&["Utc", "now"]) || path.ends_with(&["Local", "now"]) {
        return Some("the pure crates have no clock: time is an argument");
    }
    None
}

fn strs(path: &[String]) -> Vec<&str> {
    path.iter().map(String::as_str).collect()
}

#[cfg(test)]
mod tests {
    use super::{Rule, front_end, is_worldly, pure};

    fn judge(rule: Rule, file: &str, path: &str) -> bool {
        let path: Vec<String> = path.split("::").map(str::to_owned).collect();
        rule(file, &path).is_none()
    }

    #[test]
    fn the_front_ends_parts_see_only_what_the_map_allows() {
        for (file, path, allowed) in [
            ("ui/chat.rs", "crate::state::Picture", true),
            ("ui.rs", "crate::ui::chat", true),
            ("ui/chat.rs", "chinwag_session::Command", true),
            ("ui/chat.rs", "crate::format::time", true),
            ("ui/chat.rs", "edge", true),
            ("ui/chat.rs", "crate::edge", false),
            ("ui/chat.rs", "crate::edge::driver::Driver", false),
            ("ui/chat.rs", "chinwag::edge::driver", false),
            ("ui/chat.rs", "crate::app::App", false),
            ("ui/chat.rs", "web_sys::window", false),
            ("ui/chat.rs", "leptos::web_sys::HtmlElement", false),
            ("ui.rs", "js_sys::Date", false),
            ("ui.rs", "gloo_net::http", false),
            ("ui.rs", "JsCast", false),
            ("state.rs", "chinwag_session::Change", true),
            ("state/apply.rs", "crate::state::Rows", true),
            ("state.rs", "crate::ui::chat", false),
            ("state.rs", "crate::edge::driver", false),
            ("state/apply.rs", "wasm_bindgen::JsValue", false),
            ("edge/driver.rs", "crate::state::apply", true),
            ("edge/driver.rs", "web_sys::Window", true),
            ("edge.rs", "gloo_net::websocket", true),
            ("edge/driver.rs", "crate::ui::chat", false),
            ("edge.rs", "crate::app::App", false),
            ("main.rs", "web_sys::window", true),
            ("main.rs", "chinwag::app::App", true),
            ("app.rs", "crate::edge::driver::start", true),
            ("app.rs", "crate::ui::Chat", true),
            ("app.rs", "web_sys::window", false),
            ("lib.rs", "JsValue", false),
            ("format.rs", "crate::state::Row", false),
            ("format.rs", "crate::text::trim", true),
        ] {
            assert_eq!(judge(front_end, file, path), allowed, "{file}: {path}");
        }
    }

    #[test]
    fn pure_crates_have_no_clock_no_browser_no_world() {
        for (path, allowed) in [
            ("std::time::Duration", true),
            ("chrono::DateTime", true),
            ("chrono::Utc", true),
            ("std::collections::BTreeMap", true),
            ("crate::io::Thing", true),
            ("std::time::Instant", false),
            ("Instant::now", false),
            ("std::time::SystemTime", false),
            ("chrono::Utc::now", false),
            ("Local::now", false),
            ("std::fs::read", false),
            ("std::thread::sleep", false),
            ("rand::random", false),
            ("tokio::spawn", false),
            ("leptos::prelude", false),
            ("js_sys::Date", false),
        ] {
            assert_eq!(judge(pure, "lib.rs", path), allowed, "{path}");
        }
    }

    #[test]
    fn worldly_libraries_are_known_by_their_family() {
        for (name, worldly) in [
            ("js-sys", true),
            ("gloo-net", true),
            ("wasm-bindgen-futures", true),
            ("leptos", true),
            ("rand_core", true),
            ("serde", false),
            ("random-thing", false),
            ("chrono", false),
        ] {
            assert_eq!(is_worldly(name), worldly, "{name}");
        }
    }
}
