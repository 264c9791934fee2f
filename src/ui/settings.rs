//! The settings: what a person has chosen for this browser (`src/state/settings.rs`). Each has its effect at once.

mod local;
mod notices;

use leptos::ev::Event;
use leptos::html::Select;
use leptos::prelude::*;
use leptos::tachys::renderer::types::Element;

use super::account::account;
use super::dialog::{self, Dialog};
use super::element_ref::ElementRef;
use super::keyboard::HELP;
use super::live::shown;
use super::press::{button, click};
use crate::state::catalogue::text;
use crate::state::{Setting, use_state};

/// The dialog.
pub(super) const SETTINGS: Dialog =
    Dialog { name: "settings", title: "settings", content: settings };

/// Values, and the keys of their words. The first is that of who has chosen nothing.
type Choices = &'static [(&'static str, &'static str)];

const THEMES: Choices = &[
    ("", "settings.theme.system"),
    ("light", "settings.theme.light"),
    ("dark", "settings.theme.dark"),
];
const SIZES: Choices = &[
    ("", "settings.size.normal"),
    ("large", "settings.size.large"),
    ("largest", "settings.size.largest"),
];
const ENTER: Choices = &[("", "settings.enter.send"), ("line", "settings.enter.line")];
/// Each by its own name, whatever the page speaks (`public/locales`).
const LANGUAGES: Choices = &[
    ("ar", "language.ar"),
    ("de", "language.de"),
    ("en", "language.en"),
    ("es", "language.es"),
    ("zh", "language.zh"),
];

fn settings() -> AnyView {
    let settings = use_state().settings();
    let kept = RwSignal::new((settings.kept)());
    let choose = move |setting: Setting, value: &str| kept.set((settings.choose)(setting, value));
    // One for all of them.
    let change: Box<dyn FnMut(Event)> = Box::new(move |event| {
        let name = event_target::<Element>(&event).get_attribute("name").unwrap_or_default();
        let setting = Setting::ALL.into_iter().find(|setting| setting.name() == name);
        // The page is not taken away from under who goes through the languages with the arrows.
        if let Some(setting) = setting.filter(|setting| *setting != Setting::Language) {
            choose(setting, &event_target_value(&event));
        }
    });
    let language = ElementRef::<Select>::new();
    let now = (settings.chosen)(Setting::Language);
    let options: Vec<_> = LANGUAGES
        .iter()
        .map(|(value, name)| {
            let selected = *value == now;
            view! { <option value=*value lang=*value selected=selected>{text(name)}</option> }
                .into_any()
        })
        .collect();
    // Also the one that is chosen: another tab may have done so since this page was loaded.
    let speak = click(move || {
        if let Some(field) = language.get_untracked() {
            choose(Setting::Language, &field.value());
        }
    });
    let lost = || view! { <p class="setting-lost">{text("settings.not-kept")}</p> }.into_any();
    let shortcuts = click(|| dialog::instead(&HELP));
    view! {
        <div class="settings" on:change=change>
            {group(Setting::Theme, "settings.theme", THEMES)}
            {group(Setting::Size, "settings.size", SIZES)}
            {group(Setting::Enter, "settings.enter", ENTER)}
            <div class="setting">
                <label for="language">{text("settings.language")}</label>
                <div class="choices">
                    <select id="language" name=Setting::Language.name() node_ref=language>
                        <option value="">{text("settings.language.system")}</option>
                        {options}
                    </select>
                    <button
                        class="button"
                        type="button"
                        aria-describedby="language-hint"
                        on:click=speak
                    >
                        {text("settings.language.apply")}
                    </button>
                </div>
                <p class="faint" id="language-hint">{text("settings.language.hint")}</p>
            </div>
            {notices::settings(choose)}
            <div role="status">{shown(move || !kept.get(), lost)}</div>
            {button("link", text("help.title"), shortcuts)}
            {account()}
            {local::local()}
        </div>
    }
    .into_any()
}

/// One of a few, all in sight.
fn group(setting: Setting, title: &'static str, choices: Choices) -> AnyView {
    let chosen = (use_state().settings().chosen)(setting);
    // What was kept by another version may be none of these.
    let place = choices.iter().position(|(value, _)| *value == chosen).unwrap_or(0);
    let choice = |(at, (value, words)): (usize, &(&'static str, &'static str))| {
        view! {
            <label class="choice">
                <input type="radio" name=setting.name() value=*value checked=at == place />
                <span>{text(words)}</span>
            </label>
        }
        .into_any()
    };
    let all: Vec<_> = choices.iter().enumerate().map(choice).collect();
    view! {
        <fieldset class="setting">
            <legend>{text(title)}</legend>
            <div class="choices">{all}</div>
        </fieldset>
    }
    .into_any()
}
