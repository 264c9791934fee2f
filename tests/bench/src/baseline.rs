//! The page that is written by hand, made ready to be served as the built one is: with a `.br` beside each file.

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};

/// Its files, part of this program: it runs wherever it is started.
const FILES: [(&str, &str); 3] = [
    ("index.html", include_str!("../baseline/index.html")),
    ("app.css", include_str!("../baseline/app.css")),
    ("app.js", include_str!("../baseline/app.js")),
];

/// Writes it into a folder.
pub(crate) fn write(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    for (name, text) in FILES {
        fs::write(folder.join(name), text).with_context(|| format!("{name} cannot be written"))?;
        fs::write(folder.join(format!("{name}.br")), brotli(text.as_bytes())?)?;
    }
    Ok(())
}

/// Compressed as well as it can be, as `cargo xtask build` does.
pub(crate) fn brotli(raw: &[u8]) -> Result<Vec<u8>> {
    let mut small = Vec::new();
    let (quality, window) = (11, 24);
    let mut writer = brotli::CompressorWriter::new(&mut small, 64 * 1024, quality, window);
    writer.write_all(raw)?;
    writer.flush()?;
    drop(writer);
    Ok(small)
}
