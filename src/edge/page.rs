//! The page itself: its time, its title, its address, and whether anybody looks at it.

use std::cell::{Cell, RefCell};

use chinwag_protocol::UserId;
use chinwag_protocol::call::escape;
use chinwag_session::{Input, Millis};
use js_sys::{Array, Reflect, decode_uri_component};
use leptos::ev::{self, EventDescriptor};
use leptos::prelude::{request_animation_frame, window_event_listener};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::{
    CssStyleSheet, Document, Element, Event, HtmlElement, Performance, VisibilityState, Window,
};

use super::js::{call, finished, hear};

/// The element that the page is drawn into.
const PLACE: &str = "app";
/// Marks the entries of the history that were made here by opening a conversation from the list.
const FROM_LIST: &str = "chinwag:from-list";

/// Makes a panic say why in the console. In the built page it is a trap that knows no reason (`crates/xtask/src/web.rs`); that
/// the program has stopped is said by the page itself in either case (`index.html`).
pub fn show_panics() {
    std::panic::set_hook(Box::new(|panic| {
        // The browser adds the stack by itself.
        web_sys::console::error_1(&JsValue::from_str(&panic.to_string()));
    }));
}

/// The element to draw into. While it is empty the page shows what it showed while the program was loading (`index.html`).
pub fn place() -> Option<HtmlElement> {
    document()?.get_element_by_id(PLACE)?.dyn_into().ok()
}

thread_local! {
    static CLOCK: Option<Performance> = window().and_then(|window| window.performance());
    /// What the present is ahead of the steady clock, and the readings of both clocks then.
    static LAST: Cell<Option<(f64, f64, f64)>> = const { Cell::new(None) };
    /// The conversation that the address should name.
    static WANTED: RefCell<Option<UserId>> = const { RefCell::new(None) };
    /// Whether a step back of our own is under way: browsers take it later.
    static GOING_BACK: Cell<bool> = const { Cell::new(false) };
}

/// How far the clock must be ahead of the steady one before a sleep is what explains it (milliseconds).
const SLEPT: f64 = 1_000.0;

/// The present. It never goes back, as a clock that is set does, and goes on while the computer sleeps, as the
/// browser's steady clock may not.
pub fn now() -> Millis {
    let steady = steady();
    let clock = js_sys::Date::now();
    // Not added up step by step: what is rounded off each would add up too.
    let ahead = LAST.get().map_or(clock - steady, |(ahead, last_steady, last_clock)| {
        let gained = (clock - last_clock) - (steady - last_steady);
        if gained > SLEPT { ahead + gained } else { ahead }
    });
    LAST.set(Some((ahead, steady, clock)));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it fits for ages")]
    Millis((ahead + steady) as u64)
}

/// Milliseconds of a clock that never goes back, to the fraction.
pub fn steady() -> f64 {
    CLOCK.with(|clock| clock.as_ref().map_or(0.0, Performance::now))
}

/// Whether nobody can see the page: it is not painted then.
pub fn is_hidden() -> bool {
    document().is_none_or(|page| page.visibility_state() != VisibilityState::Visible)
}

/// Does this before the page is painted next.
pub fn before_paint(act: fn()) {
    request_animation_frame(act);
}

/// A number that no other page has: it spreads reconnections and names messages, and is no secret.
pub fn seed() -> u128 {
    let mut bytes = [0; 16];
    let crypto = window().and_then(|window| window.crypto().ok());
    let drawn =
        crypto.is_some_and(|crypto| crypto.get_random_values_with_u8_array(&mut bytes).is_ok());
    if drawn {
        u128::from_le_bytes(bytes)
    } else {
        let part = || u128::from(js_sys::Math::random().to_bits());
        part() << 64 | part()
    }
}

/// The page's language, as `start.js` has chosen it (BCP 47); empty where nobody has.
pub fn language() -> String {
    attribute("lang")
}

/// What stands on the page's root under this name (`data-…`); empty where nothing does.
pub fn mark(name: &str) -> String {
    attribute(&format!("data-{name}"))
}

/// Writes it there, or takes it away where it is empty.
pub fn set_mark(name: &str, value: &str) {
    let Some(root) = root() else { return };
    let name = format!("data-{name}");
    let _ = if value.is_empty() {
        root.remove_attribute(&name)
    } else {
        root.set_attribute(&name, value)
    };
}

fn attribute(name: &str) -> String {
    root().and_then(|root| root.get_attribute(name)).unwrap_or_default()
}

fn root() -> Option<Element> {
    document()?.document_element()
}

/// Adds styles to the page. Not as an element, which the page's policy would refuse.
pub fn dress(styles: &str) {
    let Some(page) = document() else { return };
    let sheets = Reflect::get(&page, &JsValue::from_str("adoptedStyleSheets"));
    let (Ok(sheet), Ok(sheets)) = (CssStyleSheet::new(), sheets) else { return };
    if sheet.replace_sync(styles).is_ok() {
        sheets.unchecked_into::<Array>().push(&sheet);
    }
}

/// Sets the title, where it differs.
pub fn set_title(title: &str) {
    if let Some(page) = document().filter(|page| page.title() != title) {
        page.set_title(title);
    }
}

/// Shows in the page's icon whether anything is not read, and how much in that of the installed one.
pub fn show_unread(count: u64) {
    let icon = document().and_then(|page| page.query_selector("link[rel=icon]").ok().flatten());
    if let Some(icon) = icon {
        let file = if count > 0 { "./icon-unread.svg" } else { "./icon.svg" };
        if icon.get_attribute("href").as_deref() != Some(file) {
            let _ = icon.set_attribute("href", file);
        }
    }
    let navigator = window().map(|window| window.navigator()).into();
    #[expect(clippy::cast_precision_loss, reason = "nobody has so many")]
    let badge = if count > 0 {
        call(&navigator, "setAppBadge", &[&JsValue::from_f64(count as f64)])
    } else {
        call(&navigator, "clearAppBadge", &[])
    };
    if badge.is_ok() {
        // A page that is not installed may be refused.
        spawn_local(async { drop(finished(badge).await) });
    }
}

/// Brings the page before the person, with this conversation open.
pub fn turn_to(with: &UserId) {
    let Some(window) = window() else { return };
    let _ = window.focus();
    // It comes to the program as any change of the address does.
    let _ = window.location().set_hash(&address(with));
}

/// Loads the page again.
pub fn reload() {
    if let Some(window) = window() {
        let _ = window.location().reload();
    }
}

/// Loads the page again, with this query in its address.
pub fn load_with(query: &str) {
    let Some(location) = window().map(|window| window.location()) else { return };
    let same = location.search().is_ok_and(|now| now == query);
    // The same address again would only be scrolled to.
    let _ = if same { location.reload() } else { location.set_search(query) };
}

/// The page's own origin, such as `https://chat.example`.
pub fn origin() -> Option<String> {
    window()?.location().origin().ok()
}

/// Whether the page is visible and its window has the focus.
pub fn attention() -> bool {
    document().is_some_and(|page| {
        page.visibility_state() == VisibilityState::Visible && page.has_focus().unwrap_or(false)
    })
}

/// Whether the browser believes that there is a network.
pub fn online() -> bool {
    window().is_none_or(|window| window.navigator().on_line())
}

/// The person whose conversation the address names: `#/ID`.
pub fn route() -> Option<UserId> {
    let hash = window()?.location().hash().ok()?;
    let id = decode_uri_component(hash.strip_prefix("#/")?).ok()?;
    let id = String::from(id);
    (!id.is_empty()).then(|| UserId::from(id))
}

/// Makes the address name this conversation, or none, so that Back leads from a conversation to the list
/// and a reload opens the same one again.
pub fn show_route(with: Option<&UserId>) {
    WANTED.set(with.cloned());
    if GOING_BACK.get() || route().as_ref() == with {
        return;
    }
    let Some(history) = window().and_then(|window| window.history().ok()) else { return };
    let from_list = JsValue::from_str(FROM_LIST);
    let came_from_list = history.state().is_ok_and(|state| state == from_list);
    // A browser that refuses (too many changes at once) leaves the address behind, which does no harm.
    let _ = match with {
        Some(with) if route().is_none() => {
            history.push_state_with_url(&from_list, "", Some(&address(with)))
        }
        Some(with) => {
            let state = if came_from_list { from_list } else { JsValue::NULL };
            history.replace_state_with_url(&state, "", Some(&address(with)))
        }
        None if came_from_list => {
            let back = history.back();
            GOING_BACK.set(back.is_ok());
            back
        }
        None => history.replace_state_with_url(&JsValue::NULL, "", Some("#")),
    };
}

fn address(with: &UserId) -> String {
    format!("#/{}", escape(with.as_str()))
}

/// The page's own scripts learn that the program is there and listens to them (`src/start.js`, `src/later.js`).
pub fn has_begun() {
    if let (Some(window), Ok(event)) = (window(), Event::new("chinwag:begun")) {
        let _ = window.dispatch_event(&event);
    }
}

/// Tells what happens to the page for as long as it lives.
pub fn listen(tell: fn(Input)) {
    on(ev::online, move || tell(Input::Online(true)));
    on(ev::offline, move || tell(Input::Online(false)));
    on(ev::focus, move || tell(Input::Attention(attention())));
    on(ev::blur, move || tell(Input::Attention(attention())));
    // The page may be gone the next moment, whoever looks at it.
    on(ev::pagehide, move || tell(Input::Attention(false)));
    // In Safari nothing reaches the disk any more by then. Here the page may stay all the same.
    let may_go = move |_| {
        tell(Input::Attention(false));
        tell(Input::Attention(attention()));
    };
    if let Some(window) = window() {
        hear(&window, &["beforeunload"], Box::new(may_go));
    }
    // It bubbles from the document to the window.
    on(ev::visibilitychange, move || tell(Input::Attention(attention())));
    on(ev::popstate, move || {
        if GOING_BACK.replace(false) {
            // Something else may have been opened meanwhile.
            let wanted = WANTED.with_borrow(Clone::clone);
            show_route(wanted.as_ref());
        } else {
            tell(Input::Route(route()));
        }
    });
}

fn on<E>(event: E, act: impl Fn() + 'static)
where
    E: EventDescriptor + 'static,
    E::EventType: JsCast,
{
    // The page's listeners live as long as the page: the handle that would remove one is not needed.
    let _ = window_event_listener(event, move |_| act());
}

fn window() -> Option<Window> {
    web_sys::window()
}

fn document() -> Option<Document> {
    window()?.document()
}
