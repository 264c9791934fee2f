//! Where a state is brought about: its own time, which can be stopped, its language, and what it needs for as long as it is looked at.

use std::any::Any;
use std::cell::RefCell;

use chinwag_e2e::{Account, House, Person};
use serde_json::json;

/// The time that it is, in milliseconds since 1970: a morning on which the base server lives too (`src/base/books.rs`).
pub(crate) const NOW: i64 = 1_767_269_520_000;

/// Before each page: its language, its time, and what never comes or breaks. `window.stops()` lets time stand still from then on: what
/// is seen for seconds only can be looked at for as long as it takes.
const BEGIN: &str = "{
    try { localStorage.setItem('chinwag.language', 'LANGUAGE'); } catch { }
    const [steady, Own, timer, own] = [performance.now.bind(performance), Date, setTimeout, fetch];
    const begun = steady();
    let stopped;
    window.stops = () => { stopped ??= steady(); };
    performance.now = () => stopped ?? steady();
    const now = () => NOW + Math.round(performance.now() - begun);
    window.Date = class extends Own {
        constructor(...parts) { super(...(parts.length > 0 ? parts : [now()])); }
        static now() { return now(); }
    };
    window.setTimeout = (act, after, ...more) =>
        timer(() => { if (stopped === undefined || !(after > 200)) act(...more); }, after);
    // Calls whose addresses fit get no answer, or none that is one.
    [window.silent, window.broken] = [SILENT, BROKEN];
    window.fetch = (what, ...more) => {
        const url = String(what.url ?? what);
        if (window.silent?.test(url)) return new Promise(() => {});
        if (window.broken?.test(url)) return Promise.reject(new TypeError('no network'));
        return own.call(window, what, ...more);
    };
}";

/// A stage.
pub(crate) struct Stage<'a> {
    pub(crate) house: &'a House,
    pub(crate) language: &'static str,
    kept: RefCell<Vec<Box<dyn Any>>>,
}

/// What becomes of the page's calls: regular expressions of their addresses.
#[derive(Clone, Copy, Default)]
pub(crate) struct Calls {
    /// They are never answered.
    pub(crate) silent: Option<&'static str>,
    /// They fail.
    pub(crate) broken: Option<&'static str>,
}

impl<'a> Stage<'a> {
    pub(crate) fn new(house: &'a House, language: &'static str) -> Self {
        Self { house, language, kept: RefCell::default() }
    }

    /// This is needed as long as the state is looked at.
    pub(crate) fn keeps(&self, what: impl Any) {
        self.kept.borrow_mut().push(Box::new(what));
    }

    /// Somebody opens a browser here.
    pub(crate) async fn browser(&self, calls: Calls) -> Person {
        let person = self.house.browser("Robin").await;
        person.lives_in("Etc/UTC").await;
        let pattern = |of: Option<&str>| of.map_or("null".to_owned(), |of| format!("/{of}/"));
        let begin = BEGIN
            .replace("LANGUAGE", self.language)
            .replace("NOW +", &format!("{NOW} +"))
            .replace("SILENT", &pattern(calls.silent))
            .replace("BROKEN", &pattern(calls.broken));
        person.begins_pages_with(&begin).await;
        person
    }

    /// Somebody opens the page and is nobody yet.
    pub(crate) async fn visitor(&self) -> Person {
        let person = self.browser(Calls::default()).await;
        person.visits(&self.house.server.url()).await;
        person.sees_the_sign_in_page().await;
        has_all_parts(&person).await;
        person
    }

    /// Somebody is signed in, and sees this once the page is there.
    pub(crate) async fn opens(
        &self,
        account: &Account,
        url: &str,
        calls: Calls,
        sees: &str,
    ) -> Person {
        let person = self.browser(calls).await;
        person.was_signed_in(account, url).await;
        person.visits(url).await;
        person.sees_element(sees, None).await;
        person
    }

    /// Somebody is signed in and connected.
    pub(crate) async fn returns(&self, account: &Account, url: &str) -> Person {
        let person = self.opens(account, url, Calls::default(), CONNECTED).await;
        has_all_parts(&person).await;
        person
    }
}

/// The connection is there.
pub(crate) const CONNECTED: &str = ".connection[data-state=connected]";

/// The rest of the program is there.
pub(crate) async fn has_all_parts(person: &Person) {
    let script = "return document.documentElement.dataset.part ?? 'all'";
    person
        .until("all of the program", async || match person.asks(script, vec![]).await {
            parts if parts == "all" => Ok(()),
            parts => Err(parts.to_string()),
        })
        .await;
}

/// Time stands still from now on.
pub(crate) async fn stops(person: &Person) {
    person.asks("window.stops()", vec![]).await;
}

/// Opens the conversation with somebody by their row.
pub(crate) async fn opens(person: &Person, with: &Account) {
    person.clicks(&format!("button.person[data-user='{}']", with.id), None).await;
    person.sees_element(".conversation-name", with.name.as_str()).await;
    // Out of the way: what lies under the mouse offers what can be done with it.
    person.points_at("#composer").await;
}

/// Scrolls to what this selector describes.
pub(crate) async fn scrolls_to(person: &Person, selector: &str) {
    let script = "document.querySelector(arguments[0]).scrollIntoView({ block: 'start' })";
    person.asks(script, vec![json!(selector)]).await;
}
