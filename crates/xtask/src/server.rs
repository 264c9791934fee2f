//! The companion server, seen from outside: building it, starting it, and the port that it needs.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::process::{self, Running};
use crate::project::Project;

/// How long the server may take to answer after it was started.
const READY: Duration = Duration::from_secs(30);

/// Builds the server for release and returns its program.
pub(crate) fn build(project: &Project) -> Result<PathBuf> {
    println!("Building the server (the first time some minutes) ...");
    process::run(project.cargo().args(["build", "--release", "--package", "chinwag-server"]))?;
    Ok(project.target.join("release/chinwag-server"))
}

/// Starts the server and waits until it answers.
pub(crate) fn start(
    project: &Project,
    program: &Path,
    port: u16,
    data: &Path,
    dist: Option<&Path>,
) -> Result<Running> {
    let mut command = command(project, program, port, data);
    if let Some(dist) = dist {
        command.arg("--dist").arg(dist);
    }
    await_answer(&mut command, port)
}

/// The server with what it cannot do without.
pub(crate) fn command(project: &Project, program: &Path, port: u16, data: &Path) -> Command {
    let mut command = project.command(program);
    command.arg("--port").arg(port.to_string()).arg("--data").arg(data);
    // It says where it is; so does the command that starts it, in its own time.
    command.stdout(Stdio::null());
    command
}

/// Starts a server that is to listen on this port, and waits until it answers.
pub(crate) fn await_answer(command: &mut Command, port: u16) -> Result<Running> {
    let mut server = Running::start(command)?;
    let start = Instant::now();
    while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
        if let Some(ending) = server.ended() {
            bail!("the server ended before it was ready ({ending}); what it said is above");
        }
        if process::stopping() || start.elapsed() > READY {
            bail!("the server did not answer on port {port} within {} s", READY.as_secs());
        }
        thread::sleep(Duration::from_millis(50));
    }
    Ok(server)
}

/// Says in words when another program has the port, and what one can do: `instead`.
pub(crate) fn check_port(port: u16, instead: &str) -> Result<()> {
    // A browser asked for `localhost` may try either of the two.
    let addresses = [
        SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
        SocketAddr::from((Ipv6Addr::LOCALHOST, port)),
    ];
    for address in addresses {
        match TcpListener::bind(address) {
            Err(error) if error.kind() == ErrorKind::AddrInUse => bail!(
                "port {port} is taken by another program, perhaps by a Chinwag that is still running. \
                 Stop that one, or {instead}"
            ),
            Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                bail!(
                    "ports below 1024, such as {port}, are not for ordinary users: {instead}, with a larger number"
                )
            }
            // A machine without IPv6 is no trouble.
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::check_port;

    #[test]
    fn a_taken_port_is_told_in_words_with_what_to_do() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = taken.local_addr().unwrap().port();
        let error = check_port(port, "choose another port").unwrap_err().to_string();
        assert!(error.contains("is taken by another program"), "{error}");
        assert!(error.ends_with("Stop that one, or choose another port"), "{error}");
        drop(taken);
        check_port(port, "").unwrap();
    }
}
