//! WebKit's inspector, by the socket on which its driver tells the browser what to do: the driver itself has no words for scripts that
//! run before a page's own.
//!
//! Each message has its length, the order of its bytes, a name, and values as `GLib` packs them (`GVariant`); those of the inspector's own
//! protocol are JSON within. It is asked one thing at a time.

use std::cell::RefCell;
use std::fs;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{mpsc, oneshot};

/// How the driver tells the browser where that socket is to be.
const PLACE: &str = "WEBKIT_INSPECTOR_SERVER=127.0.0.1:";
/// The first bit says which order the bytes of numbers have.
const LITTLE_ENDIAN: u8 = 1;
/// The connection's number and the first tab's.
const FIRST_TAB: [u64; 2] = [1, 1];

/// A connection to the first tab of one browser.
#[derive(Debug)]
pub(super) struct Inspector {
    scripts: RefCell<Vec<String>>,
    wanted: mpsc::UnboundedSender<Wanted>,
}

/// All that is to be run before a page's own scripts, and whom to tell once it will be.
type Wanted = (String, oneshot::Sender<()>);

impl Inspector {
    /// Connects to the browser that is one of these processes.
    pub(super) async fn open(family: impl IntoIterator<Item = u32>) -> Self {
        let port = family.into_iter().find_map(port).expect("a browser with an inspector");
        let socket = TcpStream::connect(("127.0.0.1", port)).await.expect("the inspector");
        let (mut reads, writes) = socket.into_split();
        let (wanted, mut scripts) = mpsc::unbounded_channel();
        let mut tab = Tab { writes, number: 0, pages: Vec::new(), script: String::new() };
        tokio::spawn(async move {
            let (teller, mut told) = mpsc::unbounded_channel();
            // Apart: half a message must not be given up for something else.
            tokio::spawn(async move {
                while let Some(news) = hear(&mut reads).await {
                    if teller.send(news).is_err() {
                        return;
                    }
                }
            });
            tab.begins().await?;
            let mut waiting: Vec<oneshot::Sender<()>> = Vec::new();
            loop {
                tokio::select! {
                    news = told.recv() => {
                        if tab.hears(&news?).await? {
                            waiting.drain(..).for_each(|done| _ = done.send(()));
                        }
                    }
                    next = scripts.recv() => {
                        let (script, done) = next?;
                        waiting.push(done);
                        tab.script = script;
                        tab.sets_script().await?;
                    }
                }
            }
            #[expect(unreachable_code, reason = "it says what `?` hands back")]
            Some(())
        });
        Self { scripts: RefCell::default(), wanted }
    }

    /// Runs this script too in each page before anything of the page's own.
    pub(super) async fn begins_with(&self, script: &str) {
        self.scripts.borrow_mut().push(format!("(() => {{ {script} }})();"));
        self.sets_scripts().await;
    }

    /// Does not run this one any more.
    pub(super) async fn begins_without(&self, script: &str) {
        self.scripts.borrow_mut().retain(|other| !other.contains(script));
        self.sets_scripts().await;
    }

    async fn sets_scripts(&self) {
        let all = self.scripts.borrow().join("\n");
        let (done, is_done) = oneshot::channel();
        self.wanted.send((all, done)).expect("the browser is there");
        is_done.await.expect("the browser is there");
    }
}

/// The tab, as its inspector sees it. Each command is `None` where the browser is gone.
struct Tab {
    writes: OwnedWriteHalf,
    number: u64,
    /// Its page; and another one that comes in its place, while that is being loaded (for one that wants nothing to do with others).
    pages: Vec<String>,
    script: String,
}

impl Tab {
    async fn begins(&mut self) -> Option<()> {
        // It knows no version of what it may be asked.
        send(&mut self.writes, "SetupInspectorClient", &[], Some("")).await?;
        send(&mut self.writes, "Setup", &FIRST_TAB, None).await?;
        // Another page waits until it has the script.
        self.asks("Target.setPauseOnStart", json!({ "pauseOnStart": true })).await
    }

    /// Hears what the browser tells. Returns whether every page has the script now.
    async fn hears(&mut self, told: &Value) -> Option<bool> {
        let about = &told["params"];
        match told["method"].as_str() {
            Some("Target.targetCreated") => {
                let page = about["targetInfo"]["targetId"].as_str()?.to_owned();
                self.asks_page(&page, "Page.enable", json!({})).await?;
                self.pages.push(page.clone());
                self.sets_script().await?;
                if about["targetInfo"]["isPaused"] == true {
                    self.asks("Target.resume", json!({ "targetId": page })).await?;
                }
            }
            Some("Target.targetDestroyed") => self.pages.retain(|page| about["targetId"] != **page),
            Some("Target.dispatchMessageFromTarget") => {
                let answer: Value = serde_json::from_str(about["message"].as_str()?).ok()?;
                return Some(answer["id"] == self.number && answer["error"].is_null());
            }
            _ => {}
        }
        Some(false)
    }

    async fn sets_script(&mut self) -> Option<()> {
        for page in self.pages.clone() {
            let script = json!({ "source": self.script });
            self.asks_page(&page, "Page.setBootstrapScript", script).await?;
        }
        Some(())
    }

    async fn asks_page(&mut self, page: &str, method: &str, parameters: Value) -> Option<()> {
        self.number += 1;
        let command = json!({ "id": self.number, "method": method, "params": parameters });
        let to = json!({ "targetId": page, "message": command.to_string() });
        self.asks("Target.sendMessageToTarget", to).await
    }

    /// Has a command done. What is said of it is of no use: it has a number that no other has.
    async fn asks(&mut self, method: &str, parameters: Value) -> Option<()> {
        let command = json!({ "id": 0, "method": method, "params": parameters }).to_string();
        send(&mut self.writes, "SendMessageToBackend", &FIRST_TAB, Some(&command)).await
    }
}

/// At which port the browser's inspector is, where this process is the browser or one of its parts.
fn port(process: u32) -> Option<u16> {
    let environment = fs::read(format!("/proc/{process}/environ")).ok()?;
    let mut variables = environment.split(|byte| *byte == 0);
    let place = variables.find_map(|variable| variable.strip_prefix(PLACE.as_bytes()))?;
    std::str::from_utf8(place).ok()?.parse().ok()
}

/// Sends a message with these numbers and, after them, this text.
async fn send(
    socket: &mut OwnedWriteHalf,
    name: &str,
    numbers: &[u64],
    text: Option<&str>,
) -> Option<()> {
    let mut body = name.as_bytes().to_vec();
    body.push(0);
    body.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
    if let Some(text) = text {
        body.extend(text.as_bytes());
        body.push(0);
    }
    let mut message = u32::try_from(body.len()).ok()?.to_be_bytes().to_vec();
    message.push(LITTLE_ENDIAN);
    message.extend(body);
    socket.write_all(&message).await.ok()
}

/// What the tab tells next, among all that is told; nothing where the browser is gone.
async fn hear(socket: &mut OwnedReadHalf) -> Option<Value> {
    loop {
        let length = socket.read_u32().await.ok()?;
        let mut body = vec![0; usize::try_from(length).ok()? + 1];
        socket.read_exact(&mut body).await.ok()?;
        let Some(rest) = body[1..].strip_prefix(b"SendMessageToFrontend\0") else { continue };
        let text = rest.get(size_of_val(&FIRST_TAB)..)?.strip_suffix(b"\0")?;
        return serde_json::from_slice(text).ok();
    }
}
