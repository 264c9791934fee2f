//! TLS without a proxy: a certificate and its key from PEM files, read anew when somebody has renewed them.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use tokio::net::TcpStream;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::server::TlsStream;
use tokio_rustls::{TlsAcceptor, rustls};

/// Where a certificate is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// The certificate, followed by those that vouch for it.
    pub chain: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// Why a certificate cannot be used, in words for whoever started the server.
#[derive(Debug)]
pub struct CertificateError(String);

impl fmt::Display for CertificateError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::error::Error for CertificateError {}

/// Speaks TLS. Cloned freely: all clones have the same certificate.
#[derive(Clone)]
pub(crate) struct Tls {
    files: Certificate,
    config: Arc<RwLock<Arc<ServerConfig>>>,
}

impl fmt::Debug for Tls {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Tls({})", self.files.chain.display())
    }
}

impl Tls {
    pub(crate) fn open(files: Certificate) -> Result<Self, CertificateError> {
        let config = Arc::new(RwLock::new(Arc::new(read(&files)?)));
        Ok(Self { files, config })
    }

    /// Reads the files again, for connections to come. Where they cannot be used, what was used before stays.
    pub(crate) fn reload(&self) -> Result<(), CertificateError> {
        let config = Arc::new(read(&self.files)?);
        *self.config.write().unwrap_or_else(PoisonError::into_inner) = config;
        Ok(())
    }

    pub(crate) async fn accept(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        let config = self.config.read().unwrap_or_else(PoisonError::into_inner).clone();
        TlsAcceptor::from(config).accept(stream).await
    }
}

fn read(files: &Certificate) -> Result<ServerConfig, CertificateError> {
    let bad = |path: &Path, error: pem::Error| {
        let why = match error {
            pem::Error::NoItemsFound => "there is none in it".to_owned(),
            pem::Error::Io(error) => error.to_string(),
            other => other.to_string(),
        };
        CertificateError(format!("cannot read {}: {why}", path.display()))
    };
    let chain = CertificateDer::pem_file_iter(&files.chain)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| bad(&files.chain, error))?;
    if chain.is_empty() {
        return Err(bad(&files.chain, pem::Error::NoItemsFound));
    }
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|error| bad(&files.key, error))?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|config| config.with_no_client_auth().with_single_cert(chain, key));
    let mut config = config.map_err(|error: rustls::Error| {
        let (chain, key) = (files.chain.display(), files.key.display());
        CertificateError(format!("cannot use the certificate {chain} with the key {key}: {error}"))
    })?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}
