//! What is handed to administrators: the unit for systemd and the file of options. (The proxies' are in `proxies`.)

use std::path::{Path, PathBuf};

use tempfile::TempDir;
use tokio::process::Command;

use crate::backup::run;
use crate::support::expect;

fn handed(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy").join(name)
}

#[tokio::test]
async fn the_file_of_options_is_one() {
    let folder = TempDir::new().unwrap();
    let file = handed("chinwag.toml");
    let (good, told) = run(folder.path(), &["--config", file.to_str().unwrap(), "--check"]).await;
    assert!(good, "{told}");
    for line in ["trusted-proxy = 127.0.0.1    (file)", "metrics = 127.0.0.1:9464    (file)"] {
        assert!(told.lines().any(|other| other == line), "{line}: {told}");
    }
}

#[tokio::test]
async fn systemd_understands_the_unit() {
    let folder = TempDir::new().unwrap();
    let unit = std::fs::read_to_string(handed("chinwag.service")).unwrap();
    // It looks for the program as well.
    let unit = unit.replace("/usr/local/bin/chinwag-server", env!("CARGO_BIN_EXE_chinwag-server"));
    let file = folder.path().join("chinwag.service");
    std::fs::write(&file, unit).unwrap();
    let mut verify = Command::new("systemd-analyze");
    let Ok(output) = expect("its end", verify.arg("verify").arg(&file).output()).await else {
        eprintln!("skipped: there is no systemd-analyze");
        return;
    };
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && !words.contains("chinwag"), "{words}");
}
