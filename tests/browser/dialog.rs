//! What all dialogs have in common.

use chinwag::state::session::{Change, Command, Gate};
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{MouseEvent, MouseEventInit};

use crate::support::{Page, chat, document, js, json, settle};

const TOOL: &str = ".topbar [aria-label=Settings]";
const OPEN: &str = "dialog[open]:modal";

/// The settings, opened by their button.
async fn opened() -> Page {
    let page = Page::talking_to("ada").await;
    page.find(TOOL).focus().unwrap();
    page.click(TOOL).await;
    assert!(page.has(OPEN), "{}", page.place().inner_html());
    page.sent();
    page
}

/// Presses the mouse on one thing and lets it go on another.
async fn drag(page: &Page, from: &str, to: &str) {
    let init = MouseEventInit::new();
    init.set_bubbles(true);
    for (event, place) in [("mousedown", from), ("click", to)] {
        let event = MouseEvent::new_with_mouse_event_init_dict(event, &init).unwrap();
        page.find(place).dispatch_event(&event).unwrap();
    }
    settle().await;
}

fn closed_and_back(page: &Page) -> bool {
    !page.has("dialog") && page.is_focused(TOOL)
}

#[wasm_bindgen_test]
async fn its_styles_come_with_it_once() {
    let sheets = || json("document.adoptedStyleSheets.length");
    let before = sheets();
    drop(opened().await);
    let worn = sheets();
    let page = opened().await;
    let padding = js("getComputedStyle(document.querySelector('dialog')).padding");
    assert_eq!(padding.as_string().as_deref(), Some("0px"));
    assert_eq!(sheets(), worn);
    // Another test may have opened one before.
    assert!([before.clone(), "4".to_owned()].contains(&worn), "{before} {worn}");
    drop(page);
}

#[wasm_bindgen_test]
async fn a_dialog_has_the_focus_within_and_the_name_of_its_heading() {
    let page = opened().await;
    assert!(page.find(OPEN).contains(document().active_element().as_deref()));
    let name = page.attribute(OPEN, "aria-labelledby").unwrap();
    assert_eq!(page.text(&format!("#{name}")), "Settings");
    page.find("#composer").focus().unwrap();
    assert!(!page.is_focused("#composer"), "what is behind it cannot be reached");
    page.click("dialog [aria-label=Close]").await;
}

#[wasm_bindgen_test]
async fn escape_closes_the_dialog_alone_and_the_focus_goes_back() {
    let page = opened().await;
    page.key("dialog h2", "Escape", |key| key.set_is_composing(true)).await;
    assert!(page.has(OPEN), "that was the input method's");
    page.key("dialog h2", "Escape", |_| {}).await;
    assert!(closed_and_back(&page));
    assert_eq!(page.sent(), [], "the conversation stays");
    page.key(TOOL, "Escape", |_| {}).await;
    assert_eq!(page.sent(), [Command::Close], "and goes with the next");
}

#[wasm_bindgen_test]
async fn its_button_and_a_click_beside_it_close_the_dialog_too() {
    let page = opened().await;
    page.click("dialog [aria-label=Close]").await;
    assert!(closed_and_back(&page));
    page.click(TOOL).await;
    drag(&page, "dialog h2", "dialog h2").await;
    drag(&page, "dialog h2", "dialog").await;
    drag(&page, "dialog", "dialog h2").await;
    assert!(page.has(OPEN), "who selects words stays");
    drag(&page, "dialog", "dialog").await;
    assert!(closed_and_back(&page));
}

#[wasm_bindgen_test]
async fn what_the_browser_closes_is_gone() {
    let page = opened().await;
    // As for a gesture or a key that the page does not see.
    js("document.querySelector('dialog').close()");
    settle().await;
    assert!(closed_and_back(&page));
    page.click(TOOL).await;
    assert!(page.has(OPEN), "and can be opened again");
    page.click("dialog [aria-label=Close]").await;
}

#[wasm_bindgen_test]
async fn a_dialog_goes_with_the_chat() {
    let page = opened().await;
    page.show([Change::Gate(Gate::SignIn { busy: false, error: None, held: false })]).await;
    assert!(!page.has("dialog"));
    page.show([chat()]).await;
    assert!(!page.has("dialog"));
    page.key(".chat", "?", |_| {}).await;
    assert_eq!(page.texts("dialog h2"), ["Keyboard shortcuts"]);
    page.key("dialog h2", "Escape", |_| {}).await;
}
