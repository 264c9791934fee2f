//! REST calls, each within a time limit. Some of what a start asks the page has asked already (`src/start.js`).

use std::pin::Pin;

use chinwag_protocol::call::Method;
use chinwag_protocol::{Call, Server, Token};
use chinwag_session::Outcome;
use futures_util::future::{Either, select};
use gloo_timers::future::TimeoutFuture;
use js_sys::{Object, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, Response};

use super::js::{call as call_js, part};

/// How long an answer may take, its body included (milliseconds).
const TIME_OUT: u32 = 15_000;

/// Makes the call. Every end is an outcome: it cannot fail otherwise.
pub async fn fetch(server: &Server, call: &Call, token: Option<&Token>) -> Outcome {
    let method = match call.method() {
        Method::Get => "GET",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Delete => "DELETE",
    };
    let url = server.call(call);
    let bearer = token.map(|token| format!("Bearer {}", token.reveal()));
    let (headers, options) = (Object::new(), Object::new());
    if let Some(bearer) = &bearer {
        set_text(&headers, "Authorization", bearer);
    }
    if let Some(body) = call.body() {
        set_text(&headers, "Content-Type", "application/json");
        set_text(&options, "body", &body);
    }
    set_text(&options, "method", method);
    set(&options, "headers", &headers);
    let early = (call.method() == Method::Get).then(|| early(&url, bearer.as_deref()));
    send(&url, options, early.flatten()).await
}

/// Reads a text file of the page's own. Boxed, so that not each who waits for one has all of it within.
pub fn read_file(path: &str) -> Pin<Box<dyn Future<Output = Outcome> + '_>> {
    Box::pin(send(path, Object::new(), early(path, None)))
}

/// The answer to this, where the page has asked it while the program was loading. It is had once.
fn early(url: &str, bearer: Option<&str>) -> Option<Promise> {
    let window = web_sys::window()?.into();
    let bearer = bearer.map_or(JsValue::UNDEFINED, JsValue::from_str);
    call_js(&window, "early", &[&JsValue::from_str(url), &bearer]).ok()?.dyn_into().ok()
}

/// What the page has asked while the program was loading is of no use from now on.
pub fn forget_early() {
    if let Some(window) = web_sys::window() {
        let _ = call_js(&window.into(), "early", &[]);
    }
}

fn set(object: &Object, name: &str, value: &JsValue) {
    let _ = Reflect::set(object, &JsValue::from_str(name), value);
}

fn set_text(object: &Object, name: &str, value: &str) {
    set(object, name, &JsValue::from_str(value));
}

/// With the browser's own `fetch`: gloo-net's requests take parameters and states that nothing here needs, and more than a kilobyte.
async fn send(url: &str, options: Object, early: Option<Promise>) -> Outcome {
    let abort = AbortController::new().ok();
    if let Some(abort) = &abort {
        set(&options, "signal", &abort.signal());
    }
    // The token says who one is; cookies of the server's have no part in it.
    set_text(&options, "credentials", "omit");
    set_text(&options, "referrerPolicy", "no-referrer");
    set_text(&options, "cache", "no-store");
    let answered = async {
        let early = match early {
            Some(early) => JsFuture::from(early).await.ok(),
            None => None,
        };
        let response = if let Some(response) = early {
            response
        } else {
            let window = web_sys::window().ok_or(JsValue::UNDEFINED)?.into();
            let asked = call_js(&window, "fetch", &[&JsValue::from_str(url), &options])?;
            JsFuture::from(Promise::from(asked)).await?
        };
        let wait = retry_after(&response);
        let response = Response::from(response);
        let status = response.status();
        let body = JsFuture::from(response.text()?).await?.as_string().unwrap_or_default();
        Ok::<_, JsValue>(Outcome::Answered { status, body, wait })
    };
    match select(Box::pin(answered), TimeoutFuture::new(TIME_OUT)).await {
        Either::Left((Ok(answered), _)) => answered,
        Either::Left((Err(_), _)) => Outcome::NoNetwork,
        Either::Right(_) => {
            if let Some(abort) = abort {
                abort.abort();
            }
            Outcome::TimedOut
        }
    }
}

/// The milliseconds of the header `Retry-After`; 0 where it is not there, or is a date, which this clock may see otherwise (RFC 9110
/// §10.2.3).
fn retry_after(response: &JsValue) -> u64 {
    let headers = part(response, "headers").unwrap_or_default();
    let said = call_js(&headers, "get", &[&JsValue::from_str("Retry-After")]).unwrap_or_default();
    // Of the kind that is read elsewhere as well: to read another would be more code.
    let seconds = said.as_string().and_then(|seconds| seconds.parse::<usize>().ok());
    u64::try_from(seconds.unwrap_or_default()).unwrap_or(u64::MAX).saturating_mul(1000)
}
