//! A picture that was chosen, small enough to be sent.
//!
//! By the names of the browser's parts: bindings of their own would be in what every visit loads.

use js_sys::{Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};

use super::js::{call, part};

/// How wide and high it becomes (pixels).
const SIDE: f64 = 256.0;
/// How exact (0 to 1): at this size it stays far below what the server takes, whatever is in it.
const QUALITY: f64 = 0.85;

/// Reads the picture that was chosen in the field of this id, as a `data:` address; `None` for what is no picture.
pub fn read(field: &'static str, then: Box<dyn FnOnce(Option<String>)>) {
    spawn_local(async move { then(small(field).await.ok()) });
}

async fn small(field: &str) -> Result<String, JsValue> {
    let window: JsValue = web_sys::window().into();
    let page = part(&window, "document")?;
    let text = JsValue::from_str;
    let field = call(&page, "getElementById", &[&text(field)])?;
    let file = part(&part(&field, "files")?, "0")?;
    // The same one again is a choice too.
    Reflect::set(&field, &text("value"), &text(""))?;
    let picture: Promise = call(&window, "createImageBitmap", &[&file])?.unchecked_into();
    let picture = JsFuture::from(picture).await?;
    let measure = |name| Ok::<_, JsValue>(part(&picture, name)?.as_f64().unwrap_or_default());
    let (width, height) = (measure("width")?, measure("height")?);
    let side = width.min(height);

    let canvas = call(&page, "createElement", &[&text("canvas")])?;
    for name in ["width", "height"] {
        Reflect::set(&canvas, &text(name), &SIDE.into())?;
    }
    let pen = call(&canvas, "getContext", &[&text("2d")])?;
    // What shines through would be black.
    Reflect::set(&pen, &text("fillStyle"), &text("#fff"))?;
    Reflect::set(&pen, &text("imageSmoothingQuality"), &text("high"))?;
    let number = JsValue::from_f64;
    let (zero, whole) = (number(0.0), number(SIDE));
    call(&pen, "fillRect", &[&zero, &zero, &whole, &whole])?;
    // The square in its middle.
    let [left, top, side] = [(width - side) / 2.0, (height - side) / 2.0, side].map(number);
    let places = [&picture, &left, &top, &side, &side, &zero, &zero, &whole, &whole];
    call(&pen, "drawImage", &places)?;
    let told = call(&canvas, "toDataURL", &[&text("image/jpeg"), &number(QUALITY)])?;
    told.as_string().ok_or(told)
}
