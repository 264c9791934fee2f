//! What can be set from the command line and the environment.

use std::path::PathBuf;
use std::str::FromStr;

use clap::Parser;

use crate::Config;
use crate::origin::{Origin, OriginError};

/// Below the options, because its name is not this program's own.
const LOGS: &str = "Logs go to stderr. RUST_LOG sets how much: error, warn, info (usual), debug.";

/// Chinwag's companion server: a chat of one's own on one machine.
///
/// Serves the guide's REST calls under /api, its socket under /ws, and the built pages. Everything it keeps is in the
/// data directory.
#[derive(Debug, Parser)]
#[command(name = "chinwag-server", version, after_help = LOGS)]
pub struct Options {
    /// The address to listen on; 0.0.0.0 or :: for all of this machine's.
    #[arg(long, value_name = "ADDRESS", env = "CHINWAG_HOST", default_value = "127.0.0.1")]
    host: String,
    /// The port to listen on; 0 for any that is free.
    #[arg(long, env = "CHINWAG_PORT", default_value_t = 3000)]
    port: u16,
    /// Where accounts and messages are kept; made where it is missing.
    #[arg(long, value_name = "DIR", env = "CHINWAG_DATA", default_value = "./data")]
    data: PathBuf,
    /// Where the built pages are.
    #[arg(long, value_name = "DIR", env = "CHINWAG_DIST", default_value = "./dist")]
    dist: PathBuf,
    /// The origin of pages hosted elsewhere that may use this server: `https://pages.example`. May be given several
    /// times, or several separated by commas.
    #[arg(long, value_name = "ORIGIN", env = "CHINWAG_CORS", value_delimiter = ',')]
    cors: Vec<Listed>,
}

/// An origin, or nothing: a variable that is set to nothing, as set-ups for containers do, lists none.
#[derive(Clone, Debug)]
struct Listed(Option<Origin>);

impl FromStr for Listed {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, OriginError> {
        let text = text.trim();
        if text.is_empty() { Ok(Self(None)) } else { Ok(Self(Some(text.parse()?))) }
    }
}

impl From<Options> for Config {
    fn from(options: Options) -> Self {
        Self {
            host: options.host,
            port: options.port,
            cors: options.cors.into_iter().filter_map(|listed| listed.0).collect(),
            ..Self::new(options.data, options.dist)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_come_in_lists_or_one_by_one_and_nothing_is_none() {
        let cors = |arguments: &[&str]| {
            let options = Options::try_parse_from([&["chinwag-server"], arguments].concat())?;
            let origins = Config::from(options).cors;
            Ok(origins.iter().map(|origin| origin.as_str().to_owned()).collect::<Vec<_>>())
        };
        let both = ["https://a.example", "http://b.example:8080"];
        let refused = |result: Result<Vec<_>, clap::Error>| result.unwrap_err().to_string();
        assert_eq!(cors(&["--cors", "https://a.example, http://b.example:8080/"]).unwrap(), both);
        assert_eq!(cors(&["--cors", both[0], "--cors", both[1]]).unwrap(), both);
        assert_eq!(cors(&["--cors", ""]).unwrap(), [""; 0]);
        assert!(refused(cors(&["--cors", "*"])).contains("is not an origin"));
    }
}
