//! `cargo xtask schemathesis`: thousands of requests made up from what the server says of itself, good ones and bad ones. It
//! may break at none of them, and each answer must be one that it describes.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use minreq::Request;
use serde_json::{Value, json};

use crate::process;
use crate::project::Project;
use crate::server;
use crate::tools::which;

/// The version that is meant: another may find something else.
const VERSION: &str = "4.32.5";
/// What may come on top of the time for making up requests: reading the document, and shortening what was found.
const MARGIN: Duration = Duration::from_mins(3);

/// A file of six bytes, which is enough of a picture.
const PICTURE: &str = "data:image/gif;base64,R0lGODlh";

/// How much to try.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// At most so many requests of each kind for each call
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    examples: u32,
    /// For so many seconds without limits, and for a third of that with them
    #[arg(long, default_value_t = 180, value_parser = clap::value_parser!(u32).range(10..=7_200))]
    seconds: u32,
    /// Make up the same requests as a run that has named this seed
    #[arg(long)]
    seed: Option<u64>,
}

/// Tries a server without limits, then one with them: a 429 has to be described as well.
pub(crate) fn check(project: &Project, args: &Args) -> Result<()> {
    let program = install(project)?;
    println!("Building the server ...");
    process::run(project.cargo().args(["build", "--package", "chinwag-server"]))?;
    let scratch = project.scratch().join("schemathesis");
    if scratch.exists() {
        fs::remove_dir_all(&scratch).context("what the last run kept cannot be removed")?;
    }
    for (limits, seconds) in [("off", args.seconds), ("on", args.seconds / 3)] {
        println!("\nA server with its limits {limits}:");
        let folder = scratch.join(limits);
        fs::create_dir_all(&folder).context("no room for what is tried")?;
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let built = project.target.join("debug/chinwag-server");
        let mut command = server::command(project, &built, port, &folder.join("data"));
        let mut server = server::await_answer(command.args(["--rate-limits", limits]), port)?;
        prepare(&folder, port)?;
        let mut command = project.command(&program);
        command.current_dir(&folder).args([
            "--config-file",
            "schemathesis.toml",
            "run",
            "openapi.json",
        ]);
        command.arg("--url").arg(format!("http://127.0.0.1:{port}"));
        command.arg("--max-examples").arg(args.examples.to_string());
        command.arg("--max-time").arg(seconds.to_string());
        command.args(["--continue-on-failure", "--no-color", "--generation-database", "none"]);
        if let Some(seed) = args.seed {
            command.arg("--seed").arg(seed.to_string());
        }
        let most = Duration::from_secs(seconds.into()) + MARGIN;
        let heard = process::listen(&mut command, most)?;
        ensure!(server.ended().is_none(), "the server has ended");
        server.end();
        if !heard.success {
            bail!("found above, or not run to its end ({})", heard.ending);
        }
    }
    Ok(())
}

/// The program, in an environment of Python for this project alone.
fn install(project: &Project) -> Result<PathBuf> {
    let folder = project.tools().join("schemathesis");
    let (python, program) = (folder.join("bin/python"), folder.join("bin/schemathesis"));
    let version = process::output(project.command(&program).arg("--version"));
    if version.is_ok_and(|version| version.trim().ends_with(VERSION)) {
        return Ok(program);
    }
    println!("Installing schemathesis {VERSION} into target/tools (once, some seconds) ...");
    let made = which("python3").context("it needs Python 3.10 or later as `python3` on PATH")?;
    process::run(project.command(made).args(["-m", "venv", "--clear"]).arg(&folder))
        .context("Python cannot make an environment (Debian: `apt install python3-venv`)")?;
    let mut command = project.command(python);
    command.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
    process::run(command.arg(format!("schemathesis=={VERSION}")))
        .context("schemathesis cannot be installed: is PyPI reachable from here?")?;
    Ok(program)
}

/// Two people to ask about, and what is to be known of them.
fn prepare(folder: &Path, port: u16) -> Result<()> {
    let base = format!("http://127.0.0.1:{port}/api");
    let register = |name: &str| {
        let email = format!("{name}@example.org");
        let body = json!({ "username": name, "email": email, "password": "secret1" });
        ask(minreq::post(format!("{base}/auth/register")).with_body(body.to_string()))
    };
    let ada = register("ada")?;
    let bela = register("bela")?;
    let request = minreq::put(format!("{base}/auth/profile"))
        .with_header("Authorization", format!("Bearer {}", text(&bela, "/data/token")?))
        .with_body(json!({ "avatar": PICTURE }).to_string());
    let avatar = ask(request)?;
    let avatar = text(&avatar, "/data/user/avatar")?;
    let picture = avatar.rsplit('/').next().unwrap_or_default();
    let token = text(&ada, "/data/token")?;
    let told = configuration(token, text(&bela, "/data/user/_id")?, picture);
    fs::write(folder.join("schemathesis.toml"), told)?;
    // From a file: the call that gives the document would be left out otherwise.
    let document = ask(minreq::get(format!("{base}/openapi.json")))?;
    fs::write(folder.join("openapi.json"), document.to_string())?;
    Ok(())
}

fn ask(request: Request) -> Result<Value> {
    let response = request.with_timeout(15).send().context("the server does not answer")?;
    let said = response.as_str().unwrap_or_default();
    ensure!(response.status_code < 300, "the server refused: {said}");
    serde_json::from_str(said).context("the server's answer cannot be read")
}

fn text<'v>(value: &'v Value, pointer: &str) -> Result<&'v str> {
    let text = value.pointer(pointer).and_then(Value::as_str);
    text.with_context(|| format!("the server's answer has no {pointer}"))
}

/// Who asks, and whom and what there is, so that not everything is answered with a 404.
fn configuration(token: &str, person: &str, picture: &str) -> String {
    format!(
        r#"# By one session: to sign in again may be refused, for wrong passwords are tried for whatever address is seen.
[auth.openapi.bearer]
bearer = "{token}"

[dictionaries.people]
values = ["{person}"]

[dictionaries.pictures]
values = ["{picture}"]

[parameters]
"path.user" = {{ dictionary = "people", probability = 0.6 }}
"body.receiverId" = {{ dictionary = "people", probability = 0.6 }}
"path.id" = {{ dictionary = "pictures", probability = 0.5 }}

# A taken name, a wrong password and nobody of that name are as well-formed as others.
[checks]
positive_data_acceptance.enabled = false

# It would be ended.
[[operations]]
include-path = ["/api/auth/sessions/{{id}}"]
phases.stateful.enabled = false
parameters = {{ "path.id" = "none" }}

# What cannot be read of a query is as if it were not there (protocol §1).
[[operations]]
include-path = ["/api/users", "/api/messages/{{user}}", "/api/sync"]
checks.negative_data_rejection.enabled = false
"#
    )
}

#[cfg(test)]
mod tests {
    use super::configuration;

    #[test]
    fn people_and_pictures_are_named_and_the_rest_stays() {
        let told = configuration("t1", "6b03", "p1");
        assert!(told.contains("values = [\"6b03\"]") && told.contains("values = [\"p1\"]"));
        assert!(told.contains("\"/api/messages/{user}\"") && told.contains("bearer = \"t1\""));
    }
}
