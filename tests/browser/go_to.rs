//! Going to a day: the field, the way, and being there.

use chinwag::state::session::{Around, Change, Command, ConversationView, OrderView, RowKey};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::scroller::Style;
use crate::support::{Page, at, conversation, row, rows, settle};

const LIST: &str = ".timeline-list";
const FIELD: &str = "form.go-to input[type=date]";
const WAY: &str = "div.go-to";

async fn page() -> (Page, Style) {
    let style = Style::new();
    let page = Page::talking_to("ada").await;
    page.show(rows((5_000..5_060).map(|key| row(key, "some words", None)).collect())).await;
    page.sent();
    (page, style)
}

fn view(change: impl FnOnce(&mut ConversationView)) -> [Change; 1] {
    let mut view = conversation("ada");
    change(&mut view);
    [Change::Conversation(Some(view))]
}

fn day(day: i64) -> Command {
    Command::Look(Around::Date { from: at(day * 1000), to: at(day * 1000 + 1000) })
}

#[wasm_bindgen_test]
async fn the_line_of_a_day_and_the_button_above_lead_to_a_field_for_another_day() {
    let (page, _style) = page().await;
    page.show(view(|view| view.begins = Some(at(3_000)))).await;
    assert!(!page.has(FIELD));
    for (button, proposed) in [(".day button", "2005-01-01"), (".day-tool", "2100-01-01")] {
        page.click(button).await;
        assert_eq!(page.value(FIELD), proposed, "{button}");
        assert!(page.is_focused(FIELD), "{button}");
        assert_eq!(page.attribute(FIELD, "min").unwrap(), "2003-01-01");
        assert_eq!(page.attribute(FIELD, "max").unwrap(), "2100-01-01");
        page.type_into(FIELD, "2004-01-01").await;
        assert_eq!(page.sent(), [], "nobody goes before they say so");
        page.press("Go").await;
        assert_eq!(page.sent(), [day(4)], "{button}");
        assert!(!page.has(FIELD) && page.is_focused(LIST), "{button}");
    }
    // The list is one stop of the keyboard's.
    assert_eq!(page.attribute(".day button", "tabindex").unwrap(), "-1");
}

#[wasm_bindgen_test]
async fn a_day_that_cannot_be_is_not_gone_to() {
    let (page, _style) = page().await;
    page.show(view(|view| view.begins = Some(at(3_000)))).await;
    page.click(".day-tool").await;
    for text in ["2002-01-01", "2101-01-01", ""] {
        page.type_into(FIELD, text).await;
        page.press("Go").await;
        assert_eq!(page.sent(), [], "{text}");
        assert!(page.has(FIELD));
    }
}

#[wasm_bindgen_test]
async fn escape_closes_the_field_and_leaves_one_where_one_is() {
    let (page, _style) = page().await;
    page.click(".day button").await;
    page.key(FIELD, "Escape", |_| {}).await;
    assert!(!page.has(FIELD) && page.is_focused(LIST));
    assert_eq!(page.sent(), []);
}

#[wasm_bindgen_test]
async fn a_long_way_says_how_far_one_is_and_can_be_given_up() {
    let (page, _style) = page().await;
    page.show(view(|view| view.seeking = Some(None))).await;
    assert_eq!(page.text(&format!("{WAY} [role=status]")), "Looking for the messages of that day");
    page.show(view(|view| view.seeking = Some(Some(at(4_000))))).await;
    assert!(page.text(WAY).contains("day 4000"), "{}", page.text(WAY));
    page.press("Stop").await;
    assert_eq!(page.sent(), [Command::Stay]);
    page.key(LIST, "Escape", |_| {}).await;
    assert_eq!(page.sent(), [Command::Stay], "the conversation stays");
    page.find(LIST).set_scroll_top(10);
    settle().await;
    assert_eq!(page.sent(), [Command::Stay]);
    page.show(view(|_| {})).await;
    assert!(!page.has(WAY));
    page.key(LIST, "Escape", |_| {}).await;
    assert_eq!(page.sent(), [Command::Close]);
}

#[wasm_bindgen_test]
async fn the_row_that_one_has_gone_to_is_near_the_top_marked_and_said() {
    let (page, _style) = page().await;
    page.find("#composer").focus().unwrap();
    let there = |view: &mut ConversationView| view.arrived = Some((RowKey(130), 1));
    let far = |keys: std::ops::Range<u64>| {
        let [Change::Rows(rows), _] =
            rows(keys.clone().map(|key| row(key, "some words", None)).collect())
        else {
            unreachable!()
        };
        let keys = keys.map(RowKey).collect();
        [Change::Rows(rows), Change::Order(OrderView { keys, above: 1_000, below: 9_000 })]
    };
    page.show(view(there)).await;
    page.show(far(100..200)).await;
    settle().await;
    let edge = |page: &Page, key: u64| {
        let row = page.find(&format!("#message-{key}")).get_bounding_client_rect().top();
        row - page.find(LIST).get_bounding_client_rect().top()
    };
    assert!((edge(&page, 130) - 48.0).abs() <= 1.0, "{}", edge(&page, 130));
    assert!(page.has("#message-130[data-arrived]") && page.is_focused(LIST));
    assert_eq!(page.text(".timeline > [role=status]"), "You are at day 130");
    let stands = page.everything_sent();
    assert!(stands.contains(&Command::Stand(Some((RowKey(130), 48)))), "{stands:?}");
    // Once: who goes on is not brought back.
    let list = page.find(LIST);
    list.set_scroll_top(list.scroll_top() + 300);
    settle().await;
    let before = edge(&page, 140);
    page.show(view(|view| {
        there(view);
        view.missed = 1;
    }))
    .await;
    assert!((edge(&page, 140) - before).abs() <= 1.0);
    // And again where one goes there again.
    page.show(view(|view| view.arrived = Some((RowKey(130), 2)))).await;
    assert!((edge(&page, 130) - 48.0).abs() <= 1.0, "{}", edge(&page, 130));
}
