//! Chance that is the same each time: a story that fails once fails again.

use std::ops::Range;
use std::time::Duration;

use tokio::time::sleep;

/// A row of numbers that look random (splitmix64), always the same for the same seed.
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// The row of this seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number of this range.
    pub fn of(&mut self, range: Range<u64>) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut next = self.0;
        next = (next ^ (next >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        next = (next ^ (next >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        range.start + (next ^ (next >> 31)) % (range.end - range.start)
    }

    /// Whether something happens that happens once in so many times.
    pub fn one_in(&mut self, times: u64) -> bool {
        self.of(0..times) == 0
    }

    /// Lets some milliseconds of this range pass, as trouble comes at any moment.
    pub async fn waits(&mut self, milliseconds: Range<u64>) {
        sleep(Duration::from_millis(self.of(milliseconds))).await;
    }
}
