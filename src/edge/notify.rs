//! Notifications of messages that are not seen, and their sound, where the person has chosen them.
//!
//! Where the page's service worker is there, the browser shows them for it: they stay when the page goes, and a click opens it again
//! (`public/sw.js`). Else the page shows its own.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use chinwag_protocol::UserId;
use js_sys::{Array, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;

use super::js::{call, finished, handler, make, part};
use super::{chime, page, settings};
use crate::state::catalogue::text as words;
use crate::state::{Permission, Setting};

/// What is to be seen beside the text.
const ICON: &str = "./icon-192.png";

/// What is wished for.
enum Wish {
    Show { with: JsValue, title: JsValue, text: JsValue },
    CloseBut(Vec<UserId>),
}

thread_local! {
    /// One after the other: what is to be closed must have been shown.
    static WISHES: RefCell<VecDeque<Wish>> = const { RefCell::new(VecDeque::new()) };
    static BUSY: Cell<bool> = const { Cell::new(false) };
    /// Those that the page itself has shown.
    static SHOWN: RefCell<Vec<JsValue>> = const { RefCell::new(Vec::new()) };
}

/// Tells of a message from somebody, in the ways that the person has chosen.
pub fn tell(with: &UserId, name: &str, text: &str, aloud: bool) {
    let wants = |setting| !settings::chosen(setting).is_empty();
    if aloud && wants(Setting::Sound) {
        chime::ring();
    }
    if wants(Setting::Notify) && permission() == Permission::Granted {
        let title = if name.is_empty() { words("name.unknown") } else { name };
        let [with, title, text] = [with.as_str(), title, text].map(JsValue::from_str);
        wish(Wish::Show { with, title, text });
    }
}

/// Takes away all of them but those of messages from these.
pub fn close(but: Vec<UserId>) {
    // Also where the person does not want any more of them: there may be some.
    if permission() == Permission::Granted {
        wish(Wish::CloseBut(but));
    }
}

/// Whether the page may notify.
pub fn permission() -> Permission {
    let state = api().and_then(|api| part(&api, "permission"));
    match state.ok().and_then(|state| state.as_string()).as_deref() {
        Some("granted") => Permission::Granted,
        Some("denied") => Permission::Blocked,
        Some(_) => Permission::Unasked,
        None => Permission::Unsupported,
    }
}

/// Has the browser ask the person, upon a click of theirs, and tells what they have answered.
pub fn ask(told: Box<dyn FnOnce(Permission)>) {
    // Within the click.
    let asked = api().and_then(|api| call(&api, "requestPermission", &[]));
    spawn_local(async move {
        finished(asked).await;
        told(permission());
    });
}

/// The browser's notifications. A page that did not come safely has them by name only.
fn api() -> Result<JsValue, JsValue> {
    let window = web_sys::window().into();
    if part(&window, "isSecureContext")? == JsValue::FALSE {
        return Err(JsValue::UNDEFINED);
    }
    part(&window, "Notification")
}

fn wish(wish: Wish) {
    WISHES.with_borrow_mut(|wishes| wishes.push_back(wish));
    if BUSY.replace(true) {
        return;
    }
    spawn_local(async {
        while let Some(wish) = WISHES.with_borrow_mut(VecDeque::pop_front) {
            fulfil(wish).await;
        }
        BUSY.set(false);
    });
}

async fn fulfil(wish: Wish) {
    let worker = worker().await;
    match wish {
        Wish::Show { with, title, text } => {
            let options = Object::new();
            for (name, value) in [
                ("body", &text),
                ("icon", &JsValue::from_str(ICON)),
                ("dir", &JsValue::from_str("auto")),
                // One for each conversation, which comes anew with each message.
                ("tag", &with),
                ("renotify", &JsValue::TRUE),
                ("data", &with),
                // The sound is the page's own, or there is none.
                ("silent", &JsValue::TRUE),
            ] {
                let _ = Reflect::set(&options, &JsValue::from_str(name), value);
            }
            let shown = call(&worker, "showNotification", &[&title, &options]);
            if shown.is_err() {
                let _ = show_here(&title, &options, &with);
            }
            finished(shown).await;
        }
        Wish::CloseBut(but) => {
            let but: Vec<JsValue> =
                but.iter().map(|with| JsValue::from_str(with.as_str())).collect();
            let closed = |notification: &JsValue| {
                let stays = part(notification, "data").is_ok_and(|with| but.contains(&with));
                if !stays {
                    let _ = call(notification, "close", &[]);
                }
                !stays
            };
            let shown = finished(call(&worker, "getNotifications", &[])).await;
            for notification in shown.dyn_into::<Array>().unwrap_or_default().iter() {
                closed(&notification);
            }
            SHOWN.with_borrow_mut(|shown| shown.retain(|notification| !closed(notification)));
        }
    }
}

/// The registration of the page's service worker, where one is at work.
async fn worker() -> JsValue {
    let navigator = web_sys::window().map(|window| window.navigator()).into();
    let found = part(&navigator, "serviceWorker")
        .and_then(|workers| call(&workers, "getRegistration", &[]));
    let found = finished(found).await;
    let active = part(&found, "active").is_ok_and(|active| active.is_truthy());
    if active { found } else { JsValue::UNDEFINED }
}

/// Without a worker: it goes with the page at the latest.
fn show_here(title: &JsValue, options: &JsValue, with: &JsValue) -> Result<(), JsValue> {
    let shown = make(&api()?, &[title, options])?;
    let (notification, who) = (shown.clone(), with.as_string().unwrap_or_default());
    let clicked = handler(Box::new(move |_| {
        let _ = call(&notification, "close", &[]);
        page::turn_to(&UserId::from(who.as_str()));
    }));
    Reflect::set(&shown, &JsValue::from_str("onclick"), &clicked)?;
    SHOWN.with_borrow_mut(|all| {
        // It has taken the place of the last one.
        all.retain(|other| part(other, "data").is_ok_and(|of| of != *with));
        all.push(shown);
    });
    Ok(())
}
