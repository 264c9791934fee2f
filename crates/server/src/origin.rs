//! Origins (RFC 6454): from which pages a browser may speak to this server.

use std::fmt;
use std::str::FromStr;

use axum::http::{HeaderMap, header};
use chinwag_protocol::Server;

/// The origin of a page hosted elsewhere, as browsers write it: `https://chat.example`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(String);

/// Why a text is no origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OriginError(String);

impl fmt::Display for OriginError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "“{}” is not an origin such as https://chat.example", self.0)
    }
}

impl std::error::Error for OriginError {}

impl FromStr for Origin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, OriginError> {
        let refuse = || OriginError(text.to_owned());
        let place = Server::parse(text).map_err(|_| refuse())?.to_string().to_ascii_lowercase();
        let (scheme, host) = place.split_once("://").ok_or_else(refuse)?;
        if host.contains('/') || !host.is_ascii() {
            return Err(refuse());
        }
        // Browsers leave the usual port out.
        let usual = if scheme == "https" { ":443" } else { ":80" };
        Ok(Self(format!("{scheme}://{}", host.strip_suffix(usual).unwrap_or(host))))
    }
}

impl Origin {
    /// The origin as browsers write it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn host(&self) -> &str {
        self.0.split_once("://").map_or("", |(_, host)| host)
    }
}

/// Whether a socket may be opened by whoever sent these headers: a page of this server's own origin, one of the
/// listed, or a program, which sends no `Origin`. Browsers do not apply CORS to sockets, so the server must (RFC
/// 6455 §10.2). The scheme is not compared for its own origin: behind a proxy that speaks TLS it is not known here.
pub(crate) fn may_open_socket(headers: &HeaderMap, listed: &[Origin]) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let Some(origin) = origin.to_str().ok().and_then(|text| text.parse::<Origin>().ok()) else {
        return false;
    };
    listed.contains(&origin) || own_host(headers).is_some_and(|host| host == origin.host())
}

/// The host and port by which the server was reached, without the usual ports. `None` for what is no plain host.
pub(crate) fn own_host(headers: &HeaderMap) -> Option<String> {
    let host = headers.get(header::HOST)?.to_str().ok()?.to_ascii_lowercase();
    let plain = |c: char| c.is_ascii_alphanumeric() || ".-_:[]".contains(c);
    // A port alone is no host.
    if host.is_empty() || host.starts_with(':') || !host.chars().all(plain) {
        return None;
    }
    let bare = host.strip_suffix(":80").or_else(|| host.strip_suffix(":443"));
    Some(bare.map(str::to_owned).unwrap_or(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(origin: Option<&'static str>, host: &'static str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().unwrap());
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, origin.parse().unwrap());
        }
        headers
    }

    #[test]
    fn origins_are_written_as_browsers_write_them() {
        for (text, origin) in [
            ("https://Chat.Example/", "https://chat.example"),
            ("https://chat.example:443", "https://chat.example"),
            ("http://localhost:8080", "http://localhost:8080"),
            ("http://[::1]:80", "http://[::1]"),
        ] {
            assert_eq!(text.parse::<Origin>().unwrap().as_str(), origin);
        }
        for text in
            ["", "*", "null", "chat.example", "https://chat.example/path", "https://ä.example"]
        {
            assert!(text.parse::<Origin>().is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_no_plain_host_is_none() {
        for (host, own) in [
            ("Chat.Example:443", Some("chat.example")),
            ("[::1]:3000", Some("[::1]:3000")),
            ("", None),
            (":80", None),
            (":3000", None),
            ("x y", None),
            ("x;y", None),
        ] {
            assert_eq!(own_host(&headers(None, host)).as_deref(), own, "{host}");
        }
        assert!(!may_open_socket(&headers(Some("https://:80"), ":80"), &[]));
    }

    #[test]
    fn own_listed_and_programs_may_open_a_socket_and_nobody_else() {
        let listed = ["https://pages.example".parse().unwrap()];
        let may = |origin, host| may_open_socket(&headers(origin, host), &listed);
        assert!(may(None, "localhost:3000"));
        assert!(may(Some("http://localhost:3000"), "localhost:3000"));
        assert!(may(Some("https://chat.example"), "chat.example"));
        assert!(may(Some("https://chat.example"), "Chat.example:443"));
        assert!(may(Some("https://pages.example"), "chat.example"));
        for foreign in [
            "http://localhost:3001",
            "https://evil.example",
            "https://chat.example.evil.example",
            "http://pages.example",
            "null",
        ] {
            assert!(!may(Some(foreign), "chat.example"), "{foreign}");
        }
    }
}
