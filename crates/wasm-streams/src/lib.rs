//! Stands in for `wasm-streams`, by `[patch.crates-io]` in the workspace's manifest.
//!
//! leptos always carries its server functions, and these the real library, whose classes are exported to
//! JavaScript and which no linker can therefore leave out: 5 KB of the compressed page for something that a
//! page without server functions never calls. Here is the part of its interface that leptos names. Whoever
//! called it all the same would get streams that are closed and empty.

use futures_util::stream::{self, Stream};
use wasm_bindgen::JsValue;

/// A stream of the browser's that one can read from.
#[derive(Debug)]
pub struct ReadableStream(web_sys::ReadableStream);

impl ReadableStream {
    /// Takes the browser's own object.
    pub fn from_raw(raw: web_sys::ReadableStream) -> Self {
        Self(raw)
    }

    /// A stream without anything in it, whatever is given.
    ///
    /// # Panics
    /// In a browser without `ReadableStream`: there is none that runs WebAssembly.
    pub fn from_stream(_: impl Stream<Item = Result<JsValue, JsValue>> + 'static) -> Self {
        #[expect(
            clippy::expect_used,
            reason = "never called, and the interface leaves no other way"
        )]
        Self(web_sys::ReadableStream::new().expect("a browser with streams"))
    }

    /// The browser's own object.
    pub fn into_raw(self) -> web_sys::ReadableStream {
        self.0
    }

    /// Nothing to read.
    pub fn into_stream(self) -> impl Stream<Item = Result<JsValue, JsValue>> {
        stream::empty()
    }
}
