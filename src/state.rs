//! The read-only picture of the session that the view draws, as reactive signals.
//!
//! Signals change in one function only, [`State::apply`]. Commands go the other way as plain calls, never
//! through a signal: a signal keeps only the last value of a tick, and a burst would be lost.
//! What never lives here: browser types, and anything that the session could decide.

mod apply;
mod browser;
pub mod catalogue;
mod cells;
mod locale;
mod seen;
mod settings;
mod timeline;

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use chinwag_protocol::UserId;
use chinwag_session::{
    AccountView, Command, ConversationView, Gate, LinkStatus, Notice, PeopleView, PersonView,
    RowKey, RowView, SearchView,
};
use leptos::prelude::*;

pub use browser::{Browser, LoadFile, ReadPicture, TypeIn, Watch};
pub use chinwag_protocol::{Password, Timestamp, User};
pub use chinwag_session as session;
pub use locale::{Day, Locale};
pub use seen::{Seen, SeenCell};
pub use settings::{Permission, Setting, Settings};
pub use timeline::{Item, goes_on};

use catalogue::filled;
use cells::Cells;

/// Somebody has written just now: to be said to those who cannot see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// How many arrivals there were before.
    pub number: u64,
    /// Their name.
    pub name: String,
    /// The text, where their conversation is the open one.
    pub content: Option<String>,
}

/// Something that can be done.
type Action = Rc<dyn Fn()>;

/// The messages of the open conversation that are drawn. One that has not changed is the very same as before.
pub type Messages = HashMap<RowKey, Arc<RowView>>;

/// What is no signal: one for each person, and the order of the rows that are drawn.
#[derive(Default)]
struct Kept {
    persons: Cells<UserId, PersonView>,
    order: Vec<RowKey>,
}

/// The picture, and the way to send commands. Cheap to copy: one address, since closures of all parts of the view hold it, and it
/// lives as long as the page does.
#[derive(Clone, Copy)]
pub struct State(&'static Signals);

#[derive(Clone, Copy)]
struct Signals {
    gate: RwSignal<Gate>,
    link: RwSignal<LinkStatus>,
    people: RwSignal<PeopleView>,
    kept: StoredValue<Kept>,
    search: RwSignal<Option<SearchView>>,
    conversation: RwSignal<Option<ConversationView>>,
    rows: RwSignal<Messages>,
    items: RwSignal<Vec<Item>>,
    around: RwSignal<(usize, usize)>,
    notice: RwSignal<Option<Notice>>,
    unread: RwSignal<u64>,
    waiting: RwSignal<usize>,
    account: RwSignal<AccountView>,
    home: StoredValue<String>,
    arrivals: RwSignal<Vec<Arrival>>,
    update_ready: RwSignal<bool>,
    whole: RwSignal<bool>,
    take_update: StoredValue<Option<Action>, LocalStorage>,
    browser: Browser,
    locale: &'static Locale,
    commands: StoredValue<Rc<dyn Fn(Command)>, LocalStorage>,
}

impl State {
    /// The picture before anything has happened. Commands go to `commands`; times read as `locale` has them.
    pub fn new(
        locale: &'static Locale,
        browser: Browser,
        commands: impl Fn(Command) + 'static,
    ) -> Self {
        Self(Box::leak(Box::new(Signals {
            gate: RwSignal::default(),
            link: RwSignal::default(),
            people: RwSignal::default(),
            kept: StoredValue::new(Kept::default()),
            search: RwSignal::new(None),
            conversation: RwSignal::new(None),
            rows: RwSignal::default(),
            items: RwSignal::new(Vec::new()),
            around: RwSignal::default(),
            notice: RwSignal::new(None),
            unread: RwSignal::new(0),
            waiting: RwSignal::new(0),
            account: RwSignal::default(),
            home: StoredValue::new(String::new()),
            arrivals: RwSignal::new(Vec::new()),
            update_ready: RwSignal::new(false),
            whole: RwSignal::new(true),
            take_update: StoredValue::new_local(None),
            browser,
            locale,
            commands: StoredValue::new_local(Rc::new(commands)),
        })))
    }

    /// Sends a command to the session.
    pub fn send(self, command: Command) {
        if let Some(commands) = self.0.commands.try_get_value() {
            commands(command);
        }
    }

    /// Which page is shown.
    pub fn gate(self) -> Seen<Gate> {
        Seen::of(self.0.gate)
    }

    /// How the connection stands.
    pub fn link(self) -> Seen<LinkStatus> {
        Seen::of(self.0.link)
    }

    /// The list of people.
    pub fn people(self) -> Seen<PeopleView> {
        Seen::of(self.0.people)
    }

    /// One person, known or not yet.
    pub fn person(self, id: &UserId) -> SeenCell<PersonView> {
        SeenCell::of(self.0.kept.try_update_value(|kept| kept.persons.get(id)).unwrap_or_default())
    }

    /// The search for people, or none.
    pub fn search(self) -> Seen<Option<SearchView>> {
        Seen::of(self.0.search)
    }

    /// The open conversation, or none.
    pub fn conversation(self) -> Seen<Option<ConversationView>> {
        Seen::of(self.0.conversation)
    }

    /// How many messages of the open conversation are known before and after those that are drawn.
    pub fn around(self) -> Seen<(usize, usize)> {
        Seen::of(self.0.around)
    }

    /// How many messages are drawn.
    pub fn drawn(self) -> usize {
        self.0.kept.try_with_value(|kept| kept.order.len()).unwrap_or_default()
    }

    /// What the open conversation shows, from the oldest: messages, and the days between them.
    pub fn items(self) -> Seen<Vec<Item>> {
        Seen::of(self.0.items)
    }

    /// The messages of the open conversation that are drawn.
    pub fn rows(self) -> Seen<Messages> {
        Seen::of(self.0.rows)
    }

    /// The notice, or none.
    pub fn notice(self) -> Seen<Option<Notice>> {
        Seen::of(self.0.notice)
    }

    /// How many messages of one's own the server has not confirmed, failed ones aside.
    pub fn waiting(self) -> Seen<usize> {
        Seen::of(self.0.waiting)
    }

    /// One's own account: what of it the server offers, and how that stands.
    pub fn account(self) -> Seen<AccountView> {
        Seen::of(self.0.account)
    }

    /// The server is there.
    pub fn lives_at(self, home: String) {
        self.0.home.set_value(home);
    }

    /// An address that the server tells; its own ones begin where it is, which may be elsewhere than the page.
    pub fn address(self, told: String) -> String {
        if told.starts_with('/') && !told.starts_with("//") {
            self.0.home.with_value(|home| home.clone() + &told)
        } else {
            told
        }
    }

    /// The latest arrivals, from the oldest. A few are kept, so that of a burst each is said.
    pub fn arrivals(self) -> Seen<Vec<Arrival>> {
        Seen::of(self.0.arrivals)
    }

    /// A newer version of the program is ready, and taken by this.
    pub fn offer_update(self, take: impl Fn() + 'static) {
        self.0.take_update.set_value(Some(Rc::new(take)));
        self.0.update_ready.set(true);
    }

    /// Whether all of the program is there. What can do without the rest meanwhile does not wait for it.
    pub fn whole(self) -> Seen<bool> {
        Seen::of(self.0.whole)
    }

    /// All of the program is there now, or not yet.
    pub fn is_whole(self, whole: bool) {
        self.0.whole.set(whole);
    }

    /// Whether a newer version of the program is ready.
    pub fn update_ready(self) -> Seen<bool> {
        Seen::of(self.0.update_ready)
    }

    /// Takes the newer version: the page begins again with it, in all tabs.
    pub fn take_update(self) {
        if let Some(take) = self.0.take_update.try_get_value().flatten() {
            take();
        }
    }

    /// Does this whenever one of these elements (selectors) has got another size, before that is painted.
    pub fn watch_sizes(self, elements: [&str; 3], act: impl Fn() + 'static) {
        (self.0.browser.watch)(elements, Box::new(act));
    }

    /// Reads the picture that was chosen in the field of this id, small enough to be sent; `None` for what is no picture.
    pub fn read_picture(self, field: &'static str, then: impl FnOnce(Option<String>) + 'static) {
        (self.0.browser.read_picture)(field, Box::new(then));
    }

    /// Types a text into the field of this id, where its caret is, as if by hand: it can be undone. It takes the place of so much
    /// before the caret, in UTF-16 units as the field counts.
    pub fn type_in(self, field: &str, text: &str, instead_of: u32) {
        (self.0.browser.type_in)(field, text, instead_of);
    }

    /// Loads what is known of emoji in the page's language, as the build writes it (`crates/xtask/src/emoji.mjs`); `None` where it
    /// cannot be had.
    pub fn load_emoji(self, then: impl FnOnce(Option<String>) + 'static) {
        (self.0.browser.load_emoji)(Box::new(then));
    }

    /// Adds styles to the page for as long as it lives: those of what most visits never see come with its program.
    pub fn dress(self, styles: &str) {
        (self.0.browser.dress)(styles);
    }

    /// What the person has chosen for this browser.
    pub fn settings(self) -> Settings {
        *self.0.browser.settings
    }

    /// How times are written.
    pub fn locale(self) -> Locale {
        *self.0.locale
    }

    /// How many messages are not read, of whoever is signed in.
    pub fn unread(self) -> Seen<u64> {
        Seen::of(self.0.unread)
    }

    /// The page's title: the guide's `Chat - USERNAME`, with the number of unread messages before it.
    pub fn title(self) -> String {
        match (&*self.0.gate.read(), *self.0.unread.read()) {
            (Gate::Chat { me }, 0) => filled("chat.title", &[("name", &me.username)]),
            (Gate::Chat { me }, unread) => {
                let unread = unread.to_string();
                filled("chat.title.unread", &[("count", &unread), ("name", &me.username)])
            }
            _ => "Chinwag".to_owned(),
        }
    }
}

/// The state of the component's owner.
///
/// # Panics
/// Outside of [`crate::app::App`], which provides it.
pub fn use_state() -> State {
    expect_context::<State>()
}
