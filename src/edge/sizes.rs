//! What on the page gets another size, whatever the cause: a picture, a font, a window, a text.

use web_sys::ResizeObserver;

use super::js::handler;

/// Does this whenever one of these elements has got another size, after the page was laid out and before it is painted.
/// It ends with the elements. A browser that cannot tell says nothing.
pub fn watch(selectors: [&str; 3], act: Box<dyn Fn()>) {
    let Some(page) = web_sys::window().and_then(|window| window.document()) else { return };
    let Ok(observer) = ResizeObserver::new(&handler(Box::new(move |_| act()))) else { return };
    for selector in selectors {
        if let Ok(Some(element)) = page.query_selector(selector) {
            observer.observe(&element);
        }
    }
}
