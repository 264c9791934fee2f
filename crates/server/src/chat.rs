//! What people do to each other: come and go, write, read, type, take another name. One place for the socket and for REST, so that a
//! message sent either way is stored, answered and pushed alike.
//!
//! All of it goes through one queue to one task, the desk. That gives one order to everything: what is stored first
//! is told first, on every connection; somebody who comes misses nothing between the list of waiting messages and
//! the first frame; and whoever hangs up in the middle of a call cannot part the storing from the telling.
//!
//! What never lives here: sockets and HTTP, SQL, passwords, and what a session is.

use std::sync::Arc;

use chinwag_protocol::frame::FrameError;
use chinwag_protocol::{ClientFrame, ClientId, Message, SessionId, User, UserId};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::clock::Clock;
use crate::error::Error;
use crate::hub::{ConnectionId, Hub, Outbox};
use crate::pictures;
use crate::rules::Keyed;
use crate::store::Store;

mod desk;

/// How much may wait for the desk. A connection that sends faster is read no further until there is room.
const QUEUE: usize = 256;

/// What the desk is asked to do.
#[derive(Debug)]
enum Job {
    /// Somebody opened a socket.
    Connect {
        user: User,
        session: SessionId,
        connection: ConnectionId,
        outbox: Outbox,
        reply: oneshot::Sender<Result<(), Error>>,
    },
    /// A socket ended.
    Disconnect { user: User, connection: ConnectionId },
    /// Sessions have ended, and are gone from the store: so do their sockets.
    End { user: UserId, ended: Ended },
    /// Somebody does something.
    Act(Act),
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
}

impl Ended {
    fn includes(&self, session: &SessionId) -> bool {
        match self {
            Self::One(ended) => session == ended,
            Self::AllBut(left) => session != left,
        }
    }
}

/// Something that a person does.
#[derive(Debug)]
struct Act {
    user: User,
    deed: Deed,
    origin: Origin,
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
    /// Sends what is no frame of the protocol. It waits its turn like all others, so that answers keep their order.
    Garble(Garbled),
}

/// What others are to see of somebody; what is left out stays.
#[derive(Debug)]
pub(crate) struct Profile {
    /// The name.
    pub(crate) username: Option<Keyed>,
    /// The picture.
    pub(crate) picture: Option<pictures::Wanted>,
}

/// What is no frame of the protocol.
#[derive(Debug)]
pub(crate) struct Garbled {
    /// Why.
    pub(crate) error: FrameError,
    /// What the client calls it, where it is a send of which at least that can be read.
    pub(crate) client_id: Option<ClientId>,
}

impl Garbled {
    /// Of a text that was not read.
    pub(crate) fn new(text: &str, error: FrameError) -> Self {
        Self { error, client_id: ClientId::of_send(text) }
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
            Self::Garble(garbled) => garbled.client_id.as_ref(),
            Self::MarkRead { .. }
            | Self::Type { .. }
            | Self::AskOnline
            | Self::ChangeProfile(_) => None,
        }
    }

    fn of(frame: Result<ClientFrame, Garbled>) -> Self {
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
            Err(garbled) => Self::Garble(garbled),
        }
    }
}

/// The way to the desk. Cloned freely.
#[derive(Clone, Debug)]
pub(crate) struct Chat(mpsc::Sender<Job>);

impl Chat {
    /// Opens the desk.
    pub(crate) async fn open(
        store: Store,
        hub: Arc<Hub>,
        clock: Clock,
    ) -> Result<(Self, JoinHandle<()>), Error> {
        let (jobs, queue) = mpsc::channel(QUEUE);
        let desk = desk::Desk::new(store, hub, clock).await?;
        Ok((Self(jobs), tokio::spawn(desk.run(queue))))
    }

    /// Brings a connection in. Its first frames are queued when this returns.
    pub(crate) async fn connect(
        &self,
        user: User,
        session: SessionId,
        connection: ConnectionId,
        outbox: Outbox,
    ) -> Result<(), Error> {
        let (reply, answer) = oneshot::channel();
        self.ask(Job::Connect { user, session, connection, outbox, reply }).await?;
        answer.await.map_err(Error::internal)?
    }

    /// Takes a connection out.
    pub(crate) async fn disconnect(&self, user: User, connection: ConnectionId) {
        // Refused only when the desk has closed: then nobody is there to be told.
        let _ = self.ask(Job::Disconnect { user, connection }).await;
    }

    /// Closes the sockets of sessions that are gone from the store.
    pub(crate) async fn end(&self, user: UserId, ended: Ended) -> Result<(), Error> {
        self.ask(Job::End { user, ended }).await
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
        frame: Result<ClientFrame, Garbled>,
    ) -> Result<(), Error> {
        let origin = Origin::Connection(connection);
        self.ask(Job::Act(Act { user, deed: Deed::of(frame), origin })).await
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

    /// Closes the desk once everything before is done.
    pub(crate) async fn stop(&self) {
        let _ = self.ask(Job::Stop).await;
    }

    async fn call(&self, user: User, deed: Deed) -> Result<Option<Message>, Error> {
        let (reply, answer) = oneshot::channel();
        self.ask(Job::Act(Act { user, deed, origin: Origin::Call(reply) })).await?;
        answer.await.map_err(Error::internal)?
    }

    async fn ask(&self, job: Job) -> Result<(), Error> {
        self.0.send(job).await.map_err(|_| Error::internal("the server is stopping"))
    }
}
