//! REST calls, each within a time limit. Some of what a start asks the page has asked already (`src/start.js`).

use std::pin::Pin;

use chinwag_protocol::call::Method;
use chinwag_protocol::{Call, Server, Token};
use chinwag_session::Outcome;
use futures_util::future::{Either, select};
use gloo_net::http::{Method as HttpMethod, RequestBuilder, Response};
use gloo_timers::future::TimeoutFuture;
use js_sys::Promise;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, ReferrerPolicy, RequestCache, RequestCredentials};

use super::js::call as call_js;

/// How long an answer may take, its body included (milliseconds).
const TIME_OUT: u32 = 15_000;

/// Makes the call. Every end is an outcome: it cannot fail otherwise.
pub async fn fetch(server: &Server, call: &Call, token: Option<&Token>) -> Outcome {
    let method = match call.method() {
        Method::Get => HttpMethod::GET,
        Method::Post => HttpMethod::POST,
        Method::Put => HttpMethod::PUT,
        Method::Delete => HttpMethod::DELETE,
    };
    let url = server.call(call);
    let mut request = RequestBuilder::new(&url).method(method);
    let bearer = token.map(|token| format!("Bearer {}", token.reveal()));
    if let Some(bearer) = &bearer {
        request = request.header("Authorization", bearer);
    }
    let early = (call.method() == Method::Get).then(|| early(&url, bearer.as_deref()));
    send(request, call.body(), early.flatten()).await
}

/// Reads a text file of the page's own. Boxed, so that not each who waits for one has all of it within.
pub fn read_file(path: &str) -> Pin<Box<dyn Future<Output = Outcome>>> {
    Box::pin(send(RequestBuilder::new(path), None, early(path, None)))
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

async fn send(request: RequestBuilder, body: Option<String>, early: Option<Promise>) -> Outcome {
    let abort = AbortController::new().ok();
    let request = request
        .abort_signal(abort.as_ref().map(AbortController::signal).as_ref())
        // The token says who one is; cookies of the server's have no part in it.
        .credentials(RequestCredentials::Omit)
        .referrer_policy(ReferrerPolicy::NoReferrer)
        .cache(RequestCache::NoStore);
    let answered = async {
        let early = match early {
            Some(early) => JsFuture::from(early).await.ok(),
            None => None,
        };
        let response: Response = match early {
            Some(response) => web_sys::Response::from(response).into(),
            None => {
                match body {
                    Some(body) => {
                        request.header("Content-Type", "application/json").body(body)?.send()
                    }
                    None => request.build()?.send(),
                }
                .await?
            }
        };
        let status = response.status();
        let body = response.text().await?;
        Ok::<_, gloo_net::Error>(Outcome::Answered { status, body })
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
