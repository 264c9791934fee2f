//! The settings of what tells of messages that one does not see: notifications and a sound. Nobody is asked for anything before
//! they want it.

use leptos::ev::Event;
use leptos::html::{ElementType, Input};
use leptos::prelude::*;

use crate::state::catalogue::text;
use crate::state::{Permission, Setting, use_state};
use crate::ui::live::shown;

type Field = <Input as ElementType>::Output;

/// What is kept of a switch that is on.
const ON: &str = "on";

/// Both of them; what is chosen goes to `choose`.
pub(super) fn settings(choose: impl Fn(Setting, &str) + Copy + 'static) -> AnyView {
    let settings = use_state().settings();
    let permission = RwSignal::new((settings.permission)());
    // The others' handler (`settings.rs`) knows no switches.
    let change: Box<dyn FnMut(Event)> = Box::new(move |event| {
        event.stop_propagation();
        let field: Field = event_target(&event);
        let on = field.checked();
        if field.name() == Setting::Sound.name() {
            choose(Setting::Sound, if on { ON } else { "" });
        } else if on {
            // Until the browser has an answer, which may take long.
            field.set_checked(false);
            (settings.ask)(Box::new(move |answer| {
                permission.set(answer);
                let granted = answer == Permission::Granted;
                field.set_checked(granted);
                choose(Setting::Notify, if granted { ON } else { "" });
            }));
        } else {
            choose(Setting::Notify, "");
        }
    });
    let now = permission.get_untracked();
    let is_on = |setting| !(settings.chosen)(setting).is_empty();
    let notify = (now != Permission::Unsupported).then(|| {
        let on = is_on(Setting::Notify) && now == Permission::Granted;
        switch(Setting::Notify, on, "settings.notices.show")
    });
    let sound = switch(Setting::Sound, is_on(Setting::Sound), "settings.notices.sound");
    let blocked = || view! { <p class="faint">{text("settings.notices.blocked")}</p> }.into_any();
    view! {
        <fieldset class="setting" on:change=change>
            <legend>{text("settings.notices")}</legend>
            <div class="choices">{notify} {sound}</div>
            <div role="status" id="notices-hint">
                {shown(move || permission.get() == Permission::Blocked, blocked)}
            </div>
        </fieldset>
    }
    .into_any()
}

fn switch(setting: Setting, on: bool, words: &'static str) -> AnyView {
    view! {
        <label class="choice">
            <input
                type="checkbox"
                role="switch"
                name=setting.name()
                checked=on
                aria-describedby=(setting == Setting::Notify).then_some("notices-hint")
            />
            <span>{text(words)}</span>
        </label>
    }
    .into_any()
}
