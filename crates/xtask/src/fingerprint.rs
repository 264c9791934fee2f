//! A number that changes when anything does that a result depends on, so that nothing is built twice.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

/// Collects what a result depends on. Whatever hash the standard library uses will do: a new one means one more build.
#[derive(Debug, Default)]
pub(crate) struct Fingerprint(DefaultHasher);

impl Fingerprint {
    /// Something said in words: a version, a setting.
    pub(crate) fn text(mut self, text: &str) -> Self {
        text.hash(&mut self.0);
        self
    }

    /// All files below a folder, their names and their contents, but for those that `keep` refuses (by the path
    /// relative to the folder; a refused folder is not entered).
    pub(crate) fn folder(mut self, folder: &Path, keep: impl Fn(&Path) -> bool) -> Result<Self> {
        for file in files(folder, &keep)? {
            file.hash(&mut self.0);
            let path = folder.join(&file);
            fs::read(&path)
                .with_context(|| format!("{} cannot be read", path.display()))?
                .hash(&mut self.0);
        }
        Ok(self)
    }

    /// The number, in 16 digits.
    pub(crate) fn finish(&self) -> String {
        format!("{:016x}", self.0.finish())
    }
}

/// The fingerprint of some bytes, in 16 digits: the first of their SHA-256, so that the service worker can tell whether a file
/// is what its name says.
pub(crate) fn of_bytes(bytes: &[u8]) -> String {
    let hash = Sha256::digest(bytes);
    format!("{:016x}", hash.first_chunk().map_or(0, |first| u64::from_be_bytes(*first)))
}

/// The files below a folder in the order of their names, relative to it.
pub(crate) fn files(folder: &Path, keep: &impl Fn(&Path) -> bool) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    collect(folder, Path::new(""), keep, &mut found)?;
    found.sort();
    Ok(found)
}

fn collect(
    top: &Path,
    below: &Path,
    keep: &impl Fn(&Path) -> bool,
    found: &mut Vec<PathBuf>,
) -> Result<()> {
    let folder = top.join(below);
    let cannot = || format!("{} cannot be read", folder.display());
    for entry in fs::read_dir(&folder).with_context(cannot)? {
        let entry = entry.with_context(cannot)?;
        let path = below.join(entry.file_name());
        if !keep(&path) {
            continue;
        }
        if top.join(&path).is_dir() {
            collect(top, &path, keep, found)?;
        } else {
            found.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::{Fingerprint, of_bytes};

    fn folder(name: &str) -> PathBuf {
        let folder =
            std::env::temp_dir().join(format!("chinwag-fingerprint-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("below")).unwrap();
        fs::write(folder.join("a"), "1").unwrap();
        fs::write(folder.join("below/b"), "2").unwrap();
        folder
    }

    fn of(folder: &Path) -> String {
        Fingerprint::default().folder(folder, |path| path != Path::new("ignored")).unwrap().finish()
    }

    #[test]
    fn it_changes_with_contents_names_and_new_files_and_with_nothing_else() {
        let folder = folder("changes");
        let mut seen = vec![of(&folder)];
        assert_eq!(of(&folder), seen[0]);

        fs::create_dir_all(folder.join("ignored")).unwrap();
        fs::write(folder.join("ignored/x"), "x").unwrap();
        assert_eq!(of(&folder), seen[0]);

        let steps: [&dyn Fn(); 4] = [
            &|| fs::write(folder.join("below/b"), "3").unwrap(),
            &|| fs::rename(folder.join("a"), folder.join("c")).unwrap(),
            &|| fs::write(folder.join("below/d"), "").unwrap(),
            &|| fs::remove_file(folder.join("c")).unwrap(),
        ];
        for step in steps {
            step();
            let now = of(&folder);
            assert!(!seen.contains(&now));
            seen.push(now);
        }
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn words_count() {
        let of = |text| Fingerprint::default().text(text).finish();
        assert_ne!(of("wasm-opt 132"), of("wasm-opt 133"));
    }
    #[test]
    fn bytes_have_the_number_that_browsers_compute() {
        // From FIPS 180-2, appendix B.1.
        assert_eq!(of_bytes(b"abc"), "ba7816bf8f01cfea");
    }
}
