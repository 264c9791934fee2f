//! The later part: the functions that the list names, and the data that they alone speak of. All it needs it imports: from the first part under
//! [`FIRST`], from the page's script what the program always imported. When it starts it puts its functions into their slots.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use walrus::ir;
use walrus::{
    ConstExpr, DataKind, ElementItems, ElementKind, FunctionId, FunctionKind, GlobalKind,
    ImportKind, ImportedFunction, Module,
};

use crate::data;
use crate::first::{BySlot, Entries, Wanted, at};
use crate::plan::{self, Plan};

/// The module that the first part is imported as.
const FIRST: &str = "first";

/// What the later part imports from the first, by the names that it has for them.
pub(crate) type Names = Vec<(String, Wanted)>;

/// The later part, and what it imports from the first.
pub(crate) fn later(
    mut module: Module,
    plan: &Plan,
    data: &data::Later,
) -> Result<(Vec<u8>, Names)> {
    call_back(&mut module, plan)?;
    import_functions(&mut module, plan);
    import_globals(&mut module);
    import_memories(&mut module, data)?;
    import_tables(&mut module, plan)?;
    module.start = None;
    let exports: Vec<_> = module.exports.iter().map(walrus::Export::id).collect();
    for export in exports {
        module.exports.delete(export);
    }
    fill(&mut module, plan)?;
    walrus::passes::gc::run(&mut module);
    let wanted = name(&mut module);
    Ok((module.emit_wasm(), wanted))
}

/// Names come at the end, when it is known what is imported.
fn import(module: &mut Module, kind: impl Into<ImportKind>) -> walrus::ImportId {
    module.imports.add(FIRST, "", kind)
}

/// What is in the first part is called by its slot.
fn call_back(module: &mut Module, plan: &Plan) -> Result<()> {
    let table = plan::table(module)?;
    let all = module.funcs.iter_local();
    let entries: Entries = all
        .filter_map(|(id, function)| Some((id, (*plan.back.get(&id.index())?, function.ty()))))
        .collect();
    let mut calls = BySlot { entries: &entries, table, before: u32::MAX, ensure: None };
    for (id, function) in module.funcs.iter_local_mut() {
        if plan.later.contains(&id.index()) {
            let start = function.entry_block();
            ir::dfs_pre_order_mut(&mut calls, function, start);
        }
    }
    Ok(())
}

fn import_functions(module: &mut Module, plan: &Plan) {
    let all = module.funcs.iter_local().map(|(id, function)| (id, function.ty()));
    let others: Vec<_> = all.filter(|(id, _)| !plan.later.contains(&id.index())).collect();
    for (id, ty) in others {
        let import = import(module, id);
        module.funcs.get_mut(id).kind = FunctionKind::Import(ImportedFunction { import, ty });
    }
}

fn import_globals(module: &mut Module) {
    let all: Vec<_> = module.globals.iter().map(walrus::Global::id).collect();
    for id in all {
        if matches!(module.globals.get(id).kind, GlobalKind::Local(_)) {
            module.globals.get_mut(id).kind = GlobalKind::Import(import(module, id));
        }
    }
}

fn import_memories(module: &mut Module, data: &data::Later) -> Result<()> {
    for segment in module.data.iter() {
        let is_active = matches!(segment.kind, DataKind::Active { .. });
        ensure!(is_active, "data that a function puts into place would have to be in both parts");
        ensure!(data::place(&segment.kind).is_some(), "there is data without a fixed place");
    }
    data.keep(module, true);
    let all: Vec<_> = module.memories.iter().map(walrus::Memory::id).collect();
    for id in all {
        let import = import(module, id);
        let memory = module.memories.get_mut(id);
        memory.import = Some(import);
    }
    Ok(())
}

fn import_tables(module: &mut Module, plan: &Plan) -> Result<()> {
    let functions = plan::table(module)?;
    let elements: Vec<_> = module.elements.iter().map(walrus::Element::id).collect();
    for element in elements {
        module.elements.delete(element);
    }
    let all: Vec<_> = module.tables.iter().map(walrus::Table::id).collect();
    for id in all {
        let import = import(module, id);
        let table = module.tables.get_mut(id);
        table.elem_segments.clear();
        table.import = Some(import);
    }
    let table = module.tables.get_mut(functions);
    table.initial = plan.slots.into();
    table.maximum = table.maximum.map(|maximum| maximum.max(plan.slots.into()));
    Ok(())
}

/// Puts each function into all of its slots: neighbours together.
fn fill(module: &mut Module, plan: &Plan) -> Result<()> {
    let table = plan::table(module)?;
    let by_number: BTreeMap<usize, FunctionId> =
        module.funcs.iter_local().map(|(id, _)| (id.index(), id)).collect();
    let slots: BTreeMap<u32, FunctionId> = plan
        .entries
        .iter()
        .filter_map(|(number, slots)| Some((by_number.get(number)?, slots)))
        .flat_map(|(function, slots)| slots.iter().map(|slot| (*slot, *function)))
        .collect();
    let mut runs: Vec<(u32, Vec<FunctionId>)> = Vec::new();
    let mut next = None;
    for (slot, function) in slots {
        match runs.last_mut() {
            Some((_, run)) if next == Some(slot) => run.push(function),
            Some(_) | None => runs.push((slot, vec![function])),
        }
        next = Some(slot + 1);
    }
    for (start, run) in runs {
        let kind = ElementKind::Active { table, offset: ConstExpr::Value(at(start)) };
        let element = module.elements.add(kind, ElementItems::Functions(run));
        module.tables.get_mut(table).elem_segments.insert(element);
    }
    Ok(())
}

/// Short names, which begin with a digit: none that wasm-opt or wasm-bindgen gives does.
fn name(module: &mut Module) -> Names {
    let mut wanted = Vec::new();
    for import in module.imports.iter_mut().filter(|import| import.module == FIRST) {
        let item = match import.kind {
            ImportKind::Function(id) => Wanted::Function(id.index()),
            ImportKind::Global(id) => Wanted::Global(id.index()),
            ImportKind::Memory(id) => Wanted::Memory(id.index()),
            ImportKind::Table(id) => Wanted::Table(id.index()),
            // There are none (`Plan::of`).
            ImportKind::Tag(_) => continue,
        };
        import.name = format!("0{}", short(wanted.len()));
        wanted.push((import.name.clone(), item));
    }
    wanted
}

/// A number in as few letters as may be.
fn short(number: usize) -> String {
    const LETTERS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    let mut rest = number;
    let mut out = Vec::new();
    loop {
        out.push(LETTERS[rest % LETTERS.len()]);
        rest /= LETTERS.len();
        if rest == 0 {
            break;
        }
    }
    out.reverse();
    String::from_utf8_lossy(&out).into_owned()
}
