//! Texts that the page types into a field in a person's place.

use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Event, HtmlElement};

use super::js::{call, part};

/// Types a text into the field of this id, where its caret is and in place of so many UTF-16 units before that, and leaves the
/// focus there.
pub fn type_in(field: &str, text: &str, instead_of: u32) {
    let document = web_sys::window().and_then(|window| window.document());
    let Some(document) = document else { return };
    let Some(field) = document.get_element_by_id(field) else { return };
    let _ = field.unchecked_ref::<HtmlElement>().focus();
    let text = JsValue::from_str(text);
    if instead_of > 0
        && let Some(caret) = part(&field, "selectionStart").ok().and_then(|caret| caret.as_f64())
    {
        let from = JsValue::from_f64(caret - f64::from(instead_of));
        let _ = call(&field, "setSelectionRange", &[&from, &JsValue::from_f64(caret)]);
    }
    // The old way (HTML Editing APIs) is the one after which Ctrl+Z takes it back.
    let typed = call(&document, "execCommand", &[&"insertText".into(), &JsValue::FALSE, &text]);
    if typed.is_ok_and(|typed| typed.is_truthy()) {
        return;
    }
    let inserted = call(&field, "setRangeText", &[&text]);
    if inserted.is_ok()
        && let Ok(event) = Event::new("input")
    {
        let _ = field.dispatch_event(&event);
    }
}
