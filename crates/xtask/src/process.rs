//! Child processes: started in groups of their own, shown, waited for, and ended together when the person stops us.
//!
//! A group of its own for each child means that Ctrl-C reaches xtask alone, which then ends everything below a child
//! (cargo's rustc, the driver's browser) in order. Nothing here knows what the programs are.

use std::collections::BTreeSet;
use std::io::{self, Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

static STOPPING: AtomicBool = AtomicBool::new(false);
static RUNNING: Mutex<BTreeSet<u32>> = Mutex::new(BTreeSet::new());

/// How long a program has to end after it was asked to.
const PATIENCE: Duration = Duration::from_secs(10);

/// On Ctrl-C, a polite kill or a closed terminal: asks all children to end; the second time it insists.
pub(crate) fn stop_children_on_signals() -> Result<()> {
    ctrlc::set_handler(|| {
        let signal = if STOPPING.swap(true, Ordering::SeqCst) { "KILL" } else { "TERM" };
        for group in children().iter() {
            signal_group(*group, signal);
        }
    })
    .context("Ctrl-C cannot be caught")
}

/// Whether the person has asked for the end.
pub(crate) fn stopping() -> bool {
    STOPPING.load(Ordering::SeqCst)
}

/// Runs a program with its output shown, and says in words when it fails.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = Running::start(command)?.wait()?;
    if !status.success() {
        bail!("`{}` did not succeed ({})", words(command), ending(status));
    }
    Ok(())
}

/// Runs a program quietly and returns what it printed to its standard output.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let output = command.output().with_context(|| cannot_start(command))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("`{}` did not succeed ({}): {}", words(command), ending(output.status), said.trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// What a program that was shown and listened to came to.
#[derive(Debug)]
pub(crate) struct Heard {
    /// Whether it ended well.
    pub(crate) success: bool,
    /// Everything it printed, both streams, in about the order it came.
    pub(crate) text: String,
    /// How it ended, in words.
    pub(crate) ending: String,
}

/// Runs a program, shows what it prints and keeps it. It is ended when it takes longer than `limit`.
pub(crate) fn listen(command: &mut Command, limit: Duration) -> Result<Heard> {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = Running::start(command)?;
    let heard = Mutex::new(Vec::new());
    let (stdout, stderr) = (running.child.stdout.take(), running.child.stderr.take());
    let (status, late) = thread::scope(|scope| {
        if let Some(stream) = stdout {
            scope.spawn(|| copy(stream, io::stdout(), &heard));
        }
        if let Some(stream) = stderr {
            scope.spawn(|| copy(stream, io::stderr(), &heard));
        }
        let late = !running.ends_within(limit)?;
        if late {
            running.end();
        }
        Ok::<_, anyhow::Error>((running.wait()?, late))
    })?;
    let text = heard.into_inner().unwrap_or_else(PoisonError::into_inner);
    let ending = if late {
        format!("it was ended after {} minutes", limit.as_secs() / 60)
    } else {
        ending(status)
    };
    Ok(Heard {
        success: status.success() && !late,
        text: String::from_utf8_lossy(&text).into_owned(),
        ending,
    })
}

fn copy(mut from: impl Read, mut to: impl Write, heard: &Mutex<Vec<u8>>) {
    let mut buffer = [0; 8192];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        let bytes = &buffer[..count];
        heard.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        // A closed terminal is no reason to stop reading: the program would hang on a full pipe.
        let _ = to.write_all(bytes).and_then(|()| to.flush());
    }
}

/// A program that runs beside this one. It does not outlive this value.
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
    words: String,
}

impl Running {
    /// Starts a program in a group of its own, which also means that it cannot ask the terminal anything.
    pub(crate) fn start(command: &mut Command) -> Result<Self> {
        if stopping() {
            bail!("stopped before `{}` was started", words(command));
        }
        command.stdin(Stdio::null());
        // Held while starting, so that the end of all children does not miss this one.
        let mut running = children();
        let child = command.process_group(0).spawn().with_context(|| cannot_start(command))?;
        running.insert(child.id());
        drop(running);
        Ok(Self { child, words: words(command) })
    }

    /// Waits for the end.
    pub(crate) fn wait(&mut self) -> Result<ExitStatus> {
        let status =
            self.child.wait().with_context(|| format!("cannot wait for `{}`", self.words))?;
        if stopping() {
            bail!("stopped while `{}` was running", self.words);
        }
        Ok(status)
    }

    /// How it ended, in words, if it has.
    pub(crate) fn ended(&mut self) -> Option<String> {
        self.child.try_wait().ok().flatten().map(ending)
    }

    /// Asks for the end, and insists after a while.
    pub(crate) fn end(&mut self) {
        if self.ended().is_some() {
            return;
        }
        signal_group(self.child.id(), "TERM");
        if !self.ends_within(PATIENCE).unwrap_or(false) {
            signal_group(self.child.id(), "KILL");
            let _ = self.child.wait();
        }
    }

    /// Whether it ends of itself within this time.
    pub(crate) fn ends_within(&mut self, limit: Duration) -> Result<bool> {
        let start = Instant::now();
        let mut pause = Duration::from_millis(1);
        while self
            .child
            .try_wait()
            .with_context(|| format!("cannot wait for `{}`", self.words))?
            .is_none()
        {
            if start.elapsed() > limit {
                return Ok(false);
            }
            thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(50));
        }
        Ok(true)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
        children().remove(&self.child.id());
    }
}

fn children() -> std::sync::MutexGuard<'static, BTreeSet<u32>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The shell's own `kill` is on every system, and needs no unsafe code here.
fn signal_group(group: u32, signal: &str) {
    let _ = Command::new("sh")
        .args(["-c", "kill -\"$1\" -\"$2\"", "sh", signal, &group.to_string()])
        .stderr(Stdio::null())
        .process_group(0)
        .status();
}

fn cannot_start(command: &Command) -> String {
    format!("`{}` cannot be started", command.get_program().to_string_lossy())
}

/// The command as a person would type it.
pub(crate) fn words(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program());
    let name = program.file_name().unwrap_or(program.as_os_str());
    let words = std::iter::once(name).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

fn ending(status: ExitStatus) -> String {
    match status.code() {
        Some(0) => "it ended by itself".to_owned(),
        Some(code) => format!("exit code {code}"),
        None => "ended by a signal".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::time::{Duration, Instant};

    use super::{Running, listen, output, run};

    fn sh(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn both_streams_are_heard() {
        let heard =
            listen(&mut sh("echo out; echo err >&2; exit 3"), Duration::from_secs(10)).unwrap();
        assert!(!heard.success);
        assert!(heard.text.contains("out\n") && heard.text.contains("err\n"), "{}", heard.text);
        assert_eq!(heard.ending, "exit code 3");
    }

    #[test]
    fn what_takes_too_long_is_ended_with_all_it_started() {
        let start = Instant::now();
        let heard =
            listen(&mut sh("sleep 60 & sleep 60; true"), Duration::from_millis(100)).unwrap();
        assert!(!heard.success && start.elapsed() < Duration::from_secs(30));
    }

    #[test]
    fn failures_are_told_in_words() {
        let error = run(&mut sh("exit 7")).unwrap_err().to_string();
        assert_eq!(error, "`sh -c exit 7` did not succeed (exit code 7)");
        let error = output(&mut sh("echo why >&2; false")).unwrap_err().to_string();
        assert!(error.ends_with("(exit code 1): why"), "{error}");
        let error = run(&mut Command::new("no-such-program-here")).unwrap_err().to_string();
        assert_eq!(error, "`no-such-program-here` cannot be started");
    }

    #[test]
    fn a_program_does_not_outlive_its_value() {
        let running = Running::start(&mut sh("sleep 60")).unwrap();
        let id = running.child.id();
        drop(running);
        assert!(!sh(&format!("kill -0 {id} 2>/dev/null")).status().unwrap().success());
    }
}
