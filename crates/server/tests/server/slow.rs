//! Connections by hand: slow ones, idle ones, odd ones and too many.

use std::time::{Duration, Instant};

use chinwag_server::{Config, Patience};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::sleep;

use crate::support::{House, expect};

const SHORT: Duration = Duration::from_secs(1);
/// Longer than anything here takes.
const LONG: Duration = Duration::from_mins(1);

async fn patient(patience: Patience) -> House {
    House::with(|config| Config { patience, ..config }).await
}

async fn open(house: &House) -> TcpStream {
    TcpStream::connect(house.server.address()).await.unwrap()
}

/// All that comes until the other end closes.
async fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    // A reset is an end as well.
    let _ = expect("the end of a connection", stream.read_to_end(&mut bytes)).await;
    String::from_utf8_lossy(&bytes).into_owned()
}

/// One answer of the other end, which keeps the connection.
async fn answer(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"}") {
        let read = expect("an answer", stream.read_buf(&mut bytes)).await.unwrap();
        assert!(read > 0, "{}", String::from_utf8_lossy(&bytes));
    }
    String::from_utf8(bytes).unwrap()
}

const ASK: &str = "GET /api/auth/me HTTP/1.1\r\nhost: x\r\n\r\n";

#[tokio::test]
async fn headers_that_come_byte_by_byte_are_not_waited_for() {
    let house = patient(Patience { headers: SHORT, body: LONG, taking: LONG }).await;
    let mut stream = open(&house).await;
    let began = Instant::now();
    let slow = async {
        for byte in ASK.bytes().cycle() {
            // It notices that the other end has closed when it writes again.
            if stream.write_all(&[byte.max(b'a')]).await.is_err() {
                break;
            }
            sleep(SHORT / 20).await;
        }
    };
    expect("the end of a slow connection", slow).await;
    assert!(began.elapsed() >= SHORT);
}

#[tokio::test]
async fn a_connection_that_says_nothing_is_closed_at_first_and_after_an_answer() {
    let house = patient(Patience { headers: SHORT, body: LONG, taking: LONG }).await;
    let mut stream = open(&house).await;
    assert_eq!(rest(&mut stream).await, "");
    let mut stream = open(&house).await;
    for _ in 0..6 {
        sleep(SHORT / 4).await;
        stream.write_all(ASK.as_bytes()).await.unwrap();
        assert!(
            answer(&mut stream).await.starts_with("HTTP/1.1 401"),
            "each answer begins it anew"
        );
    }
    assert_eq!(rest(&mut stream).await, "");
}

#[tokio::test]
async fn a_body_that_does_not_come_is_refused_in_words() {
    let house = patient(Patience { headers: LONG, body: SHORT, taking: LONG }).await;
    let head = "POST /api/auth/login HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n{";
    let mut stream = open(&house).await;
    stream.write_all(head.as_bytes()).await.unwrap();
    let (mut reading, mut writing) = stream.into_split();
    let dripping = tokio::spawn(async move {
        while writing.write_all(b" ").await.is_ok() {
            sleep(SHORT / 20).await;
        }
    });
    let mut told = Vec::new();
    while !told.ends_with(b"}") {
        assert!(expect("an answer", reading.read_buf(&mut told)).await.unwrap() > 0);
    }
    let told = String::from_utf8(told).unwrap();
    assert!(told.starts_with("HTTP/1.1 408"), "{told}");
    assert!(told.ends_with(r#"{"message":"Request took too long","success":false}"#), "{told}");
    dripping.abort();
}

#[tokio::test]
async fn who_takes_nothing_of_an_answer_is_let_go() {
    let house = patient(Patience { headers: LONG, body: LONG, taking: SHORT }).await;
    let dist = house.folder.path().join("dist");
    std::fs::create_dir_all(&dist).unwrap();
    // More than all buffers between hold.
    let size = 64 * 1024 * 1024;
    std::fs::File::create(dist.join("large.bin")).unwrap().set_len(size).unwrap();
    let mut stream = open(&house).await;
    stream.write_all(b"GET /large.bin HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    sleep(SHORT * 2).await;
    let mut taken = 0;
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(read @ 1..) = expect("the end", stream.read(&mut buffer)).await {
        taken += read as u64;
    }
    assert!(taken < size, "it was let go");
    // Who takes a little now and then is not. The system tells the server that some was taken once a good part of its
    // buffers is free again, of megabytes in all: so this end's is small, and what is taken not too little.
    let small = TcpSocket::new_v4().unwrap();
    small.set_recv_buffer_size(64 * 1024).unwrap();
    let mut stream = small.connect(house.server.address()).await.unwrap();
    stream.write_all(b"GET /large.bin HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let began = Instant::now();
    let mut taken = 0;
    while began.elapsed() < SHORT * 2 {
        taken += expect("more", stream.read(&mut buffer)).await.unwrap() as u64;
        sleep(SHORT / 500).await;
    }
    while taken < size {
        let read = expect("the rest", stream.read(&mut buffer)).await.unwrap() as u64;
        assert!(read > 0, "{taken}");
        taken += read;
    }
}

#[tokio::test]
async fn too_many_or_too_large_headers_are_refused() {
    let house = House::open().await;
    for headers in ["x: y\r\n".repeat(100), format!("x: {}\r\n", "y".repeat(20_000))] {
        let mut stream = open(&house).await;
        let request = format!("GET /api/auth/me HTTP/1.1\r\nhost: x\r\n{headers}\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let told = rest(&mut stream).await;
        assert!(told.starts_with("HTTP/1.1 431"), "{told}");
    }
    let mut stream = open(&house).await;
    let long = format!("GET /{} HTTP/1.1\r\nhost: x\r\n\r\n", "a".repeat(20_000));
    stream.write_all(long.as_bytes()).await.unwrap();
    let told = rest(&mut stream).await;
    assert!(told.starts_with("HTTP/1.1 4"), "{told}");
}

#[tokio::test]
async fn when_all_connections_are_taken_others_are_told_so_until_one_is_free() {
    let house = House::with(|config| Config { connections: 2, ..config }).await;
    let mut first = open(&house).await;
    first.write_all(ASK.as_bytes()).await.unwrap();
    answer(&mut first).await;
    // A socket keeps its place for as long as it lives.
    let mut second = open(&house).await;
    let upgrade = "GET /ws HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
                   sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    second.write_all(upgrade.as_bytes()).await.unwrap();
    let mut begun = vec![0; 12];
    expect("the upgrade", second.read_exact(&mut begun)).await.unwrap();
    assert_eq!(begun, b"HTTP/1.1 101");
    for _ in 0..3 {
        let mut third = open(&house).await;
        third.write_all(ASK.as_bytes()).await.unwrap();
        let told = rest(&mut third).await;
        assert!(told.starts_with("HTTP/1.1 503"), "{told}");
        assert!(told.contains("retry-after: 5\r\n"), "{told}");
        assert!(told.contains("The server is full. Try again later."), "{told}");
    }
    drop(first);
    let freed = async {
        loop {
            let mut third = open(&house).await;
            third.write_all(ASK.as_bytes()).await.unwrap();
            let mut begun = vec![0; 12];
            // Maybe it is told first that there is no room, and reset.
            if third.read_exact(&mut begun).await.is_ok() && begun == b"HTTP/1.1 401" {
                break;
            }
            sleep(SHORT / 20).await;
        }
    };
    expect("a place", freed).await;
}
