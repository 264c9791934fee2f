//! What stands in the table for a function that comes later: a function of the same type that fetches the later part and calls the slot
//! again. There are hundreds, each like the others, so the page makes them by itself (`src/later.js`) from what is said here: 2 KB
//! that nobody has to fetch.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use walrus::{Module, TypeId, ValType};

use crate::plan::Plan;

/// No type. The letters after it stand for the types, in their order.
const NONE: u8 = b'0';
/// So many can be told apart by a letter that needs no escape in a script.
const TYPES: usize = 40;

/// What the page makes them from.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Stubs {
    /// The types, with spaces between them: a letter for each value that goes in, `>`, and one for each that comes out.
    pub(crate) types: String,
    /// A letter for each slot of the table from the first one on: [`NONE`], or the type of what belongs there.
    pub(crate) slots: String,
    /// By which name the first part exports the table.
    pub(crate) table: String,
}

impl Stubs {
    /// Those of a program whose table had so many slots before it was parted, and is exported by this name.
    pub(crate) fn of(module: &Module, plan: &Plan, before: u32, table: String) -> Result<Self> {
        let mut places: BTreeMap<u32, TypeId> = BTreeMap::new();
        for function in module.funcs.iter() {
            let slots = plan.entries.get(&function.id().index());
            for slot in slots.into_iter().flatten().filter(|slot| **slot < before) {
                places.insert(*slot, function.ty());
            }
        }
        let mut types: Vec<TypeId> = Vec::new();
        let mut slots = Vec::new();
        for (slot, ty) in places {
            let number = types.iter().position(|known| *known == ty).unwrap_or_else(|| {
                types.push(ty);
                types.len() - 1
            });
            slots.resize(usize::try_from(slot)?, NONE);
            slots.push(NONE + 1 + u8::try_from(number)?);
        }
        ensure!(
            types.len() <= TYPES,
            "there are {} types of functions that come later",
            types.len()
        );
        let types: Vec<_> = types.into_iter().map(|ty| named(module, ty)).collect::<Result<_>>()?;
        Ok(Self { types: types.join(" "), slots: String::from_utf8(slots)?, table })
    }
}

fn named(module: &Module, ty: TypeId) -> Result<String> {
    let ty = module.types.get(ty);
    let name = |values: &[ValType]| values.iter().map(letter).collect::<Result<String>>();
    Ok(format!("{}>{}", name(ty.params())?, name(ty.results())?))
}

/// As `src/later.js` knows them.
fn letter(value: &ValType) -> Result<char> {
    let known = match value {
        ValType::I32 => Some('i'),
        ValType::I64 => Some('j'),
        ValType::F32 => Some('f'),
        ValType::F64 => Some('d'),
        ValType::Ref(reference) if *reference == walrus::RefType::EXTERNREF => Some('e'),
        _ => None,
    };
    known.with_context(|| format!("a function that comes later knows values of {value:?}"))
}
