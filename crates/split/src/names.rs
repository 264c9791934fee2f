//! Functions by their names, and the list of those that come later.
//!
//! A name says where a function is written and with which types, and stays the same from build to build but for the numbers
//! of its crates, which are left out. The list holds a short number for each name, and as much of the name as a reader needs.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt::Write;

use anyhow::{Context, Result};
use walrus::Module;

/// Smaller ones stay where they are: the way to the other part takes about as much, in instructions.
const SMALLEST: u64 = 5;
/// As much of a name as the list shows.
const SHOWN: usize = 100;

/// The functions that come later, by the numbers of their names.
#[derive(Debug, Default)]
pub(crate) struct Listed(HashSet<String>);

impl Listed {
    /// Reads a list as [`list`] makes it.
    pub(crate) fn read(list: &str) -> Self {
        Self(list.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect())
    }

    pub(crate) fn holds(&self, name: &str) -> bool {
        self.0.contains(&number(&plain(name)))
    }
}

/// One function as the marked program's names are written down: its number, its size in instructions, its name.
pub(crate) fn line(index: usize, size: u64, name: &str) -> String {
    format!("{index} {size} {name}\n")
}

/// The list of what did not run. Several functions of one name stay together: if one has run, all come first.
pub(crate) fn list(names: &str, ran: &str) -> Result<String> {
    let ran: HashSet<&str> = ran.lines().collect();
    let mut is_later: BTreeMap<String, bool> = BTreeMap::new();
    for line in names.lines() {
        let mut parts = line.splitn(3, ' ');
        let (Some(index), Some(size), Some(name)) = (parts.next(), parts.next(), parts.next())
        else {
            continue;
        };
        let size: u64 = size.parse().with_context(|| format!("no size: {line}"))?;
        let later = !ran.contains(index) && size >= SMALLEST;
        let all = is_later.entry(plain(name)).or_insert(true);
        *all &= later;
    }
    let lines: BTreeSet<String> = is_later
        .into_iter()
        .filter(|(_, later)| *later)
        .map(|(name, _)| {
            let shown: String = name.chars().take(SHOWN).collect();
            format!("{} {}\n", number(&name), shown.trim_end())
        })
        .collect();
    Ok(lines.into_iter().collect())
}

/// The largest items of a whole program: functions in bytes of their code, and data.
pub(crate) fn largest(module: &Module, listed: &Listed, count: usize) -> String {
    let mut items: Vec<(u64, String)> = module
        .funcs
        .iter_local()
        .map(|(id, function)| {
            let name = module.funcs.get(id).name.as_deref().unwrap_or("?");
            let bytes = function.original_range.as_ref().map_or(0, |range| range.end - range.start);
            let part = if listed.holds(name) { "later" } else { "first" };
            (u64::try_from(bytes).unwrap_or(u64::MAX), format!("{part}  {}", plain(name)))
        })
        .collect();
    items.extend(module.data.iter().map(|data| {
        let name = data.name.as_deref().unwrap_or("data");
        (u64::try_from(data.value.len()).unwrap_or(u64::MAX), format!("first  {name}"))
    }));
    items.sort_by(|one, other| other.cmp(one));
    items.truncate(count);
    let head = format!("{:>9}  part   item\n", "raw");
    items.into_iter().fold(head, |mut out, (bytes, name)| {
        let shown: String = name.chars().take(SHOWN).collect();
        // Writing to a text cannot fail.
        let _ = writeln!(out, "{bytes:>9}  {shown}");
        out
    })
}

/// A name without the numbers of its crates: `core[75d5716931084cc5]::str` is `core::str`.
pub(crate) fn plain(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(start) = rest.find('[') {
        let (before, after) = rest.split_at(start);
        out.push_str(before);
        let end = after.find(']').map_or(0, |end| end + 1);
        let inner = after.get(1..end.saturating_sub(1)).unwrap_or_default();
        if inner.len() >= 12 && inner.chars().all(|c| c.is_ascii_hexdigit()) {
            rest = &after[end..];
        } else {
            out.push('[');
            rest = &after[1..];
        }
    }
    out.push_str(rest);
    out
}

/// FNV-1a over the name, folded to eight digits: short, and the same everywhere.
fn number(name: &str) -> String {
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    format!("{:08x}", (hash >> 32) ^ (hash & 0xffff_ffff))
}
