//! A program that says what it runs: each function begins by telling the page its number (`mark`, an import).

use anyhow::{Context, Result};
use walrus::ir::{Call, Const, InstrLocId, Value};
use walrus::{Module, ValType};

use crate::names;

/// The function that the page provides.
const MARK: &str = "mark";

/// The marked program, and the names of its functions with their numbers and sizes.
pub(crate) fn mark(mut module: Module) -> Result<(Vec<u8>, String)> {
    let place = module.imports.iter().next().map_or("a".to_owned(), |import| import.module.clone());
    let ty = module.types.add(&[ValType::I32], &[]);
    let functions: Vec<_> =
        module.funcs.iter_local().map(|(id, function)| (id, function.size())).collect();
    let (mark, _) = module.add_import_func(&place, MARK, ty);
    let mut list = String::new();
    for (id, size) in functions {
        let name = module.funcs.get(id).name.clone().unwrap_or_default();
        list.push_str(&names::line(id.index(), size, &name));
        let number = Value::I32(i32::try_from(id.index()).context("too many functions")?);
        let function = module.funcs.get_mut(id).kind.unwrap_local_mut();
        let start = function.entry_block();
        let instrs = &mut function.block_mut(start).instrs;
        let begin = [Const { value: number }.into(), Call { func: mark }.into()];
        instrs.splice(0..0, begin.map(|instr| (instr, InstrLocId::default())));
    }
    Ok((module.emit_wasm(), list))
}
