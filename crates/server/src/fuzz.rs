//! What the server reads of strangers, each by itself, for those who feed it nonsense (`tests/fuzz`): each of these panics where
//! something does not hold that must hold of whatever is read.
//!
//! Only with the feature `fuzz`, which no server has that anybody runs. The whole server on a line in memory is [`Wire`].

#![allow(clippy::missing_panics_doc)]

use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr};

use axum::http::{HeaderMap, HeaderName, HeaderValue, Uri, header};
use chinwag_protocol::{ClientId, call};
use clap::CommandFactory;

use crate::address::{self, Address, Proxy};
use crate::agent::Agent;
use crate::config_file;
use crate::extract::{Fields, Pages};
use crate::origin::{self, Origin};
use crate::pages::{index, policy};
use crate::pictures::{self, Wanted};
use crate::{Config, Options, auth, rules};

mod wire;

pub use wire::Wire;

/// The lines of a head, as far as they are headers: `name: value`.
fn headers<'a>(lines: impl Iterator<Item = &'a [u8]>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in lines {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
        let (name, value) = line.split_at(colon);
        let value = value.strip_prefix(b":").unwrap_or_default().trim_ascii();
        if let (Ok(name), Ok(value)) =
            (HeaderName::from_bytes(name), HeaderValue::from_bytes(value))
        {
            // More than there can be are not there.
            let _ = headers.try_append(name, value);
        }
    }
    headers
}

fn lines(data: &[u8]) -> impl Iterator<Item = &[u8]> {
    data.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line))
}

/// What the headers of a request say. First the peer and the proxies that are trusted, then the headers, one a line.
pub fn head(data: &[u8]) {
    let mut lines = lines(data);
    let first = String::from_utf8_lossy(lines.next().unwrap_or_default());
    let mut places = first.split_whitespace();
    let peer: IpAddr =
        places.next().and_then(|text| text.parse().ok()).unwrap_or(Ipv4Addr::LOCALHOST.into());
    let proxies: Vec<Proxy> = places.filter_map(|text| text.parse().ok()).collect();
    let headers = headers(lines);
    whence(peer, &headers, &proxies);
    pages_of(&headers);

    if let Some(token) = auth::bearer(&headers) {
        let token = token.reveal();
        assert_eq!(token, token.trim());
        assert!(token.chars().all(|c| (' '..='~').contains(&c) || c == '\t'), "{token:?}");
    }
    if index::accepts_brotli(&headers) {
        assert!(says(&headers, &header::ACCEPT_ENCODING, "br"));
    }
    if index::is_kept(&headers, "\"0123\"") {
        assert!(says(&headers, &header::IF_NONE_MATCH, "\"0123\""));
    }
    let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    let Agent { browser, system } = Agent::of(agent.unwrap_or_default());
    assert!(agent.is_some() || (browser, system) == (None, None));
}

fn says(headers: &HeaderMap, name: &HeaderName, text: &str) -> bool {
    headers
        .get_all(name)
        .iter()
        .any(|value| String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase().contains(text))
}

/// Where a request comes from: nobody is believed but who is trusted, and not two headers that differ.
fn whence(peer: IpAddr, headers: &HeaderMap, proxies: &[Proxy]) {
    let from = address::origin(peer, headers, proxies);
    assert_eq!(from, from.to_canonical());
    let near = peer.to_canonical();
    assert_eq!(address::origin(peer, headers, &[]), near, "nobody is trusted");
    let alone = |left_out: &str| {
        let mut headers = headers.clone();
        headers.remove(left_out);
        address::origin(peer, &headers, proxies)
    };
    let (plain, standard) = (alone("forwarded"), alone("x-forwarded-for"));
    let has = |name: &str| headers.contains_key(name);
    match (has("x-forwarded-for"), has("forwarded")) {
        (true, true) if plain != standard => assert_eq!(from, near),
        (true, _) => assert_eq!(from, plain),
        (false, true) => assert_eq!(from, standard),
        (false, false) => assert_eq!(from, near),
    }
    let _ = Address::from(from);
}

/// Which pages may open a socket, and what of the host gets into a policy.
fn pages_of(headers: &HeaderMap) {
    let listed: Vec<Origin> = "https://pages.example".parse().into_iter().collect();
    let host = origin::own_host(headers);
    if let Some(host) = &host {
        let plain = |c: char| c.is_ascii_alphanumeric() || ".-_:[]".contains(c);
        assert!(!host.is_empty() && host.chars().all(plain), "{host}");
    }
    let said = headers.get(header::ORIGIN);
    if origin::may_open_socket(headers, &listed)
        && let Some(said) = said
    {
        let said = said.to_str().map(str::to_ascii_lowercase).unwrap_or_default();
        let (_, place) = said.trim().split_once("://").unwrap_or_default();
        let place = place.trim_end_matches('/');
        let bare = |text: &str| {
            let text = text.strip_suffix(":443").or(text.strip_suffix(":80")).unwrap_or(text);
            text.to_owned()
        };
        let is_own = host.as_ref().is_some_and(|host| bare(host) == bare(place));
        assert!(is_own || bare(place) == "pages.example", "{said} at {host:?}");
    }
    well_formed(&policy::of("", host.as_deref(), None));
}

/// A policy has its eleven rules, whatever went into it, and none of them lets anything run that is not ours.
fn well_formed(policy: &str) {
    assert!(policy.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{policy}");
    assert_eq!(policy.split(';').count(), 11, "{policy}");
    assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval"), "{policy}");
}

/// A query. What it says of pages is within bounds.
pub fn query(data: &[u8]) {
    let Ok(uri) = Uri::try_from([b"/x?", data].concat()) else { return };
    let pages = [
        Fields::<Pages<{ call::USERS_LIMIT }>>::of(&uri).page(),
        Fields::<Pages<{ call::MESSAGES_LIMIT }>>::of(&uri).page(),
    ];
    for page in pages {
        assert!((1..=100).contains(&page.limit));
        let told = page.of(u64::MAX);
        let number = told.page.unwrap_or_default();
        assert!(number >= 1 && told.limit == Some(page.limit) && told.pages >= Some(1));
        assert!(page.offset() == u64::MAX || page.offset() == (number - 1) * page.limit);
    }
    let fields = Fields::<()>::of(&uri);
    let key = rules::fold(fields.text("query").trim());
    assert!(!key.chars().any(char::is_uppercase) || key.to_lowercase() == key, "{key}");
    let _ = (fields.number("since"), fields.number("limit"), fields.text("token"));
}

/// What people call themselves and send: what passes the rules keeps to them.
pub fn words(text: &str) {
    if let Ok(name) = rules::username(text) {
        assert!((3..=30).contains(&name.text.chars().count()), "{:?}", name.text);
        assert!(!name.text.chars().any(char::is_control) && name.text == name.text.trim());
        assert_eq!(rules::fold(&name.text), name.key);
    }
    if let Ok(email) = rules::email(text) {
        assert!(email.text.len() <= 254 && email.text.contains('@'), "{:?}", email.text);
        assert!(!email.text.contains(|c: char| c.is_whitespace() || c.is_control()));
        // What was registered can sign in, however it was typed.
        let again = rules::email(&email.text).map(|again| again.key).ok();
        assert_eq!(again.as_deref(), Some(email.key.as_str()));
    }
    if rules::content(text).is_ok() {
        assert!(!text.trim().is_empty() && text.chars().count() <= 10_000);
    }
    if rules::password(text).is_ok() {
        assert!(text.len() <= 1_000 && !rules::is_overlong_password(text));
    }
    if rules::message_type(text).is_ok() {
        assert!(text.is_ascii() && text.len() <= 20);
    }
    if rules::client_id(&ClientId::from(text)).is_ok() {
        assert!((1..=64).contains(&text.len()));
    }
    let key = rules::fold(text);
    assert_eq!(
        rules::fold(&key),
        key,
        "what is compared compares the same when it is folded again"
    );
}

/// A picture, as a file or as an address.
pub fn picture(text: &str) {
    match pictures::read(text) {
        Ok(Wanted::Nothing) => assert!(text.is_empty()),
        Ok(Wanted::Elsewhere(place)) => {
            assert!(place.starts_with("https://") && place.len() <= 2_048, "{place}");
            assert!(!place.contains(['"', '\'', '<', '>', '\\', ' ', '\n', '\r']), "{place}");
        }
        Ok(Wanted::File { kind, bytes }) => {
            assert!(kind.starts_with("image/") && kind != "image/svg+xml");
            assert!(!bytes.is_empty() && bytes.len() <= 64 * 1024, "{}", bytes.len());
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// The page: at which path and host, what `config.json` holds, and then the page itself.
pub fn page(text: &str) {
    let mut parts = text.splitn(4, '\n');
    let mut part = || parts.next().unwrap_or_default();
    let (path, host, config, html) = (part(), part(), part(), part());
    let based = index::with_base(html, index::depth(path));
    assert!(based.len() >= html.len());
    let mut headers = HeaderMap::new();
    if let Ok(host) = host.parse() {
        headers.insert(header::HOST, host);
    }
    let host = origin::own_host(&headers);
    well_formed(&policy::of(html, host.as_deref(), index::named(config).as_ref()));
}

/// Options: those of the command line, one a line, as long as they begin with `--`, and then a file.
pub fn options(text: &str) {
    let (mut arguments, mut file) = (vec![OsString::from("chinwag-server")], text);
    while file.starts_with("--") {
        let (line, rest) = file.split_once('\n').unwrap_or((file, ""));
        arguments.extend(line.splitn(2, ' ').map(OsString::from));
        file = rest;
    }
    let values = match config_file::parse(file, "the file", &Options::command()) {
        Ok(values) => values,
        Err(words) => return assert!(words.contains("the file"), "{words}"),
    };
    match Options::with(arguments, values) {
        Ok(options) => {
            assert!(options.told().contains("port = "));
            let config = Config::from(options);
            assert!(config.connections > 0 && config.sockets > 0);
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}
