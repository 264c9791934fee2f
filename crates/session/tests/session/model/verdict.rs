//! What must be so once the faults have ceased and all is quiet.

use std::collections::BTreeMap;

use chinwag_protocol::Receipts;
use chinwag_session::{Around, Command, Input, LinkStatus, OlderStatus, OwnState, RowView};
use serde_json::Value;

use super::browser::Disk;
use super::server::{Kind, PAGE};
use super::tab::Socket;
use super::world::{MOST_STEPS, World};
use super::{PEERS, REFUSED};

/// So many milliseconds after what the person does, all of it is done.
const SOON: u64 = 15_000;
/// Long enough for a probe, and for the sockets to be given up.
const LONG: u64 = 150_000;

/// More often than this nobody tries again.
const MOST_RETRIES: usize = 20;

impl World {
    /// No faults any more: everything under way arrives, until nothing is left to be done.
    fn become_quiet(&mut self, sockets: bool, millis: u64) {
        if !sockets || self.server.line.as_ref().is_some_and(|line| line.stalled) {
            self.cut(1006, false);
        }
        let (end, most) = (self.now + millis, self.steps + MOST_STEPS);
        loop {
            assert!(self.steps < most, "it does not become quiet");
            self.grant();
            let opening = self.tabs.iter().any(|tab| matches!(tab.socket, Socket::Opening(_)));
            let line = self.server.line.as_ref();
            if opening && sockets {
                self.accept();
            } else if opening {
                self.refuse(1006);
            } else if line.is_some_and(|line| !line.incoming.is_empty()) {
                self.server.take();
            } else if line.is_some_and(|line| !line.outgoing.is_empty()) {
                self.deliver();
            } else if self.browser.is_busy() {
                self.disk();
            } else if (0..self.tabs.len()).any(|tab| self.hear(tab)) {
            } else if self.tabs.iter().any(|tab| !tab.answers.is_empty()) {
                self.answer(0);
            } else if self.tabs.iter().any(|tab| !tab.calls.is_empty()) {
                self.compute(0);
            } else if let Some(tab) =
                self.tabs.iter().position(|tab| tab.picture.link == LinkStatus::Replaced)
            {
                self.command(tab, Command::ReconnectNow);
            } else {
                let deadlines = self.tabs.iter().enumerate();
                let next =
                    deadlines.filter_map(|(tab, state)| Some((state.deadline()?, tab))).min();
                let Some((_, tab)) = next.filter(|(deadline, _)| deadline.0 <= end) else { return };
                self.reach_deadline(tab);
            }
        }
    }

    /// Returns how many steps it took in all.
    pub(super) fn all_is_well_in_the_end(mut self, sockets: bool) -> usize {
        self.browser.disk_is(Disk::Sound);
        for tab in &mut self.tabs {
            tab.doomed = None;
        }
        if self.tabs.is_empty() {
            self.open_tab();
        }
        for tab in 0..self.tabs.len() {
            self.attend(tab, false);
            self.feed(tab, Input::Online(true));
        }
        self.become_quiet(sockets, LONG);
        if sockets {
            self.resyncs_once();
        }
        if self.lossy {
            // What a killed tab has left on the disk goes out when another one is opened.
            self.open_tab();
            self.become_quiet(sockets, SOON);
        }
        assert!(self.tabs.iter().all(super::tab::Tab::chatting));
        let connected = self.links().iter().all(|link| *link == LinkStatus::Connected);
        assert_eq!(connected, sockets, "{:?}", self.links());
        for peer in PEERS {
            for tab in 0..self.tabs.len() {
                self.command(tab, Command::Open(peer.into()));
            }
            self.become_quiet(sockets, SOON);
            // What has failed stands at the end.
            for tab in 0..self.tabs.len() {
                self.command(tab, Command::Look(Around::End));
            }
            self.become_quiet(sockets, SOON);
            let mut retries = 0;
            while let Some(tab) =
                self.tabs.iter().position(|tab| !tab.failed(|text| text != REFUSED).is_empty())
            {
                retries += 1;
                assert!(retries < MOST_RETRIES, "it fails for ever");
                self.retry_failed(tab);
                self.become_quiet(sockets, SOON);
            }
        }
        let mut server = self.server.clone();
        server.line = None;
        let mut browser = self.browser.clone();
        for tab in &self.tabs {
            browser.leave(tab.number, true);
        }
        // One that has the cache, and one that has not: that is what all must look like.
        let mut warm = Self::with(server.clone(), browser.clone(), 2, self.now, self.aloud);
        warm.become_quiet(sockets, if sockets { SOON } else { LONG });
        browser.cache.clear();
        browser.me = None;
        let mut fresh = Self::with(server, browser, 1, self.now, false);
        fresh.become_quiet(sockets, if sockets { SOON } else { LONG });
        for peer in PEERS {
            for tab in 0..self.tabs.len() {
                self.command(tab, Command::Open(peer.into()));
            }
            self.become_quiet(sockets, SOON);
            self.goes_to_the_end(sockets);
            fresh.command(0, Command::Open(peer.into()));
            fresh.become_quiet(sockets, SOON);
            warm.command(0, Command::Open(peer.into()));
            warm.become_quiet(sockets, SOON);
            warm.goes_to_the_end(sockets);
            self.is_stored_once(peer);
            for tab in 0..self.tabs.len() {
                self.looks_as(tab, &fresh, peer);
            }
            warm.looks_as(0, &fresh, peer);
            self.reads_everything(peer, sockets);
        }
        self.all_that_was_accepted_is_stored();
        assert_eq!(fresh.server.log.len(), self.server.log.len(), "a fresh start sends again");
        self.steps + fresh.steps
    }

    /// The newest rows are drawn, where one was elsewhere.
    fn goes_to_the_end(&mut self, sockets: bool) {
        for tab in 0..self.tabs.len() {
            self.command(tab, Command::Look(Around::End));
        }
        self.become_quiet(sockets, SOON);
        // As a view does whose rows do not fill it. Where some have failed one scrolls on past them: what is compared is
        // what is stored.
        for _ in 0..PAGE {
            for tab in 0..self.tabs.len() {
                let picture = &self.tabs[tab].picture;
                let rows = picture.rows().map(|(_, row)| row.clone());
                let failed = |row: &RowView| matches!(row.own, Some(OwnState::Failed(_)));
                let rows: Vec<_> = rows.filter(|row| !failed(row)).collect();
                let older = picture.conversation.as_ref().map(|open| open.older.clone());
                let more = older == Some(OlderStatus::More) || rows.iter().any(|row| row.gap);
                if after_the_gaps(&rows).len() < PAGE && more {
                    self.command(tab, Command::LoadOlder);
                }
            }
            self.become_quiet(sockets, SOON);
        }
    }

    /// Who goes on reading comes to have all of it, without a gap, wherever one has been.
    fn reads_everything(&mut self, peer: &'static str, sockets: bool) {
        let texts: Vec<String> =
            self.server.texts(peer).iter().map(|text| (*text).to_owned()).collect();
        if texts.len() <= PAGE {
            return;
        }
        // Each page may join on to one that was known.
        for _ in 0..texts.len() / PAGE + 20 {
            self.command(0, Command::LoadOlder);
            self.become_quiet(sockets, 0);
        }
        let mut all = BTreeMap::new();
        let mut place = 0;
        while place < texts.len() {
            self.command(0, Command::Look(Around::Place(place)));
            self.become_quiet(sockets, 0);
            let picture = &self.tabs[0].picture;
            let (before, rows) = (picture.around.0, picture.rows());
            all.extend(rows.enumerate().map(|(at, (_, row))| (before + at, row.clone())));
            assert!(before + picture.order.len() > place, "nothing is drawn at {place}");
            place = before + picture.order.len();
        }
        let unsent = |row: &&RowView| {
            !matches!(row.own, Some(OwnState::Failed(_) | OwnState::Waiting | OwnState::Sending))
        };
        let read: Vec<&RowView> = all.values().filter(unsent).collect();
        assert!(!read.iter().skip(1).any(|row| row.gap), "a gap stays: {read:#?}");
        let read: Vec<&str> = read.iter().map(|row| row.content.as_str()).collect();
        assert_eq!(read, texts, "what was read is not what is stored");
    }

    /// One broken connection is one cause: nothing is asked for twice because of it. But what has waited for it may be refused
    /// then, which is another: a base server does not say what it refuses, and the history is read to find out.
    fn resyncs_once(&mut self) {
        self.asked.clear();
        let waits = self.tabs.iter().any(|tab| tab.picture.waiting > 0);
        let unnamed = waits && self.server.kind != Kind::Extended;
        self.cut(1006, false);
        self.become_quiet(true, SOON);
        for ((tab, what), count) in &self.asked {
            let refused = |(peer, texts): (&&str, &Vec<&str>)| {
                what.contains(*peer) && texts.contains(&REFUSED)
            };
            let most = 1 + usize::from(unnamed && self.typed.iter().any(refused));
            assert!(*count <= most, "tab {tab} asked {count} times for {what}");
        }
    }

    /// What was on disk once is stored once, or refused. A base server knows nobody's names: of equal texts one is as good
    /// as the other.
    fn all_that_was_accepted_is_stored(&self) {
        let by_id = self.server.kind == Kind::Extended;
        let name = |id: &str, to: &str, text: &str| {
            if by_id { id.to_owned() } else { format!("{text} to {to}") }
        };
        let mut stored: BTreeMap<String, usize> = BTreeMap::new();
        for message in PEERS.iter().flat_map(|peer| self.server.sent_to(peer)) {
            let id = message.client_id.as_ref().unwrap();
            *stored.entry(name(id.as_str(), &message.to, &message.content)).or_default() += 1;
        }
        let mut accepted: BTreeMap<String, usize> = BTreeMap::new();
        for message in self.browser.accepted.values().map(|value| json(value)) {
            let part = |name: &str| message[name].as_str().unwrap().to_owned();
            if part("content") != REFUSED {
                *accepted.entry(name(&part("id"), &part("to"), &part("content"))).or_default() += 1;
            }
        }
        for (name, count) in accepted {
            let stored = stored.get(&name).copied().unwrap_or_default();
            assert!(stored >= count, "{name} was accepted {count} times and stored {stored} times");
            assert!(!by_id || stored == 1, "{name} was stored {stored} times");
        }
    }

    fn is_stored_once(&self, peer: &'static str) {
        let typed = self.typed.get(peer).map_or(&[][..], Vec::as_slice);
        let mut expected: Vec<&str> =
            typed.iter().copied().filter(|text| *text != REFUSED).collect();
        let mut stored: Vec<&str> =
            self.server.sent_to(peer).map(|message| message.content.as_str()).collect();
        if self.lossy {
            // What was typed in a tab that was killed, or that no disk took, may never have left it.
            for text in stored {
                let place = expected.iter().position(|other| *other == text);
                assert!(
                    place.map(|place| expected.remove(place)).is_some(),
                    "{text} twice to {peer}"
                );
            }
            return;
        }
        if self.disordered.contains(peer) {
            expected.sort_unstable();
            stored.sort_unstable();
        }
        assert_eq!(stored, expected, "the server has not what was typed to {peer}");
        let refused = typed.iter().filter(|text| **text == REFUSED).count();
        for tab in &self.tabs {
            assert_eq!(tab.failed(|_| true).len(), refused, "{:?}", tab.picture.lines());
        }
    }

    fn looks_as(&self, tab: usize, fresh: &Self, peer: &str) {
        let stored = |world: &Self, tab: usize| {
            let rows = world.tabs[tab].picture.rows().map(|(_, row)| row.clone());
            rows.filter(|row| !matches!(row.own, Some(OwnState::Failed(_)))).collect::<Vec<_>>()
        };
        let (here, there) = (stored(self, tab), stored(fresh, 0));
        let pending =
            |row: &&RowView| matches!(row.own, Some(OwnState::Waiting | OwnState::Sending));
        assert_eq!(here.iter().find(pending), None, "tab {tab} takes it for unsent: {here:?}");
        // Between two gaps that are marked nothing may be missing.
        let texts = self.server.texts(peer);
        for run in here.chunk_by(|_, next| !next.gap) {
            let run: Vec<&str> = run.iter().map(|row| row.content.as_str()).collect();
            let whole = texts.windows(run.len()).any(|part| part == run);
            assert!(whole, "tab {tab}: {run:?} has a hole: {here:?} of {texts:?}");
        }
        // Who says that nothing is before the first row has all from the first one on.
        let picture = &self.tabs[tab].picture;
        let begins =
            picture.conversation.as_ref().is_some_and(|open| open.older == OlderStatus::End);
        if begins && picture.around.0 == 0 {
            let length = here.iter().skip(1).take_while(|row| !row.gap).count() + here.len().min(1);
            let run: Vec<&str> = here[..length].iter().map(|row| row.content.as_str()).collect();
            assert_eq!(run, texts[..length], "tab {tab} has not the beginning: {here:?}");
        }
        // What lies before a gap that is marked is read when it is looked at.
        let (newest, there) = (after_the_gaps(&here), after_the_gaps(&there));
        let same_length = newest.len().min(there.len());
        assert!(same_length >= there.len().min(PAGE), "{here:#?} is less than {there:#?}");
        let (mut newest, mut known) = (tail(newest, same_length), tail(there, same_length));
        // A base server tells the times of receipts only to who is there.
        if self.server.kind != Kind::Extended {
            newest.iter_mut().chain(&mut known).for_each(|row| row.receipts = Receipts::default());
        }
        assert_eq!(newest, known, "tab {tab}: {here:#?} is not {there:#?}");
        let other = &fresh.tabs[0].picture;
        // A read mark may reach the server after a message that was not seen, and cover it too. Where it does not
        // count per conversation nobody can tell, and the message stays unread until it is seen.
        let (unread, known) = (picture.unread, other.unread);
        assert!(
            unread == known || !self.server.counts() && unread > known,
            "{unread}, not {known}"
        );
        assert_eq!(picture.people, other.people, "tab {tab} of {}", self.tabs.len());
        for peer in PEERS {
            let (mut here, mut there) = (picture.person(peer).clone(), other.person(peer).clone());
            // The model's server tells neither in REST.
            (here.last_seen, there.last_seen) = (None, None);
            // What one has begun to write is in one browser alone, and is told while another conversation is open.
            (here.draft, there.draft) = (String::new(), String::new());
            if !self.server.counts() {
                (here.unread, there.unread) = (0, 0);
            }
            assert_eq!(here, there, "{peer}");
        }
    }
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// The newest rows, without a gap among them.
fn after_the_gaps(rows: &[RowView]) -> &[RowView] {
    rows.iter().rposition(|row| row.gap).map_or(rows, |gap| &rows[gap..])
}

/// The last rows, whatever is marked as missing before them.
fn tail(rows: &[RowView], length: usize) -> Vec<RowView> {
    let rows = &rows[rows.len() - length..];
    rows.iter().map(|row| RowView { gap: false, ..row.clone() }).collect()
}
