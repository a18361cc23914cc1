use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen(module = "/src/edge/runtime/within.mjs")]
extern "C" {
    #[wasm_bindgen(js_name = within)]
    fn promise_within(asked: &JsValue, milliseconds: u32, who: &str) -> Promise;
}

/// What a promise gives, unless it takes longer than so many milliseconds: then the error says who is late.
pub(in crate::edge) fn within(asked: &JsValue, milliseconds: u32, who: &str) -> JsFuture {
    JsFuture::from(promise_within(asked, milliseconds, who))
}
