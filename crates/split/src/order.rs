//! In which order a part's functions stand: each behind the one that it is most like. walrus writes the largest first; near each other, what
//! does much the same compresses better by 3 %.

use std::collections::HashMap;
use std::convert::Infallible;
use std::ops::Range;

use anyhow::{Context, Result, anyhow};
use wasm_encoder::reencode::{Error, Reencode, utils};
use wasm_encoder::{CodeSection, FunctionSection};
use wasmparser::{
    CodeSectionReader, ElementItems, ElementKind, FunctionBody, FunctionSectionReader, Operator,
    Parser, Payload, TypeRef,
};

/// Two functions are alike where they have so many bytes in common.
const PIECE: usize = 5;
/// A piece that more functions have tells nothing.
const COMMON: usize = 400;
/// So much more alike are those that take and give the same.
const SAME_TYPE: f64 = 1.15;
/// Between the longest of those that have the same pieces and the shortest; the value that was found to be best.
const LENGTH: f64 = 0.3;
/// What stands for whoever is called: that is a number which the order itself decides.
const CALLED: u8 = 0xff;

/// The same program with its functions in that order.
pub(crate) fn by_likeness(program: &[u8]) -> Result<Vec<u8>> {
    let (imported, functions) = functions(program)?;
    let order = order(&functions);
    let mut places = vec![0; order.len()];
    for (place, &function) in (imported..).zip(&order) {
        places[function] = place;
    }
    let mut module = wasm_encoder::Module::new();
    let mut moved = Moved { imported, order, places };
    moved
        .parse_core_module(&mut module, Parser::new(0), program)
        .map_err(|error| anyhow!("the functions could not be put in order: {error}"))?;
    Ok(module.finish())
}

/// The numbers of the functions that a program puts into its table from this slot on.
pub(crate) fn functions_from(program: &[u8], slot: u32) -> Result<Vec<u32>> {
    for payload in Parser::new(0).parse_all(program) {
        let Payload::ElementSection(elements) = payload? else { continue };
        for element in elements {
            let element = element?;
            let (ElementKind::Active { offset_expr, .. }, ElementItems::Functions(functions)) =
                (element.kind, element.items)
            else {
                continue;
            };
            let at = offset_expr.get_operators_reader().read()?;
            if matches!(at, Operator::I32Const { value } if value == slot.cast_signed()) {
                return Ok(functions.into_iter().collect::<Result<_, _>>()?);
            }
        }
    }
    Ok(Vec::new())
}

/// What makes a function like another.
struct Function {
    ty: u32,
    /// Its pieces, each once, in the order of their numbers.
    pieces: Vec<u64>,
}

/// How many functions are imported, and those that are not.
fn functions(program: &[u8]) -> Result<(u32, Vec<Function>)> {
    let mut imported = 0;
    let mut types = Vec::new();
    let mut functions = Vec::new();
    for payload in Parser::new(0).parse_all(program) {
        match payload.context("a part is no WebAssembly that can be read")? {
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    imported += u32::from(matches!(import?.ty, TypeRef::Func(_)));
                }
            }
            Payload::FunctionSection(all) => {
                types = all.into_iter().collect::<Result<_, _>>()?;
            }
            Payload::CodeSectionEntry(body) => {
                let ty = *types.get(functions.len()).context("a function without a type")?;
                functions.push(Function { ty, pieces: pieces(program, &body)? });
            }
            _ => {}
        }
    }
    Ok((imported, functions))
}

fn pieces(program: &[u8], body: &FunctionBody) -> Result<Vec<u64>> {
    let Range { mut start, end } = body.range();
    let mut bytes = Vec::with_capacity(end - start);
    let mut operators = body.get_operators_reader()?;
    while !operators.eof() {
        let (operator, at) = operators.read_with_offset()?;
        if matches!(operator, Operator::Call { .. } | Operator::ReturnCall { .. }) {
            bytes.extend(&program[start..=at]);
            bytes.push(CALLED);
            start = operators.original_position();
        }
    }
    bytes.extend(&program[start..end]);
    let number = |piece: &[u8]| piece.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
    let mut pieces: Vec<_> = bytes.windows(PIECE).map(number).collect();
    pieces.sort_unstable();
    pieces.dedup();
    Ok(pieces)
}

/// From the first function, which is the largest, always on to the one that is most like the last.
fn order(functions: &[Function]) -> Vec<usize> {
    let mut who_has: HashMap<u64, Vec<usize>> = HashMap::new();
    for (index, function) in functions.iter().enumerate() {
        for piece in &function.pieces {
            who_has.entry(*piece).or_default().push(index);
        }
    }
    let mut is_placed = vec![false; functions.len()];
    let mut order = Vec::with_capacity(functions.len());
    let mut next = (!functions.is_empty()).then_some(0);
    while let Some(last) = next {
        order.push(last);
        is_placed[last] = true;
        let like = most_like(functions, &who_has, last, &is_placed);
        // Like none: the largest that is left.
        next = like.or_else(|| is_placed.iter().position(|placed| !placed));
    }
    order
}

fn most_like(
    functions: &[Function],
    who_has: &HashMap<u64, Vec<usize>>,
    last: usize,
    is_placed: &[bool],
) -> Option<usize> {
    let last = &functions[last];
    let mut shared = vec![0.0; functions.len()];
    for piece in &last.pieces {
        let owners = who_has.get(piece).filter(|owners| owners.len() <= COMMON);
        let Some(owners) = owners else { continue };
        // The fewer have it, the more it tells.
        let worth = number(owners.len()).powf(-0.5);
        for &owner in owners.iter().filter(|owner| !is_placed[**owner]) {
            shared[owner] += worth;
        }
    }
    let likeness = |index: usize| {
        let function: &Function = &functions[index];
        let ty = if function.ty == last.ty { SAME_TYPE } else { 1.0 };
        ty * shared[index] / number(function.pieces.len() + 2 * PIECE).powf(LENGTH)
    };
    let alike = (0..functions.len()).filter(|index| shared[*index] > 0.0);
    // Of equals the first, so that the same program always comes out the same.
    alike.rev().max_by(|one, other| likeness(*one).total_cmp(&likeness(*other)))
}

fn number(count: usize) -> f64 {
    u32::try_from(count).unwrap_or(u32::MAX).into()
}

/// Writes the program anew, with each function where it belongs.
struct Moved {
    imported: u32,
    /// Which function stands where.
    order: Vec<usize>,
    /// Where which function stands.
    places: Vec<u32>,
}

impl Reencode for Moved {
    type Error = Infallible;

    fn function_index(&mut self, function: u32) -> Result<u32, Error<Infallible>> {
        let own = function.checked_sub(self.imported);
        let place = own.and_then(|own| self.places.get(usize::try_from(own).ok()?));
        Ok(place.copied().unwrap_or(function))
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: FunctionSectionReader<'_>,
    ) -> Result<(), Error<Infallible>> {
        let types: Vec<_> = section.into_iter().collect::<Result<_, _>>()?;
        for &function in &self.order {
            functions.function(types[function]);
        }
        Ok(())
    }

    fn parse_code_section(
        &mut self,
        code: &mut CodeSection,
        section: CodeSectionReader<'_>,
    ) -> Result<(), Error<Infallible>> {
        let bodies: Vec<_> = section.into_iter().collect::<Result<_, _>>()?;
        for function in self.order.clone() {
            utils::parse_function_body(self, code, bodies[function].clone())?;
        }
        Ok(())
    }
}
