//! The sound of a message that is not seen: two soft tones, one after the other, made by the browser itself (Web Audio).

use std::cell::RefCell;

use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;

use super::js::{call, finished, make, part};
use super::page;

/// The tones (hertz), and when each begins (seconds): a fourth upwards.
const TONES: [(f64, f64); 2] = [(587.33, 0.0), (783.99, 0.11)];
/// How loud it is at most, of 1.
const LOUDNESS: f64 = 0.09;
/// How soon that is reached, and how soon it has died away (seconds).
const RISE: f64 = 0.015;
const FALL: f64 = 0.55;
/// What cannot be heard at once is not worth hearing later (milliseconds).
const LATE: f64 = 1_000.0;

thread_local! {
    /// Where sounds are made: once there is one, the same.
    static CONTEXT: RefCell<Option<JsValue>> = const { RefCell::new(None) };
}

/// Rings. A page that nobody has touched yet is kept silent by the browser.
pub(super) fn ring() {
    let Some(window) = web_sys::window() else { return };
    let touched = part(&window.navigator(), "userActivation");
    let touched = touched.and_then(|activation| part(&activation, "hasBeenActive"));
    if touched.is_ok_and(|touched| touched == JsValue::FALSE) {
        return;
    }
    let context = CONTEXT.with_borrow_mut(|context| {
        let new = || make(&part(&window, "AudioContext").ok()?, &[]).ok();
        *context = context.take().or_else(new);
        context.clone()
    });
    let Some(context) = context else { return };
    let asked = page::steady();
    spawn_local(async move {
        // It may have to wake up, or wait until the page is touched.
        finished(call(&context, "resume", &[])).await;
        if page::steady() - asked < LATE {
            let _ = play(&context);
        }
    });
}

fn play(context: &JsValue) -> Result<(), JsValue> {
    let now = part(context, "currentTime")?.as_f64().unwrap_or_default();
    let at = |object: &JsValue, method: &str, value: f64, after: f64| {
        call(object, method, &[&JsValue::from_f64(value), &JsValue::from_f64(now + after)])
    };
    let source = call(context, "createOscillator", &[])?;
    let volume = call(context, "createGain", &[])?;
    let pitch = part(&source, "frequency")?;
    for (tone, after) in TONES {
        at(&pitch, "setValueAtTime", tone, after)?;
    }
    let gain = part(&volume, "gain")?;
    at(&gain, "setValueAtTime", 0.0, 0.0)?;
    at(&gain, "linearRampToValueAtTime", LOUDNESS, RISE)?;
    // It never reaches nothing.
    at(&gain, "exponentialRampToValueAtTime", LOUDNESS / 1_000.0, FALL)?;
    call(&source, "connect", &[&volume])?;
    call(&volume, "connect", &[&part(context, "destination")?])?;
    call(&source, "start", &[])?;
    call(&source, "stop", &[&JsValue::from_f64(now + FALL)])?;
    Ok(())
}
