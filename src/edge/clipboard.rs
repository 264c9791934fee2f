//! The clipboard, where the browser lets a page write to it.

use wasm_bindgen::JsValue;

use super::js::{call, part};

/// Puts a text on the clipboard. A page that did not come safely (no TLS, another machine) has none: there one can still
/// select the text.
pub fn write(text: &str) {
    let navigator = web_sys::window().map(|window| window.navigator()).into();
    let Ok(clipboard) = part(&navigator, "clipboard") else { return };
    // Whether it worked is seen at the next place where it is put in.
    let _ = call(&clipboard, "writeText", &[&JsValue::from_str(text)]);
}
