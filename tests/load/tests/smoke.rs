//! The server under a little load, in this process: nothing is lost, nothing comes twice, nothing overtakes, and whoever
//! comes is told to the others in few words.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use chinwag_load::crowd::Crowd;
use chinwag_load::line::{Kind, Line, Tally};
use chinwag_load::people::{self, Person};
use chinwag_load::scenes::settle;
use chinwag_load::talk::{Plan, talk};
use chinwag_server::{Config, Cost, Server};
use tempfile::TempDir;

async fn server(count: usize) -> Result<(Server, Vec<Person>, TempDir)> {
    let folder = tempfile::tempdir()?;
    let config = Config {
        port: 0,
        password_cost: Cost::LEAST,
        limits: None,
        ..Config::new(folder.path().join("data"), folder.path().join("dist"))
    };
    let server = Server::start(config).await?;
    let people = people::make(&folder.path().join("data"), count).await?;
    Ok((server, people, folder))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_hundred_who_write_nothing_is_lost_doubled_or_out_of_order() {
    for kind in [Kind::Changes, Kind::Base] {
        let (server, people, _folder) = server(200).await.unwrap();
        // So slow that each message waits for the one before on no machine, and so fast that they share transactions.
        let plan = Plan { rate: 400, seconds: 2, patience: Duration::from_mins(1) };
        let talk = talk(server.address(), &people, kind, plan).await.unwrap();
        assert_eq!((talk.sent, talk.to_received.count()), (800, 800));
        assert_eq!(talk.to_acknowledged.count(), 800);
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_comes_among_many_is_told_in_few_words() {
    let (server, people, _folder) = server(220).await.unwrap();
    let (there, others) = people.split_at(200);
    let tally = Arc::new(Tally::default());
    let address = server.address();
    let crowd = Crowd::gather(address, there, 1, Kind::Changes, &tally).await.unwrap();
    let apart = Arc::new(Tally::default());
    let mut came = Vec::new();
    for person in others {
        came.push(Line::open(address, person, Kind::Changes, apart.clone()).await.unwrap());
    }
    settle(&tally, Duration::from_secs(1)).await;
    let (frames, bytes) = tally.presence();
    // Each of the twenty to each of the two hundred.
    assert!(bytes >= 20 * 200 * 80, "{bytes} bytes");
    // Each of all who came to each who was there, at most, in some 110 bytes and the frames around them. Whole lists would be
    // ten times as much for the twenty alone.
    assert!(frames <= 220 * 200, "{frames} frames");
    assert!(bytes < 220 * 200 * 200, "{bytes} bytes");
    for line in came {
        line.close().await.unwrap();
    }
    crowd.part().await.unwrap();
    server.stop().await;
}
