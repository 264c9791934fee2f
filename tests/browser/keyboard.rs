//! Shortcuts, the list of them, and going to somebody by name.

use chinwag::state::session::{Change, Command};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::scroller::Style;
use crate::support::{More, Page, chat, id, named, open, people, row, rows, settle};

const HELP: &str = "dialog[open][data-dialog=help]";
const SWITCHER: &str = "dialog[open][data-dialog=switcher]";
const FIELD: &str = "#switcher";
const CONTROL: More = |key| key.set_ctrl_key(true);
const ALT: More = |key| key.set_alt_key(true);

/// Four people, the conversation with Bob open.
async fn page() -> Page {
    let page = Page::start().await;
    page.show(["ada", "bob", "chi", "carla"].map(named)).await;
    let people = Change::People(people(&["chi", "bob"], &["ada", "carla"]));
    page.show([chat(), people, open("bob")]).await;
    page.sent();
    page
}

fn options(page: &Page) -> Vec<String> {
    page.texts("[role=option] bdi")
}

/// Who is chosen, as it is seen and as it is said.
fn chosen(page: &Page) -> String {
    let active = page.attribute(FIELD, "aria-activedescendant").unwrap();
    let seen = page.all("[role=option][aria-selected=true]");
    assert_eq!(seen.iter().map(web_sys::Element::id).collect::<Vec<_>>(), [active]);
    page.text("[role=option][aria-selected=true] bdi")
}

#[wasm_bindgen_test]
async fn a_question_mark_shows_all_shortcuts() {
    let page = page().await;
    page.find(".timeline-list").focus().unwrap();
    assert!(!page.key(".timeline-list", "?", |key| key.set_shift_key(true)).await);
    assert!(page.has(HELP));
    let all = page.texts(".shortcut");
    for what in ["Ctrl", "K", "⌘", "Alt", "↑", "↓", "Enter", "Shift", "Home", "Esc", "?"] {
        assert!(page.texts("kbd").iter().any(|key| key == what), "{what}: {all:?}");
    }
    assert_eq!(all.len(), 11, "{all:?}");
    page.key(".dialog-head", "Escape", |_| {}).await;
    assert!(!page.has("dialog") && page.is_focused(".timeline-list"));
}

#[wasm_bindgen_test]
async fn where_one_types_a_question_mark_is_one() {
    let page = page().await;
    for field in ["#composer", "#search"] {
        assert!(page.key(field, "?", |_| {}).await);
    }
    assert!(page.key(".timeline-list", "?", |key| key.set_is_composing(true)).await);
    assert!(page.key(".timeline-list", "?", CONTROL).await);
    assert!(!page.has("dialog"));
}

#[wasm_bindgen_test]
async fn somebody_is_opened_by_a_part_of_their_name() {
    let page = page().await;
    let others: [More; 3] = [
        |_| {},
        |key| {
            key.set_ctrl_key(true);
            key.set_key_code(229);
        },
        |key| {
            key.set_ctrl_key(true);
            key.set_alt_key(true);
        },
    ];
    for other in others {
        assert!(page.key("#composer", "k", other).await);
        assert!(!page.has("dialog"));
    }
    assert!(!page.key("#composer", "k", CONTROL).await);
    assert!(page.has(SWITCHER) && page.is_focused(FIELD));
    assert_eq!(options(&page), ["chi", "bob", "ada", "carla"], "in the order of the list");
    assert_eq!(chosen(&page), "chi");
    page.type_into(FIELD, " A").await;
    assert_eq!(options(&page), ["ada", "carla"], "first whose names begin so");
    assert_eq!(chosen(&page), "ada");
    page.key(FIELD, "ArrowDown", |_| {}).await;
    assert_eq!(chosen(&page), "carla");
    page.key(FIELD, "ArrowDown", |_| {}).await;
    assert_eq!(chosen(&page), "ada");
    page.key(FIELD, "ArrowUp", |_| {}).await;
    assert_eq!(chosen(&page), "carla");
    assert_eq!(page.sent(), []);
    assert!(page.key(FIELD, "Enter", |key| key.set_is_composing(true)).await);
    assert_eq!(page.sent(), []);
    page.key(FIELD, "Enter", |_| {}).await;
    assert_eq!(page.sent(), [Command::Open(id("carla"))]);
    assert!(!page.has("dialog"));
}

#[wasm_bindgen_test]
async fn command_opens_it_too_and_the_mouse_chooses() {
    let page = page().await;
    page.find(".timeline-list").focus().unwrap();
    page.key(".timeline-list", "K", |key| key.set_meta_key(true)).await;
    page.key(FIELD, "k", CONTROL).await;
    assert!(page.has(SWITCHER), "it is open already");
    page.key(FIELD, "Escape", |_| {}).await;
    assert!(!page.has("dialog") && page.is_focused(".timeline-list"));
    // Where the letters are others, the place of the key counts.
    let cyrillic: More = |key| {
        key.set_ctrl_key(true);
        key.set_code("KeyK");
    };
    page.key(".timeline-list", "л", cyrillic).await;
    page.click("[role=option][data-user=ada] bdi").await;
    assert_eq!(page.sent(), [Command::Open(id("ada"))]);
    assert!(!page.has("dialog"));
}

#[wasm_bindgen_test]
async fn where_nobody_fits_that_is_said_and_enter_does_nothing() {
    let page = page().await;
    page.key("#composer", "k", CONTROL).await;
    assert_eq!(page.attribute(FIELD, "aria-expanded").unwrap(), "true");
    page.type_into(FIELD, "zoe").await;
    assert_eq!(page.text("dialog [role=status]"), "Nobody by that name.");
    assert_eq!(page.attribute(FIELD, "aria-expanded").unwrap(), "false");
    assert_eq!(page.attribute(FIELD, "aria-activedescendant").unwrap(), "");
    page.key(FIELD, "Enter", |_| {}).await;
    assert_eq!(page.sent(), []);
    page.type_into(FIELD, "").await;
    assert_eq!(options(&page).len(), 4);
    // Who comes online does not take the choice away.
    page.key(FIELD, "ArrowDown", |_| {}).await;
    page.show([Change::People(people(&["ada", "chi", "bob"], &["carla"]))]).await;
    assert_eq!(options(&page), ["ada", "chi", "bob", "carla"]);
    assert_eq!(chosen(&page), "bob");
    page.key(FIELD, "Escape", |_| {}).await;
}

#[wasm_bindgen_test]
async fn alt_and_an_arrow_open_the_conversations_beside_the_open_one() {
    let page = page().await;
    for (key, opens) in [("ArrowDown", "ada"), ("ArrowUp", "chi")] {
        assert!(!page.key("#composer", key, ALT).await);
        assert_eq!(page.sent(), [Command::Open(id(opens))], "{key}");
    }
    page.show([open("chi")]).await;
    page.key(".chat", "ArrowUp", ALT).await;
    page.show([open("carla")]).await;
    page.key(".chat", "ArrowDown", ALT).await;
    assert_eq!(page.sent(), [], "the list has an end");
    page.show([Change::Conversation(None)]).await;
    for (key, opens) in [("ArrowDown", "chi"), ("ArrowUp", "carla")] {
        page.key(".chat", key, ALT).await;
        assert_eq!(page.sent(), [Command::Open(id(opens))], "{key}");
    }
    // A field's arrows are its own, and so are those without Alt.
    for with in [ALT, |key| key.set_is_composing(true)] {
        assert!(page.key("#search", "ArrowDown", with).await);
    }
    assert!(page.key(".chat", "ArrowDown", |_| {}).await);
    page.key(".chat", "?", |_| {}).await;
    page.key("dialog h2", "ArrowDown", ALT).await;
    assert_eq!(page.sent(), [], "nothing happens behind a dialog");
    page.key("dialog h2", "Escape", |_| {}).await;
}

#[wasm_bindgen_test]
async fn while_nothing_is_typed_the_composers_keys_move_the_messages() {
    let _style = Style::new();
    let page = Page::talking_to("ada").await;
    page.show(rows((5_000..5_060).map(|key| row(key, "some words", None)).collect())).await;
    let list = page.find(".timeline-list");
    let end = list.scroll_top();
    let screen = list.client_height();
    assert!(end > 3 * screen, "{end} {screen}");
    let press = async |key| {
        let goes_on = page.key("#composer", key, |_| {}).await;
        settle().await;
        (goes_on, list.scroll_top())
    };
    let (goes_on, up) = press("PageUp").await;
    assert!(!goes_on && up < end - screen / 2 && up > end - screen, "{end} {up} {screen}");
    assert!(press("PageDown").await.1 > up);
    assert_eq!(press("Home").await, (false, 0));
    assert_eq!(press("End").await, (false, list.scroll_height() - screen));
    page.type_into("#composer", "a").await;
    for key in ["PageUp", "Home"] {
        assert!(press(key).await.0, "{key} is the text's");
    }
    page.type_into("#composer", "").await;
    assert!(page.key("#composer", "Home", |key| key.set_is_composing(true)).await);
    assert!(page.key("#composer", "Home", ALT).await);
    assert_eq!(list.scroll_top(), list.scroll_height() - screen);
}
