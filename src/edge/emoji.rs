//! What is known of emoji, in the page's language: a file of its own, which comes when it is first wanted.

use chinwag_session::Outcome;
use wasm_bindgen_futures::spawn_local;

use super::{catalogue, http};

/// Loads it.
pub fn load(then: Box<dyn FnOnce(Option<String>)>) {
    spawn_local(async move {
        let file = format!("emoji/{}.txt", catalogue::language());
        let answer = http::read_file(&file).await;
        then(match answer {
            Outcome::Answered { status: 200..=299, body, .. } => Some(body),
            _ => None,
        });
    });
}
