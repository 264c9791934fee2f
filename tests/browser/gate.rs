//! The pages before the chat, and the way from one to the other.

use chinwag::state::session::{Change, Command, Failure, Gate};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{Page, chat};

fn unreachable(retry_in: Option<u64>) -> Change {
    Change::Gate(Gate::Unreachable { why: Failure::NoNetwork, retry_in })
}

#[wasm_bindgen_test]
async fn at_the_start_the_place_is_left_to_what_was_shown_before_the_program() {
    let page = Page::start().await;
    // `style/skeleton.css` goes by this.
    assert!(page.place().matches(":empty").unwrap(), "{}", page.place().inner_html());
    assert_eq!(page.sent(), []);
    page.show([chat()]).await;
    assert!(!page.place().matches(":empty").unwrap());
    page.show([Change::Gate(Gate::Starting)]).await;
    assert!(page.place().matches(":empty").unwrap(), "{}", page.place().inner_html());
}

#[wasm_bindgen_test]
async fn a_server_out_of_reach_is_told_with_its_reason_and_the_seconds() {
    let page = Page::start().await;
    page.show([unreachable(Some(4))]).await;
    assert_eq!(page.text("h1"), "No connection");
    assert!(page.text("[role=alert]").contains("cannot be reached"));
    assert_eq!(page.text(".faint"), "Your sign-in is kept. Trying again in 4 s.");
    let heading = page.find("h1");
    page.show([unreachable(Some(3))]).await;
    assert_eq!(page.text(".faint"), "Your sign-in is kept. Trying again in 3 s.");
    page.show([unreachable(None)]).await;
    assert_eq!(page.text(".faint"), "Your sign-in is kept. Trying again…");
    assert_eq!(page.find("h1"), heading, "a second that passes makes no new page");
    let timed_out = Gate::Unreachable { why: Failure::TimedOut, retry_in: None };
    page.show([Change::Gate(timed_out)]).await;
    assert!(page.text("[role=alert]").contains("took too long"));
}

#[wasm_bindgen_test]
async fn one_need_not_wait_for_a_server_out_of_reach() {
    let page = Page::start().await;
    page.show([unreachable(Some(4))]).await;
    page.press("Try again now").await;
    assert_eq!(page.sent(), [Command::TryAgain]);
    page.press("Logout").await;
    assert_eq!(page.sent(), [Command::SignOut]);
}

#[wasm_bindgen_test]
async fn a_wrong_configuration_is_told_to_who_hosts_the_page() {
    let page = Page::start().await;
    let why = "config.json: “server” is not a text <b>".to_owned();
    page.show([Change::Gate(Gate::Broken { why: why.clone() })]).await;
    assert_eq!(page.text("h1"), "Chinwag is not set up correctly");
    assert_eq!(page.text("[role=alert]"), why);
    assert!(!page.has("button"), "there is nothing that one could do");
}

#[wasm_bindgen_test]
async fn each_page_gives_way_to_the_next() {
    let page = Page::start().await;
    let sign_in = || Change::Gate(Gate::SignIn { busy: false, error: None, held: false });
    for (change, shown) in [
        (sign_in(), "sign-in"),
        (chat(), "chat"),
        (sign_in(), "sign-in"),
        (unreachable(None), "unreachable"),
        (chat(), "chat"),
    ] {
        page.show([change]).await;
        assert_eq!(page.all("[data-page]").len(), 1);
        assert_eq!(page.attribute("[data-page]", "data-page").unwrap(), shown);
    }
}
