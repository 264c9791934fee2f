//! What of a connection is heeded, and how soon (`limits`).

use std::time::Duration;

use chinwag_protocol::{ClientFrame, ClientId, User, UserId};
use tokio::time::{Instant, sleep};

use crate::app::App;
use crate::chat::{Unheeded, Why};
use crate::error::Error;

/// A message that was refused is not asked for again sooner: so that some go together when it comes.
const LEAST_WAIT: Duration = Duration::from_secs(1);
/// Whoever sends on without listening is read so slowly.
const PAUSE: Duration = Duration::from_millis(10);

/// So many are remembered of those that were refused: many more than the page has under way.
const REMEMBERED: usize = 256;

/// The messages of one connection, in their order.
#[derive(Debug)]
pub(super) struct Line {
    /// How long those behind one that was refused wait for it once it may come again: as long as a connection may say
    /// nothing. What was under way with it has come by then.
    grace: Duration,
    /// Those that were refused and have not come again, in the order in which they came first: to whom, and their names.
    refused: Vec<(UserId, ClientId)>,
    /// When the first of them may come again.
    again: Instant,
}

impl Line {
    pub(super) fn new(grace: Duration) -> Self {
        Self { grace, refused: Vec::new(), again: Instant::now() }
    }

    /// What of a frame is heeded; `None` for nothing.
    pub(super) async fn pass(
        &mut self,
        app: &App,
        user: &User,
        frame: Result<ClientFrame, Unheeded>,
    ) -> Option<Result<ClientFrame, Unheeded>> {
        match &frame {
            Ok(ClientFrame::ChatMessage { receiver_id, client_message_id, .. }) => {
                let name = client_message_id.clone();
                let may = || app.limiter.send(&user.id);
                let Err(wait) = self.send(receiver_id, name.as_ref(), Instant::now(), may) else {
                    return Some(frame);
                };
                sleep(PAUSE).await;
                Some(Err(Unheeded { why: Why::TooMany { wait }, client_id: name }))
            }
            Ok(ClientFrame::TypingStart { .. } | ClientFrame::TypingStop { .. }) => {
                if app.limiter.is_to_type(&user.id) {
                    return Some(frame);
                }
                sleep(PAUSE).await;
                None
            }
            Ok(ClientFrame::MarkRead { .. } | ClientFrame::GetOnlineUsers {}) | Err(_) => {
                app.limiter.frame(&user.id).await;
                Some(frame)
            }
        }
    }

    /// Whether a message may be sent; if not, how long it is until then. What comes behind one to the same person that was
    /// refused is refused as well until that one has come again: it may be on its way already, and would overtake it
    /// otherwise.
    fn send(
        &mut self,
        to: &UserId,
        name: Option<&ClientId>,
        now: Instant,
        may: impl FnOnce() -> Result<(), Error>,
    ) -> Result<(), Duration> {
        if now >= self.again + self.grace {
            self.refused.clear();
        }
        let is_it = |(_, other): &(UserId, ClientId)| Some(other) == name;
        let first = self.refused.iter().find(|(other, _)| other == to);
        let wait = if first.is_some_and(|first| !is_it(first)) {
            self.again.saturating_duration_since(now).max(LEAST_WAIT)
        } else if let Err(error) = may() {
            let wait = error.wait().unwrap_or_default().max(LEAST_WAIT);
            self.again = now + wait;
            wait
        } else {
            self.refused.retain(|refused| !is_it(refused));
            return Ok(());
        };
        // One without a name cannot be known when it comes again.
        if let Some(name) = name
            && self.refused.len() < REMEMBERED
            && !self.refused.iter().any(is_it)
        {
            self.refused.push((to.clone(), name.clone()));
        }
        Err(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    #[test]
    fn what_was_sent_behind_a_refused_one_does_not_overtake_it() {
        let (mut line, now) = (Line::new(seconds(10)), Instant::now());
        let mut send = |name: &str, after: u64, may: bool| {
            let refused = || if may { Ok(()) } else { Err(Error::TooMany { wait: seconds(3) }) };
            let to = UserId::from(if name.starts_with('x') { "xenia" } else { "ada" });
            line.send(&to, Some(&ClientId::from(name)), now + seconds(after), refused)
        };
        assert_eq!(send("a", 0, true), Ok(()));
        assert_eq!(send("b", 0, false), Err(seconds(3)));
        assert_eq!(send("c", 1, true), Err(seconds(2)), "there is room again, but not for it");
        assert_eq!(send("x", 1, true), Ok(()), "to somebody else");
        assert_eq!(send("d", 5, true), Err(seconds(1)));
        assert_eq!(send("b", 6, false), Err(seconds(3)), "not yet");
        assert_eq!(send("b", 9, true), Ok(()));
        assert_eq!(send("e", 9, true), Err(seconds(1)), "others have come before it");
        assert_eq!(send("d", 9, true), Err(seconds(1)));
        for name in ["c", "d", "e", "f"] {
            assert_eq!(send(name, 9, true), Ok(()), "{name}");
        }
        assert_eq!(send("g", 10, false), Err(seconds(3)));
        assert_eq!(send("h", 22, true), Err(seconds(1)));
        assert_eq!(send("h", 23, true), Ok(()), "nobody waits for ever");
    }

    #[test]
    fn of_those_that_were_refused_so_many_are_remembered() {
        let (mut line, now) = (Line::new(seconds(10)), Instant::now());
        for number in 0..10_000 {
            let name = ClientId::from(format!("{number}"));
            let refused = || Err(Error::TooMany { wait: seconds(3) });
            line.send(&UserId::from("ada"), Some(&name), now, refused).unwrap_err();
        }
        assert_eq!(line.refused.len(), REMEMBERED);
    }

    #[test]
    fn messages_without_a_name_are_refused_one_by_one() {
        let (mut line, now) = (Line::new(seconds(10)), Instant::now());
        let ada = UserId::from("ada");
        let refused = || Err(Error::TooMany { wait: Duration::from_millis(20) });
        assert_eq!(line.send(&ada, None, now, refused), Err(seconds(1)));
        assert_eq!(line.send(&ada, None, now, || Ok(())), Ok(()));
    }
}
