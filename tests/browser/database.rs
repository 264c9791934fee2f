//! IndexedDB: what is kept is there at the next start, all of it or nothing.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use chinwag::edge::database::Database;
use chinwag::edge::storage;
use chinwag::state::session::{Recall, Write};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{Fake, js, json, promised, wait_for};

fn put(key: &str, value: &str) -> Write {
    Write { key: key.to_owned(), value: Some(value.to_owned()) }
}

fn remove(key: &str) -> Write {
    Write { key: key.to_owned(), value: None }
}

/// Waits for an answer, which comes once.
async fn answer<T: 'static>(ask: impl FnOnce(Box<dyn FnOnce(T)>)) -> T {
    let answer = Rc::new(RefCell::new(None));
    let told = Rc::clone(&answer);
    ask(Box::new(move |value| drop(told.replace(Some(value)))));
    wait_for("the answer", || answer.borrow().is_some()).await;
    answer.take().unwrap()
}

async fn keep(database: &Database, writes: impl IntoIterator<Item = Write>) -> bool {
    answer(|done| database.keep(writes.into_iter().collect(), done)).await
}

async fn load(database: &Database, prefix: &str) -> Option<Vec<String>> {
    answer(|done| database.load(prefix.to_owned(), done)).await
}

/// What can be read.
async fn loaded(database: &Database, prefix: &str) -> Vec<String> {
    load(database, prefix).await.unwrap()
}

#[wasm_bindgen_test]
async fn what_is_kept_is_read_at_the_next_start_by_how_its_key_begins_and_in_order() {
    let database = Database::open("test: prefix");
    assert_eq!(loaded(&database, "").await, [""; 0], "a new one is empty");
    let odd = "\"é\"\n👋\u{0}";
    let writes = [
        put("ada/2", "two"),
        put("ada", "not below"),
        put("ada/1", "one"),
        put("ada/é", odd),
        put("ad/1", "a shorter name"),
        put("adam/1", "a longer name"),
        put("bob/1", "Bob's"),
    ];
    assert!(keep(&database, writes).await);
    let next = Database::open("test: prefix");
    assert_eq!(loaded(&next, "ada/").await, ["one", "two", odd]);
    assert_eq!(loaded(&next, "bob/").await, ["Bob's"]);
    assert_eq!(loaded(&next, "chi/").await, [""; 0]);
    assert_eq!(loaded(&next, "").await.len(), 7);
}

#[wasm_bindgen_test]
async fn a_value_gives_way_to_the_next_and_what_is_removed_is_gone() {
    let database = Database::open("test: removed");
    assert!(keep(&database, [put("1", "old"), put("2", "gone"), put("3", "stays")]).await);
    let writes = [put("1", "new"), remove("2"), remove("never there"), put("4", "x"), remove("4")];
    assert!(keep(&database, writes).await);
    assert_eq!(loaded(&Database::open("test: removed"), "").await, ["new", "stays"]);
}

#[wasm_bindgen_test]
async fn two_servers_share_nothing() {
    let one = Database::open("test: https://one.example");
    let other = Database::open("test: https://other.example");
    assert!(keep(&one, [put("ada/1", "one's")]).await);
    assert!(keep(&other, [put("ada/1", "the other's")]).await);
    assert_eq!(loaded(&one, "").await, ["one's"]);
    assert_eq!(loaded(&other, "").await, ["the other's"]);
}

#[wasm_bindgen_test]
async fn what_is_asked_ends_in_the_order_in_which_it_was_asked() {
    let database = Database::open("test: order");
    // First while it is being opened, then once it is.
    for _ in 0..2 {
        let ended = Rc::new(RefCell::new(Vec::new()));
        for value in ["one", "two", "three"] {
            let ends = Rc::clone(&ended);
            database.keep(vec![put("1", value)], move |done| {
                ends.borrow_mut().push(format!("kept {done}"));
            });
            let ends = Rc::clone(&ended);
            database.load(String::new(), move |values| {
                // What was on its way then comes before it.
                ends.borrow_mut().extend(values.unwrap().pop());
            });
        }
        wait_for("all of it", || ended.borrow().len() == 6).await;
        assert_eq!(*ended.borrow(), ["kept true", "one", "kept true", "two", "kept true", "three"]);
    }
}

#[wasm_bindgen_test]
async fn who_is_told_may_ask_for_more() {
    let database = Database::open("test: more");
    let ended = Rc::new(RefCell::new(None));
    let (again, ends) = (database.clone(), Rc::clone(&ended));
    database.keep(vec![put("1", "one")], move |_| {
        again.load(String::new(), move |values| drop(ends.replace(values)));
    });
    wait_for("the second answer", || ended.borrow().is_some()).await;
    assert_eq!(ended.take().unwrap(), ["one"]);
    // Also where there is nothing to ask.
    let _absent = Fake::new(ABSENT);
    let absent = Database::open("test: more");
    let (again, ends) = (absent.clone(), Rc::clone(&ended));
    absent.load(String::new(), move |_| {
        again.keep(Vec::new(), move |done| drop(ends.replace(Some(vec![done.to_string()]))));
    });
    assert_eq!(ended.take().unwrap(), ["false"]);
}

/// The browser has it all when the call returns: the page may be gone the next moment.
#[wasm_bindgen_test]
async fn a_write_is_begun_and_committed_at_once() {
    let database = Database::open("test: at once");
    load(&database, "").await;
    let _spy = Fake::new(
        "const [put, commit] = [IDBObjectStore.prototype.put, IDBTransaction.prototype.commit];
        window.begun = [];
        IDBObjectStore.prototype.put = function (...all) { begun.push(all[1]); return put.apply(this, all) };
        IDBTransaction.prototype.commit = function () { begun.push('commit'); commit.call(this) };
        return () => {
            IDBObjectStore.prototype.put = put;
            IDBTransaction.prototype.commit = commit;
        };",
    );
    database.keep(vec![put("1", "one"), put("2", "two")], |_| {});
    assert_eq!(json("begun"), r#"["1","2","commit"]"#);
    assert_eq!(loaded(&database, "").await[2..], ["one", "two"]);
}

/// As in Safari, where a page that is closed takes with it what its database has not ended.
const CLOSED: &str = "const real = IDBDatabase.prototype.transaction;
    IDBDatabase.prototype.transaction = () => Object.assign(new EventTarget(),
        { objectStore: () => ({ put: () => ({}), delete: () => ({}) }), commit: () => {} });
    return () => IDBDatabase.prototype.transaction = real;";

#[wasm_bindgen_test]
async fn what_is_on_its_way_when_the_page_is_closed_is_read_at_the_next_start() {
    let database = Database::open("test: on its way");
    assert!(keep(&database, [put("ada/1", "one"), put("ada/2", "two")]).await);
    let closed = Fake::new(CLOSED);
    let on_their_way = [put("ada/1", "another"), put("ada/3", "three"), put("bob/1", "Bob's")];
    database.keep(on_their_way.into(), |_| panic!("nobody is told"));
    drop(closed);
    let next = Database::open("test: on its way");
    let mut read = loaded(&next, "ada/").await;
    read[..2].sort_unstable();
    assert_eq!(read, ["another", "three", "one", "two"], "what is newer comes first");
    assert_eq!(storage::all("test: on its way/bob/"), ["Bob's"]);

    // Once the database has it, or it is gone, it is nowhere else.
    assert!(keep(&next, [put("ada/1", "the last"), remove("ada/3"), remove("bob/1")]).await);
    assert_eq!(loaded(&next, "ada/").await, ["the last", "two"]);
    assert_eq!(storage::all("test: on its way"), [""; 0]);
}

#[wasm_bindgen_test]
async fn what_is_newer_is_on_its_way_until_the_database_has_that() {
    let database = Database::open("test: newer");
    load(&database, "").await;
    let seen = Rc::new(RefCell::new(Vec::new()));
    for value in ["one", "two"] {
        let seen = Rc::clone(&seen);
        database.keep(vec![put("1", value)], move |_| {
            seen.borrow_mut().extend(storage::all("test: newer"));
        });
    }
    assert_eq!(loaded(&database, "").await, ["two", "two"]);
    assert_eq!(*seen.borrow(), ["two"]);
}

#[wasm_bindgen_test]
async fn what_localstorage_has_no_room_for_is_in_the_database_alone() {
    let database = Database::open("test: full");
    load(&database, "").await;
    database.keep(vec![put("1", "old")], |_| {});
    let full = Fake::new(
        "const real = Storage.prototype.setItem;
        Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError') };
        return () => Storage.prototype.setItem = real;",
    );
    database.keep(vec![put("1", "new")], |_| {});
    assert_eq!(storage::all("test: full"), [""; 0], "not what is older");
    drop(full);
    assert_eq!(loaded(&database, "").await, ["new"]);
}

#[wasm_bindgen_test]
async fn a_browser_that_cannot_commit_early_keeps_all_the_same() {
    let _older = Fake::new(
        "const real = IDBTransaction.prototype.commit;
        delete IDBTransaction.prototype.commit;
        return () => IDBTransaction.prototype.commit = real;",
    );
    let database = Database::open("test: older");
    assert!(keep(&database, [put("1", "one")]).await);
    assert_eq!(loaded(&database, "").await, ["one"]);
}

/// The second value of each batch is refused at once.
const REFUSES: &str = "
    const real = IDBObjectStore.prototype.put;
    IDBObjectStore.prototype.put = function (value, key) {
        if (value === 'two') throw new DOMException('no', 'DataError');
        return real.call(this, value, key);
    };
    return () => IDBObjectStore.prototype.put = real;";

/// A disk that is full: whatever is written breaks off.
pub(crate) const FULL: &str = "
    const real = IDBObjectStore.prototype.put;
    IDBObjectStore.prototype.put = function (...all) {
        const request = real.apply(this, all);
        this.transaction.abort();
        return request;
    };
    return () => IDBObjectStore.prototype.put = real;";

/// A value that is there already is refused while it is being written, as on a disk that is full.
const FAILS: &str = "
    const real = IDBObjectStore.prototype.put;
    IDBObjectStore.prototype.put = function (value, key) { return this.add(value, key) };
    return () => IDBObjectStore.prototype.put = real;";

#[wasm_bindgen_test]
async fn a_batch_is_kept_whole_or_not_at_all() {
    for browser in [REFUSES, FAILS, FULL] {
        let database = Database::open("test: whole");
        assert!(keep(&database, [remove("1"), remove("3"), put("2", "old")]).await);
        let failing = Fake::new(browser);
        let batch = || [put("1", "one"), put("2", "two"), put("3", "three")];
        assert!(!keep(&database, batch()).await, "{browser}");
        drop(failing);
        // Firefox keeps what it can of a batch that is to be committed early; the page is told all the same.
        let in_firefox = json("navigator.userAgent.includes('Firefox')") == "true";
        let left =
            if in_firefox && browser == FAILS { vec!["one", "old", "three"] } else { vec!["old"] };
        assert_eq!(loaded(&database, "").await, left, "{browser}");
        assert!(keep(&database, batch()).await, "and the next one is kept");
        assert_eq!(loaded(&database, "").await, ["one", "two", "three"]);
    }
}

/// A browser without any database.
pub(crate) const ABSENT: &str = "
    const real = Object.getOwnPropertyDescriptor(window, 'indexedDB');
    Object.defineProperty(window, 'indexedDB', { configurable: true, get() { return undefined } });
    return () => Object.defineProperty(window, 'indexedDB', real);";

/// A browser that lets nobody at it.
pub(crate) const BLOCKED: &str = "
    const real = Object.getOwnPropertyDescriptor(window, 'indexedDB');
    Object.defineProperty(window, 'indexedDB',
        { configurable: true, get() { throw new DOMException('blocked', 'SecurityError') } });
    return () => Object.defineProperty(window, 'indexedDB', real);";

/// A browser that throws as soon as one is to be opened.
pub(crate) const THROWS: &str = "
    const real = IDBFactory.prototype.open;
    IDBFactory.prototype.open = () => { throw new DOMException('no', 'SecurityError') };
    return () => IDBFactory.prototype.open = real;";

/// A browser that opens none, and says so later: a private window of some, or a database that is damaged.
pub(crate) const REFUSED: &str = "
    const real = IDBFactory.prototype.open;
    IDBFactory.prototype.open = () => {
        const request = new EventTarget();
        Object.defineProperty(request, 'result', { get() { throw new DOMException('no', 'InvalidStateError') } });
        setTimeout(() => request.dispatchEvent(new Event('error')));
        return request;
    };
    return () => IDBFactory.prototype.open = real;";

#[wasm_bindgen_test]
async fn where_there_is_no_database_nothing_is_kept_until_there_is_one() {
    for browser in [ABSENT, BLOCKED, THROWS, REFUSED] {
        let fake = Fake::new(browser);
        let database = Database::open("test: none");
        assert_eq!(load(&database, "").await, None, "{browser}");
        assert!(!keep(&database, [put("1", "one")]).await, "{browser}");
        drop(fake);
        assert_eq!(loaded(&database, "").await, [""; 0], "{browser}");
        assert!(keep(&database, [put("1", "one")]).await, "{browser}");
        assert_eq!(loaded(&database, "").await, ["one"], "{browser}");
        assert!(keep(&database, [remove("1")]).await);
    }
}

#[wasm_bindgen_test]
async fn a_database_that_never_opens_is_given_up_after_two_seconds() {
    // A second passes in a millisecond.
    let never = Fake::new(
        "const [open, setTimeout] = [IDBFactory.prototype.open, window.setTimeout];
        window.waited = [];
        // Not what WebKit's driver waits for in the page, each time that it looks at it.
        window.setTimeout = (act, millis) => {
            if (millis === 30000) return setTimeout(act, millis);
            waited.push(millis);
            return setTimeout(act, millis / 1000);
        };
        IDBFactory.prototype.open = () => new EventTarget();
        return () => { IDBFactory.prototype.open = open; window.setTimeout = setTimeout };",
    );
    let database = Database::open("test: never");
    let kept = Rc::new(Cell::new(None));
    let told = Rc::clone(&kept);
    database.keep(vec![put("1", "one")], move |done| told.set(Some(done)));
    assert_eq!(load(&database, "").await, None);
    assert_eq!(kept.take(), Some(false));
    assert_eq!(json("waited"), "[2000]");
    drop(never);
    assert!(keep(&database, [put("1", "one")]).await, "the next that is asked tries anew");
}

/// A later version of the page has changed what is there: this one leaves it alone.
#[wasm_bindgen_test]
async fn a_database_of_a_later_version_is_not_touched() {
    promised(
        "new Promise((done, failed) => {
            const request = indexedDB.open('test: later', 3);
            request.onupgradeneeded = () => request.result.createObjectStore('kept').put('later', '1');
            request.onsuccess = () => { request.result.close(); done() };
            request.onerror = failed;
        })",
    )
    .await;
    let database = Database::open("test: later");
    assert_eq!(load(&database, "").await, None);
    assert!(!keep(&database, [remove("1")]).await);
}

/// The version before this one had no cache.
#[wasm_bindgen_test]
async fn what_the_version_before_has_kept_is_there_after_the_upgrade() {
    promised(
        "new Promise((done, failed) => {
            const request = indexedDB.open('test: before', 1);
            request.onupgradeneeded = () => request.result.createObjectStore('kept').put('one', '1');
            request.onsuccess = () => { request.result.close(); done() };
            request.onerror = failed;
        })",
    )
    .await;
    let database = Database::open("test: before");
    assert_eq!(load(&database, "").await, Some(vec!["one".to_owned()]));
    assert!(keep(&database, [put("2", "two")]).await);
}

#[wasm_bindgen_test]
async fn a_database_without_its_store_keeps_nothing() {
    promised(
        "new Promise((done, failed) => {
            const request = indexedDB.open('test: bare', 2);
            request.onsuccess = () => { request.result.close(); done() };
            request.onerror = failed;
        })",
    )
    .await;
    let database = Database::open("test: bare");
    assert_eq!(load(&database, "").await, None);
    assert!(!keep(&database, [put("1", "one")]).await);
}

#[wasm_bindgen_test]
async fn whoever_needs_the_database_for_themselves_is_let_at_it() {
    let database = Database::open("test: needed");
    assert!(keep(&database, [put("1", "one")]).await);
    // Deletion waits for all who have it open.
    promised(
        "new Promise((done, failed) => {
            const request = indexedDB.deleteDatabase('test: needed');
            request.onsuccess = done;
            request.onblocked = failed;
            request.onerror = failed;
        })",
    )
    .await;
    assert_eq!(loaded(&database, "").await, [""; 0], "and it is opened again when it is needed");
    assert!(keep(&database, [put("1", "two")]).await);
}

#[wasm_bindgen_test]
async fn a_database_that_the_browser_takes_away_is_opened_again() {
    let _spy = Fake::new(
        "const real = IDBFactory.prototype.open;
        IDBFactory.prototype.open = function (...all) { return window.opened = real.apply(this, all) };
        return () => IDBFactory.prototype.open = real;",
    );
    let database = Database::open("test: taken away");
    assert!(keep(&database, [put("1", "one")]).await);
    js("opened.result.close(); opened.result.dispatchEvent(new Event('close'))");
    assert_eq!(loaded(&database, "").await, ["one"]);
}

#[wasm_bindgen_test]
async fn a_cache_that_is_thrown_away_is_gone_before_what_is_asked_next_has_ended() {
    let database = Database::open("test: throw away");
    let in_cache = |database: &Database| {
        let database = database.clone();
        async move { answer(|done| database.recall(Recall::All(String::new()), done)).await }
    };
    assert!(keep(&database, [put("ada/draft/bob", "dear b")]).await);
    let known = vec![put("ada/rows/1", "hello"), put("bob/rows/1", "Bob's")];
    assert!(answer(|done| database.cache(known, done)).await);
    assert_eq!(in_cache(&database).await.unwrap().len(), 2);
    database.purge(String::new(), Vec::new());
    // It has nothing of its own to do, and ends after what was asked before.
    assert!(answer(|done| database.cache(Vec::new(), done)).await);
    let next = Database::open("test: throw away");
    assert_eq!(in_cache(&next).await.unwrap(), [""; 0]);
    assert_eq!(loaded(&next, "").await, ["dear b"]);
}
