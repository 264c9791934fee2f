//! What every part of the session acts on: the present, and what it wants done.

use chinwag_protocol::{ClientFrame, ClientId, UserId};

use crate::calls::Calls;
use crate::effect::{Effect, Effects, KeepId, Recall, RecallId};
use crate::kept;
use crate::link::Link;
use crate::random::Random;
use crate::roster::Collation;
use crate::tabs::Note;
use crate::time::Millis;
use crate::timeline::BlockId;
use crate::view::{Change, Failure, RowKey};

/// What every part of the session acts on: the present, and what it wants done.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, each learnt by itself")]
pub(crate) struct World {
    pub(crate) now: Millis,
    pub(crate) effects: Effects,
    pub(crate) calls: Calls,
    pub(crate) link: Link,
    /// Whether the page is visible and has the focus.
    pub(crate) attention: bool,
    /// Something to tell the person, as a notice.
    pub(crate) complaint: Option<Failure>,
    /// Whether this is the tab that holds the socket.
    pub(super) leads: bool,
    /// Whether it has led since before it asked the disk last.
    pub(super) led_then: bool,
    /// Whether other tabs have been heard of.
    pub(super) followed: bool,
    pub(super) random: Random,
    pub(super) ids: (Random, Random),
    pub(super) collate: Collation,
    pub(super) route: Option<UserId>,
    pub(super) rows: u64,
    pub(super) keeps: u64,
    pub(super) recalls: u64,
    pub(super) blocks: Random,
    /// How often the disk was asked and has not answered.
    pub(super) loads: u32,
}

impl World {
    /// In which nothing has happened. The two numbers are no other session's.
    pub(super) fn new(high: u64, low: u64, collate: Collation) -> Self {
        Self {
            now: Millis::default(),
            effects: Effects::new(),
            calls: Calls::default(),
            link: Link::new(low),
            attention: false,
            complaint: None,
            leads: false,
            led_then: false,
            followed: false,
            random: Random::new(low.rotate_left(32)),
            ids: (Random::new(high), Random::new(low)),
            collate,
            route: None,
            rows: 0,
            keeps: 0,
            recalls: 0,
            blocks: Random::new(high.rotate_left(32) ^ low.wrapping_mul(0x9E37_79B9_7F4A_7C15)),
            loads: 0,
        }
    }

    /// A key that no row had before.
    pub(crate) fn row_key(&mut self) -> RowKey {
        self.rows += 1;
        RowKey(self.rows)
    }

    pub(crate) fn log(&mut self, text: impl Into<String>) {
        self.effects.push_back(Effect::Log(text.into()));
    }

    /// A name that no other message has.
    pub(crate) fn client_id(&mut self) -> ClientId {
        let (one, other) = &mut self.ids;
        ClientId::from(one.uuid(other))
    }

    /// The number of the next write.
    pub(crate) fn next_keep(&mut self) -> KeepId {
        self.keeps += 1;
        KeepId(self.keeps)
    }

    /// Asks the cache for these values.
    pub(crate) fn recall(&mut self, what: Recall) -> RecallId {
        self.recalls += 1;
        let id = RecallId(self.recalls);
        self.effects.push_back(Effect::Recall { id, what });
        id
    }

    /// A number that no block on disk has.
    pub(crate) fn block_id(&mut self) -> BlockId {
        BlockId(self.blocks.up_to(u64::MAX))
    }

    /// Asks the disk for what is kept for this person.
    pub(crate) fn load(&mut self, person: &UserId) {
        self.loads += 1;
        self.led_then = self.leads;
        self.effects.push_back(Effect::Load { prefix: kept::prefix(person) });
    }

    /// Whether the disk was asked and has not answered.
    pub(crate) fn is_loading(&self) -> bool {
        self.loads > 0
    }

    /// Whether this is the tab that holds the socket.
    pub(crate) fn leads(&self) -> bool {
        self.leads
    }

    /// Whether other tabs have been heard of.
    pub(crate) fn has_followers(&self) -> bool {
        self.followed
    }

    /// Another tab was heard.
    pub(crate) fn others_follow(&mut self) {
        self.followed = true;
    }

    /// Sends a frame whose loss does no harm, or has it sent by the tab that leads.
    pub(crate) fn tell(&mut self, me: &UserId, frame: ClientFrame) {
        if let Some(epoch) = self.link.up() {
            self.effects.push_back(Effect::SendFrame { epoch, frame });
        } else if !self.leads && self.link.is_up() {
            self.note(me, &Note::Say(frame));
        }
    }

    /// Tells this person's other tabs.
    pub(crate) fn note(&mut self, me: &UserId, note: &Note) {
        self.effects.push_back(Effect::Tell(note.encode(me)));
    }

    pub(crate) fn draw(&mut self, change: Change) {
        self.effects.push_back(Effect::Changed(change));
    }
}
