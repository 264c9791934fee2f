//! What calls carry, read so that every refusal comes in the envelope.

use std::collections::HashMap;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::IntoResponse;
use chinwag_protocol::{Pagination, UserId};
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use crate::app::App;
use crate::error::Error;

/// The most rows of a page.
const MOST_ROWS: u64 = 100;

/// A JSON body, whatever its `Content-Type` says.
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<App> for Body<T> {
    type Rejection = Error;

    async fn from_request(request: Request, app: &App) -> Result<Self, Error> {
        let bytes = Bytes::from_request(request, app).await.map_err(|rejection| match rejection
            .into_response()
            .status()
        {
            StatusCode::PAYLOAD_TOO_LARGE => Error::TooLarge,
            _ => Error::refused("Request broke off"),
        })?;
        serde_json::from_slice(&bytes).map(Self).map_err(|error| match error.classify() {
            Category::Data => Error::refused("A field is missing or of the wrong type"),
            Category::Syntax | Category::Eof | Category::Io => Error::refused("Invalid JSON"),
        })
    }
}

/// The person that a path names.
pub(crate) struct Named(pub(crate) UserId);

impl FromRequestParts<App> for Named {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let path = Path::<String>::from_request_parts(parts, app).await;
        // A path that is not even text names nobody.
        path.map(|Path(id)| Self(UserId::from(id))).map_err(|_| Error::NotFound("User"))
    }
}

/// The query's fields. What cannot be read is as if it were not there: the defaults of protocol §1 apply.
pub(crate) struct Fields(HashMap<String, String>);

impl FromRequestParts<App> for Fields {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let query = Query::from_request_parts(parts, app).await;
        Ok(Self(query.map(|Query(fields)| fields).unwrap_or_default()))
    }
}

impl Fields {
    /// A field's text; empty where there is none.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// A field's number; `None` where there is none.
    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        self.text(name).parse().ok()
    }

    /// Which page is asked for.
    pub(crate) fn page(&self, usual_limit: u64) -> Page {
        Page {
            page: self.number("page").unwrap_or(1).max(1),
            limit: self.number("limit").unwrap_or(usual_limit).clamp(1, MOST_ROWS),
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
        let page = Fields(HashMap::from(fields)).page(20);
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
