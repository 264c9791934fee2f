//! The drivers, browsers and screens as processes: who belongs to whom, and that none outlives the tests.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::Once;

use tokio::signal::unix::{SignalKind, signal};

/// Who is told to end while stories are told ends their drivers, browsers and screens too.
pub(super) fn end_with_the_tests() {
    static LISTENING: Once = Once::new();
    LISTENING.call_once(|| {
        std::thread::spawn(|| {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let mut told = signal(SignalKind::terminate()).unwrap();
                told.recv().await;
                end(&descendants(std::process::id()));
                // As the shell counts it.
                std::process::exit(143);
            });
        });
    });
}

/// Ends these processes at once.
pub(super) fn end(processes: &BTreeSet<u32>) {
    // The shell's own `kill` is on every system, and needs no unsafe code here.
    let _ = std::process::Command::new("sh")
        .args(["-c", "kill -KILL \"$@\" 2>/dev/null", "sh"])
        .args(processes.iter().map(u32::to_string))
        .status();
}

/// All processes below this one.
pub(super) fn descendants(of: u32) -> BTreeSet<u32> {
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
pub(super) fn lives(id: u32) -> bool {
    status(id).is_some_and(|(state, _)| state != "Z")
}

/// The state of a process and its parent (proc(5): the name is in brackets and may hold anything).
fn status(id: u32) -> Option<(String, u32)> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let mut words = stat.rsplit_once(')')?.1.split_whitespace();
    Some((words.next()?.to_owned(), words.next()?.parse().ok()?))
}
