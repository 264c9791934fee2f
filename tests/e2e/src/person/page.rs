//! What every page has: its storage, its console, the notice of a crash, its width.

use serde_json::{Value, json};

use super::{Person, expect_equal};
use crate::{Account, browser};

/// The names in the browser's storage, which the front-end gives them (`src/edge/storage.rs`).
const TOKEN: &str = "chinwag.token";
const DEBUG: &str = "chinwag.debug";

/// Keeps everything that the page says to the console, and every violation of its policy, from now on.
const LISTEN: &str = "
    if (window.heard) return;
    window.heard = [];
    for (const level of ['debug', 'log', 'info', 'warn', 'error']) {
        const before = console[level].bind(console);
        console[level] = (...words) => { window.heard.push(level + ' ' + words.join(' ')); before(...words); };
    }
    addEventListener('error', event => window.heard.push('error ' + event.message));
    addEventListener('unhandledrejection', event => window.heard.push('error ' + event.reason));
    addEventListener('securitypolicyviolation', event =>
        window.heard.push('error policy: ' + event.violatedDirective + ' ' + event.blockedURI));
";

impl Person {
    /// Has been signed in at this origin before: the browser keeps the token.
    pub async fn was_signed_in(&self, account: &Account, origin: &str) {
        self.has_kept(origin, TOKEN, &account.token).await;
    }

    /// The browser keeps some token for this origin, whoever gave it.
    pub async fn has_a_token(&self, origin: &str, token: &str) {
        self.has_kept(origin, TOKEN, token).await;
    }

    /// The debug log is on.
    pub async fn wants_the_debug_log(&self, origin: &str) {
        self.has_kept(origin, DEBUG, "1").await;
    }

    async fn has_kept(&self, page: &str, name: &str, value: &str) {
        // Any document of the origin will do; the page itself would begin its work.
        self.visits(&format!("{}/icon.svg", page.trim_end_matches('/'))).await;
        let script = "localStorage.setItem(arguments[0], arguments[1])";
        self.asks(script, vec![json!(name), json!(value)]).await;
    }

    /// Whether this tab is the one that leads: it holds the lock of the page's own.
    pub async fn leads(&self) -> bool {
        // A lock of this tab's own tells by what name the browser knows the tab.
        let script = "
            const done = arguments[arguments.length - 1];
            const mine = `who ${Math.random()}`;
            navigator.locks.request(mine, async () => {
                const { held } = await navigator.locks.query();
                const me = held.find(lock => lock.name === mine).clientId;
                done(held.some(lock => lock.clientId === me && lock.name.startsWith('chinwag ')));
            });
        ";
        self.0.browser.client.execute_async(script, vec![]).await.unwrap() == json!(true)
    }

    /// Has a clock that is ahead by so many hours, or behind, from the next page on.
    pub async fn has_a_clock_ahead_by(&self, hours: i32) {
        let script = format!(
            "const ahead = {hours} * 3600000;
            const now = Date.now.bind(Date);
            window.Date = class extends Date {{
                constructor(...parts) {{
                    super(...(parts.length > 0 ? parts : [now() + ahead]));
                }}
                static now() {{ return now() + ahead; }}
            }};"
        );
        self.0.browser.begins_with(&script).await;
    }

    /// Runs this script in each page of this tab before anything of the page's own.
    pub async fn begins_pages_with(&self, script: &str) {
        self.0.browser.begins_with(script).await;
    }

    /// What the server calls the browser, by what that says of itself.
    pub fn browsers_name(&self) -> &'static str {
        self.0.browser.name()
    }

    /// Lets this page read the clipboard.
    pub async fn may_read_the_clipboard(&self, origin: &str) {
        self.0.browser.may_read_the_clipboard(origin).await;
    }

    /// Sees this text on the clipboard.
    pub async fn has_on_the_clipboard(&self, text: &str) {
        self.until("a text on the clipboard", async || {
            expect_equal(&self.0.browser.clipboard().await?, &json!(text))
        })
        .await;
    }

    /// The browser says that there is no network, or that there is one again.
    pub async fn is_online(&self, online: bool) {
        self.0.browser.is_online(online).await;
    }

    /// The token that the browser keeps.
    pub async fn token(&self) -> Option<String> {
        let token =
            self.asks("return localStorage.getItem(arguments[0])", vec![json!(TOKEN)]).await;
        token.as_str().map(str::to_owned)
    }

    /// Sees that the browser keeps nothing of theirs, under any name.
    pub async fn has_kept_nothing(&self) {
        self.until("an empty storage", async || {
            let script = "return { ...localStorage, ...sessionStorage }";
            match self.asks(script, vec![]).await {
                Value::Object(kept) if kept.is_empty() => Ok(()),
                kept => Err(format!("it holds {kept}")),
            }
        })
        .await;
    }

    /// Whether the notice that the program has stopped is there.
    pub async fn sees_a_crash(&self) -> bool {
        let script = "return document.getElementById('crashed')?.checkVisibility() ?? false";
        self.asks(script, vec![]).await == json!(true)
    }

    /// Listens to what the page tells the console and to its policy's violations, until it is left.
    pub async fn listens(&self) {
        self.asks(LISTEN, vec![]).await;
    }

    /// Everything heard since [`Person::listens`].
    pub async fn has_heard(&self) -> Vec<String> {
        let heard = self.asks("return window.heard ?? ['it does not listen']", vec![]).await;
        let heard = heard.as_array().cloned().unwrap_or_default();
        heard.iter().map(|line| line.as_str().unwrap_or_default().to_owned()).collect()
    }

    /// What the browser's console says, where the browser tells.
    pub(crate) async fn console(&self) -> Vec<String> {
        self.0.browser.console().await.unwrap_or_default()
    }

    /// The browser's console has nothing wrong to tell, from the page's very start.
    pub async fn has_had_no_trouble(&self) {
        let console = self.console().await;
        let trouble: Vec<_> =
            console.into_iter().filter(|line| browser::is_trouble(line)).collect();
        assert!(trouble.is_empty(), "{} had trouble: {trouble:#?}", self.name());
    }

    /// Has heard of nothing wrong: no warning, no error, no violation of the page's policy, from the page's very start where the
    /// browser tells that.
    pub async fn has_heard_no_trouble(&self) {
        let heard = self.has_heard().await;
        let trouble = |line: &&String| !(line.starts_with("debug") || line.starts_with("info"));
        let mut trouble = heard.iter().filter(trouble).cloned().collect::<Vec<_>>();
        let console = self.console().await;
        trouble.extend(console.into_iter().filter(|line| browser::is_trouble(line)));
        assert!(trouble.is_empty(), "{} heard of trouble: {trouble:#?}", self.name());
    }

    /// Sees that nothing is wider than the window.
    pub async fn sees_no_horizontal_scrolling(&self) {
        // The page itself, and whatever scrolls on it; a title that is cut off with dots does not scroll.
        let script = "
            const scrolls = e => e === document.scrollingElement
                || ['auto', 'scroll'].includes(getComputedStyle(e).overflowX);
            return [...document.querySelectorAll('*')]
                .filter(e => scrolls(e) && e.scrollWidth > e.clientWidth && e.clientWidth > 0)
                .map(e => `${e.tagName}.${e.className}: ${e.scrollWidth} in ${e.clientWidth}`);
        ";
        let wide = self.asks(script, vec![]).await;
        assert_eq!(wide, json!([]), "{} can scroll sideways", self.name());
        let width = self.asks(
            "return document.documentElement.getBoundingClientRect().right <= innerWidth",
            vec![],
        );
        assert_eq!(width.await, json!(true));
    }
}
