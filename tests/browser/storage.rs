//! `localStorage`: the token and the debug flag.

use std::cell::Cell;

use chinwag::edge::storage::{self, DEBUG, Kept, TOKEN};
use chinwag_protocol::Token;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{Fake, js};

fn local() -> web_sys::Storage {
    web_sys::window().unwrap().local_storage().unwrap().unwrap()
}

#[wasm_bindgen_test]
fn a_token_is_there_after_it_was_stored_and_gone_after_it_was_forgotten() {
    local().clear().unwrap();
    assert!(storage::works());
    assert_eq!(storage::token(), None);
    let token = Token::from("t/1 é\"");
    assert_eq!(storage::store_token(&token), Kept::Yes);
    assert_eq!(storage::token(), Some(token));
    assert_eq!(local().get_item(TOKEN).unwrap().as_deref(), Some("t/1 é\""));
    assert_eq!(storage::forget_token(), Kept::Yes);
    assert_eq!(storage::token(), None);
    assert_eq!(local().length().unwrap(), 0);
}

#[wasm_bindgen_test]
fn an_empty_token_is_none() {
    local().set_item(TOKEN, "").unwrap();
    assert_eq!(storage::token(), None);
    local().clear().unwrap();
}

#[wasm_bindgen_test]
fn the_debug_log_is_on_for_1_alone() {
    local().clear().unwrap();
    assert!(!storage::debug());
    for (value, on) in [("1", true), ("0", false), ("", false), ("true", false)] {
        local().set_item(DEBUG, value).unwrap();
        assert_eq!(storage::debug(), on, "{value}");
    }
    local().clear().unwrap();
}

#[wasm_bindgen_test]
fn a_browser_that_blocks_the_storage_keeps_nothing_and_breaks_nothing() {
    let _blocked = Fake::new(
        "const real = Object.getOwnPropertyDescriptor(window, 'localStorage');
        Object.defineProperty(window, 'localStorage',
            { configurable: true, get() { throw new DOMException('blocked', 'SecurityError') } });
        return () => Object.defineProperty(window, 'localStorage', real);",
    );
    assert_eq!(storage::store_token(&Token::from("t")), Kept::No);
    assert_eq!(storage::token(), None);
    assert_eq!(storage::forget_token(), Kept::No);
    assert!(!storage::debug());
    assert!(!storage::works());
}

#[wasm_bindgen_test]
fn a_full_storage_says_that_the_token_is_not_kept() {
    let _full = Fake::new(
        "const real = Storage.prototype.setItem;
        Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError') };
        return () => Storage.prototype.setItem = real;",
    );
    assert_eq!(storage::store_token(&Token::from("t")), Kept::No);
}

#[wasm_bindgen_test]
fn what_another_tab_does_to_the_token_is_told_and_nothing_else() {
    thread_local!(static CHANGES: Cell<u32> = const { Cell::new(0) });
    local().clear().unwrap();
    storage::listen(|| CHANGES.set(CHANGES.get() + 1));
    // Browsers tell a page of what other pages of its origin do, and not of what it does itself.
    for (change, told) in [
        ("{ key: 'chinwag.token', newValue: 't-1' }", 1),
        ("{ key: 'chinwag.token', oldValue: 't-1', newValue: null }", 1),
        // Everything was cleared.
        ("{ key: null }", 1),
        ("{ key: 'chinwag.debug', newValue: '1' }", 0),
        ("{ key: 'chinwag.token.old', newValue: 't-1' }", 0),
        ("{ key: '', newValue: 't-1' }", 0),
    ] {
        let before = CHANGES.get();
        js(&format!("dispatchEvent(new StorageEvent('storage', {change}))"));
        assert_eq!(CHANGES.get() - before, told, "{change}");
    }
    let before = CHANGES.get();
    let _ = storage::store_token(&Token::from("t-1"));
    let _ = storage::forget_token();
    assert_eq!(CHANGES.get(), before);
}
