//! A socket's bytes by hand: frames that no browser sends end their connection and nothing else.

use chinwag_protocol::Call;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{House, Person, expect};

/// Opens a socket, and takes all that is told up to the first two frames' beginning.
async fn open(house: &House, person: &Person) -> TcpStream {
    let mut stream = TcpStream::connect(house.server.address()).await.unwrap();
    let token = person.token.reveal();
    let request = format!(
        "GET /ws?token={token} HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut told = Vec::new();
    while !told.windows(12).any(|part| part == b"online_users") {
        let read = expect("the greeting", stream.read_buf(&mut told)).await.unwrap();
        assert!(read > 0, "{}", String::from_utf8_lossy(&told));
    }
    stream
}

/// A frame with these first bits, masked with nothing.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let length = payload.len();
    let mut bytes = vec![first];
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(length @ ..=125), _) => bytes.push(0x80 | length),
        (_, Ok(length)) => {
            bytes.push(0xfe);
            bytes.extend(length.to_be_bytes());
        }
        _ => {
            bytes.push(0xff);
            bytes.extend((length as u64).to_be_bytes());
        }
    }
    bytes.extend([0; 4]);
    bytes.extend(payload);
    bytes
}

/// All that comes until the end, and the code of the close.
async fn ending(stream: &mut TcpStream) -> Option<u16> {
    let mut told = Vec::new();
    // A reset is an end as well.
    let _ = expect("the end", stream.read_to_end(&mut told)).await;
    let at = told.windows(2).rposition(|pair| pair == [0x88, 0x02])?;
    let code = told.get(at + 2..at + 4)?;
    Some(u16::from_be_bytes([code[0], code[1]]))
}

#[tokio::test]
async fn frames_that_no_browser_sends_end_their_connection_and_nothing_else() {
    let house = House::open().await;
    let (ada, bela) = (house.register("ada").await, house.register("béla").await);
    let mut belas = house.connect(&bela).await;
    let part = vec![b' '; 30 * 1024];
    let parts = [frame(0x01, &part), frame(0x00, &part), frame(0x00, &part)].concat();
    let declared = |length: u64| [&[0x81, 0xff][..], &length.to_be_bytes(), &[0; 4]].concat();
    for (what, bytes) in [
        ("more than 64 KB in parts, each of which would do", parts),
        ("64 KB and one byte", frame(0x81, &vec![b' '; 64 * 1024 + 1])),
        ("as much as can be said, of which nothing comes", declared(u64::MAX >> 1)),
        ("more than can be said", declared(u64::MAX)),
        ("four gigabytes", declared(1 << 32)),
        ("not masked", b"\x81\x02{}".to_vec()),
        ("a bit that means nothing", frame(0xc1, b"{}")),
        ("a kind that there is not", frame(0x83, b"{}")),
        ("a part of nothing", frame(0x80, b"{}")),
        ("a text in the midst of a text", [frame(0x01, b"{"), frame(0x81, b"}")].concat()),
        ("a long ping", frame(0x89, &[0; 126])),
        ("a ping in parts", frame(0x09, b"")),
        ("no text", frame(0x81, b"\xff\xfe")),
        ("HTTP", b"GET / HTTP/1.1\r\nhost: x\r\n\r\n".to_vec()),
    ] {
        let mut stream = open(&house, &ada).await;
        belas.expect(["user_online", "online_users"]).await;
        // It may be ended before all of it is taken.
        let _ = stream.write_all(&bytes).await;
        let code = ending(&mut stream).await;
        assert!(code.is_none_or(|code| code == 1009 || code == 1002), "{what}: {code:?}");
        let frame = belas.next().await;
        assert_eq!(frame["type"], json!("user_offline"), "{what}");
        assert_eq!(belas.next().await["type"], json!("online_users"), "{what}");
    }
    // The other's socket has lived through it all.
    house.ask(&bela, &Call::Me).await;
    belas.expect_silence().await;
}

#[tokio::test]
async fn parts_of_a_message_that_never_ends_are_not_waited_for_beyond_its_bound() {
    let house = House::open().await;
    let ada = house.register("ada").await;
    let mut stream = open(&house, &ada).await;
    let mut sent = frame(0x01, b"x").len();
    stream.write_all(&frame(0x01, b"x")).await.unwrap();
    let part = frame(0x00, &[b'x'; 100]);
    while stream.write_all(&part).await.is_ok() {
        sent += part.len();
        // What the system holds for the other end is all that can be on its way.
        assert!(sent < 64 * 1024 * 1024, "nobody ends it");
    }
}
