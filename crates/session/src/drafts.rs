//! What one was writing, and to whom. It is kept on disk soon after each key, at once where the page may go.

use std::time::Duration;

use chinwag_protocol::UserId;

use crate::time::Millis;

/// How much later than the first key a text is written down: not at each one.
const REST: Duration = Duration::from_millis(250);

/// Texts that were not sent.
#[derive(Debug, Default)]
pub(crate) struct Drafts {
    texts: Vec<(UserId, String)>,
    /// Whose is not on disk as it is.
    unwritten: Vec<UserId>,
    due: Option<Millis>,
}

impl Drafts {
    /// What was being written to somebody.
    pub(crate) fn get(&self, to: &UserId) -> &str {
        self.texts.iter().find(|(other, _)| other == to).map_or("", |(_, text)| text)
    }

    /// What was on disk, unless something newer is known.
    pub(crate) fn restore(&mut self, to: UserId, text: String) {
        if !self.texts.iter().any(|(other, _)| *other == to) {
            self.texts.push((to, text));
        }
    }

    /// Another tab has written it. What is written here and not on disk yet is newer.
    pub(crate) fn told(&mut self, to: UserId, text: String) {
        if !self.unwritten.contains(&to) {
            self.texts.retain(|(other, _)| *other != to);
            self.texts.push((to, text));
        }
    }

    /// It has become this.
    pub(crate) fn set(&mut self, now: Millis, to: &UserId, text: String) {
        self.texts.retain(|(other, _)| other != to);
        self.texts.push((to.clone(), text));
        if !self.unwritten.contains(to) {
            self.unwritten.push(to.clone());
        }
        self.due.get_or_insert(now.plus(REST));
    }

    /// It was sent: it goes from the disk together with the message's coming there.
    pub(crate) fn sent(&mut self, now: Millis, to: &UserId) {
        self.set(now, to, String::new());
        self.hurry(now);
    }

    /// What is not on disk is written now.
    pub(crate) fn hurry(&mut self, now: Millis) {
        if self.due.is_some() {
            self.due = Some(now);
        }
    }

    /// Whose are to be written, where it is time.
    pub(crate) fn unwritten(&mut self, now: Millis) -> Vec<UserId> {
        if self.due.is_none_or(|due| now < due) {
            return Vec::new();
        }
        self.due = None;
        std::mem::take(&mut self.unwritten)
    }

    /// The disk has not taken some of them: all are written once it takes them.
    pub(crate) fn refused(&mut self) {
        self.unwritten = self.texts.iter().map(|(to, _)| to.clone()).collect();
    }

    /// There is no disk to write them to, for now.
    pub(crate) fn put_off(&mut self) {
        self.due = None;
    }

    /// There is one again.
    pub(crate) fn write_again(&mut self, now: Millis) {
        if !self.unwritten.is_empty() {
            self.due = Some(now);
        }
    }

    pub(crate) fn deadline(&self) -> Option<Millis> {
        self.due
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kept;

    fn values(drafts: &mut Drafts, now: u64) -> Vec<Option<String>> {
        let due = drafts.unwritten(Millis(now));
        due.iter().map(|with| kept::draft(&"me".into(), with, drafts.get(with)).value).collect()
    }

    #[test]
    fn a_text_is_written_a_moment_after_its_first_key_however_long_one_goes_on() {
        let (mut drafts, ada) = (Drafts::default(), UserId::from("ada"));
        drafts.set(Millis(0), &ada, "a".to_owned());
        drafts.set(Millis(200), &ada, "ab".to_owned());
        assert_eq!(values(&mut drafts, 249), []);
        assert_eq!(values(&mut drafts, 250), [Some(r#"{"with":"ada","draft":"ab"}"#.to_owned())]);
        assert_eq!(values(&mut drafts, 999), []);
        assert_eq!(drafts.deadline(), None);
    }

    #[test]
    fn without_a_disk_a_text_waits_for_one() {
        let (mut drafts, ada) = (Drafts::default(), UserId::from("ada"));
        drafts.set(Millis(0), &ada, "a".to_owned());
        drafts.put_off();
        assert_eq!((values(&mut drafts, 999), drafts.deadline()), (vec![], None));
        drafts.write_again(Millis(1_000));
        assert_eq!(values(&mut drafts, 1_000).len(), 1);
    }

    #[test]
    fn what_another_tab_has_written_is_known_unless_it_is_being_written_here() {
        let (mut drafts, ada) = (Drafts::default(), UserId::from("ada"));
        drafts.told(ada.clone(), "theirs".to_owned());
        assert_eq!(drafts.get(&ada), "theirs");
        drafts.set(Millis(0), &ada, "mine".to_owned());
        drafts.told(ada.clone(), "theirs too".to_owned());
        assert_eq!(drafts.get(&ada), "mine");
    }

    #[test]
    fn what_is_sent_is_forgotten_at_once_and_what_may_be_lost_is_written_at_once() {
        let (mut drafts, ada) = (Drafts::default(), UserId::from("ada"));
        drafts.hurry(Millis(0));
        assert_eq!(values(&mut drafts, 0), []);
        drafts.set(Millis(0), &ada, "a".to_owned());
        drafts.hurry(Millis(1));
        assert_eq!(values(&mut drafts, 1).len(), 1);
        drafts.sent(Millis(2), &ada);
        assert_eq!(values(&mut drafts, 2), [None]);
        drafts.restore(ada.clone(), "old".to_owned());
        assert_eq!(drafts.get(&ada), "", "what is known is newer than what was on disk");
    }
}
