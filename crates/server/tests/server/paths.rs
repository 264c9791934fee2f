//! Addresses that try to get a file that is not for them, by hand: clients tidy such addresses up.

use std::fs;
use std::os::unix::fs::symlink;

use crate::raw::{Told, said};
use crate::support::House;

/// What lies beside the pages, hidden among them, and behind links that lead out of them.
const SECRET: &str = "what nobody may ever get";
const PAGE: &str = "<!doctype html><head></head>the page";

async fn house() -> House {
    let house = House::open().await;
    let folder = house.folder.path();
    let dist = folder.join("dist");
    for name in ["dist/locales", "dist/.git", "dist/.well-known", "private"] {
        fs::create_dir_all(folder.join(name)).unwrap();
    }
    for (name, content) in [
        ("dist/index.html", PAGE),
        ("dist/sw.js", "self"),
        ("dist/locales/de.json", "{}"),
        ("dist/.well-known/security.txt", "known"),
        ("dist/plain.txt", "plain"),
        ("secret.txt", SECRET),
        ("private/secret.txt", SECRET),
        ("dist/.env", SECRET),
        ("dist/.git/config", SECRET),
        ("dist/locales/.hidden", SECRET),
    ] {
        fs::write(folder.join(name), content).unwrap();
    }
    symlink("../secret.txt", dist.join("out.txt")).unwrap();
    symlink("../secret.txt", dist.join("plain.txt.br")).unwrap();
    symlink("../private", dist.join("out")).unwrap();
    symlink(folder.join("secret.txt"), dist.join("whole.txt")).unwrap();
    symlink("/etc", dist.join("etc")).unwrap();
    symlink("locales/de.json", dist.join("within.json")).unwrap();
    house
}

async fn asked(house: &House, path: &[u8], more: &str) -> Told {
    let end = format!(" HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{more}\r\n");
    said(house, &[b"GET ", path, end.as_bytes()].concat()).await
}

/// Addresses of what is outside, hidden or nothing at all.
fn spellings() -> Vec<Vec<u8>> {
    let long = |part: &str, times| format!("/{}secret.txt", part.repeat(times));
    let long = [long("../", 2_000), long("a/", 5_000), long("%2e%2e/", 1_500), long("a", 15_000)];
    let ups = [
        "..",
        "%2e%2e",
        ".%2e",
        "%2E.",
        "%252e%252e",
        "%c0%ae%c0%ae",
        "%u002e%u002e",
        "....",
        "..;",
        "..%00",
        "..%20",
        "%2e%2e%2e",
    ];
    let slashes = ["/", "%2f", "%2F", "\\", "%5c", "%5C", "%252f", "%255c", "%c0%af", "//", "/./"];
    let names = ["secret.txt", "private/secret.txt", "data/chinwag.db", "dist/../secret.txt"];
    let mut paths: Vec<Vec<u8>> = long.iter().map(|path| path.clone().into_bytes()).collect();
    for up in ups {
        for slash in slashes {
            for start in ["", "locales", "a/b"] {
                for name in names {
                    let steps = format!("{up}{slash}").repeat(start.split('/').count() + 1);
                    paths.push(format!("/{start}{slash}{steps}{name}").into_bytes());
                    paths.push(format!("/{up}{slash}{name}").into_bytes());
                }
            }
        }
    }
    for path in [
        "//secret.txt",
        "///etc/passwd",
        "/%2fetc/passwd",
        "/%2Fetc%2Fpasswd",
        "/etc/passwd",
        "/file:///etc/passwd",
        "/C:/secret.txt",
        "/C:%5csecret.txt",
        "/\\\\x\\secret.txt",
        "/secret.txt%00.html",
        "/%00",
        "/sw.js%00",
        "/%00../secret.txt",
        "/%ff%fe.txt",
        "/%ff/../x",
        "/out.txt",
        "/out/secret.txt",
        "/out%2fsecret.txt",
        "/whole.txt",
        "/out.txt/",
        "/out/",
        "/etc/hosts",
        "/etc/hostname",
        "/.env",
        "/%2eenv",
        "/.%65nv",
        "/./.env",
        "/.git/config",
        "/%2egit/config",
        "/.git%2fconfig",
        "/locales/.hidden",
        "/locales/%2ehidden",
        "/.well-known/../.env",
        "/.well-known/%2e%2e/.env",
        "/CON",
        "/NUL.txt",
        "/aux.js",
        "/com1",
        "/sw.js%20",
        "/sw.js.",
        "/sw.js/..",
        "/sw.js::$DATA",
        "/%",
        "/%2",
        "/%zz",
        "/?/../secret.txt",
        "/#/../secret.txt",
        "/;/../secret.txt",
        "/secret.txt?x=/sw.js",
        "/~root",
        "/$HOME/secret.txt",
    ] {
        paths.push(path.into());
    }
    paths.push(b"/\xff\xfe.txt".into());
    paths.push(b"/..\xc0\xafsecret.txt".into());
    paths.push(b"/\xe2\x80\xae.txt".into());
    paths.sort();
    paths.dedup();
    paths
}

#[tokio::test]
async fn no_spelling_of_an_address_gets_what_is_outside_or_hidden() {
    let house = house().await;
    let paths = spellings();
    for path in &paths {
        for more in ["", "accept: text/html\r\naccept-encoding: br\r\n"] {
            let shown: String = String::from_utf8_lossy(path).chars().take(120).collect();
            let told = asked(&house, path, more).await;
            let body = String::from_utf8_lossy(&told.body);
            assert!(!body.contains(SECRET) && !body.contains("root:"), "{shown}: {body}");
            assert!(!told.head.contains(SECRET), "{shown}");
            // The page stands in for whatever a person might open, and says nothing of what there is.
            let is_page = told.status == 200 && body.ends_with("the page");
            assert!(is_page || [400, 404, 414, 431].contains(&told.status), "{shown}: {told:?}");
        }
    }
    assert!(paths.len() > 500, "{}", paths.len());
}

#[tokio::test]
async fn links_within_the_folder_and_what_is_well_known_are_given() {
    let house = house().await;
    for (path, body) in [
        ("/sw.js", "self"),
        ("/%73w.js", "self"),
        ("/within.json", "{}"),
        ("/locales/de.json", "{}"),
        ("/.well-known/security.txt", "known"),
        ("/plain.txt", "plain"),
    ] {
        let told = asked(&house, path.as_bytes(), "").await;
        assert_eq!((told.status, told.text()), (200, body.to_owned()), "{path}");
    }
    // What stands beside a file, compressed, leads out of the folder.
    let told = asked(&house, b"/plain.txt", "accept-encoding: br\r\n").await;
    assert_eq!(told.status, 404, "{told:?}");
    // A file is no folder.
    assert!(asked(&house, b"/sw.js/", "").await.text().ends_with("the page"));
}

#[tokio::test]
async fn a_folder_that_is_itself_a_link_serves_its_files() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("release")).unwrap();
    fs::write(folder.path().join("release/sw.js"), "self").unwrap();
    symlink("release", folder.path().join("dist")).unwrap();
    let house = House::at(folder, |config| config).await;
    assert_eq!(asked(&house, b"/sw.js", "").await.text(), "self");
}
