//! Taking the copy of what the server has from the browser: nothing of it stays, and nothing else goes.

use chinwag_session::{Command, Failure, Input};

use crate::support::{Play, closed, command, edit, input, later, new_message, send, stored};

/// With what has been read on the disk, a message that waits and a text that is being written.
fn with_a_copy() -> Play {
    let mut play = Play::with_bela(&[stored("1", "bela", "me", "to be seen", 1)]);
    play.run([closed(1006), send("bela", "hi"), edit("ada", "dear a")]);
    play.run([later(1_000), input(Input::Tick), later(1_000), input(Input::Tick)]);
    assert!(copied(&play), "{:?}", play.cache);
    assert_eq!(play.disk.len(), 2, "{:?}", play.disk);
    play
}

fn copied(play: &Play) -> bool {
    play.cache.values().any(|value| value.contains("to be seen"))
}

/// Behaviour 3.
#[test]
fn the_copy_goes_for_good_and_what_only_this_browser_has_stays() {
    let mut play = with_a_copy();
    // What somebody has left here who was signed in before.
    play.cache.insert("other/people/bela".to_owned(), "{}".to_owned());
    let disk = play.disk.clone();
    play.check([command(Command::Clear)], ["begin anew"]);
    assert_eq!((play.cache.len(), &play.disk), (0, &disk));
    // The page takes a moment to go: what it still learns is not written down.
    play.run([new_message("2", "bela", "late", 2), input(Input::Attention(false))]);
    play.run([later(60_000), input(Input::Tick), later(60_000), input(Input::Tick)]);
    assert_eq!((play.cache.len(), &play.disk), (0, &disk));
}

/// Behaviour 3.
#[test]
fn what_was_typed_a_moment_ago_is_on_the_disk_before_the_page_goes() {
    let mut play = with_a_copy();
    play.check([edit("ada", "dear ada"), command(Command::Clear)], ["begin anew"]);
    assert!(play.disk.values().any(|value| value.contains("dear ada")), "{:?}", play.disk);
}

/// Behaviour 22.
#[test]
fn a_disk_that_does_not_answer_is_told_of_and_has_the_copy_again_later() {
    let mut play = with_a_copy();
    play.disk_works = false;
    let notice =
        play.check([command(Command::Clear)], []).notice.as_ref().map(|notice| &notice.what);
    assert_eq!(notice, Some(&Failure::NotCleared));
    play.disk_works = true;
    play.cache.clear();
    for _ in 0..10 {
        play.run([later(30_000), input(Input::Tick)]);
    }
    assert!(copied(&play), "{:?}", play.cache);
    play.check([command(Command::Clear)], ["begin anew"]);
}
