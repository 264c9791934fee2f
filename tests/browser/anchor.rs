//! Behaviour 12: whatever happens around it, the row under one's eyes stays where it is, and who is at the end stays there.
//!
//! Judged by what is painted: each frame from before the change until all is quiet again.

use chinwag::state::session::{Change, Failure, OrderView, OwnState, RowKey, RowView};
use js_sys::{Array, Function};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::HtmlElement;

use crate::scroller::{LIST, page};
use crate::support::{Page, document, js, row, rows, settle, wait_for};

/// From before the paint of each frame: where the row is, and how much is below what one sees. What the browser is told last
/// before a paint, and so after the page's own.
const WATCH: &str = "(list, row) => {
    const seen = [];
    let next;
    const frame = () => {
        const look = new ResizeObserver(() => {
            look.disconnect();
            const top = row.getBoundingClientRect().top - list.getBoundingClientRect().top;
            seen.push([top, list.scrollHeight - list.scrollTop - list.clientHeight]);
        });
        look.observe(list);
        next = requestAnimationFrame(frame);
    };
    frame();
    return () => { cancelAnimationFrame(next); return seen; };
}";

/// Where one is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Where {
    Bottom,
    Up,
}

/// The frames that were painted since then.
struct Frames(Function);

impl Frames {
    fn watch(page: &Page, row: &HtmlElement) -> Self {
        let watch: Function = js(WATCH).unchecked_into();
        let list = page.find(LIST);
        Self(watch.call2(&JsValue::UNDEFINED, &list, row).unwrap().unchecked_into())
    }

    /// Of each frame the row's place and what was below.
    fn seen(&self) -> Vec<(f64, f64)> {
        let seen: Array = self.0.call0(&JsValue::UNDEFINED).unwrap().unchecked_into();
        let number = |frame: &Array, part| frame.get(part).as_f64().unwrap();
        let frames = seen.iter().map(JsCast::unchecked_into);
        frames.map(|frame: Array| (number(&frame, 0), number(&frame, 1))).collect()
    }
}

/// The first message in view.
fn under_the_eyes(page: &Page) -> HtmlElement {
    let edge = page.find(LIST).get_bounding_client_rect().top();
    let rows = page.all(".message").into_iter();
    let mut below = rows.filter(|row| row.get_bounding_client_rect().bottom() > edge);
    below.next().unwrap().unchecked_into()
}

/// How large what is shown is, and what it is shown in.
fn sizes(page: &Page) -> (f64, i32, i32) {
    let list = page.find(LIST);
    let rows = page.find(".messages").get_bounding_client_rect().height();
    (rows, list.client_width(), list.client_height())
}

/// At the end and far above it: something happens, and comes to its end, and nothing that one looks at moves.
async fn nothing_moves(what: &str, happens: impl AsyncFn(&Page)) {
    for place in [Where::Bottom, Where::Up] {
        let (page, _style) = page().await;
        let own = js(&format!("getComputedStyle(document.querySelector('{LIST}')).overflowAnchor"));
        assert!(own.is_undefined() || own == "none", "the browser's own anchoring is no help");
        if place == Where::Up {
            // In the midst of a row.
            let list = page.find(LIST);
            list.set_scroll_top(list.scroll_height() / 2 + 7);
            settle().await;
        }
        let frames = Frames::watch(&page, &under_the_eyes(&page));
        settle().await;
        let before = sizes(&page);
        happens(&page).await;
        for _ in 0..4 {
            settle().await;
        }
        assert_ne!(sizes(&page), before, "{what}: something has changed");
        let seen = frames.seen();
        assert!(seen.len() > 6, "{what}: frames were painted: {seen:?}");
        let (start, _) = seen[0];
        let most = seen.iter().map(|(top, below)| match place {
            Where::Bottom => below.abs(),
            Where::Up => (top - start).abs(),
        });
        let most = most.fold(0.0, f64::max);
        assert!(most <= 1.0, "{what}, {place:?}: it moved by {most} px: {seen:?}");
    }
}

fn message(key: u64) -> (RowKey, RowView) {
    row(key, &format!("message {key} ").repeat(20), None)
}

fn style(page: &Page, selector: &str, style: &str) {
    page.find(selector).set_attribute("style", style).unwrap();
}

#[wasm_bindgen_test]
async fn history_that_is_prepended_moves_nothing() {
    nothing_moves("history", async |page| page.show(rows((40..160).map(message).collect())).await)
        .await;
    nothing_moves("history, in parts", async |page| {
        for first in [90, 80, 60] {
            page.show(rows((first..160).map(message).collect())).await;
        }
    })
    .await;
}

#[wasm_bindgen_test]
async fn history_that_takes_the_room_of_as_much_below_moves_nothing() {
    let order = |keys: std::ops::Range<u64>, above, below| {
        Change::Order(OrderView { keys: keys.map(RowKey).collect(), above, below })
    };
    let (page, _style) = page().await;
    // All of them are equally high, in whatever font.
    let alike = |keys: std::ops::Range<u64>| keys.map(|key| row(key, &"alike ".repeat(40), None));
    page.show([Change::Rows(alike(100..160).collect()), order(100..160, 20, 0)]).await;
    let list = page.find(LIST);
    list.set_scroll_top(page.find("#message-125").offset_top() + 7);
    settle().await;
    let row = under_the_eyes(&page);
    assert_eq!(row.id(), "message-125");
    let (frames, height) = (Frames::watch(&page, &row), sizes(&page).0);
    settle().await;
    page.show([Change::Rows(alike(90..100).collect()), order(90..150, 10, 10)]).await;
    settle().await;
    let is = sizes(&page).0;
    assert!((is - height).abs() < 1.0, "the rows are as high as before: {height}, {is}");
    let seen = frames.seen();
    let moved = seen.iter().map(|(top, _)| (top - seen[0].0).abs()).fold(0.0, f64::max);
    assert!(moved <= 1.0, "it moved by {moved} px: {seen:?}");
}

/// Pictures come into these messages.
async fn pictures(page: &Page, keys: &[u64]) {
    let drawn = "<svg xmlns='http://www.w3.org/2000/svg' width='120' height='90'/>";
    let come = keys.iter().map(|key| {
        let picture: HtmlElement = document().create_element("img").unwrap().unchecked_into();
        picture.set_attribute("src", &format!("data:image/svg+xml,{drawn}")).unwrap();
        page.find(&format!("#message-{key} .bubble")).append_child(&picture).unwrap();
        picture
    });
    for picture in come.collect::<Vec<_>>() {
        wait_for("the picture", || picture.client_height() == 90).await;
    }
}

#[wasm_bindgen_test]
async fn a_picture_that_comes_late_moves_nothing() {
    nothing_moves("pictures above", async |page| pictures(page, &[100, 104, 110]).await).await;
    nothing_moves("pictures below", async |page| pictures(page, &[158, 159]).await).await;
}

#[wasm_bindgen_test]
async fn a_font_that_comes_late_moves_nothing() {
    nothing_moves("a wider and higher font", async |page| {
        style(page, ".messages", "font: 1.3em monospace");
        settle().await;
    })
    .await;
    nothing_moves("a smaller font", async |page| {
        style(page, ".messages", "font-size: 0.7em");
        settle().await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn another_size_of_the_window_moves_nothing() {
    for (what, size) in [
        ("narrower", "inline-size: 80%"),
        ("lower", "block-size: 70vh"),
        ("wider", "inline-size: 120%"),
        ("higher", "block-size: 130vh"),
    ] {
        nothing_moves(what, async |page| {
            style(page, ".chat", size);
            settle().await;
        })
        .await;
    }
}

#[wasm_bindgen_test]
async fn a_field_that_grows_with_its_text_moves_nothing() {
    nothing_moves("lines in the field", async |page| {
        page.type_into("#composer", "one\ntwo\nthree").await;
    })
    .await;
}

/// A message is there with another text, or in another state.
async fn becomes(page: &Page, key: u64, text: &str, state: Option<OwnState>) {
    page.show([Change::Rows(vec![row(key, text, state)])]).await;
}

#[wasm_bindgen_test]
async fn a_message_that_becomes_longer_or_shorter_moves_nothing() {
    for (what, key) in [("far above", 100), ("just above", 118), ("the last", 159)] {
        for text in ["much more of it ".repeat(90), "less".to_owned()] {
            nothing_moves(what, async |page| becomes(page, key, &text, None).await).await;
        }
    }
}

#[wasm_bindgen_test]
async fn a_message_that_turns_out_not_to_be_sent_moves_nothing() {
    let failed = || Some(OwnState::Failed(Failure::NotStored));
    for (what, key) in [("above", 101), ("the last", 159)] {
        nothing_moves(what, async |page| {
            let (_, view) = message(key);
            becomes(page, key, &view.content, failed()).await;
            // And then it is.
            becomes(page, key, &view.content, Some(OwnState::Sent)).await;
            becomes(page, key, &view.content, failed()).await;
        })
        .await;
    }
}

#[wasm_bindgen_test]
async fn who_scrolls_while_other_things_move_gets_as_far_as_they_scroll() {
    let (page, _style) = page().await;
    let list = page.find(LIST);
    list.set_scroll_top(list.scroll_height() / 2);
    settle().await;
    let row = under_the_eyes(&page);
    let frames = Frames::watch(&page, &row);
    settle().await;
    // All in one frame, in either order: the page hears of it when it is done.
    list.set_scroll_top(list.scroll_top() - 30);
    style(&page, "#message-100", "padding-block-start: 200px");
    settle().await;
    style(&page, "#message-100", "padding-block-start: 20px");
    list.set_scroll_top(list.scroll_top() - 30);
    page.show(rows((60..160).map(message).collect())).await;
    list.set_scroll_top(list.scroll_top() - 30);
    becomes(&page, 105, "short", None).await;
    settle().await;
    let seen = frames.seen();
    let (start, end) = (seen[0].0, seen.last().unwrap().0);
    assert!((end - start - 90.0).abs() <= 1.0, "{seen:?}");
    let steps = seen.windows(2).map(|pair| pair[1].0 - pair[0].0);
    let jumps: Vec<_> = steps.filter(|step| !(-1.0..=31.0).contains(step)).collect();
    assert!(jumps.is_empty(), "{jumps:?} in {seen:?}");
}
