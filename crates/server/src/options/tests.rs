use std::fs;
use std::path::Path;

use super::*;

fn options(arguments: &[&str]) -> Result<Options, String> {
    let arguments = [&["chinwag-server"], arguments].concat();
    let arguments = arguments.into_iter().map(OsString::from).collect();
    Options::read(arguments).map_err(|error| error.to_string())
}

fn config(arguments: &[&str]) -> Result<Config, String> {
    options(arguments).map(Config::from)
}

#[test]
fn origins_come_in_lists_or_one_by_one_and_nothing_is_none() {
    let cors = |arguments: &[&str]| {
        let origins = config(arguments)?.cors;
        Ok(origins.iter().map(|origin| origin.as_str().to_owned()).collect::<Vec<_>>())
    };
    let both = ["https://a.example", "http://b.example:8080"];
    let refused = |result: Result<Vec<_>, String>| result.unwrap_err();
    assert_eq!(cors(&["--cors", "https://a.example, http://b.example:8080/"]).unwrap(), both);
    assert_eq!(cors(&["--cors", both[0], "--cors", both[1]]).unwrap(), both);
    assert_eq!(cors(&["--cors", ""]).unwrap(), [""; 0]);
    assert!(refused(cors(&["--cors", "*"])).contains("is not an origin"));
}

#[test]
fn proxies_come_in_lists_as_well_and_none_is_trusted_by_itself() {
    let proxies = |arguments: &[&str]| config(arguments).map(|config| config.proxies);
    let both = ["10.0.0.0/8", "::1"].map(|text| text.parse::<Proxy>().unwrap());
    assert_eq!(proxies(&["--trusted-proxy", "10.0.0.0/8, ::1"]).unwrap(), both);
    assert_eq!(proxies(&["--trusted-proxy", ""]).unwrap(), []);
    assert_eq!(proxies(&[]).unwrap(), []);
    assert!(proxies(&["--trusted-proxy", "nginx"]).unwrap_err().contains("nor a network"));
}

#[test]
fn a_certificate_comes_with_its_key_and_limits_are_on() {
    let with = config(&["--tls-cert", "c.pem", "--tls-key", "k.pem"]).unwrap();
    let certificate = Certificate { chain: "c.pem".into(), key: "k.pem".into() };
    assert_eq!(with.certificate, Some(certificate));
    for half in ["--tls-cert", "--tls-key"] {
        assert!(config(&[half, "x.pem"]).unwrap_err().contains("--tls-"), "{half}");
    }
    assert_eq!(with.limits, Some(Limits::default()));
    assert_eq!(config(&["--rate-limits", "off"]).unwrap().limits, None);
    assert!(config(&["--rate-limits", "maybe"]).is_err());
}

#[test]
fn figures_are_told_nowhere_unless_somebody_wants_them() {
    let metrics = |arguments: &[&str]| config(arguments).map(|config| config.metrics);
    assert_eq!(metrics(&[]).unwrap(), None);
    assert_eq!(metrics(&["--metrics", ""]).unwrap(), None);
    assert_eq!(metrics(&["--metrics", "[::1]:9464"]).unwrap(), "[::1]:9464".parse().ok());
    assert!(metrics(&["--metrics", "9464"]).is_err());
}

#[test]
fn a_file_sets_what_the_command_line_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("chinwag.toml");
    fs::write(
        &file,
        "# A comment.\nport = 4000\nhost = \"::\"\ncors = [\"https://a.example\", \"https://b.example\"]\n\
         rate-limits = false\ntls-cert = \"c.pem\"\n",
    )
    .unwrap();
    let file = file.to_str().unwrap();
    let options = options(&["--port", "5000", "--tls-key", "k.pem", "--config", file]).unwrap();
    let told = options.told();
    for line in [
        "port = 5000    (command line)",
        "host = ::    (file)",
        "cors = https://a.example, https://b.example    (file)",
        "rate-limits = false    (file)",
        "data = ./data    (default)",
    ] {
        assert!(told.contains(line), "{line}: {told}");
    }
    let config = Config::from(options);
    assert_eq!((config.port, config.host.as_str(), config.cors.len()), (5000, "::", 2));
    assert_eq!((config.limits, config.certificate.is_some()), (None, true));
}

#[test]
fn what_a_file_may_not_hold_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("chinwag.toml");
    let equals = format!("--config={}", file.display());
    for (text, words) in [
        ("prot = 4000", "prot"),
        ("config = \"other.toml\"", "config"),
        ("check = true", "check"),
        ("[port]\nnumber = 4000", "port"),
        ("port = 4000\nport = 5000", "duplicate"),
        ("port = ", "chinwag.toml"),
        ("port = 70000", "70000"),
        ("port = [1, 2]", "port"),
        ("log-format = \"loud\"", "loud"),
        ("cors = \"*\"", "is not an origin"),
    ] {
        fs::write(&file, text).unwrap();
        let error = options(&[&equals]).unwrap_err();
        assert!(error.contains(words), "{text}: {error}");
    }
    let error = options(&["--config", "/nowhere/chinwag.toml"]).unwrap_err();
    assert!(error.contains("cannot read /nowhere/chinwag.toml"), "{error}");
}

#[test]
fn what_is_done_beside_serving_has_the_data_directory_before_or_after_it() {
    for arguments in [
        ["--data", "there", "user", "disable", "ada"],
        ["user", "disable", "ada", "--data", "there"],
    ] {
        let options = options(&arguments).unwrap();
        let is_it = matches!(
            options.task(),
            Some(Command::User(UserCommand::Disable { who })) if who == "ada"
        );
        assert!(is_it && options.settings.data == Path::new("there"), "{options:?}");
    }
}
