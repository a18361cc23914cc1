use js_sys::{Array, JSON, Object, Promise, Reflect};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

use super::within::within;

/// How long a queue may take, in milliseconds.
const TIMEOUT_MS: u32 = 10_000;

#[wasm_bindgen]
extern "C" {
    /// A queue that is written to (<https://developers.cloudflare.com/queues/configuration/javascript-apis/>).
    pub(in crate::edge) type Queue;

    #[wasm_bindgen(method, catch)]
    fn send(this: &Queue, message: &JsValue) -> Result<Promise, JsValue>;

    /// Messages of a queue that is read.
    pub type MessageBatch;

    #[wasm_bindgen(method, getter)]
    pub(in crate::edge) fn queue(this: &MessageBatch) -> String;

    #[wasm_bindgen(method, getter, js_name = messages)]
    fn list(this: &MessageBatch) -> Array;

    /// One of them.
    pub(in crate::edge) type Message;

    #[wasm_bindgen(method, getter)]
    fn body(this: &Message) -> JsValue;

    /// How often it was given, this time too.
    #[wasm_bindgen(method, getter)]
    pub(in crate::edge) fn attempts(this: &Message) -> u32;

    /// Takes it out of the queue.
    #[wasm_bindgen(method)]
    pub(in crate::edge) fn ack(this: &Message);

    #[wasm_bindgen(method, catch)]
    fn retry(this: &Message, options: &Object) -> Result<(), JsValue>;
}

impl MessageBatch {
    pub(in crate::edge) fn messages(&self) -> Vec<Message> {
        self.list().iter().map(JsCast::unchecked_into).collect()
    }
}

impl Message {
    /// What it says, in JSON.
    pub(in crate::edge) fn json(&self) -> String {
        let text = JSON::stringify(&self.body()).ok();
        text.and_then(|text| text.as_string()).unwrap_or_default()
    }

    /// Has it come again after so many seconds, as often as the queue says.
    pub(in crate::edge) fn come_again(&self, seconds: u32) -> Result<(), JsValue> {
        let options = Object::new();
        Reflect::set(&options, &"delaySeconds".into(), &seconds.into())?;
        self.retry(&options)
    }
}

impl Queue {
    /// Puts a message in, which is a text in JSON.
    pub(in crate::edge) async fn put(&self, message: &str) -> Result<(), JsValue> {
        let sent = self.send(&JSON::parse(message)?)?;
        within(&sent, TIMEOUT_MS, "the queue").await.map(drop)
    }
}
