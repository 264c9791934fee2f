//! Instants as the wire has them: ISO 8601 in text, milliseconds inside. The calendar is chrono's.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Serialize, Serializer};

use crate::json::JsonRef;

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

    /// Reads ISO 8601 (RFC 3339), to the millisecond. A time without a zone is taken as UTC, because some
    /// servers leave the `Z` out.
    ///
    /// ```
    /// # use chinwag_protocol::Timestamp;
    /// let instant = Timestamp::parse("2026-11-22T20:36:44.277+01:00");
    /// assert_eq!(instant, Timestamp::parse("2026-11-22T19:36:44.277Z"));
    /// assert_eq!(instant, Timestamp::parse("2026-11-22T19:36:44.277"));
    /// assert_eq!(Timestamp::parse("2026-02-30T00:00:00Z"), None);
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        let instant = DateTime::parse_from_rfc3339(text)
            .or_else(|_| DateTime::parse_from_rfc3339(&format!("{text}Z")))
            .ok()?;
        Some(Self::from_millis(instant.timestamp_millis()))
    }

    /// Reads what servers send as a time: ISO 8601 text or a number of milliseconds.
    pub(crate) fn read(value: JsonRef<'_>) -> Option<Self> {
        match value.as_text() {
            Some(text) => Self::parse(text),
            None => value.as_whole().map(Self::from_millis),
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
    use serde_json::json;

    use super::*;
    use crate::json::Json;

    fn read(json: &str) -> Option<Timestamp> {
        Timestamp::read(Json::read(json).unwrap().root())
    }

    #[test]
    fn reads_what_the_recorded_server_wrote() {
        let instant = Timestamp::parse("2026-11-22T19:36:44.277Z").unwrap();
        assert_eq!(instant.iso(), "2026-11-22T19:36:44.277Z");
        assert_eq!(instant.millis(), 1_795_376_204_277);
        let millis = instant.millis().to_string();
        assert_eq!(read(&millis), Some(instant));
    }

    #[test]
    fn reads_the_forms_that_servers_write() {
        for (text, iso) in [
            ("2026-11-22T19:36:44Z", "2026-11-22T19:36:44.000Z"),
            ("2026-11-22t19:36:44z", "2026-11-22T19:36:44.000Z"),
            ("2026-11-22 19:36:44.5Z", "2026-11-22T19:36:44.500Z"),
            ("2026-11-22T19:36:44.123456789Z", "2026-11-22T19:36:44.123Z"),
            ("2026-11-22T19:36:44.277000", "2026-11-22T19:36:44.277Z"),
            ("2026-11-22T19:36:44", "2026-11-22T19:36:44.000Z"),
            ("2026-01-01T00:00:00-00:01", "2026-01-01T00:01:00.000Z"),
            ("2024-02-29T23:59:60Z", "2024-03-01T00:00:00.000Z"),
            ("1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"),
            ("0000-01-01T00:00:00+01:00", "0000-01-01T00:00:00.000Z"),
            ("9999-12-31T23:59:59-23:59", "9999-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(Timestamp::parse(text).unwrap().iso(), iso, "{text}");
        }
    }

    #[test]
    fn an_instant_past_what_can_be_written_becomes_the_nearest_one_that_can() {
        assert_eq!(Timestamp::from_millis(i64::MIN).iso(), "0000-01-01T00:00:00.000Z");
        assert_eq!(Timestamp::from_millis(i64::MAX).iso(), "9999-12-31T23:59:59.999Z");
        assert_eq!(Timestamp::from_millis(0).iso(), "1970-01-01T00:00:00.000Z");
    }

    #[test]
    fn refuses_what_is_no_time() {
        for text in [
            "",
            "yesterday",
            "2026-11-22",
            "2026-11-22T",
            "2026-11-22T19:36",
            "2026-13-01T00:00:00Z",
            "2026-00-01T00:00:00Z",
            "2026-11-31T00:00:00Z",
            "2026-11-00T00:00:00Z",
            "2025-02-29T00:00:00Z",
            "1900-02-29T00:00:00Z",
            "2026-11-22T24:00:00Z",
            "2026-11-22T19:60:00Z",
            "2026-11-22T19:36:61Z",
            "2026-11-22T19:36:44.Z",
            "2026-11-22T19:36:44+24:00",
            "2026-11-22T19:36:44+00:60",
            "2026-11-22T19:36:44+1",
            "2026-11-22T19:36:44Zz",
            "2026-11-22T19:36:44Z ",
            " 2026-11-22T19:36:44Z",
            "+026-11-22T19:36:44Z",
            "+12026-11-22T19:36:44Z",
            "2026-11-2\u{662}T19:36:44Z",
            "é026-11-22T19:36:44Z",
        ] {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_number_is_milliseconds_where_it_is_whole_and_fits() {
        for (value, millis) in [
            (json!(0), Some(0)),
            (json!(-1), Some(-1)),
            (json!(1_795_376_204_277_i64), Some(1_795_376_204_277)),
            (json!(i64::MAX), Some(LATEST)),
            (json!(i64::MIN), Some(EARLIEST)),
            (json!(u64::MAX), None),
            (json!(1e300), None),
            (json!(0.5), None),
            (json!({}), None),
            (json!([]), None),
            (json!(true), None),
            (json!(null), None),
        ] {
            assert_eq!(read(&value.to_string()).map(Timestamp::millis), millis, "{value}");
        }
    }

    proptest! {
        #[test]
        fn every_instant_survives_the_wire(millis in EARLIEST..=LATEST) {
            let instant = Timestamp::from_millis(millis);
            prop_assert_eq!(Timestamp::parse(&instant.iso()), Some(instant));
        }

        #[test]
        fn no_text_makes_it_panic(text in any::<String>(), near in "[0-9é:.TZ+ -]{0,40}") {
            let _ = Timestamp::parse(&text);
            let _ = Timestamp::parse(&near);
        }
    }
}
