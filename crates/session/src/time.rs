//! The time that the session is told.

use std::time::Duration;

use chinwag_protocol::Timestamp;

/// An instant of the driver's clock, in milliseconds since 1970-01-01T00:00:00Z.
///
/// It never goes back while the page lives, though it may be wrong by hours: it measures spans, and
/// stands for the server's time only until the server has told its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Millis(pub u64);

impl Millis {
    /// The instant `span` later.
    pub fn plus(self, span: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(span.as_millis()).unwrap_or(u64::MAX)))
    }

    /// How long it is from now until `later`; nothing where that has passed.
    pub fn until(self, later: Self) -> Duration {
        Duration::from_millis(later.0.saturating_sub(self.0))
    }

    /// This instant as the server would write it, were the clock right.
    pub(crate) fn as_timestamp(self) -> Timestamp {
        Timestamp::from_millis(i64::try_from(self.0).unwrap_or(i64::MAX))
    }
}

/// The earliest of some instants that may not be set.
pub(crate) fn earliest(instants: impl IntoIterator<Item = Option<Millis>>) -> Option<Millis> {
    instants.into_iter().flatten().min()
}
