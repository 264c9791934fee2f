//! Identities and tokens made from the operating system's randomness.

use std::fmt::Write as _;

use chinwag_protocol::Timestamp;

/// 24 hex digits as base servers have them: four bytes of seconds, then eight random ones.
pub(crate) fn object_id(now: Timestamp) -> Result<String, getrandom::Error> {
    let mut bytes = [0; 12];
    getrandom::fill(&mut bytes)?;
    // As Mongo's: the seconds wrap in 2106, and nothing depends on them.
    let [.., a, b, c, d] = now.millis().div_euclid(1000).to_be_bytes();
    bytes[..4].copy_from_slice(&[a, b, c, d]);
    Ok(hex(&bytes))
}

/// 256 random bits in hex.
pub(crate) fn token() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(hex(&bytes))
}

/// Lower-case hex digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String never fails.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_begin_with_their_second_and_differ() {
        let now = Timestamp::from_millis(0x6b03_444b * 1000 + 7);
        let (one, two) = (object_id(now).unwrap(), object_id(now).unwrap());
        assert!(one.starts_with("6b03444b") && two.starts_with("6b03444b"));
        assert_eq!((one.len(), two.len()), (24, 24));
        assert_ne!(one, two);
        assert_eq!(token().unwrap().len(), 64);
    }
}
