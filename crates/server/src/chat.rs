//! What people do to each other: come and go, write, read, type, take another name. One place for the socket and for REST, so that a
//! message sent either way is stored, answered and pushed alike.
//!
//! All of it goes through one queue to one task, the desk. That gives one order to everything: what is stored first
//! is told first, on every connection; somebody who comes misses nothing between the list of waiting messages and
//! the first frame; and whoever hangs up in the middle of a call cannot part the storing from the telling.
//!
//! What never lives here: sockets and HTTP, SQL, passwords, and what a session is.

use std::sync::Arc;
use std::time::Duration;

use chinwag_protocol::frame::FrameError;
use chinwag_protocol::{ClientFrame, ClientId, Message, SessionId, User, UserId};
use prometheus_client::metrics::histogram::Histogram;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::clock::Clock;
use crate::error::Error;
use crate::hub::{ConnectionId, Hub, Newcomer};
use crate::metrics;
use crate::pictures;
use crate::rules::Keyed;
use crate::store::Store;

mod desk;

/// How much may wait for the desk. A connection that sends faster is read no further until there is room.
const QUEUE: usize = 1_024;

/// What the desk is asked to do.
#[derive(Debug)]
enum Job {
    /// Somebody opened a socket.
    Connect(desk::Coming),
    /// A socket ended.
    Disconnect { user: UserId, connection: ConnectionId },
    /// Sessions have ended, and are gone from the store: so do their sockets.
    End { user: UserId, ended: Ended, done: oneshot::Sender<Result<(), Error>> },
    /// Somebody does something.
    Act(Act),
    /// Somebody wants to know when all before this is done, and told.
    Settle(oneshot::Sender<()>),
    /// The server is about to stop: everybody goes at once.
    Drain,
    /// The server stops: what is queued before this is still done.
    Stop,
}

/// Which sessions of a person have ended.
#[derive(Debug)]
pub(crate) enum Ended {
    /// This one.
    One(SessionId),
    /// All but this one.
    AllBut(SessionId),
    /// Those that are gone from the store.
    Gone,
}

/// Something that a person does.
#[derive(Debug)]
struct Act {
    user: User,
    deed: Deed,
    origin: Origin,
    /// When it was handed in.
    began: Instant,
}

/// What a person does.
#[derive(Debug)]
enum Deed {
    Send(Draft),
    MarkRead {
        sender: UserId,
    },
    Type {
        to: UserId,
        is_typing: bool,
    },
    AskOnline,
    ChangeProfile(Profile),
    /// Sends what is not heeded. It waits its turn like all others, so that answers keep their order.
    Refuse(Unheeded),
}

/// What others are to see of somebody; what is left out stays.
#[derive(Debug)]
pub(crate) struct Profile {
    /// The name.
    pub(crate) username: Option<Keyed>,
    /// The picture.
    pub(crate) picture: Option<pictures::Wanted>,
}

/// A frame that is not heeded.
#[derive(Debug)]
pub(crate) struct Unheeded {
    /// Why.
    pub(crate) why: Why,
    /// What the client calls it, where it is a send of which at least that can be read.
    pub(crate) client_id: Option<ClientId>,
}

/// Why a frame is not heeded.
#[derive(Debug)]
pub(crate) enum Why {
    /// It is none of the protocol.
    Garbled(FrameError),
    /// It is a message, and too many were sent of late.
    TooMany {
        /// How long it is until it may come again.
        wait: Duration,
    },
}

impl Unheeded {
    /// A text that cannot be read.
    pub(crate) fn garbled(text: &str, error: FrameError) -> Self {
        Self { why: Why::Garbled(error), client_id: ClientId::of_send(text) }
    }

    /// What whoever sent it is told.
    fn error(&self) -> Error {
        match &self.why {
            Why::Garbled(error) => Error::refused(error.to_string()),
            Why::TooMany { wait } => Error::TooMany { wait: *wait },
        }
    }
}

/// A message that is to be sent.
#[derive(Debug)]
pub(crate) struct Draft {
    /// To whom.
    pub(crate) to: UserId,
    /// The text.
    pub(crate) content: String,
    /// Its kind.
    pub(crate) message_type: String,
    /// What the sender's client calls it: stored once, however often it comes (protocol §3, `idempotent_send`).
    pub(crate) client_id: Option<ClientId>,
}

/// Who waits for the answer.
#[derive(Debug)]
enum Origin {
    /// A socket: it is told by frames.
    Connection(ConnectionId),
    /// A call.
    Call(oneshot::Sender<Result<Option<Message>, Error>>),
}

impl Deed {
    /// What the client calls it, where it sends a message.
    fn client_id(&self) -> Option<&ClientId> {
        match self {
            Self::Send(draft) => draft.client_id.as_ref(),
            Self::Refuse(unheeded) => unheeded.client_id.as_ref(),
            Self::MarkRead { .. }
            | Self::Type { .. }
            | Self::AskOnline
            | Self::ChangeProfile(_) => None,
        }
    }

    fn of(frame: Result<ClientFrame, Unheeded>) -> Self {
        match frame {
            Ok(ClientFrame::ChatMessage {
                receiver_id,
                content,
                message_type,
                client_message_id,
            }) => Self::Send(Draft {
                to: receiver_id,
                content,
                message_type,
                client_id: client_message_id,
            }),
            Ok(ClientFrame::TypingStart { receiver_id }) => {
                Self::Type { to: receiver_id, is_typing: true }
            }
            Ok(ClientFrame::TypingStop { receiver_id }) => {
                Self::Type { to: receiver_id, is_typing: false }
            }
            Ok(ClientFrame::MarkRead { sender_id }) => Self::MarkRead { sender: sender_id },
            Ok(ClientFrame::GetOnlineUsers {}) => Self::AskOnline,
            Err(unheeded) => Self::Refuse(unheeded),
        }
    }
}

/// The way to the desk. Cloned freely.
#[derive(Clone, Debug)]
pub(crate) struct Chat {
    jobs: mpsc::Sender<Job>,
    /// How long it takes from a deed that is handed in to what follows being queued for all who are told.
    times: Histogram,
}

impl Chat {
    /// Whether there is nobody at the desk any more: then nothing can be done.
    pub(crate) fn has_ended(&self) -> bool {
        self.jobs.is_closed()
    }

    /// Returns when there is nobody at the desk any more.
    pub(crate) async fn ended(&self) {
        self.jobs.closed().await;
    }

    /// Opens the desk, at which each person has at most so many sockets.
    pub(crate) async fn open(
        store: Store,
        hub: Arc<Hub>,
        clock: Clock,
        sockets: usize,
    ) -> Result<(Self, JoinHandle<()>), Error> {
        let (jobs, queue) = mpsc::channel(QUEUE);
        let times = metrics::times();
        let desk = desk::Desk::new(store, hub, clock, sockets, times.clone()).await?;
        Ok((Self { jobs, times }, tokio::spawn(desk.run(queue))))
    }

    /// How long deeds take.
    pub(crate) fn times(&self) -> &Histogram {
        &self.times
    }

    /// How much waits for the desk.
    pub(crate) fn waiting(&self) -> usize {
        self.jobs.max_capacity() - self.jobs.capacity()
    }

    /// Brings a connection in. Its first frames are queued when this returns.
    pub(crate) async fn connect(&self, user: UserId, newcomer: Newcomer) -> Result<(), Error> {
        let (reply, answer) = oneshot::channel();
        self.ask(Job::Connect(desk::Coming { user, newcomer, reply })).await?;
        answer.await.map_err(Error::internal)?
    }

    /// Takes a connection out.
    pub(crate) async fn disconnect(&self, user: UserId, connection: ConnectionId) {
        // Refused only when the desk has closed: then nobody is there to be told.
        let _ = self.ask(Job::Disconnect { user, connection }).await;
    }

    /// Closes the sockets of sessions that are gone from the store. They can do nothing more when this returns.
    ///
    /// # Errors
    /// Where it could not be seen which have ended, or there is nobody at the desk: it is to be tried again.
    pub(crate) async fn end(&self, user: UserId, ended: Ended) -> Result<(), Error> {
        let (done, is_done) = oneshot::channel();
        self.ask(Job::End { user, ended, done }).await?;
        is_done.await.map_err(|_| Error::internal("the desk has closed"))?
    }

    /// Changes what others see of somebody, and tells them.
    pub(crate) async fn change_profile(&self, user: User, profile: Profile) -> Result<(), Error> {
        self.call(user, Deed::ChangeProfile(profile)).await.map(drop)
    }

    /// Hands in what a socket said. The answer comes as frames, in the order in which this was called.
    pub(crate) async fn frame(
        &self,
        user: User,
        connection: ConnectionId,
        frame: Result<ClientFrame, Unheeded>,
    ) -> Result<(), Error> {
        let origin = Origin::Connection(connection);
        let (deed, began) = (Deed::of(frame), Instant::now());
        self.ask(Job::Act(Act { user, deed, origin, began })).await
    }

    /// Sends a message for a call.
    pub(crate) async fn send(&self, user: User, draft: Draft) -> Result<Message, Error> {
        let message = self.call(user, Deed::Send(draft)).await?;
        message.ok_or_else(|| Error::internal("a message was sent and not told"))
    }

    /// Marks what `sender` wrote to `user` as read, for a call.
    pub(crate) async fn mark_read(&self, user: User, sender: UserId) -> Result<(), Error> {
        self.call(user, Deed::MarkRead { sender }).await.map(drop)
    }

    /// Returns when everything before is done, and what follows from it is queued for whoever is told.
    pub(crate) async fn settle(&self) {
        let (reply, answer) = oneshot::channel();
        if self.ask(Job::Settle(reply)).await.is_ok() {
            let _ = answer.await;
        }
    }

    /// From now on those who go do so because the server stops: all are noted at once, and nobody is told of each.
    pub(crate) async fn drain(&self) {
        let _ = self.ask(Job::Drain).await;
    }

    /// Closes the desk once everything before is done.
    pub(crate) async fn stop(&self) {
        let _ = self.ask(Job::Stop).await;
    }

    async fn call(&self, user: User, deed: Deed) -> Result<Option<Message>, Error> {
        let (reply, answer) = oneshot::channel();
        let (origin, began) = (Origin::Call(reply), Instant::now());
        self.ask(Job::Act(Act { user, deed, origin, began })).await?;
        answer.await.map_err(Error::internal)?
    }

    async fn ask(&self, job: Job) -> Result<(), Error> {
        self.jobs.send(job).await.map_err(|_| Error::internal("the server is stopping"))
    }
}

#[cfg(test)]
mod tests;
