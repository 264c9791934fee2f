//! The open conversation: its header, its states, its messages.

use std::sync::Arc;

use chinwag::state::session::{
    Change, Command, ConversationView, Failure, Gate, ListStatus, OlderStatus, OwnState, RowKey,
};
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::Element;

use crate::support::{Page, at, chat, conversation, id, named, open, person, row, rows, settle};

const LIST: &str = ".timeline-list";
const HEAD: &str = ".conversation-presence";

async fn with_ada() -> Page {
    Page::talking_to("ada").await
}

async fn showing(view: ConversationView) -> Page {
    let page = Page::start().await;
    page.show([chat(), named("ada"), Change::Conversation(Some(view))]).await;
    page
}

#[wasm_bindgen_test]
async fn as_long_as_nobody_is_chosen_one_is_asked_to_choose_and_cannot_write() {
    let page = Page::start().await;
    page.show([chat()]).await;
    assert_eq!(page.text(".nobody"), "Select a user to start chatting");
    assert_eq!(page.attribute("#composer", "placeholder").unwrap(), "Select a user to chat");
    assert!(page.has("#composer:disabled") && page.has(".send:disabled"));
    assert_eq!(page.attribute(".chat", "data-pane").unwrap(), "people");
}

#[wasm_bindgen_test]
async fn a_conversation_that_is_opened_takes_the_place_and_can_be_left() {
    let page = with_ada().await;
    assert!(!page.has(".nobody"));
    assert_eq!(page.text("h1.conversation-name"), "ada");
    assert_eq!(page.attribute(".chat", "data-pane").unwrap(), "conversation");
    page.click(".back").await;
    page.key(LIST, "Escape", |_| {}).await;
    page.key("#composer", "Escape", |key| key.set_is_composing(true)).await;
    assert_eq!(page.sent(), [Command::Close, Command::Close]);
    page.show([Change::Conversation(None)]).await;
    assert!(page.has(".nobody"));
    page.key(".chat", "Escape", |_| {}).await;
    assert_eq!(page.sent(), [], "there is nothing to close");
}

#[wasm_bindgen_test]
async fn the_header_tells_whether_somebody_is_there_and_when_they_were() {
    let page = with_ada().await;
    assert_eq!(page.text(HEAD), "Online");
    let mut ada = person("Ada Lovelace");
    ada.online = false;
    page.show([Change::Person(id("ada"), ada.clone())]).await;
    assert_eq!(page.text(HEAD), "Offline");
    ada.last_seen = Some(at(9));
    page.show([Change::Person(id("ada"), ada.clone())]).await;
    assert_eq!(page.text(HEAD), "Offline · last seen brief 9");
    ada.online = true;
    page.show([Change::Person(id("ada"), ada)]).await;
    assert_eq!(
        page.text(HEAD),
        "Online",
        "when somebody was last seen is no matter while they are here"
    );
    assert_eq!(page.text(".conversation-name"), "Ada Lovelace");
}

#[wasm_bindgen_test]
async fn that_somebody_is_writing_is_seen_and_said() {
    let page = with_ada().await;
    assert_eq!(page.text(".typing[role=status]"), "");
    let mut ada = person("Ada");
    ada.typing = true;
    page.show([Change::Person(id("ada"), ada)]).await;
    assert_eq!(page.text(".typing[role=status]"), "Ada is typing...");
    page.show([named("ada")]).await;
    assert_eq!(page.text(".typing[role=status]"), "");
}

#[wasm_bindgen_test]
async fn a_history_is_loading_or_empty_or_failed() {
    let mut view = conversation("ada");
    view.status = ListStatus::Loading;
    let page = showing(view.clone()).await;
    assert!(page.text(&format!("{LIST} [role=status]")).starts_with("Loading"));
    view.status = ListStatus::Ready;
    page.show([Change::Conversation(Some(view.clone()))]).await;
    assert_eq!(page.text(".timeline-state"), "No messages yet. Say hello!");
    view.status = ListStatus::Failed(Failure::TimedOut);
    page.show([Change::Conversation(Some(view.clone()))]).await;
    assert!(page.text(".timeline-state[role=alert]").contains("took too long"));
    page.press("Try again").await;
    assert_eq!(page.sent(), [Command::Reload]);
    view.status = ListStatus::Ready;
    page.show([Change::Conversation(Some(view))]).await;
    page.show(rows(vec![row(1, "one", None)])).await;
    assert!(!page.has(".timeline-state"));
}

#[wasm_bindgen_test]
async fn older_messages_are_asked_for_and_have_their_states() {
    let mut view = conversation("ada");
    view.older = OlderStatus::More;
    let page = showing(view.clone()).await;
    page.show(rows(vec![row(1, "one", None)])).await;
    let sent = page.sent();
    assert!(!sent.is_empty() && sent.iter().all(|command| *command == fill(1)), "{sent:?}");
    view.older = OlderStatus::Loading;
    page.show([Change::Conversation(Some(view.clone()))]).await;
    assert_eq!(page.text(".timeline-top [role=status]"), "Loading older messages");
    view.older = OlderStatus::Failed(Failure::NoNetwork);
    page.show([Change::Conversation(Some(view.clone()))]).await;
    assert!(page.text(".timeline-top [role=alert]").contains("cannot be reached"));
    assert_eq!(page.sent(), [], "what failed is not asked for by itself");
    page.press("Load older messages").await;
    assert_eq!(page.sent(), [Command::LoadOlder]);
    view.older = OlderStatus::End;
    page.show([Change::Conversation(Some(view))]).await;
    assert_eq!(page.text(".timeline-top"), "");
    assert_eq!(page.sent(), []);
}

/// What is missing before this message is wanted, as one comes from below.
fn fill(before: u64) -> Command {
    Command::Fill { before: RowKey(before), from_above: false }
}

/// Some messages are missing before the second one.
fn with_a_gap() -> [Change; 2] {
    let mut later = row(1500, "later", None);
    later.1.gap = true;
    rows(vec![row(1, "one", None), later])
}

#[wasm_bindgen_test]
async fn where_messages_are_missing_stands_a_mark_until_they_are_there() {
    const GAP: &str = "#gap-1500";
    let mut view = conversation("ada");
    view.gap = OlderStatus::Loading;
    let page = showing(view.clone()).await;
    page.show(with_a_gap()).await;
    let lines = |page: &Page| {
        let lines = page.all(".messages > li").into_iter();
        lines.map(|line| line.class_name()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(lines(&page), "day message gap day message");
    assert_eq!(page.text(&format!("{GAP} [role=status]")), "Loading missing messages");
    assert!(!page.has(&format!("{GAP} button")));
    assert_eq!(page.sent(), [], "they are under way");
    let (mark, later) = (page.find(GAP), page.find("#message-1500"));
    view.gap = OlderStatus::Failed(Failure::NoNetwork);
    page.show([Change::Conversation(Some(view.clone()))]).await;
    assert_eq!(page.text(GAP), "Load missing messages");
    assert_eq!(page.sent(), [], "what failed is not asked for by itself");
    page.press("Load missing messages").await;
    assert_eq!(page.sent(), [fill(1500)]);
    view.gap = OlderStatus::Loading;
    page.show([Change::Conversation(Some(view))]).await;
    assert_eq!(page.text(GAP), "Loading missing messages");
    assert_eq!(page.find(GAP), mark);
    page.show(rows(vec![row(1, "one", None), row(2, "two", None), row(1500, "later", None)])).await;
    assert_eq!(lines(&page), "day message message day message");
    assert_eq!(page.texts(".message .content"), ["one", "two", "later"]);
    assert_eq!(page.find("#message-1500"), later, "the rows around it are not made anew");
}

#[wasm_bindgen_test]
async fn messages_that_are_missing_in_view_are_asked_for() {
    let page = showing(conversation("ada")).await;
    page.show(rows(vec![row(1, "one", None), row(1500, "later", None)])).await;
    assert_eq!(page.sent(), [], "nothing is missing");
    page.show(with_a_gap()).await;
    let sent = page.sent();
    assert!(!sent.is_empty() && sent.iter().all(|command| *command == fill(1500)), "{sent:?}");
}

/// Behaviour 11.
#[wasm_bindgen_test]
async fn a_line_marks_where_the_new_messages_begin_and_moves_nothing() {
    let page = with_ada().await;
    page.show(rows(vec![row(1, "one", None), row(2, "two", None), row(3, "three", None)])).await;
    let places = |page: &Page| {
        let rows = page.all(".message").into_iter();
        rows.map(|row| row.get_bounding_client_rect().top()).collect::<Vec<_>>()
    };
    let before = places(&page);
    let view = ConversationView { new_from: Some(RowKey(2)), ..conversation("ada") };
    page.show([Change::Conversation(Some(view))]).await;
    let marks: Vec<_> = page
        .all("[data-new]")
        .iter()
        .map(|row| (row.id(), row.get_attribute("data-new")))
        .collect();
    assert_eq!(marks, [("message-2".to_owned(), Some("New messages".to_owned()))]);
    assert_eq!(places(&page), before);
    page.show([open("ada")]).await;
    assert!(!page.has("[data-new]"));
    assert_eq!(places(&page), before);
}

#[wasm_bindgen_test]
async fn the_rows_of_the_next_conversation_tell_nothing_of_the_last_one() {
    let page = with_ada().await;
    let failed = Some(OwnState::Failed(Failure::NotStored));
    let view = ConversationView { new_from: Some(RowKey(2)), ..conversation("ada") };
    page.show([Change::Conversation(Some(view))]).await;
    let hers = [row(1, "a", failed), row(2, "b", None), row(3, "c", Some(OwnState::Read))];
    page.show(rows(hers.into())).await;
    assert!(page.has("#message-1 .failed") && page.has("#message-2[data-new]"));
    page.show([named("bob"), open("bob")]).await;
    let his = vec![
        row(4, "before", Some(OwnState::Read)),
        row(5, "d", None),
        row(6, "e", Some(OwnState::Sending)),
        row(7, "f", Some(OwnState::Sent)),
    ];
    page.show(rows(his)).await;
    let told = |row: Element| {
        let of = |name: &str| row.get_attribute(name).unwrap_or_default();
        let title =
            row.query_selector(".progress").unwrap().map(|mark| mark.get_attribute("title"));
        let text = row.text_content().unwrap();
        (of("id"), of("data-own"), of("data-state"), title.flatten().unwrap_or_default(), text)
    };
    let told: Vec<_> = page.all(".messages > .message").into_iter().map(told).collect();
    let expected = [
        ("message-4", "true", "read", "Read", "You: beforetime 4Read"),
        ("message-5", "false", "", "", "bob: dtime 5"),
        ("message-6", "true", "sending", "Sending", "You: etime 6Sending"),
        ("message-7", "true", "sent", "Sent", "You: ftime 7Sent"),
    ];
    let expected = expected.map(|(id, own, state, title, text)| {
        (id.to_owned(), own.to_owned(), state.to_owned(), title.to_owned(), text.to_owned())
    });
    assert_eq!(told, expected);
    assert!(!page.has(".failed") && !page.has("[data-new]"));
}

#[wasm_bindgen_test]
async fn messages_stand_in_order_with_whose_they_are_and_when() {
    let page = with_ada().await;
    page.show(rows(vec![
        row(1, "hi", None),
        row(2, "hello", Some(OwnState::Sent)),
        row(1005, "next day", None),
    ]))
    .await;
    assert_eq!(page.texts(".message .content"), ["hi", "hello", "next day"]);
    assert_eq!(page.texts(".message time"), ["time 1", "time 2", "time 1005"]);
    assert_eq!(page.texts(".messages > li.day"), ["day 0", "day 1000"]);
    let own: Vec<_> = page.all(".message").iter().map(|it| it.get_attribute("data-own")).collect();
    assert_eq!(own.iter().flatten().collect::<Vec<_>>(), ["false", "true", "false"]);
    assert!(page.text("#message-2 .bubble").starts_with("You: hello"));
    assert!(!page.has("#message-1 .progress"), "how far it has come is told of one's own alone");
}

#[wasm_bindgen_test]
async fn a_text_is_a_text_and_never_markup() {
    let page = with_ada().await;
    let evil = "<img src=x onerror=alert(1)> & <b>bold</b>\n  second line";
    page.show(rows(vec![row(1, evil, None), row(2, "", None), row(3, "مرحبا", None)])).await;
    assert_eq!(page.find("#message-1 .content").text_content().as_deref(), Some(evil));
    assert_eq!(page.all(".content *").len(), 0);
    assert_eq!(page.attribute("#message-3 .content", "dir").unwrap(), "auto");
}

#[wasm_bindgen_test]
async fn one_s_own_message_tells_how_far_it_has_come() {
    let page = with_ada().await;
    page.show(rows(vec![row(1, "hello", Some(OwnState::Waiting))])).await;
    let bubble = page.find("#message-1");
    for (state, name, words) in [
        (OwnState::Waiting, "waiting", "Waiting to be sent"),
        (OwnState::Sending, "sending", "Sending"),
        (OwnState::Sent, "sent", "Sent"),
        (OwnState::Delivered, "delivered", "Delivered"),
        (OwnState::Read, "read", "Read"),
        (OwnState::Failed(Failure::NotStored), "failed", "Not sent"),
    ] {
        page.show([Change::Rows(vec![row(1, "hello", Some(state))])]).await;
        assert_eq!(page.attribute("#message-1", "data-state").unwrap(), name);
        assert_eq!(page.text("#message-1 .progress"), words);
        assert_eq!(page.attribute("#message-1 .progress", "title").unwrap(), words);
        assert_eq!(page.has("#message-1 .failed"), name == "failed");
    }
    assert_eq!(page.find("#message-1"), bubble, "it is the same row all the way");
}

#[wasm_bindgen_test]
async fn a_message_that_was_not_sent_says_why_and_can_be_sent_again_copied_or_thrown_away() {
    let page = with_ada().await;
    let why = || Failure::Server("Message too long".to_owned());
    page.show(rows(vec![
        row(1, "first", Some(OwnState::Failed(Failure::NotStored))),
        row(2, "second", Some(OwnState::Failed(why()))),
    ]))
    .await;
    assert_eq!(
        page.texts(".failed[role=alert]"),
        [
            "Not sent. The server did not confirm this message. RetryCopyDiscard",
            "Not sent. Message too long RetryCopyDiscard"
        ]
    );
    for (button, command) in [
        ("#message-2 .failed button", Command::Retry(RowKey(2))),
        ("#message-2 .failed button:nth-of-type(2)", Command::Copy(RowKey(2))),
        ("#message-1 .failed button:nth-of-type(2)", Command::Copy(RowKey(1))),
        ("#message-1 .failed button:last-child", Command::Discard(RowKey(1))),
    ] {
        page.click(button).await;
        assert_eq!(page.sent(), [command]);
    }
    assert_eq!(page.texts(".message .content"), ["first", "second"], "the text stays meanwhile");
}

#[wasm_bindgen_test]
async fn an_acknowledgement_makes_no_row_anew() {
    let page = with_ada().await;
    let sending = || row(9, "mine", Some(OwnState::Sending));
    page.show(rows(vec![row(1, "one", None), sending()])).await;
    let before = page.all(".message");
    // It turns out that another message came in between.
    page.show(rows(vec![
        row(1, "one", None),
        row(5, "two", None),
        row(9, "mine", Some(OwnState::Sent)),
    ]))
    .await;
    let after = page.all(".message");
    assert_eq!(page.texts(".message .content"), ["one", "two", "mine"]);
    assert_eq!((&after[0], &after[2]), (&before[0], &before[1]));
}

#[wasm_bindgen_test]
async fn another_conversation_shows_nothing_of_the_one_before() {
    let page = with_ada().await;
    page.show(rows(vec![row(1, "for Ada", None)])).await;
    let mut bob = conversation("bob");
    bob.status = ListStatus::Loading;
    page.show([named("bob"), Change::Conversation(Some(bob))]).await;
    assert!(!page.has(".message"));
    assert_eq!(page.text(".conversation-name"), "bob");
    page.show([open("bob")]).await;
    page.show(rows(vec![row(2, "for Bob", None)])).await;
    assert_eq!(page.texts(".message .content"), ["for Bob"]);
}

/// The texts, not the page alone: the rows outlive a conversation, and must not outlive who has read it.
#[wasm_bindgen_test]
async fn nothing_of_the_conversation_is_kept_when_one_has_signed_out() {
    let page = with_ada().await;
    page.show(rows(vec![row(1, "a secret", None)])).await;
    let secret = Arc::downgrade(&page.state.rows().read_untracked()[&RowKey(1)]);
    // Both in one frame, as the session tells it.
    let signed_out = Change::Gate(Gate::SignIn { busy: false, error: None, held: false });
    page.show([signed_out, Change::Conversation(None)]).await;
    assert!(page.has("[data-page=sign-in]"));
    assert!(secret.upgrade().is_none(), "it is still in memory");
}

#[wasm_bindgen_test]
async fn a_change_of_the_conversations_state_leaves_the_page_as_it_is() {
    let page = with_ada().await;
    page.show(rows(vec![row(1, "one", None)])).await;
    let (list, message, field) = (page.find(LIST), page.find("#message-1"), page.find("#composer"));
    let mut view = conversation("ada");
    view.older = OlderStatus::Loading;
    page.show([Change::Conversation(Some(view))]).await;
    assert_eq!(
        (page.find(LIST), page.find("#message-1"), page.find("#composer")),
        (list, message, field)
    );
}

#[wasm_bindgen_test]
async fn marks_are_shown_as_what_they_mean_and_links_are_opened_safely() {
    let page = Page::talking_to("ada").await;
    let written = "see **https://example.org/a_(b)**.\n> `quoted`\n- one\n- two\n```\n<b>\n```\njavascript:alert(1)";
    page.show(rows(vec![row(1, written, None)])).await;
    let content = "#message-1 .content";
    assert_eq!(page.text(&format!("{content} strong a")), "https://example.org/a_(b)");
    let link = |name| page.attribute(&format!("{content} a"), name).unwrap();
    assert_eq!(link("href"), "https://example.org/a_(b)");
    assert_eq!(
        (link("rel"), link("target")),
        ("noopener noreferrer".to_owned(), "_blank".to_owned())
    );
    assert_eq!(page.text(&format!("{content} blockquote code")), "quoted");
    assert_eq!(page.texts(&format!("{content} li")), ["one", "two"]);
    assert_eq!(page.text(&format!("{content} pre")), "<b>");
    assert_eq!(page.all(&format!("{content} a")).len(), 1);
    // Another text in the same row, without marks and with them.
    page.show(rows(vec![row(1, "plain", None)])).await;
    assert_eq!(
        (page.text(content), page.all(&format!("{content} *")).len()),
        ("plain".to_owned(), 0)
    );
    page.show(rows(vec![row(1, "*now*", None)])).await;
    assert_eq!(page.text(&format!("{content} em")), "now");
}

#[wasm_bindgen_test]
async fn until_the_program_is_whole_marks_are_shown_as_they_were_written() {
    let page = Page::talking_to("ada").await;
    page.state.is_whole(false);
    page.show(rows(vec![row(1, "*hi*", None), row(2, "plain", None)])).await;
    assert_eq!(page.texts(".content"), ["*hi*", "plain"]);
    let plain = page.find("#message-2 .content").first_child();
    page.state.is_whole(true);
    settle().await;
    assert_eq!(page.texts(".content"), ["hi", "plain"]);
    assert!(page.has("#message-1 em"));
    assert_eq!(page.find("#message-2 .content").first_child(), plain, "it is not touched");
}
