//! `config.json`: which server to talk to.

use chinwag::edge::config::{self, ConfigError};
use chinwag::edge::page;
use chinwag::state::session::Outcome;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::Fake;

const ORIGIN: &str = "https://page.example";

/// Answers every request with this status and body.
fn answering(status: u16, body: &str) -> Fake {
    Fake::new(&format!(
        "const real = window.fetch;
        window.fetch = async () => new Response({body:?}, {{ status: {status} }});
        return () => window.fetch = real;"
    ))
}

#[wasm_bindgen_test]
fn a_configuration_names_the_server_or_leaves_it_to_the_page() {
    for (config, expected) in [
        ("{}", ORIGIN),
        (r#"{"server": ""}"#, ORIGIN),
        (r#"{"server": "  "}"#, ORIGIN),
        (r#"{"server": null}"#, ORIGIN),
        (r#"{"theme": "dark"}"#, ORIGIN),
        (r#"{"server": "https://chat.example"}"#, "https://chat.example"),
        (r#"{"server": "http://127.0.0.1:3000/chat/", "x": 1}"#, "http://127.0.0.1:3000/chat"),
    ] {
        let server = config::server(config, ORIGIN).unwrap();
        assert_eq!(server.to_string(), expected, "{config}");
    }
}

#[wasm_bindgen_test]
fn a_wrong_configuration_says_what_is_wrong() {
    for (config, words) in [
        ("", "not a JSON object"),
        ("[]", "not a JSON object"),
        ("null", "not a JSON object"),
        (r#""https://chat.example""#, "not a JSON object"),
        (r#"{"server": "https://chat.example""#, "not a JSON object"),
        ("<!doctype html><title>Chat</title>", "not a JSON object"),
        (r#"{"server": 3000}"#, "not a text"),
        (r#"{"server": ["https://chat.example"]}"#, "not a text"),
        (r#"{"server": "chat.example"}"#, "“chat.example” is not a server's address"),
        (r#"{"server": "javascript:alert(1)"}"#, "is not a server's address"),
    ] {
        let error = config::server(config, ORIGIN).unwrap_err();
        let said = error.to_string();
        assert!(matches!(error, ConfigError::Wrong(_)), "{config}");
        assert!(said.starts_with("config.json: ") && said.contains(words), "{config}: {said}");
    }
}

#[wasm_bindgen_test]
async fn a_host_without_the_file_is_its_own_server() {
    // The test's page lies on a real host, which has no such file.
    let server = config::load().await.unwrap();
    assert_eq!(server.to_string(), page::origin().unwrap());
}

#[wasm_bindgen_test]
async fn hosts_have_their_ways_to_say_that_there_is_no_such_file() {
    for status in [403, 404, 410] {
        let _host = answering(status, "<h1>No</h1>");
        assert_eq!(config::load().await.unwrap().to_string(), page::origin().unwrap(), "{status}");
    }
}

#[wasm_bindgen_test]
async fn a_file_that_is_there_is_read() {
    let _host = answering(200, r#"{"server": "https://chat.example"}"#);
    assert_eq!(config::load().await.unwrap().to_string(), "https://chat.example");
}

#[wasm_bindgen_test]
async fn a_host_that_answers_everything_with_its_page_has_a_wrong_file() {
    let _host = answering(200, "<!doctype html>");
    assert!(matches!(config::load().await, Err(ConfigError::Wrong(_))));
}

#[wasm_bindgen_test]
async fn a_host_that_is_unwell_may_be_well_the_next_time() {
    let _host = answering(503, "");
    let answered = Outcome::Answered { status: 503, body: String::new(), wait: 0 };
    assert_eq!(config::load().await, Err(ConfigError::Unreachable(answered)));
}

#[wasm_bindgen_test]
async fn without_a_network_the_file_cannot_be_reached() {
    let _host = Fake::new(
        "const real = window.fetch;
        window.fetch = async () => { throw new TypeError('Failed to fetch') };
        return () => window.fetch = real;",
    );
    assert_eq!(config::load().await, Err(ConfigError::Unreachable(Outcome::NoNetwork)));
}
