//! What the tests share: the picture that a view would have, and scripts.

mod picture;
mod play;

pub(crate) use picture::Picture;
pub(crate) use play::{
    Play, Step, answer, at, closed, command, deadline, edit, event, fails, frame, garbage, history,
    input, later, new_message, open, send, sent, stored, tells, told_by,
};
