//! The program's two parts (`crates/split`): the later one kept away, and what was run.

use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::io::Write;

use serde_json::json;

use crate::Person;
use crate::environment;

/// How often the program could not wait for its later part (`src/later.js`).
const NEEDED: &str = "return performance.getEntriesByName('chinwag: later part needed').length";

/// What a marked program has run, if it is one (`cargo xtask later`).
const RAN: &str = "return window.ran ? [...window.ran] : null";

impl Person {
    /// Their browser cannot get the later part.
    pub async fn lacks_the_later_part(&self) {
        self.commands("Network.enable", &json!({})).await;
        self.commands("Network.setBlockedURLs", &json!({ "urls": ["*_later.wasm"] })).await;
    }

    /// The program has come this far without its later part. Where it is a marked one, what it has run is written down instead.
    pub async fn has_not_needed_the_later_part(&self) {
        self.has_seen_no_crash().await;
        let ran = self.asks(RAN, vec![]).await;
        let (Some(ran), Some(file)) = (ran.as_array(), environment::ran()) else {
            assert_eq!(self.asks(NEEDED, vec![]).await, 0, "the later part was needed");
            return;
        };
        let lines: BTreeSet<String> = ran.iter().map(|number| format!("{number}\n")).collect();
        let mut file = OpenOptions::new().create(true).append(true).open(file).unwrap();
        file.write_all(lines.into_iter().collect::<String>().as_bytes()).unwrap();
    }

    /// The program has fetched its later part in the middle of a call.
    pub async fn has_needed_the_later_part(&self) {
        let needed = self.asks(NEEDED, vec![]).await;
        assert!(needed.as_u64().is_some_and(|times| times > 0), "{needed}");
    }
}
