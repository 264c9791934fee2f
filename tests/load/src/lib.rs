//! What the companion server bears: many who are there and say nothing, many who write, many who come and go. The program
//! `chinwag-load` (`cargo xtask load`) measures it against the server's own program on this machine; the same code, in
//! small, is a test of the server.
//!
//! What never lives here: an address that is not this machine's. It is no tool to burden others' servers with.

pub mod crowd;
pub mod figures;
pub mod line;
pub mod people;
pub mod program;
pub mod scenes;
pub mod talk;
