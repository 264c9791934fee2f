//! Where one writes.

use chinwag::state::session::{AccountView, Change, Command, ConversationView, LinkStatus};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{
    Fake, More, Page, chat, conversation, id, js, named, open, promised, row, rows,
};

const FIELD: &str = "#composer";

fn send(to: &str, text: &str) -> Command {
    Command::Send { to: id(to), text: text.to_owned() }
}

fn edit(to: &str, text: &str) -> Command {
    Command::Edit { to: id(to), text: text.to_owned() }
}

fn with_draft(draft: &str) -> Change {
    let view = ConversationView { draft: draft.to_owned(), ..conversation("ada") };
    Change::Conversation(Some(view))
}

/// A conversation with Ada, in which this has been typed.
async fn having_typed(text: &str) -> Page {
    let page = Page::talking_to("ada").await;
    page.type_into(FIELD, text).await;
    assert_eq!(page.sent(), [edit("ada", text)]);
    page
}

#[wasm_bindgen_test]
async fn enter_sends_what_was_typed_and_empties_the_field() {
    let page = having_typed("  hello\nAda ").await;
    assert!(!page.key(FIELD, "Enter", |_| {}).await, "the key makes no new line");
    assert_eq!(page.sent(), [send("ada", "  hello\nAda ")]);
    assert_eq!(page.value(FIELD), "");
    assert!(page.is_focused(FIELD));
    page.key(FIELD, "Enter", |_| {}).await;
    assert_eq!(page.sent(), [], "and it is sent once");
}

#[wasm_bindgen_test]
async fn the_button_sends_too_and_keeps_the_focus_in_the_field() {
    let page = having_typed("hello").await;
    page.click(".send").await;
    assert_eq!(page.sent(), [send("ada", "hello")]);
    assert_eq!(page.value(FIELD), "");
    assert!(page.is_focused(FIELD));
}

#[wasm_bindgen_test]
async fn other_keys_and_keys_of_an_input_method_do_not_send() {
    let page = having_typed("こんにちは").await;
    let cases: [(&str, More); 6] = [
        ("Enter", |key| key.set_shift_key(true)),
        ("Enter", |key| key.set_is_composing(true)),
        ("Enter", |key| key.set_key_code(229)),
        ("Process", |key| key.set_key_code(229)),
        ("a", |_| {}),
        ("Tab", |_| {}),
    ];
    for (key, with) in cases {
        assert!(page.key(FIELD, key, with).await, "{key} does what it does in a field");
        assert_eq!(page.sent(), [], "{key}");
    }
    assert_eq!(page.value(FIELD), "こんにちは");
    page.key(FIELD, "Enter", |key| key.set_key_code(13)).await;
    assert_eq!(page.sent(), [send("ada", "こんにちは")]);
}

#[wasm_bindgen_test]
async fn what_is_empty_is_not_sent() {
    let page = Page::talking_to("ada").await;
    assert!(page.has(".send:disabled"));
    for text in ["", "  ", "\n\t"] {
        page.type_into(FIELD, text).await;
        assert!(page.has(".send:disabled"), "{text:?}");
        page.sent();
        page.key(FIELD, "Enter", |_| {}).await;
        page.click(".send").await;
        assert_eq!(page.sent(), [], "{text:?}");
    }
    page.type_into(FIELD, "a").await;
    assert!(!page.has(".send:disabled"));
}

#[wasm_bindgen_test]
async fn each_change_of_the_text_is_told() {
    let page = Page::talking_to("ada").await;
    for text in ["h", "he", ""] {
        page.type_into(FIELD, text).await;
    }
    assert_eq!(page.sent(), ["h", "he", ""].map(|text| edit("ada", text)));
    assert_eq!(page.attribute(FIELD, "placeholder").unwrap(), "Type a message...");
}

#[wasm_bindgen_test]
async fn what_was_being_written_is_there_again_and_can_be_sent() {
    let page = Page::start().await;
    page.show([chat(), named("ada"), with_draft("half a")]).await;
    assert_eq!(page.value(FIELD), "half a");
    assert!(!page.has(".send:disabled"));
    assert!(page.is_focused(FIELD), "one who opens a conversation wants to write");
    page.key(FIELD, "Enter", |_| {}).await;
    assert_eq!(page.sent(), [send("ada", "half a")]);
}

#[wasm_bindgen_test]
async fn what_is_being_written_survives_news_of_the_conversation() {
    let page = having_typed("half a").await;
    page.show([with_draft("old"), named("ada")]).await;
    assert_eq!(page.value(FIELD), "half a");
}

#[wasm_bindgen_test]
async fn what_was_typed_to_one_person_never_goes_to_another() {
    let page = having_typed("for Ada only").await;
    // The session has changed the conversation and the page is not drawn yet: the key comes in between.
    page.state.apply(named("bob"));
    page.state.apply(open("bob"));
    page.key(FIELD, "Enter", |_| {}).await;
    assert_eq!(page.sent(), [send("ada", "for Ada only")]);
    assert_eq!(page.value(FIELD), "");
    page.type_into(FIELD, "for Bob").await;
    page.key(FIELD, "Enter", |_| {}).await;
    assert_eq!(page.sent(), [edit("bob", "for Bob"), send("bob", "for Bob")]);
}

#[wasm_bindgen_test]
async fn without_a_connection_one_can_write_all_the_same() {
    let page = Page::talking_to("ada").await;
    page.show([Change::Link(LinkStatus::Offline { retry_in: Some(3) })]).await;
    page.type_into(FIELD, "later").await;
    page.key(FIELD, "Enter", |_| {}).await;
    assert_eq!(page.sent(), [edit("ada", "later"), send("ada", "later")]);
}

/// Before the page is painted: a key that comes then is not lost.
#[wasm_bindgen_test]
async fn who_opens_a_conversation_is_in_its_field_at_once() {
    let page = Page::start().await;
    page.show([chat(), named("ada")]).await;
    let _no_frames = Fake::new(
        "const real = window.requestAnimationFrame;
        window.requestAnimationFrame = () => 0;
        return () => window.requestAnimationFrame = real;",
    );
    for change in [open("ada")].into_iter().chain(rows(vec![row(1, "hello", None)])) {
        page.state.apply(change);
    }
    promised("new Promise((done) => setTimeout(done))").await;
    assert!(page.is_focused(FIELD));
}

#[wasm_bindgen_test]
async fn the_field_is_as_high_as_its_text() {
    let page = having_typed("one\ntwo").await;
    // By itself, or by a copy of its text behind it.
    let by_itself = js("CSS.supports('field-sizing', 'content')") == true;
    let copy = if by_itself { "" } else { "one\ntwo" };
    assert_eq!(page.attribute(".composer-field", "data-text").unwrap(), copy);
    page.key(FIELD, "Enter", |_| {}).await;
    assert_eq!(page.attribute(".composer-field", "data-text").unwrap(), "");
}

#[wasm_bindgen_test]
async fn how_much_more_may_be_written_is_told_once_that_is_little() {
    let page = Page::talking_to("ada").await;
    let long = |length: usize| "😀".repeat(length);
    page.type_into("#composer", &long(9_990)).await;
    assert!(!page.has(".limit"), "no limit is known");
    let limited = AccountView { longest: Some(10_000), ..AccountView::default() };
    page.show([Change::Account(limited)]).await;
    page.type_into("#composer", &long(9_499)).await;
    assert!(!page.has(".limit"));
    let told = async |length| {
        page.type_into("#composer", &long(length)).await;
        (page.text(".limit [aria-hidden]"), page.text(".limit [role=status]"))
    };
    let words = |seen: &str, heard: &str| (seen.to_owned(), heard.to_owned());
    assert_eq!(told(9_500).await, words("500 characters left", "500 characters left"));
    // Who hears the page does not hear each letter counted.
    assert_eq!(told(9_501).await, words("499 characters left", "500 characters left"));
    assert_eq!(told(9_999).await, words("1 character left", "10 characters left"));
    assert_eq!(told(10_000).await, words("0 characters left", "0 characters left"));
    page.sent();
    page.key("#composer", "Enter", |_| {}).await;
    let sent = |command: &Command| matches!(command, Command::Send { .. });
    assert!(page.sent().iter().any(sent) && !page.has(".limit"));
    assert_eq!(told(10_001).await, words("1 character too many", "The message is too long."));
    page.sent();
    page.key("#composer", "Enter", |_| {}).await;
    assert!(page.sent().is_empty() && page.value("#composer") == long(10_001));
    page.type_into("#composer", "short").await;
    assert!(!page.has(".limit"));
}

#[wasm_bindgen_test]
async fn how_much_more_may_be_written_is_told_of_the_open_conversation_alone() {
    let page = Page::talking_to("ada").await;
    page.show([Change::Account(AccountView { longest: Some(10_000), ..AccountView::default() })])
        .await;
    page.type_into(FIELD, &"x".repeat(9_600)).await;
    assert_eq!(page.texts(".limit [aria-hidden]"), ["400 characters left"]);
    let draft = "y".repeat(9_900);
    page.show([Change::Conversation(Some(ConversationView { draft, ..conversation("bob") }))])
        .await;
    assert_eq!(page.texts(".limit [aria-hidden]"), ["100 characters left"]);
    assert!(
        page.has(".timeline ~ .limit + .composer"),
        "{}",
        page.find(".conversation").inner_html()
    );
    page.type_into(FIELD, &"y".repeat(9_901)).await;
    assert_eq!(page.texts(".limit [aria-hidden]"), ["99 characters left"]);
    page.show([Change::Conversation(None)]).await;
    assert!(!page.has(".limit"), "nobody is written to");
}

/// What a browser tells while an input method composes a word and Enter takes it, event by event: its kind, the key, whether it is
/// composing, the key's code.
type Told = [(&'static str, &'static str, bool, u32)];

/// Chrome and Firefox: the key comes while it is still composing (UI Events §3.8.5).
const CHROME: &Told = &[
    ("keydown", "Process", false, 229),
    ("compositionstart", "", false, 0),
    ("input", "", true, 0),
    ("keydown", "Process", true, 229),
    ("input", "", true, 0),
    ("keydown", "Enter", true, 229),
    ("input", "", true, 0),
    ("compositionend", "", false, 0),
    ("keyup", "Enter", false, 13),
];
/// Safari: it has ended when the key comes, whose code alone tells whose it was (WebKit bug 165004).
const SAFARI: &Told = &[
    ("compositionstart", "", false, 0),
    ("input", "", true, 0),
    ("keydown", "k", true, 229),
    ("input", "", true, 0),
    ("compositionend", "", false, 0),
    ("input", "", false, 0),
    ("keydown", "Enter", false, 229),
    ("keyup", "Enter", false, 13),
];

#[wasm_bindgen_test]
async fn the_enter_that_takes_a_word_of_an_input_method_sends_nothing_in_any_order_of_events() {
    for told in [CHROME, SAFARI] {
        let page = Page::talking_to("ada").await;
        page.find(FIELD).focus().unwrap();
        page.type_into(FIELD, "変換").await;
        page.sent();
        for (kind, key, composing, code) in told {
            let class = match *kind {
                "input" => "InputEvent",
                "keydown" | "keyup" => "KeyboardEvent",
                _ => "CompositionEvent",
            };
            js(&format!(
                "document.querySelector('{FIELD}').dispatchEvent(new {class}('{kind}', {{ bubbles: true, \
                cancelable: true, key: '{key}', isComposing: {composing}, keyCode: {code} }}))"
            ));
        }
        let sent = page.sent();
        assert!(sent.iter().all(|command| !matches!(command, Command::Send { .. })), "{sent:?}");
        assert_eq!(page.value(FIELD), "変換");
        page.key(FIELD, "Enter", |key| key.set_key_code(13)).await;
        assert_eq!(page.sent(), [send("ada", "変換")]);
    }
}
