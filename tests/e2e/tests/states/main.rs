//! Every screen and state of the page, in every way to look at it. Each is brought about with the real server, or with another where
//! that never comes to it, and then judged by [`judge`]; or, for `cargo xtask shots`, photographed.
//!
//! `cargo xtask test --only axe` sets the environment. All of it is seen in Chromium, which can be told what eyes and screens there are.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "the lints' exceptions for tests do not see their helpers"
)]

mod cast;
mod conversations;
mod dialogs;
mod judge;
mod lists;
mod outside;
mod stage;
mod talks;
mod trouble;
mod visit;

/// The list of all states: each is a function of the module that is named before it, and a test in each of two languages, one of
/// which is read from the right.
macro_rules! states {
    ($($module:ident: $($state:ident),+;)+) => {
        mod english {
            $($(#[test] fn $state() {
                crate::visit::visit(stringify!($state), "en", &crate::$module::$state);
            })+)+
        }
        mod arabic {
            $($(#[test] fn $state() {
                crate::visit::visit(stringify!($state), "ar", &crate::$module::$state);
            })+)+
        }
    };
}

states! {
    outside: skeleton_outside, sign_in, sign_in_complaints, sign_in_error, sign_in_held, register, unreachable, broken;
    lists: skeleton_list, people_loading, people_failed, first_run, list, search_found, search_nobody;
    conversations: skeleton_talk, empty, loading, failed, talk, marks, long, long_open, right_to_left, typing, unread, day_in_view,
        actions, actions_own, near_the_limit, too_long, code_begun;
    trouble: offline, reconnecting, unsent, replaced, notice, crashed, part_missing, update, update_outside;
    dialogs: settings, account, password_wrong, devices_ended, settings_lost, clearing, help, switcher, switcher_nobody, go_to_day, looking_for_day, emoji, emoji_found, emoji_none,
        emoji_loading, emoji_failed;
}
