//! Lists that come in pages, with rows that may be unreadable.

use serde::Serialize;

use crate::json::{Items, JsonRef};

/// The readable rows of a list, and how many were not.
///
/// Protocol §1: a row that cannot be read is skipped and logged, never the whole page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rows<T> {
    /// The rows that could be read, in the order in which they came.
    pub rows: Vec<T>,
    /// How many rows could not be read.
    pub skipped: usize,
}

impl<T> Rows<T> {
    /// Reads each value with `read`.
    pub(crate) fn read(values: Items<'_>, read: impl Fn(JsonRef<'_>) -> Option<T>) -> Self {
        let mut all = Self::default();
        for value in values {
            match read(value) {
                Some(row) => all.rows.push(row),
                None => all.skipped += 1,
            }
        }
        all
    }

    /// How many rows the server sent, readable or not.
    pub fn sent(&self) -> usize {
        self.rows.len() + self.skipped
    }
}

impl<T> Default for Rows<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), skipped: 0 }
    }
}

impl<T> From<Vec<T>> for Rows<T> {
    fn from(rows: Vec<T>) -> Self {
        Self { rows, skipped: 0 }
    }
}

/// Where a page stands in its list. Servers may leave any part out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Pagination {
    /// The page, from 1.
    pub page: Option<u64>,
    /// Rows a page, as the server counts them (it may allow fewer than asked).
    pub limit: Option<u64>,
    /// Rows in all.
    pub total: Option<u64>,
    /// Pages in all.
    pub pages: Option<u64>,
}

impl Pagination {
    /// Reads the `pagination` beside a list; what is missing is `None`.
    pub(crate) fn read(data: JsonRef<'_>) -> Self {
        data.get("pagination").map_or_else(Self::default, |fields| Self {
            page: fields.count("page"),
            limit: fields.count("limit"),
            total: fields.count("total"),
            pages: fields.count("pages"),
        })
    }
}
