//! The search for people: asked of the server as one types, but not at every key.

use std::time::Duration;

use chinwag_protocol::UserId;

use crate::time::Millis;
use crate::view::{Failure, ListStatus, SearchView};

/// How long the typing must rest before the server is asked.
const REST: Duration = Duration::from_millis(250);

/// The search under way, if any.
#[derive(Debug, Default)]
pub(crate) struct Search(Option<Current>);

#[derive(Debug)]
struct Current {
    query: String,
    due: Option<Millis>,
    status: ListStatus,
    found: Vec<UserId>,
}

impl Search {
    /// The text of the search field is this now.
    pub(crate) fn edit(&mut self, now: Millis, text: &str) {
        let query = text.trim();
        if query.is_empty() {
            self.0 = None;
            return;
        }
        let found = match self.0.take() {
            Some(current)
                if current.query == query && !matches!(current.status, ListStatus::Failed(_)) =>
            {
                self.0 = Some(current);
                return;
            }
            // What was found before stays until there is something new, so that the list does not flicker.
            Some(current) => current.found,
            None => Vec::new(),
        };
        let status = if found.is_empty() { ListStatus::Loading } else { ListStatus::Ready };
        self.0 =
            Some(Current { query: query.to_owned(), due: Some(now.plus(REST)), status, found });
    }

    /// The text to ask for, once it is due.
    pub(crate) fn tick(&mut self, now: Millis) -> Option<String> {
        let current = self.0.as_mut()?;
        current.due.filter(|due| now >= *due)?;
        current.due = None;
        Some(current.query.clone())
    }

    /// The answer to that text; ignored where the text is another by now.
    pub(crate) fn answered(&mut self, query: &str, answer: Result<Vec<UserId>, Failure>) -> bool {
        let Some(current) = self.0.as_mut().filter(|current| current.query == query) else {
            return false;
        };
        match answer {
            Ok(found) => {
                current.found = found;
                current.status = ListStatus::Ready;
            }
            Err(failure) => {
                current.found.clear();
                current.status = ListStatus::Failed(failure);
            }
        }
        true
    }

    pub(crate) fn deadline(&self) -> Option<Millis> {
        self.0.as_ref()?.due
    }

    pub(crate) fn view(&self) -> Option<SearchView> {
        let current = self.0.as_ref()?;
        Some(SearchView { status: current.status.clone(), found: current.found.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_is_asked_once_the_typing_rests() {
        let mut search = Search::default();
        for (at, text) in [(0, "b"), (100, "bé"), (200, "bé ")] {
            search.edit(Millis(at), text);
        }
        assert_eq!(search.tick(Millis(349)), None);
        assert_eq!(search.tick(Millis(350)), Some("bé".to_owned()));
        assert_eq!(search.tick(Millis(999)), None);
    }

    #[test]
    fn a_late_answer_to_an_earlier_text_is_ignored() {
        let mut search = Search::default();
        search.edit(Millis(0), "a");
        search.edit(Millis(1), "ab");
        assert!(!search.answered("a", Ok(vec![UserId::from("1")])));
        assert!(search.answered("ab", Ok(vec![UserId::from("2")])));
        assert_eq!(search.view().unwrap().found, [UserId::from("2")]);
    }

    #[test]
    fn an_empty_text_ends_the_search() {
        let mut search = Search::default();
        search.edit(Millis(0), "a");
        search.edit(Millis(1), "  ");
        assert_eq!(search.view(), None);
        assert_eq!(search.tick(Millis(999)), None);
    }
}
