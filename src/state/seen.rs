//! Signals as the view has them: to be read and not written.
//!
//! Not leptos's own `ReadSignal`: to make one from a signal is a new entry in its arena each time, and its
//! machinery for each type would stand in the program beside that of the signal itself.

use std::ops::Deref;

use leptos::prelude::*;

/// A part of the picture. Cheap to copy.
pub struct Seen<T: 'static>(RwSignal<T>);

impl<T> Clone for Seen<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Seen<T> {}

impl<T: Send + Sync + 'static> Seen<T> {
    /// What `signal` holds.
    pub fn of(signal: RwSignal<T>) -> Self {
        Self(signal)
    }

    /// Reads it, and is told of changes.
    pub fn read(self) -> impl Deref<Target = T> {
        self.0.read()
    }

    /// Reads it as it is now.
    pub fn read_untracked(self) -> impl Deref<Target = T> {
        self.0.read_untracked()
    }

    /// Is told of changes without reading it.
    pub fn track(self) {
        self.0.track();
    }

    /// A copy of it; one is told of changes.
    pub fn get(self) -> T
    where
        T: Clone,
    {
        self.0.read().clone()
    }

    /// A copy of it as it is now.
    pub fn get_untracked(self) -> T
    where
        T: Clone,
    {
        self.0.read_untracked().clone()
    }
}

/// A person or a message of the picture: a counted reference, which goes with the last who holds it.
pub struct SeenCell<T>(ArcRwSignal<T>);

impl<T> Clone for SeenCell<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: Send + Sync + 'static> SeenCell<T> {
    /// What `signal` holds.
    pub fn of(signal: ArcRwSignal<T>) -> Self {
        Self(signal)
    }

    /// Reads it, and is told of changes.
    pub fn read(&self) -> impl Deref<Target = T> + use<T> {
        self.0.read()
    }

    /// Reads it as it is now.
    pub fn read_untracked(&self) -> impl Deref<Target = T> + use<T> {
        self.0.read_untracked()
    }
}
