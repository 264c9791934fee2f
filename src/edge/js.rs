//! What the wrappers share: hearing of events, and parts of the browser that may be missing.

use js_sys::{Array, Function, Promise, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Event, EventTarget};

/// Hears of these events for as long as `target` lives. One handler for all of them, which tells them apart by
/// their type: each closure costs the program more than a comparison.
pub(super) fn hear(target: &EventTarget, events: &[&str], act: Box<dyn FnMut(Event)>) {
    let handler = handler(act);
    for event in events {
        let _ = target.add_event_listener_with_callback(event, &handler);
    }
}

/// What the browser calls. It is given away to the browser, which collects it with what holds it.
pub(super) fn handler(act: Box<dyn FnMut(Event)>) -> Function {
    Closure::wrap(act).into_js_value().unchecked_into()
}

/// A part of an object; an error where there is no such object.
pub(super) fn part(object: &JsValue, name: &str) -> Result<JsValue, JsValue> {
    Reflect::get(object, &JsValue::from_str(name))
}

/// Calls an object's method by its name; an error where there is none, or where it throws.
pub(super) fn call(
    object: &JsValue,
    method: &str,
    arguments: &[&JsValue],
) -> Result<JsValue, JsValue> {
    let method: Function = part(object, method)?.unchecked_into();
    let list = Array::new();
    for argument in arguments {
        list.push(argument);
    }
    Reflect::apply(&method, object, &list)
}

/// Makes an object by its constructor; an error where that is none, or where it throws.
pub(super) fn make(constructor: &JsValue, arguments: &[&JsValue]) -> Result<JsValue, JsValue> {
    let constructor: &Function = constructor.dyn_ref().ok_or(JsValue::UNDEFINED)?;
    Reflect::construct(constructor, &arguments.iter().copied().collect())
}

/// What a promise comes to; nothing where it fails, or where there was none to begin with.
pub(super) async fn finished(promise: Result<JsValue, JsValue>) -> JsValue {
    match promise {
        Ok(promise) => JsFuture::from(Promise::resolve(&promise)).await.unwrap_or_default(),
        Err(_) => JsValue::UNDEFINED,
    }
}
