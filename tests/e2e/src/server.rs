//! The chat server: the real program, with a data directory of its own.

use std::cell::{Cell, RefCell};
use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::{sleep, timeout};

use crate::environment;

/// How long it may take to start or to stop.
const READY: Duration = Duration::from_secs(30);

/// A chat server that can be stopped and started again on the same port. It ends with this value.
#[derive(Debug)]
pub struct Server {
    folder: TempDir,
    dist: PathBuf,
    port: Cell<u16>,
    /// How often everything was forgotten: each time the data directory is another.
    lives: Cell<u32>,
    origins: RefCell<Vec<String>>,
    /// Whether it is there to be measured: then it takes as much as one can send.
    measured: bool,
    /// The output stays open: it is the program's.
    running: RefCell<Option<(Child, ChildStdout)>>,
}

impl Server {
    /// Starts a server that serves these pages, on any free port.
    pub async fn open(dist: &Path) -> Self {
        Self::begin(dist, false).await
    }

    /// The same without limits to what one may send, to be measured.
    pub async fn open_to_measure(dist: &Path) -> Self {
        Self::begin(dist, true).await
    }

    async fn begin(dist: &Path, measured: bool) -> Self {
        let server = Self {
            folder: tempfile::tempdir().unwrap(),
            dist: dist.to_owned(),
            port: Cell::new(0),
            lives: Cell::new(0),
            origins: RefCell::default(),
            measured,
            running: RefCell::default(),
        };
        server.start().await;
        server
    }

    /// Where it is, such as `http://localhost:40103`.
    pub fn url(&self) -> String {
        format!("http://localhost:{}", self.port.get())
    }

    /// Its port, which it keeps through its restarts.
    pub fn port(&self) -> u16 {
        self.port.get()
    }

    /// Lets the pages of this origin use it, from the next start on.
    pub fn allow(&self, origin: &str) {
        self.origins.borrow_mut().push(origin.to_owned());
    }

    /// Starts it, where it was before if it ran before.
    pub async fn start(&self) {
        let until = Instant::now() + READY;
        loop {
            if self.try_to_start().await {
                return;
            }
            // While it was away another program may have been given its port for a moment.
            assert!(Instant::now() < until, "the server does not start: {}", self.log());
            sleep(Duration::from_millis(100)).await;
        }
    }

    /// Asks it to stop, and waits until it has.
    pub async fn stop(&self) {
        let (mut child, _output) = self.running.take().expect("the server runs");
        let id = child.id().expect("the server has not ended by itself").to_string();
        let asked = Command::new("sh").args(["-c", "kill -TERM \"$1\"", "sh", &id]).status().await;
        assert!(asked.is_ok_and(|status| status.success()));
        let ended = timeout(READY, child.wait()).await;
        let ended = ended.unwrap_or_else(|_| panic!("the server does not stop: {}", self.log()));
        assert!(ended.unwrap().success(), "{}", self.log());
    }

    /// Ends it as a loss of power would: it tells nobody.
    pub async fn crash(&self) {
        let (mut child, _output) = self.running.take().expect("the server runs");
        child.kill().await.unwrap();
    }

    /// Everything it kept is gone, people and sessions too. It must not be running.
    pub fn forget_everything(&self) {
        assert!(self.running.borrow().is_none(), "a server that runs keeps what it has");
        self.lives.set(self.lives.get() + 1);
    }

    /// What it wrote to its log.
    pub fn log(&self) -> String {
        fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    /// Where it keeps what it has.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join(format!("data-{}", self.lives.get()))
    }

    fn log_path(&self) -> PathBuf {
        self.folder.path().join("server.log")
    }

    async fn try_to_start(&self) -> bool {
        let log = OpenOptions::new().create(true).append(true).open(self.log_path()).unwrap();
        let mut command = Command::new(environment::server());
        // Its own variables, one of which is also ours.
        let own = ["HOST", "PORT", "DATA", "DIST", "CORS", "TRUSTED_PROXY", "TLS_CERT", "TLS_KEY"];
        for name in own.into_iter().chain(["RATE_LIMITS"]) {
            command.env_remove(format!("CHINWAG_{name}"));
        }
        if self.measured {
            command.args(["--rate-limits", "off"]);
        }
        command.arg("--port").arg(self.port.get().to_string());
        command.arg("--data").arg(self.data());
        command.arg("--dist").arg(&self.dist);
        for origin in self.origins.borrow().iter() {
            command.arg("--cors").arg(origin);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).kill_on_drop(true);
        let mut child = command.spawn().expect("the server's program can be started");
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        let read = timeout(READY, output.read_line(&mut line)).await;
        read.unwrap_or_else(|_| panic!("the server says nothing: {}", self.log())).unwrap();
        let Some(port) = line.trim().strip_prefix("Chinwag is at http://localhost:") else {
            return false;
        };
        self.port.set(port.parse().unwrap());
        self.running.replace(Some((child, output.into_inner())));
        true
    }
}
