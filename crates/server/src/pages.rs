//! The built pages: files of `dist`, and `index.html` for whatever looks like a page.
//!
//! tower-http's `ServeDir` serves the files: safe paths, types, `.br` beside them, entity tags, ranges, HEAD. What it does
//! not know is done here: how long a file may be kept, which depends on its name; and `index.html`, whose policy
//! comes from its own inline scripts and which stands in for addresses that are no files.
//!
//! What never lives here: building or compressing. That is done once, by `cargo xtask build`.

use std::io;
use std::path::PathBuf;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tower_http::services::ServeDir;

use crate::app::App;

pub(crate) mod index;
mod place;
pub(crate) mod policy;

/// For a file whose name changes with its content.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// Kept, but asked for anew each time; its entity tag makes that cheap.
const REVALIDATE: &str = "no-cache";

/// A program is bound by this only where it runs as a worker: it fetches the page's files. By the name, for an answer that
/// something is unchanged has no type, and browsers keep its headers.
const PROGRAM: &str =
    "default-src 'none'; connect-src 'self'; script-src 'self'; frame-ancestors 'none'";
/// Pictures have their styles in them; opened by itself a file can do nothing else.
const FILE: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";

/// What whoever opens the server without built pages is told.
const NOT_BUILT: &str = "Chinwag's server is running, but its pages are not built.\n\n\
    Build them with `cargo xtask build` (or build and run with `cargo xtask run`),\n\
    or say with --dist where they are. The API works all the same.\n";

/// Where the pages are.
pub(crate) struct Pages {
    dist: PathBuf,
    files: ServeDir,
}

impl Pages {
    /// The pages of a directory, which may be built or replaced while the server runs.
    pub(crate) fn new(dist: PathBuf) -> Self {
        // A directory is an address like others: the page's, not a listing and not a redirect.
        let files = ServeDir::new(&dist).precompressed_br().append_index_html_on_directories(false);
        Self { dist, files }
    }

    /// The file that is asked for. A path that leads out of the folder, or could be no file's name, is as good as none.
    async fn file(&self, request: Request) -> io::Result<Option<Response>> {
        let Some(mut place) = place::below(request.uri().path()) else { return Ok(None) };
        let response = self.files.clone().try_call(request).await?;
        if response.status() == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        if response.headers().contains_key(header::CONTENT_ENCODING) {
            place.as_mut_os_string().push(".br");
        }
        let is_inside = place::is_inside(&self.dist, &place).await?;
        Ok(is_inside.then(|| response.map(Body::new)))
    }
}

/// Everything that is neither a call nor the socket.
pub(crate) fn router() -> Router<App> {
    Router::new().fallback(serve)
}

async fn serve(State(app): State<App>, request: Request) -> Response {
    let head = request.method() == Method::HEAD;
    if !head && request.method() != Method::GET {
        let allow = [(header::ALLOW, "GET, HEAD")];
        return (StatusCode::METHOD_NOT_ALLOWED, allow, "Method not allowed\n").into_response();
    }
    let path = request.uri().path().to_owned();
    if path == "/" || path == "/index.html" {
        return page(&app.pages, request.headers(), &path, head).await;
    }
    let headers = request.headers().clone();
    let found = match app.pages.file(request).await {
        Ok(found) => found,
        Err(error) if is_absence(&error) => None,
        Err(error) => {
            tracing::error!(%error, "could not read a file of the pages");
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
    };
    let Some(mut response) = found else {
        if looks_like_a_page(&path, &headers) {
            return page(&app.pages, &headers, &path, head).await;
        }
        let keep = [(header::CACHE_CONTROL, REVALIDATE)];
        return (StatusCode::NOT_FOUND, keep, "Not found\n").into_response();
    };
    let keep = if is_named_by_content(&path) { FOR_EVER } else { REVALIDATE };
    let is_program = path.rsplit('.').next() == Some("js");
    let policy = if is_program { PROGRAM } else { FILE };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    response
}

async fn page(pages: &Pages, headers: &HeaderMap, path: &str, head: bool) -> Response {
    match index::answer(&pages.dist, headers, path).await {
        Ok(mut response) => {
            if head {
                // The length stays: HEAD tells what GET would send (RFC 9110 §9.3.2).
                *response.body_mut() = Body::empty();
            }
            response
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            (StatusCode::SERVICE_UNAVAILABLE, [(header::CACHE_CONTROL, REVALIDATE)], NOT_BUILT)
                .into_response()
        }
        Err(error) => {
            tracing::error!(%error, "could not read index.html");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// There is no such file, or what should be a folder of its path is one, or it is itself a folder.
fn is_absence(error: &io::Error) -> bool {
    use io::ErrorKind::{InvalidFilename, IsADirectory, NotADirectory, NotFound};
    matches!(error.kind(), NotFound | NotADirectory | IsADirectory | InvalidFilename)
}

/// An address that a person would open, rather than a file that a page is missing.
fn looks_like_a_page(path: &str, headers: &HeaderMap) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let wants_html = || {
        let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
        accept.is_some_and(|accept| accept.contains("text/html"))
    };
    !name.contains('.') || wants_html()
}

/// Whether a name holds its content's hash, as trunk writes it: `name-0123456789abcdef.js`, `…_bg.wasm`.
fn is_named_by_content(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let Some((stem, _)) = name.split_once('.') else { return false };
    let stem = stem.strip_suffix("_bg").unwrap_or(stem);
    let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    stem.rsplit_once('-').is_some_and(|(name, hash)| {
        !name.is_empty() && (16..=64).contains(&hash.len()) && hash.bytes().all(is_hex)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_with_a_hash_are_kept_for_ever() {
        for name in [
            "/chinwag-web-0123456789abcdef.js",
            "/chinwag-web-0123456789abcdef_bg.wasm",
            "/sub/style-0123456789abcdef.css",
        ] {
            assert!(is_named_by_content(name), "{name}");
        }
        for name in [
            "/",
            "/sw.js",
            "/config.json",
            "/icon-512.png",
            "/-0123456789abcdef.js",
            "/snippets/chinwag-0123456789abcdef/inline0.js",
            "/name-0123456789ABCDEF.js",
            "/name-0123456789abcdef",
        ] {
            assert!(!is_named_by_content(name), "{name}");
        }
    }
}
