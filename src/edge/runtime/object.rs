use js_sys::{Array, Promise};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen]
extern "C" {
    /// What a Durable Object is made with (<https://developers.cloudflare.com/durable-objects/api/state/>).
    pub type ObjectState;

    #[wasm_bindgen(method, getter)]
    pub(in crate::edge) fn storage(this: &ObjectState) -> ObjectStorage;

    /// What it keeps.
    pub(in crate::edge) type ObjectStorage;

    #[wasm_bindgen(method, getter)]
    pub(in crate::edge) fn sql(this: &ObjectStorage) -> Sql;

    #[wasm_bindgen(method, catch, js_name = getAlarm)]
    fn get_alarm(this: &ObjectStorage) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch, js_name = setAlarm)]
    fn set_alarm(this: &ObjectStorage, at: f64) -> Result<Promise, JsValue>;

    /// Its database.
    pub(in crate::edge) type Sql;

    #[wasm_bindgen(method, catch, variadic)]
    fn exec(this: &Sql, statement: &str, values: &Array) -> Result<Cursor, JsValue>;

    type Cursor;

    #[wasm_bindgen(method, catch)]
    fn raw(this: &Cursor) -> Result<RawCursor, JsValue>;

    type RawCursor;

    #[wasm_bindgen(method, catch, js_name = toArray)]
    fn to_array(this: &RawCursor) -> Result<Array, JsValue>;
}

impl Sql {
    /// Runs a statement: its rows.
    pub(in crate::edge) fn run(
        &self,
        statement: &str,
        values: &Array,
    ) -> Result<impl Iterator<Item = Array>, JsValue> {
        let rows = self.exec(statement, values)?.raw()?.to_array()?;
        Ok((0..rows.length()).map(move |n| rows.get(n).unchecked_into()))
    }
}

impl ObjectStorage {
    /// When the alarm is due, in milliseconds since 1970.
    pub(in crate::edge) async fn alarm(&self) -> Result<Option<u64>, JsValue> {
        let due = JsFuture::from(self.get_alarm()?).await?.as_f64();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "milliseconds since 1970 are positive and far below 2^53"
        )]
        Ok(due.map(|due| due as u64))
    }

    /// Sets the alarm to a moment in milliseconds since 1970.
    pub(in crate::edge) async fn set_alarm_to(&self, at_ms: u64) -> Result<(), JsValue> {
        #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
        let at = at_ms as f64;
        JsFuture::from(self.set_alarm(at)?).await.map(drop)
    }
}
