//! What browsers have in common: their drivers, and what they are asked for beyond what WebDriver has words for.
//!
//! What is particular to one engine is in a file of its own. What an engine has no way for at all is said there too, and the stories
//! that need it are not told in it ([`crate::tell_except`]).

mod bidi;
mod chromium;
mod firefox;
mod inspector;
mod processes;
mod webkit;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::error::{CmdError, ErrorStatus};
use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::OnceCell;
use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout};

use crate::Engine;
use bidi::Bidi;
use inspector::Inspector;
use processes::{descendants, end, lives};

/// How long the driver and each browser may take to start on a busy machine.
const START: Duration = Duration::from_mins(1);
/// How often a driver is started that ends at once: Chromium's takes a port that is free for the one kind of address, and ends
/// where it is not for the other.
const STARTS: usize = 5;

/// The browsers' drivers. They end with this value, and all their browsers with them.
#[derive(Debug)]
pub struct Driver {
    engine: Engine,
    folder: PathBuf,
    /// One for all browsers, or one for each.
    programs: RefCell<Vec<Program>>,
}

/// A driver that runs, or a screen.
#[derive(Debug)]
struct Program {
    child: Child,
    place: String,
}

impl Driver {
    /// Gets ready to open browsers. The drivers write their logs into this folder.
    pub async fn start(folder: &Path) -> Self {
        processes::end_with_the_tests();
        let engine = Engine::here();
        let driver = Self { engine, folder: folder.to_owned(), programs: RefCell::default() };
        if engine == Engine::Chromium {
            driver.starts_a_program(chromium::driver()).await;
        }
        driver
    }

    /// Opens a browser with a profile of its own in this folder.
    pub async fn open(&self, profile: &Path) -> Browser {
        let (url, wishes) = match self.engine {
            Engine::Chromium => (self.first(), chromium::wishes(profile)),
            // Each of these drivers has one browser.
            Engine::Firefox => {
                (self.starts_a_program(firefox::driver(profile)).await, firefox::wishes())
            }
            Engine::WebKit => {
                // On a screen there is one window that has the focus, and so one person who reads.
                let screen = self.starts_a_program(webkit::screen()).await;
                let driver = webkit::driver(&screen, profile);
                (self.starts_a_program(driver).await, webkit::wishes())
            }
        };
        let url = format!("http://127.0.0.1:{url}");
        let wishes: Capabilities = serde_json::from_value(wishes).unwrap();
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(wishes);
        let client = timeout(START, builder.connect(&url))
            .await
            .expect("a browser opens within a minute")
            .expect("a browser opens");
        let socket = client.capabilities().and_then(|has| has.get("webSocketUrl")?.as_str());
        let bidi = match socket {
            Some(url) if self.engine == Engine::Firefox => Some(Bidi::open(url).await),
            _ => None,
        };
        let process = self.programs.borrow().last().and_then(|program| program.child.id());
        Browser {
            client,
            engine: self.engine,
            driver: url,
            process,
            bidi,
            inspector: OnceCell::new(),
        }
    }

    /// Where the first of the programs is.
    fn first(&self) -> String {
        self.programs.borrow()[0].place.clone()
    }

    /// Starts a program, and waits until it is there. Returns where: the port, or the number of the screen.
    async fn starts_a_program(&self, (mut command, port): (Command, Port)) -> String {
        let number = self.programs.borrow().len();
        for _ in 0..STARTS {
            let log = fs::File::create(self.folder.join(format!("driver-{number}.log"))).unwrap();
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).kill_on_drop(true);
            let mut child = command.spawn().expect("the driver starts");
            let port = timeout(START, async {
                match port {
                    Port::Said(before) => said(&mut child, before).await,
                    Port::Given(port) => {
                        while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
                            sleep(Duration::from_millis(10)).await;
                        }
                        Some(port)
                    }
                }
            })
            .await
            .expect("the driver is there within a minute");
            if let Some(port) = port {
                self.programs.borrow_mut().push(Program { child, place: port.to_string() });
                return port.to_string();
            }
        }
        panic!("the driver ended {STARTS} times before it was ready")
    }
}

/// At which port a driver is.
#[derive(Debug)]
enum Port {
    /// It says so, after these words.
    Said(&'static str),
    /// It was given this one.
    Given(u16),
}

impl Port {
    /// Any port that is free.
    fn free() -> (Self, u16) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        (Self::Given(port), port)
    }
}

/// What it says; `None` where it ends instead.
async fn said(child: &mut Child, before: &str) -> Option<u16> {
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    while let Some(line) = lines.next_line().await.unwrap() {
        let port = line.split_once(before).map(|(_, port)| port.trim_end_matches('.').parse());
        if let Some(Ok(port)) = port {
            // What it says further is read by nobody, and must not stop it.
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return Some(port);
        }
    }
    None
}

/// A browser, to be driven by WebDriver.
#[derive(Debug)]
pub struct Browser {
    /// The session.
    pub client: Client,
    engine: Engine,
    driver: String,
    /// The driver's process, where it has one for this browser.
    process: Option<u32>,
    bidi: Option<Bidi>,
    inspector: OnceCell<Inspector>,
}

impl Browser {
    /// Everything that the browser's console was told since it was asked last, from the very start of a page: more
    /// than a page's own listeners could hear. `None` where the browser does not tell.
    pub(crate) async fn console(&self) -> Option<Vec<String>> {
        match (self.engine, &self.bidi) {
            (Engine::Chromium, _) => self.chromium_console().await,
            (_, Some(bidi)) => Some(bidi.console()),
            _ => None,
        }
    }

    /// Lets pages of this origin read the clipboard without asking.
    pub(crate) async fn may_read_the_clipboard(&self, origin: &str) {
        if self.engine == Engine::Chromium {
            let permissions = ["clipboardReadWrite", "clipboardSanitizedWrite"];
            let parameters = json!({ "origin": origin, "permissions": permissions });
            self.commands("Browser.grantPermissions", &parameters).await;
        }
    }

    /// What is on the clipboard.
    pub(crate) async fn clipboard(&self) -> Result<Value, String> {
        if self.engine == Engine::WebKit {
            return self.webkit_clipboard().await;
        }
        let script = "
            const done = arguments[arguments.length - 1];
            navigator.clipboard.readText().then(done, error => done(`${error}`));
        ";
        self.client.execute_async(script, vec![]).await.map_err(|error| error.to_string())
    }

    /// Presses a key while another is held.
    pub(crate) async fn presses_with(&self, held: char, key: char) -> Result<(), CmdError> {
        let keyboard = KeyActions::new("keyboard".to_owned());
        let keys = [
            KeyAction::Down { value: held },
            KeyAction::Down { value: key },
            KeyAction::Up { value: key },
            KeyAction::Up { value: held },
        ];
        let keyboard = keys.into_iter().fold(keyboard, InputSource::then);
        self.client.perform_actions(keyboard).await
    }

    /// Lets pages of this origin show notifications, as somebody does who is asked.
    pub(crate) async fn may_notify(&self, origin: &str) {
        match self.engine {
            Engine::Chromium => {
                let parameters = json!({ "origin": origin, "permissions": ["notifications"] });
                self.commands("Browser.grantPermissions", &parameters).await;
            }
            Engine::Firefox | Engine::WebKit => self.has_no_way("to show notifications"),
        }
    }

    /// Runs this script in each page of this tab before anything of the page's own.
    pub(crate) async fn begins_with(&self, script: &str) {
        match (self.engine, &self.bidi) {
            (Engine::Chromium, _) => {
                let script = json!({ "source": script });
                self.commands("Page.addScriptToEvaluateOnNewDocument", &script).await;
            }
            (_, Some(bidi)) => bidi.begins_with(script).await,
            _ => self.inspector().await.begins_with(script).await,
        }
    }

    /// Ends the service workers, as the browser does by itself when they have nothing to do. They wake up at the next start.
    pub(crate) async fn puts_workers_to_sleep(&self) {
        match self.engine {
            Engine::Chromium => {
                self.commands("ServiceWorker.enable", &json!({})).await;
                self.commands("ServiceWorker.stopAllWorkers", &json!({})).await;
            }
            Engine::Firefox => self.within_firefox(firefox::WORKERS_SLEEP, json!([])).await,
            Engine::WebKit => self.has_no_way("to end a worker"),
        }
    }

    /// The browser forgets what it keeps of files by itself.
    pub(crate) async fn empties_its_cache(&self) {
        match self.engine {
            Engine::Chromium => self.commands("Network.clearBrowserCache", &json!({})).await,
            Engine::Firefox => self.within_firefox(firefox::CACHE_IS_EMPTY, json!([])).await,
            Engine::WebKit => self.has_no_way("to empty its cache"),
        }
    }

    /// Has as much room for what an origin keeps as this says.
    pub(crate) async fn overrides_quota(&self, parameters: &Value) {
        match self.engine {
            Engine::Chromium => self.commands("Storage.overrideQuotaForOrigin", parameters).await,
            Engine::Firefox | Engine::WebKit => self.has_no_way("to have less room"),
        }
    }

    /// The browser believes that there is no network, or that there is one again.
    pub(crate) async fn is_online(&self, online: bool) {
        match self.engine {
            Engine::Chromium => self.chromium_is_online(online).await,
            Engine::Firefox => self.within_firefox(firefox::OFFLINE, json!([!online])).await,
            Engine::WebKit => self.webkit_is_online(online).await,
        }
    }

    /// Loads the page again, as a person does.
    pub(crate) async fn reloads(&self) -> Result<(), CmdError> {
        match self.engine {
            Engine::Firefox => self.firefox_reloads().await,
            Engine::Chromium | Engine::WebKit => self.client.refresh().await,
        }
    }

    /// Has a page of this size where its window cannot be so narrow; else one that is as large as the window lets it be.
    pub(crate) async fn has_a_page(&self, size: Option<(u32, u32)>) {
        if self.engine == Engine::Firefox {
            let narrow = size.filter(|(width, _)| *width < firefox::NARROWEST);
            self.firefox_has_a_page(narrow).await;
        }
    }

    /// Whether a tab that the driver opens is seen. WebKit's stays behind the first: there another tab is another window.
    pub(crate) fn shows_tabs(&self) -> bool {
        self.engine != Engine::WebKit
    }

    /// A day as one types it into a field for one. In WebKit the next part of it begins after a slash, in others by itself.
    pub(crate) fn types_a_day_as(&self, day: &str) -> String {
        if self.engine == Engine::WebKit { day.to_owned() } else { day.replace('/', "") }
    }

    /// What it says that it is, as the server reads it.
    pub(crate) fn name(&self) -> &'static str {
        match self.engine {
            Engine::Chromium => "Chrome on Linux",
            Engine::Firefox => "Firefox on Linux",
            Engine::WebKit => "Safari on Linux",
        }
    }

    fn has_no_way(&self, to: &str) {
        panic!("{:?} has no way {to}: such a story is not told in it", self.engine);
    }

    /// Asks the driver for what the client has no words for.
    async fn asks_driver(&self, what: &str, body: Value) -> Option<Value> {
        let session = self.client.session_id().await.ok()??;
        let url = format!("{}/session/{session}/{what}", self.driver);
        spawn_blocking(move || post(&url, &body)).await.ok()?
    }
}

fn post(url: &str, body: &Value) -> Option<Value> {
    let request = minreq::post(url).with_header("Content-Type", "application/json");
    let answer = request.with_body(body.to_string()).send().ok()?;
    serde_json::from_str(answer.as_str().ok()?).ok()
}

impl Drop for Driver {
    fn drop(&mut self) {
        let programs = self.programs.get_mut();
        let drivers: BTreeSet<u32> =
            programs.iter().filter_map(|program| program.child.id()).collect();
        // Read while the drivers live: afterwards nobody knows whose the browsers were.
        let mut family: BTreeSet<u32> = drivers.iter().flat_map(|id| descendants(*id)).collect();
        family.extend(&drivers);
        end(&family);
        // Their profiles are removed next; what still lives would write into them.
        let start = Instant::now();
        while family.difference(&drivers).any(|id| lives(*id))
            && start.elapsed() < Duration::from_secs(5)
        {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// Whether a line of [`Browser::console`] tells of something wrong.
pub(crate) fn is_trouble(line: &str) -> bool {
    let grave = line.starts_with("SEVERE") || line.starts_with("WARNING");
    // The browser asks for this by itself where a document is no page (`Person::has_kept`).
    grave && !line.contains("/favicon.ico ")
}

/// Whether a command failed only because the page was just being changed: it is tried again then.
pub(crate) fn is_passing(error: &CmdError) -> bool {
    let passing = [
        ErrorStatus::StaleElementReference,
        ErrorStatus::ElementClickIntercepted,
        ErrorStatus::ElementNotInteractable,
        ErrorStatus::NoSuchElement,
    ];
    if matches!(error, CmdError::Standard(error) if passing.contains(&error.error)) {
        return true;
    }
    let text = error.to_string();
    chromium::PASSING.iter().any(|words| text.contains(words))
}
