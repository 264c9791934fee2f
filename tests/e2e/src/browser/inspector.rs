//! WebKit's inspector, by the socket on which its driver tells the browser what to do: the driver itself has no words for scripts that
//! run before a page's own.
//!
//! Each message has its length, the order of its bytes, a name, and values as GLib packs them (`GVariant`); those of the inspector's own
//! protocol are JSON within. It is asked one thing at a time.

use std::cell::{Cell, RefCell};
use std::fs;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Mutex;

/// How the driver tells the browser where that socket is to be.
const PLACE: &str = "WEBKIT_INSPECTOR_SERVER=127.0.0.1:";
/// The first bit says which order the bytes of numbers have.
const LITTLE_ENDIAN: u8 = 1;
/// The connection's number and the first tab's.
const FIRST_TAB: [u64; 2] = [1, 1];

/// A connection to the first tab of one browser.
#[derive(Debug)]
pub(super) struct Inspector {
    socket: Mutex<TcpStream>,
    /// The page, as the tab calls it.
    page: String,
    number: Cell<u64>,
    scripts: RefCell<Vec<String>>,
}

impl Inspector {
    /// Connects to the browser that is one of these processes.
    pub(super) async fn open(family: impl IntoIterator<Item = u32>) -> Self {
        let port = family.into_iter().find_map(port).expect("a browser with an inspector");
        let mut socket = TcpStream::connect(("127.0.0.1", port)).await.expect("the inspector");
        // It knows no version of what it may be asked.
        send(&mut socket, "SetupInspectorClient", &[], "").await;
        send(&mut socket, "Setup", &FIRST_TAB, None).await;
        let page = loop {
            let told = hear(&mut socket).await;
            if told["method"] == "Target.targetCreated" {
                break told["params"]["targetInfo"]["targetId"].as_str().unwrap().to_owned();
            }
        };
        let (socket, number) = (Mutex::new(socket), Cell::new(0));
        let inspector = Self { socket, page, number, scripts: RefCell::default() };
        inspector.asks("Page.enable", json!({})).await;
        inspector
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
        let source = self.scripts.borrow().join("\n");
        self.asks("Page.setBootstrapScript", json!({ "source": source })).await;
    }

    /// Has a command done by the page.
    async fn asks(&self, method: &str, parameters: Value) {
        let mut socket = self.socket.lock().await;
        self.number.set(self.number.get() + 2);
        let number = self.number.get();
        let command = json!({ "id": number, "method": method, "params": parameters });
        let to_page = json!({ "targetId": self.page, "message": command.to_string() });
        let method = "Target.sendMessageToTarget";
        let command = json!({ "id": number + 1, "method": method, "params": to_page });
        send(&mut socket, "SendMessageToBackend", &FIRST_TAB, &*command.to_string()).await;
        loop {
            let told = hear(&mut socket).await;
            let of_page = told["params"]["message"].as_str().unwrap_or_default();
            let of_page: Value = serde_json::from_str(of_page).unwrap_or_default();
            let refused = [&told, &of_page].into_iter().find(|told| !told["error"].is_null());
            assert!(refused.is_none(), "{method}: {refused:?}");
            if of_page["id"] == number {
                return;
            }
        }
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
async fn send(socket: &mut TcpStream, name: &str, numbers: &[u64], text: impl Into<Option<&str>>) {
    let mut body = name.as_bytes().to_vec();
    body.push(0);
    body.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
    if let Some(text) = text.into() {
        body.extend(text.as_bytes());
        body.push(0);
    }
    let mut message = u32::try_from(body.len()).unwrap().to_be_bytes().to_vec();
    message.push(LITTLE_ENDIAN);
    message.extend(body);
    socket.write_all(&message).await.expect("the browser is there");
}

/// What the page tells next, among all that is told.
async fn hear(socket: &mut TcpStream) -> Value {
    loop {
        let length = socket.read_u32().await.expect("the browser is there");
        let mut body = vec![0; usize::try_from(length).unwrap() + 1];
        socket.read_exact(&mut body).await.expect("a whole message");
        let Some(rest) = body[1..].strip_prefix(b"SendMessageToFrontend\0") else { continue };
        let text = rest.get(size_of_val(&FIRST_TAB)..).unwrap_or_default();
        let text = text.strip_suffix(b"\0").unwrap_or(text);
        return serde_json::from_slice(text).expect("JSON of the inspector");
    }
}
