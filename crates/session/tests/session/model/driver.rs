//! Runs a session against the model server, as the browser would, and says what must never happen.

use std::collections::{BTreeMap, BTreeSet};

use chinwag_protocol::{Call, ClientFrame, Token, UserId};
use chinwag_session::{
    CallId, Command, Effect, Epoch, Gate, Input, LinkStatus, Millis, Outcome, OwnState, RowKey,
    Session,
};

use super::server::Server;
use super::{Op, PEERS, REFUSED};
use crate::support::Picture;

/// More effects than this, drawing left aside, are no answer to one input.
const MOST_EFFECTS: usize = 40;
/// So many milliseconds after what the person does, all of it is done.
const SOON: u64 = 15_000;
/// More inputs than this are no way to become quiet.
const MOST_INPUTS: usize = 1_500;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Socket {
    None,
    Opening(Epoch),
    Open(Epoch),
}

pub(super) struct Driver {
    session: Session,
    picture: Picture,
    server: Server,
    now: u64,
    socket: Socket,
    stalled: bool,
    calls: Vec<(CallId, Call)>,
    answers: Vec<(CallId, Outcome)>,
    typed: BTreeMap<&'static str, Vec<&'static str>>,
    /// Those whose order the person has changed by sending failed messages again.
    retried: BTreeSet<String>,
    attention: bool,
    at_bottom: bool,
    marked: BTreeSet<UserId>,
    inputs: usize,
    queue: std::collections::VecDeque<Input>,
}

impl Driver {
    pub(super) fn new(seed: u64, skew: i64, counts: bool) -> Self {
        let mut server = Server::new(counts);
        server.clock += skew;
        Self::with(server, seed)
    }

    fn with(server: Server, seed: u64) -> Self {
        let mut driver = Self {
            session: Session::new(seed.into(), |a, b| a.to_lowercase().cmp(&b.to_lowercase())),
            picture: Picture::default(),
            server,
            now: 1_000_000_000_000,
            socket: Socket::None,
            stalled: false,
            calls: Vec::new(),
            answers: Vec::new(),
            typed: BTreeMap::new(),
            retried: BTreeSet::new(),
            attention: false,
            at_bottom: false,
            marked: BTreeSet::new(),
            inputs: 0,
            queue: std::collections::VecDeque::new(),
        };
        driver.feed(Input::Leads);
        driver.feed(Input::Begin { token: Some(Token::from("token")), route: None });
        driver
    }

    pub(super) fn perform(&mut self, op: &Op) {
        self.pass(7);
        match *op {
            Op::Send { to, text } => {
                if self.chatting() {
                    self.typed.entry(PEERS[to]).or_default().push(text);
                }
                self.command(Command::Send { to: PEERS[to].into(), text: text.to_owned() });
            }
            Op::Edit { to } => {
                self.command(Command::Edit { to: PEERS[to].into(), text: "so".to_owned() });
            }
            Op::Open(who) => self.open(PEERS[who]),
            Op::Close => self.command(Command::Close),
            Op::LoadOlder => self.command(Command::LoadOlder),
            Op::AtBottom(at_bottom) => {
                self.at_bottom = at_bottom;
                self.command(Command::AtBottom(at_bottom));
            }
            Op::Attention(attention) => {
                self.attention = attention;
                self.feed(Input::Attention(attention));
            }
            Op::Online(online) => self.feed(Input::Online(online)),
            Op::RetryFailed => self.retry_failed(),
            Op::ReconnectNow => self.command(Command::ReconnectNow),
            Op::PeerWrites(who) => self.server.peer_writes(who),
            Op::PeerReads(who) => self.server.peer_reads(who),
            Op::PeerComes(who, online) => self.server.peer_comes(who, online),
            Op::Accept => self.accept(),
            Op::Refuse(code) => {
                if let Socket::Opening(epoch) = self.socket {
                    self.socket = Socket::None;
                    self.feed(Input::SocketClosed { epoch, code });
                }
            }
            Op::ServerTakes => self.server.take(),
            Op::Deliver => self.deliver(),
            Op::Overtake => self.overtake(),
            Op::Compute(call) => self.compute(call),
            Op::Answer(answer) => self.answer(answer),
            Op::Lose { call, computed } => {
                if let Some((id, call)) = self.take_call(call) {
                    if computed {
                        self.server.compute(&call);
                    }
                    self.feed(Input::Answer { call: id, outcome: Outcome::TimedOut });
                }
            }
            Op::Fail500(call) => {
                if let Some((id, _)) = self.take_call(call) {
                    let outcome = Outcome::Answered { status: 500, body: "oops".to_owned() };
                    self.feed(Input::Answer { call: id, outcome });
                }
            }
            Op::Cut { code, taken } => self.cut(code, taken),
            Op::Stall => self.stalled = matches!(self.socket, Socket::Open(_)),
            Op::Wait(millis) => {
                self.pass(millis);
                self.feed(Input::Tick);
            }
            Op::ToDeadline => self.reach_deadline(),
        }
    }

    fn chatting(&self) -> bool {
        matches!(self.picture.gate, Gate::Chat { .. })
    }

    fn pass(&mut self, millis: u64) {
        self.now += millis;
        self.server.clock += i64::try_from(millis).unwrap();
    }

    fn command(&mut self, command: Command) {
        self.feed(Input::Command(command));
    }

    fn open(&mut self, peer: &str) {
        self.command(Command::Open(UserId::from(peer)));
    }

    fn accept(&mut self) {
        if let Socket::Opening(epoch) = self.socket {
            self.socket = Socket::Open(epoch);
            self.server.accept();
        }
    }

    fn deliver(&mut self) {
        let Socket::Open(epoch) = self.socket else { return };
        if let Some(frame) = self.server.outgoing.pop_front()
            && !self.stalled
        {
            self.feed(Input::Frame { epoch, text: frame.to_string() });
        }
    }

    /// The next two frames come in the other order, where a server may do that: the answers to requests that are
    /// worked on side by side.
    fn overtake(&mut self) {
        let free = ["message_sent", "message_delivered", "new_message", "messages_read"];
        let kinds = self.server.outgoing.iter().take(2).map(|frame| &frame["type"]);
        let kinds: Vec<_> = kinds.filter(|kind| free.contains(&kind.as_str().unwrap())).collect();
        if kinds.len() == 2 {
            self.server.outgoing.swap(0, 1);
        }
    }

    fn take_call(&mut self, call: usize) -> Option<(CallId, Call)> {
        let count = self.calls.len();
        (count > 0).then(|| self.calls.remove(call % count))
    }

    fn compute(&mut self, call: usize) {
        if let Some((id, call)) = self.take_call(call) {
            self.answers.push((id, self.server.compute(&call)));
        }
    }

    fn answer(&mut self, answer: usize) {
        let count = self.answers.len();
        if count > 0 {
            let (call, outcome) = self.answers.remove(answer % count);
            self.feed(Input::Answer { call, outcome });
        }
    }

    fn cut(&mut self, code: u16, taken: bool) {
        let Socket::Open(epoch) = self.socket else { return };
        while taken && !self.server.incoming.is_empty() {
            self.server.take();
        }
        self.hang_up();
        self.feed(Input::SocketClosed { epoch, code });
    }

    fn hang_up(&mut self) {
        self.socket = Socket::None;
        self.stalled = false;
        self.server.connected = false;
        self.server.incoming.clear();
        self.server.outgoing.clear();
    }

    fn reach_deadline(&mut self) {
        if let Some(deadline) = self.session.deadline() {
            let wait = deadline.0.saturating_sub(self.now);
            self.pass(wait);
            self.feed(Input::Tick);
            let next = self.session.deadline();
            assert!(
                next.is_none_or(|next| next.0 > self.now),
                "the deadline {next:?} does not move on"
            );
        }
    }

    fn retry_failed(&mut self) {
        for key in self.failed(|content| content != REFUSED) {
            let with = self.picture.conversation.as_ref().unwrap().with.to_string();
            self.retried.insert(with);
            self.command(Command::Retry(key));
        }
    }

    /// The failed messages of the open conversation.
    fn failed(&self, which: impl Fn(&str) -> bool) -> Vec<RowKey> {
        let rows = self.picture.rows();
        rows.filter(|(_, row)| matches!(row.own, Some(OwnState::Failed(_))) && which(&row.content))
            .map(|(key, _)| key)
            .collect()
    }

    fn feed(&mut self, input: Input) {
        self.inputs += 1;
        self.queue.push_back(input);
        while let Some(input) = self.queue.pop_front() {
            self.session.handle(Millis(self.now), input);
            let mut effects = 0;
            while let Some(effect) = self.session.poll() {
                let drawn = matches!(effect, Effect::Changed(_));
                effects += usize::from(!drawn);
                assert!(effects <= MOST_EFFECTS, "too many effects: {effect:?}");
                self.carry_out(effect);
            }
        }
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::OpenSocket { epoch, .. } => {
                assert_eq!(self.socket, Socket::None, "two sockets");
                self.socket = Socket::Opening(epoch);
            }
            Effect::SendFrame { epoch, frame } => {
                assert_eq!(self.socket, Socket::Open(epoch), "{frame:?} on a dead epoch");
                if let ClientFrame::MarkRead { sender_id } = &frame {
                    self.may_mark(sender_id);
                }
                if !self.stalled {
                    self.server.incoming.push_back(frame);
                }
            }
            Effect::CloseSocket { epoch } => {
                assert!([Socket::Open(epoch), Socket::Opening(epoch)].contains(&self.socket));
                while !self.stalled && !self.server.incoming.is_empty() {
                    self.server.take();
                }
                self.hang_up();
            }
            Effect::Fetch { id, call, .. } => {
                if let Call::MarkRead { with } = &call {
                    self.may_mark(with);
                }
                self.calls.push((id, call));
            }
            Effect::Changed(change) => {
                let with =
                    |picture: &Picture| picture.conversation.as_ref().map(|c| c.with.clone());
                let before = with(&self.picture);
                self.picture.apply(change);
                self.at_bottom &= before == with(&self.picture);
            }
            Effect::StoreToken(_) | Effect::ForgetToken => panic!("nobody signs in or out"),
            Effect::Load { prefix } => {
                self.queue.push_back(Input::Loaded { prefix, values: Some(Vec::new()) });
            }
            Effect::Keep { id, .. } => self.queue.push_back(Input::Kept { id, done: true }),
            Effect::ShowRoute(_) | Effect::Log(_) | Effect::Tell(_) | Effect::Copy(_) => {}
        }
    }

    /// Read is marked only what was really seen: now, or before where the server has not heard of it.
    fn may_mark(&mut self, whose: &UserId) {
        let open = self.picture.conversation.as_ref().is_some_and(|open| open.with == *whose);
        let seen = open && self.at_bottom && self.attention;
        assert!(seen || self.marked.contains(whose), "{whose} is marked as read, unseen");
        self.marked.insert(whose.clone());
    }

    /// No faults any more: everything under way arrives, until nothing is left to be done.
    fn become_quiet(&mut self, sockets: bool, millis: u64) {
        if self.stalled || !sockets {
            self.cut(1006, false);
        }
        let (end, most) = (self.now + millis, self.inputs + MOST_INPUTS);
        loop {
            assert!(self.inputs < most, "it does not become quiet");
            match self.socket {
                Socket::Opening(_) if sockets => self.accept(),
                Socket::Opening(_) => self.perform(&Op::Refuse(1006)),
                Socket::None | Socket::Open(_) if !self.server.incoming.is_empty() => {
                    self.server.take();
                }
                Socket::Open(_) if !self.server.outgoing.is_empty() => self.deliver(),
                Socket::None | Socket::Open(_) if !self.answers.is_empty() => self.answer(0),
                Socket::None | Socket::Open(_) if !self.calls.is_empty() => self.compute(0),
                Socket::None if self.picture.link == LinkStatus::Replaced => {
                    self.command(Command::ReconnectNow);
                }
                Socket::None | Socket::Open(_) => {
                    let deadline = self.session.deadline();
                    if deadline.is_none_or(|deadline| deadline.0 > end) {
                        return;
                    }
                    self.reach_deadline();
                }
            }
        }
    }

    pub(super) fn all_is_well_in_the_end(mut self, sockets: bool) {
        self.perform(&Op::Attention(false));
        // Long enough for a probe, and for the sockets to be given up.
        self.become_quiet(sockets, 150_000);
        assert!(self.chatting());
        assert_eq!(self.picture.link == LinkStatus::Connected, sockets, "{:?}", self.picture.link);
        for peer in PEERS {
            self.open(peer);
            self.become_quiet(sockets, SOON);
            while !self.failed(|content| content != REFUSED).is_empty() {
                self.retry_failed();
                self.become_quiet(sockets, SOON);
            }
        }
        let mut fresh = Self::with(self.server.clone(), 1);
        fresh.server.connected = false;
        fresh.become_quiet(sockets, if sockets { SOON } else { 150_000 });
        for peer in PEERS {
            self.open(peer);
            self.become_quiet(sockets, SOON);
            fresh.open(peer);
            fresh.become_quiet(sockets, SOON);
            self.is_stored_once(peer);
            self.looks_as(&fresh, peer);
        }
    }

    fn is_stored_once(&self, peer: &'static str) {
        let typed = self.typed.get(peer).map_or(&[][..], Vec::as_slice);
        let refused = typed.iter().filter(|text| **text == REFUSED).count();
        let mut expected: Vec<&str> =
            typed.iter().copied().filter(|text| *text != REFUSED).collect();
        let mut stored = self.server.sent_to(peer);
        if self.retried.contains(peer) {
            expected.sort_unstable();
            stored.sort_unstable();
        }
        assert_eq!(stored, expected, "the server has not what was typed to {peer}");
        assert_eq!(self.failed(|_| true).len(), refused, "{:?}", self.picture.lines());
    }

    fn looks_as(&self, fresh: &Self, peer: &str) {
        let stored = |driver: &Self| {
            let rows = driver.picture.rows().map(|(_, row)| row.clone());
            rows.filter(|row| !matches!(row.own, Some(OwnState::Failed(_)))).collect::<Vec<_>>()
        };
        let (here, there) = (stored(self), stored(fresh));
        // Between two gaps that are marked nothing may be missing.
        let texts = self.server.texts(peer);
        for run in here.chunk_by(|_, next| !next.gap) {
            let run: Vec<&str> = run.iter().map(|row| row.content.as_str()).collect();
            assert!(texts.windows(run.len()).any(|part| part == run), "{run:?} has a hole");
        }
        let newest: Vec<&str> = here.iter().map(|row| row.content.as_str()).collect();
        let newest = &newest[newest.len() - newest.len().min(5)..];
        assert!(texts.ends_with(newest), "{newest:?} are not the newest");
        assert!(here.ends_with(&there), "{here:#?} is not {there:#?}");
        // A read mark may reach the server after a message that was not seen, and cover it too. Where it does not
        // count per conversation nobody can tell, and the message stays unread until it is seen.
        let (unread, known) = (self.picture.unread, fresh.picture.unread);
        assert!(unread == known || !self.server.counts && unread > known, "{unread}, not {known}");
        assert_eq!(self.picture.people, fresh.picture.people);
        for peer in PEERS {
            let (mut here, mut there) =
                (self.picture.person(peer).clone(), fresh.picture.person(peer).clone());
            // The model's server tells neither in REST.
            (here.last_seen, there.last_seen) = (None, None);
            if !self.server.counts {
                (here.unread, there.unread) = (0, 0);
            }
            assert_eq!(here, there, "{peer}");
        }
    }
}
