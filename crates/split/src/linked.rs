//! The program as the linker left it, with what it noted down (`--emit-relocs`): which function speaks of which data and
//! functions, and which data of which other. Nobody else knows: in the finished program an address is a number like any other.
//! The format is that of LLVM's `tool-conventions/Linking.md`.

use std::collections::BTreeSet;
use std::ops::Range;

use anyhow::{Context, Result, bail, ensure};
use rustc_demangle::demangle;
use wasmparser::{
    CustomSectionReader, DataKind, KnownCustom, Linking, Name, Operator, Parser, Payload,
    RelocSectionReader, RelocationType, SymbolFlags, SymbolInfo, TypeRef,
};

/// What the linker knows of a program.
#[derive(Debug, Default)]
pub(crate) struct Linked {
    pub(crate) functions: Vec<Function>,
    pub(crate) data: Vec<Datum>,
}

/// One function, imported ones included.
#[derive(Debug, Default)]
pub(crate) struct Function {
    /// As wasm-bindgen writes it, for people.
    pub(crate) name: String,
    /// In bytes.
    pub(crate) size: usize,
    /// The functions that it calls or takes the address of, by their places in [`Linked::functions`].
    pub(crate) functions: BTreeSet<usize>,
    /// The data that it speaks of, by their places in [`Linked::data`].
    pub(crate) data: BTreeSet<usize>,
}

/// One text, table or other value in the program's memory.
#[derive(Debug, Default)]
pub(crate) struct Datum {
    /// Its addresses.
    pub(crate) place: Range<u32>,
    /// Whether nobody ever changes it.
    pub(crate) constant: bool,
    /// The data that it points to.
    pub(crate) data: BTreeSet<usize>,
}

/// What a symbol of the linker's stands for.
#[derive(Debug, Clone, Copy)]
enum Symbol {
    Function(usize),
    Datum(usize),
    Other,
}

/// A part of memory that the program fills at its start.
struct Segment {
    /// Its first address.
    address: u32,
    /// Where its bytes stand in the section.
    bytes: Range<usize>,
    constant: bool,
}

impl Linked {
    /// Reads a program.
    pub(crate) fn read(program: &[u8]) -> Result<Self> {
        Reader::default().read(program).context("the linker's notes cannot be read")
    }
}

#[derive(Default)]
struct Reader<'a> {
    out: Linked,
    /// Where each function's code stands in its section; nothing for what is imported.
    bodies: Vec<Range<usize>>,
    imported: usize,
    code: Range<usize>,
    memory: Range<usize>,
    segments: Vec<Segment>,
    infos: Vec<SymbolInfo<'a>>,
    symbols: Vec<Symbol>,
    relocations: Vec<RelocSectionReader<'a>>,
    /// The numbers of the sections that relocations speak of.
    sections: [Option<u32>; 2],
}

impl<'a> Reader<'a> {
    fn read(mut self, program: &'a [u8]) -> Result<Linked> {
        let mut number = 0;
        let mut names = None;
        for payload in Parser::new(0).parse_all(program) {
            let payload = payload?;
            match &payload {
                Payload::ImportSection(imports) => {
                    for import in imports.clone().into_imports() {
                        if matches!(import?.ty, TypeRef::Func(_)) {
                            self.imported += 1;
                        }
                    }
                }
                Payload::CodeSectionStart { range, .. } => {
                    self.code = range.clone();
                    self.sections[0] = Some(number);
                }
                Payload::CodeSectionEntry(body) => self.bodies.push(body.range()),
                Payload::DataSection(data) => {
                    self.memory = data.range();
                    self.sections[1] = Some(number);
                    for segment in data.clone() {
                        let segment = segment?;
                        let DataKind::Active { offset_expr, .. } = segment.kind else {
                            bail!("there is data that a function puts into place");
                        };
                        let Operator::I32Const { value } =
                            offset_expr.get_operators_reader().read()?
                        else {
                            bail!("there is data without a fixed place");
                        };
                        let end = segment.range.end;
                        let bytes = end - segment.data.len()..end;
                        let address = value.cast_unsigned();
                        self.segments.push(Segment { address, bytes, constant: false });
                    }
                }
                Payload::CustomSection(section) => match section.as_known() {
                    KnownCustom::Name(found) => names = Some(found),
                    known => self.notes(section, known)?,
                },
                // Nothing else tells who speaks of whom.
                _ => {}
            }
            if payload.as_section().is_some() {
                number += 1;
            }
        }
        // Which segments are constant may be said after who is in them.
        for info in std::mem::take(&mut self.infos) {
            let symbol = self.symbol(info);
            self.symbols.push(symbol);
        }
        ensure!(!self.symbols.is_empty(), "there are none");
        self.out.functions.resize_with(self.imported + self.bodies.len(), Function::default);
        for (index, body) in self.bodies.iter().enumerate() {
            self.out.functions[self.imported + index].size = body.len();
        }
        for name in names.context("the functions have no names")? {
            if let Name::Function(all) = name? {
                for naming in all {
                    let naming = naming?;
                    let function = self.out.functions.get_mut(naming.index as usize);
                    function.context("a name without a function")?.name =
                        demangle(naming.name).to_string();
                }
            }
        }
        for relocations in std::mem::take(&mut self.relocations) {
            self.follow(&relocations)?;
        }
        Ok(self.out)
    }

    fn notes(&mut self, section: &CustomSectionReader<'a>, known: KnownCustom<'a>) -> Result<()> {
        match known {
            KnownCustom::Linking(linking) => {
                for part in linking.subsections() {
                    match part? {
                        Linking::SegmentInfo(segments) => {
                            for (place, segment) in segments.into_iter().enumerate() {
                                let constant = segment?.name.starts_with(".rodata");
                                if let Some(found) = self.segments.get_mut(place) {
                                    found.constant = constant;
                                }
                            }
                        }
                        Linking::SymbolTable(symbols) => {
                            for symbol in symbols {
                                self.infos.push(symbol?);
                            }
                        }
                        // What else it says is for those who link.
                        _ => {}
                    }
                }
            }
            KnownCustom::Reloc(relocations) => self.relocations.push(relocations),
            _ if section.name().starts_with("reloc.") => bail!("{} is odd", section.name()),
            _ => {}
        }
        Ok(())
    }

    fn symbol(&mut self, symbol: SymbolInfo<'_>) -> Symbol {
        match symbol {
            SymbolInfo::Func { index, .. } => Symbol::Function(index as usize),
            SymbolInfo::Data { flags, symbol: Some(symbol), .. }
                if !flags.contains(SymbolFlags::ABSOLUTE) =>
            {
                // Memory that begins empty has no bytes here.
                let Some(segment) = self.segments.get(symbol.index as usize) else {
                    return Symbol::Other;
                };
                let start = segment.address + symbol.offset;
                let place = start..start + symbol.size;
                let constant = segment.constant;
                self.out.data.push(Datum { place, constant, data: BTreeSet::new() });
                Symbol::Datum(self.out.data.len() - 1)
            }
            _ => Symbol::Other,
        }
    }

    fn follow(&mut self, relocations: &RelocSectionReader<'a>) -> Result<()> {
        let section = Some(relocations.section_index());
        let in_code = section == self.sections[0];
        if !in_code && section != self.sections[1] {
            return Ok(());
        }
        for relocation in relocations.entries() {
            let relocation = relocation?;
            match relocation.ty {
                RelocationType::FunctionIndexLeb
                | RelocationType::TableIndexSleb
                | RelocationType::TableIndexI32
                | RelocationType::MemoryAddrLeb
                | RelocationType::MemoryAddrSleb
                | RelocationType::MemoryAddrI32 => {}
                // These speak of neither functions nor data.
                RelocationType::TypeIndexLeb
                | RelocationType::GlobalIndexLeb
                | RelocationType::TableNumberLeb => continue,
                other => bail!("{other:?} is not known here"),
            }
            let symbol = *self
                .symbols
                .get(relocation.index as usize)
                .context("a relocation without a symbol")?;
            let offset = relocation.offset as usize;
            if in_code {
                let at = self.code.start + offset;
                let after = self.bodies.partition_point(|body| body.start <= at);
                let owner = after.checked_sub(1).filter(|body| self.bodies[*body].contains(&at));
                let owner = owner.context("a relocation between two functions")?;
                let owner = &mut self.out.functions[self.imported + owner];
                match symbol {
                    Symbol::Function(function) => _ = owner.functions.insert(function),
                    Symbol::Datum(datum) => _ = owner.data.insert(datum),
                    Symbol::Other => {}
                }
            } else if let Symbol::Datum(datum) = symbol {
                let at = self.memory.start + offset;
                let segment = self.segments.iter().find(|segment| segment.bytes.contains(&at));
                let segment = segment.context("a relocation outside of the data")?;
                let bytes = u32::try_from(at - segment.bytes.start)?;
                let address = segment.address + bytes;
                for owner in &mut self.out.data {
                    if owner.place.contains(&address) {
                        owner.data.insert(datum);
                    }
                }
            }
        }
        Ok(())
    }
}
