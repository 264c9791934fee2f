//! The page itself: its address, its title, its time.

use std::cell::RefCell;

use chinwag::edge::page;
use chinwag::state::session::Input;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{Fake, document, id, js, json, wait_for};

thread_local! {
    static TOLD: RefCell<Vec<Input>> = const { RefCell::new(Vec::new()) };
}

/// Hears of what happens to the page, as the driver does, and forgets what was told before.
fn listening() {
    thread_local! {
        static ONCE: () = page::listen(|input| TOLD.with_borrow_mut(|told| told.push(input)));
    }
    ONCE.with(|()| {});
    TOLD.take();
}

/// Makes the address end in this, and the history forget where it came from.
fn address(hash: &str) {
    js(&format!("history.replaceState(null, '', {hash:?} || location.pathname)"));
}

#[wasm_bindgen_test]
fn the_address_names_a_person_or_nobody() {
    for (hash, expected) in [
        ("", None),
        ("#", None),
        ("#/", None),
        ("#ada", None),
        ("#/6b03", Some("6b03")),
        ("#/a%2Fb%20c", Some("a/b c")),
        ("#/%C3%A9", Some("é")),
        ("#/a/b", Some("a/b")),
        ("#/%", None),
        ("#/%FF", None),
    ] {
        address(hash);
        assert_eq!(page::route(), expected.map(id), "{hash}");
    }
    address("");
}

#[wasm_bindgen_test]
fn every_identity_survives_the_address() {
    for name in ["6b03", "a/b", "50%", "é 🎈", "#/", "?x=1&y=2", "a+b"] {
        address("");
        page::show_route(Some(&id(name)));
        assert_eq!(page::route(), Some(id(name)), "{name}");
    }
    address("");
}

#[wasm_bindgen_test]
async fn back_leads_from_a_conversation_to_the_list() {
    listening();
    address("");
    let length = || js("history.length").as_f64().unwrap();
    page::show_route(Some(&id("ada")));
    let after_first = length();
    page::show_route(Some(&id("bob")));
    page::show_route(Some(&id("bob")));
    assert_eq!(json("location.hash"), r##""#/bob""##);
    assert!((length() - after_first).abs() < 0.5, "one step back is enough, whoever was visited");
    page::show_route(None);
    wait_for("the list", || page::route().is_none()).await;
    assert_eq!(json("history.state"), "null");
}

#[wasm_bindgen_test]
async fn a_conversation_that_is_opened_while_the_browser_still_goes_back_is_shown() {
    listening();
    address("");
    page::show_route(Some(&id("ada")));
    page::show_route(None);
    page::show_route(Some(&id("bob")));
    wait_for("the step back and Bob", || page::route() == Some(id("bob"))).await;
    page::show_route(None);
    wait_for("the list", || page::route().is_none()).await;
}

#[wasm_bindgen_test]
fn a_conversation_that_was_opened_by_its_address_is_left_without_leaving_the_page() {
    address("#/ada");
    page::show_route(None);
    assert_eq!(page::route(), None);
    // To show what is shown is nothing to do.
    page::show_route(None);
    address("");
}

#[wasm_bindgen_test]
fn the_title_is_set() {
    let before = document().title();
    page::set_title("(2) Chat - Grace");
    assert_eq!(document().title(), "(2) Chat - Grace");
    page::set_title(&before);
}

#[wasm_bindgen_test]
fn time_goes_forward_and_is_about_right() {
    let mut last = page::now();
    for _ in 0..10_000 {
        let now = page::now();
        assert!(now >= last);
        last = now;
    }
    #[expect(clippy::cast_precision_loss, reason = "it fits for ages")]
    let off = js_sys::Date::now() - last.0 as f64;
    assert!(off.abs() < 60_000.0, "{off}");
}

#[wasm_bindgen_test]
fn time_passes_at_its_own_pace_however_often_it_is_asked() {
    let clock = web_sys::window().unwrap().performance().unwrap();
    // The machine may do something else between any two looks at a clock.
    let (earliest, before, latest) = (clock.now(), page::now(), clock.now());
    while clock.now() - earliest < 400.0 {
        page::now();
    }
    let least = clock.now() - latest;
    let passed = before.until(page::now()).as_millis();
    let most = clock.now() - earliest;
    #[expect(clippy::cast_precision_loss, reason = "less than a second")]
    let is = passed as f64;
    assert!((least - 5.0..=most + 5.0).contains(&is), "{least} to {most} ms took {passed} ms");
}

#[wasm_bindgen_test]
fn each_page_has_its_own_seed() {
    assert_ne!(page::seed(), page::seed());
    // Each half is wanted by itself.
    let halves = [page::seed(), page::seed()].map(|seed| [seed >> 64, seed & u128::from(u64::MAX)]);
    let mut parts = halves.concat();
    parts.sort_unstable();
    parts.dedup();
    assert_eq!(parts.len(), 4);
}

#[wasm_bindgen_test]
fn a_browser_that_draws_no_secrets_has_seeds_all_the_same() {
    for browser in [
        "const real = Crypto.prototype.getRandomValues;
        Crypto.prototype.getRandomValues = () => { throw new DOMException('no', 'OperationError') };
        return () => Crypto.prototype.getRandomValues = real;",
        "const real = Object.getOwnPropertyDescriptor(window, 'crypto');
        Object.defineProperty(window, 'crypto',
            { configurable: true, get() { throw new DOMException('no', 'SecurityError') } });
        return () => Object.defineProperty(window, 'crypto', real);",
    ] {
        let _browser = Fake::new(browser);
        assert_ne!(page::seed(), page::seed(), "{browser}");
        assert_ne!(page::seed() >> 64, page::seed() >> 64, "{browser}");
        assert_ne!(page::seed() << 64, page::seed() << 64, "{browser}");
    }
}

/// Somebody looks at the page, or nobody.
fn looked_at(visible: bool, focus: bool) -> Fake {
    let state = if visible { "visible" } else { "hidden" };
    Fake::new(&format!(
        "Object.defineProperty(document, 'visibilityState', {{ configurable: true, value: '{state}' }});
        document.hasFocus = () => {focus};
        return () => {{ delete document.visibilityState; delete document.hasFocus }};"
    ))
}

#[wasm_bindgen_test]
fn a_page_that_may_go_the_next_moment_says_so_whoever_looks_at_it() {
    listening();
    let _looked_at = looked_at(true, true);
    js("dispatchEvent(new Event('focus'))");
    js("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: false }))");
    js("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))");
    assert_eq!(TOLD.take(), [true, false, false].map(Input::Attention));
    js("dispatchEvent(new Event('beforeunload'))");
    assert_eq!(TOLD.take(), [false, true].map(Input::Attention));
}

#[wasm_bindgen_test]
fn attention_is_to_be_seen_and_to_have_the_focus() {
    listening();
    for (visible, focus) in [(true, true), (true, false), (false, true), (false, false)] {
        let _looked_at = looked_at(visible, focus);
        let attention = visible && focus;
        assert_eq!(page::attention(), attention);
        js("dispatchEvent(new Event('focus'));
            dispatchEvent(new Event('blur'));
            document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))");
        assert_eq!(TOLD.take(), [attention; 3].map(Input::Attention), "{visible} {focus}");
    }
}

#[wasm_bindgen_test]
fn the_page_has_a_place_to_draw_into() {
    assert!(page::place().is_none());
    let place = document().create_element("div").unwrap();
    place.set_id("app");
    document().body().unwrap().append_child(&place).unwrap();
    let found = page::place().unwrap();
    place.remove();
    assert!(found.is_same_node(Some(&place)));
}
