//! The people (guide: `UserList`): the conversations first, then everybody else; and the search.

use std::sync::Arc;

use chinwag_protocol::UserId;
use leptos::html;
use leptos::prelude::*;

use super::avatar::{Avatar, Name};
use super::status::Spinner;
use super::{icon, words};
use crate::state::session::{Command, Failure, ListStatus, OlderStatus};
use crate::state::{State, use_state};

/// How near to the end of the list the next page is asked for, in pixels.
const NEAR: i32 = 300;

/// The list of people.
#[component]
pub fn Roster() -> impl IntoView {
    let state = use_state();
    let people = state.people();
    let query = RwSignal::new(String::new());
    let list = NodeRef::<html::Div>::new();
    let search = move |text: String| {
        query.set(text.clone());
        state.send(Command::Search(text));
    };
    let open = Callback::new(move |id: UserId| {
        search(String::new());
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
    Effect::new(move |_| {
        people.track();
        request_animation_frame(fill);
    });
    let searching = Memo::new(move |_| state.search().read().is_some());
    view! {
        <nav class="roster" aria-label="People">
            <div class="roster-head">
                <h2><icon::People />{move || format!("Users ({} online)", people.read().online)}</h2>
                <input
                    id="search"
                    type="search"
                    placeholder="Search people"
                    aria-label="Search people"
                    autocomplete="off"
                    spellcheck="false"
                    dir="auto"
                    prop:value=move || query.get()
                    on:input:target=move |event| search(event.target().value())
                    on:keydown=move |event| {
                        if event.key() == "Escape" && !query.read_untracked().is_empty() {
                            event.stop_propagation();
                            search(String::new());
                        }
                    }
                />
            </div>
            <div class="roster-list" node_ref=list on:scroll=move |_| fill()>
                <Show when=move || searching.get() fallback=move || view! { <Everybody open=open /> }>
                    <Found open=open />
                </Show>
            </div>
        </nav>
    }
}

/// Everybody, in two groups.
#[component]
fn Everybody(open: Callback<UserId>) -> impl IntoView {
    let state = use_state();
    let people = state.people();
    let recent = Memo::new(move |_| people.read().recent.clone());
    let others = Memo::new(move |_| people.read().others.clone());
    let empty = Memo::new(move |_| recent.read().is_empty() && others.read().is_empty());
    let status = Memo::new(move |_| people.read().status.clone());
    let more = Memo::new(move |_| people.read().more.clone());
    let retry = Callback::new(move |()| state.send(Command::MorePeople));
    view! {
        <Group title="Conversations" ids=recent open=open />
        <Group title="Everybody else" ids=others open=open />
        {move || match status.get() {
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
            ListStatus::Ready => match more.get() {
                OlderStatus::Loading => view! { <Waiting label="Loading more people" /> }.into_any(),
                OlderStatus::Failed(failure) => {
                    view! { <Failed failure=failure retry=retry /> }.into_any()
                }
                OlderStatus::Unknown | OlderStatus::More | OlderStatus::End => ().into_any(),
            },
        }}
    }
}

/// What the search has found.
#[component]
fn Found(open: Callback<UserId>) -> impl IntoView {
    let search = use_state().search();
    let found = Memo::new(move |_| {
        search.read().as_ref().map(|search| search.found.clone()).unwrap_or_default()
    });
    let status = Memo::new(move |_| {
        search.read().as_ref().map(|search| search.status.clone()).unwrap_or_default()
    });
    view! {
        <Group title="Found" ids=found open=open />
        {move || match status.get() {
            ListStatus::Loading => view! { <Waiting label="Searching" /> }.into_any(),
            ListStatus::Failed(failure) => view! {
                <p class="empty" role="alert">{words::failure(&failure)}</p>
            }
            .into_any(),
            ListStatus::Ready if found.read().is_empty() => view! {
                <p class="empty" role="status">"Nobody by that name."</p>
            }
            .into_any(),
            ListStatus::Ready => ().into_any(),
        }}
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
            <p>{words::failure(&failure)}</p>
            <button class="button small" on:click=move |_| retry.run(())>"Try again"</button>
        </div>
    }
}

/// People below a heading; nothing where there are none.
#[component]
fn Group(title: &'static str, ids: Memo<Vec<UserId>>, open: Callback<UserId>) -> impl IntoView {
    view! {
        <Show when=move || !ids.read().is_empty()>
            <h3>{title}</h3>
            <ul>
                <For each=move || ids.get() key=Clone::clone let:id>
                    <Person id=id open=open />
                </For>
            </ul>
        </Show>
    }
}

/// One person.
#[component]
fn Person(id: UserId, open: Callback<UserId>) -> impl IntoView {
    let state = use_state();
    let person = state.person(&id);
    let selected = is_open(state, id.clone());
    // Going back puts the focus where one came from.
    let row = NodeRef::<html::Button>::new();
    Effect::new(move |was: Option<bool>| {
        let is = selected.get();
        if was == Some(true) && !is && state.conversation().read_untracked().is_none() {
            let _ = row.get_untracked().map(|row| row.focus());
        }
        is
    });
    let at = {
        let person = person.clone();
        move || person.read().at.map(|at| (state.locale().brief)(at))
    };
    let line = {
        let person = person.clone();
        Arc::new(move || {
            let person = person.read();
            if person.typing {
                return ("typing", format!("{} is typing...", words::name(&person.name)));
            }
            match &person.preview {
                Some((true, text)) => ("preview", format!("You: {text}")),
                Some((false, text)) => ("preview", text.clone()),
                None => ("presence", words::presence(person.online).to_owned()),
            }
        })
    };
    let unread = {
        let person = person.clone();
        Memo::new(move |_| person.read().unread)
    };
    let presence = {
        let person = person.clone();
        // Where the line below the name tells something else, presence is only a dot: said for who cannot see it.
        move || {
            let person = person.read();
            (person.typing || person.preview.is_some()).then(|| words::presence(person.online))
        }
    };
    let kind = line.clone();
    view! {
        <li>
            <button
                class="person"
                node_ref=row
                data-user=id.to_string()
                aria-current=move || selected.get().then_some("true")
                on:click=move |_| open.run(id.clone())
            >
                <Avatar person=person.clone() />
                <span class="person-name"><Name person=person /></span>
                <span class="person-at">{at}</span>
                <span class="visually-hidden">{presence}</span>
                <span class="person-line" data-kind=move || kind().0 dir="auto">{move || line().1}</span>
                <Show when=move || unread.get() != 0>
                    <span class="badge">
                        <span aria-hidden="true">{move || words::badge(unread.get())}</span>
                        <span class="visually-hidden">{move || words::unread(unread.get())}</span>
                    </span>
                </Show>
            </button>
        </li>
    }
}

fn is_open(state: State, id: UserId) -> Memo<bool> {
    Memo::new(move |_| {
        state.conversation().read().as_ref().is_some_and(|conversation| conversation.with == id)
    })
}
