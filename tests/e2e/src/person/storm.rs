//! Hands that are faster than WebDriver: a script in the page types into the field and presses Enter, by the same events
//! as a keyboard, and eyes that read a whole conversation.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::time::sleep;

use super::{AGAIN, Person};

/// How long nothing more comes at the top of a conversation where it begins.
const BEGINNING: Duration = Duration::from_millis(400);

/// Types one text into the field and presses Enter. What the field then holds is none of the script's.
const HANDS: &str = "
    const write = text => {
        const field = document.querySelector('#composer');
        Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, 'value').set.call(field, text);
        field.dispatchEvent(new InputEvent('input',
            { bubbles: true, inputType: 'insertText', data: text }));
    };
    const enter = () => {
        const key = { key: 'Enter', code: 'Enter', keyCode: 13, bubbles: true, cancelable: true };
        const field = document.querySelector('#composer');
        field.dispatchEvent(new KeyboardEvent('keydown', key));
        field.dispatchEvent(new KeyboardEvent('keyup', key));
    };
    const say = text => { write(text); enter(); };
";

/// Goes on typing by itself, some texts at a time.
const TALK: &str = "
    const [texts, count, pause] = arguments;
    window.typed = 0;
    const next = () => {
        for (const text of texts.slice(window.typed, window.typed + count)) {
            say(text);
            window.typed += 1;
        }
        if (window.typed < texts.length) setTimeout(next, pause);
    };
    next();
";

/// Presses the button beside the connection's trouble whenever there is one.
const PRESS_ON: &str = "
    if (!window.pressing) {
        const press = () => document.querySelector('.trouble[data-state=reconnecting] button')?.click();
        window.pressing = setInterval(press, 150);
    }
";

/// Begins to read at the end of the conversation.
const AT_THE_END: &str = "
    const list = document.querySelector('.timeline-list');
    list.scrollTop = list.scrollHeight;
    window.first = null;
";

/// Reads what is drawn above what was read, goes up to there, and says whether that seems to be the beginning. Where messages are missing one
/// reads no further before they are there, and does not look beyond: who has what is older under the eyes keeps that there, and what comes
/// between goes below it.
const READ_ON: &str = "
    const list = document.querySelector('.timeline-list');
    const items = [...list.querySelectorAll('.messages > :is(.message, .gap)')];
    const known = window.first === null ? items.length : items.findIndex(item => item.id === window.first);
    const told = item => item && [item.id, item.querySelector('.content')?.textContent];
    // Whether it is elsewhere that one is now, or the same message under another name.
    if (known < 0) return { was: [window.first, window.firstText], again: told(items.find(item => told(item)[1] === window.firstText)),
        first: told(items[0]), last: told(items.at(-1)), count: items.length, top: list.scrollTop, height: list.scrollHeight };
    const from = items.slice(0, known).findLastIndex(item => item.matches('.gap')) + 1;
    const read = items.slice(from, known).map(row =>
        [row.dataset.own === 'true', row.querySelector('.content').textContent]);
    window.first = items[from]?.id ?? null;
    window.firstText = told(items[from])?.[1];
    items[from]?.scrollIntoView();
    if (from === 0) list.scrollTop -= list.clientHeight / 2;
    const top = list.scrollTop <= 0 && !list.querySelector('.timeline-top .spinner, .gap');
    return [read, top];
";

/// Waits until the page has drawn twice: by then it asks for what is above, where there is more.
const DRAWN: &str = "
    const done = arguments[arguments.length - 1];
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done)));
";

/// A message as it is drawn: whether it is one's own, and its text.
pub type Drawn = (bool, String);

impl Person {
    /// Types all of this and presses Enter after each, within one turn of the page.
    pub async fn says_at_once(&self, texts: &[String]) {
        self.hands("for (const text of arguments[0]) say(text)", vec![json!(texts)]).await;
    }

    /// Begins to type all of this and press Enter after each, so many at a time and with such a pause. The page does so
    /// by itself.
    pub async fn begins_to_say(&self, texts: &[String], at_a_time: usize, pause: Duration) {
        let pause = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
        self.hands(TALK, vec![json!(texts), json!(at_a_time), json!(pause)]).await;
    }

    /// How much of that has been typed.
    pub async fn has_typed(&self) -> usize {
        let typed = self.asks("return window.typed ?? 0", vec![]).await;
        typed.as_u64().and_then(|typed| usize::try_from(typed).ok()).unwrap_or_default()
    }

    /// Presses “Reconnect now” whenever it is there, until the page is left.
    pub async fn presses_on(&self) {
        self.asks(PRESS_ON, vec![]).await;
    }

    /// Runs a script that has `write`, `enter` and `say`, in one turn of the page.
    pub async fn hands(&self, script: &str, arguments: Vec<Value>) -> Value {
        // Not tried again: what was typed once must not be typed twice.
        let script = format!("{HANDS}{script}");
        self.0.browser.client.execute(&script, arguments).await.unwrap()
    }

    /// Reads the open conversation from its end to its beginning, however much of it is drawn at a time. From the oldest.
    pub async fn reads_everything(&self) -> Vec<Drawn> {
        self.asks(AT_THE_END, vec![]).await;
        let mut pages: Vec<Vec<Drawn>> = Vec::new();
        let mut quiet = Instant::now();
        let mut in_vain = 0;
        // It is the beginning once nothing more comes there, however slowly the page draws.
        while in_vain < 3 || quiet.elapsed() < BEGINNING {
            sleep(AGAIN).await;
            let read = self.asks(READ_ON, vec![]).await;
            assert!(read.is_array(), "{}: what was read is drawn no more: {read}", self.name());
            let row = |row: &Value| (row[0] == json!(true), row[1].as_str().unwrap().to_owned());
            let page = read[0].as_array().unwrap().iter().map(row).collect::<Vec<_>>();
            if page.is_empty() && read[1] == json!(true) {
                in_vain += 1;
                self.is_told(DRAWN, vec![]).await.unwrap();
            } else {
                (in_vain, quiet) = (0, Instant::now());
            }
            pages.push(page);
        }
        pages.into_iter().rev().flatten().collect()
    }
}
