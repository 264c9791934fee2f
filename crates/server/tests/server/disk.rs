//! Disks that are full, fail or may not be written: whoever sends is told, and nothing is half written.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::Stdio;

use chinwag_protocol::{Call, ClientFrame};
use chinwag_server::Config;
use reqwest::{Method, StatusCode};
use serde_json::json;
use tempfile::TempDir;
use tokio::process::Command;

use crate::program::{prepare, start, stop};
use crate::support::{House, Person, Place, Socket, contents, expect, history, name_of};

/// Sends under these names, all at once. Which were stored, and which refused.
async fn send(socket: &mut Socket, to: &Person, names: &[String]) -> (Vec<String>, Vec<String>) {
    let (mut stored, mut refused) = (Vec::new(), Vec::new());
    for name in names {
        let text = format!("{name} {}", "x".repeat(3000));
        socket.send(&to.written_as(name, text)).await;
    }
    while stored.len() + refused.len() < names.len() {
        let frame = socket.next().await;
        let name = frame["data"]["clientMessageId"].as_str().map(str::to_owned);
        match (name_of(&frame), name) {
            ("message_sent", Some(name)) => stored.push(name),
            ("error", Some(name)) => {
                assert_eq!(frame["data"]["code"], json!("internal"), "{frame}");
                assert_eq!(frame["data"]["message"], json!("Server error. Please try again."));
                refused.push(name);
            }
            (other, _) => panic!("{other}: {frame}"),
        }
    }
    (stored, refused)
}

/// What a person has, and was told, must be just these messages.
async fn is_all(place: &Place, from: &Person, to: &Person, names: &[String]) {
    let page = place.ask(to, &history(from, 1, 100)).await;
    let texts: Vec<_> =
        contents(&page).iter().map(|text| text.split(' ').next().unwrap()).collect();
    assert_eq!(texts, names);
    let told = place.missed(to, &place.beginning(to).await).await;
    let told: Vec<_> =
        told.iter().map(|event| event["data"]["clientMessageId"].as_str().unwrap()).collect();
    assert_eq!(told, names);
}

fn numbered(from: usize, to: usize) -> Vec<String> {
    (from..to).map(|number| format!("{number}")).collect()
}

#[tokio::test]
async fn a_full_disk_is_told_to_whoever_sends_and_keeps_what_was_stored() {
    let house = House::with(|config| Config { store_pages: Some(90), ..config }).await;
    let (ada, bela) = (house.register("ada").await, house.register("bela").await);
    let mut socket = house.connect(&ada).await;
    let (mut stored, mut refused) = (Vec::new(), Vec::new());
    for round in 0..6 {
        let (done, not) = send(&mut socket, &bela, &numbered(round * 10, round * 10 + 10)).await;
        stored.extend(done);
        refused.extend(not);
    }
    assert!(!stored.is_empty() && refused.len() > 10, "{stored:?} {refused:?}");
    is_all(&house, &ada, &bela, &stored).await;
    // One by one there is room for some more.
    for name in refused.clone() {
        let call = bela.receives_as(&name, format!("{name} {}", "y".repeat(3000)));
        let (status, body) = house.call(&call, Some(&ada.token)).await;
        if status != StatusCode::CREATED {
            assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR, "{body}");
            assert_eq!(body["message"], json!("Server error. Please try again."));
            break;
        }
        refused.retain(|other| *other != name);
        socket.expect(["message_sent"]).await;
        stored.push(name);
    }
    assert!(!refused.is_empty());
    is_all(&house, &ada, &bela, &stored).await;
    socket.send(&ClientFrame::GetOnlineUsers {}).await;
    socket.expect(["online_users"]).await;
    drop(socket);
    // On a larger disk it goes on.
    let house = House::at(house.close().await, |config| config).await;
    is_all(&house, &ada, &bela, &stored).await;
    let (done, not) = send(&mut house.connect(&ada).await, &bela, &refused).await;
    assert_eq!((done.len(), not.len()), (refused.len(), 0));
    stored.extend(done);
    is_all(&house, &ada, &bela, &stored).await;
}

/// From now on no file may be written beyond so many bytes: each write fails, as those to a failing or full disk do.
async fn limit(id: u32, bytes: &str) {
    let arguments = ["--pid", &id.to_string(), &format!("--fsize={bytes}:")];
    assert!(Command::new("prlimit").args(arguments).status().await.unwrap().success());
}

#[tokio::test]
async fn while_no_write_succeeds_all_is_refused_and_it_goes_on_when_one_does() {
    let folder = TempDir::new().unwrap();
    // The signal that tells of such a write would end the program.
    let mut shell = prepare(Command::new("sh"), folder.path());
    let script = r#"trap "" XFSZ; exec "$0" --port 0"#;
    let (child, address) =
        start(shell.args(["-c", script, env!("CARGO_BIN_EXE_chinwag-server")])).await;
    let (id, place) = (child.id().unwrap(), Place::new(address));
    let (ada, bela) = (place.register("ada").await, place.register("bela").await);
    let mut socket = place.connect(&ada).await;
    let first = numbered(0, 5);
    assert_eq!(send(&mut socket, &bela, &first).await.0, first);
    let ready = async |wanted: StatusCode| {
        let asked = async {
            while place.request(Method::GET, "/readyz").send().await.unwrap().status() != wanted {
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
        };
        expect(&format!("{wanted}"), asked).await;
    };
    ready(StatusCode::OK).await;

    limit(id, "1").await;
    for round in 0..3 {
        let names = numbered(5 + round * 5, 10 + round * 5);
        assert_eq!(send(&mut socket, &bela, &names).await, (vec![], names));
    }
    ready(StatusCode::SERVICE_UNAVAILABLE).await;
    is_all(&place, &ada, &bela, &first).await;
    let (status, _) = place.call(&bela.receives("by REST"), Some(&ada.token)).await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    let call = Call::Register {
        username: "carl".into(),
        email: "carl@example.org".into(),
        password: "secret1".into(),
    };
    assert_eq!(place.call(&call, None).await.0, StatusCode::INTERNAL_SERVER_ERROR);

    limit(id, "unlimited").await;
    ready(StatusCode::OK).await;
    let again = numbered(5, 20);
    assert_eq!(send(&mut socket, &bela, &again).await.0, again);
    is_all(&place, &ada, &bela, &numbered(0, 20)).await;
    assert_eq!(place.call(&call, None).await.0, StatusCode::CREATED);
    drop(socket);
    stop(child, "-TERM").await;
    let house = House::at(folder, |config| config).await;
    is_all(&house, &ada, &bela, &numbered(0, 20)).await;
}

/// Starts the program where it may not write: root may everywhere, so it is nobody then. What it said.
async fn start_without_rights(folder: &Path) -> String {
    let program = folder.join("program");
    fs::copy(env!("CARGO_BIN_EXE_chinwag-server"), &program).unwrap();
    let mut nobody = prepare(Command::new(&program), folder);
    nobody.args(["--port", "0"]).stdout(Stdio::piped());
    if fs::metadata(folder).unwrap().uid() == 0 {
        nobody.uid(65534).gid(65534);
    }
    let output = expect("its end", nobody.output()).await.unwrap();
    assert!(!output.status.success() && output.stdout.is_empty());
    String::from_utf8(output.stderr).unwrap()
}

#[tokio::test]
async fn a_disk_that_may_not_be_written_is_told_at_the_start() {
    let house = House::open().await;
    let ada = house.register("ada").await;
    let folder = house.close().await;
    let (data, store) = (folder.path().join("data"), folder.path().join("data/chinwag.db"));
    let may = |path: &Path, mode| fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    may(folder.path(), 0o755);
    may(&data, 0o555);
    may(&store, 0o444);
    may(&data.join("chinwag.lock"), 0o444);
    let words = start_without_rights(folder.path()).await;
    assert!(words.contains("cannot use the data directory ./data"), "{words}");
    fs::remove_file(data.join("chinwag.lock")).unwrap();
    may(&data, 0o777);
    let words = start_without_rights(folder.path()).await;
    assert!(words.contains("cannot use the store in ./data"), "{words}");
    fs::remove_file(data.join("chinwag.lock")).unwrap();
    may(&store, 0o600);
    // Not even a start has changed it.
    let house = House::at(folder, |config| config).await;
    house.ask(&ada, &Call::Me).await;
}
