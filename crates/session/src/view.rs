//! What a view is told: plain values, each the whole of its part.

use chinwag_protocol::{Device, MessageId, Receipts, Timestamp, User, UserId};

use crate::link::LinkStatus;

/// One part of the picture has become this.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Which page is shown.
    Gate(Gate),
    /// How the connection stands.
    Link(LinkStatus),
    /// The list of people: order, count and state.
    People(PeopleView),
    /// One person.
    Person(UserId, PersonView),
    /// The search, or none.
    Search(Option<SearchView>),
    /// The open conversation, or none. A new one empties rows and order first.
    Conversation(Option<ConversationView>),
    /// Rows of the open conversation, new or changed.
    Rows(Vec<(RowKey, RowView)>),
    /// Which rows of the open conversation are drawn.
    Order(OrderView),
    /// A notice, or none.
    Notice(Option<Notice>),
    /// How many messages are not read, in all conversations.
    Unread(u64),
    /// How many messages of one's own the server has not confirmed, failed ones aside.
    Waiting(usize),
    /// One's own account.
    Account(AccountView),
    /// Somebody has written, just now: to be said to those who cannot see it.
    Received {
        /// Their name.
        name: String,
        /// The text, where their conversation is the open one.
        content: Option<String>,
    },
}

/// Which page is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Gate {
    /// The stored token is being asked about.
    #[default]
    Starting,
    /// The server cannot be reached; nobody is signed out by that.
    Unreachable {
        /// Why, in words.
        why: Failure,
        /// Seconds until the next try; none while one is under way.
        retry_in: Option<u64>,
    },
    /// The page's configuration is of no use. Said by the driver, before there is a session.
    Broken {
        /// What is wrong with it, in words.
        why: String,
    },
    /// The sign-in page.
    SignIn {
        /// Whether a sign-in is under way.
        busy: bool,
        /// Why the last one failed, or why the session ended.
        error: Option<Failure>,
        /// Whether the server hears no more of what was tried last, for a while (`Retry-After`). Another form or another address
        /// may be tried meanwhile: most often it is the account that the server guards.
        held: bool,
    },
    /// The chat, as this person.
    Chat {
        /// Who one is.
        me: User,
    },
}

/// Why something failed. The view has the words, but for the server's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The server said this.
    Server(String),
    /// The server could not be reached.
    NoNetwork,
    /// The server did not answer in time.
    TimedOut,
    /// The answer could not be read.
    Unreadable,
    /// The token is not accepted any more.
    SessionEnded,
    /// Five tries to reconnect have failed.
    CouldNotReconnect,
    /// A message was sent, and is not in the history.
    NotStored,
    /// The server takes no message of that length.
    TooLong,
    /// The browser does not keep what waits: it is lost where the page is closed.
    NotKept,
    /// The browser keeps no messages for the next start.
    NotCached,
    /// The browser did not take away what it keeps.
    NotCleared,
    /// There is no message of the day that one wanted to go to.
    NothingThen,
}

/// How a list stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ListStatus {
    /// Its first rows are under way.
    #[default]
    Loading,
    /// It is there, maybe empty.
    Ready,
    /// It could not be loaded.
    Failed(Failure),
}

/// The list of people. Everybody but oneself, once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PeopleView {
    /// Those one has a conversation with, the latest first.
    pub recent: Vec<UserId>,
    /// All others: online first, then by name (guide: `UserList`).
    pub others: Vec<UserId>,
    /// How many of both are online.
    pub online: usize,
    /// How the first page stands.
    pub status: ListStatus,
    /// Whether there are further pages, or one is under way.
    pub more: OlderStatus,
}

/// One person in the list and in the conversation's header.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PersonView {
    /// The name; empty where it is not known.
    pub name: String,
    /// The address of a picture.
    pub avatar: Option<String>,
    /// Whether they are connected.
    pub online: bool,
    /// When they were last connected.
    pub last_seen: Option<Timestamp>,
    /// Whether they are writing to one.
    pub typing: bool,
    /// How many of their messages one has not read.
    pub unread: u64,
    /// What one has begun to write to them and not sent, while another conversation is open; empty where there is nothing.
    pub draft: String,
    /// The last message: whether one wrote it oneself, and its text.
    pub preview: Option<(bool, String)>,
    /// When the last message was stored.
    pub at: Option<Timestamp>,
}

/// A search for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchView {
    /// How it stands.
    pub status: ListStatus,
    /// Who was found, in the server's order.
    pub found: Vec<UserId>,
}

/// The open conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConversationView {
    /// With whom.
    pub with: UserId,
    /// The text that was being written when the conversation was opened.
    pub draft: String,
    /// How its newest page stands.
    pub status: ListStatus,
    /// Whether there are older messages, or they are under way.
    pub older: OlderStatus,
    /// How the filling of the newest gap between the rows stands ([`RowView::gap`]).
    pub gap: OlderStatus,
    /// Where one was when one left it: the first row in view, and so many pixels below the upper edge; none where one was
    /// at its end. Of use when the first rows come.
    pub at: Option<(RowKey, i32)>,
    /// How many messages of the other person have come since one left its end.
    pub missed: usize,
    /// While one waits to go to a day or a message: up to which time the search for it has come.
    pub seeking: Option<Option<Timestamp>>,
    /// The row that one has gone to, and how often one has gone somewhere.
    pub arrived: Option<(RowKey, u64)>,
    /// When the first message of all was stored, once it is known which that is.
    pub begins: Option<Timestamp>,
    /// The first of the messages that were not read when one came (behaviour 11). It stands until one sends or leaves.
    pub new_from: Option<RowKey>,
}

/// The rows of the open conversation that are drawn: those around where one is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrderView {
    /// From the oldest to the newest.
    pub keys: Vec<RowKey>,
    /// How many known messages are before them.
    pub above: usize,
    /// And how many after them.
    pub below: usize,
}

/// Around what rows are to be drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Around {
    /// The newest message.
    End,
    /// This row, which is drawn.
    Row(RowKey),
    /// The row that has so many before it.
    Place(usize),
    /// The first message of a day, from its first moment to that of the next: it is looked for, wherever it is, and one
    /// goes there ([`ConversationView::arrived`]). Where there is none, to what came next.
    Date {
        /// The first moment.
        from: Timestamp,
        /// The first moment after it.
        to: Timestamp,
    },
    /// This message, stored then: as with a day.
    Message(MessageId, Timestamp),
}

/// What lies beyond the rows of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum OlderStatus {
    /// It is not known yet.
    #[default]
    Unknown,
    /// There is more.
    More,
    /// More is under way.
    Loading,
    /// Nothing: this is the end.
    End,
    /// More could not be loaded.
    Failed(Failure),
}

/// A row of a conversation, from the moment it was typed: an acknowledgement does not change it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RowKey(pub u64);

/// A message as it is drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowView {
    /// The text. Never markup.
    pub content: String,
    /// When the server stored it; this clock's time while it has not.
    pub at: Timestamp,
    /// `None` for the other person's message; how far one's own has come.
    pub own: Option<OwnState>,
    /// When one's own message came so far, where the server has said so.
    pub receipts: Receipts,
    /// Whether messages may be missing between this one and the one before it.
    pub gap: bool,
}

/// How far one's own message has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OwnState {
    /// It waits for the connection.
    Waiting,
    /// It is on its way.
    Sending,
    /// The server has stored it.
    Sent,
    /// It has reached the other person.
    Delivered,
    /// The other person has read it.
    Read,
    /// It was not stored.
    Failed(Failure),
}

/// One's own account: what of it the server offers, and how that stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountView {
    /// Where one is signed in.
    pub sessions: Option<SessionsView>,
    /// The change of the password.
    pub password: Option<Progress>,
    /// The change of the name or the picture.
    pub profile: Option<Progress>,
    /// How many characters a message has at most, where the server says so.
    pub longest: Option<usize>,
}

/// Where one is signed in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionsView {
    /// How the list stands.
    pub status: ListStatus,
    /// The sessions, in the server's order.
    pub devices: Vec<Device>,
    /// How the ending of one, or of all others, stands.
    pub ending: Progress,
}

/// How something that is done now and then stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Progress {
    /// Nothing is under way.
    #[default]
    Idle,
    /// It is under way.
    Busy,
    /// It is done.
    Done,
    /// It has failed.
    Failed(Failure),
}

/// A notice that goes by itself after three seconds (guide: `_handleError`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Counts up, so that the same words said again are a new notice.
    pub number: u64,
    /// What it says.
    pub what: Failure,
}
