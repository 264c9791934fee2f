//! The outbox of a tab among others: what a tab that follows shows of the leading one's, what it has it see to, and how
//! it takes over.

use chinwag_protocol::ClientId;

use super::{Disk, Entry, Outbox, Record, Stage};
use crate::view::{Failure, RowKey};

impl Outbox {
    /// Shows what was on disk, which another tab sees to.
    pub(crate) fn show(&mut self, record: Record, key: impl FnOnce() -> RowKey) {
        if !self.knows(&record.id) {
            self.insert(record.into_mirror(key()));
        }
    }

    /// Takes over what was on disk. Of what is known already, only that it has left is news: the tab that led has sent
    /// it and came no further.
    pub(crate) fn restore(&mut self, record: Record, key: impl FnOnce() -> RowKey) {
        let place = self.entries.iter().position(|entry| entry.id == record.id);
        let Some(place) = place else {
            if self.done.contains(&record.id) {
                // Its going from the disk was lost.
                self.gone.push(record.id);
            } else {
                self.insert(record.into_entry(key()));
            }
            return;
        };
        let entry = &mut self.entries[place];
        if let Stage::Elsewhere { .. } = entry.stage {
            *entry = record.into_entry(entry.key);
        } else if entry.left.is_none()
            && let Some(mark) = record.left()
        {
            entry.left = Some(mark.clone());
            if !matches!(entry.stage, Stage::Failed(_)) {
                entry.disk = Disk::Written;
                entry.stage = Stage::Doubtful { failure: None };
            }
        }
    }

    /// All that was on disk is here. What another tab saw to and is not there, is done; so is what was expected to be
    /// there and is not: another place has seen to it.
    pub(crate) fn restored(&mut self, expected: &[ClientId], there: &[ClientId]) {
        self.entries.retain(|entry| !matches!(entry.stage, Stage::Elsewhere { .. }));
        for id in expected.iter().filter(|id| !there.contains(id)) {
            self.done_elsewhere(id);
        }
    }

    /// The disk cannot tell how far the tab that led has come. What it is not known to have sent may be sent again only
    /// where the server knows it by its id; else the person decides.
    pub(crate) fn not_restored(&mut self, idempotent: bool) {
        for entry in &mut self.entries {
            if let Stage::Elsewhere { .. } = entry.stage {
                entry.stage = if idempotent || entry.left.is_some() {
                    entry.stage_of_old()
                } else {
                    Stage::Failed(Failure::NotKept)
                };
            }
        }
    }

    /// Another tab has typed this. Nobody knows whether it has come to write it down. Returns whether it is done with.
    pub(crate) fn typed_elsewhere(&mut self, record: Record, key: impl FnOnce() -> RowKey) -> bool {
        if self.done.contains(&record.id) {
            return true;
        }
        if !self.knows(&record.id) {
            let mut entry = record.into_entry(key());
            entry.disk = Disk::Unwritten;
            entry.on_disk = true;
            self.insert(entry);
        }
        false
    }

    /// The tab that leads is done with what was typed here.
    pub(crate) fn done_elsewhere(&mut self, id: &ClientId) {
        if let Some(place) = self.entries.iter().position(|entry| entry.id == *id) {
            self.remove(place);
        }
    }

    /// Replaces the mirror by what the tab that leads has; what was typed here and it has not seen stays.
    pub(crate) fn mirror(&mut self, records: Vec<Record>, mut key: impl FnMut() -> RowKey) {
        let old = std::mem::take(&mut self.entries);
        let (known, unseen): (Vec<_>, Vec<_>) = old
            .into_iter()
            .partition(|entry| matches!(entry.stage, Stage::Elsewhere { .. } | Stage::Failed(_)));
        for record in records {
            // A history may have been faster than the tab that leads.
            if self.done.contains(&record.id) {
                continue;
            }
            let same = |entry: &&Entry| entry.id == record.id;
            let row = known.iter().chain(&unseen).find(same).map(|entry| entry.key);
            self.insert(record.into_mirror(row.unwrap_or_else(&mut key)));
        }
        for entry in unseen {
            if !self.entries.iter().any(|seen| seen.id == entry.id) {
                self.insert(entry);
            }
        }
    }

    /// This tab leads from now on. How far the tab that led has come with what it saw to, the disk will tell; what could
    /// not be written is only here.
    pub(crate) fn take_over(&mut self) {
        for entry in &mut self.entries {
            match entry.stage {
                Stage::Elsewhere { .. } if entry.disk.is_unsure() => {
                    entry.stage = entry.stage_of_old();
                }
                Stage::Failed(_) if !entry.disk.is_unsure() => {
                    entry.stage = Stage::Elsewhere { sending: false };
                }
                Stage::Elsewhere { .. }
                | Stage::Failed(_)
                | Stage::Waiting
                | Stage::Leaving
                | Stage::Sent { .. }
                | Stage::Posted
                | Stage::Doubtful { .. } => {}
            }
        }
    }

    /// What goes from the disk is for the tab that leads to say.
    pub(crate) fn leave_to_leader(&mut self) {
        self.gone.clear();
    }

    /// Those typed here that the tab which leads was not told of. It is now, whether they are on disk yet or not: this
    /// tab may be closed the next moment.
    pub(crate) fn untold(&mut self) -> Vec<Record> {
        let mut untold = Vec::new();
        for entry in &mut self.entries {
            let mine = !matches!(entry.stage, Stage::Elsewhere { .. } | Stage::Failed(_));
            if mine && !entry.told {
                entry.told = true;
                untold.push(Record::of(entry));
            }
        }
        untold
    }

    /// Another tab leads, which knows of nothing that was told to the last one.
    pub(crate) fn tell_again(&mut self) {
        self.entries.iter_mut().for_each(|entry| entry.told = false);
    }

    /// All of it, where it is not what the other tabs were told last.
    pub(crate) fn news(&mut self) -> Option<Vec<Record>> {
        let records: Vec<Record> = self.entries.iter().map(Record::of).collect();
        (self.shared.as_ref() != Some(&records)).then(|| {
            self.shared = Some(records.clone());
            records
        })
    }

    /// Another tab has come, which was told nothing yet.
    pub(crate) fn share_anew(&mut self) {
        self.shared = None;
    }
}
