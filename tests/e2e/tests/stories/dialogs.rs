//! The settings and the shortcuts, by the keyboard alone; and what was chosen, at the next start.

use chinwag_e2e::{Key, tell};
use serde_json::{Value, json};

const TOOL: &str = ".topbar [aria-label=Settings]";

#[test]
fn settings_are_chosen_by_the_keyboard_and_there_at_the_next_start() {
    tell(async |house| {
        let ada = house.member("ada").await;
        ada.sees_the_chat().await;
        ada.tabs_to(TOOL).await;
        ada.presses(Key::Enter).await;
        ada.sees_element("dialog[open]", "Settings").await;
        ada.tabs_to("dialog input[name=theme]").await;
        // System, light, dark.
        ada.presses(Key::Right).await;
        ada.presses(Key::Right).await;
        ada.sees_element(":root[data-theme=dark]", None).await;
        ada.tabs_to("dialog input[name=size]").await;
        ada.presses(Key::Right).await;
        ada.sees_element(":root[data-size=large]", None).await;
        ada.presses(Key::Escape).await;
        ada.sees_no("dialog").await;
        ada.sees_focus_on(TOOL).await;
        let look = "addEventListener('DOMContentLoaded', () => {
            const { colorScheme, fontSize } = getComputedStyle(document.documentElement);
            window.look = [colorScheme, fontSize];
        })";
        ada.begins_pages_with(look).await;
        ada.reloads().await;
        assert_eq!(ada.asks("return window.look", vec![]).await, json!(["dark", "19px"]));
    });
}

#[test]
fn a_language_that_was_chosen_is_spoken_from_then_on() {
    tell(async |house| {
        let ada = house.member("ada").await;
        ada.sees_the_chat().await;
        ada.clicks(TOOL, None).await;
        ada.sees_element("#language", None).await;
        let choose = "document.querySelector('#language').value = arguments[0]";
        ada.asks(choose, vec![json!("ar")]).await;
        ada.presses_button("Use this language").await;
        ada.sees_element("html[lang=ar][dir=rtl] .topbar [aria-label='الإعدادات']", None).await;
        // Where nothing is kept, the address says which.
        let kept = "return localStorage.removeItem('chinwag.language')";
        assert_eq!(ada.asks(kept, vec![]).await, Value::Null);
        let address = ada.asks("return location.origin + '/?language=de'", vec![]).await;
        ada.visits(address.as_str().unwrap_or_default()).await;
        ada.sees_element("html[lang=de] .topbar [aria-label=Einstellungen]", None).await;
    });
}

#[test]
fn conversations_are_gone_through_and_shortcuts_looked_up_without_a_mouse() {
    tell(async |house| {
        let account = house.account("ada");
        for name in ["béla", "chi"] {
            house.account(name).writes_to(&account, "hello");
        }
        let ada = house.returns(&account).await;
        ada.sees_people(&["chi", "béla"]).await;
        ada.types("?").await;
        ada.sees_element("dialog[open]", "Keyboard shortcuts").await;
        ada.presses(Key::Escape).await;
        ada.sees_no("dialog").await;
        ada.presses_with(Key::Alt, Key::Down).await;
        ada.sees_element(".conversation-name", "chi").await;
        ada.sees_focus_on("#composer").await;
        ada.presses_with(Key::Alt, Key::Down).await;
        ada.sees_element(".conversation-name", "béla").await;
        ada.types("really?").await;
        ada.sees_no("dialog").await;
        assert_eq!(ada.draft().await, "really?");
    });
}
