//! The driver: a whole session in the browser, with nobody on the other side.

use chinwag::edge::{driver, storage};
use chinwag::state::session::Command;
use chinwag_protocol::{Server, Token};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{Fake, Page, js, json, wait_for};

const EMAIL: &str = "input[type=email]";
const PASSWORD: &str = "input[type=password]";

fn nobody() -> Server {
    Server::parse("http://127.0.0.1:2").unwrap()
}

async fn page() -> Page {
    Page::commanding(driver::dispatch).await
}

/// Signs out, so that nothing is left to come.
async fn leave(page: Page) {
    driver::dispatch(Command::SignOut);
    wait_for("the sign-in page", || page.has("[data-page=sign-in]")).await;
    assert_eq!(storage::token(), None);
}

#[wasm_bindgen_test]
async fn who_has_no_token_is_asked_to_sign_in() {
    let _ = storage::forget_token();
    let page = page().await;
    assert!(page.has("[data-page=starting]"));
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

/// A server that knows Ada: it answers every call, and its socket greets and keeps in `window.heard` what it hears.
const SERVER: &str = "
    const real = [window.fetch, window.WebSocket];
    const ada = { _id: 'ada', username: 'Ada', email: 'ada@example.org' };
    const bob = { _id: 'bob', username: 'Bob', isOnline: true };
    window.heard = [];
    window.fetch = async (request) => {
        const path = new URL(request.url).pathname;
        const answer = path.startsWith('/api/auth/me') ? { user: ada }
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
    assert_eq!(json("heard[0]"), r#""wss://chat.example/ws?token=t-2""#);
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
