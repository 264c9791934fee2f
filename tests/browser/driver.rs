//! The driver: a whole session in the browser, with nobody on the other side.

use chinwag::edge::{driver, storage};
use chinwag::state::session::{Command, RowKey};
use chinwag_protocol::{Server, Token};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::database::{ABSENT, BLOCKED, FULL, REFUSED, THROWS};
use crate::support::{Fake, Page, js, json, wait_for};
use crate::tabs::NO_LOCKS;

const EMAIL: &str = "input[type=email]";
const PASSWORD: &str = "input[type=password]";

fn nobody() -> Server {
    Server::parse("http://127.0.0.1:2").unwrap()
}

async fn page() -> Page {
    Page::commanding(driver::dispatch).await
}

/// Signs out, so that nothing is left to come.
pub(crate) async fn leave(page: Page) {
    driver::dispatch(Command::SignOut);
    wait_for("the sign-in page", || page.has("[data-page=sign-in]")).await;
    assert_eq!(storage::token(), None);
}

#[wasm_bindgen_test]
async fn who_has_no_token_is_asked_to_sign_in() {
    let _ = storage::forget_token();
    let page = page().await;
    assert!(!page.has("[data-page]"));
    driver::start(page.state);
    wait_for("the sign-in page", || page.has("[data-page=sign-in]")).await;
    leave(page).await;
}

#[wasm_bindgen_test]
async fn a_server_that_cannot_be_reached_signs_nobody_out() {
    let _ = storage::store_token(&Token::from("t-1"));
    let page = page().await;
    driver::run(page.state, nobody());
    wait_for("the word", || page.has("[data-page=unreachable]")).await;
    assert!(page.text("main").contains("Your sign-in is kept."));
    assert_eq!(storage::token(), Some(Token::from("t-1")));
    leave(page).await;
}

#[wasm_bindgen_test]
async fn a_sign_in_that_reaches_nobody_says_so() {
    let _ = storage::forget_token();
    let page = page().await;
    driver::run(page.state, nobody());
    wait_for("the sign-in page", || page.has("[data-page=sign-in]")).await;
    page.type_into(EMAIL, "ada@example.org").await;
    page.type_into(PASSWORD, "secret").await;
    page.press("Login").await;
    wait_for("the error", || page.has(".form-error")).await;
    assert!(page.text(".form-error").contains("cannot be reached"));
    leave(page).await;
}

/// A server that knows Ada, and Grace by her token: it answers every call, and its socket greets, unless
/// `window.deaf`, and keeps in `window.heard` what it hears.
pub(crate) const SERVER: &str = "
    const real = [window.fetch, window.WebSocket];
    const ada = { _id: 'ada', username: 'Ada', email: 'ada@example.org' };
    const grace = { _id: 'grace', username: 'Grace', email: 'grace@example.org' };
    const bob = { _id: 'bob', username: 'Bob', isOnline: true };
    window.heard = [];
    window.deaf = false;
    window.fetch = async (...asked) => {
        const request = new Request(...asked);
        const path = new URL(request.url).pathname;
        const me = request.headers.get('authorization') === 'Bearer t-grace' ? grace : ada;
        const answer = path.startsWith('/api/auth/me') ? { user: me }
            : path.startsWith('/api/auth/login') ? { token: 't-2', user: ada }
            : path.startsWith('/api/users/online') ? { users: [bob] }
            : path.startsWith('/api/users') ? { users: [bob], pagination: { page: 1, pages: 1, total: 1, limit: 50 } }
            : path.includes('conversations') ? { conversations: [] }
            : path.includes('unread') ? { unreadCount: 0 }
            : { messages: [], pagination: { page: 1, pages: 1, total: 0, limit: 50 } };
        return new Response(JSON.stringify({ success: true, data: answer }));
    };
    window.WebSocket = class extends EventTarget {
        readyState = 0;
        constructor(url) {
            super();
            heard.push(url);
            window.socket = this;
            if (deaf) return;
            setTimeout(() => {
                this.readyState = 1;
                this.dispatchEvent(new Event('open'));
                const data = JSON.stringify({ type: 'connection_established', data: { message: 'hi', userId: 'ada', username: 'Ada' } });
                this.dispatchEvent(new MessageEvent('message', { data }));
            });
        }
        send(data) { heard.push(JSON.parse(data)) }
        close(code) { if (this.readyState < 2) heard.push('closed ' + code); this.readyState = 3 }
    };
    return () => [window.fetch, window.WebSocket] = real;";

#[wasm_bindgen_test]
async fn from_the_sign_in_to_a_message_and_out_again() {
    let _server = Fake::new(SERVER);
    let _ = storage::forget_token();
    let page = page().await;
    driver::run(page.state, Server::parse("https://chat.example").unwrap());
    wait_for("the sign-in page", || page.has("[data-page=sign-in]")).await;
    page.type_into(EMAIL, "ada@example.org").await;
    page.type_into(PASSWORD, "secret").await;
    page.press("Login").await;
    wait_for("the connection", || page.has(".connection[data-state=connected]")).await;
    assert_eq!(storage::token(), Some(Token::from("t-2")));
    assert_eq!(json("heard[0]"), r#""wss://chat.example/ws?presence=changes&token=t-2""#);
    wait_for("Bob", || page.has("[data-user=bob]")).await;
    page.click("[data-user=bob]").await;
    assert_eq!(json("location.hash"), r##""#/bob""##);
    page.type_into("#composer", "Hello").await;
    page.key("#composer", "Enter", |_| {}).await;
    let sent = "heard.filter(({ type }) => type === 'chat_message').map(({ data }) => [data.receiverId, data.content])";
    wait_for("the message", || json(sent) != "[]").await;
    assert_eq!(json(sent), r#"[["bob","Hello"]]"#);
    assert_eq!(page.text(".message .content"), "Hello");
    page.click(".leave").await;
    wait_for("the farewell", || json("heard.at(-1)") == r#""closed 1000""#).await;
    leave(page).await;
    js("history.replaceState(null, '', location.pathname)");
}

/// The texts that the server's sockets have been sent.
pub(crate) const SENT: &str =
    "heard.filter(({ type }) => type === 'chat_message').map(({ data }) => data.content)";
/// The sockets that were opened.
const OPENED: &str = "heard.filter((said) => said.startsWith?.('wss:'))";

/// A page at its start, with this token of an earlier sign-in. Each server has a database, a lock and a channel of its
/// own, which last as long as the tests: no two tests share one.
async fn begin(server: &str, token: &str) -> Page {
    begin_on(page().await, server, token).await
}

/// The same, on this page.
pub(crate) async fn begin_on(page: Page, server: &str, token: &str) -> Page {
    js("history.replaceState(null, '', location.pathname)");
    let _ = storage::store_token(&Token::from(token));
    driver::run(page.state, Server::parse(server).unwrap());
    wait_for("the chat", || page.has("[data-user=bob]")).await;
    page
}

/// Timers go off before their time, as those of a browser do that is vague about the time.
const HASTY: &str = "
    const real = window.setTimeout;
    window.setTimeout = (go, wait) => real(go, wait > 100 ? wait - 30 : wait);
    return () => window.setTimeout = real;";

#[wasm_bindgen_test]
async fn a_timer_that_goes_off_too_early_holds_up_nothing() {
    let _hasty = Fake::all(&[SERVER, HASTY]);
    let page = begin("https://hasty.example", "t-1").await;
    wait_for("the connection", || page.has(".connection[data-state=connected]")).await;
    js("window.deaf = true");
    js("socket.readyState = 3; socket.dispatchEvent(new CloseEvent('close', { code: 1006 }))");
    wait_for("the next try", || json(&format!("{OPENED}.length")) == "2").await;
    leave(page).await;
}

/// Writes to Bob.
pub(crate) async fn write(page: &Page, text: &str) {
    page.click("[data-user=bob]").await;
    page.type_into("#composer", text).await;
    page.key("#composer", "Enter", |_| {}).await;
}

pub(crate) fn is_connected(page: &Page) -> bool {
    page.has(".connection[data-state=connected]")
}

#[wasm_bindgen_test]
async fn a_message_is_on_disk_before_it_leaves() {
    let _server = Fake::all(&[
        SERVER,
        "const [put, send] = [IDBObjectStore.prototype.put, WebSocket.prototype.send];
        window.happened = [];
        IDBObjectStore.prototype.put = function (value, key) {
            const { content, floor } = JSON.parse(value);
            const leaves = floor !== null;
            this.transaction.addEventListener('complete', () => happened.push(['kept', content, leaves]));
            return put.call(this, value, key);
        };
        WebSocket.prototype.send = function (frame) {
            const { type, data } = JSON.parse(frame);
            if (type === 'chat_message') happened.push(['sent', data.content, true]);
            send.call(this, frame);
        };
        return () => {
            IDBObjectStore.prototype.put = put;
            WebSocket.prototype.send = send;
        };",
    ]);
    let page = begin("https://disk-first.example", "t-1").await;
    wait_for("the connection", || is_connected(&page)).await;
    write(&page, "Hello").await;
    wait_for("the message", || json(SENT) == r#"["Hello"]"#).await;
    let happened = json("happened.filter(([, content]) => content === 'Hello').slice(-2)");
    // With what was known of the history: who finds it there knows that it has left.
    assert_eq!(happened, r#"[["kept","Hello",true],["sent","Hello",true]]"#);
    leave(page).await;
}

#[wasm_bindgen_test]
async fn what_was_typed_is_there_after_a_reload_and_leaves_then() {
    const SERVER_NAME: &str = "https://reloaded.example";
    let _server = Fake::all(&[SERVER, NO_LOCKS]);
    js("window.deaf = true");
    let page = begin(SERVER_NAME, "t-1").await;
    write(&page, "Hello").await;
    wait_for("the row", || page.has(".message[data-state=waiting]")).await;
    page.type_into("#composer", "half a").await;
    js("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: false }))");
    // The page is gone before the time at which a text is written down.
    assert_eq!(json(SENT), "[]");
    js("window.deaf = false");
    let next = Page::commanding(driver::dispatch).await;
    driver::run(next.state, Server::parse(SERVER_NAME).unwrap());
    drop(page);
    wait_for("the conversation", || next.has(".message")).await;
    assert_eq!(next.text(".message .content"), "Hello");
    assert_eq!(next.value("#composer"), "half a");
    wait_for("the message", || json(SENT) == r#"["Hello"]"#).await;
    leave(next).await;
}

#[wasm_bindgen_test]
async fn a_text_that_is_being_written_is_on_disk_a_moment_later_and_gone_once_it_is_sent() {
    let _server = Fake::all(&[
        SERVER,
        "const { put, delete: remove } = IDBObjectStore.prototype;
        window.drafts = [];
        const note = ({ transaction }, key, draft) => transaction.addEventListener('complete', () => {
            if (key === 'ada/draft/bob') drafts.push(draft);
        });
        IDBObjectStore.prototype.put = function (value, key) {
            note(this, key, JSON.parse(value).draft);
            return put.call(this, value, key);
        };
        IDBObjectStore.prototype.delete = function (key) {
            note(this, key, 'gone');
            return remove.call(this, key);
        };
        return () => Object.assign(IDBObjectStore.prototype, { put, delete: remove });",
    ]);
    let page = begin("https://drafts.example", "t-1").await;
    page.click("[data-user=bob]").await;
    page.type_into("#composer", "h").await;
    page.type_into("#composer", "half a").await;
    wait_for("the text", || json("drafts.at(-1) ?? null") == r#""half a""#).await;
    page.key("#composer", "Enter", |_| {}).await;
    wait_for("its end", || json("drafts.at(-1)") == r#""gone""#).await;
    leave(page).await;
}

#[wasm_bindgen_test]
async fn one_is_told_where_nothing_can_be_kept_and_the_message_leaves_all_the_same() {
    for (number, browser) in [ABSENT, BLOCKED, THROWS, REFUSED, FULL].into_iter().enumerate() {
        let _server = Fake::all(&[SERVER, browser]);
        let page = begin(&format!("https://no-disk-{number}.example"), "t-1").await;
        wait_for("the connection", || is_connected(&page)).await;
        assert!(!page.has(".notice"), "nothing is to be kept yet: {browser}");
        write(&page, "Hello").await;
        wait_for("the notice", || page.has(".notice")).await;
        assert!(page.text(".notice").starts_with("This browser keeps nothing."), "{browser}");
        wait_for("the message", || json(SENT) == r#"["Hello"]"#).await;
        leave(page).await;
    }
}

/// A database that refuses at once, where `window.refuses`; and each look at the clock takes as long as a frame, where `window.busy`.
const REFUSES_AT_ONCE: &str = "
    const { transaction } = IDBDatabase.prototype;
    const now = performance.now.bind(performance);
    let later = 0;
    performance.now = () => now() + (window.busy ? later += 20 : 0);
    IDBDatabase.prototype.transaction = function (...wanted) {
        if (window.refuses) throw new DOMException('no', 'InvalidStateError');
        return transaction.apply(this, wanted);
    };
    return () => {
        IDBDatabase.prototype.transaction = transaction;
        delete performance.now;
        [window.refuses, window.busy] = [];
    };";

/// What the server tells, all at once: that Ada's message is stored, and twelve of Bob's.
const BURST: &str = "
    [window.refuses, window.busy] = [true, true];
    const say = (type, data) => socket.dispatchEvent(new MessageEvent('message', { data: JSON.stringify({ type, data }) }));
    const at = (second) => new Date(Date.now() + second * 1000).toISOString();
    say('message_sent', { messageId: 'm-0', receiverId: 'bob', content: 'Hello', createdAt: at(0), status: 'sent' });
    for (let number = 1; number <= 12; number += 1)
        say('new_message', { messageId: `m-${number}`, senderId: 'bob', senderUsername: 'Bob',
            content: `${number}`, messageType: 'text', createdAt: at(number) });";

#[wasm_bindgen_test]
async fn what_comes_in_the_midst_of_drawing_is_not_drawn_over_by_what_was_before() {
    let _server = Fake::all(&[SERVER, REFUSES_AT_ONCE]);
    let page = begin("https://refuses.example", "t-1").await;
    wait_for("the connection", || is_connected(&page)).await;
    write(&page, "Hello").await;
    wait_for("the message", || json(SENT) == r#"["Hello"]"#).await;
    js(BURST);
    // It is told at once that what is sent cannot be taken from the disk, while a part of all this is being drawn.
    wait_for("all of it", || page.all(".message").len() == 13).await;
    leave(page).await;
}

/// Another tab, played by the test: it keeps in `window.told` what it is told, and says things with `tell`.
fn other_tab(server: &str) -> String {
    format!(
        "window.told = [];
        const channel = new BroadcastChannel('chinwag {server}');
        channel.onmessage = ({{ data }}) => told.push(JSON.parse(data));
        window.tell = (note, body) => channel.postMessage(JSON.stringify({{ me: 'ada', note, body }}));
        return () => channel.close();"
    )
}

/// The other tab leads, until `letGo`.
fn leading(server: &str) -> String {
    format!(
        "const held = new Promise((done) => window.letGo = done);
        navigator.locks.request('chinwag {server}', () => held);
        return letGo;"
    )
}

/// What the server says while Bob is writing.
const TYPING: &str =
    r#"{"type":"typing_indicator","data":{"userId":"bob","username":"Bob","isTyping":true}}"#;

/// How often the other tab was told this.
fn told(note: &str) -> String {
    json(&format!("told.filter(({{ note }}) => note === '{note}').length"))
}

#[wasm_bindgen_test]
async fn a_tab_follows_the_one_that_leads_and_takes_over_when_that_is_gone() {
    const SERVER_NAME: &str = "https://followed.example";
    let _server = Fake::all(&[SERVER, &other_tab(SERVER_NAME), &leading(SERVER_NAME)]);
    let page = begin(SERVER_NAME, "t-1").await;
    wait_for("the greeting", || told("hello") == "1").await;
    js(
        "tell('link', { up: true, replaced: false, wait: null, failures: 0, tries: 0, online: true })",
    );
    wait_for("the connection of the other", || is_connected(&page)).await;
    js(&format!("tell('frame', {TYPING:?})"));
    wait_for("what the server told the other", || {
        page.text("[data-user=bob] .person-line") == "Bob is typing..."
    })
    .await;
    write(&page, "Hello").await;
    wait_for("the message at the other", || told("send") == "1").await;
    let sent = json(
        "told.filter(({ note }) => note === 'send').map(({ body }) => [body.to, body.content])",
    );
    assert_eq!(sent, r#"[["bob","Hello"]]"#);
    assert_eq!(json(OPENED), "[]", "one of them holds the socket");
    js("letGo()");
    wait_for("the connection", || json(SENT) == r#"["Hello"]"#).await;
    assert_eq!(json(OPENED), r#"["wss://followed.example/ws?presence=changes&token=t-1"]"#);
    assert_eq!(told("who"), "1", "the others hear who leads now");
    leave(page).await;
}

#[wasm_bindgen_test]
async fn the_tab_that_leads_tells_the_others_what_it_hears_and_sends_what_they_type() {
    const SERVER_NAME: &str = "https://leads.example";
    let _server = Fake::all(&[SERVER, &other_tab(SERVER_NAME)]);
    let page = begin(SERVER_NAME, "t-1").await;
    wait_for("the connection", || is_connected(&page)).await;
    js("tell('hello', null)");
    wait_for("how it stands", || told("link") == "1" && told("outbox") == "1").await;
    assert_eq!(json("told.find(({ note }) => note === 'link').body.up"), "true");
    js(&format!("socket.dispatchEvent(new MessageEvent('message', {{ data: {TYPING:?} }}))"));
    wait_for("the frame", || told("frame") == "1").await;
    assert_eq!(js("told.find(({ note }) => note === 'frame').body").as_string().unwrap(), TYPING);
    js("tell('send', { id: 'c-1', to: 'bob', content: 'typed elsewhere', at: 5, order: 0, floor: null,
        known: [], failed: null, sending: false, unkept: false })");
    wait_for("the message", || json(SENT) == r#"["typed elsewhere"]"#).await;
    leave(page).await;
}

/// Another tab has stored this token, or forgotten it.
fn token_elsewhere(token: Option<&str>) {
    let _ = match token {
        Some(token) => storage::store_token(&Token::from(token)),
        None => storage::forget_token(),
    };
    js("dispatchEvent(new StorageEvent('storage', { key: 'chinwag.token' }))");
}

#[wasm_bindgen_test]
async fn who_signs_in_or_out_does_so_in_all_tabs() {
    let _server = Fake::new(SERVER);
    let page = begin("https://everywhere.example", "t-1").await;
    wait_for("the connection", || is_connected(&page)).await;
    assert_eq!(page.text("h1"), "Chat - Ada");
    token_elsewhere(None);
    wait_for("the sign-in page", || page.has("[data-page=sign-in]")).await;
    assert_eq!(storage::token(), None);
    wait_for("the farewell", || json("heard.at(-1)") == r#""closed 1000""#).await;
    token_elsewhere(Some("t-grace"));
    wait_for("Grace", || page.has(".chat") && page.text("h1") == "Chat - Grace").await;
    assert_eq!(storage::token(), Some(Token::from("t-grace")), "the other tab's word stays");
    token_elsewhere(Some("t-1"));
    wait_for("Ada", || page.has(".chat") && page.text("h1") == "Chat - Ada").await;
    wait_for("her connection", || json(&format!("{OPENED}.at(-1)")).ends_with("t-1\"")).await;
    assert_eq!(storage::token(), Some(Token::from("t-1")));
    leave(page).await;
}

#[wasm_bindgen_test]
async fn the_text_of_a_message_is_put_on_the_clipboard() {
    let _server = Fake::all(&[
        SERVER,
        "window.copied = [];
        const writeText = async (text) => copied.push(text);
        Object.defineProperty(navigator, 'clipboard', { configurable: true, value: { writeText } });
        return () => delete navigator.clipboard;",
    ]);
    let page = begin("https://copied.example", "t-1").await;
    write(&page, "  two\nlines 👋").await;
    wait_for("the row", || page.has(".message")).await;
    let row = page.attribute(".message", "id").unwrap();
    let row = row.strip_prefix("message-").unwrap().parse().unwrap();
    driver::dispatch(Command::Copy(RowKey(row)));
    driver::dispatch(Command::Copy(RowKey(row + 1_000)));
    assert_eq!(json("copied"), r#"["two\nlines 👋"]"#);
    leave(page).await;
}
