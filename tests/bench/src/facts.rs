//! On what was measured: the page, the machine, the browser.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread::available_parallelism;
use std::time::{SystemTime, UNIX_EPOCH};

use chinwag_protocol::Timestamp;
use serde_json::{Value, json};

/// What a report says about its circumstances. What cannot be learnt is left empty.
pub(crate) fn gather(dist: &Path, runs: u32) -> Value {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    let browser = env::var("CHINWAG_CHROMIUM").unwrap_or_default();
    json!({
        "commit": said("git", &["rev-parse", "HEAD"]),
        "changed": !said("git", &["status", "--porcelain"]).is_empty(),
        "date": Timestamp::from_millis(i64::try_from(now).unwrap_or_default()).iso(),
        "runs": runs,
        "page": files(dist),
        "browser": said(&browser, &["--version"]),
        "machine": {
            "cores": available_parallelism().map_or(0, usize::from),
            "processor": after("/proc/cpuinfo", "model name"),
            "memory": after("/proc/meminfo", "MemTotal"),
            "system": said("uname", &["-sr"]),
            "load": load(),
        },
    })
}

/// What runs on the machine, this included: the averages of one, five and fifteen minutes.
pub(crate) fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().take(3).collect::<Vec<_>>().join(" ")
}

fn said(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let said = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    said.unwrap_or_default()
}

/// What stands behind a name and a colon.
fn after(file: &str, name: &str) -> String {
    let text = fs::read_to_string(file).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
    line.trim_start_matches([' ', '\t', ':']).trim().to_owned()
}

/// The names of the page's files: the program's holds the hash of its content.
fn files(dist: &Path) -> Vec<String> {
    let entries = fs::read_dir(dist).into_iter().flatten().flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut names: Vec<_> = names.filter(|name| !name.to_lowercase().ends_with(".br")).collect();
    names.sort();
    names
}
