//! The session as a whole: which page is shown, who is signed in, and who hears of what.

mod world;

use std::time::Duration;

use chinwag_protocol::answer::{self, AnswerError, REQUEST_FAILED, SignedIn};
use chinwag_protocol::frame::close;
use chinwag_protocol::{Call, Json, Token, User, UserId};

use crate::cache;
use crate::calls::{CallId, Purpose};
use crate::chat::Chat;
use crate::effect::{Effect, Recall, RecallId};
use crate::input::{Command, Input, Outcome};
use crate::kept;
use crate::link::{Closed, Epoch, LinkStatus, back_off, next_second, whole_seconds};
use crate::roster::Collation;
use crate::sizes::Sizes;
use crate::tabs::Note;
use crate::time::{Millis, earliest};
use crate::view::{Change, Failure, Gate, Notice};
pub(crate) use world::World;

/// How long the disk may take to tell what is kept for a person. One that hangs keeps nobody out.
pub(crate) const DISK: Duration = Duration::from_secs(2);
/// How long a notice is shown (guide: `_handleError`).
const NOTICE: Duration = Duration::from_secs(3);
/// A server is left alone for so long at the most, whatever it or what stands before it says: an hour (milliseconds).
const LONGEST_WAIT: u64 = 60 * 60 * 1_000;

/// The chat session: see the crate's page.
#[derive(Debug)]
pub struct Session {
    sizes: Sizes,
    stage: Stage,
    world: World,
    notice: Option<(Notice, Millis)>,
    drawn: Drawn,
}

/// What was drawn last.
#[derive(Debug, Default)]
struct Drawn {
    gate: Option<Gate>,
    link: Option<LinkStatus>,
    notice: Option<Notice>,
}

#[derive(Debug)]
enum Stage {
    /// Nothing has begun.
    Blank,
    /// `GET /auth/me` is under way.
    Starting { token: Token, failures: u32, why: Option<Failure> },
    /// It did not get through; it is asked again then.
    Unreachable { token: Token, failures: u32, why: Failure, until: Millis },
    /// Nobody is signed in.
    SignedOut {
        busy: bool,
        error: Option<Failure>,
        /// Until when the server hears no more of what was tried last.
        until: Option<Millis>,
    },
    /// Somebody is; what is kept for them is being read.
    Opening(Opening),
    /// Somebody is.
    Chatting(Box<Chat>),
}

/// Somebody is signed in; what is kept for them is being read.
#[derive(Debug)]
struct Opening {
    me: User,
    token: Token,
    until: Millis,
    /// What waits and was being written, and whether it is read.
    kept: Option<Vec<String>>,
    kept_is_read: bool,
    /// What they have seen of the server, and whether it is read.
    index: Option<Vec<String>>,
    index_is_read: bool,
    recall: RecallId,
}

/// An answer that is not the one asked for.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    /// The HTTP status, where the server did answer and refused.
    pub(crate) status: Option<u16>,
    /// What to say.
    pub(crate) failure: Failure,
    /// Before so many milliseconds have passed it would be refused again; 0 where that is not said.
    pub(crate) wait: u64,
}

impl Refusal {
    /// Whether the server itself says that this token is nobody's. A 403 or 404 in no envelope comes from
    /// something that stands before it, and must sign nobody out.
    fn is_about_the_token(&self) -> bool {
        let in_words = matches!(&self.failure, Failure::Server(words) if words != REQUEST_FAILED);
        self.status == Some(401) || matches!(self.status, Some(403 | 404)) && in_words
    }

    /// Whether the same call may succeed a little later.
    pub(crate) fn may_pass(&self) -> bool {
        !matches!(self.status, Some(400..=428 | 430..=499))
    }
}

impl From<AnswerError> for Refusal {
    fn from(error: AnswerError) -> Self {
        match error {
            AnswerError::Refused { status, message, retry_after } => Self {
                status: Some(status),
                failure: Failure::Server(message),
                wait: retry_after.unwrap_or_default(),
            },
            AnswerError::Unreadable => Self { status: None, failure: Failure::Unreadable, wait: 0 },
        }
    }
}

impl Session {
    /// A session in which nothing has happened. The seed, which is no other session's, spreads reconnections and names
    /// messages; the collation orders names.
    pub fn new(seed: u128, collate: Collation) -> Self {
        Self::sized(seed, collate, Sizes::default())
    }

    /// The same, that holds so much at a time.
    pub fn sized(seed: u128, collate: Collation, sizes: Sizes) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "each half is wanted by itself")]
        let (high, low) = ((seed >> 64) as u64, seed as u64);
        Self {
            sizes,
            stage: Stage::Blank,
            world: World::new(high, low, collate),
            notice: None,
            drawn: Drawn::default(),
        }
    }

    /// Something happened, now. A time before an earlier one counts as that one.
    pub fn handle(&mut self, now: Millis, input: Input) {
        self.handle_all(now, [input]);
    }

    /// All of this happened, now, in this order. What follows from it is done and drawn once.
    pub fn handle_all(&mut self, now: Millis, inputs: impl IntoIterator<Item = Input>) {
        self.world.now = self.world.now.max(now);
        for input in inputs {
            self.take_in(input);
        }
        self.draw();
    }

    fn take_in(&mut self, input: Input) {
        match input {
            Input::Begin { token, route, me } => self.begin(token, route, me.as_deref()),
            Input::Command(command) => self.command(command),
            Input::Frame { epoch, text } => self.frame(epoch, &text),
            Input::SocketClosed { epoch, code } => {
                if let Stage::Chatting(chat) = &mut self.stage
                    && code == close::TOO_BIG
                    && self.world.link.up() == Some(epoch)
                {
                    chat.too_long();
                }
                let closed = self.world.link.closed(self.world.now, epoch, code);
                self.closed(closed);
            }
            Input::Answer { call, outcome } => self.answer(call, &outcome),
            Input::Tick => self.tick(),
            Input::Leads => self.leads(),
            Input::Heard(text) => self.heard(&text),
            Input::TokenChanged(token) => self.token_changed(token),
            Input::Loaded { prefix, values } => self.loaded(&prefix, values),
            Input::Recalled { id, values } => self.recalled(id, values),
            Input::Kept { id, done } => {
                if let Stage::Chatting(chat) = &mut self.stage {
                    chat.kept(&mut self.world, id, done);
                }
            }
            Input::Online(online) => {
                let World { now, effects, link, .. } = &mut self.world;
                if !link.is_followed() {
                    link.online(*now, online, effects);
                } else if online {
                    self.ask_leader(&Note::Stir);
                }
                if online {
                    self.try_again();
                }
            }
            Input::Attention(attention) => {
                self.world.attention = attention;
                if attention {
                    self.stir();
                    self.try_again();
                } else if let Stage::Chatting(chat) = &mut self.stage {
                    chat.may_go(&self.world);
                }
            }
            Input::Route(route) => {
                self.world.route.clone_from(&route);
                if let Stage::Chatting(chat) = &mut self.stage {
                    chat.go(&mut self.world, route);
                }
            }
        }
    }

    /// The next thing to be done, if any.
    pub fn poll(&mut self) -> Option<Effect> {
        self.world.effects.pop_front()
    }

    /// When to be given the next [`Input::Tick`], at the latest.
    pub fn deadline(&self) -> Option<Millis> {
        let now = self.world.now;
        let stage = match &self.stage {
            Stage::Unreachable { until, .. } => earliest([Some(*until), next_second(now, *until)]),
            Stage::Opening(opening) => Some(opening.until),
            Stage::Chatting(chat) => chat.deadline(),
            Stage::SignedOut { until, .. } => *until,
            Stage::Blank | Stage::Starting { .. } => None,
        };
        let notice = self.notice.as_ref().map(|(_, until)| *until);
        earliest([stage, self.world.link.deadline(now), notice])
    }

    fn begin(&mut self, token: Option<Token>, route: Option<UserId>, me: Option<&str>) {
        if !matches!(self.stage, Stage::Blank) {
            return self.world.log("a second beginning was ignored");
        }
        self.world.route = route;
        match token {
            Some(token) => {
                let me = me.and_then(|me| cache::read_me(token.reveal(), me));
                self.ask_who(token.clone(), 0, None);
                // Whoever it was last is shown what they know; whether the token still holds, the answer will tell.
                if let Some(me) = me {
                    self.open(me, token);
                }
            }
            None => self.stage = signed_out(None),
        }
    }

    fn ask_who(&mut self, token: Token, failures: u32, why: Option<Failure>) {
        let World { effects, calls, .. } = &mut self.world;
        calls.make(effects, Call::Me, Some(&token), Purpose::Start);
        self.stage = Stage::Starting { token, failures, why };
    }

    fn command(&mut self, command: Command) {
        match command {
            Command::SignIn { email, password } => self.sign_in(Call::Login { email, password }),
            Command::Register { username, email, password } => {
                self.sign_in(Call::Register { username, email, password });
            }
            Command::SignOut => self.end(None),
            Command::TryAgain => self.try_again(),
            Command::ReconnectNow => {
                let World { now, effects, link, .. } = &mut self.world;
                if link.is_followed() {
                    self.ask_leader(&Note::Now);
                } else {
                    link.now(*now, effects);
                }
            }
            Command::DismissNotice => self.notice = None,
            Command::Open(_)
            | Command::Close
            | Command::Edit { .. }
            | Command::Send { .. }
            | Command::Retry(_)
            | Command::Discard(_)
            | Command::Copy(_)
            | Command::Stand(_)
            | Command::Look(_)
            | Command::LoadOlder
            | Command::Fill { .. }
            | Command::Stay
            | Command::Reload
            | Command::MorePeople
            | Command::Clear
            | Command::Account(_)
            | Command::Search(_) => {
                if let Stage::Chatting(chat) = &mut self.stage {
                    chat.command(&mut self.world, command);
                }
            }
        }
    }

    fn sign_in(&mut self, call: Call) {
        if let Stage::SignedOut { busy: busy @ false, error, until } = &mut self.stage {
            *busy = true;
            *error = None;
            *until = None;
            let World { effects, calls, .. } = &mut self.world;
            calls.make(effects, call, None, Purpose::SignIn);
        }
    }

    fn try_again(&mut self) {
        if let Stage::Unreachable { token, failures, why, .. } = &self.stage {
            self.ask_who(token.clone(), *failures, Some(why.clone()));
        }
    }

    /// Somebody has signed in: what is kept for them is read before they see anything.
    fn open(&mut self, me: User, token: Token) {
        self.world.load(&me.id);
        let recall = self.world.recall(Recall::All(cache::index(&me.id)));
        let until = self.world.now.plus(DISK);
        let opening = Opening {
            me,
            token,
            until,
            kept: None,
            kept_is_read: false,
            index: None,
            index_is_read: false,
            recall,
        };
        self.stage = Stage::Opening(opening);
    }

    fn loaded(&mut self, prefix: &str, values: Option<Vec<String>>) {
        self.world.loads = self.world.loads.saturating_sub(1);
        // An answer to an earlier question may be out of date.
        let mine = self.world.led_then && self.world.loads == 0;
        match &mut self.stage {
            Stage::Opening(opening) if kept::prefix(&opening.me.id) == prefix => {
                opening.kept = values;
                opening.kept_is_read = true;
                self.enter_when_read();
            }
            // An answer of before this tab has led; one that came at all is worth asking again.
            Stage::Chatting(chat) if self.world.leads && !mine => {
                if self.world.loads == 0 && values.is_some() {
                    chat.load(&mut self.world);
                }
            }
            Stage::Chatting(chat) if kept::prefix(&chat.me().id) == prefix => {
                chat.restore(&mut self.world, values, mine);
            }
            _ => self.world.log("what was kept for somebody else was ignored"),
        }
    }

    /// Values of the cache have come.
    fn recalled(&mut self, id: RecallId, values: Option<Vec<String>>) {
        match &mut self.stage {
            Stage::Opening(opening) if opening.recall == id => {
                opening.index = values;
                opening.index_is_read = true;
                self.enter_when_read();
            }
            Stage::Chatting(chat) => chat.recalled(&mut self.world, id, values),
            _ => self.world.log("what was recalled for somebody else was ignored"),
        }
    }

    fn enter_when_read(&mut self) {
        if let Stage::Opening(Opening { kept_is_read: true, index_is_read: true, .. }) = &self.stage
        {
            self.enter();
        }
    }

    fn enter(&mut self) {
        let Stage::Opening(opening) = &mut self.stage else { return };
        let (me, token) = (opening.me.clone(), opening.token.clone());
        let (kept, index) = (opening.kept.take(), opening.index.take());
        let me_kept = cache::encode_me(token.reveal(), &me);
        self.world.effects.push_back(Effect::Remember(me_kept));
        let mut chat = Box::new(Chat::new(me, token.clone(), self.world.collate, self.sizes));
        let led_then = self.world.led_then;
        chat.remember(&mut self.world, index);
        chat.restore(&mut self.world, kept, led_then);
        let World { now, effects, link, leads, .. } = &mut self.world;
        if *leads {
            link.start(*now, token, effects);
            if !led_then {
                chat.take_over(&mut self.world);
            }
            // Some may have come before this one, and wait.
            self.world.note(&chat.me().id, &Note::Who);
        } else {
            link.follow(*now);
            self.world.note(&chat.me().id, &Note::Hello);
        }
        chat.enter(&mut self.world);
        let route = self.world.route.clone();
        chat.go(&mut self.world, route);
        self.stage = Stage::Chatting(chat);
    }

    /// This tab holds the socket from now on.
    fn leads(&mut self) {
        if std::mem::replace(&mut self.world.leads, true) {
            return;
        }
        if let Stage::Chatting(chat) = &mut self.stage {
            let World { now, effects, link, .. } = &mut self.world;
            link.inherit(*now, chat.token(), effects);
            chat.take_over(&mut self.world);
            self.world.note(&chat.me().id, &Note::Who);
        }
    }

    /// Another tab says something.
    fn heard(&mut self, text: &str) {
        let Stage::Chatting(chat) = &mut self.stage else { return self.try_again() };
        let Some(note) = Note::decode(text, &chat.me().id) else {
            return self.world.log("what another tab said was ignored");
        };
        let World { now, effects, link, leads, .. } = &mut self.world;
        match note {
            Note::Stir if *leads => link.stir(*now, effects),
            Note::Due if *leads => self.tick(),
            Note::Now if *leads => link.now(*now, effects),
            note => chat.heard(&mut self.world, note),
        }
    }

    /// Another tab has signed in or out.
    fn token_changed(&mut self, token: Option<Token>) {
        let same = match &self.stage {
            Stage::Blank => true,
            Stage::SignedOut { .. } => token.is_none(),
            Stage::Starting { token: known, .. }
            | Stage::Unreachable { token: known, .. }
            | Stage::Opening(Opening { token: known, .. }) => token.as_ref() == Some(known),
            Stage::Chatting(chat) => token.as_ref() == Some(&chat.token()),
        };
        if same {
            return;
        }
        // What is stored is the other tab's word: it stays. So does the address, where nobody was here yet.
        if token.is_none() || !matches!(self.stage, Stage::SignedOut { .. }) {
            self.forget(None, false);
        }
        if let Some(token) = token {
            self.ask_who(token, 0, None);
        }
    }

    /// There is reason to hope or to doubt.
    fn stir(&mut self) {
        let World { now, effects, link, .. } = &mut self.world;
        if link.is_followed() {
            self.ask_leader(&Note::Stir);
        } else {
            link.stir(*now, effects);
        }
    }

    fn ask_leader(&mut self, note: &Note) {
        if let Stage::Chatting(chat) = &self.stage {
            self.world.note(&chat.me().id, note);
        }
    }

    /// Nobody is signed in any more: everything of that person goes, but for what waits on disk until they come back.
    fn end(&mut self, why: Option<Failure>) {
        self.forget(why, true);
    }

    fn forget(&mut self, why: Option<Failure>, token: bool) {
        if let Stage::Chatting(chat) = &mut self.stage {
            chat.may_go(&self.world);
            chat.keep(&mut self.world);
            // What one has seen of the server is nobody else's to see.
            if token {
                let prefix = cache::prefix(&chat.me().id);
                self.world.effects.push_back(Effect::Purge { prefix, but: Vec::new() });
            }
        }
        let World { effects, calls, link, leads, .. } = &mut self.world;
        link.stop(effects);
        calls.forget_all();
        effects.extend(token.then_some(Effect::ForgetToken));
        effects.push_back(Effect::ShowRoute(None));
        if matches!(self.stage, Stage::Chatting(_)) && *leads {
            effects.push_back(Effect::CloseNotifications { but: Vec::new() });
        }
        self.world.route = None;
        self.world.complaint = None;
        self.notice = None;
        if matches!(self.stage, Stage::Chatting(_)) {
            for change in Chat::nothing() {
                self.world.draw(change);
            }
        }
        self.stage = signed_out(why);
    }

    fn frame(&mut self, epoch: Epoch, text: &str) {
        if !self.world.link.is_current(epoch) {
            return;
        }
        if let Stage::Chatting(chat) = &mut self.stage {
            // Before it is acted upon: what the others hear next may follow from it.
            if self.world.followed {
                self.world.note(&chat.me().id, &Note::Frame(text.to_owned()));
            }
            chat.frame(&mut self.world, text);
        }
    }

    fn closed(&mut self, closed: Closed) {
        match closed {
            Closed::Stale => {}
            Closed::Refused => self.end(Some(Failure::SessionEnded)),
            Closed::Lost { tell } => {
                if tell {
                    self.world.complaint = Some(Failure::CouldNotReconnect);
                }
                self.connection_lost();
            }
            Closed::Replaced => {
                if let Stage::Chatting(chat) = &mut self.stage {
                    chat.replaced();
                }
                self.connection_lost();
            }
        }
    }

    fn connection_lost(&mut self) {
        if let Stage::Chatting(chat) = &mut self.stage {
            chat.connection_lost(&mut self.world);
        }
    }

    fn answer(&mut self, call: CallId, outcome: &Outcome) {
        let Some(purpose) = self.world.calls.take(call) else { return };
        let data = read(outcome);
        let unauthorised = matches!(&data, Err(Refusal { status: Some(401), .. }));
        match (&mut self.stage, purpose) {
            (Stage::Starting { .. }, Purpose::Start) => self.started(data),
            (Stage::Opening(_) | Stage::Chatting(_), Purpose::Start) => self.confirmed(data),
            (Stage::SignedOut { .. }, Purpose::SignIn) => self.signed_in(data),
            (Stage::Chatting(_), _) if unauthorised => self.end(Some(Failure::SessionEnded)),
            (Stage::Chatting(chat), purpose) => chat.answer(&mut self.world, call, purpose, data),
            (_, _) => self.world.log("an answer that nobody waits for was ignored"),
        }
    }

    fn started(&mut self, data: Result<Json<'_>, Refusal>) {
        let Stage::Starting { token, failures, .. } = &self.stage else { return };
        let (token, failures) = (token.clone(), *failures);
        match data.and_then(|data| Ok(answer::me(data.root())?)) {
            Ok(me) => self.open(me, token),
            Err(refusal) if refusal.is_about_the_token() => {
                self.end(Some(Failure::SessionEnded));
            }
            Err(Refusal { failure: why, wait, .. }) => {
                let again = back_off(failures, &mut self.world.random);
                let until = self.world.now.plus(again.max(Duration::from_millis(wait)));
                let failures = failures.saturating_add(1);
                self.stage = Stage::Unreachable { token, failures, why, until };
            }
        }
    }

    /// Whether the token of who was known already still holds.
    fn confirmed(&mut self, data: Result<Json<'_>, Refusal>) {
        let (known, token) = match &self.stage {
            Stage::Opening(opening) => (opening.me.id.clone(), opening.token.clone()),
            Stage::Chatting(chat) => (chat.me().id.clone(), chat.token()),
            _ => return,
        };
        match data.and_then(|data| Ok(answer::me(data.root())?)) {
            Ok(me) if me.id != known => {
                self.forget(None, false);
                self.open(me, token);
            }
            Ok(me) => match &mut self.stage {
                // It is kept when they come in.
                Stage::Opening(opening) => opening.me = me,
                Stage::Chatting(chat) => chat.is(&mut self.world, me),
                _ => {}
            },
            Err(refusal) if refusal.is_about_the_token() => self.end(Some(Failure::SessionEnded)),
            // The connection finds it out, and says it.
            Err(_) => {}
        }
    }

    fn signed_in(&mut self, data: Result<Json<'_>, Refusal>) {
        match data.and_then(|data| Ok(SignedIn::read(data.root())?)) {
            Ok(SignedIn { token, user }) => {
                self.world.effects.push_back(Effect::StoreToken(token.clone()));
                self.open(user, token);
            }
            Err(Refusal { failure, wait, .. }) => {
                if let Stage::SignedOut { busy, error, until, .. } = &mut self.stage {
                    *busy = false;
                    *error = Some(failure);
                    let now = self.world.now;
                    *until = (wait > 0).then(|| now.plus(Duration::from_millis(wait)));
                }
            }
        }
    }

    fn tick(&mut self) {
        let World { now, effects, link, .. } = &mut self.world;
        if let Some(closed) = link.tick(*now, effects) {
            self.closed(closed);
        }
        let now = self.world.now;
        if self.world.link.is_overdue(now) {
            self.ask_leader(&Note::Due);
        }
        if self.notice.as_ref().is_some_and(|(_, until)| now >= *until) {
            self.notice = None;
        }
        match &mut self.stage {
            Stage::Unreachable { until, .. } if now >= *until => self.try_again(),
            Stage::Opening(opening) if now >= opening.until => self.enter(),
            Stage::Chatting(chat) => chat.tick(&mut self.world),
            Stage::SignedOut { error, until, .. } if until.is_some_and(|until| now >= until) => {
                *until = None;
                *error = None;
            }
            Stage::Blank
            | Stage::Starting { .. }
            | Stage::Opening(_)
            | Stage::Unreachable { .. }
            | Stage::SignedOut { .. } => {}
        }
    }

    fn draw(&mut self) {
        if let Stage::Chatting(chat) = &mut self.stage {
            chat.settle(&mut self.world);
        }
        if let Some(what) = self.world.complaint.take() {
            let number = self.notice.as_ref().map_or(0, |(notice, _)| notice.number) + 1;
            self.notice = Some((Notice { number, what }, self.world.now.plus(NOTICE)));
        }
        let gate = self.gate();
        let link = self.world.link.status(self.world.now);
        let notice = self.notice.as_ref().map(|(notice, _)| notice.clone());
        if self.drawn.gate.as_ref() != Some(&gate) {
            self.drawn.gate = Some(gate.clone());
            self.world.draw(Change::Gate(gate));
        }
        if self.drawn.link != Some(link) {
            self.drawn.link = Some(link);
            self.world.draw(Change::Link(link));
        }
        if self.drawn.notice != notice {
            self.drawn.notice.clone_from(&notice);
            self.world.draw(Change::Notice(notice));
        }
        if let Stage::Chatting(chat) = &mut self.stage {
            chat.draw(&mut self.world);
        }
    }

    fn gate(&self) -> Gate {
        match &self.stage {
            Stage::Blank | Stage::Starting { why: None, .. } | Stage::Opening(_) => Gate::Starting,
            Stage::Starting { why: Some(why), .. } => {
                Gate::Unreachable { why: why.clone(), retry_in: None }
            }
            Stage::Unreachable { why, until, .. } => Gate::Unreachable {
                why: why.clone(),
                retry_in: Some(whole_seconds(self.world.now, *until)),
            },
            Stage::SignedOut { busy, error, until } => {
                Gate::SignIn { busy: *busy, error: error.clone(), held: until.is_some() }
            }
            Stage::Chatting(chat) => Gate::Chat { me: chat.me().clone() },
        }
    }
}

fn signed_out(error: Option<Failure>) -> Stage {
    Stage::SignedOut { busy: false, error, until: None }
}

/// The data of an answer, or why there is none.
fn read(outcome: &Outcome) -> Result<Json<'_>, Refusal> {
    match outcome {
        Outcome::Answered { status, body, wait } => answer::open(*status, body).map_err(|error| {
            let mut refusal = Refusal::from(error);
            // What the body says is more exact: it has milliseconds.
            if refusal.wait == 0 {
                refusal.wait = *wait;
            }
            refusal.wait = refusal.wait.min(LONGEST_WAIT);
            refusal
        }),
        Outcome::NoNetwork => Err(Refusal { status: None, failure: Failure::NoNetwork, wait: 0 }),
        Outcome::TimedOut => Err(Refusal { status: None, failure: Failure::TimedOut, wait: 0 }),
    }
}
