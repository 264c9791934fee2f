//! Chinwag's front-end: a chat that opens in a web browser.
//!
//! Thin by design. What the chat does is decided in `chinwag-session`; here it is connected to a browser
//! ([`edge`]), kept as signals ([`state`]) and drawn ([`ui`], behind the gate of [`app`]).
//!
//! Who may import whom: `state` knows the session's types, `ui` knows `state`, `edge` knows both the session
//! and `state`; `ui` never sees `edge`. Browser types stay in `edge`.

pub mod app;
pub mod edge;
pub mod state;
pub mod ui;
