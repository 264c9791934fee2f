//! One of the two pages in a browser of its own: what is asked of it, and what the browser tells about it.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use chinwag_e2e::{Browser, DESKTOP, Driver};
use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::wd::TimeoutConfiguration;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::stage::Which;

const WATCH: &str = include_str!("watch.js");
const SCROLL: &str = include_str!("scroll.js");

/// No script and no load takes so long: each has a patience of its own.
const LONGEST: Duration = Duration::from_mins(15);

/// How long a page may take to answer: longer than what is waited for in it.
const PATIENCE: Duration = Duration::from_secs(75);

/// A page in a browser of its own. The browser ends with this value.
#[derive(Debug)]
pub(crate) struct Page {
    browser: Browser,
    // With it ends the browser, whatever a page is busy with.
    _driver: Driver,
    url: String,
    token: String,
    which: Which,
}

impl Page {
    /// Opens a browser whose files are in this folder. Nothing is visited yet.
    pub(crate) async fn open(folder: &Path, url: &str, token: &str, which: Which) -> Result<Self> {
        let driver = Driver::start(folder).await;
        let browser = driver.open(&folder.join("profile")).await;
        let longest = Some(LONGEST);
        let client = &browser.client;
        client.update_timeouts(TimeoutConfiguration::new(longest, longest, None)).await?;
        client.set_window_size(DESKTOP.0, DESKTOP.1).await?;
        let (url, token) = (url.to_owned(), token.to_owned());
        let page = Self { browser, _driver: driver, url, token, which };
        page.is_watched("").await?;
        Ok(page)
    }

    /// Which of the two.
    pub(crate) fn which(&self) -> Which {
        self.which
    }

    /// What is visited in this tab is watched from its very start; this script comes at the end of `watch.js`.
    async fn is_watched(&self, more: &str) -> Result<()> {
        let mut script = WATCH.replace("__TOKEN__", &self.token);
        // Not in what is no page of the server's.
        write!(script, "\nif (window.bench) {{ {more} }}")?;
        self.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": script })).await?;
        self.devtools("Performance.enable", json!({ "timeDomain": "threadTicks" })).await?;
        Ok(())
    }

    /// Does something in a new tab, whose program is a new one too. `more` runs at the start of each page there.
    pub(crate) async fn in_a_tab<T>(
        &self,
        more: &str,
        work: impl AsyncFnOnce() -> Result<T>,
    ) -> Result<T> {
        let client = &self.browser.client;
        let before = client.window().await?;
        let tab = client.new_window(true).await?.handle;
        client.switch_to_window(tab).await?;
        self.is_watched(more).await?;
        let done = work().await;
        client.close_window().await?;
        client.switch_to_window(before).await?;
        done
    }

    /// Loads the page, at this place of it.
    pub(crate) async fn visit(&self, place: &str) -> Result<()> {
        let url = format!("{}/{place}", self.url);
        let visited = timeout(PATIENCE, self.browser.client.goto(&url)).await;
        visited.context("the page does not load")?.with_context(|| format!("the page at /{place}"))
    }

    /// Forgets all that the browser has kept of the page.
    pub(crate) async fn is_forgotten(&self) -> Result<()> {
        self.devtools("Network.clearBrowserCache", json!({})).await?;
        let everything = json!({ "origin": self.url, "storageTypes": "all" });
        self.devtools("Storage.clearDataForOrigin", everything).await?;
        Ok(())
    }

    /// The processor is so many times slower for this tab.
    pub(crate) async fn has_a_processor(&self, slower: f64) -> Result<()> {
        self.devtools("Emulation.setCPUThrottlingRate", json!({ "rate": slower })).await.map(drop)
    }

    /// The network brings so many bytes a second to this tab, each answer so many milliseconds later.
    pub(crate) async fn has_a_network(&self, bytes: f64, latency: f64) -> Result<()> {
        self.devtools("Network.enable", json!({})).await?;
        let conditions = json!({
            "offline": false, "latency": latency, "downloadThroughput": bytes, "uploadThroughput": bytes / 2.0,
        });
        self.devtools("Network.emulateNetworkConditions", conditions).await.map(drop)
    }

    /// Runs a function in the page, and waits for what its promise comes to. A page that is kept busy says nothing in
    /// time, whatever the function's own patience is: then this tab is lost.
    pub(crate) async fn awaits(&self, function: &str, arguments: Vec<Value>) -> Result<Value> {
        self.awaits_long(function, arguments, PATIENCE).await
    }

    /// The same, where it may take longer.
    pub(crate) async fn awaits_long(
        &self,
        function: &str,
        arguments: Vec<Value>,
        patience: Duration,
    ) -> Result<Value> {
        let script = format!(
            "const given = [...arguments]; const done = given.pop();
             Promise.resolve().then(() => ({function})(...given))
                 .then((value) => done({{ value: value ?? null }}), (error) => done({{ error: String(error) }}));"
        );
        let asked = timeout(patience, self.browser.client.execute_async(&script, arguments)).await;
        let asked = asked.map_err(|_| anyhow!("the page was busy for {} s", patience.as_secs()));
        let mut answer = asked??;
        if let Some(error) = answer["error"].as_str() {
            bail!("{}", error.trim_start_matches("Error: "));
        }
        Ok(answer["value"].take())
    }

    /// The same, where the answer is a number.
    pub(crate) async fn awaits_number(&self, function: &str, arguments: Vec<Value>) -> Result<f64> {
        let answer = self.awaits(function, arguments).await?;
        answer.as_f64().with_context(|| format!("no number: {answer}"))
    }

    /// Adds `scroll.js`.
    pub(crate) async fn learns_to_scroll(&self) -> Result<()> {
        self.browser.client.execute(SCROLL, vec![]).await?;
        Ok(())
    }

    /// Has a command of the browser's own protocol done.
    pub(crate) async fn devtools(&self, command: &str, parameters: Value) -> Result<Value> {
        self.browser.devtools(command, &parameters).await.map_err(|words| anyhow!(words))
    }

    /// What a metric of the browser's stands at.
    pub(crate) async fn metric(&self, name: &str) -> Result<f64> {
        let answer = self.devtools("Performance.getMetrics", json!({})).await?;
        let metrics = answer["metrics"].as_array().context("the browser tells no metrics")?;
        let found = metrics.iter().find(|metric| metric["name"] == name);
        let found = found.and_then(|metric| metric["value"].as_f64());
        found.with_context(|| format!("the browser does not tell {name}"))
    }

    /// For how long the main thread has worked so far, in milliseconds of the processor's time.
    pub(crate) async fn work(&self) -> Result<f64> {
        Ok(self.metric("TaskDuration").await? * 1_000.0)
    }

    /// Puts this text where the focus is, as an input method does.
    pub(crate) async fn inserts(&self, text: &str) -> Result<()> {
        self.devtools("Input.insertText", json!({ "text": text })).await.map(drop)
    }

    /// Types a text, a letter after each such pause. One command for all of it: each costs the page something.
    pub(crate) async fn types(&self, text: &str, pause: Duration) -> Result<()> {
        let strokes = text.chars().flat_map(|value| {
            let duration = pause;
            [KeyAction::Pause { duration }, KeyAction::Down { value }, KeyAction::Up { value }]
        });
        let keyboard = KeyActions::new("keyboard".to_owned());
        let keyboard = strokes.fold(keyboard, InputSource::then);
        Ok(self.browser.client.perform_actions(keyboard).await?)
    }

    /// Presses a key and lets it go.
    pub(crate) async fn presses(&self, key: Key) -> Result<()> {
        let Key { name, code, text, commands } = key;
        let kind = if text.is_empty() { "rawKeyDown" } else { "keyDown" };
        let down = json!({
            "type": kind, "key": name, "windowsVirtualKeyCode": code, "text": text, "commands": commands,
        });
        self.devtools("Input.dispatchKeyEvent", down).await?;
        let up = json!({ "type": "keyUp", "key": name, "windowsVirtualKeyCode": code });
        self.devtools("Input.dispatchKeyEvent", up).await.map(drop)
    }

    /// Turns the wheel by so many pixels, over this point.
    pub(crate) async fn turns_the_wheel(&self, (x, y): (f64, f64), by: f64) -> Result<()> {
        let turn = json!({ "type": "mouseWheel", "x": x, "y": y, "deltaX": 0, "deltaY": by });
        self.devtools("Input.dispatchMouseEvent", turn).await.map(drop)
    }
}

/// A key of the keyboard.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Key {
    name: &'static str,
    code: u32,
    text: &'static str,
    commands: &'static [&'static str],
}

impl Key {
    /// Enter.
    pub(crate) const ENTER: Self = Self { name: "Enter", code: 13, text: "\r", commands: &[] };
    /// Marks all of a field.
    pub(crate) const ALL: Self = Self { name: "a", code: 65, text: "", commands: &["selectAll"] };
    /// Removes what is marked.
    pub(crate) const BACKSPACE: Self =
        Self { name: "Backspace", code: 8, text: "", commands: &["deleteBackward"] };
}
