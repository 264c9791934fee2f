//! The program: reads the options, starts the server, says where it is, and stops it when asked.

use std::io::Write;
use std::process::ExitCode;

use chinwag_server::{Options, Server, log};
use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    log::start();
    match run(options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The log may be off; whoever typed the command must see this in any case.
            let _ = writeln!(std::io::stderr(), "chinwag-server: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options) -> Result<(), Box<dyn std::error::Error>> {
    // Before the start: asked to stop while it starts, it still stops in good order.
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let server = Server::start(options.into()).await?;
    // Whoever started it may have closed its output, and still wants it to run.
    let _ = writeln!(std::io::stdout(), "Chinwag is at {}", server.url());
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    tokio::select! {
        () = server.stop() => Ok(()),
        // Whoever asks twice does not want to wait for slow connections. What was answered is stored in any case.
        _ = interrupt.recv() => Err("stopped without waiting for open connections".into()),
    }
}
