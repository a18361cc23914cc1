use js_sys::{Promise, Uint8Array};
use wasm_bindgen::prelude::{Closure, wasm_bindgen};
use wasm_bindgen::{JsCast, JsValue};

#[wasm_bindgen(module = "/src/edge/runtime/body.mjs")]
extern "C" {
    #[wasm_bindgen(js_name = withBody)]
    fn js_with_body(request: &web_sys::Request, go_on: &JsValue) -> Promise;
}

/// Reads a request's body and goes on with its bytes, or with `None` where it is broken off: a promise of what comes
/// of it.
pub(in crate::edge) fn with_body(
    request: &web_sys::Request,
    go_on: impl FnOnce(Option<Uint8Array>) -> Result<JsValue, JsValue> + 'static,
) -> Promise {
    let go_on = Closure::once_into_js(move |bytes: JsValue| go_on(bytes.dyn_into().ok()));
    js_with_body(request, &go_on)
}
