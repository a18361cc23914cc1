use js_sys::{JSON, Reflect};
use serde_json::Value;
use wasm_bindgen::JsValue;
use worker::Env;

use crate::config::Environment;

/// A Worker's environment. Variables, secrets and bindings share one set of names there.
pub(super) struct WorkerEnvironment<'a>(pub(super) &'a Env);

impl WorkerEnvironment<'_> {
    fn get(&self, name: &str) -> Option<JsValue> {
        let value = Reflect::get(self.0, &JsValue::from_str(name)).ok()?;
        (!value.is_undefined() && !value.is_null()).then_some(value)
    }
}

impl Environment for WorkerEnvironment<'_> {
    fn var(&self, name: &str) -> Option<Value> {
        let value = self.get(name)?;
        let text: String = JSON::stringify(&value).ok()?.into();
        serde_json::from_str(&text).ok()
    }

    fn secret(&self, name: &str) -> Option<String> {
        self.get(name)?.as_string()
    }

    fn has_binding(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| value.is_object())
    }
}
