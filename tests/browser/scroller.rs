//! Where one is in a conversation, with the style sheets of the page.

use chinwag::state::session::{
    Around, Change, Command, Failure, LinkStatus, OlderStatus, OrderView, OwnState, RowKey,
};
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::Element;

use crate::support::{Fake, Page, conversation, document, row, rows, settle};

pub(crate) const LIST: &str = ".timeline-list";

/// The page's own style as far as heights go; it goes with this.
pub(crate) struct Style(Element);

impl Style {
    pub(crate) fn new() -> Self {
        let style = document().create_element("style").unwrap();
        let sheets = [
            include_str!("../../style/tokens.css"),
            include_str!("../../style/base.css"),
            include_str!("../../style/layout.css"),
            include_str!("../../style/status.css"),
            include_str!("../../style/roster.css"),
            include_str!("../../style/conversation.css"),
            include_str!("../../style/timeline.css"),
            include_str!("../../style/message.css"),
            include_str!("../../style/composer.css"),
        ];
        style.set_text_content(Some(&sheets.concat()));
        document().head().unwrap().append_child(&style).unwrap();
        Self(style)
    }
}

impl Drop for Style {
    fn drop(&mut self) {
        self.0.remove();
    }
}

/// Messages with these keys. Each has some lines.
fn messages(keys: std::ops::Range<u64>) -> [Change; 2] {
    rows(keys.map(|key| row(key, &format!("message {key} ").repeat(20), None)).collect())
}

pub(crate) async fn page() -> (Page, Style) {
    let style = Style::new();
    let page = Page::talking_to("ada").await;
    page.show(messages(100..160)).await;
    settle().await;
    let list = page.find(LIST);
    assert!(list.scroll_height() > 2 * list.client_height(), "there is something to scroll");
    (page, style)
}

fn below(page: &Page) -> i32 {
    let list = page.find(LIST);
    list.scroll_height() - list.scroll_top() - list.client_height()
}

/// How far a message is below the upper edge of the list.
fn edge(page: &Page, message: &str) -> f64 {
    page.find(message).get_bounding_client_rect().top()
        - page.find(LIST).get_bounding_client_rect().top()
}

async fn scroll_to(page: &Page, top: i32) {
    page.find(LIST).set_scroll_top(top);
    settle().await;
}

#[wasm_bindgen_test]
async fn a_conversation_opens_at_its_newest_message_and_follows_it() {
    let (page, _style) = page().await;
    assert!(below(&page) <= 1);
    assert_eq!(page.everything_sent(), [Command::Stand(None)]);
    assert!(!page.has(".to-end"));
    page.show(messages(100..161)).await;
    assert!(below(&page) <= 1);
    assert_eq!(page.everything_sent(), [], "nothing new is told");
}

#[wasm_bindgen_test]
async fn who_has_scrolled_up_stays_where_they_are_and_can_go_back() {
    let (page, _style) = page().await;
    page.everything_sent();
    scroll_to(&page, page.find(LIST).scroll_height() / 2).await;
    assert!(matches!(page.everything_sent()[..], [Command::Stand(Some(_))]));
    let before = edge(&page, "#message-130");
    let mut view = conversation("ada");
    view.missed = 1;
    page.show([Change::Conversation(Some(view))]).await;
    page.show(messages(100..161)).await;
    assert!((edge(&page, "#message-130") - before).abs() < 1.0);
    assert_eq!(page.text(".to-end .badge [aria-hidden]"), "1");
    assert_eq!(page.text(".to-end .badge .visually-hidden"), "1 new");
    // It is heard as the name: nothing else gives one.
    assert_eq!(page.attribute(".to-end", "aria-label"), None);
    assert_eq!(page.attribute(".to-end", "title").as_deref(), Some("Go to the newest message"));
    page.click(".to-end").await;
    settle().await;
    assert!(below(&page) <= 1);
    assert!(!page.has(".to-end"));
    assert_eq!(page.everything_sent(), [Command::Stand(None)]);
}

/// The message that is under the list's upper edge, or the first below it.
fn under_the_edge(page: &Page) -> Option<RowKey> {
    let line = page.find(LIST).get_bounding_client_rect().top();
    let rows = page.all(".messages > .message");
    let row = rows.into_iter().find(|row| row.get_bounding_client_rect().bottom() > line)?;
    row.id().strip_prefix("message-")?.parse().ok().map(RowKey)
}

#[wasm_bindgen_test]
async fn lines_of_days_and_marks_between_the_messages_do_not_lead_astray() {
    let _style = Style::new();
    let page = Page::talking_to("ada").await;
    // A day for every three messages or so, and a mark for every eight.
    let mut all: Vec<_> = (0..20_000).step_by(300).map(|key| row(key, "words", None)).collect();
    for (_, row) in all.iter_mut().skip(3).step_by(8) {
        row.gap = true;
    }
    page.show(rows(all)).await;
    settle().await;
    let mut places = 0;
    for top in (0..page.find(LIST).scroll_height() - 1_000).step_by(170) {
        page.everything_sent();
        scroll_to(&page, top).await;
        let told = page.everything_sent().into_iter().rev().find_map(|command| match command {
            Command::Stand(Some((row, _))) => Some(row),
            _ => None,
        });
        assert_eq!(told, under_the_edge(&page), "at {top} px");
        places += 1;
    }
    assert!(places > 10, "{places}");
}

#[wasm_bindgen_test]
async fn a_line_that_appears_above_the_conversation_leaves_one_where_one_is() {
    let (page, _style) = page().await;
    let height = page.find(LIST).client_height();
    page.show([Change::Link(LinkStatus::Replaced)]).await;
    settle().await;
    assert!(page.find(LIST).client_height() < height && below(&page) <= 1, "{}", below(&page));
    let height = page.find(LIST).client_height();
    page.state.offer_update(|| {});
    settle().await;
    settle().await;
    assert!(page.find(LIST).client_height() < height && below(&page) <= 1, "{}", below(&page));
}

#[wasm_bindgen_test]
async fn older_messages_above_move_nothing_under_the_eyes() {
    let (page, _style) = page().await;
    let mut view = conversation("ada");
    view.older = OlderStatus::More;
    page.show([Change::Conversation(Some(view.clone()))]).await;
    scroll_to(&page, 40).await;
    let wanted = Command::Fill { before: RowKey(100), from_above: false };
    assert!(page.sent().contains(&wanted));
    let before = edge(&page, "#message-100");
    view.older = OlderStatus::Loading;
    page.show([Change::Conversation(Some(view.clone()))]).await;
    assert!((edge(&page, "#message-100") - before).abs() < 1.0, "a spinner moves nothing either");
    view.older = OlderStatus::End;
    page.show(messages(50..160)).await;
    page.show([Change::Conversation(Some(view))]).await;
    assert!((edge(&page, "#message-100") - before).abs() < 1.0);
}

/// Messages with these keys, with some missing before this one.
fn missing_before(gap: u64, keys: impl IntoIterator<Item = u64>) -> [Change; 2] {
    let words = |key| row(key, &format!("message {key} ").repeat(20), None);
    let rows_of = keys.into_iter().map(|key| {
        let (row, mut view) = words(key);
        view.gap = key == gap;
        (row, view)
    });
    rows(rows_of.collect())
}

#[wasm_bindgen_test]
async fn messages_that_are_missing_are_asked_for_once_one_comes_near() {
    let (page, _style) = page().await;
    let fill = |from_above| Command::Fill { before: RowKey(130), from_above };
    page.show(missing_before(130, 100..160)).await;
    let height = page.find(LIST).client_height();
    let mark = edge(&page, "#gap-130");
    assert!(mark < f64::from(-2 * height), "it is far above: {mark}");
    assert_eq!(page.sent(), [], "nobody is near");
    // A screen and a half below it, then half a screen.
    let to = |above: f64| {
        #[expect(clippy::cast_possible_truncation, reason = "pixels on a page")]
        let mark = edge(&page, "#gap-130").round() as i32;
        #[expect(clippy::cast_possible_truncation, reason = "pixels on a page")]
        let above = (f64::from(height) * above) as i32;
        page.find(LIST).scroll_top() + mark + above
    };
    scroll_to(&page, to(1.5)).await;
    assert_eq!(page.sent(), []);
    scroll_to(&page, to(0.5)).await;
    let sent = page.sent();
    assert!(!sent.is_empty() && sent.iter().all(|command| *command == fill(false)), "{sent:?}");
    // Coming from above it is the same, and said.
    scroll_to(&page, to(-2.5)).await;
    page.sent();
    scroll_to(&page, to(-2.2)).await;
    assert_eq!(page.sent(), []);
    scroll_to(&page, to(-1.5)).await;
    assert!(page.sent().contains(&fill(true)));
}

#[wasm_bindgen_test]
async fn missing_messages_that_are_under_way_or_have_failed_are_not_asked_for_again() {
    let (page, _style) = page().await;
    let mut view = conversation("ada");
    for gap in [OlderStatus::Loading, OlderStatus::Failed(Failure::TimedOut)] {
        view.gap = gap;
        page.show([Change::Conversation(Some(view.clone()))]).await;
        page.show(missing_before(158, 100..160)).await;
        scroll_to(&page, page.find(LIST).scroll_height()).await;
        page.find("#gap-158");
        assert_eq!(page.sent(), [], "{:?}", view.gap);
    }
}

#[wasm_bindgen_test]
async fn missing_messages_that_come_move_nothing_under_the_eyes() {
    let (page, _style) = page().await;
    page.show(missing_before(130, (100..110).chain(130..160))).await;
    let gap = page.find("#gap-130").offset_top();
    scroll_to(&page, gap + 10).await;
    let before = edge(&page, "#message-130");
    page.show(messages(100..160)).await;
    assert!(!page.has(".gap"));
    assert!((edge(&page, "#message-130") - before).abs() < 1.0);
}

#[wasm_bindgen_test]
async fn what_one_sends_is_seen_wherever_one_was() {
    let (page, _style) = page().await;
    scroll_to(&page, 200).await;
    page.type_into("#composer", "hello").await;
    page.key("#composer", "Enter", |_| {}).await;
    let mut all: Vec<_> = (100..160).map(|key| row(key, "some words", None)).collect();
    all.push(row(160, "hello", Some(OwnState::Sending)));
    page.show(rows(all)).await;
    settle().await;
    assert!(below(&page) <= 1);
}

/// These are drawn, of so many more above and below.
fn drawn_of(above: usize, keys: std::ops::Range<u64>, below: usize, times: usize) -> [Change; 2] {
    let words = |key| row(key, &format!("message {key} ").repeat(times), None);
    let order = OrderView { keys: keys.clone().map(RowKey).collect(), above, below };
    [Change::Rows(keys.map(words).collect()), Change::Order(order)]
}

/// One is in the midst of those that are drawn, with so many above and below.
async fn amid(page: &Page, others: usize) {
    page.show(drawn_of(others, 100..160, 0, 20)).await;
    settle().await;
    scroll_to(page, page.find("#message-130").offset_top()).await;
    page.show(drawn_of(others, 100..160, others, 20)).await;
    settle().await;
    page.sent();
}

/// Anything gets another size.
async fn something_grows(page: &Page) {
    page.find(".timeline-top").set_attribute("style", "min-block-size: 30px").unwrap();
    settle().await;
    settle().await;
}

/// Where the rows were wanted last.
fn looked_for(page: &Page) -> Option<Around> {
    let looks = page.sent().into_iter().filter_map(|command| match command {
        Command::Look(around) => Some(around),
        _ => None,
    });
    looks.last()
}

#[wasm_bindgen_test]
async fn who_drags_away_from_the_end_is_not_taken_back_before_the_rows_come() {
    let (page, _style) = page().await;
    page.show(drawn_of(1_000, 100..160, 0, 20)).await;
    settle().await;
    assert!(below(&page) <= 1);
    scroll_to(&page, 0).await;
    assert_eq!(looked_for(&page), Some(Around::Place(0)));
    something_grows(&page).await;
    assert_eq!(page.find(LIST).scroll_top(), 0, "nothing takes it back");
    // The top is still where one goes.
    assert_eq!(looked_for(&page).unwrap_or(Around::Place(0)), Around::Place(0));
    page.show(drawn_of(0, 1..81, 980, 20)).await;
    settle().await;
    assert_eq!(page.find(LIST).scroll_top(), 0);
    let first = edge(&page, "#message-1");
    assert!((0.0..200.0).contains(&first), "the first message is in view: {first}");
}

#[wasm_bindgen_test]
async fn who_drags_to_the_top_gets_there_whatever_happens_meanwhile() {
    let (page, _style) = page().await;
    amid(&page, 1_000).await;
    scroll_to(&page, 0).await;
    assert_eq!(looked_for(&page), Some(Around::Place(0)));
    something_grows(&page).await;
    let later = looked_for(&page).unwrap_or(Around::Place(0));
    assert_eq!(later, Around::Place(0), "what one has left is not wanted again");
    page.show(drawn_of(0, 1..81, 1_980, 20)).await;
    settle().await;
    assert_eq!(page.find(LIST).scroll_top(), 0);
    let first = edge(&page, "#message-1");
    assert!((0.0..200.0).contains(&first), "the first message is in view: {first}");
}

#[wasm_bindgen_test]
async fn what_is_drawn_where_one_has_scrolled_to_is_in_view() {
    for times in [2, 60] {
        let (page, _style) = page().await;
        amid(&page, 2_000).await;
        // Half as far from the beginning. Then a little further, before it is drawn.
        scroll_to(&page, page.find(LIST).scroll_top() / 2).await;
        let Some(Around::Place(to)) = looked_for(&page) else { panic!("nothing is wanted") };
        let top = page.find(LIST).scroll_top();
        page.find(LIST).set_scroll_top(top - 30);
        page.show(drawn_of(to - 80, 1_000..1_160, 3_980 - to, times)).await;
        settle().await;
        let (row, view) = (edge(&page, "#message-1080"), page.find(LIST).client_height());
        assert!((row - 30.0).abs() <= 1.5, "the row is where one went, of {view} px: {row}");
        assert_eq!(page.find(LIST).scroll_top(), top - 30, "the browser scrolls on as it did");
        assert_eq!(looked_for(&page), None, "what is wanted is there");
    }
}

#[wasm_bindgen_test]
async fn who_begins_to_go_up_from_the_end_is_not_held_back_by_a_change_that_moves_nothing() {
    let (page, _style) = page().await;
    let mut up = 0;
    for _ in 0..3 {
        let list = page.find(LIST);
        up += 6;
        list.set_scroll_top(list.scroll_top() - 6);
        settle().await;
        // The other one reads.
        page.show([Change::Conversation(Some(conversation("ada")))]).await;
        assert!((below(&page) - up).abs() <= 1, "{} instead of {up}", below(&page));
    }
    // It is still the end, and what is new is followed.
    page.show(messages(100..161)).await;
    assert!(below(&page) <= 1);
}

#[wasm_bindgen_test]
async fn who_has_turned_round_before_the_rows_came_is_still_where_they_are() {
    let (page, _style) = page().await;
    amid(&page, 1_000).await;
    scroll_to(&page, page.find("#message-155").offset_top()).await;
    page.sent();
    // Rows come that were asked for from further up, as high as those.
    page.show(drawn_of(930, 500..580, 1_050, 20)).await;
    settle().await;
    let Some(Around::Place(to)) = looked_for(&page) else { panic!("nothing is wanted") };
    assert!(to.abs_diff(1_055) < 5, "the same place is wanted again: {to}");
}

#[wasm_bindgen_test]
async fn what_is_in_view_stays_there_though_one_has_scrolled_far_and_the_word_of_it_is_late() {
    let (page, _style) = page().await;
    amid(&page, 1_000).await;
    let _late = Fake::new(
        "const late = event => event.stopImmediatePropagation();
        addEventListener('scroll', late, true);
        return () => removeEventListener('scroll', late, true);",
    );
    page.find(LIST).set_scroll_top(page.find("#message-101").offset_top());
    something_grows(&page).await;
    assert_eq!(looked_for(&page), Some(Around::Row(RowKey(101))));
    let before = edge(&page, "#message-101");
    // What was in view when it was last heard of is not among them, and they are higher than was likely.
    page.show(drawn_of(940, 40..125, 1_035, 60)).await;
    settle().await;
    let after = edge(&page, "#message-101");
    assert!((after - before).abs() < 1.5, "{after} instead of {before}");
}
