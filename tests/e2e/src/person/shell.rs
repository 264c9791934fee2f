//! What the browser keeps of the page itself: the service worker and its caches.

use serde_json::{Value, json};

use super::{Person, expect_equal};

/// What is kept, as a list of cache, address and length, and the text where it is one.
const KEPT: &str = "
    const done = arguments[arguments.length - 1];
    (async () => {
        const kept = [];
        for (const name of await caches.keys()) {
            const cache = await caches.open(name);
            for (const { url } of await cache.keys()) {
                const answer = await (await cache.match(url)).text();
                kept.push([name, url, answer.length, answer.slice(0, 20)]);
            }
        }
        return kept;
    })().then(done, error => done(`${error}`));
";

/// Puts something else in the place of what is kept and has such an address.
const DAMAGE: &str = "
    const [part, done] = arguments;
    (async () => {
        let damaged = 0;
        for (const name of await caches.keys()) {
            const cache = await caches.open(name);
            for (const request of await cache.keys()) {
                if (!request.url.endsWith(part)) continue;
                const { headers } = await cache.match(request);
                await cache.put(request, new Response('damaged', { headers }));
                damaged += 1;
            }
        }
        return damaged;
    })().then(done, error => done(`${error}`));
";

/// A file that the browser keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// In which cache.
    pub cache: String,
    /// Its address.
    pub url: String,
    /// How long it is.
    pub length: u64,
    /// How it begins.
    pub start: String,
}

impl Person {
    /// Waits until the page is kept, so that it can be opened without a network.
    pub async fn has_the_page_kept(&self) {
        self.until("the page to be kept", async || {
            let script = "
                const done = arguments[arguments.length - 1];
                navigator.serviceWorker.getRegistration().then(
                    found => done(found?.active?.state ?? 'no worker'), error => done(`${error}`));
            ";
            expect_equal(&self.is_told(script, vec![]).await?, &json!("activated"))
        })
        .await;
    }

    /// What the browser's own protocol answers to a question of this name.
    pub async fn asks_the_browser(&self, question: &str) -> Value {
        self.0.browser.devtools(question, &json!({})).await.expect("a question that it knows")
    }

    /// Lets pages of this origin show notifications.
    pub async fn may_be_notified(&self, origin: &str) {
        self.0.browser.may_notify(origin).await;
    }

    /// Sees notifications with these titles and texts, in any order, and no others.
    pub async fn sees_notifications(&self, expected: &[[&str; 2]]) {
        let mut expected = expected.to_vec();
        expected.sort_unstable();
        self.until("notifications", async || {
            let script = "
                const done = arguments[arguments.length - 1];
                navigator.serviceWorker.getRegistration().then(found => found.getNotifications()).then(
                    shown => done(shown.map(({ title, body }) => [title, body]).sort()), error => done(`${error}`));
            ";
            expect_equal(&self.is_told(script, vec![]).await?, &json!(expected))
        })
        .await;
    }

    /// Whether the worker gives this page its files.
    pub async fn has_the_page_from_the_worker(&self) -> bool {
        self.asks("return navigator.serviceWorker.controller !== null", vec![]).await == json!(true)
    }

    /// All that is kept.
    pub async fn kept(&self) -> Vec<Kept> {
        let rows = self.until("what is kept", async || self.is_told(KEPT, vec![]).await).await;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let kept = |row: &Value| Kept {
            cache: text(&row[0]),
            url: text(&row[1]),
            length: row[2].as_u64().unwrap_or_default(),
            start: text(&row[3]),
        };
        rows.as_array().unwrap_or_else(|| panic!("{rows}")).iter().map(kept).collect()
    }

    /// What is kept under addresses with such an end is damaged, and the worker sleeps, as it does when there is nothing to do.
    pub async fn has_a_damaged(&self, end: &str) {
        assert_eq!(self.is_told(DAMAGE, vec![json!(end)]).await, Ok(json!(1)), "{end}");
        self.0.browser.puts_workers_to_sleep().await;
    }

    /// The browser forgets what it keeps of files by itself, apart from the worker's.
    pub async fn empties_the_browsers_own_cache(&self) {
        self.0.browser.empties_its_cache().await;
    }

    /// The browser looks for a newer version, as it does by itself now and then. Returns what came of it.
    pub async fn looks_for_a_newer_version(&self) -> String {
        let script = "
            const done = arguments[arguments.length - 1];
            (async () => {
                const registration = await navigator.serviceWorker.getRegistration();
                await registration.update();
                const { installing } = registration;
                if (!installing) return registration.waiting?.state ?? 'none';
                return await new Promise(resolve => {
                    const look = () => {
                        if (installing.state !== 'installing') resolve(installing.state);
                    };
                    installing.onstatechange = look;
                    look();
                });
            })().then(done, error => done(`${error}`));
        ";
        let told =
            self.until("a look for a newer version", async || self.is_told(script, vec![]).await);
        told.await.as_str().unwrap_or_default().to_owned()
    }

    /// The version of the page, as [`crate::Built::becomes`] has named it.
    pub async fn version(&self) -> Option<String> {
        let version =
            self.asks("return document.documentElement.dataset.version ?? null", vec![]).await;
        version.as_str().map(str::to_owned)
    }

    /// Sees the page become this version.
    pub async fn sees_version(&self, version: &str) {
        self.until("another version", async || {
            expect_equal(&self.version().await.as_deref(), &Some(version))
        })
        .await;
    }

    /// What a script answers later.
    pub(crate) async fn is_told(
        &self,
        script: &str,
        arguments: Vec<Value>,
    ) -> Result<Value, String> {
        let told = self.0.browser.client.execute_async(script, arguments).await;
        told.map_err(|error| error.to_string())
    }
}
