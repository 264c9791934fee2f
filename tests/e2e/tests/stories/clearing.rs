//! Taking from the browser the copy of what the server has.

use chinwag_e2e::{Key, Person, tell};
use serde_json::{Value, json};

const SETTINGS: &str = ".topbar [aria-label=Settings]";
const OURS: &str = "[aria-labelledby=local-title]";

/// Stands in each page until that is loaded anew.
async fn marks_the_page(person: &Person) {
    person.asks("window.marked = true", vec![]).await;
}

async fn sees_another_page(person: &Person) {
    person
        .until("another page", async || {
            let marked = person.asks("return window.marked ?? false", vec![]).await;
            if marked == json!(false) { Ok(()) } else { Err("it is the same".to_owned()) }
        })
        .await;
    person.sees_the_chat().await;
}

/// The names of what is in `localStorage`.
async fn names(person: &Person) -> Vec<String> {
    let names = person.asks("return Object.keys(localStorage).sort()", vec![]).await;
    let names = names.as_array().cloned().unwrap_or_default();
    names.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Lines 3 and 8. By the keyboard, in a tab that follows: no tab has anything left of it, and what only this browser has is there.
#[test]
fn the_copy_in_this_browser_goes_in_all_tabs_and_comes_anew_from_the_server() {
    tell(async |house| {
        let account = house.account("ada");
        let (béla, chi) = (house.account("béla"), house.account("chi"));
        for text in ["an old word", "a newer word"] {
            béla.writes_to(&account, text);
        }
        chi.writes_to(&account, "hello");
        let ada = house.returns(&account).await;
        ada.opens("béla").await;
        ada.sees_message("an old word").await;
        ada.opens("chi").await;
        ada.sees_message("hello").await;
        ada.has_on_disk(&["an old word", "hello"]).await;
        ada.asks("localStorage.setItem('chinwag.emoji', '😀')", vec![]).await;
        marks_the_page(&ada).await;

        ada.opens_a_tab(&house.server.url()).await;
        ada.opens("chi").await;
        ada.sees_message("hello").await;
        assert!(!ada.leads().await);
        marks_the_page(&ada).await;
        ada.writes("half a thought").await;
        ada.tabs_back_to(SETTINGS).await;
        ada.presses(Key::Enter).await;
        ada.sees_element("dialog[open]", "Settings").await;
        ada.tabs_to("dialog input[name=theme]").await;
        ada.presses(Key::Right).await;
        ada.sees_element(":root[data-theme=light]", None).await;
        ada.tabs_to(&format!("{OURS} .button")).await;
        ada.presses(Key::Enter).await;
        ada.sees_focus_on("#local-question").await;
        // Whoever goes on pressing it does nothing.
        ada.presses(Key::Enter).await;
        ada.tabs_to(&format!("{OURS} .button")).await;
        ada.presses(Key::Enter).await;

        sees_another_page(&ada).await;
        ada.sees_no(":root[data-theme]").await;
        ada.sees_message("hello").await;
        assert_eq!(ada.draft().await, "half a thought");
        ada.turns_to_tab(0).await;
        sees_another_page(&ada).await;
        ada.sees_message("hello").await;
        ada.sees_connection("Connected").await;
        let others = names(&ada).await;
        let others: Vec<_> =
            others.iter().filter(|name| !name.starts_with("chinwag.written")).collect();
        assert_eq!(others, ["chinwag.me", "chinwag.token"]);
        // By then all has been written down that is known again.
        ada.has_on_disk(&["hello", "half a thought"]).await;
        ada.has_not_on_disk(&["an old word"]).await;
        ada.opens("béla").await;
        ada.sees_messages(&["an old word", "a newer word"]).await;
    });
}
