//! What the tabs of a browser share: the disk, the lock of the tab that leads, and what they tell each other.

use std::collections::{BTreeMap, VecDeque};

use chinwag_session::{Input, KeepId, Write};

/// Something that the disk is asked for, by a tab.
#[derive(Clone, Debug)]
enum Job {
    Load(String),
    Keep(KeepId, Vec<Write>),
}

/// A browser.
#[derive(Clone, Debug, Default)]
pub(super) struct Browser {
    disk: BTreeMap<String, String>,
    jobs: VecDeque<(usize, Job)>,
    refuses: bool,
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

    pub(super) fn works(&mut self, works: bool) {
        self.refuses = !works;
    }

    pub(super) fn is_busy(&self) -> bool {
        !self.jobs.is_empty()
    }

    /// Does what it was asked first, and says so to the tab.
    pub(super) fn work(&mut self) -> Option<(usize, Input)> {
        let (tab, job) = self.jobs.pop_front()?;
        let input = match job {
            Job::Load(prefix) => {
                let found = self
                    .disk
                    .range(prefix.clone()..)
                    .take_while(|(key, _)| key.starts_with(&prefix));
                let values = found.map(|(_, value)| value.clone()).collect();
                Input::Loaded { prefix, values: (!self.refuses).then_some(values) }
            }
            Job::Keep(id, writes) => {
                let done = !self.refuses;
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
