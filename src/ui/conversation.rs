//! The open conversation: who, what was said, and where one writes.

use chinwag_protocol::UserId;
use leptos::prelude::*;

use super::avatar::{Avatar, Name};
use super::composer::Composer;
use super::icon::{BACK, BUBBLE, CALENDAR, icon};
use super::live::{part, words};
use super::press::{click, tool};
use super::scroller::Scroller;
use super::timeline::Timeline;
use super::words as say;
use crate::state::catalogue::text;
use crate::state::session::Command;
use crate::state::use_state;

/// The conversation with somebody, or the invitation to choose one.
#[component]
pub fn Conversation(
    /// With whom; empty for nobody.
    with: Memo<String>,
) -> impl IntoView {
    view! {
        <div class="conversation">
            {part(move || {
                let with = with.get();
                if with.is_empty() {
                    view! { <Nobody /> }.into_any()
                } else {
                    view! { <Open with=UserId::from(with) /> }.into_any()
                }
            })}
        </div>
    }
}

/// Nobody is chosen.
#[component]
fn Nobody() -> impl IntoView {
    view! {
        <div class="nobody">
            {icon(BUBBLE)}
            <p>{text("conversation.none")}</p>
        </div>
        <Composer to=None scroller=Scroller::new() />
    }
}

/// Somebody is.
#[component]
fn Open(with: UserId) -> impl IntoView {
    let state = use_state();
    let person = state.person(&with);
    let scroller = Scroller::new();
    let choice = RwSignal::new(None);
    let choose = move || choice.set(Some((state.locale().field)(None)));
    let presence = {
        let person = person.clone();
        words(move || say::presence_line(&person.read(), state.locale()))
    };
    let typing = {
        let person = person.clone();
        words(move || {
            let person = person.read();
            if person.typing { say::typing(&person.name) } else { String::new() }
        })
    };
    view! {
        <header class="conversation-head">
            {tool("tool back", text("back"), icon(BACK), click(move || state.send(Command::Close)))}
            <Avatar person=person.clone() />
            <div>
                <h1 class="conversation-name"><Name person=person /></h1>
                <p class="conversation-presence">{presence}</p>
            </div>
            {tool("tool day-tool", text("day.open"), icon(CALENDAR), click(choose))}
        </header>
        <Timeline scroller=scroller choice=choice />
        <p class="typing" role="status" dir="auto">{typing}</p>
        <Composer to=Some(with) scroller=scroller />
    }
}
