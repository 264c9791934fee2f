//! What goes wrong, and what is new.

use chinwag_e2e::{Key, Person, Server};

use crate::cast::Cast;
use crate::stage::{CONNECTED, Calls, Stage, has_all_parts, opens, stops};

/// Somebody has a conversation open over a line.
async fn talks_over_a_line(stage: &Stage<'_>) -> (chinwag_e2e::Proxy, Person) {
    let cast = Cast::here(stage).await;
    let line = stage.house.line().await;
    let robin = stage.returns(&cast.me, &line.url()).await;
    opens(&robin, cast.of("talk")).await;
    robin.sees_element(".message", None).await;
    (line, robin)
}

pub(crate) async fn offline(stage: &Stage<'_>) -> Person {
    let (line, robin) = talks_over_a_line(stage).await;
    robin.is_online(false).await;
    line.refuses();
    robin.sees_element(".trouble", None).await;
    robin.says("I am on the train, there is no network here.").await;
    robin.sees_element(".message[data-state=waiting]", None).await;
    stage.keeps(line);
    stops(&robin).await;
    robin
}

pub(crate) async fn reconnecting(stage: &Stage<'_>) -> Person {
    let (line, robin) = talks_over_a_line(stage).await;
    line.refuses();
    robin.sees_element(".trouble .button", None).await;
    stops(&robin).await;
    stage.keeps(line);
    robin
}

pub(crate) async fn unsent(stage: &Stage<'_>) -> Person {
    let base = stage.house.base().await;
    let (account, other) = (base.account("Robin"), base.account("Amélie Laurent"));
    other.writes_to(&account, "Is this on?");
    let robin = stage.returns(&account, &base.url()).await;
    opens(&robin, &other).await;
    robin.says("It is.").await;
    robin.sees_element(".message[data-state=sent]", None).await;
    base.refuses("You have been muted");
    robin.says("And so am I, for as long as nobody stops me from it.").await;
    robin.sees_element(".message[data-state=failed]", None).await;
    stage.keeps(base);
    robin
}

pub(crate) async fn replaced(stage: &Stage<'_>) -> Person {
    let base = stage.house.base().await;
    let (account, other) = (base.account("Robin"), base.account("Amélie Laurent"));
    other.writes_to(&account, "Where are you?");
    let robin = stage.returns(&account, &base.url()).await;
    opens(&robin, &other).await;
    stage.keeps(account.is_online().await);
    robin.sees_element(".trouble .button", None).await;
    stage.keeps(base);
    robin
}

pub(crate) async fn notice(stage: &Stage<'_>) -> Person {
    let base = stage.house.base().await;
    let (account, other) = (base.account("Robin"), base.account("Amélie Laurent"));
    let robin = stage.browser(Calls::default()).await;
    let nothing =
        "Object.defineProperty(window, 'indexedDB', { get() { throw new Error('blocked'); } });";
    robin.begins_pages_with(nothing).await;
    robin.was_signed_in(&account, &base.url()).await;
    robin.visits(&base.url()).await;
    robin.sees_element(CONNECTED, None).await;
    opens(&robin, &other).await;
    robin.says("Is this kept?").await;
    robin.sees_element(".notice", None).await;
    stops(&robin).await;
    stage.keeps(base);
    robin
}

pub(crate) async fn crashed(stage: &Stage<'_>) -> Person {
    let (line, robin) = talks_over_a_line(stage).await;
    stage.keeps(line);
    stops_with(&robin, "unreachable").await;
    robin
}

pub(crate) async fn part_missing(stage: &Stage<'_>) -> Person {
    let (line, robin) = talks_over_a_line(stage).await;
    stage.keeps(line);
    stops_with(&robin, "no later part: NetworkError").await;
    robin
}

async fn stops_with(robin: &Person, words: &str) {
    let script = "const error = new WebAssembly.RuntimeError(arguments[0]);
        dispatchEvent(new ErrorEvent('error', { error }))";
    robin.asks(script, vec![words.into()]).await;
    robin.sees_element("#crashed", None).await;
}

pub(crate) async fn update(stage: &Stage<'_>) -> Person {
    let (server, robin) = sees_a_new_version(stage).await;
    robin.sees_element(CONNECTED, None).await;
    stage.keeps(server);
    robin
}

pub(crate) async fn update_outside(stage: &Stage<'_>) -> Person {
    let (server, robin) = sees_a_new_version(stage).await;
    robin.clicks(".leave", None).await;
    robin.sees_the_sign_in_page().await;
    robin.sees_element(".update", None).await;
    stage.keeps(server);
    robin
}

async fn sees_a_new_version(stage: &Stage<'_>) -> (Server, Person) {
    let built = stage.house.copies_the_page();
    let server = Server::open(built.path()).await;
    let cast = Cast::at(stage, &server).await;
    let robin = stage.returns(&cast.me, &server.url()).await;
    has_all_parts(&robin).await;
    robin.has_the_page_kept().await;
    built.becomes("two");
    robin.looks_for_a_newer_version().await;
    robin.sees_element(".update", None).await;
    robin.presses(Key::Escape).await;
    stage.keeps(built);
    (server, robin)
}
