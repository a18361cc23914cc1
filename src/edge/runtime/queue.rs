use js_sys::{JSON, Promise};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::within::within;

/// How long a queue may take, in milliseconds.
const TIMEOUT_MS: u32 = 10_000;

#[wasm_bindgen]
extern "C" {
    /// A queue that is written to (<https://developers.cloudflare.com/queues/configuration/javascript-apis/>).
    pub(in crate::edge) type Queue;

    #[wasm_bindgen(method, catch)]
    fn send(this: &Queue, message: &JsValue) -> Result<Promise, JsValue>;
}

impl Queue {
    /// Puts a message in, which is a text in JSON.
    pub(in crate::edge) async fn put(&self, message: &str) -> Result<(), JsValue> {
        let sent = self.send(&JSON::parse(message)?)?;
        within(&sent, TIMEOUT_MS, "the queue").await.map(drop)
    }
}
