//! Somebody with a browser of their own: eyes and hands that know no page, and below them what each page has.
//!
//! Each thing that somebody does or sees waits for what it needs, by looking again until it is there.

pub(crate) mod chat;
pub(crate) mod disk;
pub(crate) mod look;
pub(crate) mod page;
pub(crate) mod parts;
pub(crate) mod scroll;
pub(crate) mod shell;
pub(crate) mod sign_in;
pub(crate) mod storm;

use std::cell::{Cell, RefCell};
use std::fmt::Debug;
use std::rc::Rc;
use std::time::{Duration, Instant};

use fantoccini::actions::{InputSource, KeyAction, KeyActions, MouseActions, PointerAction};
use fantoccini::elements::{Element, ElementRef};
use fantoccini::key::Key;
use fantoccini::wd::WindowHandle;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::browser::{self, Browser};

/// How long somebody waits for what they expect.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// How soon they look again.
const AGAIN: Duration = Duration::from_millis(40);

/// What a browser calls an element in its answers (WebDriver §12.2).
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// Finds the elements that can be seen; those with a text in their name or words, where one is given.
const FIND: &str = "
    const [selector, text] = arguments;
    const seen = e => e.getClientRects().length > 0 && getComputedStyle(e).visibility !== 'hidden';
    const words = e => [e.getAttribute('aria-label'), e.getAttribute('placeholder'), e.innerText];
    return [...document.querySelectorAll(selector)].filter(seen).filter(
        e => text === null || words(e).some(words => words !== null && words?.includes(text)));
";

/// Marks the document that is being left for an address, or for itself. Whether it stays: only another part of it is asked for then.
const LEAVES: &str = "
    const [url] = arguments;
    const [from, to] = [location.href, url ?? location.href].map(address => new URL(address).href.split('#')[0]);
    window.leaves = true;
    return from === to && url !== null && url.includes('#');
";

/// Somebody with a browser.
#[derive(Clone, Debug)]
pub struct Person(Rc<Inner>);

#[derive(Debug)]
struct Inner {
    name: String,
    browser: Browser,
    present: Cell<bool>,
    /// In the order in which they were opened: drivers have orders of their own.
    tabs: RefCell<Vec<WindowHandle>>,
}

impl Person {
    pub(crate) fn new(name: &str, browser: Browser) -> Self {
        Self(Rc::new(Inner {
            name: name.to_owned(),
            browser,
            present: Cell::new(true),
            tabs: RefCell::default(),
        }))
    }

    /// Their name.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    pub(crate) fn is_present(&self) -> bool {
        self.0.present.get()
    }

    /// Closes the browser.
    pub async fn leaves(&self) {
        self.0.present.set(false);
        self.0.browser.client.clone().close().await.unwrap();
    }

    /// Before a page is left, which would hide it: the program has not stopped working.
    pub(crate) async fn has_seen_no_crash(&self) {
        assert!(!self.sees_a_crash().await, "{} saw the program crash", self.name());
    }

    /// Makes the page's own area as large as this.
    pub async fn has_a_window(&self, (width, height): (u32, u32)) {
        let client = &self.0.browser.client;
        self.0.browser.has_a_page(None).await;
        client.set_window_size(width, height).await.unwrap();
        self.0.browser.has_a_page(Some((width, height))).await;
        self.until("a window of this size", async || {
            let inner = self.asks("return [innerWidth, innerHeight]", vec![]).await;
            let Err(instead) = expect_equal(&inner, &json!([width, height])) else { return Ok(()) };
            // What is around the page is the browser's own, and it takes its time.
            let outer = client.get_window_size().await.unwrap();
            let around = |outer: u64, side: usize| {
                let inner = inner[side].as_u64().unwrap_or(outer);
                u32::try_from(outer.saturating_sub(inner)).unwrap_or_default()
            };
            let size = (width + around(outer.0, 0), height + around(outer.1, 1));
            client.set_window_size(size.0, size.1).await.unwrap();
            Err(instead)
        })
        .await;
    }

    /// Opens an address.
    pub async fn visits(&self, url: &str) {
        self.has_seen_no_crash().await;
        let stays = self.asks(LEAVES, vec![json!(url)]).await == json!(true);
        self.0.browser.client.goto(url).await.unwrap();
        self.has_read_the_page(stays).await;
    }

    /// Loads the page again.
    pub async fn reloads(&self) {
        self.has_seen_no_crash().await;
        self.asks(LEAVES, vec![json!(null)]).await;
        self.0.browser.reloads().await.unwrap();
        self.has_read_the_page(false).await;
    }

    /// Waits until another document is there than the one that was left, and is read. WebKit's driver says so sooner where another
    /// process takes over the tab.
    async fn has_read_the_page(&self, stays: bool) {
        self.until("the page to be read", async || {
            let state = "return [window.leaves ?? false, document.readyState]";
            expect_equal(&self.asks(state, vec![]).await, &json!([stays, "complete"]))
        })
        .await;
    }

    /// Goes back in the browser's history.
    pub async fn goes_back(&self) {
        self.has_seen_no_crash().await;
        self.0.browser.client.back().await.unwrap();
    }

    /// Goes forward in the browser's history.
    pub async fn goes_forward(&self) {
        self.has_seen_no_crash().await;
        self.0.browser.client.forward().await.unwrap();
    }

    /// Opens another tab with this address, and looks at it.
    pub async fn opens_a_tab(&self, url: &str) {
        self.opens_an_empty_tab().await;
        self.visits(url).await;
    }

    /// Opens another tab with nothing in it, and looks at it.
    pub async fn opens_an_empty_tab(&self) {
        let client = &self.0.browser.client;
        let tab = client.new_window(self.0.browser.shows_tabs()).await.unwrap().handle;
        if self.0.tabs.borrow().is_empty() {
            let first = client.window().await.unwrap();
            self.0.tabs.borrow_mut().push(first);
        }
        self.0.tabs.borrow_mut().push(tab.clone());
        client.switch_to_window(tab).await.unwrap();
    }

    /// Closes the tab that one looks at, and looks at the first of the others.
    pub async fn closes_the_tab(&self) {
        self.has_seen_no_crash().await;
        self.0.browser.client.close_window().await.unwrap();
        self.turns_to_tab(0).await;
    }

    /// How many tabs there are.
    pub async fn tabs(&self) -> usize {
        self.0.browser.client.windows().await.unwrap().len()
    }

    /// Looks at the tab of this number, from 0.
    pub async fn turns_to_tab(&self, number: usize) {
        let client = &self.0.browser.client;
        let tabs = client.windows().await.unwrap();
        let known =
            self.0.tabs.borrow().iter().filter(|tab| tabs.contains(tab)).nth(number).cloned();
        client.switch_to_window(known.unwrap_or_else(|| tabs[number].clone())).await.unwrap();
    }

    /// Clicks on what is there: the first element of this selector, with this text where one is given.
    pub async fn clicks<'a>(&self, selector: &str, text: impl Into<Option<&'a str>>) {
        let text = text.into();
        self.until(&format!("a click on {selector} {}", text.unwrap_or_default()), async || {
            let found = self.finds(selector, text).await?;
            match found.click().await {
                Ok(()) => Ok(()),
                Err(error) if browser::is_passing(&error) => Err(error.to_string()),
                Err(error) => panic!("{}: {error}", self.name()),
            }
        })
        .await;
    }

    /// Points at the first element of this selector with a mouse.
    pub async fn points_at(&self, selector: &str) {
        self.until(&format!("pointing at {selector}"), async || {
            let element = self.finds(selector, None).await?;
            let there = PointerAction::MoveToElement { element, duration: None, x: 0.0, y: 0.0 };
            let mouse = MouseActions::new("mouse".to_owned()).then(there);
            let moved = self.0.browser.client.perform_actions(mouse).await;
            moved.map_err(|error| error.to_string())
        })
        .await;
    }

    /// Presses a button by its name.
    pub async fn presses_button(&self, name: &str) {
        self.clicks("button", name).await;
    }

    /// Types into a field, after what is in it.
    pub async fn types_into(&self, selector: &str, text: &str) {
        self.until(&format!("typing into {selector}"), async || {
            let field = self.finds(selector, None).await?;
            if !field.is_enabled().await.unwrap_or(false) {
                return Err("it is disabled".to_owned());
            }
            match field.send_keys(text).await {
                Ok(()) => Ok(()),
                Err(error) if browser::is_passing(&error) => Err(error.to_string()),
                Err(error) => panic!("{}: {error}", self.name()),
            }
        })
        .await;
    }

    /// Types with the keyboard alone, wherever the focus is.
    pub async fn types(&self, text: &str) {
        let keys =
            text.chars().flat_map(|value| [KeyAction::Down { value }, KeyAction::Up { value }]);
        self.acts(keys).await;
    }

    /// Types a day into the field for one that has the focus: its parts, with slashes between them.
    pub async fn types_a_day(&self, day: &str) {
        self.types(&self.0.browser.types_a_day_as(day)).await;
    }

    /// Presses a key, wherever the focus is.
    pub async fn presses(&self, key: Key) {
        let value = char::from(key);
        self.acts([KeyAction::Down { value }, KeyAction::Up { value }]).await;
    }

    /// Presses a key while another is held.
    pub async fn presses_with(&self, held: Key, key: Key) {
        self.0.browser.presses_with(char::from(held), char::from(key)).await.unwrap();
    }

    /// Presses a letter while a key is held.
    pub async fn presses_letter_with(&self, held: Key, letter: char) {
        self.0.browser.presses_with(char::from(held), letter).await.unwrap();
    }

    /// Goes on with Tab until the focus is on what this selector describes, as somebody does who has no mouse.
    pub async fn tabs_to(&self, selector: &str) {
        self.tabs_until(selector, async || self.presses(Key::Tab).await).await;
    }

    /// Goes back with Shift and Tab until the focus is on what this selector describes. Who goes on beyond the end of a page is
    /// among the browser's own buttons first.
    pub async fn tabs_back_to(&self, selector: &str) {
        self.tabs_until(selector, async || self.presses_with(Key::Shift, Key::Tab).await).await;
    }

    async fn tabs_until(&self, selector: &str, press: impl AsyncFn()) {
        for _ in 0..30 {
            if self.has_focus_on(selector).await {
                return;
            }
            press().await;
        }
        panic!("{} did not reach {selector} by the keyboard", self.name());
    }

    /// Whether the focus is on what this selector describes.
    pub async fn has_focus_on(&self, selector: &str) -> bool {
        let script = "return document.activeElement?.matches(arguments[0]) ?? false";
        self.asks(script, vec![json!(selector)]).await == json!(true)
    }

    /// Sees that the focus is on what this selector describes.
    pub async fn sees_focus_on(&self, selector: &str) {
        self.until(&format!("the focus on {selector}"), async || {
            let script = "return document.activeElement?.outerHTML.slice(0, 200) ?? ''";
            if self.has_focus_on(selector).await {
                return Ok(());
            }
            Err(format!("it is on {}", self.asks(script, vec![]).await))
        })
        .await;
    }

    /// Sees this text anywhere on the page.
    pub async fn sees(&self, text: &str) {
        self.until(&format!("the text “{text}”"), async || {
            let words = self.page_in_words().await;
            if words.contains(text) { Ok(()) } else { Err(format!("the page says:\n{words}")) }
        })
        .await;
    }

    /// Does not see this text any more.
    pub async fn does_not_see(&self, text: &str) {
        self.until(&format!("“{text}” to go"), async || {
            let words = self.page_in_words().await;
            if words.contains(text) { Err(format!("the page says:\n{words}")) } else { Ok(()) }
        })
        .await;
    }

    /// Sees an element that this selector describes, with this text where one is given.
    pub async fn sees_element<'a>(&self, selector: &str, text: impl Into<Option<&'a str>>) {
        let text = text.into();
        let what = format!("{selector} {}", text.unwrap_or_default());
        self.until(&what, async || self.finds(selector, text).await).await;
    }

    /// Does not see any element that this selector describes.
    pub async fn sees_no(&self, selector: &str) {
        self.until(&format!("no {selector}"), async || match self.finds(selector, None).await {
            Ok(_) => Err("it is there".to_owned()),
            Err(_) => Ok(()),
        })
        .await;
    }

    /// Sees this title of the page.
    pub async fn sees_title(&self, title: &str) {
        self.until("the page's title", async || {
            expect_equal(&self.asks("return document.title", vec![]).await, &json!(title))
        })
        .await;
    }

    /// What is on the page, in words.
    pub async fn page_in_words(&self) -> String {
        let words = self.tries("return document.body?.innerText ?? ''", vec![]).await;
        words.map_or_else(|error| error, |words| words.as_str().unwrap_or_default().to_owned())
    }

    /// What the page looks like, as a PNG.
    pub(crate) async fn picture(&self) -> Option<Vec<u8>> {
        self.0.browser.client.screenshot().await.ok()
    }

    /// Asks the page by a script, which must answer.
    pub async fn asks(&self, script: &str, arguments: Vec<Value>) -> Value {
        let asked = self
            .until("an answer of the page", async || self.tries(script, arguments.clone()).await);
        asked.await
    }

    async fn tries(&self, script: &str, arguments: Vec<Value>) -> Result<Value, String> {
        let answer = self.0.browser.client.execute(script, arguments).await;
        answer.map_err(|error| error.to_string())
    }

    async fn finds(&self, selector: &str, text: Option<&str>) -> Result<Element, String> {
        let found = self.tries(FIND, vec![json!(selector), json!(text)]).await?;
        let id = found[0][ELEMENT].as_str().ok_or("there is none")?;
        let client = self.0.browser.client.clone();
        Ok(Element::from_element_id(client, ElementRef::from(id.to_owned())))
    }

    async fn acts(&self, keys: impl IntoIterator<Item = KeyAction>) {
        let keyboard = KeyActions::new("keyboard".to_owned());
        let keyboard = keys.into_iter().fold(keyboard, InputSource::then);
        self.0.browser.client.perform_actions(keyboard).await.unwrap();
    }

    /// Looks until what is expected is there.
    pub async fn until<T>(&self, what: &str, look: impl AsyncFn() -> Result<T, String>) -> T {
        self.within(PATIENCE, what, look).await
    }

    /// Looks until what is expected is there, for as long as it may take.
    pub async fn within<T>(
        &self,
        limit: Duration,
        what: &str,
        look: impl AsyncFn() -> Result<T, String>,
    ) -> T {
        let start = Instant::now();
        loop {
            match look().await {
                Ok(found) => return found,
                Err(_) if start.elapsed() < limit => sleep(AGAIN).await,
                Err(instead) => panic!("{} waited in vain for {what}: {instead}", self.name()),
            }
        }
    }

    /// Looks for a while whether something stays as it is: for what must not happen.
    pub async fn stays(
        &self,
        what: &str,
        while_: Duration,
        look: impl AsyncFn() -> Result<(), String>,
    ) {
        let start = Instant::now();
        while start.elapsed() < while_ {
            if let Err(instead) = look().await {
                panic!("for {}, {what} did not stay: {instead}", self.name());
            }
            sleep(AGAIN).await;
        }
    }
}

/// Compares what is there with what is expected.
pub(crate) fn expect_equal<T: PartialEq + Debug>(is: &T, expected: &T) -> Result<(), String> {
    if is == expected { Ok(()) } else { Err(format!("expected {expected:?}, but it is {is:?}")) }
}
