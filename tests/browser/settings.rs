//! What a person can choose for this browser.

use std::cell::RefCell;

use chinwag::edge::settings;
use chinwag::state::session::Command;
use chinwag::state::{Permission, Setting, Settings};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Event, EventInit, HtmlSelectElement};

use crate::scroller::Style;
use crate::support::{Fake, More, Page, id, js, json, settle};

const TOOL: &str = ".topbar [aria-label=Settings]";
const LOST: &str = ".setting-lost";
/// No storage at all.
const BLOCKED: &str = "const real = Object.getOwnPropertyDescriptor(window, 'localStorage');
    Object.defineProperty(window, 'localStorage',
        { configurable: true, get() { throw new DOMException('blocked', 'SecurityError') } });
    return () => Object.defineProperty(window, 'localStorage', real);";

/// The settings of a browser in which nothing is chosen.
async fn page() -> Page {
    let page = Page::talking_to("ada").await;
    for setting in [Setting::Theme, Setting::Size, Setting::Enter] {
        (settings::of_the_browser().choose)(setting, "");
    }
    page.click(TOOL).await;
    page
}

fn radio(setting: &str, value: &str) -> String {
    format!("dialog input[name={setting}][value='{value}']")
}

fn is_checked(page: &Page, setting: &str, value: &str) -> bool {
    page.has(&format!("{}:checked", radio(setting, value)))
}

/// What is kept, and what stands on the page's root.
fn kept(setting: &str) -> [String; 2] {
    [
        json(&format!("localStorage.getItem('chinwag.{setting}')")),
        json(&format!("document.documentElement.dataset.{setting} ?? null")),
    ]
}

#[wasm_bindgen_test]
async fn what_is_chosen_is_so_at_once_and_kept() {
    let page = page().await;
    for (setting, value) in [("theme", "dark"), ("size", "largest"), ("enter", "line")] {
        assert!(is_checked(&page, setting, ""), "{setting}");
        page.click(&radio(setting, value)).await;
        let written = format!("{value:?}");
        assert_eq!(kept(setting), [written.clone(), written], "{setting}");
    }
    assert!(!page.has(LOST));
    page.key("dialog h2", "Escape", |_| {}).await;
    page.click(TOOL).await;
    for (setting, value) in [("theme", "dark"), ("size", "largest"), ("enter", "line")] {
        assert!(is_checked(&page, setting, value), "{setting}: it is found again");
        page.click(&radio(setting, "")).await;
        assert_eq!(kept(setting), ["null", "null"], "{setting}: as if nobody had chosen");
    }
    page.key("dialog h2", "Escape", |_| {}).await;
}

#[wasm_bindgen_test]
async fn a_value_that_nobody_can_choose_is_that_of_who_has_chosen_nothing() {
    let page = page().await;
    page.key("dialog h2", "Escape", |_| {}).await;
    js("document.documentElement.dataset.theme = 'sepia'");
    page.click(TOOL).await;
    assert!(is_checked(&page, "theme", ""));
    page.key("dialog h2", "Escape", |_| {}).await;
    js("delete document.documentElement.dataset.theme");
}

#[wasm_bindgen_test]
async fn where_nothing_can_be_kept_it_holds_for_the_page_and_that_is_said() {
    let page = page().await;
    page.key("dialog h2", "Escape", |_| {}).await;
    {
        let _blocked = Fake::new(BLOCKED);
        page.click(TOOL).await;
        let said =
            "This browser keeps nothing. What you choose here lasts until you close this page.";
        assert_eq!(page.text(&format!("[role=status] {LOST}")), said);
        page.click(&radio("theme", "dark")).await;
        assert_eq!(json("document.documentElement.dataset.theme"), r#""dark""#);
        assert!(page.has(LOST));
    }
    // One that is full says so when something is to be kept.
    page.key("dialog h2", "Escape", |_| {}).await;
    page.click(TOOL).await;
    assert!(!page.has(LOST));
    {
        let _full = Fake::new(
            "const real = Storage.prototype.setItem;
            Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError') };
            return () => Storage.prototype.setItem = real;",
        );
        page.click(&radio("theme", "light")).await;
    }
    assert!(page.has(LOST));
    page.click(&radio("theme", "")).await;
    assert!(!page.has(LOST));
    page.key("dialog h2", "Escape", |_| {}).await;
}

#[wasm_bindgen_test]
async fn a_language_is_chosen_by_the_button_and_not_on_the_way_to_it() {
    thread_local!(static CHOSEN: RefCell<Vec<(Setting, String)>> = const { RefCell::new(Vec::new()) });
    // The page would be gone with the browser's own.
    let page = Page::set_by(&Settings {
        chosen: |setting| if setting == Setting::Language { "de" } else { "" }.to_owned(),
        choose: |setting, value| {
            CHOSEN.with_borrow_mut(|chosen| chosen.push((setting, value.to_owned())));
            true
        },
        kept: || true,
        permission: || Permission::Unsupported,
        ask: |_| {},
    })
    .await;
    page.click(TOOL).await;
    let names = ["As the browser has it", "العربية", "Deutsch", "English", "Español", "中文"];
    assert_eq!(page.texts("#language option"), names);
    let field: HtmlSelectElement = page.find("#language").unchecked_into();
    assert_eq!(field.value(), "de");
    let bubbles = EventInit::new();
    bubbles.set_bubbles(true);
    for language in ["es", "zh", "", "de"] {
        field.set_value(language);
        let change = Event::new_with_event_init_dict("change", &bubbles).unwrap();
        field.dispatch_event(&change).unwrap();
        settle().await;
        assert_eq!(CHOSEN.take(), [], "{language}");
        page.press("Use this language").await;
        assert_eq!(CHOSEN.take(), [(Setting::Language, language.to_owned())]);
    }
    page.key("dialog h2", "Escape", |_| {}).await;
}

#[wasm_bindgen_test]
async fn enter_makes_a_new_line_where_that_was_chosen_and_control_sends() {
    let page = page().await;
    page.click(&radio("enter", "line")).await;
    page.key("dialog h2", "Escape", |_| {}).await;
    page.type_into("#composer", "hello").await;
    page.sent();
    assert!(page.key("#composer", "Enter", |_| {}).await, "the field's own new line");
    assert!(page.key("#composer", "Enter", |key| key.set_shift_key(true)).await);
    let composing: More = |key| {
        key.set_ctrl_key(true);
        key.set_is_composing(true);
    };
    assert!(page.key("#composer", "Enter", composing).await);
    assert_eq!(page.sent(), []);
    let sent = |text: &str| Command::Send { to: id("ada"), text: text.to_owned() };
    assert!(!page.key("#composer", "Enter", |key| key.set_ctrl_key(true)).await);
    assert_eq!(page.sent(), [sent("hello")]);
    page.type_into("#composer", "again").await;
    page.sent();
    assert!(!page.key("#composer", "Enter", |key| key.set_meta_key(true)).await);
    assert_eq!(page.sent(), [sent("again")]);
    (settings::of_the_browser().choose)(Setting::Enter, "");
}

#[wasm_bindgen_test]
async fn the_settings_lead_to_the_shortcuts() {
    let page = page().await;
    page.key("dialog h2", "Escape", |_| {}).await;
    page.find(TOOL).focus().unwrap();
    page.click(TOOL).await;
    page.press("Keyboard shortcuts").await;
    assert_eq!(page.texts("dialog[open] h2"), ["Keyboard shortcuts"]);
    page.key("dialog h2", "Escape", |_| {}).await;
    assert!(!page.has("dialog") && page.is_focused(TOOL));
}

/// Larger text makes all of the page larger, and no target smaller than a finger.
#[wasm_bindgen_test]
async fn the_style_sheets_know_what_can_be_chosen() {
    let _style = Style::new();
    let root =
        |property: &str| json(&format!("getComputedStyle(document.documentElement).{property}"));
    let page = page().await;
    let mut sizes = Vec::new();
    for size in ["", "large", "largest"] {
        page.click(&radio("size", size)).await;
        sizes.push(root("fontSize"));
    }
    page.click(&radio("size", "")).await;
    assert_eq!(sizes, [r#""16px""#, r#""19px""#, r#""22px""#]);
    for theme in ["dark", "light"] {
        page.click(&radio("theme", theme)).await;
        assert_eq!(root("colorScheme"), format!("{theme:?}"));
    }
    page.click(&radio("theme", "")).await;
    page.key("dialog h2", "Escape", |_| {}).await;
}

const CLEAR: &str = "Clear local data…";

/// By the keyboard the second question comes under the first one's key: who presses it twice has said yes to nothing.
#[wasm_bindgen_test]
async fn the_copy_in_this_browser_is_cleared_only_by_who_says_so_twice() {
    let page = page().await;
    page.sent();
    page.press(CLEAR).await;
    assert!(page.is_focused("#local-question"));
    assert!(page.text("#local-question").contains("what you have written and not sent stays"));
    assert!(!page.texts("dialog button").contains(&CLEAR.to_owned()));
    page.press("Keep it").await;
    assert!(page.is_focused("#local-title") && !page.has("#local-question"));
    assert_eq!(page.sent(), []);
    page.press(CLEAR).await;
    page.press("Clear it").await;
    assert_eq!(page.sent(), [Command::Clear]);
    assert!(!page.has("dialog"), "what comes of it is seen");
}
