//! The scripts that stand in the page itself, made smaller as the others are. trunk's own minifier gives up at what it does
//! not know, and says nothing.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::process;
use crate::project::Project;
use crate::tools::Tool;

/// As for the other scripts; these are no modules.
const ESBUILD: [&str; 2] = ["--minify", "--target=es2022"];
/// How such a script begins and ends. trunk's own, which starts the program, is a module.
const SCRIPT: (&str, &str) = ("<script>", "</script>");

/// Makes the scripts in the finished page smaller.
pub(crate) fn shorten(project: &Project, esbuild: Option<&Tool>, stage: &Path) -> Result<()> {
    let Some(esbuild) = esbuild else { return Ok(()) };
    let page = stage.join("index.html");
    let html = fs::read_to_string(&page).context("trunk made no index.html")?;
    let file = project.scratch().join("inline.js");
    let html = replaced(&html, |script| {
        fs::write(&file, script).context("a script of the page cannot be written")?;
        let mut command = project.command(&esbuild.path);
        let small = process::output(command.args(ESBUILD).arg(&file))
            .context("esbuild could not make a script of the page smaller")?;
        Ok(small.trim_end().to_owned())
    })?;
    fs::write(page, html).context("index.html cannot be written")
}

fn replaced(html: &str, small: impl Fn(&str) -> Result<String>) -> Result<String> {
    let (open, close) = SCRIPT;
    let mut parts = html.split(open);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (script, rest) = part.split_once(close).context("a script of the page has no end")?;
        out.extend([open, &small(script)?, close, rest]);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::replaced;

    #[test]
    fn only_what_stands_between_the_tags_is_another() {
        let html = "<a><script>1</script><script type=module>2</script><script src=x></script><script>3</script>";
        let out = replaced(html, |script| Ok(format!("-{script}-"))).unwrap();
        let expected = "<a><script>-1-</script><script type=module>2</script><script src=x></script><script>-3-</script>";
        assert_eq!(out, expected);
        assert!(replaced("<script>1", |script| Ok(script.to_owned())).is_err());
    }
}
