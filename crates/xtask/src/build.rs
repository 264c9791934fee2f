//! `cargo xtask build` and `cargo xtask size`: the release front-end and the release server, their sizes, the budgets.

use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::project::Project;
use crate::{parts, server, sizes, web};

/// How many of the program's items are shown.
const ITEMS: usize = 20;

/// Builds both and keeps the budget.
pub(crate) fn build(project: &Project) -> Result<()> {
    both(project)?;
    budget(project)
}

/// Builds both and returns the server's program.
pub(crate) fn both(project: &Project) -> Result<PathBuf> {
    web::build(project)?;
    server::build(project)
}

/// Builds the page, prints how large it is and what in the program is, and keeps the budget.
pub(crate) fn size(project: &Project) -> Result<()> {
    web::build(project)?;
    println!("\n{}", parts::largest(project, ITEMS)?);
    budget(project)
}

/// Prints the sizes of the page, and fails when it became too large.
pub(crate) fn budget(project: &Project) -> Result<()> {
    let sizes = sizes::measure(&project.dist())?;
    println!("\n{}", sizes::table(&sizes));
    if !sizes::fits(&sizes) {
        bail!(
            "the page is larger than its budget. Look at the table above for what grew (a new dependency? \
             was wasm-opt missing?) and at what is large (`cargo xtask size`). What was written since the list \
             was made comes first, whether a first visit runs it or not: `cargo xtask later` makes it anew"
        );
    }
    Ok(())
}
