//! Several tabs of one person: one leads, the others follow. Behaviour 8.

use std::collections::BTreeMap;

use chinwag_protocol::Token;
use chinwag_session::{Command, Gate, Input, LinkStatus};
use serde_json::json;

use crate::support::{
    Play, Step, answer, closed, command, edit, event, frame, history, input, later, new_message,
    open, send, sent,
};

/// Tabs of one browser: what one tells the others hear, and they share the disk.
struct Browser {
    tabs: Vec<Play>,
    disk: BTreeMap<String, String>,
}

fn come(mut tab: Play) -> Play {
    tab.run([
        input(Input::Begin { token: Some(Token::from("tok-1")), route: None, me: None }),
        answer("GET /auth/me", 200, json!({ "user": { "_id": "me", "username": "me" } })),
    ]);
    tab
}

fn lists() -> [Step; 2] {
    let users = json!({ "users": [{ "_id": "ada", "username": "ada" }, { "_id": "bela", "username": "béla" }] });
    [
        answer("GET /users?", 200, users),
        answer("GET /messages/conv", 200, json!({ "conversations": [] })),
    ]
}

impl Browser {
    /// With two tabs, of which the first leads and is connected, and béla open in both.
    fn with_two_tabs() -> Self {
        Self::with_another_tab(Play::with_bela(&[]))
    }

    /// This tab, which leads, and another.
    fn with_another_tab(leading: Play) -> Self {
        let mut browser = Self { tabs: vec![leading], disk: BTreeMap::new() };
        browser.tell_all();
        browser.opens_a_tab();
        browser
    }

    fn opens_a_tab(&mut self) {
        let mut tab = Play::in_another_tab(8 + self.tabs.len() as u128);
        tab.disk.clone_from(&self.disk);
        self.tabs.push(come(tab));
        self.tell_all();
        let new = self.tabs.len() - 1;
        self.run(new, lists());
        if !self.tabs[new].pending().is_empty() {
            self.run(new, [answer("GET /messages/conv", 200, json!({ "conversations": [] }))]);
        }
        self.run(new, [open("bela"), history("bela", &[])]);
    }

    fn run(&mut self, tab: usize, script: impl IntoIterator<Item = Step>) {
        self.said(tab, script);
    }

    /// Plays this in a tab. Returns the messages that any tab has sent thereupon.
    fn said(&mut self, tab: usize, script: impl IntoIterator<Item = Step>) -> Vec<String> {
        let now = self.tabs.iter().map(|tab| tab.now).max().unwrap_or_default();
        self.tabs.iter_mut().for_each(|tab| tab.now = now);
        self.tabs[tab].disk.clone_from(&self.disk);
        let mut said = self.tabs[tab].said(script);
        self.disk.clone_from(&self.tabs[tab].disk);
        said.extend(self.tell_all());
        said
    }

    /// Lets the tabs hear of each other until nothing more is said.
    fn tell_all(&mut self) -> Vec<String> {
        let mut said = Vec::new();
        while let Some(by) = self.tabs.iter().position(|tab| !tab.told.is_empty()) {
            for text in std::mem::take(&mut self.tabs[by].told) {
                for tab in (0..self.tabs.len()).filter(|tab| *tab != by) {
                    self.tabs[tab].disk.clone_from(&self.disk);
                    said.extend(self.tabs[tab].said([input(Input::Heard(text.clone()))]));
                    self.disk.clone_from(&self.tabs[tab].disk);
                }
            }
        }
        said
    }

    fn lines(&self) -> Vec<Vec<String>> {
        self.tabs.iter().map(|tab| tab.picture.lines()).collect()
    }

    fn links(&self) -> Vec<LinkStatus> {
        self.tabs.iter().map(|tab| tab.picture.link).collect()
    }
}

fn both(line: &str) -> Vec<Vec<String>> {
    vec![vec![line.to_owned()]; 2]
}

fn text(to: &str, content: &str) -> String {
    format!("say {}", chinwag_protocol::ClientFrame::text(to.into(), content).encode())
}

#[test]
fn a_second_tab_opens_no_socket_and_sees_all_that_the_first_hears() {
    let mut browser = Browser::with_two_tabs();
    assert_eq!(browser.links(), [LinkStatus::Connected; 2]);
    let typing =
        json!({ "userId": "bela", "username": "béla", "isTyping": true, "receiverId": "me" });
    browser.run(0, [frame("typing_indicator", typing)]);
    assert!(browser.tabs.iter().all(|tab| tab.picture.person("bela").typing));
    browser.run(0, [new_message("1", "bela", "hello", 1)]);
    assert_eq!(browser.lines(), both("hello"));
    assert!(browser.tabs.iter().all(|tab| tab.picture.unread == 1));
}

#[test]
fn what_is_typed_in_a_tab_that_follows_is_sent_once_and_seen_in_both() {
    let mut browser = Browser::with_two_tabs();
    assert_eq!(browser.said(1, [send("bela", "hi")]), [text("bela", "hi")]);
    assert_eq!(browser.lines(), both("hi (sending)"));
    let row = browser.tabs[1].picture.order[0];
    browser.run(0, [sent("1", "bela", "hi", 1)]);
    assert_eq!(browser.lines(), both("hi (sent)"));
    assert_eq!(browser.tabs[1].picture.order, [row], "it is the same row all the way");
    assert!(browser.disk.is_empty(), "{:?}", browser.disk);
}

#[test]
fn what_one_sees_in_a_tab_that_follows_is_marked_as_read_everywhere() {
    let mut browser = Browser::with_two_tabs();
    browser.run(1, [input(Input::Attention(true)), command(Command::Stand(None))]);
    browser.run(0, [new_message("1", "bela", "hello", 1)]);
    let marked = json!({ "senderId": "bela", "markedCount": 1 });
    browser.run(0, [frame("mark_read_success", marked)]);
    assert!(browser.tabs.iter().all(|tab| tab.picture.unread == 0));
}

#[test]
fn when_the_leading_tab_dies_another_connects_at_once_and_sends_what_waits() {
    let mut browser = Browser::with_two_tabs();
    browser.run(0, [closed(1006)]);
    browser.run(1, [send("bela", "one")]);
    browser.run(0, [send("bela", "two")]);
    assert_eq!(browser.lines()[1], ["one (waiting)", "two (waiting)"]);
    let rows = browser.tabs[1].picture.order.clone();
    browser.tabs.remove(0);
    browser.tabs[0].check([], []);
    browser.tabs[0].disk.clone_from(&browser.disk);
    browser.tabs[0].check([input(Input::Leads)], ["open socket tok-1"]);
    browser.tabs[0].greet();
    let said = browser.said(0, [history("bela", &[])]);
    assert_eq!(said, [text("bela", "one")]);
    assert_eq!(browser.said(0, [sent("1", "bela", "one", 1)]), [text("bela", "two")]);
    browser.run(0, [sent("2", "bela", "two", 2)]);
    assert_eq!(browser.lines(), [["one (sent)", "two (sent)"]]);
    assert_eq!(browser.tabs[0].picture.order, rows, "no row was made anew");
}

#[test]
fn what_the_dead_tab_had_sent_without_an_answer_is_looked_up_and_not_sent_twice() {
    let mut browser = Browser::with_two_tabs();
    assert_eq!(browser.said(1, [send("bela", "hi")]), [text("bela", "hi")]);
    browser.tabs.remove(0);
    browser.run(0, [input(Input::Leads)]);
    browser.tabs[0].greet();
    let stored = crate::support::stored("1", "me", "bela", "hi", 1);
    assert_eq!(browser.said(0, [history("bela", &[stored])]), Vec::<String>::new());
    assert_eq!(browser.lines(), [["hi (sent)"]]);
}

#[test]
fn what_a_killed_tab_has_left_on_the_disk_is_sent_when_another_is_opened() {
    let mut killed = Browser::with_two_tabs();
    killed.run(0, [closed(1006)]);
    killed.run(1, [send("bela", "hi")]);
    // The tab that leads has never heard of it.
    let mut browser = Browser::with_two_tabs();
    browser.disk = killed.disk;
    assert_eq!(browser.lines(), [Vec::<String>::new(), Vec::new()]);
    let mut tab = Play::in_another_tab(20);
    tab.disk.clone_from(&browser.disk);
    browser.tabs.push(come(tab));
    assert_eq!(browser.tell_all(), [text("bela", "hi")]);
}

#[test]
fn a_failed_message_is_retried_or_discarded_from_any_tab() {
    let mut browser = Browser::with_two_tabs();
    let refuse = |browser: &mut Browser| {
        browser.run(0, [frame("error", json!({ "message": "no" })), later(1_000)]);
        browser.run(0, [input(Input::Tick), history("bela", &[])]);
    };
    browser.run(1, [send("bela", "hi")]);
    refuse(&mut browser);
    assert_eq!(browser.lines(), both("hi (failed: no)"));
    let row = browser.tabs[1].picture.order[0];
    browser.run(1, [command(Command::Retry(row))]);
    assert_eq!(browser.said(0, [history("bela", &[])]), [text("bela", "hi")]);
    refuse(&mut browser);
    let row = browser.tabs[1].picture.order[0];
    browser.run(1, [command(Command::Discard(row))]);
    assert_eq!(browser.lines(), [Vec::<String>::new(), Vec::new()]);
    assert!(browser.disk.is_empty(), "{:?}", browser.disk);
}

/// Two tabs with a message that was refused, of which the one that leads is gone before it hears of anything more.
fn refused_and_left() -> Browser {
    let mut browser = Browser::with_two_tabs();
    browser.run(1, [send("bela", "hi")]);
    browser.run(0, [frame("error", json!({ "message": "no" })), later(1_000)]);
    browser.run(0, [input(Input::Tick), history("bela", &[])]);
    assert_eq!(browser.lines(), both("hi (failed: no)"));
    browser.tabs.remove(0);
    browser
}

#[test]
fn what_one_wants_done_while_no_tab_leads_is_done_by_the_one_that_does_next() {
    for (retries, lines) in [(true, vec!["hi (sent)"]), (false, vec![])] {
        let mut browser = refused_and_left();
        let row = browser.tabs[0].picture.order[0];
        let want = if retries { Command::Retry(row) } else { Command::Discard(row) };
        browser.run(0, [command(want)]);
        browser.run(0, [input(Input::Leads)]);
        browser.tabs[0].greet();
        // Whether it was stored after all is read first: without a connection, and once there is one.
        let said = if retries {
            browser.said(0, [history("bela", &[]), history("bela", &[])])
        } else {
            browser.said(0, [history("bela", &[])])
        };
        let expected: Vec<String> = retries.then(|| text("bela", "hi")).into_iter().collect();
        assert_eq!(said, expected);
        if retries {
            browser.run(0, [sent("1", "bela", "hi", 1)]);
        }
        assert_eq!(browser.lines(), [lines]);
        assert!(browser.disk.is_empty(), "{:?}", browser.disk);
    }
}

#[test]
fn of_what_one_wants_done_while_no_tab_leads_the_last_counts() {
    let mut browser = refused_and_left();
    let row = browser.tabs[0].picture.order[0];
    browser.run(0, [command(Command::Retry(row))]);
    browser.run(0, [command(Command::Discard(row))]);
    browser.run(0, [input(Input::Leads)]);
    browser.tabs[0].greet();
    assert_eq!(browser.said(0, [history("bela", &[])]), Vec::<String>::new());
    assert_eq!(browser.lines(), [Vec::<String>::new()]);
    assert!(browser.disk.is_empty(), "{:?}", browser.disk);
}

#[test]
fn what_one_wants_done_while_no_tab_leads_is_done_by_another_one_too() {
    let mut browser = refused_and_left();
    browser.opens_a_tab();
    let row = browser.tabs[0].picture.order[0];
    browser.run(0, [command(Command::Discard(row))]);
    // The others are heard before the disk.
    browser.tabs[1].delays_the_disk();
    browser.run(1, [input(Input::Leads)]);
    let late = browser.tabs[1].late();
    assert!(!late.is_empty());
    browser.run(1, late);
    browser.tabs[1].greet();
    browser.tell_all();
    browser.run(1, [history("bela", &[])]);
    assert_eq!(browser.lines(), [Vec::<String>::new(), Vec::new()]);
    assert!(browser.disk.is_empty(), "{:?}", browser.disk);
    // It is done: not once more where that one dies.
    browser.tabs.remove(1);
    browser.run(0, [input(Input::Leads)]);
    browser.tabs[0].greet();
    assert_eq!(browser.said(0, [history("bela", &[])]), Vec::<String>::new());
}

#[test]
fn a_tab_whose_text_the_leading_one_has_sent_already_does_not_wait_for_ever() {
    let mut browser = Browser::with_two_tabs();
    browser.run(0, [closed(1006)]);
    // The leading tab takes it from the disk, and is done before it hears of it.
    browser.tabs[1].disk.clone_from(&browser.disk);
    browser.tabs[1].run([send("bela", "hi")]);
    let late = std::mem::take(&mut browser.tabs[1].told);
    browser.disk.clone_from(&browser.tabs[1].disk);
    browser.opens_a_tab();
    browser.run(0, [later(1_600), input(Input::Tick)]);
    browser.tabs[0].greet();
    let said = browser.said(0, [history("bela", &[])]);
    assert_eq!(said, [text("bela", "hi")]);
    browser.run(0, [sent("1", "bela", "hi", 1)]);
    browser.tabs[1].told = late;
    assert_eq!(browser.tell_all(), Vec::<String>::new(), "it is not sent again");
    assert_eq!(browser.tabs[1].picture.waiting, 0);
}

#[test]
fn signing_out_in_one_tab_signs_out_all_and_signing_in_brings_all_in() {
    let mut browser = Browser::with_two_tabs();
    browser.run(0, [command(Command::SignOut)]);
    browser.run(1, [input(Input::TokenChanged(None))]);
    for tab in &browser.tabs {
        assert!(matches!(tab.picture.gate, Gate::SignIn { busy: false, .. }), "{:?}", tab.picture);
        assert!(tab.picture.persons.is_empty(), "nobody is left to be seen by the next person");
    }
    let token = Some(Token::from("tok-2"));
    browser.tabs[1].check([input(Input::TokenChanged(token))], ["GET /auth/me"]);
}

/// Behaviour 8: a base server has one connection a person.
#[test]
fn another_place_that_takes_over_is_told_in_all_tabs_and_taken_back_from_any() {
    let mut browser = Browser::with_two_tabs();
    browser.run(0, [closed(4005)]);
    assert_eq!(browser.links(), [LinkStatus::Replaced; 2]);
    browser.run(0, [later(600_000), input(Input::Tick)]);
    assert_eq!(browser.links(), [LinkStatus::Replaced; 2], "nobody fights");
    let epoch = browser.tabs[0].epoch;
    browser.run(1, [command(Command::ReconnectNow)]);
    assert_ne!(browser.tabs[0].epoch, epoch, "the leading tab connects");
    browser.tabs[0].greet();
    browser.tell_all();
    assert_eq!(browser.links(), [LinkStatus::Connected; 2]);
}

/// Behaviour 3.
#[test]
fn a_text_that_was_being_written_is_there_in_the_next_tab() {
    let mut browser = Browser::with_two_tabs();
    browser.run(1, [edit("bela", "dear b"), later(300), input(Input::Tick)]);
    browser.opens_a_tab();
    let drafts = |tab: &Play| tab.picture.conversation.as_ref().unwrap().draft.clone();
    assert_eq!(drafts(&browser.tabs[2]), "dear b");
}

/// Behaviour 5: the events that the leading tab asks for are not told to the others.
#[test]
fn what_was_missed_is_caught_up_in_every_tab() {
    let mut browser = Browser::with_another_tab(Play::extended_with_bela(&[]));
    browser.run(0, [closed(1006), later(1_600), input(Input::Tick)]);
    browser.tabs[0].greet_extended(6);
    browser.tell_all();
    let data = json!({ "messageId": "1", "senderId": "bela", "senderUsername": "béla",
        "content": "missed", "createdAt": 1_000 });
    let missed = json!({ "events": [event(6, "new_message", data)], "next": 6, "hasMore": false });
    for tab in 0..2 {
        browser.run(tab, [answer("GET /sync?since=5", 200, missed.clone())]);
    }
    assert_eq!(browser.lines(), both("missed"));
    assert!(browser.tabs.iter().all(|tab| tab.picture.unread == 1));
}

#[test]
fn a_tab_that_inherits_a_connection_which_another_place_has_taken_leaves_it_there() {
    let mut browser = Browser::with_two_tabs();
    browser.run(0, [closed(4005)]);
    browser.tabs.remove(0);
    browser.tabs[0].check([], []);
    browser.tabs[0].check([input(Input::Leads), later(60_000), input(Input::Tick)], []);
    assert_eq!(browser.links(), [LinkStatus::Replaced]);
    browser.tabs[0].check([command(Command::ReconnectNow)], ["open socket tok-1"]);
}

/// Tabs that know nothing of each other share a disk all the same.
#[test]
fn what_another_place_on_the_same_disk_has_sent_is_not_sent_again() {
    let mut play = Play::with_bela(&[]);
    play.run([closed(4005), send("bela", "hi")]);
    assert_eq!(play.disk.len(), 1);
    play.disk.clear();
    play.run([command(Command::ReconnectNow)]);
    play.greet();
    let stored = crate::support::stored("1", "me", "bela", "hi", 1);
    assert_eq!(play.said([history("bela", &[stored])]), Vec::<String>::new());
    assert_eq!(play.picture.lines(), ["hi (sent)"]);
}

#[test]
fn a_history_that_is_faster_than_the_leading_tab_shows_no_message_twice() {
    let mut browser = Browser::with_two_tabs();
    browser.run(0, [send("bela", "hi")]);
    let row = browser.tabs[1].picture.order[0];
    // The leading tab's line is dead, and the other one reads by a call of its own.
    browser.run(1, [input(Input::Route(None)), open("bela")]);
    browser.tabs[1].run([closed(1006)]);
    assert_eq!(browser.tabs[1].picture.order, [row]);
    let stored = crate::support::stored("1", "me", "bela", "hi", 1);
    browser.run(0, [later(11_000), input(Input::Tick)]);
    browser.run(0, [history("bela", &[stored])]);
    assert_eq!(browser.lines()[0], ["hi (sent)"]);
    assert_eq!(browser.tabs[1].picture.waiting, 0);
}

#[test]
fn a_text_written_in_a_tab_that_is_closed_is_there_in_one_that_was_open_all_the_time() {
    let mut browser = Browser::with_two_tabs();
    browser.run(0, [open("ada"), history("ada", &[])]);
    browser.run(1, [edit("bela", "dear b"), later(300), input(Input::Tick)]);
    browser.run(0, [open("bela")]);
    assert_eq!(browser.tabs[0].picture.conversation.as_ref().unwrap().draft, "dear b");
}

#[test]
fn without_a_network_a_tab_that_follows_makes_the_leading_one_open_nothing() {
    let mut browser = Browser::with_two_tabs();
    browser.run(0, [closed(1006)]);
    let epoch = browser.tabs[0].epoch;
    browser.run(1, [input(Input::Online(false))]);
    assert_eq!(browser.tabs[0].epoch, epoch);
    browser.run(1, [input(Input::Online(true))]);
    assert_ne!(browser.tabs[0].epoch, epoch);
}

/// None of them writes from its memory what has just gone from the disk.
#[test]
fn who_clears_the_copy_in_a_tab_that_follows_has_all_tabs_begin_anew() {
    let mut browser = Browser::with_two_tabs();
    browser.run(0, [new_message("1", "bela", "hello", 1), later(1_000), input(Input::Tick)]);
    assert_ne!(browser.tabs[0].cache.len(), 0);
    browser.run(1, [edit("bela", "dear b"), command(Command::Clear)]);
    assert!(browser.tabs.iter().all(|tab| tab.anew));
    assert_eq!(browser.tabs[0].cache.len(), 0);
    assert!(browser.disk.values().any(|value| value.contains("dear b")), "{:?}", browser.disk);
    // The one that led is gone first, and the other leads for a moment.
    browser.run(1, [input(Input::Leads), later(60_000), input(Input::Tick)]);
    assert_eq!(browser.tabs[1].cache.len(), 0);
}
