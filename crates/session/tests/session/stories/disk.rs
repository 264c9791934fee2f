//! A disk without room: what is said of it, and what it is given when there is room again.

use std::collections::BTreeMap;

use chinwag_session::{Failure, Input};
use serde_json::json;

use crate::support::{
    Play, answer, closed, edit, history, input, later, new_message, open, send, sent, stored,
};

/// Behaviour 3 and 22.
#[test]
fn a_disk_that_was_full_is_given_what_waits_and_what_is_being_written_when_there_is_room() {
    let mut play = Play::with_bela(&[]);
    play.disk_is_full = true;
    play.run([closed(1006), send("bela", "hi"), edit("bela", "half a"), later(1_000)]);
    play.run([input(Input::Tick)]);
    assert_eq!(play.picture.notice.as_ref().map(|notice| &notice.what), Some(&Failure::NotKept));
    assert!(play.disk.is_empty());
    // It is tried now and then.
    play.run([later(10_000), input(Input::Tick)]);
    assert!(play.disk.is_empty());
    play.disk_is_full = false;
    play.run([later(10_000), input(Input::Tick)]);
    assert_eq!(play.disk.len(), 2, "{:?}", play.disk);
}

#[test]
fn what_a_full_disk_has_not_let_go_goes_later() {
    let mut play = Play::with_bela(&[]);
    play.run([send("bela", "hi")]);
    assert_eq!(play.disk.len(), 1);
    play.disk_is_full = true;
    play.run([sent("1", "bela", "hi", 1)]);
    assert_eq!(play.disk.len(), 1);
    play.disk_is_full = false;
    play.run([later(10_000), input(Input::Tick)]);
    assert!(play.disk.is_empty(), "{:?}", play.disk);
}

/// Behaviour 22: what was seen is written down again as well, and told once.
#[test]
fn what_was_seen_is_kept_again_once_there_is_room() {
    let mut play = Play::with_bela(&[]);
    play.run([later(1_000), input(Input::Tick)]);
    let kept = |play: &Play| play.cache.values().any(|value| value.contains("to be seen"));
    play.disk_is_full = true;
    play.run([new_message("1", "bela", "to be seen", 1)]);
    let mut said = Vec::new();
    for _ in 0..200 {
        play.run([later(5_000), input(Input::Tick)]);
        said.extend(play.picture.notice.take().map(|notice| notice.what));
    }
    said.retain(|what| *what == Failure::NotCached);
    assert_eq!(said.len(), 1, "it is said once");
    assert!(!kept(&play));
    play.disk_is_full = false;
    play.run([later(300_000), input(Input::Tick)]);
    assert!(kept(&play), "{:?}", play.cache);
}

/// A tab whose cache did not come in time knows nothing of the conversations in it. What it writes of how far the events
/// are known must not make those pass for up to date at the next start.
#[test]
fn what_could_not_be_read_at_the_start_does_not_pass_for_up_to_date_at_the_next() {
    let mut play = Play::extended_with_bela(&[]);
    play.run([later(1_000), input(Input::Tick)]);
    let begin = |cache: BTreeMap<String, String>, disk_works: bool| {
        let mut play = Play::new();
        (play.cache, play.disk_works) = (cache, disk_works);
        let token = Some(chinwag_protocol::Token::from("tok-1"));
        let me = json!({ "user": { "_id": "me", "username": "me" } });
        play.run([
            input(Input::Begin { token, route: None, me: None }),
            answer("GET /auth/me", 200, me),
        ]);
        play
    };
    let mut late = begin(play.cache, false);
    late.disk_works = true;
    late.greet_extended(6);
    late.run([later(60_000), input(Input::Tick)]);
    let mut next = begin(late.cache, true);
    next.greet_extended(6);
    next.run([open("bela"), history("bela", &[stored("1", "bela", "me", "missed", 1)])]);
    assert_eq!(next.picture.lines(), ["missed"]);
}
