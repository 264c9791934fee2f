//! How many connections one address may have at once: who opens thousands and says nothing would take the places of all.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::address::Address;

/// The connections of each address. Cloned freely: all clones count together.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    most: usize,
    by: Arc<Mutex<HashMap<Address, usize>>>,
}

/// One connection's place among those of its address: free when this is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    held: Held,
    from: Address,
}

impl Held {
    /// So many for each address.
    pub(crate) fn new(most: usize) -> Self {
        Self { most, by: Arc::default() }
    }

    /// One more from there, as long as what this gives is kept. `None` where there are as many as there may be.
    pub(crate) fn take(&self, from: Address) -> Option<Place> {
        let most = match from {
            // As with all limits of addresses.
            Address::Here => self.most.saturating_mul(super::HERE as usize),
            Address::V4(_) | Address::V6(_) => self.most,
        };
        let mut by = self.by();
        let count = by.entry(from).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Place { held: self.clone(), from })
    }

    /// A panic elsewhere leaves the map whole: nothing stops half-way.
    fn by(&self) -> MutexGuard<'_, HashMap<Address, usize>> {
        self.by.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut by = self.held.by();
        if let Some(count) = by.get_mut(&self.from) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                // Only those are remembered who are there.
                by.remove(&self.from);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn each_address_has_its_places_and_they_are_free_again() {
        let held = Held::new(2);
        let there = |last| Address::V4(Ipv4Addr::new(192, 0, 2, last));
        let places = [held.take(there(1)), held.take(there(1))];
        assert!(places.iter().all(Option::is_some));
        assert!(held.take(there(1)).is_none());
        let other = held.take(there(2));
        assert!(other.is_some(), "another is not hindered");
        drop(places);
        assert_eq!(held.by().len(), 1, "who has gone is forgotten");
        assert!(held.clone().take(there(1)).is_some());
        let here: Vec<_> = std::iter::from_fn(|| held.take(Address::Here)).collect();
        assert_eq!(here.len(), 40, "this machine is many");
    }
}
