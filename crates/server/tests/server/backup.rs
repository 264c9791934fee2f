//! Backups of a server that runs, the way back, and files that are not what was written.

use std::fs::{self, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use chinwag_protocol::Call;
use serde_json::json;
use tempfile::TempDir;

use crate::picture::{Picture, caught_up};
use crate::program::{command, start, stop};
use crate::support::{House, Place, contents, expect, history};

/// Runs the program to its end: whether it succeeded, and what it printed.
pub(crate) async fn run(folder: &Path, arguments: &[&str]) -> (bool, String) {
    let output = expect("its end", command(folder).args(arguments).output()).await.unwrap();
    let [out, err] = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
    (output.status.success(), out + &err)
}

fn picture() -> Call {
    let avatar = Some("data:image/gif;base64,R0lGODlhAQ==".to_owned());
    Call::ChangeProfile { username: None, avatar }
}

#[tokio::test]
async fn a_backup_of_a_server_at_work_is_whole_private_and_can_be_put_back() {
    let folder = TempDir::new().unwrap();
    let (child, address) = start(command(folder.path()).args(["--port", "0"])).await;
    let place = Place::new(address);
    let (ada, bela) = (place.register("ada").await, place.register("bela").await);
    let shown = place.ask(&ada, &picture()).await;
    let avatar = shown["user"]["avatar"].as_str().unwrap().to_owned();
    // People write all the while.
    let (writer, to, by) = (place.clone(), bela.clone(), ada.clone());
    let writing = tokio::spawn(async move {
        for number in 0..60 {
            writer.ask(&by, &to.receives(format!("{number}"))).await;
        }
    });
    let mut files = Vec::new();
    while !writing.is_finished() {
        let name = format!("backup-{}.db", files.len());
        let (done, words) = run(folder.path(), &["backup", &name]).await;
        assert!(done && words.contains("holds all that was kept"), "{words}");
        files.push(name);
    }
    writing.await.unwrap();
    let before = place.beginning(&bela).await;
    let (done, words) = run(folder.path(), &["backup", files.last().unwrap()]).await;
    assert!(!done && words.contains("is there already"), "{words}");
    let (done, words) = run(folder.path(), &["backup", files.last().unwrap(), "--force"]).await;
    assert!(done, "{words}");
    let file = folder.path().join(files.last().unwrap());
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    // Whatever else there is in the folder is no leftover.
    let names = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
    let odd: Vec<_> = names.filter(|name| name.to_str().unwrap().contains(".db.")).collect();
    assert!(odd.is_empty(), "{odd:?}");

    place.ask(&ada, &bela.receives("after the backup")).await;
    let (done, words) = run(folder.path(), &["restore", files.last().unwrap(), "--force"]).await;
    assert!(!done && words.contains("another chinwag-server uses"), "{words}");
    stop(child, "-TERM").await;
    let (done, words) = run(folder.path(), &["restore", files.last().unwrap()]).await;
    assert!(!done && words.contains("holds a store already"), "{words}");

    for (name, total) in [(files.last().unwrap(), Some(60)), (&files[0], None)] {
        let (done, words) = run(folder.path(), &["restore", name, "--force"]).await;
        assert!(done && words.contains("chinwag.db.old"), "{words}");
        let (child, address) = start(command(folder.path()).args(["--port", "0"])).await;
        let place = Place::new(address);
        let page = place.ask(&bela, &history(&ada, 1, 100)).await;
        let texts = contents(&page);
        // Of those that were written meanwhile, the first ones, without holes.
        let all: Vec<_> = (0..texts.len()).map(|number| number.to_string()).collect();
        assert_eq!(texts, all);
        assert!(total.is_none_or(|total| texts.len() == total), "{texts:?}");
        let image =
            expect("the picture", place.request(reqwest::Method::GET, &avatar).send()).await;
        assert_eq!(image.unwrap().bytes().await.unwrap(), "GIF89a\u{1}");
        // What it counts from now on is not what was counted before.
        let after = place.sync(&bela, &before, 10).await;
        assert_eq!(after["reset"], json!(true), "{after}");
        let people = [ada.clone(), bela.clone()];
        let beginning = (place.beginning(&bela).await, Picture::default());
        let caught = caught_up(&place, &bela, beginning).await;
        assert_eq!(caught, Picture::load(&place, &bela, &people).await);
        stop(child, "-TERM").await;
    }
    // What was put aside is a store too.
    fs::create_dir(folder.path().join("again")).unwrap();
    let aside = ["restore", "data/chinwag.db.old", "--data", "again"];
    let (done, words) = run(folder.path(), &aside).await;
    assert!(done, "{words}");
}

#[tokio::test]
async fn what_has_outlived_a_store_is_not_folded_into_the_one_that_is_restored() {
    let house = House::open().await;
    let (ada, bela) = (house.register("ada").await, house.register("bela").await);
    let path = house.folder.path();
    assert!(run(path, &["backup", "backup.db"]).await.0);
    house.ask(&ada, &bela.receives("after the backup")).await;
    // A server was killed, and somebody has moved the file alone.
    fs::create_dir(path.join("again")).unwrap();
    let wal = path.join("again/chinwag.db-wal");
    assert!(fs::copy(path.join("data/chinwag.db-wal"), &wal).unwrap() > 0);
    let restore = ["restore", "backup.db", "--data", "again"];
    let (done, words) = run(path, &restore).await;
    assert!(!done && words.contains("holds a store already"), "{words}");
    let (done, words) = run(path, &[&restore[..], &["--force"]].concat()).await;
    assert!(done && words.contains("chinwag.db.lost"), "{words}");
    assert!(!wal.exists() && path.join("again/chinwag.db.lost-wal").exists());
    let (done, words) = run(path, &["stats", "--data", "again"]).await;
    assert!(done && words.contains("messages\t0\n"), "{words}");
}

#[tokio::test]
async fn what_is_no_backup_is_not_restored_and_nothing_is_lost() {
    let house = House::open().await;
    let ada = house.register("ada").await;
    let folder = house.close().await;
    let path = folder.path();
    fs::write(path.join("text"), "Something else altogether.\n".repeat(1000)).unwrap();
    fs::write(path.join("empty"), "").unwrap();
    for (file, words) in
        [("text", "not a database"), ("empty", "no backup"), ("missing", "there is no missing")]
    {
        let (done, told) = run(path, &["restore", file, "--force"]).await;
        assert!(!done && told.contains(words), "{file}: {told}");
        let (done, told) = run(path, &["restore", file, "--data", "new"]).await;
        assert!(!done && told.contains(words), "{file}: {told}");
        assert!(!path.join("new/chinwag.db").exists());
    }
    let (done, told) = run(path, &["backup", "file.db", "--data", "nowhere"]).await;
    assert!(!done && told.contains("there is no store in nowhere"), "{told}");
    let (done, told) = run(path, &["backup", "data/chinwag.db", "--force"]).await;
    assert!(!done && told.contains("is the store itself"), "{told}");
    let house = House::at(folder, |config| config).await;
    house.ask(&ada, &Call::Me).await;
}

/// Writes over a part of the file in the middle.
fn damage(file: &Path) {
    let length = fs::metadata(file).unwrap().len();
    let mut file = OpenOptions::new().write(true).open(file).unwrap();
    file.seek(SeekFrom::Start(length / 2 / 4096 * 4096)).unwrap();
    file.write_all(&[0xA5; 8192]).unwrap();
}

#[tokio::test]
async fn a_damaged_store_is_told_and_not_started_with_nor_backed_up() {
    let house = House::open().await;
    let (ada, bela) = (house.register("ada").await, house.register("bela").await);
    for number in 0..40 {
        house.ask(&ada, &bela.receives(format!("{number} {}", "x".repeat(4000)))).await;
    }
    let folder = house.close().await;
    let path = folder.path();
    let (done, words) = run(path, &["backup", "good.db"]).await;
    assert!(done, "{words}");
    let store = path.join("data/chinwag.db");
    let whole = fs::read(&store).unwrap();
    damage(&store);
    let (done, words) = run(path, &["--port", "0"]).await;
    assert!(!done && words.contains("is damaged") && words.contains("restore FILE"), "{words}");
    let (done, words) = run(path, &["backup", "bad.db"]).await;
    assert!(!done && !path.join("bad.db").exists(), "{words}");
    assert!(!path.join("bad.db.partial").exists());
    // Its very beginning, without which it is not even a database.
    fs::write(&store, [&[0; 100], &whole[100..]].concat()).unwrap();
    let (done, words) = run(path, &["--port", "0"]).await;
    assert!(!done && words.contains("is damaged"), "{words}");

    let (done, words) = run(path, &["restore", "good.db", "--force"]).await;
    assert!(done, "{words}");
    let house = House::at(folder, |config| config).await;
    assert_eq!(contents(&house.ask(&ada, &history(&bela, 1, 100)).await).len(), 40);
}
