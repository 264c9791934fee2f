//! All that is particular to one browser: how its driver is started, what it is asked for, and what its console said.
//!
//! Another browser is another of this module's functions, and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use fantoccini::error::CmdError;
use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use crate::environment;

/// How long the driver and each browser may take to start on a busy machine.
const START: Duration = Duration::from_mins(1);

/// Without a sandbox (tests may run as root), without a screen, without calls to the browser's maker.
const ARGUMENTS: [&str; 13] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
    "--lang=en-GB",
    // By a pipe the browser hears at once when its driver is gone, and ends too.
    "--remote-debugging-pipe",
];

/// The browsers' driver. It ends with this value, and all its browsers with it.
#[derive(Debug)]
pub struct Driver {
    child: Child,
    url: String,
}

impl Driver {
    /// Starts the driver on any free port.
    pub async fn start(folder: &Path) -> Self {
        // Asked for before anything is started: it may be missing.
        environment::chromium();
        let log = fs::File::create(folder.join("driver.log")).unwrap();
        let mut command = Command::new(environment::chromedriver());
        command.arg("--port=0").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
        let mut child = command.kill_on_drop(true).spawn().expect("the driver starts");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let port = timeout(START, async {
            while let Some(line) = lines.next_line().await.unwrap() {
                if let Some((_, port)) = line.rsplit_once("started successfully on port ") {
                    return port.trim_end_matches('.').to_owned();
                }
            }
            panic!("the driver ended before it was ready")
        })
        .await
        .expect("the driver says within a minute on which port it is");
        Self { child, url: format!("http://127.0.0.1:{port}") }
    }

    /// Opens a browser with a profile of its own in this folder.
    pub async fn open(&self, profile: &Path) -> Browser {
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(wishes(profile));
        let client = timeout(START, builder.connect(&self.url))
            .await
            .expect("a browser opens within a minute")
            .expect("a browser opens");
        Browser { client, driver: self.url.clone() }
    }
}

/// A browser, to be driven by WebDriver.
#[derive(Debug)]
pub struct Browser {
    /// The session.
    pub client: Client,
    driver: String,
}

impl Browser {
    /// Everything that the browser's console was told since it was asked last, from the very start of a page: more
    /// than a page's own listeners could hear. `None` where the browser does not tell.
    pub(crate) async fn console(&self) -> Option<Vec<String>> {
        let answer = self.asks_driver("se/log", &json!({ "type": "browser" })).await?;
        let line = |line: &Value| {
            let part = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
            format!("{} {} {}", part("level"), part("source"), part("message"))
        };
        Some(answer["value"].as_array()?.iter().map(line).collect())
    }

    /// Lets pages of this origin read the clipboard without asking.
    pub(crate) async fn may_read_the_clipboard(&self, origin: &str) {
        let permissions = ["clipboardReadWrite", "clipboardSanitizedWrite"];
        let parameters = json!({ "origin": origin, "permissions": permissions });
        self.commands("Browser.grantPermissions", &parameters).await;
    }

    /// Lets pages of this origin show notifications, as somebody does who is asked.
    pub(crate) async fn may_notify(&self, origin: &str) {
        let parameters = json!({ "origin": origin, "permissions": ["notifications"] });
        self.commands("Browser.grantPermissions", &parameters).await;
    }

    /// Runs this script in each page of this tab before anything of the page's own.
    pub(crate) async fn begins_with(&self, script: &str) {
        self.commands("Page.addScriptToEvaluateOnNewDocument", &json!({ "source": script })).await;
    }

    /// Ends the service workers, as the browser does by itself when they have nothing to do. They wake up at the next start.
    pub(crate) async fn puts_workers_to_sleep(&self) {
        self.commands("ServiceWorker.enable", &json!({})).await;
        self.commands("ServiceWorker.stopAllWorkers", &json!({})).await;
    }

    /// The browser forgets what it keeps of files by itself.
    pub(crate) async fn empties_its_cache(&self) {
        self.commands("Network.clearBrowserCache", &json!({})).await;
    }

    /// Has as much room for what an origin keeps as this says.
    pub(crate) async fn overrides_quota(&self, parameters: &Value) {
        self.commands("Storage.overrideQuotaForOrigin", parameters).await;
    }

    /// Has a command of the browser's own protocol done.
    async fn commands(&self, command: &str, parameters: &Value) {
        self.devtools(command, parameters).await.expect("a command that the browser knows");
    }

    /// Has a command of the browser's own protocol done, and hands on what it answers. Others may go on meanwhile.
    ///
    /// # Errors
    /// In words, where the browser refuses it or is gone.
    pub async fn devtools(&self, command: &str, parameters: &Value) -> Result<Value, String> {
        let session = self.client.session_id().await.map_err(|error| error.to_string())?;
        let session = session.ok_or("the browser is gone")?;
        let url = format!("{}/session/{session}/goog/cdp/execute", self.driver);
        let body = json!({ "cmd": command, "params": parameters });
        let mut answer = spawn_blocking(move || post(&url, &body)).await.ok().flatten();
        let answer = answer.as_mut().map(|answer| answer["value"].take());
        let answer = answer.ok_or_else(|| format!("{command}: the driver does not answer"))?;
        if answer["error"].is_null() { Ok(answer) } else { Err(format!("{command}: {answer}")) }
    }

    /// The browser believes that there is no network, or that there is one again.
    pub(crate) async fn is_online(&self, online: bool) {
        let conditions = json!({ "network_conditions":
            { "offline": !online, "latency": 0, "download_throughput": -1, "upload_throughput": -1 } });
        let answer = self.asks_driver("chromium/network_conditions", &conditions).await;
        let answer = answer.expect("the driver answers");
        assert!(answer["value"].is_null(), "{answer}");
    }

    /// Asks the driver for what WebDriver has no words for.
    async fn asks_driver(&self, what: &str, body: &Value) -> Option<Value> {
        let session = self.client.session_id().await.ok()??;
        post(&format!("{}/session/{session}/{what}", self.driver), body)
    }
}

fn post(url: &str, body: &Value) -> Option<Value> {
    let request = minreq::post(url).with_header("Content-Type", "application/json");
    let answer = request.with_body(body.to_string()).send().ok()?;
    serde_json::from_str(answer.as_str().ok()?).ok()
}

impl Drop for Driver {
    fn drop(&mut self) {
        let Some(id) = self.child.id() else { return };
        // Read while the driver lives: afterwards nobody knows whose the browsers were.
        let mut family = descendants(id);
        family.insert(id);
        let ids = family.iter().map(u32::to_string);
        // The shell's own `kill` is on every system, and needs no unsafe code here.
        let _ = std::process::Command::new("sh")
            .args(["-c", "kill -KILL \"$@\" 2>/dev/null", "sh"])
            .args(ids)
            .status();
        // Their profiles are removed next; what still lives would write into them.
        let start = Instant::now();
        while family.iter().any(|id| *id != self.child.id().unwrap_or_default() && lives(*id))
            && start.elapsed() < Duration::from_secs(5)
        {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// All processes below this one.
fn descendants(of: u32) -> BTreeSet<u32> {
    let mut children = BTreeMap::<u32, Vec<u32>>::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let id = entry.file_name().to_str().and_then(|name| name.parse().ok());
        if let Some((id, (_, parent))) = id.and_then(|id| Some((id, status(id)?))) {
            children.entry(parent).or_default().push(id);
        }
    }
    let (mut found, mut next) = (BTreeSet::new(), vec![of]);
    while let Some(id) = next.pop() {
        for child in children.get(&id).into_iter().flatten() {
            if found.insert(*child) {
                next.push(*child);
            }
        }
    }
    found
}

/// Whether a process is there and has not ended.
fn lives(id: u32) -> bool {
    status(id).is_some_and(|(state, _)| state != "Z")
}

/// The state of a process and its parent (proc(5): the name is in brackets and may hold anything).
fn status(id: u32) -> Option<(String, u32)> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let mut words = stat.rsplit_once(')')?.1.split_whitespace();
    Some((words.next()?.to_owned(), words.next()?.parse().ok()?))
}

/// What a browser is asked to be.
fn wishes(profile: &Path) -> Capabilities {
    let mut arguments = ARGUMENTS.map(str::to_owned).to_vec();
    arguments.push(format!("--user-data-dir={}", profile.display()));
    let wishes = json!({
        "goog:chromeOptions": {
            "args": arguments,
            "binary": environment::chromium(),
            // Nothing of the browser's own lies over the page.
            "prefs": {
                "credentials_enable_service": false,
                "profile.password_manager_enabled": false,
                "profile.password_manager_leak_detection": false,
            },
        },
        "goog:loggingPrefs": { "browser": "ALL" },
    });
    serde_json::from_value(wishes).unwrap()
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
        "stale element",
        "element click intercepted",
        "element not interactable",
        "no such element",
        "execution context",
        "aborted by navigation",
        "Cannot determine loading status",
    ];
    let text = error.to_string();
    passing.iter().any(|words| text.contains(words))
}
