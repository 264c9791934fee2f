//! The page's icons, drawn from the mark (`public/icon.svg`): whoever changes that draws the others anew.

use std::fs;

use anyhow::{Context, Result};

use crate::browser::Browser;
use crate::process;
use crate::project::Project;

/// The mark, on a square with round corners.
const MARK: &str = "icon.svg";
/// The same with a dot, while there is anything unread (`src/edge/page.rs`).
const UNREAD: &str = "icon-unread.svg";
const DOT: &str = r##"<circle cx="49" cy="15" r="15" fill="#fff"/><circle cx="49" cy="15" r="12" fill="#d92d20"/>"##;
/// The corners of the square.
const ROUND: &str = r#" rx="16""#;

/// Pictures for systems that take no SVG: the name, the side in pixels, and how large the mark is in its square. Where that is
/// given the system cuts the corners itself, and more: what is within four fifths of the width is safe (W3C, maskable icons).
const PICTURES: [(&str, u32, Option<f32>); 4] = [
    ("icon-192.png", 192, None),
    ("icon-512.png", 512, None),
    ("icon-180.png", 180, Some(0.92)),
    ("icon-maskable-512.png", 512, Some(0.78)),
];

/// Draws all of them.
pub(crate) fn draw(project: &Project) -> Result<()> {
    let browser = Browser::find_or_install(project)?;
    let public = project.root.join("public");
    let mark = fs::read_to_string(public.join(MARK)).context(MARK)?;
    fs::write(public.join(UNREAD), unread(&mark)).context(UNREAD)?;
    let sheet = project.scratch().join("icon.html");
    fs::create_dir_all(project.scratch()).context("no room for a sheet")?;
    for (name, side, scale) in PICTURES {
        let drawing = scale.map_or(mark.clone(), |scale| full(&mark, scale));
        let style = format!("margin:0;width:{side}px;height:{side}px;overflow:hidden");
        let html = format!(
            r#"<!doctype html><body style="{style}"><style>svg{{display:block}}</style>{drawing}"#
        );
        fs::write(&sheet, html).context("the sheet cannot be written")?;
        let mut command = project.command(&browser.chromium);
        command.args(["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]);
        command.args(["--default-background-color=00000000", "--force-device-scale-factor=1"]);
        command.arg(format!("--window-size={side},{side}"));
        command.arg(format!("--screenshot={}", public.join(name).display())).arg(&sheet);
        process::output(&mut command).with_context(|| format!("{name} cannot be drawn"))?;
    }
    Ok(())
}

fn unread(mark: &str) -> String {
    mark.replace("</svg>", &format!("{DOT}</svg>"))
}

/// The mark of this size on a square without corners cut.
fn full(mark: &str, scale: f32) -> String {
    let square = mark.replace(ROUND, "");
    let (ground, rest) = square.split_once("/>").unwrap_or((&square, ""));
    let by = 32.0 * (1.0 - scale);
    let drawing = rest.replace("</svg>", "</g></svg>");
    format!(r#"{ground}/><g transform="translate({by} {by}) scale({scale})">{drawing}"#)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::{full, unread};

    const MARK: &str = include_str!("../../../public/icon.svg");
    const UNREAD: &str = include_str!("../../../public/icon-unread.svg");
    const MANIFEST: &str = include_str!("../../../public/manifest.webmanifest");

    #[test]
    fn the_icon_of_what_is_unread_is_the_mark_with_a_dot() {
        assert_eq!(unread(MARK), UNREAD);
        assert!(UNREAD.matches("<circle").count() == 2 && !MARK.contains("<circle"));
    }

    #[test]
    fn a_system_that_cuts_corners_gets_a_full_square() {
        let full = full(MARK, 0.5);
        assert!(!full.contains("rx="));
        assert!(full.contains(r#"/><g transform="translate(16 16) scale(0.5)"><path"#), "{full}");
        assert!(full.trim_end().ends_with("</g></svg>"));
    }

    #[test]
    fn the_manifest_names_pictures_that_are_there_and_as_large_as_it_says() {
        let manifest: Value = serde_json::from_str(MANIFEST).unwrap();
        let public = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../public"));
        let mut sizes = Vec::new();
        for icon in manifest["icons"].as_array().unwrap() {
            let (name, size) = (icon["src"].as_str().unwrap(), icon["sizes"].as_str().unwrap());
            let bytes = std::fs::read(public.join(name)).unwrap();
            if icon["type"] == "image/png" {
                // The header's width and height (PNG, 11.2.1).
                let number = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
                assert_eq!(size, format!("{}x{}", number(16), number(20)), "{name}");
            }
            sizes.push(format!("{size} {}", icon["purpose"].as_str().unwrap()));
        }
        assert_eq!(sizes, ["any any", "192x192 any", "512x512 any", "512x512 maskable"]);
    }
}
