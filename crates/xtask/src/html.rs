//! The built page is valid HTML, its pictures are valid SVG, and the manifest has what an installable page needs.

use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::browser;
use crate::build;
use crate::npm::Packages;
use crate::process;
use crate::project::Project;
use crate::tools::which;

/// The checker of the W3C (Nu).
const CHECKER: Packages = Packages {
    folder: "html",
    reason: "the checks of the page's HTML",
    wanted: &[("vnu-jar", "26.9.27")],
};

/// What it says of style sheets: it knows neither `field-sizing` nor a `min()` with a variable in it.
const STYLES: &str = ".*CSS: .*";

/// Fails with a list of what is not valid.
pub(crate) fn check(project: &Project) -> Result<()> {
    let checker = CHECKER.install(project)?.join("vnu-jar/build/dist/vnu.jar");
    build::both(project).context("not run, because the page cannot be built")?;
    let dist = project.dist();
    let files = ["index.html", "icon.svg", "icon-unread.svg"].map(|name| dist.join(name));
    let mut command = project.command(java(project)?);
    command.arg("-jar").arg(checker).args(["--errors-only", "--also-check-svg"]);
    process::run(command.args(["--filterpattern", STYLES]).args(files)).context("not valid HTML")
}

/// What runs the checker. Installs it where it is missing and may be.
fn java(project: &Project) -> Result<PathBuf> {
    if which("java").is_none() {
        browser::install(project, "Java", &["default-jre-headless"])?;
    }
    which("java").context("apt-get installed Java, and yet it is not on PATH")
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    const MANIFEST: &str = include_str!("../../../public/manifest.webmanifest");
    const PAGE: &str = include_str!("../../../index.html");
    const TOKENS: &str = include_str!("../../../style/tokens.css");

    /// Web Application Manifest, and what browsers ask of a page that can be installed.
    #[test]
    fn the_manifest_has_what_an_installable_page_needs() {
        let manifest: Value = serde_json::from_str(MANIFEST).unwrap();
        let text = |name: &str| manifest[name].as_str().unwrap_or_default();
        for name in ["name", "short_name", "description", "lang", "theme_color", "background_color"]
        {
            assert!(!text(name).is_empty(), "{name}");
        }
        assert!(text("short_name").len() <= 12, "it does not fit below an icon");
        // Relative: one build runs in any sub-path.
        assert_eq!((text("start_url"), text("scope")), ("./", "./"));
        assert!(["standalone", "minimal-ui", "fullscreen"].contains(&text("display")));
        assert!(["ltr", "rtl", "auto"].contains(&text("dir")));
        let icons = manifest["icons"].as_array().unwrap();
        let has = |size: &str, purpose: &str| {
            let is = |icon: &&Value| icon["sizes"] == size && icon["purpose"] == purpose;
            let found = icons.iter().find(is).unwrap_or_else(|| panic!("{size} {purpose}"));
            assert_eq!(found["type"], "image/png", "{size}");
        };
        has("192x192", "any");
        has("512x512", "any");
        has("512x512", "maskable");
        assert!(PAGE.contains(r#"<link rel="manifest" href="./manifest.webmanifest" />"#));
    }

    /// The frame that a system draws around the page has the page's colours, as far as it knows them: it takes no OKLCH.
    #[test]
    fn the_manifest_has_the_colours_of_the_page() {
        let manifest: Value = serde_json::from_str(MANIFEST).unwrap();
        let (light, dark) = TOKENS.split_once("@media (prefers-color-scheme: dark)").unwrap();
        let surface =
            format!(r#"content="{}" media="(prefers-color-scheme: light)""#, hex(light, "surface"));
        assert!(PAGE.contains(&surface), "{surface}");
        let surface =
            format!(r#"content="{}" media="(prefers-color-scheme: dark)""#, hex(dark, "surface"));
        assert!(PAGE.contains(&surface), "{surface}");
        assert_eq!(manifest["theme_color"], hex(light, "surface"));
        assert_eq!(manifest["background_color"], hex(light, "ground"));
    }

    /// A colour of the style sheet, in the eight bits a channel that systems know (CSS Color 4, 10).
    fn hex(tokens: &str, name: &str) -> String {
        let (_, rest) = tokens.split_once(&format!("--{name}: oklch(")).unwrap();
        let parts: Vec<f64> = rest
            .split(')')
            .next()
            .unwrap()
            .split_whitespace()
            .map(|part| part.trim_end_matches('%').parse().unwrap())
            .collect();
        let (light, strong, hue) = (parts[0] / 100.0, parts[1], parts[2].to_radians());
        let (a, b) = (strong * hue.cos(), strong * hue.sin());
        let cube = |by_a: f64, by_b: f64| (light + by_a * a + by_b * b).powi(3);
        let long = cube(0.396_337_777_4, 0.215_803_757_3);
        let middle = cube(-0.105_561_345_8, -0.063_854_172_8);
        let short = cube(-0.089_484_177_5, -1.291_485_548);
        let channels = [
            4.076_741_662_1 * long - 3.307_711_591_3 * middle + 0.230_969_929_2 * short,
            -1.268_438_004_6 * long + 2.609_757_401_1 * middle - 0.341_319_396_5 * short,
            -0.004_196_086_3 * long - 0.703_418_614_7 * middle + 1.707_614_701 * short,
        ];
        let channels = channels.map(|linear| {
            let curved = if linear <= 0.003_130_8 {
                linear * 12.92
            } else {
                1.055 * linear.powf(1.0 / 2.4) - 0.055
            };
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "up to 255"
            )]
            let byte = (curved.clamp(0.0, 1.0) * 255.0).round() as u8;
            format!("{byte:02x}")
        });
        format!("#{}", channels.concat())
    }
}
