//! A program that says what it runs: each function begins by telling the page its number (`mark`, an import).

use anyhow::{Context, Result};
use walrus::ir::{self, Call, Const, Instr, InstrSeq, Value};
use walrus::{Module, ValType};

use crate::names;

/// The function that the page provides.
const MARK: &str = "mark";

/// The marked program, and the names of its functions with their numbers and sizes.
pub(crate) fn mark(mut module: Module) -> Result<(Vec<u8>, String)> {
    let place = module.imports.iter().next().map_or("a".to_owned(), |import| import.module.clone());
    let ty = module.types.add(&[ValType::I32], &[]);
    let functions: Vec<_> = module
        .funcs
        .iter_local()
        .map(|(id, function)| (id, function.size()))
        .collect();
    let (mark, _) = module.add_import_func(&place, MARK, ty);
    let mut list = String::new();
    let mut blocks = String::new();
    let mut next = 0i32;
    for (id, size) in functions {
        let name = module.funcs.get(id).name.clone().unwrap_or_default();
        list.push_str(&names::line(id.index(), size, &name));
        let number = Value::I32(i32::try_from(id.index()).context("too many functions")?);
        let function = module.funcs.get_mut(id).kind.unwrap_local_mut();
        let start = function.entry_block();
        let _ = number;
        let mut v = Blocks { next: &mut next, mark, out: String::new() };
        ir::dfs_pre_order_mut(&mut v, function, start);
        blocks.push_str(&format!("F {} {name}\n", id.index()));
        blocks.push_str(&v.out);
    }
    std::fs::write("/tmp/sp/blocks.txt", blocks)?;
    Ok((module.emit_wasm(), list))
}

struct Blocks<'a> { next: &'a mut i32, mark: walrus::FunctionId, out: String }
impl ir::VisitorMut for Blocks<'_> {
    fn start_instr_seq_mut(&mut self, seq: &mut InstrSeq) {
        let mut out = Vec::new();
        let mut size = 0;
        let mut id = *self.next; *self.next += 1;
        let m = |out: &mut Vec<_>, id: i32| { out.push((Const { value: Value::I32(id) }.into(), Default::default())); out.push((Call { func: self.mark }.into(), Default::default())); };
        m(&mut out, id);
        for (i, l) in seq.instrs.drain(..) {
            let c = matches!(i, Instr::Block(_) | Instr::Loop(_) | Instr::IfElse(_) | Instr::BrIf(_));
            let dead = matches!(i, Instr::Br(_) | Instr::BrTable(_) | Instr::Return(_) | Instr::Unreachable(_));
            out.push((i, l)); size += 1;
            if c && !dead { self.out.push_str(&format!("{id} {size}\n")); size = 0; id = *self.next; *self.next += 1; m(&mut out, id); }
        }
        self.out.push_str(&format!("{id} {size}\n"));
        seq.instrs = out;
    }
}
