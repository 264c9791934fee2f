//! How the page is looked at: on what screen, in what light, with what eyes. By Chromium's own protocol, while the page stays as it is.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::Person;

/// A way to look at a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Its name.
    pub name: &'static str,
    /// The width and height of the page.
    pub size: (u32, u32),
    /// Whether the system is dark.
    pub dark: bool,
    /// The size of texts in the browser's settings, in per cent.
    pub text: u32,
    /// Whether one points with a finger.
    pub touch: bool,
    /// What one has asked the system for to see better.
    pub aid: Option<Aid>,
}

/// What a system does for eyes that need it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aid {
    /// It has colours of its own for everything (CSS Color Adjustment, forced colours).
    ForcedColours,
    /// It asks pages for more contrast (Media Queries 5, `prefers-contrast`).
    Contrast,
}

/// A kind of picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// To the pixel.
    Png,
    /// Small.
    WebP,
}

impl Person {
    /// Looks at the page in this way from now on. Nothing moves that need not.
    pub async fn looks(&self, look: &Look) {
        let (width, height) = look.size;
        let is = |aid, yes: &'static str, no: &'static str| {
            if look.aid == Some(aid) { yes } else { no }
        };
        let features = [
            ("prefers-color-scheme", if look.dark { "dark" } else { "light" }),
            ("prefers-reduced-motion", "reduce"),
            ("forced-colors", is(Aid::ForcedColours, "active", "none")),
            ("prefers-contrast", is(Aid::Contrast, "more", "no-preference")),
        ];
        let features = features.map(|(name, value)| json!({ "name": name, "value": value }));
        let screen =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        let touch = json!({ "enabled": look.touch, "maxTouchPoints": 1 });
        let bars = json!({ "hidden": look.touch });
        // Of browsers' usual sizes.
        let size = |pixels: u32| pixels * look.text / 100;
        let sizes = json!({ "fontSizes": { "standard": size(16), "fixed": size(13) } });
        for (command, parameters) in [
            ("Emulation.setEmulatedMedia", json!({ "features": features })),
            ("Emulation.setDeviceMetricsOverride", screen),
            ("Emulation.setTouchEmulationEnabled", touch),
            // On phones they lie over the page, while it is scrolled.
            ("Emulation.setScrollbarsHidden", bars),
            ("Page.setFontSizes", sizes),
        ] {
            self.0.browser.commands(command, &parameters).await;
        }
        self.until("the page to look like that", async || self.is_told(SETTLED, vec![]).await)
            .await;
    }

    /// Lives where this is the time zone (IANA).
    pub async fn lives_in(&self, zone: &str) {
        let zone = json!({ "timezoneId": zone });
        self.0.browser.commands("Emulation.setTimezoneOverride", &zone).await;
    }

    /// What the page looks like, as a PNG or, smaller and not to the last detail, as a WebP.
    pub async fn photographs_the_page(&self, kind: Kind) -> Vec<u8> {
        let kind = match kind {
            Kind::Png => json!({ "format": "png" }),
            Kind::WebP => json!({ "format": "webp", "quality": 82 }),
        };
        let told = self.0.browser.devtools("Page.captureScreenshot", &kind).await;
        let told = told.unwrap_or_else(|error| panic!("no picture: {error}"));
        BASE64_STANDARD.decode(told["data"].as_str().unwrap_or_default()).expect("a picture")
    }

    /// What a script answers that answers later.
    pub async fn waits_for(&self, what: &str, script: &str, arguments: Vec<Value>) -> Value {
        self.until(what, async || self.is_told(script, arguments.clone()).await).await
    }
}

/// Answers once the page is drawn as it should be: its fonts are there, and what moves has come to its end.
const SETTLED: &str = "
    const done = arguments[arguments.length - 1];
    const frame = () => new Promise(requestAnimationFrame);
    (async () => {
        await document.fonts.ready;
        for (let frames = 0; frames < 3; frames += 1) await frame();
        const endless = ({ effect }) => effect.getComputedTiming().iterations === Infinity;
        for (const animation of document.getAnimations()) if (!endless(animation)) animation.finish();
        await frame();
    })().then(() => done(null), error => done(`${error}`));
";
