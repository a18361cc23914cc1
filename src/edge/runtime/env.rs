use js_sys::Reflect;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

#[wasm_bindgen]
extern "C" {
    /// Variables, secrets and bindings. They share one set of names.
    #[derive(Clone)]
    pub type Env;
}

impl Env {
    /// What has this name, if anything has.
    pub(in crate::edge) fn get(&self, name: &str) -> Option<JsValue> {
        let value = Reflect::get(self, &JsValue::from_str(name)).ok()?;
        (!value.is_undefined() && !value.is_null()).then_some(value)
    }
}

/// A binding, which is taken to be of the kind that the configuration says.
pub(in crate::edge) fn binding<T: JsCast>(env: &Env, name: &str) -> Result<T, String> {
    let value = env.get(name).filter(JsValue::is_object);
    value.map(JsCast::unchecked_into).ok_or_else(|| format!("there is no binding {name}"))
}
