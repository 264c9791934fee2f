//! From the values in which tests are written to what the protocol reads.

#![allow(clippy::unwrap_used, reason = "the lint's exception for tests does not see their helpers")]

use chinwag_protocol::{Json, JsonRef};
use serde_json::Value;

/// What is read of a value, once it is text.
pub(crate) fn of<T>(value: &Value, read: impl FnOnce(JsonRef<'_>) -> T) -> T {
    read(Json::read(&value.to_string()).unwrap().root())
}
