//! Randomness from a seed that the driver gives: enough to spread reconnections, not for secrets.

/// A `SplitMix64` generator (Steele, Lea, Flood 2014).
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    /// A name that no other client gives: a UUID, version 4 (RFC 9562 §5.4), of two generators' numbers.
    pub(crate) fn uuid(&mut self, other: &mut Self) -> String {
        let (high, low) = (self.up_to(u64::MAX), other.up_to(u64::MAX));
        let variant = 0x8000 | (low >> 48 & 0x3FFF);
        format!(
            "{:08x}-{:04x}-4{:03x}-{variant:04x}-{:012x}",
            high >> 32,
            high >> 16 & 0xFFFF,
            high & 0xFFF,
            low & 0xFFFF_FFFF_FFFF
        )
    }

    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number from 0 to `bound`, both included.
    pub(crate) fn up_to(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^= mixed >> 31;
        bound.checked_add(1).map_or(mixed, |range| mixed % range)
    }
}
