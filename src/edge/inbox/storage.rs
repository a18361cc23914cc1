use js_sys::Promise;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::JsFuture;

use crate::edge::clock::now_ms;
use crate::edge::runtime::error_text;
use crate::inbox::{Heard, Record};

#[wasm_bindgen]
extern "C" {
    /// What the runtime gives an object.
    pub(super) type ObjectState;

    #[wasm_bindgen(method, getter)]
    fn storage(this: &ObjectState) -> ObjectStorage;

    type ObjectStorage;

    #[wasm_bindgen(method, getter)]
    fn kv(this: &ObjectStorage) -> SyncValues;

    #[wasm_bindgen(method, catch, js_name = setAlarm)]
    fn set_alarm(this: &ObjectStorage, at_ms: f64) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch, js_name = getAlarm)]
    fn get_alarm(this: &ObjectStorage) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, catch, js_name = deleteAll)]
    fn delete_all(this: &ObjectStorage) -> Result<Promise, JsValue>;

    /// Values that are read and written at once. What goes out after a write waits until it is kept.
    type SyncValues;

    #[wasm_bindgen(method, catch)]
    fn get(this: &SyncValues, name: &str) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn put(this: &SyncValues, name: &str, value: &str) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch)]
    fn delete(this: &SyncValues, name: &str) -> Result<bool, JsValue>;
}

/// What the record is kept under.
const RECORD: &str = "record";
/// What a scanner's verdict is kept under. Whoever works on the record doesn't write over it.
const HEARD: &str = "heard";

fn failed(error: &JsValue) -> String {
    error_text(error)
}

impl ObjectState {
    /// The record that is kept, if there is one.
    pub(super) fn load(&self) -> Result<Option<Record>, String> {
        self.read(RECORD)
    }

    /// Keeps a record.
    pub(super) fn save(&self, record: &Record) -> Result<(), String> {
        self.write(RECORD, record)
    }

    /// The verdict that a scanner has sent, if it has.
    pub(super) fn heard(&self) -> Result<Option<Heard>, String> {
        self.read(HEARD)
    }

    /// Keeps a verdict.
    pub(super) fn hear(&self, heard: &Heard) -> Result<(), String> {
        self.write(HEARD, heard)
    }

    /// Forgets it.
    pub(super) fn forget_heard(&self) -> Result<(), String> {
        self.storage().kv().delete(HEARD).map(drop).map_err(|error| failed(&error))
    }

    fn read<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, String> {
        let kept = self.storage().kv().get(name).map_err(|error| failed(&error))?;
        let Some(text) = kept.as_string() else { return Ok(None) };
        serde_json::from_str(&text).map(Some).map_err(|error| error.to_string())
    }

    fn write(&self, name: &str, value: &impl Serialize) -> Result<(), String> {
        let text = serde_json::to_string(value).map_err(|error| error.to_string())?;
        self.storage().kv().put(name, &text).map_err(|error| failed(&error))
    }

    /// Sets the alarm to a moment in Unix seconds, or to a second from now.
    pub(super) async fn wake_at(&self, at: u64) -> Result<(), String> {
        JsFuture::from(self.set(at)?).await.map(drop).map_err(|error| failed(&error))
    }

    /// Sets the alarm where none is set.
    pub(super) async fn wake_if_asleep(&self, at: u64) -> Result<(), String> {
        let set = self.storage().get_alarm().map_err(|error| failed(&error))?;
        let set = JsFuture::from(set).await.map_err(|error| failed(&error))?;
        if set.is_null() { self.wake_at(at).await } else { Ok(()) }
    }

    /// The same as [`Self::wake_at`] without waiting. It is kept together with what was written just before, or neither is.
    pub(super) fn wake_soon(&self, at: u64) -> Result<(), String> {
        self.set(at).map(drop)
    }

    fn set(&self, at: u64) -> Result<Promise, String> {
        let at_ms = at.saturating_mul(1000).max(now_ms() + 1000);
        #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 are below 2^53")]
        self.storage().set_alarm(at_ms as f64).map_err(|error| failed(&error))
    }

    /// Forgets everything.
    pub(super) async fn forget(&self) -> Result<(), String> {
        let gone = self.storage().delete_all().map_err(|error| failed(&error))?;
        JsFuture::from(gone).await.map(drop).map_err(|error| failed(&error))
    }
}
