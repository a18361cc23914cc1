use js_sys::{Array, Object, Reflect};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    /// A dataset (<https://developers.cloudflare.com/analytics/analytics-engine/get-started/>).
    pub(in crate::edge) type AnalyticsEngine;

    #[wasm_bindgen(method, catch, js_name = writeDataPoint)]
    fn write_data_point(this: &AnalyticsEngine, point: &Object) -> Result<(), JsValue>;
}

impl AnalyticsEngine {
    /// Writes a data point that counts once. The index is what samples are taken by.
    pub(in crate::edge) fn write(
        &self,
        index: &str,
        blobs: impl Iterator<Item = String>,
    ) -> Result<(), JsValue> {
        let point = Object::new();
        let members = [
            ("indexes", Array::of1(&index.into())),
            ("blobs", blobs.map(JsValue::from).collect()),
            ("doubles", Array::of1(&1.into())),
        ];
        for (name, value) in members {
            Reflect::set(&point, &name.into(), &value)?;
        }
        self.write_data_point(&point)
    }
}
