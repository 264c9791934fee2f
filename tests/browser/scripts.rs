//! What the page's own script says of the service worker.

use chinwag::edge::scripts;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{Page, chat, js, settle};

#[wasm_bindgen_test]
async fn what_the_page_offers_is_shown_and_what_the_person_takes_is_taken() {
    let page = Page::start().await;
    scripts::listen(page.state);
    page.show([chat()]).await;
    assert!(!page.has(".update"));
    let offer = "window.taken = [];
        const offer = (name) =>
            dispatchEvent(Object.assign(new Event('chinwag:update'), { take: () => taken.push(name) }));";
    // Said twice, it is the same line, and the last word counts.
    js(&format!("{offer} offer('first'); offer('second');"));
    settle().await;
    assert_eq!(page.all(".update").len(), 1);
    page.press("Load it").await;
    assert_eq!(js("taken.join()").as_string().unwrap(), "second");
}
