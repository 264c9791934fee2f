//! IndexedDB: texts under keys, for what must outlive the page. Everything asked of it is begun and ends in the order
//! in which it was asked, whatever it is.
//!
//! In Safari a page that is closed takes with it what the database has not ended, whatever was said. So what must not be lost is in
//! `localStorage` too, which takes it at once, for as long as it is on its way.
//!
//! A browser may have no database, refuse it, take it away or never answer: whatever was asked then ends as not done,
//! and the next that is asked tries anew. What never lives here: what the texts mean.

use std::cell::RefCell;
use std::rc::Rc;

use chinwag_session::{Recall, Write};
use gloo_timers::callback::Timeout;
use js_sys::Array;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{
    IdbDatabase, IdbKeyRange, IdbObjectStore, IdbRequest, IdbTransaction, IdbTransactionMode,
};

use super::js::{call, hear};
use super::storage;

/// Where this stands in `localStorage`, something has been on its way there, and may be still. A first visit does not look.
const EVER: &str = "chinwag.written";
/// What must not be lost.
pub const STORE: &str = "kept";
/// What can be asked of the server again.
pub const CACHE: &str = "cache";
/// The version of its shape: 1 had no cache.
const VERSION: u32 = 2;
/// Browsers were seen that never answer (milliseconds).
const TIME_OUT: u32 = 2_000;

/// The database, being opened, open, or lost. Cheap to copy.
#[derive(Clone)]
pub struct Database {
    name: Rc<str>,
    connection: Rc<RefCell<Connection>>,
}

enum Connection {
    Lost,
    Opening { waiting: Vec<Task>, _time_out: Timeout },
    Open(IdbDatabase),
}

/// Told the values that were read, none of them for a write; `None` where it was not done.
type Done = Box<dyn FnOnce(Option<Vec<String>>)>;

struct Task {
    work: Work,
    done: Done,
}

enum Work {
    Load(String),
    Keep(Vec<Write>),
    Recall(Recall),
    Cache(Vec<Write>),
    Purge { prefix: String, but: Vec<String> },
}

impl Database {
    /// Begins to open the database of this name.
    pub fn open(name: &str) -> Self {
        let connection = Rc::new(RefCell::new(Connection::Lost));
        let database = Self { name: name.into(), connection };
        database.connect();
        database
    }

    /// Reads all values whose key begins so, in the order of their keys. Before them, in no order, come those that were still on their
    /// way; the same or what is older under the same key may follow.
    pub fn load(&self, prefix: String, done: impl FnOnce(Option<Vec<String>>) + 'static) {
        // Before the database is asked: what ends meanwhile is there.
        let was_any = storage::read(EVER).is_some();
        let mut all = if was_any { storage::all(&self.on_its_way(&prefix)) } else { Vec::new() };
        let done = Box::new(move |values: Option<Vec<String>>| {
            done(values.map(|values| {
                all.extend(values);
                all
            }));
        });
        self.ask(Task { work: Work::Load(prefix), done });
    }

    /// Keeps all of this or nothing. The browser has all of it when this returns.
    pub fn keep(&self, writes: Vec<Write>, done: impl FnOnce(bool) + 'static) {
        let named = |write: &Write| (self.on_its_way(&write.key), write.value.clone());
        let on_their_way: Vec<_> = writes.iter().map(named).collect();
        storage::keep(EVER, EVER);
        for (name, value) in &on_their_way {
            let kept = storage::keep(name, value.as_deref().unwrap_or_default());
            if !kept {
                // It is full: what it holds under this name is older than what the database will have.
                storage::keep(name, "");
            }
        }
        let done = Box::new(move |values: Option<Vec<String>>| {
            for (name, value) in on_their_way {
                // A newer one may be on its way.
                if storage::read(&name) == value {
                    storage::keep(&name, "");
                }
            }
            done(values.is_some());
        });
        self.ask(Task { work: Work::Keep(writes), done });
    }

    /// How what is on its way under this key is called in `localStorage`.
    fn on_its_way(&self, key: &str) -> String {
        format!("{}/{key}", self.name)
    }

    /// Reads values of the cache; an empty one stands for each that is not there.
    pub fn recall(&self, what: Recall, done: impl FnOnce(Option<Vec<String>>) + 'static) {
        self.ask(Task { work: Work::Recall(what), done: Box::new(done) });
    }

    /// Keeps all of this in the cache or nothing.
    pub fn cache(&self, writes: Vec<Write>, done: impl FnOnce(bool) + 'static) {
        let done = Box::new(move |values: Option<Vec<String>>| done(values.is_some()));
        self.ask(Task { work: Work::Cache(writes), done });
    }

    /// Throws away what the cache holds under keys that begin so, but for these.
    pub fn purge(&self, prefix: String, but: Vec<String>) {
        self.ask(Task { work: Work::Purge { prefix, but }, done: Box::new(|_| ()) });
    }

    fn ask(&self, task: Task) {
        if matches!(*self.connection.borrow(), Connection::Lost) {
            self.connect();
        }
        let open = match &mut *self.connection.borrow_mut() {
            Connection::Opening { waiting, .. } => return waiting.push(task),
            Connection::Open(database) => Some(database.clone()),
            Connection::Lost => None,
        };
        // Outside of the borrow: who is told may ask for more.
        task.begin(open.as_ref());
    }

    fn connect(&self) {
        let factory = web_sys::window().and_then(|window| window.indexed_db().ok().flatten());
        let Some(request) =
            factory.and_then(|factory| factory.open_with_u32(&self.name, VERSION).ok())
        else {
            return;
        };
        let this = self.clone();
        let late = Timeout::new(TIME_OUT, move || this.settle(None));
        self.connection.replace(Connection::Opening { waiting: Vec::new(), _time_out: late });
        let this = self.clone();
        let answer = request.clone();
        hear(
            &request,
            &["upgradeneeded", "success", "error"],
            Box::new(move |event| {
                let database = answer.result().map(IdbDatabase::unchecked_from_js);
                match (&*event.type_(), database) {
                    ("upgradeneeded", Ok(database)) => {
                        // One that is there already stays as it is.
                        for store in [STORE, CACHE] {
                            let _ = database.create_object_store(store);
                        }
                    }
                    ("success", Ok(database)) => this.opened(database),
                    _ => this.settle(None),
                }
            }),
        );
    }

    fn opened(&self, database: IdbDatabase) {
        let this = self.clone();
        let lost = database.clone();
        hear(
            &database,
            // A later version of the page needs the database, or the browser throws it away.
            &["versionchange", "close"],
            Box::new(move |_| {
                lost.close();
                this.settle(None);
            }),
        );
        self.settle(Some(database));
    }

    /// The database is open, or cannot be had: what has waited for it goes on.
    fn settle(&self, database: Option<IdbDatabase>) {
        let open = database.clone();
        let next = database.map_or(Connection::Lost, Connection::Open);
        if let Connection::Opening { waiting, .. } = self.connection.replace(next) {
            for task in waiting {
                task.begin(open.as_ref());
            }
        }
    }
}

impl Task {
    fn begin(self, database: Option<&IdbDatabase>) {
        // Even a read may write: two reads at the same time could end in any order. The cache has an order of its own.
        let store = match self.work {
            Work::Load(_) | Work::Keep(_) => STORE,
            Work::Recall(_) | Work::Cache(_) | Work::Purge { .. } => CACHE,
        };
        let transaction = database.and_then(|database| {
            let mode = IdbTransactionMode::Readwrite;
            database.transaction_with_str_and_mode(store, mode).ok()
        });
        let Some(transaction) = transaction else { return (self.done)(None) };
        // What is yet to be deleted hangs on what is read first.
        let commits = !matches!(self.work, Work::Purge { .. });
        let Ok(read) = self.work.request(&transaction, store) else {
            // Not a part of it alone.
            let _ = transaction.abort();
            return (self.done)(None);
        };
        let mut done = Some(self.done);
        hear(
            &transaction,
            // Firefox completes what was to be committed although a part of it has failed.
            &["complete", "abort", "error"],
            Box::new(move |event| {
                let values = (event.type_() == "complete").then(|| values(&read));
                if let Some(done) = done.take() {
                    done(values);
                }
            }),
        );
        // Or else it ends in a later turn, for which a page that is closed has no time. Older browsers have it not.
        if commits {
            let _ = call(&transaction, "commit", &[]);
        }
    }
}

impl Work {
    /// Begins it. What it reads is in the results of these requests.
    fn request(
        self,
        transaction: &IdbTransaction,
        store: &str,
    ) -> Result<Vec<IdbRequest>, JsValue> {
        let store = transaction.object_store(store)?;
        match self {
            Self::Load(prefix) | Self::Recall(Recall::All(prefix)) => {
                Ok(vec![store.get_all_with_key(&beginning_with(&prefix)?.into())?])
            }
            Self::Recall(Recall::Each(keys)) => {
                keys.iter().map(|key| store.get(&JsValue::from_str(key))).collect()
            }
            Self::Keep(writes) | Self::Cache(writes) => write(&store, writes),
            Self::Purge { prefix, but } => purge(store, &prefix, but),
        }
    }
}

#[inline(never)]
fn write(store: &IdbObjectStore, writes: Vec<Write>) -> Result<Vec<IdbRequest>, JsValue> {
    for Write { key, value } in writes {
        let key = JsValue::from_str(&key);
        match value {
            Some(value) => store.put_with_key(&JsValue::from_str(&value), &key)?,
            None => store.delete(&key)?,
        };
    }
    Ok(Vec::new())
}

#[inline(never)]
fn purge(
    store: IdbObjectStore,
    prefix: &str,
    but: Vec<String>,
) -> Result<Vec<IdbRequest>, JsValue> {
    let range = beginning_with(prefix)?.into();
    if but.is_empty() {
        store.delete(&range)?;
        return Ok(Vec::new());
    }
    let keys = store.get_all_keys_with_key(&range)?;
    let found = keys.clone();
    let delete = move |_| {
        let found = values(std::slice::from_ref(&found));
        for key in found.iter().filter(|key| !but.contains(key)) {
            let _ = store.delete(&JsValue::from_str(key));
        }
    };
    hear(&keys, &["success"], Box::new(delete));
    Ok(Vec::new())
}

/// All keys that begin so.
fn beginning_with(prefix: &str) -> Result<IdbKeyRange, JsValue> {
    let end = JsValue::from_str(&(prefix.to_owned() + "\u{ffff}"));
    IdbKeyRange::bound(&JsValue::from_str(prefix), &end)
}

/// The texts that were read; an empty one where there was none.
fn values(read: &[IdbRequest]) -> Vec<String> {
    let mut texts = Vec::new();
    for result in read.iter().filter_map(|read| read.result().ok()) {
        match result.dyn_into::<Array>() {
            Ok(all) => texts.extend(all.iter().filter_map(|text| text.as_string())),
            Err(one) => texts.push(one.as_string().unwrap_or_default()),
        }
    }
    texts
}
