//! What the browser keeps of the chat: the page's database, and how much room there is for it.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Person, expect_equal};

/// Every text that is kept, of all stores, in the databases of the page's origin.
const TEXTS: &str = "
    const done = arguments[arguments.length - 1];
    const told = request => new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
    });
    (async () => {
        const texts = [];
        for (const { name } of await indexedDB.databases()) {
            const database = await told(indexedDB.open(name));
            for (const store of database.objectStoreNames)
                texts.push(...await told(database.transaction(store).objectStore(store).getAll()));
            database.close();
        }
        return texts;
    })().then(done, error => done(`${error}`));
";

/// Takes away all rows of conversations (`crates/session/src/cache.rs` has the keys).
const LOSE_ROWS: &str = "
    const done = arguments[arguments.length - 1];
    const told = request => new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
    });
    (async () => {
        for (const { name } of await indexedDB.databases()) {
            const database = await told(indexedDB.open(name));
            for (const name of database.objectStoreNames) {
                const store = database.transaction(name, 'readwrite').objectStore(name);
                const keys = await told(store.getAllKeys());
                await Promise.all(keys.filter(key => key.includes('/rows/')).map(key => told(store.delete(key))));
            }
            database.close();
        }
    })().then(done, error => done(`${error}`));
";

/// Writes something into a database of the test's own, and says how that went.
const TRY: &str = "
    const done = arguments[arguments.length - 1];
    const request = indexedDB.open('room');
    request.onupgradeneeded = () => request.result.createObjectStore('room');
    request.onerror = () => done(request.error.name);
    request.onsuccess = () => {
        const transaction = request.result.transaction('room', 'readwrite');
        transaction.objectStore('room').put('text', 'key');
        transaction.oncomplete = () => done('done');
        transaction.onabort = () => done(transaction.error.name);
        request.result.close();
    };
";

/// How long the page may take to write down what it has seen: it waits until nothing else is to be done.
const WRITTEN: Duration = Duration::from_secs(20);

impl Person {
    /// Waits until each of these texts is in the page's database.
    pub async fn has_on_disk(&self, texts: &[&str]) {
        self.within(WRITTEN, "texts on the disk", async || {
            let kept = self.is_told(TEXTS, vec![]).await?;
            let kept = kept.as_array().ok_or_else(|| kept.to_string())?;
            let is_kept =
                |text: &str| kept.iter().filter_map(Value::as_str).any(|kept| kept.contains(text));
            match texts.iter().find(|text| !is_kept(text)) {
                None => Ok(()),
                Some(missing) => Err(format!("“{missing}” is not in {kept:#?}")),
            }
        })
        .await;
    }

    /// None of these texts is in the page's database.
    pub async fn has_not_on_disk(&self, texts: &[&str]) {
        let kept = self.is_told(TEXTS, vec![]).await.unwrap();
        let kept: Vec<_> = kept.as_array().unwrap().iter().filter_map(Value::as_str).collect();
        for text in texts {
            assert!(!kept.iter().any(|kept| kept.contains(text)), "“{text}” is in {kept:#?}");
        }
    }

    /// The rows of all conversations go from the page's database, and what tells of them stays.
    pub async fn loses_rows_on_disk(&self) {
        assert_eq!(self.is_told(LOSE_ROWS, vec![]).await.unwrap(), Value::Null);
    }

    /// The browser has no room any more for what this page's origin keeps, or has some again.
    pub async fn has_room(&self, room: bool) {
        let origin = self.asks("return location.origin", vec![]).await;
        let mut parameters = json!({ "origin": origin });
        if !room {
            parameters["quotaSize"] = json!(1);
        }
        self.0.browser.overrides_quota(&parameters).await;
        let how = if room { "done" } else { "QuotaExceededError" };
        // It goes on for half a minute with the room that it has counted before.
        self.within(Duration::from_mins(1), "room on the disk, or none", async || {
            expect_equal(&self.is_told(TRY, vec![]).await?, &json!(how))
        })
        .await;
    }
}
