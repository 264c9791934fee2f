//! What is remembered of so many keys and no more.

use std::hash::Hash;

use governor::nanos::Nanos;
use governor::state::keyed::{DashMapStateStore, ShrinkableKeyedStateStore};
use governor::state::{InMemoryState, NotKeyed, StateStore};

/// The states of at most so many keys. All that come when there is no more room share one, until those are forgotten who
/// have gone: whoever has a million addresses cannot fill the memory, and those who are known already notice nothing.
pub(super) struct Bounded<K: Hash + Eq> {
    known: DashMapStateStore<K>,
    rest: InMemoryState,
    most: usize,
}

impl<K: Hash + Eq + Clone> Bounded<K> {
    pub(super) fn new(most: usize) -> Self {
        Self { known: DashMapStateStore::default(), rest: InMemoryState::default(), most }
    }
}

impl<K: Hash + Eq + Clone> StateStore for Bounded<K> {
    type Key = K;

    fn measure_and_replace<T, F, E>(&self, key: &K, f: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        if self.known.contains_key(key) || self.known.len() < self.most {
            self.known.measure_and_replace(key, f)
        } else {
            self.rest.measure_and_replace(&NotKeyed::NonKey, f)
        }
    }
}

impl<K: Hash + Eq + Clone> ShrinkableKeyedStateStore<K> for Bounded<K> {
    fn retain_recent(&self, drop_below: Nanos) {
        ShrinkableKeyedStateStore::retain_recent(&self.known, drop_below);
    }

    fn shrink_to_fit(&self) {
        self.known.shrink_to_fit();
    }

    fn len(&self) -> usize {
        self.known.len()
    }

    fn is_empty(&self) -> bool {
        self.known.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_comes_when_it_is_full_shares_one_place() {
        let store = Bounded::new(2);
        // Each state is one more than before.
        let count = |key: &str| {
            let more = |old: Option<Nanos>| {
                let next = old.map_or(0, u64::from) + 1;
                Ok::<_, ()>((next, Nanos::new(next)))
            };
            store.measure_and_replace(&key.to_owned(), more).unwrap()
        };
        assert_eq!([count("a"), count("b"), count("a")], [1, 1, 2]);
        assert_eq!([count("c"), count("d"), count("c")], [1, 2, 3], "these share one");
        assert_eq!([count("a"), count("b")], [3, 2], "those who are known do not");
        assert_eq!(ShrinkableKeyedStateStore::len(&store), 2);
    }
}
