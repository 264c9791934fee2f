//! Whole stories, in real browsers against the real server.
