//! Where one is in a long conversation.

use serde_json::{Value, json};

use super::Person;

/// The message at the upper edge of the list, and where it is.
const PLACE: &str = "
    const list = document.querySelector('.timeline-list');
    const edge = list.getBoundingClientRect().top;
    const row = [...list.querySelectorAll('.message')].find(row => row.getBoundingClientRect().bottom > edge);
    return [row.querySelector('.content').textContent, row.getBoundingClientRect().top - edge];
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
            "document.querySelectorAll('.timeline-list').forEach(list => {{ {how} }});{PLACE}"
        );
        Place::read(&self.asks(&script, vec![]).await)
    }

    /// Goes up to the first message that is drawn, and scrolls on by three pixels at the moment when older messages arrive, before they are
    /// painted, as a wheel or a thumb does. Where what is at the top is to be seen afterwards.
    pub async fn scrolls_on_while_older_messages_arrive(&self) -> Place {
        let script = "
            const rows = list.querySelector('.messages');
            const arrival = new MutationObserver(() => { arrival.disconnect(); list.scrollTop += 3; });
            arrival.observe(rows, { childList: true });
            list.scrollTop = rows.offsetTop
        ";
        let top = self.scrolls(script).await;
        Place { offset: top.offset - 3.0, ..top }
    }

    /// Sees that what was under the eyes is where it was, to the pixel, and stays there.
    pub async fn sees_the_same_place(&self, before: &Place) {
        let look = async || {
            let script = "
                const list = document.querySelector('.timeline-list');
                const row = [...list.querySelectorAll('.message')]
                    .find(row => row.querySelector('.content').textContent === arguments[0]);
                return row && row.getBoundingClientRect().top - list.getBoundingClientRect().top;
            ";
            let now = self.asks(script, vec![json!(before.text)]).await;
            match now.as_f64() {
                Some(now) if (now - before.offset).abs() <= 1.0 => Ok(()),
                now => Err(format!("“{}” was at {} px, is at {now:?}", before.text, before.offset)),
            }
        };
        self.until("the same place", look).await;
        self.stays("the place", std::time::Duration::from_millis(400), look).await;
    }

    /// Sees that the newest message is in view.
    pub async fn is_at_the_end(&self) {
        self.until("the end of the conversation", async || {
            let script = "
                const list = document.querySelector('.timeline-list');
                return list.scrollHeight - list.clientHeight - list.scrollTop;
            ";
            let below = self.asks(script, vec![]).await;
            match below.as_f64() {
                Some(below) if below < 2.0 => Ok(()),
                below => Err(format!("{below:?} px are below")),
            }
        })
        .await;
    }
}
