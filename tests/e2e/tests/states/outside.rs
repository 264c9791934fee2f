//! Before the chat.

use chinwag_e2e::{PASSWORD, Person};

use crate::cast::Cast;
use crate::stage::{Calls, Stage, has_all_parts, stops};

/// Lets the page stay as it is before the program comes.
pub(crate) const NO_PROGRAM: &str =
    "WebAssembly.instantiateStreaming = () => new Promise(() => {});";

pub(crate) async fn skeleton_outside(stage: &Stage<'_>) -> Person {
    let robin = stage.browser(Calls::default()).await;
    robin.begins_pages_with(NO_PROGRAM).await;
    robin.visits(&stage.house.server.url()).await;
    robin.sees_element("#skeleton .card", None).await;
    robin
}

pub(crate) async fn sign_in(stage: &Stage<'_>) -> Person {
    stage.visitor().await
}

pub(crate) async fn sign_in_complaints(stage: &Stage<'_>) -> Person {
    let robin = stage.visitor().await;
    robin.submits().await;
    robin.sees_element("#email[aria-invalid=true]", None).await;
    robin
}

pub(crate) async fn sign_in_error(stage: &Stage<'_>) -> Person {
    stage.house.account("Robin");
    let robin = stage.visitor().await;
    robin.tries_to_sign_in("another").await;
    robin.sees_element(".form-error", None).await;
    robin
}

pub(crate) async fn sign_in_held(stage: &Stage<'_>) -> Person {
    stage.house.account("Robin").is_guessed_at();
    let robin = stage.visitor().await;
    robin.tries_to_sign_in(PASSWORD).await;
    robin.sees_element(".form-error", None).await;
    robin
}

pub(crate) async fn register(stage: &Stage<'_>) -> Person {
    let robin = stage.visitor().await;
    robin.clicks("form.sign-in .link", None).await;
    robin.types_into("#username", "Robin").await;
    robin.types_into("#password", "short").await;
    robin.submits().await;
    robin.sees_element("#password[aria-invalid=true]", None).await;
    robin
}

pub(crate) async fn unreachable(stage: &Stage<'_>) -> Person {
    let cast = Cast::here(stage).await;
    let calls = Calls { broken: Some("api"), ..Calls::default() };
    let page = "[data-page=unreachable]";
    let robin = stage.opens(&cast.me, &stage.house.server.url(), calls, page).await;
    stops(&robin).await;
    robin
}

pub(crate) async fn broken(stage: &Stage<'_>) -> Person {
    let pages = stage.house.hosts_pages("{ \"server\": 7 }").await;
    let robin = stage.browser(Calls::default()).await;
    robin.visits(&pages.url()).await;
    stage.keeps(pages);
    robin.sees_element("[data-page=broken]", None).await;
    has_all_parts(&robin).await;
    robin
}
