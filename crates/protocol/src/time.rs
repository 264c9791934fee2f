//! Instants as the wire has them: ISO 8601 in text, milliseconds inside.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Serialize, Serializer};
use serde_json::Value;

/// An instant of the server's clock, in milliseconds since 1970-01-01T00:00:00Z.
///
/// Always within the years that ISO 8601 writes with four digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// 0000-01-01T00:00:00Z.
const EARLIEST: i64 = -62_167_219_200_000;
/// 9999-12-31T23:59:59.999Z.
const LATEST: i64 = 253_402_300_799_999;

impl Timestamp {
    /// The instant `millis` after the epoch, or the nearest one that can be written.
    pub fn from_millis(millis: i64) -> Self {
        Self(millis.clamp(EARLIEST, LATEST))
    }

    /// Milliseconds since the epoch.
    pub fn millis(self) -> i64 {
        self.0
    }

    /// Reads ISO 8601 with a zone (RFC 3339), to the millisecond.
    pub fn parse(text: &str) -> Option<Self> {
        let instant = DateTime::parse_from_rfc3339(text).ok()?;
        Some(Self::from_millis(instant.timestamp_millis()))
    }

    /// Reads what servers send as a time: ISO 8601 text or a number of milliseconds.
    pub(crate) fn read(value: &Value) -> Option<Self> {
        match value {
            Value::String(text) => Self::parse(text),
            Value::Number(number) => number.as_i64().map(Self::from_millis),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        }
    }

    /// ISO 8601 in UTC with milliseconds, as the guide's servers write it: `2026-11-22T19:36:44.277Z`.
    pub fn iso(self) -> String {
        DateTime::<Utc>::from_timestamp_millis(self.0)
            .unwrap_or(DateTime::UNIX_EPOCH)
            .to_rfc3339_opts(SecondsFormat::Millis, true)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.iso())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_what_the_recorded_server_wrote() {
        let instant = Timestamp::parse("2026-11-22T19:36:44.277Z").unwrap();
        assert_eq!(instant.iso(), "2026-11-22T19:36:44.277Z");
        assert_eq!(Timestamp::parse("2026-11-22T20:36:44.277+01:00"), Some(instant));
        assert_eq!(Timestamp::read(&instant.millis().into()), Some(instant));
    }

    #[test]
    fn refuses_what_is_no_time() {
        for text in ["", "yesterday", "2026-13-01T00:00:00Z", "2026-11-22"] {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
        assert_eq!(Timestamp::read(&serde_json::json!(1e300)), None);
        assert_eq!(Timestamp::read(&serde_json::json!({})), None);
    }

    proptest! {
        #[test]
        fn every_instant_survives_the_wire(millis: i64) {
            let instant = Timestamp::from_millis(millis);
            prop_assert_eq!(Timestamp::parse(&instant.iso()), Some(instant));
        }
    }
}
