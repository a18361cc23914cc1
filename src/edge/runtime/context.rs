use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::future_to_promise;

#[wasm_bindgen]
extern "C" {
    /// What a request is run in.
    pub type Context;

    #[wasm_bindgen(method, js_name = waitUntil)]
    fn wait_until(this: &Context, promise: &Promise);
}

impl Context {
    /// Does something that the answer doesn't wait for.
    pub(in crate::edge) fn do_behind(&self, what: impl Future<Output = ()> + 'static) {
        self.wait_until(&future_to_promise(async move {
            what.await;
            Ok(JsValue::UNDEFINED)
        }));
    }
}
