//! Where a request comes from: the other end of its connection or, where that is a trusted proxy, whom the proxy names.
//!
//! `X-Forwarded-For` and `Forwarded` (RFC 7239) are believed from right to left, and only as far as each hop is trusted:
//! what stands further left anybody may have written.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::str::FromStr;
use std::sync::Once;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, header};
use axum::middleware::Next;
use axum::response::Response;
use ipnet::IpNet;

use crate::app::App;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The other end of a connection, which each of its requests carries.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) SocketAddr);

/// Whom a limit counts as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Address {
    /// This machine: people at it, tests, or a proxy that nobody has named as trusted.
    Here,
    /// An IPv4 address.
    V4(Ipv4Addr),
    /// The first half of an IPv6 address: the rest is for one household or one machine to choose.
    V6([u16; 4]),
}

impl From<IpAddr> for Address {
    fn from(ip: IpAddr) -> Self {
        match ip.to_canonical() {
            ip if ip.is_loopback() => Self::Here,
            IpAddr::V4(ip) => Self::V4(ip),
            IpAddr::V6(ip) => {
                let [a, b, c, d, ..] = ip.segments();
                Self::V6([a, b, c, d])
            }
        }
    }
}

/// The network of a proxy whose word on whom it speaks for is taken: `10.0.0.0/8`, or one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proxy(IpNet);

impl FromStr for Proxy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let one = || text.parse::<IpAddr>().map(IpNet::from);
        let network = text.parse::<IpNet>().or_else(|_| one());
        network
            .map(Self)
            .map_err(|_| format!("“{text}” is neither an address nor a network such as 10.0.0.0/8"))
    }
}

/// Marks each request with where it comes from.
pub(crate) async fn mark(State(app): State<App>, mut request: Request, next: Next) -> Response {
    // Only requests that came by no connection have none.
    let peer =
        request.extensions().get::<Peer>().map_or(Ipv4Addr::LOCALHOST.into(), |peer| peer.0.ip());
    let ip = origin(peer, request.headers(), &app.proxies);
    request.extensions_mut().insert(Address::from(ip));
    next.run(request).await
}

/// Whether what is there is a proxy whose word is taken.
pub(crate) fn is_proxy(peer: IpAddr, trusted: &[Proxy]) -> bool {
    let peer = peer.to_canonical();
    trusted.iter().any(|proxy| proxy.0.contains(&peer))
}

/// Where a request comes from that these headers came with, over a connection from there.
pub(crate) fn origin(peer: IpAddr, headers: &HeaderMap, trusted: &[Proxy]) -> IpAddr {
    let peer = peer.to_canonical();
    if !is_proxy(peer, trusted) {
        tell_of_proxy(peer, headers);
        return peer;
    }
    let walk = |hops: Vec<Option<IpAddr>>| {
        let mut last = peer;
        for hop in hops.into_iter().rev() {
            // What is no address ends what is known.
            let Some(hop) = hop else { break };
            last = hop;
            if !is_proxy(hop, trusted) {
                break;
            }
        }
        last
    };
    let plain = headers.contains_key(X_FORWARDED_FOR).then(|| walk(plain_hops(headers)));
    let standard = headers.contains_key(header::FORWARDED).then(|| walk(standard_hops(headers)));
    match (plain, standard) {
        (Some(one), Some(other)) if one == other => one,
        // A proxy writes one of them and may pass on whatever a client has put into the other: none is believed.
        (Some(_), Some(_)) | (None, None) => peer,
        (Some(hop), None) | (None, Some(hop)) => hop,
    }
}

/// Behind a proxy that is not trusted all people are one address. Nobody would find that out by themselves.
fn tell_of_proxy(peer: IpAddr, headers: &HeaderMap) {
    static TOLD: Once = Once::new();
    let near = match peer {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_private(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local(),
    };
    if near && (headers.contains_key(X_FORWARDED_FOR) || headers.contains_key(header::FORWARDED)) {
        TOLD.call_once(|| {
            tracing::warn!(
                proxy = %peer,
                "requests come through a proxy that --trusted-proxy does not name: \
                 all who come by it count as one address"
            );
        });
    }
}

/// `X-Forwarded-For: 192.0.2.1, 10.0.0.1`.
fn plain_hops(headers: &HeaderMap) -> Vec<Option<IpAddr>> {
    lines(headers, &X_FORWARDED_FOR).flat_map(|line| line.split(',').map(ip)).collect()
}

/// `Forwarded: for=192.0.2.1;proto=https, for="[2001:db8::1]:4711"`.
fn standard_hops(headers: &HeaderMap) -> Vec<Option<IpAddr>> {
    let mut hops = Vec::new();
    for line in lines(headers, &header::FORWARDED) {
        for element in unquoted_split(line, ',') {
            let named = unquoted_split(element, ';').into_iter().find_map(|pair| {
                let (name, value) = pair.split_once('=')?;
                name.trim().eq_ignore_ascii_case("for").then_some(value)
            });
            hops.push(named.and_then(|value| ip(value.trim().trim_matches('"'))));
        }
    }
    hops
}

/// A header's lines. One that is no text is there all the same: it names nobody.
fn lines<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    headers.get_all(name).into_iter().map(|value| value.to_str().unwrap_or_default())
}

fn unquoted_split(text: &str, at: char) -> Vec<&str> {
    let mut quoted = false;
    text.split(|c| {
        quoted ^= c == '"';
        c == at && !quoted
    })
    .collect()
}

/// An address, with or without a port.
fn ip(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let ip = bare.parse().or_else(|_| text.parse::<SocketAddr>().map(|place| place.ip()));
    ip.ok().map(|ip: IpAddr| ip.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROXIES: [&str; 3] = ["127.0.0.1", "10.0.0.0/8", "fd00::/8"];

    fn came(peer: &str, lines: &[(&'static str, &str)]) -> String {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, value.parse().unwrap());
        }
        let trusted = PROXIES.map(|proxy| proxy.parse().unwrap());
        origin(peer.parse().unwrap(), &headers, &trusted).to_string()
    }

    #[test]
    fn the_right_most_address_that_is_no_trusted_proxy_counts() {
        let plain = |peer, hops| came(peer, &[("x-forwarded-for", hops)]);
        assert_eq!(plain("127.0.0.1", "192.0.2.7"), "192.0.2.7");
        assert_eq!(
            plain("127.0.0.1", "6.6.6.6, 192.0.2.7"),
            "192.0.2.7",
            "the left is anybody's word"
        );
        assert_eq!(plain("127.0.0.1", "6.6.6.6,192.0.2.7, 10.1.2.3"), "192.0.2.7");
        assert_eq!(plain("10.9.9.9", "2001:db8::7"), "2001:db8::7");
        assert_eq!(plain("::ffff:10.9.9.9", "[2001:db8::7]:4711"), "2001:db8::7");
        assert_eq!(plain("fd00::1", "192.0.2.7:4711"), "192.0.2.7");
        assert_eq!(plain("127.0.0.1", "10.1.2.3"), "10.1.2.3", "all of them are proxies");
        let lines = [("x-forwarded-for", "6.6.6.6"), ("x-forwarded-for", "192.0.2.7")];
        assert_eq!(came("127.0.0.1", &lines), "192.0.2.7");
        for nobody in ["", "unknown", "_hidden", "6.6.6.6, unknown", "6.6.6.6,", "1.2.3.4.5"] {
            assert_eq!(plain("127.0.0.1", nobody), "127.0.0.1", "{nobody}");
        }
    }

    #[test]
    fn the_standard_header_is_read_as_well() {
        let standard = |hops| came("127.0.0.1", &[("forwarded", hops)]);
        assert_eq!(standard("for=192.0.2.7"), "192.0.2.7");
        assert_eq!(standard("proto=https;For=\"[2001:db8::7]:4711\";by=10.0.0.1"), "2001:db8::7");
        assert_eq!(
            standard("for=6.6.6.6, for=192.0.2.7;host=\"a,b;for=1.1.1.1\", for=10.0.0.9"),
            "192.0.2.7"
        );
        for nobody in ["for=unknown", "for=_x", "proto=https", "for=6.6.6.6, by=10.0.0.1", "for"] {
            assert_eq!(standard(nobody), "127.0.0.1", "{nobody}");
        }
    }

    #[test]
    fn nobody_else_is_believed_nor_two_headers_that_differ() {
        let both = |plain, standard| {
            came("127.0.0.1", &[("x-forwarded-for", plain), ("forwarded", standard)])
        };
        for peer in ["192.0.2.1", "11.0.0.1", "127.0.0.2", "::1"] {
            let lines = [("x-forwarded-for", "6.6.6.6"), ("forwarded", "for=6.6.6.6")];
            assert_eq!(came(peer, &lines), peer);
        }
        assert_eq!(both("192.0.2.7", "for=192.0.2.7"), "192.0.2.7");
        assert_eq!(both("192.0.2.7", "for=6.6.6.6"), "127.0.0.1");
        assert_eq!(came("127.0.0.1", &[]), "127.0.0.1");
    }

    #[test]
    fn the_second_half_of_an_ipv6_address_is_one_households_matter() {
        let address = |text: &str| Address::from(text.parse::<IpAddr>().unwrap());
        assert_eq!(address("2001:db8:1:2::1"), address("2001:db8:1:2:ffff:ffff:ffff:ffff"));
        assert_ne!(address("2001:db8:1:2::1"), address("2001:db8:1:3::1"));
        assert_eq!(address("::ffff:192.0.2.7"), Address::V4(Ipv4Addr::new(192, 0, 2, 7)));
        assert_ne!(address("192.0.2.7"), address("192.0.2.8"));
        for here in ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"] {
            assert_eq!(address(here), Address::Here, "{here}");
        }
    }

    #[test]
    fn proxies_are_networks_or_addresses() {
        for good in ["10.0.0.0/8", "192.0.2.1", "::1", "fd00::/8"] {
            assert!(good.parse::<Proxy>().is_ok(), "{good}");
        }
        for bad in ["", "localhost", "10.0.0.0/33", "*"] {
            assert!(bad.parse::<Proxy>().unwrap_err().contains("neither an address"), "{bad}");
        }
    }
}
