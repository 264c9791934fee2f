//! The first part: the whole program, but for what comes later. Each function of that has a slot in the table, by which it is
//! called. The slots that the table had before are filled by the page with functions that fetch the later part (`src/later.js`,
//! `stubs.rs`) and then call the slot again, where the real one is by then: nobody knows who calls them. The others are empty until
//! then, and whoever calls one fetches the later part first, if it is not there yet.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use walrus::ir::{
    self, Call, CallIndirect, Const, Instr, InstrSeq, ReturnCall, ReturnCallIndirect, Value,
};
use walrus::{
    ConstExpr, ElementItems, ElementKind, ExportItem, FunctionBuilder, FunctionId, Module, TableId,
    TypeId,
};

use crate::data;
use crate::plan::{self, Plan};
use crate::stubs::Stubs;

/// The function that the page provides: when it returns, the later part is there.
const FETCH: &str = "later";

/// The first part, and what the page puts into the slots of what comes later. `wanted` is what the later part imports from it, by
/// the numbers of things.
pub(crate) fn first(
    mut module: Module,
    plan: &Plan,
    data: &data::Later,
    wanted: &[(String, Wanted)],
) -> Result<(Vec<u8>, Stubs)> {
    let table = plan::table(&module)?;
    let fetch = add_fetch(&mut module);
    let entries = entries(&module, plan);
    let before = u32::try_from(module.tables.get(table).initial).context("a huge table")?;
    // Any slot that is filled with the later part tells whether it is there.
    let ensure = entries
        .values()
        .map(|(slot, _)| *slot)
        .find(|slot| *slot >= before)
        .map(|slot| ensure(&mut module, fetch, table, slot));
    let mut calls = BySlot { entries: &entries, table, before, ensure };
    for (id, function) in module.funcs.iter_local_mut() {
        if !plan.later.contains(&id.index()) && Some(id) != ensure {
            let start = function.entry_block();
            ir::dfs_pre_order_mut(&mut calls, function, start);
        }
    }
    let is_table = |item: &Wanted| matches!(item, Wanted::Table(index) if *index == table.index());
    let name = wanted.iter().find(|(_, item)| is_table(item)).map(|(name, _)| name.clone());
    let stubs = Stubs::of(&module, plan, before, name.unwrap_or_default())?;
    empty(&mut module, plan);
    // They stand behind all that were there and all that come later.
    let added: Vec<_> = {
        let by_number: BTreeMap<usize, FunctionId> =
            module.funcs.iter().map(|function| (function.id().index(), function.id())).collect();
        plan.added.iter().filter_map(|id| by_number.get(&id.index()).copied()).collect()
    };
    if !added.is_empty() {
        let kind = ElementKind::Active { table, offset: ConstExpr::Value(at(plan.added_from())) };
        let element = module.elements.add(kind, ElementItems::Functions(added));
        module.tables.get_mut(table).elem_segments.insert(element);
    }
    let all = module.tables.get_mut(table);
    all.initial = plan.slots.into();
    all.maximum = all.maximum.map(|maximum| maximum.max(plan.slots.into()));
    data.keep(&mut module, false);
    for (name, item) in wanted {
        module.exports.add(name, item.find(&module)?);
    }
    walrus::passes::gc::run(&mut module);
    Ok((module.emit_wasm(), stubs))
}

/// Takes what comes later out of the table. One function that stands for all of it takes less than as many gaps.
fn empty(module: &mut Module, plan: &Plan) {
    let mut gap = FunctionBuilder::new(&mut module.types, &[], &[]);
    gap.func_body().unreachable();
    let gap = gap.finish(vec![], &mut module.funcs);
    for element in module.elements.iter_mut() {
        if let ElementItems::Functions(functions) = &mut element.items {
            for function in functions.iter_mut().filter(|id| plan.later.contains(&id.index())) {
                *function = gap;
            }
        }
    }
}

/// The import stands with all others, which the page's script provides.
fn add_fetch(module: &mut Module) -> FunctionId {
    let place = module.imports.iter().next().map_or("a".to_owned(), |import| import.module.clone());
    let ty = module.types.add(&[], &[]);
    let (function, _) = module.add_import_func(&place, FETCH, ty);
    function
}

/// What one part calls of the other: by which slot, and with what.
pub(crate) type Entries = BTreeMap<FunctionId, (u32, TypeId)>;

fn entries(module: &Module, plan: &Plan) -> Entries {
    let functions = module.funcs.iter_local();
    functions.filter_map(|(id, function)| Some((id, (plan.slot(id)?, function.ty())))).collect()
}

/// Turns calls of what is in the other part into calls of its slot.
pub(crate) struct BySlot<'a> {
    pub(crate) entries: &'a Entries,
    pub(crate) table: TableId,
    /// How many slots the table had.
    pub(crate) before: u32,
    pub(crate) ensure: Option<FunctionId>,
}

impl ir::VisitorMut for BySlot<'_> {
    fn start_instr_seq_mut(&mut self, sequence: &mut InstrSeq) {
        let table = self.table;
        let mut instrs = Vec::with_capacity(sequence.instrs.len());
        for (instr, place) in sequence.instrs.drain(..) {
            let called = match &instr {
                Instr::Call(Call { func }) | Instr::ReturnCall(ReturnCall { func }) => {
                    self.entries.get(func)
                }
                // Nothing else calls by name; what is referred to stays (`Plan::of`).
                _ => None,
            };
            let Some((slot, ty)) = called else {
                instrs.push((instr, place));
                continue;
            };
            let ty = *ty;
            if let Some(func) = self.ensure.filter(|_| *slot >= self.before) {
                instrs.push((Call { func }.into(), place));
            }
            instrs.push((Const { value: at(*slot) }.into(), place));
            let call = match instr {
                Instr::ReturnCall(_) => ReturnCallIndirect { ty, table }.into(),
                _ => CallIndirect { ty, table }.into(),
            };
            instrs.push((call, place));
        }
        sequence.instrs = instrs;
    }
}

/// A slot as the program writes it.
pub(crate) fn at(slot: u32) -> Value {
    Value::I32(slot.cast_signed())
}

/// Fetches the later part if this slot is empty.
fn ensure(module: &mut Module, fetch: FunctionId, table: TableId, slot: u32) -> FunctionId {
    let mut builder = FunctionBuilder::new(&mut module.types, &[], &[]);
    let mut body = builder.func_body();
    body.const_(at(slot)).table_get(table).ref_is_null().if_else(
        None,
        |then| {
            then.call(fetch);
        },
        |_| (),
    );
    builder.finish(vec![], &mut module.funcs)
}

/// One thing that the later part imports, by its number.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Wanted {
    Function(usize),
    Global(usize),
    Memory(usize),
    Table(usize),
}

impl Wanted {
    fn find(self, module: &Module) -> Result<ExportItem> {
        let found = match self {
            Self::Function(index) => {
                let mut all = module.funcs.iter().map(walrus::Function::id);
                all.find(|id| id.index() == index).map(ExportItem::Function)
            }
            Self::Global(index) => {
                let mut all = module.globals.iter().map(walrus::Global::id);
                all.find(|id| id.index() == index).map(ExportItem::Global)
            }
            Self::Memory(index) => {
                let mut all = module.memories.iter().map(walrus::Memory::id);
                all.find(|id| id.index() == index).map(ExportItem::Memory)
            }
            Self::Table(index) => {
                let mut all = module.tables.iter().map(walrus::Table::id);
                all.find(|id| id.index() == index).map(ExportItem::Table)
            }
        };
        found.with_context(|| format!("{self:?} is not in the first part"))
    }
}
