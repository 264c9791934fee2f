//! How large the built page is: each file raw and compressed, and the budgets that it must keep.

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use brotlic::{BrotliEncoderOptions, CompressorWriter, Quality, WindowSize};

use crate::fingerprint;

/// What a first visit waits for, brotli: the first part of the program, its script, and the page itself with its styles.
pub(crate) const BUDGET: u64 = 130_000;
/// What comes once the page stands and nobody waits for anything: the later part of the program and the service worker. It may
/// grow with what the chat can do, knowingly.
pub(crate) const LATER: u64 = 129_500;

/// When a file is fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum When {
    First,
    Later,
    /// Where it is wanted: the icon, the configuration.
    Else,
}

/// One file of the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Size {
    name: String,
    raw: u64,
    brotli: Option<u64>,
}

impl Size {
    /// What travels over the wire.
    fn sent(&self) -> u64 {
        self.brotli.unwrap_or(self.raw)
    }

    fn when(&self) -> When {
        let is_later = self.name == "sw.js" || self.name.ends_with("_later.wasm");
        let is_code = self.name == "index.html" || has_ending(&self.name, &["wasm", "js", "css"]);
        match (is_later, is_code) {
            (true, _) => When::Later,
            (false, true) => When::First,
            (false, false) => When::Else,
        }
    }
}

/// Puts a `.br` beside each file of a folder that gets smaller by it.
pub(crate) fn compress(folder: &Path) -> Result<()> {
    for file in fingerprint::files(folder, &|_| true)? {
        let name = file.to_string_lossy();
        if !has_ending(
            &name,
            &["css", "html", "js", "json", "map", "svg", "txt", "wasm", "webmanifest", "xml"],
        ) {
            continue;
        }
        let raw = fs::read(folder.join(&file)).with_context(|| format!("{name} cannot be read"))?;
        let small = brotli(&raw).with_context(|| format!("{name} cannot be compressed"))?;
        if small.len() < raw.len() {
            fs::write(folder.join(format!("{name}.br")), small)
                .with_context(|| format!("{name}.br cannot be written"))?;
        }
    }
    Ok(())
}

fn brotli(raw: &[u8]) -> Result<Vec<u8>> {
    let encoder = BrotliEncoderOptions::new()
        .quality(Quality::best())
        .window_size(WindowSize::best())
        .size_hint(u32::try_from(raw.len()).unwrap_or(u32::MAX))
        .build()?;
    let mut writer = CompressorWriter::with_encoder(encoder, Vec::new());
    writer.write_all(raw)?;
    writer.into_inner().map_err(|error| anyhow!("{error}"))
}

/// The sizes of all files of a folder, the largest first.
pub(crate) fn measure(folder: &Path) -> Result<Vec<Size>> {
    let mut sizes = Vec::new();
    for file in fingerprint::files(folder, &|_| true)? {
        let name = file.to_string_lossy().into_owned();
        if has_ending(&name, &["br"]) {
            continue;
        }
        let length = |name: &str| fs::metadata(folder.join(name)).map(|data| data.len());
        let raw = length(&name).with_context(|| format!("{name} cannot be measured"))?;
        sizes.push(Size { brotli: length(&format!("{name}.br")).ok(), name, raw });
    }
    sizes.sort_by_key(|size| std::cmp::Reverse(size.raw));
    Ok(sizes)
}

/// Whether the page keeps its budgets.
pub(crate) fn fits(sizes: &[Size]) -> bool {
    total(sizes, When::First) <= BUDGET && total(sizes, When::Later) <= LATER
}

fn total(sizes: &[Size], when: When) -> u64 {
    sizes.iter().filter(|size| size.when() == when).map(Size::sent).sum()
}

/// The sizes as a person reads them; a star marks what counts for the first visit, a plus what comes later.
pub(crate) fn table(sizes: &[Size]) -> String {
    let width = sizes.iter().map(|size| size.name.chars().count()).max().unwrap_or(0).max(20);
    let mut lines = vec![format!("  {:width$}  {:>11}  {:>11}", "file", "raw", "brotli")];
    for size in sizes {
        let star = match size.when() {
            When::First => "*",
            When::Later => "+",
            When::Else => " ",
        };
        let brotli = size.brotli.map_or("-".to_owned(), grouped);
        lines.push(format!("{star} {:width$}  {:>11}  {brotli:>11}", size.name, grouped(size.raw)));
    }
    for (what, when, budget) in [
        ("* first visit: WebAssembly + JavaScript + CSS + page", When::First, BUDGET),
        ("+ once it stands", When::Later, LATER),
    ] {
        let total = total(sizes, when);
        let verdict = if total <= budget { "left" } else { "TOO MUCH" };
        lines.push(format!(
            "{what}: {} bytes, of {} allowed: {} {verdict}",
            grouped(total),
            grouped(budget),
            grouped(budget.abs_diff(total))
        ));
    }
    lines.join("\n") + "\n"
}

fn has_ending(name: &str, endings: &[&str]) -> bool {
    Path::new(name)
        .extension()
        .is_some_and(|found| endings.iter().any(|ending| found.eq_ignore_ascii_case(ending)))
}

/// 1234567 as 1,234,567.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Read;

    use super::{
        BUDGET, LATER, Size, When, brotli, compress, fits, grouped, measure, table, total,
    };

    fn size(name: &str, raw: u64, brotli: impl Into<Option<u64>>) -> Size {
        Size { name: name.to_owned(), raw, brotli: brotli.into() }
    }

    #[test]
    fn the_budget_counts_what_is_sent_of_code_styles_and_page() {
        let sizes = [
            size("a_bg.wasm", 400_000, 100_000),
            size("a_later.wasm", 100_000, 40_000),
            size("sw.js", 3_000, 1_500),
            size("a.js", 30_000, 7_000),
            size("style.css", 100, None),
            size("index.html", 2_000, 900),
            size("icons/icon.png", 80_000, None),
            size("locales/en.json", 9_000, 2_000),
            size("page.html", 5_000, 1_000),
        ];
        assert_eq!(total(&sizes, When::First), 100_000 + 7_000 + 100 + 900);
        assert_eq!(total(&sizes, When::Later), 40_000 + 1_500);
        let text = table(&sizes);
        assert!(text.contains("* a_bg.wasm"), "{text}");
        assert!(text.contains("  icons/icon.png"), "{text}");
        assert!(text.contains("+ a_later.wasm"), "{text}");
        assert!(text.contains(" page: 108,000 bytes, of 130,000 allowed: 22,000 left\n"), "{text}");
        assert!(text.ends_with(" 41,500 bytes, of 129,500 allowed: 88,000 left\n"), "{text}");
        assert!(fits(&sizes));
    }

    #[test]
    fn too_much_is_said_to_be_too_much() {
        let first = [size("a.wasm", 900_000, BUDGET + 1)];
        let text = table(&first);
        assert!(text.contains("130,001 bytes, of 130,000 allowed: 1 TOO MUCH\n"), "{text}");
        let later = [size("a_later.wasm", 900_000, LATER + 1)];
        assert!(!fits(&first) && !fits(&later));
    }

    #[test]
    fn thousands_are_grouped() {
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(number), text);
        }
    }

    #[test]
    fn only_what_gets_smaller_is_compressed() {
        let folder = std::env::temp_dir().join(format!("chinwag-sizes-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("below")).unwrap();
        let text = "chinwag ".repeat(100);
        for (name, content) in
            [("below/long.js", text.as_str()), ("short.txt", "x"), ("picture.png", text.as_str())]
        {
            fs::write(folder.join(name), content).unwrap();
        }
        compress(&folder).unwrap();
        assert!(folder.join("below/long.js.br").exists());
        assert!(!folder.join("short.txt.br").exists() && !folder.join("picture.png.br").exists());
        let sizes = measure(&folder).unwrap();
        assert_eq!(sizes.len(), 3);
        assert!(sizes.iter().any(|size| size.name == "below/long.js" && size.sent() < 50));
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn what_is_compressed_can_be_read_again() {
        let text = "a conversation ".repeat(1_000);
        let small = brotli(text.as_bytes()).unwrap();
        let mut again = String::new();
        brotlic::DecompressorReader::new(small.as_slice()).read_to_string(&mut again).unwrap();
        assert_eq!(again, text);
    }
}
