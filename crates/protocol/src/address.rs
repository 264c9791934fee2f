//! Where the server is: one address, from which those of every call and of the socket follow.

use std::fmt;

use crate::call::{Call, escape};
use crate::secret::Token;

/// A chat server's address, such as `https://chat.example` or `https://example.org/chat`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    secure: bool,
    /// Host, port and path, without a slash at the end.
    place: String,
}

/// Why an address is of no use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressError(String);

impl fmt::Display for AddressError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "“{}” is not a server's address such as https://chat.example", self.0)
    }
}

impl std::error::Error for AddressError {}

impl Server {
    /// Reads `http(s)://host[:port][/path]`.
    ///
    /// # Errors
    /// [`AddressError`] for another scheme, no host, credentials, a query or a fragment.
    ///
    /// ```
    /// # use chinwag_protocol::{Call, Server};
    /// let server = Server::parse("https://chat.example/").unwrap();
    /// assert_eq!(server.call(&Call::Me), "https://chat.example/api/auth/me");
    /// assert_eq!(
    ///     server.socket(&"t/1".into()),
    ///     "wss://chat.example/ws?presence=changes&token=t%2F1",
    /// );
    /// ```
    pub fn parse(address: &str) -> Result<Self, AddressError> {
        let refuse = || AddressError(address.to_owned());
        let (scheme, rest) = address.trim().split_once("://").ok_or_else(refuse)?;
        let secure = match scheme.to_ascii_lowercase().as_str() {
            "http" => false,
            "https" => true,
            _ => return Err(refuse()),
        };
        let place = rest.trim_end_matches('/');
        let host = place.split('/').next().unwrap_or_default();
        let odd = |c: char| c.is_whitespace() || c.is_control() || "@?#\\\"<>".contains(c);
        if host.is_empty() || host.starts_with(':') || place.contains(odd) {
            return Err(refuse());
        }
        Ok(Self { secure, place: place.to_owned() })
    }

    /// The address of a call.
    pub fn call(&self, call: &Call) -> String {
        let scheme = if self.secure { "https" } else { "http" };
        format!("{scheme}://{}/api{}", self.place, call.path())
    }

    /// The address of the socket for a session. A base server passes over the wish for changes (protocol §3,
    /// `presence_changes`), which comes first: some take all that follows `token=` for the token.
    pub fn socket(&self, token: &Token) -> String {
        let scheme = if self.secure { "wss" } else { "ws" };
        format!("{scheme}://{}/ws?presence=changes&token={}", self.place, escape(token.reveal()))
    }
}

impl fmt::Display for Server {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}://{}", if self.secure { "https" } else { "http" }, self.place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sub_path_and_a_port_are_kept() {
        let server = Server::parse("HTTP://localhost:3000/chat/").unwrap();
        assert_eq!(server.to_string(), "http://localhost:3000/chat");
        let socket = "ws://localhost:3000/chat/ws?presence=changes&token=t";
        assert_eq!(server.socket(&Token::from("t")), socket);
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for address in [
            "",
            "chat.example",
            "ftp://a",
            "https://",
            "https:///x",
            "http://:80",
            "https://a@b",
            "https://a?b",
            "https://a#b",
            "https://a b",
            "javascript:alert(1)",
        ] {
            assert!(Server::parse(address).is_err(), "{address}");
        }
    }
}
