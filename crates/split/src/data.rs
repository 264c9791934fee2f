//! Texts and tables that only the later part speaks of come with it: most of a program's words are for what is rare.
//!
//! A datum comes first if a function of the first part speaks of it, or another datum that comes first. What the optimiser has put
//! into its callers speaks where they are. Only what nobody changes may come later, since a second arrival writes it again.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use walrus::ir::{self, Const, Instr, Value, Visitor};
use walrus::{ConstExpr, DataKind, MemoryId, Module};

use crate::linked::Linked;
use crate::names::plain;
use crate::plan::Plan;

/// A function of up to so many bytes may be in its callers too: more than the optimiser is allowed (`xtask`).
const SMALL: usize = 80;
/// Pieces with fewer bytes between them stay together: the head of a piece takes as many.
const NEAR: u32 = 8;

/// The addresses of the data that comes later.
#[derive(Debug, Default)]
pub(crate) struct Later(Vec<Range<u32>>);

impl Later {
    /// Decides for a program, of which the linker knew this.
    pub(crate) fn of(module: &Module, plan: &Plan, linked: &Linked) -> Self {
        let first = first_functions(module, plan, linked);
        let mut waiting: Vec<usize> =
            first.iter().flat_map(|function| &linked.functions[*function].data).copied().collect();
        waiting.extend(spoken_of(module, plan, linked));
        let mut comes_first = BTreeSet::new();
        while let Some(datum) = waiting.pop() {
            if comes_first.insert(datum) {
                waiting.extend(&linked.data[datum].data);
            }
        }
        let mut later = Vec::new();
        let mut kept = Vec::new();
        for (index, datum) in linked.data.iter().enumerate() {
            let stays = comes_first.contains(&index) || !datum.constant;
            if stays { &mut kept } else { &mut later }.push(datum.place.clone());
        }
        Self(without(joined(later), &joined(kept)))
    }

    /// The pieces of some bytes of memory that come later, or those that do not, with their addresses.
    fn pieces(&self, address: u32, bytes: &[u8], later: bool) -> Vec<(u32, Vec<u8>)> {
        let end = address + u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        let all = address..end;
        let ours: Vec<_> = self
            .0
            .iter()
            .map(|range| range.start.max(address)..range.end.min(end))
            .filter(|range| !range.is_empty())
            .collect();
        let wanted = if later { ours } else { without(vec![all], &ours) };
        let mut pieces: Vec<Range<u32>> = Vec::new();
        for range in wanted {
            match pieces.last_mut() {
                Some(last) if range.start - last.end < NEAR => last.end = range.end,
                Some(_) | None => pieces.push(range),
            }
        }
        let at = |address_: u32| (address_ - address) as usize;
        pieces
            .into_iter()
            .map(|piece| (piece.start, bytes[at(piece.start)..at(piece.end)].to_vec()))
            // Memory begins empty.
            .filter(|(_, bytes)| bytes.iter().any(|byte| *byte != 0))
            .collect()
    }

    /// Leaves the data of one part in a program.
    pub(crate) fn keep(&self, module: &mut Module, later: bool) {
        let all: Vec<_> = module.data.iter().map(walrus::Data::id).collect();
        for id in all {
            let data = module.data.get(id);
            let Some((memory, address)) = place(&data.kind) else { continue };
            let pieces = self.pieces(address, &data.value, later);
            module.data.delete(id);
            module.memories.get_mut(memory).data_segments.remove(&id);
            for (address, bytes) in pieces {
                let offset = ConstExpr::Value(Value::I32(address.cast_signed()));
                let id = module.data.add(DataKind::Active { memory, offset }, bytes);
                module.memories.get_mut(memory).data_segments.insert(id);
            }
        }
    }
}

/// Where data is put at the start, if it is known.
pub(crate) fn place(kind: &DataKind) -> Option<(MemoryId, u32)> {
    match kind {
        DataKind::Active { memory, offset: ConstExpr::Value(Value::I32(address)) } => {
            Some((*memory, address.cast_unsigned()))
        }
        DataKind::Active { .. } | DataKind::Passive => None,
    }
}

/// The linker's functions of which something is in the first part: those that are there by their name, those that are nowhere
/// and were called by such a one or by nobody, and small ones that were.
fn first_functions(module: &Module, plan: &Plan, linked: &Linked) -> BTreeSet<usize> {
    let mut is_later: BTreeMap<String, bool> = BTreeMap::new();
    for function in module.funcs.iter() {
        let later = plan.later.contains(&function.id().index());
        let name = plain(function.name.as_deref().unwrap_or_default());
        *is_later.entry(name).or_insert(true) &= later;
    }
    let mut callers: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (caller, function) in linked.functions.iter().enumerate() {
        for called in &function.functions {
            callers.entry(*called).or_default().push(caller);
        }
    }
    let mut first = BTreeSet::new();
    let mut open: Vec<usize> = Vec::new();
    for (index, function) in linked.functions.iter().enumerate() {
        match is_later.get(&plain(&function.name)) {
            Some(false) => _ = first.insert(index),
            Some(true) if function.size > SMALL => {}
            None if !callers.contains_key(&index) => _ = first.insert(index),
            Some(true) | None => open.push(index),
        }
    }
    loop {
        let before = first.len();
        for index in &open {
            let all = callers.get(index).map(Vec::as_slice).unwrap_or_default();
            if all.iter().any(|caller| first.contains(caller)) {
                first.insert(*index);
            }
        }
        if first.len() == before {
            return first;
        }
    }
}

/// The data whose addresses stand in the code of the first part, whatever the names say.
fn spoken_of(module: &Module, plan: &Plan, linked: &Linked) -> Vec<usize> {
    let mut numbers = Numbers::default();
    for (id, function) in module.funcs.iter_local() {
        if !plan.later.contains(&id.index()) {
            ir::dfs_in_order(&mut numbers, function, function.entry_block());
        }
    }
    let is_spoken_of = |place: &Range<u32>| numbers.0.range(place.clone()).next().is_some();
    let all = linked.data.iter().enumerate();
    all.filter(|(_, datum)| is_spoken_of(&datum.place)).map(|(index, _)| index).collect()
}

/// Numbers that may be addresses.
#[derive(Default)]
struct Numbers(BTreeSet<u32>);

impl<'a> Visitor<'a> for Numbers {
    fn visit_instr(&mut self, instr: &'a Instr, _: &'a ir::InstrLocId) {
        let number = match instr {
            Instr::Const(Const { value: Value::I32(number) }) => Some(number.cast_unsigned()),
            Instr::Load(load) => u32::try_from(load.arg.offset).ok(),
            Instr::Store(store) => u32::try_from(store.arg.offset).ok(),
            // Nothing else that Rust's programs do without threads and vectors has an address in it.
            _ => None,
        };
        self.0.extend(number);
    }
}

/// The same addresses in ranges that neither touch nor overlap.
fn joined(mut ranges: Vec<Range<u32>>) -> Vec<Range<u32>> {
    ranges.retain(|range| !range.is_empty());
    ranges.sort_by_key(|range| range.start);
    let mut out: Vec<Range<u32>> = Vec::new();
    for range in ranges {
        match out.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            Some(_) | None => out.push(range),
        }
    }
    out
}

/// The addresses of the one that are not in the other; both are joined.
fn without(ranges: Vec<Range<u32>>, others: &[Range<u32>]) -> Vec<Range<u32>> {
    let mut out = Vec::new();
    for range in ranges {
        let mut start = range.start;
        for other in
            others.iter().filter(|other| other.end > range.start && other.start < range.end)
        {
            if other.start > start {
                out.push(start..other.start);
            }
            start = other.end;
        }
        if start < range.end {
            out.push(start..range.end);
        }
    }
    out
}
