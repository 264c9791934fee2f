//! Signing in and registering (guide: `LoginScreen`).

use std::sync::Arc;

use leptos::html::Input;
use leptos::prelude::*;

use super::element_ref::ElementRef;
use super::icon::{BUBBLE, icon};
use super::live::{Words, distinct, flag, follow, known, part, shown, words};
use super::press::{click, submitted, typed};
use super::status::{Spinner, Update};
use super::words as say;
use crate::state::catalogue::text;
use crate::state::session::{Command, Gate};
use crate::state::{Password, use_state};

/// The fewest characters of a password (guide).
const SHORTEST_PASSWORD: usize = 6;

/// What is wrong with a field at the moment; empty where nothing is.
pub(super) type Complaint = Arc<dyn Fn() -> &'static str + Send + Sync>;

/// The fields, as they stand on the page.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Username,
    Email,
    Password,
}

/// What is wrong with a field, as the key of the guide's words; `None` where nothing is.
pub(super) fn complaint(field: Field, text: &str) -> Option<&'static str> {
    match field {
        Field::Username if text.trim().is_empty() => Some("sign-in.username.missing"),
        Field::Email if text.trim().is_empty() => Some("sign-in.email.missing"),
        Field::Password if text.is_empty() => Some("sign-in.password.missing"),
        Field::Password if text.chars().count() < SHORTEST_PASSWORD => {
            Some("sign-in.password.short")
        }
        Field::Username | Field::Email | Field::Password => None,
    }
}

/// The sign-in page.
#[component]
pub fn SignIn() -> impl IntoView {
    let state = use_state();
    let registering = RwSignal::new(false);
    let (username, email, password) =
        (RwSignal::new(String::new()), RwSignal::new(String::new()), RwSignal::new(String::new()));
    let (username_box, email_box, password_box) =
        (ElementRef::<Input>::new(), ElementRef::<Input>::new(), ElementRef::<Input>::new());
    // Complaints are shown once one has tried, and follow the typing from then on.
    let tried = RwSignal::new(false);
    // The error of the sign-in is about what was tried: it goes when one changes from one form to the other.
    let dismissed = RwSignal::new(false);
    let busy = known(move || matches!(&*state.gate().read(), Gate::SignIn { busy: true, .. }));
    // What was sent last, from which form and with whose address, may have to wait.
    let (sent_by, sent_as) = (RwSignal::new(false), RwSignal::new(String::new()));
    let held = known(move || {
        matches!(&*state.gate().read(), Gate::SignIn { held: true, .. })
            && sent_by.get() == registering.get()
            && *sent_as.read() == email.read().trim()
    });
    let error = distinct(move || match &*state.gate().read() {
        Gate::SignIn { error: Some(failure), .. } => say::failure(failure),
        _ => String::new(),
    });
    follow(move || {
        let _ = error.read();
        dismissed.set(false);
    });
    let title = move || text(if registering.get() { "sign-in.register" } else { "sign-in.login" });

    let submit = submitted(move || {
        if busy.get_untracked() || held.get_untracked() {
            return;
        }
        tried.set(true);
        let register = registering.get_untracked();
        let checks = [
            (register, Field::Username, username, username_box),
            (true, Field::Email, email, email_box),
            (true, Field::Password, password, password_box),
        ];
        let wrong = checks.into_iter().find(|(asked, field, text, _)| {
            *asked && complaint(*field, &text.read_untracked()).is_some()
        });
        if let Some((.., node)) = wrong {
            if let Some(node) = node.get_untracked() {
                let _ = node.focus();
            }
            return;
        }
        dismissed.set(false);
        let (email, password) =
            (email.get_untracked().trim().to_owned(), Password::from(password.get_untracked()));
        sent_by.set(register);
        sent_as.set(email.clone());
        state.send(if register {
            let username = username.get_untracked().trim().to_owned();
            Command::Register { username, email, password }
        } else {
            Command::SignIn { email, password }
        });
    });
    let switch = click(move || {
        // The answer that is under way belongs to this form.
        if busy.get_untracked() {
            return;
        }
        registering.update(|registering| *registering = !*registering);
        tried.set(false);
        dismissed.set(true);
    });

    let complaint_of = move |field, typed: RwSignal<String>| {
        let complaint: Complaint = Arc::new(move || {
            let wrong = complaint(field, &typed.read()).filter(|_| tried.get());
            wrong.map(text).unwrap_or_default()
        });
        complaint
    };
    let wrong = move || {
        let words = words(move || error.get());
        view! { <p class="form-error">{words}</p> }.into_any()
    };
    let name = move || {
        view! {
            <TextField
                id="username"
                label=text("sign-in.username")
                kind="text"
                autocomplete=words(|| "username")
                text=username
                node=username_box
                complaint=complaint_of(Field::Username, username)
            />
        }
        .into_any()
    };
    view! {
        <main class="page" data-page="sign-in">
            <Update />
            <form class="card sign-in" novalidate on:submit=submit>
                <p class="brand">{icon(BUBBLE)}"Chinwag"</p>
                <h1>{words(title)}</h1>
                <div role="alert">
                    {shown(move || !error.read().is_empty() && (!dismissed.get() || held.get()), wrong)}
                </div>
                {shown(move || registering.get(), name)}
                <TextField
                    id="email"
                    label=text("sign-in.email")
                    kind="email"
                    autocomplete=words(|| "email")
                    text=email
                    node=email_box
                    complaint=complaint_of(Field::Email, email)
                />
                <TextField
                    id="password"
                    label=text("sign-in.password")
                    kind="password"
                    autocomplete=words(move || {
                        if registering.get() { "new-password" } else { "current-password" }
                    })
                    text=password
                    node=password_box
                    complaint=complaint_of(Field::Password, password)
                />
                <button
                    class="button wide"
                    type="submit"
                    aria-disabled=flag(move || busy.get() || held.get())
                >
                    {part(move || {
                        if busy.get() {
                            view! { <Spinner label=text("sign-in.wait") /> }.into_any()
                        } else if held.get() {
                            text("sign-in.wait").into_any()
                        } else {
                            title().into_any()
                        }
                    })}
                </button>
                <button class="link" type="button" on:click=switch>
                    {words(move || {
                        if registering.get() {
                            text("sign-in.to-login")
                        } else {
                            text("sign-in.to-register")
                        }
                    })}
                </button>
            </form>
        </main>
    }
}

/// A labelled field with what is wrong with it.
#[component]
pub(super) fn TextField(
    /// Its identity on the page.
    id: &'static str,
    /// Its label.
    label: &'static str,
    /// Its type (HTML `input`).
    kind: &'static str,
    /// What the browser may fill in (HTML `autocomplete`).
    autocomplete: Words,
    /// Its text.
    text: RwSignal<String>,
    /// Its element, to focus it.
    node: ElementRef<Input>,
    /// What is wrong; empty where nothing is.
    complaint: Complaint,
) -> impl IntoView {
    let explained_by = format!("{id}-complaint");
    let wrong = Arc::clone(&complaint);
    view! {
        <div class="field">
            <label for=id>{label}</label>
            <input
                id=id
                name=id
                type=kind
                autocomplete=autocomplete
                autocapitalize="none"
                spellcheck="false"
                dir="auto"
                node_ref=node
                value=text.get_untracked()
                on:input=typed(move |typed| text.set(typed))
                aria-invalid=flag(move || !wrong().is_empty())
                aria-describedby=explained_by.clone()
            />
            <p class="complaint" id=explained_by>{words(move || complaint())}</p>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checks_are_the_guides() {
        for (field, text, expected) in [
            (Field::Username, " ", Some("sign-in.username.missing")),
            (Field::Username, "ada", None),
            (Field::Email, "", Some("sign-in.email.missing")),
            (Field::Email, "ada@example.org", None),
            (Field::Password, "", Some("sign-in.password.missing")),
            (Field::Password, "12345", Some("sign-in.password.short")),
            (Field::Password, "ééééé", Some("sign-in.password.short")),
            (Field::Password, "123456", None),
        ] {
            assert_eq!(complaint(field, text), expected, "{text}");
        }
    }
}
