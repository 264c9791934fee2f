//! The person's other tabs. Two of them are played in one page.

use std::cell::RefCell;

use chinwag::edge::tabs::Tabs;
use chinwag::state::session::Input;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{Fake, js, json, promised, wait_for};

thread_local! {
    /// What each tab was told, by its number.
    static TOLD: RefCell<Vec<(u8, Input)>> = const { RefCell::new(Vec::new()) };
}

/// To what a tab tells what happens.
fn on<const NUMBER: u8>(input: Input) {
    TOLD.with_borrow_mut(|told| told.push((NUMBER, input)));
}

fn told() -> Vec<(u8, Input)> {
    TOLD.with_borrow(Clone::clone)
}

/// What the tab has heard of others.
fn heard(number: u8) -> Vec<String> {
    let heard = told().into_iter().filter(|(tab, _)| *tab == number);
    heard
        .filter_map(|(_, input)| if let Input::Heard(text) = input { Some(text) } else { None })
        .collect()
}

/// Waits until that many hold the lock of this name, and that many wait for it.
async fn locks(name: &str, held: u32, waiting: u32) {
    let counted = promised(&format!(
        "(async () => {{
            const of = (locks) => locks.filter(({{ name }}) => name === {name:?}).length;
            for (let look = 0; ; look += 1) {{
                const {{ held, pending }} = await navigator.locks.query();
                const counted = of(held) + ' and ' + of(pending);
                if (counted === '{held} and {waiting}' || look === 200) return counted;
                await new Promise(requestAnimationFrame);
            }}
        }})()"
    ))
    .await;
    assert_eq!(counted.as_string().unwrap(), format!("{held} and {waiting}"));
}

#[wasm_bindgen_test]
async fn one_tab_leads_at_a_time_and_the_next_once_it_is_gone() {
    const NAME: &str = "test: who leads";
    TOLD.take();
    js(&format!(
        "navigator.locks.request({NAME:?}, () => new Promise((done) => window.letGo = done))"
    ));
    let mut first = Tabs::join(NAME.to_owned(), on::<1>);
    let mut second = Tabs::join(NAME.to_owned(), on::<2>);
    assert!(!first.lead(on::<1>));
    assert!(!second.lead(on::<2>));
    locks(NAME, 1, 2).await;
    assert_eq!(told(), [], "another one leads");
    js("letGo()");
    wait_for("the next", || !told().is_empty()).await;
    locks(NAME, 1, 1).await;
    assert_eq!(told(), [(1, Input::Leads)], "and for as long as it lives nobody else");
}

#[wasm_bindgen_test]
async fn a_tab_that_is_alone_in_its_name_leads_whoever_else_leads_elsewhere() {
    TOLD.take();
    let mut one = Tabs::join("test: one server".to_owned(), on::<1>);
    let mut other = Tabs::join("test: another server".to_owned(), on::<2>);
    assert!(!one.lead(on::<1>) && !other.lead(on::<2>));
    wait_for("both", || told().len() == 2).await;
    let mut who: Vec<_> = told().into_iter().map(|(tab, _)| tab).collect();
    who.sort_unstable();
    assert_eq!(who, [1, 2]);
}

#[wasm_bindgen_test]
async fn a_tab_hears_the_others_of_its_name_and_not_itself() {
    TOLD.take();
    let name = "test: who hears".to_owned();
    let first = Tabs::join(name.clone(), on::<1>);
    let second = Tabs::join(name, on::<2>);
    let stranger = Tabs::join("test: who hears not".to_owned(), on::<3>);
    stranger.tell("not for you");
    first.tell("one");
    first.tell("\"é\"\n👋");
    second.tell("two");
    first.tell("three");
    wait_for("the last word", || heard(2).len() == 3 && heard(1).len() == 1).await;
    assert_eq!(heard(1), ["two"]);
    assert_eq!(heard(2), ["one", "\"é\"\n👋", "three"]);
    assert_eq!(heard(3).len(), 0);
}

#[wasm_bindgen_test]
async fn what_is_no_text_is_not_heard() {
    TOLD.take();
    let _tab = Tabs::join("test: no text".to_owned(), on::<1>);
    js("const odd = new BroadcastChannel('test: no text');
        for (const said of [null, 7, { a: 1 }, ['text'], 'text']) odd.postMessage(said);
        odd.close()");
    wait_for("the text", || !told().is_empty()).await;
    assert_eq!(told(), [(1, Input::Heard("text".to_owned()))]);
}

/// A browser without Web Locks.
pub(crate) const NO_LOCKS: &str = "
    Object.defineProperty(navigator, 'locks', { configurable: true, value: undefined });
    return () => delete navigator.locks;";

const LOCKS_THROW: &str = "
    Object.defineProperty(navigator, 'locks',
        { configurable: true, value: { request() { throw new DOMException('no', 'SecurityError') } } });
    return () => delete navigator.locks;";

const NO_CHANNEL: &str = "
    const real = window.BroadcastChannel;
    delete window.BroadcastChannel;
    return () => window.BroadcastChannel = real;";

/// Tabs that have nowhere to keep what they share.
const NO_STORAGE: &str = "
    const real = Object.getOwnPropertyDescriptor(window, 'localStorage');
    Object.defineProperty(window, 'localStorage',
        { configurable: true, get() { throw new DOMException('blocked', 'SecurityError') } });
    return () => Object.defineProperty(window, 'localStorage', real);";

#[wasm_bindgen_test]
async fn where_tabs_cannot_find_each_other_each_leads_alone_and_tells_nobody() {
    js("window.said = [];
        window.listener = new BroadcastChannel('test: alone');
        listener.onmessage = ({ data }) => said.push(data);
        window.speaker = new BroadcastChannel('test: alone')");
    for (number, browser) in [NO_LOCKS, LOCKS_THROW, NO_CHANNEL, NO_STORAGE].iter().enumerate() {
        TOLD.take();
        let _browser = Fake::new(browser);
        for _ in 0..2 {
            let mut tab = Tabs::join("test: alone".to_owned(), on::<1>);
            assert!(tab.lead(on::<1>), "{browser}");
            tab.tell("anybody?");
        }
        assert!(!told().contains(&(1, Input::Leads)), "it is not told what it knows");
        js("speaker.postMessage('end')");
        wait_for("the end", || json("said.length") != number.to_string()).await;
        assert_eq!(json("said"), json(&format!("Array({}).fill('end')", number + 1)), "{browser}");
    }
    js("listener.close(); speaker.close()");
}

#[wasm_bindgen_test]
async fn a_browser_that_refuses_the_lock_lets_each_tab_lead() {
    TOLD.take();
    let _refusing = Fake::new(
        "Object.defineProperty(navigator, 'locks',
            { configurable: true, value: { request: async () => { throw new DOMException('no', 'SecurityError') } } });
        return () => delete navigator.locks;",
    );
    let mut tab = Tabs::join("test: refused".to_owned(), on::<1>);
    assert!(!tab.lead(on::<1>));
    wait_for("the lead", || told() == [(1, Input::Leads)]).await;
}
