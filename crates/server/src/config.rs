//! How a server is set up, for whoever starts one: the program, from its options, or a test.

use std::fs;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::time::Duration;

use rustix::fs::{Access, access};

use crate::address::Proxy;
use crate::auth::passwords::Cost;
use crate::clock::Clock;
use crate::limits::Limits;
use crate::origin::Origin;
use crate::serve::Patience;
use crate::server::StartError;
use crate::tls::{Certificate, Tls};

/// How a server is set up.
#[derive(Clone, Debug)]
pub struct Config {
    /// The address to listen on.
    pub host: String,
    /// The port; 0 for any that is free.
    pub port: u16,
    /// Where accounts and messages are kept.
    pub data: PathBuf,
    /// Where the built pages are.
    pub dist: PathBuf,
    /// Origins of pages hosted elsewhere.
    pub cors: Vec<Origin>,
    /// Proxies whose word is taken on where a request comes from.
    pub proxies: Vec<Proxy>,
    /// The certificate, where the server speaks TLS itself.
    pub certificate: Option<Certificate>,
    /// How much one address and one account may ask for; `None` for as much as they like.
    pub limits: Option<Limits>,
    /// The most connections at once, of all kinds.
    pub connections: usize,
    /// The most connections at once of one address. Through a proxy that is trusted: sockets, and calls that wait.
    pub connections_from: usize,
    /// The most sockets of one person; one more ends the oldest.
    pub sockets: usize,
    /// How slow a connection may be.
    pub patience: Patience,
    /// How much work a password's hash is.
    pub password_cost: Cost,
    /// How often a connection is asked whether it is still there; silent for twice as long, it is dropped.
    pub ping: Duration,
    /// The most bytes that wait for one connection; with more it is ended as too slow.
    pub queue_bytes: usize,
    /// Where figures are told; `None` for nowhere.
    pub metrics: Option<SocketAddr>,
    /// The most pages of the store, as on a small disk; `None` for as many as there is room for.
    pub store_pages: Option<u32>,
    /// What time it is.
    pub clock: Clock,
}

impl Config {
    /// The usual server, with these directories.
    pub fn new(data: impl Into<PathBuf>, dist: impl Into<PathBuf>) -> Self {
        Self {
            host: "127.0.0.1".to_owned(),
            port: 3000,
            data: data.into(),
            dist: dist.into(),
            cors: Vec::new(),
            proxies: Vec::new(),
            certificate: None,
            limits: Some(Limits::default()),
            connections: 16_384,
            connections_from: 1_024,
            sockets: 20,
            patience: Patience::default(),
            password_cost: Cost::OWASP,
            // Protocol §2.
            ping: Duration::from_secs(30),
            queue_bytes: 4 * 1024 * 1024,
            metrics: None,
            store_pages: None,
            clock: Clock::system(),
        }
    }

    /// Looks whether a server could start so, without starting one.
    ///
    /// # Errors
    /// [`StartError`] where it could not, as far as that can be seen.
    pub fn check(&self) -> Result<(), StartError> {
        let certificate = self.certificate.clone().map(Tls::open);
        certificate.transpose().map_err(StartError::Certificate)?;
        match fs::metadata(&self.data) {
            Ok(data) if !data.is_dir() => {
                let error = io::ErrorKind::NotADirectory.into();
                Err(StartError::Data(self.data.clone(), error))
            }
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(StartError::Data(self.data.clone(), error))
            }
            Ok(_) => access(&self.data, Access::READ_OK | Access::WRITE_OK | Access::EXEC_OK)
                .map_err(|error| StartError::Data(self.data.clone(), error.into())),
            Err(_) => Ok(()),
        }?;
        let place = format!("{}:{}", self.host, self.port);
        let address = (&*self.host, self.port).to_socket_addrs();
        address.map(drop).map_err(|error| StartError::Listen(place, error))
    }
}
