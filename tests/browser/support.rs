//! A page to draw on, things to draw, and pretended browser parts.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

use chinwag::app::App;
use chinwag::edge::locale::plural;
use chinwag::edge::{emoji, page, picture, settings, sizes, typing};
use chinwag::state::catalogue::speak;
use chinwag::state::session::{
    Change, Command, ConversationView, Gate, ListStatus, OlderStatus, OrderView, OwnState,
    PeopleView, PersonView, RowKey, RowView,
};
use chinwag::state::{Browser, Day, Locale, Settings, State, Timestamp, User};
use chinwag_protocol::{Receipts, UserId};
use js_sys::{Function, Promise};
use leptos::mount::mount_to;
use leptos::view;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Element, Event, EventInit, HtmlElement, HtmlInputElement, HtmlTextAreaElement, KeyboardEvent,
    KeyboardEventInit,
};

/// After so many frames (five seconds) nothing will come any more.
const FRAMES: u32 = 300;
/// The words that the page speaks.
const WORDS: &str = include_str!("../../public/locales/en.json");
const CLASS: &str = "page-under-test";

/// What else there is to a key.
pub(crate) type More = fn(&KeyboardEventInit);

/// Chinwag, drawn into an element of its own, which goes with it.
pub(crate) struct Page {
    place: HtmlElement,
    pub(crate) state: State,
    sent: Rc<RefCell<Vec<Command>>>,
    _mounted: Box<dyn Any>,
}

impl Drop for Page {
    fn drop(&mut self) {
        self.place.remove();
    }
}

impl Page {
    /// The page as it is at the start. Its commands are collected.
    pub(crate) async fn start() -> Self {
        let sent = Rc::new(RefCell::new(Vec::new()));
        let collected = Rc::clone(&sent);
        Self::mount(plain(), settings::of_the_browser(), sent, move |command| {
            collected.borrow_mut().push(command);
        })
        .await
    }

    /// The chat of a browser that keeps settings like this.
    pub(crate) async fn set_by(settings: &'static Settings) -> Self {
        let page = Self::mount(plain(), settings, Rc::default(), |_| {}).await;
        page.show([chat()]).await;
        page
    }

    /// A page whose commands go elsewhere.
    pub(crate) async fn commanding(commands: impl Fn(Command) + 'static) -> Self {
        Self::written_as(plain(), commands).await
    }

    /// The same, with times that are written like this.
    pub(crate) async fn written_as(
        locale: &'static Locale,
        commands: impl Fn(Command) + 'static,
    ) -> Self {
        Self::mount(locale, settings::of_the_browser(), Rc::default(), commands).await
    }

    /// The chat, with one conversation open.
    pub(crate) async fn talking_to(with: &str) -> Self {
        let page = Self::start().await;
        page.show([chat(), named(with), open(with)]).await;
        page
    }

    async fn mount(
        locale: &'static Locale,
        settings: &'static Settings,
        sent: Rc<RefCell<Vec<Command>>>,
        commands: impl Fn(Command) + 'static,
    ) -> Self {
        // What a failed test has left behind.
        while let Some(old) = document().query_selector(&format!(".{CLASS}")).unwrap() {
            old.remove();
        }
        assert!(speak(WORDS.to_owned(), plural));
        let place: HtmlElement = document().create_element("div").unwrap().dyn_into().unwrap();
        place.set_class_name(CLASS);
        document().body().unwrap().append_child(&place).unwrap();
        let made = Rc::new(RefCell::new(None));
        let keep = Rc::clone(&made);
        let mounted = mount_to(place.clone(), move || {
            let browser = Browser {
                watch: sizes::watch,
                dress: page::dress,
                read_picture: picture::read,
                type_in: typing::type_in,
                load_emoji: emoji::load,
                settings,
            };
            let state = State::new(locale, browser, commands);
            keep.replace(Some(state));
            view! { <App state=state /> }
        });
        let state = made.take().unwrap();
        let page = Self { place, state, sent, _mounted: Box::new(mounted) };
        settle().await;
        page
    }

    /// Applies these changes and waits until they are drawn.
    pub(crate) async fn show(&self, changes: impl IntoIterator<Item = Change>) {
        for change in changes {
            self.state.apply(change);
        }
        settle().await;
    }

    /// What was asked of the session since the last look. That the newest message is in view is told by the page
    /// itself and left out.
    pub(crate) fn sent(&self) -> Vec<Command> {
        let sent = self.sent.take();
        sent.into_iter().filter(|command| !matches!(command, Command::Stand(_))).collect()
    }

    /// Every command since the last look.
    pub(crate) fn everything_sent(&self) -> Vec<Command> {
        self.sent.take()
    }

    /// The element that the page is drawn into.
    pub(crate) fn place(&self) -> &HtmlElement {
        &self.place
    }

    pub(crate) fn all(&self, selector: &str) -> Vec<Element> {
        let found = self.place.query_selector_all(selector).unwrap();
        (0..found.length()).map(|index| found.get(index).unwrap().unchecked_into()).collect()
    }

    pub(crate) fn find(&self, selector: &str) -> HtmlElement {
        let found = self.place.query_selector(selector).unwrap();
        let Some(found) = found else { panic!("no {selector} in {}", self.place.inner_html()) };
        found.unchecked_into()
    }

    pub(crate) fn has(&self, selector: &str) -> bool {
        !self.all(selector).is_empty()
    }

    /// The text of the first such element, hidden words included, with single spaces.
    pub(crate) fn text(&self, selector: &str) -> String {
        words_of(&self.find(selector))
    }

    /// The texts of all such elements.
    pub(crate) fn texts(&self, selector: &str) -> Vec<String> {
        self.all(selector).iter().map(words_of).collect()
    }

    pub(crate) fn attribute(&self, selector: &str, name: &str) -> Option<String> {
        self.find(selector).get_attribute(name)
    }

    pub(crate) async fn click(&self, selector: &str) {
        self.find(selector).click();
        settle().await;
    }

    /// Clicks the button that says this.
    pub(crate) async fn press(&self, words: &str) {
        let buttons = self.all("button");
        let Some(button) = buttons.iter().find(|button| words_of(button) == words) else {
            panic!("no button “{words}” in {:?}", self.texts("button"))
        };
        button.unchecked_ref::<HtmlElement>().click();
        settle().await;
    }

    /// Replaces the text of a field, as typing does.
    pub(crate) async fn type_into(&self, selector: &str, text: &str) {
        let field = self.find(selector);
        match field.dyn_ref::<HtmlInputElement>() {
            Some(input) => input.set_value(text),
            None => field.unchecked_ref::<HtmlTextAreaElement>().set_value(text),
        }
        let bubbles = EventInit::new();
        bubbles.set_bubbles(true);
        let event = Event::new_with_event_init_dict("input", &bubbles).unwrap();
        field.dispatch_event(&event).unwrap();
        settle().await;
    }

    /// The text of a field.
    pub(crate) fn value(&self, selector: &str) -> String {
        let field = self.find(selector);
        match field.dyn_ref::<HtmlInputElement>() {
            Some(input) => input.value(),
            None => field.unchecked_ref::<HtmlTextAreaElement>().value(),
        }
    }

    /// Presses a key; `with` says what else there is to it. Whether the browser still does what it does by itself.
    pub(crate) async fn key(&self, selector: &str, key: &str, with: More) -> bool {
        let init = KeyboardEventInit::new();
        init.set_key(key);
        init.set_bubbles(true);
        init.set_cancelable(true);
        with(&init);
        let event = KeyboardEvent::new_with_keyboard_event_init_dict("keydown", &init).unwrap();
        let goes_on = self.find(selector).dispatch_event(&event).unwrap();
        settle().await;
        goes_on
    }

    /// Whether this element has the focus.
    pub(crate) fn is_focused(&self, selector: &str) -> bool {
        document().active_element().as_ref() == Some(self.find(selector).as_ref())
    }
}

pub(crate) fn document() -> web_sys::Document {
    web_sys::window().unwrap().document().unwrap()
}

fn words_of(element: &Element) -> String {
    let text = element.text_content().unwrap_or_default();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Waits until everything that has happened is drawn, with what was put off to the next frame.
pub(crate) async fn settle() {
    frame().await;
    frame().await;
}

/// Waits until something is so.
pub(crate) async fn wait_for(what: &str, is: impl Fn() -> bool) {
    for _ in 0..FRAMES {
        if is() {
            return;
        }
        frame().await;
    }
    panic!("it never came: {what}");
}

async fn frame() {
    let frame = Promise::new(&mut |done, _| {
        web_sys::window().unwrap().request_animation_frame(&done).unwrap();
    });
    JsFuture::from(frame).await.unwrap();
}

thread_local! {
    /// Undoes the present pretence. A test that failed has not done so: a panic drops nothing here.
    static UNDO: Cell<Option<Function>> = const { Cell::new(None) };
}

/// A part of the browser that is played by JavaScript until this is dropped.
pub(crate) struct Fake(());

impl Fake {
    /// `script` is the body of a function that pretends something and returns the function that undoes it.
    pub(crate) fn new(script: &str) -> Self {
        Self::undo();
        UNDO.set(Some(js(&format!("(() => {{ {script} }})()")).dyn_into().unwrap()));
        Self(())
    }

    /// All of these at the same time.
    pub(crate) fn all(scripts: &[&str]) -> Self {
        let each: Vec<_> =
            scripts.iter().map(|script| format!("(() => {{ {script} }})()")).collect();
        Self::new(&format!(
            "const undo = [{}]; return () => undo.reverse().forEach((undo) => undo());",
            each.join(",")
        ))
    }

    fn undo() {
        if let Some(undo) = UNDO.take() {
            undo.call0(&JsValue::UNDEFINED).unwrap();
        }
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        Self::undo();
    }
}

/// The value of a piece of JavaScript.
pub(crate) fn js(script: &str) -> JsValue {
    js_sys::eval(script).unwrap()
}

/// What a promise of JavaScript comes to; within five seconds.
pub(crate) async fn promised(script: &str) -> JsValue {
    let late =
        "new Promise((_, late) => setTimeout(() => late(new Error('it never came')), 5_000))";
    let promise: Promise = js(&format!("Promise.race([{script}, {late}])")).unchecked_into();
    JsFuture::from(promise).await.unwrap()
}

/// The value as JSON.
pub(crate) fn json(script: &str) -> String {
    js(&format!("JSON.stringify({script})")).as_string().unwrap()
}

/// The present day of [`plain`].
const TODAY: i64 = 100;

/// Times as plain numbers, and days of a thousand milliseconds.
pub(crate) fn plain() -> &'static Locale {
    &Locale {
        time: |at| format!("time {}", at.millis()),
        date: |at| format!("day {}", at.millis()),
        brief: |at| format!("brief {}", at.millis()),
        // In a date field each of those days is a year.
        field: |at| {
            let day = at.map_or(TODAY, |at| at.millis().div_euclid(1000));
            format!("{:04}-01-01", 2000 + day)
        },
        day_of: |text| {
            let year: i64 = text.strip_suffix("-01-01")?.parse().ok()?;
            let start = (year - 2000) * 1000;
            Some(Day { start, end: start + 1000 })
        },
        fold: str::to_lowercase,
        day: |at| {
            let start = at.millis().div_euclid(1000) * 1000;
            Day { start, end: start + 1000 }
        },
    }
}

pub(crate) fn id(name: &str) -> UserId {
    UserId::from(name)
}

pub(crate) fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

/// The chat, as Grace.
pub(crate) fn chat() -> Change {
    Change::Gate(Gate::Chat { me: User::named(id("grace"), "Grace") })
}

/// Somebody of this name, online.
pub(crate) fn person(name: &str) -> PersonView {
    PersonView { name: name.to_owned(), online: true, ..PersonView::default() }
}

/// Somebody whose identity is their name.
pub(crate) fn named(name: &str) -> Change {
    Change::Person(id(name), person(name))
}

/// The list of people, complete.
pub(crate) fn people(recent: &[&str], others: &[&str]) -> PeopleView {
    let ids = |names: &[&str]| names.iter().map(|name| id(name)).collect();
    PeopleView {
        recent: ids(recent),
        others: ids(others),
        online: recent.len() + others.len(),
        status: ListStatus::Ready,
        more: OlderStatus::End,
    }
}

/// A conversation that has been loaded to its beginning.
pub(crate) fn conversation(with: &str) -> ConversationView {
    ConversationView {
        at: None,
        missed: 0,
        seeking: None,
        arrived: None,
        begins: None,
        with: id(with),
        draft: String::new(),
        status: ListStatus::Ready,
        older: OlderStatus::End,
        gap: OlderStatus::More,
        new_from: None,
    }
}

pub(crate) fn open(with: &str) -> Change {
    Change::Conversation(Some(conversation(with)))
}

/// A message; its time is its key.
pub(crate) fn row(key: u64, content: &str, own: Option<OwnState>) -> (RowKey, RowView) {
    let at = at(i64::try_from(key).unwrap());
    (
        RowKey(key),
        RowView { content: content.to_owned(), at, own, receipts: Receipts::default(), gap: false },
    )
}

/// These rows, in this order.
pub(crate) fn rows(rows: Vec<(RowKey, RowView)>) -> [Change; 2] {
    let keys: Vec<u64> = rows.iter().map(|(key, _)| key.0).collect();
    [Change::Rows(rows), order(&keys)]
}

/// These are all rows there are.
pub(crate) fn order(keys: &[u64]) -> Change {
    let keys = keys.iter().copied().map(RowKey).collect();
    Change::Order(OrderView { keys, above: 0, below: 0 })
}
