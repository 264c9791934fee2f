//! How much is drawn, in memory and on disk at a time.

/// How much is drawn, in memory and on disk at a time. Tests take smaller ones, to come to every edge soon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// Rows drawn at once when a conversation is opened, or when at its end more than that have come since one saw it: a
    /// screen or two. What lies above follows when that is painted, where it is near.
    pub first: usize,
    /// Rows drawn on each side of where one is.
    pub side: usize,
    /// More rows than that are not drawn at a time.
    pub drawn: usize,
    /// Rows in a block, which is written and read as a whole.
    pub block: usize,
    /// Blocks written at a time.
    pub batch: usize,
    /// Blocks on disk, of all conversations together. The oldest of the conversation that has been quiet the longest go
    /// first.
    pub blocks: usize,
    /// Rows of the open conversation in memory, beyond which those that are on disk too are let go.
    pub rows: usize,
    /// The same of a conversation that is not open.
    pub rows_closed: usize,
    /// Rows of a conversation in memory where they are on no disk, beyond which the oldest are forgotten.
    pub rows_unkept: usize,
}

impl Default for Sizes {
    fn default() -> Self {
        Self {
            first: 24,
            side: 80,
            drawn: 240,
            block: 128,
            batch: 16,
            blocks: 1_600,
            rows: 3_000,
            rows_closed: 256,
            rows_unkept: 20_000,
        }
    }
}
