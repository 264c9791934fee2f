//! How things stand: the connection, notices, and what is said aloud.

use std::cell::Cell;
use std::rc::Rc;

use chinwag::state::session::{Change, Command, Failure, Gate, LinkStatus, Notice};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::scroller::Style;
use crate::support::{Page, chat, settle};

async fn page() -> Page {
    let page = Page::start().await;
    page.show([chat()]).await;
    page
}

fn received(name: &str, content: Option<&str>) -> Change {
    Change::Received { name: name.to_owned(), content: content.map(str::to_owned) }
}

fn notice(number: u64, words: &str) -> Change {
    Change::Notice(Some(Notice { number, what: Failure::Server(words.to_owned()) }))
}

#[wasm_bindgen_test]
async fn the_bar_names_oneself_and_has_the_way_out() {
    let page = page().await;
    assert_eq!(page.text("h1"), "Chat - Grace");
    assert_eq!(page.attribute(".leave", "aria-label").unwrap(), "Logout");
    page.click(".leave").await;
    assert_eq!(page.sent(), [Command::SignOut]);
}

#[wasm_bindgen_test]
async fn each_state_of_the_connection_has_its_words_and_its_way_out() {
    use LinkStatus::{Connected, Connecting, Off, Offline, Reconnecting, Replaced};
    let page = page().await;
    for (link, name, word, trouble, button) in [
        (Off, "off", "Disconnected", "", ""),
        (Connecting, "connecting", "Connecting…", "", ""),
        (Connected, "connected", "Connected", "", ""),
        (
            Reconnecting { retry_in: Some(4), gave_up: false },
            "reconnecting",
            "Disconnected",
            "Not connected to server. Reconnecting in 4 s.",
            "Reconnect now",
        ),
        (
            Reconnecting { retry_in: None, gave_up: false },
            "reconnecting",
            "Disconnected",
            "Not connected to server. Reconnecting…",
            "",
        ),
        (
            Reconnecting { retry_in: Some(30), gave_up: true },
            "reconnecting",
            "Disconnected",
            "Could not reconnect to server. Reconnecting in 30 s.",
            "Reconnect now",
        ),
        (
            Offline { retry_in: Some(8) },
            "offline",
            "Disconnected",
            "You are offline. Messages wait until you are back. Reconnecting in 8 s.",
            "Reconnect now",
        ),
        (
            Offline { retry_in: None },
            "offline",
            "Disconnected",
            "You are offline. Messages wait until you are back. Reconnecting…",
            "",
        ),
        (Replaced, "replaced", "Disconnected", "Chat is open in another place.", "Use it here"),
        (Connected, "connected", "Connected", "", ""),
    ] {
        page.show([Change::Link(link)]).await;
        assert_eq!(page.text(".connection"), word, "{link:?}");
        assert_eq!(page.attribute(".connection", "data-state").unwrap(), name);
        assert_eq!(page.texts(".trouble p").join(""), trouble, "{link:?}");
        assert_eq!(page.texts(".trouble button").join(""), button, "{link:?}");
        if !button.is_empty() {
            page.press(button).await;
            assert_eq!(page.sent(), [Command::ReconnectNow], "{link:?}");
        }
    }
}

#[wasm_bindgen_test]
async fn without_a_connection_one_is_told_how_many_messages_wait() {
    let page = page().await;
    let lost = LinkStatus::Reconnecting { retry_in: Some(4), gave_up: false };
    for link in [lost, LinkStatus::Offline { retry_in: None }, LinkStatus::Replaced] {
        page.show([Change::Link(link), Change::Waiting(0)]).await;
        assert_eq!(page.text(".unsent"), "", "{link:?}");
        let line = page.find(".trouble");
        for (count, words) in [
            (1, "1 message waiting"),
            (2, "2 messages waiting"),
            (120, "120 messages waiting"),
            (0, ""),
        ] {
            page.show([Change::Waiting(count)]).await;
            assert_eq!(page.text(".unsent"), words, "{link:?}");
            assert!(page.text(".trouble p").ends_with(words));
        }
        assert_eq!(page.find(".trouble"), line, "it is the same line all the way");
    }
    page.show([Change::Link(lost), Change::Waiting(2)]).await;
    let line = "Not connected to server. Reconnecting in 4 s. 2 messages waiting";
    assert_eq!(page.text(".trouble p"), line);
    // While it lives, what is on its way is told by each message.
    page.show([Change::Waiting(2), Change::Link(LinkStatus::Connected)]).await;
    assert!(!page.has(".unsent"));
}

#[wasm_bindgen_test]
async fn how_many_wait_stands_in_the_same_line_of_the_page() {
    let _style = Style::new();
    let page = page().await;
    page.show([Change::Link(LinkStatus::Reconnecting { retry_in: None, gave_up: false })]).await;
    let line = page.find(".trouble p");
    let height = line.client_height();
    assert!((12..32).contains(&height), "a single line of text, not {height} pixels");
    page.show([Change::Waiting(2)]).await;
    assert_eq!(line.client_height(), height);
}

#[wasm_bindgen_test]
async fn a_chat_that_is_open_in_another_place_is_taken_back_only_by_a_click() {
    let page = page().await;
    page.show([Change::Link(LinkStatus::Connected)]).await;
    page.show([Change::Link(LinkStatus::Replaced)]).await;
    assert_eq!(page.text(".trouble p"), "Chat is open in another place.");
    assert_eq!(page.attribute(".trouble", "data-state").unwrap(), "replaced");
    assert_eq!(page.sent(), [], "two places do not fight");
    page.press("Use it here").await;
    assert_eq!(page.sent(), [Command::ReconnectNow]);
    assert!(page.has(".trouble"), "it goes once the session says so");
    page.show([Change::Link(LinkStatus::Connecting)]).await;
    assert!(!page.has(".trouble"));
}

#[wasm_bindgen_test]
async fn one_is_told_what_a_browser_that_keeps_nothing_means() {
    let page = page().await;
    page.show([Change::Notice(Some(Notice { number: 1, what: Failure::NotKept }))]).await;
    assert_eq!(
        page.text(".notice"),
        "This browser keeps nothing. What waits to be sent is lost if you close this page. Dismiss"
    );
}

#[wasm_bindgen_test]
async fn the_seconds_pass_without_the_line_being_made_anew() {
    let page = page().await;
    let waiting = |seconds| {
        Change::Link(LinkStatus::Reconnecting { retry_in: Some(seconds), gave_up: false })
    };
    page.show([waiting(4)]).await;
    let (line, button) = (page.find(".trouble"), page.find(".trouble button"));
    page.show([waiting(3)]).await;
    assert!(page.text(".trouble p").ends_with("3 s."));
    assert_eq!((page.find(".trouble"), page.find(".trouble button")), (line, button));
    assert!(!page.has(".trouble[role], .trouble [role]"), "nobody has to hear them");
}

#[wasm_bindgen_test]
async fn the_connection_is_said_aloud_when_it_is_lost_and_when_it_is_back() {
    let page = page().await;
    let said = ".chat > p[role=status]";
    for (link, words) in [
        (LinkStatus::Connected, "Connected"),
        (LinkStatus::Reconnecting { retry_in: Some(1), gave_up: false }, "Disconnected"),
        (LinkStatus::Connected, "Connected"),
    ] {
        page.show([Change::Link(link)]).await;
        assert_eq!(page.text(said), words);
    }
}

#[wasm_bindgen_test]
async fn a_notice_is_announced_and_goes_at_a_click() {
    let page = page().await;
    let place = page.find(".notices[role=alert]");
    assert_eq!(
        page.text(".notices"),
        "",
        "the place is there before the words, or they are not said"
    );
    page.show([notice(1, "Invalid <b>receiver</b>")]).await;
    assert_eq!(page.text(".notice"), "Invalid <b>receiver</b> Dismiss");
    assert_eq!(page.find(".notices"), place);
    page.click(".notice").await;
    assert_eq!(page.sent(), [Command::DismissNotice]);
    assert!(page.has(".notice"), "it goes once the session says so");
    page.show([notice(2, "Another")]).await;
    assert_eq!(page.texts(".notice"), ["Another Dismiss"]);
    page.show([Change::Notice(None)]).await;
    assert!(!page.has(".notice"));
}

#[wasm_bindgen_test]
async fn the_same_words_again_are_a_new_notice_which_is_announced() {
    let page = page().await;
    page.show([notice(1, "Invalid receiver")]).await;
    let first = page.find(".notice");
    page.show([notice(2, "Invalid receiver")]).await;
    // What stays the same element with the same text is not announced again.
    assert_ne!(page.find(".notice"), first);
}

#[wasm_bindgen_test]
async fn each_arrival_is_said_once() {
    let page = page().await;
    let said = "[role=log] p";
    assert!(!page.has(said));
    page.show([received("Ada", Some("<i>hi</i>")), received("Bob", None)]).await;
    assert_eq!(page.texts(said), ["Ada: <i>hi</i>", "New message from Bob"]);
    let before = page.all(said);
    // The same words again are an arrival of their own, and those that were said stay the same elements.
    page.show([received("Bob", None)]).await;
    assert_eq!(page.texts(said)[1..], ["New message from Bob", "New message from Bob"]);
    assert_eq!(page.all(said)[..2], before);
}

#[wasm_bindgen_test]
async fn of_a_burst_the_latest_are_said_and_the_log_stays_short() {
    let page = page().await;
    page.show((0..20).map(|number| received("Ada", Some(&number.to_string())))).await;
    let said = page.texts("[role=log] p");
    assert_eq!(said.len(), 8);
    assert_eq!(said.last().unwrap(), "Ada: 19");
}

#[wasm_bindgen_test]
async fn a_newer_version_is_offered_on_whatever_page_and_taken_at_a_click() {
    const OFFER: &str = ".updates[role=status] .update p";
    let page = Page::start().await;
    let taken = Rc::new(Cell::new(0));
    let take = Rc::clone(&taken);
    let sign_in = Change::Gate(Gate::SignIn { busy: false, error: None, held: false });
    let unreachable = Change::Gate(Gate::Unreachable { why: Failure::NoNetwork, retry_in: None });
    let broken = Change::Gate(Gate::Broken { why: String::new() });
    for (count, gate) in (1..).zip([chat(), sign_in, unreachable, broken]) {
        page.show([gate]).await;
        if count == 1 {
            assert!(!page.has(OFFER));
            let place = page.find(".updates");
            let take = Rc::clone(&take);
            page.state.offer_update(move || take.set(take.get() + 1));
            settle().await;
            assert_eq!(
                page.find(".updates"),
                place,
                "it is there before the words, or they are not said"
            );
        }
        assert_eq!(page.text(OFFER), "A new version of Chinwag is ready.");
        assert_eq!(taken.get(), count - 1);
        page.press("Load it").await;
        assert_eq!(taken.get(), count);
    }
    assert_eq!(page.sent(), [], "the session has no part in it");
}
