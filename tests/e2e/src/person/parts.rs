//! The program's two parts (`crates/split`): when the later one is needed, and what was run before.

use std::fs::OpenOptions;
use std::io::Write;

use serde_json::{Value, json};

use super::{Person, expect_equal};
use crate::{Engine, environment};

/// Keeps the later part away from all who ask for it in good time; who cannot wait gets it (`src/later.js`).
const NOT_IN_GOOD_TIME: &str = "{
    const own = window.fetch;
    window.fetch = (what, ...more) =>
        String(what).endsWith('_later.wasm') ? new Promise(() => {}) : own.call(window, what, ...more);
}";

/// Notes when the page stands: in the frame after this is seen, the tab leads and the connection is there. And what was run until then, if
/// the program is a marked one (`cargo xtask later`): the browser then tidies up in each frame, since what that makes the program
/// run may come at any time.
const STANDS: &str = "{
    let leads = 0;
    const count = ({ held }) => { leads += held.some(({ name }) => name.startsWith('chinwag ')); };
    const look = () => {
        if (window.ran) window.gc?.();
        navigator.locks.query().then(count);
        const stands = document.querySelector('#app SELECTOR');
        const out = document.querySelector('[data-page=sign-in]');
        const connected = document.querySelector('.connection')?.textContent.includes('Connected');
        // Some frames later, what the program does with it is done.
        if (stands && leads > 3 && (out || connected))
            requestAnimationFrame(at => { window.stood = { at, ran: window.ran && [...window.ran] }; });
        else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
}";

/// Time goes by ten times slower: what the program does because seconds have passed belongs to no first visit, however busy the machine
/// is.
const SLOWLY: &str = "{
    const [now, date, timer] = [performance.now.bind(performance), Date.now, setTimeout];
    const [start, begun] = [now(), date()];
    performance.now = () => start + (now() - start) / 10;
    Date.now = () => Math.floor(begun + (date() - begun) / 10);
    window.setTimeout = (act, after, ...more) => timer(act, after > 200 ? after * 10 : after, ...more);
}";

/// Nobody looks before the page stands: what is marked as read, a moment after the connection is there, belongs to no first visit,
/// however long a frame takes.
const UNSEEN: &str = "document.hasFocus = () => Boolean(window.stood);";

/// When the program could not wait for its later part, and when the page stood.
const TIMES: &str = "
    const [needed] = performance.getEntriesByName('chinwag: later part needed');
    return { stood: window.stood?.at ?? null, ran: window.stood?.ran ?? null, needed: needed?.startTime ?? null }";

/// Whether the first part holds all that the page needs until it stands. It is what Chromium has run (`cargo xtask later`). In other
/// engines the same things happen in another order: Firefox draws some rows twice, WebKit is sooner at writing to the disk. What they
/// need of the later part they fetch in the middle of a call.
fn is_enough() -> bool {
    Engine::here() == Engine::Chromium
}

impl Person {
    /// The later part does not come by itself; and it is noted when the page shows this.
    pub async fn gets_the_later_part_only_when_needed(&self, stands: &str) {
        self.begins_pages_with(SLOWLY).await;
        self.begins_pages_with(UNSEEN).await;
        self.begins_pages_with(NOT_IN_GOOD_TIME).await;
        self.begins_pages_with(&STANDS.replace("SELECTOR", stands)).await;
    }

    /// The page has come to stand, and by the first part alone where that is enough.
    pub async fn stands_by_the_first_part(&self) {
        self.has_stood_by_the_first_part().await.unwrap();
    }

    /// Waits until the page stands. Whether it did so by the first part alone, where that is enough. Where the program is a marked one, what
    /// it has run is written down.
    ///
    /// # Errors
    /// When what happened, where it needed the later part before.
    pub async fn has_stood_by_the_first_part(&self) -> Result<(), String> {
        let times = self
            .until("the page to stand", async || {
                let times = self.asks(TIMES, vec![]).await;
                if times["stood"].is_null() {
                    Err("it does not stand yet".to_owned())
                } else {
                    Ok(times)
                }
            })
            .await;
        if let (Some(ran), Some(file)) = (times["ran"].as_array(), environment::ran()) {
            let lines: Vec<_> = ran.iter().map(|number| format!("{number}\n")).collect();
            let mut file = OpenOptions::new().create(true).append(true).open(file).unwrap();
            file.write_all(lines.concat().as_bytes()).unwrap();
        }
        let time = |name: &str| times[name].as_f64();
        let needed_before =
            time("needed").zip(time("stood")).is_some_and(|(needed, stood)| needed < stood);
        if needed_before && is_enough() {
            return Err(format!("the later part was needed before the page stood: {times}"));
        }
        Ok(())
    }

    /// The later part has come, and not in the middle of a call where the first is enough until then.
    pub async fn has_the_later_part(&self) {
        self.until("the later part", async || {
            let there = "return performance.getEntriesByName('chinwag: later part there').length";
            let needed = self.asks(TIMES, vec![]).await["needed"] != Value::Null;
            if needed && !is_enough() {
                return Ok(());
            }
            assert!(!needed, "the later part was needed");
            expect_equal(&self.asks(there, vec![]).await, &json!(1))
        })
        .await;
    }

    /// The program is whole, however its later part has come: what needs that needs no network any more.
    pub async fn has_the_whole_program(&self) {
        self.sees_element(":root:not([data-part])", None).await;
    }

    /// The program has fetched its later part in the middle of a call.
    pub async fn has_needed_the_later_part(&self) {
        let times = self.asks(TIMES, vec![]).await;
        assert!(matches!(times["needed"], Value::Number(_)), "{times}");
    }
}
