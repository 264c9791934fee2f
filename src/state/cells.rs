//! One signal for each thing of a kind, so that a change touches only the nodes of that thing.

use std::collections::HashMap;
use std::hash::Hash;

use leptos::prelude::*;

/// Signals by key. They are counted references, not the arena's: what is taken out is freed.
pub(super) struct Cells<K, V: 'static>(HashMap<K, ArcRwSignal<V>>);

impl<K, V> Default for Cells<K, V> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<K, V> Cells<K, V>
where
    K: Clone + Eq + Hash,
    V: PartialEq + Send + Sync + 'static,
{
    /// The value of `key` has become this; who is told, is told only of a difference.
    pub(super) fn set(&mut self, key: K, value: V) {
        match self.0.get(&key) {
            Some(cell) => {
                if *cell.read_untracked() != value {
                    cell.set(value);
                }
            }
            None => {
                self.0.insert(key, ArcRwSignal::new(value));
            }
        }
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

impl<K, V> Cells<K, V>
where
    K: Clone + Eq + Hash,
    V: Default + Send + Sync + 'static,
{
    /// The signal of `key`, made where there is none.
    pub(super) fn get(&mut self, key: &K) -> ArcRwSignal<V> {
        self.0.entry(key.clone()).or_default().clone()
    }
}
