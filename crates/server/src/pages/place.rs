//! Which file of the pages an address names, and whether it may be given.
//!
//! `ServeDir` keeps addresses from leading out of the folder by their words. This is about what lies in the folder: links
//! that lead out of it, and files that are there for programs or by accident, such as `.git` and `.env`.

use std::io;
use std::path::{Path, PathBuf};

use percent_encoding::percent_decode_str;
use tokio::fs;

/// What whoever asks for a file of this name is given, if there is one. RFC 8615 wants it, and it begins with a point.
const WELL_KNOWN: &str = ".well-known";

/// Where below the folder an address is. `None` where it names a hidden file or none at all.
pub(super) fn below(path: &str) -> Option<PathBuf> {
    let path = percent_decode_str(path.trim_start_matches('/')).decode_utf8().ok()?;
    let mut place = PathBuf::new();
    for (depth, name) in path.split('/').enumerate() {
        let is_hidden = name.starts_with('.') && !(depth == 0 && name == WELL_KNOWN);
        if is_hidden || name.contains(['\0', '\\']) {
            return None;
        }
        place.push(name);
    }
    Some(place)
}

/// Whether the file is in the folder, wherever links lead to; they may lead from one place in it to another.
pub(super) async fn is_inside(folder: &Path, place: &Path) -> io::Result<bool> {
    let whole = fs::canonicalize(folder.join(place)).await?;
    Ok(whole.starts_with(fs::canonicalize(folder).await?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_files_and_what_is_no_files_name_are_nowhere() {
        for (path, place) in [
            ("/sw.js", "sw.js"),
            ("/locales/de.json", "locales/de.json"),
            ("//a%20b", "a b"),
            ("/.well-known/security.txt", ".well-known/security.txt"),
            ("/a.b/c..d", "a.b/c..d"),
        ] {
            assert_eq!(below(path).as_deref(), Some(Path::new(place)), "{path}");
        }
        for path in [
            "/.env",
            "/%2eenv",
            "/.git/config",
            "/a/.well-known/b",
            "/..",
            "/../a",
            "/a/%2e%2e/b",
            "/..%2fa",
            "/a%5cb",
            "/a%00",
            "/%ff",
        ] {
            assert_eq!(below(path), None, "{path}");
        }
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn links_may_lead_about_in_the_folder_and_not_out_of_it() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let (dist, link) = (folder.path().join("dist"), folder.path().join("current"));
        std::fs::create_dir(&dist).unwrap();
        std::fs::write(dist.join("a"), "").unwrap();
        std::fs::write(folder.path().join("secret"), "").unwrap();
        symlink("a", dist.join("b")).unwrap();
        symlink("../secret", dist.join("c")).unwrap();
        symlink("..", dist.join("d")).unwrap();
        symlink("dist", &link).unwrap();
        for folder in [&dist, &link] {
            for (name, inside) in [("a", true), ("b", true), ("c", false), ("d/secret", false)] {
                let is_inside = is_inside(folder, Path::new(name)).await;
                assert_eq!(is_inside.unwrap(), inside, "{name}");
            }
        }
        assert!(is_inside(&dist, Path::new("e")).await.is_err());
    }
}
