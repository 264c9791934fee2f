//! How messages stand together, and those that look unlike the others.

use chinwag::state::session::{Change, OrderView, OwnState, RowKey};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::scroller::{LIST, Style};
use crate::support::{Page, at, js, order, row, rows, settle};

/// Which of the messages go on from the one before, and which are gone on from.
fn runs(page: &Page) -> (Vec<String>, Vec<String>) {
    let with = |mark: &str| {
        page.all(&format!(".message[{mark}]")).iter().map(web_sys::Element::id).collect()
    };
    (with("data-joined"), with("data-more"))
}

#[wasm_bindgen_test]
async fn messages_of_one_side_stand_together_and_the_last_one_tells_the_time() {
    let _style = Style::new();
    let page = Page::talking_to("ada").await;
    let sent = Some(OwnState::Sent);
    let mut late = row(4, "late", sent.clone());
    late.1.at = at(600_000);
    let all = vec![row(1, "one", None), row(2, "two", None), row(3, "three", sent), late];
    page.show(rows(all.clone())).await;
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    assert_eq!(runs(&page), (names(&["message-2"]), names(&["message-1"])));
    let style = |what: &str, of: &str| {
        js(&format!("getComputedStyle(document.querySelector('{of} .meta')).{what}")).as_string()
    };
    assert_eq!(style("opacity", "#message-1").as_deref(), Some("0"));
    assert_eq!(style("opacity", "#message-2").as_deref(), Some("1"));
    // It has its time all the same, for who points at it and who hears it.
    assert_eq!(page.text("#message-1 time"), "time 1");
    let before = page.find("#message-2").get_bounding_client_rect().height();
    page.show(rows([all, vec![row(5, "five", None)]].concat())).await;
    assert_eq!(runs(&page), (names(&["message-2"]), names(&["message-1"])));
    page.show(rows(vec![row(2, "two", None), row(3, "three", None)])).await;
    assert_eq!(runs(&page), (names(&["message-3"]), names(&["message-2"])));
    let after = page.find("#message-2").get_bounding_client_rect().height();
    assert!(after < before, "{after} {before}");
}

#[wasm_bindgen_test]
async fn a_message_that_waits_within_a_run_says_so_all_the_same() {
    let _style = Style::new();
    let page = Page::talking_to("ada").await;
    let own = |key, state| row(key, "text", Some(state));
    page.show(rows(vec![own(1, OwnState::Waiting), own(2, OwnState::Waiting)])).await;
    let opacity = "getComputedStyle(document.querySelector('#message-1 .meta')).opacity";
    assert_eq!(js(opacity).as_string().as_deref(), Some("1"));
    page.show(rows(vec![own(1, OwnState::Read), own(2, OwnState::Sent)])).await;
    assert_eq!(js(opacity).as_string().as_deref(), Some("0"));
}

#[wasm_bindgen_test]
async fn a_few_emoji_alone_are_large_once_all_of_the_program_is_there() {
    let page = Page::talking_to("ada").await;
    page.state.is_whole(false);
    page.show(rows(vec![row(1, "👍🏽", None), row(2, "fine 👍", None)])).await;
    assert!(!page.has("[data-shape]"));
    page.state.is_whole(true);
    settle().await;
    assert_eq!(page.attribute("#message-1", "data-shape").as_deref(), Some("pictures"));
    assert_eq!(page.attribute("#message-2", "data-shape"), None);
    page.show(rows(vec![row(1, "words", None)])).await;
    assert_eq!(page.attribute("#message-1", "data-shape"), None);
}

fn long(key: u64) -> (RowKey, chinwag::state::session::RowView) {
    row(key, &"a line\n".repeat(500), None)
}

#[wasm_bindgen_test]
async fn of_a_long_message_one_sees_the_beginning_and_the_rest_when_asked_for() {
    let _style = Style::new();
    let page = Page::talking_to("ada").await;
    page.show(rows(vec![row(1, "before", None), long(2), row(3, "after", None)])).await;
    settle().await;
    let height = || page.find("#message-2").get_bounding_client_rect().height();
    assert!(height() < 600.0, "{}", height());
    assert_eq!(page.texts(".rest"), ["Show more"]);
    assert_eq!(page.attribute(".rest", "aria-expanded").as_deref(), Some("false"));
    // One was at the end: what one reads stays where it is.
    let edge = || page.find("#message-2").get_bounding_client_rect().top();
    let was = edge();
    page.click(".rest").await;
    settle().await;
    assert!(height() > 5_000.0, "{}", height());
    assert!((edge() - was).abs() < 1.5, "{} {was}", edge());
    assert_eq!(page.texts(".rest"), ["Show less"]);
    // Whoever comes back to it finds it as it was left.
    page.show([order(&[1])]).await;
    page.show(rows(vec![row(1, "before", None), long(2), row(3, "after", None)])).await;
    settle().await;
    assert!(height() > 5_000.0, "{}", height());
    assert_eq!(page.texts(".rest"), ["Show less"]);
    // From its far end back: its beginning is in view.
    page.find(LIST).set_scroll_top(4_000);
    settle().await;
    page.click(".rest").await;
    settle().await;
    assert!(height() < 600.0);
    let list = page.find(LIST).get_bounding_client_rect();
    assert!(edge() >= list.top() - 1.0 && edge() < list.bottom(), "{}", edge());
    // The same element for another message.
    page.show(rows(vec![row(2, "short", None)])).await;
    assert!(!page.has(".rest") && !page.has("[data-shape]"));
    // Who signs in next finds nothing of it.
    page.show(rows(vec![long(2)])).await;
    page.click(".rest").await;
    drop(page);
    let page = Page::talking_to("ada").await;
    page.show(rows(vec![long(2)])).await;
    assert_eq!(page.texts(".rest"), ["Show more"]);
}

/// Days of forty messages each, at one of whose borders one will be.
async fn days() -> (Page, Style, Vec<RowKey>) {
    let style = Style::new();
    let page = Page::talking_to("ada").await;
    let text = "words ".repeat(40);
    let all: Vec<_> = (900..1_100).step_by(5).map(|key| row(key, &text, None)).collect();
    let keys = all.iter().map(|(key, _)| *key).collect();
    page.show(rows(all)).await;
    settle().await;
    (page, style, keys)
}

#[wasm_bindgen_test]
async fn who_is_away_from_the_end_sees_which_day_it_is() {
    let (page, _style, keys) = days().await;
    assert!(!page.has(".day-in-view button"), "one is at the end");
    let list = page.find(LIST);
    list.set_scroll_top(list.scroll_top() - 600);
    settle().await;
    assert_eq!(page.text(".day-in-view"), "day 1000");
    list.set_scroll_top(300);
    settle().await;
    assert_eq!(page.text(".day-in-view"), "day 0");
    // The line itself is in view.
    list.set_scroll_top(0);
    settle().await;
    assert_eq!(page.text(".day-in-view"), "");
    page.show([Change::Order(OrderView { keys: keys[10..].to_vec(), above: 10, below: 0 })]).await;
    settle().await;
    list.set_scroll_top(list.scroll_height());
    settle().await;
    assert!(!page.has(".day-in-view"), "one is at the end again");
    assert!(!page.has("[data-stuck]"), "the line stands for itself");
}

#[wasm_bindgen_test]
async fn the_day_sticks_to_the_upper_edge_until_the_line_of_the_next_one_pushes_it_away() {
    let (page, _style, keys) = days().await;
    let list = page.find(LIST);
    let edge = list.get_bounding_client_rect().top();
    let place = |what: &str| page.find(what).get_bounding_client_rect();
    let below = |what: &str| place(what).top() - edge;
    let (line, pill) = ("#day-1000 button", ".day-in-view button");
    // The next day's line is so far below the upper edge.
    let border = list.scroll_top() + {
        #[expect(clippy::cast_possible_truncation, reason = "pixels on a page")]
        let far = below("#day-1000").round() as i32;
        far
    };
    let to = async |far: i32| {
        list.set_scroll_top(border - far);
        settle().await;
        assert!((below("#day-1000") - f64::from(far)).abs() <= 1.0);
    };
    to(200).await;
    assert_eq!(page.text(pill), "day 0");
    let (at, height) = (below(pill), place(".day-in-view").height());
    assert!((4.0..=12.0).contains(&at), "it is close to the edge: {at}");
    to(100).await;
    assert!((below(pill) - at).abs() <= 1.0, "it stays: {}", below(pill));
    // From here on it goes up by what is scrolled.
    for far in [30, 20, 10] {
        to(far).await;
        assert_eq!(page.text(pill), "day 0");
        let pushed = height - f64::from(far);
        assert!((at - below(pill) - pushed).abs() <= 2.0, "{far}: {} {pushed}", below(pill));
        assert!(place(pill).bottom() < place(line).top(), "{far}: they are apart");
    }
    // The next one takes over where its line is, and the line is not seen twice.
    to(0).await;
    assert_eq!(page.text(pill), "day 1000");
    assert!((below(pill) - below(line)).abs() <= 1.0, "{} {}", below(pill), below(line));
    assert!(page.has("#day-1000[data-stuck]") && !page.has("#day-0[data-stuck]"));
    to(-300).await;
    assert!((below(pill) - at).abs() <= 1.0, "it sticks: {}", below(pill));
    // What changes above moves nothing (behaviour 12), and the track goes with what it is beside.
    page.show([Change::Order(OrderView { keys: keys[10..].to_vec(), above: 10, below: 0 })]).await;
    settle().await;
    assert_eq!(page.text(pill), "day 1000");
    assert!((below(pill) - at).abs() <= 1.0, "{}", below(pill));
    let ends = place(".day-track").bottom() - place(".messages").bottom();
    assert!(ends.abs() <= 1.0, "the track ends with the last message: {ends}");
    // And back.
    #[expect(clippy::cast_possible_truncation, reason = "pixels on a page")]
    let back = below("#day-1000").round() as i32;
    list.set_scroll_top(list.scroll_top() + back - 20);
    settle().await;
    assert_eq!(page.text(pill), "day 0");
    assert!(place(pill).bottom() < place(line).top() && !page.has("#day-1000[data-stuck]"));
}
