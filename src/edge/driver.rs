//! Runs the session: feeds it what happens, carries out what it wants, and arms its one timer.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use chinwag_protocol::{Call, Server};
use chinwag_session::{
    Change, Command, Effect, Epoch, Failure, Gate, Input, Millis, Outcome, Session,
};
use gloo_timers::callback::Timeout;
use gloo_timers::future::TimeoutFuture;
use wasm_bindgen_futures::spawn_local;

use super::config::{self, ConfigError};
use super::console::Console;
use super::database::Database;
use super::socket::{Event, Socket};
use super::storage::{self, Kept};
use super::tabs::Tabs;
use super::{clipboard, http, locale, notify, page, settings};
use crate::state::State;

/// So much of the time before a paint goes to what the server tells (milliseconds).
const HEED: f64 = 8.0;
/// After so many of them one looks at the clock.
const LOOK: u32 = 8;
/// How long to wait before the configuration is asked for again (milliseconds).
const CONFIG_AGAIN: u32 = 3_000;

thread_local! {
    static DRIVER: RefCell<Option<Driver>> = const { RefCell::new(None) };
    /// What has happened and was not handled yet. Apart from the driver, since carrying out one effect may
    /// make the next thing happen.
    static INPUTS: RefCell<VecDeque<Input>> = const { RefCell::new(VecDeque::new()) };
    static BUSY: Cell<bool> = const { Cell::new(false) };
    /// What the server has told since the page was drawn last. All of it is drawn together.
    static TOLD: RefCell<VecDeque<Input>> = const { RefCell::new(VecDeque::new()) };
}

/// The session and all that belongs to it in the browser.
struct Driver {
    session: Session,
    server: Server,
    state: State,
    console: Console,
    database: Database,
    tabs: Tabs,
    socket: Option<(Epoch, Socket)>,
    /// When the session is told the time next, at the latest, and what will do so.
    timer: Option<(Millis, Timeout)>,
}

/// Reads the configuration, then begins.
pub fn start(state: State) {
    spawn_local(async move {
        let server = loop {
            match config::load().await {
                Ok(server) => break server,
                Err(ConfigError::Wrong(why)) => {
                    return state.apply(Change::Gate(Gate::Broken { why }));
                }
                Err(ConfigError::Unreachable(outcome)) => {
                    let why = match outcome {
                        Outcome::TimedOut => Failure::TimedOut,
                        Outcome::NoNetwork => Failure::NoNetwork,
                        Outcome::Answered { .. } => Failure::Unreadable,
                    };
                    state.apply(Change::Gate(Gate::Unreachable { why, retry_in: None }));
                    TimeoutFuture::new(CONFIG_AGAIN).await;
                }
            }
        };
        run(state, server);
    });
}

/// Begins the page's session with this server.
pub fn run(state: State, server: Server) {
    let console = Console::open();
    console.log(format_args!("server {server}"));
    state.lives_at(server.to_string());
    let session = Session::new(page::seed(), locale::compare);
    // Pages of two servers on one origin share nothing.
    let name = format!("chinwag {server}");
    let database = Database::open(&name);
    let mut tabs = Tabs::join(name, feed);
    let alone = tabs.lead(feed);
    let driver =
        Driver { session, server, state, console, database, tabs, socket: None, timer: None };
    DRIVER.set(Some(driver));
    page::listen(feed);
    storage::listen(|| feed(Input::TokenChanged(storage::token())));
    if alone {
        feed(Input::Leads);
    }
    feed(Input::Attention(page::attention()));
    if !page::online() {
        feed(Input::Online(false));
    }
    feed(Input::Begin { token: storage::token(), route: page::route(), me: storage::me() });
}

/// The person wants something.
pub fn dispatch(command: Command) {
    let begun = DRIVER.with_borrow(Option::is_some);
    match command {
        // The configuration is asked for by itself; who does not want to wait starts the page anew.
        Command::TryAgain if !begun => page::reload(),
        Command::SignOut if !begun => {
            let _ = storage::forget_token();
            page::reload();
        }
        command => feed(Input::Command(command)),
    }
}

/// The server tells something. What it tells between two paints is drawn together; nobody sees a hidden page.
fn tell(input: Input) {
    let first = TOLD.with_borrow_mut(|told| {
        told.push_back(input);
        told.len() == 1
    });
    // Of a hidden page all is handled as it comes: each is the first.
    if first {
        if page::is_hidden() {
            heed();
        } else {
            page::before_paint(heed);
        }
    }
}

/// Handles what the server has told: as much as there is time for before the next paint, the rest after it.
fn heed() {
    let until = page::steady() + HEED;
    let next = || TOLD.with_borrow_mut(VecDeque::pop_front);
    let mut count: u32 = 0;
    handle(std::iter::from_fn(|| {
        count += 1;
        // To look at the clock takes longer than to handle one.
        let late = count.is_multiple_of(LOOK) && page::steady() >= until;
        (!late).then(next).flatten()
    }));
    settle();
    if TOLD.with_borrow(|told| !told.is_empty()) {
        if page::is_hidden() {
            Timeout::new(0, heed).forget();
        } else {
            page::before_paint(heed);
        }
    }
}

/// Something has happened. While something is handled it waits for its turn: the driver may be borrowed, and what is drawn then would
/// be drawn over by what was to be drawn before. Otherwise what the server has told before comes first.
fn feed(input: Input) {
    if !BUSY.get() {
        let told = TOLD.take();
        if !told.is_empty() {
            handle(told);
        }
    }
    INPUTS.with_borrow_mut(|inputs| inputs.push_back(input));
    settle();
}

/// Handles what has happened, until nothing is left.
fn settle() {
    if BUSY.get() {
        return;
    }
    while let Some(input) = INPUTS.with_borrow_mut(VecDeque::pop_front) {
        handle([input]);
    }
    DRIVER.with_borrow_mut(|driver| {
        if let Some(driver) = driver {
            driver.arm();
        }
    });
}

/// The timer has gone off. By this clock that may be before its time, as in Firefox, which is vague about the time on purpose:
/// then another is armed for the rest.
fn tick() {
    DRIVER.with_borrow_mut(|driver| {
        if let Some((due, _)) = driver.as_mut().and_then(|driver| driver.timer.as_mut()) {
            *due = Millis::default();
        }
    });
    feed(Input::Tick);
}

fn handle(inputs: impl IntoIterator<Item = Input>) {
    BUSY.set(true);
    let now = page::now();
    let effects = DRIVER.with_borrow_mut(|driver| {
        let driver = driver.as_mut()?;
        let console = &driver.console;
        let inputs = inputs.into_iter().inspect(|input| {
            if *input != Input::Tick {
                console.log(format_args!("← {input}"));
            }
        });
        driver.session.handle_all(now, inputs);
        Some(std::iter::from_fn(|| driver.session.poll()).collect::<Vec<_>>())
    });
    for effect in effects.into_iter().flatten() {
        let change = DRIVER.with_borrow_mut(|driver| driver.as_mut()?.carry_out(effect));
        // Outside of the borrow: what is drawn may send commands.
        if let Some((state, change)) = change {
            state.apply(change);
        }
    }
    BUSY.set(false);
}

impl Driver {
    /// Does what the session wants. What is to be drawn is handed back.
    fn carry_out(&mut self, effect: Effect) -> Option<(State, Change)> {
        self.console.log(format_args!("→ {effect}"));
        match effect {
            Effect::OpenSocket { epoch, token } => {
                let socket = Socket::open(&self.server.socket(&token), move |event| {
                    tell(match event {
                        Event::Frame(text) => Input::Frame { epoch, text },
                        Event::Closed(code) => Input::SocketClosed { epoch, code },
                    });
                });
                self.socket = Some((epoch, socket));
            }
            Effect::SendFrame { epoch, frame } => {
                if let Some((_, socket)) = self.socket.as_ref().filter(|(open, _)| *open == epoch) {
                    socket.send(frame.encode());
                }
            }
            Effect::CloseSocket { epoch } => {
                self.socket.take_if(|(open, _)| *open == epoch);
            }
            Effect::Fetch { id, call, token } => {
                let server = self.server.clone();
                // Whether one is in at all has the rest wait for it. Other answers are drawn together with what comes beside them.
                let hear = match call {
                    Call::Me | Call::Login { .. } | Call::Register { .. } => feed,
                    _ => tell,
                };
                spawn_local(async move {
                    let outcome = http::fetch(&server, &call, token.as_ref()).await;
                    hear(Input::Answer { call: id, outcome });
                });
            }
            Effect::StoreToken(token) => self.kept(storage::store_token(&token)),
            Effect::ForgetToken => self.kept(storage::forget_token()),
            Effect::Load { prefix } => {
                let loaded = prefix.clone();
                self.database
                    .load(prefix, move |values| feed(Input::Loaded { prefix: loaded, values }));
            }
            Effect::Keep { id, writes } => {
                self.database.keep(writes, move |done| feed(Input::Kept { id, done }));
            }
            Effect::Recall { id, what } => {
                self.database.recall(what, move |values| {
                    // It may be newer than the answer to what was asked before it was read: another tab has written it. What came
                    // between the two would be missing.
                    if values.as_ref().is_some_and(|values| !values.is_empty()) {
                        http::forget_early();
                    }
                    feed(Input::Recalled { id, values });
                });
            }
            Effect::Cache { id, writes } => {
                self.database.cache(writes, move |done| feed(Input::Kept { id, done }));
            }
            Effect::Purge { prefix, but } => self.database.purge(prefix, but),
            Effect::BeginAnew => settings::begin_anew(),
            Effect::Remember(me) => self.kept(storage::remember(&me)),
            Effect::Tell(text) => self.tabs.tell(&text),
            Effect::Notify { with, name, text, aloud } => notify::tell(&with, &name, &text, aloud),
            Effect::CloseNotifications { but } => notify::close(but),
            Effect::Copy(text) => clipboard::write(&text),
            Effect::ShowRoute(with) => page::show_route(with.as_ref()),
            Effect::Changed(change) => return Some((self.state, change)),
            // It stands in the log already, as the effect that it is.
            Effect::Log(_) => {}
        }
        None
    }

    fn kept(&self, kept: Kept) {
        if kept == Kept::No {
            self.console
                .log(format_args!("nothing can be kept: the sign-in lasts as long as the page"));
        }
    }

    /// Arms the one timer for the session's next deadline. One that goes off too early does no harm: with each letter that is
    /// typed something is put off.
    fn arm(&mut self) {
        let Some(deadline) = self.session.deadline() else {
            self.timer = None;
            return;
        };
        let now = page::now();
        if self.timer.as_ref().is_some_and(|(at, _)| *at > now && *at <= deadline) {
            return;
        }
        // What is longer than 24 days a browser takes for no time at all.
        let wait = now.until(deadline).as_millis().min(0x7FFF_FFFF);
        let wait = u32::try_from(wait).unwrap_or_default();
        self.timer = Some((deadline, Timeout::new(wait, tick)));
    }
}
