//! Parts the page's WebAssembly in two: what a first visit runs, and what it does not, which the page fetches once it stands
//! (`src/later.js`). Both are one program: they share memory, table and globals, and each calls the other as before.
//!
//! Who goes where is in `later.txt`, a list of functions that no first visit has called. It is made by letting one run in a
//! browser (`mark`, then `list`; `cargo xtask later` does both). A function that is not in it comes first, so that what is newly
//! written costs bytes, never a wait.

mod data;
mod first;
mod later;
mod linked;
mod mark;
mod names;
mod order;
mod plan;
mod stubs;
#[cfg(test)]
mod tests;

use std::env;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use walrus::{Module, ModuleConfig};

use crate::linked::Linked;
use crate::names::Listed;
use crate::plan::Plan;
use crate::stubs::Stubs;

const USAGE: &str = "\
split PROGRAM LINKED FIRST LATER parts a program, of which the linker left LINKED, as `later.txt` says, and
                                 prints what the page puts into the table (types, slots, its name)
mark PROGRAM MARKED NAMES        writes a program that says what it runs (`mark`, a function that it imports), and its names
list NAMES RAN                   prints the list: RAN holds the numbers of what has run, one in a line
largest PROGRAM COUNT            prints the largest items, and in which part they are";

/// The list that the page is built with.
const LIST: &str = include_str!("../later.txt");

fn main() -> ExitCode {
    match run(&env::args().skip(1).collect::<Vec<_>>()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(words: &[String]) -> Result<()> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["split", program, linked, first, later] => {
            let linked = Linked::read(&read(linked)?)?;
            let parts = split(&read(program)?, &linked, &Listed::read(LIST))?;
            write(first, &parts.first)?;
            write(later, &parts.later)?;
            let Stubs { types, slots, table } = parts.stubs;
            println!("{types}\n{slots}\n{table}");
            Ok(())
        }
        ["mark", program, marked, names] => {
            let (program, list) = mark::mark(parsed(&read(program)?)?)?;
            write(marked, &program)?;
            write(names, list.as_bytes())
        }
        ["list", names, ran] => {
            print!("{}", names::list(&text(names)?, &text(ran)?)?);
            Ok(())
        }
        ["largest", program, count] => {
            let count = count.parse().context("how many?")?;
            print!("{}", names::largest(&parsed(&read(program)?)?, &Listed::read(LIST), count));
            Ok(())
        }
        _ => bail!("what is asked for?\n{USAGE}"),
    }
}

/// A program in two parts.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) first: Vec<u8>,
    pub(crate) later: Vec<u8>,
    /// What the page puts into the table of the first until the other is there.
    pub(crate) stubs: Stubs,
}

/// Both parts of a program.
pub(crate) fn split(program: &[u8], linked: &Linked, listed: &Listed) -> Result<Parts> {
    let whole = parsed(program)?;
    let mut plan = Plan::of(&whole, listed)?;
    let data = data::Later::of(&whole, &plan, linked);
    let parts = |plan: &Plan| {
        let (later, wanted) = later::later(parsed(program)?, plan, &data)?;
        let (first, stubs) = first::first(parsed(program)?, plan, &data, &wanted)?;
        Ok::<_, anyhow::Error>((order::by_likeness(&first)?, later, stubs))
    };
    // Where its functions stand is known at the end. In that order, the slots that were added to the table compress better.
    let (first, ..) = parts(&plan)?;
    plan.order_added(&order::functions_from(&first, plan.added_from())?);
    let (first, later, stubs) = parts(&plan)?;
    Ok(Parts { first, later: order::by_likeness(&later)?, stubs })
}

/// A program with its functions' names. Numbers of functions are the same however often it is read.
pub(crate) fn parsed(program: &[u8]) -> Result<Module> {
    let mut config = ModuleConfig::new();
    config.generate_producers_section(false);
    config.parse(program).context("this is no WebAssembly that can be read")
}

fn read(path: &str) -> Result<Vec<u8>> {
    fs::read(Path::new(path)).with_context(|| format!("{path} cannot be read"))
}

fn text(path: &str) -> Result<String> {
    fs::read_to_string(Path::new(path)).with_context(|| format!("{path} cannot be read"))
}

fn write(path: &str, bytes: &[u8]) -> Result<()> {
    fs::write(Path::new(path), bytes).with_context(|| format!("{path} cannot be written"))
}
