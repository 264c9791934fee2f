//! Everything that the targets were ever worth being fed, on any Rust and in seconds.

use std::fs;
use std::path::{Path, PathBuf};

use chinwag_fuzz::{TARGETS, feed};

/// The most bytes of all that is kept.
const MOST_BYTES: usize = 400 * 1024;

#[cfg(test)]
fn place(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

#[cfg(test)]
fn names(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(place(folder)).unwrap();
    let stem = |path: PathBuf| path.file_stem().unwrap().to_str().unwrap().to_owned();
    let mut names: Vec<_> = entries.map(|entry| stem(entry.unwrap().path())).collect();
    names.retain(|name| !name.starts_with('.'));
    names.sort();
    names
}

#[test]
fn nothing_that_was_kept_makes_a_target_fail() {
    for (name, _) in TARGETS {
        for file in fs::read_dir(place("corpus").join(name)).unwrap() {
            let path = file.unwrap().path();
            // Shown where it fails.
            println!("{}", path.display());
            feed(name, &fs::read(&path).unwrap());
        }
    }
}

#[test]
fn each_target_has_its_program_and_its_corpus_which_is_small() {
    let mut targets: Vec<_> = TARGETS.map(|(name, _)| name.to_owned()).into();
    targets.sort();
    assert_eq!(names("fuzz_targets"), targets);
    assert_eq!(names("corpus"), targets);
    let mut bytes = 0;
    for name in targets {
        let files = fs::read_dir(place("corpus").join(&name)).unwrap();
        let sizes: Vec<_> = files.map(|file| file.unwrap().metadata().unwrap().len()).collect();
        assert!(!sizes.is_empty(), "{name}");
        bytes += sizes.iter().sum::<u64>();
    }
    assert!(usize::try_from(bytes).unwrap() <= MOST_BYTES, "{bytes}");
}
