//! The clipboard.

use chinwag::edge::clipboard;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{Fake, json};

/// A browser whose clipboard is this; without a page's own one, it has that of every page again.
fn clipboard(is: &str) -> Fake {
    Fake::new(&format!(
        "window.copied = [];
        Object.defineProperty(navigator, 'clipboard', {{ configurable: true, value: {is} }});
        return () => delete navigator.clipboard;"
    ))
}

#[wasm_bindgen_test]
fn a_text_is_put_on_the_clipboard_as_it_is() {
    // A real one answers nobody but itself.
    let _clipboard = clipboard(
        "{ async writeText(text) { if (this !== navigator.clipboard) throw new TypeError(); copied.push(text) } }",
    );
    for text in ["Hello", " <b>é</b>\n👋\"", ""] {
        clipboard::write(text);
    }
    assert_eq!(json("copied"), r#"["Hello"," <b>é</b>\n👋\"",""]"#);
}

#[wasm_bindgen_test]
fn a_page_without_a_clipboard_or_with_one_that_refuses_goes_on() {
    for refusing in [
        "undefined",
        "{}",
        "{ writeText() { copied.push('tried'); throw new DOMException('no', 'NotAllowedError') } }",
        "{ async writeText() { copied.push('tried'); throw new DOMException('no', 'NotAllowedError') } }",
    ] {
        let _clipboard = clipboard(refusing);
        clipboard::write("Hello");
        let tried = if refusing.contains("tried") { r#"["tried"]"# } else { "[]" };
        assert_eq!(json("copied"), tried, "{refusing}");
    }
}
