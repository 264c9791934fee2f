//! Typing signs: one's own, and others'.

use chinwag_protocol::UserId;
use chinwag_session::{Command, Input};
use serde_json::json;

use crate::support::{
    Play, Step, at, closed, command, deadline, edit, frame, input, new_message, open, send,
};

const START: &str = r#"say {"type":"typing_start","data":{"receiverId":"bela"}}"#;
const STOP: &str = r#"say {"type":"typing_stop","data":{"receiverId":"bela"}}"#;

fn typing(is: bool) -> Step {
    frame("typing_indicator", json!({ "userId": "bela", "username": "béla", "isTyping": is }))
}

#[test]
fn who_begins_to_write_says_so_at_once_and_two_seconds_after_the_last_key_that_they_ceased() {
    let mut play = Play::with_bela(&[]);
    play.check([at(1_000), edit("bela", "h")], [START]);
    play.check([at(2_500), edit("bela", "he")], []);
    play.check([deadline()], [STOP]);
    assert_eq!(play.now, 4_500);
}

#[test]
fn who_goes_on_writing_says_so_again_before_the_sign_expires() {
    let mut play = Play::with_bela(&[]);
    play.check([at(0), edit("bela", "h")], [START]);
    play.check([at(1_500), edit("bela", "he"), at(3_000), edit("bela", "hel")], [START]);
}

#[test]
fn sending_emptying_and_leaving_end_the_sign_and_spaces_begin_none() {
    let mut play = Play::with_bela(&[]);
    let chat = r#"say {"type":"chat_message","data":{"receiverId":"bela","content":"h","messageType":"text"}}"#;
    play.check([edit("bela", "h"), send("bela", "h")], [START, STOP, chat]);
    play.check([edit("bela", "x"), edit("bela", "")], [START, STOP]);
    play.check([edit("bela", "y"), command(Command::Close)], [START, STOP, "route"]);
    play.check([open("bela"), edit("bela", "  ")], ["route bela"]);
}

#[test]
fn nothing_is_said_without_a_connection_nor_about_the_time_without_one() {
    let mut play = Play::with_bela(&[]);
    play.check([edit("bela", "h"), closed(1006), edit("bela", "he")], [START]);
    play.reconnect();
    play.check([edit("bela", "hel")], [START]);
}

#[test]
fn anothers_sign_goes_when_they_cease_send_or_say_nothing_for_five_seconds() {
    let mut play = Play::with_bela(&[]);
    let is = |play: &Play| play.picture.person("bela").typing;
    play.run([typing(true)]);
    assert!(is(&play));
    play.run([typing(false)]);
    assert!(!is(&play));
    play.run([typing(true), new_message("1", "bela", "hi", 1)]);
    assert!(!is(&play));
    play.run([at(10_000), typing(true), at(14_000), typing(true), at(18_999), input(Input::Tick)]);
    assert!(is(&play), "it was renewed");
    play.run([deadline()]);
    assert_eq!((is(&play), play.now), (false, 19_000));
    play.run([typing(true), closed(1006)]);
    assert!(!is(&play), "nobody knows any more");
}

#[test]
fn ones_own_sign_from_elsewhere_is_nobodys() {
    let mut play = Play::chatting();
    play.run([frame("typing_indicator", json!({ "userId": "me", "isTyping": true }))]);
    assert!(!play.picture.persons.contains_key(&UserId::from("me")));
}
