//! Everything that can go wrong while answering somebody, and the status and words of each.
//!
//! What never lives here: failures to start ([`crate::StartError`]), for nobody is being answered then.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chinwag_protocol::answer;
use chinwag_protocol::frame::code;

/// Why a call or a frame is not answered with what was asked for. `Display` is what the person is shown.
#[derive(Debug)]
pub(crate) enum Error {
    /// What was sent does not do, and why (400).
    Refused(Cow<'static, str>),
    /// A message to somebody who does not exist (400, as base servers have it).
    NoReceiver,
    /// No token, or a bad or expired one (401).
    NotAuthorized,
    /// A wrong password, or an address that nobody has: never told apart (401).
    InvalidCredentials,
    /// The present password, which is asked for to change it, is another one. Not a 401, which would say that the session
    /// has ended (400).
    WrongPassword,
    /// A socket opened by a page of another origin (403).
    ForeignOrigin,
    /// No such person or call (404).
    NotFound(&'static str),
    /// The call exists, with another method (405).
    MethodNotAllowed,
    /// Another message was sent with this `clientMessageId` (409).
    IdReused,
    /// The body is larger than any call needs (413).
    TooLarge,
    /// A body that does not come (408).
    TooSlow,
    /// Too much of anything from one address or account (429).
    TooMany {
        /// How long it is until the next is heard.
        wait: Duration,
    },
    /// Too many wrong passwords for one address (429).
    TooManyAttempts {
        /// Seconds until the next try is heard.
        wait: u64,
    },
    /// The server's own trouble (500). The cause is logged, never shown.
    Internal(Box<dyn std::error::Error + Send + Sync>),
}

/// Whole milliseconds, which are over no sooner.
pub(crate) fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX)
}

/// Whole seconds, which are over no sooner.
fn seconds(span: Duration) -> u64 {
    span.as_secs() + u64::from(span.subsec_nanos() > 0)
}

impl Error {
    /// A refusal in fixed words.
    pub(crate) fn refused(words: impl Into<Cow<'static, str>>) -> Self {
        Self::Refused(words.into())
    }

    /// The server's own trouble.
    pub(crate) fn internal(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(cause.into())
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Refused(_) | Self::NoReceiver | Self::WrongPassword => StatusCode::BAD_REQUEST,
            Self::NotAuthorized | Self::InvalidCredentials => StatusCode::UNAUTHORIZED,
            Self::ForeignOrigin => StatusCode::FORBIDDEN,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::IdReused => StatusCode::CONFLICT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::TooMany { .. } | Self::TooManyAttempts { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// How long whoever asks should wait, where that is known.
    pub(crate) fn wait(&self) -> Option<Duration> {
        match self {
            Self::TooMany { wait } => Some(*wait),
            Self::TooManyAttempts { wait } => Some(Duration::from_secs(*wait)),
            _ => None,
        }
    }

    /// Why a send was refused, for a program (protocol §3, `idempotent_send`).
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::NoReceiver | Self::NotFound(_) => code::NOT_FOUND,
            Self::IdReused => code::ID_REUSED,
            Self::Internal(_) => code::INTERNAL,
            Self::TooMany { .. } => code::RATE_LIMITED,
            Self::Refused(_)
            // Those that follow refuse whoever asks, before there is a send to be refused.
            | Self::NotAuthorized
            | Self::InvalidCredentials
            | Self::WrongPassword
            | Self::ForeignOrigin
            | Self::MethodNotAllowed
            | Self::TooLarge
            | Self::TooSlow
            | Self::TooManyAttempts { .. } => code::INVALID,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(words) => out.write_str(words),
            Self::NoReceiver => out.write_str("Receiver not found"),
            Self::NotAuthorized => out.write_str("Not authorized"),
            Self::InvalidCredentials => out.write_str("Invalid credentials"),
            Self::WrongPassword => out.write_str("Current password is wrong"),
            Self::ForeignOrigin => out.write_str("This page may not use this server"),
            Self::NotFound(what) => write!(out, "{what} not found"),
            Self::MethodNotAllowed => out.write_str("Method not allowed"),
            Self::IdReused => out.write_str("Another message was sent under this name"),
            Self::TooLarge => out.write_str("Request is too large"),
            Self::TooSlow => out.write_str("Request took too long"),
            Self::TooMany { wait } if *wait <= Duration::from_secs(1) => {
                out.write_str("Too much at once. Try again in a second.")
            }
            Self::TooMany { wait } => {
                write!(out, "Too much at once. Try again in {} seconds.", seconds(*wait))
            }
            Self::TooManyAttempts { wait } => {
                write!(out, "Too many failed logins. Try again in {} minutes.", wait.div_ceil(60))
            }
            Self::Internal(_) => out.write_str("Server error. Please try again."),
        }
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        Self::internal(error)
    }
}

impl From<getrandom::Error> for Error {
    fn from(error: getrandom::Error) -> Self {
        Self::internal(error)
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        if let Self::Internal(cause) = &self {
            tracing::error!(%cause, "a call failed");
        }
        // The span may end while it is measured. Whoever is refused waits, if only for a moment.
        let wait = self.wait().map(|wait| wait.max(Duration::from_millis(1)));
        let refusal = answer::refusal_until(&self.to_string(), wait.map(millis));
        let mut response = (self.status(), Json(refusal)).into_response();
        if self.status() == StatusCode::UNAUTHORIZED {
            // RFC 9110 §15.5.2. No browser asks for a password by itself at this word.
            let how = HeaderValue::from_static("Bearer");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, how);
        }
        if let Some(wait) = wait {
            let wait = HeaderValue::from(seconds(wait).max(1));
            response.headers_mut().insert(header::RETRY_AFTER, wait);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn whoever_is_refused_for_too_much_waits_at_least_a_moment() {
        let response = Error::TooMany { wait: Duration::ZERO }.into_response();
        assert_eq!(response.headers()[header::RETRY_AFTER], "1");
        let body = axum::body::to_bytes(response.into_body(), 1_000).await.unwrap();
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body["retryAfter"], 1);
    }
}
