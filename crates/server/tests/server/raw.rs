//! Requests by hand, byte by byte as they are written, and what is told.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{House, expect};

/// One answer.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) status: u16,
    /// The lines before the body, in lower case.
    pub(crate) head: String,
    /// All that follows, other answers as well.
    pub(crate) body: Vec<u8>,
}

impl Told {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(known, _)| *known == name).map_or("", |(_, value)| value)
    }
}

/// Says this on a connection of its own: all that comes until the other end closes.
pub(crate) async fn heard(house: &House, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(house.server.address()).await.unwrap();
    // Who is refused half-way need not be listened to.
    let _ = stream.write_all(bytes).await;
    let mut heard = Vec::new();
    let _ = expect("an answer", stream.read_to_end(&mut heard)).await;
    heard
}

/// The same, where it is answered.
pub(crate) async fn said(house: &House, bytes: &[u8]) -> Told {
    let all = heard(house, bytes).await;
    let shown = || String::from_utf8_lossy(bytes.get(..200).unwrap_or(bytes)).into_owned();
    let end = all.windows(4).position(|four| four == b"\r\n\r\n");
    let end = end.unwrap_or_else(|| panic!("{:?} was answered {all:?}", shown()));
    let (head, body) = all.split_at(end + 4);
    let head = String::from_utf8(head.to_vec()).unwrap().to_lowercase();
    let status = head.strip_prefix("http/1.").and_then(|rest| rest.get(2..5)?.parse().ok());
    Told { status: status.unwrap(), head, body: body.to_vec() }
}

/// The statuses of all answers on a connection.
pub(crate) async fn statuses(house: &House, bytes: &[u8]) -> Vec<u16> {
    let heard = String::from_utf8_lossy(&heard(house, bytes).await).into_owned();
    let answers = heard.match_indices("HTTP/1.").map(|(at, _)| &heard[at..]);
    answers.filter_map(|answer| answer.get(9..12)?.parse().ok()).collect()
}
