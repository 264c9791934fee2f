//! `cargo xtask build`: the release front-end and the release server, their sizes, the budget.

use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::project::Project;
use crate::{server, sizes, web};

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

/// Prints the sizes of the page, and fails when it became too large.
pub(crate) fn budget(project: &Project) -> Result<()> {
    let sizes = sizes::measure(&project.dist())?;
    println!("\n{}", sizes::table(&sizes));
    if sizes::total(&sizes) > sizes::BUDGET {
        bail!(
            "the page is larger than its budget. Look at the table above for what grew (a new dependency? \
             was wasm-opt missing?), and make it smaller"
        );
    }
    Ok(())
}
