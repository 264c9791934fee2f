//! What lies over the chat.

use chinwag_e2e::{Key, Person};

use crate::cast::Cast;
use crate::stage::{Stage, has_all_parts, opens, scrolls_to, stops};

/// The button that opens the settings: the first that is no button of the conversation's.
const SETTINGS: &str = ".topbar .tool:not(.leave)";

async fn talks(stage: &Stage<'_>, talk: &str) -> (Cast, Person) {
    let cast = Cast::here(stage).await;
    let robin = stage.returns(&cast.me, &stage.house.server.url()).await;
    opens(&robin, cast.of(talk)).await;
    robin.sees_element(".message", None).await;
    (cast, robin)
}

async fn opens_the_settings(stage: &Stage<'_>) -> Person {
    let cast = Cast::here(stage).await;
    let robin = stage.returns(&cast.me, &stage.house.server.url()).await;
    robin.clicks(SETTINGS, None).await;
    robin.sees_element("dialog .devices .device", None).await;
    robin
}

pub(crate) async fn settings(stage: &Stage<'_>) -> Person {
    opens_the_settings(stage).await
}

pub(crate) async fn account(stage: &Stage<'_>) -> Person {
    let robin = opens_the_settings(stage).await;
    scrolls_to(&robin, "#devices-title").await;
    robin
}

pub(crate) async fn password_wrong(stage: &Stage<'_>) -> Person {
    let robin = opens_the_settings(stage).await;
    robin.types_into("#current-password", "another").await;
    robin.types_into("#new-password", "secret2").await;
    robin.presses(Key::Enter).await;
    robin.sees_element(".account-word[data-state=failed]", None).await;
    robin.asks("document.querySelector('#current-password').value = ''", vec![]).await;
    scrolls_to(&robin, "#password-title").await;
    robin
}

pub(crate) async fn devices_ended(stage: &Stage<'_>) -> Person {
    let robin = opens_the_settings(stage).await;
    robin.clicks(".account .devices + .button", None).await;
    robin.sees_focus_on("#devices-title").await;
    scrolls_to(&robin, "#devices-title").await;
    robin
}

pub(crate) async fn settings_lost(stage: &Stage<'_>) -> Person {
    let robin = opens_the_settings(stage).await;
    let full = "Storage.prototype.setItem = () => { throw new Error('full'); }";
    robin.asks(full, vec![]).await;
    robin.clicks(".choice:has([value=large])", None).await;
    robin.sees_element(".setting-lost", None).await;
    scrolls_to(&robin, "#language").await;
    robin
}

pub(crate) async fn clearing(stage: &Stage<'_>) -> Person {
    let robin = opens_the_settings(stage).await;
    robin.clicks("[aria-labelledby=local-title] .button", None).await;
    robin.sees_focus_on("#local-question").await;
    scrolls_to(&robin, "#local-title").await;
    robin
}

pub(crate) async fn help(stage: &Stage<'_>) -> Person {
    let (_, robin) = talks(stage, "talk").await;
    robin.presses(Key::Escape).await;
    robin.sees_element(".nobody", None).await;
    robin.types("?").await;
    robin.sees_element(".shortcuts", None).await;
    robin
}

pub(crate) async fn switcher(stage: &Stage<'_>) -> Person {
    let (_, robin) = talks(stage, "talk").await;
    robin.presses_letter_with(Key::Control, 'k').await;
    robin.sees_element(".option", None).await;
    robin
}

pub(crate) async fn switcher_nobody(stage: &Stage<'_>) -> Person {
    let robin = switcher(stage).await;
    robin.types("xyz").await;
    robin.sees_element(".dialog .empty", None).await;
    robin
}

pub(crate) async fn go_to_day(stage: &Stage<'_>) -> Person {
    let (_, robin) = talks(stage, "talk").await;
    has_all_parts(&robin).await;
    robin.clicks(".day-tool", None).await;
    robin.sees_element(".go-to input", None).await;
    robin
}

pub(crate) async fn looking_for_day(stage: &Stage<'_>) -> Person {
    let (_, robin) = talks(stage, "unread").await;
    robin.clicks(".day-tool", None).await;
    robin.sees_element(".go-to input", None).await;
    robin.asks("window.silent = /messages/", vec![]).await;
    let choose = "document.querySelector('.go-to input').value = '2025-12-03'";
    robin.asks(choose, vec![]).await;
    robin.clicks(".go-to .button", None).await;
    robin.sees_element(".go-to .spinner", None).await;
    stops(&robin).await;
    robin
}

pub(crate) async fn emoji(stage: &Stage<'_>) -> Person {
    let robin = opens_the_emoji(stage, "").await;
    robin.sees_element(".emoji", None).await;
    robin
}

pub(crate) async fn emoji_found(stage: &Stage<'_>) -> Person {
    let robin = emoji(stage).await;
    robin.types("a").await;
    robin.sees_element(".emoji[aria-selected=true]", None).await;
    robin
}

pub(crate) async fn emoji_none(stage: &Stage<'_>) -> Person {
    let robin = emoji(stage).await;
    robin.types("xyzxyz").await;
    robin.sees_no(".emoji").await;
    robin
}

pub(crate) async fn emoji_loading(stage: &Stage<'_>) -> Person {
    let robin = opens_the_emoji(stage, "window.silent = /emoji/").await;
    robin.sees_element(".emoji-state .spinner", None).await;
    stops(&robin).await;
    robin
}

pub(crate) async fn emoji_failed(stage: &Stage<'_>) -> Person {
    let robin = opens_the_emoji(stage, "window.broken = /emoji/").await;
    robin.sees_element(".emoji-state .button", None).await;
    robin
}

async fn opens_the_emoji(stage: &Stage<'_>, calls: &str) -> Person {
    let (_, robin) = talks(stage, "talk").await;
    robin.asks(calls, vec![]).await;
    robin.clicks(".emoji-tool", None).await;
    robin.sees_element("#emoji-field", None).await;
    robin
}
