//! The people (guide: `UserList`): the conversations first, then everybody else; and the search.

use std::sync::Arc;

use chinwag_protocol::UserId;
use leptos::html;
use leptos::prelude::*;

use super::avatar::{Avatar, Name};
use super::element_ref::ElementRef;
use super::icon::{PEOPLE, icon};
use super::lines::Key;
use super::live::{Part, flag, follow, known, list, nothing, part, shown, words};
use super::press::{button, click, happened, is_composing, key, typed};
use super::status::Spinner;
use super::words as say;
use crate::state::session::{Command, Failure, ListStatus, OlderStatus, PersonView};
use crate::state::{Locale, State, use_state};

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
    let open = Callback::new(move |id: UserId| {
        clear();
        state.send(Command::Open(id));
    });
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
        request_animation_frame(fill);
    });
    let again = Callback::new(move |()| {
        if let Some(field) = field.get_untracked() {
            search(field.value());
        }
    });
    let searching = known(move || state.search().read().is_some());
    let rows = part(move || {
        if searching.get() {
            view! { <Found open=open again=again /> }.into_any()
        } else {
            view! { <Everybody open=open /> }.into_any()
        }
    });
    view! {
        <nav class="roster" aria-label="People">
            <div class="roster-head">
                <h2>{icon(PEOPLE)}{words(move || format!("Users ({} online)", people.read().online))}</h2>
                <input
                    id="search"
                    type="search"
                    placeholder="Search people"
                    aria-label="Search people"
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
            <div class="roster-list" node_ref=list on:scroll=happened(fill)>
                {rows}
            </div>
        </nav>
    }
}

/// Everybody, in two groups.
#[component]
fn Everybody(open: Callback<UserId>) -> impl IntoView {
    let state = use_state();
    let people = state.people();
    let empty = known(move || {
        let people = people.read();
        people.recent.is_empty() && people.others.is_empty()
    });
    let retry = Callback::new(move |()| state.send(Command::MorePeople));
    view! {
        {group("Conversations", open, move || people.read().recent.clone())}
        {group("Everybody else", open, move || people.read().others.clone())}
        {part(move || match people.read().status.clone() {
            ListStatus::Loading => view! { <Waiting label="Loading people" /> }.into_any(),
            ListStatus::Failed(failure) => {
                view! { <Failed failure=failure retry=retry /> }.into_any()
            }
            ListStatus::Ready if empty.get() => view! {
                <p class="empty">
                    "Nobody else is here yet. Whoever registers appears in this list."
                </p>
            }
            .into_any(),
            ListStatus::Ready => match people.read().more.clone() {
                OlderStatus::Loading => view! { <Waiting label="Loading more people" /> }.into_any(),
                OlderStatus::Failed(failure) => {
                    view! { <Failed failure=failure retry=retry /> }.into_any()
                }
                OlderStatus::Unknown | OlderStatus::More | OlderStatus::End => nothing(),
            },
        })}
    }
}

/// What the search has found.
#[component]
fn Found(open: Callback<UserId>, again: Callback<()>) -> impl IntoView {
    let search = use_state().search();
    let found =
        move || search.read().as_ref().map(|search| search.found.clone()).unwrap_or_default();
    view! {
        {group("Found", open, found)}
        {part(move || match search.read().as_ref().map(|search| search.status.clone()) {
            Some(ListStatus::Loading) => view! { <Waiting label="Searching" /> }.into_any(),
            Some(ListStatus::Failed(failure)) => {
                view! { <Failed failure=failure retry=again /> }.into_any()
            }
            Some(ListStatus::Ready) if found().is_empty() => view! {
                <p class="empty" role="status">"Nobody by that name."</p>
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
            {button("button small", "Try again", click(move || retry.run(())))}
        </div>
    }
}

/// People below a heading; nothing where there are none.
fn group(
    title: &'static str,
    open: Callback<UserId>,
    ids: impl Fn() -> Vec<UserId> + Send + Sync + 'static,
) -> Part {
    let ids: Arc<dyn Fn() -> Vec<UserId> + Send + Sync> = Arc::new(ids);
    let any = Arc::clone(&ids);
    let group = move || {
        let ids = Arc::clone(&ids);
        let place = ElementRef::<html::Ul>::new();
        list(
            move || place.element(),
            move || ids().into_iter().map(Key::Person).collect(),
            move |key| match key {
                Key::Person(id) => view! { <Person id=id.clone() open=open /> }.into_any(),
                Key::Item(_) | Key::Number(_) => nothing(),
            },
        );
        view! {
            <h3>{title}</h3>
            <ul node_ref=place></ul>
        }
        .into_any()
    };
    shown(move || !any().is_empty(), group)
}

/// One person.
#[component]
fn Person(id: UserId, open: Callback<UserId>) -> impl IntoView {
    let state = use_state();
    let person = state.person(&id);
    let selected = is_open(state, id.clone());
    // Going back puts the focus where one came from.
    let row = ElementRef::<html::Button>::new();
    let mut was = false;
    follow(move || {
        let is = selected.get();
        if was && !is && state.conversation().read_untracked().is_none() {
            let _ = row.get_untracked().map(|row| row.focus());
        }
        was = is;
    });
    let of = |read: fn(&PersonView, Locale) -> String| {
        let person = person.clone();
        words(move || read(&person.read(), state.locale()))
    };
    let at = of(|person, locale| person.at.map(locale.brief).unwrap_or_default());
    let line = of(|person, _| match (person.typing, &person.preview) {
        (true, _) => say::typing(&person.name),
        (false, Some((true, text))) => format!("You: {text}"),
        (false, Some((false, text))) => text.clone(),
        (false, None) => say::presence(person.online).to_owned(),
    });
    // Where the line below the name tells something else, presence is only a dot: said for who cannot see it.
    let presence = of(|person, _| {
        let elsewhere = person.typing || person.preview.is_some();
        if elsewhere { say::presence(person.online) } else { "" }.to_owned()
    });
    let typing = flag({
        let person = person.clone();
        move || person.read().typing
    });
    let unread = {
        let person = person.clone();
        move || person.read().unread
    };
    let badge = shown(
        {
            let unread = unread.clone();
            move || unread() != 0
        },
        move || {
            let (seen, heard) = (unread.clone(), unread.clone());
            view! {
                <span class="badge">
                    <span aria-hidden="true">{words(move || say::badge(seen()))}</span>
                    <span class="visually-hidden">{words(move || say::unread(heard()))}</span>
                </span>
            }
            .into_any()
        },
    );
    view! {
        <li>
            <button
                class="person"
                node_ref=row
                data-user=id.to_string()
                aria-current=flag(move || selected.get())
                on:click=click(move || open.run(id.clone()))
            >
                <Avatar person=person.clone() />
                <span class="person-name"><Name person=person /></span>
                <span class="person-at">{at}</span>
                <span class="visually-hidden">{presence}</span>
                <span class="person-line" data-typing=typing dir="auto">{line}</span>
                {badge}
            </button>
        </li>
    }
}

fn is_open(state: State, id: UserId) -> Memo<bool> {
    known(move || {
        state.conversation().read().as_ref().is_some_and(|conversation| conversation.with == id)
    })
}
