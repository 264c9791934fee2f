//! Taking connections: how many at once, how slow they may be, and with TLS or without.
//!
//! `axum::serve` knows none of these bounds, so that connections are handed to hyper here. Whoever sends or takes a little
//! at a time, or nothing, does not keep a connection for long; and who comes when all are taken is told so.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::{Request, service};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower_service::Service;

use crate::address::{self, Address, Peer, Proxy};
use crate::limits::{Held, Place};
use crate::metrics::{Refused, Room};
use crate::tls::Tls;

mod patient;
pub(crate) mod sound;

use patient::Patient;

/// The most bytes of a request's headers, and the most headers. Browsers send some twenty in a few kilobytes; a socket's
/// address holds a token of 64 bytes.
const HEADER_BYTES: usize = 16 * 1024;
const HEADERS: usize = 64;
/// How many are told at once that there is no room. Who comes while that many are being told is just let go.
const REFUSALS: usize = 32;
/// How long it may take to tell somebody so.
const REFUSAL: Duration = Duration::from_secs(1);
/// How long to wait where no connection can be taken: mostly there are too many open files.
const BREATH: Duration = Duration::from_millis(500);
/// So often the log says that there is no room, however many come.
const COMPLAINT: Duration = Duration::from_secs(10);
/// An answer to whoever is not let in, with the headers that all answers have (`app`).
macro_rules! refusal {
    ($status:literal, $length:literal, $seconds:literal, $body:literal) => {
        concat!(
            "HTTP/1.1 ",
            $status,
            "\r\ncontent-type: application/json\r\ncontent-length: ",
            $length,
            "\r\ncontent-security-policy: default-src 'none'; frame-ancestors 'none'\r\n\
            x-content-type-options: nosniff\r\n\
            x-frame-options: DENY\r\n\
            referrer-policy: no-referrer\r\n\
            cross-origin-opener-policy: same-origin\r\n\
            permissions-policy: camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()\r\n\
            cache-control: no-store\r\nretry-after: ",
            $seconds,
            "\r\nconnection: close\r\n\r\n",
            $body,
            "\r\n",
        )
    };
}

/// What whoever comes when there is no room is told.
const FULL: &str = refusal!(
    "503 Service Unavailable",
    68,
    5,
    r#"{"success":false,"message":"The server is full. Try again later."}"#
);
/// What whoever comes from an address that has as many connections as it may is told.
const CROWDED: &str = refusal!(
    "429 Too Many Requests",
    115,
    10,
    r#"{"success":false,"message":"Too many connections from your network. Try again in 10 seconds.","retryAfter":10000}"#
);

/// How slow a connection may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// Until a request's headers are there, from the connection's beginning or the last answer's end. So long a connection
    /// may also be idle.
    pub headers: Duration,
    /// Until a request's body is there.
    pub body: Duration,
    /// Until some more of an answer or of a socket's frames is taken.
    pub taking: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { headers: seconds(10), body: seconds(30), taking: seconds(30) }
    }
}

/// What connections are served with.
pub(crate) struct Serving {
    pub(crate) listener: TcpListener,
    pub(crate) router: Router,
    pub(crate) tls: Option<Tls>,
    pub(crate) patience: Patience,
    /// The most connections at once.
    pub(crate) room: Room,
    /// The connections of each address.
    pub(crate) held: Held,
    /// Those whose connections are many people's: they are counted one by one (`limits`).
    pub(crate) proxies: Vec<Proxy>,
    /// How often an address had too many.
    pub(crate) refused: Refused,
    pub(crate) stopping: CancellationToken,
}

impl Serving {
    /// Takes connections until the server stops, and returns when all of them have ended.
    pub(crate) async fn run(self) {
        let Self { listener, router, tls, patience, room, held, proxies, refused, stopping } = self;
        let refusals = Arc::new(Semaphore::new(REFUSALS));
        let tasks = TaskTracker::new();
        let mut complained: Option<Instant> = None;
        loop {
            let taken = tokio::select! {
                () = stopping.cancelled() => break,
                taken = listener.accept() => taken,
            };
            let (stream, peer) = match taken {
                Ok(taken) => taken,
                // That one has gone again already.
                Err(error) if is_its_own(&error) => continue,
                Err(error) => {
                    tracing::error!(%error, "could not take a connection");
                    sleep(BREATH).await;
                    continue;
                }
            };
            // In plain words only: to speak TLS with those who are refused would be work of the kind that is refused.
            let refuse = |stream, words| {
                if let (None, Ok(permit)) = (&tls, refusals.clone().try_acquire_owned()) {
                    tasks.spawn(refuse(stream, words, permit));
                }
            };
            let place = if address::is_proxy(peer.ip(), &proxies) {
                None
            } else if let Some(place) = held.take(Address::from(peer.ip())) {
                Some(place)
            } else {
                refused.count("connections_from");
                refuse(stream, CROWDED);
                continue;
            };
            let Ok(permit) = room.free.clone().try_acquire_owned() else {
                room.full.inc();
                if complained.is_none_or(|at| at.elapsed() >= COMPLAINT) {
                    let connections = room.places;
                    tracing::warn!(%connections, "connections are refused: there are too many");
                    complained = Some(Instant::now());
                }
                refuse(stream, FULL);
                continue;
            };
            let (router, stopping) = (router.clone(), stopping.clone());
            let one = One { router, peer, taken: (permit, place), patience, stopping };
            let tls = tls.clone();
            tasks.spawn(async move {
                // Frames are small and wait for nothing.
                let _ = stream.set_nodelay(true);
                let Some(tls) = tls else { return one.serve(stream).await };
                let greeted = tokio::select! {
                    () = one.stopping.cancelled() => return,
                    greeted = timeout(patience.headers, tls.accept(stream)) => greeted,
                };
                match greeted {
                    Ok(Ok(stream)) => one.serve(stream).await,
                    Ok(Err(error)) => tracing::debug!(%error, "no TLS came about"),
                    Err(_) => tracing::debug!("no TLS came about in time"),
                }
            });
        }
        drop(listener);
        tasks.close();
        tasks.wait().await;
    }
}

/// A connection's place among all, and among those of its address.
type Taken = (OwnedSemaphorePermit, Option<Place>);

/// One connection.
struct One {
    router: Router,
    peer: SocketAddr,
    taken: Taken,
    patience: Patience,
    stopping: CancellationToken,
}

impl One {
    async fn serve<S>(self, stream: S)
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let Self { router, peer, taken, patience, stopping } = self;
        // A socket goes on with it when the connection's task has ended.
        let stream = Patient::new(stream, patience.taking, taken);
        let service = service::service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(Peer(peer));
            router.clone().call(request)
        });
        let connection =
            http(patience).serve_connection(TokioIo::new(stream), service).with_upgrades();
        tokio::pin!(connection);
        let ended = tokio::select! {
            ended = &mut connection => ended,
            () = stopping.cancelled() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%error, "a connection broke");
        }
    }
}

/// How requests are read.
pub(crate) fn http(patience: Patience) -> http1::Builder {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(patience.headers)
        .max_headers(HEADERS)
        .max_header_size(HEADER_BYTES);
    http
}

/// Tells somebody why there is no room for them, and waits until they have heard it: closed with something unread, a connection
/// takes its answer with it.
async fn refuse(mut stream: TcpStream, words: &str, permit: OwnedSemaphorePermit) {
    let told = async {
        stream.write_all(words.as_bytes()).await?;
        stream.shutdown().await?;
        let mut rest = [0; 1024];
        while stream.read(&mut rest).await? > 0 {}
        Ok::<_, io::Error>(())
    };
    let _ = timeout(REFUSAL, told).await;
    drop(permit);
}

/// Whether an error is that of the one connection and says nothing of the next.
fn is_its_own(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

#[cfg(test)]
mod tests {
    use axum::response::Response;

    use super::*;
    use crate::app;

    #[tokio::test]
    async fn the_refusals_are_as_long_as_they_say_and_can_do_nothing_in_a_browser() {
        let all = app::hardened(Response::default()).await;
        for words in [FULL, CROWDED] {
            let (head, body) = words.split_once("\r\n\r\n").unwrap();
            let length = format!("content-length: {}\r\n", body.len());
            assert!(head.contains(&length), "{}", body.len());
            assert!(!all.headers().is_empty());
            for (name, value) in all.headers() {
                let line = format!("\r\n{name}: {}\r\n", value.to_str().unwrap());
                assert!(head.contains(&line), "{line}");
            }
        }
    }
}
