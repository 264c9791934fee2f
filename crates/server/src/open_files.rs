//! How many files the program may have open, of which each connection is one.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Files beside the connections: the store's, those that are served, and what is being accepted.
const OTHERS: u64 = 256;

/// Raises the bound as far as the program may, and says in the log where it is still too low for so many connections: a shell's is
/// 1,024 as a rule, above which nobody could connect any more, not even to be told that there is no room.
pub(crate) fn raise(connections: usize) {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, ..limit };
    // Where it may not, what is there must do.
    let _ = setrlimit(Resource::Nofile, raised);
    let files = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    let wanted = u64::try_from(connections).unwrap_or(u64::MAX).saturating_add(OTHERS);
    if files < wanted {
        tracing::warn!(files, wanted, "too few files may be open for all connections (ulimit -Hn)");
    }
}
