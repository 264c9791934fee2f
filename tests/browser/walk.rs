//! Through the messages by keyboard, and what can be done with each.

use chinwag::state::session::{
    Change, Command, ConversationView, Failure, OlderStatus, OwnState, RowKey,
};
use chinwag_protocol::Receipts;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Event, EventInit};

use crate::scroller::{LIST, Style};
use crate::support::{
    More, Page, at, chat, conversation, document, id, named, open, order, row, rows, settle,
};

/// Ada's conversation: six messages, of which the third has a link, the fourth is one's own and the last was not sent.
async fn page() -> Page {
    let page = Page::talking_to("ada").await;
    let failed = OwnState::Failed(Failure::NoNetwork);
    page.show(rows(vec![
        row(1, "one", None),
        row(2, "two\nmore", None),
        row(3, "see https://chat.example and https://other.example", None),
        row(4, "four", Some(OwnState::Sent)),
        row(5, "five", None),
        row(6, "six", Some(failed)),
    ]))
    .await;
    page.sent();
    page
}

/// What has the focus: its identity, or its words.
fn focused() -> String {
    let element = document().active_element().unwrap();
    let name = element.get_attribute("aria-label").filter(|_| element.tag_name() == "BUTTON");
    let id = Some(element.id()).filter(|id| !id.is_empty());
    name.or(id).unwrap_or_else(|| element.text_content().unwrap())
}

/// Presses these keys one after the other, each where the focus is by then; where it is after each.
async fn walk(page: &Page, keys: &[&str]) -> Vec<String> {
    let mut stations = Vec::new();
    for key in keys {
        page.key(":focus", key, |_| {}).await;
        stations.push(focused());
    }
    stations
}

#[wasm_bindgen_test]
async fn arrows_walk_the_messages_and_stop_at_both_ends() {
    let page = page().await;
    page.find(LIST).focus().unwrap();
    let up = walk(&page, &["ArrowUp", "ArrowUp", "ArrowDown", "ArrowDown"]).await;
    assert_eq!(up, ["message-6", "message-5", "message-6", "message-6"]);
    let up = walk(&page, &["ArrowUp"; 6]).await;
    assert_eq!(up, [5, 4, 3, 2, 1, 1].map(|key| format!("message-{key}")));
    page.find(LIST).focus().unwrap();
    assert_eq!(walk(&page, &["ArrowDown"]).await, ["message-1"]);
}

#[wasm_bindgen_test]
async fn a_step_to_a_message_that_is_still_to_come_is_taken_when_it_has_come() {
    let page = page().await;
    let older = |older: OlderStatus| {
        Change::Conversation(Some(ConversationView { older, ..conversation("ada") }))
    };
    let come = |keys: [u64; 3]| {
        let messages = keys.map(|key| row(key, "earlier", None));
        page.show([
            Change::Rows(messages.to_vec()),
            order(&[&keys[..], &[1, 2, 3, 4, 5, 6]].concat()),
        ])
    };
    page.show([older(OlderStatus::Loading)]).await;
    page.find("#message-1").focus().unwrap();
    page.find(LIST).focus().unwrap();
    assert_eq!(walk(&page, &["ArrowUp"; 7]).await[6], "message-1");
    come([10, 11, 12]).await;
    settle().await;
    assert_eq!(focused(), "message-12");
    // Whoever does something else meanwhile is not taken there.
    walk(&page, &["ArrowUp", "ArrowUp", "ArrowUp", "ArrowRight"]).await;
    page.show([Change::Rows(vec![row(20, "earliest", None)]), order(&[20, 10, 11, 12, 1, 2])])
        .await;
    settle().await;
    assert_eq!(focused(), "Copy");
    page.show([older(OlderStatus::End)]).await;
    assert_eq!(walk(&page, &["ArrowUp", "ArrowUp", "ArrowUp"]).await[2], "message-20");
    page.show([order(&[10, 11, 12, 20, 1])]).await;
    settle().await;
    assert_eq!(focused(), "message-20");
}

#[wasm_bindgen_test]
async fn the_list_is_one_stop_of_the_tab_key() {
    let page = page().await;
    let inner = page.all(".message a, .message button");
    assert_eq!(inner.len(), 5, "two links, three ways out of a failure");
    page.find(LIST).focus().unwrap();
    walk(&page, &["ArrowUp"]).await;
    assert_eq!(page.all(".message .actions button").len(), 2);
    for element in page.all(".message a, .message button, .message [tabindex]") {
        assert_eq!(element.get_attribute("tabindex").as_deref(), Some("-1"));
    }
}

#[wasm_bindgen_test]
async fn arrows_to_the_sides_walk_what_is_in_a_message() {
    let page = page().await;
    page.find(LIST).focus().unwrap();
    walk(&page, &["ArrowUp", "ArrowUp", "ArrowUp", "ArrowUp"]).await;
    let keys = ["ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight"];
    let links = ["https://chat.example", "https://other.example"];
    assert_eq!(walk(&page, &keys).await, [links[0], links[1], "Copy", "Quote", "Quote"]);
    let back = walk(&page, &["ArrowLeft"; 5]).await;
    assert_eq!(back, ["Copy", links[1], links[0], "message-3", "message-3"]);
    assert_eq!(walk(&page, &["Enter", "ArrowUp"]).await, [links[0], "message-2"]);
}

#[wasm_bindgen_test]
async fn from_right_to_left_the_sides_are_the_other_way_round() {
    let page = page().await;
    let root = document().document_element().unwrap();
    root.set_attribute("dir", "rtl").unwrap();
    page.find(LIST).focus().unwrap();
    let walked = walk(&page, &["ArrowUp", "ArrowUp", "ArrowLeft", "ArrowRight"]).await;
    root.remove_attribute("dir").unwrap();
    assert_eq!(walked[2..], ["Copy", "message-5"]);
}

#[wasm_bindgen_test]
async fn an_empty_field_and_the_messages_lead_to_each_other() {
    let page = page().await;
    page.find("#composer").focus().unwrap();
    assert_eq!(walk(&page, &["ArrowUp", "Escape"]).await, ["message-6", "composer"]);
    assert_eq!(page.sent(), []);
    page.type_into("#composer", "a").await;
    assert!(page.key("#composer", "ArrowUp", |_| {}).await);
    assert_eq!(focused(), "composer");
    page.sent();
    walk(&page, &["Escape"]).await;
    assert_eq!(page.sent(), [Command::Close]);
}

#[wasm_bindgen_test]
async fn what_is_held_with_another_key_or_composed_is_no_walk() {
    let page = page().await;
    page.find(LIST).focus().unwrap();
    let held: [More; 3] = [
        |key| key.set_ctrl_key(true),
        |key| key.set_meta_key(true),
        |key| key.set_is_composing(true),
    ];
    for more in held {
        assert!(page.key(":focus", "ArrowUp", more).await);
        assert!(page.is_focused(LIST));
    }
}

#[wasm_bindgen_test]
async fn a_message_is_copied_and_that_is_said() {
    let page = page().await;
    page.find(LIST).focus().unwrap();
    walk(&page, &["ArrowUp", "ArrowUp", "Enter"]).await;
    assert_eq!(page.text("#message-5 [role=status]"), "");
    page.click(":focus").await;
    assert_eq!(page.sent(), [Command::Copy(RowKey(5))]);
    assert_eq!(
        (page.text("#message-5 [role=status]"), focused()),
        ("Copied".into(), "Copy".into())
    );
}

/// What a message says of its times.
fn when(page: &Page) -> Vec<String> {
    let text = page.find(".when").text_content().unwrap();
    text.lines().map(str::to_owned).collect()
}

#[wasm_bindgen_test]
async fn a_message_that_has_the_focus_says_when_it_was_sent_delivered_and_read() {
    let page = page().await;
    let own = async |receipts, own| {
        let (key, mut view) = row(4, "four", Some(own));
        view.receipts = receipts;
        page.show([Change::Rows(vec![(key, view)])]).await;
    };
    // The server has not said when.
    own(Receipts::default(), OwnState::Delivered).await;
    page.find(LIST).focus().unwrap();
    walk(&page, &["ArrowUp"; 3]).await;
    assert_eq!(page.attribute("#message-4", "aria-describedby").as_deref(), Some("when"));
    assert_eq!(when(&page), ["day 4, time 4"]);
    // It is told while one is there.
    let delivered = Some(at(700));
    own(Receipts { delivered, read: None }, OwnState::Delivered).await;
    assert_eq!(when(&page), ["day 4, time 4", "Delivered: time 700"]);
    own(Receipts { delivered, read: Some(at(2_300)) }, OwnState::Read).await;
    let all = ["day 4, time 4", "Delivered: time 700", "Read: day 2300, time 2300"];
    assert_eq!(when(&page), all, "another day is said");
    walk(&page, &["ArrowUp"]).await;
    assert_eq!(page.attribute("#message-4", "aria-describedby"), None);
    assert_eq!(page.all(".when").len(), 1);
}

#[wasm_bindgen_test]
async fn a_quote_begins_the_answer() {
    let page = page().await;
    page.find(LIST).focus().unwrap();
    walk(&page, &["ArrowDown", "ArrowDown", "Enter", "ArrowRight"]).await;
    assert_eq!(focused(), "Quote");
    page.click(":focus").await;
    assert_eq!((page.value("#composer"), focused()), ("> two\n> more\n".into(), "composer".into()));
    let text = page.value("#composer");
    // A browser may tell of each line.
    let mut sent = page.sent();
    sent.dedup();
    assert_eq!(sent, [Command::Edit { to: id("ada"), text }]);
    page.type_into("#composer", "so").await;
    page.find("#message-1").focus().unwrap();
    page.click("#message-1 .tool[aria-label=Quote]").await;
    assert_eq!(page.value("#composer"), "so\n> one\n");
}

#[wasm_bindgen_test]
async fn who_points_at_a_message_sees_what_can_be_done_with_it() {
    let page = page().await;
    let over = |selector: &str| {
        let bubbles = EventInit::new();
        bubbles.set_bubbles(true);
        let event = Event::new_with_event_init_dict("mouseover", &bubbles).unwrap();
        page.find(selector).dispatch_event(&event).unwrap();
    };
    assert!(!page.has(".actions"));
    over("#message-2 .content");
    settle().await;
    assert!(page.has("#message-2 .actions"));
    over("#message-4 time");
    settle().await;
    assert!(page.has("#message-4 .actions") && page.all(".actions").len() == 1);
    over(".topbar");
    settle().await;
    assert!(!page.has(".actions"));
    // Those of the message that has the focus stay.
    page.find(LIST).focus().unwrap();
    walk(&page, &["ArrowUp"]).await;
    over("#message-2");
    over(".topbar");
    settle().await;
    assert!(page.has("#message-6 .actions"));
}

#[wasm_bindgen_test]
async fn the_focus_stays_in_the_list_when_its_message_goes() {
    let page = page().await;
    page.find(LIST).focus().unwrap();
    walk(&page, &["ArrowUp", "ArrowUp"]).await;
    page.show([order(&[1, 2, 3, 4, 5])]).await;
    assert_eq!(focused(), "message-5");
    page.show([order(&[1, 2, 3, 4])]).await;
    assert!(page.is_focused(LIST));
    walk(&page, &["ArrowUp"]).await;
    assert_eq!(focused(), "message-4");
    // All others: the same elements stand for other messages.
    page.show(rows((11..15).map(|key| row(key, "text", None)).collect())).await;
    assert!(page.is_focused(LIST), "{}", focused());
}

#[wasm_bindgen_test]
async fn who_left_the_list_is_not_taken_back() {
    let page = page().await;
    page.find(LIST).focus().unwrap();
    walk(&page, &["ArrowUp"]).await;
    page.find("#composer").focus().unwrap();
    page.show([order(&[1, 2])]).await;
    assert_eq!(focused(), "composer");
    page.find(LIST).focus().unwrap();
    walk(&page, &["ArrowUp"]).await;
    page.show([chat(), named("bob"), open("bob")]).await;
    assert!(!page.has(".actions"));
}

#[wasm_bindgen_test]
async fn what_is_walked_to_comes_into_view_no_further_than_it_must() {
    let _style = Style::new();
    let page = Page::talking_to("ada").await;
    page.show(rows((1..60).map(|key| row(key, "text", None)).collect())).await;
    page.find(LIST).focus().unwrap();
    let in_view = |selector: &str| {
        let (view, row) = (
            page.find(LIST).get_bounding_client_rect(),
            page.find(selector).get_bounding_client_rect(),
        );
        row.top() >= view.top() && row.bottom() <= view.bottom()
    };
    let bottom = page.find(LIST).scroll_top();
    for step in 0..30_u32 {
        walk(&page, &["ArrowUp"]).await;
        assert_eq!(focused(), format!("message-{}", 59 - step));
        assert!(in_view(":focus"));
    }
    let up = page.find(LIST).scroll_top();
    assert!(up < bottom);
    // Down again within what is in view, nothing scrolls.
    walk(&page, &["ArrowDown", "ArrowDown"]).await;
    assert_eq!(page.find(LIST).scroll_top(), up);
}

#[wasm_bindgen_test]
async fn a_message_higher_than_the_list_is_read_through_before_the_next() {
    let _style = Style::new();
    let page = Page::talking_to("ada").await;
    let long = "line\n".repeat(200);
    page.show(rows(vec![row(1, "one", None), row(2, &long, None), row(3, "three", None)])).await;
    page.click("#message-2 .rest").await;
    page.find(LIST).set_scroll_top(0);
    settle().await;
    page.find(LIST).focus().unwrap();
    walk(&page, &["ArrowDown", "ArrowDown"]).await;
    assert_eq!(focused(), "message-2");
    let mut tops = vec![page.find(LIST).scroll_top()];
    for _ in 0..60 {
        walk(&page, &["ArrowDown"]).await;
        if focused() != "message-2" {
            break;
        }
        tops.push(page.find(LIST).scroll_top());
    }
    assert_eq!(focused(), "message-3");
    let screen = page.find(LIST).client_height();
    assert!(
        tops.len() > 3 && tops.windows(2).all(|pair| (0..=screen).contains(&(pair[1] - pair[0])))
    );
}

#[wasm_bindgen_test]
async fn without_the_rest_of_the_program_the_list_scrolls_as_ever() {
    let page = Page::talking_to("ada").await;
    page.state.is_whole(false);
    page.show(rows(vec![row(1, "one", None)])).await;
    page.find(LIST).focus().unwrap();
    assert!(page.key(LIST, "ArrowUp", |_| {}).await);
    page.state.is_whole(true);
    settle().await;
    assert!(!page.key(LIST, "ArrowUp", |_| {}).await);
}
