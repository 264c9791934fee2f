//! The page's Content-Security-Policy: nothing but its own files, its own inline scripts and styles by their hashes,
//! and its server. Injected markup, should any ever get in, could run nothing and reach nobody.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use chinwag_protocol::Server;
use sha2::{Digest, Sha256};

/// The policy of a page that was reached by `host` and, maybe, talks to a server elsewhere.
pub(crate) fn of(html: &str, host: Option<&str>, elsewhere: Option<&Server>) -> String {
    // `'self'` should cover the socket of the same host too; Safari before 15.4 disagrees.
    let own = host.map(|host| format!(" ws://{host} wss://{host}")).unwrap_or_default();
    let elsewhere = elsewhere.map(sources).unwrap_or_default();
    [
        "default-src 'none'".to_owned(),
        format!("script-src 'self' 'wasm-unsafe-eval'{}", hashes(html, "script")),
        format!("style-src 'self'{}", hashes(html, "style")),
        // Pictures of people are wherever they say.
        "img-src 'self' data: https: http:".to_owned(),
        format!("connect-src 'self'{own}{elsewhere}"),
        "font-src 'self'".to_owned(),
        "manifest-src 'self'".to_owned(),
        "worker-src 'self'".to_owned(),
        "base-uri 'self'".to_owned(),
        // Forms are sent by the page's own code.
        "form-action 'none'".to_owned(),
        "frame-ancestors 'none'".to_owned(),
    ]
    .join("; ")
}

/// The calls' and the socket's origins of another server. What is no plain host has no place in a header.
fn sources(server: &Server) -> String {
    let address = server.to_string();
    let Some((scheme, place)) = address.split_once("://") else { return String::new() };
    let host = place.split('/').next().unwrap_or_default();
    let plain = |c: char| c.is_ascii_alphanumeric() || ".-:[]".contains(c);
    if !host.chars().all(plain) {
        return String::new();
    }
    let socket = if scheme == "https" { "wss" } else { "ws" };
    format!(" {scheme}://{host} {socket}://{host}")
}

/// The hashes of all inline elements of this name, each after a space.
fn hashes(html: &str, name: &str) -> String {
    inline(html, name).fold(String::new(), |hashes, text| {
        // The HTML parser knows one line end only, and browsers hash what it gave them.
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let hash = BASE64_STANDARD.encode(Sha256::digest(text.as_bytes()));
        hashes + " 'sha256-" + &hash + "'"
    })
}

/// The texts of the elements of this name. A plain search: the page is our own build's, not a stranger's.
fn inline<'a>(html: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    let lower = html.to_ascii_lowercase();
    let (open, close) = (format!("<{name}"), format!("</{name}"));
    let mut from = 0;
    std::iter::from_fn(move || {
        loop {
            let tag = from + lower[from..].find(&open)?;
            let named = tag + open.len();
            from = named;
            // `<scripture>` is another element.
            if !lower[named..].starts_with(['>', ' ', '\t', '\n', '\r', '/']) {
                continue;
            }
            let start = named + lower[named..].find('>')? + 1;
            let end = start + lower[start..].find(&close)?;
            from = end;
            if start < end {
                return Some(&html[start..end]);
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inline_elements_are_found_and_files_are_not() {
        let html = "<SCRIPT type=module>import a;</SCRIPT><script src=x.js></script>\
                    <scripture>no</scripture><script>\nb\n</script ><style>p{}</style>";
        assert_eq!(inline(html, "script").collect::<Vec<_>>(), ["import a;", "\nb\n"]);
        assert_eq!(inline(html, "style").collect::<Vec<_>>(), ["p{}"]);
        assert_eq!(inline("<script>", "script").count(), 0);
    }

    #[test]
    fn hashes_are_those_that_browsers_compute() {
        // From the Content Security Policy specification, level 2, §7.17.1 (the hash of `alert('Hello, world.');`).
        assert_eq!(
            hashes("<script>alert('Hello, world.');</script>", "script"),
            " 'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='"
        );
        assert_eq!(
            hashes("<style>a\r\nb</style>", "style"),
            hashes("<style>a\nb</style>", "style")
        );
    }

    #[test]
    fn another_server_may_be_talked_to_and_nothing_else() {
        let server = Server::parse("https://chat.example:8443/sub/").unwrap();
        let policy = of("", Some("pages.example"), Some(&server));
        assert!(policy.contains(
            "connect-src 'self' ws://pages.example wss://pages.example \
             https://chat.example:8443 wss://chat.example:8443;"
        ));
        assert!(policy.starts_with("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; "));
        let sly = Server::parse("https://x;script-src'unsafe-inline'").unwrap();
        assert!(!of("", None, Some(&sly)).contains("unsafe-inline"));
    }
}
