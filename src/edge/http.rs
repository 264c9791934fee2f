//! REST calls, each within a time limit.

use chinwag_protocol::call::Method;
use chinwag_protocol::{Call, Server, Token};
use chinwag_session::Outcome;
use futures_util::future::{Either, select};
use gloo_net::http::{Method as HttpMethod, RequestBuilder};
use gloo_timers::future::TimeoutFuture;
use web_sys::{AbortController, ReferrerPolicy, RequestCache, RequestCredentials};

/// How long an answer may take, its body included (milliseconds).
const TIME_OUT: u32 = 15_000;

/// Makes the call. Every end is an outcome: it cannot fail otherwise.
pub async fn fetch(server: &Server, call: &Call, token: Option<&Token>) -> Outcome {
    let method = match call.method() {
        Method::Get => HttpMethod::GET,
        Method::Post => HttpMethod::POST,
        Method::Put => HttpMethod::PUT,
    };
    let mut request = RequestBuilder::new(&server.call(call)).method(method);
    if let Some(token) = token {
        request = request.header("Authorization", &format!("Bearer {}", token.reveal()));
    }
    send(request, call.body()).await
}

/// Reads a text file of the page's own.
pub async fn read_file(path: &str) -> Outcome {
    send(RequestBuilder::new(path), None).await
}

async fn send(request: RequestBuilder, body: Option<String>) -> Outcome {
    let abort = AbortController::new().ok();
    let request = request
        .abort_signal(abort.as_ref().map(AbortController::signal).as_ref())
        // The token says who one is; cookies of the server's have no part in it.
        .credentials(RequestCredentials::Omit)
        .referrer_policy(ReferrerPolicy::NoReferrer)
        .cache(RequestCache::NoStore);
    let answered = async {
        let response = match body {
            Some(body) => request.header("Content-Type", "application/json").body(body)?.send(),
            None => request.build()?.send(),
        }
        .await?;
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
