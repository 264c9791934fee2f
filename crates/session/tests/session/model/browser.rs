//! What the tabs of a browser share: the disk, the lock of the tab that leads, and what they tell each other.

use std::collections::{BTreeMap, VecDeque};

use chinwag_session::{Input, KeepId, Recall, RecallId, Write};

/// Something that the disk is asked for, by a tab.
#[derive(Clone, Debug)]
enum Job {
    Load(String),
    Keep(KeepId, Vec<Write>),
    Recall(RecallId, Recall),
    Cache(KeepId, Vec<Write>),
    Purge(String, Vec<String>),
}

/// How the disk is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Disk {
    #[default]
    Sound,
    /// It takes nothing more, and what it has can be read.
    Full,
    /// Nothing can be read either.
    Gone,
}

/// A browser.
#[derive(Clone, Debug, Default)]
pub(super) struct Browser {
    disk: BTreeMap<String, String>,
    /// What tabs have seen, for the next start; and who one is.
    pub(super) cache: BTreeMap<String, String>,
    pub(super) me: Option<String>,
    jobs: VecDeque<(usize, Job)>,
    state: Disk,
    /// Messages that were ever on the disk, by their keys: they must not be lost.
    pub(super) accepted: BTreeMap<String, String>,
    /// Which tab leads, and which wait for it.
    pub(super) leads: Option<usize>,
    pub(super) queue: VecDeque<usize>,
    /// What each tab is yet to hear.
    heard: BTreeMap<usize, VecDeque<String>>,
}

impl Browser {
    /// A tab has come.
    pub(super) fn join(&mut self, tab: usize) {
        self.queue.push_back(tab);
        self.heard.insert(tab, VecDeque::new());
    }

    /// A tab is gone: its last writes are done, or not.
    pub(super) fn leave(&mut self, tab: usize, written: bool) {
        if written {
            let jobs = std::mem::take(&mut self.jobs);
            for (of, job) in jobs {
                if let (true, Job::Keep(_, writes)) = (of == tab, &job) {
                    self.write(writes);
                } else if let (true, Job::Cache(_, writes)) = (of == tab, &job) {
                    self.write_cache(writes);
                } else if of != tab {
                    self.jobs.push_back((of, job));
                }
            }
        }
        self.jobs.retain(|(of, _)| *of != tab);
        self.queue.retain(|waits| *waits != tab);
        self.heard.remove(&tab);
        if self.leads == Some(tab) {
            self.leads = None;
        }
    }

    /// The lock goes to the next tab, where it is free.
    pub(super) fn grant(&mut self) -> Option<usize> {
        if self.leads.is_none() {
            self.leads = self.queue.pop_front();
            return self.leads;
        }
        None
    }

    pub(super) fn load(&mut self, tab: usize, prefix: String) {
        self.jobs.push_back((tab, Job::Load(prefix)));
    }

    pub(super) fn keep(&mut self, tab: usize, id: KeepId, writes: Vec<Write>) {
        self.jobs.push_back((tab, Job::Keep(id, writes)));
    }

    pub(super) fn recall(&mut self, tab: usize, id: RecallId, what: Recall) {
        self.jobs.push_back((tab, Job::Recall(id, what)));
    }

    pub(super) fn cache(&mut self, tab: usize, id: KeepId, writes: Vec<Write>) {
        self.jobs.push_back((tab, Job::Cache(id, writes)));
    }

    pub(super) fn purge(&mut self, tab: usize, prefix: String, but: Vec<String>) {
        self.jobs.push_back((tab, Job::Purge(prefix, but)));
    }

    /// A value of the cache is lost, cut off, or another's.
    pub(super) fn damage(&mut self, which: usize, how: usize) {
        let keys: Vec<String> = self.cache.keys().cloned().collect();
        let (Some(key), Some(other)) =
            (keys.get(which % keys.len().max(1)), keys.get(how % keys.len().max(1)))
        else {
            return;
        };
        let value = match how % 3 {
            0 => return drop(self.cache.remove(key)),
            1 => self.cache[key].chars().take(how % 50).collect(),
            _ => self.cache[other].clone(),
        };
        self.cache.insert(key.clone(), value);
    }

    fn write_cache(&mut self, writes: &[Write]) {
        for Write { key, value } in writes {
            match value {
                Some(value) => self.cache.insert(key.clone(), value.clone()),
                None => self.cache.remove(key),
            };
        }
    }

    pub(super) fn disk_is(&mut self, state: Disk) {
        self.state = state;
    }

    pub(super) fn is_busy(&self) -> bool {
        !self.jobs.is_empty()
    }

    /// Does what it was asked first, and says so to the tab.
    pub(super) fn work(&mut self) -> Option<(usize, Input)> {
        let (tab, job) = self.jobs.pop_front()?;
        let input = match job {
            Job::Recall(id, what) => {
                let values = match what {
                    Recall::All(prefix) => {
                        let found = self.cache.iter().filter(|(key, _)| key.starts_with(&prefix));
                        found.map(|(_, value)| value.clone()).collect()
                    }
                    Recall::Each(keys) => {
                        let value = |key| self.cache.get(key).cloned().unwrap_or_default();
                        keys.iter().map(value).collect()
                    }
                };
                Input::Recalled { id, values: (self.state != Disk::Gone).then_some(values) }
            }
            Job::Cache(id, writes) => {
                let done = self.state == Disk::Sound;
                if done {
                    self.write_cache(&writes);
                }
                Input::Kept { id, done }
            }
            Job::Purge(prefix, but) => {
                self.cache.retain(|key, _| !key.starts_with(&prefix) || but.contains(key));
                return self.work();
            }
            Job::Load(prefix) => {
                let found = self
                    .disk
                    .range(prefix.clone()..)
                    .take_while(|(key, _)| key.starts_with(&prefix));
                let values = found.map(|(_, value)| value.clone()).collect();
                Input::Loaded { prefix, values: (self.state != Disk::Gone).then_some(values) }
            }
            Job::Keep(id, writes) => {
                let done = self.state == Disk::Sound;
                if done {
                    self.write(&writes);
                }
                Input::Kept { id, done }
            }
        };
        Some((tab, input))
    }

    fn write(&mut self, writes: &[Write]) {
        for Write { key, value } in writes {
            match value {
                Some(value) => {
                    if key.contains("/message/") {
                        self.accepted.insert(key.clone(), value.clone());
                    }
                    self.disk.insert(key.clone(), value.clone());
                }
                None => {
                    self.disk.remove(key);
                }
            }
        }
    }

    pub(super) fn tell(&mut self, by: usize, text: &str) {
        for (_, heard) in self.heard.iter_mut().filter(|(tab, _)| **tab != by) {
            heard.push_back(text.to_owned());
        }
    }

    /// What a tab hears next.
    pub(super) fn hear(&mut self, tab: usize) -> Option<String> {
        self.heard.get_mut(&tab)?.pop_front()
    }
}
