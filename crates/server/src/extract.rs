//! What calls carry, read so that every refusal comes in the envelope.

use std::collections::HashMap;
use std::marker::PhantomData;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Query as Parsed, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, Uri};
use axum::response::IntoResponse;
use chinwag_protocol::{Pagination, SessionId, UserId};
use schemars::{Schema, json_schema};
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use tokio::time::timeout;

use crate::address::Address;
use crate::app::App;
use crate::error::Error;

/// The most rows of a page.
const MOST_ROWS: u64 = 100;

/// A JSON body, whatever its `Content-Type` says.
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<App> for Body<T> {
    type Rejection = Error;

    async fn from_request(request: Request, app: &App) -> Result<Self, Error> {
        let read = timeout(app.body_patience, Bytes::from_request(request, app)).await;
        let bytes = read.map_err(|_| Error::TooSlow)?.map_err(|rejection| {
            match rejection.into_response().status() {
                StatusCode::PAYLOAD_TOO_LARGE => Error::TooLarge,
                _ => Error::refused("Request broke off"),
            }
        })?;
        let wrong = || Error::refused("A field is missing or of the wrong type");
        if bytes.trim_ascii_start().starts_with(b"[") {
            // serde would take a list for the fields without their names.
            return Err(wrong());
        }
        serde_json::from_slice(&bytes).map(Self).map_err(|error| match error.classify() {
            Category::Data => wrong(),
            Category::Syntax | Category::Eof | Category::Io => Error::refused("Invalid JSON"),
        })
    }
}

impl FromRequestParts<App> for Address {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Error> {
        Ok(parts.extensions.get().copied().unwrap_or(Self::Here))
    }
}

/// Something that a path names.
pub(crate) trait Segment: From<String> {
    /// What the route calls it.
    const NAME: &'static str;
    /// What is said not to be there.
    const WHAT: &'static str;
}

impl Segment for UserId {
    const NAME: &'static str = "user";
    const WHAT: &'static str = "User";
}

impl Segment for SessionId {
    const NAME: &'static str = "id";
    const WHAT: &'static str = "Session";
}

/// Who or what a path names.
pub(crate) struct Named<T>(pub(crate) T);

impl<T: Segment> FromRequestParts<App> for Named<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let path = Path::<String>::from_request_parts(parts, app).await;
        // A path that is not even text names nobody.
        path.map(|Path(id)| Self(T::from(id))).map_err(|_| Error::NotFound(T::WHAT))
    }
}

/// What a query may hold.
pub(crate) trait Query {
    /// The fields and what they mean, as an object's schema. All of them may be missing.
    fn fields() -> Schema;
}

/// The query's fields. What cannot be read is as if it were not there: the defaults of protocol §1 apply.
pub(crate) struct Fields<T>(HashMap<String, String>, PhantomData<T>);

impl<T> FromRequestParts<App> for Fields<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Error> {
        Ok(Self::of(&parts.uri))
    }
}

impl<T> Fields<T> {
    /// Those of an address.
    pub(crate) fn of(uri: &Uri) -> Self {
        let fields = Parsed::try_from_uri(uri).map(|Parsed(fields)| fields);
        Self(fields.unwrap_or_default(), PhantomData)
    }

    /// A field's text; empty where there is none.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// A field's number; `None` where there is none.
    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        self.text(name).parse().ok()
    }
}

/// The query of a list that comes in pages of usually so many rows.
pub(crate) struct Pages<const USUAL: u64>;

impl<const USUAL: u64> Query for Pages<USUAL> {
    fn fields() -> Schema {
        json_schema!({ "properties": {
            "page": {
                "type": "integer", "minimum": 1, "default": 1,
                "description": "Which page. What is no such number counts as missing.",
            },
            "limit": {
                "type": "integer", "minimum": 1, "maximum": MOST_ROWS, "default": USUAL,
                "description": "Rows a page: more than the most count as the most.",
            },
        } })
    }
}

impl<const USUAL: u64> Fields<Pages<USUAL>> {
    /// Which page is asked for.
    pub(crate) fn page(&self) -> Page {
        Page {
            page: self.number("page").unwrap_or(1).max(1),
            limit: self.number("limit").unwrap_or(USUAL).clamp(1, MOST_ROWS),
        }
    }
}

/// A page that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Page {
    page: u64,
    /// Rows a page.
    pub(crate) limit: u64,
}

impl Page {
    /// How many rows come before it.
    pub(crate) fn offset(self) -> u64 {
        (self.page - 1).saturating_mul(self.limit)
    }

    /// Where it stands among `total` rows.
    pub(crate) fn of(self, total: u64) -> Pagination {
        Pagination {
            page: Some(self.page),
            limit: Some(self.limit),
            total: Some(total),
            pages: Some(total.div_ceil(self.limit)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(page: &str, limit: &str) -> (u64, u64, u64) {
        let fields = [("page", page), ("limit", limit)];
        let fields = fields.map(|(name, text)| (name.to_owned(), text.to_owned()));
        let page = Fields(HashMap::from(fields), PhantomData::<Pages<20>>).page();
        (page.page, page.limit, page.offset())
    }

    #[test]
    fn pages_are_clamped_and_nonsense_takes_the_default() {
        assert_eq!(page("3", "10"), (3, 10, 20));
        assert_eq!(page("0", "0"), (1, 1, 0));
        assert_eq!(page("-1", "ten"), (1, 20, 0));
        assert_eq!(page("2", "1000"), (2, 100, 100));
        assert_eq!(page("18446744073709551615", "100"), (u64::MAX, 100, u64::MAX));
    }
}
