//! One's own typing sign: when to say that one writes, and when that one does not any more.

use std::time::Duration;

use chinwag_protocol::{ClientFrame, UserId};

use crate::time::Millis;

/// No key for so long means that one has ceased to write (guide: `_typingTimer`).
const STOP_AFTER: Duration = Duration::from_secs(2);
/// The sign is renewed this often, since the other side lets it expire after five seconds.
const RENEW_AFTER: Duration = Duration::from_secs(3);

/// Whom one is writing to, if anybody.
#[derive(Debug, Default)]
pub(crate) struct Typist(Option<Writing>);

#[derive(Debug)]
struct Writing {
    to: UserId,
    told: Millis,
    last_key: Millis,
}

impl Typist {
    /// A key was pressed: the frames to send, in order.
    pub(crate) fn key(&mut self, now: Millis, to: &UserId) -> Vec<ClientFrame> {
        if let Some(writing) = self.0.as_mut().filter(|writing| writing.to == *to) {
            writing.last_key = now;
            if now < writing.told.plus(RENEW_AFTER) {
                return Vec::new();
            }
            writing.told = now;
            return vec![ClientFrame::TypingStart { receiver_id: to.clone() }];
        }
        let stop = self.stop();
        self.0 = Some(Writing { to: to.clone(), told: now, last_key: now });
        stop.into_iter().chain([ClientFrame::TypingStart { receiver_id: to.clone() }]).collect()
    }

    /// The text was sent or emptied, or its conversation left.
    pub(crate) fn stop(&mut self) -> Option<ClientFrame> {
        let Writing { to, .. } = self.0.take()?;
        Some(ClientFrame::TypingStop { receiver_id: to })
    }

    /// The connection is gone, and what was said on it is forgotten.
    pub(crate) fn forget(&mut self) {
        self.0 = None;
    }

    pub(crate) fn tick(&mut self, now: Millis) -> Option<ClientFrame> {
        if now < self.deadline()? {
            return None;
        }
        self.stop()
    }

    pub(crate) fn deadline(&self) -> Option<Millis> {
        self.0.as_ref().map(|writing| writing.last_key.plus(STOP_AFTER))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(to: &str) -> ClientFrame {
        ClientFrame::TypingStart { receiver_id: UserId::from(to) }
    }

    fn stop(to: &str) -> ClientFrame {
        ClientFrame::TypingStop { receiver_id: UserId::from(to) }
    }

    #[test]
    fn start_is_told_at_once_and_stop_two_seconds_after_the_last_key() {
        let (mut typist, ada) = (Typist::default(), UserId::from("ada"));
        assert_eq!(typist.key(Millis(0), &ada), vec![start("ada")]);
        assert_eq!(typist.key(Millis(1_500), &ada), vec![]);
        assert_eq!(typist.tick(Millis(3_499)), None);
        assert_eq!(typist.tick(Millis(3_500)), Some(stop("ada")));
        assert_eq!(typist.tick(Millis(9_000)), None);
    }

    #[test]
    fn who_goes_on_writing_renews_the_sign_before_it_expires() {
        let (mut typist, ada) = (Typist::default(), UserId::from("ada"));
        let told: Vec<u64> = (0..100)
            .map(|step| step * 100)
            .filter(|at| !typist.key(Millis(*at), &ada).is_empty())
            .collect();
        assert_eq!(told, [0, 3_000, 6_000, 9_000]);
    }

    #[test]
    fn writing_to_another_person_stops_the_first() {
        let mut typist = Typist::default();
        typist.key(Millis(0), &UserId::from("ada"));
        assert_eq!(typist.key(Millis(1), &UserId::from("bob")), vec![stop("ada"), start("bob")]);
    }
}
