//! Requests that two readers would read differently, such as a proxy and this server: they are refused, for one of the two
//! would take a part of one request for another, or for one to somebody else.
//!
//! What hyper sees to by itself does not come here: it refuses two lengths and folded lines, and reads no more of a connection
//! once a request had both a length and chunks.

use axum::extract::Request;
use axum::http::uri::Authority;
use axum::http::{HeaderValue, Method, Version, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::error::Error;

/// Lets through what can be read in one way only.
pub(crate) async fn only(request: Request, next: Next) -> Response {
    let Some(words) = ambiguity(&request) else { return next.run(request).await };
    let mut response = Error::refused(words).into_response();
    // What follows on this connection may be a part of it.
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

fn ambiguity(request: &Request) -> Option<&'static str> {
    // RFC 9112 §3.2: one host, that is one, and the same as that of an absolute target.
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let host = match (hosts.next(), hosts.next()) {
        (None, _) if request.version() < Version::HTTP_11 => None,
        (Some(host), None) => match Authority::try_from(host.as_bytes()) {
            Ok(host) if !host.host().is_empty() && !host.as_str().contains('@') => Some(host),
            _ => return Some("Invalid Host"),
        },
        _ => return Some("A request names one Host"),
    };
    let target = request.uri();
    let is_known = match target.scheme_str() {
        Some(scheme) => scheme == "http" || scheme == "https",
        // A host alone is only connected to.
        None => target.authority().is_none() || request.method() == Method::CONNECT,
    };
    if !is_known || (target.path() == "*" && request.method() != Method::OPTIONS) {
        return Some("Invalid request target");
    }
    match (target.authority(), host) {
        (Some(target), Some(host)) if *target != host => Some("Two hosts are named"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn judged(target: &str, version: Version, headers: &[(&'static str, &str)]) -> &'static str {
        let mut request = Request::builder().uri(target).version(version);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        ambiguity(&request.body(Body::empty()).unwrap()).unwrap_or_default()
    }

    #[test]
    fn a_request_names_one_host() {
        let (old, new) = (Version::HTTP_10, Version::HTTP_11);
        for (target, version, headers, words) in [
            ("/", new, &[("host", "x")][..], ""),
            ("/", new, &[("host", "chat.example:443")], ""),
            ("/", new, &[("host", "[::1]:80")], ""),
            ("/", old, &[], ""),
            ("/", new, &[], "A request names one Host"),
            ("/", old, &[("host", "x"), ("host", "x")], "A request names one Host"),
            ("/", new, &[("host", "")], "Invalid Host"),
            ("/", new, &[("host", ":80")], "Invalid Host"),
            ("/", new, &[("host", "x y")], "Invalid Host"),
            ("/", new, &[("host", "u@x")], "Invalid Host"),
            ("http://X/", new, &[("host", "x")], ""),
            ("http://y/", new, &[("host", "x")], "Two hosts are named"),
            ("http://u@x/", new, &[("host", "x")], "Two hosts are named"),
            ("ftp://x/", new, &[("host", "x")], "Invalid request target"),
            ("*", new, &[("host", "x")], "Invalid request target"),
            ("x:80", new, &[("host", "x:80")], "Invalid request target"),
        ] {
            assert_eq!(judged(target, version, headers), words, "{target} {headers:?}");
        }
    }
}
