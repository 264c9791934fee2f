//! The queue of a connection: bounded, and never skipped.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use chinwag_protocol::frame::close;
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Utf8Bytes;
use tokio_util::sync::CancellationToken;

/// The most frames that wait for one connection. Their bytes are bounded apart: this bounds the small ones.
const QUEUED_FRAMES: usize = 8_192;

/// Makes the queue of a connection that holds at most `bytes`.
pub(crate) fn queue(bytes: usize) -> (Outbox, Inbox) {
    let (sender, receiver) = mpsc::channel(QUEUED_FRAMES);
    let queued = Arc::new(AtomicUsize::new(0));
    let overflow = CancellationToken::new();
    let end = End::default();
    (
        Outbox {
            sender,
            queued: queued.clone(),
            limit: bytes,
            overflow: overflow.clone(),
            end: end.clone(),
        },
        Inbox { receiver, queued, overflow, end },
    )
}

/// The end of a connection that this server wants, and the close code that says why.
#[derive(Clone, Debug, Default)]
pub(crate) struct End {
    wanted: CancellationToken,
    code: Arc<OnceLock<u16>>,
}

impl End {
    /// Returns when it is wanted: with what code.
    pub(crate) async fn wanted(&self) -> u16 {
        self.wanted.cancelled().await;
        self.code.get().copied().unwrap_or(close::SERVER_TROUBLE)
    }

    /// The code, where it is wanted.
    pub(crate) fn code(&self) -> Option<u16> {
        self.code.get().copied()
    }

    /// The first reason is the one that is told.
    pub(super) fn want(&self, code: u16) {
        let _ = self.code.set(code);
        self.wanted.cancel();
    }
}

/// Where frames for a connection are put.
#[derive(Debug)]
pub(crate) struct Outbox {
    sender: mpsc::Sender<Utf8Bytes>,
    queued: Arc<AtomicUsize>,
    limit: usize,
    overflow: CancellationToken,
    pub(super) end: End,
}

impl Outbox {
    /// How many bytes wait.
    pub(super) fn waiting(&self) -> usize {
        self.queued.load(Ordering::Relaxed)
    }

    /// Queues a frame, or gives the connection up: one that reads too slowly is ended, never skipped, for it would
    /// not notice what it missed.
    pub(super) fn push(&self, frame: &Utf8Bytes) {
        if self.overflow.is_cancelled() {
            return;
        }
        let queued = self.queued.fetch_add(frame.len(), Ordering::AcqRel) + frame.len();
        // One frame always fits, however small the limit.
        let full = queued > self.limit.max(frame.len());
        if full || self.sender.try_send(frame.clone()).is_err() {
            self.overflow.cancel();
        }
    }
}

/// Where a connection takes its frames from.
#[derive(Debug)]
pub(crate) struct Inbox {
    receiver: mpsc::Receiver<Utf8Bytes>,
    queued: Arc<AtomicUsize>,
    overflow: CancellationToken,
    end: End,
}

impl Inbox {
    /// The next frame. May be dropped and asked again without loss.
    pub(crate) async fn next(&mut self) -> Option<Utf8Bytes> {
        let frame = self.receiver.recv().await?;
        self.queued.fetch_sub(frame.len(), Ordering::AcqRel);
        Some(frame)
    }

    /// The next frame, if one waits already.
    pub(crate) fn waiting(&mut self) -> Option<Utf8Bytes> {
        self.receiver.try_recv().ok()
    }

    /// Ends when the connection has been given up as too slow.
    pub(crate) fn overflow(&self) -> CancellationToken {
        self.overflow.clone()
    }

    /// Whether this server wants the connection to end.
    pub(crate) fn end(&self) -> End {
        self.end.clone()
    }
}
