//! What this browser keeps, and taking it away. One is asked once more, in the same place: it cannot be undone.

use leptos::html;
use leptos::prelude::*;

use crate::state::catalogue::text;
use crate::state::session::Command;
use crate::state::use_state;
use crate::ui::account;
use crate::ui::dialog;
use crate::ui::element_ref::ElementRef;
use crate::ui::live::{follow, part};
use crate::ui::press::{button, click};

pub(super) fn local() -> AnyView {
    let state = use_state();
    let asked = RwSignal::new(false);
    let (heading, question) = (ElementRef::<html::H3>::new(), ElementRef::<html::P>::new());
    follow(move || {
        // The button that had the focus is gone. Who presses Enter twice has cleared nothing.
        let _ = question.get().map(|question| question.focus());
    });
    let clear = move || {
        dialog::close();
        state.send(Command::Clear);
    };
    let ask = part(move || {
        if asked.get() {
            let no = click(move || {
                asked.set(false);
                let _ = heading.get_untracked().map(|heading| heading.focus());
            });
            view! {
                <p id="local-question" tabindex="-1" node_ref=question>{text("local.question")}</p>
                <div class="choices" role="group" aria-labelledby="local-question">
                    {button("button small", text("local.yes"), click(clear))}
                    {button("button small", text("local.no"), no)}
                </div>
            }
            .into_any()
        } else {
            button("button small", text("local.clear"), click(move || asked.set(true)))
        }
    });
    let content = view! { <p class="faint">{text("local.kept")}</p>{ask} }.into_any();
    account::part("local-title", "local", heading, content)
}
