//! `config.json` beside the page: which server to talk to. One build runs on any host, against any server.

use std::fmt;

use chinwag_protocol::{Json, JsonRef, Server};
use chinwag_session::Outcome;

use super::{http, page};

/// Where it lies: relative, so that the page can live in any sub-path.
const PATH: &str = "config.json";

/// Why there is no server to talk to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConfigError {
    /// The file could not be read; it may be there the next time.
    Unreachable(Outcome),
    /// The file is wrong, and says how.
    Wrong(String),
}

impl fmt::Display for ConfigError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(_) => write!(out, "{PATH} could not be read"),
            Self::Wrong(why) => out.write_str(why),
        }
    }
}

/// Reads the configuration.
///
/// # Errors
/// [`ConfigError`] where the file is wrong or cannot be reached. A host without the file is none: the
/// page's own origin is the server then.
pub async fn load() -> Result<Server, ConfigError> {
    let origin = page::origin().unwrap_or_default();
    match http::read_file(PATH).await {
        Outcome::Answered { status: 200..=299, body, .. } => server(&body, &origin),
        // Some hosts say 403 of a file that is not there.
        Outcome::Answered { status: 403 | 404 | 410, .. } => server("{}", &origin),
        outcome @ (Outcome::Answered { .. } | Outcome::NoNetwork | Outcome::TimedOut) => {
            Err(ConfigError::Unreachable(outcome))
        }
    }
}

/// The server that a configuration names: `{"server": "https://chat.example"}`; the page's origin where it
/// names none.
///
/// # Errors
/// [`ConfigError::Wrong`] for anything but a JSON object whose `server`, if any, is an address.
pub fn server(config: &str, origin: &str) -> Result<Server, ConfigError> {
    let wrong = |why: String| ConfigError::Wrong(format!("{PATH}: {why}"));
    let Some(json) = Json::read(config).filter(|json| json.root().is_object()) else {
        return Err(wrong("this is not a JSON object".to_owned()));
    };
    let Some(named) = json.root().get("server").map_or(Some(""), JsonRef::as_text) else {
        return Err(wrong("“server” is not a text".to_owned()));
    };
    let address = if named.trim().is_empty() { origin } else { named };
    Server::parse(address).map_err(|error| wrong(error.to_string()))
}
