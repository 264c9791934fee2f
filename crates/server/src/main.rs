//! The program: reads the options, starts the server, says where it is, and stops it when asked; or does what was asked for
//! beside it.

#![forbid(unsafe_code)]

use std::convert::Infallible;
use std::io::Write;
use std::process::ExitCode;

use chinwag_server::{Config, Options, Server, log, run};
use tokio::signal::unix::{Signal, SignalKind, signal};

#[tokio::main]
async fn main() -> ExitCode {
    let options = match Options::read(std::env::args_os().collect()) {
        Ok(options) => options,
        Err(error) => error.exit(),
    };
    log::start(options.log_format());
    match obey(options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The log may be off; whoever typed the command must see this in any case.
            let _ = writeln!(std::io::stderr(), "chinwag-server: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Reads the certificate anew as often as somebody asks for it.
async fn renew(server: &Server, hangup: Option<Signal>) -> Infallible {
    let Some(mut hangup) = hangup else { return std::future::pending().await };
    loop {
        hangup.recv().await;
        server.reload_certificate();
    }
}

async fn obey(options: Options) -> Result<(), Box<dyn std::error::Error>> {
    let (command, is_check, told) = (options.task().cloned(), options.is_check(), options.told());
    let config = Config::from(options);
    if is_check {
        write!(std::io::stdout(), "{told}")?;
        return Ok(config.check()?);
    }
    match command {
        Some(command) => Ok(write!(std::io::stdout(), "{}", run(&command, &config).await?)?),
        None => serve(config).await,
    }
}

async fn serve(config: Config) -> Result<(), Box<dyn std::error::Error>> {
    // Before the start: asked to stop while it starts, it still stops in good order.
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    // Without a certificate this one ends the program as ever: who closes a terminal means that.
    let hangup = config.certificate.is_some().then(|| signal(SignalKind::hangup())).transpose()?;
    let server = Server::start(config).await?;
    // Whoever started it may have closed its output, and still wants it to run.
    let _ = writeln!(std::io::stdout(), "Chinwag is at {}", server.url());
    let failed = tokio::select! {
        _ = interrupt.recv() => false,
        _ = terminate.recv() => false,
        () = server.failed() => true,
        never = renew(&server, hangup) => match never {},
    };
    tokio::select! {
        // As a failure, so that what watches over it starts it anew.
        () = server.stop() => if failed { Err("the chat has ended by itself: see the log".into()) } else { Ok(()) },
        // Whoever asks twice does not want to wait for slow connections. What was answered is stored in any case.
        _ = interrupt.recv() => Err("stopped without waiting for open connections".into()),
    }
}
