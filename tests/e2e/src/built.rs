//! The built page in a folder of the story's own, where it can become another version.

use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use tempfile::TempDir;

/// The service worker, which lists all other files (`public/sw.js`).
const WORKER: &str = "sw.js";

/// A file that is not there any more, and what was in it.
type Lost = (PathBuf, Vec<u8>);

/// A copy of the built page. It goes with this value.
#[derive(Debug)]
pub struct Built(TempDir);

impl Built {
    /// Copies the page.
    pub(crate) fn copy(dist: &Path) -> Self {
        let folder = tempfile::tempdir().unwrap();
        copy(dist, folder.path());
        Self(folder)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Becomes a newer version, in which this is one of the page's attributes, and the icon another one.
    pub fn becomes(&self, version: &str) {
        let page = self.read("index.html");
        let (before, after) = page.split_once("<html").expect("a page");
        self.changes("index.html", &format!("{before}<html data-version={version}{after}"));
        self.changes("icon.svg", &format!("{}<!-- {version} -->", self.read("icon.svg")));
    }

    /// A file has another content, and the worker is told.
    pub fn changes(&self, name: &str, content: &str) {
        let worker = self.read(WORKER);
        let (old, new) = (number(&self.read(name)), number(content));
        assert!(worker.contains(&old), "{name} is in no list");
        let worker = worker.replace(&old, &new);
        // Each version has a number of its own.
        let at = worker.find("VERSION").expect("a version");
        let at = at + worker[at..].find('"').unwrap() + 1;
        let version = number(&worker);
        let worker = format!("{}{version}{}", &worker[..at], &worker[at + version.len()..]);
        self.write(WORKER, &worker);
        self.write(name, content);
    }

    /// A file has another content, and nobody is told.
    pub fn write(&self, name: &str, content: &str) {
        fs::write(self.path().join(name), content).unwrap();
        let _ = fs::remove_file(self.path().join(format!("{name}.br")));
    }

    /// The files that have this in their names are not there any more. Returns what to find again.
    pub fn loses(&self, part: &str) -> Vec<Lost> {
        let names = fs::read_dir(self.path()).unwrap().map(|entry| entry.unwrap().path());
        let lost = names.filter(|path| path.to_str().is_some_and(|path| path.contains(part)));
        let lost = lost.map(|path| (path.clone(), fs::read(path).unwrap())).collect::<Vec<_>>();
        assert!(!lost.is_empty(), "{part}");
        for (path, _) in &lost {
            fs::remove_file(path).unwrap();
        }
        lost
    }

    /// They are there again.
    pub fn finds(&self, lost: Vec<Lost>) {
        for (path, content) in lost {
            fs::write(path, content).unwrap();
        }
    }

    /// What is in a file.
    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path().join(name)).unwrap()
    }
}

/// The number of a content, as the build gives it (`crates/xtask/src/fingerprint.rs`).
fn number(content: &str) -> String {
    format!("{:016x}", u64::from_be_bytes(*Sha256::digest(content).first_chunk().unwrap()))
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
