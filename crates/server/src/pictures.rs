//! Pictures of people: what may be one, and `GET /api/pictures/:id`, which gives those that were sent here.
//!
//! They are given to whoever knows the address, for an `<img>` sends no token; the address cannot be guessed. Lists and
//! frames hold only addresses: with the pictures themselves in them, each who comes would cost everybody megabytes.

use aide::OperationOutput;
use aide::axum::ApiRouter;
use aide::axum::routing::get_with;
use aide::generate::GenContext;
use aide::openapi::{MediaType, Operation, Response as Description};
use axum::extract::State;
use axum::http::{HeaderName, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use chinwag_protocol::account::PICTURE_BYTES;

use crate::app::App;
use crate::contract::told;
use crate::error::Error;
use crate::extract::{Named, Segment};
use crate::respond::{As, described};
use crate::store::pictures;

/// Where pictures are.
const PLACE: &str = "/api/pictures/";
/// The most bytes of an address elsewhere.
const ADDRESS_BYTES: usize = 2_048;

/// A media type, and whether a file begins as one of it.
type Kind = (&'static str, fn(&[u8]) -> bool);

/// A file is of a kind if it says so and begins so. SVG is none: it is a document, which can do more than be looked at.
const KINDS: [Kind; 4] = [
    ("image/png", |bytes| bytes.starts_with(b"\x89PNG\r\n\x1a\n")),
    ("image/jpeg", |bytes| bytes.starts_with(b"\xff\xd8\xff")),
    ("image/gif", |bytes| bytes.starts_with(b"GIF87a") || bytes.starts_with(b"GIF89a")),
    ("image/webp", |bytes| bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP")),
];

/// What somebody wants for a picture.
#[derive(Debug)]
pub(crate) enum Wanted {
    /// None.
    Nothing,
    /// The one at this address.
    Elsewhere(String),
    /// This file.
    File {
        /// Its media type.
        kind: &'static str,
        /// What is in it.
        bytes: Vec<u8>,
    },
}

/// Reads what a picture is to be: empty for none, an `https:` address, or a small file as a `data:` address.
pub(crate) fn read(text: &str) -> Result<Wanted, Error> {
    if text.is_empty() {
        return Ok(Wanted::Nothing);
    }
    if let Some(place) = text.strip_prefix("https://") {
        let odd = |c: char| c.is_whitespace() || c.is_control() || "\"'<>\\".contains(c);
        let host = place.split(['/', '?', '#']).next().unwrap_or_default();
        if host.is_empty() || text.len() > ADDRESS_BYTES || text.contains(odd) {
            return Err(Error::refused("Invalid picture address"));
        }
        return Ok(Wanted::Elsewhere(text.to_owned()));
    }
    let no_picture = || Error::refused("Picture must be PNG, JPEG, WebP or GIF");
    let file = text.strip_prefix("data:").and_then(|rest| rest.split_once(";base64,"));
    let (kind, file) = file.ok_or_else(no_picture)?;
    let (kind, begins) =
        KINDS.into_iter().find(|(name, _)| *name == kind).ok_or_else(no_picture)?;
    if file.len() > PICTURE_BYTES.div_ceil(3) * 4 {
        return Err(Error::refused("Picture is larger than 64 KB"));
    }
    let bytes = BASE64_STANDARD.decode(file).map_err(|_| no_picture())?;
    if bytes.len() > PICTURE_BYTES {
        return Err(Error::refused("Picture is larger than 64 KB"));
    }
    if begins(&bytes) { Ok(Wanted::File { kind, bytes }) } else { Err(no_picture()) }
}

/// The address of the picture of this name, below the server's own.
pub(crate) fn address(id: &str) -> String {
    format!("{PLACE}{id}")
}

/// The route of pictures.
pub(crate) fn router() -> ApiRouter<App> {
    let words = "The picture at an address that `avatar` names";
    ApiRouter::new().api_route("/pictures/{id}", get_with(give, told("users", "picture", words)))
}

/// What a picture's address names it by.
struct PictureId(String);

impl From<String> for PictureId {
    fn from(id: String) -> Self {
        Self(id)
    }
}

impl Segment for PictureId {
    const NAME: &'static str = "id";
    const WHAT: &'static str = "Picture";
}

/// A file of a picture, which may be kept for ever.
struct Picture;

impl OperationOutput for As<Picture> {
    type Inner = ();

    fn inferred_responses(
        context: &mut GenContext,
        operation: &mut Operation,
    ) -> Vec<(Option<u16>, Description)> {
        let mut picture = described("The picture. It may be kept for ever.", KINDS[0].0, None);
        for (kind, _) in KINDS {
            picture.content.insert(kind.to_owned(), MediaType::default());
        }
        let mut all = vec![(Some(200), picture)];
        all.extend(Error::inferred_responses(context, operation));
        all
    }
}

async fn give(State(app): State<App>, id: Result<Named<PictureId>, Error>) -> As<Picture> {
    As::of(found(&app, id).await)
}

async fn found(app: &App, id: Result<Named<PictureId>, Error>) -> Response {
    let found = async {
        let Ok(Named(PictureId(id))) = id else { return Ok(None) };
        pictures::find(&mut *app.store.read().await?, &id).await
    };
    match found.await {
        Ok(Some(picture)) => (
            [
                (header::CONTENT_TYPE, picture.kind.as_str()),
                // Another picture has another address.
                (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
                // Whatever is in it: opened by itself it can do nothing.
                (
                    header::CONTENT_SECURITY_POLICY,
                    "default-src 'none'; sandbox; frame-ancestors 'none'",
                ),
                // Pages hosted elsewhere show it too.
                (HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"),
            ],
            picture.bytes,
        )
            .into_response(),
        Ok(None) => never_kept(Error::NotFound("Picture")),
        Err(error) => never_kept(error.into()),
    }
}

fn never_kept(error: Error) -> Response {
    ([(header::CACHE_CONTROL, "no-store")], error).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(kind: &str, bytes: &[u8]) -> String {
        format!("data:{kind};base64,{}", BASE64_STANDARD.encode(bytes))
    }

    fn refusal(text: &str) -> String {
        read(text).map_or_else(|error| error.to_string(), |wanted| format!("{wanted:?}"))
    }

    #[test]
    fn a_picture_is_a_small_file_of_four_kinds_an_address_or_nothing() {
        let webp: &[u8] = b"RIFF\x24\0\0\0WEBPVP8 ";
        for (kind, bytes) in [
            ("image/png", b"\x89PNG\r\n\x1a\nx".as_slice()),
            ("image/jpeg", b"\xff\xd8\xff\xe0"),
            ("image/gif", b"GIF89a"),
            ("image/webp", webp),
        ] {
            let read = read(&file(kind, bytes));
            let Ok(Wanted::File { kind: known, bytes: whole }) = read else { panic!("{read:?}") };
            assert_eq!((known, whole.as_slice()), (kind, bytes));
        }
        assert!(matches!(read(""), Ok(Wanted::Nothing)));
        let address = "https://example.org/a.png?b#c";
        assert!(matches!(read(address), Ok(Wanted::Elsewhere(read)) if read == address));
    }

    #[test]
    fn anything_else_is_refused_in_words() {
        let none = "Picture must be PNG, JPEG, WebP or GIF";
        for text in [
            "http://example.org/a.png".to_owned(),
            "javascript:alert(1)".to_owned(),
            "/api/pictures/x".to_owned(),
            file("image/svg+xml", b"<svg>"),
            file("image/png", b"<svg onload=alert(1)>"),
            file("image/png", b"GIF89a"),
            file("text/html", b"GIF89a"),
            file("image/webp", b"RIFF"),
            "data:image/png;base64,no base64".to_owned(),
            "data:image/png,GIF89a".to_owned(),
            " ".to_owned(),
        ] {
            assert_eq!(refusal(&text), none, "{text}");
        }
        for address in ["https://", "https:///a", "https://a b", "https://x/\"onerror="] {
            assert_eq!(refusal(address), "Invalid picture address", "{address}");
        }
        let long = format!("https://x/{}", "a".repeat(ADDRESS_BYTES));
        assert_eq!(refusal(&long), "Invalid picture address");
        let gif =
            |bytes: usize| file("image/gif", &[b"GIF89a".as_slice(), &vec![0; bytes - 6]].concat());
        assert!(read(&gif(PICTURE_BYTES)).is_ok());
        for bytes in [PICTURE_BYTES + 1, PICTURE_BYTES * 2] {
            assert_eq!(refusal(&gif(bytes)), "Picture is larger than 64 KB");
        }
    }
}
