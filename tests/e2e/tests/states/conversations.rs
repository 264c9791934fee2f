//! The open conversation.

use chinwag_e2e::{Key, Person};
use serde_json::json;

use crate::cast::Cast;
use crate::outside::NO_PROGRAM;
use crate::stage::{Calls, Stage, opens, scrolls_to, stops};

/// Somebody has this conversation open.
async fn reads(stage: &Stage<'_>, talk: &str) -> (Cast, Person) {
    let cast = Cast::here(stage).await;
    let robin = stage.returns(&cast.me, &stage.house.server.url()).await;
    opens(&robin, cast.of(talk)).await;
    robin.sees_element(".message, .timeline-state", None).await;
    (cast, robin)
}

pub(crate) async fn skeleton_talk(stage: &Stage<'_>) -> Person {
    let (account, other) = (stage.house.account("Robin"), stage.house.account("Ines"));
    let robin = stage.browser(Calls::default()).await;
    robin.begins_pages_with(NO_PROGRAM).await;
    let url = stage.house.server.url();
    robin.was_signed_in(&account, &url).await;
    robin.visits(&format!("{url}/#/{}", other.id)).await;
    robin.sees_element("#skeleton .bubbles", None).await;
    robin
}

pub(crate) async fn empty(stage: &Stage<'_>) -> Person {
    reads(stage, "empty").await.1
}

pub(crate) async fn loading(stage: &Stage<'_>) -> Person {
    let calls = Calls { silent: Some("messages.[^c]"), ..Calls::default() };
    let robin = reads_with(stage, calls).await;
    robin.sees_element(".timeline-state .spinner", None).await;
    stops(&robin).await;
    robin
}

pub(crate) async fn failed(stage: &Stage<'_>) -> Person {
    let calls = Calls { broken: Some("messages.[^c]"), ..Calls::default() };
    let robin = reads_with(stage, calls).await;
    robin.sees_element(".timeline-state .button", None).await;
    robin
}

async fn reads_with(stage: &Stage<'_>, calls: Calls) -> Person {
    let cast = Cast::here(stage).await;
    let url = stage.house.server.url();
    let robin = stage.opens(&cast.me, &url, calls, "button.person").await;
    opens(&robin, cast.of("talk")).await;
    robin
}

pub(crate) async fn talk(stage: &Stage<'_>) -> Person {
    reads(stage, "talk").await.1
}

pub(crate) async fn marks(stage: &Stage<'_>) -> Person {
    let robin = reads(stage, "marks").await.1;
    robin.sees_element(".content pre", None).await;
    robin
}

pub(crate) async fn long(stage: &Stage<'_>) -> Person {
    let robin = reads(stage, "long").await.1;
    robin.sees_element(".message[data-shape=cut]", None).await;
    robin
}

pub(crate) async fn long_open(stage: &Stage<'_>) -> Person {
    let robin = long(stage).await;
    robin.clicks("button.rest", None).await;
    robin.sees_element(".message[data-shape=long]", None).await;
    scrolls_to(&robin, "button.rest").await;
    robin
}

pub(crate) async fn right_to_left(stage: &Stage<'_>) -> Person {
    reads(stage, "right to left").await.1
}

pub(crate) async fn typing(stage: &Stage<'_>) -> Person {
    let (cast, robin) = reads(stage, "talk").await;
    for line in ["A text of several lines", "that is not sent yet,"] {
        robin.writes(line).await;
        robin.presses_with(Key::Shift, Key::Enter).await;
    }
    robin.writes("and makes room for itself.").await;
    stage.keeps(cast.of("talk").is_typing_to(&cast.me).await);
    robin.sees_element("p.typing:not(:empty)", None).await;
    stops(&robin).await;
    robin
}

pub(crate) async fn unread(stage: &Stage<'_>) -> Person {
    let robin = reads(stage, "unread").await.1;
    robin.sees_element(".message[data-new]", None).await;
    scrolls_to(&robin, ".message[data-new]").await;
    robin.scrolls_up(0.3).await;
    robin.sees_element(".to-end", None).await;
    robin
}

pub(crate) async fn day_in_view(stage: &Stage<'_>) -> Person {
    let robin = reads(stage, "unread").await.1;
    robin.scrolls_up(6.0).await;
    robin.sees_element(".day-in-view button", None).await;
    robin.sees_element(".to-end", None).await;
    robin
}

pub(crate) async fn actions(stage: &Stage<'_>) -> Person {
    walks_to(stage, "false").await
}

pub(crate) async fn actions_own(stage: &Stage<'_>) -> Person {
    walks_to(stage, "true").await
}

/// Goes to the last message of one side by the keyboard, and to what can be done with it.
async fn walks_to(stage: &Stage<'_>, own: &str) -> Person {
    let robin = reads(stage, "talk").await.1;
    robin.sees_focus_on("#composer").await;
    let wanted = format!(".message[data-own={own}]");
    robin
        .until(&wanted, async || {
            robin.presses(Key::Up).await;
            let is_there = robin.has_focus_on(&wanted).await;
            if is_there { Ok(()) } else { Err("the focus is elsewhere".to_owned()) }
        })
        .await;
    robin.presses(Key::Enter).await;
    robin.sees_focus_on(".actions .tool").await;
    robin
}

pub(crate) async fn near_the_limit(stage: &Stage<'_>) -> Person {
    writes_much(stage, 9_900).await
}

pub(crate) async fn too_long(stage: &Stage<'_>) -> Person {
    let robin = writes_much(stage, 10_020).await;
    robin.sees_element(".limit[data-exceeded]", None).await;
    robin
}

/// Somebody has pasted a text of so many letters.
async fn writes_much(stage: &Stage<'_>, length: usize) -> Person {
    let robin = reads(stage, "talk").await.1;
    let script = "
        const field = document.querySelector('#composer');
        field.value = 'and so on '.repeat(2_000).slice(0, arguments[0]);
        field.dispatchEvent(new Event('input', { bubbles: true }));
    ";
    robin.asks(script, vec![json!(length)]).await;
    robin.sees_element(".limit", None).await;
    robin
}

pub(crate) async fn code_begun(stage: &Stage<'_>) -> Person {
    let robin = reads(stage, "talk").await.1;
    robin.writes("What a :lem").await;
    robin.sees_element(".completion .option", None).await;
    robin
}
