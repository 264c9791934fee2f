//! Runs the tabs against the browser and the server, and says what must never happen.

use std::collections::{BTreeMap, BTreeSet};

use chinwag_protocol::call::Method;
use chinwag_protocol::{Call, ClientFrame, Timestamp, UserId};
use chinwag_session::{Around, Command, Effect, Input, LinkStatus, Outcome, RowKey};

use super::browser::{Browser, Disk};
use super::op::Op;
use super::server::{PAGE, Server};
use super::tab::{Socket, Tab};
use super::{PEERS, REFUSED, Setting};

/// More effects than this, drawing left aside, are no answer to one input.
const MOST_EFFECTS: usize = 60;
/// More steps than this are no way to become quiet.
pub(super) const MOST_STEPS: usize = 6_000;

pub(super) struct World {
    pub(super) browser: Browser,
    pub(super) server: Server,
    pub(super) tabs: Vec<Tab>,
    seed: u64,
    /// How many tabs there ever were.
    opened: usize,
    pub(super) now: u64,
    /// What was typed and seen, by text and in order.
    pub(super) typed: BTreeMap<&'static str, Vec<&'static str>>,
    /// Those whose order is not that of typing: failed messages were sent again, or two tabs typed.
    pub(super) disordered: BTreeSet<String>,
    /// Whether a tab was killed, or the disk refused: what was typed then may never have been accepted.
    pub(super) lossy: bool,
    marked: BTreeSet<UserId>,
    pub(super) steps: usize,
    /// How often each tab has asked for what.
    pub(super) asked: BTreeMap<(usize, String), usize>,
    /// Whether what happens is told: a story that fails is played once more for that.
    pub(super) aloud: bool,
}

impl World {
    pub(super) fn new(setting: &Setting, aloud: bool) -> Self {
        let mut server = Server::new(setting.kind);
        server.clock += setting.skew;
        Self::with(server, Browser::default(), setting.seed, 1_000_000_000_000, aloud)
    }

    pub(super) fn with(server: Server, browser: Browser, seed: u64, now: u64, aloud: bool) -> Self {
        let mut world = Self {
            browser,
            server,
            tabs: Vec::new(),
            seed,
            opened: 0,
            now,
            typed: BTreeMap::new(),
            disordered: BTreeSet::new(),
            lossy: false,
            marked: BTreeSet::new(),
            steps: 0,
            asked: BTreeMap::new(),
            aloud,
        };
        world.open_tab();
        world.grant();
        world
    }

    /// The tab that this number means.
    fn tab(&self, number: usize) -> Option<usize> {
        (!self.tabs.is_empty()).then(|| number % self.tabs.len())
    }

    /// The tab with the socket, if any.
    fn speaker(&self) -> Option<usize> {
        self.tabs.iter().position(|tab| tab.socket != Socket::None)
    }

    pub(super) fn perform(&mut self, op: &Op) {
        self.pass(7);
        if self.aloud {
            println!("{op:?}");
        }
        match *op {
            Op::Send { tab, to, text } => self.send(tab, PEERS[to], text),
            Op::Edit { tab, to } => self.edit(tab, PEERS[to]),
            Op::Open { tab, with } => self.command(tab, Command::Open(PEERS[with].into())),
            Op::Close(tab) => self.command(tab, Command::Close),
            Op::Clear(tab) => self.command(tab, Command::Clear),
            Op::LoadOlder(tab) => self.command(tab, Command::LoadOlder),
            Op::AtBottom(tab, at_bottom) => self.stand(tab, at_bottom),
            Op::Look { tab, to } => self.look(tab, to),
            Op::Date { tab, which, before } => self.goes(tab, which, before),
            Op::Fill { tab, row, from_above } => self.fill(tab, row, from_above),
            Op::Stay(tab) => self.command(tab, Command::Stay),
            Op::Backlog { who, pages } => self.backlog(who, pages),
            Op::Damage(which, how) => self.browser.damage(which, how),
            Op::Attention(tab, attention) => self.attend(tab, attention),
            Op::Online(online) => {
                for tab in 0..self.tabs.len() {
                    self.feed(tab, Input::Online(online));
                }
            }
            Op::RetryFailed(tab) => self.retry_failed(tab),
            Op::ReconnectNow(tab) => self.command(tab, Command::ReconnectNow),
            Op::PeerWrites(who) => self.server.peer_writes(who),
            Op::PeerReads(who) => self.server.peer_reads(who),
            Op::PeerComes(who, online) => self.server.peer_comes(who, online),
            Op::Elsewhere { with, reads } => self.server.elsewhere(with, reads),
            Op::Accept => self.accept(),
            Op::Refuse(code) => self.refuse(code),
            Op::ServerTakes => {
                if self.server.line.as_ref().is_some_and(|line| !line.stalled) {
                    self.server.take();
                }
            }
            Op::Deliver => self.deliver(),
            Op::Overtake => self.overtake(),
            Op::Double => self.double(),
            Op::Compute(call) => self.compute(call),
            Op::Answer(answer) => self.answer(answer),
            Op::Lose { call, computed } => self.lose(call, computed),
            Op::Fail500(call) => {
                if let Some((tab, id, _)) = self.take_call(call) {
                    let outcome =
                        Outcome::Answered { status: 500, body: "oops".to_owned(), wait: 0 };
                    self.feed(tab, Input::Answer { call: id, outcome });
                }
            }
            Op::Cut { code, taken } => self.cut(code, taken),
            Op::Stall => {
                if let Some(line) = &mut self.server.line {
                    line.stalled = true;
                }
            }
            Op::Restart { taken, forgets } => {
                self.cut(1006, taken);
                if forgets {
                    self.server.forget_the_count();
                }
            }
            Op::Forget => self.server.forget_old_events(),
            Op::Limit(left) => self.server.limits(left),
            Op::Disk => self.disk(),
            Op::DiskIs(state) => {
                self.browser.disk_is(state);
                self.lossy |= state != Disk::Sound;
            }
            Op::Hear(tab) => {
                self.hear(tab);
            }
            Op::OpenTab => {
                if self.tabs.len() < 3 {
                    self.open_tab();
                }
            }
            Op::CloseTab(tab) => {
                if let Some(tab) = self.tab(tab) {
                    // Where the disk hangs, nothing is kept.
                    self.lossy = true;
                    let number = self.tabs[tab].number;
                    self.attend(tab, false);
                    // It may have been killed by that.
                    if let Some(tab) = self.tabs.iter().position(|tab| tab.number == number) {
                        self.end(tab, true, true);
                    }
                }
            }
            Op::Crash { tab, after, written, taken } => self.crash(tab, after, written, taken),
            Op::Grant => self.grant(),
            Op::Wait(millis) => {
                self.pass(millis);
                self.tick();
            }
            Op::ToDeadline(tab) => {
                if let Some(tab) = self.tab(tab) {
                    self.reach_deadline(tab);
                }
            }
        }
    }

    fn pass(&mut self, millis: u64) {
        self.now += millis;
        self.server.clock += i64::try_from(millis).unwrap();
    }

    fn tick(&mut self) {
        for tab in 0..self.tabs.len() {
            self.feed(tab, Input::Tick);
        }
    }

    pub(super) fn command(&mut self, tab: usize, command: Command) {
        if let Some(tab) = self.tab(tab) {
            self.feed(tab, Input::Command(command));
        }
    }

    fn send(&mut self, tab: usize, to: &'static str, text: &'static str) {
        let Some(tab) = self.tab(tab) else { return };
        if self.tabs[tab].chatting() {
            self.typed.entry(to).or_default().push(text);
            // Which of two tabs was first is not for a tab to know that has not heard of the other.
            if self.tabs.len() > 1 || self.opened > 1 {
                self.disordered.insert(to.to_owned());
            }
        }
        self.command(tab, Command::Send { to: to.into(), text: text.to_owned() });
    }

    pub(super) fn attend(&mut self, tab: usize, attention: bool) {
        if let Some(tab) = self.tab(tab) {
            self.tabs[tab].attention = attention;
            self.feed(tab, Input::Attention(attention));
        }
    }

    pub(super) fn retry_failed(&mut self, tab: usize) {
        let Some(tab) = self.tab(tab) else { return };
        let number = self.tabs[tab].number;
        for key in self.tabs[tab].failed(|content| content != REFUSED) {
            // It may be killed by what it is told.
            if self.tabs.get(tab).is_none_or(|tab| tab.number != number) {
                return;
            }
            let with = self.tabs[tab].picture.conversation.as_ref().unwrap().with.to_string();
            self.disordered.insert(with);
            self.command(tab, Command::Retry(key));
        }
    }

    fn edit(&mut self, tab: usize, to: &str) {
        self.command(tab, Command::Edit { to: to.into(), text: "so".to_owned() });
    }

    /// Somewhere in the open conversation of a tab.
    fn look(&mut self, tab: usize, to: usize) {
        let Some(tab) = self.tab(tab) else { return };
        let picture = &self.tabs[tab].picture;
        let all = picture.around.0 + picture.order.len() + picture.around.1;
        let around = match picture.order.get(to % picture.order.len().max(1)) {
            Some(row) if to.is_multiple_of(2) => Around::Row(*row),
            Some(_) if to.is_multiple_of(3) => Around::Place(to % all.max(1)),
            _ => Around::End,
        };
        self.command(tab, Command::Look(around));
    }

    /// A tab is at the newest message, or at the first row that it has.
    fn stand(&mut self, tab: usize, at_bottom: bool) {
        let Some(tab) = self.tab(tab) else { return };
        self.tabs[tab].at_bottom = at_bottom;
        let row = self.tabs[tab].picture.order.first().copied().unwrap_or(RowKey(0));
        self.command(tab, Command::Stand((!at_bottom).then_some((row, 0))));
    }

    /// Somebody writes a lot: also more than the ten pages that are read at once of what was missed.
    fn backlog(&mut self, who: usize, pages: usize) {
        if self.server.texts(PEERS[who]).len() <= 4 * PAGE {
            (0..pages * PAGE).for_each(|_| self.server.peer_writes(who));
        }
    }

    /// A tab goes to when some message was stored, or a little before.
    fn goes(&mut self, tab: usize, which: usize, before: i64) {
        let Some(tab) = self.tab(tab) else { return };
        let from = Timestamp::from_millis(self.server.time_of(which) - before);
        let to = Timestamp::from_millis(from.millis() + 5_000);
        self.command(tab, Command::Look(Around::Date { from, to }));
    }

    /// A tab loads what is missing before some row that is drawn.
    fn fill(&mut self, tab: usize, row: usize, from_above: bool) {
        let Some(tab) = self.tab(tab) else { return };
        let picture = &self.tabs[tab].picture;
        let gaps = picture.rows().filter(|(_, row)| row.gap).map(|(key, _)| key);
        let all: Vec<_> = gaps.chain(picture.order.first().copied()).collect();
        if let Some(before) = all.get(row % all.len().max(1)).copied() {
            self.command(tab, Command::Fill { before, from_above });
        }
    }

    pub(super) fn open_tab(&mut self) {
        self.opened += 1;
        let tab = Tab::new(self.opened, self.seed);
        self.browser.join(tab.number);
        self.tabs.push(tab);
        let beginning = Tab::beginning(self.browser.me.clone());
        self.feed(self.tabs.len() - 1, beginning);
    }

    pub(super) fn grant(&mut self) {
        if let Some(number) = self.browser.grant()
            && let Some(tab) = self.tabs.iter().position(|tab| tab.number == number)
        {
            self.feed(tab, Input::Leads);
        }
    }

    fn crash(&mut self, tab: usize, after: usize, written: bool, taken: bool) {
        let Some(tab) = self.tab(tab) else { return };
        self.lossy = true;
        if after == 0 {
            self.end(tab, written, taken);
        } else {
            self.tabs[tab].doomed = Some(after);
        }
    }

    /// A tab is gone.
    fn end(&mut self, tab: usize, written: bool, taken: bool) {
        let gone = self.tabs.remove(tab);
        self.browser.leave(gone.number, written);
        if let Socket::Open(_) = gone.socket {
            self.server.hang_up(taken);
        }
    }

    pub(super) fn accept(&mut self) {
        if let Some(speaker) = self.speaker()
            && let Socket::Opening(epoch) = self.tabs[speaker].socket
        {
            self.tabs[speaker].socket = Socket::Open(epoch);
            self.server.accept();
        }
    }

    pub(super) fn refuse(&mut self, code: u16) {
        if let Some(speaker) = self.speaker()
            && let Socket::Opening(epoch) = self.tabs[speaker].socket
        {
            self.tabs[speaker].socket = Socket::None;
            self.feed(speaker, Input::SocketClosed { epoch, code });
        }
    }

    pub(super) fn deliver(&mut self) {
        let Some(speaker) = self.speaker() else { return };
        let Socket::Open(epoch) = self.tabs[speaker].socket else { return };
        let frame = self.server.line.as_mut().filter(|line| !line.stalled);
        if let Some(frame) = frame.and_then(|line| line.outgoing.pop_front()) {
            self.feed(speaker, Input::Frame { epoch, text: frame.to_string() });
        }
    }

    /// The next two frames come in the other order, where a server may do that: the answers to requests that are
    /// worked on side by side. One that counts them tells them in order.
    fn overtake(&mut self) {
        let free = ["message_sent", "message_delivered", "new_message", "messages_read"];
        let Some(line) = &mut self.server.line else { return };
        let kinds = line.outgoing.iter().take(2).map(|frame| &frame["type"]);
        let kinds: Vec<_> = kinds.filter(|kind| free.contains(&kind.as_str().unwrap())).collect();
        if kinds.len() == 2 {
            line.outgoing.swap(0, 1);
        }
    }

    fn double(&mut self) {
        let Some(line) = &mut self.server.line else { return };
        let twice = line.outgoing.front().filter(|frame| {
            !["connection_established", "mark_read_success"]
                .contains(&frame["type"].as_str().unwrap())
        });
        if let Some(frame) = twice.cloned() {
            line.outgoing.push_front(frame);
        }
    }

    fn take_call(&mut self, call: usize) -> Option<(usize, chinwag_session::CallId, Call)> {
        let count: usize = self.tabs.iter().map(|tab| tab.calls.len()).sum();
        let mut place = call.checked_rem(count)?;
        for (number, tab) in self.tabs.iter_mut().enumerate() {
            if place < tab.calls.len() {
                let (id, call) = tab.calls.remove(place);
                return Some((number, id, call));
            }
            place -= tab.calls.len();
        }
        None
    }

    pub(super) fn compute(&mut self, call: usize) {
        if let Some((tab, id, call)) = self.take_call(call) {
            let outcome = self.server.compute(&call);
            self.tabs[tab].answers.push((id, outcome));
        }
    }

    pub(super) fn answer(&mut self, answer: usize) {
        let count: usize = self.tabs.iter().map(|tab| tab.answers.len()).sum();
        let Some(mut place) = answer.checked_rem(count) else { return };
        for tab in 0..self.tabs.len() {
            if place < self.tabs[tab].answers.len() {
                let (call, outcome) = self.tabs[tab].answers.remove(place);
                return self.feed(tab, Input::Answer { call, outcome });
            }
            place -= self.tabs[tab].answers.len();
        }
    }

    fn lose(&mut self, call: usize, computed: bool) {
        if let Some((tab, id, call)) = self.take_call(call) {
            if computed {
                self.server.compute(&call);
            }
            self.feed(tab, Input::Answer { call: id, outcome: Outcome::TimedOut });
        }
    }

    pub(super) fn cut(&mut self, code: u16, taken: bool) {
        let Some(speaker) = self.speaker() else { return };
        let Socket::Open(epoch) = self.tabs[speaker].socket else { return };
        self.server.hang_up(taken);
        self.tabs[speaker].socket = Socket::None;
        self.feed(speaker, Input::SocketClosed { epoch, code });
    }

    pub(super) fn disk(&mut self) {
        if let Some((number, input)) = self.browser.work()
            && let Some(tab) = self.tabs.iter().position(|tab| tab.number == number)
        {
            self.feed(tab, input);
        }
    }

    /// Returns whether there was anything to hear.
    pub(super) fn hear(&mut self, tab: usize) -> bool {
        let Some(tab) = self.tab(tab) else { return false };
        let Some(text) = self.browser.hear(self.tabs[tab].number) else { return false };
        self.feed(tab, Input::Heard(text));
        true
    }

    pub(super) fn reach_deadline(&mut self, tab: usize) {
        if let Some(deadline) = self.tabs[tab].deadline() {
            self.pass(deadline.0.saturating_sub(self.now));
            let number = self.tabs[tab].number;
            self.feed(tab, Input::Tick);
            let Some(tab) = self.tabs.iter().find(|tab| tab.number == number) else { return };
            let next = tab.deadline();
            assert!(
                next.is_none_or(|next| next.0 > self.now),
                "the deadline {next:?} does not move on"
            );
        }
    }

    pub(super) fn feed(&mut self, tab: usize, input: Input) {
        // A tab may have been killed by what was done before.
        if tab >= self.tabs.len() {
            return;
        }
        self.steps += 1;
        if self.aloud {
            println!("{} tab {} <- {input}", self.now, self.tabs[tab].number);
        }
        self.tabs[tab].handle(self.now, input);
        let mut effects = 0;
        while let Some(effect) = self.tabs[tab].poll() {
            if let Some(left) = &mut self.tabs[tab].doomed {
                let Some(less) = left.checked_sub(1) else { return self.end(tab, true, false) };
                *left = less;
            }
            if self.aloud {
                println!("    tab {} -> {effect}", self.tabs[tab].number);
            }
            effects += usize::from(!matches!(effect, Effect::Changed(_)));
            assert!(effects <= MOST_EFFECTS, "too many effects: {effect:?}");
            self.carry_out(tab, effect);
        }
        if self.tabs[tab].anew {
            // Where the disk hangs, nothing is kept.
            self.lossy = true;
            self.end(tab, true, true);
            self.open_tab();
        }
    }

    fn carry_out(&mut self, tab: usize, effect: Effect) {
        let number = self.tabs[tab].number;
        match effect {
            Effect::OpenSocket { epoch, .. } => {
                assert_eq!(self.speaker(), None, "two sockets");
                assert_eq!(
                    self.browser.leads,
                    Some(number),
                    "a socket of a tab that does not lead"
                );
                self.tabs[tab].socket = Socket::Opening(epoch);
            }
            Effect::SendFrame { epoch, frame } => {
                let open = Socket::Open(epoch);
                assert_eq!(self.tabs[tab].socket, open, "{frame:?} on a dead epoch");
                if let ClientFrame::MarkRead { sender_id } = &frame {
                    self.may_mark(sender_id);
                }
                if let Some(line) = self.server.line.as_mut().filter(|line| !line.stalled) {
                    line.incoming.push_back(frame);
                }
            }
            Effect::CloseSocket { epoch } => {
                let socket = self.tabs[tab].socket;
                assert!([Socket::Open(epoch), Socket::Opening(epoch)].contains(&socket));
                if let Socket::Open(_) = socket {
                    self.server.hang_up(true);
                }
                self.tabs[tab].socket = Socket::None;
            }
            Effect::Fetch { id, call, .. } => {
                if let Call::MarkRead { with } = &call {
                    self.may_mark(with);
                }
                if call.method() == Method::Get {
                    *self.asked.entry((number, call.path())).or_default() += 1;
                }
                self.tabs[tab].calls.push((id, call));
            }
            Effect::Load { prefix } => self.browser.load(number, prefix),
            Effect::Keep { id, writes } => self.browser.keep(number, id, writes),
            Effect::Recall { id, what } => self.browser.recall(number, id, what),
            Effect::Cache { id, writes } => self.browser.cache(number, id, writes),
            Effect::Purge { prefix, but } => self.browser.purge(number, prefix, but),
            Effect::BeginAnew => self.tabs[tab].anew = true,
            Effect::Remember(me) => self.browser.me = Some(me),
            Effect::Tell(text) => self.browser.tell(number, &text),
            Effect::Changed(change) => self.tabs[tab].draw(change),
            Effect::StoreToken(_) | Effect::ForgetToken => panic!("nobody signs in or out"),
            Effect::Notify { .. } | Effect::CloseNotifications { .. } => {
                assert_eq!(self.browser.leads, Some(number), "of a tab that does not lead");
            }
            Effect::ShowRoute(_) | Effect::Log(_) | Effect::Copy(_) => {}
        }
    }

    /// Read is marked only what was really seen in some tab: now, or before where the server has not heard of it.
    fn may_mark(&mut self, whose: &UserId) {
        let seen = self.tabs.iter().any(|tab| {
            let open = tab.picture.conversation.as_ref().is_some_and(|open| open.with == *whose);
            open && tab.at_bottom && tab.attention
        });
        // What a tab that follows has asked for is said a little later.
        let asked = self.tabs.len() > 1 || self.opened > 1;
        assert!(seen || asked || self.marked.contains(whose), "{whose} is marked as read, unseen");
        self.marked.insert(whose.clone());
    }

    /// Whether all is connected, or nothing can be.
    pub(super) fn links(&self) -> Vec<LinkStatus> {
        self.tabs.iter().map(|tab| tab.picture.link).collect()
    }
}
