//! The program's later part where it is needed before it is there.

use chinwag_e2e::{Account, Server, tell};

/// A page that no worker serves.
const NO_WORKER: &str =
    "if (navigator.serviceWorker) navigator.serviceWorker.register = () => new Promise(() => {})";

#[test]
fn it_comes_by_itself_once_the_page_stands() {
    tell(async |house| {
        let (account, béla) = (house.account("ada"), house.account("béla"));
        béla.writes_to(&account, "hello");
        let ada = house.browser("ada").await;
        ada.was_signed_in(&account, &house.server.url()).await;
        ada.visits(&house.server.url()).await;
        ada.sees_the_chat().await;
        ada.has_the_later_part().await;
        ada.opens("béla").await;
        ada.sees_message("hello").await;
        ada.logs_out().await;
        ada.sees_the_sign_in_page().await;
    });
}

/// Whoever asks for it does not get it while `window.cut` is so.
const CUT: &str = "window.cut = !sessionStorage.network;
    window.tried = 0;
    const own = window.fetch;
    window.fetch = (what, ...more) => {
        if (!window.cut || !String(what).endsWith('_later.wasm')) return own.call(window, what, ...more);
        window.tried += 1;
        return Promise.reject(new TypeError('cut'));
    };
    const send = XMLHttpRequest.prototype.send;
    XMLHttpRequest.prototype.send = function () {
        if (window.cut) throw new DOMException('cut', 'NetworkError');
        send.call(this);
    };
    // It is tried again sooner than it would be.
    const timer = window.setTimeout;
    window.setTimeout = (act, after, ...more) => timer(act, after === 10_000 ? 1_000 : after, ...more);
    window.marked = true;";
const ONLINE: &str =
    "sessionStorage.network = true; window.cut = false; dispatchEvent(new Event('online'))";
const NOTICE: &str = "#crashed";

/// Its host has lost it, since it has another version already, and no worker has it yet. It is never to be had; what there is of the
/// program goes on until one begins again.
#[test]
fn where_its_host_has_another_version_that_is_offered() {
    tell(async |house| {
        let built = house.copies_the_page();
        let later = built.loses("_later.wasm");
        let server = Server::open(built.path()).await;
        let account = Account::register(&server.url(), "ada");
        let béla = Account::register(&server.url(), "béla");
        béla.writes_to(&account, "hello");
        let ada = house.browser("ada").await;
        ada.was_signed_in(&account, &server.url()).await;
        ada.begins_pages_with(NO_WORKER).await;
        ada.visits(&server.url()).await;
        ada.sees_element(NOTICE, "A new version of Chinwag is ready.").await;
        ada.sees_the_chat().await;
        // Whatever needs it: a call cannot wait, and the word is the same.
        ada.until("a call that needs it", async || {
            ada.asks("document.querySelector('.leave')?.click()", vec![]).await;
            let needed = "return performance.getEntriesByName('chinwag: later part needed').length";
            if ada.asks(needed, vec![]).await == 0 { Err("none".to_owned()) } else { Ok(()) }
        })
        .await;
        ada.sees_element(NOTICE, "A new version of Chinwag is ready.").await;
        built.finds(later);
        ada.clicks("#crashed a", "Load it").await;
        ada.sees_the_chat().await;
        assert!(!ada.sees_a_crash().await);
        ada.opens("béla").await;
        ada.sees_message("hello").await;
    });
}

#[test]
fn what_could_not_be_had_is_tried_again_until_it_comes() {
    tell(async |house| {
        let ada = house.browser("ada").await;
        ada.begins_pages_with(NO_WORKER).await;
        ada.begins_pages_with(CUT).await;
        ada.visits(&house.server.url()).await;
        ada.sees_the_sign_in_page().await;
        ada.until("it to be asked for", async || {
            match ada.asks("return window.tried", vec![]).await {
                tried if tried == 0 => Err("it was not".to_owned()),
                _ => Ok(()),
            }
        })
        .await;
        ada.asks("window.cut = false", vec![]).await;
        ada.has_the_later_part().await;
        assert_eq!(ada.asks("return window.marked", vec![]).await, true);
    });
}

/// A call that needs it then cannot go on, and neither can the program. The page does as soon as it can be had, and by itself.
#[test]
fn who_needs_it_without_a_network_is_told_so_and_goes_on_with_the_network() {
    tell(async |house| {
        let line = house.line().await;
        let (account, béla) = (house.account("ada"), house.account("béla"));
        béla.writes_to(&account, "hello");
        let ada = house.browser("ada").await;
        ada.was_signed_in(&account, &line.url()).await;
        ada.begins_pages_with(NO_WORKER).await;
        ada.begins_pages_with(CUT).await;
        ada.visits(&format!("{}/?#/{}", line.url(), béla.id)).await;
        ada.sees_element(NOTICE, "The rest of Chinwag could not be loaded.").await;
        // There is no page to be loaded instead.
        line.refuses();
        ada.asks("window.cut = false", vec![]).await;
        ada.clicks("#crashed a", "Try again").await;
        ada.sees_element(NOTICE, "The rest of Chinwag could not be loaded.").await;
        assert_eq!(ada.asks("return window.marked", vec![]).await, true);
        line.passes();
        ada.asks(ONLINE, vec![]).await;
        ada.sees_no("#crashed:not([hidden])").await;
        ada.sees_message("hello").await;
        ada.sees_connection("Connected").await;
    });
}

#[test]
fn who_is_faster_than_the_later_part_gets_it_at_once() {
    tell(async |house| {
        let (account, béla) = (house.account("ada"), house.account("béla"));
        for number in 0..60 {
            béla.writes_to(&account, &format!("message number {number}"));
        }
        let ada = house.browser("ada").await;
        ada.was_signed_in(&account, &house.server.url()).await;
        ada.gets_the_later_part_only_when_needed(".person").await;
        ada.visits(&house.server.url()).await;
        ada.opens("béla").await;
        ada.sees_message("message number 59").await;
        let place = ada.scrolls_up(1.0).await;
        ada.sees_the_same_place(&place).await;
        ada.logs_out().await;
        ada.sees_the_sign_in_page().await;
        ada.has_needed_the_later_part().await;
    });
}

/// While a call waits for it, whatever has called is called once more, as Firefox does with what comes meanwhile.
const MEANWHILE: &str = "let current;
    const told = (act) => typeof act !== 'function' ? act : function (...more) {
        const before = current;
        current = () => act.apply(this, more);
        try { return current() } finally { current = before }
    };
    for (const [of, name, at] of [[EventTarget.prototype, 'addEventListener', 1], [window, 'requestAnimationFrame', 0],
        [window, 'setTimeout', 0], [window, 'queueMicrotask', 0], [Promise.prototype, 'then', 0]]) {
        const own = of[name];
        of[name] = function (...more) {
            more[at] = told(more[at]);
            return own.apply(this, more);
        };
    }
    const send = XMLHttpRequest.prototype.send;
    window.again = 0;
    XMLHttpRequest.prototype.send = function () {
        if (current) {
            window.again += 1;
            current();
        }
        send.call(this);
    };";

#[test]
fn what_happens_while_a_call_waits_for_it_has_its_turn_afterwards() {
    tell(async |house| {
        let account = house.account("ada");
        let ada = house.browser("ada").await;
        ada.was_signed_in(&account, &house.server.url()).await;
        ada.gets_the_later_part_only_when_needed(".leave").await;
        ada.begins_pages_with(MEANWHILE).await;
        ada.visits(&house.server.url()).await;
        ada.sees_the_chat().await;
        ada.asks("document.querySelector('.leave').click()", vec![]).await;
        ada.sees_the_sign_in_page().await;
        ada.has_needed_the_later_part().await;
        assert_eq!(ada.asks("return window.again", vec![]).await, 1);
        assert!(!ada.sees_a_crash().await);
    });
}
