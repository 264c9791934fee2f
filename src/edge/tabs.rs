//! The person's other tabs: which of them leads (Web Locks), and what they tell each other (`BroadcastChannel`).
//!
//! A browser that cannot do both, or has nowhere to keep what tabs share, lets each tab work alone: it leads and
//! tells nobody.

use chinwag_session::Input;
use js_sys::{Array, Promise};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{BroadcastChannel, MessageEvent};

use super::js::{call, hear, part};
use super::storage;

/// The tabs of this origin that know each other by the same name.
pub struct Tabs {
    name: String,
    channel: Option<BroadcastChannel>,
}

impl Tabs {
    /// Begins to hear the other tabs, each text as [`Input::Heard`].
    pub fn join(name: String, tell: fn(Input)) -> Self {
        let channel = BroadcastChannel::new(&name).ok().filter(|_| storage::works());
        if let Some(channel) = &channel {
            let heard = move |event: MessageEvent| {
                if let Some(text) = event.data().as_string() {
                    tell(Input::Heard(text));
                }
            };
            hear(channel, &["message"], Box::new(move |event| heard(event.unchecked_into())));
        }
        Self { name, channel }
    }

    /// Says [`Input::Leads`] once this tab leads, and leads for as long as the page lives. Returns whether it is alone,
    /// and leads without being told so.
    pub fn lead(&mut self, tell: fn(Input)) -> bool {
        let alone = self.channel.is_none() || self.queue(tell).is_err();
        if alone {
            self.channel = None;
        }
        alone
    }

    fn queue(&self, tell: fn(Input)) -> Result<JsValue, JsValue> {
        let leads = Closure::<dyn FnMut(JsValue) -> JsValue>::new(move |_| {
            tell(Input::Leads);
            // A race that nobody runs ends never, and neither does the lock before the page.
            Promise::race(&Array::new()).into()
        });
        let leads = leads.into_js_value();
        let navigator = web_sys::window().map(|window| window.navigator()).into();
        let locks = part(&navigator, "locks")?;
        let lock = call(&locks, "request", &[&JsValue::from_str(&self.name), &leads])?;
        // A browser that refuses the lock leads as well.
        call(&lock, "catch", &[&leads])
    }

    /// Tells all other tabs.
    pub fn tell(&self, text: &str) {
        if let Some(channel) = &self.channel {
            // A channel that is closed belongs to a page that is gone.
            let _ = channel.post_message(&JsValue::from_str(text));
        }
    }
}
