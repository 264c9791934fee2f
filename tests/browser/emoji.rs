//! Choosing emoji, and typing them as codes.

use chinwag::state::session::Command;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{Fake, Page, document, id, js, settle, wait_for};

/// What the build writes, but shorter.
const FILE: &str = "#smileys\\n😀\\tgrinning\\tgrinning face\\thappy\\n😄\\tsmile\\tface that smiles\\t\\n\
    #flags\\n🇩🇪\\tde\\tflag: Germany\\t\\n🏁\\tchequered_flag\\tchequered flag\\tfinish\\n";
const FIELD: &str = "#emoji-field";
const DIALOG: &str = "dialog[open][data-dialog=emoji]";

/// A host that answers with this, whatever it is asked for.
fn host(answer: &str) -> Fake {
    Fake::new(&format!(
        "const before = window.fetch; window.asked = 0;
        window.fetch = async () => {{ window.asked++; return {answer}; }};
        return () => {{ window.fetch = before; localStorage.removeItem('chinwag.emoji'); delete document.documentElement.dataset.emoji; }};"
    ))
}

fn well() -> Fake {
    host(&format!("new Response('{FILE}')"))
}

/// The conversation with Ada, and all emoji in view. What is known stays known from one test to the next.
async fn chosen_from(page: &Page) {
    // As the mouse and the keyboard do.
    page.find(".emoji-tool").focus().unwrap();
    page.click(".emoji-tool").await;
    wait_for("emoji", || page.has(".emoji")).await;
}

/// Types at the end of the field.
async fn type_on(page: &Page, text: &str) {
    page.find("#composer").focus().unwrap();
    js(&format!("document.execCommand('insertText', false, {text:?})"));
    settle().await;
}

fn selected(page: &Page) -> String {
    let active = page.attribute(FIELD, "aria-activedescendant").unwrap();
    assert_eq!(page.find("[aria-selected=true]").id(), active);
    page.text("[aria-selected=true]")
}

#[wasm_bindgen_test]
async fn all_emoji_stand_in_their_groups_and_are_walked_with_arrows() {
    let _host = well();
    let page = Page::talking_to("ada").await;
    chosen_from(&page).await;
    assert!(page.has(DIALOG) && page.is_focused(FIELD));
    assert_eq!(page.texts(".emoji"), ["😀", "😄", "🇩🇪", "🏁"]);
    let groups = page.all("[role=group].emoji-group");
    let titles: Vec<_> =
        groups.iter().filter_map(|group| group.get_attribute("aria-label")).collect();
    assert_eq!(titles, ["Smileys and emotions", "Flags"]);
    assert_eq!(page.attribute(".emoji", "aria-label").as_deref(), Some("grinning face"));
    let mut seen = vec![selected(&page)];
    for key in ["ArrowRight", "ArrowRight", "ArrowLeft", "ArrowLeft", "ArrowLeft"] {
        assert!(!page.key(FIELD, key, |_| {}).await || seen.last() == Some(&"😀".to_owned()));
        seen.push(selected(&page));
    }
    assert_eq!(seen, ["😀", "😄", "🇩🇪", "😄", "😀", "😀"]);
}

#[wasm_bindgen_test]
async fn an_emoji_that_is_chosen_comes_into_the_field_and_first_the_next_time() {
    let _host = well();
    let page = Page::talking_to("ada").await;
    type_on(&page, "well ").await;
    chosen_from(&page).await;
    page.sent();
    page.type_into(FIELD, "Germ").await;
    assert_eq!((page.texts(".emoji"), selected(&page)), (vec!["🇩🇪".to_owned()], "🇩🇪".to_owned()));
    page.key(FIELD, "Enter", |_| {}).await;
    assert!(!page.has("dialog") && page.is_focused("#composer"));
    let text = "well 🇩🇪".to_owned();
    assert_eq!(page.value("#composer"), text);
    assert_eq!(page.sent(), [Command::Edit { to: id("ada"), text }]);
    chosen_from(&page).await;
    page.click("[role=option][aria-label='chequered flag']").await;
    chosen_from(&page).await;
    assert_eq!(page.attribute(".emoji-group", "aria-label").as_deref(), Some("Chosen last"));
    assert_eq!(page.texts(".emoji-group:first-child .emoji"), ["🏁", "🇩🇪"]);
}

#[wasm_bindgen_test]
async fn what_nothing_fits_is_said() {
    let _host = well();
    let page = Page::talking_to("ada").await;
    chosen_from(&page).await;
    page.type_into(FIELD, "zzz").await;
    assert_eq!(
        (page.texts(".emoji").len(), page.text(".emoji-state")),
        (0, "No emoji fits that.".into())
    );
    assert!(page.key(FIELD, "Enter", |_| {}).await);
    assert!(page.has(DIALOG));
}

#[wasm_bindgen_test]
async fn a_code_becomes_an_emoji_at_its_last_colon() {
    let _host = well();
    let page = Page::talking_to("ada").await;
    chosen_from(&page).await;
    page.key(FIELD, "Escape", |_| {}).await;
    type_on(&page, "so :smile").await;
    page.sent();
    type_on(&page, ":").await;
    assert_eq!(page.value("#composer"), "so 😄");
    let text = "so 😄".to_owned();
    assert_eq!(page.sent().pop(), Some(Command::Edit { to: id("ada"), text }));
    // Ctrl+Z takes it back.
    js("document.execCommand('undo')");
    settle().await;
    assert_eq!(page.value("#composer"), "so :smile:");
    // It is selected then.
    js("document.querySelector('#composer').setSelectionRange(99, 99)");
    type_on(&page, " at 10:de:").await;
    assert_eq!(page.value("#composer"), "so :smile: at 10:de:");
}

#[wasm_bindgen_test]
async fn codes_that_begin_so_are_offered_and_taken_with_enter_or_tab() {
    let _host = well();
    let page = Page::talking_to("ada").await;
    for key in ["Enter", "Tab"] {
        page.type_into("#composer", "").await;
        type_on(&page, "a :fl").await;
        wait_for("offers", || page.has(".completion")).await;
        assert_eq!(page.texts(".completion [role=option]").len(), 2);
        assert_eq!(
            page.attribute("#composer", "aria-activedescendant").as_deref(),
            Some("completion-0")
        );
        assert!(!page.key("#composer", "ArrowUp", |_| {}).await);
        assert_eq!(
            page.attribute("#composer", "aria-activedescendant").as_deref(),
            Some("completion-1")
        );
        assert_eq!(page.find("[aria-selected=true]").id(), "completion-1");
        page.key("#composer", "ArrowDown", |_| {}).await;
        page.sent();
        assert!(!page.key("#composer", key, |_| {}).await);
        assert!(
            page.value("#composer").starts_with("a 🇩🇪")
                || page.value("#composer").starts_with("a 🏁")
        );
        assert!(
            !page.has(".completion")
                && page.attribute("#composer", "aria-activedescendant").is_none()
        );
        assert!(page.sent().iter().all(|command| !matches!(command, Command::Send { .. })));
    }
}

#[wasm_bindgen_test]
async fn offers_go_with_escape_with_the_focus_and_with_the_code() {
    let _host = well();
    let page = Page::talking_to("ada").await;
    let offered = async || {
        page.type_into("#composer", "").await;
        type_on(&page, ":fl").await;
        wait_for("offers", || page.has(".completion")).await;
        page.sent();
    };
    offered().await;
    assert!(!page.key("#composer", "Escape", |_| {}).await);
    assert!(!page.has(".completion"));
    // Nothing else was closed by it.
    assert_eq!((page.value("#composer"), page.sent()), (":fl".into(), vec![]));
    offered().await;
    page.find("#search").focus().unwrap();
    settle().await;
    assert!(!page.has(".completion"));
    offered().await;
    type_on(&page, " ").await;
    assert!(!page.has(".completion"));
    offered().await;
    type_on(&page, "zzz").await;
    assert!(!page.has(".completion"));
    offered().await;
    assert!(page.key("#composer", "Enter", |key| key.set_shift_key(true)).await);
}

#[wasm_bindgen_test]
async fn an_offer_is_taken_with_the_mouse() {
    let _host = well();
    let page = Page::talking_to("ada").await;
    type_on(&page, ":smi").await;
    wait_for("offers", || page.has(".completion")).await;
    page.click(".completion [role=option]").await;
    assert_eq!(page.value("#composer"), "😄");
    assert_eq!(document().active_element().unwrap().id(), "composer");
}
