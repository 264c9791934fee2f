//! REST calls.

use chinwag::edge::{http, page};
use chinwag::state::Password;
use chinwag::state::session::Outcome;
use chinwag_protocol::{Call, Server, Token};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{Fake, id, js, json};

/// Keeps what is asked in `window.asked` and answers it.
fn listening() -> Fake {
    Fake::new(
        "const real = window.fetch;
        window.fetch = async (...asked) => {
            const request = new Request(...asked);
            const { method, url, credentials, cache, referrerPolicy } = request;
            const headers = Object.fromEntries(request.headers);
            const body = await request.text();
            window.asked = { method, url, credentials, cache, referrerPolicy, headers, body };
            return new Response('{}', { status: 201 });
        };
        return () => window.fetch = real;",
    )
}

fn server() -> Server {
    Server::parse("https://chat.example/sub").unwrap()
}

#[wasm_bindgen_test]
async fn nobody_listens() {
    let nobody = Server::parse("http://127.0.0.1:2").unwrap();
    assert_eq!(http::fetch(&nobody, &Call::Me, None).await, Outcome::NoNetwork);
}

#[wasm_bindgen_test]
async fn an_answer_is_an_answer_whatever_its_status() {
    let here = Server::parse(&page::origin().unwrap()).unwrap();
    let outcome = http::fetch(&here, &Call::Me, Some(&Token::from("t"))).await;
    assert!(matches!(outcome, Outcome::Answered { status: 404, .. }), "{outcome:?}");
}

#[wasm_bindgen_test]
async fn a_call_carries_the_token_and_nothing_of_the_browsers() {
    let _server = listening();
    let outcome = http::fetch(&server(), &Call::Me, Some(&Token::from("t-1"))).await;
    assert_eq!(outcome, answered(201, "{}"));
    assert_eq!(json("asked.method"), r#""GET""#);
    assert_eq!(json("asked.url"), r#""https://chat.example/sub/api/auth/me""#);
    assert_eq!(json("asked.headers"), r#"{"authorization":"Bearer t-1"}"#);
    assert_eq!(
        json("[asked.credentials, asked.cache, asked.referrerPolicy]"),
        r#"["omit","no-store","no-referrer"]"#
    );
}

#[wasm_bindgen_test]
async fn a_body_is_sent_as_json() {
    let _server = listening();
    let password = Password::from("secret");
    let call = Call::Login { email: "ada@example.org".to_owned(), password };
    let _ = http::fetch(&server(), &call, None).await;
    assert_eq!(json("asked.method"), r#""POST""#);
    assert_eq!(json("asked.headers"), r#"{"content-type":"application/json"}"#);
    assert_eq!(
        json("JSON.parse(asked.body)"),
        r#"{"email":"ada@example.org","password":"secret"}"#
    );
}

#[wasm_bindgen_test]
async fn a_call_without_a_body_can_change_something_all_the_same() {
    let _server = listening();
    let _ = http::fetch(&server(), &Call::MarkRead { with: id("ada") }, None).await;
    assert_eq!(json("asked.method"), r#""PUT""#);
}

#[wasm_bindgen_test]
async fn an_answer_that_does_not_come_is_given_up_after_fifteen_seconds() {
    // A second passes in a millisecond.
    let _clock = Fake::new(
        "const [fetch, setTimeout] = [window.fetch, window.setTimeout];
        window.waited = [];
        // Not what WebKit's driver waits for in the page, each time that it looks at it.
        window.setTimeout = (act, millis) => {
            if (millis === 30000) return setTimeout(act, millis);
            waited.push(millis);
            return setTimeout(act, millis / 1000);
        };
        window.fetch = (_, { signal }) => new Promise((_, fail) => {
            signal.addEventListener('abort', () => { window.aborted = true; fail(signal.reason) });
        });
        return () => { window.fetch = fetch; window.setTimeout = setTimeout };",
    );
    assert_eq!(http::fetch(&server(), &Call::Me, None).await, Outcome::TimedOut);
    assert_eq!(json("waited"), "[15000]");
    assert_eq!(js("aborted").as_bool(), Some(true));
}

#[wasm_bindgen_test]
async fn when_to_ask_again_is_read_where_it_is_said_in_seconds() {
    for (said, wait) in [
        ("'90'", 90_000),
        ("'0'", 0),
        ("''", 0),
        ("'-3'", 0),
        ("'Wed, 21 Oct 2099 07:28:00 GMT'", 0),
        ("'4294967295'", 4_294_967_295_000),
        ("'18446744073709551615'", 0),
    ] {
        let _server = Fake::new(&format!(
            "const real = window.fetch;
            const headers = {{ 'retry-after': {said} }};
            window.fetch = async () => new Response('no', {{ status: 429, headers }});
            return () => window.fetch = real;"
        ));
        let outcome = http::fetch(&server(), &Call::Me, None).await;
        let body = "no".to_owned();
        assert_eq!(outcome, Outcome::Answered { status: 429, body, wait }, "{said}");
    }
}

#[wasm_bindgen_test]
async fn an_answer_whose_body_breaks_off_is_none() {
    let _server = Fake::new(
        "const real = window.fetch;
        window.fetch = async () => new Response(new ReadableStream({ start(body) { body.error(new TypeError('cut')) } }));
        return () => window.fetch = real;",
    );
    assert_eq!(http::fetch(&server(), &Call::Me, None).await, Outcome::NoNetwork);
}

/// A page that has asked for `url` while the program was loading, with what came of it (a promise), beside a server that
/// answers otherwise.
fn asked_early(url: &str, bearer: &str, answer: &str) -> Fake {
    Fake::new(&format!(
        "const real = window.fetch;
        const asked = new Map([[{url:?}, {{ bearer: {bearer}, answer: {answer} }}]]);
        asked.get({url:?}).answer.catch(() => {{}});
        window.late = 0;
        window.early = (url, bearer) => {{
            const found = asked.get(url);
            asked.delete(url);
            return found?.bearer === bearer ? found?.answer : undefined;
        }};
        window.fetch = async () => {{ window.late += 1; return new Response('late') }};
        return () => {{ window.fetch = real; delete window.early }};"
    ))
}

fn answered(status: u16, body: &str) -> Outcome {
    Outcome::Answered { status, body: body.to_owned(), wait: 0 }
}

const ME: &str = "https://chat.example/sub/api/auth/me";

#[wasm_bindgen_test]
async fn an_answer_that_the_page_has_asked_for_is_taken_once() {
    let answer = "Promise.resolve(new Response('early', { status: 401 }))";
    let _page = asked_early(ME, "'Bearer t-1'", answer);
    let token = Token::from("t-1");
    assert_eq!(http::fetch(&server(), &Call::Me, Some(&token)).await, answered(401, "early"));
    assert_eq!(json("late"), "0");
    assert_eq!(http::fetch(&server(), &Call::Me, Some(&token)).await, answered(200, "late"));
}

#[wasm_bindgen_test]
async fn an_answer_to_another_person_or_another_question_is_none() {
    let answer = "Promise.resolve(new Response('early'))";
    for (url, bearer) in [
        (ME, "'Bearer t-2'"),
        (ME, "undefined"),
        ("https://chat.example/api/auth/me", "'Bearer t-1'"),
    ] {
        let _page = asked_early(url, bearer, answer);
        let outcome = http::fetch(&server(), &Call::Me, Some(&Token::from("t-1"))).await;
        assert_eq!(outcome, answered(200, "late"), "{url} {bearer}");
    }
    // Only what reads is the same whoever asks it and when.
    let _page = asked_early("https://chat.example/sub/api/messages/read/ada", "undefined", answer);
    let outcome = http::fetch(&server(), &Call::MarkRead { with: id("ada") }, None).await;
    assert_eq!(outcome, answered(200, "late"));
}

#[wasm_bindgen_test]
async fn an_early_question_that_failed_is_asked_again_quietly() {
    let answer = "Promise.reject(new TypeError('Failed to fetch'))";
    let _page = asked_early(ME, "'Bearer t-1'", answer);
    let outcome = http::fetch(&server(), &Call::Me, Some(&Token::from("t-1"))).await;
    assert_eq!(outcome, answered(200, "late"));
}

#[wasm_bindgen_test]
async fn the_pages_own_files_are_asked_for_early_too() {
    let _page = asked_early("config.json", "undefined", "Promise.resolve(new Response('early'))");
    assert_eq!(http::read_file("config.json").await, answered(200, "early"));
    assert_eq!(http::read_file("config.json").await, answered(200, "late"));
}
