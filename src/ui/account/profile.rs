//! What others see of one: the name and the picture.

use std::sync::Arc;

use leptos::html::{self, Input};
use leptos::prelude::*;

use super::{Of, is_busy, part, send, word};
use crate::state::catalogue::text;
use crate::state::session::{Command, Gate, PersonView, Wish};
use crate::state::use_state;
use crate::ui::avatar::{Face, blank};
use crate::ui::element_ref::ElementRef;
use crate::ui::live::{follow, known, shown, words};
use crate::ui::press::{button, click, happened, submitted};
use crate::ui::sign_in::{Complaint, TextField};

const CHANGE: Of = |account| account.profile.as_ref();
/// Where the file is chosen.
const FIELD: &str = "picture";

pub(super) fn profile() -> AnyView {
    let state = use_state();
    let me = move || match &*state.gate().read() {
        Gate::Chat { me } => me.clone(),
        // The dialog goes with the chat.
        _ => chinwag_protocol::User::named("".into(), ""),
    };
    let busy = is_busy(CHANGE);
    let change = move |username, avatar| {
        state.send(Command::Account(Wish::ChangeProfile { username, avatar }));
    };

    let name = RwSignal::new(untrack(me).username);
    let name_box = ElementRef::<Input>::new();
    let tried = RwSignal::new(false);
    let fits = move || (3..=30).contains(&name.read().trim().chars().count());
    let complaint: Complaint =
        Arc::new(move || if fits() || !tried.get() { "" } else { text("profile.name.length") });
    let submit = submitted(move || {
        if busy.get_untracked() {
            return;
        }
        tried.set(true);
        if untrack(fits) {
            change(Some(name.get_untracked().trim().to_owned()), None);
        } else {
            let _ = name_box.get_untracked().map(|field| field.focus());
        }
    });

    let odd = RwSignal::new(false);
    let field = ElementRef::<Input>::new();
    let chosen = happened(move || {
        if busy.get_untracked() {
            return;
        }
        odd.set(false);
        state.read_picture(FIELD, move |picture| {
            odd.try_set(picture.is_none());
            if let Some(picture) = picture {
                change(None, Some(picture));
            }
        });
    });
    let remove = move || {
        let remove = click(move || {
            if !busy.get_untracked() {
                odd.set(false);
                // Its button goes with it.
                let _ = field.get_untracked().map(|field| field.focus());
                change(None, Some(String::new()));
            }
        });
        button("link", text("profile.picture.remove"), remove)
    };
    let has_picture = known(move || me().avatar.is_some());
    let place = ElementRef::<html::Span>::new();
    let mut face = Face::default();
    follow(move || {
        let me = me();
        let person = PersonView { name: me.username, avatar: me.avatar, ..PersonView::default() };
        if let Some(place) = place.element() {
            face.shows(&place, &person);
        }
    });
    let form = view! {
        <form class="account-form" novalidate on:submit=submit>
            <div class="account-picture">
                <span class="avatar" aria-hidden="true" node_ref=place>{blank()}</span>
                <label class="button small">
                    {text("profile.picture")}
                    <input
                        class="visually-hidden"
                        id=FIELD
                        type="file"
                        accept="image/*"
                        node_ref=field
                        on:change=chosen
                    />
                </label>
                {shown(move || has_picture.get(), remove)}
            </div>
            <TextField
                id="profile-name"
                label=text("profile.name")
                kind="text"
                autocomplete=words(|| "nickname")
                text=name
                node=name_box
                complaint=complaint
            />
            {send("profile.save", CHANGE)}
            {word(CHANGE, "profile.done")}
            <div role="status">
                {shown(move || odd.get(), || {
                    view! {
                        <p class="account-word" data-state="failed">{text("profile.no-picture")}</p>
                    }
                    .into_any()
                })}
            </div>
        </form>
    };
    part("profile-title", "profile", ElementRef::new(), form.into_any())
}
