//! What tells of a message that is not seen: notifications, the sound, the page's icon; and how a person chooses them.

use chinwag::edge::{notify, page, settings};
use chinwag::state::{Permission, Setting};
use chinwag_protocol::UserId;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{Fake, Page, id, js, json, promised, settle, wait_for};

const TOOL: &str = ".topbar [aria-label=Settings]";

/// Notifications as a browser has them, and no service worker. What is shown is in `notes`, what happens to it in `happened`.
const OWN: &str = "
    const real = [window.Notification, window.focus];
    window.notes = [];
    window.happened = [];
    window.answer = 'granted';
    window.Note = class {
        constructor(title, options) {
            Object.assign(this, { title }, options);
            window.notes = [...notes.filter(({ tag }) => tag !== this.tag), this];
            happened.push('shown');
        }
        close() { window.notes = notes.filter((note) => note !== this); happened.push('closed') }
    };
    window.Notification = class extends Note {
        static permission = 'granted';
        static async requestPermission() { happened.push('asked'); return this.permission = answer }
    };
    window.focus = () => happened.push('focused');
    Object.defineProperty(navigator, 'serviceWorker', { configurable: true, value: { getRegistration: async () => undefined } });
    return () => { [window.Notification, window.focus] = real; delete navigator.serviceWorker };";
/// The same with a worker at work. It takes its time.
const WORKER: &str = "
    navigator.serviceWorker.getRegistration = async () => ({
        active: {},
        async showNotification(title, options) {
            await new Promise((go) => setTimeout(go, 30));
            new Note(title, options);
            happened.push('by the worker');
        },
        async getNotifications() { return [...notes] },
    });
    return () => {};";
/// The same with one that is not at work yet.
const INSTALLING: &str = "
    navigator.serviceWorker.getRegistration = async () => ({
        active: null,
        async showNotification() { happened.push('by the worker'); throw new TypeError() },
        async getNotifications() { return [] },
    });
    return () => {};";
/// The sounds of a browser: what is played is in `sounds`.
const SOUNDS: &str = "
    const real = window.AudioContext;
    window.sounds = [];
    const value = () => ({ setValueAtTime: (to) => sounds.push(to), linearRampToValueAtTime() {}, exponentialRampToValueAtTime() {} });
    const node = (more) => ({ connect() {}, ...more });
    window.AudioContext = class {
        currentTime = 5;
        destination = {};
        async resume() {}
        createOscillator() { return node({ frequency: value(), start() { sounds.push('start') }, stop() {} }) }
        createGain() { return node({ gain: value() }) }
    };
    Object.defineProperty(navigator, 'userActivation', { configurable: true, value: { hasBeenActive: true } });
    return () => { window.AudioContext = real; delete navigator.userActivation };";

const NOTES: &str = "notes.map(({ title, body, tag, data }) => [title, body, tag, data])";

fn choose(setting: Setting, value: &str) {
    (settings::of_the_browser().choose)(setting, value);
}

/// The person wants to be notified, or not.
fn wants(setting: Setting, is: bool) {
    choose(setting, if is { "on" } else { "" });
}

fn message(from: &str, text: &str) {
    notify::tell(&id(from), from, text, true);
}

async fn happens(what: &str) {
    wait_for(what, || json("happened").contains(what)).await;
}

#[wasm_bindgen_test]
async fn each_conversation_has_one_notification_and_a_click_leads_to_it() {
    let _fake = Fake::new(OWN);
    wants(Setting::Notify, true);
    message("ada", "hello");
    message("bo b", "hi");
    message("ada", "are you there?");
    wait_for("two", || json("notes.length") == "2" && json("happened.length") == "3").await;
    assert_eq!(
        json(NOTES),
        r#"[["bo b","hi","bo b","bo b"],["ada","are you there?","ada","ada"]]"#
    );
    assert_eq!(
        json("notes.every(({ silent, renotify, dir }) => silent && renotify && dir === 'auto')"),
        "true"
    );
    js("notes[0].onclick(new Event('click'))");
    assert_eq!(json("happened.slice(3)"), r#"["closed","focused"]"#);
    assert_eq!(json("location.hash"), r##""#/bo%20b""##);
    assert_eq!(page::route(), Some(id("bo b")));
    notify::close(Vec::new());
    wait_for("none", || json("notes.length") == "0").await;
    // One of each conversation; the one before it is not kept in mind.
    assert_eq!(json("happened.slice(5)"), r#"["closed","closed"]"#);
    js("history.replaceState(null, '', location.pathname)");
    wants(Setting::Notify, false);
}

#[wasm_bindgen_test]
async fn what_is_read_goes_and_the_rest_stays() {
    for (worker, script) in [(false, ""), (true, WORKER), (false, INSTALLING)] {
        let _fake = Fake::all(&[OWN, if script.is_empty() { "return () => {}" } else { script }]);
        wants(Setting::Notify, true);
        message("ada", "hello");
        message("bob", "hi");
        // At once: also what is still on its way.
        notify::close(vec![id("bob")]);
        happens("closed").await;
        assert_eq!(json(NOTES), r#"[["bob","hi","bob","bob"]]"#, "worker: {worker}");
        assert_eq!(json("happened.includes('by the worker')"), worker.to_string());
        notify::close(Vec::new());
        wait_for("none", || json("notes.length") == "0").await;
        wants(Setting::Notify, false);
    }
}

#[wasm_bindgen_test]
async fn who_has_not_chosen_notifications_or_does_not_allow_them_gets_none() {
    let _fake = Fake::new(OWN);
    wants(Setting::Notify, false);
    message("ada", "hello");
    wants(Setting::Notify, true);
    for permission in ["default", "denied"] {
        js(&format!("Notification.permission = '{permission}'"));
        message("ada", "hello");
        notify::close(Vec::new());
    }
    settle().await;
    assert_eq!(json("happened"), "[]");
    wants(Setting::Notify, false);
}

#[wasm_bindgen_test]
async fn a_browser_without_notifications_or_with_odd_ones_goes_on() {
    let odd = "window.Notification = class { static permission = 'granted'; constructor() { happened.push('thrown'); throw new TypeError() } };
        return () => {};";
    {
        let _fake = Fake::all(&[OWN, odd]);
        wants(Setting::Notify, true);
        message("ada", "hello");
        happens("thrown").await;
        notify::close(Vec::new());
    }
    for without in [
        "delete window.Notification",
        "Object.defineProperty(window, 'isSecureContext', { configurable: true, value: false })",
    ] {
        let undo = "return () => { delete window.isSecureContext }";
        let _fake = Fake::all(&[OWN, &format!("{without}; {undo}")]);
        assert_eq!(notify::permission(), Permission::Unsupported, "{without}");
        message("ada", "hello");
        settle().await;
        assert_eq!(json("happened"), "[]");
    }
    wants(Setting::Notify, false);
}

#[wasm_bindgen_test]
async fn a_message_is_heard_where_that_was_chosen_and_once_in_a_burst() {
    let _fake = Fake::all(&[OWN, SOUNDS]);
    let started = "sounds.filter((sound) => sound === 'start').length";
    message("ada", "hello");
    settle().await;
    assert_eq!(json("sounds"), "[]");
    wants(Setting::Sound, true);
    wait_for("an example", || json(started) == "1").await;
    message("ada", "hello");
    wait_for("the sound", || json(started) == "2").await;
    notify::tell(&id("ada"), "ada", "again", false);
    settle().await;
    assert_eq!(json(started), "2");
    assert_eq!(json("sounds.slice(0, 3)"), "[587.33,783.99,0]");
    // The browser would only complain.
    js("navigator.userActivation.hasBeenActive = false");
    message("ada", "hello");
    settle().await;
    assert_eq!(json(started), "2");
    assert_eq!(json("happened"), "[]", "a sound is no notification");
    wants(Setting::Sound, false);
    assert_eq!(json("localStorage.getItem('chinwag.sound')"), "null");
}

#[wasm_bindgen_test]
async fn the_icon_tells_whether_anything_is_unread_and_the_installed_ones_how_much() {
    let _fake = Fake::new(
        "const real = [...document.querySelectorAll('link[rel=icon]')];
        real.forEach((link) => link.remove());
        const link = Object.assign(document.createElement('link'), { rel: 'icon' });
        link.setAttribute('href', './icon.svg');
        document.head.append(link);
        window.badges = [];
        navigator.setAppBadge = async (count) => { badges.push(count); throw new DOMException('no', 'NotAllowedError') };
        navigator.clearAppBadge = async () => { badges.push('none') };
        return () => { link.remove(); document.head.append(...real); delete navigator.setAppBadge; delete navigator.clearAppBadge };",
    );
    let icon = || json("document.querySelector('link[rel=icon]').getAttribute('href')");
    for (count, file) in
        [(0, "icon.svg"), (2, "icon-unread.svg"), (3, "icon-unread.svg"), (0, "icon.svg")]
    {
        page::show_unread(count);
        assert_eq!(icon(), format!(r#""./{file}""#), "{count}");
    }
    assert_eq!(json("badges"), r#"["none",2,3,"none"]"#);
    js("delete navigator.setAppBadge; document.querySelector('link[rel=icon]').remove()");
    page::show_unread(1);
}

fn switch(name: &str) -> String {
    format!("dialog input[role=switch][name={name}]")
}

fn is_on(page: &Page, name: &str) -> bool {
    page.has(&format!("{}:checked", switch(name)))
}

const HINT: &str = "dialog [role=status] .faint";

/// The settings of who is asked so, and answers so.
async fn dialog() -> Page {
    wants(Setting::Notify, false);
    wants(Setting::Sound, false);
    let page = Page::talking_to("ada").await;
    page.click(TOOL).await;
    page
}

async fn leave(page: &Page) {
    page.key("dialog h2", "Escape", |_| {}).await;
}

#[wasm_bindgen_test]
async fn nobody_is_asked_before_they_want_notifications() {
    let _fake = Fake::new(OWN);
    js("Notification.permission = 'default'");
    let page = dialog().await;
    assert!(!is_on(&page, "notify") && !is_on(&page, "sound") && !page.has(HINT));
    assert_eq!(json("happened"), "[]");
    page.click(&switch("notify")).await;
    happens("asked").await;
    wait_for("the switch", || is_on(&page, "notify")).await;
    assert_eq!(json("localStorage.getItem('chinwag.notify')"), r#""on""#);
    leave(&page).await;
    page.click(TOOL).await;
    assert!(is_on(&page, "notify"), "it is found again");
    page.click(&switch("notify")).await;
    assert_eq!(json("localStorage.getItem('chinwag.notify')"), "null");
    leave(&page).await;
}

#[wasm_bindgen_test]
async fn who_does_not_allow_notifications_is_told_how_to_and_who_does_not_answer_is_not() {
    let _fake = Fake::new(OWN);
    js("Notification.permission = 'default'; answer = 'default'");
    let page = dialog().await;
    page.click(&switch("notify")).await;
    happens("asked").await;
    settle().await;
    assert!(!is_on(&page, "notify") && !page.has(HINT));
    js(
        "window.real = Notification.requestPermission; Notification.requestPermission = () => new Promise((go) => window.go = go)",
    );
    page.click(&switch("notify")).await;
    assert!(!is_on(&page, "notify"), "not before there is an answer");
    js("Notification.permission = 'denied'; go('denied'); Notification.requestPermission = real");
    wait_for("the hint", || page.has(HINT)).await;
    assert!(page.text(HINT).starts_with("Your browser blocks notifications from this page."));
    assert_eq!(
        page.attribute(&switch("notify"), "aria-describedby").as_deref(),
        Some("notices-hint")
    );
    assert!(!is_on(&page, "notify"));
    leave(&page).await;
    // Chosen once, and forbidden since.
    wants(Setting::Notify, true);
    page.click(TOOL).await;
    assert!(!is_on(&page, "notify") && page.has(HINT));
    // And allowed again meanwhile.
    js("answer = 'granted'");
    page.click(&switch("notify")).await;
    wait_for("the switch", || is_on(&page, "notify") && !page.has(HINT)).await;
    leave(&page).await;
    wants(Setting::Notify, false);
}

#[wasm_bindgen_test]
async fn where_there_are_no_notifications_only_the_sound_can_be_chosen() {
    let _fake = Fake::all(&[OWN, SOUNDS, "delete window.Notification; return () => {}"]);
    let page = dialog().await;
    assert!(!page.has(&switch("notify")));
    page.click(&switch("sound")).await;
    assert!(is_on(&page, "sound"));
    wait_for("an example", || json("sounds").contains("start")).await;
    leave(&page).await;
    page.click(TOOL).await;
    assert!(is_on(&page, "sound"));
    page.click(&switch("sound")).await;
    assert_eq!(json("localStorage.getItem('chinwag.sound')"), "null");
    leave(&page).await;
}

#[wasm_bindgen_test]
async fn somebody_without_a_name_is_unknown() {
    let _page = Page::start().await;
    let _fake = Fake::new(OWN);
    wants(Setting::Notify, true);
    notify::tell(&UserId::from("x"), "", "hello", true);
    happens("shown").await;
    assert_eq!(json(NOTES), r#"[["Unknown","hello","x","x"]]"#);
    notify::close(Vec::new());
    happens("closed").await;
    wants(Setting::Notify, false);
}

/// The worker's own code, with a pretended browser around it: `listeners` are what it listens with.
const CLICKS: &str = "
    window.happened = [];
    const pages = [];
    window.pages = pages;
    const listeners = {};
    const clients = {
        matchAll: async (which) => { happened.push(which.includeUncontrolled); return pages },
        openWindow: async (url) => { happened.push(`opened ${url}`) },
    };
    const registration = { scope: 'https://chat.example/a/' };
    new Function('registration', 'clients', 'caches', 'skipWaiting', 'addEventListener', WORKER)(
        registration, clients, {}, () => {}, (name, act) => { listeners[name] = act });
    window.page = (url, focus) => ({ url, postMessage: (what) => happened.push(what), focus });
    window.clicked = async (data) => {
        let until;
        const close = () => happened.push('closed');
        listeners.notificationclick({ notification: { data, close }, waitUntil: (promise) => until = promise });
        await until;
    };
    return () => {};";

#[wasm_bindgen_test]
async fn a_click_leads_to_the_page_that_is_there_or_to_a_new_one() {
    let worker = format!("{:?}", include_str!("../../public/sw.js"));
    let _fake = Fake::new(&CLICKS.replace("WORKER", &worker));
    promised("clicked('a b')").await;
    assert_eq!(json("happened"), r#"["closed",true,"opened https://chat.example/a/#/a%20b"]"#);
    js("happened = []; pages.push(page('https://chat.example/b/', () => happened.push('no')),
        page('https://chat.example/a/#/x', async () => { happened.push('focused') }))");
    promised("clicked('ada')").await;
    assert_eq!(json("happened"), r#"["closed",true,{"open":"ada"},"focused"]"#);
    js(
        "happened = []; pages[1].focus = async () => { throw new DOMException('no', 'InvalidAccessError') }",
    );
    promised("clicked('ada')").await;
    assert_eq!(json("happened"), r#"["closed",true,{"open":"ada"}]"#);
}
