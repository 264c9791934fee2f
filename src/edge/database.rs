//! IndexedDB: texts under keys, for what must outlive the page. Everything asked of it is begun and ends in the order
//! in which it was asked, whatever it is.
//!
//! A browser may have no database, refuse it, take it away or never answer: whatever was asked then ends as not done,
//! and the next that is asked tries anew. What never lives here: what the texts mean.

use std::cell::RefCell;
use std::rc::Rc;

use chinwag_session::Write;
use gloo_timers::callback::Timeout;
use js_sys::Array;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{IdbDatabase, IdbKeyRange, IdbRequest, IdbTransaction, IdbTransactionMode};

use super::js::{call, hear};

/// Its one object store.
pub const STORE: &str = "kept";
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
}

impl Database {
    /// Begins to open the database of this name.
    pub fn open(name: &str) -> Self {
        let connection = Rc::new(RefCell::new(Connection::Lost));
        let database = Self { name: name.into(), connection };
        database.connect();
        database
    }

    /// Reads all values whose key begins so, in the order of their keys.
    pub fn load(&self, prefix: String, done: impl FnOnce(Option<Vec<String>>) + 'static) {
        self.ask(Task { work: Work::Load(prefix), done: Box::new(done) });
    }

    /// Keeps all of this or nothing. Where the database is open, the browser has all of it when this returns.
    pub fn keep(&self, writes: Vec<Write>, done: impl FnOnce(bool) + 'static) {
        let done = Box::new(move |values: Option<Vec<String>>| done(values.is_some()));
        self.ask(Task { work: Work::Keep(writes), done });
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
        let Some(request) = factory.and_then(|factory| factory.open_with_u32(&self.name, 1).ok())
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
                        let _ = database.create_object_store(STORE);
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
        // Even a read may write: two reads at the same time could end in any order.
        let transaction = database.and_then(|database| {
            let mode = IdbTransactionMode::Readwrite;
            database.transaction_with_str_and_mode(STORE, mode).ok()
        });
        let Some(transaction) = transaction else { return (self.done)(None) };
        let Ok(read) = self.work.request(&transaction) else {
            // Not a part of it alone.
            let _ = transaction.abort();
            return (self.done)(None);
        };
        let mut done = Some(self.done);
        hear(
            &transaction,
            &["complete", "abort"],
            Box::new(move |event| {
                let values = (event.type_() == "complete").then(|| values(read.as_ref()));
                if let Some(done) = done.take() {
                    done(values);
                }
            }),
        );
        // Or else it ends in a later turn, for which a page that is closed has no time. Older browsers have it not.
        let _ = call(&transaction, "commit", &[]);
    }
}

impl Work {
    fn request(self, transaction: &IdbTransaction) -> Result<Option<IdbRequest>, JsValue> {
        let store = transaction.object_store(STORE)?;
        match self {
            Self::Load(prefix) => {
                let end = JsValue::from_str(&(prefix.clone() + "\u{ffff}"));
                let range = IdbKeyRange::bound(&JsValue::from_str(&prefix), &end)?;
                store.get_all_with_key(&range).map(Some)
            }
            Self::Keep(writes) => {
                for Write { key, value } in writes {
                    let key = JsValue::from_str(&key);
                    match value {
                        Some(value) => store.put_with_key(&JsValue::from_str(&value), &key)?,
                        None => store.delete(&key)?,
                    };
                }
                Ok(None)
            }
        }
    }
}

fn values(read: Option<&IdbRequest>) -> Vec<String> {
    let values = read.and_then(|read| read.result().ok()).map(Array::unchecked_from_js);
    let texts = values.iter().flat_map(Array::iter);
    texts.filter_map(|text: JsValue| text.as_string()).collect()
}
