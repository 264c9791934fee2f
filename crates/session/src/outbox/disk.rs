//! What of the outbox is on disk, is being written there, or could not be.

use chinwag_protocol::{ClientId, UserId};

use super::{DISK, Disk, Outbox, Record, Stage};
use crate::effect::{KeepId, Write};
use crate::time::Millis;

impl Outbox {
    /// What is on disk as it is.
    pub(crate) fn on_disk(&self) -> Vec<ClientId> {
        let written = self.entries.iter().filter(|entry| entry.disk == Disk::Written);
        written.map(|entry| entry.id.clone()).collect()
    }

    /// What is to be written: what is not on disk as it is, and what is there and gone.
    pub(crate) fn unwritten(&mut self, keep: KeepId, now: Millis, person: &UserId) -> Vec<Write> {
        let mut writes = Vec::new();
        for id in std::mem::take(&mut self.gone) {
            writes.push(Write { key: Record::key(person, &id), value: None });
            self.going.push((keep, id));
        }
        for entry in &mut self.entries {
            if entry.disk == Disk::Unwritten {
                let value = Some(Record::of(entry).encode());
                writes.push(Write { key: Record::key(person, &entry.id), value });
                entry.disk = Disk::Writing(keep, now.plus(DISK));
            }
        }
        writes
    }

    /// Nothing can be kept: nothing is waited for. Returns whether anything was to be.
    pub(crate) fn unkept(&mut self) -> bool {
        let mut any = false;
        for entry in self.entries.iter_mut().filter(|entry| entry.disk == Disk::Unwritten) {
            entry.disk = Disk::Failed;
            any = true;
        }
        any
    }

    /// The disk answers again: what it did not take is given to it once more.
    pub(crate) fn write_again(&mut self) {
        self.gone.extend(self.going.drain(..).map(|(_, id)| id));
        for entry in &mut self.entries {
            if entry.disk == Disk::Failed && !matches!(entry.stage, Stage::Elsewhere { .. }) {
                entry.disk = Disk::Unwritten;
            }
        }
    }

    /// A write has ended.
    pub(crate) fn written(&mut self, keep: KeepId, done: bool) {
        self.going.retain(|(going, _)| !done || *going != keep);
        for entry in &mut self.entries {
            if matches!(entry.disk, Disk::Writing(id, _) | Disk::Late(id) if id == keep) {
                entry.disk = if done { Disk::Written } else { Disk::Failed };
                entry.on_disk |= done;
            }
        }
    }

    /// Whether the disk has not answered in time.
    pub(crate) fn disk_is_late(&mut self, now: Millis) -> bool {
        let mut late = false;
        for entry in &mut self.entries {
            if let Disk::Writing(keep, until) = entry.disk
                && now >= until
            {
                entry.disk = Disk::Late(keep);
                entry.on_disk = true;
                late = true;
            }
        }
        late
    }
}
