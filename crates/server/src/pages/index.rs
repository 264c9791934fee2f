//! `index.html`: served for every address that looks like a page, with its policy and, where the address is nested,
//! a `<base>` that leads back to where the files are.

use std::borrow::Cow;
use std::io;
use std::path::Path;

use axum::body::Body;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chinwag_protocol::Server;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::fs;

use super::{REVALIDATE, policy};
use crate::ids::hex;
use crate::origin;

/// The page as it is served at `path`. Read anew each time: it is small, and may have been rebuilt.
pub(super) async fn answer(dist: &Path, headers: &HeaderMap, path: &str) -> io::Result<Response> {
    let html = fs::read_to_string(dist.join("index.html")).await?;
    let host = origin::own_host(headers);
    let policy = policy::of(&html, host.as_deref(), elsewhere(dist).await.as_ref());

    let based = with_base(&html, depth(path));
    // The compressed file is that of the page as it was built.
    let compressed = match &based {
        Cow::Borrowed(_) if accepts_brotli(headers) => {
            fs::read(dist.join("index.html.br")).await.ok()
        }
        Cow::Borrowed(_) | Cow::Owned(_) => None,
    };
    let encoding = compressed.as_ref().map(|_| [(header::CONTENT_ENCODING, "br")]);
    let body = compressed.unwrap_or_else(|| based.into_owned().into_bytes());
    // With the policy: browsers keep that of their copy when they are told that it is still good.
    let hash = Sha256::new().chain_update(&policy).chain_update(&body).finalize();
    let etag = format!("\"{}\"", hex(&hash[..16]));

    let unchanged = is_kept(headers, &etag);
    let common = [
        (header::ETAG, etag),
        (header::CACHE_CONTROL, REVALIDATE.to_owned()),
        (header::VARY, "accept, accept-encoding".to_owned()),
        (header::CONTENT_SECURITY_POLICY, policy),
    ];
    if unchanged {
        return Ok((StatusCode::NOT_MODIFIED, common).into_response());
    }
    let about = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8".to_owned()),
        (header::CONTENT_LENGTH, body.len().to_string()),
    ];
    let mut response = (common, about, Body::from(body)).into_response();
    if let Some([(name, value)]) = encoding {
        response.headers_mut().insert(name, axum::http::HeaderValue::from_static(value));
    }
    Ok(response)
}

/// Whether the browser has what this tag stands for (RFC 9110 §13.1.2).
pub(crate) fn is_kept(headers: &HeaderMap, etag: &str) -> bool {
    headers.get_all(header::IF_NONE_MATCH).iter().any(|value| {
        let listed = value.to_str().unwrap_or_default();
        listed.split(',').any(|tag| tag.trim().trim_start_matches("W/") == etag)
    })
}

/// The server that `config.json` sends the page to, where that is another.
async fn elsewhere(dist: &Path) -> Option<Server> {
    named(&fs::read_to_string(dist.join("config.json")).await.ok()?)
}

/// The server that such a file names.
pub(crate) fn named(config: &str) -> Option<Server> {
    let config: Value = serde_json::from_str(config).ok()?;
    let address = config.get("server")?.as_str()?.trim();
    if address.is_empty() {
        return None;
    }
    Server::parse(address)
        .inspect_err(|error| tracing::warn!(%error, "config.json names no server"))
        .ok()
}

/// How many folders deep a path is: its files are that many steps up. Counted as browsers do, before any decoding.
pub(crate) fn depth(path: &str) -> usize {
    path.matches('/').count().saturating_sub(1)
}

/// Leads relative addresses back up, right after `<head>`. The page itself uses relative addresses so that it can
/// live in any folder of any host; only this server knows how deep it is.
pub(crate) fn with_base(html: &str, depth: usize) -> Cow<'_, str> {
    let lower = html.to_ascii_lowercase();
    if depth == 0 || lower.contains("<base") {
        return Cow::Borrowed(html);
    }
    // Minified, a page leaves these tags out: what comes next begins the head then.
    let tag =
        ["<head>", "<head ", "<html", "<!doctype"].into_iter().find_map(|tag| lower.find(tag));
    let after = tag.and_then(|start| Some(start + lower[start..].find('>')? + 1)).unwrap_or(0);
    let (before, rest) = html.split_at(after);
    Cow::Owned(format!("{before}<base href=\"{}\">{rest}", "../".repeat(depth)))
}

/// Whether the browser takes brotli (RFC 9110 §12.5.3).
pub(crate) fn accepts_brotli(headers: &HeaderMap) -> bool {
    headers.get_all(header::ACCEPT_ENCODING).iter().any(|value| {
        value.to_str().unwrap_or_default().split(',').any(|coding| {
            let mut parts = coding.split(';').map(str::trim);
            let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("br"));
            // A weight's name knows no case.
            let weight = parts.find_map(|part| part.strip_prefix(['q', 'Q'])?.strip_prefix('='));
            let refused = weight.is_some_and(|weight| weight.parse::<f32>() == Ok(0.0));
            named && !refused
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_base_leads_up_as_many_steps_as_the_path_is_deep() {
        let html = "<!DOCTYPE html><html><HEAD><title>x</title></HEAD></html>";
        for (path, base) in [
            ("/", ""),
            ("/a", ""),
            ("/a/", "<base href=\"../\">"),
            ("/a/b", "<base href=\"../\">"),
            ("/a/b/c", "<base href=\"../../\">"),
        ] {
            let expected = html.replace("<HEAD>", &format!("<HEAD>{base}"));
            assert_eq!(with_base(html, depth(path)), expected, "{path}");
        }
        for start in ["<!doctype html>", "<!doctype html><html lang=en>"] {
            let minified = format!("{start}<meta charset=utf-8><header>");
            let based = format!("{start}<base href=\"../\"><meta charset=utf-8><header>");
            assert_eq!(with_base(&minified, 1), based);
        }
        let own = "<head><base href=\"/x/\"></head>";
        assert_eq!(with_base(own, 3), own);
    }

    #[test]
    fn brotli_is_sent_to_those_who_take_it() {
        let takes = |accept: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, accept.parse().unwrap());
            accepts_brotli(&headers)
        };
        assert!(takes("gzip, deflate, br, zstd") && takes("BR;q=0.5"));
        assert!(!takes("gzip") && !takes("br;q=0") && !takes("brotli") && !takes(""));
    }
}
