//! The people (guide: `UserList`): the conversations first, then everybody else; and the search.

use std::sync::Arc;

use chinwag_protocol::UserId;
use leptos::ev::MouseEvent;
use leptos::html::{self, ElementType};
use leptos::prelude::*;
use leptos::tachys::renderer::{CastFrom, Rndr};

use super::element_ref::ElementRef;
use super::icon::{PEOPLE, icon};
use super::lines::Key;
use super::live::{Part, distinct, follow, known, list, next_frame, nothing, part, shown, words};
use super::person::{self, CURRENT};
use super::press::{Click, button, click, happened, is_composing, key, typed};
use super::status::Spinner;
use super::words as say;
use crate::state::catalogue::{filled, text};
use crate::state::session::{Command, Failure, ListStatus, OlderStatus};
use crate::state::{State, use_state};

/// How near to the end of the list the next page is asked for, in pixels.
const NEAR: i32 = 300;

/// The list of people.
#[component]
pub fn Roster() -> impl IntoView {
    let state = use_state();
    let people = state.people();
    let field = ElementRef::<html::Input>::new();
    let list = ElementRef::<html::Div>::new();
    let search = move |text: String| state.send(Command::Search(text));
    let clear = move || {
        if let Some(field) = field.get_untracked() {
            field.set_value("");
        }
        search(String::new());
    };
    // One for all rows: there are many.
    let open = move |event: MouseEvent| {
        if let Some(id) = person::whose(&event_target(&event)) {
            clear();
            state.send(Command::Open(id));
        }
    };
    let open: Click = Box::new(open);
    mark_the_current(state);
    // A list that does not fill its place cannot be scrolled: what is missing is asked for by itself.
    let fill = move || {
        let near = list.get_untracked().is_some_and(|list| {
            list.scroll_height() - list.scroll_top() - list.client_height() < NEAR
        });
        if near && people.read_untracked().more == OlderStatus::More {
            state.send(Command::MorePeople);
        }
    };
    follow(move || {
        people.track();
        next_frame(fill);
    });
    let again = Callback::new(move |()| {
        if let Some(field) = field.get_untracked() {
            search(field.value());
        }
    });
    let searching = known(move || state.search().read().is_some());
    let rows = part(move || {
        if searching.get() {
            view! { <Found again=again /> }.into_any()
        } else {
            view! { <Everybody /> }.into_any()
        }
    });
    view! {
        <nav class="roster" aria-label=text("people")>
            <div class="roster-head">
                <h2>{icon(PEOPLE)}{words(move || filled("people.title", &[("count", &people.read().online.to_string())]))}</h2>
                <input
                    id="search"
                    type="search"
                    placeholder=text("people.search")
                    aria-label=text("people.search")
                    autocomplete="off"
                    spellcheck="false"
                    dir="auto"
                    node_ref=field
                    on:input=typed(search)
                    on:keydown=key(move |event| {
                        if event.key() == "Escape" && !is_composing(&event) && searching.get_untracked() {
                            event.stop_propagation();
                            clear();
                        }
                    })
                />
            </div>
            <div class="roster-list" node_ref=list on:scroll=happened(fill) on:click=open>
                {rows}
            </div>
        </nav>
    }
}

type Button = <html::Button as ElementType>::Output;

/// The row of whose conversation is open says so. Going back puts the focus where one came from.
fn mark_the_current(state: State) {
    let with = distinct(move || {
        let open = state.conversation().read();
        open.as_ref().map(|open| person::button_id(open.with.as_str())).unwrap_or_default()
    });
    let mut current: Option<String> = None;
    follow(move || {
        let with = with.get();
        let row = |id: &str| document().get_element_by_id(id);
        let before = current.replace(with.clone()).as_deref().and_then(row);
        if let Some(before) = before {
            Rndr::remove_attribute(&before, CURRENT);
            if with.is_empty() {
                let _ = Button::cast_from(before).map(|row| row.focus());
            }
        }
        if let Some(now) = row(&with) {
            Rndr::set_attribute(&now, CURRENT, "true");
        }
    });
}

/// Everybody, in two groups.
#[component]
fn Everybody() -> impl IntoView {
    let state = use_state();
    let people = state.people();
    // How the list stands, apart from who is in it: what changes there must not make this anew.
    let stands = distinct(move || {
        let people = people.read();
        let none = people.recent.is_empty() && people.others.is_empty();
        match (&people.status, &people.more) {
            (ListStatus::Loading, _) => "loading",
            (ListStatus::Failed(_), _) => "failed",
            (ListStatus::Ready, _) if none => "empty",
            (ListStatus::Ready, OlderStatus::Loading) => "more",
            (ListStatus::Ready, OlderStatus::Failed(_)) => "more-failed",
            (ListStatus::Ready, OlderStatus::Unknown | OlderStatus::More | OlderStatus::End) => "",
        }
        .to_owned()
    });
    let failed = move || {
        let people = people.read();
        let failure = match (&people.status, &people.more) {
            (ListStatus::Failed(failure), _) | (_, OlderStatus::Failed(failure)) => failure.clone(),
            _ => return nothing(),
        };
        let retry = Callback::new(move |()| state.send(Command::MorePeople));
        view! { <Failed failure=failure retry=retry /> }.into_any()
    };
    view! {
        {group("people.conversations", move || people.read().recent.clone())}
        {group("people.others", move || people.read().others.clone())}
        {part(move || match stands.read().as_str() {
            "loading" => view! { <Waiting label=text("people.loading") /> }.into_any(),
            "more" => view! { <Waiting label=text("people.loading-more") /> }.into_any(),
            "failed" | "more-failed" => failed(),
            "empty" => view! {
                <p class="empty">{text("people.empty")}</p>
            }
            .into_any(),
            _ => nothing(),
        })}
    }
}

/// What the search has found.
#[component]
fn Found(again: Callback<()>) -> impl IntoView {
    let search = use_state().search();
    let found =
        move || search.read().as_ref().map(|search| search.found.clone()).unwrap_or_default();
    view! {
        {group("people.found", found)}
        {part(move || match search.read().as_ref().map(|search| search.status.clone()) {
            Some(ListStatus::Loading) => view! { <Waiting label=text("people.searching") /> }.into_any(),
            Some(ListStatus::Failed(failure)) => {
                view! { <Failed failure=failure retry=again /> }.into_any()
            }
            Some(ListStatus::Ready) if found().is_empty() => view! {
                <p class="empty" role="status">{text("people.nobody-found")}</p>
            }
            .into_any(),
            Some(ListStatus::Ready) | None => nothing(),
        })}
    }
}

#[component]
fn Waiting(label: &'static str) -> impl IntoView {
    view! { <p class="waiting"><Spinner label=label /></p> }
}

#[component]
fn Failed(failure: Failure, retry: Callback<()>) -> impl IntoView {
    view! {
        <div class="empty" role="alert">
            <p>{say::failure(&failure)}</p>
            {button("button small", text("try-again"), click(move || retry.run(())))}
        </div>
    }
}

/// People below a heading; nothing where there are none.
fn group(title: &'static str, ids: impl Fn() -> Vec<UserId> + Send + Sync + 'static) -> Part {
    let state = use_state();
    let ids: Arc<dyn Fn() -> Vec<UserId> + Send + Sync> = Arc::new(ids);
    let any = Arc::clone(&ids);
    let group = move || {
        let ids = Arc::clone(&ids);
        let place = ElementRef::<html::Ul>::new();
        list(
            move || place.element(),
            move || ids().into_iter().map(Key::Person).collect(),
            move |owner, key| match key {
                Key::Person(id) => person::row(state, id, owner),
                Key::Item(_) | Key::Number(_) => None,
            },
        );
        view! {
            <h3>{text(title)}</h3>
            <ul node_ref=place></ul>
        }
        .into_any()
    };
    shown(move || !any().is_empty(), group)
}
