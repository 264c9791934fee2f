//! Logs: structured, to stderr, as much as `RUST_LOG` asks for, for people or for programs.
//!
//! They never hold a token, a password or a message. This crate logs none of them, at any level; and of others, some
//! of which write out whole frames when asked for everything, only warnings and errors are let through.

use std::io::{self, IsTerminal};

use clap::ValueEnum;
use tracing::{Level, Subscriber};
use tracing_subscriber::filter::{LevelFilter, Targets, filter_fn};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry, fmt};

/// How a line of the log is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// As people read it.
    #[default]
    Plain,
    /// A JSON object, for programs that collect logs.
    Json,
}

/// Begins to log. `RUST_LOG` is a level, or targets with levels: `chinwag_server=debug,sqlx=error`.
pub fn start(format: Format) {
    let wanted = std::env::var("RUST_LOG").ok().and_then(|text| text.parse::<Targets>().ok());
    let wanted = wanted.unwrap_or_else(|| Targets::new().with_default(LevelFilter::INFO));
    let ansi = io::stderr().is_terminal();
    let lines = fmt::layer().with_writer(io::stderr);
    let lines = match format {
        Format::Plain => lines.with_ansi(ansi).boxed(),
        Format::Json => {
            lines.json().flatten_event(true).with_current_span(false).with_span_list(false).boxed()
        }
    };
    // Fails only where somebody else logs already, which then goes on.
    let _ = discreet(lines, wanted).try_init();
}

/// Writes what is wanted, and nothing that others might blurt out.
fn discreet<L>(lines: L, wanted: Targets) -> impl Subscriber + Send + Sync
where
    L: Layer<Registry> + Send + Sync,
{
    let discreet =
        filter_fn(|event| event.target().starts_with("chinwag") || *event.level() <= Level::WARN);
    tracing_subscriber::registry().with(lines.with_filter(discreet).with_filter(wanted))
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Page(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Page {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn others_are_heard_only_when_something_is_wrong() {
        let page = Page::default();
        let writer = page.clone();
        let lines = fmt::layer().with_writer(move || writer.clone());
        let wanted = Targets::new().with_default(LevelFilter::TRACE);
        tracing::subscriber::with_default(discreet(lines, wanted), || {
            tracing::trace!(target: "chinwag_server::socket", "ours");
            tracing::info!(target: "tungstenite::protocol", "a whole frame");
            tracing::warn!(target: "sqlx::pool", "a slow pool");
        });
        let text = String::from_utf8(page.0.lock().unwrap().clone()).unwrap();
        assert!(text.contains("ours") && text.contains("a slow pool"), "{text}");
        assert!(!text.contains("a whole frame"), "{text}");
    }
}
