//! What can be set: on the command line, in the environment, and in a file ([`crate::config_file`]); and what the program
//! can do beside serving.

use std::ffi::{OsStr, OsString};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use clap::builder::{BoolishValueParser, Resettable};
use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgAction, ArgMatches, Args, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::Config;
use crate::address::Proxy;
use crate::config_file;
use crate::limits::Limits;
use crate::log::Format;
use crate::origin::Origin;
use crate::tls::Certificate;

/// Below the options, because its name is not this program's own.
const LOGS: &str = "Logs go to stderr. RUST_LOG sets how much: error, warn, info (usual), debug.";

/// Chinwag's companion server: a chat of one's own on one machine.
///
/// Serves the guide's REST calls under /api, its socket under /ws, and the built pages. Everything it keeps is in the
/// data directory.
#[derive(Debug, Parser)]
#[command(name = "chinwag-server", version, after_help = LOGS)]
pub struct Options {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    settings: Settings,
    /// What was set, as it was written, and where.
    #[arg(skip)]
    written: Vec<Written>,
}

/// What the program does instead of serving.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Copies all that is kept into a file, also while a server runs.
    Backup {
        /// The file to be made; it is readable for this user alone.
        file: PathBuf,
        /// Replaces a file that is there.
        #[arg(long)]
        force: bool,
    },
    /// Puts a backup into the data directory.
    Restore {
        /// The backup.
        file: PathBuf,
        /// Replaces what the data directory holds, which stays there as `chinwag.db.old`; what has lost its store, as
        /// `chinwag.db.lost`.
        #[arg(long)]
        force: bool,
    },
    /// Accounts, also while a server runs.
    #[command(subcommand)]
    User(UserCommand),
    /// How much is kept.
    Stats,
    /// Asks a server on this machine whether it is well: for a container's health check. Takes the options of the server.
    Health,
}

/// What can be done with accounts.
#[derive(Clone, Debug, Subcommand)]
pub enum UserCommand {
    /// Lists all accounts: id, name, address, when made, when last seen, whether disabled.
    List,
    /// Ends all sessions of a person, who cannot sign in any more. What they wrote stays.
    Disable {
        /// A name, an e-mail address or an id.
        who: String,
    },
    /// Lets a person sign in again.
    Enable {
        /// A name, an e-mail address or an id.
        who: String,
    },
    /// Gives a person another password, which is printed, and ends all their sessions.
    ResetPassword {
        /// A name, an e-mail address or an id.
        who: String,
    },
}

/// How the server is set up. Each of these may stand in the file as well, by its long name.
#[derive(Debug, Args)]
struct Settings {
    /// A file with options, in TOML: `port = 3000`. What is set here or in the environment goes before it.
    #[arg(long, value_name = "FILE", env = "CHINWAG_CONFIG", global = true)]
    config: Option<PathBuf>,
    /// Says what would be used and from where, and ends: with a failure where it can be seen that the server could not start so.
    #[arg(long)]
    check: bool,
    /// The address to listen on; 0.0.0.0 or :: for all of this machine's.
    #[arg(long, value_name = "ADDRESS", env = "CHINWAG_HOST", default_value = "127.0.0.1")]
    host: String,
    /// The port to listen on; 0 for any that is free.
    #[arg(long, env = "CHINWAG_PORT", default_value = "3000")]
    port: u16,
    /// Where accounts and messages are kept; made where it is missing.
    #[arg(long, value_name = "DIR", env = "CHINWAG_DATA", default_value = "./data", global = true)]
    data: PathBuf,
    /// Where the built pages are.
    #[arg(long, value_name = "DIR", env = "CHINWAG_DIST", default_value = "./dist")]
    dist: PathBuf,
    /// The origin of pages hosted elsewhere that may use this server: `https://pages.example`. May be given several
    /// times, or several separated by commas.
    #[arg(long, value_name = "ORIGIN", env = "CHINWAG_CORS", value_delimiter = ',')]
    cors: Vec<Listed<Origin>>,
    /// The address or network of a proxy whose `X-Forwarded-For` or `Forwarded` says where requests come from: `127.0.0.1`
    /// for one on this machine. May be given several times, or several separated by commas.
    #[arg(long, value_name = "CIDR", env = "CHINWAG_TRUSTED_PROXY", value_delimiter = ',')]
    trusted_proxy: Vec<Listed<Proxy>>,
    /// The certificate with which the server speaks TLS itself, in a PEM file with those that vouch for it. It is read anew
    /// on SIGHUP.
    #[arg(long, value_name = "FILE", env = "CHINWAG_TLS_CERT")]
    tls_cert: Option<PathBuf>,
    /// The certificate's private key, in a PEM file.
    #[arg(long, value_name = "FILE", env = "CHINWAG_TLS_KEY")]
    tls_key: Option<PathBuf>,
    /// Whether one address and one account may ask only for so much in a while. Off only to measure how much the server
    /// can do.
    #[arg(
        long,
        value_name = "on|off",
        env = "CHINWAG_RATE_LIMITS",
        default_value = "on",
        value_parser = BoolishValueParser::new(),
        action = ArgAction::Set,
        hide_possible_values = true
    )]
    rate_limits: bool,
    /// The most connections at once of one address, of whole IPv6 networks alike: an office behind one address has one or
    /// two for each page that is open. With a trusted proxy: sockets, and calls that wait for an answer.
    #[arg(
        long,
        value_name = "COUNT",
        env = "CHINWAG_CONNECTIONS_PER_ADDRESS",
        default_value = "1024",
        value_parser = clap::value_parser!(u32).range(1..)
    )]
    connections_per_address: u32,
    /// Where figures for Prometheus are told, under /metrics: `127.0.0.1:9464`. Nowhere, if it is left out. They are for
    /// nobody else: keep the address private.
    #[arg(long, value_name = "ADDRESS:PORT", env = "CHINWAG_METRICS")]
    metrics: Option<Listed<SocketAddr>>,
    /// How logs are written.
    #[arg(long, env = "CHINWAG_LOG_FORMAT", value_enum, default_value = "plain")]
    log_format: Format,
}

/// One of a list, or nothing: `--cors=` lists none.
#[derive(Clone, Debug)]
struct Listed<T>(Option<T>);

impl<T: FromStr> FromStr for Listed<T> {
    type Err = T::Err;

    fn from_str(text: &str) -> Result<Self, T::Err> {
        let text = text.trim();
        if text.is_empty() { Ok(Self(None)) } else { Ok(Self(Some(text.parse()?))) }
    }
}

/// An option as it was set.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Written {
    name: String,
    value: String,
    source: &'static str,
}

impl Options {
    /// Reads the command line, the environment, and the file that either names.
    ///
    /// # Errors
    /// What is wrong, in words for whoever typed it; or what they asked to be told, such as `--help`.
    pub fn read(arguments: Vec<OsString>) -> Result<Self, clap::Error> {
        let file = file_of(&arguments, std::env::var_os("CHINWAG_CONFIG"));
        let values = file.map(|file| config_file::read(&file, &Self::command()));
        let refuse = |words| Self::command().error(ErrorKind::InvalidValue, words);
        Self::with(arguments, values.transpose().map_err(refuse)?.unwrap_or_default())
    }

    /// The same with what the file sets.
    pub(crate) fn with(
        arguments: Vec<OsString>,
        values: config_file::Values,
    ) -> Result<Self, clap::Error> {
        // A variable that is set to nothing, as set-ups for containers do, is as good as none.
        let is_nothing =
            |name: &OsStr| std::env::var_os(name).is_some_and(|value| value.is_empty());
        let command = Self::command();
        let mut command = command.mut_args(|arg| match arg.get_env() {
            Some(name) if is_nothing(name) => arg.env(Resettable::Reset),
            _ => arg,
        });
        let mut in_file = Vec::new();
        for (name, values) in values {
            command = command.mut_arg(&name, |arg| arg.default_values(values));
            in_file.push(name);
        }
        let matches = command.clone().try_get_matches_from(arguments)?;
        let mut options = Self::from_arg_matches(&matches)?;
        if options.settings.tls_cert.is_some() != options.settings.tls_key.is_some() {
            let words = "--tls-cert and --tls-key come together";
            return Err(command.error(ErrorKind::MissingRequiredArgument, words));
        }
        options.written = written(&command, &matches, &in_file);
        Ok(options)
    }

    /// What is to be done instead of serving.
    pub fn task(&self) -> Option<&Command> {
        self.command.as_ref()
    }

    /// How logs are written.
    pub fn log_format(&self) -> Format {
        self.settings.log_format
    }

    /// Whether it is only to be said what would be used.
    pub fn is_check(&self) -> bool {
        self.settings.check
    }

    /// Everything that is set, and from where.
    pub fn told(&self) -> String {
        let line = |written: &Written| {
            let Written { name, value, source } = written;
            format!("{name} = {value}    ({source})\n")
        };
        self.written.iter().map(line).collect::<Vec<_>>().concat()
    }
}

/// The file with options, which must be known before the others.
fn file_of(arguments: &[OsString], variable: Option<OsString>) -> Option<PathBuf> {
    let mut arguments = arguments.iter().skip(1).take_while(|argument| *argument != "--");
    while let Some(argument) = arguments.next() {
        if argument == "--config" {
            return arguments.next().map(PathBuf::from);
        }
        if let Some(file) = argument.to_str().and_then(|text| text.strip_prefix("--config=")) {
            return Some(PathBuf::from(file));
        }
    }
    variable.filter(|file| !file.is_empty()).map(PathBuf::from)
}

fn written(command: &clap::Command, matches: &ArgMatches, in_file: &[String]) -> Vec<Written> {
    let options = command.get_arguments().filter(|arg| config_file::may_hold(arg));
    options
        .filter_map(|arg| {
            let id = arg.get_id().as_str();
            let values: Vec<_> =
                matches.get_raw(id)?.map(|value| value.to_string_lossy()).collect();
            let source = match matches.value_source(id)? {
                ValueSource::CommandLine => "command line",
                ValueSource::EnvVariable => "environment",
                _ if in_file.iter().any(|name| name == id) => "file",
                _ => "default",
            };
            let name = arg.get_long().unwrap_or(id).to_owned();
            Some(Written { name, value: values.join(", "), source })
        })
        .collect()
}

impl From<Options> for Config {
    fn from(Options { settings, .. }: Options) -> Self {
        Self {
            host: settings.host,
            port: settings.port,
            cors: settings.cors.into_iter().filter_map(|listed| listed.0).collect(),
            proxies: settings.trusted_proxy.into_iter().filter_map(|listed| listed.0).collect(),
            certificate: settings
                .tls_cert
                .zip(settings.tls_key)
                .map(|(chain, key)| Certificate { chain, key }),
            limits: settings.rate_limits.then(Limits::default),
            connections_from: settings.connections_per_address as usize,
            metrics: settings.metrics.and_then(|listed| listed.0),
            ..Self::new(settings.data, settings.dist)
        }
    }
}

#[cfg(test)]
mod tests;
