//! What on the page gets another size, whatever the cause: a picture, a font, a window, a text.

use std::cell::RefCell;

use web_sys::ResizeObserver;

use super::js::handler;

thread_local! {
    static LAST: RefCell<Option<ResizeObserver>> = const { RefCell::new(None) };
}

/// Does this whenever one of these elements has got another size, after the page was laid out and before it is painted,
/// until something else is watched: the elements may outlive what is done. A browser that cannot tell says nothing.
pub fn watch(selectors: [&str; 3], act: Box<dyn Fn()>) {
    let Some(page) = web_sys::window().and_then(|window| window.document()) else { return };
    let Ok(observer) = ResizeObserver::new(&handler(Box::new(move |_| act()))) else { return };
    for selector in selectors {
        if let Ok(Some(element)) = page.query_selector(selector) {
            observer.observe(&element);
        }
    }
    if let Some(last) = LAST.replace(Some(observer)) {
        last.disconnect();
    }
}
