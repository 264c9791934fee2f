//! The words of the page's language, which come as a file of their own (`public/locales`).

use chinwag_session::Outcome;
use gloo_timers::future::TimeoutFuture;

use super::{http, locale, page};
use crate::state::catalogue::speak;

/// How long to wait before they are asked for again (milliseconds).
const AGAIN: u32 = 3_000;

/// Loads the words, as often as it takes: without any there is nothing to be shown, not even that.
pub async fn load() {
    loop {
        let file = format!("locales/{}.json", language());
        if let Outcome::Answered { status: 200..=299, body, .. } = http::read_file(&file).await
            && speak(body, locale::plural)
        {
            return;
        }
        TimeoutFuture::new(AGAIN).await;
    }
}

/// The language of the page's words, without its region.
pub(super) fn language() -> String {
    let language = page::language();
    language.split('-').next().filter(|known| !known.is_empty()).unwrap_or("en").to_owned()
}
