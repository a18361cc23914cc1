use js_sys::{Array, Map, Object, Reflect};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

use super::within::within;

/// How long KV may take to answer, in milliseconds.
pub(in crate::edge) const KV_TIMEOUT_MS: u32 = 5_000;

#[wasm_bindgen]
extern "C" {
    /// Entries in Workers KV (<https://developers.cloudflare.com/kv/api/>).
    #[derive(Clone)]
    pub(in crate::edge) type KvNamespace;

    #[wasm_bindgen(method, catch, js_name = get)]
    fn get_one(this: &KvNamespace, name: &str) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch, js_name = get)]
    fn get_many(this: &KvNamespace, names: &Array) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch, js_name = put)]
    fn put_text(
        this: &KvNamespace,
        name: &str,
        value: &str,
        options: &Object,
    ) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch, js_name = delete)]
    fn delete_one(this: &KvNamespace, name: &str) -> Result<JsValue, JsValue>;
}

/// Each gives up after so many milliseconds.
impl KvNamespace {
    /// The text of an entry.
    pub(in crate::edge) async fn get(
        &self,
        name: &str,
        ms: u32,
    ) -> Result<Option<String>, JsValue> {
        Ok(within(&self.get_one(name)?, ms, "KV").await?.as_string())
    }

    /// The texts of up to a hundred entries, in order.
    pub(in crate::edge) async fn get_all(
        &self,
        names: &[String],
        ms: u32,
    ) -> Result<Vec<Option<String>>, JsValue> {
        let asked: Array = names.iter().map(JsValue::from).collect();
        let found: Map = within(&self.get_many(&asked)?, ms, "KV").await?.dyn_into()?;
        let text = |name: JsValue| {
            let is_there = found.has(&name).then(|| found.get(&name).as_string());
            is_there.ok_or_else(|| JsValue::from_str("KV says nothing of a name"))
        };
        asked.iter().map(text).collect()
    }

    /// Writes an entry, which lives for so many seconds, or without end.
    pub(in crate::edge) async fn put(
        &self,
        name: &str,
        value: &str,
        seconds: Option<u64>,
        ms: u32,
    ) -> Result<(), JsValue> {
        let options = Object::new();
        if let Some(seconds) = seconds {
            #[expect(clippy::cast_precision_loss, reason = "nothing lives for 2^53 seconds")]
            let seconds = JsValue::from_f64(seconds as f64);
            Reflect::set(&options, &"expirationTtl".into(), &seconds)?;
        }
        within(&self.put_text(name, value, &options)?, ms, "KV").await.map(drop)
    }

    /// Removes an entry, if it is there.
    pub(in crate::edge) async fn delete(&self, name: &str, ms: u32) -> Result<(), JsValue> {
        within(&self.delete_one(name)?, ms, "KV").await.map(drop)
    }
}
