//! Another password.

use std::sync::Arc;

use leptos::html::Input;
use leptos::prelude::*;

use super::{Of, is_busy, is_done, part, send, word};
use crate::state::catalogue::text;
use crate::state::session::{Command, Wish};
use crate::state::{Password, use_state};
use crate::ui::element_ref::ElementRef;
use crate::ui::live::{follow, words};
use crate::ui::press::submitted;
use crate::ui::sign_in::{Complaint, Field, TextField, complaint};

const CHANGE: Of = |account| account.password.as_ref();

pub(super) fn password() -> AnyView {
    let state = use_state();
    let (current, new) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let (current_box, new_box) = (ElementRef::<Input>::new(), ElementRef::<Input>::new());
    let fields = [(current, current_box), (new, new_box)];
    // Complaints are shown once one has tried, and follow the typing from then on.
    let tried = RwSignal::new(false);
    let (busy, done) = (is_busy(CHANGE), is_done(CHANGE));
    // The server knows what the present one is, whatever it looks like.
    let wrong = move |at: usize| {
        let typed = fields[at].0.read();
        if at == 0 && !typed.is_empty() { None } else { complaint(Field::Password, &typed) }
    };
    let complains = move |at| -> Complaint {
        Arc::new(move || wrong(at).filter(|_| tried.get()).map(text).unwrap_or_default())
    };
    let submit = submitted(move || {
        if busy.get_untracked() {
            return;
        }
        tried.set(true);
        if let Some(at) = [0, 1].into_iter().find(|at| untrack(|| wrong(*at)).is_some()) {
            let _ = fields[at].1.get_untracked().map(|field| field.focus());
            return;
        }
        state.send(Command::Account(Wish::ChangePassword {
            current: Password::from(current.get_untracked()),
            new: Password::from(new.get_untracked()),
        }));
    });
    follow(move || {
        if done.get() {
            tried.set(false);
            for (typed, field) in fields {
                typed.set(String::new());
                if let Some(field) = field.get_untracked() {
                    field.set_value("");
                }
            }
        }
    });
    let form = view! {
        <form class="account-form" novalidate on:submit=submit>
            <TextField
                id="current-password"
                label=text("password.current")
                kind="password"
                autocomplete=words(|| "current-password")
                text=current
                node=current_box
                complaint=complains(0)
            />
            <TextField
                id="new-password"
                label=text("password.new")
                kind="password"
                autocomplete=words(|| "new-password")
                text=new
                node=new_box
                complaint=complains(1)
            />
            <p class="faint">{text("password.hint")}</p>
            {send("password.change", CHANGE)}
            {word(CHANGE, "password.done")}
        </form>
    };
    part("password-title", "password", ElementRef::new(), form.into_any())
}
