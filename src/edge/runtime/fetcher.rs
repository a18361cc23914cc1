use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::RequestInit;

#[wasm_bindgen]
extern "C" {
    /// Another Worker, or what is deployed beside this one.
    pub(in crate::edge) type Fetcher;

    #[wasm_bindgen(method, catch, js_name = fetch)]
    pub(in crate::edge) fn get(this: &Fetcher, url: &str) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch)]
    pub(in crate::edge) fn fetch(
        this: &Fetcher,
        url: &str,
        init: &RequestInit,
    ) -> Result<Promise, JsValue>;
}
