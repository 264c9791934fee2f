//! What happens touches the nodes that show it, and no others: every mutation of the page is counted.

use std::sync::LazyLock;

use chinwag::edge::driver;
use chinwag::state::{Day, Locale};
use js_sys::{Array, Function};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::Element;

use crate::driver::{SENT, SERVER, begin_on, is_connected, leave, write};
use crate::support::{Fake, Page, js, json, plain, settle, wait_for};

/// Each element that has become another since then, once: whose it is, which it is, and what of it has changed.
const WATCH: &str = "(page) => {
    const kinds = { childList: 'nodes', characterData: 'text', attributes: 'attribute' };
    const name = (element) => element.localName + (element.className && typeof element.className === 'string'
        ? '.' + element.className.split(' ').join('.') : '');
    const touched = ({ type, target, attributeName }) => {
        const element = target instanceof Element ? target : target.parentElement;
        const whose = element.closest('.message, .person, .conversation-head, .timeline-list, .roster');
        const who = whose?.dataset.user || whose?.id || (whose ? name(whose) : 'page');
        const where = element === whose ? '' : `${name(element.parentElement)} `;
        return `${who}: ${where}${name(element)} ${attributeName ?? kinds[type]}`;
    };
    const is = ({ type, target, attributeName }) =>
        type === 'attributes' ? target.getAttribute(attributeName) : target.data;
    // What is written again as it was is no change, nor is what was there in between.
    const differs = (record, place, all) => record.type === 'childList' || record.oldValue !== is(record)
        && place === all.findIndex(({ target, attributeName }) =>
            target === record.target && attributeName === record.attributeName);
    const seen = [];
    const watcher = new MutationObserver((records) => seen.push(...records));
    watcher.observe(page, { subtree: true, childList: true, attributeOldValue: true, characterDataOldValue: true });
    return () => {
        seen.push(...watcher.takeRecords());
        watcher.disconnect();
        return [...new Set(seen.filter(differs).map(touched))].sort();
    };
}";

/// The server says this.
fn says(kind: &str, data: &str) {
    let frame = format!("JSON.stringify({{ type: '{kind}', data: {data} }})");
    js(&format!("socket.dispatchEvent(new MessageEvent('message', {{ data: {frame} }}))"));
}

/// All rows of messages and of people.
fn lines(page: &Page) -> Vec<Element> {
    page.all(".message, .day, .person")
}

/// The server says something, and it is seen on the page: these elements have changed by that, and no others.
async fn touches<T: AsRef<str>>(
    page: &Page,
    kind: &str,
    data: &str,
    is_seen: impl Fn(&Page) -> bool,
    expected: &[&[T]],
) {
    settle().await;
    let before = lines(page);
    let watch: Function = js(WATCH).unchecked_into();
    let seen: Function = watch.call1(&JsValue::UNDEFINED, page.place()).unwrap().unchecked_into();
    says(kind, data);
    wait_for(kind, || is_seen(page)).await;
    settle().await;
    assert!(lines(page) == before, "{kind}: no line came, went or was made anew");
    let seen: Array = seen.call0(&JsValue::UNDEFINED).unwrap().unchecked_into();
    let seen: Vec<_> = seen.iter().map(|line| line.as_string().unwrap()).collect();
    let mut expected: Vec<_> = expected.iter().copied().flatten().map(T::as_ref).collect();
    expected.sort_unstable();
    assert_eq!(seen, expected, "{kind}");
}

/// No day ends here, whatever the time.
static ONE_DAY: LazyLock<Locale> =
    LazyLock::new(|| Locale { day: |_| Day { start: 0, end: i64::MAX }, ..*plain() });

/// A conversation with Bob: his word, and two of one's own, the second on its way. Eve is there too.
async fn talk(server_name: &str) -> (Page, Fake) {
    let server = SERVER.replace("[bob]", "[bob, { _id: 'eve', username: 'Eve', isOnline: true }]");
    let server = Fake::new(&server);
    let page = Page::written_as(&ONE_DAY, driver::dispatch).await;
    let page = begin_on(page, server_name, "t-1").await;
    wait_for("the connection", || is_connected(&page)).await;
    write(&page, "one").await;
    leaves("one").await;
    says("message_sent", &sent("m-1", "one"));
    wait_for("the first", || page.has(".message[data-state=sent]")).await;
    says(
        "new_message",
        "{ messageId: 'm-2', senderId: 'bob', senderUsername: 'Bob', content: 'two', messageType: 'text',
           createdAt: new Date().toISOString() }",
    );
    wait_for("the second", || page.all(".message").len() == 2).await;
    write(&page, "three").await;
    leaves("three").await;
    (page, server)
}

/// This is the last that the server was sent.
async fn leaves(text: &str) {
    wait_for("the message", || json(&format!("{SENT}.at(-1) ?? null")) == format!("{text:?}"))
        .await;
}

fn sent(id: &str, content: &str) -> String {
    format!(
        "{{ messageId: '{id}', receiverId: 'bob', content: '{content}', createdAt: new Date().toISOString(),
            status: 'sent' }}"
    )
}

/// What of a message of one's own changes as it comes further.
fn moved_on(id: &str) -> [String; 4] {
    [
        "svg path d",
        "li.message data-state",
        "p.meta span.progress title",
        "span.progress span.visually-hidden text",
    ]
    .map(|part| format!("{id}: {part}"))
}

#[wasm_bindgen_test]
async fn an_acknowledgement_and_a_receipt_touch_their_messages_and_the_preview() {
    let (page, _server) = talk("https://acknowledged.example").await;
    let ids: Vec<_> = page.all(".message").iter().map(Element::id).collect();
    let is = |message: usize, state: &str| {
        let row = format!("#{}[data-state={state}]", ids[message]);
        move |page: &Page| page.has(&row)
    };
    let (first, third) = (moved_on(&ids[0]), moved_on(&ids[2]));
    let line = ["at", "line"].map(|part| format!("bob: button.person span.person-{part} text"));
    let time = format!("{}: p.meta time text", ids[2]);
    let known = [&line[..], &third, &[time]];
    touches(&page, "message_sent", &sent("m-3", "three"), is(2, "sent"), &known).await;
    let data = "{ messageId: 'm-3', deliveredAt: new Date().toISOString() }";
    touches(&page, "message_delivered", data, is(2, "delivered"), &[&third]).await;
    let data = "{ readBy: 'bob', readByUsername: 'Bob', readAt: new Date().toISOString() }";
    // What is read has the picture of what is delivered, drawn otherwise by the style sheet.
    touches(&page, "messages_read", data, is(0, "read"), &[&first, &third[1..]]).await;
    leave(page).await;
}

#[wasm_bindgen_test]
async fn a_typing_sign_touches_the_two_lines_that_show_it() {
    let (page, _server) = talk("https://typing.example").await;
    let lines = [
        "bob: button.person span.person-line data-mark",
        "bob: button.person span.person-line text",
        "page: div.conversation p.typing text",
    ];
    for (is, words) in [(true, "Bob is typing..."), (false, "")] {
        let data = format!("{{ userId: 'bob', username: 'Bob', isTyping: {is} }}");
        let seen = |page: &Page| page.text(".typing") == words;
        touches(&page, "typing_indicator", &data, seen, &[&lines]).await;
    }
    leave(page).await;
}

#[wasm_bindgen_test]
async fn who_comes_and_goes_touches_what_tells_it_of_them_and_the_number() {
    let (page, _server) = talk("https://presence.example").await;
    let signs = [
        "bob: button.person span.visually-hidden text",
        "bob: span.avatar span.avatar-dot data-online",
        "header.conversation-head: div p.conversation-presence text",
        "header.conversation-head: span.avatar span.avatar-dot data-online",
        "nav.roster: div.roster-head h2 text",
    ];
    for (kind, word) in [("user_offline", "Offline"), ("user_online", "Online")] {
        let data = "{ userId: 'bob', username: 'Bob', timestamp: new Date().toISOString() }";
        let seen = |page: &Page| page.text(".conversation-presence").starts_with(word);
        touches(&page, kind, data, seen, &[&signs]).await;
    }
    leave(page).await;
}
