//! Who comes later, and by which slots of the table the first part reaches them.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail, ensure};
use walrus::ir::{self, Instr, Value, Visitor};
use walrus::{
    ConstExpr, ElementItems, ElementKind, ExportItem, FunctionId, FunctionKind, Module, TableId,
};

use crate::names::Listed;

/// What becomes of each function, by their numbers, which are the same in every reading of one program.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// Those that come later.
    pub(crate) later: BTreeSet<usize>,
    /// Those of them that the first part calls, itself or through the table, with the slots where they stand. The first of
    /// them is the one to call.
    pub(crate) entries: BTreeMap<usize, Vec<u32>>,
    /// Those of the first part that the later one calls, with a slot where they stand. To be exported would take each a name.
    pub(crate) back: BTreeMap<usize, u32>,
    /// Those of them that had no slot before, in the order of theirs, the last ones of all.
    pub(crate) added: Vec<FunctionId>,
    /// How many slots the table has with them.
    pub(crate) slots: u32,
}

impl Plan {
    /// Decides for a program.
    pub(crate) fn of(module: &Module, listed: &Listed) -> Result<Self> {
        let mut plan = Self::default();
        for function in module.funcs.iter() {
            let is_own = matches!(function.kind, FunctionKind::Local(_));
            let named = function.name.as_deref().is_some_and(|name| listed.holds(name));
            if is_own && named && module.start != Some(function.id()) {
                plan.later.insert(function.id().index());
            }
        }
        // What others may hold without a slot has to be there from the start.
        for export in module.exports.iter() {
            if let ExportItem::Function(function) = export.item {
                plan.later.remove(&function.index());
            }
        }
        for (_, function) in module.funcs.iter_local() {
            let mut named = Named::default();
            ir::dfs_in_order(&mut named, function, function.entry_block());
            for function in named.references {
                plan.later.remove(&function.index());
            }
        }
        // Each part would have what is thrown as something of its own.
        ensure!(module.tags.iter().next().is_none(), "it throws and catches");
        let table = table(module)?;
        // It grows, and its slots are written as numbers of 32 bits.
        ensure!(module.tables.get(table).import.is_none(), "the table is the page's");
        ensure!(!module.tables.get(table).table64, "it is a table of 64 bits");
        plan.slots = u32::try_from(module.tables.get(table).initial).context("a huge table")?;
        plan.find_in_table(module, table)?;
        for (id, function) in module.funcs.iter_local() {
            if !plan.later.contains(&id.index()) {
                let mut named = Named::default();
                ir::dfs_in_order(&mut named, function, function.entry_block());
                for called in named.calls {
                    plan.call(called);
                }
            }
        }
        for (id, function) in module.funcs.iter_local() {
            if plan.later.contains(&id.index()) {
                let mut named = Named::default();
                ir::dfs_in_order(&mut named, function, function.entry_block());
                for called in named.calls {
                    plan.call_back(module, called);
                }
            }
        }
        Ok(plan)
    }

    /// The first slot of those that were added.
    pub(crate) fn added_from(&self) -> u32 {
        self.slots - u32::try_from(self.added.len()).unwrap_or(0)
    }

    /// Gives each of those a slot in the order of these numbers, one for each of them.
    pub(crate) fn order_added(&mut self, numbers: &[u32]) {
        let first = self.added_from();
        let mut added: Vec<_> = numbers.iter().copied().zip(self.added.drain(..)).collect();
        added.sort_by_key(|(number, _)| *number);
        self.added = added.into_iter().map(|(_, function)| function).collect();
        for (slot, function) in (first..).zip(&self.added) {
            self.back.insert(function.index(), slot);
        }
    }

    /// The slot by which the first part reaches a function that comes later.
    pub(crate) fn slot(&self, function: FunctionId) -> Option<u32> {
        self.entries.get(&function.index())?.first().copied()
    }

    fn find_in_table(&mut self, module: &Module, table: TableId) -> Result<()> {
        for element in module.elements.iter() {
            let (found, offset) = match &element.kind {
                ElementKind::Active { table, offset } => (table, offset),
                ElementKind::Passive => {
                    bail!("there are functions that a function puts into the table")
                }
                ElementKind::Declared => continue,
            };
            let ElementItems::Functions(functions) = &element.items else {
                bail!("a part of the table is filled by expressions");
            };
            ensure!(*found == table, "functions stand in more than one table");
            let ConstExpr::Value(Value::I32(start)) = offset else {
                bail!("a part of the table has no fixed place");
            };
            for (slot, function) in (u32::try_from(*start)?..).zip(functions) {
                if self.later.contains(&function.index()) {
                    self.entries.entry(function.index()).or_default().push(slot);
                } else {
                    self.back.insert(function.index(), slot);
                }
            }
        }
        Ok(())
    }

    /// The first part calls this one: if it comes later, it needs a slot.
    fn call(&mut self, function: FunctionId) {
        if self.later.contains(&function.index()) && !self.entries.contains_key(&function.index()) {
            self.entries.insert(function.index(), vec![self.slots]);
            self.slots += 1;
        }
    }

    /// The later part calls this one: if it comes first and is no import, it needs a slot too.
    fn call_back(&mut self, module: &Module, function: FunctionId) {
        let is_own = matches!(module.funcs.get(function).kind, FunctionKind::Local(_));
        let index = function.index();
        if is_own && !self.later.contains(&index) && !self.back.contains_key(&index) {
            self.back.insert(index, self.slots);
            self.slots += 1;
            self.added.push(function);
        }
    }
}

/// The one table of functions.
pub(crate) fn table(module: &Module) -> Result<TableId> {
    module.tables.main_function_table()?.context("the program has no table of functions")
}

/// The functions that a function speaks of.
#[derive(Default)]
struct Named {
    calls: Vec<FunctionId>,
    references: Vec<FunctionId>,
}

impl<'a> Visitor<'a> for Named {
    fn visit_instr(&mut self, instr: &'a Instr, _: &'a ir::InstrLocId) {
        match instr {
            Instr::Call(call) => self.calls.push(call.func),
            Instr::ReturnCall(call) => self.calls.push(call.func),
            Instr::RefFunc(reference) => self.references.push(reference.func),
            // Everything else names no function.
            _ => {}
        }
    }
}
