//! Where one is in a long conversation.

use std::time::Duration;

use serde_json::{Value, json};

use super::Person;

/// Does something just before the page is painted, when everything has the place at which it is seen: between two paints the page
/// may be half done, and nobody sees that.
const AS_PAINTED: &str = "
    const [done, ...given] = [...arguments].reverse();
    const list = document.querySelector('.timeline-list');
    const before_paint = act => {
        const paint = new ResizeObserver(() => {
            paint.disconnect();
            try { act(); } catch (error) { done(`${error}`); }
        });
        paint.observe(list);
    };
    const top = row => row.getBoundingClientRect().top - list.getBoundingClientRect().top;
    const rows = () => [...list.querySelectorAll('.message')];
    const text = row => row.querySelector('.content').textContent;
";

/// The message under one's eyes, and how far it is below the list's upper edge.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// The message's text.
    pub text: String,
    /// In pixels.
    pub offset: f64,
}

impl Place {
    fn read(place: &Value) -> Self {
        let text = place[0].as_str().expect("a message").to_owned();
        Self { text, offset: place[1].as_f64().expect("pixels") }
    }
}

impl Person {
    /// Goes up by so many windows.
    pub async fn scrolls_up(&self, windows: f64) -> Place {
        self.scrolls(&format!("list.scrollTop -= list.clientHeight * {windows}")).await
    }

    async fn scrolls(&self, how: &str) -> Place {
        let script = format!(
            "before_paint(() => {{
                {how};
                const look = () => {{
                    const edge = list.getBoundingClientRect().top;
                    const row = rows().find(row => row.getBoundingClientRect().bottom > edge);
                    // Who is faster than the rows sees them in the next frame.
                    if (row) done([text(row), top(row)]);
                    else requestAnimationFrame(() => before_paint(look));
                }};
                look();
            }});"
        );
        Place::read(&self.asks_as_painted(&script, vec![]).await)
    }

    async fn asks_as_painted(&self, script: &str, arguments: Vec<Value>) -> Value {
        let script = format!("{AS_PAINTED}{script}");
        let ask = async || self.is_told(&script, arguments.clone()).await;
        self.until("an answer of the page", ask).await
    }

    /// Goes up to the first message that is drawn, and scrolls on by three pixels at the moment when older messages arrive, before they are
    /// painted, as a wheel or a thumb does. Where what is at the top is to be seen afterwards.
    pub async fn scrolls_on_while_older_messages_arrive(&self) -> Place {
        let script = "
            const all = list.querySelector('.messages');
            const arrival = new MutationObserver(() => { arrival.disconnect(); list.scrollTop += 3; });
            arrival.observe(all, { childList: true });
            list.scrollTop = all.offsetTop
        ";
        let top = self.scrolls(script).await;
        Place { offset: top.offset - 3.0, ..top }
    }

    /// Sees that what was under the eyes is where it was, to the pixel, and stays there in each frame that is painted.
    pub async fn sees_the_same_place(&self, before: &Place) {
        let looks = async |frames: u32| {
            let script = "
                let [place, message, frames] = given;
                const look = () => {
                    const row = rows().find(row => text(row) === message);
                    const now = row ? top(row) : null;
                    if (now === null || Math.abs(now - place) > 1 || --frames <= 0) done(now);
                    else requestAnimationFrame(() => before_paint(look));
                };
                before_paint(look);
            ";
            let arguments = vec![json!(frames), json!(before.text), json!(before.offset)];
            let now = self.asks_as_painted(script, arguments).await;
            match now.as_f64() {
                Some(now) if (now - before.offset).abs() <= 1.0 => Ok(()),
                _ => Err(format!("“{}” was at {} px, is at {now}", before.text, before.offset)),
            }
        };
        self.until("the same place", async || looks(1).await).await;
        // Half a second, where a frame takes as long as it should.
        self.stays("the place", Duration::from_millis(1), async || looks(30).await).await;
    }

    /// Sees that the newest message is in view.
    pub async fn is_at_the_end(&self) {
        self.until("the end of the conversation", async || {
            let script =
                "before_paint(() => done(list.scrollHeight - list.clientHeight - list.scrollTop));";
            let below = self.asks_as_painted(script, vec![]).await;
            match below.as_f64() {
                Some(below) if below < 2.0 => Ok(()),
                below => Err(format!("{below:?} px are below")),
            }
        })
        .await;
    }
}
