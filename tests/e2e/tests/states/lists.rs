//! The people, and nobody chosen.

use chinwag_e2e::Person;

use crate::cast::Cast;
use crate::outside::NO_PROGRAM;
use crate::stage::{Calls, Stage, opens, stops};

pub(crate) async fn skeleton_list(stage: &Stage<'_>) -> Person {
    let account = stage.house.account("Robin");
    let robin = stage.browser(Calls::default()).await;
    robin.begins_pages_with(NO_PROGRAM).await;
    robin.was_signed_in(&account, &stage.house.server.url()).await;
    robin.visits(&stage.house.server.url()).await;
    robin.sees_element("#skeleton .roster", None).await;
    robin
}

pub(crate) async fn people_loading(stage: &Stage<'_>) -> Person {
    let cast = Cast::here(stage).await;
    let calls = Calls { silent: Some("conversations|users"), ..Calls::default() };
    let url = stage.house.server.url();
    let robin = stage.opens(&cast.me, &url, calls, ".roster .waiting").await;
    stops(&robin).await;
    robin
}

pub(crate) async fn people_failed(stage: &Stage<'_>) -> Person {
    let cast = Cast::here(stage).await;
    let calls = Calls { broken: Some("conversations|users"), ..Calls::default() };
    let url = stage.house.server.url();
    stage.opens(&cast.me, &url, calls, ".roster .empty .button").await
}

pub(crate) async fn first_run(stage: &Stage<'_>) -> Person {
    let account = stage.house.account("Robin");
    let robin = stage.returns(&account, &stage.house.server.url()).await;
    robin.sees_element(".roster .empty", None).await;
    robin
}

pub(crate) async fn list(stage: &Stage<'_>) -> Person {
    let cast = Cast::here(stage).await;
    let robin = stage.returns(&cast.me, &stage.house.server.url()).await;
    // One of them has a draft, one is typing.
    opens(&robin, cast.of("long")).await;
    robin.writes("What if we").await;
    robin.goes_back().await;
    stage.keeps(cast.of("marks").is_typing_to(&cast.me).await);
    robin.sees_element(".person-line[data-mark=typing]", None).await;
    robin.sees_element(".person-line[data-mark=draft]", None).await;
    stops(&robin).await;
    robin
}

pub(crate) async fn search_found(stage: &Stage<'_>) -> Person {
    let robin = searches(stage, "i").await;
    robin.sees_element(".roster-list h3", None).await;
    robin
}

pub(crate) async fn search_nobody(stage: &Stage<'_>) -> Person {
    let robin = searches(stage, "xyz").await;
    robin.sees_element(".roster .empty", None).await;
    robin
}

async fn searches(stage: &Stage<'_>, text: &str) -> Person {
    let cast = Cast::here(stage).await;
    let robin = stage.returns(&cast.me, &stage.house.server.url()).await;
    robin.sees_element("button.person", None).await;
    robin.types_into("#search", text).await;
    robin.sees_no(".roster .waiting").await;
    robin
}
