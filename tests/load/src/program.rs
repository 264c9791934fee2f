//! The server's program, started on a data directory of its own, and what the machine says of it.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use rustix::process::{Resource, getrlimit, setrlimit};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// How long it may take to start.
const PATIENCE: Duration = Duration::from_secs(30);
/// The kernel counts a program's time in hundredths of a second.
const TICK: Duration = Duration::from_millis(10);

/// A server that runs.
#[derive(Debug)]
pub struct Program {
    address: SocketAddr,
    data: PathBuf,
    id: u32,
    /// Ends when this is dropped.
    _child: Child,
    _folder: TempDir,
}

impl Program {
    /// Starts it, without rate limits, in a new folder within `place`: on a disk, for a commit waits for that.
    ///
    /// # Errors
    /// Where it does not start.
    pub async fn start(program: &Path, place: &Path) -> Result<Self> {
        fs::create_dir_all(place)?;
        let folder = tempfile::Builder::new().prefix("load").tempdir_in(place)?;
        let data = folder.path().join("data");
        let mut child = Command::new(program)
            .args(["--host", "127.0.0.1", "--port", "0", "--rate-limits", "off", "--data"])
            .arg(&data)
            .env("RUST_LOG", "warn")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("starting {}", program.display()))?;
        let id = child.id().context("the server has ended")?;
        let said = child.stdout.take().context("the server says nothing")?;
        let mut lines = BufReader::new(said).lines();
        let line = timeout(PATIENCE, lines.next_line())
            .await
            .context("the server starts too slowly")??;
        let Some(port) = line.as_deref().and_then(|line| line.rsplit(':').next()?.parse().ok())
        else {
            bail!("the server did not say where it is: {line:?}");
        };
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        Ok(Self { address, data, id, _child: child, _folder: folder })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it keeps what it keeps.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// The memory that it holds just now (`VmRSS`), in bytes; and the most that it ever held (`VmHWM`).
    ///
    /// # Errors
    /// Where this machine does not tell.
    pub fn memory(&self) -> Result<(u64, u64)> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id))?;
        let field = |name: &str| {
            let line =
                status.lines().find_map(|line| line.strip_prefix(name)).context("no such field")?;
            let kilobytes = line.split_whitespace().next().context("an empty field")?;
            Ok::<u64, anyhow::Error>(kilobytes.parse::<u64>()? * 1024)
        };
        Ok((field("VmRSS:")?, field("VmHWM:")?))
    }

    /// How long processors have worked for it.
    ///
    /// # Errors
    /// Where this machine does not tell.
    pub fn worked(&self) -> Result<Duration> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.id))?;
        let fields = stat.rsplit_once(')').context("an odd line")?.1;
        let mut fields = fields.split_whitespace().skip(11);
        let mut next = || Ok::<u32, anyhow::Error>(fields.next().context("an odd line")?.parse()?);
        Ok(TICK * (next()? + next()?))
    }
}

/// How busy this machine is, as it says itself.
pub fn load_average() -> String {
    let told = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    told.split_whitespace().take(3).collect::<Vec<_>>().join(" ")
}

/// Raises this program's bound of open files, and with it that of the programs that it starts, as far as it may. How many.
pub fn raise_open_files() -> u64 {
    let limit = getrlimit(Resource::Nofile);
    let raised = rustix::process::Rlimit { current: limit.maximum, ..limit };
    // Where it may not, what is there must do.
    let _ = setrlimit(Resource::Nofile, raised);
    getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)
}
